/* SPDX-License-Identifier: MIT */
#include "emrs_proxy.h"

#include "emrs_text.h"

enum { IDLE, PLAIN, OPENING, SENDING, READING, OPEN };

enum {
    HEAD_SIZE_MAX = 16384, /* of the answer; usually it is below 1 KB */
    LINE_SIZE = 512,       /* bytes of a line that are kept; the rest is not needed */
    STATUS_BROKEN = 1,
    STATUS_SWITCHING = 101, /* the only 1xx that is final */
    STATUS_LOGIN = 401,     /* what tinyproxy answers to a wrong password */
    STATUS_AUTH = 407
};

/* Any other scheme is listed as unknown, so that no byte of a peer is passed on. */
static const emrs_text schemes[] = {EMRS_TEXT_INIT("Basic"),
                                    EMRS_TEXT_INIT("Bearer"),
                                    EMRS_TEXT_INIT("Digest"),
                                    EMRS_TEXT_INIT("Kerberos"),
                                    EMRS_TEXT_INIT("Negotiate"),
                                    EMRS_TEXT_INIT("NTLM"),
                                    EMRS_TEXT_INIT("an unknown scheme")};
enum { SCHEME_UNKNOWN = 6, SCHEME_COUNT };

/* The request */

/* ret: the digit of 0 to 63. No branch and no table, since the value is part of a secret */
static char base64_digit(unsigned value)
{
    unsigned digit = value + 'A';
    digit += ((25u - value) >> 8) & 6u;  /* from 26: a to z */
    digit -= ((51u - value) >> 8) & 75u; /* from 52: 0 to 9 */
    digit -= ((61u - value) >> 8) & 15u; /* 62: + */
    digit += ((62u - value) >> 8) & 3u;  /* 63: / */
    return (char)digit;
}

static unsigned byte_at(emrs_text text, size_t at)
{
    return at < text.size ? (unsigned char)text.bytes[at] : 0u;
}

static void put_base64(emrs_pen *pen, emrs_text text)
{
    for (size_t at = 0; at < text.size; at += 3) {
        unsigned group =
            byte_at(text, at) << 16 | byte_at(text, at + 1) << 8 | byte_at(text, at + 2);
        emrs_put_byte(pen, base64_digit(group >> 18));
        emrs_put_byte(pen, base64_digit(group >> 12 & 63u));
        emrs_put_byte(pen, at + 1 < text.size ? base64_digit(group >> 6 & 63u) : '=');
        emrs_put_byte(pen, at + 2 < text.size ? base64_digit(group & 63u) : '=');
    }
}

static void put_target(emrs_pen *pen, const emrs_move *move)
{
    emrs_text host = {move->host, strlen(move->host)};
    bool is_literal = emrs_text_find(host, ':') < host.size;
    emrs_put(pen, is_literal ? EMRS_TEXT("[") : EMRS_TEXT(""));
    emrs_put(pen, host);
    emrs_put(pen, is_literal ? EMRS_TEXT("]:") : EMRS_TEXT(":"));
    emrs_put_decimal(pen, move->port);
}

/* ret: false: the host is longer than any DNS name */
static bool write_request(emrs_proxy *proxy, const emrs_move *move)
{
    emrs_pen pen = emrs_pen_on(proxy->bytes, sizeof proxy->bytes);
    emrs_put(&pen, EMRS_TEXT("CONNECT "));
    put_target(&pen, move);
    emrs_put(&pen, EMRS_TEXT(" HTTP/1.1\r\nHost: "));
    put_target(&pen, move);
    if (proxy->config.authorization.size > 0) {
        emrs_put(&pen, EMRS_TEXT("\r\nProxy-Authorization: Basic "));
        put_base64(&pen, proxy->config.authorization);
    }
    emrs_put(&pen, EMRS_TEXT("\r\n\r\n"));
    proxy->size = pen.used;
    proxy->at = 0;
    return !emrs_pen_full(&pen);
}

/* The end of a stream */

static void close_proxy(void *context)
{
    emrs_proxy *proxy = context;
    emrs_wipe(proxy->bytes, sizeof proxy->bytes);
    proxy->state = IDLE;
    proxy->config.inner->close(proxy->config.inner->context);
}

