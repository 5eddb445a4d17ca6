#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes several calls of one client, and counts the connections and the full handshakes.

    test_calls.py CALLER_BINARY

nginx counts the connections that it accepts, and logs the requests on each. A server of ours does what nginx
never does. Prints one line per case (`ok - name`, `not ok - name: detail`), and figures as `# ...`.
"""
from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import nginx  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from calling import BUILD_S, RUN_S, Call, Caller, tls  # noqa: E402
from tap import Skipped, want  # noqa: E402
from tls_server import (  # noqa: E402
    GOOD, Peer, Script, Seen, Server, answers, signed_at, skewed,
)

WORKERS = 4

CASES = tap.Cases()


@dataclass(frozen=True)
class Bench(Caller):
    folder: Path

    def nginx(self, manners: str = "") -> nginx.Server:
        if nginx.program() is None:
            raise Skipped("no nginx here")
        folder = self.folder / f"nginx-{time.monotonic_ns()}"
        folder.mkdir()
        return nginx.Server(folder, self.ec.leaf("good"), manners)

    @property
    def versions(self) -> tuple[str, ...]:
        """ret: the TLS versions that this caller's mbedTLS supports, with nginx's names"""
        with self.nginx() as server:
            self.call("tls=13", server.url)
        return ("TLSv1.2", "TLSv1.3") if server.requests[0].version == "TLSv1.3" else ("TLSv1.2",)


def want_accepted(calls: list[Call], count: int) -> None:
    """Checks that all calls were accepted, each with its first attempt."""
    want(len(calls) == count, f"{count} calls", calls)
    for call in calls:
        want((call.code, call.effect, call.attempts, call.status) == ("ok", "ACCEPTED", 1, 200), "accepted", calls)


def want_counted(server: nginx.Server, *numbers: int) -> None:
    """in: numbers: how many requests each connection must have had"""
    want(server.accepts == len(numbers), f"{len(numbers)} connections", (server.accepts, server.requests))
    want([each.number for each in server.requests] == [n for most in numbers for n in range(1, most + 1)],
         f"requests {numbers}", server.requests)  # fmt: skip
    for each in server.requests:
        want((each.method, each.status) == ("DELETE", 200), "DELETE, 200", each)
        want(each.path == "/applications/00app1/jobruns/00run1", "the job run's path", each)


# Streams that are kept


@CASES.case("five calls with keep_stream: one connection with five requests")
def kept(bench: Bench) -> None:
    for version in bench.versions:
        with bench.nginx() as server:
            calls = bench.call("keep=1", "calls=5", tls(version), server.url)
        want_accepted(calls, 5)
        want([(call.dials, call.hangs) for call in calls] == [(1, 0)] + [(0, 0)] * 4, "one connection", calls)
        want_counted(server, 5)
        want(all(each.version == version for each in server.requests), version, server.requests)


@CASES.case("five calls without keep_stream: five connections, and without keep_session none is resumed")
def not_kept(bench: Bench) -> None:
    with bench.nginx() as server:
        calls = bench.call("calls=5", server.url)
    want_accepted(calls, 5)
    want([(call.dials, call.hangs) for call in calls] == [(1, 1)] * 5, "one connection and one close per call", calls)
    want_counted(server, 1, 1, 1, 1, 1)
    want(all(each.resumed == "." for each in server.requests), "no resumption", server.requests)


@CASES.each("keep_session: all handshakes but the first are resumed", [
    ("by tickets", "ssl_session_tickets on;"),
    ("by session ids, in TLS 1.2", "ssl_session_tickets off;"),
])  # fmt: skip
def resumed(bench: Bench, manners: str) -> str:
    versions = bench.versions if " on;" in manners else ("TLSv1.2",)
    for version in versions:
        with bench.nginx(manners) as server:
            calls = bench.call("sessions=1", "calls=4", tls(version), server.url)
        want_accepted(calls, 4)
        want_counted(server, 1, 1, 1, 1)
        want([each.resumed for each in server.requests] == [".", "r", "r", "r"],
             "all handshakes but the first resumed", server.requests)
        want(all(each.version == version for each in server.requests), version, server.requests)
    return f"resumed in {' and '.join(versions)}"


@CASES.case("the server allows two requests per connection and says so: then a new connection, and no request is lost")
def said_close(bench: Bench) -> None:
    with bench.nginx("keepalive_requests 2;") as server:
        calls = bench.call("keep=1", "calls=5", server.url)
    want_accepted(calls, 5)
    want([(call.dials, call.hangs) for call in calls] == [(1, 0), (0, 1), (1, 0), (0, 1), (1, 0)],
         "two requests per connection", calls)
    want(len({call.sent for call in calls}) == 1, "the same number of bytes sent by each call", calls)
    want_counted(server, 2, 2, 1)


@CASES.case("the server closes between two calls: each call connects again, which counts as no attempt")
def hung_up(bench: Bench) -> None:
    with bench.nginx("keepalive_timeout 1s;") as server:
        calls = bench.call("keep=1", "calls=3", "pause-ms=5000", server.url)
    want_accepted(calls, 3)  # with one attempt each, and only one is allowed
    want([(call.dials, call.hangs) for call in calls] == [(1, 0), (1, 1), (1, 1)],
         "one close and one connection per call", calls)
    first, *others = (call.sent for call in calls)
    want(all(first <= sent <= 2 * first for sent in others), "each request sent twice at most", calls)
    want_counted(server, 1, 1, 1)


@CASES.case("after idle_timeout_ms a stream is closed before anything is sent on it")
def idle(bench: Bench) -> None:
    with bench.nginx() as server:
        calls = bench.call("keep=1", "calls=3", "idle-ms=300", "pause-ms=500", server.url)
    want_accepted(calls, 3)
    want([(call.dials, call.hangs) for call in calls] == [(1, 0), (1, 1), (1, 1)],
         "a close before each connection", calls)
    want(len({call.sent for call in calls}) == 1, "the same number of bytes sent by each call", calls)
    want_counted(server, 1, 1, 1)


@CASES.case("another host, or TLS initialised again: a new connection, and no session is resumed")
def changed(bench: Bench) -> None:
    with bench.nginx() as server:
        other = server.url.replace("localhost", certs.BOARD_NAME)
        calls = bench.call("keep=1", "sessions=1", server.url, server.url, other, f"ca={bench.ec.ca}", other)
    want_accepted(calls, 4)
    want_counted(server, 1, 1, 1, 1)
    want([each.resumed for each in server.requests] == [".", "r", ".", "."],
         "only the second handshake resumed", server.requests)
    want([each.name for each in server.requests] == ["localhost"] * 2 + [certs.BOARD_NAME] * 2, "SNI", server.requests)


@CASES.case("a CA that is no longer trusted: its server's connection is not kept, and its session not resumed")
def distrusted(bench: Bench) -> None:
    with bench.nginx() as server:
        calls = bench.call("keep=1", "sessions=1", server.url, f"ca={bench.rsa.ca}", server.url)
    want_accepted(calls[:1], 1)
    want((calls[1].code, calls[1].effect, calls[1].reason) == ("CERTIFICATE", "NONE", "ISSUER"), "refused", calls)
    want(server.accepts == 2 and len(server.requests) == 1, "one request", (server.accepts, server.requests))


# What nginx never does


def each_by(*turns: Script) -> Script:
    """Plays one script per request, on any connection."""
    left = list(turns)

    def script(peer: Peer) -> None:
        peer.shake()
        while left:
            peer.seen.request = b""
            peer.read_request()
            left.pop(0)(peer)

    return script


def says(answer: bytes) -> Script:
    return lambda peer: peer.say(answer)


def meet(bench: Bench, script: Script, *words: str, leaf: str = "good") -> tuple[list[Call], list[Seen]]:
    with Server(script, certs.server_context(bench.ec.leaf(leaf))) as server:
        calls = bench.call(*words, server.url)
    return calls, server.seen


@CASES.each("a stream is not used again after", [
    ("bytes after the answer", GOOD + b"more"),
    ("a second answer after the first", GOOD + GOOD),
    ("an empty line after the answer", GOOD + b"\r\n"),
    ("Connection: close", GOOD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")),
    ("HTTP/1.0", GOOD.replace(b"HTTP/1.1", b"HTTP/1.0")),
])  # fmt: skip
def poisoned(bench: Bench, answer: bytes) -> None:
    calls, seen = meet(bench, each_by(says(answer), says(GOOD)), "keep=1", "calls=2")
    want_accepted(calls, 2)
    want(len(seen) == 2 and [call.hangs for call in calls] == [1, 0], "two connections", (calls, len(seen)))


@CASES.case("the control: after a good answer the stream is used again")
def clean(bench: Bench) -> None:
    calls, seen = meet(bench, each_by(says(GOOD), says(GOOD)), "keep=1", "calls=2")
    want_accepted(calls, 2)
    want(len(seen) == 1 and [call.hangs for call in calls] == [0, 0], "one connection", (calls, len(seen)))


BUSY = (b"HTTP/1.1 400 Bad Request\r\nx-amzn-ErrorType: ValidationException\r\n"
        b"Content-Length: 2\r\n\r\n{}")


@CASES.each("data that comes between two calls is not the answer to the second call", [
    ("a refusal", says(BUSY)), ("an acceptance", says(GOOD)), ("a byte", says(b"x")),
    ("close_notify", Peer.notify), ("a bare end", Peer.end),
])  # fmt: skip
def unasked(bench: Bench, speech: Script) -> None:
    def speak(peer: Peer) -> None:
        peer.say(GOOD)
        time.sleep(0.1)
        speech(peer)

    calls, seen = meet(bench, each_by(speak, says(GOOD)), "keep=1", "calls=2", "pause-ms=3000")
    want_accepted(calls, 2)
    want(len(seen) == 2 and calls[1].sent == calls[0].sent, "a new connection, one request", (calls, len(seen)))


@CASES.each("a kept stream ends after the next request was sent on it: the client connects again, no attempt counted", [
    ("by a bare end", Peer.end), ("by close_notify", Peer.notify), ("by a reset", Peer.reset),
])  # fmt: skip
def dead(bench: Bench, die: Script) -> None:
    def end(peer: Peer) -> None:
        die(peer)
        raise OSError("the stream ends")

    calls, seen = meet(bench, each_by(says(GOOD), end, says(GOOD)), "keep=1", "calls=2")
    want_accepted(calls, 2)
    want(len(seen) == 2 and calls[1].sent == 2 * calls[0].sent, "the request sent twice", (calls, len(seen)))


# A device without a clock


@CASES.case("no clock, with clock_floor: the Date of the first answer is the time of the second signature")
def floor(bench: Bench) -> None:
    calls, seen = meet(bench, each_by(says(skewed(0)), says(GOOD)), "utc=0", "floor=1", "attempts=2")
    want((calls[0].code, calls[0].effect, calls[0].attempts) == ("ok", "ACCEPTED", 2), "accepted", calls)
    want(abs(signed_at(seen[0].request) - time.time()) < RUN_S, "the server's time", seen[0].request)


@CASES.each("no clock, with clock_floor", [
    ("a certificate that expired before the build is never accepted", "ended-long-ago", "NONE", 0),
    ("a certificate that expired after the build is accepted until the time is known", "expired", "REFUSED", 1),
])  # fmt: skip
def floor_dates(bench: Bench, leaf: str, effect: str, requests: int) -> None:
    told = answers(skewed(0, "Connection: close"))
    calls, seen = meet(bench, told, "utc=0", "floor=1", "attempts=2", leaf=leaf)
    want((calls[0].code, calls[0].effect, calls[0].reason) == ("CERTIFICATE", effect, "EXPIRED"), "refused", calls)
    dates = [signed_at(each.request) for each in seen if each.request]
    want(dates == [BUILD_S] * requests, f"{requests} requests, with the build date", dates)


@CASES.case("no clock, without clock_floor: no connection is made")
def no_floor(bench: Bench) -> None:
    calls, seen = meet(bench, answers(), "utc=0", "attempts=2")
    want((calls[0].code, calls[0].effect, calls[0].dials) == ("CLOCK", "NONE", 0), "CLOCK, without a connection", calls)
    want(seen == [], "no connection", seen)


def run(binary: str) -> bool:
    with running.scratch("calls") as folder:
        bench = Bench(binary, certs.Authority(folder, "ec"), certs.Authority(folder, "rsa"), folder)
        return CASES.run(bench, WORKERS)


if __name__ == "__main__":
    tap.main("test_calls.py CALLER_BINARY", run)
