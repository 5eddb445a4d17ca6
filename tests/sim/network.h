/* SPDX-License-Identifier: MIT */
/* The simulated network: one stream at a time to the simulated service or to a source of
 * credentials, in simulated time. It has latency, loss, segments, resets and silence. What was sent
 * is delivered or lost, and the device may be told something else. Like the service it includes
 * nothing of emrs. */
#ifndef EMRS_TESTS_SIM_NETWORK_H
#define EMRS_TESTS_SIM_NETWORK_H

#include "source.h"

typedef enum {
    NETWORK_PENDING,
    NETWORK_CONNECTING,
    NETWORK_CONNECTED,
    NETWORK_SENT,
    NETWORK_RECEIVED,
    NETWORK_CLOSED,
    NETWORK_CUT,
    NETWORK_FAILED
} network_news;

enum { NETWORK_NAME, NETWORK_TCP, NETWORK_TLS, NETWORK_PHASE_COUNT };

typedef struct {
    network_news news;
    unsigned detail; /* CONNECTING: phase; CONNECTED: peer; FAILED: any number, a reason by phase */
    size_t size;
} network_report;

enum { NETWORK_FLIGHT_COUNT = 32 };

typedef struct {
    uint64_t at_ms;
    size_t size;
} network_flight;

typedef struct {
    chance *chance;
    service *service;
    source *source; /* the other end, in place of the service; or NULL */
    uint64_t now_ms;
    uint32_t utc_s; /* the service's time when now_ms was utc_ms */
    uint64_t utc_ms;
    unsigned odds;      /* one thing in so many goes wrong; 0: none */
    uint32_t slow_ms;   /* most latency */
    unsigned peer_odds; /* one peer in so many is not verified; 0: none */

    bool is_open, is_connected;
    bool is_over; /* its end was reported: only network_close may follow */
    bool is_mute; /* nothing happens any more */
    bool is_deaf; /* what is sent is lost */
    unsigned phase;
    uint64_t phase_ms;
    service_reader reader;
    char sent[SERVICE_REQUEST_SIZE]; /* under way, in order */
    size_t sent_size;
    size_t cut_size; /* bytes until it breaks; SIZE_MAX: never */
    network_flight flights[NETWORK_FLIGHT_COUNT];
    unsigned flight_count;
    bool has_answer;
    service_answer answer;
    size_t answer_at, piece_size;
    uint64_t answer_ms; /* when its next piece is there */
    unsigned open_count, close_count;
} network;

/* in:  from: the other end, or NULL: the service */
void network_init(network *n, service *s, source *from);

/* Each of them runs until until_ms at the latest, and sets now_ms. */
network_report network_connect(network *n, uint64_t until_ms);
network_report network_send(network *n, const void *bytes, size_t size, uint64_t until_ms);
network_report network_receive(network *n, void *bytes, size_t size, uint64_t until_ms);

/* Closes the stream. What is under way arrives, or is lost. */
void network_close(network *n);

/* Lets time pass; what is due is delivered. */
void network_wait(network *n, uint64_t until_ms);

/* For a stream that is kept between two calls: its other end may close it, or lose what is sent. */
void network_idle(network *n);

uint32_t network_utc(const network *n);

#endif
