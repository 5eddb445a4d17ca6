/* SPDX-License-Identifier: MIT */
/* Results in words, and what to do next. Only programs that print link it. The texts name no
 * option, no variable and no command, since hosts and devices share them. */
#include "emrs.h"
#include "emrs_config.h"
#include "emrs_text.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

/* in:  a table without gaps */
static const char *pick(const char *const *table, int count, int at)
{
    return at >= 0 && at < count ? table[at] : "unknown";
}

const char *emrs_code_words(int code)
{
    static const char *const words[] = {
        [-EMRS_DONE] = "no error",
        [-EMRS_E_ARGUMENT] = "invalid input",
        [-EMRS_E_INSECURE] = "the endpoint is not secure",
        [-EMRS_E_SPACE] = "the work buffer is too small",
        [-EMRS_E_STATE] = "the client is not initialised, or is in another call",
        [-EMRS_E_CLOCK] = "the clock is not set",
        [-EMRS_E_STOPPED] = "interrupted",
        [-EMRS_E_TIMEOUT] = "timed out",
        [-EMRS_E_RESOLVE] = "could not resolve the host name",
        [-EMRS_E_CONNECT] = "could not connect, or the connection was lost",
        [-EMRS_E_RESOURCE] = "this device has no socket, memory, entropy or CA, or its hash failed",
        [-EMRS_E_CERTIFICATE] = "the server's certificate was not accepted",
        [-EMRS_E_TLS] = "TLS failed",
        [-EMRS_E_TLS_MEMORY] = "TLS ran out of memory",
        [-EMRS_E_PROTOCOL] = "the answer is not from this service",
        [-EMRS_E_TRUNCATED] = "the answer ended early",
        [-EMRS_E_TOO_BIG] = "the answer is too big",
        [-EMRS_E_JSON] = "the answer is not valid JSON",
        [-EMRS_E_UNVERIFIED] = "the answer does not name the job run",
        [-EMRS_E_MISMATCH] = "the answer names another job run",
        [-EMRS_E_REDIRECT] = "the answer is a redirect, which is never followed",
        [-EMRS_E_PROXY] = "a proxy answered, not the service",
        [-EMRS_E_SERVICE] = "the service answered with an error",
        [-EMRS_E_AUTH] = "the service did not accept the credentials or the permission",
        [-EMRS_E_THROTTLED] = "the service asks to slow down",
        [-EMRS_E_PORT] = "the port has no wait, or reported more bytes than it was given",
        [-EMRS_E_CREDENTIALS] = "no valid credentials",
        [-EMRS_E_GUARD] = "stopped by the guard",
    };
    if (code > EMRS_DONE)
        return "not finished";
    return code > -(int)COUNT(words) ? words[-code] : "unknown";
}

const char *emrs_effect_words(emrs_effect effect)
{
    static const char *const words[] = {
        [EMRS_EFFECT_NONE] = "no whole request was sent: the job run was not cancelled",
        [EMRS_EFFECT_REFUSED] = "refused: the job run was not cancelled by this call",
        [EMRS_EFFECT_UNKNOWN] = "unknown: the job run may have been cancelled",
        [EMRS_EFFECT_ACCEPTED] = "accepted: the job run is being cancelled, and not yet stopped",
    };
    return pick(words, COUNT(words), (int)effect);
}

const char *emrs_phase_words(emrs_phase phase)
{
    static const char *const words[] = {
        [EMRS_PHASE_NAME] = "resolving the host name",  [EMRS_PHASE_TCP] = "connecting",
        [EMRS_PHASE_TLS] = "negotiating TLS",           [EMRS_PHASE_SEND] = "sending the request",
        [EMRS_PHASE_ANSWER] = "waiting for the answer",
    };
    return pick(words, COUNT(words), (int)phase);
}

