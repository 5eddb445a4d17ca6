/* SPDX-License-Identifier: MIT */
/* function: get_job_run.c but its numbers: check, path, query, prepare, read; its members
 * method: all inputs, all loops to their end
 * bound: texts of 0 to 300 bytes
 * unwind: 33
 * options: --unwindset emrs_put_decimal.0:6,emrs_put_decimal.1:6,check_keys.0:9,comes_again.0:9
 * options: --unwindset read_tags.0:9
 * instead: text.c s/^bool emrs_text_\(is\|spells\)(/bool real_\1(/
 * instead: text.c s/^void emrs_\(put\|put_byte\)(/void real_\1(/
 * instead: get_job_run.c s/^static emrs_time time_of_\(number\|text\)(/static emrs_time real_\1(/
 * claims: --no-standard-checks
 * control: get_job_run.c s/comes_again(keys, count, i))/comes_again(keys, count, 1))/
 * control: get_job_run.c s/more = size > least ? size - least : 0;/more = size;/
 * control: get_job_run.c s/^    memset(run, 0, sizeof .run);//
 * control: get_job_run.c s/size > 0 ? store : output/store/
 * control: get_job_run.c s/is(values\[JOB_RUN_ID\]/is(values[APPLICATION_ID]/
 * control: get_job_run.c s/i == STATE \&\& values/values/
 * control: get_job_run.c s/== EMRS_VALUE_STRING ? value->text/!= EMRS_VALUE_NULL ? value->text/
 * control: get_job_run.c s/(values.i..kind == EMRS_VALUE_STRING) << i/1u << i/
 * control: get_job_run.c s/"memoryGBHour"/"storageGBHour"/
 */
#include "proof.h"

#include "emrs_job_run.h"

/* Numbers and dates: prove_number.c */
static emrs_time time_of_number(emrs_text text);
static emrs_time time_of_text(emrs_text text);

#include "get_job_run.c"
#include "text.c"

enum { BYTES = 400, TEXT_MAX = 300, APPLICATION_AT = MEMBER_COUNT, RUN_AT };

emrs_value nondet_value(void);
emrs_time nondet_time(void);
emrs_rule nondet_rule(void);
emrs_job_run nondet_run(void);
emrs_sieve nondet_sieve(void);

static char bytes[BYTES]; /* what the texts point to, each to its own place */
static emrs_text keys[EMRS_TAG_COUNT_MAX];
static emrs_get_job_run_input look = {.tag_keys = keys};
static emrs_value values[MEMBER_COUNT];

static emrs_text any_text(unsigned at)
{
    size_t size = nondet_size();
    ASSUME(size <= TEXT_MAX);
    return (emrs_text){bytes + at, size};
}

static void any_look(void)
{
    look.application_id = any_text(APPLICATION_AT);
    look.job_run_id = any_text(RUN_AT);
    look.attempt = (uint16_t)nondet_unsigned();
    look.tag_count = (uint8_t)nondet_unsigned();
    for (unsigned i = 0; i < EMRS_TAG_COUNT_MAX; i++)
        keys[i] = any_text(i);
}

/* The results of two text comparisons are recorded. */
static struct {
    const char *a, *b;
    bool is_same;
} pairs[2];

bool emrs_text_is(emrs_text a, emrs_text b)
{
    PROVE(__CPROVER_r_ok(a.bytes, a.size) && __CPROVER_r_ok(b.bytes, b.size));
    bool is_same = a.size == b.size && nondet_bool();
    for (unsigned i = 0; i < 2; i++)
        if (a.bytes == pairs[i].a && b.bytes == pairs[i].b)
            pairs[i].is_same = is_same;
    return is_same;
}
/* prove_number.c proves which word it is. */
bool emrs_text_spells(emrs_text text, const char *word)
{
    PROVE(__CPROVER_r_ok(text.bytes, text.size));
    return text.size > 0 && word[0] != '\0' && nondet_bool();
}

