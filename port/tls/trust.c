/* SPDX-License-Identifier: MIT */
/* Decides which CAs a handshake trusts, and how much it may cost to check a chain. */
#include "inside.h"

#include <string.h>

#include <mbedtls/platform.h>

#include "emrs_text.h"

/* Limits on a chain, since its sender is not verified yet. mbedTLS tries each issuer with the right
 * name, continues upwards after a wrong signature, and takes the sizes of the keys from the chain.
 * AWS sends four certificates; the largest CA key in use is RSA-4096. */
enum { CHAIN_COUNT_MAX = 5, NAMESAKE_COUNT_MAX = 2, RSA_BITS_MAX = 4096, EXPONENT_BITS_MAX = 32 };

/* The hashes, keys and curves that a certificate may use. */
static const mbedtls_x509_crt_profile profile = {
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384)
        | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    0xFFFFFFF, /* RSA and ECDSA: mbedTLS has no others that sign */
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1)
        | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    2048};

/* What a chain may cost */

#if defined(CHAINS_ARE_BOUNDED)
/* Whether checking with this key is costly. Curves below 255 bits are not: mbedTLS refuses them by
 * the profile. */
static bool is_costly_key(const mbedtls_pk_context *key)
{
    if (mbedtls_pk_can_do(key, MBEDTLS_PK_RSA) != 0)
        return mbedtls_pk_get_bitlen(key) > RSA_BITS_MAX
               || mbedtls_mpi_bitlen(&mbedtls_pk_rsa(*key)->E) > EXPONENT_BITS_MAX;
    mbedtls_ecp_group_id curve = curve_of(key);
    return mbedtls_pk_get_bitlen(key) >= 255 && curve != MBEDTLS_ECP_DP_SECP256R1
           && curve != MBEDTLS_ECP_DP_SECP384R1 && curve != MBEDTLS_ECP_DP_SECP521R1;
}

/* Maps a byte, so that names can be compared. mbedTLS ignores the case of letters, and treats a
 * PrintableString as a UTF8String: names that it treats as equal have the same bytes after this. */
static unsigned char folded(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (unsigned char)(byte | 0x20);
    return byte == MBEDTLS_ASN1_PRINTABLE_STRING ? MBEDTLS_ASN1_UTF8_STRING : byte;
}

static bool may_be_issuer(const mbedtls_x509_crt *child, const mbedtls_x509_crt *parent)
{
    const mbedtls_x509_buf *issuer = &child->issuer_raw, *name = &parent->subject_raw;
    bool same = issuer->len == name->len;
    for (size_t i = 0; same && i < name->len; i++)
        same = folded(issuer->p[i]) == folded(name->p[i]);
    return same;
}

/* Whether checking a chain, leaf first, could take too long for a device or a deadline. Compares
 * only parsed fields, without any cryptography. */
static bool is_costly_chain(const mbedtls_x509_crt *leaf)
{
    int count = 0;
    for (const mbedtls_x509_crt *child = leaf; child != NULL; child = child->next) {
        int issuer_count = 0;
        for (const mbedtls_x509_crt *next = child->next; next != NULL; next = next->next)
            issuer_count += may_be_issuer(child, next);
        if (++count > CHAIN_COUNT_MAX || issuer_count > NAMESAKE_COUNT_MAX
            || is_costly_key(&child->pk))
            return true;
    }
    return false;
}

#if defined(CERTIFICATES_ARE_READABLE)
/* Whether a Certificate message contains a costly chain. A certificate that cannot be read is
 * skipped, since mbedTLS skips one with an unknown signature algorithm and goes on with the next.
 * For any other error in a certificate it refuses the whole chain, before it checks a signature. */
static bool is_costly_message(const unsigned char *list, size_t size)
{
    mbedtls_x509_crt chain;
    size_t at = 3, count = 0, length; /* after the total length */
    mbedtls_x509_crt_init(&chain);
    for (; at + 3u <= size && count <= CHAIN_COUNT_MAX; at += length, count++) {
        length = (size_t)list[at] << 16 | (size_t)list[at + 1] << 8 | list[at + 2];
        at += 3;
        if (length > size - at)
            break;
        (void)mbedtls_x509_crt_parse_der(&chain, list + at, length);
    }
    bool is_costly = count > CHAIN_COUNT_MAX || (chain.version != 0 && is_costly_chain(&chain));
    mbedtls_x509_crt_free(&chain);
    return is_costly;
}

