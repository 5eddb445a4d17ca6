/* SPDX-License-Identifier: MIT */
/* Errors of the service: where the name and the message are found, which error a name means, and
 * how the texts are cut and cleaned. */
#include "unit.h"

#include "errors.h"
#include "json.h"
#include "emrs_config.h"
#include "sieve.h"
#include "support/guard.h"

/* One error answer, read as in a call. */
typedef struct {
    emrs_result result;
    int code;
} answer;

/* in:  more_size: additional bytes of the work buffer for the message */
static answer read_with_more(int status, const char *header, emrs_text body, size_t more_size)
{
    enum { NEEDED_SIZE = EMRS_SIEVED_SIZE };
    static char out[NEEDED_SIZE + EMRS_MESSAGE_SIZE_MAX], name[EMRS_ERROR_NAME_SIZE_MAX];
    answer a = {{.status = status}, 0};
    emrs_value values[EMRS_ERROR_MEMBER_COUNT];
    emrs_sieve sieve;
    size_t name_size = strlen(header);
    assert_true(name_size <= sizeof name);
    memcpy(name, header, name_size);
    emrs_sieve_init(&sieve, emrs_error_members, EMRS_ERROR_MEMBER_COUNT,
                    emrs_pen_on(out, NEEDED_SIZE + more_size));
    sieve.more = (uint16_t)more_size;
    emrs_sieve_take(&sieve, body.bytes, body.size);
    bool readable = emrs_sieve_end(&sieve) == EMRS_DONE;
    if (readable)
        emrs_json_read(&sieve, values);
    a.code = emrs_error_read(&a.result, (emrs_text){name, name_size}, readable ? values : NULL);
    return a;
}

static answer read_answer(int status, const char *header, emrs_text body)
{
    return read_with_more(status, header, body, 0);
}

static void check_text(emrs_text text, const char *expected)
{
    assert_int_equal(text.size, strlen(expected));
    assert_memory_equal(text.bytes, expected, text.size);
}

/* Names */

#define URL ":http://internal.amazon.com/coral/com.amazon.coral.validate/"

static const struct {
    const char *raw, *trimmed;
} trims[] = {
    {"FooError", "FooError"},
    {"FooError" URL, "FooError"},
    {"aws.protocoltests.restjson#FooError", "FooError"},
    {"aws.protocoltests.restjson#FooError" URL, "FooError"},
    {"FooError:http://example.com/#part",
     "FooError"}, /* the ':' counts first: the '#' belongs to the URL */
    {"ns#FooError:http://example.com/#part", "FooError"},
    {"FooError:#", "FooError"},
    {"FooError:", "FooError"},
    {"FooError::", "FooError"},
    {"#FooError", "FooError"},
    {"a#b#c", "b#c"}, /* the part after the first '#' */
    {"ns#", ""},
    {"#", ""},
    {":", ""},
    {":FooError", ""},
    {":ns#FooError", ""},
    {"ns#:FooError", ""},
    {"", ""},
};

static void test_trim(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(trims); i++)
        check_text(emrs_error_trim((emrs_text){trims[i].raw, strlen(trims[i].raw)}),
                   trims[i].trimmed);
}

static void test_trim_in_every_place(void **state)
{
    char body[256];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(trims); i++) {
        answer a = read_answer(500, trims[i].raw, EMRS_TEXT(""));
        check_text(a.result.error_name, trims[i].trimmed);
        for (int place = 0; place < 2; place++) {
            int size = snprintf(body, sizeof body, "{\"%s\":\"%s\"}",
                                place == 0 ? "code" : "__type", trims[i].raw);
            a = read_answer(500, "", (emrs_text){body, (size_t)size});
            check_text(a.result.error_name, trims[i].trimmed);
        }
    }
}

