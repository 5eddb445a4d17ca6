/* SPDX-License-Identifier: MIT */
#include "response.h"

#include "clock.h"
#include "emrs_config.h"
#include "emrs_text.h"

/* Invariant, between any two bytes:
 *   state < STATE_COUNT; error <= 0, and once it is negative nothing changes;
 *   in ANSWER_DONE: error is 0;
 *   head_size <= EMRS_HEAD_SIZE_MAX; body_size <= body_size_max <= EMRS_BODY_COUNT_MAX;
 *   in STATUS_LINE: status_at <= STATUS_SIZE, blank_count <= EMRS_BLANK_COUNT_MAX;
 *   digit_count <= EMRS_CHUNK_DIGITS_MAX; header <= OTHER_HEADER; part_size <= sizeof part;
 *   cr only where a line may end; each kept pen: used <= size. */
enum {
    STATUS_LINE, /* and the empty lines before it */
    REASON,
    HEADER_START,
    HEADER_NAME,
    HEADER_VALUE,
    CHUNK_SPACE,
    CHUNK_EXTENSION, /* bytes of the states up to here count into head_size */
    CHUNK_SIZE,
    CHUNK_END,
    BODY_LENGTH, /* from here to BODY_CLOSE: body bytes */
    BODY_CHUNK,
    BODY_CLOSE,
    ANSWER_DONE,
    STATE_COUNT
};

/* The headers that are read. In a trailer they are ignored. */
#define HEADERS(ROW)                                                                               \
    ROW(CONTENT_LENGTH, "content-length")                                                          \
    ROW(TRANSFER_ENCODING, "transfer-encoding")                                                    \
    ROW(CONNECTION, "connection")                                                                  \
    ROW(CONTENT_ENCODING, "content-encoding")                                                      \
    ROW(CONTENT_TYPE, "content-type")                                                              \
    ROW(ERROR_TYPE, "x-amzn-errortype")                                                            \
    ROW(REQUEST_ID, "x-amzn-requestid")                                                            \
    ROW(OTHER_REQUEST_ID, "x-amz-request-id")                                                      \
    ROW(DATE_HEADER, "date")                                                                       \
    ROW(AGE_HEADER, "age")                                                                         \
    ROW(RETRY_AFTER, "x-amz-retry-after")
#define HEADER_CONSTANT(constant, name) constant,
#define HEADER_TEXT(constant, name) name "\0"

enum { HEADERS(HEADER_CONSTANT) OTHER_HEADER };
static const char header_names[] = HEADERS(HEADER_TEXT); /* each with a NUL */

