/* SPDX-License-Identifier: MIT */
/* emrs: cancel an Amazon EMR Serverless job run over any byte stream, and know what became of it.
 *
 * Blocking:      emrs_init, then emrs_cancel_job_run with a port (include/emrs_port.h).
 * Not blocking:  emrs_init, emrs_cancel_job_run_start, then emrs_step until it says EMRS_DONE or a
 *                negative code; between steps do what the move says. port/run.c is that loop.
 * Call emrs_init once, at boot, not before each call.
 * Strings are slices without NUL. The configuration's outlive the client, the input's the call; the
 * result's point into the work buffer and live until the next start. The result itself outlives the
 * call, since each step writes to it.
 * No function blocks, allocates or keeps a global.
 * In comments, in: out: ret: err: say what a function takes, fills in, returns and fails with, and
 * src: where a fact is from. */
#ifndef EMRS_H
#define EMRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emrs_config.h"

#ifdef __cplusplus
extern "C" {
#endif

#define EMRS_VERSION "0.1.0"

typedef struct {
    const char *bytes;
    size_t size;
} emrs_text;

/* A slice of a string literal, and the same where a static struct is initialised */
#ifdef __cplusplus
#define EMRS_TEXT(literal) (emrs_text{(literal), sizeof(literal) - 1u})
#else
#define EMRS_TEXT(literal) ((emrs_text){(literal), sizeof(literal) - 1u})
#endif
#define EMRS_TEXT_INIT(literal)                                                                    \
    {                                                                                              \
        (literal), sizeof(literal) - 1u                                                            \
    }

/* What became of the job run, as far as it is known */
typedef enum {
    EMRS_EFFECT_NONE,    /* the request never left whole: nothing was cancelled */
    EMRS_EFFECT_REFUSED, /* the service said no, in its own error form: nothing was cancelled */
    EMRS_EFFECT_UNKNOWN, /* sent, and no verified answer: it may have been cancelled; look */
    EMRS_EFFECT_ACCEPTED /* the service accepted the cancellation; the job run is not yet stopped */
} emrs_effect;

/* Moves are 0 and up, errors negative. An error is final: every later step says it again. */
typedef enum {
    EMRS_OK = 0,
    EMRS_DONE = 0,         /* ACCEPTED: the result is valid */
    EMRS_MOVE_CONNECT,     /* open a stream to host and port, TLS included where tls is set */
    EMRS_MOVE_SEND,        /* send from the window, which stays as it is until reported sent */
    EMRS_MOVE_RECEIVE,     /* receive into the window */
    EMRS_MOVE_CLOSE,       /* end the stream: once after every CONNECT, unless the stream is kept */
    EMRS_MOVE_WAIT,        /* come back at until_ms */
    EMRS_MOVE_CREDENTIALS, /* put fresh credentials where the configuration points to */

    EMRS_E_ARGUMENT = -1,     /* field and rule say what is wrong; effect, whether it was sent */
    EMRS_E_INSECURE = -2,     /* plain http to other than loopback, or an unverified peer */
    EMRS_E_SPACE = -3,        /* work buffer too small: needed_size */
    EMRS_E_STATE = -4,        /* client not initialised, in a call, or initialised again in one */
    EMRS_E_CLOCK = -5,        /* UTC unknown, or before EMRS_BUILD_TIME_S */
    EMRS_E_STOPPED = -6,      /* the application gave up */
    EMRS_E_TIMEOUT = -7,      /* phase says in what */
    EMRS_E_RESOLVE = -8,      /* from here to TLS_MEMORY: reason says more */
    EMRS_E_CONNECT = -9,      /* refused, unreachable, reset */
    EMRS_E_RESOURCE = -10,    /* no socket, no memory, no entropy on this side */
    EMRS_E_CERTIFICATE = -11, /* the peer's certificate did not pass */
    EMRS_E_TLS = -12,         /* the handshake or a record failed */
    EMRS_E_TLS_MEMORY = -13,  /* TLS ran out of its memory */
    EMRS_E_PROTOCOL = -14,    /* the answer is not HTTP/1.1, or not an answer to this call */
    EMRS_E_TRUNCATED = -15,   /* the answer ended early, or did not begin */
    EMRS_E_TOO_BIG = -16,     /* the answer is past a limit of include/emrs_config.h */
    EMRS_E_JSON = -17,        /* status 200, body is not strict JSON */
    EMRS_E_UNVERIFIED = -18,  /* status 200, body does not name the job run */
    EMRS_E_MISMATCH = -19,    /* status 200, body names another job run */
    EMRS_E_REDIRECT = -20,    /* never followed */
    EMRS_E_PROXY = -21,       /* 407: a proxy answered, not the service */
    EMRS_E_SERVICE = -22,     /* 4xx or 5xx: error, error_name and message say which */
    EMRS_E_AUTH = -23,        /* the same, about credentials, signature or permission */
    EMRS_E_THROTTLED = -24,   /* the same, about rate */
    EMRS_E_PORT = -25 /* the port reported more bytes than its window has, or has no `wait` */
} emrs_code;

/* How the peer was known to be the right one */
typedef enum {
    EMRS_PEER_UNVERIFIED,
    EMRS_PEER_VERIFIED,           /* chain, name and dates, by our TLS */
    EMRS_PEER_VERIFIED_ELSEWHERE, /* the same, by another TLS (emrs_verified.h) */
    EMRS_PEER_PLAIN               /* no TLS: loopback, or the caller vouches (allow_plain_http) */
} emrs_peer;

/* For CONNECT's progress, and where a timeout struck */
typedef enum {
    EMRS_PHASE_NAME,
    EMRS_PHASE_TCP,
    EMRS_PHASE_TLS,
    EMRS_PHASE_SEND,
    EMRS_PHASE_ANSWER
} emrs_phase;

/* Why a port failed */
typedef enum {
    EMRS_REASON_NONE,
    EMRS_REASON_NAME_UNKNOWN,  /* the name does not exist, or has no address */
    EMRS_REASON_NAME_FAILED,   /* the resolver failed or did not answer */
    EMRS_REASON_REFUSED,       /* no service listens there */
    EMRS_REASON_UNREACHABLE,   /* no route, link down */
    EMRS_REASON_RESET,         /* the peer or the network reset the stream */
    EMRS_REASON_RESOURCE,      /* out of sockets, buffers, memory */
    EMRS_REASON_ENTROPY,       /* no randomness: TLS cannot start */
    EMRS_REASON_TRUST,         /* no usable CA certificates */
    EMRS_REASON_ISSUER,        /* chain does not end at a trusted CA */
    EMRS_REASON_NAME_MISMATCH, /* certificate is for another host */
    EMRS_REASON_EXPIRED,       /* certificate expired: or our clock is ahead */
    EMRS_REASON_NOT_YET_VALID, /* certificate not yet valid: or our clock is behind */
    EMRS_REASON_REVOKED,
    EMRS_REASON_WEAK,        /* key too short or hash too old */
    EMRS_REASON_USAGE,       /* certificate is not for servers */
    EMRS_REASON_KEY,         /* key unreadable or out of memory: mbedTLS does not distinguish */
    EMRS_REASON_CHAIN_COST,  /* too many certificates, or keys too large to check in time */
    EMRS_REASON_CERTIFICATE, /* any other fault of the certificate */
    EMRS_REASON_TLS_ALERT,   /* the peer ended TLS with an alert */
    EMRS_REASON_TLS_VERSION, /* no common TLS version or cipher suite */
    EMRS_REASON_TLS_CUT,     /* the stream ended inside the handshake, by an internal_error too */
    EMRS_REASON_TLS_RECORD,  /* a record too large for this build */
    EMRS_REASON_TLS_PIECES,  /* a handshake message in several records: mbedTLS before 3.6.3 */
    EMRS_REASON_TLS_CLIENT_CERTIFICATE, /* the peer requires a client certificate */
    EMRS_REASON_TLS,                    /* any other fault of TLS */
    EMRS_REASON_TLS_MEMORY
} emrs_reason;

/* What EMRS_E_ARGUMENT is about */
typedef enum {
    EMRS_FIELD_NONE,
    EMRS_FIELD_APPLICATION_ID,
    EMRS_FIELD_JOB_RUN_ID,
    EMRS_FIELD_SHUTDOWN_GRACE_PERIOD,
    EMRS_FIELD_REGION,
    EMRS_FIELD_ENDPOINT,
    EMRS_FIELD_ACCESS_KEY_ID,
    EMRS_FIELD_SECRET_ACCESS_KEY,
    EMRS_FIELD_SESSION_TOKEN,
    EMRS_FIELD_USER_AGENT,
    EMRS_FIELD_TIMEOUT,
    EMRS_FIELD_WORK
} emrs_field;

/* And which rule it breaks; hint.c has each in words */
typedef enum {
    EMRS_RULE_NONE,
    EMRS_RULE_MISSING,
    EMRS_RULE_TOO_LONG,
    EMRS_RULE_BYTE,   /* holds a byte that the field does not allow */
    EMRS_RULE_RANGE,  /* a number out of range */
    EMRS_RULE_KEY_ID, /* an access key id with bytes other than letters, digits and '_' */
    EMRS_RULE_ENDPOINT_SCHEME,
    EMRS_RULE_ENDPOINT_HOST,
    EMRS_RULE_ENDPOINT_PORT,
    EMRS_RULE_ENDPOINT_PATH,
    EMRS_RULE_ENDPOINT_EXTRA, /* user info, query or fragment */
    EMRS_RULE_CUSTOM_FIPS,    /* from here: the official rule set's errors */
    EMRS_RULE_CUSTOM_DUALSTACK,
    EMRS_RULE_MISSING_REGION
} emrs_rule;

/* The service's errors by name; what has no name here stays EMRS_ERROR_OTHER */
typedef enum {
    EMRS_ERROR_NONE,
    EMRS_ERROR_OTHER,
    EMRS_ERROR_VALIDATION, /* modelled: bad input, or the run has already ended */
    EMRS_ERROR_RESOURCE_NOT_FOUND,
    EMRS_ERROR_INTERNAL_SERVER,
    EMRS_ERROR_ACCESS_DENIED,
    EMRS_ERROR_CONFLICT,
    EMRS_ERROR_EXPIRED_TOKEN,
    EMRS_ERROR_INCOMPLETE_SIGNATURE,
    EMRS_ERROR_INVALID_SIGNATURE,
    EMRS_ERROR_MALFORMED_REQUEST,
    EMRS_ERROR_MISSING_TOKEN,
    EMRS_ERROR_NOT_AUTHORIZED,
    EMRS_ERROR_OPT_IN_REQUIRED,
    EMRS_ERROR_QUOTA_EXCEEDED,
    EMRS_ERROR_REQUEST_ABORTED,
    EMRS_ERROR_REQUEST_EXPIRED,
    EMRS_ERROR_REQUEST_TIMEOUT,
    EMRS_ERROR_REQUEST_TOO_LARGE,
    EMRS_ERROR_REQUEST_TIME_SKEWED,
    EMRS_ERROR_SERVICE_UNAVAILABLE,
    EMRS_ERROR_THROTTLING,
    EMRS_ERROR_UNKNOWN_OPERATION,
    EMRS_ERROR_UNRECOGNIZED_CLIENT
} emrs_error;

/* Long-term keys have an empty session_token; no limit on its size */
typedef struct {
    emrs_text access_key_id, secret_access_key, session_token;
} emrs_credentials;

typedef struct {
    /* "fips-us-east-1" and "us-east-1-fips" mean us-east-1 with use_fips */
    emrs_text region;
    emrs_text endpoint;    /* empty: by region. Else "https://host[:port][/base]", taken verbatim */
    emrs_text user_agent;  /* added to "emrs/VERSION": at most 64 bytes */
    uint8_t attempt_count; /* at most; 0: 3 */
    /* Attempts for as long as timeout_ms lasts: for fleets that share one quota */
    bool persistent;
    bool use_fips, use_dualstack;
    bool allow_plain_http; /* http:// beyond loopback: you vouch for the network */
    /* Leaves the stream open for this client's next call. A call that starts within idle_timeout_ms
     * uses it; a later one closes it first and opens another. No function closes it in between: it
     * keeps its socket, and TLS its memory, until you call emrs_hang_up (emrs_port.h), or
     * emrs_release and then close it. Do so before a deep sleep in which the tick stops: the idle
     * time then never ends, and the peer has closed the stream by the next call. The port's stream
     * remembers its owner (emrs_move): another client, or this one after emrs_init, gets a new
     * stream */
    bool keep_stream;
    /* A clock before EMRS_BUILD_TIME_S counts as that, until a verified answer tells the time. TLS
     * has a clock_floor of its own (port/tls/README.md: the risk) */
    bool clock_floor;
    bool no_clock_correction; /* never sign by the service's clock */
    /* The struct is read at every start, the bytes of its texts at every attempt. From a start to
     * the end of its call leave both as they are, but for what EMRS_MOVE_CREDENTIALS asks */
    const emrs_credentials *credentials;
    void *work;                  /* yours, for the client's life */
    size_t work_size;            /* EMRS_WORK_SIZE at least; longer messages fit into more */
    uint32_t timeout_ms;         /* the whole call; 0: 60 s; at most 24 h */
    uint32_t connect_timeout_ms; /* CONNECT, all phases together; 0: the whole call's */
    uint32_t receive_timeout_ms; /* no byte from the peer for so long; 0: the whole call's */
    uint32_t idle_timeout_ms;    /* of a stream that was left open (keep_stream); 0: 5 s */
} emrs_config;

typedef enum { EMRS_GRACE_ABSENT, EMRS_GRACE_SECONDS, EMRS_GRACE_UNCHECKED } emrs_grace;

typedef struct {
    emrs_text application_id, job_run_id; /* [0-9a-z]{1,64} */
    /* ABSENT: the service's default. SECONDS: 0 or 15..1800. UNCHECKED: any 32-bit value, for the
     * day the range grows */
    emrs_grace grace;
    int32_t shutdown_grace_period_s;
} emrs_cancel_job_run_input;

typedef struct {
    emrs_effect effect;
    int code;         /* what the last step said: a move, EMRS_DONE or EMRS_E_* */
    int status;       /* HTTP status; 0: no answer */
    emrs_error error; /* the service's error */
    emrs_text error_name, message, request_id; /* cleaned; a peer may echo what it was sent */
    bool message_cut;                          /* the message was longer than what is kept */
    bool probably_ended;    /* UNKNOWN, and a later attempt was told that it cannot be cancelled */
    uint16_t attempt_count; /* made */
    int32_t clock_offset_s; /* the service's clock minus this one, as signed with */
    emrs_peer peer;
    emrs_phase phase; /* how far it came */
    emrs_reason reason;
    int32_t native; /* the port's own number for the reason (errno, mbedTLS), for a log */
    emrs_field field;
    emrs_rule rule;
    size_t needed_size; /* EMRS_E_SPACE: bytes of work buffer that it takes */
} emrs_result;

typedef struct {
    /* Monotonic; wraps. If it stops in deep sleep, the clock looks as if it had been set: the
     * correction that a verified answer gave is then dropped, which costs one attempt if the clock
     * is off */
    uint32_t ms;
    /* 0: unknown. Used at the first step and where a request is signed: after CONNECTED, and where
     * a WAIT ends. 0 is fine at all other steps, if your clock is slow to read */
    uint32_t utc_s;
    /* Spreads retries, guards no secret; 0: none, and waits are the longest. Used where an attempt
     * may fail: after RECEIVED, CLOSED, CUT and FAILED, and at until_ms. 0 is fine elsewhere */
    uint32_t random;
} emrs_now;

typedef enum {
    EMRS_NEWS_PENDING,    /* nothing yet; also the first report */
    EMRS_NEWS_CONNECTING, /* detail: emrs_phase; progress of CONNECT */
    EMRS_NEWS_CONNECTED,  /* detail: emrs_peer */
    EMRS_NEWS_SENT,       /* size bytes of the window */
    EMRS_NEWS_RECEIVED,   /* size bytes are in the window */
    EMRS_NEWS_CLOSED,     /* authenticated end (close_notify); also the answer to CLOSE */
    EMRS_NEWS_CUT,        /* any other end, a bare FIN included */
    EMRS_NEWS_FAILED,     /* detail: emrs_reason */
    EMRS_NEWS_RENEWED,    /* the answer to CREDENTIALS: fresh ones are in place */
    EMRS_NEWS_STOP        /* the application gives up */
} emrs_news;

typedef struct {
    emrs_news news;
    int detail;
    size_t size;
    int32_t native;
} emrs_report;

/* What a port reports. Each function gives one whole report. */
static inline emrs_report emrs_report_of(emrs_news news)
{
    emrs_report report;
    report.news = news;
    report.detail = 0;
    report.size = 0;
    report.native = 0;
    return report;
}

static inline emrs_report emrs_failed(emrs_reason reason, int32_t native)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_FAILED);
    report.detail = (int)reason;
    report.native = native;
    return report;
}

