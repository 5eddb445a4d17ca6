/* SPDX-License-Identifier: MIT */
#include "job.h"

#include <stdio.h>
#include <string.h>

static job_state state_of(const job *j)
{
    return j->events[j->event_count - 1].state;
}

/* AWS EMR Serverless User Guide, "Job run states": SUCCESS, FAILED and CANCELLED are the last. */
bool job_is_over(job_state state)
{
    return state == JOB_CANCELLED || state == JOB_SUCCESS || state == JOB_FAILED;
}

static void enter(job *j, job_state state, uint64_t now_ms)
{
    if (j->event_count == JOB_EVENT_COUNT) { /* the oldest is older than any lag: not needed */
        memmove(j->events, j->events + 1, (JOB_EVENT_COUNT - 1) * sizeof j->events[0]);
        j->event_count--;
    }
    j->events[j->event_count].at_ms = now_ms;
    j->events[j->event_count].state = state;
    j->event_count++;
    j->next_ms = job_is_over(state) ? UINT64_MAX : now_ms + 1 + chance_below(j->chance, j->pace_ms);
}

/* "The CancelJobRun API has requested job run cancellation, or the job run has timed out": so
 * CANCELLING may come by itself. A job run that is being cancelled may still end by itself, and a
 * failed attempt may be followed by another one. */
static job_state next_of(job *j)
{
    chance *c = j->chance;
    switch (state_of(j)) {
    case JOB_SUBMITTED:
        return chance_one_in(c, 3) ? JOB_QUEUED : JOB_PENDING;
    case JOB_QUEUED:
        return JOB_PENDING;
    case JOB_PENDING:
        return JOB_SCHEDULED;
    case JOB_SCHEDULED:
        return JOB_RUNNING;
    case JOB_RUNNING: {
        static const job_state any[] = {JOB_SUCCESS,    JOB_FAILED,  JOB_SCHEDULED, JOB_SCHEDULED,
                                        JOB_CANCELLING, JOB_HOPPING, JOB_RUNNING,   JOB_RUNNING};
        return any[chance_below(c, 8)];
    }
    case JOB_CANCELLING: {
        static const job_state any[] = {JOB_CANCELLED, JOB_CANCELLED, JOB_CANCELLED, JOB_CANCELLED,
                                        JOB_CANCELLED, JOB_SUCCESS,   JOB_FAILED,    JOB_SCHEDULED};
        return any[chance_below(c, 8)];
    }
    case JOB_UNBORN:
        return JOB_SUBMITTED;
    default:
        return JOB_RUNNING;
    }
}

job_state job_at(job *j, uint64_t now_ms)
{
    for (;;) {
        bool is_cancelled = j->cancel_ms > 0 && j->cancel_ms <= j->next_ms;
        uint64_t at_ms = is_cancelled ? j->cancel_ms : j->next_ms;
        if (at_ms > now_ms)
            return state_of(j);
        if (is_cancelled)
            j->cancel_ms = 0;
        if (!is_cancelled)
            enter(j, next_of(j), at_ms);
        else if (!job_is_over(state_of(j)) && state_of(j) != JOB_CANCELLING)
            enter(j, JOB_CANCELLING, at_ms);
    }
}

void job_init(job *j, chance *c, uint64_t now_ms)
{
    static const char *const names[] = {"nightly", "nightly", "nightly-2", "", "Nightly"};
    static const char *const tags[] = {"data", "data", "dat", ""};
    static const uint32_t paces_ms[] = {300, 3000, 30000, 300000};
    memset(j, 0, sizeof *j);
    j->chance = c;
    strcpy(j->name, names[chance_below(c, 5)]);
    strcpy(j->tag, tags[chance_below(c, 4)]);
    j->lag_odds = chance_one_in(c, 2) ? 0 : 1 + chance_below(c, 8);
    j->pace_ms = paces_ms[chance_below(c, 4)];
    enter(j, (job_state)chance_below(c, JOB_STATE_COUNT), now_ms);
    if (chance_one_in(c, 3))
        j->cancel_ms = now_ms + 1 + chance_below(c, 60000);
}

/* User guide, "Job cancellation": "Subsequent cancel requests during the CANCELLING state are
 * ignored". The service accepts them nevertheless. */
bool job_cancel(job *j, uint64_t now_ms)
{
    job_state state = job_at(j, now_ms);
    if (job_is_over(state) || state == JOB_UNBORN)
        return false;
    j->cancel_count++;
    uint64_t at_ms = now_ms + (chance_one_in(j->chance, 2) ? 0 : chance_below(j->chance, 20000));
    if (at_ms == now_ms && state != JOB_CANCELLING)
        enter(j, JOB_CANCELLING, now_ms);
    else if (j->cancel_ms == 0 || j->cancel_ms > at_ms)
        j->cancel_ms = at_ms;
    return true;
}

job_state job_look(job *j, uint64_t now_ms)
{
    job_state state = job_at(j, now_ms);
    if (j->lag_odds > 0 && chance_one_in(j->chance, j->lag_odds)) {
        uint64_t lag_ms = chance_below(j->chance, JOB_LAG_MAX_MS);
        for (unsigned i = j->event_count; i > 0 && j->events[i - 1].at_ms + lag_ms > now_ms; i--)
            state = i > 1 ? j->events[i - 2].state : j->events[0].state;
    }
    j->said[state]++;
    return state;
}

void job_write(const job *j, job_state state, const char *application_id, const char *job_run_id,
               char *body, size_t size)
{
    static const char *const words[] = {"",          "SUBMITTED", "QUEUED",  "PENDING",
                                        "SCHEDULED", "RUNNING",   "HOPPING", "CANCELLING",
                                        "CANCELLED", "SUCCESS",   "FAILED"};
    char tags[64] = "{}", name[32] = "null";
    if (j->tag[0] != '\0')
        (void)snprintf(tags, sizeof tags, "{\"a\":\"b\",\"team\":\"%s\"}", j->tag);
    if (j->name[0] != '\0')
        (void)snprintf(name, sizeof name, "\"%s\"", j->name);
    (void)snprintf(body, size,
                   "{\"jobRun\":{\"applicationId\":\"%s\",\"jobRunId\":\"%s\",\"name\":%s,"
                   "\"state\":\"%s\",\"tags\":%s,\"jobDriver\":{\"state\":\"SUCCESS\"}}}",
                   application_id, job_run_id, name, words[state], tags);
}
