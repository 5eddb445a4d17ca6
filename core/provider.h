/* SPDX-License-Identifier: MIT */
/* What a source of credentials is to the machine in provider.c: one const struct. */
#ifndef EMRS_CORE_PROVIDER_H
#define EMRS_CORE_PROVIDER_H

#include "emrs_provider.h"
#include "operation.h"

struct emrs_source {
    /* Checks the configuration, and sets what is special of the client: its endpoint at least.
     * in:  endpoint: room for a URL that is not in the configuration; it is read before it goes
     * ret: the first field that breaks a rule; EMRS_FIELD_NONE if none does */
    emrs_field (*set_up)(emrs_provider *provider, emrs_config *client, emrs_pen *endpoint,
                         emrs_rule *rule);
    /* Their input and their output is the provider. The last one reads the credentials. */
    const emrs_operation *operations;
    uint8_t operation_count;
    uint32_t time_max_ms; /* for a renewal; 0: no limit of its own */
};

/* For operations: the room of their values, of which an operation before the last says how much it
 * used; and a check that refuses nothing. */
emrs_pen *emrs_provider_room(void *output);
emrs_field emrs_provider_check_nothing(const void *input, emrs_rule *rule);

/* Whether all bytes are letters, digits or one of `others`, and there are 1 to size_max of them. */
emrs_rule emrs_provider_check_name(emrs_text name, const char *others, size_t size_max);

#endif
