/* SPDX-License-Identifier: MIT */
/* The firmware: gets an address and the time, cancels one job run, and prints how much memory it
 * used. If the image can look, and the settings ask for it, it checks name and tag first, and waits
 * until the job run is over. A product has a main loop like call(): one turn of the call, then the
 * network, the watchdog and the rest. */
#include "../exit_codes.h"
#include "arena.h"
#include "board.h"
#include "emrs_lwip_raw.h"
#include "iot.h"
#include "marks.h"
#include "net.h"
#include "random.h"
#include "report.h"
#include "roots.h"
#include "say.h"
#include "settings.h"
#include "emrs_text.h"
#include "stop.h"
#include "tick.h"
#include "emrs_tls.h"

enum { LINK_MS = 5000, ADDRESS_MS = 30000, TIME_MS = 15000 };

/* Used only while a call runs */
static struct {
    char work[EMRS_WORK_SIZE];
    stop_memory stop;
    emrs_tls tls;
} in_call;

/* Resident: kept from one call to the next */
static settings given;
static emrs_client client;
static emrs_lwip_raw raw;
static emrs_result result;

static void feed(void *unused)
{
    (void)unused;
    marks_fed();
    board_watchdog_feed();
}

/* Prints the peer: its name, then its address, then the version of TLS. */
static void say_peer(int what, emrs_phase phase)
{
    if (what == EMRS_MOVE_SEND)
        say(emrs_tls_version_words(&in_call.tls));
    else if (what == EMRS_MOVE_CONNECT && phase == EMRS_PHASE_NAME)
        say(client.host);
    else if (what == EMRS_MOVE_CONNECT && phase == EMRS_PHASE_TCP && raw.pcb != NULL)
        say(ipaddr_ntoa(&raw.pcb->remote_ip));
}

/* in:  what: the move      ret: whether this step is printed */
static bool is_step(int what)
{
    return in_call.stop.machine.call.result->code > EMRS_DONE && what != EMRS_MOVE_CLOSE
           && what != EMRS_MOVE_CREDENTIALS && !stop_only_looks(&in_call.stop);
}

/* Prints each step of the call when it begins, but not those of the looks during the wait. */
static void follow(int what, const emrs_report *report)
{
    static emrs_phase shown;
    static int shown_what;
    static const char names[][12] = {"name       ", "connect    ", "TLS        ", "request    ",
                                     "answer     "};
    const emrs_phase phase = in_call.stop.machine.call.result->phase;
    bool is_news = what != shown_what || phase != shown;
    shown_what = what;
    shown = phase;
    if (!is_step(what) || !is_news || report->news == EMRS_NEWS_FAILED)
        return;
    report_step(what == EMRS_MOVE_WAIT ? "wait       " : names[phase]);
    say_peer(what, phase);
    say("\n");
}

static int start(const emrs_cancel_job_run_input *input)
{
    return stop_is_set()
               ? stop_start(&in_call.stop, &client, input, &result)
               : emrs_cancel_job_run_start(&in_call.stop.machine.call, &client, input, &result);
}

static int turn(const emrs_port *port, emrs_report *report)
{
    return stop_is_set() ? stop_turn(&in_call.stop, port, report)
                         : emrs_turn(&in_call.stop.machine.call, port, report);
}

static void call(void)
{
    const emrs_port port = {
        .stream = &in_call.tls.stream, .now = net_now, .renew = iot_is_set() ? iot_renew : NULL};
    const emrs_cancel_job_run_input input = {.application_id = given.application_id,
                                             .job_run_id = given.job_run_id,
                                             .grace = given.grace,
                                             .shutdown_grace_period_s = given.grace_s};
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    int what = start(&input);
    if (what < 0)
        return;
    do {
        feed(NULL);
        marks_returned();
        what = turn(&port, &report);
        marks_returned();
        follow(what, &report);
        if (report.news == EMRS_NEWS_PENDING)
            tick_sleep();
        net_poll();
    } while (what > EMRS_DONE);
    emrs_hang_up(&client, &port);
}

static emrs_tls_version version_of(int tls)
{
    return tls == 12 ? EMRS_TLS_1_2 : tls == 13 ? EMRS_TLS_1_3 : EMRS_TLS_BEST;
}

