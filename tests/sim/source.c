/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "source.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer.h"

#define ROLES "/latest/meta-data/iam/security-credentials/"

/* The values of wrong answers are those of a generation that the service does not accept. So the
 * service detects a client that uses one of them. */
enum { NOBODY = 17575 };

/* How an answer differs from the honest one */
typedef enum {
    HONEST,
    NO_ANSWER,
    STATUS_5XX,
    NULL_BODY, /* 200; Greengrass lite, when it has none */
    PAGE,      /* 200, text/html */
    HALF,      /* 200, with a value missing */
    CUT_SHORT, /* 200, all values, and the stream ends before the length */
    WRONG_TYPE,
    PASSING_COUNT, /* after the answers up to here a client asks again */
    STATUS_4XX = PASSING_COUNT,
    STATUS_3XX,
    WRONG_BYTE, /* a value that would begin another header */
    OTHER_FORM, /* of another source */
    OVER,       /* a generation that existed, which expired an hour ago or more */
    STALE,      /* a generation that existed, with a later expiration: a client cannot detect it */
    MANNER_COUNT
} manner;

static void make_word(chance *c, char word[17])
{
    for (int i = 0; i < 16; i++)
        word[i] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"[chance_below(c, 38)];
    word[16] = '\0';
}

void source_init(source *s, service *accepts, source_kind kind)
{
    memset(s, 0, sizeof *s);
    s->chance = accepts->chance;
    s->service = accepts;
    s->kind = kind;
    make_word(s->chance, s->name);
    make_word(s->chance, s->secret);
}

/* The request */

typedef enum { NOTHING, TOKEN, ROLE, CREDENTIALS } wish;

static bool has_header(const char *request, const char *name, const char *value)
{
    char line[160];
    (void)snprintf(line, sizeof line, "\r\n%s: %s\r\n", name, value);
    return strstr(request, line) != NULL;
}

static bool asks(const char *request, const char *method, const char *path, const char *name)
{
    char line[160];
    (void)snprintf(line, sizeof line, "%s %s%s HTTP/1.1\r\n", method, path, name);
    return strncmp(request, line, strlen(line)) == 0;
}

/* Amazon EC2 API reference, InstanceMetadataOptionsRequest: "If the state is required, you must
 * send a signed token header with any instance metadata retrieval requests." Amazon EC2 User Guide,
 * "Instance metadata": the token comes from PUT /latest/api/token, with the header
 * X-aws-ec2-metadata-token-ttl-seconds, of 1 to 21600. */
static wish wish_of_instance(const source *s, const char *request)
{
    if (asks(request, "PUT", "/latest/api/token", ""))
        return has_header(request, "x-aws-ec2-metadata-token-ttl-seconds", "21600")
                       && has_header(request, "Content-Length", "0")
                   ? TOKEN
                   : NOTHING;
    if (!has_header(request, "x-aws-ec2-metadata-token", s->secret))
        return NOTHING;
    return asks(request, "GET", ROLES, "")        ? ROLE
           : asks(request, "GET", ROLES, s->name) ? CREDENTIALS
                                                  : NOTHING;
}

/* AWS SDKs and Tools Reference Guide, "Container credential provider": "SDKs attempt to load
 * credentials from the specified HTTP endpoint through a GET request." The token is sent as it is
 * in the header Authorization.
 * AWS IoT Core Developer Guide, "Authorizing direct calls to AWS services using AWS IoT Core
 * credential provider": GET /role-aliases/ALIAS/credentials. Of the header x-amzn-iot-thingname:
 * "AWS IoT checks that the thingName is attached to the certificate presented during the TLS
 * handshake and will not provide temporary credentials unless it is." */
static wish wish_of(const source *s, const char *request)
{
    bool is_good;
    if (s->kind == SOURCE_INSTANCE)
        return wish_of_instance(s, request);
    if (s->kind == SOURCE_CONTAINER) {
        is_good = asks(request, "GET", "/v2/credentials/", s->name)
                  && has_header(request, "Authorization", s->secret);
    } else {
        char path[64];
        (void)snprintf(path, sizeof path, "/role-aliases/%s", s->name);
        is_good = asks(request, "GET", path, "/credentials")
                  && has_header(request, "x-amzn-iot-thingname", s->secret);
    }
    return is_good ? CREDENTIALS : NOTHING;
}

