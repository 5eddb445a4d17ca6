/* SPDX-License-Identifier: MIT */
/* function: the checks of ids, region, access key id, user agent and secrets
 * method: all inputs, all loops to their end
 * bound: 0 to 66 bytes: more than every limit but the secret's
 * unwind: 68
 * control: id.c s/c >= 'a'/c >= 'Z'/
 * control: id.c s/at < id.size; at++/at <= id.size; at++/
 */
#include "proof.h"

#include "id.c"

void proof(void)
{
    size_t size = nondet_size(), at = nondet_size();
    ASSUME(size <= 66 && at < size);
    emrs_text text = {any_bytes(size), size};
    char c = text.bytes[at]; /* any byte, so the proof is of all */
    bool is_id = emrs_id_check(text) == EMRS_RULE_NONE;
    bool is_id_byte_too = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
    PROVE(!is_id || (size <= EMRS_ID_SIZE_MAX && is_id_byte_too));
    bool is_key_id_byte = is_id_byte_too || (c >= 'A' && c <= 'Z') || c == '_';
    PROVE(emrs_access_key_id_check(text) != EMRS_RULE_NONE || is_key_id_byte);
    PROVE(emrs_secret_check(text, 64) != EMRS_RULE_NONE || (size <= 64 && c > ' ' && c < 0x7f));
    PROVE(emrs_user_agent_check(text) != EMRS_RULE_NONE || (size <= 64 && c >= ' ' && c < 0x7f));
    bool is_region = emrs_region_check(text) == EMRS_RULE_NONE;
    PROVE(!is_region || size <= EMRS_REGION_SIZE_MAX);
    REACHED(is_id && size == EMRS_ID_SIZE_MAX);
    REACHED(is_region && !is_id);
}
