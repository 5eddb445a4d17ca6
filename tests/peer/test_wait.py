#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs emrs cancel-job-run with --wait, a guard or --ignore-ended, and with --cli-error-format: checks each exit
code, stdout and stderr, and that the output agrees with the service's own record.

    test_wait.py EMRS_BINARY

Most cases run against emr_serverless.py, with a clock that each request can advance; the others against
scripted answers. The pauses between looks are real, so the cases run side by side.
"""
from __future__ import annotations

import contextlib
import datetime
import json
import os
import pty
import re
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

sys.dont_write_bytecode = True

import emr_serverless  # noqa: E402
import tap  # noqa: E402
from emr_http import CANARY, CLOSE, GO_ON, HOLD, Fault  # noqa: E402
from job_runs import Run  # noqa: E402
from running import leak, scratch  # noqa: E402
from scripted import (  # noqa: E402
    HEAD_SIZE,
    IDS,
    RUN_S,
    Answer,
    Bench,
    Server,
    finish,
    good_body,
    preload,
    http,
    in_turn,
    refusing_place,
    says,
)
from tap import want  # noqa: E402

CASES = tap.Cases()
case, each = CASES.case, CASES.each

MEMBERS = ["applicationId", "jobRunId", "arn", "effect", "outcome", "state", "stateDetails", "attempt", "requestId",
           "attempts", "seenAt"]
ERROR_MEMBERS = ["Code", "Message", "Effect", "Outcome", "State", "RequestId", "Attempts", "Warnings"]
SUCCESS = (("SUCCESS", None),)
PENDING = (("PENDING", None),)
LOOKS, CANCELS = "GetJobRun", "CancelJobRun"
WAIT = ("--wait",)
JSON = ("--cli-error-format", "json")


class Emr(emr_serverless.Service):
    """The service, and one run of emrs against a job run of it."""

    def run(self, bench: Bench, run: Run, *options: str, env: dict[str, str | None] | None = None) -> Answer:
        answer = bench.run(*self.words(run), *options, env={**self.session.environment(), **(env or {})})
        self.check_shown(answer.out + answer.err)
        return answer

    def words(self, run: Run) -> tuple[str, ...]:
        return ("--application-id", run.application_id, "--job-run-id", run.job_run_id, "--endpoint-url",
                self.endpoint)

    def check_shown(self, shown: bytes) -> None:
        want(CANARY.encode() not in shown, "nothing of the job driver", shown)
        for secret in (self.session.secret, self.session.token):
            seen = leak(secret.encode(), shown, 12)
            want(not seen, "no secret", seen)

    def operations(self) -> list[str]:
        return [request.operation for request in self.seen()]


def told(answer: Answer, run: Run, code: int, effect: str, outcome: str, state: str | None) -> dict:
    """Checks the exit code, and the object on stdout. ret: the object"""
    want(answer.code == code, f"exit {code}", answer)
    found = json.loads(answer.out)
    want(list(found) == MEMBERS, MEMBERS, found)
    seen = (found["applicationId"], found["jobRunId"], found["effect"], found["outcome"], found["state"])
    want(seen == (run.application_id, run.job_run_id, effect, outcome, state), (effect, outcome, state), found)
    return found


def wants(answer: Answer, *parts: str) -> None:
    for part in parts:
        want(part in answer.err.decode(), part, answer.err)


def object_on_stderr(answer: Answer) -> dict:
    """Checks that stderr is one object, and nothing else. ret: the object"""
    try:
        found = json.loads(answer.err)
    except ValueError:
        found = None
    want(isinstance(found, dict) and list(found) == ERROR_MEMBERS, "one object on stderr", answer.err)
    return found


# The wait ends when the job run is over


@case("--wait: it ends as CANCELLED, exit 0; the looks use the connection of the cancellation")
def stopped(bench: Bench) -> None:
    with Emr(request_s=1) as emr:
        run = emr.start(name="etl", hooks_s=2)
        answer = emr.run(bench, run, *WAIT, "--shutdown-grace-period-in-seconds", "60")
        found = told(answer, run, 0, "ACCEPTED", "OVER", "CANCELLED")
        want(emr.state(run) == "CANCELLED" and answer.err == b"", "stopped, nothing on stderr", answer)
        want(emr.operations() == [CANCELS, LOOKS, LOOKS] and emr.connections == 1, "one connection", emr.operations())
        want(found["arn"].endswith(run.job_run_id) and found["attempt"] == 1 and found["attempts"] == 1
             and found["stateDetails"] == "the job run is CANCELLED", "what the look read", found)
        want(found["requestId"] == emr.seen(CANCELS)[0].request_id, "the cancellation's request id", found)
        seen = datetime.datetime.fromisoformat(found["seenAt"])
        want(seen.tzinfo, "a time with its zone", found)


@each("--wait: it ended by itself", [(state, state) for state in ("SUCCESS", "FAILED")])
def ended_meanwhile(bench: Bench, state: str) -> None:
    with Emr(request_s=10) as emr:
        run = emr.start(ends_as=state)
        told(emr.run(bench, run, *WAIT), run, 0, "ACCEPTED", "OVER", state)


@each("it has ended already: exit 0", [("--wait", WAIT), ("--ignore-ended", ("--ignore-ended",))])
def ended_before(bench: Bench, options: tuple) -> None:
    with Emr() as emr:
        run = emr.start(life=SUCCESS)
        answer = emr.run(bench, run, *options)
        told(answer, run, 0, "REFUSED", "OVER", "SUCCESS")
        want(emr.operations() == [CANCELS, LOOKS] and answer.err == b"", "one look after the refusal", answer)


@case("a plain cancellation of an ended run is refused, and no look follows")
def plain_ended(bench: Bench) -> None:
    with Emr() as emr:
        answer = emr.run(bench, emr.start(life=SUCCESS))
        want(answer.code == 254 and answer.out == b"" and emr.operations() == [CANCELS], "exit 254, no look", answer)


@case("--ignore-ended of a live run: accepted, no look")
def ignore_live(bench: Bench) -> None:
    with Emr() as emr:
        run = emr.start()
        found = told(emr.run(bench, run, "--ignore-ended"), run, 0, "ACCEPTED", "STOPPING", None)
        want(emr.operations() == [CANCELS] and found["seenAt"] is None and found["arn"] is None, "no look", found)


@each("no such job run: exit 254", [("--wait", WAIT, "REFUSED", [CANCELS]),
                           ("a guard", ("--expect-name", "etl"), "NONE", [LOOKS])])
def no_such_run(bench: Bench, options: tuple, effect: str, sent: list) -> None:
    with Emr() as emr:
        run = emr.start()
        run.job_run_id = "00nosuchrun"
        answer = emr.run(bench, run, *options)
        found = told(answer, run, 254, effect, "REFUSED", None)
        want(emr.operations() == sent, sent, emr.operations())
        wants(answer, f"(ResourceNotFoundException) when calling the {sent[0]} operation", f"Request id of {sent[-1]}: ")
        want(found["attempt"] is None, "no attempt", found)


@case("--wait: the first look after the acceptance gets a 404: another look follows")
def gone_first(bench: Bench) -> None:
    with Emr(request_s=10) as emr:
        run = emr.start(hidden={LOOKS: 1})
        told(emr.run(bench, run, *WAIT), run, 0, "ACCEPTED", "OVER", "CANCELLED")
        want([request.status for request in emr.seen()] == [200, 404, 200], "404, then the run", emr.seen())


@each("--wait: a temporary error does not end the wait", [
    ("a throttled look", Fault("whole", operation=LOOKS, answer=(400, "ThrottlingException"))),
    ("a look that fails", Fault("whole", operation=LOOKS, answer=(500, "InternalServerException"))),
    ("a look without an answer", Fault("done", CLOSE, LOOKS)),
    ("a look whose answer is late", Fault("whole", HOLD, LOOKS)),
    ("a look whose answer is cut", Fault("answering", CLOSE, LOOKS))])
def passing(bench: Bench, fault: Fault) -> None:
    with Emr(request_s=10) as emr:
        emr.faults.append(fault)
        run = emr.start()
        answer = emr.run(bench, run, *WAIT, "--cli-read-timeout", "1")
        told(answer, run, 0, "ACCEPTED", "OVER", "CANCELLED")
        want(emr.operations() == [CANCELS, LOOKS, LOOKS], "another look", emr.operations())


@case("--wait: a look that shows an older state does not end the wait")
def stale(bench: Bench) -> None:
    with Emr(request_s=10) as emr:
        run = emr.start(stale_looks=1)
        told(emr.run(bench, run, *WAIT), run, 0, "ACCEPTED", "OVER", "CANCELLED")
        want([request.state for request in emr.seen(LOOKS)] == ["CANCELLING", "CANCELLED"], "two looks", emr.seen())


@case("--wait: the answer to the cancellation is lost: the looks show that the run is over, exit 0")
def lost_answer(bench: Bench) -> None:
    with Emr(request_s=10) as emr:
        emr.faults.append(Fault("done", CLOSE, CANCELS))
        run = emr.start()
        told(emr.run(bench, run, *WAIT), run, 0, "UNKNOWN", "OVER", "CANCELLED")
        want(emr.seen(CANCELS)[0].done and len(emr.seen(CANCELS)) == 1, "one cancellation", emr.operations())


# Not over


@case("--wait-timeout: not over when the wait ends, exit 4: it may still be billed")
def late(bench: Bench) -> None:
    with Emr() as emr:
        run = emr.start(mode="STREAMING")
        answer = emr.run(bench, run, *WAIT, "--wait-timeout", "3")
        told(answer, run, 4, "ACCEPTED", "STOPPING", "CANCELLING")
        wants(answer, "the wait ended before a look showed that the job run is over", "may still be billed",
              "Last seen: CANCELLING",
              f"Request id of CancelJobRun: {emr.seen(CANCELS)[0].request_id}", "Request id of GetJobRun: ",
              f"To look: emrs get-job-run --application-id {run.application_id}")


@case("--wait: not allowed to look: exit 4 at once")
def denied_look(bench: Bench) -> None:
    with Emr() as emr:
        emr.restrict(emr.session, {CANCELS})
        run = emr.start()
        answer = emr.run(bench, run, *WAIT)
        told(answer, run, 4, "ACCEPTED", "STOPPING", None)
        want(emr.operations() == [CANCELS, LOOKS], "no second look", emr.operations())
        wants(answer, "emrs: accepted; a look needs the permission emr-serverless:GetJobRun",
              "(AccessDeniedException) when calling the GetJobRun operation", "To look with other credentials: emrs")


@each("a request was sent, and then the renewed credentials are invalid: the effect of the request is printed", [
    ("--wait", GO_ON, WAIT, 4, "ACCEPTED"), ("plain, and no answer", CLOSE, (), 254, "")])
def bad_keys(bench: Bench, then: str, options: tuple, code: int, effect: str) -> None:
    with Emr() as emr, scratch("keys") as folder:
        file = folder / "credentials"
        file.write_text("[default]\naws_access_key_id={}\naws_secret_access_key={}\naws_session_token={}\n".format(
            emr.session.key_id, emr.session.secret, emr.session.token))
        file.chmod(0o600)

        def expire() -> None:
            emr.expire(emr.session)
            file.write_text(f"[default]\naws_access_key_id=A/B\naws_secret_access_key={'c' * 40}\n")

        run = emr.start()
        emr.faults.append(Fault("done", then, CANCELS, call=expire))
        answer = bench.run(*emr.words(run), *options, env={
            "AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_MAX_ATTEMPTS": None,
            "AWS_SHARED_CREDENTIALS_FILE": str(file)})
        want(answer.code == code and b"Nothing was sent" not in answer.err, f"exit {code}", answer)
        want(not effect or json.loads(answer.out)["effect"] == effect, effect, answer)
        wants(answer, f"emrs: access key id (aws_access_key_id in {file} line 2) may hold only",
              f"To look: emrs get-job-run --application-id {run.application_id} --job-run-id {run.job_run_id}")


@case("a lost answer, and not allowed to look: exit 5")
def unknown(bench: Bench) -> None:
    with Emr() as emr:
        emr.restrict(emr.session, {CANCELS})
        emr.faults.append(Fault("done", CLOSE, CANCELS))
        run = emr.start()
        answer = emr.run(bench, run, *WAIT)
        told(answer, run, 5, "UNKNOWN", "UNKNOWN", None)
        wants(answer, "the job run may have been cancelled", "(AccessDeniedException) when calling the GetJobRun",
              "To look with other credentials: emrs get-job-run")


@case("--ignore-ended, and not allowed to look: exit 254, and both refusals are printed")
def ignore_denied(bench: Bench) -> None:
    with Emr() as emr:
        emr.restrict(emr.session, {CANCELS})
        run = emr.start(life=SUCCESS)
        answer = emr.run(bench, run, "--ignore-ended")
        told(answer, run, 254, "REFUSED", "REFUSED", None)
        wants(answer, "(ValidationException) when calling the CancelJobRun",
              "(AccessDeniedException) when calling the GetJobRun")


@case("refused by the service: exit 254")
def refused(bench: Bench) -> None:
    with Emr() as emr:
        emr.restrict(emr.session, {LOOKS})
        run = emr.start()
        answer = emr.run(bench, run, *WAIT)
        told(answer, run, 254, "REFUSED", "REFUSED", None)
        want(emr.state(run) == "RUNNING" and emr.operations() == [CANCELS], "it runs on", emr.operations())


@each("nothing was sent: exit 255", [("--wait", WAIT), ("a guard", ("--expect-tag", "a=b"))])
def not_sent(bench: Bench, options: tuple) -> None:
    with refusing_place() as place:
        answer = bench.run(*IDS, "--endpoint-url", f"http://{place}", "--timeout", "1", *options)
    found = json.loads(answer.out)
    want(answer.code == 255 and found["outcome"] == "NOT_SENT" and found["effect"] == "NONE", "255", answer)
    wants(answer, "Run: could not connect", "not sent: the job run was not cancelled")


@each("without credentials: exit 253, and no result", [("--wait", WAIT), ("a guard", ("--expect-name", "a"))])
def no_credentials(bench: Bench, options: tuple) -> None:
    none = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
    answer = bench.run(*IDS, "--endpoint-url", "http://127.0.0.1:9", *options, env=none)
    want(answer.code == 253, "253", answer)
    wants(answer, "Unable to locate credentials", "Nothing was sent.")


# The guard


@each("the guard matches", [
    ("name", {"name": "etl"}, ("--expect-name", "etl")),
    ("a name of 256 quotes", {"name": '"' * 256}, ("--expect-name", '"' * 256)),
    ("a name in UTF-8", {"name": "täglich"}, ("--expect-name", "täglich")),
    ("tags", {"tags": {"a": "b", "c": ""}}, ("--expect-tag", "a=b", "--expect-tag", "c=")),
    ("a value with =", {"tags": {"a": "b=c"}}, ("--expect-tag", "a=b=c")),
    ("8 tags and the name", {"name": "n", "tags": {str(i): "x" for i in range(9)}},
     ("--expect-name", "n", *(word for i in range(8) for word in ("--expect-tag", f"{i}=x"))))])
def guard_matches(bench: Bench, members: dict, options: tuple) -> None:
    with Emr() as emr:
        run = emr.start(**members)
        answer = emr.run(bench, run, *options)
        told(answer, run, 0, "ACCEPTED", "STOPPING", "RUNNING")
        want(emr.operations() == [LOOKS, CANCELS] and answer.err == b"", "a look, then the cancellation", answer)


@each("held back by the guard, exit 3", [
    ("another name", {"name": "etl-2"}, ("--expect-name", "etl"), "Its name:      etl-2"),
    ("the name's beginning", {"name": "etl"}, ("--expect-name", "etl "), "Expected name: etl "),
    ("upper case", {"name": "ETL"}, ("--expect-name", "etl"), "Its name:      ETL"),
    ("no name", {"name": None}, ("--expect-name", "etl"), "Its name:      (none)"),
    ("another value", {"tags": {"a": "b", "c": "d"}}, ("--expect-tag", "a=b", "--expect-tag", "c=e"),
     "Its value:      d"),
    ("no such tag", {"tags": {"a": "b"}}, ("--expect-tag", "A=b"), "Its value:      (none, or more than 256 bytes)"),
    ("a value that is too long", {"tags": {"a": "x" * 257}}, ("--expect-tag", "a=b"),
     "Its value:      (none, or more than 256 bytes)"),
    ("an empty value", {"tags": {"a": "b"}}, ("--expect-tag", "a="), "Its value:      b"),
    ("control bytes", {"name": "e\x1b[2Jtl\n"}, ("--expect-name", "etl"), "Its name:      e?[2Jtl?"),
    ("it has ended, too", {"name": "b", "life": SUCCESS}, ("--expect-name", "a", "--wait"), "Its name:      b")])
def held(bench: Bench, members: dict, options: tuple, part: str) -> None:
    with Emr() as emr:
        run = emr.start(**members)
        answer = emr.run(bench, run, *options)
        told(answer, run, 3, "NONE", "HELD", run.state)
        want(emr.operations() == [LOOKS], "one look, and no cancellation", emr.operations())
        wants(answer, part, "held back", f"Request id of GetJobRun: {emr.seen()[0].request_id}",
              "To look: emrs get-job-run --application-id ")


@each("the guard cannot look", [
    ("not allowed", (403, "AccessDeniedException"), 254, "REFUSED"),
    ("another refusal", (400, "ValidationException"), 254, "REFUSED"),
    ("a failure", (500, "InternalServerException"), 255, "NOT_SENT")])
def guard_unseen(bench: Bench, error: tuple, code: int, outcome: str) -> None:
    with Emr() as emr:
        emr.faults.append(Fault("whole", operation=LOOKS, answer=error))
        run = emr.start(name="etl")
        answer = emr.run(bench, run, "--expect-name", "etl", "--wait")
        told(answer, run, code, "NONE", outcome, None)
        want(emr.operations() == [LOOKS], "no cancellation", emr.operations())
        wants(answer, f"({error[1]}) when calling the GetJobRun operation",
              "emrs: the look for the guard failed: nothing was cancelled")


@case("the guard's look shows that the run has ended: exit 0, no cancellation")
def guard_sees_end(bench: Bench) -> None:
    with Emr() as emr:
        run = emr.start(name="etl", life=SUCCESS)
        told(emr.run(bench, run, "--expect-name", "etl"), run, 0, "NONE", "OVER", "SUCCESS")
        want(emr.operations() == [LOOKS], "no cancellation", emr.operations())


# Warnings

GRACE = ("--shutdown-grace-period-in-seconds", "60")
NOT_RUNNING = "the job run is not RUNNING: it gets no grace period"
OLD = "the job run's release is before emr-7.9.0: it gets no grace period"
AGAIN = "a second cancellation cannot shorten its grace period"


@each("warnings", [
    ("a grace period, RUNNING", {}, GRACE, []),
    ("a grace period, not RUNNING", {"life": PENDING}, GRACE, [NOT_RUNNING]),
    ("no grace period, not RUNNING", {"life": PENDING}, (), []),
    ("a grace period of 0", {"life": PENDING}, (GRACE[0], "0"), []),
    ("emr-7.8.1", {"release": "emr-7.8.1"}, GRACE, [OLD]),
    ("emr-6.15.0", {"release": "emr-6.15.0"}, GRACE, [OLD]),
    ("emr-7.10.0", {"release": "emr-7.10.0"}, GRACE, []),
    ("emr-8.0.0", {"release": "emr-8.0.0"}, GRACE, []),
    ("an old release and no grace period", {"release": "emr-7.8.1"}, (), [])])
def warnings(bench: Bench, members: dict, options: tuple, expected: list) -> None:
    with Emr() as emr:
        run = emr.start(name="etl", **members)
        answer = emr.run(bench, run, "--expect-name", "etl", *options)
        want(answer.code == 0, "accepted", answer)
        want(answer.err.decode() == "".join(f"emrs: {line}\n" for line in expected), expected, answer.err)
        plain = emr.run(bench, emr.start(**members), *options)
        want(plain.code == 0 and plain.err == b"", "no look, no warning", plain)


@case("a run that is being cancelled by another client: no cancellation is sent, and stderr says so")
def cancelling(bench: Bench) -> None:
    with Emr() as emr:
        run = emr.start(name="etl", mode="STREAMING")
        emr.cancel(run, 600)
        answer = emr.run(bench, run, "--expect-name", "etl", GRACE[0], "15")
        told(answer, run, 0, "NONE", "STOPPING", "CANCELLING")
        want(emr.operations() == [LOOKS], "no cancellation", emr.operations())
        want(answer.err.decode().count(AGAIN) == 1, "said once", answer.err)


@case("an older state after CANCELLING: a cancellation is sent, and the output does not deny it")
def cancelling_then_old(bench: Bench) -> None:
    looks = [says(looked(state=state, name="a")) for state in ("CANCELLING", "RUNNING", "CANCELLED")]
    with Server(in_turn(*looks[:2], says(http(200, good_body())), looks[2])) as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url, *WAIT, "--expect-name", "a", heads=server.heads)
        want([head.split()[0] for head in server.heads] == [b"GET", b"GET", b"DELETE", b"GET"], "sent", server.heads)
    want(answer.code == 0 and b"not sent" not in answer.err, "no text that it was not sent", answer)
    wants(answer, AGAIN, "none is sent now")


# Signals and the terminal


class Screen:
    """emrs with a terminal as its stderr. `look` is called with what was shown so far, while it grows."""

    def __init__(self, bench: Bench, *options: str, look: Callable[[Any, bytes], object] = lambda *_: None,
                 **more: Any):
        ours, theirs = pty.openpty()
        self.shown = b""
        with os.fdopen(ours, "rb", buffering=0) as screen:
            child = bench.start(*options, stderr=theirs, **more)
            os.close(theirs)
            with contextlib.suppress(OSError):  # the last process has closed the terminal
                while part := screen.read(HEAD_SIZE):
                    self.shown += part
                    look(child, self.shown)
        self.answer = finish(child)


@case("on a terminal: a line tells the last seen state and for how long it has waited")
def progress(bench: Bench) -> None:
    with Emr() as emr:
        run = emr.start(mode="STREAMING")

        def look(_: object, shown: bytes) -> None:
            if len(re.findall(rb"last seen: CANCELLING, \d+ s", shown)) >= 2:
                emr.clock.advance(200)

        screen = Screen(bench, *emr.words(run), *WAIT, look=look, env=emr.session.environment())
        told(screen.answer, run, 0, "ACCEPTED", "OVER", "CANCELLED")
        lines = re.findall(rb"\r\x1b\[K([^\r\x1b]*)", screen.shown)
        want(lines.pop() == b"", "the line cleared at the end", screen.shown)
        form = rb"emrs: waiting until it is over, last seen: (nothing|CANCELLING), (\d+) s"
        seen = [re.fullmatch(form, line) for line in lines]
        want(all(seen), "the state and the seconds", screen.shown)
        seconds = [int(each[2]) for each in seen]
        want(seconds == sorted(set(seconds)), "growing seconds", seconds)
        emr.check_shown(screen.shown)


@case("on a terminal, a guard that matches: the same line as without a guard: accepted, not yet stopped")
def told_acceptance(bench: Bench) -> None:
    with Emr() as emr:
        run = emr.start(name="etl")
        screen = Screen(bench, *emr.words(run), "--expect-name", "etl", env=emr.session.environment())
        told(screen.answer, run, 0, "ACCEPTED", "STOPPING", "RUNNING")
        start = f"emrs: accepted, not yet stopped; request id {emr.seen(CANCELS)[0].request_id}; to look: emrs get-job-run"
        want(screen.shown.decode().startswith(start), start, screen.shown)
        emr.check_shown(screen.shown)


@each("on a terminal: no progress", [("with --debug", (*WAIT, "--debug"), {}),
                                     ("with TERM=dumb", WAIT, {"TERM": "dumb"}),
                                     ("with --cli-error-format json", (*WAIT, *JSON), {})])
def no_progress(bench: Bench, options: tuple, env: dict) -> None:
    with Emr() as emr:
        run = emr.start(hooks_s=20)
        emr.faults.append(Fault("whole", operation=LOOKS, call=lambda: emr.clock.advance(30)))
        words = (*emr.words(run), *options, *GRACE)
        screen = Screen(bench, *words, env={**emr.session.environment(), **env})
        told(screen.answer, run, 0, "ACCEPTED", "OVER", "CANCELLED")
        want(b"\x1b" not in screen.shown and b"last seen" not in screen.shown, "no progress", screen.shown)
        emr.check_shown(screen.shown)


@each("a signal during the wait: prints the last seen state, and that the cancellation is not undone", [
    (name, name, code) for name, code in (("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129))])
def interrupted(bench: Bench, name: str, code: int) -> None:
    with Emr() as emr:
        run = emr.start(mode="STREAMING")
        looked = threading.Event()
        emr.faults.append(Fault("answered", operation=LOOKS, call=looked.set))
        # The second look is held, so that the first one's answer has been read by then.
        again = threading.Event()
        emr.faults.append(Fault("whole", HOLD, LOOKS, call=again.set, skip=1))
        child = bench.start(*emr.words(run), *WAIT, env=emr.session.environment())
        want(looked.wait(RUN_S) and again.wait(RUN_S), "two looks", emr.operations())
        child.send_signal(getattr(signal, name))
        answer = finish(child)
        told(answer, run, code, "ACCEPTED", "STOPPING", "CANCELLING")
        wants(answer, "Last seen: CANCELLING", "This does not undo the cancellation.", "To look: emrs get-job-run")
        want(emr.state(run) == "CANCELLING", "still CANCELLING", emr.history(run))
        emr.check_shown(answer.out + answer.err)


@case("a signal during the guard's look: no cancellation was sent")
def interrupted_guard(bench: Bench) -> None:
    with Emr() as emr:
        run = emr.start(name="etl")
        looks = threading.Event()
        emr.faults.append(Fault("whole", HOLD, LOOKS, call=looks.set))
        child = bench.start(*emr.words(run), "--expect-name", "etl", env=emr.session.environment())
        want(looks.wait(RUN_S), "a look", emr.operations())
        child.send_signal(signal.SIGINT)
        answer = finish(child)
        told(answer, run, 130, "NONE", "NOT_SENT", None)
        want(b"does not undo" not in answer.err and emr.operations() == [LOOKS], "no cancellation", answer)


@case("a signal while a refused cancellation is tried again: no text that one was accepted")
def interrupted_refusal(bench: Bench) -> None:
    script = says(http(429, "{}", "x-amzn-errortype: ThrottlingException", "x-amz-retry-after: 60000"))
    with Server(script) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url, *WAIT, "--persistent", "--timeout", "300", "--debug")
        while child.stderr and b"attempt 2 in " not in (line := child.stderr.readline()):
            want(line, "a wait of some seconds", line)
        child.send_signal(signal.SIGINT)
        answer = finish(child)
    found = json.loads(answer.out)
    want(answer.code == 130 and found["outcome"] == "REFUSED" and b"does not undo" not in answer.err, "refused", answer)


@case("not allowed to look at a job run that another client cancels: no text that ours was accepted")
def denied_other(bench: Bench) -> None:
    denied = http(403, '{"message": "m"}', "x-amzn-errortype: AccessDeniedException")
    with Server(in_turn(says(looked(state="CANCELLING", name="a")), says(denied))) as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url, *WAIT, "--expect-name", "a", heads=server.heads)
    want(answer.code == 4 and json.loads(answer.out)["effect"] == "NONE", "4", answer)
    want(b"\nemrs: a look needs the permission emr-serverless:GetJobRun\n" in answer.err, "not accepted", answer)


@case("a state with a NUL byte is not cut at this byte")
def state_with_nul(bench: Bench) -> None:
    script = in_turn(says(http(200, good_body())), says(looked(state="CANCELLED\0")))
    with Server(script) as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url, *WAIT, "--wait-timeout", "3", heads=server.heads)
    found = json.loads(answer.out)
    want(answer.code == 4 and (found["outcome"], found["state"]) == ("STOPPING", "CANCELLED\0"), "not over", answer)
    wants(answer, "Last seen: CANCELLED?\n")


# connect() does not return

# The first `AFTER` connections succeed.
HOLDS_LATER = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sys/socket.h>
#include <unistd.h>
int connect(int fd, const struct sockaddr *to, socklen_t size)
{
    static int count;
    int (*next)(int, const struct sockaddr *, socklen_t) = dlsym(RTLD_NEXT, "connect");
    if (count++ < AFTER)
        return next(fd, to, size);
    for (;;)
        pause();
}
"""


