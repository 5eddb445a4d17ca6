/* SPDX-License-Identifier: MIT */
/* cancel-job-run with --wait, a guard or --ignore-ended, by the machine of emrs_stop.h. */
#ifndef EMRS_HOST_STOP_H
#define EMRS_HOST_STOP_H

#include "emrs_stop.h"
#include "host.h"

/* stop_options.c: reads the options, and prints errors.      ret: -1 to continue, else 252 */
int stop_take_tag(options *o, const char *text); /* one --expect-tag */
int stop_read(options *o);

/* stop.c: one machine, which is started once. */

/* ret: whether a look comes before the cancellation */
bool stop_looks_first(const options *o);

/* Starts the machine's first call, for --dry-run and --print-policy. Checks all inputs. The machine
 * itself is not run.
 * out: call: the call      ret, err: as emrs_call_start */
int stop_start_first(const options *o, emrs_call **call, emrs_client *client, emrs_result *result);

/* Runs the machine to its end, and closes the connection.
 * out: result: of the call that explains the end, with the effect of all calls */
void stop_run(const options *o, emrs_client *client, const emrs_port *port, emrs_result *result);

/* The call in flight, for the trace */
const emrs_call *stop_call(void);

/* ret: what is known so far; NULL: the machine was not started */
const emrs_stop_result *stop_known(void);

/* ret: the state's name as the last whole look read it; empty: there is none */
emrs_text stop_state(void);

/* Before each move: keeps the state's name, prints warnings, and sets the deadline of a new call.
 * out: result: of the call in flight, with the effect of all calls */
void stop_note(const options *o, emrs_result *result);

/* stop_report.c */

/* Words for scripts */
const char *stop_effect_name(emrs_effect effect);
const char *stop_outcome_name(emrs_outcome outcome);

/* ret: the outcome of a cancellation without looks */
emrs_outcome stop_outcome_of(emrs_effect effect);

/* Writes the progress of the wait.      ret: its size; 0: there is no wait */
int stop_write_progress(char *text, size_t size, uint32_t waited_s);

/* Writes what became of the job run, in whole lines. */
void stop_write_outcome(char *text, size_t size, const options *o);

/* Prints on stderr why the machine did not succeed, and the next step.
 * in:  result: as stop_run left it      ret: exit code */
int stop_report(const options *o, const emrs_client *client, const emrs_result *result);

/* Writes the result for scripts, if the machine was started. */
void stop_write_result(FILE *to, const options *o);

/* Prints this result on stdout, if the machine was started.
 * ret: `code`, or GENERAL if that was 0 and stdout fails */
int stop_print(const options *o, int code);

/* Warns on stderr about a grace period that has no effect, as the last look shows. */
void stop_warn(const options *o, const emrs_stop_result *known);

#endif