/* The answer */

static const char *const names[SOURCE_KIND_COUNT][4] = {
    [SOURCE_CONTAINER] = {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"},
    [SOURCE_IOT] = {"accessKeyId", "secretAccessKey", "sessionToken", "expiration"},
    [SOURCE_INSTANCE] = {"AccessKeyId", "SecretAccessKey", "Token", "Expiration"}};
static const char *const starts[SOURCE_KIND_COUNT] = {
    [SOURCE_CONTAINER] = "{",
    [SOURCE_IOT] = "{\"credentials\":{",
    [SOURCE_INSTANCE] = "{\"Code\":\"Success\",\"Type\":\"AWS-HMAC\","};

/* The values of a generation, with at most one of them wrong. */
static void write_body(source *s, char *body, size_t size, unsigned generation, uint32_t ends_s,
                       manner m)
{
    char key_id[24], secret[SERVICE_SECRET_SIZE + 1], token[64], date[24];
    const char *const values[] = {key_id, secret, token, date};
    time_t time = (time_t)ends_s;
    struct tm tm;
    source_kind form =
        m == OTHER_FORM ? (s->kind == SOURCE_IOT ? SOURCE_CONTAINER : SOURCE_IOT) : s->kind;
    unsigned wrong = chance_below(s->chance, 4);
    const char *between = "";
    service_credentials(generation, key_id, secret, token);
    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&time, &tm));
    int used = snprintf(body, size, "%s", starts[form]);
    for (unsigned i = 0; i < 4; i++) {
        if (m == HALF && i == wrong)
            continue;
        const char *shape = i != wrong || m < WRONG_TYPE ? "%s\"%s\":\"%s\""
                            : m == WRONG_TYPE            ? "%s\"%s\":[\"%s\"]"
                            : m == WRONG_BYTE            ? "%s\"%s\":\"%s\\r\\nX: y\""
                                                         : "%s\"%s\":\"%s\"";
        used +=
            snprintf(body + used, size - (size_t)used, shape, between, names[form][i], values[i]);
        between = ",";
    }
    (void)snprintf(body + used, size - (size_t)used, form == SOURCE_IOT ? "}}" : "}");
}

static void say_status(source *s, service_answer *a, manner m, const char *body, uint32_t utc_s)
{
    static const int fives[] = {500, 502, 503, 504}, fours[] = {400, 401, 403, 404, 405},
                     threes[] = {301, 302, 307, 308};
    chance *c = s->chance;
    int status = m == STATUS_5XX   ? fives[chance_below(c, 4)]
                 : m == STATUS_4XX ? fours[chance_below(c, 5)]
                                   : threes[chance_below(c, 4)];
    answer_head(a, c, s->date_odds, status, utc_s);
    if (m == STATUS_3XX)
        answer_put(a, "Location: http://192.0.2.1/\r\n");
    answer_body(a, c, chance_one_in(c, 2) ? body : "{\"message\":\"no\"}");
}

/* Ends a body before its length. */
static void say_short(source *s, service_answer *a, const char *body, uint32_t utc_s)
{
    static const service_end ends[] = {END_CUT, END_RESET, END_CLOSED};
    answer_head(a, s->chance, s->date_odds, 200, utc_s);
    answer_put(a, "Content-Length: ");
    answer_number(a, strlen(body) + 1 + chance_below(s->chance, 9), 10);
    answer_put(a, "\r\n\r\n");
    answer_put(a, body);
    a->end = ends[chance_below(s->chance, 3)];
}

static void say_nothing(source *s, service_answer *a)
{
    static const service_end ends[] = {END_SILENT, END_CUT, END_RESET, END_CLOSED};
    a->end = ends[chance_below(s->chance, 4)];
}

