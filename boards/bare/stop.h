/* SPDX-License-Identifier: MIT */
/* The guard and the wait, with the machine of emrs_stop.h, in images that can look (`.looks` in
 * board.mk). In other images these functions do nothing, the machine is not linked, and stop_memory
 * has only the call. */
#ifndef EMRS_BARE_STOP_H
#define EMRS_BARE_STOP_H

#include "emrs_port.h"
#include "emrs_stop.h"
#include "settings.h"

#if defined(BARE_LOOKS)
/* Memory that is used only during a cancellation. If the settings ask for no look, only
 * machine.call is used. */
typedef struct {
    emrs_stop machine;
    char store[EMRS_STOP_STORE_SIZE(1)];
} stop_memory;

/* Takes the settings expect-name, expect-tag, wait and wait-ms.
 * out: fault: NULL, or what is wrong with the value      ret: false: it is another setting */
bool stop_setting(emrs_text key, emrs_text value, const char **fault);

/* ret: NULL, or what is wrong with wait-ms: it needs the setting wait */
const char *stop_fault(void);

/* ret: whether the settings ask for a guard or a wait */
bool stop_is_set(void);

/* Starts the machine.
 * out: result: what is wrong if it cannot start      ret: EMRS_OK, or the error */
int stop_start(stop_memory *memory, emrs_client *client, const emrs_cancel_job_run_input *input,
               emrs_result *result);

/* Does one turn, as emrs_turn, and prints what is new: which call begins, a new effect, and each
 * new state of the job run with the request id of its look. */
int stop_turn(stop_memory *memory, const emrs_port *port, emrs_report *report);

/* ret: whether only looks follow, since the job run is being cancelled */
bool stop_only_looks(const stop_memory *memory);

/* ret: whether stop_start has started the machine */
bool stop_has_started(const stop_memory *memory);

/* Prints the outcome, the effect, the last look, and the next step. Masks the secrets in the texts.
 * ret: the exit code */
int stop_report(stop_memory *memory, const settings *given);
#else
typedef struct {
    struct {
        emrs_call call;
    } machine;
} stop_memory;

static inline bool stop_setting(emrs_text key, emrs_text value, const char **fault)
{
    (void)key, (void)value, (void)fault;
    return false;
}

static inline const char *stop_fault(void)
{
    return NULL;
}

static inline bool stop_is_set(void)
{
    return false;
}

static inline int stop_start(stop_memory *memory, emrs_client *client,
                             const emrs_cancel_job_run_input *input, emrs_result *result)
{
    (void)memory, (void)client, (void)input, (void)result;
    return EMRS_E_STATE;
}

static inline int stop_turn(stop_memory *memory, const emrs_port *port, emrs_report *report)
{
    (void)memory, (void)port, (void)report;
    return EMRS_E_STATE;
}

static inline bool stop_only_looks(const stop_memory *memory)
{
    (void)memory;
    return false;
}

static inline bool stop_has_started(const stop_memory *memory)
{
    (void)memory;
    return false;
}

static inline int stop_report(stop_memory *memory, const settings *given)
{
    (void)memory, (void)given;
    return 0;
}
#endif

#endif