@each("connect() does not return: the program ends in time, and prints the outcome", [
    ("for a look in the wait", 1, WAIT, 4, "ACCEPTED", "STOPPING"),
    ("for the cancellation", 0, WAIT, 255, "NONE", "NOT_SENT"),
    ("for the guard's look", 0, ("--expect-name", "a"), 255, "NONE", "NOT_SENT"),
    ("json", 1, (*WAIT, *JSON), 4, "ACCEPTED", "STOPPING")])
def held_connect(bench: Bench, after: int, options: tuple, code: int, effect: str, outcome: str) -> None:
    with scratch("held") as folder, Server(says(http(200, good_body()))) as server:
        env = {"LD_PRELOAD": preload(folder, "connect", HOLDS_LATER.replace("AFTER", str(after)))}
        answer = bench.run(*IDS, "--endpoint-url", server.url, "--timeout", "2", *options, env=env)
    found = json.loads(answer.out)
    want(answer.code == code and (found["effect"], found["outcome"]) == (effect, outcome), outcome, answer)
    if JSON[0] in options:
        error = object_on_stderr(answer)
        want(error["Outcome"] == outcome and "timed out while" in error["Message"], "the object", error)
    else:
        wants(answer, "timed out while", outcome.replace("NOT_SENT", "not sent").lower())


