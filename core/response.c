/* SPDX-License-Identifier: MIT */
#include "response.h"

#include "clock.h"
#include "emrs_config.h"
#include "emrs_text.h"

/* Invariant, between any two bytes:
 *   state < STATE_COUNT; error <= 0, and once it is negative nothing changes;
 *   head_size <= EMRS_HEAD_SIZE_MAX; body_size <= EMRS_BODY_SIZE_MAX;
 *   at <= STATUS_SIZE in STATUS_LINE; header <= OTHER; value_size <= sizeof value;
 *   cr only where a line may end; each kept pen: used <= size. */
enum {
    STATUS_LINE, /* `at` bytes of it so far; before it, at most two empty lines */
    REASON,
    LINE, /* at the start of a header line */
    NAME,
    VALUE,
    CHUNK_SPACE,
    EXTENSION, /* up to here every byte counts into head_size */
    CHUNK_SIZE,
    CHUNK_END,
    BODY_LENGTH, /* from here to BODY_CLOSE: body bytes */
    BODY_CHUNK,
    BODY_CLOSE,
    DONE,
    STATE_COUNT
};

enum {
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_TYPE,
    ERROR_NAME,
    REQUEST_ID,
    REQUEST_ID_TOO,
    DATE,
    AGE,
    RETRY_AFTER,
    OTHER
};

static const char *const names[OTHER] = {
    [CONTENT_LENGTH] = "content-length",
    [TRANSFER_ENCODING] = "transfer-encoding",
    [CONNECTION] = "connection",
    [CONTENT_ENCODING] = "content-encoding",
    [CONTENT_TYPE] = "content-type",
    [ERROR_NAME] = "x-amzn-errortype",
    [REQUEST_ID] = "x-amzn-requestid",
    [REQUEST_ID_TOO] = "x-amz-request-id",
    [DATE] = "date",
    [AGE] = "age",
    [RETRY_AFTER] = "x-amz-retry-after",
};

void emrs_response_init(emrs_response *r, emrs_pen request_id, emrs_pen error_name)
{
    memset(r, 0, sizeof *r);
    r->request_id = request_id;
    r->error_name = error_name;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The status line, byte by byte between these two */
static const char least[] = "HTTP/1.0 100", most[] = "HTTP/1.1 599";
enum { MINOR_AT = sizeof "HTTP/1." - 1, CODE_AT = sizeof "HTTP/1.1 " - 1 };
enum { STATUS_SIZE = sizeof least - 1 };
#define RETRY_MS_MAX 999999999u /* eleven days */

static bool take_status(emrs_response *r, char c)
{
    uint8_t at = r->at++;
    if (at == STATUS_SIZE) {
        r->state = REASON;
        return c == ' ';
    }
    if (at == MINOR_AT)
        r->http10 = c == '0';
    r->status = at < CODE_AT ? 0 : (uint16_t)(r->status * 10u + (unsigned)(c - '0'));
    return c >= least[at] && c <= most[at];
}

/* Header and trailer lines */

/* tchar of RFC 9110, section 5.6.2 */
static bool is_token(char c)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    return emrs_is_alnum(c) || memchr(marks, c, sizeof marks - 1) != NULL;
}

static emrs_pen *kept_of(emrs_response *r)
{
    if (r->header == ERROR_NAME)
        return &r->error_name;
    return r->header == REQUEST_ID || r->header == REQUEST_ID_TOO ? &r->request_id : NULL;
}

static void keep(emrs_response *r, char c)
{
    emrs_pen value = {r->value, sizeof r->value, r->value_size}, *kept = kept_of(r);
    emrs_pen *pen = kept != NULL ? kept : &value;
    if (is_blank(c) && pen->used == 0)
        return; /* before the value */
    if (pen->used < pen->size)
        emrs_put_byte(pen, kept != NULL ? c : emrs_to_lower(c));
    else if (!is_blank(c))
        r->value_cut = true;
    r->value_size = (uint8_t)value.used;
}

static size_t trimmed(const char *bytes, size_t size)
{
    while (size > 0 && is_blank(bytes[size - 1]))
        size--;
    return size;
}

/* Takes the blanks after the value. */
static void trim(emrs_response *r)
{
    emrs_pen *kept = kept_of(r);
    if (kept != NULL)
        kept->used = trimmed(kept->bytes, kept->used);
    if (!r->value_cut)
        r->value_size = (uint8_t)trimmed(r->value, r->value_size);
}

/* Whether what is kept is the whole, and spells this.      in: word in lower case */
static bool value_is(const emrs_response *r, const char *word)
{
    return !r->value_cut && emrs_text_spells((emrs_text){r->value, r->value_size}, word);
}

static void begin(emrs_response *r, uint8_t state, uint8_t header)
{
    r->state = state;
    r->header = header;
    r->value_size = 0;
    r->value_cut = false;
}

