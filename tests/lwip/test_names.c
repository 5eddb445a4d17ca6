/* SPDX-License-Identifier: MIT */
/* port/lwip/names.c with NO_SYS=1, against a fake DNS. It answers as a test wants: before
 * dns_gethostbyname returns, later, or never. Prints TAP. */
#include <stdio.h>
#include <stdlib.h>

#include <lwip/dns.h>

#include "lwip/names.h"

enum { SLOT_COUNT = 4, ASKED_COUNT_MAX = 1 << 17 };

/* The DNS */

typedef struct {
    dns_found_callback found;
    void *argument;
} asked;

static asked all[ASKED_COUNT_MAX]; /* all queries, in their order */
static int asked_count;
static err_t next = ERR_INPROGRESS; /* what dns_gethostbyname returns */
static bool at_once;                /* it calls back before it returns */

static ip_addr_t address_of(int number)
{
    ip_addr_t address;
    IP_ADDR4(&address, 10, (number >> 16) & 255, (number >> 8) & 255, number & 255);
    return address;
}

static void answer(int number, bool found)
{
    ip_addr_t address = address_of(number);
    all[number].found("service.example", found ? &address : NULL, all[number].argument);
}

err_t dns_gethostbyname(const char *host, ip_addr_t *address, dns_found_callback found,
                        void *argument)
{
    (void)host;
    if (next == ERR_OK)
        *address = address_of(asked_count);
    if (next != ERR_INPROGRESS)
        return next;
    all[asked_count] = (asked){found, argument};
    asked_count++;
    if (at_once)
        answer(asked_count - 1, true);
    return ERR_INPROGRESS;
}

/* Checks */

static int failure_count, test_count;

static void want(bool true_, const char *what)
{
    if (true_)
        return;
    failure_count++;
    printf("# wanted: %s\n", what);
}
#define WANT(what) want(what, #what)

static int look_up(void)
{
    return emrs_lwip_look_up("service.example");
}

static emrs_news news_of(int name, int number)
{
    ip_addr_t address = address_of(ASKED_COUNT_MAX), wanted = address_of(number);
    emrs_report report = emrs_lwip_look_up_result(name, &address);
    if (report.news == EMRS_NEWS_CONNECTED)
        want(ip_addr_eq(&address, &wanted), "its own address");
    if (report.news == EMRS_NEWS_FAILED)
        WANT(report.detail == EMRS_REASON_NAME_FAILED);
    return report.news;
}

static void test_answers(void)
{
    int name = look_up();
    WANT(name > 0);
    WANT(news_of(name, 0) == EMRS_NEWS_PENDING);
    WANT(news_of(name, 0) == EMRS_NEWS_PENDING);
    answer(asked_count - 1, true);
    WANT(news_of(name, asked_count - 1) == EMRS_NEWS_CONNECTED);
    WANT(news_of(name, 0) == EMRS_NEWS_FAILED); /* it was read already */
    name = look_up();
    answer(asked_count - 1, false);
    WANT(news_of(name, 0) == EMRS_NEWS_FAILED);
    at_once = true;
    name = look_up();
    at_once = false;
    WANT(news_of(name, asked_count - 1) == EMRS_NEWS_CONNECTED);
}

/* lwIP answers at once for a numeric address or a cached name, and if a name is too long or there
 * is no server. */
static void test_answers_without_asking(void)
{
    next = ERR_OK;
    WANT(news_of(look_up(), asked_count) == EMRS_NEWS_CONNECTED);
    next = ERR_ARG;
    WANT(news_of(look_up(), 0) == EMRS_NEWS_FAILED);
    next = ERR_VAL;
    WANT(news_of(look_up(), 0) == EMRS_NEWS_FAILED);
    next = ERR_INPROGRESS;
}

static void test_crowd(void)
{
    int names[SLOT_COUNT];
    for (int i = 0; i < SLOT_COUNT; i++)
        WANT((names[i] = look_up()) > 0);
    WANT(look_up() == -1);
    emrs_lwip_look_up_drop(names[1]); /* its slot is free at once, even if no answer comes */
    int name = look_up();
    WANT(name > 0 && name != names[1]);
    WANT(look_up() == -1);
    answer(asked_count - 1, true);
    WANT(news_of(name, asked_count - 1) == EMRS_NEWS_CONNECTED);
    for (int i = 0; i < SLOT_COUNT; i++)
        emrs_lwip_look_up_drop(names[i]);
    next = ERR_MEM;
    for (int i = 0; i < 2 * SLOT_COUNT; i++)
        WANT(look_up() == -1);
    next = ERR_INPROGRESS;
    for (int i = 0; i < SLOT_COUNT; i++)
        WANT((names[i] = look_up()) > 0);
    for (int i = 0; i < SLOT_COUNT; i++)
        emrs_lwip_look_up_drop(names[i]);
}

static void test_late_answers(void)
{
    int first = look_up(), first_asked = asked_count - 1;
    emrs_lwip_look_up_drop(first);
    int second = look_up(), second_asked = asked_count - 1;
    WANT(first % SLOT_COUNT == second % SLOT_COUNT); /* in the same slot */
    answer(first_asked, true);
    WANT(news_of(second, 0) == EMRS_NEWS_PENDING);
    emrs_lwip_look_up_drop(first); /* a second time */
    WANT(news_of(first, 0) == EMRS_NEWS_FAILED);
    WANT(news_of(second, 0) == EMRS_NEWS_PENDING);
    answer(second_asked, true);
    answer(first_asked, false);
    WANT(news_of(second, second_asked) == EMRS_NEWS_CONNECTED);
}

/* In any order, each look-up gets its own answer and no other. */
static void test_any_order(void)
{
    int names[SLOT_COUNT] = {0}, numbers[SLOT_COUNT] = {0}, heard = 0;
    srand(1);
    while (asked_count < ASKED_COUNT_MAX - 1) {
        int i = rand() % SLOT_COUNT;
        switch (rand() % 4) {
        case 0:
            emrs_lwip_look_up_drop(names[i]);
            WANT((names[i] = look_up()) > 0);
            numbers[i] = asked_count - 1;
            break;
        case 1: /* one of the last 12, which may be dropped or answered already */
            answer(asked_count - 1 - rand() % 12, true);
            break;
        case 2:
            emrs_lwip_look_up_drop(names[i]);
            break;
        default:
            heard += news_of(names[i], numbers[i]) == EMRS_NEWS_CONNECTED;
        }
    }
    WANT(heard > 1000);
    printf("# %d look-ups in any order, %d of them answered\n", asked_count, heard);
}

static void run(const char *name, void (*test)(void))
{
    int before = failure_count;
    test();
    test_count++;
    printf("%s %d - %s\n", failure_count == before ? "ok" : "not ok", test_count, name);
}

int main(void)
{
    run("an answer is returned once, whether it comes at once or later", test_answers);
    run("a look-up that needs no query is answered at once", test_answers_without_asking);
    run("a look-up without a free slot fails, and a drop frees its slot at once", test_crowd);
    run("a late answer is ignored, even if its slot is used again", test_late_answers);
    run("in any order each look-up gets its own answer", test_any_order);
    printf("1..%d\n", test_count);
    return failure_count == 0 ? 0 : 1;
}
