/* SPDX-License-Identifier: MIT */
/* The figures of a build. To change one, compile the library and your sources with
 * -DEMRS_CONFIG_FILE='"my_emrs.h"', and define in that file any name that has an #ifndef here.
 * No figure that can be set changes the size of a struct or what is sent; core/client.c and the
 * comments here say what holds between them. */
#ifndef EMRS_CONFIG_H
#define EMRS_CONFIG_H

#ifdef EMRS_CONFIG_FILE
#include EMRS_CONFIG_FILE
#endif

#define EMRS_STATIC_ASSERT(name, condition) typedef char emrs_assert_##name[(condition) ? 1 : -1]

/* What you may set */

/* A clock before it is wrong: the month of the release, or later. Set it to the day of your build:
 * a device that begins with clock_floor then starts nearer to the true time. */
#ifndef EMRS_BUILD_TIME_S
#define EMRS_BUILD_TIME_S 1793491200u /* 2026-11-01 UTC */
#endif

/* Bytes of work buffer that every valid call fits in. Set it if you raise EMRS_MESSAGE_SIZE_MIN. */
#ifndef EMRS_WORK_SIZE
#define EMRS_WORK_SIZE 1536u
#endif

/* A whole call, where emrs_config.timeout_ms is 0: three attempts over a slow link. */
#ifndef EMRS_TIMEOUT_DEFAULT_MS
#define EMRS_TIMEOUT_DEFAULT_MS 60000u
#endif

/* A stream that is left open, where emrs_config.idle_timeout_ms is 0: less than a NAT or a server
 * waits before it drops one. */
#ifndef EMRS_IDLE_DEFAULT_MS
#define EMRS_IDLE_DEFAULT_MS 5000u
#endif

/* Where emrs_config.attempt_count is 0. Attempts, back-off and tokens are AWS's standard mode of
 * 2026: AWS SDKs and Tools Reference Guide, "Retry behavior". At most 255. */
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
/* With emrs_config.persistent, where no count bounds the attempts: measured by `make fleet`. */
#ifndef EMRS_BACKOFF_PERSISTENT_MAX_MS
#define EMRS_BACKOFF_PERSISTENT_MAX_MS 900000u
#endif

/* One phase of an attempt (name, TCP, TLS, sending, answer), while another attempt may follow. */
#ifndef EMRS_PHASE_MAX_MS
#define EMRS_PHASE_MAX_MS 30000u
#endif
/* A TLS handshake on a small board, over a slow link: a phase gets no share shorter than this. */
#ifndef EMRS_PHASE_MIN_MS
#define EMRS_PHASE_MIN_MS 5000u
#endif

/* Status line, headers, interim answers, extensions and trailers together: at most 65,535. */
#ifndef EMRS_HEAD_SIZE_MAX
#define EMRS_HEAD_SIZE_MAX 16384u
#endif
/* A body is read in constant memory: this bounds the time and the traffic that a peer can cost. */
#ifndef EMRS_BODY_SIZE_MAX
#define EMRS_BODY_SIZE_MAX 1048576u
#endif

/* Bytes kept of an error's message. The least holds the message of AccessDenied for a role with
 * names of some 100 characters, as the reason comes last in it. Half of what a work buffer has
 * above EMRS_WORK_SIZE is added to it, up to the most; the rest is added to the receive window. */
#ifndef EMRS_MESSAGE_SIZE_MIN
#define EMRS_MESSAGE_SIZE_MIN 512u
#endif
#ifndef EMRS_MESSAGE_SIZE_MAX
#define EMRS_MESSAGE_SIZE_MAX 4096u
#endif

/* What cannot be set: the sizes of structs, the protocol or the service depend on it */

/* What is accepted */
#define EMRS_HOST_SIZE_MAX 253u  /* of emrs_client.host: the longest DNS name */
#define EMRS_REGION_SIZE_MAX 63u /* a label of that name */
#define EMRS_SECRET_SIZE_MAX 128u
#define EMRS_ID_SIZE_MAX 64u
#define EMRS_ACCESS_KEY_ID_SIZE_MAX 128u /* the API reference's own limit */
#define EMRS_USER_AGENT_SIZE_MAX 64u
#define EMRS_BASE_PATH_SIZE_MAX 128u
#define EMRS_GRACE_MIN_S 15 /* user guide, "job cancellation grace period"; 0 is also valid */
#define EMRS_GRACE_MAX_S 1800
#define EMRS_TIMEOUT_MAX_MS 86400000u /* wrap-safe comparison needs less than 2^31 */

/* Retry tokens, and what more than its own delay a client waits for x-amz-retry-after: the same
 * guide. Fleets rely on every client having the same. */
#define EMRS_TOKEN_COUNT 500u
#define EMRS_COST_TRANSIENT 14u
#define EMRS_COST_THROTTLE 5u
#define EMRS_RETRY_AFTER_SPAN_MS 5000u

/* The clock: what AWS's SDKs agreed on in 2026 */
#define EMRS_SKEW_MIN_S 240u         /* less is within what the service allows */
#define EMRS_EXCHANGE_MAX_MS 900000u /* a longer exchange is too vague to set a clock by */

/* What is read */
#define EMRS_INTERIM_COUNT_MAX 4u /* 1xx answers skipped */
#define EMRS_BLANK_COUNT_MAX 2u   /* empty lines before the status line */
#define EMRS_CHUNK_DIGITS_MAX 8u
#define EMRS_JSON_DEPTH_MAX 32u /* bits of emrs_sieve.stack */
#define EMRS_MEMBER_COUNT_MAX 8u

/* What is kept of an answer, inside the work buffer */
#define EMRS_REQUEST_ID_SIZE_MAX 64u
#define EMRS_ERROR_NAME_SIZE_MAX 128u
/* What the sieve passes on of the largest table of members, an error's: the message, and the names
 * and other values around it. A test compares it with the table. */
#define EMRS_SIEVED_SIZE (EMRS_MESSAGE_SIZE_MIN + 208u)
#define EMRS_RECEIVE_SIZE_MIN 128u
#define EMRS_KEPT_SIZE (EMRS_REQUEST_ID_SIZE_MAX + EMRS_ERROR_NAME_SIZE_MAX + EMRS_SIEVED_SIZE)

/* What is masked before it is printed: runs of so many bytes of a secret (shorter ones occur by
 * chance), and runs of so many hex digits, which may be a signature or the beginning of one that
 * was cut: more than the 32 digits of a UUID. */
#define EMRS_MASK_RUN_SIZE_MIN 8u
#define EMRS_MASK_HEX_SIZE_MIN 33u

/* The longest request: every part at its limit, the token apart (it is sent from where it lies) */
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
