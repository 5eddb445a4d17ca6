/* SPDX-License-Identifier: MIT */
/* Runs the stream checker (port/checker) on one stream and prints a line of TAP for each check. The
 * stream is one of ours, or one over another TLS stack, or one that breaks the contract in one way.
 * usage: checked STREAM HOST PORT CA_FILE FAULT
 * STREAM: posix, tls, verified, or proxy=PORT: tls through a proxy on loopback
 * CA_FILE: - without TLS; FAULT: none, or a name in `faults` or `overlooked` below, or "begins
 *   anew" */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mbedtls/ssl.h>

#include "emrs_check.h"
#include "emrs_posix.h"
#include "emrs_proxy.h"
#include "emrs_tls.h"
#include "emrs_verified.h"

enum { SLACK_MS = 600, LATE_MS = 1200 }; /* long, because the tests may run on two busy cores */

static mbedtls_x509_crt trust;

/* Another TLS stack for emrs_verified: mbedTLS on a socket, without our TLS port. Like such stacks
 * it can be configured to skip a check of the certificate. */

typedef struct {
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    int fd;
    bool open, began;
    uint32_t overlooks; /* the errors that it ignores: MBEDTLS_X509_BADCERT_* */
} stack;

static int wait_for(int fd, short events, uint32_t left_ms)
{
    struct pollfd wait = {.fd = fd, .events = events};
    return poll(&wait, 1, (int)left_ms);
}

static int put(void *context, const unsigned char *bytes, size_t size)
{
    const stack *s = context;
    ssize_t sent = send(s->fd, bytes, size, MSG_NOSIGNAL);
    return sent >= 0 ? (int)sent : errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_WRITE : -errno;
}

static int get(void *context, unsigned char *bytes, size_t size)
{
    const stack *s = context;
    ssize_t got = recv(s->fd, bytes, size, 0);
    return got >= 0 ? (int)got : errno == EAGAIN ? MBEDTLS_ERR_SSL_WANT_READ : -errno;
}

static int overlook(void *context, mbedtls_x509_crt *certificate, int depth, uint32_t *flags)
{
    const stack *s = context;
    (void)certificate;
    (void)depth;
    *flags &= ~s->overlooks;
    return 0;
}

