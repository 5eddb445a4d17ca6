/* SPDX-License-Identifier: MIT */
/* function: emrs_response_take, emrs_response_end
 * method: induction over bytes
 * bound: all lengths
 * unwind: 34
 * claims: --no-standard-checks
 * control: response.c s/!emrs_is_digit(r->part\[at\])/!emrs_is_digit(r->part[at + 1])/
 * control: response.c s/sizeof r->part, r->part_size}/sizeof r->part + 1u, r->part_size}/
 */
#include "proof.h"

#include "response.c"
#include "text.c"

#include "memchr.h"

emrs_response nondet_response(void);
uint32_t nondet_date(void);
uint8_t nondet_uint8(void);

uint32_t emrs_clock_read(emrs_text date)
{
    PROVE(date.size <= sizeof((emrs_response *)0)->part && __CPROVER_r_ok(date.bytes, date.size));
    return nondet_date(); /* prove_clock.c */
}

/* `part` is the last member of the struct, and ends where the struct ends. So CBMC detects a pen or
 * a slice that leaves it. */
EMRS_STATIC_ASSERT(part_is_last, offsetof(emrs_response, part) + sizeof((emrs_response *)0)->part
                                     == sizeof(emrs_response));

enum { KEPT_MAX = 32 };

static bool is_kept(const emrs_pen *pen)
{
    return pen->used <= pen->size && pen->size <= KEPT_MAX;
}

/* `status` is a number of which `status_at - CODE_AT` digits are read. Before the first digit it is
 * that of an interim answer. */
static bool is_status(const emrs_response *r)
{
    if (r->state == STATUS_LINE && r->status_at == 0)
        return r->status < 200;
    unsigned digits = r->state != STATUS_LINE || r->status_at > STATUS_SIZE ? 3
                      : r->status_at <= CODE_AT                             ? 0
                                                : r->status_at - CODE_AT;
    static const uint16_t from[] = {0, 1, 10, 100}, to[] = {0, 5, 59, 599};
    return r->status >= from[digits] && r->status <= to[digits];
}

/* The states in which a CR may have been read, before its LF */
static bool may_wait(const emrs_response *r)
{
    switch (r->state) {
    case STATUS_LINE:
        return r->status_at == STATUS_SIZE
               || (r->status_at == 0 && r->blank_count < EMRS_BLANK_COUNT_MAX);
    case REASON:
    case HEADER_START:
    case HEADER_VALUE:
    case CHUNK_END:
        return true;
    case CHUNK_SIZE: /* of an extension too */
        return r->digit_count > 0;
    default:
        return false;
    }
}

/* The head of the final answer has been read. */
static bool is_answered(const emrs_response *r)
{
    return r->trailers || r->state >= CHUNK_SPACE;
}

/* The complete invariant of response.c */
static bool holds(const emrs_response *r)
{
    return r->state < STATE_COUNT && r->head_size <= EMRS_HEAD_SIZE_MAX
           && r->body_size <= r->body_size_max && r->body_size_max <= EMRS_BODY_COUNT_MAX
           && r->header <= OTHER_HEADER && r->part_size <= sizeof r->part
           && r->status_at <= STATUS_SIZE + 1
           && (r->state != STATUS_LINE || r->status_at <= STATUS_SIZE) && is_status(r)
           && (is_answered(r) ? r->status >= 200 : r->body_size == 0) && (!r->cr || may_wait(r))
           && r->interim_count <= EMRS_INTERIM_COUNT_MAX
           && (r->state != STATUS_LINE || r->blank_count <= EMRS_BLANK_COUNT_MAX)
           && r->digit_count <= EMRS_CHUNK_DIGITS_MAX
           && ((r->state != CHUNK_SPACE && r->state != CHUNK_EXTENSION) || r->digit_count > 0)
           && ((r->state != BODY_LENGTH && r->state != BODY_CHUNK)
               || (r->body_left > 0 && r->body_left <= r->body_size_max - r->body_size))
           && is_kept(&r->request_id) && is_kept(&r->error_name);
}

/* prove_call.c uses these three. */
EMRS_STATIC_ASSERT(states_of_call, HEADER_START == 2 && CHUNK_SPACE == 5 && ANSWER_DONE == 12);

static void prove_base(void)
{
    emrs_response r;
    char id[KEPT_MAX], name[KEPT_MAX];
    uint32_t body_size_max = nondet_date();
    ASSUME(body_size_max <= EMRS_BODY_COUNT_MAX);
    emrs_response_init(&r, body_size_max, emrs_pen_on(id, sizeof id),
                       emrs_pen_on(name, sizeof name));
    PROVE(holds(&r) && r.error == 0);
    PROVE(emrs_response_status(&r) == 0 && !emrs_response_is_done(&r));
}

/* State, header and trailers are constants in each call, so that CBMC follows fewer branches. */
static emrs_response any_in(uint8_t state, uint8_t header, bool trailers)
{
    emrs_response r = nondet_response();
    r.request_id.bytes = any_bytes(KEPT_MAX);
    r.error_name.bytes = any_bytes(KEPT_MAX);
    r.state = state;
    r.header = header;
    r.trailers = trailers;
    r.error = 0;
    ASSUME(holds(&r));
    return r;
}

