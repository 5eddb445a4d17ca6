/* SPDX-License-Identifier: MIT */
#include "response.h"

#include "limits.h"
#include "text.h"

/* Invariant, between any two bytes:
 *   state < STATE_COUNT; error <= 0, and once it is negative nothing changes;
 *   head_size <= EMRS_HEAD_SIZE_MAX; body_size <= EMRS_BODY_SIZE_MAX;
 *   value_size <= sizeof value; each kept pen: used <= size;
 *   name_at only grows while wanted != 0, so it never passes the longest name. */
enum {
    START, /* before the status line: at most two empty lines */
    START_LF,
    VERSION, /* inside "HTTP/1." */
    MINOR,
    SPACE,
    STATUS, /* count digits so far */
    STATUS_END,
    REASON,
    STATUS_LF,
    LINE, /* at the start of a header line */
    NAME,
    VALUE_START,
    VALUE,
    VALUE_LF,
    HEAD_LF, /* the empty line's LF */
    CHUNK_SPACE,
    EXTENSION, /* up to here every byte counts into head_size */
    CHUNK_SIZE,
    CHUNK_LF,
    CHUNK_END,
    CHUNK_END_LF,
    BODY_LENGTH, /* from here to BODY_CLOSE: body bytes */
    BODY_CHUNK,
    BODY_CLOSE,
    DONE,
    STATE_COUNT
};

enum {
    OTHER,
    CONTENT_LENGTH,
    TRANSFER_ENCODING,
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_TYPE,
    REQUEST_ID,
    ERROR_NAME
};

static const struct {
    emrs_text name;
    uint8_t header;
} wanted[] = {
    {TEXT_INIT("content-length"), CONTENT_LENGTH},
    {TEXT_INIT("transfer-encoding"), TRANSFER_ENCODING},
    {TEXT_INIT("connection"), CONNECTION},
    {TEXT_INIT("content-encoding"), CONTENT_ENCODING},
    {TEXT_INIT("content-type"), CONTENT_TYPE},
    {TEXT_INIT("x-amzn-requestid"), REQUEST_ID},
    {TEXT_INIT("x-amz-request-id"), REQUEST_ID},
    {TEXT_INIT("x-amzn-errortype"), ERROR_NAME},
};
enum { WANTED_COUNT = sizeof wanted / sizeof wanted[0], WANTED_ALL = (1 << WANTED_COUNT) - 1 };

void emrs_response_init(emrs_response *r, emrs_pen request_id, emrs_pen error_name)
{
    memset(r, 0, sizeof *r);
    r->request_id = request_id;
    r->error_name = error_name;
}

static void fail(emrs_response *r, int error)
{
    if (r->error == 0) /* the first one stands */
        r->error = error;
}

static void go(emrs_response *r, bool allowed, uint8_t state)
{
    if (allowed)
        r->state = state;
    else
        fail(r, EMRS_E_PROTOCOL);
}

/* The status line */

static void start(emrs_response *r, char c)
{
    if (c == '\r')
        go(r, r->count++ < EMRS_BLANK_COUNT_MAX, START_LF);
    else
        go(r, c == 'H', VERSION);
    r->name_at = 1;
}

static void version(emrs_response *r, char c)
{
    static const char text[] = "HTTP/1.";
    bool same = c == text[r->name_at++];
    go(r, same, text[r->name_at] == '\0' ? MINOR : VERSION);
}

static void minor(emrs_response *r, char c)
{
    r->http10 = c == '0';
    go(r, c == '0' || c == '1', SPACE);
}

static void space(emrs_response *r, char c)
{
    r->status = r->count = 0;
    go(r, c == ' ', STATUS);
}

static void status(emrs_response *r, char c)
{
    r->status = (uint16_t)(r->status * 10u + (unsigned)(c - '0'));
    r->count++;
    bool first = r->count == 1;
    go(r, first ? c >= '1' && c <= '5' : is_digit(c), r->count == 3 ? STATUS_END : STATUS);
}

