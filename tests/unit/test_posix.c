/* SPDX-License-Identifier: MIT */
/* The POSIX port on real sockets, and emrs_run on a scripted stream. If the system allows it, the
 * tests run in their own namespaces, with a resolver that answers as a test wants. */
#define _GNU_SOURCE /* unshare */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../port/posix/names.h"
#include "support/bench.h"

/* An expected event may take UNTIL_MS, and a wait of SHORT_MS may end SLACK_MS late. Both limits
 * only end a hang, so that a busy machine does not make a test fail. */
enum { UNTIL_MS = 60000, SHORT_MS = 120, SLACK_MS = 30000, BULK_SIZE = 1 << 20, NEVER = 1 << 20 };

#define NO_NAMESPACE "no network and mount namespaces here"

/* The namespace of this test */

static bool isolated;
static int resolver = -1; /* a UDP socket on port 53 of its loopback address */

/* Mounts a file with this text over a file of the system. */
static bool cover(const char *path, const char *text)
{
    char name[] = "/tmp/emrs-posix-XXXXXX";
    int fd = mkstemp(name);
    if (fd < 0)
        return false;
    size_t size = strlen(text);
    bool ok = write(fd, text, size) == (ssize_t)size && fchmod(fd, 0644) == 0;
    (void)close(fd);
    ok = ok && mount(name, path, NULL, MS_BIND, NULL) == 0;
    (void)unlink(name);
    return ok;
}

static bool raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    bool ok = ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    ok = ok && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    (void)close(fd);
    return ok;
}

static bool open_resolver(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(53)};
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    resolver = socket(AF_INET, SOCK_DGRAM, 0);
    return resolver >= 0 && fcntl(resolver, F_SETFL, O_NONBLOCK) == 0
           && bind(resolver, (struct sockaddr *)&at, sizeof at) == 0;
}

static bool map_user(void)
{
    char line[64];
    int size = snprintf(line, sizeof line, "0 %u 1", (unsigned)geteuid());
    if (unshare(CLONE_NEWUSER) != 0)
        return false;
    int fd = open("/proc/self/uid_map", O_WRONLY);
    bool ok = fd >= 0 && write(fd, line, (size_t)size) == size;
    (void)close(fd);
    return ok;
}

static bool isolate(void)
{
    return (geteuid() == 0 || map_user()) && unshare(CLONE_NEWNS | CLONE_NEWNET) == 0
           && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0
           && cover("/etc/hosts", "127.0.0.1 localhost\n::1 localhost\n")
           && cover("/etc/nsswitch.conf", "hosts: files dns\n")
           && cover("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
           && raise_loopback() && open_resolver();
}

/* If isolate fails halfway, it cannot be undone. So it is tried in a child first. */
static bool can_isolate(void)
{
    int status = 1;
    pid_t child = fork();
    if (child == 0)
        _exit(isolate() ? 0 : 1);
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

static void needs_namespace(void)
{
    if (isolated)
        return;
    print_message("# skipped: " NO_NAMESPACE "\n");
    skip();
}

typedef enum { SILENT, NO_SUCH_NAME = 3, SERVER_FAILED = 2, EMPTY = 0x100 } reply;

/* Answers all queries that came since the last call, in the same way. */
static void answer_names(reply r)
{
    unsigned char packet[512];
    struct sockaddr_in from;
    socklen_t from_size = sizeof from;
    for (;;) {
        ssize_t size =
            recvfrom(resolver, packet, sizeof packet, 0, (struct sockaddr *)&from, &from_size);
        if (size < 12)
            return;
        packet[2] |= 0x80; /* a response */
        packet[3] = (unsigned char)(0x80 | (r & 0xf));
        if (r != SILENT)
            (void)sendto(resolver, packet, (size_t)size, 0, (struct sockaddr *)&from, from_size);
    }
}

/* Peers */

static emrs_posix_tcp tcp;

static uint32_t now_ms(void)
{
    return emrs_posix_now(NULL).ms;
}

/* ret: a socket that listens on the loopback address, and its port */
static int listen_on(int family, int backlog, uint16_t *port)
{
    emrs_address at;
    socklen_t size = family == AF_INET6 ? sizeof at.v6 : sizeof at.v4;
    int fd = socket(family, SOCK_STREAM, 0);
    memset(&at, 0, sizeof at);
    at.any.sa_family = (sa_family_t)family;
    if (family == AF_INET6)
        at.v6.sin6_addr = in6addr_loopback;
    else
        at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, &at.any, size) != 0 || listen(fd, backlog) != 0
        || getsockname(fd, &at.any, &size) != 0) {
        (void)close(fd);
        return -1;
    }
    *port = ntohs(family == AF_INET6 ? at.v6.sin6_port : at.v4.sin_port);
    return fd;
}

/* ret: a port of the loopback address where no service listens */
static uint16_t closed_port(void)
{
    uint16_t port = 0;
    int fd = listen_on(AF_INET, 1, &port);
    assert_true(fd >= 0);
    (void)close(fd);
    return port;
}

static bool is_due(const emrs_move *move)
{
    return now_ms() - move->until_ms < 0x80000000u;
}

typedef emrs_report action(void *context, const emrs_move *move);

/* Calls act again and again, like port/run.c.      ret: the first news; PENDING if none in time */
static emrs_report await(action *act, const emrs_move *move)
{
    for (;;) {
        emrs_report report = act(&tcp, move);
        if (report.news != EMRS_NEWS_CONNECTING
            && (report.news != EMRS_NEWS_PENDING || is_due(move)))
            return report;
    }
}

