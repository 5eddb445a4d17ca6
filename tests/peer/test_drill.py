#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs emrs drill: which answers prove that a cancellation would work, and what the drill prints for all
others. It must never send an id that a job run could have.

    test_drill.py EMRS_BINARY
"""
from __future__ import annotations

import json
import re
import signal
import sys
from typing import Any

sys.dont_write_bytecode = True

import tap  # noqa: E402
from scripted import (  # noqa: E402
    APPLICATION,
    SECRET,
    SESSION,
    Answer,
    Bench,
    Script,
    Server,
    finish,
    http,
    in_turn,
    refusing_place,
    says,
    signature_of,
    stays_silent,
)
from tap import want  # noqa: E402

ID = ("--application-id", APPLICATION)
ARN = f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{APPLICATION}"
# "JobRunId: 1 to 64 characters, [0-9a-z]+" (service model). Each id in the service's documents has 16.
NO_JOB_RUN = re.compile(r"emrsdrill[0-9a-z]{55}")
WORKS = "A cancellation works from here. Nothing was cancelled"
NOT_PROVED = "It is not proved that a cancellation works from here. Nothing was cancelled: there is no job run emrsdrill"
FORMS = [("CancelJobRun", "DELETE", ()), ("GetJobRun", "GET", ("--read-only",))]

CASES = tap.Cases()
case, each = CASES.case, CASES.each


def failed(status: int, name: str, message: str = "m", *more: str) -> bytes:
    return http(status, json.dumps({"message": message}), f"x-amzn-errortype: {name}", *more)


def gone(message: str = "JobRun x does not exist") -> bytes:
    """API reference, CancelJobRun and GetJobRun: "ResourceNotFoundException: The specified resource was
    not found. HTTP Status Code: 404"."""
    return failed(404, "ResourceNotFoundException", message, "x-amzn-requestid: 12-34")


def drill(bench: Bench, answer: bytes | Script, *words: str, ids: tuple[str, ...] = ID, **more: Any) -> Answer:
    with Server(says(answer) if isinstance(answer, bytes) else answer) as server:
        seen = bench.run("drill", *ids, "--endpoint-url", server.url, *words, command=False,
                         heads=server.heads, **more)
        for head in server.heads:
            want_sent(head, "GET" if "--read-only" in words else "DELETE")
        return seen


def want_sent(head: bytes, method: str) -> None:
    """Each request names an id of the drill, which no job run can have."""
    target = re.fullmatch(rf"{method} /applications/{APPLICATION}/jobruns/(\w+) HTTP/1.1",
                          head.decode("latin-1").split("\r\n")[0])
    want(target and NO_JOB_RUN.fullmatch(target[1]), "a job run that cannot exist", head)


@each("404 proves it, exit 0", [(f"{name}{more}", name, method, words, ids) for name, method, words in FORMS
                               for more, ids in (("", ID), (", by an ARN", (ARN,)))])
def proved(bench: Bench, operation: str, method: str, words: tuple, ids: tuple) -> None:
    answer = drill(bench, gone(), *words, ids=ids, env=SESSION)
    want(answer.code == 0 and answer.err == b"", "exit 0, nothing on stderr", answer)
    text = answer.out.decode()
    is_cancel = operation == "CancelJobRun"
    want((WORKS in text) == is_cancel, "the proof, only after CancelJobRun", text)
    want(("does not prove that a cancellation is allowed" in text) != is_cancel, "the limit, only after GetJobRun", text)
    for part in ("works from here. Nothing was cancelled", "JobRun x does not exist", f"application {APPLICATION} exists", "AWS_ACCESS_KEY_ID",
                 f"{operation} (CloudTrail shows it as a failed call)", "12-34", "http://127.0.0.1:"):
        want(part in text, part, text)


@each("a 404 that is not the service's own error proves nothing", [
    ("without a name", http(404, '{"message": "m"}')), ("an HTML page", http(404, "<html>", kind="text/html")),
    ("another name", failed(404, "UnknownOperationException")),
    ("its name in a 500", failed(500, "ResourceNotFoundException"))])
def not_theirs(bench: Bench, answer: bytes) -> None:
    for _, _, words in FORMS:
        want_unproved(drill(bench, answer, *words), 254)


def want_unproved(answer: Answer, code: int, *parts: str) -> None:
    text = answer.err.decode()
    want(answer.code == code and answer.out == b"", f"exit {code}, nothing on stdout", answer)
    for part in (NOT_PROVED, *parts):
        want(part in text, part, text)
    want("may have been cancelled" not in text and WORKS not in text and "A look works" not in text, "no other verdict", text)


@each("403 names the permission and the source of the credentials, exit 254", [(name, name, words)
                                                                            for name, _, words in FORMS])