static bool is_whole_handshake(const mbedtls_ssl_context *ssl, const unsigned char *end)
{
    const unsigned char *record = ssl->in_hdr;
    return ssl->transform_in == NULL && end - record >= 5 && record[0] == MBEDTLS_SSL_MSG_HANDSHAKE
           && (size_t)(end - record) - 5u == ((size_t)record[3] << 8 | record[4]);
}

/* Looks for the Certificate message in a record of the handshake, once the record is whole. mbedTLS
 * 2.28 accepts this message only in one record, and before encryption begins. */
bool emrs_tls_brings_costly_chain(const mbedtls_ssl_context *ssl, const unsigned char *end)
{
    const unsigned char *message = ssl->in_hdr + 5;
    bool is_costly = false;
    if (!is_whole_handshake(ssl, end))
        return false;
    while (!is_costly && end - message >= 4) {
        size_t size = (size_t)message[1] << 16 | (size_t)message[2] << 8 | message[3],
               left = (size_t)(end - message) - 4u;
        size = size < left ? size : left;
        is_costly =
            message[0] == MBEDTLS_SSL_HS_CERTIFICATE && is_costly_message(message + 4, size);
        message += 4u + size;
    }
    return is_costly;
}
#endif
#endif

/* Names, dates and roots */

/* Seconds since 1970, for dates of the proleptic Gregorian calendar. A year has four digits, so 32
 * bits are enough for the divisions: a 64-bit division would link another function. */
static int64_t seconds_of(const mbedtls_x509_time *date)
{
    int32_t year = date->mon <= 2 ? date->year - 1 : date->year;
    int32_t month = date->mon <= 2 ? date->mon + 9 : date->mon - 3;
    int32_t day =
        365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + date->day - 1;
    return (((int64_t)(day - 719468) * 24 + date->hour) * 60 + date->min) * 60 + date->sec;
}

/* The time to check dates with. Without a clock it is the earliest possible time: no certificate
 * may have expired before the build, nor before another one of its chain began. */
static int64_t time_to_check(const emrs_tls *tls)
{
    int64_t now_s = tls->config.now(tls->config.context).utc_s, floor_s = EMRS_BUILD_TIME_S;
    if (!tls->config.clock_floor || now_s >= floor_s)
        return now_s;
    return tls->session_from_s > floor_s ? tls->session_from_s : floor_s;
}

bool emrs_tls_is_address(const char *host)
{
    size_t i = strlen(host);
    while (i > 0 && emrs_is_digit(host[i - 1]))
        i--;
    return strchr(host, ':') != NULL || (host[i] != '\0' && (i == 0 || host[i - 1] == '.'));
}

bool emrs_tls_can_verify(const char *host)
{
    return HAS_ADDRESSES || !emrs_tls_is_address(host);
}

/* Whether the certificate may be for this host. mbedTLS has compared the names already. A common
 * name does not count as a host name (RFC 9525, section 2). A name or a wildcard does not count as
 * an address (section 6.4). */
static bool may_name(const mbedtls_x509_crt *certificate, const char *host)
{
    return emrs_tls_is_address(host) ? names_address(certificate, host)
                                     : has_alternative_name(certificate);
}

