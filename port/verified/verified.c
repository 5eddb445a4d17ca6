/* SPDX-License-Identifier: MIT */
#include "emrs_verified.h"

enum { IDLE, OPENING, OPEN };

static uint32_t left_ms(const emrs_verified *verified, const emrs_move *move)
{
    return emrs_left_ms(verified->config.now(verified->config.context).ms, move->until_ms);
}

static emrs_report explain(const emrs_verified *verified, int error)
{
    if (error == 0)
        return emrs_report_of(EMRS_NEWS_PENDING);
    if (error == EMRS_VERIFIED_CLOSED || error == EMRS_VERIFIED_CUT)
        return emrs_report_of(error == EMRS_VERIFIED_CLOSED ? EMRS_NEWS_CLOSED : EMRS_NEWS_CUT);
    return emrs_failed(verified->config.reason ? verified->config.reason(error) : EMRS_REASON_TLS,
                       error);
}

static bool is_open_for(const emrs_verified *verified, const emrs_move *move)
{
    return verified->state == OPEN && verified->owner == move->owner;
}

/* Refuses a move after an unverified connect, or of another owner: no byte reaches the stack. If
 * the stream was kept, the core treats it as dead, and opens another one. */
static emrs_report refuse(void)
{
    return emrs_failed(EMRS_REASON_RESET, 0);
}

/* The size of the window, limited to what an int can return. */
static size_t size_of(const emrs_move *move)
{
    return move->size < INT_MAX ? move->size : INT_MAX;
}

static emrs_report explain_open(const emrs_verified *verified, int code)
{
    if (code == EMRS_VERIFIED_CLOSED || code == EMRS_VERIFIED_CUT)
        return emrs_failed(EMRS_REASON_TLS_CUT, 0);
    return explain(verified, code);
}

/* Reports what open returned while the connection is not open. If the stack does not say what it
 * waits for, the phase TLS is reported, even before an error. So a time-out is not reported as one
 * of the name look-up, and an error of TLS counts as one of the handshake, which is final. */
static emrs_report tell_phase(emrs_verified *verified, int code)
{
    bool had_phase = verified->has_phase;
    verified->has_phase = true;
    switch (code) {
    case EMRS_VERIFIED_IN_NAME:
        return emrs_connecting(EMRS_PHASE_NAME);
    case EMRS_VERIFIED_IN_TCP:
        return emrs_connecting(EMRS_PHASE_TCP);
    case EMRS_VERIFIED_IN_TLS:
        return emrs_connecting(EMRS_PHASE_TLS);
    default:
        verified->error = code;
        return had_phase ? explain_open(verified, code) : emrs_connecting(EMRS_PHASE_TLS);
    }
}

static void close_verified(void *context)
{
    emrs_verified *verified = context;
    if (verified->state != IDLE)
        verified->config.close(verified->config.context);
    verified->state = IDLE;
    verified->has_phase = false;
    verified->error = 0;
}

static emrs_report connect_verified(void *context, const emrs_move *move)
{
    emrs_verified *verified = context;
    const emrs_verified_config *config = &verified->config;
    if (verified->state == OPEN || verified->owner != move->owner)
        close_verified(verified);
    verified->owner = move->owner;
    if (!move->tls || config->confirmation != EMRS_CONFIRMED_CHAIN_NAME_AND_DATES)
        return emrs_connected(EMRS_PEER_UNVERIFIED); /* nothing was opened */
    if (verified->error != 0)
        return explain_open(verified, verified->error);
    verified->state = OPENING; /* from here on close() must free something */
    int code = config->open(config->context, config->purpose, move->host, move->port,
                            left_ms(verified, move));
    if (code != 1) /* other positive numbers, such as a descriptor, prove nothing */
        return tell_phase(verified, code);
    verified->state = OPEN;
    return emrs_connected(EMRS_PEER_VERIFIED_ELSEWHERE);
}

static emrs_report send_verified(void *context, const emrs_move *move)
{
    const emrs_verified *verified = context;
    const emrs_verified_config *config = &verified->config;
    if (!is_open_for(verified, move))
        return refuse();
    int code = config->send(config->context, move->send, size_of(move), left_ms(verified, move));
    return code > 0 ? emrs_moved(EMRS_NEWS_SENT, (size_t)code) : explain(verified, code);
}

static emrs_report receive_verified(void *context, const emrs_move *move)
{
    const emrs_verified *verified = context;
    const emrs_verified_config *config = &verified->config;
    if (!is_open_for(verified, move))
        return refuse();
    int code =
        config->receive(config->context, move->receive, size_of(move), left_ms(verified, move));
    return code > 0 ? emrs_moved(EMRS_NEWS_RECEIVED, (size_t)code) : explain(verified, code);
}

void emrs_verified_init(emrs_verified *verified, const emrs_verified_config *config)
{
    *verified = (emrs_verified){.config = *config};
    verified->stream =
        (emrs_stream){verified, connect_verified, send_verified, receive_verified, close_verified};
}