static emrs_report dial(const char *host, uint16_t port, uint32_t timeout_ms)
{
    emrs_move move = {.until_ms = now_ms() + timeout_ms, .host = host, .port = port};
    return await(tcp.stream.connect, &move);
}

static emrs_report send_bytes(const void *bytes, size_t size, uint32_t timeout_ms)
{
    emrs_move move = {.until_ms = now_ms() + timeout_ms, .send = bytes, .size = size};
    return await(tcp.stream.send, &move);
}

static emrs_report receive_bytes(void *bytes, size_t size, uint32_t timeout_ms)
{
    emrs_move move = {.until_ms = now_ms() + timeout_ms, .receive = bytes, .size = size};
    return await(tcp.stream.receive, &move);
}

static void hang_up(void)
{
    tcp.stream.close(&tcp);
}

static void assert_failed(emrs_report report, emrs_reason reason)
{
    assert_int_equal(report.news, EMRS_NEWS_FAILED);
    assert_int_equal(report.detail, reason);
}

/* Opens the stream to a listening socket.      ret: the other end */
static int meet(const char *host, int listener, uint16_t port)
{
    emrs_report report = dial(host, port, UNTIL_MS);
    assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
    assert_int_equal(report.detail, EMRS_PEER_PLAIN);
    int peer = accept(listener, NULL, NULL);
    assert_true(peer >= 0);
    return peer;
}

static int meet_on_loopback(void)
{
    uint16_t port = 0;
    int listener = listen_on(AF_INET, 1, &port);
    assert_true(listener >= 0);
    int peer = meet("127.0.0.1", listener, port);
    (void)close(listener);
    return peer;
}

static void reset(int peer)
{
    const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once), 0);
    (void)close(peer);
}

static int open_count(void)
{
    int count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

static int files_before; /* open files when a test begins */

static int set_up(void **state)
{
    (void)state;
    files_before = open_count();
    emrs_posix_tcp_init(&tcp);
    return 0;
}

/* After each test the stream has freed everything, however often it is closed. */
static int tear_down(void **state)
{
    (void)state;
    hang_up();
    hang_up();
    return open_count() == files_before ? 0 : -1;
}

/* Connecting */

static void assert_echo(const char *host, int family)
{
    uint16_t port = 0;
    char bytes[8];
    int listener = listen_on(family, 1, &port);
    assert_true(listener >= 0);
    int peer = meet(host, listener, port);
    assert_int_equal(send_bytes("ping", 4, UNTIL_MS).size, 4);
    assert_int_equal(recv(peer, bytes, sizeof bytes, 0), 4);
    assert_int_equal(send(peer, "pong", 4, 0), 4);
    assert_int_equal(receive_bytes(bytes, sizeof bytes, UNTIL_MS).size, 4);
    assert_memory_equal(bytes, "pong", 4);
    (void)close(peer);
    (void)close(listener);
    assert_int_equal(receive_bytes(bytes, sizeof bytes, UNTIL_MS).news, EMRS_NEWS_CUT);
    hang_up();
}

static void test_addresses(void **state)
{
    (void)state;
    assert_echo("127.0.0.1", AF_INET);
    assert_echo("127.0.0.1", AF_INET); /* the struct may be used again */
}

static void test_ipv6(void **state)
{
    uint16_t port = 0;
    int listener = listen_on(AF_INET6, 1, &port);
    (void)state;
    if (listener < 0) {
        print_message("# skipped: no IPv6 loopback here\n");
        skip();
    }
    (void)close(listener);
    assert_echo("::1", AF_INET6);
}

/* The resolver also returns ::1, where no service listens. */
static void test_name_with_a_dead_address(void **state)
{
    (void)state;
    needs_namespace();
    assert_echo("localhost", AF_INET);
}

static void test_phases(void **state)
{
    uint16_t port = 0;
    int listener = listen_on(AF_INET, 1, &port);
    emrs_move move = {.until_ms = now_ms() + UNTIL_MS, .host = "127.0.0.1", .port = port};
    static const emrs_phase phases[] = {EMRS_PHASE_NAME, EMRS_PHASE_TCP};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(phases); i++) {
        emrs_report report = tcp.stream.connect(&tcp, &move);
        assert_int_equal(report.news, EMRS_NEWS_CONNECTING);
        assert_int_equal(report.detail, phases[i]);
    }
    assert_int_equal(await(tcp.stream.connect, &move).news, EMRS_NEWS_CONNECTED);
    (void)close(listener);
}

/* Two owners. An owner is an address that is compared, and never read. */

static const char alice, bob;

static emrs_report dial_for(const void *owner, uint16_t port)
{
    emrs_move move = {
        .until_ms = now_ms() + UNTIL_MS, .host = "127.0.0.1", .port = port, .owner = owner};
    return await(tcp.stream.connect, &move);
}

static emrs_report send_for(const void *owner)
{
    emrs_move move = {.until_ms = now_ms() + UNTIL_MS, .send = "ping", .size = 4, .owner = owner};
    return await(tcp.stream.send, &move);
}

static emrs_report receive_for(const void *owner)
{
    char byte;
    emrs_move move = {.until_ms = now_ms() + UNTIL_MS, .receive = &byte, .size = 1, .owner = owner};
    return await(tcp.stream.receive, &move);
}

static int accept_on(int listener)
{
    struct pollfd wait = {.fd = listener, .events = POLLIN};
    assert_int_equal(poll(&wait, 1, UNTIL_MS), 1);
    int peer = accept(listener, NULL, NULL);
    assert_true(peer >= 0);
    return peer;
}

