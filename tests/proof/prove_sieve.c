/* SPDX-License-Identifier: MIT */
/* function: emrs_sieve_take, emrs_sieve_end
 * method: induction over bytes
 * bound: all lengths
 * unwind: 10
 * options: --object-bits 12
 * options: --unwindset proof.0:22,first_name.0:3,match_point.0:5,put_utf8.0:5,match_key.0:6
 * claims: --no-standard-checks
 * control: sieve.c s/s->depth == EMRS_JSON_DEPTH_MAX/s->depth > EMRS_JSON_DEPTH_MAX/
 * control: sieve.c s/s->at >= name->size ||/s->at > name->size ||/
 * control: sieve.c s/s->depth < s->inside_depth/s->depth + 1 < s->inside_depth/
 * control: sieve.c s/if (s->passing \&\& object)/if (object)/
 * control: sieve.c s/if (in_object(s) != object)/if (false)/
 * control: sieve.c s/  if (size > s->room)/  if (size > s->room + 1u)/
 */
#include "proof.h"

#include "sieve.c"

/* The proof needs only where the output is, not its bytes. */
static void *copy_nothing(void *to, const void *from, size_t size)
{
    PROVE(__CPROVER_w_ok(to, size) && __CPROVER_r_ok(from, size));
    return to;
}
#define memcpy copy_nothing
#include "text.c"
#undef memcpy

#include "memchr.h"

emrs_sieve nondet_sieve(void);

/* Two members, as CancelJobRun has them, and another name of the second one, which shares its room
 * and the additional output. A name that is the beginning of another one is the hard case. Then a
 * member of the first one, with the same name, and one inside of that. */
static const emrs_member members[] = {
    {.name = EMRS_TEXT_INIT("id"), .size_max = 3},
    {.name = EMRS_TEXT_INIT("idle"), .size_max = 9, .takes_more = true},
    {.name = EMRS_TEXT_INIT("id_")},
    {.name = EMRS_TEXT_INIT("id"), .size_max = 4, .inside = 1},
    {.name = EMRS_TEXT_INIT("no name of the table"),
     .size_max = 30,
     .takes_more = true,
     .inside = 4}};
static const emrs_text names[] = {EMRS_TEXT_INIT("idx")}; /* of the last member */
enum { COUNT = 5, NAMED_AT = 4, NAME_MAX = 4, MORE = 2 };
enum { OUT_SIZE = COUNT * (4 + 24) + (30 - 24) + MORE };
static const uint8_t rooms[COUNT] = {3, 9, 9, 4, 30};
static const bool takes[COUNT] = {false, true, true, false, true};
static const uint8_t firsts[COUNT] = {0, 1, 1, 3, 4};
static const uint8_t depths[COUNT + 1] = {1, 2, 2, 2, 3, 4}; /* of the object of each member */

static bool is_inside(const emrs_sieve *s, uint8_t at)
{
    return at < sizeof literals - 1 && literals[at] != '\0';
}

static bool is_number(const emrs_sieve *s)
{
    return s->state >= MINUS && s->state <= EXPONENT;
}

/* Every container down to the innermost wanted one is an object: only objects have members. */
static bool is_in_objects(const emrs_sieve *s)
{
    uint32_t levels = (1u << s->inside_depth) - 1u;
    return s->depth == 0 || (s->stack >> (s->depth - s->inside_depth) & levels) == levels;
}

/* The complete invariant of sieve.c */
static bool holds(const emrs_sieve *s)
{
    bool in_string = s->state >= STRING;
    return s->state < STATE_COUNT && s->depth <= EMRS_JSON_DEPTH_MAX && s->member_count == COUNT
           && s->members == members && s->names == names && s->named_at == NAMED_AT
           && s->at <= sizeof literals
           && (s->depth > 0 || s->state == ROOT || s->state == AFTER_ROOT)
           && (s->depth == 0 || (s->state != ROOT && s->state != AFTER_ROOT)) && s->inside <= COUNT
           && s->inside_depth == depths[s->inside]
           && (s->depth > 0 ? s->inside_depth <= s->depth : s->inside == 0) && is_in_objects(s)
           && (!s->passing
               || (s->member < COUNT && emrs_has_bit(s->seen, s->member)
                   && s->depth == s->inside_depth && members[s->member].inside == s->inside
                   && s->first == firsts[s->member]
                   && s->room <= (is_number(s)
                                      ? EMRS_NUMBER_SIZE_MAX
                                      : rooms[s->member] + (takes[s->member] ? s->more : 0))))
           && (s->filled >> COUNT) == 0 && (s->seen >> COUNT) == 0 && (s->cut >> COUNT) == 0
           && (s->matching >> COUNT) == 0
           && (!s->passing || s->state == COLON || s->state == VALUE
               || (s->state >= LITERAL && !(in_string && s->in_key)))
           && (!in_string || !s->in_key || s->matching == 0
               || (s->at <= NAME_MAX && s->depth == s->inside_depth))
           && (s->state != LITERAL || (is_inside(s, s->at) && !s->passing))
           && (s->state != UTF8 || (s->left >= 1 && s->left < s->point_size && s->point_size <= 4))
           && (s->state != UNICODE || (s->left >= 1 && s->left <= 4))
           && (s->state != UNICODE || s->point >> 4 * (4 - s->left) == 0)
           && (s->high == 0 || (s->high >> 10 == 0x36 && in_string)) && s->out.size == OUT_SIZE
           && s->more <= MORE;
}

