/* SPDX-License-Identifier: MIT */
/* Error names and messages, as a peer may send them. Trimming a name returns a part of it, and
 * trimming again changes nothing. A cleaned text has no control character for a terminal, and the
 * same length. The code is one of four. */
#include "fuzz.h"

#include "errors.h"
#include "emrs_config.h"

static void check_trim(emrs_text name)
{
    emrs_text trimmed = emrs_error_trim(name);
    CHECK(trimmed.size <= name.size);
    CHECK(trimmed.bytes >= name.bytes && trimmed.bytes + trimmed.size <= name.bytes + name.size);
    CHECK(emrs_text_find(trimmed, ':') == trimmed.size);
    /* Only the first '#' ends the namespace. Another one is a part of the name. */
    if (emrs_text_find(trimmed, '#') == trimmed.size)
        CHECK(emrs_text_is(emrs_error_trim(trimmed), trimmed));
}

/* No UTF-8 code point is a C0, DEL, C1, direction mark, separator, embedding or isolate. */
static void check_clean(emrs_text text)
{
    const unsigned char *at = (const unsigned char *)text.bytes;
    for (size_t i = 0; i < text.size; i++) {
        unsigned two = i + 1 < text.size ? (unsigned)at[i] << 8 | at[i + 1] : 0u;
        unsigned three = i + 2 < text.size ? two << 8 | at[i + 2] : 0u;
        CHECK(at[i] >= 0x20 && at[i] != 0x7f);
        CHECK(two < 0xc280u || two > 0xc29fu);
        CHECK(two != 0xd89cu && three != 0xe2808eu && three != 0xe2808fu);
        CHECK((three < 0xe280a8u || three > 0xe280aeu) && (three < 0xe281a6u || three > 0xe281a9u));
    }
}

static emrs_text part(fuzz_input *input, emrs_text *rest)
{
    size_t size = fuzz_next(input);
    size = size < rest->size ? size : rest->size;
    emrs_text text = {rest->bytes, size};
    *rest = emrs_text_from(*rest, size);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = fuzz_input_of(data, size);
    char *bytes = fuzz_copy(input.bytes);
    emrs_text rest = {bytes, input.bytes.size};
    emrs_result result = {.status = 400 + fuzz_next(&input) % 200};
    emrs_value values[EMRS_ERROR_MEMBER_COUNT];
    check_trim(rest);
    emrs_text header = part(&input, &rest);
    for (int i = 0; i < EMRS_ERROR_MEMBER_COUNT; i++)
        values[i] = (emrs_value){part(&input, &rest), (emrs_value_kind)(fuzz_next(&input) % 4u)};
    bool readable = fuzz_next(&input) % 4 != 3;
    int code = emrs_error_read(&result, header, readable ? values : NULL);
    CHECK(code == EMRS_E_SERVICE || code == EMRS_E_AUTH || code == EMRS_E_THROTTLED
          || code == EMRS_E_PROXY);
    CHECK((result.error == EMRS_ERROR_NONE) == (result.error_name.size == 0));
    CHECK(code != EMRS_E_PROXY || result.status == 407);
    CHECK(result.error == emrs_error_of(result.error_name));
    CHECK(result.error_name.size + result.message.size <= input.bytes.size);
    CHECK(!result.message_cut || result.message.size > 0);
    for (size_t at = 0; at < result.error_name.size; at++)
        CHECK(result.error_name.bytes[at] > ' ' && result.error_name.bytes[at] < 0x7f);
    check_clean(result.message);
    emrs_error_clean_message(rest);
    check_clean(rest);
    free(bytes);
    return 0;
}
