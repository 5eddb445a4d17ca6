/* SPDX-License-Identifier: MIT */
#include "errors.h"

#include "emrs_config.h"
#include "emrs_text.h"

enum { CODE, TYPE, MESSAGE, MESSAGE_UPPER, ERROR_MESSAGE };

/* The first two are names of one member, and share its room. The last three are names of another
 * member. */
const emrs_member emrs_error_members[EMRS_ERROR_MEMBER_COUNT] = {
    [CODE] = {.name = EMRS_TEXT_INIT("code"), .size_max = EMRS_ERROR_NAME_SIZE_MAX},
    [TYPE] = {.name = EMRS_TEXT_INIT("__type")},
    [MESSAGE] = {.name = EMRS_TEXT_INIT("message"),
                 .size_max = EMRS_MESSAGE_SIZE_MIN,
                 .takes_more = true},
    [MESSAGE_UPPER] = {.name = EMRS_TEXT_INIT("Message")},
    [ERROR_MESSAGE] = {.name = EMRS_TEXT_INIT("errorMessage")},
};

/* The names of the errors in the service model and of AWS's common errors, and the SDKs' other
 * names for them. A trailing "Exception" is dropped before the look-up. */
#define KNOWN_NAMES(ROW)                                                                           \
    ROW(VALIDATION, "Validation")                                                                  \
    ROW(VALIDATION, "ValidationError")                                                             \
    ROW(RESOURCE_NOT_FOUND, "ResourceNotFound")                                                    \
    ROW(INTERNAL_SERVER, "InternalServer")                                                         \
    ROW(INTERNAL_SERVER, "InternalError")                                                          \
    ROW(INTERNAL_SERVER, "InternalFailure")                                                        \
    ROW(INTERNAL_SERVER, "InternalServerError")                                                    \
    ROW(ACCESS_DENIED, "AccessDenied")                                                             \
    ROW(CONFLICT, "Conflict")                                                                      \
    ROW(EXPIRED_TOKEN, "ExpiredToken")                                                             \
    ROW(INCOMPLETE_SIGNATURE, "IncompleteSignature")                                               \
    ROW(INVALID_SIGNATURE, "AuthFailure")                                                          \
    ROW(INVALID_SIGNATURE, "InvalidSignature")                                                     \
    ROW(INVALID_SIGNATURE, "SignatureDoesNotMatch")                                                \
    ROW(MALFORMED_REQUEST, "MalformedHttpRequest")                                                 \
    ROW(MISSING_TOKEN, "MissingAuthenticationToken")                                               \
    ROW(NOT_AUTHORIZED, "NotAuthorized")                                                           \
    ROW(OPT_IN_REQUIRED, "OptInRequired")                                                          \
    ROW(QUOTA_EXCEEDED, "ServiceQuotaExceeded")                                                    \
    ROW(REQUEST_ABORTED, "RequestAborted")                                                         \
    ROW(REQUEST_EXPIRED, "RequestExpired")                                                         \
    ROW(REQUEST_TIMEOUT, "RequestTimeout")                                                         \
    ROW(REQUEST_TOO_LARGE, "RequestEntityTooLarge")                                                \
    ROW(REQUEST_TIME_SKEWED, "RequestInTheFuture")                                                 \
    ROW(REQUEST_TIME_SKEWED, "RequestTimeTooSkewed")                                               \
    ROW(SERVICE_UNAVAILABLE, "ServiceUnavailable")                                                 \
    ROW(THROTTLING, "BandwidthLimitExceeded")                                                      \
    ROW(THROTTLING, "EC2Throttled")                                                                \
    ROW(THROTTLING, "LimitExceeded")                                                               \
    ROW(THROTTLING, "PriorRequestNotComplete")                                                     \
    ROW(THROTTLING, "ProvisionedThroughputExceeded")                                               \
    ROW(THROTTLING, "RequestLimitExceeded")                                                        \
    ROW(THROTTLING, "RequestThrottled")                                                            \
    ROW(THROTTLING, "SlowDown")                                                                    \
    ROW(THROTTLING, "Throttled")                                                                   \
    ROW(THROTTLING, "Throttling")                                                                  \
    ROW(THROTTLING, "TooManyRequests")                                                             \
    ROW(THROTTLING, "TransactionInProgress")                                                       \
    ROW(UNKNOWN_OPERATION, "UnknownOperation")                                                     \
    ROW(UNRECOGNIZED_CLIENT, "InvalidClientTokenId")                                               \
    ROW(UNRECOGNIZED_CLIENT, "UnrecognizedClient")
#define KNOWN_ERROR(error, name) EMRS_ERROR_##error,
#define KNOWN_NAME(error, name) name "\0"

static const uint8_t known_errors[] = {KNOWN_NAMES(KNOWN_ERROR)};
static const char known_names[] = KNOWN_NAMES(KNOWN_NAME); /* each with a NUL */

emrs_text emrs_error_trim(emrs_text name)
{
    name.size = emrs_text_find(name, ':');
    size_t hash = emrs_text_find(name, '#');
    return hash < name.size ? emrs_text_from(name, hash + 1) : name;
}

