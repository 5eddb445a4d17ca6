/* SPDX-License-Identifier: MIT */
/* The parser of AWS's shared files: sections, items, continued lines, comments, errors. Each row
 * is what Python's configparser does; tests/peer/test_profiles.py compares the two. Also the
 * splitting of a command into words, like Python's shlex. */
#include "unit.h"

#include "ini.h"
#include "words.h"

/* ret: a copy of exactly that size, so that ASan finds an access past either end */
static char *copy_of(emrs_text text)
{
    char *copy = malloc(text.size + (text.size == 0));
    assert_non_null(copy);
    memcpy(copy, text.bytes, text.size);
    return copy;
}

/* Writes all events of a file as one line: "[section]", "key=value", "+" before each continued
 * line of a value, "!line error". */
static void dump(emrs_text file, char *text, size_t size)
{
    emrs_pen pen = emrs_pen_on(text, size - 1);
    char *copy = copy_of(file), number[16];
    ini_reader reader = ini_read((emrs_text){copy, file.size});
    ini_event event;
    for (ini_next(&reader, &event); event.kind != INI_END; ini_next(&reader, &event)) {
        emrs_text line;
        if (event.kind == INI_SECTION)
            emrs_put_form(&pen, "[*]", &event.name);
        else if (event.kind == INI_ITEM)
            emrs_put_form(&pen, "*=*", (emrs_text[]){event.name, event.value});
        while (ini_more(&event.more, &line))
            emrs_put_form(&pen, "+*", &line);
        if (event.fault != NULL) {
            int digits = snprintf(number, sizeof number, "!%u ", event.line);
            emrs_put(&pen, (emrs_text){number, (size_t)digits});
            emrs_put(&pen, (emrs_text){event.fault, strlen(event.fault)});
        }
        emrs_put_byte(&pen, '|');
    }
    assert_false(emrs_pen_full(&pen));
    text[pen.used] = '\0';
    free(copy);
}

#define FIRST "stands before the first [section]"
#define NO_SECTION "begins with '[', but is no [section] with a name and both brackets"
#define NEITHER "is neither a [section] nor key = value"
#define NO_KEY "has no key before its '=' or ':'"
#define NO_UTF8 "is not UTF-8"