/* The input */

static bool is_checked[2];
emrs_rule emrs_id_check(emrs_text id)
{
    unsigned which = id.bytes == look.job_run_id.bytes;
    emrs_rule rule = nondet_rule();
    PROVE(id.size == (which == 1 ? look.job_run_id.size : look.application_id.size));
    ASSUME(rule != EMRS_RULE_NONE || (id.size > 0 && id.size <= EMRS_ID_SIZE_MAX));
    is_checked[which] = rule == EMRS_RULE_NONE;
    return rule;
}

static void prove_check(void)
{
    unsigned i = nondet_unsigned(), j = nondet_unsigned();
    emrs_rule rule;
    ASSUME(i < j && j < EMRS_TAG_COUNT_MAX);
    pairs[0].a = keys[i].bytes;
    pairs[0].b = keys[j].bytes;
    pairs[0].is_same = true; /* until they are compared */
    emrs_field field = check_input(&look, &rule);
    PROVE((field == EMRS_FIELD_NONE) == (rule == EMRS_RULE_NONE));
    REACHED(field == EMRS_FIELD_TAG_KEY && rule == EMRS_RULE_RANGE && look.tag_count == 8);
    REACHED(field == EMRS_FIELD_NONE && look.tag_count == 8);
    if (field != EMRS_FIELD_NONE)
        return;
    PROVE(is_checked[0] && is_checked[1] && look.tag_count <= EMRS_TAG_COUNT_MAX);
    PROVE(j >= look.tag_count || (keys[j].size > 0 && keys[j].size <= EMRS_TAG_KEY_SIZE_MAX));
    PROVE(look.tag_count == 0 || (keys[0].size > 0 && keys[0].size <= EMRS_TAG_KEY_SIZE_MAX));
    PROVE(j >= look.tag_count || !pairs[0].is_same);
}

/* The pen, by its contract: prove_text.c */
static char first; /* byte written */
void emrs_put(emrs_pen *pen, emrs_text text)
{
    PROVE(__CPROVER_r_ok(text.bytes, text.size));
    first = pen->used == 0 && text.size > 0 ? text.bytes[0] : first;
    pen->used += text.size;
}
void emrs_put_byte(emrs_pen *pen, char byte)
{
    first = pen->used == 0 ? byte : first;
    pen->used++;
}

/* If the input has passed the check, path and query are no longer than CancelJobRun's, and
 * prove_request.c proves that those fit. */
static void prove_target(void)
{
    emrs_pen path = {NULL, 0, 0}, query = {NULL, 0, 0};
    ASSUME(look.application_id.size <= EMRS_ID_SIZE_MAX);
    ASSUME(look.job_run_id.size <= EMRS_ID_SIZE_MAX);
    put_path(&path, &look);
    PROVE(first == '/');
    PROVE(path.used
          == sizeof "/applications//jobruns/" - 1 + look.application_id.size
                 + look.job_run_id.size);
    put_query(&query, &look);
    PROVE(look.attempt == 0 ? query.used == 0 : first == 'a');
    PROVE(query.used < sizeof "shutdownGracePeriodInSeconds=1800");
    REACHED(query.used == sizeof "attempt=65535" - 1);
    REACHED(query.used == 0);
}

/* The members */

/* What the sieve requires of a table: no two members of one object have the same name. */
static void prove_members(void)
{
    for (unsigned i = 0; i < MEMBER_COUNT; i++) {
        const emrs_member *m = &members[i];
        PROVE(m->size_max > 0 && m->name.size < 256 && m->inside <= i);
        PROVE(i < FIRST_TAG || m->inside == 1 + TAGS);
        for (unsigned other = 0; i < FIRST_TAG && other < i; other++) {
            const emrs_member *o = &members[other];
            PROVE(m->inside != o->inside || m->name.size != o->name.size
                  || memcmp(m->name.bytes, o->name.bytes, m->name.size) != 0);
            PROVE(m->inside != 1 + TAGS);
        }
    }
}