static int verify(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    emrs_tls *tls = context;
    emrs_tls_say_alive(tls);
    int64_t from_s = seconds_of(&certificate->valid_from),
            to_s = seconds_of(&certificate->valid_to);
    tls->session_from_s = from_s > tls->session_from_s ? from_s : tls->session_from_s;
    tls->session_until_s = to_s < tls->session_until_s ? to_s : tls->session_until_s;
    int64_t now_s = time_to_check(tls);
    /* mbedTLS sets these two by libc's clock. */
    *flags &= ~(uint32_t)(MBEDTLS_X509_BADCERT_EXPIRED | MBEDTLS_X509_BADCERT_FUTURE);
    if (depth == 0 && !may_name(certificate, tls->ssl.hostname))
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    if (now_s < from_s)
        *flags |= MBEDTLS_X509_BADCERT_FUTURE;
    if (now_s > tls->session_until_s) /* the earliest end so far */
        *flags |= MBEDTLS_X509_BADCERT_EXPIRED;
    tls->flags |= *flags;
    return 0;
}

static void require_verification(emrs_tls *tls)
{
    mbedtls_ssl_conf_authmode(&tls->ssl_config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_cert_profile(&tls->ssl_config, &profile);
    mbedtls_ssl_conf_verify(&tls->ssl_config, verify, tls);
}

#if defined(MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK)
/* Adds a trusted certificate to those found, if its subject is the issuer that the child names. If
 * this mbedTLS cannot read it (a curve it was built without), it is skipped.
 * err: X509_ALLOC_FAILED */
static int parse_root(const emrs_root *root, const mbedtls_x509_crt *child,
                      mbedtls_x509_crt **found)
{
    mbedtls_x509_crt *parsed = mbedtls_calloc(1, sizeof *parsed);
    if (parsed == NULL)
        return MBEDTLS_ERR_X509_ALLOC_FAILED;
    mbedtls_x509_crt_init(parsed);
    int code = mbedtls_x509_crt_parse_der_nocopy(parsed, root->der, root->size);
    const mbedtls_x509_buf *name = &parsed->subject_raw, *issuer = &child->issuer_raw;
    if (code == 0 && name->len == issuer->len && memcmp(name->p, issuer->p, name->len) == 0) {
        /* A trusted leaf need not be a CA: mbedTLS requires that only of version 3. */
        if (child->raw.len == root->size && memcmp(child->raw.p, root->der, root->size) == 0)
            parsed->version = 1;
        parsed->next = *found;
        *found = parsed;
        return 0;
    }
    mbedtls_x509_crt_free(parsed);
    mbedtls_free(parsed);
    return emrs_tls_is_memory(code) ? code : 0;
}

/* Finds the trusted CAs that may have issued the child. Of a large bundle, only those with the
 * right name are parsed again. */
static int find_roots(const emrs_tls_config *config, const mbedtls_x509_crt *child,
                      mbedtls_x509_crt **found)
{
    int code = 0;
    const mbedtls_x509_crt *ca = config->root_count > 0 ? NULL : config->trust;
    for (size_t i = 0; code == 0 && i < config->root_count; i++)
        code = parse_root(&config->roots[i], child, found);
    for (; code == 0 && ca != NULL; ca = ca->next)
        if (may_be_issuer(child, ca))
            code = parse_root(&(emrs_root){ca->raw.p, ca->raw.len}, child, found);
    return code;
}

/* mbedTLS calls this for each certificate of the chain, leaf first, before it checks a signature.
 * After it has used the CAs that were found, it frees them: five parsed roots would take 4 KB of a
 * small device. */
static int find_issuer(void *context, const mbedtls_x509_crt *child, mbedtls_x509_crt **found)
{
    emrs_tls *tls = context;
    emrs_tls_say_alive(tls);
    tls->is_costly = is_costly_chain(child);
    if (tls->is_costly)
        return MBEDTLS_ERR_X509_FATAL_ERROR;
    int code = find_roots(&tls->config, child, found);
    tls->memory_failed = tls->memory_failed || code != 0;
    return code;
}

bool emrs_tls_trust(emrs_tls *tls)
{
    require_verification(tls);
    mbedtls_ssl_conf_ca_cb(&tls->ssl_config, find_issuer, tls);
    return true;
}
#else
bool emrs_tls_trust(emrs_tls *tls)
{
    require_verification(tls);
    mbedtls_ssl_conf_ca_chain(&tls->ssl_config, tls->config.trust, NULL);
    return tls->config.root_count == 0; /* roots need the callback */
}
#endif
