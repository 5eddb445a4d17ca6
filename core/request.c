/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "clock.h"
#include "operation.h"
#include "sign.h"
#include "emrs_text.h"

#define SERVICE EMRS_TEXT("emr-serverless")

static emrs_text since(const emrs_pen *pen, size_t start)
{
    return (emrs_text){pen->bytes + start, pen->used - start};
}

/* Writes "/base/path?query". The signer is given the bytes that are sent. */
static void put_target(emrs_pen *pen, const emrs_call *call, emrs_signing *signing)
{
    size_t start = pen->used;
    emrs_put(pen, call->client->base_path);
    call->operation->put_path(pen, call->input);
    signing->path = since(pen, start);
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

/* Writes the signed headers.      ret: false if the hash engine failed: nothing is signed then */
static bool put_headers(emrs_pen *pen, emrs_call *call, const emrs_signing *signing)
{
    enum {
        DATE,
        ACCESS_KEY_ID,
        SCOPE,
        SIGNED = SCOPE + EMRS_SCOPE_COUNT,
        SIGNATURE,
        SPACE,
        SUFFIX
    };
    emrs_text values[SUFFIX + 1];
    char signature[64];
    bool is_signed =
        emrs_signing_key_make(&call->client->key, call->credentials.secret_access_key, signing)
        && emrs_sign(&call->client->key, signing, signature);
    if (!is_signed)
        return false;
    values[DATE] = (emrs_text){signing->date, 16};
    values[ACCESS_KEY_ID] = call->credentials.access_key_id;
    emrs_signing_scope(signing, &values[SCOPE]);
    values[SIGNED] = emrs_signed_headers(signing);
    values[SIGNATURE] = (emrs_text){signature, sizeof signature};
    values[SUFFIX] = call->client->config.user_agent;
    values[SPACE] = (emrs_text){" ", values[SUFFIX].size > 0};
    emrs_put_form(
        pen,
        "\r\nX-Amz-Date: *"
        "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=*/*/*/*/*, SignedHeaders=*, Signature=*"
        "\r\nUser-Agent: emrs/" EMRS_VERSION "**"
        "\r\nContent-Length: 0\r\n",
        values);
    emrs_wipe(signature, sizeof signature);
    return true;
}

int emrs_request_write(emrs_call *call, uint32_t utc_s, emrs_pen *pen)
{
    char date[16];
    emrs_signing signing = {.method = call->operation->method,
                            .token = call->credentials.session_token,
                            .date = date,
                            .region = call->client->config.region,
                            .service = SERVICE};
    bool has_token = signing.token.size > 0;
    emrs_clock_write(utc_s, date);
    emrs_put_form(pen, "* ", &signing.method);
    put_target(pen, call, &signing);
    emrs_put_form(pen, " HTTP/1.1\r\nHost: ", NULL);
    put_host(pen, call->client, &signing);
    if (!put_headers(pen, call, &signing))
        return EMRS_E_RESOURCE;
    if (has_token)
        emrs_put_form(pen, "X-Amz-Security-Token: ", NULL);
    call->windows[0] = emrs_pen_text(pen);
    call->windows[1] = signing.token;
    call->windows[2] = (emrs_text){"\r\n\r\n", has_token ? 4 : 2};
    return EMRS_OK;
}
