/* SPDX-License-Identifier: MIT */
/* Finds endpoints with emrs_init, for comparison with other resolvers.
 *
 * stdin, one case per line, four fields with a tab between them:
 *   region or nothing, FIPS (0 or 1), dual-stack (0 or 1), endpoint or nothing
 * stdout, one line per case: "url URL", with a port only if it is not the scheme's default;
 *   or "error TEXT", the broken rule in words */
#include <stdio.h>
#include <string.h>

#include "emrs.h"
#include "endpoint.h"
#include "emrs_text.h"

enum { REGION, USE_FIPS, USE_DUALSTACK, ENDPOINT, FIELD_COUNT };

/* ret: the number of fields in the line, but not more than FIELD_COUNT */
static int split(char *line, emrs_text fields[FIELD_COUNT])
{
    int count = 0;
    line[strcspn(line, "\n")] = '\0';
    for (bool last = false; !last && count < FIELD_COUNT; count++) {
        char *end = line + strcspn(line, "\t");
        last = *end == '\0';
        fields[count] = (emrs_text){line, (size_t)(end - line)};
        line = end + 1;
    }
    return count;
}

static bool is_set(emrs_text field)
{
    return emrs_text_is(field, EMRS_TEXT("1"));
}

static void print_error(emrs_field field, emrs_rule rule)
{
    printf("error %s\n", emrs_rule_words(field, rule));
}

static void resolve(const emrs_text fields[FIELD_COUNT])
{
    static char work[EMRS_WORK_SIZE];
    static const emrs_credentials credentials = {.access_key_id = EMRS_TEXT_INIT("AKID"),
                                                 .secret_access_key = EMRS_TEXT_INIT("secret")};
    static const emrs_cancel_job_run_input input = {.application_id = EMRS_TEXT_INIT("0"),
                                                    .job_run_id = EMRS_TEXT_INIT("0")};
    const emrs_config config = {.region = fields[REGION],
                                .endpoint = fields[ENDPOINT],
                                .use_fips = is_set(fields[USE_FIPS]),
                                .use_dualstack = is_set(fields[USE_DUALSTACK]),
                                .allow_plain_http = true,
                                .credentials = &credentials,
                                .work = work,
                                .work_size = sizeof work};
    emrs_client client;
    emrs_call call;
    emrs_result result;
    if (emrs_init(&client, &config, &result) != EMRS_DONE
        || emrs_cancel_job_run_start(&call, &client, &input, &result) != EMRS_DONE) {
        print_error(result.field, result.rule);
        return;
    }
    bool literal = strchr(client.host, ':') != NULL;
    printf("url http%s://%s%s%s", client.tls ? "s" : "", literal ? "[" : "", client.host,
           literal ? "]" : "");
    if (client.port != (client.tls ? 443 : 80))
        printf(":%d", (int)client.port);
    printf("%.*s\n", (int)client.base_path.size, client.base_path.bytes);
}

int main(void)
{
    static char line[4096];
    while (fgets(line, sizeof line, stdin) != NULL) {
        emrs_text fields[FIELD_COUNT];
        int count = split(line, fields);
        if (count == FIELD_COUNT) {
            resolve(fields);
        } else {
            fprintf(stderr, "resolver: a line has %d fields\n", count);
            return 2;
        }
    }
    return ferror(stdin) || fflush(stdout) != 0;
}
