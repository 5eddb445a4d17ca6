/* SPDX-License-Identifier: MIT */
/* Gets credentials from the credentials provider of AWS IoT Core by this device's certificate, in
 * images that have one (`.identity` in board.mk). Such a device stores no access key of AWS. In
 * other images these functions do nothing, and the provider is not linked. */
#ifndef EMRS_BARE_IOT_H
#define EMRS_BARE_IOT_H

#include "emrs_provider.h"
#include "emrs_tls.h"
#include "settings.h"

#if defined(BARE_IDENTITY)
/* Takes the settings iot-endpoint, role-alias and thing-name.      ret: false: it is another one */
bool iot_setting(emrs_text key, emrs_text value);

/* ret: whether the settings ask for credentials by certificate */
bool iot_is_set(void);

/* Prepares the provider. Does nothing if the settings do not ask for it.
 * in:  service: the configuration of the service's TLS. The provider's is the same, with the
 *      certificate. Both use the same stream below: only one of them is open at a time
 *      client: the service's, which learns the time from the provider's answers
 * out: given->credentials: filled in later, by a renewal. result: what is wrong with the settings
 * ret: EMRS_OK, or the error */
int iot_start(const emrs_tls_config *service, settings *given, emrs_client *client,
              emrs_result *result);

/* For emrs_port.renew. Prints each step when it begins. */
emrs_report iot_renew(void *unused, uint32_t until_ms);

/* ret: the provider, whose result says why there are no credentials; NULL: it has not failed */
emrs_provider *iot_failed(void);

/* After AccessDenied of the service: prints what else may be the cause. The policy may compare the
 * thing name with a tag. */
void iot_say_denied(void);

/* Frees and wipes the provider's memory.      ret: its size in bytes */
size_t iot_end(void);
#else
static inline bool iot_setting(emrs_text key, emrs_text value)
{
    (void)key, (void)value;
    return false;
}

static inline bool iot_is_set(void)
{
    return false;
}

static inline int iot_start(const emrs_tls_config *service, settings *given, emrs_client *client,
                            emrs_result *result)
{
    (void)service, (void)given, (void)client, (void)result;
    return EMRS_OK;
}

static inline emrs_report iot_renew(void *unused, uint32_t until_ms)
{
    (void)unused, (void)until_ms;
    return emrs_failed(EMRS_REASON_NONE, 0);
}

static inline emrs_provider *iot_failed(void)
{
    return NULL;
}

static inline void iot_say_denied(void)
{
}

static inline size_t iot_end(void)
{
    return 0;
}
#endif

#endif