@each("connect() does not return after a look with a long text: the object is complete", [
    ("stdout", None), ("stdout is full", "/dev/full")])
def held_with_text(bench: Bench, stdout: str | None) -> None:
    details = "\x7f" * 9000  # each is escaped with six bytes
    script = in_turn(says(http(200, good_body())), says(looked(state="CANCELLING", stateDetails=details)))
    with scratch("held") as folder, Server(script) as server, contextlib.ExitStack() as files:
        env = {"LD_PRELOAD": preload(folder, "connect", HOLDS_LATER.replace("AFTER", "2"))}
        to = {"stdout": files.enter_context(open(stdout, "wb"))} if stdout else {}
        answer = bench.run(*IDS, "--endpoint-url", server.url, "--timeout", "2", *WAIT, env=env, **to)
    want(answer.code == 4, "exit 4", answer)
    want(stdout or json.loads(answer.out)["stateDetails"] == details, "the whole text, and nothing after it", answer)


# Output


@each("--output text: outcome, state, id", [
    ("over", WAIT, 0, "OVER\tCANCELLED\t"), ("held back", ("--expect-name", "x"), 3, "HELD\tRUNNING\t"),
    ("no look", ("--ignore-ended",), 0, "STOPPING\tNone\t")])
def as_text(bench: Bench, options: tuple, code: int, line: str) -> None:
    with Emr(request_s=10) as emr:
        run = emr.start(name="etl")
        answer = emr.run(bench, run, *options, "--output", "text")
        want(answer.code == code and answer.out.decode() == f"{line}{run.job_run_id}\n", line, answer)


