/* SPDX-License-Identifier: MIT */
#include "host.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "emrs_posix.h"
#include "emrs_text.h"

enum { DEFAULT_PORT = 80 }; /* as in AWS CLI; curl has 1080 */

/* These hosts never go through a proxy: it would connect to its own machine, or give that machine's
 * credentials. The last three are link-local addresses, and those of the metadata and credentials
 * of instances and containers. */
static const char local_hosts[] =
    "localhost,127.0.0.0/8,0.0.0.0/8,[::1],[::],169.254.0.0/16,[fe80::]/10,[fd00:ec2::]/32";

/* ret: the variable that is used; NULL: none. The name in lower case comes first. If it is set but
 * empty, the other one is not used either, as in AWS CLI */
static const char *which_variable(const char *lower, const char *upper)
{
    const char *value = getenv(lower);
    if (value != NULL)
        return *value != '\0' ? lower : NULL;
    return variable(upper) != NULL ? upper : NULL;
}

/* The hosts that no_proxy excepts */

/* An IPv4 address is kept as ::ffff:a.b.c.d, so that both spellings are equal. */
typedef struct {
    unsigned char bytes[16];
    unsigned bit_count; /* how many bits are compared: 128 for an address */
} network;

enum { ADDRESS_BITS = 128, V4_BITS = 32, V4_AT = 12 };

static const unsigned char mapped[V4_AT] = {[10] = 0xff, [11] = 0xff};

static void set_v4(network *n, const void *v4)
{
    memcpy(n->bytes, mapped, sizeof mapped);
    memcpy(n->bytes + V4_AT, v4, sizeof n->bytes - V4_AT);
}

static emrs_text without_brackets(emrs_text text)
{
    bool has_them = text.size > 1 && *text.bytes == '[' && text.bytes[text.size - 1] == ']';
    return has_them ? (emrs_text){text.bytes + 1, text.size - 2} : text;
}

/* Reads an address: a.b.c.d, or an IPv6 address with or without brackets. */
static bool read_address(emrs_text text, network *n)
{
    char word[INET6_ADDRSTRLEN];
    in_addr_t v4;
    text = without_brackets(text);
    if (text.size >= sizeof word)
        return false;
    memcpy(word, text.bytes, text.size);
    word[text.size] = '\0';
    n->bit_count = ADDRESS_BITS;
    if (inet_pton(AF_INET6, word, n->bytes) == 1)
        return true;
    bool is_v4 = inet_pton(AF_INET, word, &v4) == 1;
    if (is_v4)
        set_v4(n, &v4);
    return is_v4;
}

/* Also reads the other forms that getaddrinfo accepts: 127.1, 0x7f000001, and IPv6 with a zone. */
static bool read_host_address(const char *host, network *n)
{
    const in_addr_t v4 = inet_addr(host);
    if (read_address((emrs_text){host, strcspn(host, "%")}, n))
        return true;
    if (v4 == INADDR_NONE)
        return false;
    n->bit_count = ADDRESS_BITS;
    set_v4(n, &v4);
    return true;
}

/* ret: the number; most + 1: it is not a number, or is larger than `most` */
static unsigned read_number(emrs_text text, unsigned most)
{
    unsigned number = 0;
    for (size_t at = 0; at < text.size && number <= most; at++) {
        if (!emrs_is_digit(text.bytes[at]))
            return most + 1;
        number = number * 10 + (unsigned)(text.bytes[at] - '0');
    }
    return text.size > 0 && number <= most ? number : most + 1;
}

/* Reads an address, or a network as address/bits. */
static bool read_network(emrs_text text, network *n)
{
    size_t slash = emrs_text_find(text, '/');
    if (!read_address((emrs_text){text.bytes, slash}, n))
        return false;
    if (slash == text.size)
        return true;
    bool is_v4 = memchr(text.bytes, ':', slash) == NULL;
    unsigned most = is_v4 ? V4_BITS : ADDRESS_BITS;
    unsigned bits = read_number(emrs_text_from(text, slash + 1), most);
    n->bit_count = bits + ADDRESS_BITS - most;
    return bits <= most;
}

/* ret: whether the network has the address. ::/0 has all of IPv6, and no address of IPv4 */
static bool is_inside(const network *address, const network *n)
{
    bool is_v4 = memcmp(address->bytes, mapped, sizeof mapped) == 0;
    if (is_v4 && n->bit_count < ADDRESS_BITS - V4_BITS)
        return false;
    for (unsigned bit = 0; bit < n->bit_count; bit++)
        if (((address->bytes[bit / 8] ^ n->bytes[bit / 8]) >> (7 - bit % 8) & 1) != 0)
            return false;
    return true;
}

