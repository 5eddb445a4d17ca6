/* SPDX-License-Identifier: MIT */
/* The answer of a credential_process. The bytes are its output, the steering is the size of the
 * store. libjansson reads the same values from an answer that is accepted. A refused one leaves
 * nothing in the store. */
#include "fuzz.h"

#include <jansson.h>

#include "clock.h"
#include "emrs_provider.h"

enum { STORE_SIZE_MAX = 8192 };

static bool is_inside(emrs_text text, const char *store, size_t size)
{
    return text.size == 0
           || (text.bytes >= store && text.size <= size && text.bytes + text.size <= store + size);
}

static bool is_printable(emrs_text text)
{
    for (size_t at = 0; at < text.size; at++)
        if (text.bytes[at] < '!' || text.bytes[at] > '~')
            return false;
    return true;
}

/* A text that is missing or null is empty. */
static bool is_member(const json_t *object, const char *name, emrs_text text)
{
    const json_t *value = json_object_get(object, name);
    if (value == NULL || json_is_null(value))
        return text.size == 0;
    return json_is_string(value) && json_string_length(value) == text.size
           && memcmp(json_string_value(value), text.bytes, text.size) == 0;
}

static void check_accepted(emrs_text json, const emrs_credentials *c)
{
    json_t *object = json_loadb(json.bytes, json.size, JSON_ALLOW_NUL, NULL);
    if (object == NULL)
        return; /* libjansson refuses a number that is too large for a double */
    const json_t *expiration = json_object_get(object, "Expiration");
    CHECK(json_integer_value(json_object_get(object, "Version")) == 1);
    CHECK(is_member(object, "AccessKeyId", c->access_key_id) && c->access_key_id.size > 0);
    CHECK(is_member(object, "SecretAccessKey", c->secret_access_key));
    CHECK(c->secret_access_key.size > 0 && is_printable(c->secret_access_key));
    CHECK(is_member(object, "SessionToken", c->session_token));
    CHECK(is_printable(c->session_token) && is_printable(c->access_key_id));
    CHECK((c->expires_s != 0) == json_is_string(expiration));
    if (json_is_string(expiration))
        CHECK(emrs_clock_read_rfc3339(
                  (emrs_text){json_string_value(expiration), json_string_length(expiration)})
              == c->expires_s);
    CHECK(c->renew_s <= c->expires_s && (c->renew_s == 0) == (c->expires_s == 0));
    json_decref(object);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const emrs_credentials old = {.expires_s = 7, .renew_s = 3};
    fuzz_input input = fuzz_input_of(data, size);
    size_t store_size = ((size_t)fuzz_next(&input) << 8 | fuzz_next(&input)) % STORE_SIZE_MAX;
    char *json = fuzz_copy(input.bytes), *store = malloc(store_size + 1u);
    emrs_text text = {json, input.bytes.size};
    emrs_credentials credentials = old;
    emrs_result result;
    CHECK(store != NULL);
    store = realloc(store, store_size + (store_size == 0));
    int code = emrs_credentials_read(text, &credentials, store, store_size, &result);
    CHECK(result.code == code && code <= EMRS_OK);
    if (code == EMRS_OK) {
        CHECK(is_inside(credentials.access_key_id, store, store_size));
        CHECK(is_inside(credentials.secret_access_key, store, store_size));
        CHECK(is_inside(credentials.session_token, store, store_size));
        check_accepted(text, &credentials);
    } else {
        CHECK(memcmp(&credentials, &old, sizeof old) == 0);
        for (size_t at = 0; at < store_size; at++)
            CHECK(store[at] == 0);
        CHECK((code == EMRS_E_SPACE) == (result.needed_size > store_size));
    }
    free(store);
    free(json);
    return 0;
}
