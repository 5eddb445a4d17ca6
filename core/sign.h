/* SPDX-License-Identifier: MIT */
/* AWS Signature Version 4 for a request without a body.
 * src: "Create a signed AWS API request", IAM User Guide */
#ifndef EMRS_CORE_SIGN_H
#define EMRS_CORE_SIGN_H

#include "emrs_sign.h" /* emrs_hmac_of */

typedef struct {
    emrs_text method;
    emrs_text path;   /* canonical: unreserved bytes and slashes, no dot segments */
    emrs_text query;  /* canonical: encoded and sorted; without '?' */
    emrs_text host;   /* the Host header's value */
    emrs_text token;  /* empty with a long-term key */
    const char *date; /* 16 bytes, "20260102T030405Z" */
    emrs_text region, service;
} emrs_signing;

/* The parts that the key is derived from. With slashes between them they are the credential scope.
 * out: day, region, service, "aws4_request" */
enum { EMRS_SCOPE_COUNT = 4 };
void emrs_signing_scope(const emrs_signing *signing, emrs_text scope[EMRS_SCOPE_COUNT]);

/* Sets key to the signing key of (secret, day, region, service). It is derived only if secret, day
 * or region changed.
 * in:  secret has at most EMRS_SECRET_SIZE_MAX bytes; service is the same in every call
 * ret: false if the hash engine failed or the secret is too long: key is wiped then */
bool emrs_signing_key_make(emrs_signing_key *key, emrs_text secret, const emrs_signing *signing);

/* Signs a request. The canonical request is hashed part by part and never stored, so a token may
 * have any size.
 * out: 64 lower-case hex digits, without NUL
 * ret: false if the hash engine failed */
bool emrs_sign(const emrs_signing_key *key, const emrs_signing *signing, char signature[64]);

/* Returns "host;x-amz-date", or "host;x-amz-date;x-amz-security-token" with a token. They are
 * sorted; the request has them in the same order */
emrs_text emrs_signed_headers(const emrs_signing *signing);

#endif
