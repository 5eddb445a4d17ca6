/* SPDX-License-Identifier: MIT */
/* A source of credentials is one const struct, which provider.c uses. */
#ifndef EMRS_CORE_PROVIDER_H
#define EMRS_CORE_PROVIDER_H

#include "emrs_provider.h"
#include "operation.h"

struct emrs_source {
    /* Checks the configuration, and sets what this source needs of the client: at least its
     * endpoint.
     * in:  endpoint: memory for a URL that is not in the configuration. It is valid only until
     *      emrs_provider_init returns
     * ret: the first field that breaks a rule; EMRS_FIELD_NONE if none does */
    emrs_field (*set_up)(emrs_provider *provider, emrs_config *client, emrs_pen *endpoint,
                         emrs_rule *rule);
    /* Each operation gets the provider as its input and as its output. The last operation reads the
     * credentials. An earlier one sets provider->room.used to the bytes that it keeps. */
    const emrs_operation *operations;
    uint8_t operation_count;
    uint32_t time_max_ms; /* for a renewal; 0: no limit of its own */
};

/* `prepare` of each operation: puts the values into the provider's room. */
void emrs_provider_prepare(emrs_sieve *sieve, const void *input, void *output);

/* `read` of the last operation: takes the values as credentials. */
int emrs_provider_read(const void *input, const emrs_value values[], void *output);

/* `check` of an operation that refuses nothing. */
emrs_field emrs_provider_check_nothing(const void *input, emrs_rule *rule);

/* Checks that a name has 1 to size_max bytes, all of them letters, digits or one of `others`. */
emrs_rule emrs_provider_check_name(emrs_text name, const char *others, size_t size_max);

#endif
