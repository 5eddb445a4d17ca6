#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests guard, cancellation and wait of the images that can look, against our EMR Serverless.

    test_board_stop.py TRUST_FOLDER IMAGE...

Each IMAGE is a test image that can look (`.looks` in board.mk). All that a console prints is compared with the
service's record. Prints one line per case (`ok - name`, `not ok - name: detail`), and figures as `# ...`.
"""
from __future__ import annotations

import contextlib
import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import console  # noqa: E402
import device  # noqa: E402
import emr_serverless  # noqa: E402
import job_runs  # noqa: E402
import metadata  # noqa: E402
import tap  # noqa: E402
import test_board  # noqa: E402
from emr_serverless import CANARY, CLOSE, Fault  # noqa: E402
from running import Answer  # noqa: E402
from tap import want  # noqa: E402
from test_board import Bench, marks, run_cases  # noqa: E402

NAME, TAG = "etl", ("gateway", "gateway-17")
GUARD = {"expect-name": NAME, "expect-tag": "=".join(TAG)}
WAIT = {"wait": "1", "wait-ms": "280000"}  # a limit that is reached only if something is wrong
LONG_MS = "120000"
HUGE_SIZE = 2_000_000
# The limits of all RAM, by the kind of the servers' chains, for credentials over mutual TLS, a look, the cancellation
# and the wait.
RAM_MOST = {"lm3s6965evb-iot": {"rsa": 56 * 1024}}
CASES = tap.Cases()


class Emr(emr_serverless.Service):
    """The service, with four certificates. Its clock moves 30 s at each request, and job runs take 40 s to stop. So the
    first look after a cancellation gets CANCELLING, and the second CANCELLED."""

    def __init__(self, bench: Bench, kind: str = "rsa"):
        super().__init__(bench.authority(kind), "four", request_s=30)

    def new(self, **options: object) -> job_runs.Run:
        return self.start(**{"name": NAME, "tags": dict([TAG]), "mode": "STREAMING", "hooks_s": 40, **options})

    def settings(self, run: job_runs.Run, **more: str) -> dict[str, str]:
        return {"endpoint": device.url(self.port), "application-id": run.application_id,
                "job-run-id": run.job_run_id, "timeout-ms": LONG_MS, **more}  # fmt: skip


def judge(bench: Bench, emr: Emr, run: job_runs.Run, **settings: str) -> tuple[Answer, console.Said]:
    """Runs the board. All that it prints must agree with the record."""
    before = len(emr.seen())
    answer = bench.run(emr.settings(run, **settings), emr.session)
    said = console.read(answer.stdout)
    wrong = console.contradictions(said, emr, run, emr.seen()[before:])
    want(not wrong, "nothing that the record contradicts", (wrong, answer.stdout))
    want(CANARY not in answer.stdout, "nothing of the job driver", answer.stdout)
    return answer, said


def want_end(answer: Answer, said: console.Said, code: int, outcome: str, *words: str) -> None:
    want((answer.code, said.outcome) == (code, outcome), f"exit {code}, {outcome}", answer)
    for word in words:
        want(word in answer.stdout, f"'{word}'", answer.stdout)


def want_cancels(emr: Emr, count: int) -> None:
    want(len(emr.seen("CancelJobRun")) == count, f"{count} cancellations", emr.seen())


@CASES.case("guard, cancellation, wait: ends with CANCELLED; each state, effect and request id agrees with the record")
def all_three(bench: Bench) -> None:
    with Emr(bench) as emr:
        run = emr.new()
        answer, said = judge(bench, emr, run, **GUARD, **WAIT)
        want_end(answer, said, 0, "over")
        want([state for state, _ in said.states] == ["RUNNING", "CANCELLING", "CANCELLED"],
             "RUNNING, CANCELLING, CANCELLED", said)
        want(said.effect == "accepted" and said.cancel_id and said.look_id == said.states[-1][1],
             "the request ids of the cancellation and the last look", said)
        want_cancels(emr, 1)


@CASES.case("a guard without a wait: accepted, and one look")
def no_wait(bench: Bench) -> None:
    with Emr(bench) as emr:
        answer, said = judge(bench, emr, emr.new(), **GUARD)
        want_end(answer, said, 0, "stopping", "Next: Look at the job run until it is over")
        want(len(emr.seen("GetJobRun")) == 1, "one look", emr.seen())


HELD = (
    ("another name", {"name": "etl2"}, GUARD, "Found: etl2"),
    ("no name", {"name": None}, GUARD, "Found: (none)"),
    ("another value of the tag", {"tags": {TAG[0]: "gateway-18"}}, GUARD, "Found: gateway-18"),
    ("no such tag", {"tags": {}}, {"expect-tag": "=".join(TAG)}, "does not have the expected tag"),
)


@CASES.each("the guard holds the cancellation back, and nothing is cancelled", list(HELD))
def held(bench: Bench, options: dict, guard: dict[str, str], words: str) -> None:
    with Emr(bench) as emr:
        run = emr.new(**options)
        answer, said = judge(bench, emr, run, **guard, **WAIT)
        want_end(answer, said, 3, "held back", words, "Next: Check which job run this is")
        want_cancels(emr, 0)


@CASES.case("the wait ends before the job run is over: reported, with its own exit code")
def too_short(bench: Bench) -> None:
    with Emr(bench) as emr:
        answer, said = judge(bench, emr, emr.new(hooks_s=None), wait="1", **{"wait-ms": "1"})
        want_end(answer, said, 4, "stopping",
                 "the wait ended before a look showed that the job run is over")


@CASES.case("no cancellation is answered, and the look is not allowed: unknown")
def unknown(bench: Bench) -> None:
    with Emr(bench) as emr:
        emr.restrict(emr.session, {"CancelJobRun"})
        emr.faults += [Fault("done", CLOSE, "CancelJobRun") for _ in range(50)]
        answer, said = judge(bench, emr, emr.new(), **WAIT)
        want_end(answer, said, 5, "unknown", "Next: Allow emr-serverless:GetJobRun")


@CASES.case("no such job run: refused")
def no_such_run(bench: Bench) -> None:
    with Emr(bench) as emr:
        run = emr.new()
        for guard in {}, GUARD:
            answer, said = judge(bench, emr, run, **guard, **WAIT, **{"job-run-id": "00fno"})
            want_end(answer, said, 254, "refused")


@CASES.case("a port where no server listens: not sent")
def not_sent(bench: Bench) -> None:
    with Emr(bench) as emr, socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        answer, said = judge(bench, emr, emr.new(), **GUARD, endpoint=device.url(unheard.getsockname()[1]))
        want_end(answer, said, 255, "not sent", "the connection was refused")


@CASES.case("a job run that has ended: over, with a guard and without; nothing is cancelled")
def ended(bench: Bench) -> None:
    with Emr(bench) as emr:
        run = emr.new(life=(("RUNNING", 1), ("SUCCESS", None)))
        for guard, effect in (GUARD, "none"), ({}, "refused"):
            answer, said = judge(bench, emr, run, **guard, **WAIT)
            want_end(answer, said, 0, "over", "has ended by itself")
            want(said.effect == effect, effect, said)


@CASES.case("another client has cancelled it: no cancellation is sent, and the board waits for the end")
def other_client(bench: Bench) -> None:
    with Emr(bench) as emr:
        run = emr.new(hooks_s=80)
        emr.cancel(run, 120)
        answer, said = judge(bench, emr, run, **GUARD, **WAIT)
        want_end(answer, said, 0, "over")
        want_cancels(emr, 0)


@CASES.case("looks that fail do not end the wait")
def looks_fail(bench: Bench) -> None:
    with Emr(bench) as emr:
        emr.faults += [
            Fault("whole", operation="GetJobRun", answer=(503, "ServiceUnavailableException")),
            Fault("answering", CLOSE, "GetJobRun"),
        ]
        answer, said = judge(bench, emr, emr.new(), **WAIT)
        want_end(answer, said, 0, "over")


@CASES.case("an answer of 2 MB to a look: the state is read, and nothing of the job driver is kept")
def huge(bench: Bench) -> str:
    with Emr(bench) as emr:
        answer, said = judge(bench, emr, emr.new(bulk_size=HUGE_SIZE), **GUARD, **{"timeout-ms": "250000"})
        want_end(answer, said, 0, "stopping")
    return f"{Path(bench.image).stem}: {HUGE_SIZE} bytes, arena {marks(answer)['TLS arena']}"


@contextlib.contextmanager
def by_certificate(bench: Bench, emr: Emr) -> Iterator[tuple[metadata.Source, dict[str, str]]]:
    """Runs a provider with the service's chain. Yields it, and the settings for credentials with a certificate, guard
    and wait."""
    rule = metadata.Iot(host=certs.BOARD_NAME, answer=metadata.iot_gives(astuple(emr.session)))
    context = metadata.mutual_context(emr.authority.leaf("four"), bench.authority("ec"))
    with metadata.Source(rule, context) as source:
        identity = device.identity(bench.authority("ec").leaf("device"), bench.folder)
        yield source, {**device.without_keys(source.port), **identity, **GUARD, **WAIT}


def run_all(bench: Bench, kind: str, **settings: str) -> Answer:
    """Makes one run with all that the image can do. Both servers send four certificates of this kind."""
    with Emr(bench, kind) as emr, by_certificate(bench, emr) as (_, by):
        run = emr.new(hooks_s=10)  # so the first look after the cancellation gets CANCELLED
        return bench.run(emr.settings(run, **by, **settings), emr.session)


@CASES.case("credentials with a certificate, look, cancellation and wait stay within the limits of RAM and stack")
def ram(bench: Bench) -> str:
    name, figures = Path(bench.image).stem, []
    answer = run_all(bench, "rsa")
    for kind, most in RAM_MOST.get(name, {}).items():
        room = most - marks(answer)["RAM, static"]
        answer = run_all(bench, kind, arena=str(int(room / 1.03)))
        figures.append(f"{kind} in {most} bytes, {room} of them for the arena")
    want_end(answer, console.read(answer.stdout), 0, "over")
    row = re.search(r"^  stack +(\d+) of +(\d+)", answer.stdout, re.M)
    used, size = int(row[1]), int(row[2])
    want(used * test_board.STACK_AIR <= size, f"a stack of {test_board.STACK_AIR} times the part used", (used, size))
    return f"{name}: {'; '.join([*figures, f'stack {used} of {size}'])}"


@CASES.case("the service denies the guard's look: the next step, and the thing's name as a possible cause")
def denied(bench: Bench) -> None:
    for thing, words in (("", "thing-name is not set"), (device.THING, f"with the value {device.THING}")):
        with Emr(bench) as emr, by_certificate(bench, emr) as (_, by):
            emr.restrict(emr.session, {"CancelJobRun"})
            answer, _ = judge(bench, emr, emr.new(), **{**by, "thing-name": thing})
            want(answer.code == 254 and words in answer.stdout, f"254 and '{words}'", answer)
            want("Next: Allow emr-serverless:GetJobRun" in answer.stdout, "the next step", answer.stdout)
            want_cancels(emr, 0)


@CASES.case("the provider gives no credentials: not sent, and the reason is reported")
def no_credentials(bench: Bench) -> None:
    for guard in GUARD, dict.fromkeys(GUARD, ""):
        with Emr(bench) as emr, by_certificate(bench, emr) as (source, by):
            source.rule = metadata.Iot(host=certs.BOARD_NAME, answer=metadata.IOT_DENIED)
            answer, said = judge(bench, emr, emr.new(), **{**by, **guard})
            want_end(answer, said, 253, "not sent", "AccessDeniedException", "Next: Attach an active policy")
            want(not emr.seen(), "no request", emr.seen())


BAD_SETTINGS = (
    ("a tag without a value", {"expect-tag": "gateway"}, "expect-tag: must be KEY=VALUE"),
    ("a tag without a key", {"expect-tag": "=gateway-17"}, "expect-tag: must be KEY=VALUE"),
    ("a wait that is neither on nor off", {"wait": "2"}, "wait: must be 0 or 1"),
    ("a wait of 0 ms", {"wait": "1", "wait-ms": "0"}, "wait-ms: must be a number from 1"),
    ("wait-ms without a wait", {"wait-ms": "1000"}, "wait-ms: needs wait=1"),
    ("a name that is too long", {"expect-name": "n" * 257}, "expected name"),
)


@CASES.each("refuses before anything is sent", list(BAD_SETTINGS))
def bad_settings(bench: Bench, changes: dict[str, str], words: str) -> None:
    with Emr(bench) as emr:
        answer = bench.run(emr.settings(emr.new(), **changes), emr.session)
        want(answer.code == 252 and words in answer.stdout, f"252 and '{words}'", answer)
        want(not emr.seen(), "no request", emr.seen())


@CASES.case("an empty expected name is refused")
def empty_name(bench: Bench) -> None:
    """Puts the empty setting into the value of another one, because device.py leaves out empty settings."""
    with Emr(bench) as emr:
        answer = bench.run(emr.settings(emr.new(), wait="0,arg=expect-name="), emr.session)
        want(answer.code == 252 and "must not be empty" in answer.stdout, "exit 252 and the rule", answer)
        want(not emr.seen(), "no request", emr.seen())


def test(trust: str, *images: str) -> bool:
    return run_cases(CASES, "board-stop", Path(trust), images, {})


if __name__ == "__main__":
    tap.main("test_board_stop.py TRUST_FOLDER IMAGE [IMAGE]", test)
