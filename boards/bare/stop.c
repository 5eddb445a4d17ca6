/* SPDX-License-Identifier: MIT */
#include "stop.h"

#if defined(BARE_LOOKS)
#include "../exit_codes.h"
#include "emrs_text.h"
#include "report.h"
#include "say.h"

static emrs_text expected_name;
static emrs_tag expected_tag;
static bool waits, has_started;
static uint32_t wait_ms;

/* The settings */

static const char *take_name(emrs_text value)
{
    if (value.size == 0)
        return "must not be empty: that would check nothing";
    expected_name = value;
    return NULL;
}

static const char *take_tag(emrs_text value)
{
    size_t key_size = emrs_text_find(value, '=');
    if (key_size == 0 || key_size == value.size)
        return "must be KEY=VALUE";
    expected_tag =
        (emrs_tag){.key = {value.bytes, key_size}, .value = emrs_text_from(value, key_size + 1u)};
    return NULL;
}

static const char *take_wait(emrs_text value)
{
    uint32_t n = 0;
    if (!settings_number(value, 1, &n))
        return "must be 0 or 1";
    waits = n == 1;
    return NULL;
}

static const char *take_wait_ms(emrs_text value)
{
    bool is_number = settings_number(value, EMRS_TIMEOUT_MAX_MS, &wait_ms);
    return is_number && wait_ms > 0 ? NULL : "must be a number from 1 to 86400000";
}

bool stop_setting(emrs_text key, emrs_text value, const char **fault)
{
    static const struct {
        const char *key;
        const char *(*take)(emrs_text value);
    } takers[] = {{"expect-name", take_name},
                  {"expect-tag", take_tag},
                  {"wait", take_wait},
                  {"wait-ms", take_wait_ms}};
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++)
        if (emrs_text_is(key, (emrs_text){takers[i].key, strlen(takers[i].key)})) {
            *fault = takers[i].take(value);
            return true;
        }
    return false;
}

const char *stop_fault(void)
{
    return wait_ms > 0 && !waits ? "needs wait=1" : NULL;
}

bool stop_is_set(void)
{
    return waits || expected_name.size > 0 || expected_tag.key.size > 0;
}

/* What is new */

static const char *effect_word(emrs_effect effect)
{
    static const char words[][9] = {[EMRS_EFFECT_NONE] = "none",
                                    [EMRS_EFFECT_REFUSED] = "refused",
                                    [EMRS_EFFECT_UNKNOWN] = "unknown",
                                    [EMRS_EFFECT_ACCEPTED] = "accepted"};
    return words[effect];
}

/* Prints the state that the last look read, with the request id of this look. */
static void say_state(const emrs_stop_result *known)
{
    report_step("state      ");
    if (known->seen == EMRS_SEEN_GONE)
        say("not found");
    else
        say_text(known->run.state_name);
    if (known->look.request_id.size > 0)
        say(", request id ");
    say_text(known->look.request_id);
    say("\n");
}

/* Prints what is new since the last turn. */
static void follow(const emrs_stop_result *known, bool only_looks)
{
    static struct {
        emrs_effect effect;
        emrs_seen seen;
        emrs_job_run_state state;
        uint16_t cancel_count, look_count;
    } shown;
    if (known->seen != shown.seen || known->state != shown.state)
        say_state(known);
    if (known->effect != shown.effect) {
        report_step("effect     ");
        say(effect_word(known->effect));
        say("\n");
    }
    if (known->cancel_count != shown.cancel_count)
        report_step("cancel\n");
    if (known->look_count != shown.look_count && !only_looks)
        report_step("look\n");
    shown.effect = known->effect;
    shown.seen = known->seen;
    shown.state = known->state;
    shown.cancel_count = known->cancel_count;
    shown.look_count = known->look_count;
}

/* The machine */

int stop_start(stop_memory *memory, emrs_client *client, const emrs_cancel_job_run_input *input,
               emrs_result *result)
{
    const emrs_stop_config config = {.client = client,
                                     .input = *input,
                                     .expected_name = expected_name,
                                     .expected_tags = &expected_tag,
                                     .expected_tag_count = expected_tag.key.size > 0,
                                     .wait = waits,
                                     .wait_ms = wait_ms,
                                     .store = memory->store,
                                     .store_size = sizeof memory->store};
    int code = emrs_stop_start(&memory->machine, &config);
    has_started = code == EMRS_OK;
    if (has_started)
        follow(&memory->machine.result, false);
    else
        *result = memory->machine.result.cancel;
    return code;
}

int stop_turn(stop_memory *memory, const emrs_port *port, emrs_report *report)
{
    int what = emrs_stop_turn(&memory->machine, port, report);
    follow(&memory->machine.result, stop_only_looks(memory));
    return what;
}

bool stop_only_looks(const stop_memory *memory)
{
    const emrs_stop_result *known = &memory->machine.result;
    return known->effect == EMRS_EFFECT_ACCEPTED || known->seen == EMRS_SEEN_STOPPING;
}

bool stop_has_started(const stop_memory *memory)
{
    (void)memory;
    return has_started;
}

/* The report */

/* Prints what was expected, and what the job run has. */
static void say_difference(const emrs_stop_result *known)
{
    bool is_name = known->guard == EMRS_GUARD_NAME;
    emrs_text found = is_name ? known->run.name : known->run.tags[0];
    say("emrs: ");
    say(emrs_guard_words(known->guard));
    say("\n");
    report_text("Expected: ", is_name ? expected_name : expected_tag.value);
    report_text("Found: ", found.size > 0 ? found : EMRS_TEXT("(none)"));
}

static bool has_failed(const emrs_result *call)
{
    return call->code < EMRS_DONE && call->code != EMRS_E_STATE;
}

/* ret: whether the last look explains the outcome */
static bool is_about_look(const emrs_stop_result *known, emrs_outcome outcome)
{
    return known->guard == EMRS_GUARD_UNSEEN || outcome == EMRS_OUTCOME_STOPPING
           || outcome == EMRS_OUTCOME_UNKNOWN;
}

/* Prints the failures that explain the outcome. */
static void say_failures(const settings *given, emrs_stop_result *known, emrs_outcome outcome)
{
    if (has_failed(&known->cancel))
        report_failure("emrs: ", given, &known->cancel);
    if (has_failed(&known->look) && is_about_look(known, outcome))
        report_failure("emrs: the last look: ", given, &known->look);
    if (known->code == EMRS_E_TIMEOUT && outcome == EMRS_OUTCOME_STOPPING)
        say("emrs: the wait ended before a look showed that the job run is over\n");
}

int stop_report(stop_memory *memory, const settings *given)
{
    emrs_stop_result *known = &memory->machine.result;
    emrs_outcome outcome = emrs_stop_outcome(known);
    if (outcome == EMRS_OUTCOME_HELD)
        say_difference(known);
    else if (outcome != EMRS_OUTCOME_OVER)
        say_failures(given, known, outcome);
    report_job_run(given, emrs_outcome_words(outcome));
    say("Effect of the cancellation: ");
    say(effect_word(known->effect));
    say("\nLast look: ");
    say(emrs_seen_words(known->seen));
    say("\n");
    report_text("Request id of the cancellation: ", known->cancel.request_id);
    report_text("Request id of the last look: ", known->look.request_id);
    report_next(emrs_stop_next_step(known));
    return exit_code_of_stop(known, waits);
}
#endif
