/* SPDX-License-Identifier: MIT */
/* Prints the canonical request and the string to sign, which the core never builds as texts. They
 * are made from the bytes of the request and hashed again. The result must be the signature in the
 * request. */

#include <string.h>

#include "command.h"
#include "emrs_posix.h"
#include "emrs_sha256.h"
#include "emrs_sign.h"
#include "emrs_text.h"
#include "stop.h"

typedef struct {
    char bytes[EMRS_WORK_SIZE];
    size_t size; /* of the request without the token and the end */
    emrs_text token;
} request;

/* Runs the call up to the first window of its request, without a stream. */
static int capture(const options *o, emrs_client *client, request *r, emrs_result *result)
{
    emrs_call memory, *call = &memory;
    emrs_move move;
    emrs_now now = emrs_posix_now(NULL);
    int what = o->command->start(o, &call, client, result);
    if (what < 0)
        return what;
    what = emrs_step(call, now, emrs_report_of(EMRS_NEWS_PENDING), &move);
    if (what == EMRS_MOVE_CONNECT)
        what = emrs_step(call, now, emrs_connected(move.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN),
                         &move);
    if (what == EMRS_MOVE_SEND) {
        memcpy(r->bytes, move.send, move.size);
        r->size = move.size;
        r->token = o->credentials.session_token;
        what = EMRS_DONE;
    }
    while (emrs_step(call, now, emrs_report_of(EMRS_NEWS_STOP), &move) == EMRS_MOVE_CLOSE)
        (void)emrs_step(call, now, emrs_report_of(EMRS_NEWS_CLOSED), &move);
    if (call != &memory)
        *result = *call->result;
    return what;
}

/* ret: the text between a mark and an end byte */
static emrs_text after(const request *r, const char *mark, char end)
{
    emrs_text all = {r->bytes, r->size}, wanted = text_of(mark);
    for (size_t at = 0; at + wanted.size <= all.size; at++) {
        emrs_text rest = emrs_text_from(all, at);
        if (emrs_text_starts(rest, wanted)) {
            rest = emrs_text_from(rest, wanted.size);
            return (emrs_text){rest.bytes, emrs_text_find(rest, end)};
        }
    }
    return EMRS_TEXT("");
}

static void print_and_hash(emrs_sha256 *hash, emrs_text text)
{
    (void)fwrite(text.bytes, 1, text.size, stdout);
    emrs_sha256_update(hash, text.bytes, text.size);
}

static void hex_of(const uint8_t digest[32], char hex[65])
{
    for (size_t i = 0; i < 32; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static void print_canonical(const request *r, char hex[65])
{
    emrs_sha256 hash;
    uint8_t digest[32];
    emrs_text method = {r->bytes, emrs_text_find((emrs_text){r->bytes, r->size}, ' ')};
    emrs_text target = after(r, " ", ' ');
    emrs_text path = {target.bytes, emrs_text_find(target, '?')};
    emrs_text query =
        path.size < target.size ? emrs_text_from(target, path.size + 1) : EMRS_TEXT("");
    emrs_sha256_init(&hash);
    const emrs_text parts[] = {method,
                               EMRS_TEXT("\n"),
                               path,
                               EMRS_TEXT("\n"),
                               query,
                               EMRS_TEXT("\nhost:"),
                               after(r, "\r\nHost: ", '\r'),
                               EMRS_TEXT("\nx-amz-date:"),
                               after(r, "\r\nX-Amz-Date: ", '\r'),
                               EMRS_TEXT("\n")};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        print_and_hash(&hash, parts[i]);
    if (r->token.size > 0) {
        print_and_hash(&hash, EMRS_TEXT("x-amz-security-token:"));
        (void)printf("[session token: %zu bytes, masked]", r->token.size);
        emrs_sha256_update(&hash, r->token.bytes, r->token.size);
        print_and_hash(&hash, EMRS_TEXT("\n"));
    }
    print_and_hash(&hash, EMRS_TEXT("\n"));
    print_and_hash(&hash, after(r, "SignedHeaders=", ','));
    print_and_hash(&hash,
                   EMRS_TEXT("\ne3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
    (void)emrs_sha256_finish(&hash, digest);
    hex_of(digest, hex);
}

static void print_string_to_sign(const options *o, const request *r, const emrs_signing_key *key,
                                 const char *hash, char signature[65])
{
    char text[512];
    uint8_t mac[32];
    emrs_text date = after(r, "\r\nX-Amz-Date: ", '\r'), scope = after(r, "Credential=", ',');
    scope = emrs_text_from(scope, o->credentials.access_key_id.size + 1);
    int size = snprintf(text, sizeof text, "AWS4-HMAC-SHA256\n%.*s\n%.*s\n%s", (int)date.size,
                        date.bytes, (int)scope.size, scope.bytes, hash);
    (void)fputs(text, stdout);
    (void)emrs_hmac_of(key->derived, sizeof key->derived, (emrs_text){text, (size_t)size}, mac);
    hex_of(mac, signature);
}

/* Says which requests would follow the one that was printed. */
static void print_rest(const options *o)
{
    if (!o->stops)
        return;
    (void)printf(
        "\n%s%s%s\n",
        stop_looks_first(o) ? "If the job run is the expected one, CancelJobRun follows. " : "",
        "If it is not known what became of the cancellation, or if the job run may have "
        "ended already, GetJobRun follows",
        o->waits ? ". After the cancellation, GetJobRun follows until the job run is over." : ".");
}

int dry_run(const options *o, emrs_client *client)
{
    static request r;
    emrs_result result;
    char hash[65], signature[65];
    int code = capture(o, client, &r, &result);
    if (code < 0)
        return report(o, client, &result);
    (void)printf("Request (dry run: nothing is sent) to %s port %u%s:\n\n", client->host,
                 (unsigned)client->port, client->tls ? " over TLS" : ", plain");
    (void)fwrite(r.bytes, 1, r.size, stdout);
    if (r.token.size > 0)
        (void)printf("[session token: %zu bytes, masked]\r\n", r.token.size);
    (void)printf("\r\n"); /* the last window */
    (void)printf("Canonical request:\n\n");
    print_canonical(&r, hash);
    (void)printf("\n\nString to sign:\n\n");
    print_string_to_sign(o, &r, &client->key, hash, signature);
    (void)printf("\n\nSignature: %s\n", signature);
    print_rest(o);
    emrs_forget(client);
    if (!emrs_text_is(text_of(signature), after(&r, "Signature=", '\r'))) {
        (void)fprintf(
            stderr,
            "emrs: the request carries another signature: this is a defect, please report it\n");
        return EXIT_GENERAL;
    }
    return close_stdout();
}
