/* SPDX-License-Identifier: MIT */
#include "identity.h"

#if defined(BARE_IDENTITY)
#include "board.h"
#include "emrs_text.h"
#include "settings.h"

#define CERTIFICATE_SIZE_MAX 1023

/* In DER, so that mbedTLS does not copy it. A product has it in flash. */
static unsigned char certificate[CERTIFICATE_SIZE_MAX + 1];
static emrs_identity identity;
static bool has_certificate;

bool identity_setting(emrs_text key, emrs_text value, const char **fault)
{
    *fault = NULL;
    if (emrs_text_is(key, EMRS_TEXT("key"))) {
        *fault = board_element_start(value.bytes, value.size) == 0 ? NULL : "the name is too long";
        return true;
    }
    if (!emrs_text_is(key, EMRS_TEXT("certificate")))
        return false;
    int size = settings_read_file(value, certificate, sizeof certificate);
    has_certificate = size > 0;
    if (has_certificate)
        emrs_identity_with_image(&identity, certificate, (size_t)size);
    else
        *fault = SETTINGS_FILE_FAULT(CERTIFICATE_SIZE_MAX);
    return true;
}

emrs_identity *identity_of_device(void)
{
    return has_certificate ? &identity : NULL;
}
#endif