static void test_where_the_name_is_found(void **state)
{
    static const struct {
        const char *header, *body, *name;
    } of[] = {
        {"", "", ""},
        {"", "{}", ""},
        {"Head", "", "Head"},
        {"Head", "{}", "Head"},
        {"Head", "{\"code\":\"Code\",\"__type\":\"Type\"}", "Head"},
        {"", "{\"code\":\"Code\",\"__type\":\"Type\"}", "Code"},
        {"", "{\"__type\":\"Type\",\"code\":\"Code\"}", "Type"}, /* the first */
        {"", "{\"__type\":\"Type\"}", "Type"},
        {"ns#", "{\"code\":\"Code\"}", "Code"},
        {":url", "{\"__type\":\"Type\"}", "Type"},
        {"", "{\"code\":\"\",\"__type\":\"Type\"}", "Type"},
        {"", "{\"code\":\":url\",\"__type\":\"Type\"}", ""}, /* the first one is empty: no name */
        {"", "{\"code\":null,\"__type\":\"Type\"}", "Type"},
        {"", "{\"code\":400,\"__type\":\"Type\"}", "Type"},
        {"", "{\"code\":{\"code\":\"x\"},\"__type\":\"Type\"}", "Type"},
        {"", "{\"c\\u006fde\":\"\\u0043ode\"}", "Code"},
        {"", "{\"Code\":\"x\",\"type\":\"y\",\"_type\":\"z\"}", ""},
        {"", "{\"__type\":\"ns#Type\",\"detail\":{\"__type\":\"other#Detail\",\"code\":\"x\"}}",
         "Type"},
        {"", "{\"detail\":{\"__type\":\"other#Detail\"},\"list\":[{\"code\":\"x\"}]}", ""},
        {"", "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>", ""},
        {"Head", "<html>", "Head"},
        {"Head", "{\"code\":\"Code\"", "Head"},
        {"", "{\"code\":\"Code\"", ""},
        {"", "{\"code\":\"Code\",\"code\":\"Code\"}", ""},
        {"", "{\"code\":\"Foo Bar\\u001b[2J\\u00e9\"}", "Foo?Bar?[2J??"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(of); i++) {
        answer a = read_answer(400, of[i].header, (emrs_text){of[i].body, strlen(of[i].body)});
        check_text(a.result.error_name, of[i].name);
        assert_int_equal(a.result.error,
                         of[i].name[0] == '\0' ? EMRS_ERROR_NONE : EMRS_ERROR_OTHER);
        assert_int_equal(a.code, EMRS_E_SERVICE);
        check_text(a.result.message, "");
        assert_false(a.result.message_cut);
    }
}

/* Each with and without "Exception": the common errors, the three of the service model, and other
 * names for throttling, a wrong signature and a wrong clock. */
static const struct {
    const char *name;
    emrs_error error;
    int code;
} names[] = {
    {"Validation", EMRS_ERROR_VALIDATION, EMRS_E_SERVICE},
    {"ValidationError", EMRS_ERROR_VALIDATION, EMRS_E_SERVICE},
    {"ResourceNotFound", EMRS_ERROR_RESOURCE_NOT_FOUND, EMRS_E_SERVICE},
    {"InternalServer", EMRS_ERROR_INTERNAL_SERVER, EMRS_E_SERVICE},
    {"InternalFailure", EMRS_ERROR_INTERNAL_SERVER, EMRS_E_SERVICE},
    {"InternalServerError", EMRS_ERROR_INTERNAL_SERVER, EMRS_E_SERVICE},
    {"InternalError", EMRS_ERROR_INTERNAL_SERVER, EMRS_E_SERVICE},
    {"Conflict", EMRS_ERROR_CONFLICT, EMRS_E_SERVICE},
    {"ServiceQuotaExceeded", EMRS_ERROR_QUOTA_EXCEEDED, EMRS_E_SERVICE},
    {"AccessDenied", EMRS_ERROR_ACCESS_DENIED, EMRS_E_AUTH},
    {"ExpiredToken", EMRS_ERROR_EXPIRED_TOKEN, EMRS_E_AUTH},
    {"IncompleteSignature", EMRS_ERROR_INCOMPLETE_SIGNATURE, EMRS_E_AUTH},
    {"InvalidSignature", EMRS_ERROR_INVALID_SIGNATURE, EMRS_E_AUTH},
    {"SignatureDoesNotMatch", EMRS_ERROR_INVALID_SIGNATURE, EMRS_E_AUTH},
    {"AuthFailure", EMRS_ERROR_INVALID_SIGNATURE, EMRS_E_AUTH},
    {"MissingAuthenticationToken", EMRS_ERROR_MISSING_TOKEN, EMRS_E_AUTH},
    {"NotAuthorized", EMRS_ERROR_NOT_AUTHORIZED, EMRS_E_AUTH},
    {"OptInRequired", EMRS_ERROR_OPT_IN_REQUIRED, EMRS_E_AUTH},
    {"UnrecognizedClient", EMRS_ERROR_UNRECOGNIZED_CLIENT, EMRS_E_AUTH},
    {"InvalidClientTokenId", EMRS_ERROR_UNRECOGNIZED_CLIENT, EMRS_E_AUTH},
    {"RequestExpired", EMRS_ERROR_REQUEST_EXPIRED, EMRS_E_AUTH},
    {"RequestTimeTooSkewed", EMRS_ERROR_REQUEST_TIME_SKEWED, EMRS_E_AUTH},
    {"RequestInTheFuture", EMRS_ERROR_REQUEST_TIME_SKEWED, EMRS_E_AUTH},
    {"MalformedHttpRequest", EMRS_ERROR_MALFORMED_REQUEST, EMRS_E_SERVICE},
    {"RequestAborted", EMRS_ERROR_REQUEST_ABORTED, EMRS_E_SERVICE},
    {"RequestEntityTooLarge", EMRS_ERROR_REQUEST_TOO_LARGE, EMRS_E_SERVICE},
    {"RequestTimeout", EMRS_ERROR_REQUEST_TIMEOUT, EMRS_E_SERVICE},
    {"ServiceUnavailable", EMRS_ERROR_SERVICE_UNAVAILABLE, EMRS_E_SERVICE},
    {"UnknownOperation", EMRS_ERROR_UNKNOWN_OPERATION, EMRS_E_SERVICE},
    {"Throttling", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"Throttled", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"RequestThrottled", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"TooManyRequests", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"ProvisionedThroughputExceeded", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"TransactionInProgress", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"RequestLimitExceeded", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"BandwidthLimitExceeded", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"LimitExceeded", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"SlowDown", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"PriorRequestNotComplete", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
    {"EC2Throttled", EMRS_ERROR_THROTTLING, EMRS_E_THROTTLED},
};

static void test_every_name(void **state)
{
    static const int statuses[] = {400, 401, 403, 404, 407, 429, 500, 503};
    char name[64];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(names); i++)
        for (size_t s = 0; s < COUNT_OF(statuses); s++) /* the name decides, not the status */
            for (int suffix = 0; suffix < 2; suffix++) {
                snprintf(name, sizeof name, "%s%s", names[i].name, suffix ? "Exception" : "");
                answer a = read_answer(statuses[s], name, EMRS_TEXT(""));
                check_text(a.result.error_name, name);
                assert_int_equal(a.result.error, names[i].error);
                assert_int_equal(a.code, names[i].code);
            }
}

/* For every emrs_error there is a name. */
static void test_no_error_without_a_name(void **state)
{
    (void)state;
    for (int error = EMRS_ERROR_OTHER + 1; error <= EMRS_ERROR_UNRECOGNIZED_CLIENT; error++) {
        size_t count = 0;
        for (size_t i = 0; i < COUNT_OF(names); i++)
            count += (int)names[i].error == error;
        assert_int_not_equal(count, 0);
    }
}

static void test_names_that_only_look_known(void **state)
{
    static const char *const unknown[] = {"FooError",
                                          "Exception",
                                          "ExceptionException",
                                          "validationexception",
                                          "VALIDATION",
                                          "ValidationExceptionException",
                                          "ValidationExceptions",
                                          "ValidationExceptio",
                                          "ValidationErrors",
                                          "Throttl",
                                          "Throttling.Exception",
                                          "x",
                                          "ServiceException"};
    char name[64];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(unknown); i++) {
        answer a = read_answer(400, unknown[i], EMRS_TEXT(""));
        check_text(a.result.error_name, unknown[i]);
        assert_int_equal(a.result.error, EMRS_ERROR_OTHER);
    }
    for (size_t i = 0; i < COUNT_OF(names);
         i++) { /* one letter more before, one more after, one less */
        snprintf(name, sizeof name, "x%s", names[i].name);
        assert_int_equal(read_answer(400, name, EMRS_TEXT("")).result.error, EMRS_ERROR_OTHER);
        snprintf(name, sizeof name, "%sx", names[i].name);
        assert_int_equal(read_answer(400, name, EMRS_TEXT("")).result.error, EMRS_ERROR_OTHER);
        assert_int_equal(read_answer(400, names[i].name + 1, EMRS_TEXT("")).result.error,
                         EMRS_ERROR_OTHER);
    }
}