def looked(**members: object) -> bytes:
    """GetJobRun's answer, with Connection: close."""
    run = {"applicationId": IDS[1], "jobRunId": IDS[3], "state": "CANCELLED", **members}
    return http(200, json.dumps({"jobRun": run}, ensure_ascii=False))


@case("a peer's texts are cleaned and escaped in the object")
def hostile(bench: Bench) -> None:
    details = 'a"b\\c\x07\x9b2Jé'
    with Server(in_turn(says(http(200, good_body())), says(looked(stateDetails=details, attempt=3)))) as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url, *WAIT, heads=server.heads)
    found = json.loads(answer.out)
    want(answer.code == 0 and found["stateDetails"] == details and found["attempt"] == 3, "the same text", found)
    want(not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", answer.out), "no control byte", answer.out)


@case("a secret that the service repeats is masked in the object and in the error")
def repeated_secret(bench: Bench) -> None:
    with Emr(request_s=10) as emr:
        secret = emr.session.secret
        run = emr.start(name=f"etl {secret}", members={"stateDetails": f"key {secret} failed"})
        emr.run(bench, run, *WAIT)  # looks for the secret
        answer = emr.run(bench, emr.start(name=f"etl {secret}"), "--expect-name", "etl", *JSON)
        want(object_on_stderr(answer)["Code"] == "NotExpected" and b"**" in answer.err, "masked", answer.err)


@case("an unknown state does not count as the end")
def unknown_state(bench: Bench) -> None:
    script = in_turn(says(http(200, good_body())), says(looked(state="PAUSED")))
    with Server(script) as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url, *WAIT, "--wait-timeout", "3", heads=server.heads)
    found = json.loads(answer.out)
    want(answer.code == 4 and found["state"] == "PAUSED" and found["outcome"] == "STOPPING", "not over", answer)


