/* SPDX-License-Identifier: MIT */
/* The callbacks only note what happened, and the stream's functions act on it. So no pcb is aborted
 * inside a callback, and no callback has to return ERR_ABRT. */
#include "emrs_lwip_raw.h"

#include <string.h>

#include <lwip/pbuf.h>

#include "../states.h"
#include "names.h"

#if NO_SYS /* else this file is empty: sockets.c is used */

enum { KEPT_COUNT_MAX = PBUF_POOL_SIZE * 3 / 4 };

static emrs_reason reason_of(err_t error)
{
    switch (error) {
    case ERR_RST:
    case ERR_ABRT:
    case ERR_CLSD:
    case ERR_CONN:
        return EMRS_REASON_RESET;
    case ERR_MEM:
    case ERR_BUF:
    case ERR_USE:
        return EMRS_REASON_RESOURCE;
    default:
        return EMRS_REASON_UNREACHABLE;
    }
}

/* The reason while connecting. A reset in answer to our SYN is a refusal. lwIP aborts if nothing
 * answered. */
static emrs_reason reason_of_dial(err_t error)
{
    if (error == ERR_RST)
        return EMRS_REASON_REFUSED;
    return error == ERR_ABRT ? EMRS_REASON_UNREACHABLE : reason_of(error);
}

static emrs_report fail(err_t error)
{
    return emrs_failed(reason_of(error), error);
}

/* Callbacks */

static err_t note_connected(void *context, struct tcp_pcb *pcb, err_t error)
{
    emrs_lwip_raw *raw = context;
    (void)pcb;
    (void)error; /* always ERR_OK: a failure goes to note_fault */
    raw->state = ANSWERED;
    return ERR_OK;
}

/* Whether more bytes may be kept. TCP_WND limits them, since the TCP window opens again only when
 * bytes are taken. With scaled windows it may exceed UINT16_MAX, the most that a pbuf counts. A
 * peer may also put each byte into a segment of its own, so at most 3/4 of the pool are kept. lwIP
 * keeps what is refused, and offers it again. */
static bool has_room(const struct pbuf *kept, const struct pbuf *bytes)
{
    return kept == NULL
           || (bytes->tot_len <= UINT16_MAX - kept->tot_len && pbuf_clen(kept) < KEPT_COUNT_MAX);
}

static err_t note_received(void *context, struct tcp_pcb *pcb, struct pbuf *bytes, err_t error)
{
    emrs_lwip_raw *raw = context;
    (void)pcb;
    (void)error;
    if (bytes == NULL)
        raw->ended = true;
    else if (!has_room(raw->received, bytes))
        return ERR_MEM;
    else if (raw->received == NULL)
        raw->received = bytes;
    else
        pbuf_cat(raw->received, bytes);
    return ERR_OK;
}

/* lwIP has freed the pcb, and may give it to another connection. */
static void note_fault(void *context, err_t error)
{
    emrs_lwip_raw *raw = context;
    raw->pcb = NULL;
    raw->fault = error;
}

/* Resets the connection, whatever its state: this does not wait, and leaves no pcb in TIME_WAIT (a
 * small device has one or two pcbs). What was written is sent before the reset. */
static void close_raw(void *context)
{
    emrs_lwip_raw *raw = context;
    if (raw->look_up >= 0)
        emrs_lwip_look_up_drop(raw->look_up);
    if (raw->pcb != NULL) {
        tcp_err(raw->pcb, NULL);
        tcp_recv(raw->pcb, NULL);
        (void)tcp_output(raw->pcb);
        tcp_abort(raw->pcb);
    }
    if (raw->received != NULL)
        pbuf_free(raw->received);
    emrs_lwip_raw_init(raw);
}

/* Opening */

static emrs_report resolve(emrs_lwip_raw *raw, const emrs_move *move)
{
    raw->look_up = emrs_lwip_look_up(move->host);
    if (raw->look_up < 0) /* lwIP is still busy with abandoned look-ups: ask again */
        return emrs_report_of(EMRS_NEWS_PENDING);
    raw->state = RESOLVING;
    return emrs_connecting(EMRS_PHASE_NAME);
}

static err_t dial(emrs_lwip_raw *raw, const ip_addr_t *address, uint16_t port)
{
    raw->pcb = tcp_new_ip_type(IP_GET_TYPE(address));
    if (raw->pcb == NULL)
        return ERR_MEM;
    tcp_arg(raw->pcb, raw);
    tcp_err(raw->pcb, note_fault);
    tcp_recv(raw->pcb, note_received);
    tcp_nagle_disable(raw->pcb); /* else the request waits for the peer's delayed acknowledgement */
    return tcp_connect(raw->pcb, address, port, note_connected);
}

static emrs_report await_name(emrs_lwip_raw *raw, const emrs_move *move)
{
    ip_addr_t address;
    emrs_report report = emrs_lwip_look_up_result(raw->look_up, &address);
    if (report.news == EMRS_NEWS_PENDING)
        return report;
    raw->look_up = -1;
    if (report.news == EMRS_NEWS_FAILED)
        return report;
    raw->state = DIALLING;
    err_t error = dial(raw, &address, move->port);
    return error == ERR_OK ? emrs_connecting(EMRS_PHASE_TCP) : fail(error);
}