const char *emrs_reason_words(emrs_reason reason)
{
    static const char *const words[] = {
        [EMRS_REASON_NONE] = "no reason given",
        [EMRS_REASON_NAME_UNKNOWN] = "the name has no address",
        [EMRS_REASON_NAME_FAILED] = "the resolver gave no answer",
        [EMRS_REASON_REFUSED] = "the connection was refused",
        [EMRS_REASON_UNREACHABLE] = "the host cannot be reached",
        [EMRS_REASON_RESET] = "the connection was reset",
        [EMRS_REASON_RESOURCE] = "no socket or memory left",
        [EMRS_REASON_ENTROPY] = "the random source gave nothing",
        [EMRS_REASON_TRUST] = "no usable CA certificates",
        [EMRS_REASON_ISSUER] = "certificate issued by an unknown CA",
        [EMRS_REASON_NAME_MISMATCH] = "certificate is for another host name",
        [EMRS_REASON_EXPIRED] = "certificate has expired",
        [EMRS_REASON_NOT_YET_VALID] = "certificate is not yet valid",
        [EMRS_REASON_REVOKED] = "certificate is revoked",
        [EMRS_REASON_WEAK] = "certificate uses a weak key or hash",
        [EMRS_REASON_USAGE] = "certificate is not meant for servers",
        [EMRS_REASON_KEY] = "certificate's key could not be read, or TLS has no memory for it",
        [EMRS_REASON_CHAIN_COST] = "certificate chain is too costly to check",
        [EMRS_REASON_CERTIFICATE] = "certificate is not acceptable",
        [EMRS_REASON_TLS_ALERT] = "the server ended TLS with an alert",
        [EMRS_REASON_TLS_VERSION] = "no common TLS version or cipher suite",
        [EMRS_REASON_TLS_CUT] = "the connection ended inside the handshake",
        [EMRS_REASON_TLS_RECORD] = "the server sent a malformed or too large TLS record",
        [EMRS_REASON_TLS_PIECES] = "this mbedTLS cannot read a handshake message in pieces",
        [EMRS_REASON_TLS_CLIENT_CERTIFICATE] = "the server requires a client certificate",
        [EMRS_REASON_TLS] = "TLS protocol error",
        [EMRS_REASON_TLS_MEMORY] = "TLS memory is used up",
        [EMRS_REASON_OWN_CERTIFICATE] = "this device's certificate or key cannot be used",
        [EMRS_REASON_OWN_CERTIFICATE_REFUSED] = "the server refuses this device's certificate",
        [EMRS_REASON_PROXY_AUTH] = "the proxy wants a user and a password",
        [EMRS_REASON_PROXY_REFUSED] = "the proxy refuses this host",
        [EMRS_REASON_PROXY_FAILED] = "the proxy did not connect to the host",
    };
    return pick(words, COUNT(words), (int)reason);
}

const char *emrs_field_words(emrs_field field)
{
    static const char *const words[] = {
        [EMRS_FIELD_NONE] = "input",
        [EMRS_FIELD_APPLICATION_ID] = "application id",
        [EMRS_FIELD_JOB_RUN_ID] = "job run id",
        [EMRS_FIELD_SHUTDOWN_GRACE_PERIOD] = "shutdown grace period",
        [EMRS_FIELD_TAG_KEY] = "tag key",
        [EMRS_FIELD_EXPECTED_NAME] = "expected name",
        [EMRS_FIELD_REGION] = "region",
        [EMRS_FIELD_ENDPOINT] = "endpoint",
        [EMRS_FIELD_ACCESS_KEY_ID] = "access key id",
        [EMRS_FIELD_SECRET_ACCESS_KEY] = "secret access key",
        [EMRS_FIELD_SESSION_TOKEN] = "session token",
        [EMRS_FIELD_USER_AGENT] = "user agent suffix",
        [EMRS_FIELD_TIMEOUT] = "timeout",
        [EMRS_FIELD_WORK] = "work buffer",
    };
    return pick(words, COUNT(words), (int)field);
}

static const char *size_words(emrs_field field)
{
    switch (field) {
    case EMRS_FIELD_REGION:
        return "is longer than 63 bytes";
    case EMRS_FIELD_ENDPOINT:
        return "has a host longer than 253 bytes or a path longer than 128";
    case EMRS_FIELD_ACCESS_KEY_ID:
    case EMRS_FIELD_SECRET_ACCESS_KEY:
    case EMRS_FIELD_TAG_KEY:
        return "is longer than 128 bytes";
    case EMRS_FIELD_EXPECTED_NAME:
        return "is longer than 256 bytes";
    default:
        return "is longer than 64 bytes";
    }
}

static const char *byte_words(emrs_field field)
{
    switch (field) {
    case EMRS_FIELD_REGION:
        return "may hold only a-z, 0-9 and '-'";
    case EMRS_FIELD_USER_AGENT:
        return "may hold only printable ASCII, with single spaces inside";
    case EMRS_FIELD_SECRET_ACCESS_KEY:
    case EMRS_FIELD_SESSION_TOKEN:
        return "holds a space, a line end, a control byte or a byte that is not ASCII: was it "
               "pasted?";
    default:
        return "may hold only 0-9 and a-z";
    }
}

