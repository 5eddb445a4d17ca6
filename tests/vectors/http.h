/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 answers, what the parser (core/response.c) must make of each, and a function that feeds
 * one to it in segments of any size. It needs neither an operating system nor a test library, so
 * the same table runs on every target. */
#ifndef EMRS_TESTS_VECTORS_HTTP_H
#define EMRS_TESTS_VECTORS_HTTP_H

#include "emrs.h"
#include "emrs_config.h"

enum { HTTP_WAITING = 1 }; /* neither done nor in error; differs from EMRS_DONE and all EMRS_E_* */

typedef enum {
    HTTP_OPEN,   /* the stream stays open */
    HTTP_CLOSED, /* authenticated: close_notify */
    HTTP_CUT     /* any other end */
} http_end;

typedef struct {
    uint8_t row; /* of the fault matrix: 59 to 86, or 120; 0: an answer without fault */
    const char *name;
    emrs_text prefix, unit, suffix; /* the bytes: prefix, then unit unit_count times, then suffix */
    uint32_t unit_count;
    http_end end;
    bool to_close; /* without length and chunks: the body ends with the stream */

    int code, status;
    emrs_text body;      /* what is passed on of the body, up to the error if there is one: */
    uint32_t body_count; /* how many times this text is passed on; 0: once */
    emrs_text request_id, error_name;
    bool close, not_json; /* compared only if code is EMRS_DONE */
    uint32_t extra_size;  /* bytes after a complete answer, which are never read */
} http_vector;

extern const http_vector http_vectors[];
extern const size_t http_vector_count;

/* How the bytes are fed. Each segment lies at the end of the buffer, or at its start. */
typedef struct {
    char *buffer;
    size_t buffer_size; /* the longest segment */
    bool at_start;
    size_t first, step; /* size of the first segment, and of each later one; 0: the rest */
    uint32_t seed;      /* if not 0, each size is random instead: 0 to step */
} http_feed;

/* Everything that a user of the parser can see. It must not depend on the segments that the bytes
 * came in. The body is passed on in pieces, which may differ, so it is compared as a whole. */
typedef struct {
    int code; /* after the stream ended in the vector's way */
    int status;
    uint32_t body_size, body_hash;
    uint32_t read_size; /* the bytes after these were not read */
    char request_id[EMRS_REQUEST_ID_SIZE_MAX], error_name[EMRS_ERROR_NAME_SIZE_MAX];
    size_t request_id_size, error_name_size;
    bool close, not_json;
    const char *breach; /* which rule of response.h or invariant was broken; NULL: none */
} http_outcome;

size_t http_vector_size(const http_vector *vector);

/* Copies `size` bytes of the vector from `at` on. */
void http_vector_copy(const http_vector *vector, size_t at, char *into, size_t size);

void http_vector_run(const http_vector *vector, const http_feed *feed, http_outcome *outcome);

/* ret: a word for what differs; NULL: nothing */
const char *http_outcome_differs(const http_outcome *a, const http_outcome *b);
const char *http_vector_fails(const http_vector *vector, const http_outcome *outcome);

/* Ends the stream at every byte, authenticated and not. In a large vector: around its ends and
 * limits, and at many places between.
 * in:  whole: the outcome of the vector in one segment
 * out: at: the byte where it was wrong
 * ret: what was wrong; NULL: nothing */
const char *http_vector_ends(const http_vector *vector, const http_outcome *whole, size_t *at);

/* Runs every vector with this feed.      ret: the first that fails; NULL if all pass */
const http_vector *http_vectors_run(const http_feed *feed);

#endif
