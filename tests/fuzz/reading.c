/* SPDX-License-Identifier: MIT */
#include "reading.h"

#include <jansson.h>
#include <string.h>
#include <strings.h>

#include "emrs_text.h"

/* Takes the first line and its CR LF from rest.
 * ret: the line without CR LF; bytes is NULL if there is no complete line */
static emrs_text line_of(emrs_text *rest)
{
    char *end = rest->size > 0 ? memmem(rest->bytes, rest->size, "\r\n", 2) : NULL;
    if (end == NULL)
        return (emrs_text){NULL, 0};
    emrs_text line = {rest->bytes, (size_t)(end - rest->bytes)};
    *rest = emrs_text_from(*rest, line.size + 2);
    return line;
}

static bool names(emrs_text line, const char *name)
{
    size_t size = strlen(name);
    return line.size > size && strncasecmp(line.bytes, name, size) == 0 && line.bytes[size] == ':';
}

/* Reads a number, up to the first byte that is not a digit of the base. */
static unsigned long number_of(emrs_text text, unsigned base)
{
    unsigned long value = 0;
    size_t at = 0;
    while (at < text.size && (text.bytes[at] == ' ' || text.bytes[at] == '\t'))
        at++;
    for (; at < text.size; at++) {
        int digit = emrs_hex_digit(text.bytes[at]);
        if (digit < 0 || (unsigned)digit >= base)
            break;
        value = value * base + (unsigned)digit;
    }
    return value;
}

static bool dechunk(emrs_text rest, char *room, reading *r)
{
    for (;;) {
        emrs_text line = line_of(&rest);
        unsigned long size = line.bytes == NULL ? 0 : number_of(line, 16);
        if (line.bytes == NULL || size > rest.size)
            return false;
        if (size == 0)
            break;
        memcpy(room + r->body.size, rest.bytes, size);
        r->body.size += size;
        rest = emrs_text_from(rest, size);
        if (line_of(&rest).size != 0)
            return false;
    }
    for (emrs_text line = line_of(&rest);; line = line_of(&rest)) /* trailers */
        if (line.bytes == NULL || line.size == 0)
            return line.bytes != NULL;
}

typedef struct {
    bool chunked, has_length;
    unsigned long length;
} framing;

static bool head_of(emrs_text *rest, int *status, framing *f)
{
    emrs_text line = line_of(rest);
    memset(f, 0, sizeof *f);
    while (line.bytes != NULL && line.size == 0)
        line = line_of(rest);
    if (line.size < 12 || memcmp(line.bytes, "HTTP/1.", 7) != 0)
        return false;
    *status = (int)number_of((emrs_text){line.bytes + 9, 3}, 10);
    while ((line = line_of(rest)).size > 0) {
        f->chunked = f->chunked || names(line, "transfer-encoding");
        if (!names(line, "content-length"))
            continue;
        f->has_length = true;
        f->length = number_of(emrs_text_from(line, 15), 10);
    }
    return line.bytes != NULL;
}

bool reading_of(emrs_text rest, bool ended, char *room, reading *r)
{
    framing f;
    memset(r, 0, sizeof *r);
    r->body.bytes = room;
    do {
        if (!head_of(&rest, &r->status, &f))
            return false;
    } while (r->status < 200);
    if (r->status == 204 || r->status == 304)
        return true;
    if (f.chunked)
        return dechunk(rest, room, r);
    if (f.has_length ? f.length > rest.size : !ended)
        return false;
    r->body.size = f.has_length ? f.length : rest.size;
    if (r->body.size > 0)
        memcpy(room, rest.bytes, r->body.size);
    return true;
}

static bool is_string(const json_t *object, const char *name, emrs_text wanted)
{
    const json_t *value = json_object_get(object, name);
    return json_is_string(value)
           && emrs_text_is((emrs_text){json_string_value(value), json_string_length(value)},
                           wanted);
}

bool reading_proves(emrs_text body, emrs_text application_id, emrs_text job_run_id)
{
    /* Without JSON_ALLOW_NUL libjansson refuses "\u0000" in a string, which is JSON. */
    json_t *root = json_loadb(body.bytes, body.size, JSON_ALLOW_NUL, NULL);
    bool proves = json_is_object(root) && is_string(root, "applicationId", application_id)
                  && is_string(root, "jobRunId", job_run_id);
    json_decref(root);
    return proves;
}
