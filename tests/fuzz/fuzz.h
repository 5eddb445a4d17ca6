/* SPDX-License-Identifier: MIT */
/* Shared by the targets: a check that ends the run, and an input that is read from both ends. */
#ifndef EMRS_TESTS_FUZZ_H
#define EMRS_TESTS_FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emrs.h"
#include "emrs_text.h"

/* If the condition is false, ends the run. libFuzzer then keeps the input. */
#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition);         \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* First come the bytes for the parser, then the bytes that steer the test. The last byte of all is
 * the number of the steering bytes. So a mutation of one part does not move the other. */
typedef struct {
    emrs_text bytes, steering;
    size_t at; /* in the steering */
} fuzz_input;

static inline fuzz_input fuzz_input_of(const uint8_t *data, size_t size)
{
    size_t count = size > 0 ? data[size - 1] : 0;
    count = count < size ? count : size > 0 ? size - 1 : 0;
    size_t bytes_size = size > 0 ? size - 1 - count : 0;
    return (fuzz_input){
        {(const char *)data, bytes_size}, {(const char *)data + bytes_size, count}, 0};
}

static inline bool fuzz_has_steering(const fuzz_input *input)
{
    return input->at < input->steering.size;
}

/* ret: the next steering byte; 0 if none is left */
static inline uint8_t fuzz_next(fuzz_input *input)
{
    return fuzz_has_steering(input) ? (uint8_t)input->steering.bytes[input->at++] : 0;
}

/* A copy of exactly that size, so that ASan detects an access past either end. The caller frees
 * it. */
static inline char *fuzz_copy(emrs_text text)
{
    char *copy = malloc(text.size + (text.size == 0));
    CHECK(copy != NULL);
    if (text.size > 0)
        memcpy(copy, text.bytes, text.size);
    return copy;
}

#endif