typedef struct {
    emrs_text host;
    uint16_t port;
    bool is_address;
    network address;
} target;

static emrs_text without_last_dot(emrs_text name)
{
    if (name.size > 0 && name.bytes[name.size - 1] == '.')
        name.size--;
    return name;
}

/* A name covers the host of that name and all hosts below it. Dots before the name are ignored. */
static bool covers_name(emrs_text name, emrs_text host)
{
    while (name.size > 0 && *name.bytes == '.')
        name = emrs_text_from(name, 1);
    name = without_last_dot(name);
    if (name.size == 0 || name.size > host.size)
        return false;
    size_t above = host.size - name.size;
    return strncasecmp(name.bytes, host.bytes + above, name.size) == 0
           && (above == 0 || host.bytes[above - 1] == '.');
}

/* ret: index of the colon before the port; entry.size: there is no port. "::1" has none */
static size_t find_port(emrs_text entry)
{
    size_t colon = entry.size;
    unsigned colon_count = 0;
    for (size_t at = 0; at < entry.size; at++)
        if (entry.bytes[at] == ':') {
            colon = at;
            colon_count++;
        }
    bool has_port = colon_count == 1 || (colon_count > 1 && entry.bytes[colon - 1] == ']');
    return has_port ? colon : entry.size;
}

static bool covers(emrs_text entry, const target *t)
{
    network n;
    size_t colon = find_port(entry);
    if (emrs_text_spells(entry, "*"))
        return true;
    if (colon < entry.size
        && read_number(emrs_text_from(entry, colon + 1), UINT16_MAX) != (unsigned)t->port)
        return false;
    entry.size = colon;
    return covers_name(entry, t->host)
           || (t->is_address && read_network(entry, &n) && is_inside(&t->address, &n));
}

/* in:  list: entries, separated by commas. An entry that cannot be read covers nothing */
static bool lists(const char *list, const target *t)
{
    static const char spaces[] = " \t\r\n\v\f";
    while (*list != '\0') {
        size_t size = strcspn(list, ",");
        emrs_text entry = {list, size};
        while (entry.size > 0 && strchr(spaces, *entry.bytes) != NULL)
            entry = emrs_text_from(entry, 1);
        while (entry.size > 0 && strchr(spaces, entry.bytes[entry.size - 1]) != NULL)
            entry.size--;
        if (covers(entry, t))
            return true;
        list += size + (list[size] == ',');
    }
    return false;
}

/* ret: why the host does not go through the proxy; NULL: it does */
static const char *exception_of(const char *host, uint16_t port)
{
    target t = {.host = without_last_dot(text_of(host)), .port = port};
    const char *name = which_variable("no_proxy", "NO_PROXY");
    char address[EMRS_HOST_SIZE_MAX + 1];
    (void)snprintf(address, sizeof address, "%.*s", (int)t.host.size, t.host.bytes);
    t.is_address = read_host_address(address, &t.address);
    if (lists(local_hosts, &t))
        return "the host is this machine, or its address is link-local";
    return name != NULL && lists(variable(name), &t) ? name : NULL;
}

/* The URL of a proxy */

#define WRITTEN "In user and password / is written %2F, ? is %3F, # is %23"
static const char bad_port[] = "its port is not a number from 1 to 65535. " WRITTEN,
                  bad_rest[] = "something follows its host and port. " WRITTEN,
                  bad_escape[] = "in user and password two hex digits must follow each %, and "
                                 "% is written %25",
                  bad_scheme[] = "only http:// is supported, not a proxy over TLS or SOCKS",
                  bad_host[] =
                      "its host is missing, too long, or neither a host name nor an address",
                  bad_user[] = "its user has a colon",
                  too_long[] = "its user and password are longer than 511 bytes";

/* ret: NULL, or what is wrong with it */
static const char *put_decoded(emrs_pen *pen, emrs_text text)
{
    for (size_t at = 0; at < text.size; at++) {
        if (text.bytes[at] != '%') {
            emrs_put_byte(pen, text.bytes[at]);
            continue;
        }
        int high = at + 2 < text.size ? emrs_hex_digit(text.bytes[at + 1]) : -1;
        int low = at + 2 < text.size ? emrs_hex_digit(text.bytes[at + 2]) : -1;
        if (high < 0 || low < 0)
            return bad_escape;
        emrs_put_byte(pen, (char)(high * 16 + low));
        at += 2;
    }
    return NULL;
}