static int begin(stack *s, const char *host, uint16_t port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *list = NULL;
    char service[8];
    (void)snprintf(service, sizeof service, "%u", port);
    s->began = true;
    s->fd = -1;
    mbedtls_ssl_init(&s->ssl);
    mbedtls_ssl_config_init(&s->config);
    (void)mbedtls_ssl_config_defaults(&s->config, MBEDTLS_SSL_IS_CLIENT,
                                      MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_ca_chain(&s->config, &trust, NULL);
    mbedtls_ssl_conf_rng(&s->config, emrs_posix_random, NULL);
    mbedtls_ssl_conf_verify(&s->config, overlook, s);
    mbedtls_ssl_set_bio(&s->ssl, s, put, get, NULL);
    if (mbedtls_ssl_setup(&s->ssl, &s->config) != 0 || mbedtls_ssl_set_hostname(&s->ssl, host) != 0
        || getaddrinfo(host, service, &hints, &list) != 0)
        return -ENOMEM;
    s->fd = socket(AF_INET, SOCK_STREAM, 0);
    (void)fcntl(s->fd, F_SETFL, O_NONBLOCK);
    int code = connect(s->fd, list->ai_addr, list->ai_addrlen);
    freeaddrinfo(list);
    return code == 0 || errno == EINPROGRESS ? 0 : -errno;
}

static int later(const stack *s, int code, uint32_t left_ms)
{
    if (code == MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY)
        return EMRS_VERIFIED_CLOSED;
    if (code == 0 || code == MBEDTLS_ERR_SSL_CONN_EOF)
        return EMRS_VERIFIED_CUT;
    if (code != MBEDTLS_ERR_SSL_WANT_READ && code != MBEDTLS_ERR_SSL_WANT_WRITE)
        return code;
    (void)wait_for(s->fd, code == MBEDTLS_ERR_SSL_WANT_READ ? POLLIN : POLLOUT, left_ms);
    return 0;
}

static int stack_open(void *context, emrs_purpose purpose, const char *host, uint16_t port,
                      uint32_t left_ms)
{
    stack *s = context;
    (void)purpose; /* the checker's peer asks for no certificate */
    int error = 0, code = 0;
    socklen_t size = sizeof error;
    if (!s->began && (code = begin(s, host, port)) != 0)
        return code;
    if (!s->open && wait_for(s->fd, POLLOUT, left_ms) <= 0)
        return 0;
    if (getsockopt(s->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0)
        return -error;
    s->open = true;
    code = mbedtls_ssl_handshake(&s->ssl);
    return code == 0 ? 1 : later(s, code, left_ms);
}

static int stack_send(void *context, const void *bytes, size_t size, uint32_t left_ms)
{
    stack *s = context;
    int code = mbedtls_ssl_write(&s->ssl, bytes, size);
    return code > 0 ? code : later(s, code, left_ms);
}

static int stack_receive(void *context, void *bytes, size_t size, uint32_t left_ms)
{
    stack *s = context;
    int code = mbedtls_ssl_read(&s->ssl, bytes, size);
    return code > 0 ? code : later(s, code, left_ms);
}

static void stack_close(void *context)
{
    stack *s = context;
    (void)mbedtls_ssl_close_notify(&s->ssl);
    mbedtls_ssl_free(&s->ssl);
    mbedtls_ssl_config_free(&s->config);
    (void)close(s->fd);
    s->open = s->began = false;
}

/* Opens a new connection every 250 ms, like a function that blocks and has its own time-out. */
static int open_anew(void *context, emrs_purpose purpose, const char *host, uint16_t port,
                     uint32_t left_ms)
{
    const uint32_t begin_ms = emrs_posix_now(NULL).ms;
    uint32_t wait_ms = left_ms < 250 ? left_ms : 250;
    for (;;) {
        uint32_t rest_ms = emrs_left_ms(emrs_posix_now(NULL).ms, begin_ms + wait_ms);
        int code = stack_open(context, purpose, host, port, rest_ms);
        if (code != 0)
            return code;
        if (rest_ms == 0)
            break;
    }
    stack_close(context);
    return 0;
}

static emrs_reason stack_reason(int error)
{
    switch (error) {
    case -ECONNREFUSED:
        return EMRS_REASON_REFUSED;
    case -ECONNRESET:
    case -EPIPE:
        return EMRS_REASON_RESET;
    case MBEDTLS_ERR_X509_CERT_VERIFY_FAILED:
        return EMRS_REASON_CERTIFICATE;
    default:
        return EMRS_REASON_TLS;
    }
}

/* A wrong stream is a good stream with some of its functions replaced. */

static emrs_posix_tcp tcp;
static emrs_stream plain; /* tcp's stream, with the deadlines shifted for the clock in use */
static emrs_proxy proxy;
static emrs_tls tls;
static stack other_stack;
static emrs_verified verified;
static const emrs_stream *good; /* a wrong stream calls its functions */
static struct {
    size_t count; /* bytes of this connection */
    const void *bytes;
    size_t size;       /* reported as sent, and not sent yet */
    const void *owner; /* the owner that is used instead of the move's */
    bool was_opened, was_closed, was_idle;
} fault;

/* The POSIX port waits until until_ms of its own clock. If the checker uses another clock, until_ms
 * is shifted by the difference. */

static uint32_t shift_ms;

static emrs_move shifted(const emrs_move *move)
{
    emrs_move real = *move;
    real.until_ms += shift_ms;
    return real;
}

static emrs_report connect_shifted(void *context, const emrs_move *move)
{
    const emrs_move real = shifted(move);
    return tcp.stream.connect(context, &real);
}

static emrs_report send_shifted(void *context, const emrs_move *move)
{
    const emrs_move real = shifted(move);
    return tcp.stream.send(context, &real);
}

static emrs_report receive_shifted(void *context, const emrs_move *move)
{
    const emrs_move real = shifted(move);
    return tcp.stream.receive(context, &real);
}

static bool is_past(uint32_t until_ms)
{
    return emrs_posix_now(NULL).ms - until_ms < 0x80000000u;
}

static void sleep_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

static emrs_report lose_a_byte(void *context, const emrs_move *move)
{
    emrs_report report = good->receive(context, move);
    size_t before = fault.count;
    if (report.news == EMRS_NEWS_RECEIVED)
        fault.count += report.size;
    if (before < 20000 && fault.count >= 20000 && report.size > 1)
        report.size--;
    return report;
}

static emrs_report send_a_byte_twice(void *context, const emrs_move *move)
{
    emrs_report report = good->send(context, move);
    size_t before = fault.count;
    if (report.news == EMRS_NEWS_SENT)
        fault.count += report.size;
    if (before < 20000 && fault.count >= 20000 && report.size > 1)
        report.size--;
    return report;
}

/* Sends the bytes that the last send reported as sent: it kept only the pointer to them. */
static emrs_report flush(void *context)
{
    while (fault.size > 0) {
        emrs_move move = {.until_ms = emrs_posix_now(NULL).ms + 1000, .size = fault.size};
        move.send = fault.bytes;
        move.owner = fault.owner;
        emrs_report report = good->send(context, &move);
        if (report.news != EMRS_NEWS_SENT)
            return report;
        fault.bytes = (const char *)fault.bytes + report.size;
        fault.size -= report.size;
    }
    return emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report send_without_a_copy(void *context, const emrs_move *move)
{
    emrs_report report = flush(context);
    if (report.news != EMRS_NEWS_PENDING || fault.size > 0)
        return report;
    fault.bytes = move->send;
    fault.size = move->size;
    fault.owner = move->owner;
    return emrs_moved(EMRS_NEWS_SENT, move->size);
}

static emrs_report flush_and_receive(void *context, const emrs_move *move)
{
    (void)flush(context);
    return good->receive(context, move);
}

/* Calls until there is news, or until LATE_MS after until_ms. */
static emrs_report insist(emrs_report (*call)(void *, const emrs_move *), void *context,
                          const emrs_move *move)
{
    emrs_move late = *move;
    late.until_ms = (is_past(move->until_ms) ? emrs_posix_now(NULL).ms : move->until_ms) + LATE_MS;
    for (;;) {
        emrs_report report = call(context, &late);
        if (report.news != EMRS_NEWS_PENDING || is_past(late.until_ms))
            return report;
    }
}

static emrs_report connect_late(void *context, const emrs_move *move)
{
    return insist(good->connect, context, move);
}

static emrs_report send_late(void *context, const emrs_move *move)
{
    return insist(good->send, context, move);
}

static emrs_report receive_late(void *context, const emrs_move *move)
{
    return insist(good->receive, context, move);
}

static emrs_report receive_only_full_windows(void *context, const emrs_move *move)
{
    emrs_move rest = *move;
    size_t got = 0;
    while (got < move->size) {
        rest.receive = (char *)move->receive + got;
        rest.size = move->size - got;
        emrs_report report = good->receive(context, &rest);
        if (report.news != EMRS_NEWS_RECEIVED && report.news != EMRS_NEWS_PENDING)
            return report;
        got += report.news == EMRS_NEWS_RECEIVED ? report.size : 0;
        if (is_past(move->until_ms) && got < move->size)
            return emrs_report_of(EMRS_NEWS_PENDING);
    }
    return emrs_moved(EMRS_NEWS_RECEIVED, got);
}

static emrs_report write_past_the_window(void *context, const emrs_move *move)
{
    emrs_move more = *move;
    more.size++;
    emrs_report report = good->receive(context, &more);
    if (report.size > move->size)
        report.size = move->size;
    return report;
}

static emrs_report report_a_cut_as_closed(void *context, const emrs_move *move)
{
    emrs_report report = good->receive(context, move);
    return report.news == EMRS_NEWS_CUT ? emrs_report_of(EMRS_NEWS_CLOSED) : report;
}

static emrs_report report_closed_as_a_cut(void *context, const emrs_move *move)
{
    emrs_report report = good->receive(context, move);
    return report.news == EMRS_NEWS_CLOSED ? emrs_report_of(EMRS_NEWS_CUT) : report;
}

static emrs_report report_a_cut_as_pending(void *context, const emrs_move *move)
{
    emrs_report report = good->receive(context, move);
    return report.news == EMRS_NEWS_CUT ? emrs_report_of(EMRS_NEWS_PENDING) : report;
}

static emrs_report report_a_reset_as_closed(void *context, const emrs_move *move)
{
    emrs_report report = good->receive(context, move);
    return report.news == EMRS_NEWS_FAILED ? emrs_report_of(EMRS_NEWS_CLOSED) : report;
}

static emrs_report fail_without_reason(void *context, const emrs_move *move)
{
    emrs_report report = good->connect(context, move);
    if (report.news == EMRS_NEWS_FAILED)
        report.detail = EMRS_REASON_NONE;
    return report;
}

static emrs_report report_a_refusal_as_pending(void *context, const emrs_move *move)
{
    emrs_report report = good->connect(context, move);
    return report.news == EMRS_NEWS_FAILED ? emrs_report_of(EMRS_NEWS_PENDING) : report;
}

static emrs_report report_plain_as_verified(void *context, const emrs_move *move)
{
    emrs_report report = good->connect(context, move);
    return report.news == EMRS_NEWS_CONNECTED ? emrs_connected(EMRS_PEER_VERIFIED) : report;
}

/* Connects without TLS, and reports VERIFIED if the move wants TLS. */
static emrs_report report_plain_as_tls(void *context, const emrs_move *move)
{
    emrs_report report = good->connect(context, move);
    return move->tls && report.news == EMRS_NEWS_CONNECTED ? emrs_connected(EMRS_PEER_VERIFIED)
                                                           : report;
}

/* A good stream, for a network that works only in a main loop: one call per turn of the loop has an
 * effect. */
static void be_idle(void *context)
{
    (void)context;
    fault.was_idle = true;
}

static bool takes_turn(void)
{
    bool was_idle = fault.was_idle;
    fault.was_idle = false;
    return was_idle;
}

static emrs_report connect_in_turn(void *context, const emrs_move *move)
{
    return takes_turn() ? good->connect(context, move) : emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report send_in_turn(void *context, const emrs_move *move)
{
    return takes_turn() ? good->send(context, move) : emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report receive_in_turn(void *context, const emrs_move *move)
{
    return takes_turn() ? good->receive(context, move) : emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report open_once(void *context, const emrs_move *move)
{
    return fault.was_closed ? emrs_failed(EMRS_REASON_RESOURCE, 0) : good->connect(context, move);
}

static void close_for_good(void *context)
{
    fault.was_closed = true;
    good->close(context);
}

/* Takes 0 for its descriptor when it has none, so it closes a file of the application. */
static void close_zero(void *context)
{
    if (tcp.bsd.fd < 0)
        (void)close(0);
    good->close(context);
}

static emrs_report open_while_there_is_room(void *context, const emrs_move *move)
{
    return fault.count >= 3 ? emrs_failed(EMRS_REASON_RESOURCE, 0) : good->connect(context, move);
}

static void leak(void *context)
{
    fault.count += tcp.bsd.fd >= 0;
    good->close(context);
}

static void close_slowly(void *context)
{
    good->close(context);
    sleep_ms(LATE_MS);
}

static void leak_a_descriptor(void *context)
{
    if (tcp.bsd.fd >= 0)
        (void)dup(tcp.bsd.fd);
    good->close(context);
}

static emrs_report note_opening(void *context, const emrs_move *move)
{
    emrs_report report = good->connect(context, move);
    fault.was_opened = report.news == EMRS_NEWS_CONNECTED;
    return report;
}

static emrs_report connect_only_once(void *context, const emrs_move *move)
{
    return fault.was_opened ? emrs_connected(EMRS_PEER_PLAIN) : note_opening(context, move);
}

static void note_closing(void *context)
{
    fault.was_opened = false;
    good->close(context);
}

static emrs_report note_owner(void *context, const emrs_move *move)
{
    fault.owner = move->owner;
    return good->connect(context, move);
}

static emrs_move owned(const emrs_move *move)
{
    emrs_move other = *move;
    other.owner = fault.owner;
    return other;
}

static emrs_report send_for_any_owner(void *context, const emrs_move *move)
{
    const emrs_move other = owned(move);
    return good->send(context, &other);
}

static emrs_report receive_for_any_owner(void *context, const emrs_move *move)
{
    const emrs_move other = owned(move);
    return good->receive(context, &other);
}

static emrs_report report_a_time_out_as_a_failure(void *context, const emrs_move *move)
{
    emrs_report report = good->connect(context, move);
    bool is_over = report.news == EMRS_NEWS_PENDING && is_past(move->until_ms);
    return is_over ? emrs_failed(EMRS_REASON_TLS, -1) : report;
}

static void leak_half_open(void *context)
{
    if (tcp.bsd.fd >= 0 && !fault.was_opened)
        (void)dup(tcp.bsd.fd);
    fault.was_opened = false;
    good->close(context);
}

static void forget(void *context)
{
    fault.count = fault.size = 0;
    good->close(context);
}

static emrs_now standing_still(void *context)
{
    (void)context;
    return (emrs_now){.ms = 1, .utc_s = emrs_posix_now(NULL).utc_s};
}

static emrs_now counting_ticks(void *context)
{
    emrs_now now = emrs_posix_now(context);
    now.ms /= 10;
    return now;
}

static emrs_now going_back(void *context)
{
    static int count;
    emrs_now now = emrs_posix_now(context);
    if (++count % 1000 == 0)
        now.ms -= 30;
    return now;
}

static emrs_now in_another_zone(void *context)
{
    emrs_now now = emrs_posix_now(context);
    now.utc_s += 3600;
    return now;
}

/* A good clock, whose ms wrap to 0 during the run */
static emrs_now wrapping(void *context)
{
    emrs_now now = emrs_posix_now(context);
    if (shift_ms == 0)
        shift_ms = now.ms + 2000;
    now.ms -= shift_ms;
    return now;
}

/* The faults: a name, and the functions that replace those of the good stream. "none", "time
 * wraps", "cannot tell closed from cut" and "works in a main loop" are no faults. */
static const struct {
    const char *name;
    emrs_report (*connect)(void *, const emrs_move *), (*send)(void *, const emrs_move *),
        (*receive)(void *, const emrs_move *);
    void (*close)(void *);
    emrs_now (*now)(void *);
} faults[] = {
    {.name = "none"},
    {.name = "loses a byte", .receive = lose_a_byte, .close = forget},
    {.name = "sends a byte twice", .send = send_a_byte_twice, .close = forget},
    {.name = "sends without a copy",
     .send = send_without_a_copy,
     .receive = flush_and_receive,
     .close = forget},
    {.name = "connects late", .connect = connect_late},
    {.name = "sends late", .send = send_late},
    {.name = "receives late", .receive = receive_late},
    {.name = "receives only full windows", .receive = receive_only_full_windows},
    {.name = "writes past its window", .receive = write_past_the_window},
    {.name = "reports a cut as closed", .receive = report_a_cut_as_closed},
    {.name = "reports closed as a cut", .receive = report_closed_as_a_cut},
    {.name = "reports a cut as pending", .receive = report_a_cut_as_pending},
    {.name = "reports a reset as closed", .receive = report_a_reset_as_closed},
    {.name = "fails without a reason", .connect = fail_without_reason},
    {.name = "reports a refusal as pending", .connect = report_a_refusal_as_pending},
    {.name = "reports plain TCP as verified", .connect = report_plain_as_verified},
    {.name = "reports plain TCP as TLS", .connect = report_plain_as_tls},
    {.name = "opens only once", .connect = open_once, .close = close_for_good},
    {.name = "closes slowly", .close = close_slowly},
    {.name = "closes descriptor 0", .close = close_zero},
    {.name = "leaks", .connect = open_while_there_is_room, .close = leak},
    {.name = "leaks a descriptor", .close = leak_a_descriptor},
    {.name = "leaks a half-open connection", .connect = note_opening, .close = leak_half_open},
    {.name = "does not connect again", .connect = connect_only_once, .close = note_closing},
    {.name = "sends for any owner", .connect = note_owner, .send = send_for_any_owner},
    {.name = "receives for any owner", .connect = note_owner, .receive = receive_for_any_owner},
    {.name = "reports a time-out as a failure", .connect = report_a_time_out_as_a_failure},
    {.name = "time stands still", .now = standing_still},
    {.name = "counts ticks, not ms", .now = counting_ticks},
    {.name = "time goes back", .now = going_back},
    {.name = "uses another time zone", .now = in_another_zone},
    {.name = "time wraps", .now = wrapping},
    {.name = "cannot tell closed from cut", .receive = report_closed_as_a_cut},
    {.name = "works in a main loop",
     .connect = connect_in_turn,
     .send = send_in_turn,
     .receive = receive_in_turn},
};

/* The run */

static long open_count(void *context)
{
    long count = 0;
    (void)context;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

static void say(void *context, const emrs_check_result *result)
{
    (void)context;
    if (result->verdict == EMRS_CHECK_SKIPPED)
        printf("ok - %s # SKIP %s\n", result->name, result->found);
    else if (result->verdict == EMRS_CHECK_PASSED)
        printf("ok - %s\n", result->name);
    else
        printf("not ok - %s: %s: %ld %s (%s; look: %s)\n", result->name, result->found,
               (long)result->number, result->reason, result->holds, result->look);
    (void)fflush(stdout);
}

static const struct {
    const char *name;
    uint32_t flags;
} overlooked[] = {{"overlooks the chain", MBEDTLS_X509_BADCERT_NOT_TRUSTED},
                  {"overlooks the name", MBEDTLS_X509_BADCERT_CN_MISMATCH},
                  {"overlooks dates", MBEDTLS_X509_BADCERT_EXPIRED},
                  {"does not confirm", 0}};

static const emrs_stream *make_verified(const char *fault_name, emrs_now (*now)(void *))
{
    emrs_verified_config config = {.context = &other_stack,
                                   .open = stack_open,
                                   .send = stack_send,
                                   .receive = stack_receive,
                                   .close = stack_close,
                                   .reason = stack_reason,
                                   .now = now};
    for (size_t i = 0; i < sizeof overlooked / sizeof overlooked[0]; i++)
        if (strcmp(fault_name, overlooked[i].name) == 0)
            other_stack.overlooks = overlooked[i].flags;
    if (strcmp(fault_name, "begins anew") == 0)
        config.open = open_anew;
    if (strcmp(fault_name, "does not confirm") != 0)
        config.confirmation = EMRS_CONFIRMED_CHAIN_NAME_AND_DATES;
    emrs_verified_init(&verified, &config);
    return &verified.stream;
}

static const emrs_stream *make_stream(const char *name, const char *fault_name,
                                      emrs_now (*now)(void *))
{
    emrs_posix_tcp_init(&tcp);
    plain = (emrs_stream){&tcp, connect_shifted, send_shifted, receive_shifted, tcp.stream.close};
    if (strcmp(name, "verified") == 0)
        return make_verified(fault_name, now);
    const emrs_stream *inner = &plain;
    if (strncmp(name, "proxy=", 6) == 0) {
        (void)emrs_proxy_init(&proxy, &(emrs_proxy_config){.inner = &plain,
                                                           .host = EMRS_TEXT("127.0.0.1"),
                                                           .port = (uint16_t)atoi(name + 6),
                                                           .now = now});
        inner = &proxy.stream;
    } else if (strcmp(name, "tls") != 0) {
        return &plain;
    }
    (void)emrs_tls_init(
        &tls, &(emrs_tls_config){
                  .inner = inner, .trust = &trust, .random = emrs_posix_random, .now = now});
    return &tls.stream;
}

static size_t find_fault(const char *name)
{
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        if (strcmp(name, faults[i].name) == 0)
            return i;
    return 0;
}

int main(int count, char **words)
{
    static emrs_checker checker;
    if (count != 6)
        return 2;
    const size_t at = find_fault(words[5]);
    mbedtls_x509_crt_init(&trust);
    if (strcmp(words[4], "-") != 0 && mbedtls_x509_crt_parse_file(&trust, words[4]) != 0)
        return 2;
    emrs_now (*now)(void *) = faults[at].now ? faults[at].now : emrs_posix_now;
    good = make_stream(words[1], words[5], now);
    emrs_stream stream = {good->context, faults[at].connect ? faults[at].connect : good->connect,
                          faults[at].send ? faults[at].send : good->send,
                          faults[at].receive ? faults[at].receive : good->receive,
                          faults[at].close ? faults[at].close : good->close};
    const emrs_check_config config = {.stream = &stream,
                                      .now = now,
                                      .idle = be_idle,
                                      .in_use = open_count,
                                      .say = say,
                                      .host = words[2],
                                      .port = (uint16_t)atoi(words[3]),
                                      .tls = good != &plain,
                                      .ends_look_alike =
                                          !strcmp(words[5], "cannot tell closed from cut"),
                                      .slack_ms = SLACK_MS,
                                      .timeout_ms = 3000};
    int failed_count = emrs_check_stream(&checker, &config);
    printf("# %u passed, %u failed, %u skipped\n", checker.passed_count, checker.failed_count,
           checker.skipped_count);
    mbedtls_x509_crt_free(&trust);
    return failed_count > 0;
}
