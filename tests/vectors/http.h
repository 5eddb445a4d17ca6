/* SPDX-License-Identifier: MIT */
/* HTTP/1.1 answers with what the reader makes of each, and a runner that feeds one in segments of
 * any size: freestanding, for hosts and targets. */
#ifndef EMRS_TESTS_VECTORS_HTTP_H
#define EMRS_TESTS_VECTORS_HTTP_H

#include "emrs.h"
#include "emrs_config.h"

enum { HTTP_WAITING = 1 }; /* neither done nor in error: a code beside EMRS_DONE and EMRS_E_* */

typedef enum {
    HTTP_OPEN,   /* no end comes: the reader knows by itself */
    HTTP_CLOSED, /* authenticated: close_notify */
    HTTP_CUT     /* any other end */
} http_end;

typedef struct {
    uint8_t row; /* of the fault matrix, 59 to 86; 0: an answer without fault */
    const char *name;
    emrs_text prefix, unit, suffix; /* the bytes: prefix, then unit unit_count times, then suffix */
    uint32_t unit_count;
    http_end end;
    bool to_close; /* no length, no chunks: the body ends with the stream */

    int code, status;
    emrs_text body;      /* what the body's runs join to, up to the error if there is one: */
    uint32_t body_count; /* body so many times; 0 is once */
    emrs_text request_id, error_name;
    bool close, not_json; /* where code is EMRS_DONE: says nothing of the others */
    uint32_t extra_size;  /* bytes after a whole answer: never read */
} http_vector;

extern const http_vector http_vectors[];
extern const size_t http_vector_count;

/* How the bytes come: each segment is laid flush with the end of a buffer (or with its start). */
typedef struct {
    char *buffer;
    size_t buffer_size; /* the longest segment */
    bool at_start;
    size_t first, step; /* the first segment's size, then each other's; 0: all that is left */
    uint32_t seed;      /* not 0: each size is random instead, 0 to step */
} http_feed;

/* Everything that a user of the reader can see. Two segmentations of the same bytes are equal when
 * all of it is; the body counts as one string, however many runs it came in. */
typedef struct {
    int code; /* once the stream has ended as the vector says */
    int status;
    uint32_t body_size, body_hash;
    uint32_t read_size; /* what is left of the bytes was never read */
    char request_id[EMRS_REQUEST_ID_SIZE_MAX], error_name[EMRS_ERROR_NAME_SIZE_MAX];
    size_t request_id_size, error_name_size;
    bool close, not_json;
    const char *breach; /* of the reader's contract or its invariant; NULL: none */
} http_outcome;

size_t http_vector_size(const http_vector *vector);

/* Writes bytes at..at+size of the vector. */
void http_vector_copy(const http_vector *vector, size_t at, char *into, size_t size);

void http_vector_run(const http_vector *vector, const http_feed *feed, http_outcome *outcome);

/* ret: what differs, in a word; NULL: nothing */
const char *http_outcome_differs(const http_outcome *a, const http_outcome *b);
const char *http_vector_fails(const http_vector *vector, const http_outcome *outcome);

/* Ends the stream at every byte, authenticated or not (of a large vector: round its ends and its
 * limits, and at many between).
 * in:  whole is its outcome, all at once
 * out: at is where it went wrong      ret: what did; NULL: nothing */
const char *http_vector_ends(const http_vector *vector, const http_outcome *whole, size_t *at);

/* Runs every vector by that feed.      ret: the first that fails; NULL if all pass */
const http_vector *http_vectors_run(const http_feed *feed);

#endif
