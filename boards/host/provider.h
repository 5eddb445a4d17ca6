/* SPDX-License-Identifier: MIT */
/* Asks a source of credentials over the network: a container, AWS IoT Core, or an instance's role.
 * A run of the command uses one at most. */
#ifndef EMRS_HOST_PROVIDER_H
#define EMRS_HOST_PROVIDER_H

#include "host.h"

typedef enum { PROVIDER_NONE, PROVIDER_IOT, PROVIDER_CONTAINER, PROVIDER_INSTANCE } provider_kind;

/* The settings of a source. A setting that does not exist is NULL. */
typedef struct {
    provider_kind kind;
    /* The variable or setting that `uri` is from, for messages */
    const char *uri_name;
    /* Container: the complete URI, or a path at 169.254.170.2 (is_relative). IoT: a host name, or
     * https://host[:port]. Instance: http://host[:port] */
    const char *uri;
    bool is_relative;
    /* Container: if there is a file, `token` is not used. The file is read for each renewal */
    const char *token_file, *token;
    /* IoT: the last two are paths of files, PEM or DER */
    const char *role_alias, *thing_name, *certificate, *private_key;
} provider_settings;

/* Prepares to ask a source. Opens nothing, and reads no file.
 * in:  settings: must stay in place; teaches: the service's client, which learns the time from the
 *      source, must stay in place too;
 *      store: memory for the texts of credentials
 * out: o->credentials: none yet (EMRS_RENEW_NOW); o->origin. why: what is wrong, as a sentence
 * ret: false: the settings cannot be used */
bool provider_take(const provider_settings *settings, options *o, emrs_client *teaches, void *store,
                   size_t store_size, char *why, size_t why_size);

/* ret: the source's name for messages */
const char *provider_name(void);

/* ret: whether a source over the network is used */
bool provider_is_used(void);

/* ret: whether it is asked over TLS, so that CAs must be loaded */
bool provider_has_tls(void);

/* Finds the proxy for AWS IoT Core, and prints errors. The other sources never get a proxy: it
 * would give the identity of another machine.      ret: -1 to continue, else the exit code */
int provider_find_proxy(void);

/* Prepares the stream to the source. Opens nothing.
 * in:  trust: of trust_load; result: of the call that asks for credentials */
void provider_connect(mbedtls_x509_crt *trust, const emrs_result *result);

/* For port->renew: does one move of a renewal.      ret: PENDING, RENEWED, FAILED */
emrs_report provider_renew(uint32_t until_ms);

/* ret: whether there is no such source: no metadata answered, or the instance has no role */
bool provider_is_absent(void);

/* Writes why it gave no credentials, in one line without a line end. The text has bytes that the
 * source sent: print it with print_text. */
void provider_write_failure(char *text, size_t size);

/* Writes what to do then, in whole lines. */
void provider_write_next_step(char *text, size_t size);

/* ret: what to do if the instance has no role, as a sentence; NULL: nothing is known */
const char *provider_absent_step(void);

/* Writes, in a whole line, what a policy for AWS IoT Core's credentials may require if the service
 * denies access. Empty for other credentials. */
void provider_write_denied(char *text, size_t size);

/* Frees the stream, and wipes all that was read and received. */
void provider_free(void);

#endif
