/* SPDX-License-Identifier: MIT */
/* Loads the trusted CAs. The bundle is that of an option or a setting for AWS's programs, else that
 * of OpenSSL's or curl's variable, else the system's. */
#include "host.h"

#include <errno.h>
#include <string.h>

#include "emrs_posix.h"
#include "roots.h"
#include "shared_file.h"

enum { WHY_SIZE = 160 };

/* Loads a CA bundle. Opens only regular files: opening a pipe waits for its writer, and a device
 * may have no end.
 * out: unread: count of certificates that cannot be read; why: why the file cannot be used
 * ret: whether certificates are loaded */
static bool load_file(const char *path, mbedtls_x509_crt *trust, int *unread, char *why,
                      size_t size)
{
    const char *kind = other_kind(path);
    if (kind != NULL) {
        (void)snprintf(why, size, "%s", kind);
        return false;
    }
    errno = 0;
    int code = mbedtls_x509_crt_parse_file(trust, path);
    *unread = code;
    if (code >= 0)
        return true;
    if (code == MBEDTLS_ERR_PK_FILE_IO_ERROR && errno != 0)
        (void)snprintf(why, size, "%s", strerror(errno));
    else
        (void)snprintf(why, size, "it holds no certificate that this mbedTLS can read (-0x%04x)",
                       (unsigned)-code);
    return false;
}

/* Loads the bundle of OpenSSL's or curl's variable, which AWS CLI does not read. They are meant for
 * other programs, so a bundle that cannot be used gives only a warning.
 * ret: whether certificates are loaded */
static bool load_of_others(options *o, mbedtls_x509_crt *trust)
{
    static const char *const names[] = {"SSL_CERT_FILE", "CURL_CA_BUNDLE"};
    char why[WHY_SIZE];
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *path = variable(names[i]);
        if (path == NULL)
            continue;
        if (load_file(path, trust, &o->unread_ca_count, why, sizeof why))
            return true;
        (void)fprintf(stderr, "emrs: %s cannot be used: %s: it is ignored\n", names[i], why);
    }
    return false;
}

/* ret: the bundle that an option or a setting for AWS's programs names; no value: none does */
static setting named_bundle(const options *o)
{
    if (o->ca_bundle.value != NULL)
        return o->ca_bundle;
    return (setting){.value = variable("REQUESTS_CA_BUNDLE"), .source = "REQUESTS_CA_BUNDLE"};
}

/* in:  o->ca_bundle: of --ca-bundle, AWS_CA_BUNDLE or the profile, in this order */
int trust_load(options *o, mbedtls_x509_crt *trust)
{
    char why[WHY_SIZE], rule[sizeof "cannot be used: " + sizeof why];
    setting named = named_bundle(o);
    if (named.value == NULL && load_of_others(o, trust))
        return -1;
    if (named.value == NULL)
        named = (setting){.value = emrs_posix_ca_bundle(), .source = "the system's"};
    if (named.value == NULL && root_count > 0) {
        (void)fputs("emrs: no CA bundle found: trusting the Amazon root CAs that are built in\n",
                    stderr);
        return -1;
    }
    if (named.value == NULL)
        return refuse("emrs: no CA bundle found: install ca-certificates, or name one with "
                      "--ca-bundle or AWS_CA_BUNDLE.");
    if (load_file(named.value, trust, &o->unread_ca_count, why, sizeof why))
        return -1;
    (void)snprintf(rule, sizeof rule, "cannot be used: %s", why);
    (void)refuse_setting("CA bundle", &named, rule);
    return EXIT_CONFIGURATION; /* not USAGE: the option is right, but the file is not */
}

emrs_tls_config trust_config(mbedtls_x509_crt *trust, const emrs_stream *inner)
{
    return (emrs_tls_config){.inner = inner,
                             .trust = trust,
                             .roots = roots, /* only if no CA bundle was loaded */
                             .root_count = trust->version == 0 ? root_count : 0,
                             .random = emrs_posix_random,
                             .now = emrs_posix_now};
}
