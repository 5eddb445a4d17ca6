/* SPDX-License-Identifier: MIT */
/* The limits and defaults of a build. To change some, compile the library and your sources with
 * -DEMRS_CONFIG_FILE='"my_emrs.h"', and define in that file any names that have an #ifndef here.
 * None of them changes the size of a struct, or what is sent. core/client.c checks at compile time
 * that they fit together. */
#ifndef EMRS_CONFIG_H
#define EMRS_CONFIG_H

#ifdef EMRS_CONFIG_FILE
#include EMRS_CONFIG_FILE
#endif

#define EMRS_STATIC_ASSERT(name, condition) typedef char emrs_assert_##name[(condition) ? 1 : -1]

/* What you may set */

/* A clock that shows an earlier time is wrong. The default is the month of the release. If you set
 * it to the day of your build, a device with clock_floor begins nearer to the true time. */
#ifndef EMRS_BUILD_TIME_S
#define EMRS_BUILD_TIME_S 1793491200u /* 2026-11-01 UTC */
#endif

/* The least size of a work buffer: every valid call fits into it. Raise it if you raise
 * EMRS_MESSAGE_SIZE_MIN. */
#ifndef EMRS_WORK_SIZE
#define EMRS_WORK_SIZE 1536u
#endif

/* The limit of a whole call if emrs_config.timeout_ms is 0: enough for three attempts over a slow
 * link. */
#ifndef EMRS_TIMEOUT_DEFAULT_MS
#define EMRS_TIMEOUT_DEFAULT_MS 60000u
#endif

/* How long a stream that was left open may be used again, if emrs_config.idle_timeout_ms is 0: less
 * than the time after which a NAT or a server drops it. */
#ifndef EMRS_IDLE_DEFAULT_MS
#define EMRS_IDLE_DEFAULT_MS 5000u
#endif

/* The attempts of a call if emrs_config.attempt_count is 0; at most 255. Attempts, back-off and
 * tokens are those of AWS's standard mode of 2026.
 * src: AWS SDKs and Tools Reference Guide, "Retry behavior" */
#ifndef EMRS_ATTEMPT_COUNT_DEFAULT
#define EMRS_ATTEMPT_COUNT_DEFAULT 3u
#endif
#ifndef EMRS_BACKOFF_TRANSIENT_MS
#define EMRS_BACKOFF_TRANSIENT_MS 50u
#endif
#ifndef EMRS_BACKOFF_THROTTLE_MS
#define EMRS_BACKOFF_THROTTLE_MS 1000u
#endif
#ifndef EMRS_BACKOFF_MAX_MS
#define EMRS_BACKOFF_MAX_MS 20000u
#endif
/* The longest back-off with emrs_config.persistent, where attempts are not counted. `make fleet`
 * measures its effect. */
#ifndef EMRS_BACKOFF_PERSISTENT_MAX_MS
#define EMRS_BACKOFF_PERSISTENT_MAX_MS 900000u
#endif

/* The longest time for one phase of an attempt (name, TCP, TLS, sending, answer), as long as
 * another attempt may follow. */
#ifndef EMRS_PHASE_MAX_MS
#define EMRS_PHASE_MAX_MS 30000u
#endif
/* If half of the time that is left is less than this, a phase may take all of it: a TLS handshake
 * on a small board, over a slow link, takes this long. */
#ifndef EMRS_PHASE_MIN_MS
#define EMRS_PHASE_MIN_MS 5000u
#endif

/* The longest time to get fresh credentials (EMRS_MOVE_CREDENTIALS). It is enough for a TLS
 * handshake on a small board, and for a second request to a source that starts slowly after a boot.
 * If the old ones can still be used after EMRS_RENEW_EARLY_MAX_MS, the limit is that time, so that
 * a source that does not answer hardly delays the call. While the old ones can be used, no call
 * asks again within EMRS_RENEW_AGAIN_S. */
#ifndef EMRS_RENEW_MAX_MS
#define EMRS_RENEW_MAX_MS 30000u
#endif
#ifndef EMRS_RENEW_EARLY_MAX_MS
#define EMRS_RENEW_EARLY_MAX_MS 5000u
#endif
#ifndef EMRS_RENEW_AGAIN_S
#define EMRS_RENEW_AGAIN_S 60u
#endif

