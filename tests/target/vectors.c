/* SPDX-License-Identifier: MIT */
/* Runs the tables of tests/vectors/ on a target: each vector whole, byte by byte, in random pieces,
 * split at every byte, and ended at every byte. Then words.c tests what may depend on the size or
 * order of a word. */
#include "target.h"

#include "row.h"
#include "vectors/http.h"
#include "vectors/json.h"
#include "vectors/sigv4.h"
#include "words.h"

#define SEED 0x656d7273u

/* A larger vector is split at a sample of places, as all places cost size x size. */
enum { SPLIT_SIZE = 600 };

static emrs_pen window;

/* ret: the next place to split a vector at. A small one is split everywhere, a large one near its
 * ends and at some places between. */
static size_t next_place(size_t at, size_t size)
{
    bool near_an_end = at < 10 || at + 10 >= size;
    return size <= SPLIT_SIZE || near_an_end ? at + 1 : at + 1 + size / 8;
}

/* HTTP */

static const char http_name[] = "http";

static http_feed feed_of(size_t first, size_t step)
{
    return (http_feed){
        .buffer = window.bytes, .buffer_size = window.size, .first = first, .step = step};
}

static http_outcome http_run(const http_vector *v, http_feed feed)
{
    http_outcome outcome;
    http_vector_run(v, &feed, &outcome);
    return outcome;
}

static void http_fixed(const char *how, size_t step, bool at_start)
{
    http_feed feed = feed_of(step, step);
    feed.at_start = at_start;
    for (size_t i = 0; i < http_vector_count; i++) {
        http_outcome outcome = http_run(&http_vectors[i], feed);
        row_case(http_vectors[i].name, how, 0, http_vector_fails(&http_vectors[i], &outcome));
    }
    row_close(http_name, how);
}

static void http_random(void)
{
    static const size_t steps[] = {2, 7, 20, 60, 300, 30000};
    uint32_t seed = SEED;
    for (size_t i = 0; i < http_vector_count; i++)
        for (size_t round = 0; round < COUNT_OF(steps); round++) {
            bool is_large = http_vector_size(&http_vectors[i]) > SPLIT_SIZE;
            http_feed feed = feed_of(0, is_large ? 30000 : steps[round]);
            feed.seed = row_random(&seed);
            http_outcome outcome = http_run(&http_vectors[i], feed);
            row_case(http_vectors[i].name, "seed", feed.seed,
                     http_vector_fails(&http_vectors[i], &outcome));
            if (is_large)
                break;
        }
    row_close(http_name, "in random pieces");
}

static void http_split(void)
{
    for (size_t i = 0; i < http_vector_count; i++) {
        const http_vector *v = &http_vectors[i];
        size_t size = http_vector_size(v);
        http_outcome whole = http_run(v, feed_of(0, 0));
        for (size_t at = 1; at < size; at = next_place(at, size)) {
            http_outcome outcome = http_run(v, feed_of(at, 0));
            row_case(v->name, "split at", at, http_outcome_differs(&outcome, &whole));
        }
    }
    row_close(http_name, "splits");
}

static void http_ends(void)
{
    for (size_t i = 0; i < http_vector_count; i++) {
        size_t at;
        http_outcome whole = http_run(&http_vectors[i], feed_of(0, 0));
        const char *wrong = http_vector_ends(&http_vectors[i], &whole, &at);
        row_case(http_vectors[i].name, "ended at", at, wrong);
    }
    row_close(http_name, "ended at every byte");
}

/* JSON */

static const char json_name[] = "json";

static const char *json_run(const json_vector *v, json_cutter *cut, void *state)
{
    return json_vector_run(v, window, cut, state);
}

static void json_fixed(const char *how, json_cutter *cut)
{
    for (size_t i = 0; i < json_vector_count; i++)
        row_case(json_vectors[i].name, how, 0, json_run(&json_vectors[i], cut, NULL));
    row_close(json_name, how);
}

/* Cuts pieces of 0 to 7 bytes, and one in 16 of up to 8 KB. */
static size_t cut_randomly(void *state, size_t left)
{
    uint32_t random = row_random(state);
    (void)left;
    return random % 16 == 0 ? random >> 8 & 0x1fffu : random >> 8 & 7u;
}

static void json_random(void)
{
    uint32_t seed = SEED;
    for (size_t i = 0; i < json_vector_count; i++)
        for (size_t round = json_vector_size(&json_vectors[i]) <= SPLIT_SIZE ? 10 : 1; round > 0;
             round--) {
            uint32_t start = seed;
            row_case(json_vectors[i].name, "seed", start,
                     json_run(&json_vectors[i], cut_randomly, &seed));
        }
    row_close(json_name, "in random pieces");
}

/* state: the size of the first piece; SIZE_MAX afterwards */
static size_t cut_once(void *state, size_t left)
{
    size_t *first = state, size = *first;
    *first = SIZE_MAX;
    return size < left ? size : left;
}

static void json_split(void)
{
    for (size_t i = 0; i < json_vector_count; i++) {
        size_t size = json_vector_size(&json_vectors[i]);
        for (size_t at = 1; at < size; at = next_place(at, size)) {
            size_t first = at;
            row_case(json_vectors[i].name, "split at", at,
                     json_run(&json_vectors[i], cut_once, &first));
        }
    }
    row_close(json_name, "splits");
}

static void json_ends(void)
{
    for (size_t i = 0; i < json_vector_count; i++) {
        size_t at;
        const char *wrong = json_vector_ends(&json_vectors[i], &at);
        row_case(json_vectors[i].name, "ended at", at, wrong);
    }
    row_close(json_name, "ended at every byte");
}

/* SigV4 */

static const char sigv4_name[] = "sigv4";

static void sigv4_each(const char *how, bool with_one_key)
{
    emrs_signing_key key = {.origin = {0}};
    for (size_t i = 0; i < sigv4_vector_count; i++) {
        if (!with_one_key)
            key = (emrs_signing_key){.origin = {0}};
        bool passes = sigv4_vector_passes(&sigv4_vectors[i], &key);
        row_case(sigv4_vectors[i].names, how, 0, passes ? NULL : "the signature differs");
    }
    row_close(sigv4_name, how);
}

unsigned target_run(char *bytes, size_t size)
{
    window = (emrs_pen){bytes, size, 0};
    row_note("# a buffer of ", (uint32_t)size, " bytes");
    words_note();
    http_fixed("whole", 0, false);
    http_fixed("byte by byte", 1, false);
    http_fixed("in steps of 3 bytes, at the buffer's start", 3, true);
    http_random();
    http_split();
    http_ends();
    json_fixed("whole", json_cut_nowhere);
    json_fixed("byte by byte", json_cut_bytes);
    json_random();
    json_split();
    json_ends();
    sigv4_each("each with its own key", false);
    sigv4_each("with one key for all", true);
    words_run();
    return row_plan();
}
