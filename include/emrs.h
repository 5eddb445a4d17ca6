/* SPDX-License-Identifier: MIT */
/* emrs cancels an Amazon EMR Serverless job run over any byte stream, and reports the outcome.
 *
 * Blocking: emrs_init, then emrs_cancel_job_run with a port (emrs_port.h).
 * Not blocking: emrs_init, emrs_cancel_job_run_start, then emrs_step until it returns EMRS_DONE or
 * a negative code; between steps do what the move asks for. port/run.c is that loop.
 * Call emrs_init once, at boot, not before each call.
 * Strings are slices without NUL. Keep the bytes of the configuration in place as long as the
 * client is used, and those of the input until the call ends. The texts of a result point into the
 * work buffer, and are valid until the next start. Keep the result itself in place until the call
 * ends, since each step writes to it.
 * No function blocks, allocates or keeps a global.
 *
 * Words in comments:
 *   call     one operation of the service, with all its attempts
 *   attempt  one request of a call, and the answer to it
 *   step     what one emrs_step does. It returns a move
 *   move     what to do before the next step
 *   window   the bytes that a SEND sends, or that a RECEIVE receives into
 *   effect   what a call did to the job run
 *   port     the code that does the moves: a byte stream, a clock, a way to stop
 *
 * Marks in comments:
 *   in:  what an argument must be
 *   out: what is written
 *   ret: what is returned
 *   err: which errors are returned or stored, without EMRS_E_
 *   src: the document that a fact is from */
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

/* A slice of a string literal. EMRS_TEXT_INIT is for the initialiser of a static struct. */
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
    EMRS_EFFECT_NONE,    /* no whole request was sent: nothing was cancelled */
    EMRS_EFFECT_REFUSED, /* the service answered with one of its errors: nothing was cancelled */
    EMRS_EFFECT_UNKNOWN, /* sent, but no verified answer came: it may have been cancelled */
    EMRS_EFFECT_ACCEPTED /* the service accepted the cancellation; the job run is not yet stopped */
} emrs_effect;

/* Moves are 0 or more, errors are negative. An error is final: every later step returns it
 * again. */
typedef enum {
    EMRS_OK = 0,
    EMRS_DONE = 0,         /* success: the cancellation was accepted, or the output is valid */
    EMRS_MOVE_CONNECT,     /* open a stream to host and port, with TLS if tls is set */
    EMRS_MOVE_SEND,        /* send from the window, whose bytes stay in place until reported sent */
    EMRS_MOVE_RECEIVE,     /* receive into the window */
    EMRS_MOVE_CLOSE,       /* close the stream: once after every CONNECT, unless it is kept */
    EMRS_MOVE_WAIT,        /* do nothing until until_ms */
    EMRS_MOVE_CREDENTIALS, /* put fresh credentials where the configuration points to. Without a
                              report in time, the call goes on with the old ones, or ends */

    EMRS_E_ARGUMENT = -1,  /* field and rule say what is wrong, effect says what was sent */
    EMRS_E_INSECURE = -2,  /* plain http beyond loopback, or an unverified peer */
    EMRS_E_SPACE = -3,     /* work buffer, or room for the answer, too small: see needed_size */
    EMRS_E_STATE = -4,     /* client not initialised, in a call, or initialised during a call */
    EMRS_E_CLOCK = -5,     /* UTC unknown, or before EMRS_BUILD_TIME_S */
    EMRS_E_STOPPED = -6,   /* the application gave up */
    EMRS_E_TIMEOUT = -7,   /* phase says in which part */
    EMRS_E_RESOLVE = -8,   /* no address of the host. From here to TLS_MEMORY: reason says more */
    EMRS_E_CONNECT = -9,   /* refused, unreachable, reset */
    EMRS_E_RESOURCE = -10, /* no socket, memory, entropy or CA certificates, or the hash failed */
    EMRS_E_CERTIFICATE = -11, /* the peer's certificate was refused */
    EMRS_E_TLS = -12,         /* the handshake or a record failed */
    EMRS_E_TLS_MEMORY = -13,  /* TLS ran out of its memory */
    EMRS_E_PROTOCOL = -14,    /* the answer is not HTTP/1.1, or not an answer to this call */
    EMRS_E_TRUNCATED = -15,   /* the answer ended early, or did not begin */
    EMRS_E_TOO_BIG = -16,     /* the answer exceeds a limit of emrs_config.h */
    EMRS_E_JSON = -17,        /* status 200, body is not strict JSON */
    EMRS_E_UNVERIFIED = -18,  /* status 200, body does not name the job run */
    EMRS_E_MISMATCH = -19,    /* status 200, body names another job run */
    EMRS_E_REDIRECT = -20,    /* the answer is a redirect, which is never followed */
    EMRS_E_PROXY = -21,       /* a proxy answered, not the service */
    EMRS_E_SERVICE = -22,     /* 4xx or 5xx: error, error_name and message say which */
    EMRS_E_AUTH = -23,        /* a SERVICE error about credentials, signature or permission */
    EMRS_E_THROTTLED = -24,   /* a SERVICE error about the rate of requests */
    EMRS_E_PORT = -25, /* the port reported more bytes than its window has, or has no `wait` */
    /* There are no credentials, or they have expired, and the call got no fresh ones. If an attempt
     * was made before, the rest of the result says how the last one ended */
    EMRS_E_CREDENTIALS = -26,
    /* The guard (emrs_stop.h) did not match, or could not be checked: nothing was cancelled */
    EMRS_E_GUARD = -27
} emrs_code;