static inline emrs_report emrs_connecting(emrs_phase phase)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_CONNECTING);
    report.detail = (int)phase;
    return report;
}

static inline emrs_report emrs_connected(emrs_peer peer)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_CONNECTED);
    report.detail = (int)peer;
    return report;
}

static inline emrs_report emrs_moved(emrs_news sent_or_received, size_t size)
{
    emrs_report report = emrs_report_of(sent_or_received);
    report.size = size;
    return report;
}

typedef struct {
    uint32_t until_ms; /* step again by then, whether or not anything happened */
    const char *host;  /* CONNECT: with its NUL, an IPv6 literal without brackets */
    uint16_t port;
    bool tls;
    const void *owner; /* CONNECT, SEND, RECEIVE: the client that uses the stream */
    const void *send;  /* SEND */
    void *receive;     /* RECEIVE */
    size_t size;       /* of the window */
    bool more;         /* SEND: another window follows at once; keep it in one flight */
} emrs_move;

#include "emrs_state.h" /* emrs_client and emrs_call: whole, so that you can place them */

/* Readies a client: checks the configuration and finds the endpoint. Do this once: the client keeps
 * the signing key, the correction of the clock, the retry tokens and the open stream for the next
 * call. What is in the client before is not read. Do not use it during a call: the next step of
 * that call ends it with EMRS_E_STATE (with its own result, if only CLOSE was left), and sends
 * nothing more. A stream that was left open (keep_stream) is closed at the next CONNECT; to close
 * it earlier, use emrs_release first. If the call was still at CONNECT, close the port's stream
 * yourself: else the next call goes on with that connection, even if its endpoint is another.
 * out: result names field and rule on error
 * ret: EMRS_OK      err: ARGUMENT, INSECURE, SPACE */
