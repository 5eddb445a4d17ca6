/* SPDX-License-Identifier: MIT */
/* The device under test: lwIP with its tcpip thread, mbedTLS, core and ports, as in an image with
 * an RTOS. It reads one command per line, obeys it and prints the result. test_sockets.py sends the
 * commands.
 *
 *   device arena|shared|locked TAP CA OTHER_CA       TAP "-": only lwIP's loopback interface
 *
 *   call URL ca|other TASKS COUNT TIMEOUT_MS   TASKS at once, each COUNT calls; one job run each
 *   stop URL AFTER_MS                          a call that the application stops
 *   again URL ATTEMPTS                         a call of at most ATTEMPTS attempts
 *   swap FIRST SECOND                          looks FIRST up, drops it, and looks SECOND up
 *   early ADDRESS                              reports another socket's event while this connects
 *   crowd NAME                                 as many look-ups at once as there are slots
 *   foreign HOST PORT / foreign-end            starts and ends the host application's session
 *   faults SEED LOSS TWICE LATE LATE_MS        how many of 1000 packets are lost, doubled, late
 *   dark AFTER_MS                              from then on no packet passes, until `faults`
 *   loop / loop-end                            starts and ends a service inside the device
 *   use                                        prints what lwIP has in use */
#include "device.h"

#include <time.h>
#include <unistd.h>

#include <lwip/api.h>
#include <lwip/priv/sockets_priv.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>

#include "lwip/names.h"
#include "emrs_tls.h"

#if defined(MBEDTLS_PSA_CRYPTO_C)
#define HAS_PSA 1 /* it keeps some memory until the end */
#else
#define HAS_PSA 0
#endif

/* The longest times that the functions of the inner stream took. late_ms: after until_ms */
typedef struct {
    emrs_stream stream;
    const emrs_stream *inner;
    uint32_t late_ms, longest_ms, close_ms;
} watch;

typedef struct {
    char url[128];
    mbedtls_x509_crt *trust;
    int task_count, count;
    uint32_t timeout_ms, stop_ms;
    unsigned attempt_count;
} order;

typedef struct {
    const order *order;
    int number;
    pthread_t thread;
    watch watch;
    emrs_tls tls;
    uint32_t begin_ms;
    unsigned turn_count; /* of emrs_run's loop */
} task;

static mbedtls_x509_crt trusts[2];

emrs_now device_now(void *unused)
{
    (void)unused;
    return (emrs_now){.ms = emrs_lwip_now_ms(), .utc_s = (uint32_t)time(NULL)};
}

int device_random(void *unused, unsigned char *bytes, size_t size)
{
    (void)unused;
    return size <= 256 ? getentropy(bytes, size) : -1;
}

/* The stream between TLS and the port, which measures the port */

static void note(watch *w, uint32_t begin_ms, const emrs_move *move)
{
    uint32_t end_ms = sys_now(), late_ms = emrs_left_ms(move->until_ms, end_ms);
    uint32_t took_ms = end_ms - begin_ms;
    if (late_ms > took_ms) /* the time was over before it began */
        late_ms = took_ms;
    if (late_ms > w->late_ms)
        w->late_ms = late_ms;
    if (took_ms > w->longest_ms)
        w->longest_ms = took_ms;
}

static emrs_report watched(watch *w, emrs_report (*act)(void *, const emrs_move *),
                           const emrs_move *move)
{
    uint32_t begin_ms = sys_now();
    memory_unlock(); /* `act` may wait; other tasks use TLS meanwhile */
    emrs_report report = act(w->inner->context, move);
    note(w, begin_ms, move);
    memory_lock();
    return report;
}

static emrs_report watch_connect(void *context, const emrs_move *move)
{
    watch *w = context;
    return watched(w, w->inner->connect, move);
}

static emrs_report watch_send(void *context, const emrs_move *move)
{
    watch *w = context;
    return watched(w, w->inner->send, move);
}

static emrs_report watch_receive(void *context, const emrs_move *move)
{
    watch *w = context;
    return watched(w, w->inner->receive, move);
}

