/* SPDX-License-Identifier: MIT */
/* function: emrs_mask_secrets
 * method: all inputs, all loops to their end
 * bound: texts of 0 to 10 bytes, secrets of 0 to 9: more than the least run of 8
 * unwind: 12
 * control: mask.c s/size < a.size && size < b.size/size < b.size/
 * control: mask.c s/at < end/at <= end/
 */
#include "proof.h"

#include "mask.c"
#include "text.c"

enum { TEXT_SIZE = 10, SECRET_SIZE = 9, RUN = 8 };

static emrs_text any_text(size_t most)
{
    size_t size = nondet_size();
    ASSUME(size <= most);
    return (emrs_text){any_bytes(size), size};
}

void proof(void)
{
    emrs_credentials credentials = {.secret_access_key = any_text(SECRET_SIZE),
                                    .session_token = any_text(SECRET_SIZE)};
    emrs_text text = any_text(TEXT_SIZE), secret = credentials.secret_access_key;
    char before[TEXT_SIZE];
    for (size_t at = 0; at < text.size; at++)
        before[at] = text.bytes[at];
    emrs_mask_secrets(&credentials, text);

    size_t at = nondet_size(), from = nondet_size();
    bool fits =
        at < text.size && text.size - at >= RUN && from < secret.size && secret.size - from >= RUN;
    if (fits && memcmp(before + at, secret.bytes + from, RUN) == 0) {
        for (size_t i = 0; i < RUN; i++)
            PROVE(text.bytes[at + i] == MASK);
        REACHED(at == TEXT_SIZE - RUN && from == SECRET_SIZE - RUN);
    }
    bool has_none = secret.size == 0 && credentials.session_token.size == 0;
    PROVE(!has_none || at >= text.size || text.bytes[at] == before[at]);
    REACHED(has_none && text.size == TEXT_SIZE);
}