static void status_end(emrs_response *r, char c)
{
    go(r, c == ' ' || c == '\r', c == ' ' ? REASON : STATUS_LF);
}

static void reason(emrs_response *r, char c)
{
    go(r, c != '\n' && c != '\0', c == '\r' ? STATUS_LF : REASON);
}

/* Header and trailer lines */

/* tchar of RFC 9110, section 5.6.2 */
static bool is_token(char c)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    char lower = to_lower(c);
    return is_digit(c) || (lower >= 'a' && lower <= 'z')
           || (c != '\0' && memchr(marks, c, sizeof marks - 1) != NULL);
}

static void match(emrs_response *r, char c)
{
    for (unsigned i = 0; i < WANTED_COUNT; i++)
        if (r->name_at >= wanted[i].name.size || wanted[i].name.bytes[r->name_at] != to_lower(c))
            r->wanted &= (uint16_t)(~(1u << i));
    if (r->wanted != 0)
        r->name_at++;
}

static void line(emrs_response *r, char c)
{
    r->name_at = 0;
    r->wanted = r->trailers ? 0 : WANTED_ALL;
    if (c == '\r') {
        r->state = HEAD_LF;
        return;
    }
    match(r, c);
    go(r, is_token(c), NAME); /* a space first would be a folded line: refused */
}

static uint8_t header_of(const emrs_response *r)
{
    for (unsigned i = 0; i < WANTED_COUNT; i++)
        if (has_bit(r->wanted, i) && wanted[i].name.size == r->name_at)
            return wanted[i].header;
    return OTHER;
}

static void name(emrs_response *r, char c)
{
    if (c != ':') {
        match(r, c);
        go(r, is_token(c), NAME);
        return;
    }
    r->header = header_of(r);
    if ((r->header == REQUEST_ID && r->request_id.used > 0)
        || (r->header == ERROR_NAME && r->error_name.used > 0))
        r->header = OTHER; /* the first one stands */
    r->value_size = 0;
    r->value_cut = false;
    r->state = VALUE_START;
}

static emrs_pen *kept_of(emrs_response *r)
{
    return r->header == REQUEST_ID   ? &r->request_id
           : r->header == ERROR_NAME ? &r->error_name
                                     : NULL;
}

static void keep(emrs_response *r, char c)
{
    emrs_pen *kept = kept_of(r);
    if (kept != NULL) {
        if (kept->used < kept->size)
            put_byte(kept, c);
    } else if (r->value_size < sizeof r->value) {
        r->value[r->value_size++] = c;
    } else if (c != ' ' && c != '\t') {
        r->value_cut = true;
    }
}

static void value(emrs_response *r, char c)
{
    bool blank = c == ' ' || c == '\t';
    if (c == '\r') {
        r->state = VALUE_LF;
    } else if (c == '\n' || c == '\0') {
        fail(r, EMRS_E_PROTOCOL);
    } else if (r->state == VALUE || !blank) {
        r->state = VALUE;
        if (r->header != OTHER)
            keep(r, c);
    }
}

static emrs_text trimmed(const char *bytes, size_t size)
{
    while (size > 0 && (bytes[size - 1] == ' ' || bytes[size - 1] == '\t'))
        size--;
    return (emrs_text){bytes, size};
}

/* in:  b lower-case */
static bool same_ignoring_case(emrs_text a, emrs_text b)
{
    size_t at = 0;
    while (a.size == b.size && at < a.size && to_lower(a.bytes[at]) == b.bytes[at])
        at++;
    return a.size == b.size && at == a.size;
}