def denied(bench: Bench, operation: str, words: tuple) -> None:
    answer = failed(403, "AccessDeniedException", "User is not authorized")
    account = {ID: "ACCOUNT", (ARN,): "123456789012"}
    for ids in (ID, (ARN,)):
        want_unproved(
            drill(bench, answer, *words, ids=ids), 254,
            f"(AccessDeniedException) when calling the {operation} operation: User is not authorized",
            f"Missing permission: emr-serverless:{operation} on arn:aws:emr-serverless:us-east-1:"
            f"{account[ids]}:/applications/{APPLICATION}/jobruns/*\n",
            "tags of job runs, gives this answer too", "The credentials came from AWS_ACCESS_KEY_ID")


@each("any other answer proves nothing", [
    ("ValidationException", failed(400, "ValidationException"), 254, "(ValidationException)"),
    ("a wrong signature", failed(403, "InvalidSignatureException"), 254, "Check the secret access key"),
    ("an unknown key", failed(403, "UnrecognizedClientException"), 254, "Check the access key id"),
    ("an old token", failed(403, "ExpiredTokenException"), 254, "The credentials came from"),
    ("throttling", failed(429, "ThrottlingException"), 254, "(ThrottlingException)"),
    ("an internal error", failed(500, "InternalServerException"), 254, "Call again in a moment.\n"),
    ("an HTML page", http(200, "<html>", kind="text/html"), 254, "not from this service"),
    ("nothing", b"", 255, "ended early")])
def other(bench: Bench, answer: bytes, code: int, part: str) -> None:
    for _, _, words in FORMS:
        want_unproved(drill(bench, answer, *words), code, part)


@case("after an internal error the next attempt may prove it")
def second_attempt(bench: Bench) -> None:
    answer = drill(bench, in_turn(says(failed(500, "InternalServerException")), says(gone())),
                   env={"AWS_MAX_ATTEMPTS": None})
    want(answer.code == 0 and WORKS in answer.out.decode(), "exit 0", answer)


def accepts(peer: Any, head: bytes) -> None:
    _, _, application, _, job_run = head.decode("latin-1").split(" ")[1].split("/")
    run = {"applicationId": application, "jobRunId": job_run, "state": "RUNNING"}
    peer.sendall(http(200, json.dumps(run if head.startswith(b"DELETE") else {"jobRun": run})))


@each("200 proves nothing, exit 255", [(name, name, words) for name, _, words in FORMS])
def accepted(bench: Bench, operation: str, words: tuple) -> None:
    answer = drill(bench, accepts, *words)
    text = answer.err.decode()
    want(answer.code == 255 and answer.out == b"", "exit 255, nothing on stdout", answer)
    want(f"answered {operation} with success for job run emrsdrill" in text and "proves nothing" in text, "why", text)
    want((": it accepted the cancellation" in text) == (operation == "CancelJobRun"), "what was accepted", text)
    want(WORKS not in text, "no proof", text)


@case("nobody listens: exit 255; no credentials: exit 253, and nothing is sent")
def not_sent(bench: Bench) -> None:
    with refusing_place() as place:
        words = ("drill", *ID, "--endpoint-url", f"http://{place}")
        want_unproved(bench.run(*words, command=False), 255, "was refused")
        answer = bench.run(*words, command=False, env={"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None})
        want(answer.code == 253 and "Nothing was sent." in answer.err.decode(), "exit 253", answer)


@case("Ctrl-C: exit 130")
def interrupted(bench: Bench) -> None:
    with Server(stays_silent) as server:
        child = bench.start("drill", *ID, "--endpoint-url", server.url, command=False)
        want(server.arrived.wait(50), "a request", None)
        child.send_signal(signal.SIGINT)
        want_unproved(finish(child), 130, "interrupted")


@each("refused, exit 252", [
    ("a job run id", (*ID, "--job-run-id", "00r"), "argument --job-run-id: drill does not have this option"),
    ("a grace period", (*ID, "--shutdown-grace-period-in-seconds", "15"), "does not have this option"),
    ("--output", (*ID, "--output", "text"), "does not have this option"),
    ("no application id", (), "required: --application-id"),
    ("the ARN of a job run", (f"{ARN}/jobruns/00r",), "drill takes the ARN of an application"),
    ("a wrong id", ("--application-id", "00A"), "may hold only 0-9 and a-z")])
def refused(bench: Bench, words: tuple, shown: str) -> None:
    with Server() as server:
        answer = bench.run("drill", *words, "--endpoint-url", server.url, command=False)
        want(server.connections() == 0, "no connection", server.connections())
    want(answer.code == 252 and shown in answer.err.decode(), shown, answer)


def reflecting(peer: Any, head: bytes) -> None:
    peer.sendall(gone(f"no {signature_of(head)} {SECRET} \u001b[2J"))


@case("what the service says is printed without secrets and control bytes")
def clean(bench: Bench) -> None:
    answer = drill(bench, reflecting)  # Bench.run checks the output
    want(answer.code == 0 and b"no " + b"*" * 64 in answer.out and b"\x1b" not in answer.out, "a clean text", answer)


if __name__ == "__main__":
    tap.main("test_drill.py EMRS_BINARY", lambda binary: CASES.run(Bench(binary), 4))