static void test_status_where_the_name_says_nothing(void **state)
{
    (void)state;
    for (int status = 400; status < 600; status++) {
        int expected = status == 401 || status == 403 ? EMRS_E_AUTH
                       : status == 407                ? EMRS_E_PROXY
                       : status == 429                ? EMRS_E_THROTTLED
                                                      : EMRS_E_SERVICE;
        assert_int_equal(read_answer(status, "", EMRS_TEXT("")).code, expected);
        assert_int_equal(read_answer(status, "", EMRS_TEXT("<html>")).code, expected);
        assert_int_equal(read_answer(status, "FooError", EMRS_TEXT("{}")).code, expected);
    }
}

/* Messages */

static void test_where_the_message_is_found(void **state)
{
    static const struct {
        const char *body, *message;
    } of[] = {
        {"{\"message\":\"m\",\"Message\":\"M\",\"errorMessage\":\"e\"}", "m"},
        {"{\"errorMessage\":\"e\",\"Message\":\"M\",\"message\":\"m\"}", "e"}, /* the first */
        {"{\"Message\":\"M\",\"message\":\"m\"}", "M"},
        {"{\"message\":7,\"Message\":true,\"errorMessage\":\"e\"}", "e"},
        {"{\"message\":\"m\",\"Message\":null,\"errorMessage\":7}", "m"},
        {"{\"errorMessage\":\"e\"}", "e"},
        {"{\"message\":\"\",\"Message\":\"M\"}", "M"},
        {"{\"message\":null,\"Message\":\"\",\"errorMessage\":\"e\"}", "e"},
        {"{\"message\":{\"message\":\"x\"},\"errorMessage\":\"e\"}", "e"},
        {"{\"detail\":{\"message\":\"x\"}}", ""},
        {"{\"MESSAGE\":\"x\",\"error_message\":\"y\"}", ""},
        {"{\"message\":\"caf\\u00e9 \\ud83d\\ude00\"}", "caf\xc3\xa9 \xf0\x9f\x98\x80"},
        {"{\"message\":\"say \\\"\\\\\\\"\"}", "say \"\\\""},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(of); i++) {
        answer a = read_answer(400, "FooError", (emrs_text){of[i].body, strlen(of[i].body)});
        check_text(a.result.message, of[i].message);
        assert_false(a.result.message_cut);
    }
}

