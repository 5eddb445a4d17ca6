/* SPDX-License-Identifier: MIT */
/* Writes seeds for every target, from the test vectors, so that nothing is stored twice.
 * usage: seeds FOLDER   writes FOLDER/TARGET/NUMBER; the folders must exist */
#include "fuzz.h"

#include "vectors/http.h"
#include "vectors/json.h"

enum { SEED_SIZE_MAX = 4000 };
#define IDS "{\"applicationId\":\"00fabcdefg123456\",\"jobRunId\":\"00fhijklmn789012\"}"
#define NONE                                                                                       \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
#define OK "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" IDS
#define FAILURE(status, more)                                                                      \
    "HTTP/1.1 " status " x\r\n" more "Date: Fri, 15 Jan 2027 09:00:00 GMT\r\n"                     \
    "Content-Length: 33\r\n\r\n{\"message\":\"words\",\"code\":\"E\"   }"
#define NAMED(name) "x-amzn-ErrorType: " name "\r\nx-amzn-RequestId: 0123\r\n"
#define NEXT "\xfe"
#define TO_WAIT "\x80\xff\x80\xff\x80\xff\x80\xff"

typedef struct {
    emrs_text bytes, steering;
} seed;

/* Calls of several attempts. Steering: flags, attempts and idle limit, time-outs, clocks; then two
 * bytes per step. */
static const seed calls[] = {
    {EMRS_TEXT_INIT(OK), EMRS_TEXT_INIT("\x01\x03\x03\x00")},
    {EMRS_TEXT_INIT(OK NEXT OK NEXT OK), EMRS_TEXT_INIT("\x85\x53\x03\x00")},
    {EMRS_TEXT_INIT(OK NEXT OK NEXT OK),
     EMRS_TEXT_INIT("\x85\x53\x03\x00\xff\x00\x05\x00\xff\x00")},
    {EMRS_TEXT_INIT(FAILURE("503", "") NEXT OK), EMRS_TEXT_INIT("\x01\x03\x03\x00")},
    {EMRS_TEXT_INIT(FAILURE("503", "x-amz-retry-after: 900\r\n") NEXT OK),
     EMRS_TEXT_INIT("\x00\x53\x03\x80")},
    {EMRS_TEXT_INIT(FAILURE("429", NAMED("ThrottlingException")) NEXT OK),
     EMRS_TEXT_INIT("\x09\x50\x03\x80")},
    {EMRS_TEXT_INIT(FAILURE("400", NAMED("ValidationException"))),
     EMRS_TEXT_INIT("\x02\x03\x03\x00")},
    {EMRS_TEXT_INIT(NEXT FAILURE("400", NAMED("ValidationException"))),
     EMRS_TEXT_INIT("\x00\x03\x03\x00")},
    {EMRS_TEXT_INIT(FAILURE("403", NAMED("ExpiredTokenException")) NEXT OK),
     EMRS_TEXT_INIT("\x01\x03\x03\x00")},
    {EMRS_TEXT_INIT(FAILURE("403", NAMED("SignatureDoesNotMatch")) NEXT OK),
     EMRS_TEXT_INIT("\x01\x03\x03\x00")},
    {EMRS_TEXT_INIT(FAILURE("403", NAMED("AccessDenied")) NEXT OK),
     EMRS_TEXT_INIT("\x10\x03\x03\x48")},
    {EMRS_TEXT_INIT(FAILURE("500", "Connection: close\r\n") NEXT OK),
     EMRS_TEXT_INIT("\x00\x03\x03\x00")},
    {EMRS_TEXT_INIT("HTTP/1.1 200 OK\r\n\r\n" IDS), EMRS_TEXT_INIT("\x00\x03\x03\x00")},
    {EMRS_TEXT_INIT("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n42\r\n" IDS
                    "\r\n0\r\n\r\n"),
     EMRS_TEXT_INIT(
         "\x00\x03\x03\x00\x80\x00\x80\xff\x80\xff\x80\x10\x80\x10\x80\x01\x80\x30\x80\x30")},
    /* Found by this target: the CLOSE of an idle stream that lasts longer than the call; a WAIT
     * that lasts longer than the call; a clock that is lost during a WAIT. */
    {EMRS_TEXT_INIT(OK NEXT OK),
     EMRS_TEXT_INIT("\x84\x53\x03\x00\xff\x00\x05\x00\x60\x07\x00\x00")},
    {EMRS_TEXT_INIT(FAILURE("503", "") NEXT OK),
     EMRS_TEXT_INIT("\x00\x53\x03\x00" TO_WAIT "\x60\x07\x00\x00")},
    {EMRS_TEXT_INIT(FAILURE("503", "") NEXT OK),
     EMRS_TEXT_INIT("\x00\x53\x03\x00" TO_WAIT "\x60\x4b\x00\x00")},
    /* A stop during the last CLOSE; a clock put back after the service's clock was learnt. */
    {EMRS_TEXT_INIT(OK), EMRS_TEXT_INIT("\x00\x03\x03\x00" TO_WAIT "\x09\x00")},
    {EMRS_TEXT_INIT(FAILURE("403", NAMED("SignatureDoesNotMatch")) NEXT OK),
     EMRS_TEXT_INIT("\x00\x53\x03\x78" TO_WAIT "\x60\x40")},
    {EMRS_TEXT_INIT(OK),
     EMRS_TEXT_INIT("\x41\x03\x03\x00\x02\x01\x03\xff\x03\xff\x60\x03\x04\xff\x04\x40\x08"
                    "\x05\x09\x00\x07\x04\x06\x00\x05\x00")},
};

