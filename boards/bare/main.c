/* SPDX-License-Identifier: MIT */
/* The firmware: an address, the time, one cancellation, and what it took. What a gateway's main
 * loop would do is in call(): a turn of the call, the network, the watchdog, and around again. */
#include <lwip/init.h>
#include <mbedtls/version.h>

#include "arena.h"
#include "board.h"
#include "emrs_lwip_raw.h"
#include "marks.h"
#include "net.h"
#include "random.h"
#include "roots.h"
#include "say.h"
#include "settings.h"
#include "emrs_text.h"
#include "tick.h"
#include "emrs_tls.h"

enum { LINK_MS = 5000, ADDRESS_MS = 30000, TIME_MS = 15000 };

/* As the command's: boards/README.md */
enum { EXIT_ACCEPTED = 0, EXIT_USAGE = 252, EXIT_CONFIGURATION, EXIT_SERVICE, EXIT_GENERAL };

/* Lent: only while a call runs. */
static struct {
    char work[EMRS_WORK_SIZE];
    emrs_call call;
    emrs_tls tls;
} lent;

/* Resident: from one call to the next. */
static settings told;
static emrs_client client;
static emrs_lwip_raw raw;
static emrs_result result;

/* What is said */

static void step(const char *name)
{
    say_number(tick_ms(), 7);
    say(" ms  ");
    say(name);
}

static void greet(void)
{
    say("emrs " EMRS_VERSION " on " BOARD_NAME ", mbedTLS " MBEDTLS_VERSION_STRING
        ", lwIP " LWIP_VERSION_STRING "\n");
    say("trusts ");
    say_number((uint32_t)root_count, 0);
    say(" CAs\n");
    if (test_root_count == 0)
        return;
    say("*** TEST IMAGE: ");
    say_number((uint32_t)test_root_count, 0);
    say(" of its CAs are throw-away test CAs. Anybody may have their keys. Never ship it. ***\n");
}

static void say_argument(void)
{
    say("emrs: ");
    say(emrs_field_words(result.field));
    say(" ");
    say(emrs_rule_words(result.field, result.rule));
    say("\n");
}

static void say_failure(void)
{
    say("emrs: ");
    say(emrs_code_words(result.code));
    if (result.code == EMRS_E_TIMEOUT) {
        say(" while ");
        say(emrs_phase_words(result.phase));
    }
    if (result.reason != EMRS_REASON_NONE) {
        say(": ");
        say(emrs_reason_words(result.reason));
        say(" (");
        say_signed(result.native);
        say(")");
    }
    if (result.error_name.size > 0) {
        say(": ");
        say_text(result.error_name);
        say(": ");
        say_text(result.message);
    }
    say("\n");
}

/* The service's texts are printed on a console, and may repeat what was sent to it. */
static void mask_result(void)
{
    emrs_mask_secrets(&told.credentials, result.error_name);
    emrs_mask_secrets(&told.credentials, result.message);
    emrs_mask_secrets(&told.credentials, result.request_id);
}

static void say_result(void)
{
    mask_result();
    if (result.code == EMRS_E_ARGUMENT)
        say_argument();
    else if (result.code < 0)
        say_failure();
    say("Job run ");
    say_text(told.job_run_id);
    say(" of application ");
    say_text(told.application_id);
    say(": ");
    say(emrs_effect_words(result.effect));
    say("\n");
    if (result.request_id.size > 0) {
        say("Request id: ");
        say_text(result.request_id);
        say("\n");
    }
    if (result.code < 0) {
        say("Next: ");
        say(emrs_next_step(&result));
        say("\n");
    }
}

static int exit_code(void)
{
    if (result.effect == EMRS_EFFECT_ACCEPTED)
        return EXIT_ACCEPTED;
    if (result.code == EMRS_E_ARGUMENT || result.code == EMRS_E_INSECURE)
        return EXIT_USAGE;
    if (result.effect == EMRS_EFFECT_REFUSED || result.status > 0)
        return EXIT_SERVICE;
    return result.code == EMRS_E_CLOCK ? EXIT_CONFIGURATION : EXIT_GENERAL;
}

/* The call */

static void feed(void *unused)
{
    (void)unused;
    marks_fed();
    board_watchdog_feed();
}

/* Whom it is at: by name, then by address, then in which version of TLS. */
static void say_peer(int what)
{
    if (what == EMRS_MOVE_SEND)
        say(emrs_tls_version_words(&lent.tls));
    else if (what == EMRS_MOVE_CONNECT && result.phase == EMRS_PHASE_NAME)
        say(client.host);
    else if (what == EMRS_MOVE_CONNECT && result.phase == EMRS_PHASE_TCP && raw.pcb != NULL)
        say(ipaddr_ntoa(&raw.pcb->remote_ip));
}