static void watch_close(void *context)
{
    watch *w = context;
    uint32_t begin_ms = sys_now();
    memory_unlock();
    w->inner->close(w->inner->context);
    w->close_ms = sys_now() - begin_ms;
    memory_lock();
}

static void watch_init(watch *w, const emrs_stream *inner)
{
    memset(w, 0, sizeof *w);
    w->inner = inner;
    w->stream = (emrs_stream){w, watch_connect, watch_send, watch_receive, watch_close};
}

/* One lock around all TLS, in the mode LOCKED (memory.c). The inner stream releases it while it
 * waits. */
static emrs_report locked(emrs_report (*act)(void *, const emrs_move *), void *context,
                          const emrs_move *move)
{
    memory_lock();
    emrs_report report = act(context, move);
    memory_unlock();
    return report;
}

static emrs_report locked_connect(void *context, const emrs_move *move)
{
    task *t = context;
    return locked(t->tls.stream.connect, &t->tls, move);
}

static emrs_report locked_send(void *context, const emrs_move *move)
{
    task *t = context;
    return locked(t->tls.stream.send, &t->tls, move);
}

static emrs_report locked_receive(void *context, const emrs_move *move)
{
    task *t = context;
    return locked(t->tls.stream.receive, &t->tls, move);
}

static void locked_close(void *context)
{
    task *t = context;
    memory_lock();
    t->tls.stream.close(&t->tls);
    memory_unlock();
}

/* Measures the stack that a call uses below its caller: paints it before the call, and looks for
 * the paint after it. With a sanitizer nothing is measured, since it writes its own marks there. */

enum {
    PAINT = 0xA5,
    PAINT_SIZE = 64 * 1024,
    FRAME_SIZE = 1024 /* of the functions here, at most */
};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_PAINTED false
#else
#define IS_PAINTED true
#endif

__attribute__((noinline)) static unsigned char *paint_stack(void)
{
    unsigned char *top = __builtin_frame_address(0);
    for (size_t at = FRAME_SIZE; IS_PAINTED && at < PAINT_SIZE; at++)
        *(volatile unsigned char *)(top - at) = PAINT;
    return top;
}

/* ret: bytes below top; 0: less than FRAME_SIZE, or not measured */
__attribute__((noinline)) static size_t stack_used(const unsigned char *top)
{
    size_t at = IS_PAINTED ? PAINT_SIZE - 1 : 0;
    while (at > FRAME_SIZE && *(const volatile unsigned char *)(top - at) == PAINT)
        at--;
    return at > FRAME_SIZE ? at : 0;
}

/* Calls */

static emrs_now task_now(void *context)
{
    task *t = context;
    t->turn_count++;
    return device_now(NULL);
}

static bool task_stopped(void *context)
{
    const task *t = context;
    return t->order->stop_ms != 0 && sys_now() - t->begin_ms >= t->order->stop_ms;
}

static void task_wait(void *context, uint32_t until_ms)
{
    (void)context;
    emrs_lwip_wait(NULL, until_ms);
}

static void show(const task *t, const char *job, const emrs_result *r, size_t stack_size)
{
    const watch *w = &t->watch;
    printf("result job=%s code=%d effect=%d reason=%d phase=%d status=%d native=%d id=%.*s"
           " attempts=%u turns=%u took=%u late=%u longest=%u closing=%u stack=%zu\n",
           job, r->code, r->effect, r->reason, r->phase, r->status, (int)r->native,
           (int)r->request_id.size, r->request_id.size > 0 ? r->request_id.bytes : "",
           (unsigned)r->attempt_count, t->turn_count, (unsigned)(sys_now() - t->begin_ms),
           (unsigned)w->late_ms, (unsigned)w->longest_ms, (unsigned)w->close_ms, stack_size);
}

