/* SPDX-License-Identifier: MIT */
/* function: endpoint.c but emrs_endpoint_find
 * method: all inputs, all loops to their end
 * bound: 0 to 8 bytes after the scheme, regions of 0 to 9; a unit test has the longest region
 * unwind: 11
 * options: --unwindset base_path_parse.0:6,strlen.0:32,memcmp.0:9
 * options: --unwindset emrs_partition_of.0:8,emrs_put_form.0:29
 * control: endpoint.c s/literal \&\& end == rest->size/false/
 * control: endpoint.c s/value <= 65535u/value <= 65536u/
 * control: endpoint.c s/size_t at = text.size;/size_t at = text.size + 1u;/
 */
#include "proof.h"

#include "endpoint.c"
#define emrs_text_spells unused_text_spells
#define emrs_put unused_put
#define emrs_put_byte unused_put_byte
#define emrs_put_form unused_put_form
#include "text.c"
#undef emrs_text_spells
#undef emrs_put
#undef emrs_put_byte
#undef emrs_put_form

enum { SIZE = 8 };
static char bytes[8 + SIZE];
static char region[9];

/* Unit tests check which texts are words of a table. Here any text of the right size may be one. */
bool emrs_text_spells(emrs_text text, const char *word)
{
    PROVE(__CPROVER_r_ok(text.bytes, text.size));
    return text.size == strlen(word) && nondet_bool();
}

/* The pen, by its contract: prove_text.c */
void emrs_put(emrs_pen *pen, emrs_text text)
{
    PROVE(__CPROVER_r_ok(text.bytes, text.size));
    pen->used += text.size;
}
void emrs_put_byte(emrs_pen *pen, char byte)
{
    (void)byte;
    pen->used++;
}
void emrs_put_form(emrs_pen *pen, const char *form, const emrs_text *values)
{
    for (; *form != '\0'; form++)
        if (*form == '*')
            emrs_put(pen, *values++);
        else
            emrs_put_byte(pen, *form);
}

/* The text ends where its object ends, so that an access after the text leaves the object. */
static emrs_text any_text(char *at, size_t most)
{
    size_t size = nondet_size();
    ASSUME(size <= most);
    return (emrs_text){at + most - size, size};
}

static bool is_inside(emrs_text part, emrs_text whole)
{
    return part.size == 0
           || (part.bytes >= whole.bytes && part.bytes + part.size <= whole.bytes + whole.size);
}

static void prove_parse(void)
{
    emrs_text url = any_text(bytes, sizeof bytes);
    emrs_endpoint endpoint;
    emrs_rule rule = emrs_endpoint_parse(url, &endpoint);
    bool ok = rule == EMRS_RULE_NONE;
    PROVE(!ok || (is_inside(endpoint.host, url) && is_inside(endpoint.base_path, url)));
    PROVE(!ok || (endpoint.host.size > 0 && endpoint.port > 0));
    size_t at = nondet_size();
    char c = ok && at < endpoint.host.size ? endpoint.host.bytes[at] : 'a';
    PROVE(emrs_is_alnum(c) || c == '-' || c == '_' || c == '.' || c == ':');
    c = ok && at < endpoint.base_path.size ? endpoint.base_path.bytes[at] : '/';
    PROVE(is_unreserved(c) || c == '/');
    PROVE(!ok || endpoint.base_path.size == 0 || endpoint.base_path.bytes[0] == '/');
    REACHED(ok && endpoint.port == 655 && !endpoint.tls && endpoint.base_path.size > 1);
    REACHED(ok && emrs_text_find(endpoint.host, ':') < endpoint.host.size);
    REACHED(rule == EMRS_RULE_ENDPOINT_PATH);
}

/* The longest host of a region fits, with its NUL. */
static void prove_region(void)
{
    emrs_pen host = emrs_pen_on(NULL, EMRS_HOST_SIZE_MAX);
    emrs_text name = any_text(region, sizeof region);
    emrs_endpoint_host(&host, name, nondet_bool(), nondet_bool());
    PROVE(!emrs_pen_full(&host));
    REACHED(name.size == sizeof region);
}

void proof(void)
{
    __CPROVER_havoc_object(bytes);
    __CPROVER_havoc_object(region);
    prove_parse();
    prove_region();
    emrs_endpoint_is_loopback(any_text(bytes, SIZE));
}