static const seed dates[] = {
    {EMRS_TEXT_INIT("Sun, 06 Nov 1994 08:49:37 GMT"), NONE},
    {EMRS_TEXT_INIT("Thu, 29 Feb 2024 23:59:59 GMT"), NONE},
    {EMRS_TEXT_INIT("fri, 31 dec 2099 00:00:00 gmt"), NONE},
    {EMRS_TEXT_INIT("Thu, 31 Dec 2105 23:59:59 GMT"), NONE},
    {EMRS_TEXT_INIT("Sunday, 06-Nov-94 08:49:37 GMT"), NONE},
    {EMRS_TEXT_INIT("2023-02-06T05:54:46Z"), NONE},
    {EMRS_TEXT_INIT("2024-02-29t23:59:59.999+05:30"), NONE},
    {EMRS_TEXT_INIT("2105-12-31T23:59:59-23:59"), NONE},
};

#define KEYS(token, expiration)                                                                    \
    "\"AccessKeyId\":\"AKID\",\"SecretAccessKey\":\"secret\",\"" token                             \
    "\":\"token\",\"" expiration "\":\"2027-01-15T09:00:00Z\""
#define LENGTH(size) "HTTP/1.1 200 OK\r\nContent-Length: " size "\r\n\r\n"
#define CONTAINER LENGTH("101") "{" KEYS("Token", "Expiration") "}"

static const seed processes[] = {
    {EMRS_TEXT_INIT("{\"Version\":1," KEYS("SessionToken", "Expiration") "}"),
     EMRS_TEXT_INIT("\x10\x00")},
    {EMRS_TEXT_INIT(
         "{\"Version\":1,\"AccessKeyId\":\"A\",\"SecretAccessKey\":\"s\",\"SessionToken\":"
         "null,\"Expiration\":null}"),
     EMRS_TEXT_INIT("\x10\x00")},
    {EMRS_TEXT_INIT("{\"Version\":1," KEYS("SessionToken", "Expiration") "}"),
     EMRS_TEXT_INIT("\x00\x40")},
};