/* The state machine of emrs_stop.h. Each pause between two looks is longer than the one before by
 * half, from the first value to the second. The quota of GetJobRun is 10 requests per second for a
 * whole account. src: AWS General Reference, "Amazon EMR Serverless endpoints and quotas" */
#ifndef EMRS_STOP_PAUSE_MIN_MS
#define EMRS_STOP_PAUSE_MIN_MS 2000u
#endif
#ifndef EMRS_STOP_PAUSE_MAX_MS
#define EMRS_STOP_PAUSE_MAX_MS 15000u
#endif
/* The longest time of a look, except the first one of a guard */
#ifndef EMRS_LOOK_TIMEOUT_MS
#define EMRS_LOOK_TIMEOUT_MS 15000u
#endif
/* If the effect is unknown, the machine may cancel again. This is the least time from the end of a
 * CancelJobRun to the next one. The quota of CancelJobRun is one request per second. */
#ifndef EMRS_STOP_AGAIN_MS
#define EMRS_STOP_AGAIN_MS 10000u
#endif

/* The most bytes of status line, headers, interim answers, extensions and trailers together. It may
 * be 65,535 at most. */
#ifndef EMRS_HEAD_SIZE_MAX
#define EMRS_HEAD_SIZE_MAX 16384u
#endif
/* The most bytes of the body of an answer to an operation that changes something. A body of any
 * size takes the same memory: this limits how much time and traffic a peer can cause. */
#ifndef EMRS_BODY_SIZE_MAX
#define EMRS_BODY_SIZE_MAX 1048576u
#endif

/* Bytes kept of an error's message. The minimum holds the message of AccessDenied for a role with
 * names of some 100 characters, in which the reason comes last. Half of what a work buffer has
 * above EMRS_WORK_SIZE is added to it, up to the maximum; the rest is added to the receive
 * window. */
#ifndef EMRS_MESSAGE_SIZE_MIN
#define EMRS_MESSAGE_SIZE_MIN 512u
#endif
#ifndef EMRS_MESSAGE_SIZE_MAX
#define EMRS_MESSAGE_SIZE_MAX 4096u
#endif

/* What you cannot set, since the sizes of structs, the protocol or the service depend on it */

/* What is accepted */
#define EMRS_HOST_SIZE_MAX 253u  /* of emrs_client.host: the longest DNS name */
#define EMRS_REGION_SIZE_MAX 63u /* a label of that name */
#define EMRS_SECRET_SIZE_MAX 128u
#define EMRS_ID_SIZE_MAX 64u
#define EMRS_ACCESS_KEY_ID_SIZE_MAX 128u /* the API reference's own limit */
#define EMRS_USER_AGENT_SIZE_MAX 64u
#define EMRS_BASE_PATH_SIZE_MAX 128u
/* The most bytes of path and query of a container's URI */
#define EMRS_URI_TARGET_SIZE_MAX 480u
#define EMRS_GRACE_MIN_S 15 /* user guide, "job cancellation grace period"; 0 is also valid */
#define EMRS_GRACE_MAX_S 1800
#define EMRS_TIMEOUT_MAX_MS 86400000u /* wrap-safe comparison needs less than 2^31 */

/* Retry tokens, and how much longer than its own delay a client waits if x-amz-retry-after asks for
 * it. All clients of a fleet must use the same values.
 * src: AWS SDKs and Tools Reference Guide, "Retry behavior" */
#define EMRS_TOKEN_COUNT 500u
#define EMRS_COST_TRANSIENT 14u
#define EMRS_COST_THROTTLE 5u
#define EMRS_RETRY_AFTER_SPAN_MS 5000u

/* The clock, as AWS's SDKs treat it since 2026 */
#define EMRS_SKEW_MIN_S 240u         /* the service accepts a smaller error */
#define EMRS_EXCHANGE_MAX_MS 900000u /* after a longer one the Date is too inexact */

