/* SPDX-License-Identifier: MIT */
/* function: emrs_request_write, with CancelJobRun's path and query, or unsigned with any
 * method: all inputs, all loops to their end
 * bound: every configuration and input within the core's limits; a token or value of any size
 * unwind: 260
 * options: --slice-formula --object-bits 10
 * instead: request.c s/emrs_put_form(pen, emrs_text_find(/put_host_form(pen, emrs_text_find(/
 * instead: text.c s/^void emrs_put(/void unused_put(/
 * instead: text.c s/^void emrs_put_byte(/void unused_put_byte(/
 * instead: text.c s/^void emrs_put_decimal(/void unused_put_decimal(/
 * control: emrs_config.h s/(size_t)2 \* EMRS_ID/(size_t)1 * EMRS_ID/
 * control: request.c s/pen->bytes + start, pen->used - start/pen->bytes + start, pen->used/
 */
#include "proof.h"

#include "emrs_config.h"
#include "emrs_text.h"

/* emrs_put_form is a loop of known length only if the form is one known string. */
static void put_host_form(emrs_pen *pen, const char *form, const emrs_text *host)
{
    PROVE(form[0] == '*' ? form[1] == '\0'
                         : form[0] == '[' && form[1] == '*' && form[2] == ']' && form[3] == '\0');
    if (form[0] == '*')
        emrs_put_form(pen, "*", host);
    else
        emrs_put_form(pen, "[*]", host);
}

#include "cancel_job_run.c"
#include "clock.c"
#include "request.c"
#include "sign.h"

#include "text.c"

static char work[EMRS_REQUEST_SIZE_MAX];     /* exactly as many bytes as are promised */
static char elsewhere[EMRS_TARGET_SIZE_MAX]; /* the longest of the texts */
static emrs_client client;

/* The pen, by its contract: prove_text.c. The proof needs only where it writes, not the bytes. */
void emrs_put(emrs_pen *pen, emrs_text text)
{
    PROVE(__CPROVER_r_ok(text.bytes, text.size));
    pen->used += text.size;
}
void emrs_put_byte(emrs_pen *pen, char byte)
{
    (void)byte;
    pen->used++;
}
void emrs_put_decimal(emrs_pen *pen, int32_t value)
{
    bool is_port = value >= 0 && value <= UINT16_MAX;
    size_t size = nondet_size();
    ASSUME(size > 0 && size <= (is_port ? sizeof "65535" : sizeof "-2147483648") - 1);
    pen->used += size;
}

/* A text within its limits, which endpoint.c, id.c and client.c check */
static emrs_text any_text(size_t least, size_t most)
{
    size_t size = nondet_size();
    ASSUME(size >= least && size <= most);
    return (emrs_text){elsewhere, size};
}

/* Functions that the writer does not call */
emrs_rule emrs_id_check(emrs_text id)
{
    (void)id;
    return EMRS_RULE_NONE;
}
emrs_rule emrs_grace_check(emrs_grace grace, int32_t seconds)
{
    (void)grace;
    (void)seconds;
    return EMRS_RULE_NONE;
}

/* sign.c, by its contract: the slices that it reads are inside the request that was written */
static bool is_written(emrs_text part)
{
    return __CPROVER_same_object(part.bytes, work) && part.bytes >= work
           && (size_t)(part.bytes - work) + part.size <= sizeof work;
}
static bool is_signed;
bool emrs_signing_key_make(emrs_signing_key *key, emrs_text secret, const emrs_signing *signing)
{
    PROVE(key == &client.key && secret.size <= EMRS_SECRET_SIZE_MAX && secret.size > 0);
    PROVE(signing->region.size <= EMRS_REGION_SIZE_MAX && __CPROVER_r_ok(signing->date, 16));
    return nondet_bool();
}
bool emrs_sign(const emrs_signing_key *key, const emrs_signing *signing, char signature[64])
{
    (void)key;
    PROVE(is_written(signing->path) && is_written(signing->query) && is_written(signing->host));
    PROVE(signing->path.bytes + signing->path.size <= signing->query.bytes + 1);
    PROVE(signing->query.bytes + signing->query.size < signing->host.bytes);
    PROVE(signing->path.size > 0 && signing->host.size > 0);
    PROVE(__CPROVER_w_ok(signature, 64));
    is_signed = nondet_bool();
    return is_signed;
}
void emrs_signing_scope(const emrs_signing *signing, emrs_text scope[EMRS_SCOPE_COUNT])
{
    scope[0] = (emrs_text){signing->date, 8};
    scope[1] = signing->region;
    scope[2] = signing->service;
    scope[3] = EMRS_TEXT("aws4_request");
}
emrs_text emrs_signed_headers(const emrs_signing *signing)
{
    static const char names[] = "host;x-amz-date;x-amz-security-token";
    return (emrs_text){names, signing->token.size > 0 ? sizeof names - 1 : 15};
}