@each("stdout that cannot be written: exit 255", [("over", WAIT, "OVER"), ("accepted", ("--ignore-ended",), "")])
def full(bench: Bench, options: tuple, _: str) -> None:
    with Emr(request_s=10) as emr, open("/dev/full", "wb") as full_disk:
        run = emr.start()
        child = bench.start(*emr.words(run), *options, stdout=full_disk, env=emr.session.environment())
        answer = finish(child)
        want(answer.code == 255, "255", answer)
        wants(answer, "could not write to stdout", run.job_run_id)


# Options


@each("refused options, exit 252", [
    ("--wait-timeout alone", ("--wait-timeout", "9"), "--wait-timeout: only with --wait"),
    ("--wait-timeout 0", ("--wait", "--wait-timeout", "0"), "from 1 to 86400"),
    ("--wait-timeout 86401", ("--wait", "--wait-timeout", "86401"), "from 1 to 86400"),
    ("--wait with a value", ("--wait=5",), "--wait"),
    ("an empty name", ("--expect-name", ""), "--expect-name: expected 1 to 256 bytes, not 0"),
    ("a name of 257 bytes", ("--expect-name", "x" * 257), "--expect-name: expected 1 to 256 bytes, not 257"),
    ("a name twice", ("--expect-name", "a", "--expect-name", "a"), "--expect-name: given twice"),
    ("a tag without =", ("--expect-tag", "a"), "--expect-tag: expected KEY=VALUE, not 'a'"),
    ("a tag without a key", ("--expect-tag", "=a"), "--expect-tag: expected KEY=VALUE"),
    ("an empty tag", ("--expect-tag", ""), "--expect-tag: expected KEY=VALUE"),
    ("a key twice", ("--expect-tag", "a=b", "--expect-tag", "a=c"), "the key 'a' was given twice"),
    ("a key of 129 bytes", ("--expect-tag", "x" * 129 + "=a"), "the key may have 128 bytes"),
    ("a value of 257 bytes", ("--expect-tag", "a=" + "x" * 257), "and the value 256"),
    ("9 tags", tuple(word for i in range(9) for word in ("--expect-tag", f"{i}=x")), "only 8 tags"),
    ("yaml", ("--cli-error-format", "yaml"), "valid choices are: json | legacy, not 'yaml'"),
    ("a bad grace period beside a guard", ("--expect-name", "a", GRACE[0], "3"), "3")])