/* A message of `size` bytes "a", then the unit, then an end. */
static answer read_message(const char *member, size_t size, const char *unit, const char *end,
                           size_t more_size)
{
    static char body[8192];
    emrs_pen pen = emrs_pen_on(body, sizeof body);
    emrs_put(&pen, EMRS_TEXT("{\""));
    emrs_put(&pen, (emrs_text){member, strlen(member)});
    emrs_put(&pen, EMRS_TEXT("\":\""));
    for (size_t i = 0; i < size; i++)
        emrs_put_byte(&pen, 'a');
    emrs_put(&pen, (emrs_text){unit, strlen(unit)});
    emrs_put(&pen, (emrs_text){end, strlen(end)});
    emrs_put(&pen, EMRS_TEXT("\"}"));
    return read_with_more(400, "FooError", emrs_pen_text(&pen), more_size);
}

/* A message of AccessDenied as the service sends it, for an assumed role with names of 64 and 20
 * characters. The reason at its end is kept. */
static void test_the_reason_of_access_denied_is_kept(void **state)
{
    static const char sentence[] =
        "{\"message\":\"User: arn:aws:sts::123456789012:assumed-role/"
        "the-edge-gateways-of-the-northern-plants-may-cancel-the-job-runs/i-0123456789abcdef01 "
        "is not authorized to perform: emr-serverless:CancelJobRun on resource: "
        "arn:aws:emr-serverless:ap-southeast-2:123456789012:/applications/00fabcdefg123456/jobruns/"
        "00fhijklmn789012 because no VPC endpoint policy allows the emr-serverless:CancelJobRun "
        "action\"}";
    (void)state;
    answer a = read_answer(403, "AccessDeniedException", EMRS_TEXT(sentence));
    assert_int_equal(a.result.message.size, sizeof sentence - 1 - strlen("{\"message\":\"\"}"));
    assert_false(a.result.message_cut);
}