/* The state machine of emrs_stop.h */
#define EMRS_STOP_CANCEL_COUNT_MAX 3u /* CancelJobRun calls, each with its attempts */
#define EMRS_STOP_LOOK_COUNT 3u /* after a validation error it ends after so many answered looks */
/* The default wait is the grace period and EMRS_STOP_EXTRA_MS, for the service to stop the job run.
 * Without a grace period, EMRS_STOP_GRACE_S is used: the service's default for a streaming job run.
 * src: user guide, "Job cancellation" */
#define EMRS_STOP_GRACE_S 120
#define EMRS_STOP_EXTRA_MS 180000u

/* What is read */
#define EMRS_INTERIM_COUNT_MAX 4u /* 1xx answers skipped */
#define EMRS_BLANK_COUNT_MAX 2u   /* empty lines before the status line */
#define EMRS_CHUNK_DIGITS_MAX 8u
#define EMRS_JSON_DEPTH_MAX 32u         /* bits of emrs_sieve.stack */
#define EMRS_MEMBER_COUNT_MAX 31u       /* bits of the masks of emrs_sieve, less one */
#define EMRS_BODY_COUNT_MAX 0x0fffffffu /* bytes of any body, so that no count overflows */

/* The most bytes of an answer of a source of credentials. Without this limit a peer could send
 * until the deadline. Today's answers have less than 4 KB. */
#define EMRS_PROVIDER_BODY_SIZE_MAX 65536u
#define EMRS_TOKEN_SIZE_MIN 1u /* room for a session token: the rest of the store is added */
#define EMRS_DATE_SIZE_MAX 64u /* also for other texts that are read but not kept */

/* What is kept of an answer, inside the work buffer */
#define EMRS_REQUEST_ID_SIZE_MAX 64u
#define EMRS_ERROR_NAME_SIZE_MAX 128u
/* The most that the sieve passes on. Errors have the largest table of members: this is the size of
 * the message, and of the names and other values around it. A test compares it with the table. */
#define EMRS_SIEVED_SIZE (EMRS_MESSAGE_SIZE_MIN + 220u)
#define EMRS_RECEIVE_SIZE_MIN 128u
#define EMRS_KEPT_SIZE (EMRS_REQUEST_ID_SIZE_MAX + EMRS_ERROR_NAME_SIZE_MAX + EMRS_SIEVED_SIZE)

/* What emrs_mask_secrets masks: runs of so many bytes of a secret (shorter ones occur by chance),
 * and runs of so many hex digits. These may be a signature or the beginning of one, and are more
 * than the 32 digits of a UUID. */
#define EMRS_MASK_RUN_SIZE_MIN 8u
#define EMRS_MASK_HEX_SIZE_MIN 33u

/* The most bytes that an operation that is not signed may write: its path, its query and the name
 * of its one header together. Such a request is then shorter than the longest signed one. */
#define EMRS_TARGET_SIZE_MAX 512u

/* The size of the longest request: every part at its limit, but without the token, which is sent
 * from where it lies. */
#define EMRS_REQUEST_SIZE_MAX                                                                      \
    (sizeof(                                                                                       \
         "DELETE /applications//jobruns/?shutdownGracePeriodInSeconds=-2147483648 HTTP/1.1\r\n")   \
     + EMRS_BASE_PATH_SIZE_MAX + (size_t)2 * EMRS_ID_SIZE_MAX + sizeof("Host: :65535\r\n")         \
     + EMRS_HOST_SIZE_MAX + sizeof("X-Amz-Date: 20260102T030405Z\r\n")                             \
     + sizeof(                                                                                     \
         "Authorization: AWS4-HMAC-SHA256 Credential=/20260102//emr-serverless/aws4_request, "     \
         "SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=\r\n")                     \
     + EMRS_ACCESS_KEY_ID_SIZE_MAX + EMRS_REGION_SIZE_MAX + 64u                                    \
     + sizeof("User-Agent: emrs/" EMRS_VERSION " \r\n") + EMRS_USER_AGENT_SIZE_MAX                 \
     + sizeof("Content-Length: 0\r\nX-Amz-Security-Token: "))

#endif
