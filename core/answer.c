/* SPDX-License-Identifier: MIT */
#include "answer.h"

#include "effect.h"
#include "errors.h"
#include "json.h"
#include "emrs_config.h"
#include "operation.h"
#include "response.h"
#include "sieve.h"
#include "emrs_text.h"

static char *work_at(const emrs_call *call, size_t at)
{
    return (char *)call->client->config.work + at;
}

/* How many bytes a larger work buffer adds to the room for the message. */
static size_t added_size(const emrs_call *call)
{
    const size_t most = EMRS_MESSAGE_SIZE_MAX - EMRS_MESSAGE_SIZE_MIN;
    size_t half = (call->client->config.work_size - EMRS_WORK_SIZE) / 2u;
    return half < most ? half : most;
}

emrs_text emrs_answer_window(const emrs_call *call)
{
    size_t kept_size = EMRS_KEPT_SIZE + added_size(call);
    return (emrs_text){work_at(call, kept_size), call->client->config.work_size - kept_size};
}

void emrs_answer_begin(emrs_call *call)
{
    uint32_t most = call->operation->body_size_max;
    emrs_response_init(
        &call->response, most > 0 ? most : EMRS_BODY_COUNT_MAX,
        emrs_pen_on(work_at(call, 0), EMRS_REQUEST_ID_SIZE_MAX),
        emrs_pen_on(work_at(call, EMRS_REQUEST_ID_SIZE_MAX), EMRS_ERROR_NAME_SIZE_MAX));
}

/* Prepares the sieve at the first bytes of the body, or at the end of the answer. The status is
 * known by then, and decides which members are wanted and where they are put. */
static void begin_body(emrs_call *call)
{
    const emrs_operation *operation = call->operation;
    emrs_sieve *sieve = &call->sieve;
    const emrs_member *members = emrs_error_members;
    uint8_t count = EMRS_ERROR_MEMBER_COUNT;
    size_t added = added_size(call);
    if (sieve->out.bytes != NULL)
        return;
    void (*prepare)(emrs_sieve *, const void *, void *) = NULL;
    if (call->response.status == 200) {
        members = operation->members;
        count = operation->member_count;
        prepare = operation->prepare;
    }
    emrs_sieve_init(sieve, members, count,
                    emrs_pen_on(work_at(call, EMRS_REQUEST_ID_SIZE_MAX + EMRS_ERROR_NAME_SIZE_MAX),
                                EMRS_SIEVED_SIZE + added));
    sieve->more = (uint32_t)added;
    if (prepare != NULL)
        prepare(sieve, call->input, call->output);
}

/* Takes bytes of the body. What does not fit is only counted. */
static void take_body(emrs_call *call, emrs_text body)
{
    if (body.size == 0)
        return;
    begin_body(call);
    if (call->sieve.members != NULL)
        emrs_sieve_take(&call->sieve, body.bytes, body.size);
    else
        emrs_put(&call->sieve.out, body);
}

/* Reads the values of a whole body.      err: JSON, UNVERIFIED, SPACE */
static int read_values(emrs_call *call, emrs_value values[])
{
    emrs_sieve *sieve = &call->sieve;
    if (sieve->members != NULL) {
        int code = emrs_sieve_end(sieve);
        if (code == EMRS_OK)
            emrs_json_read(sieve, values);
        return code;
    }
    values[0] = (emrs_value){emrs_pen_text(&sieve->out), EMRS_VALUE_STRING};
    return emrs_pen_full(&sieve->out) ? EMRS_E_SPACE : EMRS_OK;
}

static int judge_success(emrs_call *call, emrs_value values[])
{
    int code = read_values(call, values);
    if (code == EMRS_E_SPACE)
        call->result->needed_size = call->sieve.out.used;
    /* A captive portal or a proxy answered. The content type of a source of credentials is not
     * looked at. */
    if (code == EMRS_E_JSON && call->response.not_json && call->operation->service.size > 0)
        return EMRS_E_PROTOCOL;
    if (code < 0)
        return code;
    code = call->operation->read(call->input, values, call->output);
    call->attempt.confirmed = code == EMRS_DONE;
    /* If the request was not sent whole, this is the answer to another request. */
    return call->attempt.confirmed && !call->attempt.shown ? EMRS_E_PROTOCOL : code;
}

static int judge_error(emrs_call *call, emrs_value values[])
{
    bool readable =
        emrs_sieve_end(&call->sieve) == EMRS_OK; /* else XML or HTML: only the status counts */
    if (readable)
        emrs_json_read(&call->sieve, values);
    int code = emrs_error_read(call->result, emrs_pen_text(&call->response.error_name),
                               readable ? values : NULL);
    int status = call->result->status;
    bool may_be_late = status == 407 /* a proxy does not know what the service did */
                       || emrs_effect_may_be_late(status, call->result->error);
    call->attempt.refused = call->result->error_name.size > 0 && !may_be_late;
    return code;
}

static int judge(emrs_call *call)
{
    emrs_value values[EMRS_MEMBER_COUNT_MAX];
    int status = emrs_response_status(&call->response);
    begin_body(call);
    call->result->status = status;
    call->result->reason = EMRS_REASON_NONE; /* it was set if the stream ended during SEND */
    call->result->native = 0;
    call->attempt.status = (uint16_t)status;
    call->attempt.whole = true;
    if (status == 200)
        return judge_success(call, values);
    if (status >= 400)
        return judge_error(call, values);
    return status >= 300 && status != 304 ? EMRS_E_REDIRECT : EMRS_E_PROTOCOL;
}

/* Bytes after the answer are never read. If the answer is broken, the rest is not read either. */
int emrs_answer_take(emrs_call *call, size_t size)
{
    const char *bytes = emrs_answer_window(call).bytes;
    size_t at = 0, taken;
    do {
        emrs_text body;
        taken = emrs_response_take(&call->response, bytes + at, size - at, &body);
        take_body(call, body);
        at += taken;
    } while (taken > 0);
    call->attempt.extra = at < size;
    if (call->response.error < 0)
        return call->response.error;
    return emrs_response_is_done(&call->response) ? judge(call) : EMRS_ANSWER_GOES_ON;
}

int emrs_answer_end(emrs_call *call, bool authenticated)
{
    int code = emrs_response_end(&call->response, authenticated);
    return code < 0 ? code : judge(call);
}

bool emrs_answer_leaves_stream(const emrs_call *call)
{
    return call->attempt.whole && !call->attempt.ended_early && !call->attempt.extra
           && !call->response.close;
}