/* Reads "user:password", "user" or "".      ret: NULL, or what is wrong with it */
static const char *read_authorization(proxy *p, emrs_text text)
{
    emrs_pen pen = emrs_pen_on(p->authorization, sizeof p->authorization);
    size_t colon = emrs_text_find(text, ':');
    const char *fault = put_decoded(&pen, (emrs_text){text.bytes, colon});
    if (fault == NULL && emrs_text_find(emrs_pen_text(&pen), ':') < emrs_pen_text(&pen).size)
        fault = bad_user; /* RFC 7617, section 2: the password would begin after it */
    emrs_put_byte(&pen, ':');
    if (fault == NULL && colon < text.size)
        fault = put_decoded(&pen, emrs_text_from(text, colon + 1));
    if (fault == NULL && emrs_pen_full(&pen))
        fault = too_long;
    p->authorization_size = pen.used > 1 ? pen.used : 0;
    return fault;
}

static bool is_literal(emrs_text host)
{
    network n;
    return memchr(host.bytes, ':', host.size) != NULL && host.bytes[host.size - 1] == ']'
           && read_address(host, &n);
}

static bool is_proxy_host(emrs_text host)
{
    if (host.size == 0 || host.size > EMRS_HOST_SIZE_MAX)
        return false;
    if (*host.bytes == '[')
        return is_literal(host);
    for (size_t at = 0; at < host.size; at++)
        if (!emrs_is_alnum(host.bytes[at]) && strchr("-._", host.bytes[at]) == NULL)
            return false;
    return true;
}

/* Reads "host", "host:port", "[address]" or "[address]:port".
 * ret: NULL, or what is wrong with it */
static const char *read_place(proxy *p, emrs_text place)
{
    size_t colon = find_port(place);
    emrs_text host = {place.bytes, colon}, port = {NULL, 0};
    p->port = DEFAULT_PORT;
    if (colon < place.size)
        port = emrs_text_from(place, colon + 1);
    if (port.size > 0) {
        unsigned number = read_number(port, UINT16_MAX);
        if (number == 0 || number > UINT16_MAX)
            return bad_port;
        p->port = (uint16_t)number;
    }
    if (!is_proxy_host(host))
        return bad_host;
    host = without_brackets(host);
    memcpy(p->host, host.bytes, host.size);
    p->host[host.size] = '\0';
    return NULL;
}

/* ret: the URL without "http://" or "//", if it has one of them; bytes NULL: another scheme */
static emrs_text without_scheme(const char *url)
{
    const char *mark = strstr(url, "://");
    if (strncmp(url, "//", 2) == 0)
        return text_of(url + 2);
    if (mark == NULL)
        return text_of(url);
    return strncasecmp(url, "http://", 7) == 0 ? text_of(url + 7) : (emrs_text){NULL, 0};
}

/* ret: index of what follows the last '@' of the authority; 0: there is none */
static size_t find_place(emrs_text authority)
{
    size_t at = authority.size;
    while (at > 0 && authority.bytes[at - 1] != '@')
        at--;
    return at;
}

/* Reads "[http://][user:password@]host[:port][/]".      ret: NULL, or what is wrong with it */
static const char *read_url(proxy *p, const char *value)
{
    emrs_text url = without_scheme(value);
    if (url.bytes == NULL)
        return bad_scheme;
    emrs_text authority = {url.bytes, strcspn(url.bytes, "/?#")};
    const char *rest = url.bytes + authority.size, *fault = NULL;
    size_t place = find_place(authority);
    if (place > 0)
        fault = read_authorization(p, (emrs_text){url.bytes, place - 1});
    if (fault == NULL)
        fault = read_place(p, emrs_text_from(authority, place));
    bool has_rest = *rest != '\0' && strcmp(rest, "/") != 0;
    return fault == NULL && has_rest ? bad_rest : fault;
}

int proxy_find(proxy *p, const char *host, uint16_t port)
{
    const char *name = which_variable("https_proxy", "HTTPS_PROXY");
    if (name == NULL)
        return -1;
    p->exception = exception_of(host, port);
    if (p->exception != NULL)
        return -1;
    const char *fault = read_url(p, variable(name));
    if (fault != NULL) {
        proxy_forget(p);
        return refuse(
            "emrs: %s cannot be used: %s.\nIt must be like "
            "http://[user:password@]host[:port]. To connect without the proxy, set no_proxy.",
            name, fault);
    }
    p->variable = name;
    return -1;
}

