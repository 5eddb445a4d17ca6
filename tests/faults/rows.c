/* SPDX-License-Identifier: MIT */
#include "faults/faults.h"

#define TLS_TEST(name) "tests/unit/test_tls.c: test_" name
#define TCP_TEST(name) "tests/unit/test_posix.c: test_" name
#define TLS_PEER(name) "tests/peer/test_tls.py: " name
#define BOARD(name) "tests/peer/test_board.py: " name
#define COMMAND(name) "tests/peer/test_command.py: " name
#define LWIP(name) "tests/lwip/test_sockets.py: " name
#define RAW(name) "tests/lwip/raw/test_raw.c: test_" name
#define SOCKETS(name) "tests/peer/test_faults.py: " name
#define AND "; "
#define ID_TEST(name) "tests/unit/test_id.c: test_" name

const fault_row fault_rows[FAULT_ROW_COUNT] = {
    /* Arguments and configuration: before any packet */
    {1, "an id is empty, or longer than 64 bytes", ID_TEST("sizes"), NULL},
    {2, "an id with capitals, an underscore, non-ASCII bytes", ID_TEST("every_byte"), NULL},
    {3, "an id that would change the path or the query", ID_TEST("every_byte"), NULL},
    {4, "an id with CR, LF, NUL or a blank", ID_TEST("every_position"), NULL},
    {5, "a grace period out of range", ID_TEST("grace") AND COMMAND("refused_input"),
     "the command refuses what is not an integer; the API takes an integer"},
    {6, "a region that is empty, too long, or would name another host",
     ID_TEST("init_names_what_is_wrong"), NULL},
    {7, "plain http to another computer, without allow_plain_http",
     "tests/unit/test_endpoint.c: test_plain_http" AND COMMAND("plain_http")
         AND BOARD("bad_settings"),
     NULL},
    {8, "an endpoint with user info, a query, a fragment, an invalid port or address",
     "tests/unit/test_endpoint.c: test_custom_refused" AND COMMAND("refused_endpoint"), NULL},
    {9, "credentials that are empty, have a line end, or are not ASCII",
     ID_TEST("start_names_wrong_credentials"), NULL},
    {10, "a session token of any size", "tests/unit/test_request.c: test_a_token_of_any_size",
     "the size has no limit: a token is hashed and sent from where it lies, never copied"},
    {11, "a work buffer that is missing, small, or at an odd address",
     ID_TEST("init_says_the_room_it_needs"),
     "any address is allowed: it is a buffer of bytes; a NULL client is a bug of the caller, and "
     "is not checked"},
    {12, "a time-out of 0, the longest one, and a longer one",
     "tests/unit/test_call.c: test_the_default_deadline_is_a_minute",
     "0 means the default; the longest is a day, so a wrap of the tick does no harm; the waits "
     "cannot be configured"},
    {13, "a second call during a call", "tests/unit/test_call.c: test_states_of_the_client",
     "a flag detects it, within one task: tasks that share a client need a lock"},
    {14, "a call before emrs_init", "tests/unit/test_call.c: test_states_of_the_client",
     "a zeroed client is recognised; sizes are asserted at compile time; nothing has to be "
     "closed"},
    /* Clock and entropy */
    {15, "a wall clock that is not set",
     "tests/unit/test_client.c: test_clock_floor" AND BOARD("wrong_clock") AND BOARD("no_time")
         AND BOARD("floor"),
     NULL},
    {16, "a wall clock at the end of its 32 bits, and past it",
     "tests/unit/test_clock.c: test_every_second_against_gmtime", NULL},
    {17, "the wall clock jumps during the call", NULL, NULL},
    {18, "the tick wraps during the call",
     "tests/unit/test_attempts.c: test_the_wrap_changes_nothing" AND RAW("time_wraps"), NULL},
    {19, "refused because of the date, and the answer has the time",
     "tests/unit/test_client.c: test_official_vectors", NULL},
    {20, "refused because of the date, and the answer has no usable time",
     "tests/unit/test_client.c: test_answers_that_do_not_correct_the_clock", NULL},
    {21, "no entropy", TLS_TEST("random_fails") AND BOARD("no_entropy"),
     "a source that returns constants is not detected here: test the source of "
     "your port"},
    {22, "no randomness for the waits", "tests/unit/test_retry.c: test_official_sequences", NULL},
    /* Name and connection */
    {23, "the name does not exist",
     TCP_TEST("names_that_fail") AND COMMAND("unknown_host") AND LWIP("unknown_name")
         AND BOARD("no_name"),
     NULL},
    {24, "the resolver fails, or never answers",
     TCP_TEST("resolver_is_silent") AND LWIP("silent_resolver") AND BOARD("mute_resolver"),
     "silence is TIMEOUT, and phase says in which part"},
    {25, "no address, or none that can be reached", TCP_TEST("names_that_fail") AND RAW("names"),
     NULL},
    {26, "the first of several addresses is dead",
     TCP_TEST("name_with_a_dead_address") AND TCP_TEST("every_address_has_its_share"), NULL},
    {27, "a resolver that answers with the address of this computer",
     TLS_TEST("names") AND COMMAND("refused_port"),
     "a wrong certificate is final; a port where no service listens is tried again, at any "
     "address"},
    {28, "refused, unreachable, link down",
     TCP_TEST("refused") AND TCP_TEST("unreachable") AND RAW("link") AND LWIP("is_refused")
         AND BOARD("closed_port") AND SOCKETS("refused"),
     NULL},
    {29, "no answer to the first packet",
     TCP_TEST("silence") AND RAW("nobody_answers") AND LWIP("silent_address")
         AND COMMAND("connect_timeout") AND SOCKETS("mute"),
     NULL},
    {30, "no socket, no buffer, no memory for one",
     TCP_TEST("no_file_left") AND RAW("no_pcb") AND RAW("every_allocation_fails"), NULL},
    {31, "the link goes down while connecting", RAW("netif_goes") AND RAW("dark"), NULL},
    {32, "the stream fails while it is closed", RAW("close"), NULL},
    {33, "the application gives up, in each state",
     "tests/unit/test_call.c: test_ends_in_every_state" AND
     "tests/unit/test_attempts.c: test_stop_while_waiting" AND COMMAND("interrupted_answer"),
     NULL},
    /* TLS, before the request */
    {34, "an untrusted CA, a self-signed certificate, a missing intermediate certificate",
     TLS_TEST("issuers") AND TLS_PEER("untrusted") AND BOARD("untrusted") AND SOCKETS("judge"),
     NULL},
    {35, "a certificate for another host",
     TLS_TEST("names") AND TLS_TEST("addresses") AND TLS_TEST("common_name_alone")
         AND TLS_PEER("wildcard_depth") AND BOARD("untrusted") AND SOCKETS("judge"),
     NULL},
    {36, "a certificate that has expired, or is not yet valid",
     TLS_TEST("dates") AND TLS_PEER("untrusted") AND BOARD("untrusted") AND SOCKETS("judge"), NULL},
    {37,
     "a chain that is too long, an issuer that is not a CA, not for servers, weak keys and hashes",
     TLS_PEER("untrusted") AND TLS_PEER("weak_curve") AND SOCKETS("judge"), NULL},
    {38, "a certificate message larger than the arena",
     TLS_TEST("ran_out") AND BOARD("small_arena"),
     "mbedTLS may report another error; if the arena ran out, TLS_MEMORY is reported instead"},
    {39, "no common version, no common suite",
     TLS_PEER("old_versions") AND TLS_PEER("old_suites") AND SOCKETS("judge"), NULL},
    {40, "a server of TLS 1.2 that signs with RSA-PSS alone", TLS_PEER("prefers_pss"), NULL},
    {41, "a fatal alert: handshake_failure, unrecognized_name",
     TLS_TEST("alerts_in_the_handshake") AND TLS_PEER("fatal_alert") AND SOCKETS("judge")
         AND BOARD("meet_fault"),
     NULL},
    {42, "the handshake is reset, ends, or fails with internal_error",
     TLS_PEER("handshake_reset") AND TLS_PEER("handshake_cut") AND TLS_TEST("fault_at_every_call")
         AND SOCKETS("judge") AND BOARD("meet_fault"),
     NULL},
    {43, "a flood of warnings or of empty records",
     TLS_TEST("floods_in_the_handshake") AND TLS_TEST("empty_records") AND TLS_TEST(
         "renegotiation_is_declined") AND TLS_PEER("handshake_flood") AND SOCKETS("judge"),
     "without progress the phase ends at its time limit"},
    {44, "silence after each byte of the handshake",
     TLS_PEER("handshake_stall") AND TLS_PEER("handshake_drip") AND LWIP("silent_handshake")
         AND SOCKETS("judge") AND BOARD("meet_fault"),
     NULL},
    {45, "plain HTTP or garbage where TLS should be",
     TLS_PEER("plain_http") AND TLS_PEER("garbage") AND SOCKETS("judge") AND BOARD("meet_fault"),
     NULL},
    {46, "TLS runs out of memory, at each allocation",
     TLS_TEST("memory_ends_anywhere") AND TLS_TEST("ran_out"), NULL},
    {47, "a bit of a record flips",
     TLS_PEER("flipped_bit") AND
     "tests/peer/test_moto.py: through_flipping_relay" AND SOCKETS("judge") AND BOARD("meet_fault"),
     "in the handshake it is final: it looks like a peer without TLS"},
    {48, "TLS messages without application data after the handshake",
     TLS_TEST("session_is_resumed") AND TLS_TEST("short_steps_and_hesitation") AND SOCKETS("judge"),
     "mbedTLS does not support KeyUpdate, and reports a TLS error"},
    {49, "an end without close_notify inside the body",
     TLS_PEER("truncated_body") AND TLS_PEER("truncated_record") AND LWIP("is_cut")
         AND BOARD("cut_answer") AND SOCKETS("judge") AND BOARD("meet_fault"),
     NULL},
    {50, "an end without close_notify after the whole body",
     TLS_PEER("bare_end") AND TLS_TEST("ends") AND SOCKETS("judge") AND BOARD("meet_fault"), NULL},
    {51, "segments and records of one byte",
     TLS_PEER("byte_by_byte") AND LWIP("byte_by_byte") AND SOCKETS("judge") AND BOARD("meet_fault"),
     NULL},
    /* Sending */
    {52, "short writes, and steps without progress",
     TLS_TEST("short_steps_and_hesitation") AND TCP_TEST("signals") AND RAW("small_windows")
         AND SOCKETS("judge"),
     NULL},
    {53, "the peer reads nothing, so the send buffers stay full",
     TCP_TEST("full_buffers") AND RAW("peer_is_slow") AND SOCKETS("judge"), NULL},
    {54, "a reset after each byte of the request",
     TCP_TEST("reset") AND RAW("reset_in_send") AND BOARD("reset") AND SOCKETS("judge")
         AND BOARD("meet_fault"),
     "NONE until the port gets the last window; then the complete request may have been sent"},
    {55, "the peer ends the stream during the request",
     TCP_TEST("send_after_the_peer_closed") AND TCP_TEST("signals") AND SOCKETS("judge"), NULL},
    {56, "an answer before the complete request was sent",
     TLS_TEST("answer_before_the_request") AND RAW("last_words") AND SOCKETS("judge"), NULL},
    {57, "the stream that was kept open is dead",
     "tests/unit/test_attempts.c: test_a_dead_stream_costs_one_reconnect" AND TLS_TEST(
         "a_kept_stream_with_unexpected_data"),
     "the attempt is made again once, and is not counted; after silence it is counted, since "
     "silence does not prove that the stream is dead"},
    {58, "the link goes down right after the last byte",
     RAW("dark") AND TLS_PEER("no_answer") AND BOARD("mute_server") AND SOCKETS("judge")
         AND BOARD("meet_fault"),
     NULL},
    /* Status line and headers */
    {59, "no answer at all, then an end",
     TCP_TEST("nothing_comes") AND LWIP("is_cut") AND SOCKETS("judge") AND BOARD("meet_fault"),
     NULL},
    {60, "not a status line of HTTP/1.1", NULL, NULL},
    {61, "HTTP/1.0, a body to the end of the stream", TLS_PEER("close_delimited"), NULL},
    {62, "empty lines before the status line", NULL, NULL},
    {63, "a bare CR, a bare LF, NUL, a folded line", NULL, NULL},
    {64, "a header without colon, without name, with a blank before its colon", NULL, NULL},
    {65, "a head above its limit", NULL,
     "the limit is 16 KB; below it, headers that are not needed are skipped"},
    {66, "interim answers: one, a flood, 101", NULL, NULL},
    {67, "Content-Length twice", NULL, NULL},
    {68, "a Content-Length that is not a number", NULL, NULL},
    {69, "a Content-Length that is too large for an integer", NULL, NULL},
    {70, "Content-Length and Transfer-Encoding", NULL, NULL},
    {71, "a Transfer-Encoding other than chunked", NULL, NULL},
    {72, "headers in any case, order and spacing", NULL, NULL},
    {73, "a Content-Encoding that was not asked for", NULL, NULL},
    {74, "control bytes in what is kept of an answer", COMMAND("control_bytes"), NULL},
    /* Body and chunks */
    {75, "less body than Content-Length says", TLS_PEER("truncated_body"), NULL},
    {76, "bytes after the answer", NULL, NULL},
    {77, "an error of any size", TLS_PEER("big_error") AND BOARD("big_error"), NULL},
    {78, "200 with nothing that names the job run", NULL, NULL},
    {79, "204 or 304, with a body or without", NULL, NULL},
    {80, "an invalid chunk size", NULL, "a size above the limit of the body is TOO_BIG, and final"},
    {81, "no line end after a chunk", NULL, NULL},
    {82, "chunks of one byte", NULL, NULL},
    {83, "extensions and trailers above the limit of the head", NULL, NULL},
    {84, "an end before the last chunk", NULL, NULL},
    {85, "a byte each second", TLS_PEER("answer_drip") AND LWIP("endless_answer"), NULL},
    {86, "a body without end", NULL, "the limit is 1 MB"},
    /* JSON */
    {87, "JSON that ends early, or goes on", NULL, NULL},
    {88, "JSON that is not an object", NULL, NULL},
    {89, "JSON that is too deep; thousands of tokens", NULL,
     "too deep is retried: it may be a broken answer, and cancelling twice is safe; the number of "
     "tokens has no limit"},
    {90, "an id twice", NULL, "retried, as in row 89"},
    {91, "an id that is a number, null, an object, or too long", NULL, "retried, as in row 89"},
    {92, "ids written with escapes", NULL, NULL},
    {93, "bad UTF-8, bad escapes, lone surrogates, control bytes, BOM", NULL, NULL},
    {94, "what a lenient parser accepts", NULL, NULL},
    {95, "ids of another job run", NULL, NULL},
    /* The service, and proxies before it */
    {96, "the error's name and message in each of their places",
     "tests/unit/test_errors.c: test_where_the_name_is_found" AND COMMAND("service_error"), NULL},
    {97, "invalid request, not found, conflict", "tests/peer/test_moto.py: unknown_job", NULL},
    {98, "no permission, no valid credentials",
     "tests/peer/test_moto.py: wrong_secret" AND
     "tests/peer/test_moto.py: wrong_token" AND BOARD("wrong_secret"),
     "after ExpiredToken the port is asked for fresh ones, once per set of credentials: row 107"},
    {99, "too many requests", "tests/unit/test_retry.c: test_official_sequences",
     "429 without an error name is UNKNOWN: a proxy may have sent it"},
    {100, "500, 502, 503, 504", "tests/unit/test_retry.c: test_classes", NULL},
    {101, "501, 505, any other 5xx", "tests/unit/test_retry.c: test_classes", NULL},
    {102, "a wait that is huge, negative, or a date",
     "tests/unit/test_retry.c: test_official_sequences",
     "x-amz-retry-after, in ms, adds 5 s at most; Retry-After is ignored: the service does not "
     "send it"},
    {103, "a proxy's or captive portal's page with status 200", COMMAND("page"),
     "an answer with both ids is accepted with any Content-Type"},
    {104, "a redirect", NULL,
     "UNKNOWN: only an error in the service's format proves that nothing was done"},
    {105, "an answer of a proxy: 401, 407, 408", COMMAND("exits"),
     "UNKNOWN, except a 401 in the service's format: a proxy may answer after the service did "
     "its work; 408 is SERVICE, and is tried again"},
    {106, "after an attempt with an unknown effect, the next one gets a validation error",
     "tests/unit/test_attempts.c: test_unknown_then_refused_stays_unknown",
     "UNKNOWN with probably_ended: it is likely, not proved"},
    {107, "the credentials expire between attempts",
     "tests/unit/test_attempts.c: test_renewed_credentials" AND
     "tests/unit/test_attempts.c: test_many_expiries_in_one_call",
     NULL},
    {108, "attempts or deadline are used up",
     "tests/unit/test_attempts.c: test_throttled_to_the_end_is_refused", NULL},
    {109, "the power fails between request and answer", NULL,
     "nothing is remembered: the next call is a new one, and cancelling twice is safe"},
    /* Seen in practice */
    {110, "the peer closes after each answer and does not announce it",
     "tests/unit/test_attempts.c: test_each_attempt_has_a_free_reconnect" AND
     "tests/unit/test_attempts.c: test_the_last_answer_is_kept_over_a_dead_stream" AND SOCKETS(
         "closes_after_each"),
     "each attempt is made again on a new stream, once and at no cost, so only the answers decide "
     "how the call ends"},
    {111, "a fresh stream holds an answer before the request was sent",
     "tests/unit/test_call.c: test_the_first_window_is_not_the_last" AND TLS_TEST(
         "a_fresh_stream_with_unexpected_data"),
     "the port checks before the first byte; nothing was sent"},
    {112, "4xx with a name that says that the work failed or was abandoned; 499",
     "tests/unit/test_call.c: test_every_answer_in_any_pieces" AND
     "tests/unit/test_effect.c: test_errors_that_refuse_nothing",
     "UNKNOWN: the work may have been done; tried again like a 5xx"},
    {113, "a chain that is costly to check",
     TLS_TEST("cost_of_a_chain") AND TLS_PEER("costly") AND BOARD("costly") AND COMMAND("costly")
         AND COMMAND("held"),
     "refused before it is checked, except with a distribution's mbedTLS 3.6: there a timer of the "
     "command ends it"},
    {114, "the peer resets while its bad chain is being checked",
     TLS_TEST("a_fault_before_a_reset"),
     "the fault that mbedTLS found is reported, not the end of the stream after it"},
    {115, "a handshake message in several records", TLS_TEST("a_handshake_message_in_pieces"),
     "mbedTLS before 3.6.3 cannot read it"},
    {116, "the server requires a client certificate",
     TLS_TEST("a_client_certificate_is_required") AND TLS_PEER("client_certificate"),
     "UNKNOWN with TLS 1.3, which reports it only after the request"},
    {117, "a certificate that cannot be parsed, an unknown critical extension",
     TLS_TEST("a_certificate_that_cannot_be_read"), NULL},
    {118, "a CA in the bundle that cannot be read; a bundle that is not a file",
     COMMAND("trust") AND COMMAND("trust_in_part"), "the others of the bundle are used"},
    {119, "two clients on one stream; emrs_init again with a kept stream or during a call",
     "tests/unit/test_call.c: test_init_during_a_call_ends_it" AND
     "tests/unit/test_call.c: test_moves_name_the_client_whose_stream_it_is" AND TLS_TEST(
         "two_clients_of_one_stream") AND TCP_TEST("no_byte_for_another_owner")
         AND RAW("no_byte_for_another_owner"),
     "for another owner the stream fails like a dead one; emrs_init ends the call"},
    {120, "an empty Content-Encoding", NULL, "an empty list names no encoding"},
    {121, "stderr that is not read, a file too large, no /dev/null, SIGHUP, SIGINT ignored",
     COMMAND("debug_unread") AND COMMAND("file_limit") AND COMMAND("no_null")
         AND COMMAND("signalled") AND COMMAND("ignored"),
     "the effect is reported"},
    {122, "entropy that blocks; a resolver without memory",
     TLS_TEST("random_later") AND "tests/unit/test_entropy.c: test_entropy", NULL},
    {123, "access key id and secret swapped; quotes, NAME=, commas in the id",
     ID_TEST("start_names_wrong_credentials") AND COMMAND("credentials"),
     "nothing of it is sent or printed"},
    {124, "a label or a count in the environment that is out of range",
     COMMAND("warned") AND COMMAND("nearest_attempts"),
     "the command warns, and takes the nearest value; the library refuses a label that is too "
     "long"},
    {125, "the clock is set between two calls of one client",
     "tests/unit/test_client.c: test_what_was_learnt_is_void_once_the_clock_is_set", NULL},
    {126, "a hash engine that fails",
     "tests/unit/test_engine.c: test_every_step_may_fail" AND
     "tests/unit/test_engine.c: test_a_call_ends_before_it_sends",
     "nothing is signed or sent"},
    {127, "a port that reports more bytes than its window has; a start during a call",
     "tests/unit/test_call.c: test_a_port_that_miscounts_is_stopped" AND
     "tests/unit/test_call.c: test_a_busy_client_says_so_in_the_result",
     NULL},
    {128, "the source of the credentials fails, is late, or removes the old ones",
     "tests/unit/test_attempts.c: test_credentials_before_an_attempt" AND
     "tests/unit/test_attempts.c: test_a_failed_renewal_may_end_the_old_ones",
     "old ones are used while they are valid, and the source is asked again after a minute"},
};
