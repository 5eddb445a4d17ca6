#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Cuts the power of a board during guard, cancellation and wait, and boots it again with the same settings.

    test_power_cut.py TRUST_FOLDER IMAGE...

Each IMAGE is a test image that can look (`.looks` in board.mk). The emulator is killed at a moment of the protocol
that a server of the tests sees. The board keeps nothing: its second run must end with the right result, and what both
runs said must agree with the service's record. Prints one line per case (`ok - name`, `not ok - name: detail`).
"""
from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

sys.dont_write_bytecode = True

import console  # noqa: E402
import device  # noqa: E402
import job_runs  # noqa: E402
import metadata  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from emr_serverless import CANARY, CLOSE, GO_ON, Fault  # noqa: E402
from tap import want  # noqa: E402
from test_board import Bench, run_cases  # noqa: E402
from test_board_stop import GUARD, WAIT, Emr, by_certificate  # noqa: E402

CASES = tap.Cases()


class Boot:
    """One boot of the board, whose power can be cut from any thread."""

    def __init__(self, bench: Bench, around: device.Surroundings):
        self._board = device.Board(bench.image, around)
        self._started = threading.Event()
        self.was_cut = False
        self.served_by: threading.Thread | None = None  # the service's thread that cut the power

    def cut(self) -> None:
        """Returns when the emulator is dead, so that the board does nothing after this moment."""
        self._started.wait(device.RUN_S)
        self._process.kill()
        self._process.wait()
        self.was_cut = True

    def run(self, emr: Emr, settings: dict[str, str]) -> tuple[int, str]:
        """ret: the exit code, and what the console said until the end"""
        with running.scratch("cut") as folder, device.credentials_file(folder, emr.session) as path:
            command = self._board.command({"credentials": str(path), **settings})
            self._process = subprocess.Popen(
                command, env=running.environment(), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
            )
            self._started.set()
            try:
                _, said = self._process.communicate(timeout=device.RUN_S)
            finally:
                self._process.kill()
        want(not emr.session.leak(said) and CANARY not in said, "no secret on the console", said)
        return self._process.returncode, said


@dataclass(frozen=True)
class Cut:
    """A fault of the service that cuts the power; `name` says what the server sees."""

    name: str
    fault: Fault | None = None
    guard: dict[str, str] = field(default_factory=lambda: GUARD)
    away_s: float = 0  # until the second boot, on the service's clock


def at(name: str, moment: str, then: str = GO_ON, operation: str = "", skip: int = 0, **options: object) -> Cut:
    return Cut(name, Fault(moment, then, operation, skip=skip), **options)


# With GO_ON the service reads and does what the board sent before the cut; with CLOSE that is lost.
CUTS = (
    at("a connection is accepted, no byte is there", "accepted"),
    at("in the TLS handshake", "hello"),
    at("the handshake is over, no byte of a request is there", "shaken"),
    at("between the windows of the guard's look", "partial"),
    at("the guard's look is whole and unanswered", "whole", operation="GetJobRun"),
    at("the guard's look is answered, no cancellation is there", "answered", operation="GetJobRun"),
    at("between the windows of the cancellation, and the rest is lost", "partial", CLOSE, skip=1),
    at("between the windows of a cancellation without a guard", "partial", guard={}),
    at("the cancellation is whole, and lost", "whole", CLOSE, "CancelJobRun"),
    at("the cancellation is whole, and done later", "whole", operation="CancelJobRun", guard={}),
    at("the cancellation is done, and no byte of the answer is sent", "done", operation="CancelJobRun"),
    at("half of the cancellation's answer is sent", "answering", CLOSE, "CancelJobRun"),
    at("the cancellation is answered, no look is there", "answered", operation="CancelJobRun"),
    at("the cancellation without a guard is answered, no look is there", "answered", operation="CancelJobRun", guard={}),
    at("the cancellation is answered, and the power is back when the job run is over", "answered",
       operation="CancelJobRun", away_s=3600),
    at("the cancellation without a guard is done, and the power is back when the job run is over", "done",
       operation="CancelJobRun", guard={}, away_s=3600),
    at("a look is whole and unanswered", "whole", operation="GetJobRun", skip=1),
    at("in the answer to a look", "answering", operation="GetJobRun", skip=1),
    at("an answer with CANCELLING is sent", "answered", operation="GetJobRun", skip=1),
    at("in the answer with CANCELLED", "answering", CLOSE, "GetJobRun", skip=2),
    at("the answer with CANCELLED is sent", "answered", operation="GetJobRun", skip=2),
)


def want_true(said: str, emr: Emr, run: job_runs.Run, before: int) -> console.Said:
    """What the board said since `before` must agree with the record."""
    found = console.read(said)
    wrong = console.contradictions(found, emr, run, emr.seen()[before:])
    want(not wrong, "nothing that the record contradicts", (wrong, said))
    return found


def boot_and_cut(bench: Bench, emr: Emr, run: job_runs.Run, settings: dict[str, str],
                 arm: Callable[[Boot, device.Surroundings], None]) -> None:  # fmt: skip
    """The first boot, up to the moment that `arm` has prepared."""
    with device.Surroundings() as around:
        boot = Boot(bench, around)
        arm(boot, around)
        code, said = boot.run(emr, settings)
    want(boot.was_cut, "the moment to come", (code, said, emr.seen()))
    if boot.served_by:
        boot.served_by.join()  # a request that the board had sent is done by now, or never
    want_true(said, emr, run, 0)


def boot_again(bench: Bench, emr: Emr, run: job_runs.Run, settings: dict[str, str]) -> None:
    before = len(emr.seen())
    with device.Surroundings() as around:
        code, said = Boot(bench, around).run(emr, settings)
    found = want_true(said, emr, run, before)
    want((code, found.outcome) == (0, "over"), "exit 0, over", (code, said))
    want(emr.state(run) == "CANCELLED", "CANCELLED", emr.history(run))
    did = [event.what for event in emr.history(run) if event.what in ("cancel", "ignored", "timeout")]
    want(did.count("cancel") == 1 and "timeout" not in did, "one cancellation that did something", did)
    want(not emr.faults, "no fault left", emr.faults)


@CASES.each("its power is cut", [(cut.name, cut) for cut in CUTS])
def power_cut(bench: Bench, cut: Cut) -> None:
    fault = cut.fault
    with Emr(bench) as emr:
        run = emr.new()
        settings = emr.settings(run, **cut.guard, **WAIT)

        def arm(boot: Boot, _: device.Surroundings) -> None:
            def strike() -> None:
                boot.served_by = threading.current_thread()
                boot.cut()

            emr.faults.append(Fault(fault.at, fault.then, fault.operation, strike, fault.skip))

        boot_and_cut(bench, emr, run, settings, arm)
        emr.clock.advance(cut.away_s)
        boot_again(bench, emr, run, settings)


@CASES.case("its power is cut: the DNS query for the service is there, no SYN is there")
def no_syn(bench: Bench) -> None:
    with Emr(bench) as emr:
        run = emr.new()
        settings = emr.settings(run, **GUARD, **WAIT)

        def arm(boot: Boot, around: device.Surroundings) -> None:
            def answer(_: bytes) -> bytes:
                boot.cut()
                return b""

            around.names.answer = answer

        boot_and_cut(bench, emr, run, settings, arm)
        want(emr.connections == 0, "no connection", emr.connections)
        boot_again(bench, emr, run, settings)


@CASES.case("its power is cut: the credentials provider is asked, the service is not")
def no_credentials(bench: Bench) -> None:
    with Emr(bench) as emr, by_certificate(bench, emr) as (source, by):
        run, gives = emr.new(), source.rule
        settings = emr.settings(run, **by)

        def arm(boot: Boot, _: device.Surroundings) -> None:
            def rule(request: metadata.Request) -> bytes | None:
                boot.cut()
                source.rule = gives
                return gives(request)

            source.rule = rule

        boot_and_cut(bench, emr, run, settings, arm)
        want(emr.connections == 0, "no connection", emr.connections)
        boot_again(bench, emr, run, settings)


def test(trust: str, *images: str) -> bool:
    return run_cases(CASES, "power-cut", Path(trust), images, {})


if __name__ == "__main__":
    tap.main("test_power_cut.py TRUST_FOLDER IMAGE [IMAGE]", test)