/* Digits only; anything past the body limit stays just past it, so no length wraps. */
static void take_length(emrs_response *r, emrs_text text)
{
    uint32_t length = r->value_cut ? EMRS_BODY_SIZE_MAX + 1u : 0;
    bool good = text.size > 0 && (!r->value_cut || text.size == sizeof r->value);
    for (size_t at = 0; at < text.size; at++) {
        good = good && is_digit(text.bytes[at]);
        if (length <= EMRS_BODY_SIZE_MAX)
            length = length * 10u + (uint32_t)(text.bytes[at] - '0');
        if (length > EMRS_BODY_SIZE_MAX)
            length = EMRS_BODY_SIZE_MAX + 1u;
    }
    if (!good || (r->has_length && r->length != length))
        fail(r, EMRS_E_PROTOCOL);
    r->has_length = true;
    r->length = length;
}

/* "keep-alive" is the only option that leaves the stream open. */
static bool may_stay_open(const emrs_response *r, emrs_text text)
{
    return !r->value_cut && same_ignoring_case(text, TEXT("keep-alive"));
}

/* Parameters may run past what is kept of the value, the type itself may not. */
static bool is_json_type(emrs_text text, bool is_cut)
{
    size_t size = text_find(text, ';');
    if (is_cut && size == text.size)
        return false;
    text = trimmed(text.bytes, size);
    return same_ignoring_case(text, TEXT("application/json"))
           || same_ignoring_case(text, TEXT("application/x-amz-json-1.1"));
}

static void take_encoding(emrs_response *r, emrs_text text)
{
    if (r->chunked || r->value_cut || !same_ignoring_case(text, TEXT("chunked")))
        fail(r, EMRS_E_PROTOCOL); /* nothing but chunked, once */
    r->chunked = true;
}

static void take_header(emrs_response *r)
{
    emrs_text text = trimmed(r->value, r->value_size);
    emrs_pen *kept = kept_of(r);
    if (kept != NULL)
        kept->used = trimmed(kept->bytes, kept->used).size;
    else if (r->header == CONTENT_LENGTH)
        take_length(r, text);
    else if (r->header == TRANSFER_ENCODING)
        take_encoding(r, text);
    else if (r->header == CONNECTION)
        r->close = r->close || !may_stay_open(r, text);
    else if (r->header == CONTENT_ENCODING)
        r->encoded = r->encoded || r->value_cut || !same_ignoring_case(text, TEXT("identity"));
    else if (r->header == CONTENT_TYPE)
        r->not_json = !is_json_type(text, r->value_cut);
}

/* The end of the head: how the body is framed */

static void next_answer(emrs_response *r)
{
    bool skipped = r->status != 101 && r->interim_count++ < EMRS_INTERIM_COUNT_MAX;
    r->encoded = r->chunked = r->has_length = r->not_json = false;
    r->request_id.used = r->error_name.used = 0;
    r->count = EMRS_BLANK_COUNT_MAX; /* no empty line between an interim answer and the next */
    go(r, skipped, START);
}

static uint8_t body_state(const emrs_response *r)
{
    if (r->status == 204 || r->status == 304)
        return DONE;
    if (r->chunked)
        return CHUNK_SIZE;
    if (!r->has_length)
        return BODY_CLOSE;
    return r->length == 0 ? DONE : BODY_LENGTH;
}

static void end_head(emrs_response *r)
{
    r->count = 0;
    if (r->trailers) {
        r->state = DONE;
        return;
    }
    if (r->status < 200) {
        next_answer(r);
        return;
    }
    if (r->encoded || (r->chunked && (r->has_length || r->http10)))
        fail(r, EMRS_E_PROTOCOL);
    r->state = body_state(r);
    r->close = r->close || r->http10 || r->state == BODY_CLOSE;
    if (r->state == BODY_LENGTH && r->length > EMRS_BODY_SIZE_MAX)
        fail(r, EMRS_E_TOO_BIG);
    if (r->state == CHUNK_SIZE)
        r->length = 0;
}

/* Chunks */

static void chunk_size(emrs_response *r, char c)
{
    int digit = hex_digit(c);
    if (digit >= 0) {
        r->length = r->length << 4 | (uint32_t)digit;
        go(r, r->count++ < EMRS_CHUNK_DIGITS_MAX, CHUNK_SIZE);
        return;
    }
    bool blank = c == ' ' || c == '\t';
    go(r, r->count > 0 && (blank || c == ';' || c == '\r'),
       blank      ? CHUNK_SPACE
       : c == ';' ? EXTENSION
                  : CHUNK_LF);
}