/* What the call is at, where that is news. */
static void follow(int what, const emrs_report *report)
{
    static emrs_phase shown;
    static int shown_what;
    static const char *const names[] = {"name       ", "connect    ", "TLS        ", "request    ",
                                        "answer     "};
    bool is_news = what != shown_what || result.phase != shown;
    shown_what = what;
    shown = result.phase;
    if (what <= EMRS_DONE || what == EMRS_MOVE_CLOSE || !is_news
        || report->news == EMRS_NEWS_FAILED)
        return;
    step(what == EMRS_MOVE_WAIT ? "wait       " : names[result.phase]);
    say_peer(what);
    say("\n");
}

static int call(void)
{
    const emrs_port port = {.stream = &lent.tls.stream, .now = net_now};
    const emrs_cancel_job_run_input input = {.application_id = told.application_id,
                                             .job_run_id = told.job_run_id,
                                             .grace = told.grace,
                                             .shutdown_grace_period_s = told.grace_s};
    emrs_report report = emrs_report_of(EMRS_NEWS_PENDING);
    int what = emrs_cancel_job_run_start(&lent.call, &client, &input, &result);
    if (what < 0)
        return what;
    do {
        feed(NULL);
        marks_returned();
        what = emrs_turn(&lent.call, &port, &report);
        marks_returned();
        follow(what, &report);
        if (report.news == EMRS_NEWS_PENDING)
            tick_sleep();
        net_poll();
    } while (what > EMRS_DONE);
    return what;
}

static emrs_tls_version version_of(int tls)
{
    return tls == 12 ? EMRS_TLS_1_2 : tls == 13 ? EMRS_TLS_1_3 : EMRS_TLS_BEST;
}

/* For certificates: where no time server answered, by what the service said. */
static emrs_now now_for_tls(void *unused)
{
    emrs_now now = net_now(unused);
    now.utc_s = emrs_utc(&client, now);
    return now;
}

/* One call, with all that is lent to it: taken, used, given back wiped. */
static int cancel(void)
{
    const emrs_config config = {.region = told.region,
                                .endpoint = told.endpoint,
                                .credentials = &told.credentials,
                                .work = lent.work,
                                .work_size = sizeof lent.work,
                                .timeout_ms = told.timeout_ms,
                                .clock_floor = told.clock_floor};
    emrs_lwip_raw_init(&raw);
    const emrs_tls_config tls_config = {.inner = &raw.stream,
                                        .roots = roots,
                                        .root_count = root_count,
                                        .random = random_bytes,
                                        .now = now_for_tls,
                                        .clock_floor = told.clock_floor,
                                        .version_max = version_of(told.tls_version),
                                        .alive = feed,
                                        .ran_out = arena_ran_out};
    size_t arena_size = arena_lend(told.arena_size);
    (void)emrs_tls_init(&lent.tls, &tls_config); /* a fault of it is what connecting reports */
    if (emrs_init(&client, &config, &result) == EMRS_OK)
        (void)call();
    step("end\n");
    say_result();
    emrs_forget(&client);
    settings_forget(&told);
    emrs_tls_free(&lent.tls);
    size_t arena_used = arena_take_back();
    emrs_wipe(&lent, sizeof lent);
    marks_say(sizeof lent, arena_used, arena_size, told.icount_shift);
    return exit_code();
}

/* ret: whether it came true in time */
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
    greet();
    const char *fault = settings_read(&told);
    if (fault != NULL) {
        say_text(told.last_read);
        say(": ");
        return give_up(fault, EXIT_USAGE);
    }
    if (random_start() != 0)
        return give_up("emrs: the board's entropy source gave nothing: TLS cannot be spoken",
                       EXIT_CONFIGURATION);
    net_start(&told);
    if (!await(net_has_link, LINK_MS))
        return give_up("emrs: no Ethernet link: check the cable", EXIT_GENERAL);
    step("link       up\n");
    if (!await(net_has_address, ADDRESS_MS))
        return give_up("emrs: no address by DHCP: check the network", EXIT_GENERAL);
    step("address    ");
    say(net_address());
    say("\n");
    bool has_time = await(net_has_time, TIME_MS);
    step(has_time ? "time       " : "time       unknown: no answer by SNTP\n");
    if (has_time) {
        say_number(net_now(NULL).utc_s, 0);
        say(" s since 1970\n");
    }
    return cancel();
}

/* lwIP's own checks of itself, where they are built in. */
void lwip_assert_failed(const char *what)
{
    say("lwIP: ");
    say(what);
    say("\n");
    board_exit(EXIT_GENERAL);
}
