/* SPDX-License-Identifier: MIT */
/* Gets temporary credentials from a container's endpoint, from AWS IoT Core's credentials
 * provider, or from EC2's instance metadata (IMDSv2).
 *
 * A provider works like a call: start it, then step it until it returns EMRS_DONE or a negative
 * code, and do what each move asks for. emrs_renew (emrs_renew.h) is that loop, for port->renew.
 * The provider puts the credentials where its configuration points to. If emrs_config.credentials
 * points there too, each call asks for fresh ones when it needs them. The provider uses a stream, a
 * client and a work buffer of its own. Only the sources that a program names are linked. No
 * function blocks, allocates or keeps a global. */
#ifndef EMRS_PROVIDER_H
#define EMRS_PROVIDER_H

#include "emrs.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct emrs_source emrs_source;

/* Amazon ECS, EKS Pod Identity, and both Greengrass nuclei: AWS_CONTAINER_CREDENTIALS_FULL_URI, or
 * "http://169.254.170.2" and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI. */
extern const emrs_source emrs_source_container;
/* The credentials provider of AWS IoT Core, over TLS. The stream's TLS must present this device's
 * certificate, and name the host (SNI). */
extern const emrs_source emrs_source_iot;
/* EC2's instance metadata: a token first (IMDSv2), then the role's name, then its credentials. It
 * is tried once, for 1 s in all. */
extern const emrs_source emrs_source_instance;

/* The struct is copied. Keep the bytes of its texts and the memory in place as long as the provider
 * is used. */
typedef struct {
    const emrs_source *source;
    /* Container: "http://host[:port][/path][?query]". Path and query are sent as they are.
     * Plain http only to loopback, 169.254.170.2, 169.254.170.23 and [fd00:ec2::23]; https to any
     * host. IoT: the host's name, or "https://host[:port]", of the account's endpoint for
     * credentials. Instance: empty for http://169.254.169.254, or "http://host[:port]". */
    emrs_text uri;
    /* Container: the value of the header Authorization; empty: none. You may change it in
     * provider->config before a renewal starts: a token file must be read anew each time. */
    emrs_text authorization;
    emrs_text role_alias;          /* IoT: [A-Za-z0-9_=,@-]{1,128} */
    emrs_text thing_name;          /* IoT: [A-Za-z0-9:_-]{1,128}; empty: none */
    emrs_credentials *credentials; /* where the credentials are put */
    /* Your memory for their texts, in two halves: a renewal writes into the half that is not in
     * use, so that the old credentials stay if it fails. The size of a session token has no limit.
     * 2,048 bytes for a half hold what AWS sends today. If a half is too small, the renewal ends
     * with EMRS_E_SPACE, and needed_size says how large the store must be. */
    void *store;
    size_t store_size;
    /* The whole store is one half. A renewal then wipes the old credentials when an answer with
     * status 200 begins, so there are none if this answer has no valid ones. */
    bool one_half;
    void *work; /* a work buffer of its own */
    size_t work_size;
    /* The client of the service, to which the provider passes the time of a Date over TLS; or
     * NULL. */
    emrs_client *teaches;
    bool clock_floor; /* as emrs_config.clock_floor */
} emrs_provider_config;

/* Read only `config` and `result`; the other members are public only so that you can place it. */
typedef struct {
    emrs_provider_config config;
    /* The result of the last renewal, or why emrs_provider_init failed. Its effect is always NONE.
     * Its texts lie in the work buffer. A source may echo secrets: see emrs_mask_secrets. */
    emrs_result result;
    emrs_client client;
    emrs_call call;
    emrs_text target;           /* container: path and query of the URI */
    emrs_text token, role;      /* instance */
    emrs_text refusal;          /* instance: the Code of an answer without credentials */
    emrs_credentials fresh;     /* what an answer holds */
    emrs_pen room;              /* where the next answer is kept: the rest of the half */
    uint32_t until_ms;          /* when the renewal ends */
    uint8_t state, stage, half; /* stage: index of the operation; half: the one in use */
} emrs_provider;

/* Prepares a provider, and marks the credentials as missing, so that the first call asks for them.
 * out: provider->result names field and rule on error
 * ret: EMRS_OK      err: ARGUMENT, INSECURE, SPACE */
int emrs_provider_init(emrs_provider *provider, const emrs_provider_config *config);

/* Starts a renewal, which ends by until_ms. Does nothing while one is under way, or if the provider
 * is not initialised. */
void emrs_provider_start(emrs_provider *provider, uint32_t until_ms);

/* Takes the time and a report, and gives the next move, as emrs_step does. EMRS_DONE: the
 * credentials are in place, and the old ones are wiped. An error is final until the next start; the
 * old credentials stay, unless there is one half and an answer with status 200 was read. Until the
 * time is over, the source is asked again if it is not up yet, if it answers 429 or a 5xx that may
 * pass, or if its answer has no credentials. An instance is asked once. A call that uses these
 * credentials must not run meanwhile, unless it is in EMRS_MOVE_CREDENTIALS.
 * err: STATE: not initialised or not started; UNVERIFIED: a value of the answer is missing; JSON:
 *      the answer is not JSON, or a value is not a string; CREDENTIALS: a value cannot be used, and
 *      field and rule say why; SPACE: the store needs needed_size bytes; others as in emrs_code */
int emrs_provider_step(emrs_provider *provider, emrs_now now, emrs_report report, emrs_move *move);

/* Reads the output of a credential_process: {"Version":1,"AccessKeyId":...,"SecretAccessKey":...},
 * and "SessionToken" and "Expiration" if there are any. An expiration that has passed is accepted.
 * out: credentials: with renew_s, if there is an expiration; their texts lie in the store. On
 *      error they are unchanged. result: field and rule of what is wrong; needed_size
 * ret: EMRS_OK      err: UNVERIFIED, JSON, CREDENTIALS, SPACE, as above */
int emrs_credentials_read(emrs_text json, emrs_credentials *credentials, void *store,
                          size_t store_size, emrs_result *result);

/* Static English texts for programs that print; they hold no secret. Use them for a provider's
 * result: the texts of emrs.h are about the service. */
const char *emrs_provider_code_words(const emrs_provider *provider);
const char *emrs_provider_field_words(emrs_field field);
const char *emrs_provider_rule_words(emrs_field field, emrs_rule rule);
const char *emrs_provider_next_step(const emrs_provider *provider);

#ifdef __cplusplus
}
#endif
#endif