static void call(task *t, const emrs_stream *stream, const char *job)
{
    const emrs_credentials credentials = {EMRS_TEXT("AKIDEXAMPLE"),
                                          EMRS_TEXT("no/secret/of/anybody"),
                                          EMRS_TEXT("nor+a+token"), 0, 0};
    char work[EMRS_WORK_SIZE];
    emrs_client client;
    emrs_call machine;
    emrs_result result;
    size_t stack_size = 0;
    const emrs_port port = {.stream = stream,
                            .now = task_now,
                            .stopped = task_stopped,
                            .context = t,
                            .wait = task_wait};
    const emrs_config config = {.region = EMRS_TEXT("us-east-1"),
                                .endpoint = {t->order->url, strlen(t->order->url)},
                                .credentials = &credentials,
                                .work = work,
                                .work_size = sizeof work,
                                .timeout_ms = t->order->timeout_ms,
                                .attempt_count = (uint8_t)t->order->attempt_count};
    const emrs_cancel_job_run_input input = {.application_id = EMRS_TEXT("00app1"),
                                             .job_run_id = {job, strlen(job)}};
    t->begin_ms = sys_now();
    t->turn_count = 0;
    if (emrs_init(&client, &config, &result) == EMRS_OK
        && emrs_cancel_job_run_start(&machine, &client, &input, &result) == EMRS_OK) {
        unsigned char *top = paint_stack();
        (void)emrs_run(&machine, &port);
        stack_size = stack_used(top);
    }
    show(t, job, &result, stack_size);
    emrs_forget(&client);
}

/* The tasks use different versions at the same time, if both are built. */
static emrs_tls_version version_of(const task *t)
{
    return t->number % 2 == 0 ? EMRS_TLS_1_3 : EMRS_TLS_1_2;
}

/* Makes a call with a new stream, TLS and client. */
static void call_anew(task *t, int count)
{
    emrs_lwip_tcp tcp;
    char job[32];
    (void)snprintf(job, sizeof job, "00run%dx%d", t->number, count);
    emrs_lwip_tcp_init(&tcp);
    watch_init(&t->watch, &tcp.stream);
    memory_lock();
    (void)emrs_tls_init(&t->tls, &(emrs_tls_config){.inner = &t->watch.stream,
                                                    .trust = t->order->trust,
                                                    .random = device_random,
                                                    .now = device_now,
                                                    .version_max = version_of(t)});
    memory_unlock();
    const emrs_stream stream = {t, locked_connect, locked_send, locked_receive, locked_close};
    call(t, &stream, job);
    memory_lock();
    emrs_tls_free(&t->tls);
    memory_unlock();
}

static void *run(void *context)
{
    task *t = context;
    for (int i = 0; i < t->order->count; i++)
        call_anew(t, i);
    printf("task held=%ld taken=%lu psa=%d\n", memory_held(), memory_taken(), HAS_PSA);
    return NULL;
}

static void run_order(const order *o)
{
    static task tasks[TASK_COUNT_MAX];
    for (int i = 0; i < o->task_count; i++) {
        tasks[i].order = o;
        tasks[i].number = i;
        if (pthread_create(&tasks[i].thread, NULL, run, &tasks[i]) != 0)
            abort();
    }
    for (int i = 0; i < o->task_count; i++)
        (void)pthread_join(tasks[i].thread, NULL);
}

/* Names */

static emrs_report await_name(int look_up, ip_addr_t *address)
{
    for (;;) {
        emrs_report report = emrs_lwip_look_up_result(look_up, address);
        if (report.news != EMRS_NEWS_PENDING)
            return report;
        sys_msleep(5);
    }
}

static void swap_names(const char *first, const char *second)
{
    ip_addr_t address = *IP_ADDR_ANY;
    int dropped = emrs_lwip_look_up(first);
    emrs_lwip_look_up_drop(dropped);
    int kept = emrs_lwip_look_up(second);
    emrs_lwip_look_up_drop(dropped); /* again: this must not drop the new look-up */
    emrs_report report = await_name(kept, &address);
    printf("name %d %s\n", report.news, ipaddr_ntoa(&address));
}

static void crowd(const char *name)
{
    int look_ups[64], count = 0;
    while (count < 64 && (look_ups[count] = emrs_lwip_look_up(name)) >= 0)
        count++;
    for (int i = 0; i < count; i++)
        emrs_lwip_look_up_drop(look_ups[i]);
    printf("crowd %d\n", count);
}

/* Does what lwIP sometimes does when a socket's number is used again at once: reports an event of
 * the old socket to the new one. */