static emrs_report fail(emrs_proxy *proxy, emrs_reason reason, int32_t native)
{
    close_proxy(proxy);
    return emrs_failed(reason, native);
}

/* Turns a report of the inner stream other than SENT or RECEIVED into one of this stream. If the
 * stream ends or is reset before the answer is whole, the proxy has failed. */
static emrs_report explain(emrs_proxy *proxy, emrs_report report)
{
    if (report.news == EMRS_NEWS_CUT || report.news == EMRS_NEWS_CLOSED)
        return fail(proxy, EMRS_REASON_PROXY_FAILED, 0);
    if (report.news != EMRS_NEWS_FAILED)
        return emrs_report_of(EMRS_NEWS_PENDING);
    return fail(proxy,
                report.detail == EMRS_REASON_RESET ? EMRS_REASON_PROXY_FAILED
                                                   : (emrs_reason)report.detail,
                report.native);
}

/* The answer */

static bool starts_in_any_case(emrs_text text, emrs_text lower)
{
    size_t at = 0;
    while (at < text.size && at < lower.size
           && emrs_to_lower(text.bytes[at]) == emrs_to_lower(lower.bytes[at]))
        at++;
    return at == lower.size;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static emrs_text skip_spaces(emrs_text text)
{
    while (text.size > 0 && is_space(*text.bytes))
        text = emrs_text_from(text, 1);
    return text;
}

/* ret: index of the first comma that is not in quotes; text.size if there is none */
static size_t find_comma(emrs_text text)
{
    bool is_quoted = false;
    size_t at = 0;
    for (; at < text.size && (is_quoted || text.bytes[at] != ','); at++) {
        if (text.bytes[at] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && text.bytes[at] == '\\')
            at++;
    }
    return at < text.size ? at : text.size;
}

static void note_scheme(emrs_proxy *proxy, emrs_text name)
{
    unsigned scheme = 0;
    while (scheme < SCHEME_UNKNOWN
           && !(name.size == schemes[scheme].size && starts_in_any_case(name, schemes[scheme])))
        scheme++;
    proxy->offered |= 1u << scheme;
}

/* Commas separate challenges, and also the parameters of one challenge. A parameter has '=' after
 * its name, a challenge does not.
 * in:  part: between two commas
 * ret: the scheme of a challenge; empty: the part is a parameter, or empty */
static emrs_text scheme_of(emrs_text part)
{
    emrs_text name = {part.bytes, 0};
    while (name.size < part.size && !is_space(part.bytes[name.size])
           && part.bytes[name.size] != '=')
        name.size++;
    emrs_text rest = skip_spaces(emrs_text_from(part, name.size));
    if (rest.size > 0 && *rest.bytes == '=')
        name.size = 0;
    return name;
}

/* Notes the schemes of a Proxy-Authenticate header. */
static void note_schemes(emrs_proxy *proxy, emrs_text value)
{
    while (value.size > 0) {
        size_t comma = find_comma(value);
        emrs_text name = scheme_of(skip_spaces((emrs_text){value.bytes, comma}));
        if (name.size > 0)
            note_scheme(proxy, name);
        value = emrs_text_from(value, comma < value.size ? comma + 1 : comma);
    }
}

static void list_schemes(emrs_proxy *proxy)
{
    emrs_pen pen = emrs_pen_on(proxy->scheme_names, sizeof proxy->scheme_names);
    for (unsigned scheme = 0; scheme < SCHEME_COUNT; scheme++) {
        if (!emrs_has_bit(proxy->offered, scheme))
            continue;
        emrs_put(&pen, pen.used > 0 ? EMRS_TEXT(", ") : EMRS_TEXT(""));
        emrs_put(&pen, schemes[scheme]);
    }
    proxy->schemes = emrs_pen_text(&pen);
}

/* ret: the number of three digits at the start, 100 or more; STATUS_BROKEN: there is none */
static int read_status(emrs_text text)
{
    int status = 0;
    for (size_t at = 0; at < 3; at++) {
        if (at == text.size || !emrs_is_digit(text.bytes[at]))
            return STATUS_BROKEN;
        status = status * 10 + (text.bytes[at] - '0');
    }
    bool has_end = text.size == 3 || text.bytes[3] == ' ';
    return has_end && status >= 100 ? status : STATUS_BROKEN;
}

/* ret: the status; STATUS_BROKEN: this is no status line of HTTP/1.0 or HTTP/1.1 */
static int status_of(emrs_text line)
{
    const emrs_text start = EMRS_TEXT("HTTP/1.1 "), older = EMRS_TEXT("HTTP/1.0 ");
    if (!emrs_text_starts(line, start) && !emrs_text_starts(line, older))
        return STATUS_BROKEN;
    return read_status(emrs_text_from(line, start.size));
}

/* Reads the line in proxy->bytes.      ret: whether the head ends with it */
static bool take_line(emrs_proxy *proxy)
{
    const emrs_text name = EMRS_TEXT("proxy-authenticate:");
    emrs_text line = {proxy->bytes, proxy->at};
    proxy->at = 0;
    if (line.size > 0 && line.bytes[line.size - 1] == '\r')
        line.size--;
    if (proxy->status == 0) {
        proxy->status = status_of(line);
        return proxy->status == STATUS_BROKEN;
    }
    if (line.size > 0) {
        if (starts_in_any_case(line, name))
            note_schemes(proxy, emrs_text_from(line, name.size));
        return false;
    }
    bool is_interim = proxy->status < 200 && proxy->status != STATUS_SWITCHING;
    if (is_interim)
        proxy->status = 0; /* another head follows */
    return !is_interim;
}

/* Opens the tunnel, if the proxy has sent nothing after its answer. The server sends nothing before
 * TLS begins, so such bytes would be the proxy's. */
static emrs_report open_tunnel(emrs_proxy *proxy, bool has_more)
{
    const emrs_stream *inner = proxy->config.inner;
    const emrs_move look = {.until_ms = proxy->config.now(proxy->config.context).ms,
                            .owner = proxy->owner,
                            .receive = proxy->bytes,
                            .size = 1};
    if (has_more || inner->receive(inner->context, &look).news != EMRS_NEWS_PENDING)
        return fail(proxy, EMRS_REASON_PROXY_FAILED, proxy->status);
    proxy->state = OPEN;
    return emrs_connected(EMRS_PEER_UNVERIFIED); /* only TLS on top may send */
}

/* in:  has_more: bytes follow the head */
static emrs_report conclude(emrs_proxy *proxy, bool has_more)
{
    int status = proxy->status;
    if (status >= 200 && status < 300)
        return open_tunnel(proxy, has_more);
    if (status == STATUS_AUTH || status == STATUS_LOGIN) {
        list_schemes(proxy);
        return fail(proxy, EMRS_REASON_PROXY_AUTH, status);
    }
    bool is_final = status >= 300 && status < 500;
    return fail(proxy, is_final ? EMRS_REASON_PROXY_REFUSED : EMRS_REASON_PROXY_FAILED,
                status != STATUS_BROKEN ? status : 0);
}

static emrs_report take_bytes(emrs_proxy *proxy, const char *bytes, size_t size)
{
    for (size_t at = 0; at < size; at++) {
        if (++proxy->size > HEAD_SIZE_MAX)
            return fail(proxy, EMRS_REASON_PROXY_FAILED, 0);
        if (bytes[at] == '\n') {
            if (take_line(proxy))
                return conclude(proxy, at + 1 < size);
        } else if (proxy->at < LINE_SIZE) {
            proxy->bytes[proxy->at++] = bytes[at];
        }
    }
    return emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report read_answer(emrs_proxy *proxy, const emrs_move *move)
{
    const emrs_stream *inner = proxy->config.inner;
    char *window = proxy->bytes + LINE_SIZE;
    const emrs_move receive = {.until_ms = move->until_ms,
                               .owner = move->owner,
                               .receive = window,
                               .size = sizeof proxy->bytes - LINE_SIZE};
    emrs_report report = inner->receive(inner->context, &receive);
    if (report.news != EMRS_NEWS_RECEIVED)
        return explain(proxy, report);
    return take_bytes(proxy, window, report.size < receive.size ? report.size : receive.size);
}

/* The stream */

static emrs_report send_request(emrs_proxy *proxy, const emrs_move *move)
{
    const emrs_stream *inner = proxy->config.inner;
    const emrs_move send = {.until_ms = move->until_ms,
                            .owner = move->owner,
                            .send = proxy->bytes + proxy->at,
                            .size = proxy->size - proxy->at};
    emrs_report report = inner->send(inner->context, &send);
    if (report.news != EMRS_NEWS_SENT)
        return explain(proxy, report);
    proxy->at += report.size < send.size ? report.size : send.size;
    if (proxy->at == proxy->size) {
        emrs_wipe(proxy->bytes, sizeof proxy->bytes);
        proxy->size = proxy->at = 0;
        proxy->state = READING;
    }
    return emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report open_inner(emrs_proxy *proxy, const emrs_move *move)
{
    emrs_move to_proxy = *move;
    to_proxy.host = proxy->host;
    to_proxy.port = proxy->config.port;
    to_proxy.tls = false;
    if (proxy->state == IDLE) {
        proxy->offered = 0;
        proxy->schemes.size = 0;
        proxy->status = 0;
    }
    proxy->state = OPENING;
    emrs_report report = proxy->config.inner->connect(proxy->config.inner->context, &to_proxy);
    if (report.news != EMRS_NEWS_CONNECTED)
        return report;
    if (!write_request(proxy, move))
        return fail(proxy, EMRS_REASON_RESOURCE, 0);
    proxy->state = SENDING;
    return emrs_report_of(EMRS_NEWS_PENDING);
}

/* Whether the stream must be closed first: it is open already, it is being opened for another
 * owner, or exactly one of stream and move uses TLS. */
static bool is_other(const emrs_proxy *proxy, const emrs_move *move)
{
    if (proxy->state == IDLE)
        return false;
    return proxy->state == OPEN || proxy->owner != move->owner
           || move->tls == (proxy->state == PLAIN);
}

static emrs_report connect_proxy(void *context, const emrs_move *move)
{
    emrs_proxy *proxy = context;
    if (is_other(proxy, move))
        close_proxy(proxy);
    proxy->owner = move->owner;
    if (!move->tls) {
        proxy->state = PLAIN;
        return proxy->config.inner->connect(proxy->config.inner->context, move);
    }
    if (*proxy->host == '\0')
        return emrs_failed(EMRS_REASON_RESOURCE, 0);
    if (proxy->state == SENDING)
        return send_request(proxy, move);
    return proxy->state == READING ? read_answer(proxy, move) : open_inner(proxy, move);
}

/* ret: false: the stream was closed, or opened for another owner, since this owner last used it.
 *      For a plain stream the inner stream checks the owner */
static bool is_its_owners(const emrs_proxy *proxy, const emrs_move *move)
{
    return proxy->state == PLAIN || (proxy->state == OPEN && proxy->owner == move->owner);
}

static emrs_report send_on(void *context, const emrs_move *move)
{
    const emrs_proxy *proxy = context;
    if (!is_its_owners(proxy, move))
        return emrs_failed(EMRS_REASON_RESET, 0);
    return proxy->config.inner->send(proxy->config.inner->context, move);
}

static emrs_report receive_on(void *context, const emrs_move *move)
{
    const emrs_proxy *proxy = context;
    if (!is_its_owners(proxy, move))
        return emrs_failed(EMRS_REASON_RESET, 0);
    return proxy->config.inner->receive(proxy->config.inner->context, move);
}

bool emrs_proxy_init(emrs_proxy *proxy, const emrs_proxy_config *config)
{
    memset(proxy, 0, sizeof *proxy);
    proxy->config = *config;
    proxy->stream = (emrs_stream){proxy, connect_proxy, send_on, receive_on, close_proxy};
    bool fits = config->host.size > 0 && config->host.size < sizeof proxy->host && config->port > 0
                && config->authorization.size <= EMRS_PROXY_AUTHORIZATION_SIZE_MAX;
    if (fits)
        memcpy(proxy->host, config->host.bytes, config->host.size);
    return fits;
}