/* How the peer was verified */
typedef enum {
    EMRS_PEER_UNVERIFIED,
    EMRS_PEER_VERIFIED,           /* chain, name and dates, by port/tls */
    EMRS_PEER_VERIFIED_ELSEWHERE, /* the same, by a TLS stack of yours (emrs_verified.h) */
    EMRS_PEER_PLAIN               /* no TLS: the host is loopback, or allow_plain_http is set */
} emrs_peer;

/* The parts of an attempt: for the progress of CONNECT, and in a result how far the attempt got */
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
    EMRS_REASON_EXPIRED,       /* certificate expired, or our clock is ahead */
    EMRS_REASON_NOT_YET_VALID, /* certificate not yet valid, or our clock is behind */
    EMRS_REASON_REVOKED,
    EMRS_REASON_WEAK,        /* key too short or hash too old */
    EMRS_REASON_USAGE,       /* certificate is not for servers */
    EMRS_REASON_KEY,         /* key unreadable or out of memory: mbedTLS does not distinguish */
    EMRS_REASON_CHAIN_COST,  /* too many certificates, or keys too large to check in time */
    EMRS_REASON_CERTIFICATE, /* any other fault of the certificate */
    EMRS_REASON_TLS_ALERT,   /* the peer ended TLS with an alert */
    EMRS_REASON_TLS_VERSION, /* no common TLS version or cipher suite */
    EMRS_REASON_TLS_CUT,     /* stream ended in the handshake, or the peer sent internal_error */
    EMRS_REASON_TLS_RECORD,  /* a record too large for this build */
    EMRS_REASON_TLS_PIECES,  /* a handshake message in several records: needs mbedTLS 3.6.3 */
    EMRS_REASON_TLS_CLIENT_CERTIFICATE, /* the peer requires a client certificate */
    EMRS_REASON_TLS,                    /* any other fault of TLS */
    EMRS_REASON_TLS_MEMORY,
    EMRS_REASON_OWN_CERTIFICATE,         /* this device's certificate or key cannot be used */
    EMRS_REASON_OWN_CERTIFICATE_REFUSED, /* the peer refuses this device's certificate */
    EMRS_REASON_PROXY_AUTH,              /* the proxy wants a user and a password */
    EMRS_REASON_PROXY_REFUSED,           /* the proxy refuses this host */
    EMRS_REASON_PROXY_FAILED /* the proxy could not reach the host, or its answer is broken */
} emrs_reason;