emrs_error emrs_error_of(emrs_text name)
{
    const size_t suffix_size = sizeof "Exception" - 1;
    if (name.size == 0)
        return EMRS_ERROR_NONE;
    if (name.size > suffix_size
        && emrs_text_spells(emrs_text_from(name, name.size - suffix_size), "Exception"))
        name.size -= suffix_size;
    const char *known = known_names;
    for (size_t i = 0; i < sizeof known_errors; i++) {
        if (emrs_text_spells(name, known))
            return (emrs_error)known_errors[i];
        known += strlen(known) + 1;
    }
    return EMRS_ERROR_OTHER;
}

/* Finds the code of an error. The status decides only if the name is unknown. */
static int code_of(emrs_error error, int status)
{
    switch (error) {
    case EMRS_ERROR_THROTTLING:
        return EMRS_E_THROTTLED;
    case EMRS_ERROR_ACCESS_DENIED:
    case EMRS_ERROR_EXPIRED_TOKEN:
    case EMRS_ERROR_INCOMPLETE_SIGNATURE:
    case EMRS_ERROR_INVALID_SIGNATURE:
    case EMRS_ERROR_MISSING_TOKEN:
    case EMRS_ERROR_NOT_AUTHORIZED:
    case EMRS_ERROR_OPT_IN_REQUIRED:
    case EMRS_ERROR_REQUEST_EXPIRED:
    case EMRS_ERROR_REQUEST_TIME_SKEWED:
    case EMRS_ERROR_UNRECOGNIZED_CLIENT:
        return EMRS_E_AUTH;
    case EMRS_ERROR_NONE:
    case EMRS_ERROR_OTHER:
        return status == 429                    ? EMRS_E_THROTTLED
               : status == 407                  ? EMRS_E_PROXY
               : status == 401 || status == 403 ? EMRS_E_AUTH
                                                : EMRS_E_SERVICE;
    default:
        return EMRS_E_SERVICE;
    }
}

static emrs_text string_of(const emrs_value values[], unsigned member)
{
    bool is_string =
        values != NULL
        && (values[member].kind == EMRS_VALUE_STRING || values[member].kind == EMRS_VALUE_CUT);
    return is_string ? values[member].text : EMRS_TEXT("");
}

int emrs_error_read(emrs_result *result, emrs_text header, const emrs_value values[])
{
    result->error_name = emrs_error_trim(header);
    for (unsigned i = CODE; result->error_name.size == 0 && i <= TYPE; i++)
        result->error_name = emrs_error_trim(string_of(values, i));
    for (unsigned i = MESSAGE; result->message.size == 0 && i <= ERROR_MESSAGE; i++) {
        result->message = string_of(values, i);
        result->message_cut = result->message.size > 0 && values[i].kind == EMRS_VALUE_CUT;
    }
    emrs_error_clean_name(result->error_name);
    emrs_error_clean_message(result->message);
    result->error = emrs_error_of(result->error_name);
    return code_of(result->error, result->status);
}

int emrs_error_of_reason(emrs_reason reason)
{
    if (reason >= EMRS_REASON_ISSUER && reason <= EMRS_REASON_CERTIFICATE)
        return EMRS_E_CERTIFICATE;
    switch (reason) {
    case EMRS_REASON_NAME_UNKNOWN:
    case EMRS_REASON_NAME_FAILED:
        return EMRS_E_RESOLVE;
    case EMRS_REASON_RESOURCE:
    case EMRS_REASON_ENTROPY:
    case EMRS_REASON_TRUST:
        return EMRS_E_RESOURCE;
    case EMRS_REASON_TLS_MEMORY:
        return EMRS_E_TLS_MEMORY;
    case EMRS_REASON_PROXY_AUTH:
    case EMRS_REASON_PROXY_REFUSED:
        return EMRS_E_PROXY;
    case EMRS_REASON_NONE:
    case EMRS_REASON_REFUSED:
    case EMRS_REASON_UNREACHABLE:
    case EMRS_REASON_RESET:
    case EMRS_REASON_PROXY_FAILED:
        return EMRS_E_CONNECT;
    default:
        return EMRS_E_TLS;
    }
}

/* In a work buffer, request id and error name fit before the sieve's output, so no memmove
 * overwrites a text that is still to be moved. */
uint16_t emrs_error_keep_texts(emrs_result *result, char *room, size_t size)
{
    emrs_text *const texts[] = {&result->request_id, &result->error_name, &result->message};
    size_t used = 0, left = size - result->request_id.size - result->error_name.size;
    if (result->message.size > left) {
        result->message_cut = true;
        while (((unsigned char)result->message.bytes[left] & 0xc0u) == 0x80u)
            left--; /* to the start of a UTF-8 character */
        result->message.size = left;
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i]->size > 0)
            memmove(room + used, texts[i]->bytes, texts[i]->size);
        texts[i]->bytes = room + used;
        used += texts[i]->size;
    }
    return (uint16_t)used;
}

/* Both functions write to the text, which lies in the work buffer. */
void emrs_error_clean_message(emrs_text text)
{
    char *bytes = (char *)text.bytes;
    for (size_t at = 0; at < text.size; at++)
        for (size_t left = emrs_text_hostile_size(emrs_text_from(text, at)); left > 0; left--)
            bytes[at + left - 1] = '?';
}

void emrs_error_clean_name(emrs_text text)
{
    char *bytes = (char *)text.bytes;
    for (size_t at = 0; at < text.size; at++)
        if (bytes[at] < '!' || bytes[at] > '~')
            bytes[at] = '?';
}