/* With the longest value in each member, under all its names, 512 bytes are left for the
 * message. */
static void test_long_names_leave_room_for_the_message(void **state)
{
    static char body[8192];
    static const char *const members[] = {"code", "__type", "message", "Message", "errorMessage"};
    (void)state;
    for (unsigned first = 0; first < COUNT_OF(members); first++) {
        emrs_pen pen = emrs_pen_on(body, sizeof body);
        for (unsigned i = 0; i < COUNT_OF(members); i++) {
            const char *name = members[(first + i) % COUNT_OF(members)];
            emrs_put_form(&pen, i == 0 ? "{\"*\":\"" : ",\"*\":\"",
                          &(emrs_text){name, strlen(name)});
            for (size_t at = 0; at < 600; at++)
                emrs_put_byte(&pen, name[0]);
            emrs_put_byte(&pen, '"');
        }
        emrs_put_byte(&pen, '}');
        answer a = read_answer(400, "", emrs_pen_text(&pen));
        assert_int_equal(a.result.error_name.size, 128);
        assert_int_equal(a.result.error_name.bytes[127], first == 1 ? '_' : 'c');
        assert_int_equal(a.result.message.size, 512);
        assert_int_equal(a.result.message.bytes[511], first == 3 ? 'M' : first == 4 ? 'e' : 'm');
        assert_true(a.result.message_cut);
    }
}

static void test_message_is_cut(void **state)
{
    static const char *const members[] = {"message", "Message", "errorMessage"};
    (void)state;
    for (size_t m = 0; m < COUNT_OF(members); m++)
        for (size_t size = 0; size <= 5000; size += size < 600 ? 1 : 911) {
            size_t more_size = size % 3 * 100, most = 512 + more_size;
            answer a = read_message(members[m], size, "", "", more_size);
            assert_int_equal(a.result.message.size, size < most ? size : most);
            assert_int_equal(a.result.message_cut, size > most);
            assert_int_equal(a.result.status, 400);
            assert_int_equal(a.code, EMRS_E_SERVICE);
        }
}