static void end_name(emrs_response *r)
{
    uint8_t header = r->trailers ? OTHER : 0;
    while (header < OTHER && !value_is(r, names[header]))
        header++;
    begin(r, VALUE, header);
    const emrs_pen *kept = kept_of(r);
    if (kept != NULL && kept->used > 0)
        r->header = OTHER; /* the first one stands */
}

/* A space first would be a folded line: refused. */
static bool take_name(emrs_response *r, char c)
{
    if (r->state == LINE) {
        begin(r, NAME, OTHER);
    } else if (c == ':') {
        end_name(r);
        return true;
    }
    keep(r, c);
    return is_token(c);
}

/* Reads a value of digits alone. Any number above `limit` becomes limit + 1, so it never wraps.
 * ret: whether the value is digits alone */
static bool number_of(const emrs_response *r, uint32_t limit, uint32_t *number)
{
    *number = r->value_cut ? limit + 1u : 0;
    for (size_t at = 0; at < r->value_size; at++) {
        uint32_t digit = (uint32_t)(r->value[at] - '0');
        if (!emrs_is_digit(r->value[at]))
            return false;
        *number = *number > (limit - digit) / 10u ? limit + 1u : *number * 10u + digit;
    }
    return r->value_size > 0;
}

static bool take_length(emrs_response *r)
{
    uint32_t length;
    bool good =
        number_of(r, EMRS_BODY_SIZE_MAX, &length) && (!r->has_length || r->length == length);
    r->has_length = true;
    r->length = length;
    return good;
}

/* Two dates are none to go by. */
static void take_date(emrs_response *r)
{
    emrs_text date = {r->value, r->value_cut ? 0 : r->value_size};
    r->date_s = r->has_date ? 0 : emrs_clock_read(date);
    r->has_date = true;
}

/* Milliseconds; whatever else it may be counts as not there. */
static void take_retry_after(emrs_response *r)
{
    uint32_t ms;
    r->has_retry_after = number_of(r, RETRY_MS_MAX, &ms) && ms <= RETRY_MS_MAX;
    r->retry_after_ms = ms;
}

/* Nothing but chunked, once. */
static bool take_encoding(emrs_response *r)
{
    bool good = !r->chunked && value_is(r, "chunked");
    r->chunked = true;
    return good;
}

/* Parameters may run past what is kept of the value, the type itself may not. */
static bool is_json_type(emrs_response *r)
{
    size_t size = emrs_text_find((emrs_text){r->value, r->value_size}, ';');
    if (size < r->value_size) {
        r->value_size = (uint8_t)trimmed(r->value, size);
        r->value_cut = false;
    }
    return value_is(r, "application/json") || value_is(r, "application/x-amz-json-1.1");
}

static bool take_header(emrs_response *r)
{
    trim(r);
    switch (r->header) {
    case CONTENT_LENGTH:
        return take_length(r);
    case TRANSFER_ENCODING:
        return take_encoding(r);
    case CONNECTION: /* "keep-alive" is the only option that leaves the stream open */
        if (!value_is(r, "keep-alive"))
            r->close = true;
        break;
    case CONTENT_ENCODING: /* an empty list names none: RFC 9110, sections 5.6.1 and 8.4 */
        if (r->value_size > 0 && !value_is(r, "identity"))
            r->encoded = true;
        break;
    case CONTENT_TYPE:
        r->not_json = !is_json_type(r);
        break;
    case DATE:
        take_date(r);
        break;
    case AGE: /* the answer was somebody's memory: its date is old */
        r->has_age = true;
        break;
    case RETRY_AFTER:
        take_retry_after(r);
        break;
    }
    return true;
}

/* The end of the head: how the body is framed */

static bool next_answer(emrs_response *r)
{
    r->encoded = r->chunked = r->has_length = r->not_json = false;
    r->has_date = r->has_age = r->has_retry_after = false;
    r->date_s = 0;
    r->request_id.used = r->error_name.used = 0;
    r->length = 0;
    r->count = EMRS_BLANK_COUNT_MAX; /* no empty line between an interim answer and the next */
    r->at = 0;
    r->state = STATUS_LINE;
    return r->status != 101 && r->interim_count++ < EMRS_INTERIM_COUNT_MAX;
}

static uint8_t body_state(const emrs_response *r)
{
    if (r->trailers || r->status == 204 || r->status == 304)
        return DONE;
    if (r->chunked)
        return CHUNK_SIZE;
    if (!r->has_length)
        return BODY_CLOSE;
    return r->length == 0 ? DONE : BODY_LENGTH;
}

/* Of such a body two readers could disagree where it ends. */
static bool is_framed_twice(const emrs_response *r)
{
    return r->chunked && (r->has_length || r->http10);
}

static bool end_head(emrs_response *r)
{
    if (r->status < 200)
        return next_answer(r);
    r->count = 0;
    r->state = body_state(r);
    if (r->http10 || r->state == BODY_CLOSE)
        r->close = true;
    if (r->encoded || is_framed_twice(r))
        return false;
    if (r->state == BODY_LENGTH && r->length > EMRS_BODY_SIZE_MAX)
        r->error = EMRS_E_TOO_BIG;
    return true;
}

