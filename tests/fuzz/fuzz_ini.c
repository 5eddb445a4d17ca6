/* SPDX-License-Identifier: MIT */
/* AWS's shared files, and a command to be split into words (boards/host/words.c). Each part that is
 * found is inside the file, in its order. Keys and values have no line end and no white space
 * around them. Each line is read once. The words fit their buffer. */
#include "fuzz.h"

#include "ini.h"
#include "words.h"

static void check_inside(emrs_text file, emrs_text part)
{
    if (part.size > 0)
        CHECK(part.bytes >= file.bytes && part.size <= file.size
              && part.bytes + part.size <= file.bytes + file.size);
}

/* No line end, and no blank at either end. */
static void check_line(emrs_text file, emrs_text line)
{
    check_inside(file, line);
    for (size_t at = 0; at < line.size; at++)
        CHECK(line.bytes[at] != '\n' && line.bytes[at] != '\r');
    if (line.size > 0)
        CHECK(line.bytes[0] != ' ' && line.bytes[0] != '\t' && line.bytes[line.size - 1] != ' '
              && line.bytes[line.size - 1] != '\t');
}

/* ret: how many lines the event has, not counting comments */
static unsigned check_event(emrs_text file, const ini_event *event)
{
    emrs_text more = event->more, line, key, value;
    unsigned count = 1;
    CHECK((event->kind == INI_FAULT) <= (event->fault != NULL));
    CHECK(event->kind == INI_ITEM || more.size == 0);
    if (event->kind == INI_ITEM) {
        check_line(file, event->name);
        check_line(file, event->value);
        CHECK(event->name.size > 0 && emrs_text_find(event->name, '=') == event->name.size
              && emrs_text_find(event->name, ':') == event->name.size);
    } else if (event->kind == INI_SECTION) {
        check_inside(file, event->name);
        CHECK(event->name.size > 0);
    }
    check_inside(file, more);
    for (; ini_more(&more, &line); count++) {
        check_line(file, line);
        CHECK(line.size == 0 || (*line.bytes != '#' && *line.bytes != ';'));
        if (ini_split(line, &key, &value)) {
            check_line(file, key);
            check_line(file, value);
        }
    }
    CHECK(ini_is_block(event) == (event->value.size == 0 && event->more.size > 0));
    return count;
}

static unsigned line_count_of(emrs_text file)
{
    unsigned count = 1;
    for (size_t at = 0; at < file.size; at++)
        count += file.bytes[at] == '\n' || file.bytes[at] == '\r';
    return count;
}

static void check_file(emrs_text file)
{
    ini_reader reader = ini_read(file);
    ini_event event;
    unsigned last = 0, count = 0;
    const unsigned most = line_count_of(file);
    for (ini_next(&reader, &event); event.kind != INI_END; ini_next(&reader, &event)) {
        CHECK(event.line > last && event.line <= most);
        last = event.line;
        count += check_event(file, &event);
        CHECK(count <= most);
    }
    CHECK(reader.at == file.size && reader.line <= most);
}

static void check_words(emrs_text text, size_t most)
{
    char *room = malloc(text.size + 1), *words[16];
    size_t count = 0, used = 0;
    CHECK(room != NULL);
    words_result result = words_split(text, room, text.size + 1, words, most, &count);
    CHECK(count < most);
    if (result == WORDS_SPLIT) {
        CHECK(words[count] == NULL);
        for (size_t i = 0; i < count; i++) {
            CHECK(words[i] >= room + used);
            used = (size_t)(words[i] - room) + 1;
        }
        CHECK(used <= text.size + 1);
    }
    free(room);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = fuzz_input_of(data, size);
    char *bytes = fuzz_copy(input.bytes);
    emrs_text text = {bytes, input.bytes.size};
    check_file(text);
    check_words(text, 1u + fuzz_next(&input) % 16u);
    free(bytes);
    return 0;
}