/* The old connection may lead to another host. */
static void test_connecting_again_begins_anew(void **state)
{
    uint16_t first_port = 0, second_port = 0;
    char bytes[8];
    int first = listen_on(AF_INET, 1, &first_port), second = listen_on(AF_INET, 1, &second_port);
    (void)state;
    assert_int_equal(dial_for(&alice, first_port).news, EMRS_NEWS_CONNECTED);
    int left = accept_on(first);
    assert_int_equal(dial_for(&alice, second_port).news, EMRS_NEWS_CONNECTED);
    assert_int_equal(send_for(&alice).size, 4);
    assert_int_equal(recv(left, bytes, sizeof bytes, 0), 0); /* closed, and nothing was sent */
    int peer = accept_on(second);
    assert_int_equal(recv(peer, bytes, sizeof bytes, 0), 4);
    (void)close(left);
    (void)close(peer);
    (void)close(first);
    (void)close(second);
}

static void test_no_byte_for_another_owner(void **state)
{
    uint16_t port = 0;
    char bytes[8];
    int listener = listen_on(AF_INET, 1, &port);
    (void)state;
    assert_failed(send_for(NULL), EMRS_REASON_RESET); /* nothing is open */
    assert_failed(receive_for(NULL), EMRS_REASON_RESET);
    assert_int_equal(dial_for(&alice, port).news, EMRS_NEWS_CONNECTED);
    int peer = accept_on(listener);
    assert_int_equal(send(peer, "x", 1, 0), 1);
    assert_failed(send_for(&bob), EMRS_REASON_RESET);
    assert_failed(receive_for(&bob), EMRS_REASON_RESET);
    assert_int_equal(recv(peer, bytes, sizeof bytes, MSG_DONTWAIT), -1);
    assert_int_equal(send_for(&alice).size, 4);
    assert_int_equal(receive_for(&alice).size, 1);
    (void)close(peer);
    (void)close(listener);
}

/* A look-up or a connection that was begun for one owner is not used for another. */
static void test_another_owner_begins_anew(void **state)
{
    enum { STEP_COUNT = 2 }; /* during a look-up; with a socket */
    (void)state;
    for (int steps = 1; steps <= STEP_COUNT; steps++) {
        uint16_t first_port = 0, second_port = 0;
        int first = listen_on(AF_INET, 1, &first_port);
        int second = listen_on(AF_INET, 1, &second_port);
        emrs_move move = {.until_ms = now_ms() + UNTIL_MS, .host = "127.0.0.1", .port = first_port};
        move.owner = &alice;
        for (int i = 0; i < steps; i++)
            assert_int_equal(tcp.stream.connect(&tcp, &move).news, EMRS_NEWS_CONNECTING);
        assert_int_equal(dial_for(&bob, second_port).news, EMRS_NEWS_CONNECTED);
        assert_int_equal(send_for(&bob).size, 4);
        (void)close(accept_on(second));
        (void)close(first);
        (void)close(second);
        hang_up();
    }
}

/* Replaces that of the C library: notes the arguments. */
static int socket_type;

int socket(int family, int type, int protocol)
{
    socket_type = type;
    return (int)syscall(SYS_socket, family, type, protocol);
}

/* Close-on-exec is set by socket(): before a later fcntl() another thread may fork and exec. */
static void test_no_child_inherits(void **state)
{
    (void)state;
    assert_int_equal(dial("127.0.0.1", closed_port(), UNTIL_MS).news, EMRS_NEWS_FAILED);
    assert_true(socket_type & SOCK_CLOEXEC);
}

static void test_options(void **state)
{
    int on = 0;
    socklen_t size = sizeof on;
    (void)state;
    (void)close(meet_on_loopback());
    assert_int_equal(getsockopt(tcp.bsd.fd, IPPROTO_TCP, TCP_NODELAY, &on, &size), 0);
    assert_true(on);
    assert_true(fcntl(tcp.bsd.fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(tcp.bsd.fd, F_GETFL) & O_NONBLOCK);
}

static void test_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        emrs_report report = dial("127.0.0.1", closed_port(), UNTIL_MS);
        assert_failed(report, EMRS_REASON_REFUSED);
        assert_int_equal(report.native, ECONNREFUSED);
        hang_up();
    }
}

static void test_unreachable(void **state)
{
    (void)state;
    needs_namespace();
    static const char *const hosts[] = {"192.0.2.1", "2001:db8::1"};
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        assert_failed(dial(hosts[i], 443, UNTIL_MS), EMRS_REASON_UNREACHABLE);
        hang_up();
    }
}

/* An address that does not answer: the queue of its listener is full, so new connections are
 * dropped. */
typedef struct {
    int listener, callers[8];
    emrs_address at;
} silence;

static void begin_connect(silence *s, size_t i)
{
    s->callers[i] = socket(AF_INET, SOCK_STREAM, 0);
    (void)fcntl(s->callers[i], F_SETFL, O_NONBLOCK);
    (void)connect(s->callers[i], &s->at.any, sizeof s->at.v4);
}

static void end_silence(silence *s)
{
    for (size_t i = 0; i < COUNT_OF(s->callers); i++)
        (void)close(s->callers[i]);
    (void)close(s->listener);
}

static uint16_t begin_silence(silence *s)
{
    uint16_t port = 0;
    socklen_t size = sizeof s->at.v4;
    s->listener = listen_on(AF_INET, 0, &port);
    assert_true(s->listener >= 0);
    assert_int_equal(getsockname(s->listener, &s->at.any, &size), 0);
    for (size_t i = 0; i < COUNT_OF(s->callers); i++)
        begin_connect(s, i);
    if (dial("127.0.0.1", port, SHORT_MS).news == EMRS_NEWS_CONNECTED) {
        end_silence(s);
        print_message("# skipped: this system's listeners take more than they were asked to\n");
        skip();
    }
    hang_up();
    return port;
}