/* What EMRS_E_ARGUMENT is about */
typedef enum {
    EMRS_FIELD_NONE,
    EMRS_FIELD_APPLICATION_ID,
    EMRS_FIELD_JOB_RUN_ID,
    EMRS_FIELD_SHUTDOWN_GRACE_PERIOD,
    EMRS_FIELD_TAG_KEY,
    EMRS_FIELD_EXPECTED_NAME, /* of a guard (emrs_stop.h) */
    EMRS_FIELD_REGION,
    EMRS_FIELD_ENDPOINT,
    EMRS_FIELD_ACCESS_KEY_ID,
    EMRS_FIELD_SECRET_ACCESS_KEY,
    EMRS_FIELD_SESSION_TOKEN,
    EMRS_FIELD_USER_AGENT,
    EMRS_FIELD_TIMEOUT,
    EMRS_FIELD_WORK,
    /* From here: of a source of credentials. emrs_provider_field_words names them */
    EMRS_FIELD_URI,
    EMRS_FIELD_AUTHORIZATION,
    EMRS_FIELD_ROLE_ALIAS,
    EMRS_FIELD_THING_NAME,
    EMRS_FIELD_STORE,
    EMRS_FIELD_ROLE,           /* from here to VERSION: of the source's answer */
    EMRS_FIELD_METADATA_TOKEN, /* of IMDS */
    EMRS_FIELD_ANSWER_CODE,    /* of IMDS: it must be "Success" */
    EMRS_FIELD_EXPIRATION,
    EMRS_FIELD_VERSION
} emrs_field;

/* The rule that the field breaks; emrs_rule_words puts it into words */
typedef enum {
    EMRS_RULE_NONE,
    EMRS_RULE_MISSING,
    EMRS_RULE_TOO_LONG,
    EMRS_RULE_BYTE,   /* holds a byte that the field does not allow */
    EMRS_RULE_RANGE,  /* a number out of range; too many keys, or one twice */
    EMRS_RULE_KEY_ID, /* an access key id with bytes other than letters, digits and '_' */
    EMRS_RULE_ENDPOINT_SCHEME,
    EMRS_RULE_ENDPOINT_HOST,
    EMRS_RULE_ENDPOINT_PORT,
    EMRS_RULE_ENDPOINT_PATH,
    EMRS_RULE_ENDPOINT_EXTRA, /* user info, query or fragment */
    EMRS_RULE_CUSTOM_FIPS,    /* from here to MISSING_REGION: errors of AWS's endpoint rule set */
    EMRS_RULE_CUSTOM_DUALSTACK,
    EMRS_RULE_MISSING_REGION,
    /* From here: of a source of credentials */
    EMRS_RULE_PLAIN_HOST, /* http to a host that needs https */
    EMRS_RULE_TYPE,       /* a value of the answer that is not a string */
    EMRS_RULE_DATE,       /* a date that cannot be read */
    EMRS_RULE_PASSED,     /* a date that has passed */
    EMRS_RULE_VALUE,      /* a value other than the one that is valid */
    EMRS_RULE_HOST_ONLY   /* neither a host name nor https://host[:port] */
} emrs_rule;