void emrs_response_init(emrs_response *r, uint32_t body_size_max, emrs_pen request_id,
                        emrs_pen error_name)
{
    memset(r, 0, sizeof *r);
    r->body_size_max = body_size_max;
    r->request_id = request_id;
    r->error_name = error_name;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Each byte of a status line must lie between the bytes at its place in these two. */
static const char least_line[] = "HTTP/1.0 100", most_line[] = "HTTP/1.1 599";
enum { MINOR_AT = sizeof "HTTP/1." - 1, CODE_AT = sizeof "HTTP/1.1 " - 1 };
enum { STATUS_SIZE = sizeof least_line - 1 };

static bool take_status(emrs_response *r, char c)
{
    uint8_t at = r->status_at++;
    if (at == STATUS_SIZE) {
        r->state = REASON;
        return c == ' ';
    }
    if (at == MINOR_AT)
        r->http10 = c == '0';
    r->status = at < CODE_AT ? 0 : (uint16_t)(r->status * 10u + (unsigned)(c - '0'));
    return c >= least_line[at] && c <= most_line[at];
}

/* Header and trailer lines */

/* tchar of RFC 9110, section 5.6.2 */
static bool is_token(char c)
{
    static const char token_marks[] = "!#$%&'*+-.^_`|~";
    return emrs_is_alnum(c) || memchr(token_marks, c, sizeof token_marks - 1) != NULL;
}

/* The pen that keeps the value of this header; NULL: it is kept in `part` until the line ends. */
static emrs_pen *kept_of(emrs_response *r)
{
    if (r->header == ERROR_TYPE)
        return &r->error_name;
    return r->header == REQUEST_ID || r->header == OTHER_REQUEST_ID ? &r->request_id : NULL;
}

/* Appends to the header's name or value. */
static void keep(emrs_response *r, char c)
{
    emrs_pen part = {r->part, sizeof r->part, r->part_size}, *kept = kept_of(r);
    emrs_pen *pen = kept != NULL ? kept : &part;
    if (is_blank(c) && pen->used == 0)
        return; /* before the value */
    if (pen->used < pen->size)
        emrs_put_byte(pen, kept != NULL ? c : emrs_to_lower(c));
    else if (!is_blank(c))
        r->part_cut = true;
    r->part_size = (uint8_t)part.used;
}

static size_t trimmed(const char *bytes, size_t size)
{
    while (size > 0 && is_blank(bytes[size - 1]))
        size--;
    return size;
}

/* Drops the blanks after the value. */
static void trim(emrs_response *r)
{
    emrs_pen *kept = kept_of(r);
    if (kept != NULL)
        kept->used = trimmed(kept->bytes, kept->used);
    if (!r->part_cut)
        r->part_size = (uint8_t)trimmed(r->part, r->part_size);
}

/* Whether the name or the value was kept whole, and is this word.      in: word: in lower case */
static bool part_is(const emrs_response *r, const char *word)
{
    return !r->part_cut && emrs_text_spells((emrs_text){r->part, r->part_size}, word);
}

static void begin_part(emrs_response *r, uint8_t state, uint8_t header)
{
    r->state = state;
    r->header = header;
    r->part_size = 0;
    r->part_cut = false;
}

static void end_name(emrs_response *r)
{
    uint8_t header = r->trailers ? OTHER_HEADER : 0;
    for (const char *name = header_names; header < OTHER_HEADER && !part_is(r, name); header++)
        name += strlen(name) + 1;
    begin_part(r, HEADER_VALUE, header);
    const emrs_pen *kept = kept_of(r);
    if (kept != NULL && kept->used > 0)
        r->header = OTHER_HEADER; /* the first value stays */
}

/* Takes a byte of a name. A line that begins with a space would continue the line before it:
 * is_token refuses that. */
static bool take_name(emrs_response *r, char c)
{
    if (r->state == HEADER_START) {
        begin_part(r, HEADER_NAME, OTHER_HEADER);
    } else if (c == ':') {
        end_name(r);
        return true;
    }
    keep(r, c);
    return is_token(c);
}

/* Reads the value as a number. Any number above `limit` becomes limit + 1, so that it never wraps.
 * ret: whether the value holds digits only */
static bool read_number(const emrs_response *r, uint32_t limit, uint32_t *number)
{
    *number = r->part_cut ? limit + 1u : 0;
    for (size_t at = 0; at < r->part_size; at++) {
        uint32_t digit = (uint32_t)(r->part[at] - '0');
        if (!emrs_is_digit(r->part[at]))
            return false;
        *number = *number > (limit - digit) / 10u ? limit + 1u : *number * 10u + digit;
    }
    return r->part_size > 0;
}

static bool take_length(emrs_response *r)
{
    uint32_t length;
    bool good =
        read_number(r, r->body_size_max, &length) && (!r->has_length || r->body_left == length);
    r->has_length = true;
    r->body_left = length;
    return good;
}

/* Takes a Date. With two Date headers neither is trusted. */
static void take_date(emrs_response *r)
{
    emrs_text date = {r->part, r->part_cut ? 0 : r->part_size};
    r->date_s = r->has_date ? 0 : emrs_clock_read(date);
    r->has_date = true;
}

#define RETRY_MS_MAX 999999999u /* eleven days */

/* Takes milliseconds. Any other value is ignored. */
static void take_retry_after(emrs_response *r)
{
    uint32_t ms;
    r->has_retry_after = read_number(r, RETRY_MS_MAX, &ms) && ms <= RETRY_MS_MAX;
    r->retry_after_ms = ms;
}

/* Accepts only "chunked", and only once. */
static bool take_encoding(emrs_response *r)
{
    bool good = !r->chunked && part_is(r, "chunked");
    r->chunked = true;
    return good;
}

/* Whether the type is JSON. The type must fit into `part`; its parameters may be longer. */
static bool is_json_type(emrs_response *r)
{
    size_t size = emrs_text_find((emrs_text){r->part, r->part_size}, ';');
    if (size < r->part_size) {
        r->part_size = (uint8_t)trimmed(r->part, size);
        r->part_cut = false;
    }
    return part_is(r, "application/json") || part_is(r, "application/x-amz-json-1.1");
}

static bool take_header(emrs_response *r)
{
    trim(r);
    switch (r->header) {
    case CONTENT_LENGTH:
        return take_length(r);
    case TRANSFER_ENCODING:
        return take_encoding(r);
    case CONNECTION: /* any other option may close the stream */
        if (!part_is(r, "keep-alive"))
            r->close = true;
        break;
    case CONTENT_ENCODING: /* an empty list is valid: RFC 9110, sections 5.6.1 and 8.4 */
        if (r->part_size > 0 && !part_is(r, "identity"))
            r->encoded = true;
        break;
    case CONTENT_TYPE:
        r->not_json = !is_json_type(r);
        break;
    case DATE_HEADER:
        take_date(r);
        break;
    case AGE_HEADER: /* the answer comes from a cache, so its date is old */
        r->has_age = true;
        break;
    case RETRY_AFTER:
        take_retry_after(r);
        break;
    }
    return true;
}

/* The end of the head: how the body is framed */

/* Forgets an interim answer (1xx), and begins the next one.
 * ret: false for 101, which was not asked for, and for one interim answer too many */
static bool skip_interim(emrs_response *r)
{
    r->encoded = r->chunked = r->has_length = r->not_json = false;
    r->has_date = r->has_age = r->has_retry_after = false;
    r->date_s = 0;
    r->request_id.used = r->error_name.used = 0;
    r->body_left = 0;
    r->blank_count = EMRS_BLANK_COUNT_MAX; /* no empty line may come before the next answer */
    r->status_at = 0;
    r->state = STATUS_LINE;
    return r->status != 101 && r->interim_count++ < EMRS_INTERIM_COUNT_MAX;
}

static uint8_t body_state(const emrs_response *r)
{
    if (r->trailers || r->status == 204 || r->status == 304)
        return ANSWER_DONE;
    if (r->chunked)
        return CHUNK_SIZE;
    if (!r->has_length)
        return BODY_CLOSE;
    return r->body_left == 0 ? ANSWER_DONE : BODY_LENGTH;
}

/* Whether two parsers could disagree on where the body ends. */
static bool is_framed_twice(const emrs_response *r)
{
    return r->chunked && (r->has_length || r->http10);
}

static bool end_head(emrs_response *r)
{
    if (r->status < 200)
        return skip_interim(r);
    if (r->encoded || is_framed_twice(r))
        return false;
    r->state = body_state(r);
    if (r->http10 || r->state == BODY_CLOSE)
        r->close = true;
    if (r->state == BODY_LENGTH && r->body_left > r->body_size_max)
        r->error = EMRS_E_TOO_BIG;
    return true;
}

/* Chunks */

/* Takes a byte after the digits: a blank or the start of an extension. Blanks without an extension
 * are refused. */
static bool take_chunk_space(emrs_response *r, char c)
{
    r->state = c == ';' ? CHUNK_EXTENSION : CHUNK_SPACE;
    return c == ';' || is_blank(c);
}

static bool take_chunk_size(emrs_response *r, char c)
{
    int digit = emrs_hex_digit(c);
    if (digit < 0)
        return r->digit_count > 0 && take_chunk_space(r, c);
    r->body_left = r->body_left << 4 | (uint32_t)digit;
    return r->digit_count++ < EMRS_CHUNK_DIGITS_MAX;
}

static void end_chunk_line(emrs_response *r)
{
    r->digit_count = 0;
    r->trailers = r->body_left == 0;
    r->state = r->trailers ? HEADER_START : BODY_CHUNK;
    if (r->body_left > r->body_size_max - r->body_size)
        r->error = EMRS_E_TOO_BIG;
}

/* Lines: CR only where a line may end, LF only after CR, NUL nowhere */

static bool may_end_line(const emrs_response *r)
{
    if (r->state == STATUS_LINE)
        return r->status_at == STATUS_SIZE
               || (r->status_at == 0 && r->blank_count < EMRS_BLANK_COUNT_MAX);
    if (r->state == CHUNK_SIZE)
        return r->digit_count > 0;
    return r->state != HEADER_NAME && r->state != CHUNK_SPACE;
}

static bool end_line(emrs_response *r)
{
    uint8_t state = r->state;
    r->state = state == CHUNK_END ? CHUNK_SIZE : HEADER_START;
    if (state == HEADER_START)
        return end_head(r);
    if (state == HEADER_VALUE)
        return take_header(r);
    if (state == CHUNK_SIZE)
        end_chunk_line(r);
    if (state == STATUS_LINE && r->status_at == 0) {
        r->blank_count++;
        r->state = STATUS_LINE;
    }
    return true;
}

static bool take_in_line(emrs_response *r, char c)
{
    switch (r->state) {
    case STATUS_LINE:
        return take_status(r, c);
    case HEADER_START:
    case HEADER_NAME:
        return take_name(r, c);
    case HEADER_VALUE:
        if (r->header != OTHER_HEADER)
            keep(r, c);
        return true;
    case CHUNK_SIZE:
        return take_chunk_size(r, c);
    case CHUNK_SPACE:
        return take_chunk_space(r, c);
    default:
        return r->state != CHUNK_END; /* a reason and an extension may hold any byte */
    }
}

/* ret: whether the byte is allowed here */
static bool take_line_byte(emrs_response *r, char c)
{
    if (r->cr) {
        r->cr = false;
        return c == '\n' && end_line(r);
    }
    if (c != '\r')
        return c != '\n' && c != '\0' && take_in_line(r, c);
    r->cr = may_end_line(r);
    if (r->state == CHUNK_EXTENSION)
        r->state = CHUNK_SIZE; /* the LF ends the chunk's size, and does not count into head_size */
    return r->cr;
}

static void step_head(emrs_response *r, char c)
{
    bool counts = r->state <= CHUNK_EXTENSION;
    if (counts && r->head_size == EMRS_HEAD_SIZE_MAX) {
        r->error = EMRS_E_TOO_BIG;
        return;
    }
    r->head_size = (uint16_t)(r->head_size + counts);
    if (!take_line_byte(r, c))
        r->error = EMRS_E_PROTOCOL;
}

static size_t take_body(emrs_response *r, size_t size)
{
    uint32_t left = r->state == BODY_CLOSE ? r->body_size_max - r->body_size : r->body_left;
    if (size > left)
        size = left;
    if (size == 0)
        r->error = EMRS_E_TOO_BIG;
    r->body_size += (uint32_t)size;
    if (r->state == BODY_CLOSE)
        return size;
    r->body_left -= (uint32_t)size;
    if (r->body_left == 0)
        r->state = r->state == BODY_LENGTH ? ANSWER_DONE : CHUNK_END;
    return size;
}

size_t emrs_response_take(emrs_response *r, const char *bytes, size_t size, emrs_text *body)
{
    size_t at = 0;
    *body = EMRS_TEXT("");
    while (at < size && r->error == 0 && r->state != ANSWER_DONE) {
        if (r->state >= BODY_LENGTH) {
            *body = (emrs_text){bytes + at, take_body(r, size - at)};
            return at + body->size;
        }
        step_head(r, bytes[at++]);
    }
    return at;
}

int emrs_response_end(emrs_response *r, bool authenticated)
{
    if (r->error < 0)
        return r->error;
    if (r->state == BODY_CLOSE && authenticated)
        r->state = ANSWER_DONE;
    if (r->state != ANSWER_DONE)
        r->error = EMRS_E_TRUNCATED;
    return r->error;
}

bool emrs_response_is_done(const emrs_response *r)
{
    return r->state == ANSWER_DONE;
}

int emrs_response_status(const emrs_response *r)
{
    return r->state >= HEADER_START && r->status >= 200 ? r->status : 0;
}