/* An answer that emrs must not accept.      in: body: values that must not be used */
static void say_wrongly(source *s, service_answer *a, manner m, const char *body, uint32_t utc_s)
{
    if (m == NO_ANSWER) {
        say_nothing(s, a);
    } else if (m == CUT_SHORT) {
        say_short(s, a, body, utc_s);
    } else if (m == STATUS_5XX || m == STATUS_4XX || m == STATUS_3XX) {
        say_status(s, a, m, body, utc_s);
    } else {
        answer_head(a, s->chance, s->date_odds, 200, utc_s);
        answer_body(a, s->chance,
                    m == NULL_BODY ? "null"
                    : m == PAGE    ? "<html>sign in</html>"
                                   : body);
    }
}

/* The answers before the credentials are plain text. There "null" would be a valid name. */
static void say_word(source *s, service_answer *a, wish what, manner m, uint32_t utc_s)
{
    if (what == TOKEN)
        make_word(s->chance, s->secret);
    if (m == NULL_BODY || m > WRONG_BYTE)
        m = STATUS_5XX;
    if (m != HONEST) {
        say_wrongly(s, a, m, m == CUT_SHORT ? "nobody" : "no body", utc_s);
        return;
    }
    answer_head(a, s->chance, s->date_odds, 200, utc_s);
    answer_body(a, s->chance, what == TOKEN ? s->secret : s->name);
}

static void say_credentials(source *s, service_answer *a, manner m, uint32_t utc_s)
{
    char body[512];
    service *accepts = s->service;
    if (m != HONEST && m != OVER && m != STALE) {
        write_body(s, body, sizeof body, NOBODY, utc_s + 3600u, m);
        say_wrongly(s, a, m, body, utc_s);
        return;
    }
    s->has_given = true;
    s->was_over = m == OVER;
    s->generation = m == HONEST ? service_newest(accepts, utc_s)
                                : chance_below(s->chance, accepts->generation + 1);
    s->ends_s = m == HONEST  ? accepts->ends_s[s->generation % SERVICE_GENERATION_COUNT]
                : m == STALE ? utc_s + 600u
                             : utc_s - 3600u - chance_below(s->chance, 36000);
    write_body(s, body, sizeof body, s->generation, s->ends_s, m);
    answer_head(a, s->chance, s->date_odds, 200, utc_s);
    answer_body(a, s->chance, body);
}

static manner choose(source *s)
{
    bool is_wrong = s->fault_odds > 0 && chance_one_in(s->chance, s->fault_odds)
                    && (s->row_max == 0 || s->row_count < s->row_max);
    s->row_count = is_wrong ? s->row_count + 1 : 0;
    s->fault_count += is_wrong;
    unsigned count = s->row_max > 0 ? PASSING_COUNT : MANNER_COUNT;
    return is_wrong ? (manner)(1 + chance_below(s->chance, count - 1)) : HONEST;
}

void source_refuse_early(source *s, uint32_t utc_s, service_answer *a)
{
    a->size = 0;
    a->end = chance_one_in(s->chance, 2) ? END_STAYS : END_CUT;
    say_status(s, a, STATUS_5XX, "", utc_s);
}

bool source_take(source *s, service_reader *reader, const char *bytes, size_t size, uint32_t utc_s,
                 service_answer *a)
{
    int whole = service_read(reader, bytes, size);
    if (whole == 0)
        return false;
    wish what = whole > 0 ? wish_of(s, reader->bytes) : NOTHING;
    if (what == NOTHING || strstr(reader->bytes, "\r\nHost: ") == NULL
        || strstr(reader->bytes, "AWS4-HMAC-SHA256") != NULL) {
        s->fault = "a request that no source knows";
        return false;
    }
    s->request_count++;
    a->size = 0;
    a->end = END_STAYS;
    manner m = choose(s);
    if (what == CREDENTIALS)
        say_credentials(s, a, m, utc_s);
    else
        say_word(s, a, what, m, utc_s);
    return true;
}
