/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "clock.h"
#include "operation.h"
#include "sign.h"
#include "emrs_text.h"

/* ret: what was written since `start`; empty if the pen overflowed: the request is not sent then */
static emrs_text since(const emrs_pen *pen, size_t start)
{
    return emrs_pen_full(pen) ? EMRS_TEXT("") : (emrs_text){pen->bytes + start, pen->used - start};
}

/* Writes "/base/path?query". The signer is given the bytes that are sent. */
static void put_target(emrs_pen *pen, const emrs_call *call, emrs_signing *signing)
{
    size_t start = pen->used;
    emrs_put(pen, call->client->base_path);
    call->operation->put_path(pen, call->input);
    signing->path = since(pen, start);
    if (call->operation->put_query == NULL)
        return;
    emrs_put_byte(pen, '?');
    start = pen->used;
    call->operation->put_query(pen, call->input);
    signing->query = since(pen, start);
    if (pen->used == start)
        pen->used--; /* without a query there is no '?' */
}

static void put_host(emrs_pen *pen, const emrs_client *client, emrs_signing *signing)
{
    emrs_text host = {client->host, strlen(client->host)};
    size_t start = pen->used;
    emrs_put_form(pen, emrs_text_find(host, ':') < host.size ? "[*]" : "*", &host);
    if (client->port != (client->tls ? 443 : 80)) {
        emrs_put_byte(pen, ':');
        emrs_put_decimal(pen, client->port);
    }
    signing->host = since(pen, start);
}

#define SIGNATURE_FORM                                                                             \
    "\r\nX-Amz-Date: *"                                                                            \
    "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=*/*/*/*/*, SignedHeaders=*, Signature=*"

/* Writes the headers. The last one is only a name: its value is not copied, and is windows[1].
 * ret: false if the hash engine failed: nothing is signed then */
static bool put_headers(emrs_pen *pen, emrs_call *call, const emrs_signing *signing)
{
    enum {
        DATE = 0,
        ACCESS_KEY_ID,
        SCOPE,
        SIGNED = SCOPE + EMRS_SCOPE_COUNT,
        SIGNATURE,
        SPACE,
        SUFFIX,
        NAME = 0 /* of the last header. The date has been written by then */
    };
    static const char whole[] = SIGNATURE_FORM "\r\nUser-Agent: emrs/" EMRS_VERSION "**";
    /* A request that is not signed has only the end of the form, with the last two values. */
    const char *form = whole + sizeof SIGNATURE_FORM - 1;
    emrs_text values[SUFFIX + 1], *first = &values[SPACE];
    char signature[64];
    if (signing->service.size > 0) {
        if (!emrs_signing_key_make(&call->client->key, call->credentials.secret_access_key, signing)
            || !emrs_sign(&call->client->key, signing, signature))
            return false;
        values[DATE] = (emrs_text){signing->date, 16};
        values[ACCESS_KEY_ID] = call->credentials.access_key_id;
        emrs_signing_scope(signing, &values[SCOPE]);
        values[SIGNED] = emrs_signed_headers(signing);
        values[SIGNATURE] = (emrs_text){signature, sizeof signature};
        form = whole;
        first = values;
    }
    values[SUFFIX] = call->client->config.user_agent;
    values[SPACE] = (emrs_text){" ", values[SUFFIX].size > 0};
    emrs_put_form(pen, form, first);
    emrs_wipe(signature, sizeof signature);
    if (signing->method.bytes[0] != 'G') /* a GET has no content */
        emrs_put_form(pen, "\r\nContent-Length: 0", NULL);
    call->windows[1] = signing->token;
    values[NAME] = EMRS_TEXT("X-Amz-Security-Token");
    if (call->operation->header != NULL)
        values[NAME] = call->operation->header(call->input, &call->windows[1]);
    if (call->windows[1].size > 0)
        emrs_put_form(pen, "\r\n*: ", &values[NAME]);
    return true;
}

int emrs_request_write(emrs_call *call, uint32_t utc_s, emrs_pen *pen)
{
    char date[16];
    emrs_signing signing = {.method = call->operation->method,
                            .token = call->credentials.session_token,
                            .date = date,
                            .region = call->client->config.region,
                            .service = call->operation->service};
    emrs_clock_write(utc_s, date);
    emrs_put_form(pen, "* ", &signing.method);
    put_target(pen, call, &signing);
    emrs_put_form(pen, " HTTP/1.1\r\nHost: ", NULL);
    put_host(pen, call->client, &signing);
    if (!put_headers(pen, call, &signing))
        return EMRS_E_RESOURCE;
    call->windows[0] = emrs_pen_text(pen);
    call->windows[2] = EMRS_TEXT("\r\n\r\n");
    return EMRS_OK;
}