/* Two names from the input, each after its size; then the pieces. */
static const seed documents[] = {
    {EMRS_TEXT_INIT(
         "{\"a\":{\"te\\u0061m\":\"x\",\"b\":1,\"no name\":0,\"t\":\"four\"},\"team\":0}"),
     EMRS_TEXT_INIT("\x04\x04team\x01t\x05\x02")},
    {EMRS_TEXT_INIT("{\"a\":{\"\xc3\xa9\":\"\",\"\":null}}"),
     EMRS_TEXT_INIT("\x04\x00\x02\xc3\xa9\x01")},
    {EMRS_TEXT_INIT("{\"a\":{\"b\":\"x\"},\"b\":{\"b\":\"y\"}}"),
     EMRS_TEXT_INIT("\x04\x01\x62\x01\x62")},
};

#define JOB_RUN(members)                                                                           \
    "{\"jobRun\":{\"applicationId\":\"00fabcdefg123456\",\"jobRunId\":"                            \
    "\"00fhijklmn789012\"," members "}}"

/* Steering: how many tags, bytes of store beyond the least, pieces. */
static const seed looks[] = {
    {EMRS_TEXT_INIT(JOB_RUN("\"state\":\"RUNNING\"")), EMRS_TEXT_INIT("\x00\x00\x10\x03")},
    {EMRS_TEXT_INIT(JOB_RUN(
         "\"state\":\"SUCCESS\",\"createdAt\":1764237000.123,\"updatedAt\":1.7E9,\"startedAt\":"
         "\"2026-11-27T09:50:00.250Z\",\"endedAt\":1764237001,\"attempt\":2,\"mode\":\"BATCH\","
         "\"stateDetails\":\"\\u0001\\\"\",\"billedResourceUtilization\":{\"vCPUHour\":0.25}")),
     EMRS_TEXT_INIT("\x00\x40")},
    {EMRS_TEXT_INIT(JOB_RUN("\"state\":\"CANCELLING\",\"name\":\"a\",\"tags\":{\"te\\u0061m\":"
                            "\"x\",\"n\xc3\xa9\":\"\","
                            "\"name\":null},\"jobDriver\":{\"tags\":{\"name\":\"no\"}}")),
     EMRS_TEXT_INIT("\x03\x00\x00\x01")},
};

static const seed sources[] = {
    {EMRS_TEXT_INIT(CONTAINER NEXT CONTAINER NEXT CONTAINER), EMRS_TEXT_INIT("\x04\x00")},
    {EMRS_TEXT_INIT(CONTAINER NEXT "HTTP/1.1 403 x\r\nContent-Length: 0\r\n\r\n" NEXT CONTAINER),
     EMRS_TEXT_INIT("\x01\x00")},
    {EMRS_TEXT_INIT(LENGTH("4") "null" NEXT LENGTH("2") "{}" NEXT CONTAINER),
     EMRS_TEXT_INIT("\x04\x00")},
    {EMRS_TEXT_INIT(LENGTH("124") "{\"credentials\":{\"accessKeyId\":\"AKID\",\"secretAccessKey\":"
                                  "\"secret\",\"sessionToken\":\"token\",\"expiration\":"
                                  "\"2027-01-15T09:00:00Z\"}}"),
     EMRS_TEXT_INIT("\x06\x01")},
    {EMRS_TEXT_INIT(LENGTH("2") "to" NEXT LENGTH("5") "role\n" NEXT LENGTH(
         "118") "{\"Code\":\"Success\"," KEYS("Token", "Expiration") "}"),
     EMRS_TEXT_INIT("\x04\x02")},
    {EMRS_TEXT_INIT(
         LENGTH("2") "to" NEXT LENGTH("4") "role" NEXT LENGTH("15") "{\"Code\":\"Fail\"}"),
     EMRS_TEXT_INIT("\x05\x02")},
};

static const seed endpoints[] = {
    {EMRS_TEXT_INIT("us-east-1"), EMRS_TEXT_INIT("\x00\x00\x00\x09\x00")},
    {EMRS_TEXT_INIT("us-gov-west-1"), EMRS_TEXT_INIT("\x03\x00\x00\x0d\x00")},
    {EMRS_TEXT_INIT("a b/1.0https://[2001:db8::1]:8443/base/v1/"),
     EMRS_TEXT_INIT("\x08\x00\x00\x07")},
    {EMRS_TEXT_INIT("https://User@HOST.example_x:443/a/../b?x#y"),
     EMRS_TEXT_INIT("\x08\x00\x00\x00")},
    {EMRS_TEXT_INIT("http://127.0.0.1:8080"), EMRS_TEXT_INIT("\x08\x00\x00\x00")},
    {EMRS_TEXT_INIT("http://localhost/"), EMRS_TEXT_INIT("\x0c\x00\x10\x00")},
};