static void test_silence(void **state)
{
    silence s;
    (void)state;
    uint16_t port = begin_silence(&s);
    uint32_t begin_ms = now_ms();
    emrs_report report = dial("127.0.0.1", port, SHORT_MS);
    uint32_t took_ms = now_ms() - begin_ms;
    emrs_move over = {.until_ms = now_ms(), .host = "127.0.0.1", .port = port};
    emrs_report later = tcp.stream.connect(&tcp, &over);
    end_silence(&s);
    assert_int_equal(report.news, EMRS_NEWS_PENDING);
    assert_in_range(took_ms, SHORT_MS, SHORT_MS + SLACK_MS);
    assert_int_equal(later.news, EMRS_NEWS_PENDING); /* the end of the time is not a failure */
}

/* Sets the list of addresses in the port, after the look-up, as if a resolver had returned them. */
static void set_addresses(emrs_move *move, const emrs_address *addresses, int count)
{
    assert_int_equal(tcp.stream.connect(&tcp, move).detail, EMRS_PHASE_NAME);
    assert_int_equal(tcp.stream.connect(&tcp, move).detail, EMRS_PHASE_TCP);
    memcpy(tcp.addresses, addresses, (size_t)count * sizeof addresses[0]);
    tcp.bsd.address_count = count;
}

static emrs_address loopback(uint16_t port)
{
    emrs_address at;
    memset(&at, 0, sizeof at);
    at.v4.sin_family = AF_INET;
    at.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    at.v4.sin_port = htons(port);
    return at;
}

/* A refused address costs no time, and a silent one only its time limit, so the last one is tried
 * too. */
static void test_every_address_has_its_share(void **state)
{
    silence s;
    uint16_t open = 0;
    (void)state;
    uint16_t silent = begin_silence(&s);
    int listener = listen_on(AF_INET, 1, &open);
    emrs_move move = {.until_ms = now_ms() + 20 * SHORT_MS, .host = "127.0.0.1", .port = open};
    const emrs_address addresses[] = {loopback(closed_port()), loopback(silent),
                                      loopback(closed_port()), loopback(open)};
    set_addresses(&move, addresses, COUNT_OF(addresses));
    emrs_report report = await(tcp.stream.connect, &move);
    end_silence(&s);
    (void)close(listener);
    assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
    assert_false(is_due(&move));
}

static void test_reason_is_the_last_address(void **state)
{
    emrs_move move = {.until_ms = now_ms() + UNTIL_MS, .host = "127.0.0.1", .port = 1};
    emrs_address addresses[EMRS_ADDRESS_COUNT_MAX];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(addresses); i++)
        addresses[i] = loopback(closed_port());
    set_addresses(&move, addresses, EMRS_ADDRESS_COUNT_MAX);
    assert_failed(await(tcp.stream.connect, &move), EMRS_REASON_REFUSED);
}

