/* SPDX-License-Identifier: MIT */
#include "json.h"

#include "../../core/json.h" /* by its path, since "json.h" is this folder's */
#include "emrs_config.h"
#include "sieve.h"
#include "emrs_text.h"

#define TEXT_INIT EMRS_TEXT_INIT

const emrs_member json_members[JSON_MEMBER_COUNT] = {
    [JSON_APPLICATION_ID] = {.name = TEXT_INIT("applicationId"), .size_max = EMRS_ID_SIZE_MAX},
    [JSON_JOB_RUN_ID] = {.name = TEXT_INIT("jobRunId"), .size_max = EMRS_ID_SIZE_MAX},
};

/* clang-format off */
#define REFUSED(row, title, document)                                                              \
    {.name = title, .fault = row, .verdict = JSON_REFUSED, .prefix = TEXT_INIT(document)}
#define REFUSED_OUTERMOST(row, title, document)                                                    \
    {.name = title,                                                                                \
     .fault = row,                                                                                 \
     .verdict = JSON_REFUSED,                                                                      \
     .outermost = true,                                                                            \
     .prefix = TEXT_INIT(document)}
#define REFUSED_LONG(row, title, start, piece, times, end)                                         \
    {.name = title, .fault = row, .verdict = JSON_REFUSED, LONG(start, piece, times, end)}
#define EMPTY(row, title, document)                                                                \
    {.name = title, .fault = row, .verdict = JSON_EMPTY, .prefix = TEXT_INIT(document)}
#define LONG(start, piece, times, end)                                                             \
    .prefix = TEXT_INIT(start), .unit = TEXT_INIT(piece), .count = times, .suffix = TEXT_INIT(end)

/* Accepted: document, the sieve's output, applicationId, jobRunId */
#define ACCEPTED(row, title, output)                                                               \
    .name = title, .fault = row, .verdict = JSON_ACCEPTED, .sieved = TEXT_INIT(output)
#define FOUND(row, title, document, output, application_id, job_run_id)                            \
    {ACCEPTED(row, title, output),                                                                 \
     .prefix = TEXT_INIT(document),                                                                \
     .values = {application_id, job_run_id}}
#define FOUND_LONG(row, title, start, piece, times, end, output, application_id, job_run_id)       \
    {ACCEPTED(row, title, output),                                                                 \
     LONG(start, piece, times, end),                                                               \
     .values = {application_id, job_run_id}}
#define NOTHING(row, title, document)                                                              \
    {ACCEPTED(row, title, ""), .prefix = TEXT_INIT(document)}
#define NOTHING_LONG(row, title, start, piece, times, end)                                         \
    {ACCEPTED(row, title, ""), LONG(start, piece, times, end)}

/* A document with a job run id alone. raw: its JSON text; passed: what the sieve passes on */
#define RUN(row, title, raw, passed, value)                                                        \
    {ACCEPTED(row, title, ",B" passed),                                            \
     .prefix = TEXT_INIT("{\"jobRunId\":" raw "}"),                                                \
     .values = {ABSENT, value}}
#define STRING_RUN(row, title, raw, passed, value)                                                 \
    {ACCEPTED(row, title, ",B\"" passed "\""),                                        \
     .prefix = TEXT_INIT("{\"jobRunId\":\"" raw "\"}"),                                            \
     .values = {ABSENT, STRING(value)}}
#define NUMBER_RUN(title, raw) RUN(91, title, raw, raw, NUMBER(raw))
#define BAD_RUN(row, title, raw) REFUSED(row, title, "{\"jobRunId\":" raw "}")
#define BAD_STRING(row, title, raw) BAD_RUN(row, title, "\"" raw "\"")

#define ABSENT {.kind = EMRS_VALUE_ABSENT}
#define OTHER {.kind = EMRS_VALUE_OTHER}
#define NIL {.kind = EMRS_VALUE_NULL}
#define NUMBER(bytes) {TEXT_INIT(bytes), EMRS_VALUE_NUMBER}
#define STRING(bytes) {TEXT_INIT(bytes), EMRS_VALUE_STRING}
#define CUT(bytes) {TEXT_INIT(bytes), EMRS_VALUE_CUT}
/* clang-format on */

#define A4 "aaaa"
#define A16 A4 A4 A4 A4
#define A56 A16 A16 A16 A4 A4
#define A60 A56 A4
#define A63 A60 "aaa"
#define A64 A60 A4
#define CLOSE4 "]]]]"
#define CLOSE31 CLOSE4 CLOSE4 CLOSE4 CLOSE4 CLOSE4 CLOSE4 CLOSE4 "]]]"
#define END4 "}}}}"
#define END32 END4 END4 END4 END4 END4 END4 END4 END4
#define BOM "\xef\xbb\xbf"
#define FACE "\xf0\x9f\x98\x80" /* U+1F600 */