def usage(bench: Bench, options: tuple, part: str) -> None:
    answer = bench.run(*IDS, "--endpoint-url", "http://127.0.0.1:9", *options)
    want(answer.code == 252 and answer.out == b"", "252", answer)
    wants(answer, part)


@case("get-job-run refuses the options of the wait and the guard")
def others(bench: Bench) -> None:
    for words in (("--wait",), ("--ignore-ended",), ("--expect-tag", "a=b")):
        answer = bench.run("get-job-run", *IDS, *words, command=False)
        want(answer.code == 252, "252", answer)


@each("--dry-run prints the first request, and says what would follow", [
    ("--wait", WAIT, "DELETE", "until the job run is over"),
    ("a guard", ("--expect-tag", "a=b"), "GET", "CancelJobRun follows"),
    ("a guard and --wait", (*WAIT, "--expect-name", "a"), "GET", "until the job run is over")])
def dry_run(bench: Bench, options: tuple, method: str, part: str) -> None:
    with Server() as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url, *options, "--dry-run")
        want(answer.code == 0 and server.connections() == 0, "nothing sent", answer)
    text = answer.out.decode()
    want(f"\n{method} /applications/{IDS[1]}/jobruns/{IDS[3]} HTTP/1.1" in text and part in text, method, text)


@each("--print-policy", [("plain", (), [CANCELS]), ("--wait", WAIT, [CANCELS, LOOKS]),
                         ("a guard", ("--expect-name", "a"), [CANCELS, LOOKS]),
                         ("--ignore-ended", ("--ignore-ended",), [CANCELS, LOOKS])])
