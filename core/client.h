/* SPDX-License-Identifier: MIT */
/* What a client keeps from one call to the next, and what a call must have before it begins. */
#ifndef EMRS_CORE_CLIENT_H
#define EMRS_CORE_CLIENT_H

#include "emrs.h"

bool emrs_client_is_ready(const emrs_client *client);

/* Checks what a signed call needs: a region and credentials. An empty access key id is no error
 * with EMRS_RENEW_NOW: the call asks for credentials.
 * err: ARGUMENT; result names field and rule */
int emrs_client_check_credentials(const emrs_client *client, emrs_result *result);

/* Writes field and rule into the result.      ret: EMRS_E_ARGUMENT */
int emrs_client_refuse(emrs_result *result, emrs_field field, emrs_rule rule);

/* The time to sign with: this device's, corrected by the service's; 0: unknown. */
uint32_t emrs_client_utc(const emrs_client *client, emrs_now now);

/* Learns from the date of a verified answer.
 * ret: whether the attempt was signed with a time that the service may have refused */
bool emrs_client_learn_time(emrs_client *client, emrs_now now, const emrs_attempt *attempt,
                            const emrs_response *response);

#endif