static void prove_after(const emrs_response *r, const emrs_response *before)
{
    PROVE(!is_answered(before) || (is_answered(r) && r->status == before->status));
    PROVE(r->error == 0 || r->error == EMRS_E_PROTOCOL || r->error == EMRS_E_TOO_BIG);
    PROVE(r->part_size <= sizeof r->part && is_kept(&r->request_id) && is_kept(&r->error_name));
    PROVE(r->error < 0 || holds(r));
    PROVE(!emrs_response_is_done(r) || (r->error == 0 && r->status >= 200 && r->status <= 599));
}

/* One byte of the head, of a chunk's line, or after the end */
static void prove_byte(uint8_t state, uint8_t header, bool trailers)
{
    emrs_response r = any_in(state, header, trailers), before = r;
    char byte = nondet_char();
    emrs_text body;
    size_t taken = emrs_response_take(&r, &byte, 1, &body);

    prove_after(&r, &before);
    PROVE(taken == (state != ANSWER_DONE) && body.size == 0);
    PROVE(state != ANSWER_DONE || r.state == ANSWER_DONE);
    REACHED(state == HEADER_START && r.error == 0 && r.state == STATUS_LINE);
    REACHED(state == STATUS_LINE && r.error == 0 && r.state == REASON);
    REACHED(state == HEADER_NAME && r.error == 0 && r.state == HEADER_VALUE
            && r.header == CONTENT_LENGTH);
    REACHED(state == HEADER_NAME && r.error == 0 && r.state == HEADER_VALUE
            && r.header == OTHER_HEADER);
    REACHED(state == HEADER_VALUE && r.state == HEADER_START && r.has_length && !before.has_length);
    REACHED(state == HEADER_VALUE && r.error == 0 && r.part_size == sizeof r.part);
    REACHED(state == CHUNK_SIZE && r.error == 0 && r.state == CHUNK_SPACE);
    REACHED(state == CHUNK_SPACE && r.error == 0 && r.state == CHUNK_EXTENSION);
    REACHED(state == CHUNK_SIZE && r.error == 0 && r.state == BODY_CHUNK);
    REACHED(state == CHUNK_END && r.error == 0 && r.state == CHUNK_SIZE);
    REACHED(state == HEADER_START && r.error == 0 && r.state == CHUNK_SIZE);
    REACHED(state == HEADER_START && r.error == 0 && r.state == BODY_LENGTH);
    REACHED(state == HEADER_START && r.error == 0 && r.state == BODY_CLOSE);
    REACHED(state == HEADER_START && r.error == 0 && r.state == ANSWER_DONE);
    REACHED(state == HEADER_START && r.error == EMRS_E_PROTOCOL);
    REACHED(state == HEADER_START && r.error == EMRS_E_TOO_BIG);
}

/* A run of body bytes of any size */
static void prove_run(uint8_t state)
{
    emrs_response r = any_in(state, nondet_uint8(), nondet_bool()), before = r;
    size_t size = nondet_size();
    ASSUME(size > 0 && size <= UINT32_MAX);
    const char *bytes = any_bytes(size);
    emrs_text body;
    size_t taken = emrs_response_take(&r, bytes, size, &body);

    prove_after(&r, &before);
    PROVE(taken <= size && body.size == taken && body.bytes == bytes);
    PROVE(taken > 0 || r.error < 0); /* each step makes progress */
    PROVE(r.body_size == before.body_size + taken);
    REACHED(state == BODY_LENGTH && r.error == 0 && r.state == ANSWER_DONE && taken < size);
    REACHED(state == BODY_CHUNK && r.error == 0 && r.state == CHUNK_END);
    REACHED(state == BODY_CLOSE && r.error == EMRS_E_TOO_BIG);
}

static void prove_end(uint8_t state)
{
    emrs_response r = any_in(state, nondet_uint8(), nondet_bool()), before = r;
    bool authenticated = nondet_bool();
    int code = emrs_response_end(&r, authenticated);
    PROVE(code == r.error && r.status == before.status);
    PROVE(emrs_response_is_done(&r) == (code == 0));
    PROVE(code == 0 || code == EMRS_E_PROTOCOL || code == EMRS_E_TRUNCATED);
    PROVE((code == 0) == (state == ANSWER_DONE || (state == BODY_CLOSE && authenticated)));
    PROVE(code < 0 || (emrs_response_status(&r) >= 200 && holds(&r)));
}

/* An error stays, and nothing is read any more. */
static void prove_sticky(void)
{
    emrs_response r = nondet_response(), before = r;
    emrs_text body;
    char byte = nondet_char();
    ASSUME(r.state != ANSWER_DONE); /* prove_after shows that there is no error then */
    r.error = EMRS_E_PROTOCOL;
    PROVE(emrs_response_take(&r, &byte, 1, &body) == 0 && body.size == 0);
    PROVE(emrs_response_end(&r, nondet_bool()) == EMRS_E_PROTOCOL && !emrs_response_is_done(&r));
    PROVE(r.state == before.state && r.status == before.status);
}

static void prove_bytes(uint8_t state)
{
    if (state == HEADER_VALUE) {
        prove_byte(state, nondet_uint8(), nondet_bool());
        return;
    }
    prove_byte(state, OTHER_HEADER, false);
    prove_byte(state, OTHER_HEADER, true);
}

void proof(void)
{
    prove_base();
    for (uint8_t state = 0; state < BODY_LENGTH; state++)
        prove_bytes(state);
    prove_bytes(ANSWER_DONE);
    for (uint8_t state = BODY_LENGTH; state < ANSWER_DONE; state++)
        prove_run(state);
    for (uint8_t state = 0; state < STATE_COUNT; state++)
        prove_end(state);
    prove_sticky();
}
