/* SPDX-License-Identifier: MIT */
/* Asks a source of credentials over the network: a container, AWS IoT Core, or an instance's role.
 * There is one in a run of the command. */
#ifndef EMRS_HOST_PROVIDER_H
#define EMRS_HOST_PROVIDER_H

#include "host.h"

typedef enum { PROVIDER_NONE, PROVIDER_IOT, PROVIDER_CONTAINER, PROVIDER_INSTANCE } provider_kind;

/* What the environment says of a source. What is not set is NULL. */
typedef struct {
    provider_kind kind;
    /* The variable or setting that `uri` is from, for messages */
    const char *uri_name;
    /* Container: all of it, or its path at 169.254.170.2 (is_relative). IoT: a host name, or
     * https://host[:port]. Instance: http://host[:port] */
    const char *uri;
    bool is_relative;
    /* Container: the file comes before the token, and is read anew each time */
    const char *token_file, *token;
    /* IoT: the last two are paths of files, PEM or DER */
    const char *role_alias, *thing_name, *certificate, *private_key;
} provider_settings;

/* Prepares to ask a source. Opens nothing, and reads no file.
 * in:  settings, teaches: stay in place; teaches: the client of the service, which learns the time.
 *      store: for the texts of credentials
 * out: o->credentials: there are none yet; o->origin. why: what is wrong, as a sentence
 * ret: false: the settings cannot be used */
bool provider_take(const provider_settings *settings, options *o, emrs_client *teaches, void *store,
                   size_t store_size, char *why, size_t why_size);

/* ret: the source's name for messages */
const char *provider_name(void);

/* ret: whether a source over the network is used */
bool provider_is_used(void);

/* ret: whether it is asked over TLS, for which CAs must be loaded */
bool provider_has_tls(void);

/* Finds the proxy to AWS IoT Core, and prints errors. The other sources have none: they are on this
 * machine or link, or a container's.      ret: -1 to continue, else the exit code */
int provider_find_proxy(void);

/* Makes the streams.
 * in:  trust: of trust_load; result: of the call that asks for credentials */
void provider_connect(mbedtls_x509_crt *trust, const emrs_result *result);

/* For port->renew: does one turn of a renewal.      ret: PENDING, RENEWED, FAILED */
emrs_report provider_renew(uint32_t until_ms);

/* ret: whether nobody gives credentials there: an instance without metadata, or without a role */
bool provider_is_absent(void);

/* Writes why it gave no credentials, in one line without its end. The text holds what a source
 * said: print it with print_text. */
void provider_write_failure(char *text, size_t size);

/* Writes what to do after that, in whole lines. */
void provider_write_next_step(char *text, size_t size);

/* Frees the streams, and wipes all that was read and received. */
void provider_free(void);

#endif
