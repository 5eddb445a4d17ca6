/* SPDX-License-Identifier: MIT */
#include "unit.h"

#include "faults/faults.h"
#include "support/secrets.h"

/* Configuration and input of a call */

#define INPUT(name, field, text)                                                                   \
    static void name(stage *s)                                                                     \
    {                                                                                              \
        s->b.field = EMRS_TEXT(text);                                                              \
    }
#define SETTING(name, field, value)                                                                \
    static void name(stage *s)                                                                     \
    {                                                                                              \
        s->field = value;                                                                          \
    }
#define GRACE(name, seconds)                                                                       \
    static void name(stage *s)                                                                     \
    {                                                                                              \
        s->b.input.grace = EMRS_GRACE_SECONDS;                                                     \
        s->b.input.shutdown_grace_period_s = seconds;                                              \
    }
#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16

INPUT(no_application, input.application_id, "")
INPUT(no_job_run, input.job_run_id, "")
INPUT(long_application, input.application_id, A64 "a")
INPUT(long_job_run, input.job_run_id, A64 "a")
INPUT(capitals, input.job_run_id, "00FHIJKL")
INPUT(underscore, input.job_run_id, "00f_h")
INPUT(past_ascii, input.application_id, "00f\xc3\xa9")
INPUT(dots, input.job_run_id, "../x")
INPUT(slash, input.job_run_id, "a%2Fb")
INPUT(question, input.job_run_id, "a?b")
INPUT(hash, input.application_id, "a#b")
INPUT(line_end, input.job_run_id, "a\r\nHost: x")
INPUT(line_feed, input.application_id, "a\n")
INPUT(nul, input.job_run_id, "a\0b")
INPUT(blank, input.application_id, "a b")
GRACE(grace_negative, -1)
GRACE(grace_14, 14)
GRACE(grace_1801, 1801)
GRACE(grace_least, INT32_MIN)
GRACE(grace_most, INT32_MAX)
INPUT(no_region, config.region, "")
INPUT(long_region, config.region, A64 A16)
INPUT(dotted_region, config.region, "evil.example")
INPUT(slashed_region, config.region, "us/east")
INPUT(user_region, config.region, "us@x")
INPUT(hashed_region, config.region, "us#x")
INPUT(ported_region, config.region, "us:1")
INPUT(plain_endpoint, config.endpoint, "http://192.0.2.1")
INPUT(plain_like_loopback, config.endpoint, "http://127.0.0.1.example")
INPUT(user_endpoint, config.endpoint, "https://user@example.com")
INPUT(query_endpoint, config.endpoint, "https://example.com/?a")
INPUT(fragment_endpoint, config.endpoint, "https://example.com#a")
INPUT(port_0, config.endpoint, "https://example.com:0")
INPUT(port_65536, config.endpoint, "https://example.com:65536")
INPUT(port_443x, config.endpoint, "https://example.com:443x")
INPUT(bad_ipv6, config.endpoint, "https://[::1")
INPUT(no_key, credentials.access_key_id, "")
INPUT(no_secret, credentials.secret_access_key, "")
INPUT(pasted_secret, credentials.secret_access_key, "pasted\r\n")
INPUT(pasted_key, credentials.access_key_id, "AKID\n")
INPUT(pasted_token, credentials.session_token, "token\n")
INPUT(foreign_secret, credentials.secret_access_key, "k\xc3\xa9y")
SETTING(no_work, b.config.work, NULL)
SETTING(small_work, b.config.work_size, EMRS_WORK_SIZE - 1u)
SETTING(default_deadline, b.config.timeout_ms, 0)
SETTING(longest_deadline, b.config.timeout_ms, 86400000u)
SETTING(past_longest, b.config.timeout_ms, 86400001u)
SETTING(no_end, b.config.timeout_ms, UINT32_MAX)
SETTING(short_deadline, b.config.timeout_ms, 60)
SETTING(year_1970, start_utc_s, 5)
SETTING(before_build, start_utc_s, EMRS_BUILD_TIME_S - 1u)
SETTING(last_second, start_utc_s, UINT32_MAX - 60u)
SETTING(jumps_ahead, jump_s, 31536000)
SETTING(jumps_back, jump_s, -604800)
SETTING(soon_wraps, b.now.ms, UINT32_MAX - 400u)
SETTING(no_random, b.now.random, 0)
SETTING(least_random, b.now.random, 1)
SETTING(most_random, b.now.random, UINT32_MAX)
SETTING(renewing, renews, true)
INPUT(loopback, config.endpoint, "http://127.0.0.1")
INPUT(swapped_slash, credentials.access_key_id, "wJalrXUtnFEMI/K7MDENG")
INPUT(swapped_plus, credentials.access_key_id, "wJalrXUtnFEMI+K7MDENG")
INPUT(quoted_key, credentials.access_key_id, "\"AKIDEXAMPLE\"")
INPUT(named_key, credentials.access_key_id, "AWS_ACCESS_KEY_ID=AKIDEXAMPLE")
INPUT(comma_key, credentials.access_key_id, "AKIDEXAMPLE,")
INPUT(no_token, credentials.session_token, "")
INPUT(long_label, config.user_agent, A64 "a")

static void none_yet(stage *s)
{
    s->b.credentials.access_key_id = EMRS_TEXT("");
    s->b.credentials.renew_s = EMRS_RENEW_NOW;
}

static void past_expiry(stage *s)
{
    s->b.credentials.expires_s = BENCH_UTC_S;
}

static void past_renewal(stage *s)
{
    s->b.credentials.renew_s = BENCH_UTC_S - 1u;
    s->b.credentials.expires_s = BENCH_UTC_S + 600u;
}

static void failing_hash(stage *s)
{
    (void)s;
    stage_hash_fails = true;
}

static void longest_label(stage *s)
{
    s->b.config.user_agent = EMRS_TEXT(A64);
    s->b.config.attempt_count = UINT8_MAX;
}

static void huge_token(stage *s)
{
    static char token[100000];
    for (size_t at = 0; at < sizeof token; at++)
        token[at] = secrets_token.bytes[at % secrets_token.size];
    s->b.credentials.session_token = (emrs_text){token, sizeof token};
}

static void odd_work(stage *s)
{
    static char work[EMRS_WORK_SIZE + 1u];
    s->b.config.work = work + 1;
    s->b.config.work_size = EMRS_WORK_SIZE;
}

static void clock_floor(stage *s)
{
    s->start_utc_s = 0;
    s->b.now.utc_s = 0;
    s->b.config.clock_floor = true;
}

