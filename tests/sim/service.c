/* SPDX-License-Identifier: MIT */
#define _DEFAULT_SOURCE
#include "service.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "answer.h"

static void make_id(chance *c, char *id)
{
    size_t size = chance_one_in(c, 8) ? 1 + chance_below(c, 64) : 16;
    for (size_t i = 0; i < size; i++)
        id[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[chance_below(c, 36)];
    id[size] = '\0';
}

void service_init(service *s, chance *c)
{
    memset(s, 0, sizeof *s);
    s->chance = c;
    make_id(c, s->application_id);
    for (int i = 0; i < SERVICE_RUN_COUNT; i++)
        make_id(c, s->runs[i].id);
    s->ends_s[0] = UINT32_MAX;
}

void service_revoke(service *s)
{
    s->first_good = s->generation + 1;
}

bool service_is_good(const service *s, unsigned generation, uint32_t utc_s)
{
    return generation >= s->first_good && generation <= s->generation
           && generation + SERVICE_GENERATION_COUNT > s->generation
           && utc_s < s->ends_s[generation % SERVICE_GENERATION_COUNT];
}

unsigned service_newest(service *s, uint32_t utc_s)
{
    if (!service_is_good(s, s->generation, utc_s + s->lifetime_s / 2u)) {
        s->generation++;
        s->ends_s[s->generation % SERVICE_GENERATION_COUNT] = utc_s + s->lifetime_s;
    }
    return s->generation;
}

void service_credentials(unsigned generation, char key_id[24], char secret[SERVICE_SECRET_SIZE + 1],
                         char token[64])
{
    char letters[4] = {(char)('A' + generation / 676u % 26u), (char)('A' + generation / 26u % 26u),
                       (char)('A' + generation % 26u), '\0'};
    memset(secret, 's', SERVICE_SECRET_SIZE - 3);
    strcpy(secret + SERVICE_SECRET_SIZE - 3, letters);
    strcpy(key_id, "AKIDGENERATION");
    strcat(key_id, letters);
    strcpy(token, "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVz");
    strcat(token, letters);
}

/* The request */

typedef struct {
    char application_id[65], job_run_id[65], key_id[65], token[129];
    uint32_t date_s;
    bool is_look;     /* GetJobRun; else CancelJobRun */
    job_state looked; /* the state for the answer */
} request;

/* Copies the bytes before `stop`.      ret: the byte after the stop, or NULL */
static const char *word(const char *at, char stop, char *to, size_t size_max)
{
    size_t size = 0;
    while (at[size] != stop) {
        if (at[size] == '\0' || size == size_max)
            return NULL;
        to[size] = at[size];
        size++;
    }
    to[size] = '\0';
    return at + size + 1;
}

static const char *after(const char *at, const char *text)
{
    const char *found = at == NULL ? NULL : strstr(at, text);
    return found == NULL ? NULL : found + strlen(text);
}

static int two(const char *at)
{
    return (at[0] - '0') * 10 + at[1] - '0';
}

/* timegm of "20260102T030405Z" */
static uint32_t date_of(const char *at)
{
    if (at == NULL || strlen(at) < 16 || at[8] != 'T' || at[15] != 'Z')
        return 0;
    struct tm tm = {.tm_year = two(at) * 100 + two(at + 2) - 1900,
                    .tm_mon = two(at + 4) - 1,
                    .tm_mday = two(at + 6),
                    .tm_hour = two(at + 9),
                    .tm_min = two(at + 11),
                    .tm_sec = two(at + 13)};
    return (uint32_t)timegm(&tm);
}

static bool is_target(const char *at)
{
    static const char query[] = "?shutdownGracePeriodInSeconds=";
    if (strncmp(at, query, sizeof query - 1) == 0) {
        at += sizeof query - 1;
        while (*at >= '0' && *at <= '9')
            at++;
    }
    return strncmp(at, " HTTP/1.1\r\n", 11) == 0;
}

/* ret: NULL, or what is wrong */
static const char *read_request(service *s, const char *bytes, request *r)
{
    static const char look[] = "GET /applications/", cancel[] = "DELETE /applications/",
                      middle[] = "jobruns/";
    memset(r, 0, sizeof *r);
    r->is_look = s->job != NULL && strncmp(bytes, look, sizeof look - 1) == 0;
    if (!r->is_look && strncmp(bytes, cancel, sizeof cancel - 1) != 0)
        return "no DELETE of an application";
    const char *at = strchr(bytes, '/') + sizeof "/applications/" - 1;
    at = word(at, '/', r->application_id, 64);
    if (at == NULL || strncmp(at, middle, sizeof middle - 1) != 0)
        return "no job run";
    at += sizeof middle - 1;
    size_t size = strspn(at, "0123456789abcdefghijklmnopqrstuvwxyz");
    if (size == 0 || size > 64 || !is_target(at + size))
        return "no id of a job run, or a target that goes on";
    memcpy(r->job_run_id, at, size);
    r->date_s = date_of(after(bytes, "\r\nX-Amz-Date: "));
    at = after(bytes, "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=");
    if (at == NULL || word(at, '/', r->key_id, 64) == NULL)
        return "no credential";
    at = after(at, ", Signature=");
    if (at == NULL || word(at, '\r', s->signature, 64) == NULL || strlen(s->signature) != 64)
        return "no signature";
    at = after(bytes, "\r\nX-Amz-Security-Token: ");
    if (at == NULL || word(at, '\r', r->token, 128) == NULL)
        return "no token";
    if (after(bytes, "\r\nHost: emr-serverless.") == NULL)
        return "another host";
    return r->date_s < s->earliest_s ? "a date before the build" : NULL;
}

/* The decision */

typedef enum { ACCEPTED, THROTTLED, ENDED, NOT_FOUND, EXPIRED, MISDATED, DENIED, BROKEN } verdict;

static bool has_quota(service *s, uint64_t now_ms)
{
    if (s->rate_ms == 0)
        return true;
    s->tokens += (double)(now_ms - s->filled_ms) / s->rate_ms;
    s->filled_ms = now_ms;
    if (s->tokens > s->burst)
        s->tokens = s->burst;
    if (s->tokens < 1.0)
        return false;
    s->tokens -= 1.0;
    return true;
}

static service_run *run_of(service *s, const request *r)
{
    for (int i = 0; i < SERVICE_RUN_COUNT; i++)
        if (strcmp(s->runs[i].id, r->job_run_id) == 0
            && strcmp(s->application_id, r->application_id) == 0)
            return &s->runs[i];
    return NULL;
}

/* ret: the generation of an access key id; UINT_MAX if it has none */
static unsigned generation_of(const char *key_id)
{
    const char *at = after(key_id, "AKIDGENERATION");
    if (at == NULL || strlen(at) != 3)
        return UINT_MAX;
    return (unsigned)(at[0] - 'A') * 676u + (unsigned)(at[1] - 'A') * 26u + (unsigned)(at[2] - 'A');
}

/* Checks also that key id and token are of the same generation. */
static bool is_expired(service *s, const request *r, uint32_t utc_s)
{
    char key_id[24], secret[SERVICE_SECRET_SIZE + 1], token[64];
    unsigned generation = generation_of(r->key_id);
    if (generation > s->generation) {
        s->fault = "credentials that were never given";
        return true;
    }
    service_credentials(generation, key_id, secret, token);
    if (strcmp(token, r->token) != 0)
        s->fault = "key id and token of two generations";
    return !service_is_good(s, generation, utc_s);
}

static bool is_misdated(const request *r, uint32_t utc_s)
{
    uint32_t apart_s = r->date_s > utc_s ? r->date_s - utc_s : utc_s - r->date_s;
    return apart_s > SERVICE_SKEW_MAX_S;
}

/* With a `job`: answers a look, or cancels it, which is recorded only if it is accepted. */
static verdict decide_job(service *s, service_run *run, request *r, uint64_t now_ms)
{
    if (r->is_look) {
        r->looked = job_look(s->job, now_ms);
        return r->looked == JOB_UNBORN ? NOT_FOUND : ACCEPTED;
    }
    if (!job_cancel(s->job, now_ms))
        return job_at(s->job, now_ms) == JOB_UNBORN ? NOT_FOUND : ENDED;
    run->accepted_count++;
    return ACCEPTED;
}

static verdict decide(service *s, request *r, uint64_t now_ms, uint32_t utc_s)
{
    service_run *run = run_of(s, r);
    if (is_misdated(r, utc_s))
        return MISDATED;
    if (is_expired(s, r, utc_s))
        return EXPIRED;
    if (!has_quota(s, now_ms)) {
        s->throttled_count++;
        return THROTTLED;
    }
    if (run == NULL) {
        s->fault = "ids that the client was not asked to cancel";
        return NOT_FOUND;
    }
    if (s->refuse_odds > 0 && chance_one_in(s->chance, s->refuse_odds)) {
        static const verdict any[] = {THROTTLED, THROTTLED, NOT_FOUND, DENIED, BROKEN, BROKEN};
        return any[chance_below(s->chance, 6)];
    }
    if (s->job != NULL)
        return decide_job(s, run, r, now_ms);
    if (run->state == RUN_CANCELLING && s->lie_odds > 0 && chance_one_in(s->chance, 2))
        run->state = RUN_ENDED;
    if (run->state == RUN_ENDED)
        return ENDED;
    run->state = RUN_CANCELLING;
    run->accepted_count++;
    s->accepted_count++;
    return ACCEPTED;
}

/* The answer */

/* Every error that AWS lists for its services ("Common Error Types") or that its SDKs know, in
 * three lists. A name in the first two says that the work was not done. A name in the third says
 * that the work failed or was abandoned: it may have been done. */
typedef struct {
    int status; /* that AWS gives it */
    const char *name;
} error;

static const error refusals[] = {{403, "AccessDeniedException"},
                                 {403, "AuthFailure"},
                                 {409, "ConflictException"},
                                 {403, "ExpiredTokenException"},
                                 {403, "IncompleteSignature"},
                                 {403, "InvalidClientTokenId"},
                                 {403, "InvalidSignatureException"},
                                 {400, "MalformedHttpRequestException"},
                                 {403, "MissingAuthenticationToken"},
                                 {401, "NotAuthorized"},
                                 {403, "OptInRequired"},
                                 {413, "RequestEntityTooLargeException"},
                                 {400, "RequestExpired"},
                                 {403, "RequestInTheFuture"},
                                 {403, "RequestTimeTooSkewed"},
                                 {404, "ResourceNotFoundException"},
                                 {402, "ServiceQuotaExceededException"},
                                 {403, "SignatureDoesNotMatch"},
                                 {404, "UnknownOperationException"},
                                 {403, "UnrecognizedClientException"},
                                 {400, "ValidationError"},
                                 {400, "ValidationException"},
                                 {400, "NobodyKnowsException"}};
static const error throttles[] = {{400, "BandwidthLimitExceeded"},
                                  {400, "EC2ThrottledException"},
                                  {400, "LimitExceededException"},
                                  {400, "PriorRequestNotComplete"},
                                  {400, "ProvisionedThroughputExceededException"},
                                  {400, "RequestLimitExceeded"},
                                  {400, "RequestThrottled"},
                                  {400, "RequestThrottledException"},
                                  {400, "SlowDown"},
                                  {400, "ThrottledException"},
                                  {400, "Throttling"},
                                  {400, "ThrottlingException"},
                                  {429, "TooManyRequestsException"},
                                  {400, "TransactionInProgressException"}};
static const error lates[] = {{500, "InternalError"},
                              {500, "InternalFailure"},
                              {500, "InternalServerError"},
                              {500, "InternalServerException"},
                              {400, "RequestAbortedException"},
                              {400, "RequestTimeout"},
                              {408, "RequestTimeoutException"},
                              {503, "ServiceUnavailable"},
                              {503, "ServiceUnavailableException"}};
#define ANY_OF(list) (&(list)[chance_below(s->chance, sizeof(list) / sizeof(list)[0])])

/* How an answer differs from the honest one. The name of a refusal in a 4xx, and the right ids in a
 * complete 200, are sent only if they are true: a client has to believe them. */
typedef enum {
    HONEST,
    ECHO,         /* 500, with bytes of the request in it */
    OTHER_IDS,    /* 200, with the ids of another job run */
    NO_IDS,       /* 200 */
    HALF_IDS,     /* 200 */
    TWICE,        /* 200, ids doubled */
    NO_JSON,      /* 200 */
    PAGE,         /* 200, text/html: a captive portal */
    ZIPPED,       /* 200 */
    CUT_SHORT,    /* 200 with the right ids that ends before its length */
    LAST_CHUNK,   /* the same, without its last chunk */
    BARE_END,     /* the same, with a body to the end of a stream that is cut */
    STATUS_5XX,   /* with a name, or without */
    NAMELESS_4XX, /* a proxy's */
    PROXY_407,    /* with a name */
    LATE_NAME,    /* the work failed, or was abandoned, with any status */
    LATE_STATUS,  /* 408 or 499, under the name of a refusal */
    STATUS_3XX,
    STATUS_204,
    STATUS_101,
    INTERIMS, /* more 1xx than a client accepts */
    NO_HTTP,
    GARBAGE_AFTER, /* honest, with bytes after it */
    NO_ANSWER,
    LIE_COUNT
} manner;

static void put_head(service *s, service_answer *a, int status, uint32_t utc_s)
{
    answer_head(a, s->chance, s->lie_odds, status, utc_s);
}

static void put_body(service *s, service_answer *a, const char *body)
{
    answer_body(a, s->chance, body);
}

static void write_ids(service *s, char *body, size_t size, const request *r)
{
    static const char *const forms[] = {
        "{\"applicationId\":\"%s\",\"jobRunId\":\"%s\"}",
        "{ \"arn\" : {\"a\":[1,2]}, \"applicationId\" : \"%s\" ,\r\n\"jobRunId\":\"%s\" }\n"};
    if (r->is_look) {
        job_write(s->job, r->looked, r->application_id, r->job_run_id, body, size);
        return;
    }
    snprintf(body, size, forms[chance_one_in(s->chance, 8)], r->application_id, r->job_run_id);
}

static void say_refused(service *s, service_answer *a, uint32_t utc_s, int status, const char *name)
{
    char body[400];
    bool in_header = !chance_one_in(s->chance, 4);
    put_head(s, a, status, utc_s);
    if (in_header) {
        answer_put(a, "x-amzn-ErrorType: ");
        answer_put(a, name);
        answer_put(a, "\r\n");
        put_body(s, a, "{\"message\":\"no\"}");
        return;
    }
    snprintf(body, sizeof body, "{\"__type\":\"a.b#%s\",\"message\":\"no \\u00e9 \\n\"}", name);
    put_body(s, a, body);
}

static void say_honestly(service *s, service_answer *a, verdict v, const request *r, uint32_t utc_s)
{
    static const char *const misdated[] = {"InvalidSignatureException", "RequestTimeTooSkewed",
                                           "RequestExpired", "AccessDeniedException"};
    static const error rows[] = {[THROTTLED] = {429, "ThrottlingException"},
                                 [ENDED] = {400, "ValidationException"},
                                 [NOT_FOUND] = {404, "ResourceNotFoundException"},
                                 [EXPIRED] = {403, "ExpiredTokenException"},
                                 [BROKEN] = {500, "InternalServerException"}};
    char body[400];
    if (v == DENIED || (v == THROTTLED && s->refuse_odds > 0)) {
        const error *e = v == DENIED ? ANY_OF(refusals) : ANY_OF(throttles);
        say_refused(s, a, utc_s, e->status, e->name);
    } else if (v == MISDATED) {
        say_refused(s, a, utc_s, 403, misdated[chance_below(s->chance, 4)]);
    } else if (v != ACCEPTED) {
        say_refused(s, a, utc_s, rows[v].status, rows[v].name);
    } else {
        write_ids(s, body, sizeof body, r);
        put_head(s, a, 200, utc_s);
        put_body(s, a, body);
    }
}

/* The right ids in an answer that is not complete, so that it proves nothing */
static void say_short(service *s, service_answer *a, manner m, const char *ids, uint32_t utc_s)
{
    put_head(s, a, 200, utc_s);
    if (m == LAST_CHUNK) {
        answer_put(a, "Transfer-Encoding: chunked\r\n\r\n");
        answer_number(a, strlen(ids), 16);
        answer_put(a, "\r\n");
        answer_put(a, ids);
        answer_put(a, "\r\n");
    } else if (m == BARE_END) {
        answer_put(a, "\r\n");
        answer_put(a, ids);
    } else {
        answer_put(a, "Content-Length: ");
        answer_number(a, strlen(ids) + 1 + chance_below(s->chance, 9), 10);
        answer_put(a, "\r\n\r\n");
        answer_put(a, ids);
    }
    static const service_end ends[] = {END_CUT, END_RESET, END_SILENT, END_CLOSED};
    a->end = ends[chance_below(s->chance, m == BARE_END ? 3 : 4)];
}

static void say_200(service *s, service_answer *a, manner m, const request *r, uint32_t utc_s)
{
    char ids[400];
    write_ids(s, ids, sizeof ids, r);
    if (m == CUT_SHORT || m == LAST_CHUNK || m == BARE_END) {
        say_short(s, a, m, ids, utc_s);
        return;
    }
    put_head(s, a, 200, utc_s);
    if (m == PAGE)
        answer_put(a, "Content-Type: text/html\r\n");
    if (m == ZIPPED)
        answer_put(a, "Content-Encoding: gzip\r\n");
    request other = *r;
    switch (m) {
    case OTHER_IDS:
        other.job_run_id[0] = other.job_run_id[0] == 'z' ? 'a' : 'z';
        write_ids(s, ids, sizeof ids, &other);
        break;
    case NO_IDS:
        strcpy(ids, "{}");
        break;
    case HALF_IDS:
        snprintf(ids, sizeof ids, "{\"jobRunId\":\"%s\"}", r->job_run_id);
        break;
    case TWICE:
        snprintf(ids, sizeof ids,
                 "{\"applicationId\":\"%s\",\"jobRunId\":\"%s\",\"jobRunId\":\"x\"}",
                 r->application_id, r->job_run_id);
        break;
    case NO_JSON:
        strcat(ids, "}");
        break;
    case PAGE:
        strcpy(ids, "<html>sign in</html>");
        break;
    default:
        break;
    }
    put_body(s, a, ids);
}

static void say_status(service *s, service_answer *a, manner m, uint32_t utc_s)
{
    static const int fives[] = {500, 501, 502, 503, 504, 599}, fours[] = {400, 403, 404, 413, 429},
                     threes[] = {301, 302, 304, 307};
    chance *c = s->chance;
    switch (m) {
    case STATUS_5XX:
        if (chance_one_in(c, 2))
            say_refused(s, a, utc_s, fives[chance_below(c, 6)], "SlowDown");
        else {
            put_head(s, a, fives[chance_below(c, 6)], utc_s);
            put_body(s, a, "<html>down</html>");
        }
        break;
    case NAMELESS_4XX:
        put_head(s, a, fours[chance_below(c, 5)], utc_s);
        put_body(s, a, chance_one_in(c, 2) ? "{\"message\":\"no\"}" : "<html>no</html>");
        break;
    case PROXY_407:
        say_refused(s, a, utc_s, 407, "AccessDeniedException");
        break;
    case LATE_NAME: {
        const error *e = ANY_OF(lates);
        say_refused(s, a, utc_s, chance_one_in(c, 2) ? e->status : fours[chance_below(c, 5)],
                    e->name);
        break;
    }
    case LATE_STATUS:
        say_refused(s, a, utc_s, chance_one_in(c, 2) ? 408 : 499, ANY_OF(refusals)->name);
        break;
    case STATUS_204:
        put_head(s, a, 204, utc_s);
        answer_put(a, "\r\n");
        break;
    default:
        put_head(s, a, m == STATUS_101 ? 101 : threes[chance_below(c, 4)], utc_s);
        answer_put(a, "Content-Length: 2\r\n\r\n{}");
        break;
    }
}

/* Other bytes before, after or in place of the answer */
static void say_oddly(service *s, service_answer *a, manner m, verdict v, const request *r,
                      uint32_t utc_s)
{
    switch (m) {
    case INTERIMS:
        for (int i = 0; i < 6; i++)
            answer_put(a, "HTTP/1.1 103 Early Hints\r\n\r\n");
        break;
    case NO_HTTP:
        answer_put(a, "SSH-2.0-x\r\n");
        a->end = END_CUT;
        return;
    case NO_ANSWER: {
        static const service_end ends[] = {END_SILENT, END_CUT, END_RESET, END_CLOSED};
        a->end = ends[chance_below(s->chance, 4)];
        return;
    }
    default:
        break;
    }
    say_honestly(s, a, v, r, utc_s);
    if (m == GARBAGE_AFTER)
        answer_put(a, chance_one_in(s->chance, 2) ? "HTTP/1.1 400 Bad Request\r\n\r\n" : "\r\n");
}

static void say_echo(service *s, service_answer *a, const request *r, uint32_t utc_s)
{
    char ids[400];
    write_ids(s, ids, sizeof ids, r);
    put_head(s, a, 500, utc_s);
    answer_put(a, "X-Echo: Signature=");
    answer_put(a, s->signature);
    answer_put(a, "\r\n");
    put_body(s, a, ids);
}

static void say(service *s, service_answer *a, verdict v, const request *r, uint32_t utc_s)
{
    bool is_lie = s->lie_odds > 0 && chance_one_in(s->chance, s->lie_odds);
    manner m = is_lie ? (manner)chance_below(s->chance, LIE_COUNT) : HONEST;
    a->size = 0;
    a->end = END_STAYS;
    if (m == HONEST)
        say_honestly(s, a, v, r, utc_s);
    else if (m == ECHO)
        say_echo(s, a, r, utc_s);
    else if (m <= BARE_END)
        say_200(s, a, m, r, utc_s);
    else if (m <= STATUS_101)
        say_status(s, a, m, utc_s);
    else
        say_oddly(s, a, m, v, r, utc_s);
}

void service_refuse_early(service *s, uint32_t utc_s, service_answer *a)
{
    a->size = 0;
    a->end = chance_one_in(s->chance, 2) ? END_STAYS : END_CUT;
    if (chance_one_in(s->chance, 2))
        say_refused(s, a, utc_s, 429, "ThrottlingException");
    else
        say_refused(s, a, utc_s, 400, "ValidationException");
}

void service_balk(service *s, service_answer *a)
{
    a->size = 0;
    a->end = END_CLOSED;
    if (chance_one_in(s->chance, 2))
        answer_put(a, "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n");
}

int service_read(service_reader *reader, const char *bytes, size_t size)
{
    if (size > sizeof reader->bytes - 1 - reader->size)
        return -1;
    memcpy(reader->bytes + reader->size, bytes, size);
    reader->size += size;
    reader->bytes[reader->size] = '\0';
    const char *end = reader->size < 4 ? NULL : strstr(reader->bytes, "\r\n\r\n");
    if (end == NULL)
        return 0;
    bool is_one = end + 4 == reader->bytes + reader->size;
    reader->size = 0;
    return is_one ? 1 : -1;
}

bool service_take(service *s, service_reader *reader, const char *bytes, size_t size,
                  uint64_t now_ms, uint32_t utc_s, service_answer *answer)
{
    request r;
    int whole = service_read(reader, bytes, size);
    if (whole == 0)
        return false;
    const char *fault = whole < 0 ? "more than one request, or one without end"
                                  : read_request(s, reader->bytes, &r);
    if (fault != NULL) {
        s->fault = fault;
        return false;
    }
    s->request_count++;
    say(s, answer, decide(s, &r, now_ms, utc_s), &r, utc_s);
    return true;
}
