/* SPDX-License-Identifier: MIT */
/* Reads --wait, --wait-timeout, --expect-name, --expect-tag and --ignore-ended. */
#include "stop.h"

#include <string.h>

#include "command.h"
#include "emrs_text.h"

static const emrs_tag *find_tag(const options *o, emrs_text key)
{
    for (size_t i = 0; i < o->expected_tag_count; i++)
        if (emrs_text_is(o->expected_tags[i].key, key))
            return &o->expected_tags[i];
    return NULL;
}

int stop_take_tag(options *o, const char *text)
{
    const emrs_text pair = text_of(text);
    const size_t key_size = emrs_text_find(pair, '=');
    const emrs_text key = {text, key_size};
    if (key_size == 0 || key_size == pair.size)
        return usage_error(o, "argument --expect-tag: expected KEY=VALUE, not '%s'", text);
    const emrs_tag tag = {.key = key, .value = emrs_text_from(pair, key_size + 1)};
    if (key_size > EMRS_TAG_KEY_SIZE_MAX || tag.value.size > EMRS_TAG_SIZE_MAX)
        return usage_error(o, "argument --expect-tag: the key may have %u bytes, and the value %u",
                           EMRS_TAG_KEY_SIZE_MAX, EMRS_TAG_SIZE_MAX);
    if (find_tag(o, key) != NULL)
        return usage_error(o, "argument --expect-tag: the key '%.*s' was given twice",
                           (int)key_size, text);
    if (o->expected_tag_count == EMRS_TAG_COUNT_MAX)
        return usage_error(o, "argument --expect-tag: only %u tags are allowed",
                           EMRS_TAG_COUNT_MAX);
    o->expected_tags[o->expected_tag_count++] = tag;
    return -1;
}

/* Refuses an empty name: it is often a variable that is not set, and would be no guard. */
static int read_name(const options *o)
{
    if (!is_given(o, OPTION_EXPECT_NAME))
        return -1;
    const size_t size = strlen(o->expected_name);
    if (size == 0 || size > EMRS_NAME_SIZE_MAX)
        return usage_error(o, "argument --expect-name: expected 1 to %u bytes, not %zu",
                           EMRS_NAME_SIZE_MAX, size);
    return -1;
}

int stop_read(options *o)
{
    o->waits = is_given(o, OPTION_WAIT);
    o->stops = o->waits || stop_looks_first(o) || is_given(o, OPTION_IGNORE_ENDED);
    o->looks = o->stops; /* --ignore-ended looks only after a refusal */
    if (o->wait_ms > 0 && !o->waits)
        return usage_error(o, "argument --wait-timeout: only with --wait");
    return read_name(o);
}
