#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays the rows of the fault matrix (tests/FAULTS.md) that are about TCP and TLS, on real sockets.

    test_faults.py CALLER_BINARY [SETTING]      SETTING: one of caller.c, for example tls=13

As on the simulated stream (tests/faults), each fault is met by a call with one attempt, by the first of
three attempts, and by all three. Prints one line per case (`ok - row 42: ...`, `not ok - row 42: ...:
detail`), and how many triples of error class, retry and effect it checked.
"""
from __future__ import annotations

import contextlib
import re
import socket
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from calling import Call, Caller  # noqa: E402
from faults import FAULTS, Fault  # noqa: E402
from tap import want  # noqa: E402
from tls_server import Peer, Seen, Server, answers, answers_by, http  # noqa: E402

WORKERS = 4
CASES = tap.Cases()


@dataclass(frozen=True)
class Bench(Caller):
    settings: tuple[str, ...]


def play(bench: Bench, fault: Fault, faulty: int, attempts: int) -> tuple[Call, list[Seen]]:
    """Makes one call. The first `faulty` connections meet the fault, the later ones a good server."""
    context = fault.context(getattr(bench, fault.kind).leaf(fault.leaf))
    come = iter(range(1000))

    def script(peer: Peer) -> None:
        (fault.script if next(come) < faulty else answers())(peer)

    with Server(script, context) as server:
        words = (f"attempts={attempts}", *bench.settings, *fault.settings, server.url)
        calls = bench.call(*words, ca=getattr(bench, fault.kind).ca)
    want(len(calls) == 1, "one call", calls)
    return calls[0], server.seen


def want_end(call: Call, code: str, effect: str, attempts: int) -> None:
    want((call.code, call.effect, call.attempts) == (code, effect, attempts), f"{code}, {effect}, {attempts}", call)


def judge(bench: Bench, fault: Fault) -> None:
    call, seen = play(bench, fault, 1, 1)
    want_end(call, fault.code, fault.effect, 1)
    want(len(seen) == 1, "one connection", seen)
    if fault.effect == "NONE":
        want(not seen[0].request.endswith(b"\r\n\r\n"), "no complete request at the server", seen[0].request[-80:])
    call, seen = play(bench, fault, 1, 3)
    if fault.retry:
        want_end(call, "ok", "ACCEPTED", 2)
    else:
        want_end(call, fault.code, fault.effect, 1)
    want(len(seen) == 1 + fault.retry, "as many connections as attempts", seen)
    call, seen = play(bench, fault, 3, 3)
    want_end(call, fault.code, fault.effect, 3 if fault.retry else 1)
    want(len(seen) == call.attempts, "as many connections as attempts", seen)


for fault in FAULTS:
    CASES.add(fault.title, lambda bench, fault=fault: judge(bench, fault))


@CASES.case("tests/FAULTS.md has the rows of this test, with the same error, retry and effect")
def matrix(_bench: Bench) -> None:
    text = (Path(__file__).parents[1] / "FAULTS.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")] for line in text.splitlines() if re.match(r"\| \d", line)]
    named = {int(row[1]) for row in rows if "test_faults.py: judge" in row[7]}
    want(named == {fault.row for fault in FAULTS}, "the same rows", named)
    for fault in FAULTS:
        told = rows[fault.row - 1][3:6]
        retry = "-" if fault.code == "ok" else "yes" if fault.retry else "never"
        said = (fault.code, retry, fault.effect)
        want(all(part in cell.split(", ") for part, cell in zip(said, told)), f"{fault.title}: {said}", told)


# Faults that take more than one attempt


def busy(end: str) -> Fault:
    """The server answers 429 and ends the connection, without `Connection: close`."""

    def say(peer: Peer) -> None:
        peer.say(http("429 Slow", b'{"message":"m"}', "x-amzn-ErrorType: ThrottlingException"))
        getattr(peer, end)()

    return Fault(110, "", answers_by(say), "THROTTLED", True, "REFUSED")


@CASES.case("row 110: the server closes after each answer and does not announce it: no attempt is lost")
def closes_after_each(bench: Bench) -> None:
    for end in ("end", "notify"):
        for faulty, code in ((2, "ok"), (3, "THROTTLED")):
            call, seen = play(bench, busy(end), faulty, 3)
            want((call.code, call.attempts) == (code, 3), f"{code}, 3", call)
            want(len(seen) == 3, "three connections", seen)
            # UNKNOWN if the end came after the next request: the server may have processed it
            want(call.effect == "ACCEPTED" if code == "ok" else call.effect in ("REFUSED", "UNKNOWN"), "the right effect", call)


# No server answers


@contextlib.contextmanager
def full_port() -> Iterator[int]:
    """A port that answers no SYN: its queue is full."""
    with contextlib.ExitStack() as stack:
        queue = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(queue.getsockname())
        yield queue.getsockname()[1]


@CASES.case("row 28: nobody listens")
def refused(bench: Caller) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        url = f"https://localhost:{holder.getsockname()[1]}"
        for attempts in (1, 3):
            (call,) = bench.call(f"attempts={attempts}", url)
            want_end(call, "CONNECT", "NONE", attempts)


@CASES.case("row 29: nobody answers the first packet (SYN)")
def mute(bench: Caller) -> None:
    with full_port() as port:
        for attempts in (1, 3):
            (call,) = bench.call(f"attempts={attempts}", "silence-ms=1500", f"https://localhost:{port}")
            want_end(call, "TIMEOUT", "NONE", attempts)


def run(binary: str, *settings: str) -> bool:
    warnings.simplefilter("ignore", DeprecationWarning)
    with running.scratch("faults") as folder:
        bench = Bench(binary, certs.Authority(folder, "ec"), certs.Authority(folder, "rsa"), settings)
        good = CASES.run(bench, WORKERS)
    rows = {fault.row for fault in FAULTS} | {28, 29, 110}
    tap.note(f"{3 * len(FAULTS) + 8} triples of error class, retry and effect checked in {len(rows)} rows")
    return good


if __name__ == "__main__":
    tap.main("test_faults.py CALLER_BINARY [SETTING]", run)