static void chunk_space(emrs_response *r, char c)
{
    bool blank = c == ' ' || c == '\t';
    go(r, blank || c == ';', blank ? CHUNK_SPACE : EXTENSION);
}

static void extension(emrs_response *r, char c)
{
    go(r, c != '\n' && c != '\0', c == '\r' ? CHUNK_LF : EXTENSION);
}

static void end_chunk_line(emrs_response *r)
{
    r->count = 0;
    r->trailers = r->length == 0;
    r->state = r->trailers ? LINE : BODY_CHUNK;
    if (r->length > EMRS_BODY_SIZE_MAX - r->body_size)
        fail(r, EMRS_E_TOO_BIG);
}

static void chunk_end(emrs_response *r, char c)
{
    go(r, c == '\r', CHUNK_END_LF);
}

static void line_feed(emrs_response *r, char c)
{
    uint8_t state = r->state;
    go(r, c == '\n', LINE);
    if (r->error < 0)
        return;
    if (state == START_LF)
        r->state = START;
    else if (state == VALUE_LF)
        take_header(r);
    else if (state == HEAD_LF)
        end_head(r);
    else if (state == CHUNK_LF)
        end_chunk_line(r);
    else if (state == CHUNK_END_LF)
        r->state = CHUNK_SIZE;
}

static void (*const steps[])(emrs_response *, char) = {
    [START] = start,
    [START_LF] = line_feed,
    [VERSION] = version,
    [MINOR] = minor,
    [SPACE] = space,
    [STATUS] = status,
    [STATUS_END] = status_end,
    [REASON] = reason,
    [STATUS_LF] = line_feed,
    [LINE] = line,
    [NAME] = name,
    [VALUE_START] = value,
    [VALUE] = value,
    [VALUE_LF] = line_feed,
    [HEAD_LF] = line_feed,
    [EXTENSION] = extension,
    [CHUNK_SIZE] = chunk_size,
    [CHUNK_SPACE] = chunk_space,
    [CHUNK_LF] = line_feed,
    [CHUNK_END] = chunk_end,
    [CHUNK_END_LF] = line_feed,
};

static void step(emrs_response *r, char c)
{
    if (r->state <= EXTENSION && r->head_size == EMRS_HEAD_SIZE_MAX) {
        fail(r, EMRS_E_TOO_BIG);
        return;
    }
    r->head_size = (uint16_t)(r->head_size + (r->state <= EXTENSION));
    steps[r->state](r, c);
}

/* A header nobody wants is skipped to its CR: the same as its bytes stepped one by one. */
static size_t skip(emrs_response *r, const char *bytes, size_t size)
{
    size_t at = 0, size_max = EMRS_HEAD_SIZE_MAX - r->head_size;
    if (r->state != VALUE || r->header != OTHER)
        return 0;
    while (at < size && at < size_max && bytes[at] != '\r' && bytes[at] != '\n'
           && bytes[at] != '\0')
        at++;
    r->head_size = (uint16_t)(r->head_size + at);
    return at;
}

static size_t take_body(emrs_response *r, size_t size)
{
    uint32_t left = r->state == BODY_CLOSE ? EMRS_BODY_SIZE_MAX - r->body_size : r->length;
    if (size > left)
        size = left;
    if (size == 0)
        fail(r, EMRS_E_TOO_BIG);
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
    *body = TEXT("");
    while (at < size && r->error == 0 && r->state != DONE) {
        if (r->state >= BODY_LENGTH) {
            *body = (emrs_text){bytes + at, take_body(r, size - at)};
            return at + body->size;
        }
        at += skip(r, bytes + at, size - at);
        if (at < size)
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
        fail(r, r->head_size == 0 ? EMRS_E_PROTOCOL : EMRS_E_TRUNCATED);
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
