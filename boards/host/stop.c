/* SPDX-License-Identifier: MIT */
/* Runs the machine of emrs_stop.h. */
#include "stop.h"

#include <string.h>

#include "command.h"
#include "emrs_posix.h"
#include "emrs_text.h"

static emrs_stop machine;
/* More than the least size, so that no name is cut, not even one with many quotes. */
enum { STORE_SIZE = 16384 };
EMRS_STATIC_ASSERT(store_is_large_enough, STORE_SIZE >= EMRS_STOP_STORE_SIZE(EMRS_TAG_COUNT_MAX));
static char store[STORE_SIZE];
static bool is_started;

/* The name of the last state. It stays if a later look fails. */
static char state_name[32];
static size_t state_size;

static int start(const options *o, emrs_client *client, emrs_result *result)
{
    const emrs_stop_config config = {.client = client,
                                     .input = o->input,
                                     .expected_name = text_of(o->expected_name),
                                     .expected_tags = o->expected_tags,
                                     .expected_tag_count = o->expected_tag_count,
                                     .wait = o->waits,
                                     .wait_ms = o->wait_ms,
                                     .store = store,
                                     .store_size = sizeof store};
    int code = emrs_stop_start(&machine, &config);
    if (code < 0)
        *result = machine.result.cancel;
    return code;
}

bool stop_looks_first(const options *o)
{
    return o->expected_name != NULL || o->expected_tag_count > 0;
}

const emrs_call *stop_call(void)
{
    return &machine.call;
}

const emrs_stop_result *stop_known(void)
{
    return is_started ? &machine.result : NULL;
}

emrs_text stop_state(void)
{
    return (emrs_text){state_name, state_size};
}

int stop_start_first(const options *o, emrs_call **call, emrs_client *client, emrs_result *result)
{
    *call = &machine.call;
    return start(o, client, result);
}

/* Copies the name of the state, which is valid only when a look has succeeded. */
static void keep_state(void)
{
    const emrs_stop_result *known = &machine.result;
    const emrs_text name = known->run.state_name;
    if (known->seen == EMRS_SEEN_GONE)
        state_size = 0;
    if (known->look.code != EMRS_DONE || name.size == 0)
        return;
    state_size = name.size < sizeof state_name ? name.size : sizeof state_name;
    memcpy(state_name, name.bytes, state_size);
}

/* ret: whether the last look explains the end better than the last cancellation */
static bool is_about_look(const emrs_stop_result *known)
{
    return known->guard == EMRS_GUARD_UNSEEN || known->cancel_count == 0
           || (known->look_count > 0 && emrs_stop_outcome(known) == EMRS_OUTCOME_STOPPING);
}

void stop_note(const options *o, emrs_result *result)
{
    static int call_count;
    const emrs_stop_result *known = &machine.result;
    const int count = known->cancel_count + known->look_count;
    if (count != call_count)
        deadline_start(o->timeout_ms + DEADLINE_GRACE_MS);
    call_count = count;
    keep_state();
    stop_warn(o, known);
    *result = *machine.call.result;
    result->effect = known->effect;
}

void stop_run(const options *o, emrs_client *client, const emrs_port *port, emrs_result *result)
{
    const emrs_stop_result *known = &machine.result;
    if (start(o, client, result) < 0)
        return;
    is_started = true;
    *result = *machine.call.result;
    (void)emrs_stop_run(&machine, port);
    emrs_hang_up(client, port);
    keep_state();
    *result = is_about_look(known) ? known->look : known->cancel;
    result->effect = known->effect;
    if (known->code == EMRS_E_STOPPED)
        result->code = known->code;
}