def policy(bench: Bench, options: tuple, operations: list) -> None:
    answer = bench.run(*IDS, *options, "--print-policy")
    statement = json.loads(answer.out)["Statement"][0]
    want(statement["Action"] == [f"emr-serverless:{name}" for name in operations], operations, statement)


# --cli-error-format


@each("--cli-error-format json: one object on stderr", [
    ("a refusal", {"life": SUCCESS}, (), 254, "ValidationException", "REFUSED", "REFUSED"),
    ("held back", {"name": "a"}, ("--expect-name", "b"), 3, "NotExpected", "NONE", "HELD"),
    ("not over", {"mode": "STREAMING"}, (*WAIT, "--wait-timeout", "1"), 4, "NotOver", "ACCEPTED", "STOPPING"),
    ("usage", {}, ("--wait-timeout", "1"), 252, "ParamValidation", "NONE", "NOT_SENT"),
    ("a bad id", {}, ("--shutdown-grace-period-in-seconds", "3"), 252, "ParamValidation", "NONE", "NOT_SENT"),
    ("an unknown option", {}, ("--nope",), 252, "ParamValidation", "NONE", "NOT_SENT"),
    ("no such file", {}, ("--ca-bundle", "/nope", "--endpoint-url", "https://127.0.0.1:9"), 253, "Configuration",
     "NONE", "NOT_SENT"),
    ("nobody listens", {}, ("--endpoint-url", "http://127.0.0.1:9"), 255, "EndpointConnection", "NONE", "NOT_SENT")])
