/* SPDX-License-Identifier: MIT */
/* AWS Signature Version 4 for a request without a body.
 * src: "Create a signed AWS API request", IAM User Guide */
#ifndef EMRS_CORE_SIGN_H
#define EMRS_CORE_SIGN_H

#include "emrs_sign.h" /* emrs_hmac_of */

typedef struct {
    emrs_text method;
    emrs_text path;   /* its own canonical form: unreserved bytes and slashes, no dot segments */
    emrs_text query;  /* canonical: encoded and sorted; no '?' */
    emrs_text host;   /* the Host header's value */
    emrs_text token;  /* empty: long-term key */
    const char *date; /* 16 bytes, "20260102T030405Z" */
    emrs_text region, service;
} emrs_signing;

/* What the key is derived from, part by part; with slashes between, the credential's scope.
 * out: day, region, service, "aws4_request" */
enum { EMRS_SCOPE_COUNT = 4 };
void emrs_signing_scope(const emrs_signing *signing, emrs_text scope[EMRS_SCOPE_COUNT]);

/* Readies the key of (secret, day, region, service); derives it only when one of them changed.
 * in:  secret at most EMRS_SECRET_SIZE_MAX bytes; a key is always for the same service
 * ret: false: the hash engine failed, and no key is held */
bool emrs_signing_key_ready(emrs_signing_key *key, emrs_text secret, const emrs_signing *signing);

/* Streams the canonical request into the hash; it is never built, so a token may have any size.
 * out: 64 lower-case hex digits of the signature, no NUL
 * ret: false: the hash engine failed */
bool emrs_sign(const emrs_signing_key *key, const emrs_signing *signing, char signature[64]);

/* "host;x-amz-date" or "host;x-amz-date;x-amz-security-token": sorted, and in the order of the
 * request. */
emrs_text emrs_signed_headers(const emrs_signing *signing);

#endif
