/* SPDX-License-Identifier: MIT */
/* Every limit of the core, in one place. Where two depend on each other, the build checks it. */
#ifndef EMRS_CONFIG_H
#define EMRS_CONFIG_H

#include "emrs.h"

#define EMRS_STATIC_ASSERT(name, condition) typedef char emrs_assert_##name[(condition) ? 1 : -1]

/* What we accept */
#define EMRS_ID_SIZE_MAX 64u
#define EMRS_ACCESS_KEY_ID_SIZE_MAX 128u /* the API reference's own limit */
#define EMRS_USER_AGENT_SIZE_MAX 64u
#define EMRS_BASE_PATH_SIZE_MAX 128u
#define EMRS_GRACE_MIN_S 15 /* user guide, "job cancellation grace period"; 0 is also valid */
#define EMRS_GRACE_MAX_S 1800
#define EMRS_TIMEOUT_DEFAULT_MS 60000u
#define EMRS_TIMEOUT_MAX_MS 86400000u /* wrap-safe comparison needs less than 2^31 */

/* Attempts: AWS's standard mode of 2026, aws.amazon.com/sdkref "Retry behavior" */
#define EMRS_ATTEMPT_COUNT_DEFAULT 3u
#define EMRS_TOKEN_COUNT 500u
#define EMRS_COST_TRANSIENT 14u
#define EMRS_COST_THROTTLE 5u
#define EMRS_BACKOFF_TRANSIENT_MS 50u
#define EMRS_BACKOFF_THROTTLE_MS 1000u
#define EMRS_BACKOFF_MAX_MS 20000u
#define EMRS_BACKOFF_PERSISTENT_MAX_MS 900000u /* measured: make fleet */
#define EMRS_RETRY_AFTER_SPAN_MS 5000u
#define EMRS_IDLE_DEFAULT_MS 5000u
#define EMRS_PHASE_MAX_MS 30000u
#define EMRS_PHASE_MIN_MS 5000u /* a TLS handshake on a small board, over a slow link */

/* The clock: what AWS's SDKs agreed on in 2026 */
#define EMRS_SKEW_MIN_S 240u         /* less is within what the service allows */
#define EMRS_EXCHANGE_MAX_MS 900000u /* longer, and its midpoint says nothing */

/* What we read */
#define EMRS_HEAD_SIZE_MAX 16384u /* status line, headers, interim heads, extensions, trailers */
#define EMRS_BODY_SIZE_MAX 1048576u
#define EMRS_INTERIM_COUNT_MAX 4u /* 1xx answers skipped */
#define EMRS_BLANK_COUNT_MAX 2u   /* empty lines before the status line */
#define EMRS_CHUNK_DIGITS_MAX 8u
#define EMRS_JSON_DEPTH_MAX 32u /* bits of emrs_sieve.stack */
#define EMRS_MEMBER_COUNT_MAX 8u

/* What we keep of an answer, inside the work buffer */
#define EMRS_REQUEST_ID_SIZE_MAX 64u
#define EMRS_ERROR_NAME_SIZE_MAX 128u
/* Holds the message of AccessDenied for a role with names of some 100 characters, as the reason
 * comes last in it. Half of what a work buffer has above EMRS_WORK_SIZE is added to it, the rest to
 * the receive window. */
#define EMRS_MESSAGE_SIZE_MIN 512u
#define EMRS_MESSAGE_SIZE_MAX 4096u
#define EMRS_SIEVED_SIZE 720u /* the largest member table, an error's: asserted in tests */
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

EMRS_STATIC_ASSERT(request_fits_the_work_buffer,
                   EMRS_REQUEST_ID_SIZE_MAX + EMRS_ERROR_NAME_SIZE_MAX + EMRS_REQUEST_SIZE_MAX
                       <= EMRS_WORK_SIZE); /* the request follows the texts that keep_texts kept */
EMRS_STATIC_ASSERT(answer_fits_the_work_buffer,
                   EMRS_KEPT_SIZE + EMRS_RECEIVE_SIZE_MIN <= EMRS_WORK_SIZE);
EMRS_STATIC_ASSERT(depth_fits_the_stack, EMRS_JSON_DEPTH_MAX <= 32u);
EMRS_STATIC_ASSERT(timeout_is_wrap_safe, EMRS_TIMEOUT_MAX_MS < 0x7fffffffu);

#endif