static void early(const char *address)
{
    emrs_lwip_tcp tcp;
    const emrs_move move = {.until_ms = sys_now() + 20000u, .host = address, .port = 443};
    emrs_lwip_tcp_init(&tcp);
    while (tcp.bsd.fd < 0)
        (void)tcp.stream.connect(&tcp, &move);
    LOCK_TCPIP_CORE();
    struct netconn *conn = lwip_socket_dbg_get_socket(tcp.bsd.fd)->conn;
    conn->callback(conn, NETCONN_EVT_SENDPLUS, 0);
    UNLOCK_TCPIP_CORE();
    printf("early %d\n", tcp.stream.connect(&tcp, &move).news == EMRS_NEWS_CONNECTED);
    tcp.stream.close(&tcp);
}

/* Commands */

static bool obey_call(const char *line)
{
    order o = {.trust = &trusts[0], .task_count = 1, .count = 1, .attempt_count = 1};
    char ca[8] = "";
    if (sscanf(line, "call %127s %7s %d %d %u", o.url, ca, &o.task_count, &o.count, &o.timeout_ms)
            != 5
        && sscanf(line, "stop %127s %u", o.url, &o.stop_ms) != 2
        && sscanf(line, "again %127s %u", o.url, &o.attempt_count) != 2)
        return false;
    if (strcmp(ca, "other") == 0)
        o.trust = &trusts[1];
    if (o.task_count < 1 || o.task_count > TASK_COUNT_MAX)
        return false;
    run_order(&o);
    return true;
}

static bool obey(const char *line)
{
    char first[64], second[64];
    unsigned n[5];
    if (sscanf(line, "faults %u %u %u %u %u", &n[0], &n[1], &n[2], &n[3], &n[4]) == 5)
        link_faults(n[0], n[1], n[2], n[3], n[4]);
    else if (sscanf(line, "dark %u", &n[0]) == 1)
        link_dark(n[0]);
    else if (sscanf(line, "swap %63s %63s", first, second) == 2)
        swap_names(first, second);
    else if (sscanf(line, "early %63s", first) == 1)
        early(first);
    else if (sscanf(line, "crowd %63s", first) == 1)
        crowd(first);
    else if (sscanf(line, "foreign %63s %u", first, &n[0]) == 2)
        foreign_begin(first, (uint16_t)n[0], &trusts[0]);
    else if (strcmp(line, "foreign-end\n") == 0)
        foreign_end();
    else if (strcmp(line, "loop\n") == 0)
        printf("port %u\n", (unsigned)loop_begin());
    else if (strcmp(line, "loop-end\n") == 0)
        loop_end();
    else if (strcmp(line, "use\n") == 0)
        link_show();
    else
        return obey_call(line);
    return true;
}

static void load(mbedtls_x509_crt *trust, const char *path)
{
    char text[8192];
    FILE *file = fopen(path, "r");
    if (file == NULL)
        abort();
    size_t size = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[size] = '\0';
    mbedtls_x509_crt_init(trust);
    if (mbedtls_x509_crt_parse(trust, (unsigned char *)text, size + 1) != 0)
        abort();
}

/* Starts TLS once before there are tasks: at the first start mbedTLS makes its list of suites,
 * without a lock. */
static void start_tls(void)
{
    emrs_tls tls;
    if (emrs_tls_init(&tls, &(emrs_tls_config){.trust = &trusts[0], .random = device_random})
        != EMRS_REASON_NONE)
        abort();
    emrs_tls_free(&tls);
}

static memory_mode mode_of(const char *name)
{
    return strcmp(name, "arena") == 0 ? ARENA : strcmp(name, "shared") == 0 ? SHARED : LOCKED;
}

int main(int count, char **words)
{
    char line[256];
    if (count != 5)
        return 2;
    memory_begin(mode_of(words[1]));
    load(&trusts[0], words[3]);
    load(&trusts[1], words[4]);
    start_tls();
    link_begin(strcmp(words[2], "-") == 0 ? NULL : words[2]);
    (void)setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL)
        printf("%s\n", obey(line) ? "done" : "what?");
    mbedtls_x509_crt_free(&trusts[0]);
    mbedtls_x509_crt_free(&trusts[1]);
    return 0;
}
