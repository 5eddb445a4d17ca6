/* SPDX-License-Identifier: MIT */
#include "key_file.h"

#include <string.h>

#include "emrs_text.h"

/* The marks of PEM, in the order in which they are looked for (RFC 7468; OpenSSL's older forms). */
static const struct {
    const char *mark;
    key_file_kind kind;
} marks[] = {
    {"-----BEGIN ENCRYPTED PRIVATE KEY-----", HOLDS_ENCRYPTED_KEY},
    {"Proc-Type: 4,ENCRYPTED", HOLDS_ENCRYPTED_KEY},
    {"-----BEGIN PRIVATE KEY-----", HOLDS_PRIVATE_KEY},
    {"-----BEGIN RSA PRIVATE KEY-----", HOLDS_PRIVATE_KEY},
    {"-----BEGIN EC PRIVATE KEY-----", HOLDS_PRIVATE_KEY},
    {"-----BEGIN CERTIFICATE-----", HOLDS_CERTIFICATE},
    {"CERTIFICATE REQUEST-----", HOLDS_REQUEST},
    {"PUBLIC KEY-----", HOLDS_PUBLIC_KEY},
    {"-----BEGIN ", HOLDS_OTHER},
};

static key_file_kind kind_of_pem(const char *text, key_file_kind wanted)
{
    size_t i = 0;
    if (wanted == HOLDS_CERTIFICATE && strstr(text, "-----BEGIN CERTIFICATE-----") != NULL)
        return HOLDS_CERTIFICATE;
    while (i < sizeof marks / sizeof marks[0] && strstr(text, marks[i].mark) == NULL)
        i++;
    return i < sizeof marks / sizeof marks[0] ? marks[i].kind : HOLDS_NOTHING;
}

/* The tags of DER that are looked at (ITU-T X.690) */
enum {
    NONE = 0,
    INTEGER = 0x02,
    BIT_STRING = 0x03,
    OCTET_STRING = 0x04,
    OID = 0x06,
    SEQUENCE = 0x30,
    VERSION = 0xa0
};

/* Removes the first DER value from `der`. Its content may be cut by the end of the text.
 * ret: its tag; NONE: there is none */
static unsigned take(emrs_text *der, emrs_text *content)
{
    *content = EMRS_TEXT("");
    if (der->size < 2)
        return NONE;
    const unsigned char *bytes = (const unsigned char *)der->bytes;
    size_t size = bytes[1], header = 2, size_bytes = size & 0x7f;
    if (size > 0x7f) {
        for (size = 0; header < 2 + size_bytes && header < der->size && header < 6; header++)
            size = size << 8 | bytes[header];
    }
    const emrs_text rest = emrs_text_from(*der, header);
    *content = (emrs_text){rest.bytes, size < rest.size ? size : rest.size};
    *der = emrs_text_from(rest, content->size);
    return bytes[0];
}

/* A private key (PKCS#1, PKCS#8, SEC1) and a PKCS#12 archive (RFC 7292) begin with a version of one
 * byte. An RSA public key (PKCS#1) begins with its modulus. */
static key_file_kind kind_by_integer(emrs_text integer, emrs_text rest)
{
    emrs_text next;
    if (integer.size != 1)
        return HOLDS_PUBLIC_KEY;
    return *integer.bytes == 3 && take(&rest, &next) == SEQUENCE ? HOLDS_PKCS12 : HOLDS_PRIVATE_KEY;
}

/* in:  first: the content of the first SEQUENCE; rest: what follows it */
static key_file_kind kind_by_sequence(emrs_text first, emrs_text rest)
{
    emrs_text content;
    unsigned tag = take(&first, &content);
    bool is_zero = content.size == 1 && *content.bytes == 0;
    if (tag == VERSION) /* of a certificate of version 2 or 3: RFC 5280 */
        return HOLDS_CERTIFICATE;
    if (tag == INTEGER) /* the version of a request, 0, or the serial number: RFC 2986, RFC 5280 */
        return is_zero ? HOLDS_REQUEST : HOLDS_CERTIFICATE;
    if (tag != OID)
        return HOLDS_OTHER;
    tag = take(&rest, &content); /* after an algorithm: RFC 5958, RFC 5280 */
    return tag == OCTET_STRING ? HOLDS_ENCRYPTED_KEY
           : tag == BIT_STRING ? HOLDS_PUBLIC_KEY
                               : HOLDS_OTHER;
}

static key_file_kind kind_of_der(emrs_text der)
{
    emrs_text whole, first;
    if (take(&der, &whole) != SEQUENCE)
        return HOLDS_NOTHING;
    unsigned tag = take(&whole, &first);
    return tag == INTEGER    ? kind_by_integer(first, whole)
           : tag == SEQUENCE ? kind_by_sequence(first, whole)
                             : HOLDS_OTHER;
}

key_file_kind key_file_holds(emrs_text text, key_file_kind wanted)
{
    key_file_kind kind = kind_of_pem(text.bytes, wanted);
    return kind == HOLDS_NOTHING ? kind_of_der(text) : kind;
}

const char *key_file_words(key_file_kind kind)
{
    static const char *const words[] = {
        [HOLDS_CERTIFICATE] = "a certificate",
        [HOLDS_PRIVATE_KEY] = "a private key",
        [HOLDS_ENCRYPTED_KEY] = "an encrypted private key",
        [HOLDS_REQUEST] = "a certificate request (CSR)",
        [HOLDS_PUBLIC_KEY] = "a public key",
        [HOLDS_PKCS12] = "a PKCS#12 archive (.p12, .pfx)",
        [HOLDS_OTHER] = "something else",
        [HOLDS_NOTHING] = "neither PEM nor DER",
    };
    return words[kind];
}
