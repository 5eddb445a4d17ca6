/* SPDX-License-Identifier: MIT */
#include "iot.h"

#if defined(BARE_IDENTITY)
#include "emrs_renew.h"
#include "emrs_text.h"
#include "identity.h"
#include "net.h"
#include "report.h"
#include "say.h"

/* Memory that is used only during a call. The provider has a work buffer of its own: that of the
 * service's client may hold the texts of an attempt when the call asks for credentials. */
static struct {
    char work[EMRS_WORK_SIZE];
    emrs_provider provider;
    emrs_renewal renewal;
    emrs_tls tls;
} in_call;

static const emrs_port port = {.stream = &in_call.tls.stream, .now = net_now};
static emrs_text endpoint, role_alias, thing_name;

bool iot_setting(emrs_text key, emrs_text value)
{
    const struct {
        emrs_text key;
        emrs_text *value;
    } texts[] = {{EMRS_TEXT("iot-endpoint"), &endpoint},
                 {EMRS_TEXT("role-alias"), &role_alias},
                 {EMRS_TEXT("thing-name"), &thing_name}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (emrs_text_is(key, texts[i].key)) {
            *texts[i].value = value;
            return true;
        }
    return false;
}

bool iot_is_set(void)
{
    return identity_of_device() != NULL || endpoint.size + role_alias.size + thing_name.size > 0;
}

int iot_start(const emrs_tls_config *service, settings *given, emrs_client *client,
              emrs_result *result)
{
    if (!iot_is_set())
        return EMRS_OK;
    emrs_tls_config tls = *service;
    tls.identity = identity_of_device();
    (void)emrs_tls_init(&in_call.tls, &tls); /* the first connect reports an error */
    const emrs_provider_config config = {.source = &emrs_source_iot,
                                         .uri = endpoint,
                                         .role_alias = role_alias,
                                         .thing_name = thing_name,
                                         .credentials = &given->credentials,
                                         .store = settings_store(),
                                         .store_size = SETTINGS_STORE_SIZE,
                                         .one_half = true,
                                         .work = in_call.work,
                                         .work_size = sizeof in_call.work,
                                         .teaches = client,
                                         .clock_floor = given->clock_floor};
    in_call.renewal = (emrs_renewal){.provider = &in_call.provider, .port = &port};
    int code = emrs_provider_init(&in_call.provider, &config);
    if (code != EMRS_OK)
        *result = in_call.provider.result;
    return code;
}

/* Prints the step of the renewal when it begins. */
static void follow(emrs_news news)
{
    static int shown = -1;
    const emrs_result *result = &in_call.provider.result;
    bool is_news = (int)result->phase != shown;
    shown = news == EMRS_NEWS_PENDING ? (int)result->phase : -1;
    if (news != EMRS_NEWS_PENDING || !is_news)
        return;
    report_step("credentials: ");
    say(emrs_phase_words(result->phase));
    if (result->phase == EMRS_PHASE_NAME) {
        say(", ");
        say_text(endpoint);
    } else if (result->phase == EMRS_PHASE_SEND) {
        say(", ");
        say(emrs_tls_version_words(&in_call.tls));
    }
    say("\n");
}

emrs_report iot_renew(void *unused, uint32_t until_ms)
{
    (void)unused;
    emrs_report report = emrs_renew(&in_call.renewal, until_ms);
    follow(report.news);
    if (report.news == EMRS_NEWS_RENEWED)
        report_step("credentials: ready\n");
    return report;
}

emrs_provider *iot_failed(void)
{
    int code = in_call.provider.result.code; /* E_STATE: it was prepared, but not asked yet */
    return code < 0 && code != EMRS_E_STATE ? &in_call.provider : NULL;
}

void iot_say_denied(void)
{
    if (!iot_is_set())
        return;
    if (thing_name.size == 0)
        say("thing-name is not set: a policy that compares a tag of the job run with the thing's "
            "name then allows nothing\n");
    else
        report_text("If the policy compares a tag of the job run with the thing's name, the job "
                    "run needs this tag with the value ",
                    thing_name);
}

size_t iot_end(void)
{
    if (in_call.renewal.provider != NULL)
        emrs_tls_free(&in_call.tls);
    emrs_wipe(&in_call, sizeof in_call);
    return sizeof in_call;
}
#endif