def error_object(bench: Bench, members: dict, options: tuple, code: int, name: str, effect: str,
                 outcome: str) -> None:
    with Emr() as emr:
        run = emr.start(**members)
        words = [word for word in emr.words(run)]
        if "--endpoint-url" in options:
            del words[-2:]
        answer = bench.run(*words, *options, *JSON, env=emr.session.environment())
        found = object_on_stderr(answer)
        want(answer.code == code, code, answer)
        want((found["Code"], found["Effect"], found["Outcome"]) == (name, effect, outcome), name, found)
        want(found["Message"] and found["Warnings"] == [], "a message, no warning", found)
        if emr.requests:
            want(found["RequestId"] == emr.requests[-1].request_id, "the request id", found)
        if code == 254:  # in AWS CLI Message is only the text of the service
            want(found["Message"] == f"Job run {run.job_run_id} is not in a cancellable state", "its words", found)


@each("--cli-error-format json: AWS CLI's names", [
    ("no region", {"AWS_REGION": None}, "NoRegion"),
    ("no credentials", {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "NoCredentials")])
def error_names(bench: Bench, env: dict, name: str) -> None:
    answer = bench.run(*IDS, *JSON, env=env)
    want(answer.code == 253 and object_on_stderr(answer)["Code"] == name, name, answer)


@case("--cli-error-format json: warnings are in its list")
def error_warnings(bench: Bench) -> None:
    with Emr() as emr:
        run = emr.start(name="a", life=PENDING)
        env = {"AWS_RETRY_MODE": "adaptive"}
        found = object_on_stderr(emr.run(bench, run, "--expect-name", "b", *GRACE, *JSON, env=env))
        want(found["Warnings"] == ["AWS_RETRY_MODE is not standard: standard is used", NOT_RUNNING], "both", found)
        want(found["State"] == "PENDING", "the state", found)


@each("AWS_CLI_ERROR_FORMAT", [
    ("json", "json", (), True, 0), ("yaml is replaced by json", "yaml", (), True, 1),
    ("legacy", "legacy", (), False, 0), ("enhanced is replaced by legacy", "enhanced", (), False, 1),
    ("an option has priority", "json", ("--cli-error-format", "legacy"), False, 0),
    ("a shortened option", "legacy", ("--cli-err=json",), True, 0), ("empty", "", (), False, 0)])
def format_variable(bench: Bench, value: str, options: tuple, is_json: bool, warnings: int) -> None:
    with Emr() as emr:
        answer = emr.run(bench, emr.start(life=SUCCESS), *options, env={"AWS_CLI_ERROR_FORMAT": value})
        want(answer.code == 254, "254", answer)
        if is_json:
            want(len(object_on_stderr(answer)["Warnings"]) == warnings, f"{warnings} warnings", answer)
        else:
            wants(answer, "An error occurred (ValidationException) when calling the CancelJobRun operation")
            lines = re.findall(r"(?m)^emrs: AWS_CLI_ERROR_FORMAT is neither json nor legacy: legacy is used$",
                               answer.err.decode())
            want(len(lines) == warnings, f"{warnings} warnings", answer)


@case("--cli-error-format json: no object if the command succeeds")
def json_success(bench: Bench) -> None:
    with Emr() as emr:
        answer = emr.run(bench, emr.start(), *JSON)
        want(answer.code == 0 and answer.err == b"", "nothing on stderr", answer)
        answer = emr.run(bench, emr.start(), *JSON, env={"AWS_RETRY_MODE": "adaptive"})
        want(answer.err == b"emrs: AWS_RETRY_MODE is not standard: standard is used\n", "the warning", answer)


@each("--cli-error-format json: the other commands", [("get-job-run", ("get-job-run", *IDS), None),
                                                      ("drill", ("drill", *IDS[:2]), "REFUSED")])
def json_others(bench: Bench, words: tuple, outcome: str | None) -> None:
    with Server(says(http(403, '{"message": "m"}', "x-amzn-errortype: AccessDeniedException"))) as server:
        answer = bench.run(*words, "--endpoint-url", server.url, *JSON, command=False, heads=server.heads)
        found = object_on_stderr(answer)
        want(found["Code"] == "AccessDeniedException" and found["Message"] == "m" and found["Outcome"] == outcome,
             "the refusal", found)


@case("--cli-error-format json: the object reports a signal too")
def json_interrupted(bench: Bench) -> None:
    with Emr() as emr:
        run = emr.start()
        arrived = threading.Event()
        emr.faults.append(Fault("done", HOLD, CANCELS, call=arrived.set))
        child = bench.start(*emr.words(run), *JSON, env=emr.session.environment())
        want(arrived.wait(RUN_S), "a request", emr.operations())
        child.send_signal(signal.SIGINT)
        answer = finish(child)
        found = object_on_stderr(answer)
        want(answer.code == 130 and found["Code"] == "Interrupted" and found["Effect"] == "UNKNOWN", "130", answer)


def main(binary: str) -> bool:
    return CASES.run(Bench(binary), 8)


if __name__ == "__main__":
    tap.main("test_wait.py EMRS_BINARY", main)