static const seed errors[] = {
    {EMRS_TEXT_INIT("aws.x#ValidationException:http://a/b#c"
                    "code"
                    "ns#SlowDown"
                    "\xe2\x80\xae\xc2\x85\n"),
     EMRS_TEXT_INIT("\x00\x26\x04\x01\x0b\x01\x06\x01")},
    {EMRS_TEXT_INIT("ThrottlingException"), EMRS_TEXT_INIT("\x1d\x13")},
};

static const seed files[] = {
    {EMRS_TEXT_INIT("[default]\nregion = us-east-1\ns3 =\n  a = b\n\n  # c\n  d\nk : v\n"),
     EMRS_TEXT_INIT("\x04")},
    {EMRS_TEXT_INIT(
         "[profile \"my p\"] x\r\n\xc2\xa0k\xe2\x80\x89= v\r\r\tmore\n= x\n[]\n\xff\n ; c"),
     NONE},
    {EMRS_TEXT_INIT("\xef\xbb\xbf[a]\nbad\n deeper"), NONE},
    {EMRS_TEXT_INIT("sh -c 'a \"b\\' \"c \\\" d\" e\\ f"), EMRS_TEXT_INIT("\x0f")},
};

static int number;

static void write_seed(const char *folder, const char *target, seed s)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s/%04d", folder, target, number++);
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && s.steering.size < 256);
    (void)fwrite(s.bytes.bytes, 1, s.bytes.size, file);
    if (s.steering.size > 0)
        (void)fwrite(s.steering.bytes, 1, s.steering.size, file);
    if (s.steering.bytes != NULL)
        fputc((int)s.steering.size, file);
    CHECK(fclose(file) == 0);
}

static void write_table(const char *folder, const char *target, const seed seeds[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        write_seed(folder, target, seeds[i]);
}

static void write_vectors(const char *folder)
{
    static char bytes[SEED_SIZE_MAX];
    for (size_t i = 0; i < http_vector_count; i++) {
        const http_vector *v = &http_vectors[i];
        size_t size = http_vector_size(v);
        if (size > sizeof bytes)
            continue; /* it repeats bytes to reach a limit; the target begins near the limits */
        http_vector_copy(v, 0, bytes, size);
        emrs_text steering =
            v->end == HTTP_CLOSED ? EMRS_TEXT("\x00\x01\x07") : EMRS_TEXT("\x00\x00\x03");
        write_seed(folder, "response", (seed){{bytes, size}, steering});
        write_seed(folder, "call", (seed){{bytes, size}, EMRS_TEXT("\x01\x03\x03\x00")});
    }
    for (size_t i = 0; i < json_vector_count; i++) {
        const json_vector *v = &json_vectors[i];
        size_t size = json_vector_size(v);
        if (size > sizeof bytes)
            continue;
        json_vector_copy(v, 0, bytes, size);
        write_seed(folder, "sieve", (seed){{bytes, size}, EMRS_TEXT("\x00\x05\x02")});
    }
}

#define TABLE(target, seeds) write_table(folder, target, seeds, sizeof(seeds) / sizeof(seeds)[0])

int main(int count, char **words)
{
    CHECK(count == 2);
    const char *folder = words[1];
    write_vectors(folder);
    TABLE("call", calls);
    TABLE("clock", dates);
    TABLE("credentials", processes);
    TABLE("endpoint", endpoints);
    TABLE("ini", files);
    TABLE("errors", errors);
    TABLE("provider", sources);
    TABLE("sieve", documents);
    TABLE("job_run", looks);
    return 0;
}