const json_vector json_vectors[] = {
    /* The answer, written in all allowed ways */
    FOUND(0, "the answer", "{\"applicationId\":\"00f1\",\"jobRunId\":\"00g2\"}",
          ",A\"00f1\",B\"00g2\"", STRING("00f1"), STRING("00g2")),
    FOUND(0, "other order", "{\"jobRunId\":\"00g2\",\"applicationId\":\"00f1\"}",
          ",B\"00g2\",A\"00f1\"", STRING("00f1"), STRING("00g2")),
    FOUND(0, "unwanted members around them",
          "{\"a\":{\"b\":[1,2]},\"jobRunId\":\"r\",\"c\":\"d\",\"applicationId\":\"p\",\"e\":null}",
          ",B\"r\",A\"p\"", STRING("p"), STRING("r")),
    FOUND(0, "white space wherever it may be",
          " \t\n\r{ \t\n\r\"applicationId\" \t\n\r: \t\n\r\"p\" \t\n\r, "
          "\t\n\r\"jobRunId\"\r:\n\"r\"\t}\r\n",
          ",A\"p\",B\"r\"", STRING("p"), STRING("r")),
    NOTHING(0, "white space in nests",
            " { \"a\" : [ ] , \"b\" : [ 1 , [ ] , { } ] , \"c\" : { } } "),
    FOUND_LONG(0, "70000 spaces", "{", " ", 70000, "\"jobRunId\":\"r\"}", ",B\"r\"", ABSENT,
               STRING("r")),
    NOTHING_LONG(0, "70000 line ends after it", "{}", "\n", 70000, ""),
    NOTHING(0, "empty object", "{}"),
    NOTHING(0, "empty object, spaced", "{ \n}"),
    NOTHING(0, "empty key", "{\"\":\"\"}"),
    NOTHING(0, "empty key twice", "{\"\":0,\"\":[]}"),
    NOTHING(0, "every kind of value",
            "{\"a\":\"\",\"b\":0,\"c\":true,\"d\":false,\"e\":null,\"f\":{},\"g\":[],\"h\":[{}]}"),
    FOUND(95, "ids of another job run", "{\"applicationId\":\"x\",\"jobRunId\":\"y\"}",
          ",A\"x\",B\"y\"", STRING("x"), STRING("y")),

    /* Wanted keys, and keys that are similar */
    NOTHING(0, "wanted key is a prefix of it", "{\"jobRunIds\":\"x\"}"),
    NOTHING(0, "wanted key is a suffix of it", "{\"ajobRunId\":\"x\"}"),
    NOTHING(0, "it is a prefix of the wanted key", "{\"jobRunI\":\"x\"}"),
    NOTHING(0, "it is a suffix of the wanted key", "{\"obRunId\":\"x\"}"),
    NOTHING(0, "one letter of the wanted key", "{\"j\":\"x\",\"a\":\"y\"}"),
    NOTHING(0, "wanted key twice in one", "{\"jobRunIdjobRunId\":\"x\"}"),
    NOTHING(0, "one wanted key runs into another", "{\"applicationIdjobRunId\":\"x\"}"),
    NOTHING(0, "other case", "{\"jobRunID\":\"x\",\"JobRunId\":\"y\",\"jobrunid\":\"z\"}"),
    NOTHING(0, "wanted key with a space before", "{\" jobRunId\":\"x\"}"),
    NOTHING(0, "wanted key with a space after", "{\"jobRunId \":\"x\"}"),
    NOTHING(0, "wanted key with a NUL after", "{\"jobRunId\\u0000\":\"x\"}"),
    NOTHING(0, "wanted key with a NUL before", "{\"\\u0000jobRunId\":\"x\"}"),
    NOTHING(0, "wanted key quoted once more", "{\"\\\"jobRunId\\\"\":\"x\"}"),
    NOTHING(0, "wanted key spelled as an escape would be", "{\"\\\\u006aobRunId\":\"x\"}"),
    NOTHING(0, "wanted key as a value",
            "{\"a\":\"jobRunId\",\"b\":[\"jobRunId\",\"applicationId\"]}"),
    NOTHING(0, "wanted member's text as a value", "{\"a\":\"\\\"jobRunId\\\":\\\"x\\\"\"}"),
    NOTHING(0, "wanted key nested", "{\"a\":{\"jobRunId\":\"x\",\"applicationId\":\"y\"}}"),
    NOTHING(0, "wanted key nested in an array",
            "{\"a\":[{\"jobRunId\":\"x\"},{\"jobRunId\":\"y\"}]}"),
    NOTHING(0, "wanted key in UTF-8 of full width", "{\"\xef\xbd\x8aobRunId\":\"x\"}"),
    FOUND(0, "nested before the real one",
          "{\"a\":{\"jobRunId\":\"x\"},\"jobRunId\":\"r\",\"b\":[{\"jobRunId\":\"y\"}]}", ",B\"r\"",
          ABSENT, STRING("r")),
    FOUND(0, "look-alikes around the real one",
          "{\"jobRunI\":1,\"jobRunId\":\"r\",\"jobRunIdd\":2,\"jobRunJd\":3}", ",B\"r\"", ABSENT,
          STRING("r")),
    NOTHING_LONG(0, "256 bytes before the wanted key", "{\"", "a", 256, "jobRunId\":\"x\"}"),
    NOTHING_LONG(0, "256 bytes after the wanted key", "{\"jobRunId", "a", 256, "\":\"x\"}"),
    NOTHING_LONG(0, "248 bytes after the wanted key", "{\"jobRunId", "a", 248, "\":\"x\"}"),
    NOTHING_LONG(0, "256 bytes inside the wanted key", "{\"jobR", "a", 256, "unId\":\"x\"}"),
    NOTHING_LONG(0, "65536 bytes before the wanted key", "{\"", "a", 65536, "jobRunId\":\"x\"}"),
    NOTHING_LONG(0, "65536 bytes after the wanted key", "{\"jobRunId", "a", 65536, "\":\"x\"}"),
    NOTHING_LONG(0, "wanted key 32 times in one key", "{\"", "jobRunId", 32, "\":\"x\"}"),
    FOUND_LONG(0, "300 unwanted members, all alike", "{", "\"k\":{\"jobRunId\":0},", 300,
               "\"jobRunId\":\"r\"}", ",B\"r\"", ABSENT, STRING("r")),
    FOUND_LONG(89, "more than 9000 tokens", "{\"a\":[", "{\"b\":[]},", 3000,
               "0],\"jobRunId\":\"r\"}", ",B\"r\"", ABSENT, STRING("r")),

    /* No document */
    EMPTY(78, "no bytes", ""),
    EMPTY(78, "a space", " "),
    EMPTY(78, "a line end", "\r\n"),
    EMPTY(78, "white space only", " \t\n\r \t\n\r"),

    /* Documents that end early */
    REFUSED(87, "ends after {", "{"),
    REFUSED(87, "ends in a key", "{\"jobRunId"),
    REFUSED(87, "ends after a key", "{\"jobRunId\""),
    REFUSED(87, "ends after a colon", "{\"jobRunId\":"),
    REFUSED(87, "ends at a string's quote", "{\"jobRunId\":\""),
    REFUSED(87, "ends in a string", "{\"jobRunId\":\"r"),
    REFUSED(87, "ends after a string", "{\"jobRunId\":\"r\""),
    REFUSED(87, "ends after a comma", "{\"jobRunId\":\"r\","),
    REFUSED(87, "ends in a literal", "{\"a\":tru"),
    REFUSED(87, "ends after a literal", "{\"a\":true"),
    REFUSED(87, "ends in a number", "{\"a\":12"),
    REFUSED(87, "ends after a minus", "{\"a\":-"),
    REFUSED(87, "ends in an escape", "{\"a\":\"\\"),
    REFUSED(87, "ends in \\u", "{\"a\":\"\\u00"),
    REFUSED(87, "ends in a pair", "{\"a\":\"\\ud83d"),
    REFUSED(87, "ends in a character", "{\"a\":\"\xf0\x9f\x98"),
    REFUSED(87, "ends in an array", "{\"a\":["),
    REFUSED(87, "ends after an element", "{\"a\":[1"),
    REFUSED(87, "ends after an array", "{\"a\":[]"),
    REFUSED(87, "ends in a nested object", "{\"jobRunId\":\"r\",\"a\":{\"b\":1}"),
    REFUSED_LONG(87, "ends in a long string", "{\"a\":\"", "a", 5000, ""),

    /* Bytes after or before the document */
    REFUSED(87, "two roots", "{}{}"),
    REFUSED(87, "two roots, spaced", "{} {}"),
    REFUSED(87, "two answers", "{\"jobRunId\":\"r\"}\n{\"jobRunId\":\"s\"}"),
    REFUSED(87, "array after the root", "{}[]"),
    REFUSED(87, "string after the root", "{}\"\""),
    REFUSED(87, "number after the root", "{}0"),
    REFUSED(87, "null after the root", "{} null"),
    REFUSED(87, "letter after the root", "{}x"),
    REFUSED(87, "} too many", "{}}"),
    REFUSED(87, "] too many", "{}]"),
    REFUSED(87, "comma after the root", "{},"),
    REFUSED(87, "colon after the root", "{}:"),
    REFUSED(87, "NUL after the root", "{}\0"),
    REFUSED(87, "NUL and a second root", "{}\0{}"),
    REFUSED(87, "vertical tab after the root", "{}\v"),
    REFUSED(87, "form feed after the root", "{}\f"),
    REFUSED(87, "DEL after the root", "{}\x7f"),
    REFUSED(87, "no-break space after the root", "{}\xc2\xa0"),
    REFUSED(87, "BOM after the root", "{}" BOM),
    REFUSED(87, "0xff after the root", "{}\xff"),
    REFUSED(87, "comment after the root", "{}//"),
    REFUSED(87, "letter before the root", "x{}"),
    REFUSED(87, "colon before the root", ":{}"),
    REFUSED(87, "} before the root", "}{}"),
    REFUSED(87, "NUL before the root", "\0{}"),
    REFUSED(87, "vertical tab before the root", "\v{}"),
    REFUSED(87, "no-break space before the root", "\xc2\xa0{}"),
    REFUSED(87, ")]}' before the root", ")]}',\n{}"),
    REFUSED(87, "NUL alone", "\0"),
    REFUSED(87, "HTML", "<!DOCTYPE html><html><body>{}</body></html>"),
    REFUSED(87, "XML", "<?xml version=\"1.0\"?><Error/>"),

    /* An outermost value that is not an object */
    REFUSED_OUTERMOST(88, "outermost array", "[]"),
    REFUSED_OUTERMOST(88, "outermost array of the answer", "[{\"jobRunId\":\"r\"}]"),
    REFUSED_OUTERMOST(88, "outermost string", "\"jobRunId\""),
    REFUSED_OUTERMOST(88, "outermost string with an object", "\"{}\""),
    REFUSED_OUTERMOST(88, "outermost zero", "0"),
    REFUSED_OUTERMOST(88, "outermost number", "-1.5e3"),
    REFUSED_OUTERMOST(88, "outermost true", "true"),
    REFUSED_OUTERMOST(88, "outermost false", " false "),
    REFUSED_OUTERMOST(88, "outermost null", "null"),

    /* Depth */
    NOTHING_LONG(89, "arrays 32 deep", "{\"a\":", "[", 31, CLOSE31 "}"),
    REFUSED_LONG(89, "arrays 33 deep", "{\"a\":", "[", 32, CLOSE31 "]}"),
    NOTHING_LONG(89, "objects 32 deep", "", "{\"a\":", 31,
                 "{}" END4 END4 END4 END4 END4 END4 END4 "}}}"),
    REFUSED_LONG(89, "objects 33 deep", "", "{\"a\":", 32, "{}" END32),
    FOUND_LONG(89, "wanted member 32 deep", "{\"jobRunId\":", "[", 31, CLOSE31 "}", ",Bt", ABSENT,
               OTHER),
    REFUSED_LONG(89, "wanted member 33 deep", "{\"jobRunId\":", "[", 32, CLOSE31 "]}"),
    FOUND_LONG(89, "32 deep, then the answer", "{\"a\":", "[", 31, CLOSE31 ",\"jobRunId\":\"r\"}",
               ",B\"r\"", ABSENT, STRING("r")),
    NOTHING_LONG(89, "32 deep, a thousand times", "{\"a\":[0",
                 ",[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" CLOSE4 CLOSE4 CLOSE4 CLOSE4 CLOSE4 CLOSE4 CLOSE4
                 "]]",
                 1000, "]}"),
    NOTHING(89, "mixed 32 deep",
            "{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":["
            "{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":["
            "]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}"),
    REFUSED(89, "mixed 33 deep",
            "{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":["
            "{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{\"a\":[{"
            "}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}]}"),
    REFUSED_LONG(89, "arrays 10000 deep", "{\"a\":", "[", 10000, ""),
    REFUSED_LONG(89, "objects 10000 deep", "", "{\"a\":", 10000, ""),
    REFUSED_LONG(89, "arrays 257 deep, closed", "{\"a\":[", "[", 256, "]}"),
    REFUSED_LONG(89, "bare arrays 10000 deep", "", "[", 10000, ""),

    /* A member twice */
    REFUSED_OUTERMOST(90, "twice", "{\"jobRunId\":\"r\",\"jobRunId\":\"r\"}"),
    REFUSED_OUTERMOST(90, "twice, the second escaped",
                      "{\"jobRunId\":\"r\",\"\\u006aobRunId\":\"s\"}"),
    REFUSED_OUTERMOST(90, "twice, the first escaped",
                      "{\"\\u006AobRunI\\u0064\":\"r\",\"jobRunId\":\"s\"}"),
    REFUSED_OUTERMOST(90, "twice, both escaped", "{\"job\\u0052unId\":1,\"jobRun\\u0049d\":1}"),
    REFUSED_OUTERMOST(90, "twice, with the other between",
                      "{\"applicationId\":\"p\",\"jobRunId\":\"r\",\"applicationId\":\"p\"}"),
    REFUSED_OUTERMOST(90, "twice, first null", "{\"jobRunId\":null,\"jobRunId\":\"r\"}"),
    REFUSED_OUTERMOST(90, "twice, first an object", "{\"jobRunId\":{},\"jobRunId\":\"r\"}"),
    REFUSED_OUTERMOST(90, "twice, first cut", "{\"jobRunId\":\"" A64 "a\",\"jobRunId\":\"r\"}"),
    NOTHING(90, "twice, nested", "{\"a\":{\"jobRunId\":1,\"jobRunId\":2}}"),
    FOUND(90, "once nested in itself", "{\"jobRunId\":{\"jobRunId\":\"x\"}}", ",Bt", ABSENT, OTHER),
    FOUND(90, "unwanted twice", "{\"a\":1,\"jobRunId\":\"r\",\"a\":2}", ",B\"r\"", ABSENT,
          STRING("r")),

    /* Ids that are not strings, or are too long */
    RUN(91, "null", "null", "n", NIL),
    RUN(91, "true", "true", "t", OTHER),
    RUN(91, "false", "false", "f", OTHER),
    RUN(91, "id is an empty object", "{}", "t", OTHER),
    RUN(91, "id is an empty array", "[]", "t", OTHER),
    RUN(91, "array of the id", "[\"r\"]", "t", OTHER),
    RUN(91, "object of the id", "{\"id\":\"r\",\"n\":[1,{}]}", "t", OTHER),
    RUN(91, "object with wanted names", "{\"applicationId\":\"p\",\"jobRunId\":\"r\"}", "t", OTHER),
    FOUND(91, "object, then the other id", "{\"jobRunId\":{\"a\":[\"x\"]},\"applicationId\":\"p\"}",
          ",Bt,A\"p\"", STRING("p"), OTHER),
    FOUND(91, "number, then the other id", "{\"jobRunId\":12,\"applicationId\":\"p\"}",
          ",B12,A\"p\"", STRING("p"), NUMBER("12")),
    STRING_RUN(91, "empty string", "", "", ""),
    STRING_RUN(91, "looks like null", "null", "null", "null"),
    STRING_RUN(91, "63 bytes", A63, A63, A63),
    STRING_RUN(91, "64 bytes", A64, A64, A64),
    RUN(91, "65 bytes", "\"" A64 "b\"", "\"" A64 "\"", CUT(A64)),
    RUN(91, "65 bytes, the last escaped", "\"" A64 "\\u0062\"", "\"" A64 "\"", CUT(A64)),
    STRING_RUN(91, "64 bytes, the last two one character", A60 "aa\xc3\xa9", A60 "aa\xc3\xa9",
               A60 "aa\xc3\xa9"),
    RUN(91, "cut before a character of two",
        "\"" A63 "\xc3\xa9"
        "b\"",
        "\"" A63 "\"", CUT(A63)),
    RUN(91, "cut before a character of three",
        "\"" A60 "aa\xe2\x82\xac"
        "b\"",
        "\"" A60 "aa\"", CUT(A60 "aa")),
    RUN(91, "cut before a character of four", "\"" A60 "a" FACE "b\"", "\"" A60 "a\"",
        CUT(A60 "a")),
    RUN(91, "cut before a pair", "\"" A60 "a\\ud83d\\ude00b\"", "\"" A60 "a\"", CUT(A60 "a")),
    RUN(91, "cut before a quote", "\"" A63 "\\\"b\"", "\"" A63 "\"", CUT(A63)),
    RUN(91, "cut before a backslash", "\"" A63 "\\\\b\"", "\"" A63 "\"", CUT(A63)),
    RUN(91, "cut before a line end", "\"" A60 "\\n\"", "\"" A60 "\"", CUT(A60)),
    STRING_RUN(91, "64 bytes with a quote", A60 "aa\\\"", A60 "aa\\\"", A60 "aa\""),
    STRING_RUN(91, "64 bytes with a line end", A56 "aa\\n", A56 "aa\\u000a", A56 "aa\n"),
    FOUND_LONG(91, "65600 bytes", "{\"jobRunId\":\"" A64, "b", 65536, "\"}", ",B\"" A64 "\"",
               ABSENT, CUT(A64)),
    FOUND_LONG(91, "11000 escapes", "{\"jobRunId\":\"" A60, "\\u0000", 11000, A64 "\"}",
               ",B\"" A60 "\"", ABSENT, CUT(A60)),
    FOUND_LONG(91, "number of 65600 digits", "{\"jobRunId\":1", "0", 65600,
               ",\"applicationId\":\"p\"}", ",B100000000000000000000000,A\"p\"", STRING("p"),
               OTHER),
    FOUND(91, "both cut", "{\"applicationId\":\"" A64 "b\",\"jobRunId\":\"" A64 "c\"}",
          ",A\"" A64 "\",B\"" A64 "\"", CUT(A64), CUT(A64)),
    FOUND(91, "one cut, one whole", "{\"applicationId\":\"" A64 "b\",\"jobRunId\":\"r\"}",
          ",A\"" A64 "\",B\"r\"", CUT(A64), STRING("r")),

    /* Escapes */
    STRING_RUN(92, "escaped letter", "\\u0061", "a", "a"),
    STRING_RUN(92, "escaped id", "0\\u0030f1\\u0061\\u007a", "00f1az", "00f1az"),
    STRING_RUN(92, "hexadecimal of both cases", "\\u006a\\u006A\\u00e9\\u00E9\\uABCD\\uabcd",
               "jj\xc3\xa9\xc3\xa9\xea\xaf\x8d\xea\xaf\x8d",
               "jj\xc3\xa9\xc3\xa9\xea\xaf\x8d\xea\xaf\x8d"),
    STRING_RUN(92, "all short escapes", "\\\"\\\\\\/\\b\\f\\n\\r\\t",
               "\\\"\\\\/\\u0008\\u000c\\u000a\\u000d\\u0009", "\"\\/\b\f\n\r\t"),
    STRING_RUN(92, "escaped quote and backslash", "\\u0022\\u005c\\u005C\\u002f", "\\\"\\\\\\\\/",
               "\"\\\\/"),
    STRING_RUN(92, "escaped NUL", "a\\u0000b", "a\\u0000b", "a\0b"),
    STRING_RUN(92, "escaped control bytes", "\\u0001\\u001f\\u0010", "\\u0001\\u001f\\u0010",
               "\x01\x1f\x10"),
    STRING_RUN(92, "escaped DEL", "\\u007f", "\x7f", "\x7f"),
    STRING_RUN(92, "escape that is spelled out", "\\\\u0061", "\\\\u0061", "\\u0061"),
    STRING_RUN(92, "many backslashes", "\\\\\\\\\\\\\\\"", "\\\\\\\\\\\\\\\"", "\\\\\\\""),
    STRING_RUN(92, "ends in a backslash", "a\\\\", "a\\\\", "a\\"),
    STRING_RUN(92, "raw slash", "a/b", "a/b", "a/b"),
    STRING_RUN(92, "least of two bytes", "\\u0080", "\xc2\x80", "\xc2\x80"),
    STRING_RUN(92, "least of three bytes", "\\u07ff\\u0800", "\xdf\xbf\xe0\xa0\x80",
               "\xdf\xbf\xe0\xa0\x80"),
    STRING_RUN(92, "around the surrogates", "\\ud7ff\\ue000", "\xed\x9f\xbf\xee\x80\x80",
               "\xed\x9f\xbf\xee\x80\x80"),
    STRING_RUN(92, "non-characters", "\\ufffe\\uffff\\ufdd0",
               "\xef\xbf\xbe\xef\xbf\xbf\xef\xb7\x90", "\xef\xbf\xbe\xef\xbf\xbf\xef\xb7\x90"),
    STRING_RUN(92, "pair", "\\ud83d\\ude00", FACE, FACE),
    STRING_RUN(92, "pair in capitals", "\\uD83D\\uDE00", FACE, FACE),
    STRING_RUN(92, "least pair", "\\ud800\\udc00", "\xf0\x90\x80\x80", "\xf0\x90\x80\x80"),
    STRING_RUN(92, "greatest pair", "\\udbff\\udfff", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf"),
    STRING_RUN(92, "two pairs", "\\ud83d\\ude00\\ud83d\\ude00x", FACE FACE "x", FACE FACE "x"),
    FOUND(92, "escaped key", "{\"\\u006aobRunId\":\"r\"}", ",B\"r\"", ABSENT, STRING("r")),
    FOUND(92, "key of escapes only",
          "{\"\\u006a\\u006f\\u0062\\u0052\\u0075\\u006e\\u0049\\u0064\":\"\\u0072\"}", ",B\"r\"",
          ABSENT, STRING("r")),
    NOTHING(92, "unwanted escapes", "{\"\\n\\u00e9\\\"\":\"\\b\\f\\\\\\/\\ud83d\\ude00\"}"),
    BAD_STRING(93, "escape x", "\\x61"),
    BAD_STRING(93, "escape a", "\\a"),
    BAD_STRING(93, "escape v", "\\v"),
    BAD_STRING(93, "escape 0", "\\0"),
    BAD_STRING(93, "escape '", "\\'"),
    BAD_STRING(93, "escape N", "\\N"),
    BAD_STRING(93, "escape U", "\\U0061"),
    BAD_STRING(93, "escape space", "\\ "),
    BAD_STRING(93, "escape line end", "\\\n"),
    BAD_STRING(93, "escape NUL", "\\\0"),
    BAD_STRING(93, "escape beyond ASCII", "\\\xc3\xa9"),
    BAD_STRING(93, "\\u without digits", "\\u"),
    BAD_STRING(93, "\\u with three digits", "\\u006"),
    BAD_STRING(93, "\\u with g", "\\u00g0"),
    BAD_STRING(93, "\\u with G", "\\u000G"),
    BAD_STRING(93, "\\u with @, just before A", "\\u004@"),
    BAD_STRING(93, "\\u with `, just before a", "\\u004`"),
    BAD_STRING(93, "\\u with :, just after 9", "\\u004:"),
    BAD_STRING(93, "\\u with /, just before 0", "\\u004/"),
    BAD_STRING(93, "\\u with a sign", "\\u+061"),
    BAD_STRING(93, "\\u with a minus", "\\u-061"),
    BAD_STRING(93, "\\u with a space", "\\u 061"),
    BAD_STRING(93, "\\u with 0x", "\\u0x61"),
    BAD_STRING(93, "\\u in braces", "\\u{61}"),
    BAD_STRING(93, "\\u with a NUL",
               "\\u00\0"
               "61"),
    BAD_STRING(93, "\\u with digits of full width",
               "\\u\xef\xbc\x90\xef\xbc\x90"
               "61"),
    REFUSED(93, "bad escape in an unwanted member", "{\"a\":\"\\x\"}"),
    REFUSED(93, "bad escape in a key", "{\"\\x\":0}"),
    REFUSED(93, "escape outside a string", "{\\u0022a\\u0022:0}"),
    REFUSED(93, "escaped white space", "{\\n}"),

    /* Surrogates */
    BAD_STRING(93, "high alone", "\\ud83d"),
    BAD_STRING(93, "high alone, least", "\\ud800"),
    BAD_STRING(93, "high alone, greatest", "\\udbff"),
    BAD_STRING(93, "low alone", "\\ude00"),
    BAD_STRING(93, "low alone, least", "\\udc00"),
    BAD_STRING(93, "low alone, greatest", "\\udfff"),
    BAD_STRING(93, "pair reversed", "\\ude00\\ud83d"),
    BAD_STRING(93, "high, high, low", "\\ud83d\\ud83d\\ude00"),
    BAD_STRING(93, "high, low, low", "\\ud83d\\ude00\\ude00"),
    BAD_STRING(93, "high and a letter", "\\ud83da"),
    BAD_STRING(93, "high and an escaped letter", "\\ud83d\\u0061"),
    BAD_STRING(93, "high and \\n", "\\ud83d\\n"),
    BAD_STRING(93, "high and an escaped backslash", "\\ud83d\\\\ude00"),
    BAD_STRING(93, "high and an escaped quote", "\\ud83d\\\""),
    BAD_STRING(93, "high and U+E000", "\\ud83d\\ue000"),
    BAD_STRING(93, "high and U+DBFF", "\\ud83d\\udbff"),
    BAD_STRING(93, "high and a raw character", "\\ud83d" FACE),
    BAD_STRING(93, "high and a raw low", "\\ud83d\xed\xb8\x80"),
    BAD_STRING(93, "high, a letter, low", "\\ud83dx\\ude00"),
    REFUSED(93, "high alone in an unwanted member", "{\"a\":\"\\ud83d\"}"),
    REFUSED(93, "low alone in a key", "{\"\\ude00\":0}"),
    REFUSED(93, "high over two strings", "{\"a\":[\"\\ud83d\",\"\\ude00\"]}"),

    /* UTF-8 */
    STRING_RUN(93, "greatest of each size", "\x7f\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf",
               "\x7f\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf",
               "\x7f\xdf\xbf\xef\xbf\xbf\xf4\x8f\xbf\xbf"),
    STRING_RUN(93, "least of each size", "\x20\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80",
               "\x20\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80",
               "\x20\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80"),
    STRING_RUN(93, "raw, around the surrogates", "\xed\x9f\xbf\xee\x80\x80",
               "\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80"),
    STRING_RUN(93, "BOM inside a string", BOM, BOM, BOM),
    STRING_RUN(93, "line separators inside a string", "\xe2\x80\xa8\xe2\x80\xa9",
               "\xe2\x80\xa8\xe2\x80\xa9", "\xe2\x80\xa8\xe2\x80\xa9"),
    NOTHING(93, "UTF-8 in unwanted members",
            "{\"\xc3\xa9\":\"\xe2\x82\xac\",\"" FACE "\":[\"" FACE "\"]}"),
    BAD_STRING(93, "overlong NUL", "\xc0\x80"),
    BAD_STRING(93, "overlong slash of two", "\xc0\xaf"),
    BAD_STRING(93, "overlong quote of two", "\xc0\xa2"),
    BAD_STRING(93, "overlong DEL", "\xc1\xbf"),
    BAD_STRING(93, "overlong slash of three", "\xe0\x80\xaf"),
    BAD_STRING(93, "overlong U+07FF", "\xe0\x9f\xbf"),
    BAD_STRING(93, "overlong slash of four", "\xf0\x80\x80\xaf"),
    BAD_STRING(93, "overlong U+FFFF", "\xf0\x8f\xbf\xbf"),
    BAD_STRING(93, "overlong of five", "\xf8\x80\x80\x80\xaf"),
    BAD_STRING(93, "overlong of six", "\xfc\x80\x80\x80\x80\xaf"),
    BAD_STRING(93, "least surrogate", "\xed\xa0\x80"),
    BAD_STRING(93, "greatest surrogate", "\xed\xbf\xbf"),
    BAD_STRING(93, "pair as surrogate bytes", "\xed\xa0\xbd\xed\xb8\x80"),
    BAD_STRING(93, "U+110000", "\xf4\x90\x80\x80"),
    BAD_STRING(93, "U+1FFFFF", "\xf7\xbf\xbf\xbf"),
    BAD_STRING(93, "lead 0xf5", "\xf5\x80\x80\x80"),
    BAD_STRING(93, "lead 0xfe", "\xfe"),
    BAD_STRING(93, "lead 0xff", "\xff"),
    BAD_STRING(93, "the second of two missing", "\xc3"),
    BAD_STRING(93, "the third of three missing", "\xe2\x82"),
    BAD_STRING(93, "the fourth of four missing", "\xf0\x9f\x98"),
    BAD_STRING(93, "letters for the second of two",
               "\xc3"
               "ab"),
    BAD_STRING(93, "continuation alone", "\x80"),
    BAD_STRING(93, "greatest continuation alone", "\xbf"),
    BAD_STRING(93, "continuation too many", "\xc3\xa9\xa9"),
    BAD_STRING(93, "second of three is ASCII", "\xe2\x28\xa1"),
    BAD_STRING(93, "third of three is ASCII", "\xe2\x82\x28"),
    BAD_STRING(93, "third of four is a lead", "\xf0\x90\xc3\xbc"),
    BAD_STRING(93, "escape inside a character", "\xe2\\u0082\xac"),
    BAD_STRING(93, "Latin-1", "caf\xe9"),
    REFUSED(93, "bad UTF-8 in an unwanted member", "{\"a\":\"\xff\"}"),
    REFUSED(93, "bad UTF-8 in a key", "{\"\xc3(\":0}"),
    REFUSED(93, "bad UTF-8 in a key after a wanted one's start", "{\"job\xed\xa0\x80\":0}"),
    REFUSED(93, "UTF-8 outside a string", "{\xc3\xa9:0}"),
    REFUSED_LONG(93, "bad UTF-8 after 4096 bytes", "{\"a\":\"", "abcdefgh", 512, "\x80\"}"),
    REFUSED(93, "BOM", BOM "{}"),
    REFUSED(93, "BOM and the answer", BOM "{\"applicationId\":\"p\",\"jobRunId\":\"r\"}"),
    REFUSED(93, "BOM alone", BOM),
    REFUSED(93, "half a BOM", "\xef\xbb{}"),
    REFUSED(93, "BOM between tokens", "{" BOM "\"a\":0}"),
    REFUSED(93, "UTF-16, big end first", "\0{\0}"),
    REFUSED(93, "UTF-16, little end first", "{\0}\0"),
    REFUSED(93, "UTF-16 with a BOM", "\xff\xfe{\0}\0"),
    REFUSED(93, "UTF-32", "\0\0\0{\0\0\0}"),

    /* Control bytes */
    BAD_STRING(93, "raw NUL", "a\0b"),
    BAD_STRING(93, "raw 0x01", "\x01"),
    BAD_STRING(93, "raw tab", "a\tb"),
    BAD_STRING(93, "raw line feed", "a\nb"),
    BAD_STRING(93, "raw carriage return", "a\rb"),
    BAD_STRING(93, "raw escape", "\x1b[2J"),
    BAD_STRING(93, "raw 0x1f", "\x1f"),
    REFUSED(93, "raw tab in an unwanted member", "{\"a\":\"b\tc\"}"),
    REFUSED(93, "raw NUL in an unwanted member", "{\"a\":\"b\0c\"}"),
    REFUSED(93, "raw NUL in a key", "{\"jobRunId\0\":0}"),
    REFUSED(93, "raw line feed in a key", "{\"a\n\":0}"),
    REFUSED(93, "NUL between tokens", "{\0\"a\":0}"),
    REFUSED(93, "NUL after a value", "{\"a\":0\0}"),
    REFUSED(93, "NUL in a literal", "{\"a\":nu\0ll}"),
    REFUSED(93, "NUL in a number",
            "{\"a\":1\0"
            "2}"),
    REFUSED(93, "vertical tab between tokens", "{\"a\":\v0}"),
    REFUSED(93, "form feed between tokens", "{\f}"),
    REFUSED(93, "backspace between tokens", "{\"a\"\b:0}"),
    REFUSED(93, "DEL between tokens", "{\x7f}"),
    REFUSED(93, "no-break space between tokens",
            "{\"a\":\xc2\xa0"
            "0}"),
    REFUSED(93, "line separator between tokens",
            "{\"a\":\xe2\x80\xa8"
            "0}"),
    REFUSED(93, "ideographic space between tokens", "{\xe3\x80\x80}"),

    /* What jsmn accepts */
    REFUSED(94, "no value", "{\"a\":}"),
    REFUSED(94, "key alone", "{\"a\"}"),
    REFUSED(94, "no colon", "{\"a\" \"b\"}"),
    REFUSED(94, "four colons", "{\"a\"::::\"b\"}"),
    REFUSED(94, "comma first", ",{}"),
    REFUSED(94, "comma last", "{\"a\":1,}"),
    REFUSED(94, "array with a comma first", "{\"a\":[,1]}"),
    REFUSED(94, "half a literal", "{\"a\":tru}"),
    REFUSED(94, "wanted key alone", "{\"jobRunId\"}"),
    REFUSED(94, "wanted key without colon", "{\"jobRunId\" \"r\"}"),
    REFUSED(94, "wanted key with two colons", "{\"jobRunId\"::\"r\"}"),
    REFUSED(94, "wanted member and a comma", "{\"jobRunId\":\"r\",}"),
    REFUSED(94, "comma for a colon", "{\"jobRunId\",\"r\"}"),
    REFUSED(94, "colon for a comma", "{\"a\":1:\"b\":2}"),
    REFUSED(94, "no comma", "{\"a\":1 \"b\":2}"),
    REFUSED(94, "two commas", "{\"a\":1,,\"b\":2}"),
    REFUSED(94, "comma only", "{,}"),
    REFUSED(94, "colon only", "{:}"),
    REFUSED(94, "no key", "{:1}"),
    REFUSED(94, "two values", "{\"a\":1:2}"),
    REFUSED(94, "two strings", "{\"jobRunId\":\"r\"\"s\"}"),
    REFUSED(94, "value without a key", "{\"r\",\"s\":1}"),
    REFUSED(94, "array with a comma last", "{\"a\":[1,]}"),
    REFUSED(94, "array with two commas", "{\"a\":[1,,2]}"),
    REFUSED(94, "array with a comma only", "{\"a\":[,]}"),
    REFUSED(94, "array without comma", "{\"a\":[1 2]}"),
    REFUSED(94, "array of strings without comma", "{\"a\":[\"b\"\"c\"]}"),
    REFUSED(94, "array with a colon", "{\"a\":[\"b\":1]}"),
    REFUSED(94, "] closes {", "{\"a\":{]}"),
    REFUSED(94, "} closes [", "{\"a\":[}"),
    REFUSED(94, "] closes the root", "{]"),
    REFUSED(94, "crossed brackets", "{\"a\":[{\"b\":1]}}"),
    REFUSED(94, "} closes [ after an element", "{\"a\":[1}}"),
    REFUSED(94, "] closes { after a member", "{\"a\":{\"b\":1]}"),
    REFUSED(94, "] for }", "{\"a\":1]"),
    REFUSED(94, "key is a number", "{1:2}"),
    REFUSED(94, "key is true", "{true:1}"),
    REFUSED(94, "key is null", "{null:1}"),
    REFUSED(94, "key is an array", "{[]:1}"),
    REFUSED(94, "key is an object", "{{}:1}"),
    REFUSED(94, "key without quotes", "{jobRunId:\"r\"}"),
    REFUSED(94, "single quotes", "{'jobRunId':'r'}"),
    REFUSED(94, "value in single quotes", "{\"jobRunId\":'r'}"),
    REFUSED(94, "value without quotes", "{\"jobRunId\":00f1}"),
    REFUSED(94, "back quotes", "{\"jobRunId\":`r`}"),
    REFUSED(94, "typographic quotes", "{\"jobRunId\":\xe2\x80\x9cr\xe2\x80\x9d}"),
    REFUSED(94, "equals sign", "{\"jobRunId\"=\"r\"}"),
    REFUSED(94, "semicolon", "{\"a\":1;\"b\":2}"),
    REFUSED(94, "line comment", "{//\n}"),
    REFUSED(94, "block comment", "{\"a\":/**/1}"),
    REFUSED(94, "hash comment", "{#\n}"),
    REFUSED(94, "parentheses", "({})"),

    /* Literals */
    BAD_RUN(94, "True", "True"),
    BAD_RUN(94, "TRUE", "TRUE"),
    BAD_RUN(94, "tRue", "tRue"),
    BAD_RUN(94, "nul", "nul"),
    BAD_RUN(94, "nulll", "nulll"),
    BAD_RUN(94, "falsE", "falsE"),
    BAD_RUN(94, "false0", "false0"),
    BAD_RUN(94, "truefalse", "truefalse"),
    BAD_RUN(94, "true true", "true true"),
    BAD_RUN(94, "true\"\"", "true\"\""),
    BAD_RUN(94, "null[]", "null[]"),
    BAD_RUN(94, "t", "t"),
    BAD_RUN(94, "tr ue", "tr ue"),
    BAD_RUN(94, "NaN", "NaN"),
    BAD_RUN(94, "nan", "nan"),
    BAD_RUN(94, "Infinity", "Infinity"),
    BAD_RUN(94, "-Infinity", "-Infinity"),
    BAD_RUN(94, "inf", "inf"),
    BAD_RUN(94, "undefined", "undefined"),
    BAD_RUN(94, "None", "None"),

    /* Numbers */
    NUMBER_RUN("0", "0"),
    NUMBER_RUN("-0", "-0"),
    NUMBER_RUN("9", "9"),
    NUMBER_RUN("-1", "-1"),
    NUMBER_RUN("10", "10"),
    NUMBER_RUN("1234567890", "1234567890"),
    NUMBER_RUN("0.0", "0.0"),
    NUMBER_RUN("-0.10", "-0.10"),
    NUMBER_RUN("10.01", "10.01"),
    NUMBER_RUN("0.0000000001", "0.0000000001"),
    NUMBER_RUN("0e0", "0e0"),
    NUMBER_RUN("0E00", "0E00"),
    NUMBER_RUN("1e1", "1e1"),
    NUMBER_RUN("1E1", "1E1"),
    NUMBER_RUN("1e+1", "1e+1"),
    NUMBER_RUN("1E-01", "1E-01"),
    NUMBER_RUN("-0.0e-0", "-0.0e-0"),
    NUMBER_RUN("12.34E+567", "12.34E+567"),
    NUMBER_RUN("1e99999", "1e99999"),
    NUMBER_RUN("24 bytes", "-1.7976931348623157E+308"),
    RUN(91, "number of 25 bytes", "-1.7976931348623157E+0308", "-1.7976931348623157E+030", OTHER),
    RUN(91, "beyond 64 bits", "-123456789012345678901234567890", "-12345678901234567890123", OTHER),
    FOUND(91, "number before white space", "{\"jobRunId\":0\n}", ",B0", ABSENT, NUMBER("0")),
    FOUND(91, "number before a comma", "{\"jobRunId\":1e5,\"a\":[0,1.5 ,-2]}", ",B1e5", ABSENT,
          NUMBER("1e5")),
    BAD_RUN(94, "01", "01"),
    BAD_RUN(94, "00", "00"),
    BAD_RUN(94, "-01", "-01"),
    BAD_RUN(94, "-00", "-00"),
    BAD_RUN(94, "00.1", "00.1"),
    BAD_RUN(94, "-", "-"),
    BAD_RUN(94, "--1", "--1"),
    BAD_RUN(94, "-+1", "-+1"),
    BAD_RUN(94, "- 1", "- 1"),
    BAD_RUN(94, "-a", "-a"),
    BAD_RUN(94, "-.1", "-.1"),
    BAD_RUN(94, "-e1", "-e1"),
    BAD_RUN(94, "+1", "+1"),
    BAD_RUN(94, "+", "+"),
    BAD_RUN(94, ".1", ".1"),
    BAD_RUN(94, ".", "."),
    BAD_RUN(94, "1.", "1."),
    BAD_RUN(94, "0.", "0."),
    BAD_RUN(94, "1. ", "1. "),
    BAD_RUN(94, "1..1", "1..1"),
    BAD_RUN(94, "1.1.1", "1.1.1"),
    BAD_RUN(94, "1.-1", "1.-1"),
    BAD_RUN(94, "1.e1", "1.e1"),
    BAD_RUN(94, "1 .5", "1 .5"),
    BAD_RUN(94, "1e", "1e"),
    BAD_RUN(94, "0e", "0e"),
    BAD_RUN(94, "1e+", "1e+"),
    BAD_RUN(94, "1e-", "1e-"),
    BAD_RUN(94, "1e+-1", "1e+-1"),
    BAD_RUN(94, "1e 5", "1e 5"),
    BAD_RUN(94, "1ee1", "1ee1"),
    BAD_RUN(94, "1e1e1", "1e1e1"),
    BAD_RUN(94, "1e1.0", "1e1.0"),
    BAD_RUN(94, "e1", "e1"),
    BAD_RUN(94, "1-", "1-"),
    BAD_RUN(94, "1+1", "1+1"),
    BAD_RUN(94, "1-1", "1-1"),
    BAD_RUN(94, "0-1", "0-1"),
    BAD_RUN(94, "1 2", "1 2"),
    BAD_RUN(94, "1a", "1a"),
    BAD_RUN(94, "1_000", "1_000"),
    BAD_RUN(94, "1,000", "1,000"),
    BAD_RUN(94, "1f", "1f"),
    BAD_RUN(94, "0x1", "0x1"),
    BAD_RUN(94, "0b1", "0b1"),
    BAD_RUN(94, "1n", "1n"),
    BAD_RUN(94, "1/2", "1/2"),
    BAD_RUN(94, "1\"\"", "1\"\""),
    BAD_RUN(94, "1{}", "1{}"),
    BAD_RUN(94, "1true", "1true"),
    BAD_RUN(94, "digit of full width", "\xef\xbc\x91"),
    BAD_RUN(94, "1 and a digit of full width", "1\xef\xbc\x91"),
    BAD_RUN(94, "minus sign of typography",
            "\xe2\x88\x92"
            "1"),
    REFUSED(94, "bad number in an unwanted member", "{\"a\":01}"),
    REFUSED(94, "bad number in an array", "{\"a\":[1.]}"),
    REFUSED_LONG(94, "66000 digits, then a letter", "{\"a\":1", "0", 66000, "x}"),
};

const size_t json_vector_count = sizeof json_vectors / sizeof json_vectors[0];

size_t json_vector_size(const json_vector *v)
{
    return v->prefix.size + v->count * v->unit.size + v->suffix.size;
}

static char byte_at(const json_vector *v, size_t at)
{
    if (at < v->prefix.size)
        return v->prefix.bytes[at];
    at -= v->prefix.size;
    if (at < v->count * v->unit.size)
        return v->unit.bytes[at % v->unit.size];
    return v->suffix.bytes[at - v->count * v->unit.size];
}

void json_vector_copy(const json_vector *v, size_t at, char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = byte_at(v, at + i);
}

size_t json_cut_nowhere(void *state, size_t left)
{
    (void)state;
    return left;
}

size_t json_cut_bytes(void *state, size_t left)
{
    (void)state;
    return left > 0;
}

static void feed(const json_vector *v, emrs_sieve *sieve, emrs_pen window, json_cutter *cut,
                 void *state)
{
    for (size_t at = 0, left = json_vector_size(v); left > 0;) {
        size_t size = cut(state, left);
        size = size < left ? size : left;
        size = size < window.size ? size : window.size;
        char *piece = window.bytes + window.size - size;
        json_vector_copy(v, at, piece, size);
        emrs_sieve_take(sieve, piece, size);
        at += size;
        left -= size;
    }
}

static const char *check_values(const json_vector *v, emrs_sieve *sieve)
{
    emrs_value values[JSON_MEMBER_COUNT];
    if (!emrs_text_is(emrs_pen_text(&sieve->out), v->sieved))
        return "the output differs";
    emrs_json_read(sieve, values);
    for (int i = 0; i < JSON_MEMBER_COUNT; i++)
        if (values[i].kind != v->values[i].kind
            || (v->values[i].text.bytes != NULL
                && !emrs_text_is(values[i].text, v->values[i].text)))
            return i == JSON_JOB_RUN_ID ? "jobRunId differs" : "applicationId differs";
    return NULL;
}

const char *json_vector_run(const json_vector *v, emrs_pen window, json_cutter *cut, void *state)
{
    static const int codes[] = {[JSON_REFUSED] = EMRS_E_JSON,
                                [JSON_EMPTY] = EMRS_E_UNVERIFIED,
                                [JSON_ACCEPTED] = EMRS_DONE};
    enum { CANARY_SIZE = 8, CANARY = 0x5a };
    char out[192];
    emrs_sieve sieve;
    size_t size = emrs_sieve_size(json_members, JSON_MEMBER_COUNT);
    if (size + CANARY_SIZE > sizeof out)
        return "the output needs a larger buffer than this test has";
    memset(out, CANARY, sizeof out);
    emrs_sieve_init(&sieve, json_members, JSON_MEMBER_COUNT, emrs_pen_on(out, size));
    feed(v, &sieve, window, cut, state);
    int code = emrs_sieve_end(&sieve);
    if (code != codes[v->verdict])
        return code == EMRS_DONE ? "accepted" : "refused, or another error";
    if (emrs_pen_full(&sieve.out))
        return "the output is larger than emrs_sieve_size says";
    for (size_t i = size; i < sizeof out; i++)
        if (out[i] != CANARY)
            return "a byte is written past the output";
    if (code < 0)
        emrs_sieve_take(&sieve, "{}", 2);
    if (emrs_sieve_end(&sieve) != code)
        return "the result changed after the end";
    return code == EMRS_DONE ? check_values(v, &sieve) : NULL;
}

/* ret: where an accepted document is complete: after its last brace */
static size_t end_of(const json_vector *v)
{
    size_t end = json_vector_size(v);
    for (char byte = ' '; end > 0; end--) {
        json_vector_copy(v, end - 1, &byte, 1);
        if (byte == '}')
            break;
    }
    return end;
}

const char *json_vector_ends(const json_vector *v, size_t *at)
{
    char out[192], byte;
    emrs_sieve sieve;
    size_t size = json_vector_size(v), end = end_of(v);
    emrs_sieve_init(&sieve, json_members, JSON_MEMBER_COUNT, emrs_pen_on(out, sizeof out));
    for (*at = 0; *at < size; ++*at) {
        emrs_sieve copy = sieve;
        int code = emrs_sieve_end(&copy);
        if (v->verdict == JSON_ACCEPTED && (code == EMRS_DONE) != (*at >= end))
            return code == EMRS_DONE ? "complete too early" : "not complete at its end";
        if (sieve.error < 0 && code != sieve.error)
            return "the error changed";
        json_vector_copy(v, *at, &byte, 1);
        emrs_sieve_take(&sieve, &byte, 1);
    }
    return NULL;
}