static void test_message_is_cut_between_characters(void **state)
{
    static const struct {
        const char *unit;
        size_t size, passed_size; /* unescaped; as JSON text, whose size is limited */
    } of[] = {{"a", 1, 1},
              {"\\u0061", 1, 1},
              {"\xc3\xa9", 2, 2},
              {"\\u00e9", 2, 2},
              {"\xe2\x82\xac", 3, 3},
              {"\\u20ac", 3, 3},
              {"\xf0\x9f\x98\x80", 4, 4},
              {"\\ud83d\\ude00", 4, 4},
              {"\\\"", 1, 2},
              {"\\\\", 1, 2},
              {"\\n", 1, 6},
              {"\\u0000", 1, 6}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(of); i++)
        for (size_t before = 496; before <= 512; before++)
            for (int more = 0; more < 2; more++) {
                bool fits = before + of[i].passed_size <= 512;
                bool all_fits = before + of[i].passed_size + (size_t)more <= 512;
                answer a = read_message("message", before, of[i].unit, more ? "z" : "", 0);
                size_t size = before + (fits ? of[i].size + (all_fits ? (size_t)more : 0) : 0);
                assert_int_equal(a.result.message.size, size);
                assert_int_equal(a.result.message_cut, !all_fits);
                if (!fits) /* neither the character nor anything after it */
                    assert_int_equal(a.result.message.bytes[size - 1], 'a');
            }
}

static void test_the_cut_flag_is_of_the_kept_message(void **state)
{
    static char body[2048];
    (void)state;
    memset(body, 'a', sizeof body);
    memcpy(body, "{\"message\":\"m\",\"Message\":\"", 26);
    memcpy(body + 1026, "\"}", 2);
    answer a = read_answer(400, "", (emrs_text){body, 1028});
    check_text(a.result.message, "m");
    assert_false(a.result.message_cut);
    memcpy(body, "{\"message\":\"\", \"Message\":\"", 26);
    a = read_answer(400, "", (emrs_text){body, 1028});
    assert_int_equal(a.result.message.size, 512);
    assert_true(a.result.message_cut);
}

static void test_name_is_cut(void **state)
{
    static char body[1024];
    (void)state;
    for (size_t size = 100; size <= 200; size++) {
        emrs_pen pen = emrs_pen_on(body, sizeof body);
        emrs_put(&pen, EMRS_TEXT("{\"code\":\""));
        for (size_t i = 0; i < size; i++)
            emrs_put_byte(&pen, 'a');
        emrs_put(&pen, EMRS_TEXT("\"}"));
        answer a = read_answer(400, "", emrs_pen_text(&pen));
        assert_int_equal(a.result.error_name.size, size < 128 ? size : 128);
        assert_int_equal(a.result.error, EMRS_ERROR_OTHER);
    }
}

/* Cleaning */

/* Characters that could control a terminal, or split or reorder a line: Unicode's Cc and
 * Bidi_Control, and the two separators. */
static bool is_hostile(uint32_t point)
{
    return point < 0x20 || (point >= 0x7f && point <= 0x9f) || point == 0x61c || point == 0x200e
           || point == 0x200f || (point >= 0x2028 && point <= 0x202e)
           || (point >= 0x2066 && point <= 0x2069);
}

static size_t encode(uint32_t point, char *utf8)
{
    static const unsigned leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t size = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    for (size_t at = size - 1; at > 0; at--, point >>= 6)
        utf8[at] = (char)(0x80u | (point & 0x3fu));
    utf8[0] = (char)(leads[size] | point);
    return size;
}

/* Cleans the character alone, at the end of the text, and with harmless bytes around it. */
static void check_character(uint32_t point)
{
    char bytes[7], clean[7];
    for (size_t around = 0; around < 2; around++) {
        memset(bytes, 'a', sizeof bytes);
        size_t size = encode(point, bytes + around);
        bytes[around + size] = 'z';
        memcpy(clean, bytes, sizeof clean);
        if (is_hostile(point))
            memset(clean + around, '?', size);
        emrs_error_clean_message((emrs_text){bytes, size + 2 * around});
        if (memcmp(bytes, clean, sizeof clean) != 0)
            fail_msg("U+%04X", (unsigned)point);
    }
}