static bool is_zero(const emrs_job_run *run)
{
    size_t at = nondet_size();
    ASSUME(at < sizeof *run);
    ASSUME(at < offsetof(emrs_job_run, store)
           || at >= offsetof(emrs_job_run, store_size) + sizeof run->store_size);
    return ((const char *)run)[at] == 0;
}

static void prove_prepare(void)
{
    emrs_sieve sieve = nondet_sieve();
    emrs_job_run run = nondet_run(), before = run;
    ASSUME(look.tag_count <= EMRS_TAG_COUNT_MAX);
    ASSUME((run.store != NULL) == (run.store_size > 0));
    prepare(&sieve, &look, &run);
    PROVE(run.store == before.store && run.store_size == before.store_size && is_zero(&run));
    PROVE(sieve.member_count == FIRST_TAG + look.tag_count);
    PROVE(sieve.named_at == FIRST_TAG && sieve.names == keys);
    PROVE(sieve.out.bytes != NULL && sieve.out.used == 0 && sieve.out.size == run.store_size);
    PROVE(run.store_size == 0 || sieve.out.bytes == run.store);
    size_t least = emrs_sieve_size(members, sieve.member_count);
    PROVE(least <= EMRS_JOB_RUN_STORE_SIZE(look.tag_count));
    PROVE(sieve.more == 0 || least + sieve.more <= run.store_size);
    REACHED(run.store_size == 0);
    REACHED(sieve.more > 1000 && look.tag_count == EMRS_TAG_COUNT_MAX);
}

/* The answer */

static emrs_time times[MEMBER_COUNT]; /* what the stubs below return for the text of each value */

static emrs_time time_of_value(emrs_text text, emrs_value_kind kind)
{
    size_t which = (size_t)(text.bytes - bytes);
    PROVE(which < MEMBER_COUNT && values[which].kind == kind
          && values[which].text.size == text.size);
    return times[which];
}
static emrs_time time_of_number(emrs_text text)
{
    return time_of_value(text, EMRS_VALUE_NUMBER);
}
static emrs_time time_of_text(emrs_text text)
{
    return time_of_value(text, EMRS_VALUE_STRING);
}

static void any_values(void)
{
    for (unsigned i = 0; i < MEMBER_COUNT; i++) {
        values[i].text = any_text(i);
        values[i].kind = nondet_value().kind;
        times[i] = nondet_time();
        ASSUME((unsigned)values[i].kind <= EMRS_VALUE_OTHER);
    }
    pairs[0].a = values[APPLICATION_ID].text.bytes;
    pairs[0].b = look.application_id.bytes;
    pairs[1].a = values[JOB_RUN_ID].text.bytes;
    pairs[1].b = look.job_run_id.bytes;
    pairs[0].is_same = pairs[1].is_same = false; /* until they are compared */
}

static bool is_of(emrs_text text, const emrs_value *value, emrs_value_kind kind)
{
    return value->kind == kind ? text.bytes == value->text.bytes && text.size == value->text.size
                               : text.size == 0;
}

static bool is_string_of(emrs_text text, unsigned member)
{
    return is_of(text, &values[member], EMRS_VALUE_STRING);
}

static bool is_beginning_of(emrs_text text, bool is_cut, unsigned member)
{
    return is_cut == (values[member].kind == EMRS_VALUE_CUT)
           && is_of(text, &values[member], is_cut ? EMRS_VALUE_CUT : EMRS_VALUE_STRING);
}

static bool is_number_of(emrs_text text, unsigned member)
{
    return is_of(text, &values[member], EMRS_VALUE_NUMBER);
}

static bool is_count_of(uint32_t count, unsigned member)
{
    bool is_whole = values[member].kind == EMRS_VALUE_NUMBER && times[member].us == 0;
    return count == (is_whole ? times[member].s : 0);
}