static const struct {
    emrs_text file;
    const char *wanted;
} files[] = {
    {EMRS_TEXT_INIT(""), ""},
    {EMRS_TEXT_INIT("\n \t\n# a\n  ; b"), ""},
    {EMRS_TEXT_INIT("[a]"), "[a]|"},
    {EMRS_TEXT_INIT("[a] # what follows is ignored"), "[a]|"},
    {EMRS_TEXT_INIT("[ a ]\n[a]b]\n[[]]\n[x] y ] z"), "[ a ]|[a]b]|[[]]|[x] y ]|"},
    {EMRS_TEXT_INIT("  [a]\n k=v"), "[a]|k=v|"},
    {EMRS_TEXT_INIT("[a]\nk=v\n[b"), "[a]|k=v|!3 " NO_SECTION "|"},
    {EMRS_TEXT_INIT("[a]\n[]\n]["), "[a]|!2 " NO_SECTION "|!3 " NEITHER "|"},
    /* Keys and values */
    {EMRS_TEXT_INIT("[a]\nKey = v w \n"), "[a]|Key=v w|"},
    {EMRS_TEXT_INIT("[a]\nk:v=w\nl=v:w"), "[a]|k=v=w|l=v:w|"},
    {EMRS_TEXT_INIT("[a]\nk=v # no comment ; here"), "[a]|k=v # no comment ; here|"},
    {EMRS_TEXT_INIT("[a]\nk=\nl ="), "[a]|k=|l=|"},
    {EMRS_TEXT_INIT("[a]\n= v\n: w\nk"), "[a]|!2 " NO_KEY "|!3 " NO_KEY "|!4 " NEITHER "|"},
    {EMRS_TEXT_INIT("[a]\na b = c"), "[a]|a b=c|"},
    {EMRS_TEXT_INIT("[a]\nk = \"v\""), "[a]|k=\"v\"|"},
    /* Continued lines */
    {EMRS_TEXT_INIT("[a]\nk=v\n w\n\tx"), "[a]|k=v+w+x|"},
    {EMRS_TEXT_INIT("[a]\n  k=v\n  l=w\n   x"), "[a]|k=v|l=w+x|"},
    {EMRS_TEXT_INIT("[a]\nk=v\n\n # c\n\n w\n\n"), "[a]|k=v+++w|"},
    {EMRS_TEXT_INIT("[a]\nk=v\n [b]\n l=w"), "[a]|k=v+[b]+l=w|"},
    {EMRS_TEXT_INIT("[a]\ns3 =\n  x = y\n  z\nk=v"), "[a]|s3=+x = y+z|k=v|"},
    {EMRS_TEXT_INIT("[a]\nk=#v\n #w\n x"), "[a]|k=#v+x|"},
    {EMRS_TEXT_INIT("[a]\n k=v\nl=w"), "[a]|k=v|l=w|"},
    {EMRS_TEXT_INIT("[a]\n k=v\n[b]\n l=w"), "[a]|k=v|[b]|l=w|"},
    /* After a wrong line, an indented line continues the item before. */
    {EMRS_TEXT_INIT("[a]\nk=v\nbad\n [b]\n[c]"), "[a]|k=v|!3 " NEITHER "|[c]|"},
    {EMRS_TEXT_INIT("[a]\nk=v\n=\n [b]"), "[a]|k=v|!3 " NO_KEY "|[b]|"},
    {EMRS_TEXT_INIT("[a]\nbad\n [b]"), "[a]|!2 " NEITHER "|[b]|"},
    /* Ends of lines */
    {EMRS_TEXT_INIT("[a]\r\nk=v\r\n w\r\n"), "[a]|k=v+w|"},
    {EMRS_TEXT_INIT("[a]\rk=v\r\rl=w\n\r\nbad"), "[a]|k=v|l=w|!6 " NEITHER "|"},
    {EMRS_TEXT_INIT("[a]\nk=v\n\n w\nbad"), "[a]|k=v++w|!5 " NEITHER "|"},
    {EMRS_TEXT_INIT("[a]\r"), "[a]|"},
    /* Before a section */
    {EMRS_TEXT_INIT("[b\n[]\n[c=d\n[a]"),
     "!1 " NO_SECTION "|!2 " NO_SECTION "|!3 " NO_SECTION "|[a]|"},
    {EMRS_TEXT_INIT("k=v\nbad\n[a]"), "!1 " FIRST "|!2 " FIRST "|[a]|"},
    {EMRS_TEXT_INIT("\xef\xbb\xbf[a]\n[b]"),
     "!1 begins with a byte order mark: save the file as UTF-8 without it|[b]|"},
    {EMRS_TEXT_INIT("[b]\n\xef\xbb\xbf[a]"), "[b]|!2 " NEITHER "|"},
    /* White space as in Python */
    {EMRS_TEXT_INIT("\x0b[a]\x1f\nk\x1c=\x0cv\xc2\x85"), "[a]|k=v|"},
    {EMRS_TEXT_INIT("\xc2\xa0[a]\n\xe3\x80\x80k = \xe2\x80\x89v\xe2\x80\xaf\n\xc2\xa0\xc2\xa0w"),
     "[a]|k=v+w|"},
    {EMRS_TEXT_INIT("[a]\n\xc2\xa0k=v\n\xe2\x80\xa8l=w"), "[a]|k=v|l=w|"},
    {EMRS_TEXT_INIT("[a]\nk=\xe2\x80\x8bv"), "[a]|k=\xe2\x80\x8bv|"},
    {EMRS_TEXT_INIT("[a]\nk=v\xe2\x80"), "[a]|k=v\xe2\x80!2 " NO_UTF8 "|"},
    /* Bytes */
    {EMRS_TEXT_INIT("[a]\nk=v\0w\nl=w"), "[a]|k=v\0w"}, /* the dump ends at the NUL: see below */
    {EMRS_TEXT_INIT("[a]\nk=\xff\n\xc0\xaf=1\n[\x80]\n# \xff\nl=w"),
     "[a]|k=\xff!2 " NO_UTF8 "|\xc0\xaf=1!3 " NO_UTF8 "|[\x80]!4 " NO_UTF8 "|l=w|"},
    {EMRS_TEXT_INIT("[a]\nk=v\n \xff\n #\xff\n w"), "[a]|k=v+\xff+w!2 " NO_UTF8 "|"},
};

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(files); i++) {
        char text[1000];
        dump(files[i].file, text, sizeof text);
        if (strcmp(text, files[i].wanted) != 0)
            fail_msg("row %zu: wanted %s, got %s", i, files[i].wanted, text);
    }
}

static void test_a_nul_byte_is_a_fault(void **state)
{
    (void)state;
    ini_reader reader = ini_read(EMRS_TEXT("[a]\nk=v\0w\nl=v\n w\0"));
    ini_event event;
    ini_next(&reader, &event);
    for (int i = 0; i < 2; i++) {
        ini_next(&reader, &event);
        assert_int_equal(event.kind, INI_ITEM);
        assert_string_equal(event.fault, "holds a NUL byte");
    }
    ini_next(&reader, &event);
    assert_int_equal(event.kind, INI_END);
    ini_next(&reader, &event);
    assert_int_equal(event.kind, INI_END);
}

/* The first and the last character of each size, and those just outside. */
static void test_utf8(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool is_good;
    } rows[] = {{"\xc2\x80", true},
                {"\xdf\xbf", true},
                {"\xe0\xa0\x80", true},
                {"\xed\x9f\xbf", true},
                {"\xee\x80\x80", true},
                {"\xf0\x90\x80\x80", true},
                {"\xf4\x8f\xbf\xbf", true},
                {"\xc1\xbf", false},
                {"\x80", false},
                {"\xc2", false},
                {"\xc2\x7f", false},
                {"\xc2\xc0", false},
                {"\xe0\x9f\xbf", false},
                {"\xed\xa0\x80", false},
                {"\xe1\x80\x7f", false},
                {"\xf0\x8f\xbf\xbf", false},
                {"\xf4\x90\x80\x80", false},
                {"\xf5\x80\x80\x80", false},
                {"\xff", false}};
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char file[40];
        snprintf(file, sizeof file, "[a]\nk=<%s>", rows[i].bytes);
        ini_reader reader = ini_read((emrs_text){file, strlen(file)});
        ini_event event;
        ini_next(&reader, &event);
        ini_next(&reader, &event);
        if ((event.fault == NULL) != rows[i].is_good)
            fail_msg("row %zu", i);
    }
}