static void no_clock(stage *s)
{
    s->start_utc_s = 0;
    s->b.now.utc_s = 0;
}

/* What happens in its first attempt */

#define WELL                                                                                       \
    {                                                                                              \
        .at = EMRS_PHASE_ANSWER, .fault = {.news = EMRS_NEWS_CLOSED},                              \
        .prefix = EMRS_TEXT_INIT(GOOD)                                                             \
    }
#define WELL_BUT(...)                                                                              \
    {                                                                                              \
        .at = EMRS_PHASE_ANSWER, .fault = {.news = EMRS_NEWS_CLOSED},                              \
        .prefix = EMRS_TEXT_INIT(GOOD), __VA_ARGS__                                                \
    }
#define FAILED(where, why)                                                                         \
    {                                                                                              \
        .at = EMRS_PHASE_##where, .fault = {                                                       \
            .news = EMRS_NEWS_FAILED,                                                              \
            .detail = EMRS_REASON_##why                                                            \
        }                                                                                          \
    }
#define FAILED_SENDING(size, why)                                                                  \
    {                                                                                              \
        .at = EMRS_PHASE_SEND, .sent_size = size, .fault = {                                       \
            .news = EMRS_NEWS_FAILED,                                                              \
            .detail = EMRS_REASON_##why                                                            \
        }                                                                                          \
    }
#define HAPPENS(where, what)                                                                       \
    {                                                                                              \
        .at = EMRS_PHASE_##where, .fault = {.news = EMRS_NEWS_##what }                             \
    }
#define HAPPENS_SENDING(size, what)                                                                \
    {                                                                                              \
        .at = EMRS_PHASE_SEND, .sent_size = size, .fault = {.news = EMRS_NEWS_##what }             \
    }
#define EARLY(answer)                                                                              \
    {                                                                                              \
        .at = EMRS_PHASE_SEND, .sent_size = 10,                                                    \
        .fault = {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_RESET},                          \
        .prefix = EMRS_TEXT_INIT(answer)                                                           \
    }
#define UNASKED(answer)                                                                            \
    {                                                                                              \
        .at = EMRS_PHASE_SEND, .fault = {.news = EMRS_NEWS_CUT}, .prefix = EMRS_TEXT_INIT(answer)  \
    }
#define COUNTS(where, size_, what)                                                                 \
    {                                                                                              \
        .at = EMRS_PHASE_##where, .sent_size = size_, .fault = {                                   \
            .news = EMRS_NEWS_##what,                                                              \
            .size = 65536                                                                          \
        }                                                                                          \
    }
#define ANSWERS(answer)                                                                            \
    {                                                                                              \
        .at = EMRS_PHASE_ANSWER, .prefix = EMRS_TEXT_INIT(answer)                                  \
    }