static emrs_report connect_raw(void *context, const emrs_move *move)
{
    emrs_lwip_raw *raw = context;
    if (raw->state == OPEN || raw->owner != move->owner)
        close_raw(raw);
    raw->owner = move->owner;
    switch (raw->state) {
    case IDLE:
        return resolve(raw, move);
    case RESOLVING:
        return raw->look_up < 0 ? emrs_failed(EMRS_REASON_NAME_FAILED, 0) : await_name(raw, move);
    case DIALLING:
        return raw->pcb == NULL ? emrs_failed(reason_of_dial(raw->fault), raw->fault)
                                : emrs_report_of(EMRS_NEWS_PENDING);
    default:
        raw->state = OPEN;
        return emrs_connected(EMRS_PEER_PLAIN);
    }
}

/* Bytes */

/* False if the stream was opened for another owner: it may lead to another host. */
static bool is_open_for(const emrs_lwip_raw *raw, const emrs_move *move)
{
    return raw->state == OPEN && raw->owner == move->owner;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The largest segment that lwIP makes: half the largest window that the peer has offered, or the
 * MSS if that is smaller or no window was offered. */
static u16_t segment_size(const struct tcp_pcb *pcb)
{
    size_t half = pcb->snd_wnd_max / 2;
    return half > 0 && half < pcb->mss ? (u16_t)half : pcb->mss;
}

/* Whether bytes may be written. lwIP appends to the last segment that it has not sent, and assumes
 * that no segment there is longer than those it makes now. The peer may have reduced the size
 * since, by its first windows or by an option. Then what is on its way must be acknowledged
 * first. */
static bool may_write(emrs_lwip_raw *raw)
{
    u16_t size = segment_size(raw->pcb);
    bool may = size >= raw->segment_size || tcp_sndqueuelen(raw->pcb) == 0;
    if (may)
        raw->segment_size = size;
    return may;
}

static err_t write_bytes(struct tcp_pcb *pcb, const emrs_move *move, size_t size)
{
    bool more = move->more && size == move->size;
    uint8_t flags = TCP_WRITE_FLAG_COPY | (more ? TCP_WRITE_FLAG_MORE : 0);
    return size > 0 ? tcp_write(pcb, move->send, (u16_t)size, flags) : ERR_MEM;
}

/* Writes as much as fits. lwIP takes all or nothing, and a peer that asks for small segments may
 * need more of them than lwIP has. So if nothing is on its way, less is tried.
 * out: size: what lwIP took */
static err_t write_what_fits(emrs_lwip_raw *raw, const emrs_move *move, size_t *size)
{
    size_t room = may_write(raw) ? smaller(tcp_sndbuf(raw->pcb), UINT16_MAX) : 0;
    *size = smaller(move->size, room);
    err_t error = write_bytes(raw->pcb, move, *size);
    while (error == ERR_MEM && *size > 1 && tcp_sndqueuelen(raw->pcb) == 0)
        error = write_bytes(raw->pcb, move, *size /= 2);
    return error;
}

/* Lets lwIP send now, unless more follows at once. */
static void push_out(emrs_lwip_raw *raw, const emrs_move *move, size_t size, err_t error)
{
    if (!move->more || size < move->size || error == ERR_MEM)
        (void)tcp_output(raw->pcb); /* lwIP's timer repeats what fails now */
}

/* Sends what fits. ERR_MEM is no failure: there is room again when the peer acknowledges what is on
 * its way. */
static emrs_report send_raw(void *context, const emrs_move *move)
{
    emrs_lwip_raw *raw = context;
    if (!is_open_for(raw, move))
        return fail(ERR_CONN);
    if (raw->pcb == NULL)
        return fail(raw->fault);
    size_t size = 0;
    err_t error = write_what_fits(raw, move, &size);
    if (error != ERR_OK && error != ERR_MEM)
        return fail(error);
    push_out(raw, move, size, error);
    return error == ERR_OK ? emrs_moved(EMRS_NEWS_SENT, size) : emrs_report_of(EMRS_NEWS_PENDING);
}

static emrs_report take(emrs_lwip_raw *raw, const emrs_move *move)
{
    u16_t size = (u16_t)smaller(move->size, UINT16_MAX);
    size = pbuf_copy_partial(raw->received, move->receive, size, 0);
    raw->received = pbuf_free_header(raw->received, size);
    if (raw->pcb != NULL)
        tcp_recved(raw->pcb, size);
    return emrs_moved(EMRS_NEWS_RECEIVED, size);
}

/* Returns the bytes that came before an end first, even before a reset: they may be an early
 * answer. */
static emrs_report receive_raw(void *context, const emrs_move *move)
{
    emrs_lwip_raw *raw = context;
    if (!is_open_for(raw, move))
        return fail(ERR_CONN);
    if (raw->received != NULL && raw->received->tot_len > 0) /* a chain may end in an empty pbuf */
        return take(raw, move);
    if (raw->ended)
        return emrs_report_of(EMRS_NEWS_CUT); /* a FIN alone is not authenticated */
    return raw->pcb == NULL ? fail(raw->fault) : emrs_report_of(EMRS_NEWS_PENDING);
}

void emrs_lwip_raw_init(emrs_lwip_raw *raw)
{
    memset(raw, 0, sizeof *raw);
    raw->stream = (emrs_stream){raw, connect_raw, send_raw, receive_raw, close_raw};
    raw->look_up = -1;
}

#endif