static void prove_base(void)
{
    emrs_sieve s;
    char out[OUT_SIZE];
    PROVE(emrs_sieve_size(members, COUNT) == OUT_SIZE - MORE);
    emrs_sieve_init(&s, members, COUNT, emrs_pen_on(out, sizeof out));
    PROVE(s.named_at == COUNT && s.more == 0);
    s.names = names;
    s.named_at = NAMED_AT;
    s.more = MORE;
    PROVE(holds(&s) && s.error == 0 && s.out.used == 0);
}

static emrs_sieve any_in(uint8_t state)
{
    emrs_sieve s = nondet_sieve();
    s.members = members;
    s.member_count = COUNT;
    s.out.bytes = any_bytes(OUT_SIZE);
    s.out.size = OUT_SIZE;
    s.names = names;
    s.state = state;
    s.error = 0;
    ASSUME(holds(&s));
    return s;
}

/* ret: the object around the object `inside` */
static uint8_t around(uint8_t inside)
{
    return inside > 0 ? members[inside - 1].inside : 0;
}

/* An object is entered only as the value of a wanted member, and left only at its own end. */
static void prove_inside(const emrs_sieve *s, const emrs_sieve *before, char byte)
{
    bool enters = byte == '{' && before->passing && before->state == VALUE
                  && s->inside == before->member + 1 && around(s->inside) == before->inside;
    bool leaves =
        byte == '}' && before->depth == before->inside_depth && s->inside == around(before->inside);
    PROVE(s->error < 0 || s->inside == before->inside || enters || leaves);
    PROVE(s->error < 0 || !(s->passing && !before->passing)
          || (!emrs_has_bit(before->seen, s->member) && before->in_key)); /* so never twice */
    REACHED(enters && s->error == 0 && s->inside == 5);
    REACHED(leaves && s->error == 0 && before->inside == 5);
    REACHED(s->passing && !before->passing && s->member == 4);
}

static void prove_byte(uint8_t state)
{
    emrs_sieve s = any_in(state), before = s;
    char byte = nondet_char();
    emrs_sieve_take(&s, &byte, 1);
    PROVE(s.error < 0 || holds(&s));
    PROVE(s.depth <= EMRS_JSON_DEPTH_MAX);
    PROVE(s.more <= before.more); /* a value can only reduce it */
    prove_inside(&s, &before, byte);
    REACHED(state == INTEGER && s.error == 0 && s.passing && s.cut != before.cut);
    REACHED(state == ROOT && s.error == 0 && s.state == FIRST_KEY);
    REACHED(state == VALUE && s.error == 0 && s.depth == EMRS_JSON_DEPTH_MAX
            && before.depth < s.depth);
    REACHED(state == VALUE && s.error < 0 && s.depth == EMRS_JSON_DEPTH_MAX);
    REACHED(state == AFTER_VALUE && s.error == 0 && s.state == AFTER_ROOT);
    REACHED(state == AFTER_VALUE && s.error == 0 && s.state == KEY);
    REACHED(state == STRING && s.error == 0 && s.state == COLON && s.passing);
    REACHED(state == STRING && s.error == 0 && s.state == COLON && s.seen != before.seen
            && !s.passing); /* another name of the member has its room */
    REACHED(state == STRING && s.error == 0 && s.cut != 0);
    REACHED(state == STRING && s.error < 0 && byte == '"');
    REACHED(state == STRING && s.error == 0 && s.more < before.more);
    REACHED(state == UTF8 && s.error == 0 && s.state == STRING);
    REACHED(state == UNICODE && s.error == 0 && s.state == STRING && s.high != 0);
    REACHED(state == ESCAPE && s.error == 0 && s.state == STRING && s.passing);
    REACHED(state == LITERAL && s.error == 0 && s.state == AFTER_VALUE);
    REACHED(state == EXPONENT && s.error == 0 && s.state == AFTER_VALUE);
}

static void prove_end(void)
{
    uint8_t state = (uint8_t)nondet_unsigned();
    emrs_sieve s = any_in(state);
    int code = emrs_sieve_end(&s);
    PROVE(code == s.error);
    PROVE((code == 0) == (state == AFTER_ROOT && s.out.used <= s.out.size));
    PROVE(code == 0 || code == EMRS_E_JSON || (code == EMRS_E_UNVERIFIED && state == ROOT)
          || (code == EMRS_E_SPACE && state == AFTER_ROOT));
    PROVE(code < 0 || s.out.used <= OUT_SIZE);
}

static void prove_sticky(void)
{
    emrs_sieve s = nondet_sieve(), before = s;
    char byte = nondet_char();
    s.error = EMRS_E_JSON;
    emrs_sieve_take(&s, &byte, 1);
    PROVE(emrs_sieve_end(&s) == EMRS_E_JSON);
    PROVE(s.state == before.state && s.out.used == before.out.used && s.seen == before.seen);
}

void proof(void)
{
    prove_base();
    for (uint8_t state = 0; state < STATE_COUNT; state++)
        prove_byte(state);
    prove_end();
    prove_sticky();
}