const char *emrs_rule_words(emrs_field field, emrs_rule rule)
{
    static const char *const words[] = {
        [EMRS_RULE_NONE] = "is fine",
        [EMRS_RULE_MISSING] = "is missing or empty",
        [EMRS_RULE_KEY_ID] = "may hold only ASCII letters, digits and '_': was it pasted? "
                             "Are the id and the secret swapped?",
        [EMRS_RULE_ENDPOINT_SCHEME] = "must begin with https:// (or http:// for loopback)",
        [EMRS_RULE_ENDPOINT_HOST] = "has no valid host name or address",
        [EMRS_RULE_ENDPOINT_PORT] = "has a port that is not 1 to 65535",
        [EMRS_RULE_ENDPOINT_PATH] =
            "may have only letters, digits, - . _ ~ and single slashes in its path",
        [EMRS_RULE_ENDPOINT_EXTRA] = "must not hold a user name, a query or a fragment",
        [EMRS_RULE_CUSTOM_FIPS] =
            "Invalid Configuration: FIPS and custom endpoint are not supported",
        [EMRS_RULE_CUSTOM_DUALSTACK] =
            "Invalid Configuration: Dualstack and custom endpoint are not supported",
        [EMRS_RULE_MISSING_REGION] = "Invalid Configuration: Missing Region",
    };
    if (rule == EMRS_RULE_MISSING && field == EMRS_FIELD_SHUTDOWN_GRACE_PERIOD)
        return "was given without EMRS_GRACE_SECONDS";
    if (rule == EMRS_RULE_TOO_LONG)
        return size_words(field);
    if (rule == EMRS_RULE_BYTE)
        return byte_words(field);
    if (rule == EMRS_RULE_RANGE)
        return field == EMRS_FIELD_TIMEOUT   ? "must be at most 24 hours"
               : field == EMRS_FIELD_TAG_KEY ? "occurs twice, or there are more than 8"
                                             : "must be 0 or from 15 to 1800 seconds";
    return pick(words, COUNT(words), (int)rule);
}

static const char *error_step(emrs_error error)
{
    static const char *const steps[] = {
        [EMRS_ERROR_VALIDATION] =
            "If the job run has already ended, there is nothing left to cancel: look at its state.",
        [EMRS_ERROR_RESOURCE_NOT_FOUND] =
            "Check the application id, the job run id, the region and the account.",
        [EMRS_ERROR_INTERNAL_SERVER] = "Call again in a moment: cancelling twice is safe.",
        [EMRS_ERROR_CONFLICT] = "Look at the job run's state, then call again.",
        [EMRS_ERROR_EXPIRED_TOKEN] = "Get fresh temporary credentials, then call again.",
        [EMRS_ERROR_INCOMPLETE_SIGNATURE] =
            "Check the access key id, and whether a proxy rewrites headers.",
        [EMRS_ERROR_INVALID_SIGNATURE] =
            "Check the secret access key, the region and the clock of this device.",
        [EMRS_ERROR_MISSING_TOKEN] = "Check for a proxy that drops headers.",
        [EMRS_ERROR_NOT_AUTHORIZED] = "Check the caller's permissions.",
        [EMRS_ERROR_OPT_IN_REQUIRED] = "Enable the region or the service for this account.",
        [EMRS_ERROR_REQUEST_EXPIRED] = "Set the clock of this device, then call again.",
        [EMRS_ERROR_REQUEST_TIME_SKEWED] = "Set the clock of this device, then call again.",
        [EMRS_ERROR_SERVICE_UNAVAILABLE] = "Call again in a moment: cancelling twice is safe.",
        [EMRS_ERROR_THROTTLING] = "Wait, then call again: the account's quota is used up.",
        [EMRS_ERROR_UNKNOWN_OPERATION] = "Check that the endpoint is one of EMR Serverless.",
        [EMRS_ERROR_UNRECOGNIZED_CLIENT] =
            "Check the access key id; temporary keys also need their session token.",
    };
    return (size_t)error < COUNT(steps) ? steps[error] : NULL;
}

static bool holds(emrs_text text, emrs_text part)
{
    for (size_t at = 0; at < text.size; at++)
        if (emrs_text_starts(emrs_text_from(text, at), part))
            return true;
    return false;
}