int emrs_init(emrs_client *client, const emrs_config *config, emrs_result *result);

/* Wipes the signing key and the hash of what it was made from. The client stays usable. */
void emrs_forget(emrs_client *client);

/* ret: UTC, 0 while unknown: the clock's, where it is set; else what a verified answer told a
 * client with clock_floor, right for 49 days. For a device without a clock: its TLS, its log */
uint32_t emrs_utc(const emrs_client *client, emrs_now now);

/* Forgets the stream that the last call left open (keep_stream).
 * ret: whether there was one: then close it (emrs_hang_up does both). False during a call, which
 *      uses the stream */
bool emrs_release(emrs_client *client);

/* Readies a call of any operation. The input struct, its slices, the client, the output and the
 * result outlive it. Until a step says EMRS_DONE or a negative code the client is in a call. To
 * give it up, report EMRS_NEWS_STOP once, and follow the moves until then: a CLOSE may come. (A
 * second EMRS_NEWS_STOP counts as the answer to that CLOSE.)
 * out: output: what the operation reads of its answer, valid with EMRS_DONE; NULL for CancelJobRun,
 *      which reads nothing. result: if the client is busy its code is EMRS_E_STATE, unless the call
 *      in flight uses the same result
 * ret: EMRS_OK      err: ARGUMENT, STATE; nothing was sent */
