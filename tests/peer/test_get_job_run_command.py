#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs emrs get-job-run: it must print what AWS CLI prints for the same answer. Also checks its messages
if it fails.

    test_get_job_run_command.py EMRS_BINARY [SEED [COUNT]]

boto3's parser reads the same answers, and this file prints the values as AWS CLI does. test_awscli.py
compares with AWS CLI itself.
"""
from __future__ import annotations

import datetime
import json
import os
import random
import re
import signal
import sys
import zoneinfo
from collections.abc import Iterator
from typing import Any

sys.dont_write_bytecode = True

import jmespath  # noqa: E402
from botocore.loaders import Loader  # noqa: E402
from botocore.model import ServiceModel  # noqa: E402
from botocore.parsers import RestJSONParser  # noqa: E402

import tap  # noqa: E402
from running import leak  # noqa: E402
from scripted import (  # noqa: E402
    APPLICATION,
    IDS,
    JOB,
    SECRET,
    SESSION,
    TOKEN,
    Answer,
    Bench,
    Script,
    Server,
    field_of,
    finish,
    http,
    refusing_place,
    says,
    signature_of,
    stays_silent,
)
from sigv4 import canonical, sign, string_to_sign  # noqa: E402
from tap import want  # noqa: E402

# The members that the command prints, in the order of the service's model.
MEMBERS = ("applicationId", "jobRunId", "name", "arn", "createdBy", "createdAt", "updatedAt", "state",
           "stateDetails", "releaseLabel", "executionTimeoutMinutes", "billedResourceUtilization",
           "mode", "attempt", "startedAt", "endedAt")
HOURS = ("vCPUHour", "memoryGBHour", "storageGBHour")
TIMES = {"createdAt", "updatedAt", "startedAt", "endedAt"}
STATES = ("SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS", "FAILED", "CANCELLING",
          "CANCELLED", "QUEUED", "SOMETHING_NEW")
ARN = f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{APPLICATION}/jobruns/{JOB}"
CANARY = "jdbc:password=hunter2canary"
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kolkata")

CASES = tap.Cases()
case, each = CASES.case, CASES.each


def job_run(**more: Any) -> dict[str, Any]:
    return {
        "applicationId": APPLICATION, "jobRunId": JOB, "name": "nightly", "arn": ARN,
        "createdBy": "arn:aws:sts::123456789012:assumed-role/Airflow/x", "createdAt": 1700000000.123,
        "updatedAt": 1700000060, "executionRole": "arn:aws:iam::123456789012:role/job",
        "state": "RUNNING", "stateDetails": "", "releaseLabel": "emr-7.9.0",
        "configurationOverrides": {"applicationConfiguration": [{"classification": CANARY}]},
        "jobDriver": {"sparkSubmit": {"entryPoint": "s3://b/x.py", "entryPointArguments": [CANARY],
                                      "state": "FAILED", "name": CANARY}},
        "tags": {"owner": "data", "state": "x"}, "executionTimeoutMinutes": 720, "mode": "BATCH",
        "networkConfiguration": {}, "attempt": 1, "startedAt": 1700000030.5, **more}


def body_of(run: dict[str, Any]) -> str:
    return json.dumps({"jobRun": run})


def look(bench: Bench, answer: bytes | Script, *words: str, ids: tuple[str, ...] = IDS,
         **more: Any) -> Answer:
    with Server(says(answer) if isinstance(answer, bytes) else answer) as server:
        return bench.run("get-job-run", *ids, "--endpoint-url", server.url, *words, command=False,
                         heads=server.heads, **more)


# What AWS CLI prints


def parsed(body: str) -> dict[str, Any]:
    """What boto3's parser reads, as far as emrs prints it. emrs reads only MEMBERS, and cannot tell an empty
    text or a zero from an absent member."""
    model = ServiceModel(Loader().load_service_model("emr-serverless", "service-2"))
    shape = model.operation_model("GetJobRun").output_shape
    parser = RestJSONParser(timestamp_parser=lambda value: value)
    whole = parser.parse({"status_code": 200, "headers": {}, "body": body.encode()}, shape)["jobRun"]
    kept = {name: whole[name] for name in MEMBERS if whole.get(name)}
    if "billedResourceUtilization" in kept:
        used, raw = kept["billedResourceUtilization"], json.loads(body)["jobRun"]["billedResourceUtilization"]
        want(all(used[name] == float(raw[name]) for name in used), "the same numbers", (used, raw))
        # AWS CLI 2.9 prints a whole number as it came, as emrs does; boto3 since 2025 makes 3.0 of 3.
        kept["billedResourceUtilization"] = {name: raw[name] for name in HOURS if name in used}
    return kept


def expected(body: str, zone: str) -> dict[str, Any]:
    """AWS CLI v2 prints a number of seconds as `datetime.fromtimestamp(value, tzlocal()).isoformat()`
    (awscli/customizations/timestampformat.py, botocore's parse_timestamp)."""
    found = parsed(body)
    for name in TIMES & set(found):
        time = datetime.datetime.fromtimestamp(found[name], zoneinfo.ZoneInfo(zone))
        found[name] = time.isoformat()
    return {"jobRun": found}


def as_json(value: Any) -> str:
    """awscli/formatter.py: json.dump(indent=4, ensure_ascii=False). emrs also escapes the hostile
    characters, which json.dump leaves as they are."""
    text = json.dumps(value, indent=4, ensure_ascii=False) + "\n"
    return re.sub(f"[{HOSTILE}]", lambda found: f"\\u{ord(found[0]):04x}", text)


# Control characters, and those that reorder a line or split it
HOSTILE = "\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"


def as_text(value: Any, title: str = "") -> str:
    """awscli/text.py: the values of an object in one line, by name, then the objects in it."""
    if not isinstance(value, dict):
        return re.sub(f"[\x00-\x1f{HOSTILE}]", "?", str(value)) + "\n"
    plain = [re.sub(f"[\x00-\x1f{HOSTILE}]", "?", str(each)) for _, each in sorted(value.items())
             if not isinstance(each, dict)]
    line = "\t".join([title] * bool(title) + plain) + "\n" if plain else ""
    return line + "".join(as_text(each, name.upper()) for name, each in sorted(value.items())
                          if isinstance(each, dict))


def want_printed(answer: Answer, wanted: str, words: tuple) -> None:
    want(answer.code == 0 and answer.err == b"", f"{words}: exit 0, nothing on stderr", answer)
    want(answer.out.decode() == wanted, f"{words}: {wanted!r}", answer.out.decode())


# Answers

WORDS = ("x", "nightly run", "n\u00e4ht", "\U0001f525", 'a"b\\c', "tab\there", "line\nend", "\x1b[2Jx",
         "\x7f", "\u009b2J", "\u202ex\u2066\u200f\u061c\u200d", "z" * 200, "0123456789abcdef0123456789abcdef01234567",
         "\x00", "/", "</script>")
HOUR_VALUES = (0.25, 1, 1.0, 1.5e-4, 1.5e-05, 123456.789, 1e15, 1e16, 1.7e22, 0.1, 3, 12345678901234567890)


def generated(pick: random.Random) -> str:
    """An answer in a random order, with members that are absent or null, and some that are not known."""
    times = (1700000000, 1700000000.5, 1700000000.123, 1719792000.001, 4000000000, 1, 0.25 + 1e9)
    run: dict[str, Any] = {"applicationId": APPLICATION, "jobRunId": JOB, "state": pick.choice(STATES)}
    choices: dict[str, Any] = {
        "name": pick.choice(WORDS), "arn": ARN, "createdBy": pick.choice(WORDS)[:120],
        "stateDetails": pick.choice(WORDS), "releaseLabel": "emr-7.9.0",
        "executionTimeoutMinutes": pick.choice((1, 720, 1000000)), "mode": pick.choice(("BATCH", "STREAMING")),
        "attempt": pick.choice((1, 2, 65535)),
        "billedResourceUtilization": {name: pick.choice((*HOUR_VALUES, None)) for name in HOURS},
        **{name: pick.choice(times) for name in TIMES}}
    for name, value in choices.items():
        kind = pick.random()
        if kind < .8:
            run[name] = value if kind < .7 else None
    if not any((run.get("billedResourceUtilization") or {None: None}).values()):
        run.pop("billedResourceUtilization", None)  # AWS CLI prints {}, where emrs prints nothing
    noise = {"state": CANARY, "name": CANARY, "jobRun": {"state": CANARY}, "attempt": 7}
    run |= {name: value for name, value in (
        ("jobDriver", {"sparkSubmit": {"entryPoint": CANARY, **noise}}), ("tags", noise), ("later", [noise]),
        ("more", CANARY), ("retryPolicy", None)) if pick.random() < .5}
    items = list(run.items())
    pick.shuffle(items)
    return json.dumps({"jobRun": dict(items)}, ensure_ascii=pick.random() < .5)


def compare(bench: Bench, seed: int, count: int) -> None:
    tap.note(f"seed {seed}, {count} answers")
    pick = random.Random(seed)

    def same(bench: Bench) -> str:
        for number in range(count):
            body, zone = generated(pick), pick.choice(ZONES)
            wanted = expected(body, zone)
            words = pick.choice(((), ("--output", "text"), ("--query", "jobRun")))
            value = wanted["jobRun"] if "--query" in words else wanted
            printed = as_text(value) if "text" in words else as_json(value)
            answer = look(bench, http(200, body), *words, env={"TZ": zone})
            want_printed(answer, printed, (seed, number, words, body))
            want(CANARY.encode() not in answer.out, "no canary", answer)
        return f"{count} answers"

    CASES.case("each member equals what boto3 reads from the same bytes")(same)


@each("each member by --query, and if it is absent", [(f"{name} {output}", name, output)
                                                     for name in (*MEMBERS, *(f"billedResourceUtilization.{x}" for x in HOURS), "")
                                                     for output in ("json", "text")])
def query(bench: Bench, name: str, output: str) -> None:
    path = f"jobRun.{name}" if name else "jobRun"
    for run in (job_run(billedResourceUtilization={"vCPUHour": 0.25, "memoryGBHour": 1e-7}),
                {"applicationId": APPLICATION, "jobRunId": JOB, "state": "QUEUED"}):
        value = jmespath.search(path, expected(body_of(run), "UTC"))
        wanted = as_json(value) if output == "json" else as_text(value)
        for words in (("--query", path, "--output", output), (f"--query={path}", f"--out={output}")):
            answer = look(bench, http(200, body_of(run)), *words, env={"TZ": "UTC"})
            want_printed(answer, wanted, words)


@each("a --query that is refused, exit 252", [(repr(text), text) for text in (
    "", "jobRun.", ".state", "state", "jobRun.stat", "jobRun.state.x", "jobRun.jobDriver", "jobRun.tags",
    "jobRun.[state,name]", "jobRun.*", "@", "jobRun.'state'", "jobRun .state", "jobrun.state",
    "jobRun.vCPUHour", "jobRun.applicationId.jobRunId", "jobRun.state || 'x'", "jobRunx.state")])
def refused_query(bench: Bench, text: str) -> None:
    with Server() as server:
        answer = bench.run("get-job-run", *IDS, "--endpoint-url", server.url, "--query", text, command=False)
        want(server.connections() == 0, "no connection", server.connections())
    want(answer.code == 252 and answer.out == b"", "exit 252", answer)
    want("argument --query: expected one member" in answer.err.decode(), "the rule", answer)


@each("an --attempt that is refused, exit 252", [(repr(text), text) for text in ("0", "-1", "65536", "x", "", "1.0")])
def refused_attempt(bench: Bench, text: str) -> None:
    answer = bench.run("get-job-run", *IDS, "--attempt", text, command=False)
    want(answer.code == 252 and "argument --attempt: " in answer.err.decode(), "exit 252", answer)


@each("every byte of the request", [
    ("the latest attempt", (), {}, ""), ("an attempt", ("--attempt", "3"), {}, "?attempt=3"),
    ("a session token", (), SESSION, ""), ("a reason", ("--reason", "INC-4711"), {}, "")])
def request_bytes(bench: Bench, words: tuple, env: dict, query: str) -> None:
    with Server(says(http(200, body_of(job_run())))) as server:
        answer = bench.run("get-job-run", *IDS, "--endpoint-url", server.url, *words, command=False, env=env)
        want(answer.code == 0 and len(server.heads) == 1, "one request", answer)
    head, token = server.heads[0], env.get("AWS_SESSION_TOKEN", "")
    target = f"/applications/{APPLICATION}/jobruns/{JOB}{query}"
    date = field_of(head, "X-Amz-Date")
    signed = canonical(target, server.place, date, token, method="GET")
    want(head.startswith(f"GET {target} HTTP/1.1\r\nHost: {server.place}\r\n".encode()), "the target", head)
    want(signature_of(head) == sign(date, string_to_sign(date, signed)), "the signature", head)
    want(b"Content-Length" not in head, "no body", head)
    want(field_of(head, "User-Agent").endswith(" reason/INC-4711") == ("--reason" in words), "the reason", head)


def failed(status: int, name: str, message: str = "m") -> bytes:
    return http(status, json.dumps({"message": message}), f"x-amzn-errortype: {name}")


NO_STATE = body_of({"applicationId": APPLICATION, "jobRunId": JOB})
FAILURES = [
    ("no such job run", failed(404, "ResourceNotFoundException"), 254, "(ResourceNotFoundException)"),
    ("no permission", failed(403, "AccessDeniedException"), 254, "emr-serverless:GetJobRun"),
    ("a bad request", failed(400, "ValidationException"), 254, "Read what the service says"),
    ("throttling", failed(429, "ThrottlingException"), 254, "(ThrottlingException)"),
    ("an internal error", failed(500, "InternalServerException"), 254, "Call again in a moment.\n"),
    ("another job run", http(200, body_of(job_run(jobRunId="00run2"))), 254, "names another job run"),
    ("no state", http(200, NO_STATE), 254, "does not name the job run"),
    ("a page of HTML", http(200, "<html>", kind="text/html"), 254, "not from this service"),
    ("half a body", http(200, body_of(job_run()))[:-9], 254, "ended early"),
    ("nothing", b"", 255, "ended early"),
]


@each("a failure", FAILURES)
def failure(bench: Bench, answer: bytes, code: int, shown: str) -> None:
    seen = look(bench, answer)
    text = seen.err.decode()
    want(seen.code == code and seen.out == b"", f"exit {code}, nothing on stdout", seen)
    want(shown in text, shown, seen)
    want("An error occurred (" not in text or "when calling the GetJobRun operation: m" in text,
         "AWS CLI's line", seen)
    want(f"Job run {JOB} of application {APPLICATION}: its state was not read." in seen.lines, "the job run", seen)
    want("cancel" not in text, "nothing about a cancellation", seen)


@case("nobody listens: exit 255; no credentials: exit 253")
def not_sent(bench: Bench) -> None:
    with refusing_place() as place:
        words = ("get-job-run", *IDS, "--endpoint-url", f"http://{place}")
        answer = bench.run(*words, command=False)
        want(answer.code == 255 and "was refused" in answer.err.decode(), "exit 255", answer)
        none = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
        answer = bench.run(*words, command=False, env=none)
        want(answer.code == 253 and "Nothing was sent." in answer.err.decode(), "exit 253", answer)


@each("a signal ends it", [("Ctrl-C", signal.SIGINT), ("SIGTERM", signal.SIGTERM), ("SIGHUP", signal.SIGHUP)])
def signals(bench: Bench, number: int) -> None:
    with Server(stays_silent) as server:
        child = bench.start("get-job-run", *IDS, "--endpoint-url", server.url, command=False)
        want(server.arrived.wait(50), "a request", None)
        child.send_signal(number)
        answer = finish(child)
    want(answer.code == 128 + number and "interrupted" in answer.err.decode(), f"exit {128 + number}", answer)


@case("stdout cannot be written: exit 255")
def full(bench: Bench) -> None:
    if not os.path.exists("/dev/full"):
        raise tap.Skipped("no /dev/full")
    answer = look(bench, http(200, body_of(job_run())), shell='exec "$@" >/dev/full')
    want(answer.code == 255 and "could not write to stdout" in answer.err.decode(), "exit 255", answer)


@each("what the job driver contains is never shown",
      [("plain", ()), ("--debug", ("--debug",)), ("text", ("--output", "text"))])
def canary(bench: Bench, words: tuple) -> None:
    answer = look(bench, http(200, body_of(job_run())), *words)
    want(answer.code == 0, "exit 0", answer)
    shown = (answer.out + answer.err).decode()
    want(not leak(CANARY, shown, 8), "no part of it", shown)


@case("a body of 10 MB, most of it in the job driver")
def large(bench: Bench) -> None:
    driver = {"sparkSubmit": {"entryPointArguments": [CANARY * 100] * 3800}}
    body = body_of(job_run(jobDriver=driver))
    want(len(body) > 10_000_000, "10 MB", len(body))
    want_printed(look(bench, http(200, body), env={"TZ": "UTC"}), as_json(expected(body, "UTC")), ())


def reflecting(peer: Any, head: bytes) -> None:
    peer.sendall(http(200, body_of(job_run(name=f"x {signature_of(head)}", stateDetails=f"{SECRET} b",
                                           createdBy=f"a {TOKEN[:60]} b"))))


@each("secrets in a member are masked", [("json", ()), ("text", ("--output", "text"))])
def masked(bench: Bench, words: tuple) -> None:
    with Server(reflecting) as server:  # Bench.run checks the output
        answer = bench.run("get-job-run", *IDS, "--endpoint-url", server.url, *words, command=False,
                           heads=server.heads, env=SESSION)
    want(answer.code == 0 and b"x " + b"*" * 64 in answer.out, "stars in their place", answer)


@case("a number that is too large for a double is printed unchanged")
def huge(bench: Bench) -> None:
    body = body_of(job_run(billedResourceUtilization={"vCPUHour": 7})).replace('"vCPUHour": 7', '"vCPUHour": 1E400')
    want_printed(look(bench, http(200, body), "--query", "jobRun.billedResourceUtilization.vCPUHour"), "1E400\n", ())


@case("a commit's id in a name is not masked")
def commit(bench: Bench) -> None:
    name = "etl " + "0123456789abcdef" * 2 + "01234567"
    answer = look(bench, http(200, body_of(job_run(name=name))), "--query", "jobRun.name", "--output", "text")
    want_printed(answer, name + "\n", ())


@case("a text that is too long is cut, and stderr says so")
def cut(bench: Bench) -> None:
    answer = look(bench, http(200, body_of(job_run(name="n" * 40000))), "--query", "jobRun.name", "--output", "text")
    want(answer.code == 0 and answer.out.strip(b"n") == b"\n" and len(answer.out) > 256, "a part of it", answer)
    want(b"was cut" in answer.err, "a warning", answer)


@case("--dry-run prints the GET and how it is signed")
def dry_run(bench: Bench) -> None:
    answer = bench.run("get-job-run", *IDS, "--attempt", "2", "--dry-run", command=False)
    text = answer.out.decode()
    for part in (f"GET /applications/{APPLICATION}/jobruns/{JOB}?attempt=2 HTTP/1.1\r\n",
                 f"Canonical request:\n\nGET\n/applications/{APPLICATION}/jobruns/{JOB}\nattempt=2\nhost:"):
        want(answer.code == 0 and part in text, part, answer)


def main(binary: str, seed: str = "", count: str = "150") -> bool:
    bench = Bench(binary)
    compare(bench, int(seed) if seed else random.randrange(2**32), int(count))
    return CASES.run(bench, 4)


if __name__ == "__main__":
    tap.main("test_get_job_run_command.py EMRS_BINARY [SEED [COUNT]]", main)
