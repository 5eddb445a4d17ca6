/* SPDX-License-Identifier: MIT */
/* The configuration: endpoint, region, user agent, time-outs. If it is accepted, the host has only
 * allowed bytes, the path has no dot segment or double slash, and the request fits its buffer and
 * has only its own lines. Without allow_plain_http, plain http goes only to this computer. */
#include "fuzz.h"

#include "endpoint.h"
#include "emrs_config.h"
#include "emrs_port.h"

static char work[EMRS_WORK_SIZE + 16];

static emrs_text part(fuzz_input *input, emrs_text *rest)
{
    size_t size = fuzz_next(input);
    size = size < rest->size ? size : rest->size;
    emrs_text text = {rest->bytes, size};
    *rest = emrs_text_from(*rest, size);
    return text;
}

static bool is_one_of(char c, const char *others)
{
    return emrs_is_alnum(c) || (c != '\0' && strchr(others, c) != NULL);
}

static void check_client(const emrs_client *client, const emrs_config *config)
{
    size_t size = strlen(client->host);
    bool literal = strchr(client->host, ':') != NULL;
    CHECK(size > 0 && size <= EMRS_HOST_SIZE_MAX && client->port > 0);
    for (size_t at = 0; at < size; at++) {
        CHECK(is_one_of(client->host[at], literal ? ":." : "-_."));
        CHECK(client->host[at] == emrs_to_lower(client->host[at]));
    }
    CHECK(literal || (client->host[0] != '.' && strstr(client->host, "..") == NULL));
    CHECK(client->base_path.size <= EMRS_BASE_PATH_SIZE_MAX);
    char path[EMRS_BASE_PATH_SIZE_MAX + 2] = "";
    if (client->base_path.size > 0)
        memcpy(path, client->base_path.bytes, client->base_path.size);
    CHECK(strlen(path) == client->base_path.size);
    for (size_t at = 0; at < client->base_path.size; at++)
        CHECK(is_one_of(path[at], "-._~/"));
    path[client->base_path.size] = '/';
    CHECK(path[0] == '/' && strstr(path, "//") == NULL && strstr(path, "/./") == NULL
          && strstr(path, "/../") == NULL);
    bool is_here = strcmp(client->host, "localhost") == 0 || strcmp(client->host, "::1") == 0
                   || strncmp(client->host, "127.", 4) == 0;
    CHECK(client->tls || config->allow_plain_http || is_here);
    CHECK(config->endpoint.size > 0 || (client->tls && client->port == 443));
}

/* No byte of the configuration can add a line to the request. */
static void check_request(emrs_client *client)
{
    emrs_cancel_job_run_input input = {.application_id = EMRS_TEXT("0"),
                                       .job_run_id = EMRS_TEXT("0")};
    emrs_call call;
    emrs_result result;
    emrs_move move;
    emrs_now now = {.ms = 1, .utc_s = 1800000000u};
    CHECK(emrs_cancel_job_run_start(&call, client, &input, &result) == EMRS_OK);
    CHECK(emrs_step(&call, now, emrs_report_of(EMRS_NEWS_PENDING), &move) == EMRS_MOVE_CONNECT);
    emrs_peer peer = move.tls ? EMRS_PEER_VERIFIED : EMRS_PEER_PLAIN;
    CHECK(emrs_step(&call, now, emrs_connected(peer), &move) == EMRS_MOVE_SEND);
    CHECK(move.more && move.size < EMRS_REQUEST_SIZE_MAX);
    unsigned line_count = 0;
    const char *bytes = move.send;
    for (size_t at = 0; at < move.size; at++) {
        CHECK((bytes[at] >= ' ' && bytes[at] <= '~') || bytes[at] == '\r' || bytes[at] == '\n');
        line_count += bytes[at] == '\n';
    }
    CHECK(line_count == 5 && bytes[move.size - 1] == '0'); /* Content-Length: 0 */
    CHECK(emrs_step(&call, now, emrs_moved(EMRS_NEWS_SENT, move.size), &move) == EMRS_MOVE_SEND);
    CHECK(!move.more && move.size == 4 && memcmp(move.send, "\r\n\r\n", 4) == 0);
    while (emrs_step(&call, now, emrs_report_of(EMRS_NEWS_STOP), &move) > 0)
        now.ms = move.until_ms;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const emrs_credentials credentials = {EMRS_TEXT_INIT("AKID"), EMRS_TEXT_INIT("secret"),
                                                 EMRS_TEXT_INIT(""), 0, 0};
    fuzz_input input = fuzz_input_of(data, size);
    char *bytes = fuzz_copy(input.bytes);
    emrs_text rest = {bytes, input.bytes.size};
    uint8_t flags = fuzz_next(&input);
    emrs_config config = {.credentials = &credentials,
                          .work = work,
                          .work_size = EMRS_WORK_SIZE - (fuzz_next(&input) == 1),
                          .use_fips = (flags & 1u) != 0,
                          .use_dualstack = (flags & 2u) != 0,
                          .allow_plain_http = (flags & 4u) != 0,
                          .timeout_ms = (uint32_t)fuzz_next(&input) << 20};
    config.region = (flags & 8u) != 0 ? EMRS_TEXT("us-east-1") : part(&input, &rest);
    config.user_agent = part(&input, &rest);
    config.endpoint = rest;
    static emrs_client client;
    emrs_result result;
    memset(work, 0x5a, sizeof work);
    int code = emrs_init(&client, &config, &result);
    CHECK(code == EMRS_OK || code == EMRS_E_ARGUMENT || code == EMRS_E_INSECURE
          || code == EMRS_E_SPACE);
    CHECK((code == EMRS_E_ARGUMENT) == (result.field != EMRS_FIELD_NONE));
    CHECK((result.field == EMRS_FIELD_NONE) == (result.rule == EMRS_RULE_NONE));
    CHECK(emrs_rule_words(result.field, result.rule) != NULL);
    if (code == EMRS_OK) {
        check_client(&client, &config);
        if (config.region.size > 0) /* else no signed call can start */
            check_request(&client);
    }
    for (size_t at = EMRS_WORK_SIZE; at < sizeof work; at++)
        CHECK(work[at] == 0x5a);
    free(bytes);
    return 0;
}