static void test_no_file_left(void **state)
{
    struct rlimit before, none;
    unsigned char bytes[300] = {0}, zeros[16] = {0};
    uint16_t port = closed_port();
    (void)state;
    int lowest = dup(0);
    (void)close(lowest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){(rlim_t)lowest, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    emrs_report report = dial("127.0.0.1", port, UNTIL_MS);
    int random = emrs_posix_random(NULL, bytes, sizeof bytes);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_failed(report, EMRS_REASON_RESOURCE);
    assert_int_equal(report.native, EMFILE);
    assert_int_equal(random, 0); /* randomness needs no file */
    assert_memory_not_equal(bytes, zeros, sizeof zeros);
    assert_memory_not_equal(bytes + sizeof bytes - sizeof zeros, zeros, sizeof zeros);
}

/* Bytes */

static void test_reset(void **state)
{
    char bytes[4];
    (void)state;
    reset(meet_on_loopback());
    emrs_report report = receive_bytes(bytes, sizeof bytes, UNTIL_MS);
    assert_failed(report, EMRS_REASON_RESET);
    assert_int_equal(report.native, ECONNRESET);
}

/* SIGPIPE would end this program. */
static void test_send_after_the_peer_closed(void **state)
{
    emrs_report report = emrs_report_of(EMRS_NEWS_SENT);
    (void)state;
    assert_ptr_not_equal(signal(SIGPIPE, SIG_DFL), SIG_ERR);
    (void)close(meet_on_loopback());
    for (int i = 0; i < 100 && report.news == EMRS_NEWS_SENT; i++) {
        report = send_bytes("x", 1, UNTIL_MS);
        (void)usleep(1000);
    }
    assert_failed(report, EMRS_REASON_RESET);
    assert_failed(send_bytes("x", 1, UNTIL_MS), EMRS_REASON_RESET);
}

static void test_end_after_bytes(void **state)
{
    char bytes[4];
    int peer = meet_on_loopback();
    (void)state;
    assert_int_equal(send(peer, "xy", 2, 0), 2);
    (void)close(peer);
    assert_int_equal(receive_bytes(bytes, 1, UNTIL_MS).size, 1);
    assert_int_equal(receive_bytes(bytes, 4, UNTIL_MS).size, 1);
    assert_int_equal(receive_bytes(bytes, 4, UNTIL_MS).news, EMRS_NEWS_CUT);
    assert_int_equal(receive_bytes(bytes, 4, UNTIL_MS).news, EMRS_NEWS_CUT);
}

static void test_nothing_comes(void **state)
{
    char bytes[4];
    int peer = meet_on_loopback();
    uint32_t begin_ms = now_ms();
    (void)state;
    assert_int_equal(receive_bytes(bytes, sizeof bytes, SHORT_MS).news, EMRS_NEWS_PENDING);
    assert_in_range(now_ms() - begin_ms, SHORT_MS, SHORT_MS + SLACK_MS);
    begin_ms = now_ms();
    assert_int_equal(receive_bytes(bytes, sizeof bytes, 0).news, EMRS_NEWS_PENDING);
    assert_in_range(now_ms() - begin_ms, 0, SLACK_MS);
    (void)close(peer);
}

/* ret: byte i of a long run, whose period divides no buffer's size */
static unsigned char byte_at(size_t i)
{
    return (unsigned char)(i % 251u);
}

/* Sends until the buffers of the peer, which reads nothing, are full. */
static size_t fill(const unsigned char *bytes, size_t size)
{
    size_t sent = 0;
    for (;;) {
        assert_true(sent < size);
        emrs_report report = send_bytes(bytes + sent, size - sent, SHORT_MS);
        if (report.news == EMRS_NEWS_PENDING)
            return sent;
        assert_int_equal(report.news, EMRS_NEWS_SENT);
        assert_in_range(report.size, 1, size - sent);
        sent += report.size;
    }
}

static size_t drain(int peer, size_t at, size_t end)
{
    static unsigned char bytes[65536];
    while (at < end) {
        ssize_t got = recv(peer, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got <= 0)
            break;
        for (ssize_t i = 0; i < got; i++)
            assert_int_equal(bytes[i], byte_at(at++));
    }
    return at;
}

static void test_full_buffers(void **state)
{
    enum { SIZE = 1 << 24 };
    unsigned char *bytes = malloc(SIZE);
    int peer = meet_on_loopback(), small = 4096;
    (void)state;
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = byte_at(i);
    (void)setsockopt(tcp.bsd.fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    size_t sent = fill(bytes, SIZE), got = 0, more = sent + 100000;
    while (sent < more) { /* it goes on where it stopped when there is space */
        got = drain(peer, got, sent);
        emrs_report report = send_bytes(bytes + sent, more - sent, UNTIL_MS);
        assert_int_equal(report.news, EMRS_NEWS_SENT);
        sent += report.size;
    }
    for (int i = 0; i < 1000 && got < sent; i++) {
        got = drain(peer, got, sent);
        (void)usleep(1000);
    }
    assert_int_equal(got, sent);
    (void)close(peer);
    free(bytes);
}

/* Signals */

static volatile sig_atomic_t alarm_count;

static void count_alarm(int unused)
{
    (void)unused;
    alarm_count++;
}

static void set_timer(long interval_us)
{
    const struct itimerval timer = {{0, interval_us}, {0, interval_us}};
    assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

/* Sends some bytes, which the peer sends back, and receives them.      ret: bytes so far */
static size_t trade(int peer, size_t at)
{
    unsigned char bytes[4096];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = byte_at(at + i);
    emrs_report sent = send_bytes(bytes, sizeof bytes, UNTIL_MS);
    assert_int_equal(sent.news, EMRS_NEWS_SENT);
    size_t got = 0;
    while (got < sent.size) {
        ssize_t size = recv(peer, bytes + got, sent.size - got, 0);
        assert_true(size > 0 || errno == EINTR);
        got += size > 0 ? (size_t)size : 0;
    }
    while (send(peer, bytes, sent.size, 0) < 0)
        assert_int_equal(errno, EINTR);
    for (got = 0; got < sent.size;) {
        emrs_report report = receive_bytes(bytes, sent.size - got, UNTIL_MS);
        assert_int_equal(report.news, EMRS_NEWS_RECEIVED);
        for (size_t i = 0; i < report.size; i++)
            assert_int_equal(bytes[i], byte_at(at + got++));
    }
    return at + sent.size;
}

static void test_signals(void **state)
{
    struct sigaction act = {.sa_handler = count_alarm}; /* no SA_RESTART */
    char bytes[4];
    (void)state;
    assert_int_equal(sigaction(SIGALRM, &act, NULL), 0);
    set_timer(500);
    alarm_count = 0;
    for (int i = 0; i < 10; i++) {
        int peer = meet_on_loopback();
        for (size_t at = 0; at < BULK_SIZE / 10;)
            at = trade(peer, at);
        uint32_t begin_ms = now_ms();
        assert_int_equal(receive_bytes(bytes, sizeof bytes, SHORT_MS / 4).news, EMRS_NEWS_PENDING);
        assert_in_range(now_ms() - begin_ms, SHORT_MS / 4, SHORT_MS / 4 + SLACK_MS);
        (void)close(peer);
        hang_up();
    }
    set_timer(0);
    assert_true(alarm_count > 10);
    (void)signal(SIGALRM, SIG_DFL);
}

/* Names */

static emrs_report look_up(const char *host, reply r, uint32_t timeout_ms)
{
    emrs_move move = {.until_ms = now_ms() + timeout_ms, .host = host, .port = 443};
    for (;;) {
        emrs_move soon = move;
        soon.until_ms = now_ms() + 10;
        emrs_report report = tcp.stream.connect(&tcp, &soon);
        if (report.news == EMRS_NEWS_FAILED || is_due(&move))
            return report;
        answer_names(r);
    }
}

static void test_names_that_fail(void **state)
{
    static const struct {
        reply r;
        emrs_reason reason;
    } rows[] = {
        {NO_SUCH_NAME, EMRS_REASON_NAME_UNKNOWN},
        {SERVER_FAILED, EMRS_REASON_NAME_FAILED},
        {EMPTY, EMRS_REASON_NAME_UNKNOWN}, /* no address: final */
    };
    (void)state;
    needs_namespace();
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        assert_failed(look_up("emrs.example", rows[i].r, UNTIL_MS), rows[i].reason);
        hang_up();
    }
}

enum { SLOT_COUNT = 4 }; /* of names.c */

/* Counts free slots: the look-up of a number ends at once, and keeps its slot until it is
 * dropped. */
static int free_slots(void)
{
    int held[SLOT_COUNT + 1], count = 0;
    while (count <= SLOT_COUNT && (held[count] = emrs_posix_look_up("127.0.0.1", 1)) >= 0)
        count++;
    for (int i = 0; i < count; i++)
        emrs_posix_look_up_drop(held[i]);
    return count;
}

/* Waits until abandoned look-ups end, which is when their resolver gives up. */
static void await_free_slots(void)
{
    uint32_t begin_ms = now_ms();
    while (free_slots() < SLOT_COUNT || open_count() > files_before) {
        assert_true(now_ms() - begin_ms < UNTIL_MS);
        answer_names(SERVER_FAILED);
        (void)usleep(10000);
    }
}

/* When all slots are in use by look-ups, the next one fails at once. */
static void test_resolver_is_silent(void **state)
{
    emrs_address addresses[EMRS_ADDRESS_COUNT_MAX];
    int look_ups[SLOT_COUNT];
    (void)state;
    needs_namespace();
    for (int i = 0; i < SLOT_COUNT; i++) {
        look_ups[i] = emrs_posix_look_up("emrs.example", 443);
        assert_true(look_ups[i] >= 0);
    }
    emrs_report report = dial("127.0.0.1", 1, UNTIL_MS);
    assert_failed(report, EMRS_REASON_NAME_FAILED); /* not RESOURCE: sockets and memory suffice */
    assert_int_equal(report.native, EAI_AGAIN);
    uint32_t begin_ms = now_ms();
    for (int i = 0; i < SLOT_COUNT; i++) {
        report = emrs_posix_look_up_wait(look_ups[i], now_ms() + 20, addresses);
        assert_int_equal(report.news, EMRS_NEWS_PENDING);
        emrs_posix_look_up_drop(look_ups[i]);
    }
    assert_in_range(now_ms() - begin_ms, 20 * SLOT_COUNT, 20 * SLOT_COUNT + SLACK_MS);
    await_free_slots();
}

static void test_close_while_resolving(void **state)
{
    (void)state;
    needs_namespace();
    for (int i = 0; i <= SLOT_COUNT; i++) {
        assert_int_equal(dial("emrs.example", 443, 10).news, EMRS_NEWS_PENDING);
        hang_up();
        await_free_slots();
    }
    assert_int_equal(look_up("emrs.example", SERVER_FAILED, UNTIL_MS).news, EMRS_NEWS_FAILED);
    hang_up();
    assert_echo("127.0.0.1", AF_INET); /* the closed look-up has no later effect */
}

static void test_close_while_dialling(void **state)
{
    enum { STEP_COUNT = 3 }; /* the name, the address, a wait of 250 ms */
    silence s;
    (void)state;
    uint16_t port = begin_silence(&s);
    int before = open_count();
    emrs_move move = {.until_ms = now_ms() + UNTIL_MS, .host = "127.0.0.1", .port = port};
    for (int i = 0; i < STEP_COUNT; i++)
        assert_int_not_equal(tcp.stream.connect(&tcp, &move).news, EMRS_NEWS_CONNECTED);
    int during = open_count();
    hang_up();
    int after = open_count();
    end_silence(&s);
    assert_int_equal(during, before + 1);
    assert_int_equal(after, before);
}

static void test_numbers_need_no_resolver(void **state)
{
    static const char *const hosts[] = {"127.0.0.1", "::1"};
    emrs_address addresses[EMRS_ADDRESS_COUNT_MAX];
    (void)state;
    for (size_t i = 0; i < COUNT_OF(hosts); i++) {
        int index = emrs_posix_look_up(hosts[i], 443);
        assert_true(index >= 0);
        emrs_report report = emrs_posix_look_up_wait(index, now_ms(), addresses);
        assert_int_equal(report.news, EMRS_NEWS_CONNECTED);
        assert_int_equal(report.size, 1);
        assert_int_equal(ntohs(addresses[0].v4.sin_port), 443); /* IPv6 has it at the same place */
        assert_int_equal(addresses[0].any.sa_family, i == 0 ? AF_INET : AF_INET6);
    }
}

/* Time, randomness, trust */

static void test_time(void **state)
{
    struct timespec before, after;
    (void)state;
    (void)clock_gettime(CLOCK_MONOTONIC, &before);
    emrs_now now = emrs_posix_now(NULL);
    (void)clock_gettime(CLOCK_MONOTONIC, &after);
    uint64_t first_ms = (uint64_t)before.tv_sec * 1000 + (uint64_t)before.tv_nsec / 1000000;
    uint64_t last_ms = (uint64_t)after.tv_sec * 1000 + (uint64_t)after.tv_nsec / 1000000;
    /* The difference is right even if the tick wraps in between. */
    assert_true(now.ms - (uint32_t)first_ms <= (uint32_t)(last_ms - first_ms));
    assert_in_range((int64_t)now.utc_s - (int64_t)time(NULL) + 2, 0, 4);
}

static void test_wait(void **state)
{
    static const uint32_t clocks_ms[] = {0, 1, 0x7fffffffu, 0x80000000u, UINT32_MAX};
    static const struct {
        uint32_t from_now_ms, left_ms;
        int wait_ms;
    } rows[] = {
        {0, 0, 0},       {100, 100, 100},     {250, 250, 250},
        {251, 251, 250}, {60000, 60000, 250}, {0x7fffffffu, 0x7fffffffu, 250},
        {0u - 1u, 0, 0}, {0u - 60000u, 0, 0}, {0x80000000u, 0, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        for (size_t at = 0; at < COUNT_OF(clocks_ms); at++) {
            uint32_t now_ms = clocks_ms[at], until_ms = now_ms + rows[i].from_now_ms;
            assert_int_equal(emrs_left_ms(now_ms, until_ms), rows[i].left_ms);
            assert_int_equal(emrs_wait_ms(now_ms, until_ms), rows[i].wait_ms);
        }
}

static void test_random(void **state)
{
    unsigned char first[64] = {0}, second[64] = {0};
    (void)state;
    assert_int_equal(emrs_posix_random(NULL, first, sizeof first), 0);
    assert_int_equal(emrs_posix_random(NULL, second, sizeof second - 1), 0);
    assert_memory_not_equal(first, second, sizeof first - 1);
    assert_int_equal(second[sizeof second - 1], 0);
    assert_int_equal(emrs_posix_random(NULL, first, 0), 0);
}

static void test_ca_bundle(void **state)
{
    const char *path = emrs_posix_ca_bundle();
    (void)state;
    if (path == NULL) {
        print_message("# skipped: no CA bundle here\n");
        skip();
    }
    char text[4096] = "";
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    assert_true(size > 0);
    assert_non_null(strstr(text, "-----BEGIN CERTIFICATE-----"));
}

/* emrs_run: a scripted stream that notes what it is asked to do */

#define SCRIPT_ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 66\r\n\r\n" BENCH_ANSWER_BODY

typedef struct {
    emrs_stream stream;
    bench bench;
    char log[64]; /* a letter per move: C, S, R, X for close; ? when stopped() is called */
    size_t log_size, answered;
    const char *answer;
    int stop_at; /* the call of stopped() that returns true */
    int asked, fail_at, acted;
    emrs_report failure;
} script;

static void note(script *s, char letter)
{
    assert_true(s->log_size < sizeof s->log - 1);
    s->log[s->log_size++] = letter;
}

/* ret: whether this move succeeds; after the first failure none does */
static bool acts(script *s, char letter)
{
    note(s, letter);
    return s->acted++ < s->fail_at;
}

static emrs_report script_connect(void *context, const emrs_move *move)
{
    script *s = context;
    assert_string_equal(move->host, s->bench.client.host);
    if (!acts(s, 'C'))
        return s->failure;
    return s->acted == 1 ? emrs_connecting(EMRS_PHASE_TCP) : emrs_connected(EMRS_PEER_VERIFIED);
}

static emrs_report script_send(void *context, const emrs_move *move)
{
    script *s = context;
    return acts(s, 'S') ? emrs_moved(EMRS_NEWS_SENT, move->size) : s->failure;
}

static emrs_report script_receive(void *context, const emrs_move *move)
{
    script *s = context;
    size_t left = strlen(s->answer) - s->answered, half = left > 1 ? left / 2 : left;
    if (!acts(s, 'R'))
        return s->failure;
    size_t size = half < move->size ? half : move->size;
    memcpy(move->receive, s->answer + s->answered, size);
    s->answered += size;
    return size > 0 ? emrs_moved(EMRS_NEWS_RECEIVED, size) : emrs_report_of(EMRS_NEWS_CUT);
}

static void script_close(void *context)
{
    note(context, 'X');
}

static emrs_now script_now(void *context)
{
    script *s = context;
    s->bench.now.ms++;
    return s->bench.now;
}

static bool script_stopped(void *context)
{
    script *s = context;
    return s->asked++ == s->stop_at;
}

static void script_wait(void *context, uint32_t until_ms)
{
    script *s = context;
    s->bench.now.ms = until_ms;
}

static int run_script(script *s, int stop_at, int fail_at, emrs_report failure)
{
    memset(s, 0, sizeof *s);
    s->stream = (emrs_stream){s, script_connect, script_send, script_receive, script_close};
    s->answer = SCRIPT_ANSWER;
    s->stop_at = stop_at;
    s->fail_at = fail_at;
    s->failure = failure;
    bench_init(&s->bench);
    bench_start(&s->bench);
    const emrs_port port = {.stream = &s->stream,
                            .now = script_now,
                            .stopped = script_stopped,
                            .context = s,
                            .wait = script_wait};
    return emrs_run(&s->bench.call, &port);
}

/* Asserts the order of the moves, and one CLOSE after each CONNECT, whatever its result. */
static void assert_orderly(const script *s)
{
    static const char order[] = "CSRX";
    size_t at = 0, closes = 0;
    for (size_t i = 0; i < s->log_size; i++) {
        const char *found = strchr(order, s->log[i]);
        assert_non_null(found);
        assert_true((size_t)(found - order) >= at);
        at = (size_t)(found - order);
        closes += s->log[i] == 'X';
    }
    assert_int_equal(closes, s->log[0] == 'C');
    assert_true(s->log_size == 0 || s->log[s->log_size - 1] == 'X');
}

static void test_run(void **state)
{
    static script s;
    (void)state;
    assert_int_equal(run_script(&s, NEVER, NEVER, emrs_report_of(EMRS_NEWS_PENDING)), EMRS_DONE);
    assert_orderly(&s);
    assert_int_equal(s.bench.result.effect, EMRS_EFFECT_ACCEPTED);
    assert_non_null(strstr(s.log, "CCS"));
    assert_int_equal(s.asked, s.acted); /* stopped() is called before every move except CLOSE */
}

static void test_run_without_question(void **state)
{
    static script s;
    (void)state;
    (void)run_script(&s, NEVER, NEVER, emrs_report_of(EMRS_NEWS_PENDING));
    size_t moves = s.log_size;
    memset(s.log, 0, sizeof s.log);
    s.log_size = s.answered = 0;
    s.acted = 0;
    bench_start(&s.bench);
    const emrs_port port = {
        .stream = &s.stream, .now = script_now, .context = &s, .wait = script_wait};
    assert_int_equal(emrs_run(&s.bench.call, &port), EMRS_DONE);
    assert_int_equal(s.log_size, moves);
}

/* Without `wait` the loop would be busy during every back-off. So such a port is refused before
 * anything is sent, a kept stream is closed, and the client is ready for the next call. */
static void test_run_needs_a_wait(void **state)
{
    static script s;
    emrs_move move;
    (void)state;
    (void)run_script(&s, NEVER, NEVER, emrs_report_of(EMRS_NEWS_PENDING));
    const emrs_port port = {.stream = &s.stream, .now = script_now, .context = &s};
    for (int is_kept = 0; is_kept < 2; is_kept++) {
        memset(s.log, 0, sizeof s.log);
        s.log_size = 0;
        bench_start(&s.bench);
        s.bench.client.kept = is_kept != 0;
        s.bench.client.kept_ms = s.bench.now.ms - 60000u;
        assert_int_equal(emrs_run(&s.bench.call, &port), EMRS_E_PORT);
        assert_string_equal(s.log, is_kept ? "X" : "");
        assert_int_equal(s.bench.result.code, EMRS_E_PORT);
        assert_int_equal(s.bench.result.effect, EMRS_EFFECT_NONE);
        emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
        assert_int_equal(emrs_step(&s.bench.call, s.bench.now, report, &move), EMRS_E_PORT);
    }
    s.bench.now.utc_s = 0; /* the error before the WAIT is reported */
    bench_start(&s.bench);
    assert_int_equal(emrs_run(&s.bench.call, &port), EMRS_E_CLOCK);
}

static void test_a_kept_stream_is_hung_up_once(void **state)
{
    static script s;
    (void)state;
    (void)run_script(&s, NEVER, NEVER, emrs_report_of(EMRS_NEWS_PENDING));
    const emrs_port port = {.stream = &s.stream, .now = script_now, .context = &s};
    memset(s.log, 0, sizeof s.log);
    s.log_size = 0;
    s.bench.client.kept = true;
    emrs_hang_up(&s.bench.client, &port);
    assert_string_equal(s.log, "X");
    emrs_hang_up(&s.bench.client, &port); /* nothing is open any more */
    assert_string_equal(s.log, "X");
}

static void test_run_stops_at_every_move(void **state)
{
    static script s;
    (void)state;
    for (int at = 0;; at++) {
        int code = run_script(&s, at, NEVER, emrs_report_of(EMRS_NEWS_PENDING));
        if (code == EMRS_DONE) {
            assert_true(at > 4);
            break;
        }
        assert_int_equal(code, EMRS_E_STOPPED);
        assert_int_equal(s.acted, at); /* the move after the question is not made */
        assert_true(s.log_size == (size_t)at + 1 && s.log[at] == 'X');
        bool whole = strchr(s.log, 'R') != NULL;
        assert_true(!whole || s.bench.result.effect == EMRS_EFFECT_UNKNOWN);
        assert_true(strchr(s.log, 'S') != NULL || s.bench.result.effect == EMRS_EFFECT_NONE);
    }
}

static void test_run_ends_at_every_failure(void **state)
{
    static script s;
    const emrs_report failures[] = {
        emrs_failed(EMRS_REASON_RESET, ECONNRESET), emrs_failed(EMRS_REASON_RESOURCE, ENOBUFS),
        emrs_report_of(EMRS_NEWS_CUT), emrs_report_of(EMRS_NEWS_CLOSED)};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(failures); i++)
        for (int at = 0;; at++) {
            int code = run_script(&s, NEVER, at, failures[i]);
            assert_orderly(&s);
            if (s.acted <= at)
                break;
            assert_true(code < 0);
            assert_int_not_equal(s.bench.result.effect, EMRS_EFFECT_ACCEPTED);
        }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_addresses),
        TEST(test_ipv6),
        TEST(test_name_with_a_dead_address),
        TEST(test_phases),
        TEST(test_connecting_again_begins_anew),
        TEST(test_no_byte_for_another_owner),
        TEST(test_another_owner_begins_anew),
        TEST(test_no_child_inherits),
        TEST(test_options),
        TEST(test_refused),
        TEST(test_unreachable),
        TEST(test_silence),
        TEST(test_every_address_has_its_share),
        TEST(test_reason_is_the_last_address),
        TEST(test_no_file_left),
        TEST(test_reset),
        TEST(test_send_after_the_peer_closed),
        TEST(test_end_after_bytes),
        TEST(test_nothing_comes),
        TEST(test_full_buffers),
        TEST(test_signals),
        TEST(test_names_that_fail),
        TEST(test_resolver_is_silent),
        TEST(test_close_while_resolving),
        TEST(test_close_while_dialling),
        TEST(test_numbers_need_no_resolver),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_wait),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_ca_bundle),
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_run_without_question),
        cmocka_unit_test(test_run_needs_a_wait),
        cmocka_unit_test(test_a_kept_stream_is_hung_up_once),
        cmocka_unit_test(test_run_stops_at_every_move),
        cmocka_unit_test(test_run_ends_at_every_failure),
    };
    isolated = can_isolate() && isolate();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