/* The stream */

const emrs_stream *proxy_over(proxy *p, const emrs_stream *tcp)
{
    if (p->variable == NULL)
        return tcp;
    const emrs_proxy_config config = {
        .inner = tcp,
        .host = text_of(p->host),
        .port = p->port,
        .authorization = {p->authorization, p->authorization_size},
        .now = emrs_posix_now,
    };
    (void)emrs_proxy_init(&p->stream, &config); /* no error: proxy_find checked it all */
    return &p->stream.stream;
}

void proxy_forget(proxy *p)
{
    emrs_wipe(p->authorization, sizeof p->authorization);
}

void proxy_tell(const proxy *p)
{
    char line[EMRS_HOST_SIZE_MAX + 100];
    if (p->variable != NULL)
        (void)snprintf(line, sizeof line, "proxy: %s port %u (%s)%s", p->host, (unsigned)p->port,
                       p->variable, p->authorization_size > 0 ? ", with user and password" : "");
    else if (p->exception != NULL)
        (void)snprintf(line, sizeof line, "no proxy is used: %s", p->exception);
    else
        return;
    debug_line(text_of(line));
}

/* Failures */

/* Writes what to do after a 407: which schemes the proxy offers, and whether Basic is one. */
static void write_authorization_step(char *text, size_t size, const proxy *p)
{
    const emrs_text names = p->stream.schemes;
    bool has_basic = emrs_text_starts(names, EMRS_TEXT("Basic")); /* it is listed first */
    if (p->authorization_size > 0 && (has_basic || names.size == 0))
        (void)snprintf(text, size, "Next: Check user and password in %s: the proxy refused them.\n",
                       p->variable);
    else if (has_basic)
        (void)snprintf(text, size,
                       "Next: Put user and password into %s: http://user:password@host:port. The "
                       "proxy offers %.*s.\n",
                       p->variable, (int)names.size, names.bytes);
    else if (names.size > 0)
        (void)snprintf(
            text, size,
            "Next: Put a local proxy in between that supports %.*s: the proxy (%s) offers "
            "nothing else, and emrs supports only Basic.\n",
            (int)names.size, names.bytes, p->variable);
    else
        (void)snprintf(text, size,
                       "Next: Check the proxy (%s): it wants a user and a password, and does not "
                       "say in which scheme. emrs supports only Basic.\n",
                       p->variable);
}

static bool is_about_reaching_it(const emrs_result *result)
{
    return result->reason == EMRS_REASON_NAME_UNKNOWN || result->reason == EMRS_REASON_NAME_FAILED
           || result->reason == EMRS_REASON_REFUSED || result->reason == EMRS_REASON_UNREACHABLE
           || (result->code == EMRS_E_TIMEOUT && result->phase <= EMRS_PHASE_TCP);
}

bool proxy_next_step(char *text, size_t size, const proxy *p, const emrs_result *result)
{
    if (p->variable == NULL || result->effect == EMRS_EFFECT_UNKNOWN)
        return false;
    if (result->reason == EMRS_REASON_PROXY_AUTH)
        write_authorization_step(text, size, p);
    else if (result->reason == EMRS_REASON_PROXY_REFUSED
             || result->reason == EMRS_REASON_PROXY_FAILED)
        (void)snprintf(text, size,
                       "Next: %s\nThe proxy is %s port %u (%s). To go around it, put "
                       "the endpoint's host into no_proxy.\n",
                       emrs_next_step(result), p->host, (unsigned)p->port, p->variable);
    else if (result->reason == EMRS_REASON_ISSUER)
        (void)snprintf(text, size,
                       "Next: The proxy may inspect TLS: name its CA with "
                       "AWS_CA_BUNDLE or --ca-bundle, a file in PEM. The proxy is %s "
                       "port %u (%s).\n",
                       p->host, (unsigned)p->port, p->variable);
    else if (is_about_reaching_it(result))
        (void)snprintf(text, size,
                       "Next: Check the proxy %s port %u (%s), and this machine's way "
                       "to it. To go around it, put the endpoint's host into "
                       "no_proxy.\n",
                       p->host, (unsigned)p->port, p->variable);
    else
        return false;
    return true;
}