static void test_every_character_of_a_message(void **state)
{
    (void)state;
    for (uint32_t point = 0; point <= 0x10ffff; point++)
        if (point < 0xd800 || point > 0xdfff)
            check_character(point);
}

static void test_messages_are_clean(void **state)
{
    static const struct {
        const char *raw, *clean;
    } of[] = {
        {"\\u001b[31mred\\u001b[0m", "?[31mred?[0m"},
        {"one\\ntwo\\r\\nthree\\tfour", "one?two??three?four"},
        {"\\u0000\\u0007\\u001f\\u007f", "????"},
        {"\x7f", "?"},
        {"\\u009b2J", "??2J"}, /* CSI as one character */
        {"\xc2\x85x\xc2\xa0", "??x\xc2\xa0"},
        {"\\u202eevil\\u202c", "???evil???"},
        {"\\u2066a\\u2069\\u200f", "???a??????"},
        {"\\u2028\\u2029", "??????"},
        {"\\u200d\\u2010\\u202f\\u2065\\u206a",
         "\xe2\x80\x8d\xe2\x80\x90\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa"},
        {"\\u05d0\\u0627", "\xd7\x90\xd8\xa7"},
    };
    char body[128];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(of); i++) {
        int size = snprintf(body, sizeof body, "{\"message\":\"%s\"}", of[i].raw);
        check_text(read_answer(400, "", (emrs_text){body, (size_t)size}).result.message,
                   of[i].clean);
    }
}

/* Cleaning a text a second time changes nothing, even if it was not UTF-8. */
static void test_cleaning_twice(void **state)
{
    char bytes[] = "\xc2\xc2\x80 \xe2\x80\xe2\x80\x8e \xc2\x1b \xc2\x7f";
    char once[sizeof bytes];
    (void)state;
    emrs_error_clean_message((emrs_text){bytes, sizeof bytes - 1});
    memcpy(once, bytes, sizeof bytes);
    emrs_error_clean_message((emrs_text){bytes, sizeof bytes - 1});
    assert_string_equal(bytes, once);
    assert_string_equal(once, "\xc2?? \xe2\x80??? \xc2? \xc2?");
}

/* A text that ends inside a character, at the end of its memory: nothing is read past it. */
static void test_cleaning_reads_nothing_past_the_end(void **state)
{
    static const emrs_text of[] = {EMRS_TEXT_INIT("\xc2"),      EMRS_TEXT_INIT("a\xe2"),
                                   EMRS_TEXT_INIT("a\xe2\x80"), EMRS_TEXT_INIT("\xe2\x81"),
                                   EMRS_TEXT_INIT("\xd8"),      EMRS_TEXT_INIT("\x1b"),
                                   EMRS_TEXT_INIT("\xff\xff"),  EMRS_TEXT_INIT("")};
    guard pages = guard_open(16);
    (void)state;
    assert_non_null(pages.bytes);
    for (size_t i = 0; i < COUNT_OF(of); i++) {
        char *bytes = guard_lay_before_page(&pages, of[i].bytes, of[i].size);
        emrs_error_clean_message((emrs_text){bytes, of[i].size});
        bytes = guard_lay_before_page(&pages, of[i].bytes, of[i].size);
        emrs_error_clean_name((emrs_text){bytes, of[i].size});
    }
    guard_close(&pages);
}

static void test_clean_name(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        char c = (char)byte, clean = byte > ' ' && byte < 0x7f ? c : '?';
        char name[] = {c, 'a', c, c};
        emrs_error_clean_name((emrs_text){name, 3});
        assert_int_equal(name[0], clean);
        assert_int_equal(name[1], 'a');
        assert_int_equal(name[2], clean);
        assert_int_equal(name[3], c); /* past the text: not changed */
    }
}