#define ENDS(answer, how)                                                                          \
    {                                                                                              \
        .at = EMRS_PHASE_ANSWER, .fault = {.news = EMRS_NEWS_##how},                               \
        .prefix = EMRS_TEXT_INIT(answer)                                                           \
    }
#define LONG(before, piece_, count, after)                                                         \
    {                                                                                              \
        .at = EMRS_PHASE_ANSWER, .prefix = EMRS_TEXT_INIT(before), .unit = EMRS_TEXT_INIT(piece_), \
        .unit_count = count, .suffix = EMRS_TEXT_INIT(after)                                       \
    }

#define DRIP(answer)                                                                               \
    {                                                                                              \
        .at = EMRS_PHASE_ANSWER, .prefix = EMRS_TEXT_INIT(answer), .drip_ms = 1000                 \
    }
#define MUCH_MORE(answer)                                                                          \
    {                                                                                              \
        .at = EMRS_PHASE_ANSWER, .prefix = EMRS_TEXT_INIT(answer), .unit = EMRS_TEXT_INIT(A64),    \
        .unit_count = 1024, .extra_size = 65536                                                    \
    }

#define LINE "HTTP/1.1 200 OK\r\n"
#define SIZE "Content-Length: 66\r\n"
#define BODY "\r\n" BENCH_ANSWER_BODY
#define GOOD LINE SIZE BODY
#define CHUNKED LINE "Transfer-Encoding: chunked\r\n\r\n"
#define BODY_REST                                                                                  \
    "\"applicationId\":\"" BENCH_APPLICATION_ID "\",\"jobRunId\":\"" BENCH_JOB_RUN_ID "\"}"
#define JSON_OF(size, body) LINE "Content-Length: " size "\r\n\r\n" body
#define SAYS(status, headers)                                                                      \
    "HTTP/1.1 " status " x\r\n" headers "Content-Length: 15\r\n\r\n{\"message\":\"m\"}"
#define NAMED(status, name) SAYS(status, "x-amzn-errortype: " name "\r\n")
#define AHEAD "Date: Fri, 15 Jan 2027 08:10:00 GMT\r\n" /* ten minutes after the bench's clock */
#define PAGE "Content-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"

#define REFUSES(row, name, how, field)                                                             \
    {                                                                                              \
        row, name, how, WELL, EMRS_E_ARGUMENT, FAULT_NEVER, EMRS_EFFECT_NONE, EMRS_FIELD_##field   \
    }
#define OK(row, name, how, ...)                                                                    \
    {                                                                                              \
        row, name, how, __VA_ARGS__, EMRS_DONE, FAULT_NONE, EMRS_EFFECT_ACCEPTED, EMRS_FIELD_NONE  \
    }
#define FAULT(row, name, how, peer, code, retry, effect)                                           \
    {                                                                                              \
        row, name, how, peer, EMRS_E_##code, FAULT_##retry, EMRS_EFFECT_##effect, EMRS_FIELD_NONE  \
    }

const fault_case fault_cases[] = {
    REFUSES(1, "no application id", no_application, APPLICATION_ID),
    REFUSES(1, "no job run id", no_job_run, JOB_RUN_ID),
    REFUSES(1, "an application id of 65 bytes", long_application, APPLICATION_ID),
    REFUSES(1, "a job run id of 65 bytes", long_job_run, JOB_RUN_ID),
    REFUSES(2, "capitals", capitals, JOB_RUN_ID),
    REFUSES(2, "an underscore", underscore, JOB_RUN_ID),
    REFUSES(2, "non-ASCII bytes", past_ascii, APPLICATION_ID),
    REFUSES(3, "dots and a slash", dots, JOB_RUN_ID),
    REFUSES(3, "an encoded slash", slash, JOB_RUN_ID),
    REFUSES(3, "a question mark", question, JOB_RUN_ID),
    REFUSES(3, "a hash", hash, APPLICATION_ID),
    REFUSES(4, "CR LF and a header", line_end, JOB_RUN_ID),
    REFUSES(4, "LF", line_feed, APPLICATION_ID),
    REFUSES(4, "NUL", nul, JOB_RUN_ID),
    REFUSES(4, "a blank", blank, APPLICATION_ID),
    REFUSES(5, "-1", grace_negative, SHUTDOWN_GRACE_PERIOD),
    REFUSES(5, "14", grace_14, SHUTDOWN_GRACE_PERIOD),
    REFUSES(5, "1801", grace_1801, SHUTDOWN_GRACE_PERIOD),
    REFUSES(5, "INT32_MIN", grace_least, SHUTDOWN_GRACE_PERIOD),
    REFUSES(5, "INT32_MAX", grace_most, SHUTDOWN_GRACE_PERIOD),
    REFUSES(6, "none", no_region, REGION),
    REFUSES(6, "80 bytes", long_region, REGION),
    REFUSES(6, "a dot", dotted_region, REGION),
    REFUSES(6, "a slash", slashed_region, REGION),
    REFUSES(6, "an @", user_region, REGION),
    REFUSES(6, "a hash", hashed_region, REGION),
    REFUSES(6, "a colon", ported_region, REGION),
    FAULT(7, "another computer", plain_endpoint, WELL, INSECURE, NEVER, NONE),
    FAULT(7, "a name that begins like loopback", plain_like_loopback, WELL, INSECURE, NEVER, NONE),
    REFUSES(8, "user info", user_endpoint, ENDPOINT),
    REFUSES(8, "a query", query_endpoint, ENDPOINT),
    REFUSES(8, "a fragment", fragment_endpoint, ENDPOINT),
    REFUSES(8, "port 0", port_0, ENDPOINT),
    REFUSES(8, "port 65536", port_65536, ENDPOINT),
    REFUSES(8, "port 443x", port_443x, ENDPOINT),
    REFUSES(8, "an address without ]", bad_ipv6, ENDPOINT),
    REFUSES(9, "no access key id", no_key, ACCESS_KEY_ID),
    REFUSES(9, "no secret access key", no_secret, SECRET_ACCESS_KEY),
    REFUSES(9, "a secret with CR LF", pasted_secret, SECRET_ACCESS_KEY),
    REFUSES(9, "a key id with LF", pasted_key, ACCESS_KEY_ID),
    REFUSES(9, "a token with LF", pasted_token, SESSION_TOKEN),
    REFUSES(9, "a secret that is not ASCII", foreign_secret, SECRET_ACCESS_KEY),
    OK(10, "100000 bytes", huge_token, WELL),
    REFUSES(11, "none", no_work, WORK),
    FAULT(11, "a byte too small", small_work, WELL, SPACE, NEVER, NONE),
    OK(11, "an odd address", odd_work, WELL),
    OK(12, "0", default_deadline, WELL),
    OK(12, "a day", longest_deadline, WELL),
    REFUSES(12, "a day and 1 ms", past_longest, TIMEOUT),
    REFUSES(12, "UINT32_MAX", no_end, TIMEOUT),
    FAULT(15, "1970", year_1970, WELL, CLOCK, NEVER, NONE),
    FAULT(15, "not set", no_clock, WELL, CLOCK, NEVER, NONE),
    FAULT(15, "a second before the build", before_build, WELL, CLOCK, NEVER, NONE),
    OK(15, "not set, with clock_floor", clock_floor, WELL),
    OK(16, "its last minute", last_second, WELL),
    FAULT(16, "wrapped", year_1970, WELL, CLOCK, NEVER, NONE),
    OK(17, "a year ahead", jumps_ahead, WELL_BUT(.piece = 40)),
    OK(17, "a week back", jumps_back, WELL_BUT(.piece = 40)),
    OK(18, "400 ms before", soon_wraps, WELL_BUT(.pause_ms = 100)),
    FAULT(18, "a retry across the wrap", soon_wraps,
          ANSWERS(SAYS("503", "x-amz-retry-after: 3000\r\n")), SERVICE, YES, UNKNOWN),
    FAULT(19, "RequestTimeTooSkewed", NULL,
          ANSWERS(SAYS("403", AHEAD "x-amzn-errortype: RequestTimeTooSkewed\r\n")), AUTH, CLOCK,
          REFUSED),
    FAULT(19, "InvalidSignatureException", NULL,
          ANSWERS(SAYS("400", AHEAD "x-amzn-errortype: InvalidSignatureException\r\n")), AUTH,
          CLOCK, REFUSED),
    FAULT(19, "RequestExpired", NULL,
          ANSWERS(SAYS("400", AHEAD "x-amzn-errortype: RequestExpired\r\n")), AUTH, CLOCK, REFUSED),
    FAULT(19, "RequestInTheFuture", NULL,
          ANSWERS(SAYS("403", AHEAD "x-amzn-errortype: RequestInTheFuture\r\n")), AUTH, CLOCK,
          REFUSED),
    FAULT(20, "no Date", NULL, ANSWERS(NAMED("403", "RequestTimeTooSkewed")), AUTH, NEVER, REFUSED),
    FAULT(20, "an invalid Date", NULL,
          ANSWERS(SAYS("403", "Date: tomorrow\r\nx-amzn-errortype: RequestTimeTooSkewed\r\n")),
          AUTH, NEVER, REFUSED),
    FAULT(20, "Date twice", NULL,
          ANSWERS(SAYS("403", AHEAD AHEAD "x-amzn-errortype: RequestTimeTooSkewed\r\n")), AUTH,
          NEVER, REFUSED),
    FAULT(20, "a cached answer", NULL,
          ANSWERS(SAYS("403", AHEAD "Age: 9\r\nx-amzn-errortype: RequestTimeTooSkewed\r\n")), AUTH,
          NEVER, REFUSED),
    FAULT(20, "a Date over plain http", loopback,
          ANSWERS(SAYS("403", AHEAD "x-amzn-errortype: RequestTimeTooSkewed\r\n")), AUTH, NEVER,
          REFUSED),
    FAULT(21, "the source fails", NULL, FAILED(TLS, ENTROPY), RESOURCE, NEVER, NONE),
    FAULT(22, "none: the longest waits", no_random, ANSWERS(SAYS("503", "")), SERVICE, YES,
          UNKNOWN),
    FAULT(22, "1", least_random, ANSWERS(SAYS("503", "")), SERVICE, YES, UNKNOWN),
    FAULT(22, "UINT32_MAX", most_random, ANSWERS(SAYS("503", "")), SERVICE, YES, UNKNOWN),
    FAULT(23, "NXDOMAIN", NULL, FAILED(NAME, NAME_UNKNOWN), RESOLVE, NEVER, NONE),
    FAULT(24, "SERVFAIL", NULL, FAILED(NAME, NAME_FAILED), RESOLVE, YES, NONE),
    FAULT(24, "silence", NULL, HAPPENS(NAME, PENDING), TIMEOUT, YES, NONE),
    FAULT(25, "an empty answer", NULL, FAILED(NAME, NAME_FAILED), RESOLVE, YES, NONE),
    FAULT(25, "an address without a route", NULL, FAILED(TCP, UNREACHABLE), CONNECT, YES, NONE),
    OK(26, "each step takes 3 s", NULL, WELL_BUT(.pause_ms = 3000)),
    FAULT(27, "a certificate for another name", NULL, FAILED(TLS, NAME_MISMATCH), CERTIFICATE,
          NEVER, NONE),
    FAULT(27, "no service listens", NULL, FAILED(TCP, REFUSED), CONNECT, YES, NONE),
    FAULT(28, "refused", NULL, FAILED(TCP, REFUSED), CONNECT, YES, NONE),
    FAULT(28, "unreachable", NULL, FAILED(TCP, UNREACHABLE), CONNECT, YES, NONE),
    FAULT(29, "silence", NULL, HAPPENS(TCP, PENDING), TIMEOUT, YES, NONE),
    FAULT(30, "at the socket", NULL, FAILED(TCP, RESOURCE), RESOURCE, YES, NONE),
    FAULT(30, "at the name", NULL, FAILED(NAME, RESOURCE), RESOURCE, YES, NONE),
    FAULT(31, "unreachable from now on", NULL, FAILED(TCP, UNREACHABLE), CONNECT, YES, NONE),
    FAULT(31, "reset", NULL, FAILED(TCP, RESET), CONNECT, YES, NONE),
    FAULT(31, "an end", NULL, HAPPENS(TCP, CUT), CONNECT, YES, NONE),
    OK(32, "a reset is reported for CLOSE", NULL,
       WELL_BUT(.close = {.news = EMRS_NEWS_FAILED, .detail = EMRS_REASON_RESET})),
    OK(32, "an end is reported for CLOSE", NULL, WELL_BUT(.close = {.news = EMRS_NEWS_CUT})),
    FAULT(33, "at the name", NULL, HAPPENS(NAME, STOP), STOPPED, NEVER, NONE),
    FAULT(33, "connecting", NULL, HAPPENS(TCP, STOP), STOPPED, NEVER, NONE),
    FAULT(33, "in the handshake", NULL, HAPPENS(TLS, STOP), STOPPED, NEVER, NONE),
    FAULT(33, "sending", NULL, HAPPENS_SENDING(100, STOP), STOPPED, NEVER, NONE),
    FAULT(33, "sending the last byte", NULL, HAPPENS_SENDING(STAGE_ALL_BUT_ONE, STOP), STOPPED,
          NEVER, UNKNOWN),
    FAULT(33, "before an answer", NULL, HAPPENS(ANSWER, STOP), STOPPED, NEVER, UNKNOWN),
    FAULT(33, "inside an answer", NULL, ENDS(LINE SIZE "\r\n{", STOP), STOPPED, NEVER, UNKNOWN),
    FAULT(34, "no trusted issuer", NULL, FAILED(TLS, ISSUER), CERTIFICATE, NEVER, NONE),
    FAULT(34, "no CA certificates", NULL, FAILED(TLS, TRUST), RESOURCE, NEVER, NONE),
    FAULT(35, "another name", NULL, FAILED(TLS, NAME_MISMATCH), CERTIFICATE, NEVER, NONE),
    FAULT(36, "expired", NULL, FAILED(TLS, EXPIRED), CERTIFICATE, NEVER, NONE),
    FAULT(36, "not yet valid", NULL, FAILED(TLS, NOT_YET_VALID), CERTIFICATE, NEVER, NONE),
    FAULT(37, "any other error", NULL, FAILED(TLS, CERTIFICATE), CERTIFICATE, NEVER, NONE),
    FAULT(37, "not for servers", NULL, FAILED(TLS, USAGE), CERTIFICATE, NEVER, NONE),
    FAULT(37, "weak", NULL, FAILED(TLS, WEAK), CERTIFICATE, NEVER, NONE),
    FAULT(37, "an unreadable key", NULL, FAILED(TLS, KEY), CERTIFICATE, NEVER, NONE),
    FAULT(37, "revoked", NULL, FAILED(TLS, REVOKED), CERTIFICATE, NEVER, NONE),
    FAULT(38, "out of memory", NULL, FAILED(TLS, TLS_MEMORY), TLS_MEMORY, NEVER, NONE),
    FAULT(38, "a record too large for the build", NULL, FAILED(TLS, TLS_RECORD), TLS, NEVER, NONE),
    FAULT(39, "no version, no suite", NULL, FAILED(TLS, TLS_VERSION), TLS, NEVER, NONE),
    FAULT(40, "TLS 1.2 with RSA-PSS alone, which is not offered", NULL, FAILED(TLS, TLS_VERSION),
          TLS, NEVER, NONE),
    FAULT(41, "an alert", NULL, FAILED(TLS, TLS_ALERT), TLS, NEVER, NONE),
    FAULT(42, "an end", NULL, FAILED(TLS, TLS_CUT), TLS, YES, NONE),
    FAULT(42, "a reset", NULL, FAILED(TLS, RESET), CONNECT, YES, NONE),
    FAULT(42, "an end without a reason from TLS", NULL, HAPPENS(TLS, CUT), CONNECT, YES, NONE),
    FAULT(42, "internal_error, as our TLS reports it", NULL, FAILED(TLS, TLS_CUT), TLS, YES, NONE),
    FAULT(43, "no progress", NULL, HAPPENS(TLS, PENDING), TIMEOUT, YES, NONE),
    FAULT(44, "silence", NULL, HAPPENS(TLS, PENDING), TIMEOUT, YES, NONE),
    FAULT(45, "no TLS", NULL, FAILED(TLS, TLS), TLS, NEVER, NONE),
    FAULT(46, "in the handshake", NULL, FAILED(TLS, TLS_MEMORY), TLS_MEMORY, NEVER, NONE),
    FAULT(46, "in sending", NULL, FAILED_SENDING(100, TLS_MEMORY), TLS_MEMORY, NEVER, NONE),
    FAULT(47, "in the handshake", NULL, FAILED(TLS, TLS), TLS, NEVER, NONE),
    FAULT(47, "in sending", NULL, FAILED_SENDING(100, TLS), TLS, YES, NONE),
    FAULT(47, "before an answer", NULL, FAILED(ANSWER, TLS), TLS, YES, UNKNOWN),
    OK(48, "every second step without progress", NULL, WELL_BUT(.hesitates = true)),
    FAULT(49, "inside the body", NULL, ENDS(LINE SIZE "\r\n{\"applicat", CUT), TRUNCATED, YES,
          UNKNOWN),
    FAULT(49, "inside a chunk", NULL, ENDS(CHUNKED "42\r\n{", CUT), TRUNCATED, YES, UNKNOWN),
    OK(50, "after it", NULL, ENDS(GOOD, CUT)),
    OK(51, "one byte at a time", NULL, WELL_BUT(.piece = 1)),
    OK(52, "one byte in every second step", NULL, WELL_BUT(.piece = 1, .hesitates = true)),
    FAULT(53, "no room for the first byte", NULL, HAPPENS_SENDING(0, PENDING), TIMEOUT, YES, NONE),
    FAULT(53, "room for 100 bytes", NULL, HAPPENS_SENDING(100, PENDING), TIMEOUT, YES, NONE),
    FAULT(53, "no room for the last byte", NULL, HAPPENS_SENDING(STAGE_ALL_BUT_ONE, PENDING),
          TIMEOUT, YES, UNKNOWN),
    FAULT(54, "before the last byte", NULL, FAILED_SENDING(STAGE_ALL_BUT_ONE, RESET), CONNECT, YES,
          UNKNOWN),
    FAULT(54, "before the first byte", NULL, FAILED_SENDING(0, RESET), CONNECT, YES, NONE),
    FAULT(54, "after 100 bytes", NULL, FAILED_SENDING(100, RESET), CONNECT, YES, NONE),
    FAULT(54, "after the last byte", NULL, FAILED(ANSWER, RESET), CONNECT, YES, UNKNOWN),
    FAULT(55, "an end", NULL, HAPPENS_SENDING(100, CUT), CONNECT, YES, NONE),
    FAULT(55, "an end before the last byte", NULL, HAPPENS_SENDING(STAGE_ALL_BUT_ONE, CUT), CONNECT,
          YES, UNKNOWN),
    FAULT(55, "an authenticated end", NULL, HAPPENS_SENDING(100, CLOSED), CONNECT, YES, NONE),
    FAULT(56, "413 in the service's format", NULL,
          EARLY(NAMED("413", "RequestEntityTooLargeException")), SERVICE, NEVER, REFUSED),
    FAULT(56, "429 in the service's format", NULL, EARLY(NAMED("429", "ThrottlingException")),
          THROTTLED, YES, REFUSED),
    FAULT(56, "503", NULL, EARLY(SAYS("503", "")), SERVICE, YES, NONE),
    FAULT(56, "200 to a request that was not sent completely", NULL, EARLY(GOOD), PROTOCOL, YES,
          NONE),
    FAULT(58, "silence", NULL, HAPPENS(ANSWER, PENDING), TIMEOUT, YES, UNKNOWN),
    FAULT(58, "unreachable", NULL, FAILED(ANSWER, UNREACHABLE), CONNECT, YES, UNKNOWN),
    FAULT(59, "an end", NULL, HAPPENS(ANSWER, CUT), TRUNCATED, YES, UNKNOWN),
    FAULT(59, "an authenticated end", NULL, HAPPENS(ANSWER, CLOSED), TRUNCATED, YES, UNKNOWN),
    FAULT(60, "HTTP/2", NULL, ANSWERS("HTTP/2 200\r\n\r\n"), PROTOCOL, YES, UNKNOWN),
    OK(61, "1.0, an authenticated end", NULL, ENDS("HTTP/1.0 200 OK\r\n" BODY, CLOSED)),
    OK(61, "1.1, an authenticated end", NULL, ENDS(LINE BODY, CLOSED)),
    FAULT(61, "1.0, any other end", NULL, ENDS("HTTP/1.0 200 OK\r\n" BODY, CUT), TRUNCATED, YES,
          UNKNOWN),
    FAULT(61, "1.1, any other end", NULL, ENDS(LINE BODY, CUT), TRUNCATED, YES, UNKNOWN),
    OK(62, "two", NULL, ANSWERS("\r\n\r\n" GOOD)),
    FAULT(62, "a flood", NULL, LONG("", "\r\n", 32768, GOOD), PROTOCOL, YES, UNKNOWN),
    FAULT(63, "a folded line", NULL, ANSWERS(LINE " X: y\r\n" SIZE BODY), PROTOCOL, YES, UNKNOWN),
    FAULT(64, "no colon", NULL, ANSWERS(LINE "X\r\n" SIZE BODY), PROTOCOL, YES, UNKNOWN),
    OK(65, "200 headers that are not needed", NULL,
       LONG(LINE, "X-Filler: abcdefgh\r\n", 200, SIZE BODY)),
    FAULT(65, "10000 headers", NULL, LONG(LINE, "X-Filler: abcdefgh\r\n", 10000, SIZE BODY),
          TOO_BIG, NEVER, UNKNOWN),
    OK(66, "one", NULL, ANSWERS("HTTP/1.1 100 Continue\r\n\r\n" GOOD)),
    OK(66, "four", NULL, LONG("", "HTTP/1.1 103 Early\r\nLink: x\r\n\r\n", 4, GOOD)),
    FAULT(66, "a flood", NULL, LONG("", "HTTP/1.1 100 Continue\r\n\r\n", 10000, GOOD), PROTOCOL,
          YES, UNKNOWN),
    FAULT(66, "101", NULL, ANSWERS("HTTP/1.1 101 x\r\n\r\n" GOOD), PROTOCOL, YES, UNKNOWN),
    OK(67, "equal", NULL, ANSWERS(LINE SIZE SIZE BODY)),
    FAULT(67, "different", NULL, ANSWERS(LINE SIZE "Content-Length: 67\r\n" BODY), PROTOCOL, YES,
          UNKNOWN),
    FAULT(68, "+66", NULL, ANSWERS(LINE "Content-Length: +66\r\n" BODY), PROTOCOL, YES, UNKNOWN),
    FAULT(69, "2^32 + 66", NULL, ANSWERS(LINE "Content-Length: 4294967362\r\n" BODY), TOO_BIG,
          NEVER, UNKNOWN),
    FAULT(70, "both", NULL, ANSWERS(LINE SIZE "Transfer-Encoding: chunked\r\n" BODY), PROTOCOL, YES,
          UNKNOWN),
    FAULT(71, "identity", NULL, ANSWERS(LINE "Transfer-Encoding: identity\r\n" BODY), PROTOCOL, YES,
          UNKNOWN),
    OK(72, "lower case, last", NULL, ANSWERS(LINE "server:x\r\ncontent-length:66\r\n" BODY)),
    OK(72, "upper case, tabs", NULL, ANSWERS(LINE "CONTENT-LENGTH:\t66\t \r\nX:\r\n" BODY)),
    FAULT(73, "gzip", NULL, ANSWERS(LINE SIZE "Content-Encoding: gzip\r\n" BODY), PROTOCOL, NEVER,
          UNKNOWN),
    OK(74, "in a request id", NULL,
       ANSWERS(LINE "x-amzn-RequestId: \x1b[31m\x07\x7f\r\n" SIZE BODY)),
    FAULT(74, "in a name and a message", NULL,
          ANSWERS("HTTP/1.1 400 x\r\nx-amzn-errortype: \x1b[1mX\x01\r\nContent-Length: "
                  "31\r\n\r\n{\"message\":\"a\\u001b[2J\\u0007b\"}"),
          SERVICE, NEVER, REFUSED),
    FAULT(75, "one byte less, an authenticated end", NULL,
          ENDS(LINE "Content-Length: 67\r\n" BODY, CLOSED), TRUNCATED, YES, UNKNOWN),
    FAULT(75, "one byte less, silence", NULL, ANSWERS(LINE "Content-Length: 67\r\n" BODY), TIMEOUT,
          YES, UNKNOWN),
    OK(76, "a second answer", NULL, ANSWERS(GOOD "HTTP/1.1 500 x\r\n\r\n")),
    OK(76, "64 KB", NULL, MUCH_MORE(GOOD)),
    FAULT(77, "a message of 100 KB", NULL,
          LONG("HTTP/1.1 400 x\r\nx-amzn-errortype: ValidationException\r\nContent-Length: "
               "102414\r\n\r\n{\"message\":\"",
               A64, 1600, "\"}"),
          SERVICE, NEVER, REFUSED),
    FAULT(77, "a page of 100 KB", NULL,
          LONG("HTTP/1.1 503 x\r\nContent-Length: 102400\r\n\r\n", A64, 1600, ""), SERVICE, YES,
          UNKNOWN),
    FAULT(78, "no body", NULL, ANSWERS(JSON_OF("0", "")), UNVERIFIED, YES, UNKNOWN),
    FAULT(78, "no members", NULL, ANSWERS(JSON_OF("2", "{}")), UNVERIFIED, YES, UNKNOWN),
    FAULT(78, "one id of two", NULL,
          ANSWERS(JSON_OF("33", "{\"jobRunId\":\"" BENCH_JOB_RUN_ID "\"}  ")), UNVERIFIED, YES,
          UNKNOWN),
    FAULT(79, "204", NULL, ANSWERS("HTTP/1.1 204 x\r\n" SIZE BODY), PROTOCOL, YES, UNKNOWN),
    FAULT(79, "304", NULL, ANSWERS("HTTP/1.1 304 x\r\n\r\n"), PROTOCOL, YES, UNKNOWN),
    FAULT(80, "none", NULL, ANSWERS(CHUNKED "\r\n{}\r\n0\r\n\r\n"), PROTOCOL, YES, UNKNOWN),
    FAULT(80, "eight F's", NULL, ANSWERS(CHUNKED "FFFFFFFF\r\n{}\r\n0\r\n\r\n"), TOO_BIG, NEVER,
          UNKNOWN),
    FAULT(81, "none", NULL, ANSWERS(CHUNKED "42\r\n" BENCH_ANSWER_BODY "0\r\n\r\n"), PROTOCOL, YES,
          UNKNOWN),
    OK(82, "66 of them and one of 66 bytes", NULL,
       LONG(CHUNKED, "1\r\n \r\n", 66, "42\r\n" BENCH_ANSWER_BODY "\r\n0\r\n\r\n")),
    FAULT(83, "a trailer of 64 KB", NULL,
          LONG(CHUNKED "42\r\n" BENCH_ANSWER_BODY "\r\n0\r\nX: ", A64, 1024, "\r\n\r\n"), TOO_BIG,
          NEVER, UNKNOWN),
    FAULT(84, "an authenticated end", NULL, ENDS(CHUNKED "42\r\n" BENCH_ANSWER_BODY "\r\n", CLOSED),
          TRUNCATED, YES, UNKNOWN),
    FAULT(84, "any other end", NULL, ENDS(CHUNKED "42\r\n" BENCH_ANSWER_BODY "\r\n", CUT),
          TRUNCATED, YES, UNKNOWN),
    FAULT(85, "a good answer", NULL, DRIP(GOOD), TIMEOUT, YES, UNKNOWN),
    FAULT(86, "10 GB by its length", NULL, ANSWERS(LINE "Content-Length: 10737418240\r\n\r\n{"),
          TOO_BIG, NEVER, UNKNOWN),
    FAULT(86, "without a length", NULL, LONG(LINE "\r\n", A64, 16385, ""), TOO_BIG, NEVER, UNKNOWN),
    FAULT(87, "two roots", NULL, ANSWERS(JSON_OF("67", BENCH_ANSWER_BODY "{")), JSON, YES, UNKNOWN),
    FAULT(88, "an array", NULL, ANSWERS(JSON_OF("68", "[" BENCH_ANSWER_BODY "]")), JSON, YES,
          UNKNOWN),
    FAULT(89, "33 levels", NULL, LONG(LINE "Content-Length: 48\r\n\r\n{\"a\":", "[", 43, ""), JSON,
          YES, UNKNOWN),
    OK(89, "9000 tokens", NULL,
       LONG(LINE "Content-Length: 18074\r\n\r\n{\"a\":[", "1,", 9000, "1]," BODY_REST)),
    FAULT(90, "twice", NULL, ANSWERS(JSON_OF("33", "{\"jobRunId\":\"r\",\"jobRunId\":\"r\"}  ")),
          JSON, YES, UNKNOWN),
    FAULT(91, "a number", NULL, ANSWERS(JSON_OF("34", "{\"applicationId\":1,\"jobRunId\":\"2\"}")),
          JSON, YES, UNKNOWN),
    OK(92, "a letter of each", NULL,
       ANSWERS(JSON_OF("76", "{\"applicationId\":\"00\\u0066abcdefg123456\",\"jobRunId\":"
                             "\"0\\u0030fhijklmn789012\"}"))),
    FAULT(95, "both", NULL, ANSWERS(JSON_OF("36", "{\"applicationId\":\"1\",\"jobRunId\":\"2\"}")),
          MISMATCH, NEVER, UNKNOWN),
    FAULT(95, "one of two", NULL,
          ANSWERS(JSON_OF("66", "{\"applicationId\":\"" BENCH_APPLICATION_ID
                                "\",\"jobRunId\":\"00fhijklmn789013\"}")),
          MISMATCH, NEVER, UNKNOWN),
    FAULT(96, "in the header, with its page", NULL,
          ANSWERS(NAMED("400", "ValidationException:http://x/")), SERVICE, NEVER, REFUSED),
    FAULT(96, "in __type, with its name space", NULL,
          ANSWERS("HTTP/1.1 400 x\r\nContent-Length: "
                  "38\r\n\r\n{\"__type\":\"a.b#ValidationException\"}  "),
          SERVICE, NEVER, REFUSED),
    FAULT(96, "in code, with Message", NULL,
          ANSWERS(
              "HTTP/1.1 400 x\r\nContent-Length: 30\r\n\r\n{\"code\":\"Foo\",\"Message\":\"m\"}  "),
          SERVICE, NEVER, REFUSED),
    FAULT(96, "nowhere", NULL, ANSWERS(SAYS("400", "")), SERVICE, NEVER, UNKNOWN),
    FAULT(97, "400", NULL, ANSWERS(NAMED("400", "ValidationException")), SERVICE, NEVER, REFUSED),
    FAULT(97, "404", NULL, ANSWERS(NAMED("404", "ResourceNotFoundException")), SERVICE, NEVER,
          REFUSED),
    FAULT(97, "409", NULL, ANSWERS(NAMED("409", "ConflictException")), SERVICE, NEVER, REFUSED),
    FAULT(98, "AccessDeniedException", NULL, ANSWERS(NAMED("403", "AccessDeniedException")), AUTH,
          NEVER, REFUSED),
    FAULT(98, "ExpiredTokenException", NULL, ANSWERS(NAMED("403", "ExpiredTokenException")), AUTH,
          NEVER, REFUSED),
    FAULT(98, "UnrecognizedClientException", NULL,
          ANSWERS(NAMED("403", "UnrecognizedClientException")), AUTH, NEVER, REFUSED),
    FAULT(98, "IncompleteSignature", NULL, ANSWERS(NAMED("400", "IncompleteSignature")), AUTH,
          NEVER, REFUSED),
    FAULT(99, "429", NULL, ANSWERS(NAMED("429", "TooManyRequestsException")), THROTTLED, YES,
          REFUSED),
    FAULT(99, "400", NULL, ANSWERS(NAMED("400", "ThrottlingException")), THROTTLED, YES, REFUSED),
    FAULT(99, "429 without a name", NULL, ANSWERS(SAYS("429", "")), THROTTLED, YES, UNKNOWN),
    FAULT(100, "500", NULL, ANSWERS(NAMED("500", "InternalServerException")), SERVICE, YES,
          UNKNOWN),
    FAULT(100, "502", NULL, ANSWERS(SAYS("502", "")), SERVICE, YES, UNKNOWN),
    FAULT(100, "503", NULL, ANSWERS(SAYS("503", "")), SERVICE, YES, UNKNOWN),
    FAULT(100, "504", NULL, ANSWERS(SAYS("504", "")), SERVICE, YES, UNKNOWN),
    FAULT(101, "501", NULL, ANSWERS(SAYS("501", "")), SERVICE, NEVER, UNKNOWN),
    FAULT(101, "505", NULL, ANSWERS(SAYS("505", "")), SERVICE, NEVER, UNKNOWN),
    FAULT(101, "599", NULL, ANSWERS(SAYS("599", "")), SERVICE, NEVER, UNKNOWN),
    FAULT(102, "huge", NULL, ANSWERS(SAYS("503", "x-amz-retry-after: 999999999\r\n")), SERVICE, YES,
          UNKNOWN),
    FAULT(102, "too large for an integer", NULL,
          ANSWERS(SAYS("503", "x-amz-retry-after: 99999999999999999999\r\n")), SERVICE, YES,
          UNKNOWN),
    FAULT(102, "negative", NULL, ANSWERS(SAYS("503", "x-amz-retry-after: -1\r\n")), SERVICE, YES,
          UNKNOWN),
    FAULT(102, "a date", NULL,
          ANSWERS(SAYS("503", "Retry-After: Fri, 15 Jan 2027 09:00:00 GMT\r\n")), SERVICE, YES,
          UNKNOWN),
    FAULT(102, "past the deadline: no other attempt", short_deadline,
          ANSWERS(SAYS("503", "x-amz-retry-after: 999999999\r\n")), SERVICE, NEVER, UNKNOWN),
    FAULT(103, "HTML", NULL, ANSWERS(LINE PAGE), PROTOCOL, NEVER, UNKNOWN),
    FAULT(103, "HTML without a type", NULL, ANSWERS(JSON_OF("6", "<html>")), JSON, YES, UNKNOWN),
    OK(103, "a good answer called HTML", NULL,
       ANSWERS(LINE "Content-Type: text/html\r\n" SIZE BODY)),
    FAULT(104, "301", NULL, ANSWERS(SAYS("301", "Location: https://example.com/\r\n")), REDIRECT,
          NEVER, UNKNOWN),
    FAULT(104, "302", NULL, ANSWERS(SAYS("302", "Location: https://example.com/\r\n")), REDIRECT,
          NEVER, UNKNOWN),
    FAULT(104, "307", NULL, ANSWERS(NAMED("307", "TemporaryRedirect")), REDIRECT, NEVER, UNKNOWN),
    FAULT(104, "308", NULL, ANSWERS(SAYS("308", "")), REDIRECT, NEVER, UNKNOWN),
    FAULT(105, "401", NULL, ANSWERS("HTTP/1.1 401 x\r\n" PAGE), AUTH, NEVER, UNKNOWN),
    FAULT(105, "401 in the service's format", NULL, ANSWERS(NAMED("401", "UnauthorizedException")),
          AUTH, NEVER, REFUSED),
    FAULT(105, "407", NULL, ANSWERS("HTTP/1.1 407 x\r\n" PAGE), PROXY, NEVER, UNKNOWN),
    FAULT(105, "407 in the service's format", NULL, ANSWERS(NAMED("407", "foo")), PROXY, NEVER,
          UNKNOWN),
    FAULT(105, "408", NULL, ANSWERS("HTTP/1.1 408 x\r\n" PAGE), SERVICE, YES, UNKNOWN),
    FAULT(105, "408 in the service's format", NULL, ANSWERS(NAMED("408", "RequestTimeout")),
          SERVICE, YES, UNKNOWN),
    FAULT(107, "and fresh ones are there", renewing, ANSWERS(NAMED("403", "ExpiredTokenException")),
          AUTH, FRESH, REFUSED),
    FAULT(111, "an end", NULL, HAPPENS_SENDING(0, CUT), CONNECT, YES, NONE),
    FAULT(111, "a reset", NULL, FAILED_SENDING(0, RESET), CONNECT, YES, NONE),
    FAULT(111, "an end in TLS", NULL, FAILED_SENDING(0, TLS_CUT), TLS, YES, NONE),
    FAULT(111, "application data, as our TLS reports it", NULL, FAILED_SENDING(0, TLS), TLS, YES,
          NONE),
    FAULT(111, "an end, without a session token", no_token, HAPPENS_SENDING(0, CUT), CONNECT, YES,
          NONE),
    FAULT(111, "an end, after a refusal was received", NULL,
          UNASKED(NAMED("404", "ResourceNotFoundException")), CONNECT, YES, NONE),
    FAULT(111, "found while connecting", NULL, FAILED(TLS, TLS_CUT), TLS, YES, NONE),
    FAULT(112, "400 InternalServerException", NULL,
          ANSWERS(NAMED("400", "InternalServerException")), SERVICE, YES, UNKNOWN),
    FAULT(112, "400 InternalServerError", NULL, ANSWERS(NAMED("400", "InternalServerError")),
          SERVICE, YES, UNKNOWN),
    FAULT(112, "400 InternalFailure", NULL, ANSWERS(NAMED("400", "InternalFailure")), SERVICE, YES,
          UNKNOWN),
    FAULT(112, "424 InternalError", NULL, ANSWERS(NAMED("424", "InternalError")), SERVICE, YES,
          UNKNOWN),
    FAULT(112, "400 ServiceUnavailable", NULL, ANSWERS(NAMED("400", "ServiceUnavailable")), SERVICE,
          YES, UNKNOWN),
    FAULT(112, "400 RequestAbortedException", NULL,
          ANSWERS(NAMED("400", "RequestAbortedException")), SERVICE, YES, UNKNOWN),
    FAULT(112, "400 RequestTimeoutException", NULL,
          ANSWERS(NAMED("400", "RequestTimeoutException")), SERVICE, YES, UNKNOWN),
    FAULT(112, "499 under any name", NULL, ANSWERS(NAMED("499", "timeout")), SERVICE, YES, UNKNOWN),
    FAULT(112, "499 under the name of a refusal", NULL,
          ANSWERS(NAMED("499", "ValidationException")), SERVICE, YES, UNKNOWN),
    FAULT(112, "499 without a name", NULL, ANSWERS("HTTP/1.1 499 x\r\n" PAGE), SERVICE, YES,
          UNKNOWN),
    FAULT(113, "refused before it is checked", NULL, FAILED(TLS, CHAIN_COST), CERTIFICATE, NEVER,
          NONE),
    FAULT(113, "still being checked at the deadline", NULL, HAPPENS(TLS, PENDING), TIMEOUT, YES,
          NONE),
    FAULT(114, "an unknown issuer", NULL, FAILED(TLS, ISSUER), CERTIFICATE, NEVER, NONE),
    FAULT(114, "a chain too long", NULL, FAILED(TLS, CERTIFICATE), CERTIFICATE, NEVER, NONE),
    FAULT(115, "as our TLS reports it", NULL, FAILED(TLS, TLS_PIECES), TLS, NEVER, NONE),
    FAULT(116, "in the handshake", NULL, FAILED(TLS, TLS_CLIENT_CERTIFICATE), TLS, NEVER, NONE),
    FAULT(116, "after it, in TLS 1.3", NULL, FAILED(ANSWER, TLS_CLIENT_CERTIFICATE), TLS, NEVER,
          UNKNOWN),
    FAULT(117, "as our TLS reports it", NULL, FAILED(TLS, CERTIFICATE), CERTIFICATE, NEVER, NONE),
    FAULT(118, "nothing of it can be used", NULL, FAILED(TLS, TRUST), RESOURCE, NEVER, NONE),
    FAULT(118, "the server's CA is the one that cannot be read", NULL, FAILED(TLS, ISSUER),
          CERTIFICATE, NEVER, NONE),
    OK(120, "nothing after its colon", NULL, ANSWERS(LINE SIZE "Content-Encoding:\r\n" BODY)),
    OK(120, "blanks", NULL, ANSWERS(LINE "Content-Encoding: \t\r\n" SIZE BODY)),
    FAULT(121, "at SIGHUP the application gives up", NULL, HAPPENS(ANSWER, STOP), STOPPED, NEVER,
          UNKNOWN),
    FAULT(122, "it fails", NULL, FAILED(TLS, ENTROPY), RESOURCE, NEVER, NONE),
    FAULT(122, "it blocks", NULL, HAPPENS(TLS, PENDING), TIMEOUT, YES, NONE),
    FAULT(122, "a resolver without memory", NULL, FAILED(NAME, RESOURCE), RESOURCE, YES, NONE),
    REFUSES(123, "a secret in its place: /", swapped_slash, ACCESS_KEY_ID),
    REFUSES(123, "a secret in its place: +", swapped_plus, ACCESS_KEY_ID),
    REFUSES(123, "quotes", quoted_key, ACCESS_KEY_ID),
    REFUSES(123, "NAME=", named_key, ACCESS_KEY_ID),
    REFUSES(123, "a comma", comma_key, ACCESS_KEY_ID),
    OK(124, "the longest label, the largest count", longest_label, WELL),
    REFUSES(124, "a label that is too long", long_label, USER_AGENT),
    FAULT(126, "in signing", failing_hash, WELL, RESOURCE, NEVER, NONE),
    FAULT(127, "more bytes sent than the window has", NULL, COUNTS(SEND, 100, SENT), PORT, NEVER,
          NONE),
    FAULT(127, "more bytes received than the window has", NULL, COUNTS(ANSWER, 0, RECEIVED), PORT,
          NEVER, UNKNOWN),
    FAULT(128, "there are none yet", none_yet, WELL, CREDENTIALS, NEVER, NONE),
    FAULT(128, "they have expired", past_expiry, WELL, CREDENTIALS, NEVER, NONE),
    OK(128, "they can still be used", past_renewal, WELL),
};

const size_t fault_case_count = COUNT_OF(fault_cases);
