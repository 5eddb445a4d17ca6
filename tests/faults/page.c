/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "faults/page.h"

#define FAULTS_MD "tests/FAULTS.md"

const char *page_write_to;

void page_count(fault_tally *tally, int code, fault_retry retry, emrs_effect effect)
{
    tally->triple_count++;
    tally->codes |= 1u << -code;
    tally->retries |= 1u << retry;
    tally->effects |= 1u << effect;
}

void page_check_elsewhere(const fault_row *row)
{
    const char *at = row->elsewhere;
    while (at != NULL && *at != '\0') {
        char file[100], name[100], line[400];
        int taken = 0;
        bool is_there = false;
        assert_int_equal(sscanf(at, "%99[^:]: %99[^;]%n", file, name, &taken), 2);
        FILE *source = fopen(file, "r");
        assert_non_null(source);
        while (!is_there && fgets(line, sizeof line, source) != NULL) {
            const char *found = strstr(line, name);
            is_there = found != NULL && found > line && found[-1] == ' '
                       && found[strlen(name)] == '('
                       && (strncmp(line, "def ", 4) == 0 || strncmp(line, "static ", 7) == 0);
        }
        (void)fclose(source);
        if (!is_there)
            fail_msg("row %d: %s has no %s", row->number, file, name);
        at += taken;
        at += strspn(at, "; ");
    }
}

static const char *const code_names[] = {
    [0] = "ok",
    [-EMRS_E_ARGUMENT] = "ARGUMENT",
    [-EMRS_E_INSECURE] = "INSECURE",
    [-EMRS_E_SPACE] = "SPACE",
    [-EMRS_E_STATE] = "STATE",
    [-EMRS_E_CLOCK] = "CLOCK",
    [-EMRS_E_STOPPED] = "STOPPED",
    [-EMRS_E_TIMEOUT] = "TIMEOUT",
    [-EMRS_E_RESOLVE] = "RESOLVE",
    [-EMRS_E_CONNECT] = "CONNECT",
    [-EMRS_E_RESOURCE] = "RESOURCE",
    [-EMRS_E_CERTIFICATE] = "CERTIFICATE",
    [-EMRS_E_TLS] = "TLS",
    [-EMRS_E_TLS_MEMORY] = "TLS_MEMORY",
    [-EMRS_E_PROTOCOL] = "PROTOCOL",
    [-EMRS_E_TRUNCATED] = "TRUNCATED",
    [-EMRS_E_TOO_BIG] = "TOO_BIG",
    [-EMRS_E_JSON] = "JSON",
    [-EMRS_E_UNVERIFIED] = "UNVERIFIED",
    [-EMRS_E_MISMATCH] = "MISMATCH",
    [-EMRS_E_REDIRECT] = "REDIRECT",
    [-EMRS_E_PROXY] = "PROXY",
    [-EMRS_E_SERVICE] = "SERVICE",
    [-EMRS_E_AUTH] = "AUTH",
    [-EMRS_E_THROTTLED] = "THROTTLED",
    [-EMRS_E_PORT] = "PORT",
    [-EMRS_E_CREDENTIALS] = "CREDENTIALS",
};
static const char *const retry_names[] = {
    "-", "never", "yes", "once, corrected clock", "once, renewed", "once, not counted"};
static const char *const effect_names[] = {"NONE", "REFUSED", "UNKNOWN", "ACCEPTED"};

static char page[65536];
static size_t page_size;

void page_say(const char *text)
{
    size_t size = strlen(text);
    assert_true(page_size + size < sizeof page);
    memcpy(page + page_size, text, size + 1u);
    page_size += size;
}

void page_number(unsigned number)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%u", number);
    page_say(text);
}

static void say_set(uint32_t bits, const char *const names[], size_t count)
{
    bool is_first = true;
    for (size_t i = 0; i < count; i++)
        if ((bits & 1u << i) != 0) {
            page_say(is_first ? "" : ", ");
            page_say(names[i]);
            is_first = false;
        }
    page_say(" | ");
}

void page_head(void)
{
    page_say("| row | what goes wrong | class | retry | effect | cases | elsewhere | note |\n");
    page_say("|---|---|---|---|---|---|---|---|\n");
}

void page_row(const fault_row *row, const fault_tally *tally)
{
    page_say("| ");
    page_number(row->number);
    page_say(" | ");
    page_say(row->name);
    page_say(" | ");
    if (tally->triple_count == 0)
        page_say("skipped | | | ");
    say_set(tally->codes, code_names, COUNT_OF(code_names));
    say_set(tally->retries, retry_names, COUNT_OF(retry_names));
    say_set(tally->effects, effect_names, COUNT_OF(effect_names));
    page_number(tally->triple_count);
    page_say(" | ");
    page_say(row->elsewhere != NULL ? row->elsewhere : "");
    page_say(" | ");
    page_say(row->note != NULL ? row->note : "");
    page_say(" |\n");
}

/* Reads the file as it is now.      ret: its size; 0 if it does not exist yet and is to be
 * written */
static size_t read_file(char there[], size_t size_max)
{
    FILE *file = fopen(page_write_to != NULL ? page_write_to : FAULTS_MD, "r");
    if (file == NULL) {
        assert_non_null(page_write_to);
        there[0] = '\0';
        return 0;
    }
    size_t size = fread(there, 1, size_max - 1u, file);
    assert_int_equal(fclose(file), 0);
    there[size] = '\0';
    return size;
}

void page_settle(page_part part)
{
    static char there[2 * sizeof page];
    size_t size = read_file(there, sizeof there);
    const char *sources = strstr(there, PAGE_SOURCES_TITLE);
    size_t split = sources != NULL ? (size_t)(sources - there) : size;
    size_t from = part == PAGE_CALLS ? 0 : split, to = part == PAGE_CALLS ? split : size;
    if (page_write_to == NULL) {
        there[to] = '\0';
        assert_string_equal(there + from, page); /* if this fails, run make faults */
        return;
    }
    FILE *file = fopen(page_write_to, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(there, 1, from, file), from);
    assert_int_equal(fwrite(page, 1, page_size, file), page_size);
    assert_int_equal(fwrite(there + to, 1, size - to, file), size - to);
    assert_int_equal(fclose(file), 0);
}
