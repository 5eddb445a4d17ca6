/* SPDX-License-Identifier: MIT */
/* The HTTP parser. The result is the same for the bytes as a whole and in segments, whose sizes are
 * the steering. The invariant of response.c is true after each segment. A result that is final does
 * not change. If an answer is complete, the second parser agrees, with the same status and body. To
 * reach the limits, the parser may begin as if it had read almost as many bytes as are allowed. */
#include "fuzz.h"

#include "emrs_config.h"
#include "reading.h"
#include "response.h"

enum { STATE_COUNT = 13, LINES_END = 7, VALUE_SIZE = 32, CLOSED_BIT = 1 };

typedef struct {
    emrs_response response;
    char request_id[EMRS_REQUEST_ID_SIZE_MAX], error_name[EMRS_ERROR_NAME_SIZE_MAX];
    char *body;
    size_t body_size, read_size;
    bool is_near; /* began near the limit of the body */
} reader;

static void check_state(const emrs_response *r, bool is_near)
{
    CHECK(r->state < STATE_COUNT && r->error <= 0);
    CHECK(r->error == 0 || r->error == EMRS_E_PROTOCOL || r->error == EMRS_E_TOO_BIG);
    CHECK(r->head_size <= EMRS_HEAD_SIZE_MAX);
    /* With a Content-Length only the length itself is compared with the limit. So body_size may
     * pass it if it began near. */
    CHECK(r->body_size <= EMRS_BODY_SIZE_MAX || (is_near && r->has_length));
    CHECK(r->part_size <= sizeof r->part && r->header <= 11);
    CHECK(r->request_id.used <= r->request_id.size && r->error_name.used <= r->error_name.size);
    CHECK(r->status <= 599 || r->error < 0 || r->state == 0);
    CHECK(emrs_response_status(r) == 0 || emrs_response_status(r) >= 200);
}

static bool is_over(const emrs_response *r)
{
    return r->error < 0 || emrs_response_is_done(r);
}

static void take(reader *to, emrs_text segment)
{
    char *copy = fuzz_copy(segment);
    size_t at = 0;
    while (at < segment.size && !is_over(&to->response)) {
        emrs_text body;
        size_t left = segment.size - at;
        size_t size = emrs_response_take(&to->response, copy + at, left, &body);
        check_state(&to->response, to->is_near);
        CHECK(size <= left && (size == left || body.size > 0 || is_over(&to->response)));
        CHECK(body.size <= size);
        CHECK(body.size == 0 || body.bytes + body.size == copy + at + size);
        if (body.size > 0)
            memcpy(to->body + to->body_size, body.bytes, body.size);
        to->body_size += body.size;
        at += size;
    }
    to->read_size += at;
    free(copy);
}

static void begin(reader *to, uint8_t limits)
{
    static const uint16_t near_head[] = {0, 0, 0, 1, 20, 40, 60, 100};
    static const uint8_t near_body[] = {0, 0, 1, 2, 10, 64, 66, 255};
    memset(to, 0, sizeof *to);
    emrs_response_init(&to->response, EMRS_BODY_SIZE_MAX,
                       emrs_pen_on(to->request_id, sizeof to->request_id),
                       emrs_pen_on(to->error_name, sizeof to->error_name));
    if ((limits & 7u) > 2)
        to->response.head_size = (uint16_t)(EMRS_HEAD_SIZE_MAX - near_head[limits & 7u]);
    to->is_near = (limits >> 3 & 7u) > 1;
    if (to->is_near)
        to->response.body_size = EMRS_BODY_SIZE_MAX - near_body[limits >> 3 & 7u];
}

static void check_same(const reader *a, const reader *b)
{
    const emrs_response *x = &a->response, *y = &b->response;
    CHECK(x->error == y->error && x->state == y->state && x->status == y->status);
    CHECK(x->close == y->close && x->encoded == y->encoded && x->chunked == y->chunked);
    CHECK(x->not_json == y->not_json && x->head_size == y->head_size
          && x->body_left == y->body_left);
    CHECK(x->has_date == y->has_date && x->date_s == y->date_s && x->has_age == y->has_age);
    CHECK(x->has_retry_after == y->has_retry_after && x->retry_after_ms == y->retry_after_ms);
    CHECK(emrs_text_is(emrs_pen_text(&x->request_id), emrs_pen_text(&y->request_id)));
    CHECK(emrs_text_is(emrs_pen_text(&x->error_name), emrs_pen_text(&y->error_name)));
    CHECK(a->read_size == b->read_size);
    CHECK(emrs_text_is((emrs_text){a->body, a->body_size}, (emrs_text){b->body, b->body_size}));
}

static void check_sticks(reader *to, int code)
{
    static const char more[] = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na";
    emrs_text body;
    if (!is_over(&to->response))
        return;
    CHECK(emrs_response_take(&to->response, more, sizeof more - 1, &body) == 0 && body.size == 0);
    CHECK(emrs_response_end(&to->response, true) == code);
    CHECK(emrs_response_end(&to->response, false) == code);
}

static void check_whole(const reader *to, emrs_text bytes, bool ended)
{
    reading r;
    char *room = malloc(bytes.size + 1);
    CHECK(room != NULL);
    CHECK(reading_of((emrs_text){bytes.bytes, to->read_size}, ended, room, &r));
    CHECK(r.status == emrs_response_status(&to->response));
    CHECK(emrs_text_is(r.body, (emrs_text){to->body, to->body_size}));
    free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = fuzz_input_of(data, size);
    uint8_t limits = fuzz_next(&input), flags = fuzz_next(&input);
    reader whole, cut;
    begin(&whole, limits);
    begin(&cut, limits);
    whole.body = fuzz_copy(input.bytes);
    cut.body = fuzz_copy(input.bytes);
    take(&whole, input.bytes);
    for (size_t at = 0; at < input.bytes.size && !is_over(&cut.response);) {
        size_t piece = fuzz_has_steering(&input) ? fuzz_next(&input) : 1;
        piece = piece < input.bytes.size - at ? piece : input.bytes.size - at;
        take(&cut, (emrs_text){input.bytes.bytes + at, piece});
        at += piece;
    }
    check_same(&whole, &cut);
    bool ended = (flags & CLOSED_BIT) != 0;
    int code = emrs_response_end(&whole.response, ended);
    CHECK(code <= 0 && (code == 0) == emrs_response_is_done(&whole.response));
    CHECK(emrs_response_end(&cut.response, ended) == code);
    check_sticks(&whole, code);
    if (code == 0)
        check_whole(&whole, input.bytes, ended);
    free(whole.body);
    free(cut.body);
    return 0;
}