/* Reasons */

static void test_every_reason(void **state)
{
    static const int codes[] = {
        [EMRS_REASON_NONE] = EMRS_E_CONNECT,
        [EMRS_REASON_NAME_UNKNOWN] = EMRS_E_RESOLVE,
        [EMRS_REASON_NAME_FAILED] = EMRS_E_RESOLVE,
        [EMRS_REASON_REFUSED] = EMRS_E_CONNECT,
        [EMRS_REASON_UNREACHABLE] = EMRS_E_CONNECT,
        [EMRS_REASON_RESET] = EMRS_E_CONNECT,
        [EMRS_REASON_RESOURCE] = EMRS_E_RESOURCE,
        [EMRS_REASON_ENTROPY] = EMRS_E_RESOURCE,
        [EMRS_REASON_TRUST] = EMRS_E_RESOURCE,
        [EMRS_REASON_ISSUER] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_NAME_MISMATCH] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_EXPIRED] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_NOT_YET_VALID] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_REVOKED] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_WEAK] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_USAGE] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_KEY] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_CHAIN_COST] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_CERTIFICATE] = EMRS_E_CERTIFICATE,
        [EMRS_REASON_TLS_ALERT] = EMRS_E_TLS,
        [EMRS_REASON_TLS_VERSION] = EMRS_E_TLS,
        [EMRS_REASON_TLS_CUT] = EMRS_E_TLS,
        [EMRS_REASON_TLS_RECORD] = EMRS_E_TLS,
        [EMRS_REASON_TLS_PIECES] = EMRS_E_TLS,
        [EMRS_REASON_TLS_CLIENT_CERTIFICATE] = EMRS_E_TLS,
        [EMRS_REASON_TLS] = EMRS_E_TLS,
        [EMRS_REASON_TLS_MEMORY] = EMRS_E_TLS_MEMORY,
        [EMRS_REASON_OWN_CERTIFICATE] = EMRS_E_TLS,
        [EMRS_REASON_OWN_CERTIFICATE_REFUSED] = EMRS_E_TLS,
        [EMRS_REASON_PROXY_AUTH] = EMRS_E_PROXY,
        [EMRS_REASON_PROXY_REFUSED] = EMRS_E_PROXY,
        [EMRS_REASON_PROXY_FAILED] = EMRS_E_CONNECT,
    };
    (void)state;
    for (int reason = 0; reason < (int)COUNT_OF(codes); reason++)
        assert_int_equal(emrs_error_of_reason((emrs_reason)reason), codes[reason]);
    assert_true(emrs_error_of_reason((emrs_reason)COUNT_OF(codes))
                < 0); /* a value that only a wrong port reports */
    assert_true(emrs_error_of_reason((emrs_reason)-1) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trim),
        cmocka_unit_test(test_trim_in_every_place),
        cmocka_unit_test(test_where_the_name_is_found),
        cmocka_unit_test(test_every_name),
        cmocka_unit_test(test_no_error_without_a_name),
        cmocka_unit_test(test_names_that_only_look_known),
        cmocka_unit_test(test_status_where_the_name_says_nothing),
        cmocka_unit_test(test_where_the_message_is_found),
        cmocka_unit_test(test_the_reason_of_access_denied_is_kept),
        cmocka_unit_test(test_long_names_leave_room_for_the_message),
        cmocka_unit_test(test_message_is_cut),
        cmocka_unit_test(test_message_is_cut_between_characters),
        cmocka_unit_test(test_the_cut_flag_is_of_the_kept_message),
        cmocka_unit_test(test_name_is_cut),
        cmocka_unit_test(test_every_character_of_a_message),
        cmocka_unit_test(test_messages_are_clean),
        cmocka_unit_test(test_cleaning_twice),
        cmocka_unit_test(test_cleaning_reads_nothing_past_the_end),
        cmocka_unit_test(test_clean_name),
        cmocka_unit_test(test_every_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