int emrs_call_start(emrs_call *call, emrs_client *client, const emrs_operation *operation,
                    const void *input, void *output, emrs_result *result);

/* Takes the time and the news, says the next move. Without news: the same move, the same window.
 * ret: a move, EMRS_DONE, or a final EMRS_E_*; result->effect is true at every moment */
int emrs_step(emrs_call *call, emrs_now now, emrs_report report, emrs_move *move);

/* In words, for those who print (hint.c; linked only then). Static English text, never a secret. */
const char *emrs_code_words(int code);
const char *emrs_effect_words(emrs_effect effect);
const char *emrs_reason_words(emrs_reason reason);
const char *emrs_phase_words(emrs_phase phase);
const char *emrs_field_words(emrs_field field);
const char *emrs_rule_words(emrs_field field, emrs_rule rule);
const char *emrs_next_step(const emrs_result *result);

/* Replaces with '*', in place, what must not be printed: each run of 8 or more bytes of the secret
 * access key or the session token (all of it, if it is shorter), and each run of more than 32 hex
 * digits, which may be the signature of any attempt, or the beginning of one. For printing only:
 * its branches depend on secrets (mask.c; linked only where it is called).
 * in:  text is in writable memory, as a result's message, error_name and request_id are */
void emrs_mask_secrets(const emrs_credentials *credentials, emrs_text text);

/* Runs a started call on a port until it ends (port/run.c). */
struct emrs_port;
int emrs_run(emrs_call *call, const struct emrs_port *port);

extern const emrs_operation emrs_operation_cancel_job_run;

static inline int emrs_cancel_job_run_start(emrs_call *call, emrs_client *client,
                                            const emrs_cancel_job_run_input *input,
                                            emrs_result *result)
{
    return emrs_call_start(call, client, &emrs_operation_cancel_job_run, input, NULL, result);
}

static inline int emrs_cancel_job_run(emrs_client *client, const struct emrs_port *port,
                                      const emrs_cancel_job_run_input *input, emrs_result *result)
{
    emrs_call call;
    int code = emrs_cancel_job_run_start(&call, client, input, result);
    return code < 0 ? code : emrs_run(&call, port);
}

#ifdef __cplusplus
}
#endif
#endif