/* Chunks */

/* After the digits: blanks, but only before an extension. */
static bool take_chunk_space(emrs_response *r, char c)
{
    r->state = c == ';' ? EXTENSION : CHUNK_SPACE;
    return c == ';' || is_blank(c);
}

static bool take_chunk_size(emrs_response *r, char c)
{
    int digit = emrs_hex_digit(c);
    if (digit < 0)
        return r->count > 0 && take_chunk_space(r, c);
    r->length = r->length << 4 | (uint32_t)digit;
    return r->count++ < EMRS_CHUNK_DIGITS_MAX;
}

static void end_chunk_line(emrs_response *r)
{
    r->count = 0;
    r->trailers = r->length == 0;
    r->state = r->trailers ? LINE : BODY_CHUNK;
    if (r->length > EMRS_BODY_SIZE_MAX - r->body_size)
        r->error = EMRS_E_TOO_BIG;
}

/* Lines: a CR only where one may end, an LF only after it, a NUL nowhere */

static bool may_end(emrs_response *r)
{
    switch (r->state) {
    case STATUS_LINE:
        return r->at == STATUS_SIZE || (r->at == 0 && r->count++ < EMRS_BLANK_COUNT_MAX);
    case NAME:
    case CHUNK_SPACE:
        return false;
    case EXTENSION:
        r->state = CHUNK_SIZE; /* the LF ends a size, and does not count into head_size */
        return true;
    case CHUNK_SIZE:
        return r->count > 0;
    default:
        return true;
    }
}

static bool end_line(emrs_response *r)
{
    uint8_t state = r->state;
    r->state = LINE;
    switch (state) {
    case STATUS_LINE:
        if (r->at == 0)
            r->state = STATUS_LINE;
        return true;
    case LINE:
        return end_head(r);
    case VALUE:
        return take_header(r);
    case CHUNK_SIZE:
        end_chunk_line(r);
        return true;
    case CHUNK_END:
        r->state = CHUNK_SIZE;
        return true;
    default:
        return true;
    }
}

static bool take_byte(emrs_response *r, char c)
{
    switch (r->state) {
    case STATUS_LINE:
        return take_status(r, c);
    case LINE:
    case NAME:
        return take_name(r, c);
    case VALUE:
        if (r->header != OTHER)
            keep(r, c);
        return true;
    case CHUNK_SIZE:
        return take_chunk_size(r, c);
    case CHUNK_SPACE:
        return take_chunk_space(r, c);
    default:
        return r->state != CHUNK_END; /* a reason and an extension hold anything */
    }
}

static bool take(emrs_response *r, char c)
{
    if (r->cr) {
        r->cr = false;
        return c == '\n' && end_line(r);
    }
    if (c != '\r')
        return c != '\n' && c != '\0' && take_byte(r, c);
    r->cr = may_end(r);
    return r->cr;
}

static void step(emrs_response *r, char c)
{
    bool counts = r->state <= EXTENSION;
    if (counts && r->head_size == EMRS_HEAD_SIZE_MAX) {
        r->error = EMRS_E_TOO_BIG;
        return;
    }
    r->head_size = (uint16_t)(r->head_size + counts);
    if (!take(r, c))
        r->error = EMRS_E_PROTOCOL;
}

static size_t take_body(emrs_response *r, size_t size)
{
    uint32_t left = r->state == BODY_CLOSE ? EMRS_BODY_SIZE_MAX - r->body_size : r->length;
    if (size > left)
        size = left;
    if (size == 0)
        r->error = EMRS_E_TOO_BIG;
    r->body_size += (uint32_t)size;
    if (r->state == BODY_CLOSE)
        return size;
    r->length -= (uint32_t)size;
    if (r->length == 0)
        r->state = r->state == BODY_LENGTH ? DONE : CHUNK_END;
    return size;
}

size_t emrs_response_take(emrs_response *r, const char *bytes, size_t size, emrs_text *body)
{
    size_t at = 0;
    *body = EMRS_TEXT("");
    while (at < size && r->error == 0 && r->state != DONE) {
        if (r->state >= BODY_LENGTH) {
            *body = (emrs_text){bytes + at, take_body(r, size - at)};
            return at + body->size;
        }
        step(r, bytes[at++]);
    }
    return at;
}

int emrs_response_end(emrs_response *r, bool authenticated)
{
    if (r->error < 0)
        return r->error;
    if (r->state == BODY_CLOSE && authenticated)
        r->state = DONE;
    if (r->state != DONE)
        r->error = EMRS_E_TRUNCATED;
    return r->error;
}

bool emrs_response_is_done(const emrs_response *r)
{
    return r->state == DONE && r->error == 0;
}

int emrs_response_status(const emrs_response *r)
{
    return r->state >= LINE && r->status >= 200 ? r->status : 0;
}