static bool is_time_of(emrs_time time, unsigned member)
{
    bool is_there =
        values[member].kind == EMRS_VALUE_NUMBER || values[member].kind == EMRS_VALUE_STRING;
    return is_there ? time.s == times[member].s && time.us == times[member].us
                    : time.s == 0 && time.us == 0;
}

static void prove_done(const emrs_job_run *run)
{
    unsigned i = nondet_unsigned();
    ASSUME(i < EMRS_TAG_COUNT_MAX);
    PROVE(values[APPLICATION_ID].kind == EMRS_VALUE_STRING && pairs[0].is_same);
    PROVE(values[JOB_RUN_ID].kind == EMRS_VALUE_STRING && pairs[1].is_same);
    PROVE(is_string_of(run->state_name, STATE)
          || (values[STATE].kind == EMRS_VALUE_CUT && run->state == EMRS_JOB_RUN_OTHER));
    PROVE(run->state <= EMRS_JOB_RUN_QUEUED);
    PROVE(is_beginning_of(run->state_details, run->state_details_cut, STATE_DETAILS));
    PROVE(is_beginning_of(run->name, run->name_cut, NAME));
    PROVE(is_beginning_of(run->created_by, run->created_by_cut, CREATED_BY));
    PROVE(is_string_of(run->arn, ARN) && is_string_of(run->mode, MODE));
    PROVE(is_string_of(run->release_label, RELEASE_LABEL));
    PROVE(is_count_of(run->attempt, ATTEMPT));
    PROVE(is_count_of(run->execution_timeout_minutes, EXECUTION_TIMEOUT));
    PROVE(is_time_of(run->created_at, CREATED_AT) && is_time_of(run->updated_at, UPDATED_AT));
    PROVE(is_time_of(run->started_at, STARTED_AT) && is_time_of(run->ended_at, ENDED_AT));
    PROVE(is_number_of(run->billed_vcpu_hours, VCPU_HOURS));
    PROVE(is_number_of(run->billed_memory_gb_hours, MEMORY_GB_HOURS));
    PROVE(is_number_of(run->billed_storage_gb_hours, STORAGE_GB_HOURS));
    bool is_there = i < look.tag_count && values[FIRST_TAG + i].kind == EMRS_VALUE_STRING;
    PROVE(emrs_has_bit(run->tags_there, i) == is_there);
    PROVE(is_there ? is_string_of(run->tags[i], FIRST_TAG + i) : run->tags[i].size == 0);
    REACHED(run->state == EMRS_JOB_RUN_CANCELLED && run->tags_there == 0x82);
    REACHED(run->state == EMRS_JOB_RUN_OTHER && values[STATE].kind == EMRS_VALUE_CUT);
    REACHED(run->name_cut && run->created_at.us == 999999 && run->attempt == 3);
}

static void prove_read(void)
{
    emrs_job_run run = {.store_size = nondet_size()}; /* as `prepare` leaves it */
    ASSUME(look.tag_count <= EMRS_TAG_COUNT_MAX);
    any_values();
    int code = read_answer(&look, values, &run);
    PROVE(code == EMRS_DONE || code == EMRS_E_JSON || code == EMRS_E_UNVERIFIED
          || code == EMRS_E_MISMATCH);
    PROVE(code == EMRS_DONE || is_zero(&run));
    REACHED(code == EMRS_E_MISMATCH && pairs[0].is_same);
    REACHED(code == EMRS_E_UNVERIFIED && values[JOB_RUN_ID].kind == EMRS_VALUE_STRING);
    if (code == EMRS_DONE)
        prove_done(&run);
}

void proof(void)
{
    any_look();
    prove_members();
    if (nondet_bool())
        prove_check();
    else if (nondet_bool())
        prove_target();
    else if (nondet_bool())
        prove_prepare();
    else
        prove_read();
}