/* Neither tokens nor lines have a limit. */
static void test_long_lines(void **state)
{
    (void)state;
    enum { SIZE = 500000 };
    char *file = malloc(SIZE + 16);
    assert_non_null(file);
    memcpy(file, "[a]\nk = ", 8);
    memset(file + 8, 't', SIZE);
    memcpy(file + 8 + SIZE, "\n l\n", 4);
    ini_reader reader = ini_read((emrs_text){file, SIZE + 12});
    ini_event event;
    emrs_text line;
    ini_next(&reader, &event);
    ini_next(&reader, &event);
    assert_int_equal(event.value.size, SIZE);
    assert_true(ini_more(&event.more, &line));
    assert_true(emrs_text_is(line, EMRS_TEXT("l")));
    free(file);
}

static void test_blocks(void **state)
{
    (void)state;
    emrs_text key, value;
    assert_true(ini_split(EMRS_TEXT("endpoint_url = http://a=b"), &key, &value));
    assert_true(emrs_text_is(key, EMRS_TEXT("endpoint_url")));
    assert_true(emrs_text_is(value, EMRS_TEXT("http://a=b")));
    assert_true(ini_split(EMRS_TEXT("="), &key, &value));
    assert_int_equal(key.size + value.size, 0);
    assert_false(ini_split(EMRS_TEXT("a: b"), &key, &value));
    const ini_event block = {.more = EMRS_TEXT_INIT("x")},
                    text = {.value = EMRS_TEXT_INIT("x"), .more = EMRS_TEXT_INIT("x")},
                    empty = {.line = 1};
    assert_true(ini_is_block(&block));
    assert_false(ini_is_block(&text));
    assert_false(ini_is_block(&empty));
}

static const struct {
    const char *text, *wanted; /* wanted: the words, each followed by '|'; or the error */
} commands[] = {
    {"", ""},
    {" \t\r\n", ""},
    {"a", "a|"},
    {" a  b\tc\nd\re ", "a|b|c|d|e|"},
    {"'a b' \"c d\"", "a b|c d|"},
    {"a'b'\"c\"d", "abcd|"},
    {"'' \"\"", "||"},
    {"\\a \\' \\\\ a\\ b", "a|'|\\|a b|"},
    {"\"\\a \\\" \\\\ \\' \\\n\"", "\\a \" \\ \\' \\\n|"},
    {"'\\a \\ \"'", "\\a \\ \"|"},
    {"\"'\" '\"'", "'|\"|"},
    {"# a ; $HOME `b` * > c", "#|a|;|$HOME|`b`|*|>|c|"},
    {"'a", "1"},
    {"a \"b'", "1"},
    {"a\\", "2"},
    {"\"a\\", "2"},
};

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(commands); i++) {
        char got[200] = "", *words[16];
        emrs_text text = {commands[i].text, strlen(commands[i].text)};
        char *room = malloc(text.size + 1);
        size_t count = 0;
        assert_non_null(room);
        words_result result = words_split(text, room, text.size + 1, words, 16, &count);
        if (result != WORDS_SPLIT) {
            snprintf(got, sizeof got, "%d", result);
        } else {
            for (size_t at = 0; at < count; at++) {
                strcat(got, words[at]);
                strcat(got, "|");
            }
            assert_null(words[count]);
        }
        free(room);
        if (strcmp(got, commands[i].wanted) != 0)
            fail_msg("row %zu: wanted %s, got %s", i, commands[i].wanted, got);
    }
}

static void test_too_many_words(void **state)
{
    (void)state;
    char room[8], *words[3];
    size_t count = 0;
    assert_int_equal(words_split(EMRS_TEXT("a b"), room, sizeof room, words, 3, &count),
                     WORDS_SPLIT);
    assert_int_equal(count, 2);
    assert_int_equal(words_split(EMRS_TEXT("a b c"), room, sizeof room, words, 3, &count),
                     WORDS_TOO_MANY);
    assert_int_equal(words_split(EMRS_TEXT("abcdefg"), room, sizeof room, words, 3, &count),
                     WORDS_SPLIT);
    assert_int_equal(words_split(EMRS_TEXT("abcdefgh"), room, sizeof room, words, 3, &count),
                     WORDS_TOO_MANY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),          cmocka_unit_test(test_a_nul_byte_is_a_fault),
        cmocka_unit_test(test_utf8),           cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_blocks),         cmocka_unit_test(test_words),
        cmocka_unit_test(test_too_many_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