/* The service's errors. Any error name that is not in this list is EMRS_ERROR_OTHER. */
typedef enum {
    EMRS_ERROR_NONE,
    EMRS_ERROR_OTHER,
    EMRS_ERROR_VALIDATION, /* bad input, or the job run has already ended */
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

/* With long-term keys session_token is empty. Its size has no limit. */
typedef struct {
    emrs_text access_key_id, secret_access_key, session_token;
    /* UTC from which the service refuses them; 0: never, or not known. From then on the call asks
     * for fresh ones before an attempt (EMRS_MOVE_CREDENTIALS). Ones that it just got are used even
     * if this time has passed. */
    uint32_t expires_s;
    /* UTC from which a call asks for fresh ones before an attempt; 0: never. If it gets none, it
     * goes on with these. EMRS_RENEW_NOW: there are none yet, and access_key_id is empty */
    uint32_t renew_s;
} emrs_credentials;

#define EMRS_RENEW_NOW 1u

typedef struct {
    /* "fips-us-east-1" and "us-east-1-fips" mean us-east-1 with use_fips */
    emrs_text region;
    emrs_text endpoint;    /* empty: found by region. Else "https://host[:port][/base]" */
    emrs_text user_agent;  /* added to "emrs/VERSION": at most 64 bytes */
    uint8_t attempt_count; /* the most attempts; 0: 3 */
    /* Tries again until timeout_ms ends, however many attempts that takes: for fleets that share a
     * quota */
    bool persistent;
    bool use_fips, use_dualstack;
    bool allow_plain_http; /* allows http:// beyond loopback: only if you trust the network */
    /* Leaves the stream open for this client's next call. A call that starts within idle_timeout_ms
     * uses it; a later one closes it first and opens another. Until then the stream takes a socket,
     * and the memory of TLS. To close it earlier, call emrs_hang_up (emrs_port.h), or emrs_release
     * and then close it. Do so before a deep sleep (port/README.md). Another client, or this one
     * after emrs_init, gets a new stream. */
    bool keep_stream;
    /* While the clock is not set, or shows a time before EMRS_BUILD_TIME_S, requests are signed
     * with EMRS_BUILD_TIME_S, until a verified answer gives the time. TLS has a clock_floor of its
     * own; port/tls/README.md explains the risk */
    bool clock_floor;
    bool no_clock_correction; /* never signs with a time corrected by the service's clock */
    /* The struct is read at every start and after EMRS_MOVE_CREDENTIALS, the bytes of its texts at
     * every attempt. Do not change either during a call, except while EMRS_MOVE_CREDENTIALS asks
     * for it. Nothing points at the old bytes then */
    const emrs_credentials *credentials;
    void *work;                  /* your memory, used as long as the client is */
    size_t work_size;            /* EMRS_WORK_SIZE or more; a larger one keeps longer messages */
    uint32_t timeout_ms;         /* the whole call; 0: 60 s; at most 24 h */
    uint32_t connect_timeout_ms; /* for CONNECT, all phases together; 0: no limit of its own */
    uint32_t receive_timeout_ms; /* longest silence in SEND or RECEIVE; 0: no limit of its own */
    uint32_t idle_timeout_ms;    /* of a stream that was left open (keep_stream); 0: 5 s */
} emrs_config;

typedef enum { EMRS_GRACE_ABSENT, EMRS_GRACE_SECONDS, EMRS_GRACE_UNCHECKED } emrs_grace;

typedef struct {
    emrs_text application_id, job_run_id; /* [0-9a-z]{1,64} */
    /* ABSENT: the service's default. SECONDS: 0 or 15..1800. UNCHECKED: any value, in case the
     * service accepts more than that */
    emrs_grace grace;
    int32_t shutdown_grace_period_s;
} emrs_cancel_job_run_input;

typedef struct {
    emrs_effect effect;
    int code;         /* what the last step returned: a move, EMRS_DONE or EMRS_E_* */
    int status;       /* HTTP status; 0: no answer */
    emrs_error error; /* the service's error */
    /* Unsafe characters are replaced by '?'. A peer may echo secrets: see emrs_mask_secrets */
    emrs_text error_name, message, request_id;
    bool message_cut; /* the message was longer than what is kept */
    /* The job run has probably ended: effect is UNKNOWN, and a later attempt got a validation
     * error */
    bool probably_ended;
    uint16_t attempt_count; /* attempts made */
    int32_t clock_offset_s; /* the service's clock minus this one, as used for signing */
    emrs_peer peer;
    emrs_phase phase; /* how far the last attempt got */
    emrs_reason reason;
    int32_t native; /* the port's own number for the reason (errno, mbedTLS), for a log */
    emrs_field field;
    emrs_rule rule;
    /* EMRS_E_SPACE: the size that the work buffer must have; with status 200, the size that the
     * room for the answer must have */
    size_t needed_size;
} emrs_result;

typedef struct {
    /* Monotonic; wraps. If it stops in deep sleep, a correction of the clock is dropped
     * (port/README.md) */
    uint32_t ms;
    /* 0: unknown. Needed at the first step, after CONNECTED and when a WAIT ends (a request is then
     * signed), and when CREDENTIALS ends by FAILED or at until_ms. At other steps it may be 0, if
     * your clock is slow to read */
    uint32_t utc_s;
    /* Spreads the retries of many devices; it protects no secret. 0: there is none, and each wait
     * is the longest. Needed at steps where an attempt may fail: after RECEIVED, CLOSED, CUT and
     * FAILED, and at until_ms. At other steps it may be 0 */
    uint32_t random;
} emrs_now;

typedef enum {
    EMRS_NEWS_PENDING,    /* nothing has happened yet; also the first report */
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

/* Each of these functions makes a whole report, for a port to return. */
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
    bool more;         /* SEND: another window follows at once; try to send both together */
} emrs_move;

#include "emrs_state.h" /* the structs, so that you can place them */

/* Prepares a client: checks the configuration and finds the endpoint. The client keeps the signing
 * key, the correction of the clock, the retry tokens and the open stream for the next call. The
 * earlier content of the client is not read.
 * If you call this during a call, the next step of that call sends nothing more and returns
 * EMRS_E_STATE, or the result of the call if only CLOSE was left. A stream that was left open
 * (keep_stream) is closed at the next CONNECT; to close it earlier, call emrs_release first. If the
 * old call was still opening a stream, the next call goes on with it: close the port's stream first
 * if the new endpoint is another one.
 * out: result names field and rule on error
 * ret: EMRS_OK      err: ARGUMENT, INSECURE, SPACE */
int emrs_init(emrs_client *client, const emrs_config *config, emrs_result *result);

/* Wipes the signing key and the hash of what it was made from. The client stays usable. */
void emrs_forget(emrs_client *client);

/* Gives the time to a device without a clock: for its TLS and its log.
 * ret: UTC; 0: unknown. If this device's clock is set, its time. Else, with clock_floor, the time
 *      that a verified answer gave; it stays right for 49 days */
uint32_t emrs_utc(const emrs_client *client, emrs_now now);

/* Copies what one client has learnt of the service's time to another, which then signs with it.
 * Does nothing if `from` has learnt nothing, or if `to` has no_clock_correction.
 * in:  both are initialised, and use the same tick */
void emrs_client_teach(emrs_client *to, const emrs_client *from);

/* Forgets the stream that the last call left open (keep_stream).
 * ret: true: there was one, and you must close it (emrs_hang_up does both); false during a call,
 *      which uses the stream */
bool emrs_release(emrs_client *client);

/* Starts a call of any operation. The input struct, its slices, the client, the output and the
 * result must stay in place until a step returns EMRS_DONE or a negative code: until then the
 * client is in a call. To give the call up, report EMRS_NEWS_STOP once, and go on with the moves: a
 * CLOSE may come. (A second EMRS_NEWS_STOP counts as the answer to that CLOSE.)
 * out: output: what the operation reads of its answer, valid with EMRS_DONE; NULL for CancelJobRun,
 *      which reads nothing. result: if the client is busy, its code is EMRS_E_STATE, unless the
 *      call in flight uses the same result
 * ret: EMRS_OK      err: ARGUMENT, SPACE, STATE; nothing was sent */
int emrs_call_start(emrs_call *call, emrs_client *client, const emrs_operation *operation,
                    const void *input, void *output, emrs_result *result);

/* Takes the time and a report, and gives the next move. Without news, the move and its window are
 * the same as before.
 * ret: a move, EMRS_DONE, or a final EMRS_E_*. After every step result->effect is up to date */
int emrs_step(emrs_call *call, emrs_now now, emrs_report report, emrs_move *move);

/* Static English texts for programs that print; they hold no secret. They are in hint.c, which is
 * linked only where one of these functions is called. */
const char *emrs_code_words(int code);
const char *emrs_effect_words(emrs_effect effect);
const char *emrs_reason_words(emrs_reason reason);
const char *emrs_phase_words(emrs_phase phase);
const char *emrs_field_words(emrs_field field);
const char *emrs_rule_words(emrs_field field, emrs_rule rule);
const char *emrs_next_step(const emrs_result *result);

/* Replaces with '*', in place, what must not be printed: each run of 8 or more bytes of the secret
 * access key or the session token (all of it, if it is shorter), and each run of more than 32 hex
 * digits, which may be a signature or the beginning of one. Use it only for printing: its branches
 * depend on secrets. It is in mask.c, which is linked only where it is called.
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