/* The time for checking certificates. If no time server answered, it is the service's time. */
static emrs_now now_for_tls(void *unused)
{
    emrs_now now = net_now(unused);
    now.utc_s = emrs_utc(&client, now);
    return now;
}

/* Prints what became of the job run.      ret: the exit code */
static int report_end(void)
{
    report_step("end\n");
    if (stop_has_started(&in_call.stop))
        return stop_report(&in_call.stop, &given);
    report_result(&given, &result);
    bool is_input = result.code == EMRS_E_ARGUMENT || result.code == EMRS_E_INSECURE;
    return is_input ? EXIT_USAGE : exit_code_of(&result);
}

/* Cancels, and then wipes all memory that only a call uses. */
static int cancel(void)
{
    const emrs_config config = {.region = given.region,
                                .endpoint = given.endpoint,
                                .credentials = &given.credentials,
                                .work = in_call.work,
                                .work_size = sizeof in_call.work,
                                .timeout_ms = given.timeout_ms,
                                .keep_stream = stop_is_set(),
                                .clock_floor = given.clock_floor};
    emrs_lwip_raw_init(&raw);
    const emrs_tls_config tls_config = {.inner = &raw.stream,
                                        .roots = roots,
                                        .root_count = root_count,
                                        .random = random_bytes,
                                        .now = now_for_tls,
                                        .clock_floor = given.clock_floor,
                                        .version_max = version_of(given.tls_version),
                                        .alive = feed,
                                        .ran_out = arena_ran_out};
    size_t arena_size = arena_lend(given.arena_size);
    (void)emrs_tls_init(&in_call.tls, &tls_config); /* the first connect reports an error */
    if (emrs_init(&client, &config, &result) == EMRS_OK
        && iot_start(&tls_config, &given, &client, &result) == EMRS_OK)
        call();
    int code = report_end();
    emrs_forget(&client);
    settings_forget(&given);
    emrs_tls_free(&in_call.tls);
    size_t in_call_size = sizeof in_call + iot_end();
    size_t arena_used = arena_take_back();
    emrs_wipe(&in_call, sizeof in_call);
    marks_say(in_call_size, arena_used, arena_size, given.icount_shift);
    return code;
}

/* Polls the network until is_true().      ret: false if it did not become true in `most_ms` */
static bool await(bool (*is_true)(void), uint32_t most_ms)
{
    uint32_t start_ms = tick_ms();
    while (!is_true() && tick_ms() - start_ms < most_ms) {
        board_watchdog_feed();
        net_poll();
        if (!is_true())
            tick_sleep();
    }
    return is_true();
}

static int give_up(const char *why, int code)
{
    say(why);
    say("\n");
    say(emrs_effect_words(EMRS_EFFECT_NONE));
    say("\n");
    return code;
}

int main(void)
{
    tick_start();
    report_image();
    const char *fault = settings_read(&given);
    if (fault != NULL) {
        say_text(given.last_read);
        say(": ");
        return give_up(fault, EXIT_USAGE);
    }
    if (random_start() != 0)
        return give_up("emrs: the board's entropy source gave no bytes: TLS is impossible",
                       EXIT_CONFIGURATION);
    net_start(&given);
    if (!await(net_has_link, LINK_MS))
        return give_up("emrs: no Ethernet link: check the cable", EXIT_GENERAL);
    report_step("link       up\n");
    if (!await(net_has_address, ADDRESS_MS))
        return give_up("emrs: no address by DHCP: check the network", EXIT_GENERAL);
    report_step("address    ");
    say(net_address());
    say("\n");
    bool has_time = await(net_has_time, TIME_MS);
    report_step(has_time ? "time       " : "time       unknown: no answer by SNTP\n");
    if (has_time) {
        say_number(net_now(NULL).utc_s, 0);
        say(" s since 1970\n");
    }
    return cancel();
}

/* lwIP's asserts call this, in images that have them. */
void lwip_assert_failed(const char *what)
{
    say("lwIP: ");
    say(what);
    say("\n");
    board_exit(EXIT_GENERAL);
}
