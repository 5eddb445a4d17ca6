/* SPDX-License-Identifier: MIT */
#include "request.h"

#include "clock.h"
#include "operation.h"
#include "sign.h"
#include "text.h"

#define SERVICE TEXT("emr-serverless")

static emrs_text since(const emrs_pen *pen, size_t start)
{
    return (emrs_text){pen->bytes + start, pen->used - start};
}

/* "DELETE /base/path?query HTTP/1.1": the signer takes path and query from the very bytes sent. */
static void put_request_line(emrs_pen *pen, const emrs_call *call, emrs_signing *signing)
{
    put(pen, call->operation->method);
    put_byte(pen, ' ');
    size_t start = pen->used;
    put(pen, call->client->base_path);
    call->operation->put_path(pen, call->input);
    signing->path = since(pen, start);
    put_byte(pen, '?');
    start = pen->used;
    call->operation->put_query(pen, call->input);
    signing->query = since(pen, start);
    if (pen->used == start)
        pen->used--; /* no query, no '?' */
    put(pen, TEXT(" HTTP/1.1\r\n"));
}

static void put_host(emrs_pen *pen, const emrs_client *client, emrs_signing *signing)
{
    emrs_text host = {client->host, strlen(client->host)};
    bool literal = text_find(host, ':') < host.size;
    put(pen, TEXT("Host: "));
    size_t start = pen->used;
    put(pen, literal ? TEXT("[") : TEXT(""));
    put(pen, host);
    put(pen, literal ? TEXT("]") : TEXT(""));
    if (client->port != (client->tls ? 443 : 80)) {
        put_byte(pen, ':');
        put_decimal(pen, client->port);
    }
    signing->host = since(pen, start);
    put(pen, TEXT("\r\n"));
}

static void put_authorization(emrs_pen *pen, emrs_call *call, const emrs_signing *signing)
{
    char signature[64];
    emrs_signing_key_ready(&call->client->key, call->credentials.secret_access_key, signing);
    emrs_sign(&call->client->key, signing, signature);
    put(pen, TEXT("Authorization: AWS4-HMAC-SHA256 Credential="));
    put(pen, call->credentials.access_key_id);
    put_byte(pen, '/');
    put(pen, (emrs_text){signing->date, 8});
    put_byte(pen, '/');
    put(pen, signing->region);
    put_byte(pen, '/');
    put(pen, signing->service);
    put(pen, TEXT("/aws4_request, SignedHeaders="));
    put(pen, emrs_signed_headers(signing));
    put(pen, TEXT(", Signature="));
    put(pen, (emrs_text){signature, sizeof signature});
    put(pen, TEXT("\r\n"));
}

static void put_user_agent(emrs_pen *pen, emrs_text suffix)
{
    put(pen, TEXT("User-Agent: emrs/" EMRS_VERSION));
    if (suffix.size > 0)
        put_byte(pen, ' ');
    put(pen, suffix);
    put(pen, TEXT("\r\n"));
}

void emrs_request_write(emrs_call *call, uint32_t utc_s, emrs_pen *pen)
{
    char date[16];
    const emrs_config *config = &call->client->config;
    emrs_signing signing = {.method = call->operation->method,
                            .token = call->credentials.session_token,
                            .date = date,
                            .region = config->region,
                            .service = SERVICE};
    emrs_clock_write(utc_s, date);
    put_request_line(pen, call, &signing);
    put_host(pen, call->client, &signing);
    put(pen, TEXT("X-Amz-Date: "));
    put(pen, (emrs_text){date, sizeof date});
    put(pen, TEXT("\r\n"));
    put_authorization(pen, call, &signing);
    put_user_agent(pen, config->user_agent);
    put(pen, TEXT("Content-Length: 0\r\n"));
    bool has_token = signing.token.size > 0;
    put(pen, has_token ? TEXT("X-Amz-Security-Token: ") : TEXT("\r\n"));
    call->windows[0] = pen_text(pen);
    call->windows[1] = signing.token;
    call->windows[2] = has_token ? TEXT("\r\n\r\n") : TEXT("");
}