/* Chooses the step by the service's message, which names the kind of policy. This is only a hint
 * for people: no decision depends on it. */
static const char *denied_step(emrs_text message)
{
    if (holds(message, EMRS_TEXT("explicit deny")))
        return "Change the policy that denies it: an allow elsewhere does not help.";
    if (holds(message, EMRS_TEXT("because no ")) && !holds(message, EMRS_TEXT("identity-based")))
        return "Allow emr-serverless:CancelJobRun in the policy that the message names.";
    return "Allow emr-serverless:CancelJobRun on this job run to the caller's role.";
}

static const char *reason_step(emrs_reason reason)
{
    static const char *const steps[] = {
        [EMRS_REASON_NAME_UNKNOWN] = "Check the host name of the endpoint, or the region.",
        [EMRS_REASON_NAME_FAILED] = "Check this device's network and resolver.",
        [EMRS_REASON_REFUSED] = "Check the endpoint's host and port.",
        [EMRS_REASON_UNREACHABLE] = "Check this device's network.",
        [EMRS_REASON_TRUST] = "Set CA certificates that TLS can read.",
        [EMRS_REASON_ISSUER] = "If this endpoint is yours, trust its CA. If not, another server "
                               "answers in its place.",
        [EMRS_REASON_NAME_MISMATCH] =
            "Check the endpoint's host name: the server's certificate must have it.",
        [EMRS_REASON_EXPIRED] =
            "Check the clock of this device first, then the server's certificate.",
        [EMRS_REASON_NOT_YET_VALID] = "Check the clock of this device: it may be behind.",
        [EMRS_REASON_KEY] = "Give TLS more memory.",
        [EMRS_REASON_CHAIN_COST] = "Give the server fewer certificates, with smaller keys.",
        [EMRS_REASON_TLS_PIECES] = "Use mbedTLS 3.6.3 or later.",
        [EMRS_REASON_TLS_CLIENT_CERTIFICATE] = "Give TLS a client certificate.",
        [EMRS_REASON_TLS_MEMORY] = "Give TLS more memory.",
        [EMRS_REASON_OWN_CERTIFICATE] = "Check that this certificate and key belong together.",
        [EMRS_REASON_OWN_CERTIFICATE_REFUSED] = "Check that the server knows it.",
        [EMRS_REASON_PROXY_AUTH] = "Check the proxy's user and password.",
        [EMRS_REASON_PROXY_REFUSED] = "Change the proxy's rules, or go around it.",
        [EMRS_REASON_PROXY_FAILED] = "Check the proxy.",
    };
    return (size_t)reason < COUNT(steps) ? steps[reason] : NULL;
}

static const char *code_step(int code)
{
    switch (code) {
    case EMRS_E_CLOCK:
        return "Set the clock of this device: requests are signed with the time.";
    case EMRS_E_INSECURE:
        return "Use https over a verified stream, or allow plain http in the configuration.";
    case EMRS_E_STATE:
        return "Initialise the client first, and end one call before the next.";
    case EMRS_E_SPACE:
        return "Give the client a work buffer of EMRS_WORK_SIZE bytes.";
    case EMRS_E_CREDENTIALS:
        return "Check their source, and the clock.";
    case EMRS_E_PORT:
        return "Correct the port: it has no wait, or reports more bytes than it was given.";
    default:
        return NULL;
    }
}

/* ret: the step if only the code and the effect are known */
static const char *effect_step(const emrs_result *result)
{
    bool lacked_time = result->code == EMRS_E_TIMEOUT || result->code == EMRS_E_STOPPED;
    if (result->effect == EMRS_EFFECT_ACCEPTED)
        return "";
    if (result->effect == EMRS_EFFECT_REFUSED)
        return "Read what the service says, correct that, then call again.";
    return lacked_time ? "Call again, with more time if needed." : "Correct that, then call again.";
}

const char *emrs_next_step(const emrs_result *result)
{
    if (result->effect == EMRS_EFFECT_UNKNOWN)
        return "Look at the job run's state, or call again: cancelling twice is safe.";
    if (result->error == EMRS_ERROR_ACCESS_DENIED)
        return denied_step(result->message);
    const char *step = error_step(result->error);
    if (step == NULL)
        step = reason_step(result->reason);
    if (step == NULL)
        step = code_step(result->code);
    return step != NULL ? step : effect_step(result);
}