/* An operation that is not signed: any target and header, by the limit of operation.h. */
static size_t target_size;
static emrs_text value_of_header;
static void put_any_path(emrs_pen *pen, const void *input)
{
    (void)input;
    pen->used += target_size;
}
static emrs_text any_header(const void *input, emrs_text *value)
{
    (void)input;
    *value = value_of_header;
    return any_text(0, EMRS_TARGET_SIZE_MAX - target_size);
}

emrs_client nondet_client(void);
emrs_call nondet_call(void);
uint32_t nondet_uint32(void);
uint16_t nondet_uint16(void);

static emrs_call call;
static emrs_cancel_job_run_input input;

static void any_call(const emrs_operation *operation)
{
    call = nondet_call();
    client = nondet_client();
    client.host[EMRS_HOST_SIZE_MAX] = '\0';
    ASSUME(client.host[0] != '\0');
    client.port = nondet_uint16();
    client.base_path = any_text(0, EMRS_BASE_PATH_SIZE_MAX);
    client.config.region = any_text(1, EMRS_REGION_SIZE_MAX);
    client.config.user_agent = any_text(0, EMRS_USER_AGENT_SIZE_MAX);
    call.client = &client;
    call.operation = operation;
    call.input = &input;
}

/* What is true for every request
 * in:  token: the text that is sent from the caller's memory; it may be empty */
static void prove_written(emrs_text token, bool has_signature)
{
    emrs_pen pen = emrs_pen_on(work, sizeof work);
    is_signed = false;
    int code = emrs_request_write(&call, nondet_uint32(), &pen);
    PROVE(!emrs_pen_full(&pen));
    PROVE(code == (is_signed || !has_signature ? EMRS_OK : EMRS_E_RESOURCE));
    PROVE(has_signature || !is_signed);
    ASSUME(code == EMRS_OK);
    PROVE(call.windows[0].bytes == work && call.windows[0].size == pen.used && pen.used > 0);
    PROVE(call.windows[1].size == token.size
          && (token.size == 0 || call.windows[1].bytes == token.bytes));
    PROVE(call.windows[2].size == 4);
    REACHED(token.size > 0 && has_signature && pen.used > EMRS_REQUEST_SIZE_MAX - 32);
    REACHED(token.size > 0 && !has_signature && target_size > 500);
    REACHED(token.size == 0 && !has_signature);
    REACHED(token.size == 0 && has_signature && input.grace == EMRS_GRACE_ABSENT
            && client.base_path.size == 0);
}

static void prove_cancel(void)
{
    any_call(&emrs_operation_cancel_job_run);
    input = (emrs_cancel_job_run_input){.application_id = any_text(1, EMRS_ID_SIZE_MAX),
                                        .job_run_id = any_text(1, EMRS_ID_SIZE_MAX),
                                        .grace = (emrs_grace)nondet_int(),
                                        .shutdown_grace_period_s = nondet_int()};
    call.credentials.access_key_id = any_text(1, EMRS_ACCESS_KEY_ID_SIZE_MAX);
    call.credentials.secret_access_key = any_text(1, EMRS_SECRET_SIZE_MAX);
    prove_written(call.credentials.session_token, true); /* any: its bytes are not read */
}

static void prove_unsigned(void)
{
    const emrs_operation operation = {.method =
                                          nondet_bool() ? EMRS_TEXT("GET") : EMRS_TEXT("DELETE"),
                                      .put_path = put_any_path,
                                      .header = nondet_bool() ? any_header : NULL};
    target_size = nondet_size();
    ASSUME(target_size > 0 && target_size <= EMRS_TARGET_SIZE_MAX);
    value_of_header.bytes = elsewhere; /* of any size: its bytes are not read */
    value_of_header.size = nondet_size();
    any_call(&operation);
    memset(&call.credentials, 0, sizeof call.credentials); /* emrs_call_start leaves them empty */
    prove_written(operation.header != NULL ? value_of_header : EMRS_TEXT(""), false);
}

void proof(void)
{
    if (nondet_bool())
        prove_cancel();
    else
        prove_unsigned();
}
