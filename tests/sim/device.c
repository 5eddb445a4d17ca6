/* SPDX-License-Identifier: MIT */
#include "device.h"

#include <string.h>

void own_source_give_none(own_source *own, emrs_credentials *credentials)
{
    memset(own->slots, 0, sizeof own->slots);
    *credentials = (emrs_credentials){.renew_s = EMRS_RENEW_NOW};
}

void own_source_give_newest(own_source *own, service *from, uint32_t utc_s,
                            emrs_credentials *credentials)
{
    unsigned generation = service_newest(from, utc_s);
    uint32_t ends_s = from->ends_s[generation % SERVICE_GENERATION_COUNT];
    own_source_give_none(own, credentials);
    own->slot = 1u - own->slot;
    char *key_id = own->slots[own->slot].key_id, *secret = own->slots[own->slot].secret,
         *token = own->slots[own->slot].token;
    service_credentials(generation, key_id, secret, token);
    *credentials = (emrs_credentials){{key_id, strlen(key_id)},
                                      {secret, strlen(secret)},
                                      {token, strlen(token)},
                                      own->is_told_expiry ? ends_s : 0,
                                      own->is_told_expiry ? ends_s - from->lifetime_s / 4u : 0};
}

emrs_report device_report(network_report from)
{
    static const emrs_news news[] = {[NETWORK_PENDING] = EMRS_NEWS_PENDING,
                                     [NETWORK_CONNECTING] = EMRS_NEWS_CONNECTING,
                                     [NETWORK_CONNECTED] = EMRS_NEWS_CONNECTED,
                                     [NETWORK_SENT] = EMRS_NEWS_SENT,
                                     [NETWORK_RECEIVED] = EMRS_NEWS_RECEIVED,
                                     [NETWORK_CLOSED] = EMRS_NEWS_CLOSED,
                                     [NETWORK_CUT] = EMRS_NEWS_CUT,
                                     [NETWORK_FAILED] = EMRS_NEWS_FAILED};
    return (emrs_report){.news = news[from.news], .size = from.size};
}

const char *const move_names[] = {"DONE",  "CONNECT", "SEND",       "RECEIVE",
                                  "CLOSE", "WAIT",    "CREDENTIALS"},
                  *const news_names[] = {"pending",  "connecting", "connected", "sent",
                                         "received", "closed",     "cut",       "failed",
                                         "renewed",  "stop"};
