#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests the emrs command from outside: every option, message, exit code and stream.

    test_command.py EMRS_BINARY

The server is scripted.py's. Bench.run checks in every run that no secret is shown and that stderr has no
control bytes.
"""
from __future__ import annotations

import base64
import calendar
import contextlib
import os
import pty
import re
import select
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

sys.dont_write_bytecode = True

import tap  # noqa: E402
from listener import HEAD_SIZE, Listener, read_head, will_reset  # noqa: E402
from running import ACCEPTED, NOTHING_SENT, REFUSED, UNKNOWN, leak, scratch  # noqa: E402
from scripted import (  # noqa: E402
    APPLICATION,
    AS_JSON,
    AS_TEXT,
    GOOD,
    HOLDS,
    IDS,
    JOB,
    KEY_ID,
    LEAK_SIZE,
    RUN_S,
    SECRET,
    SESSION,
    TOKEN,
    USER,
    Answer,
    Bench,
    Script,
    Server,
    check_output,
    drips,
    environment,
    field_of,
    finish,
    good_body,
    http,
    in_turn,
    keeps_open,
    preload,
    refusing_place,
    resets,
    says,
    signature_of,
    stays_silent,
    waits,
)
from sigv4 import canonical, request, sign, string_to_sign  # noqa: E402
from tap import Failed, Skipped, want  # noqa: E402

WORKERS = 4  # most cases wait for something
MESSAGE_SIZE = 3840  # stored bytes of an error message: 512, and half of what the work buffer has above EMRS_WORK_SIZE

GRACE = "--shutdown-grace-period-in-seconds"
THRICE = {"AWS_MAX_ATTEMPTS": None}  # the default
TARGET = f"/applications/{APPLICATION}/jobruns/{JOB}"
LOOK = (f"To look: emrs get-job-run --application-id {APPLICATION} --job-run-id {JOB} "
        "--region us-east-1")
ERROR_LINE = "An error occurred (%s) when calling the CancelJobRun operation: %s"

CASES = tap.Cases()
case, each = CASES.case, CASES.each


# What a run must satisfy


def want_code(answer: Answer, code: int) -> None:
    want(answer.code == code, f"exit {code}", answer)


def want_effect(answer: Answer, effect: str) -> None:
    line = f"Job run {JOB} of application {APPLICATION}: {effect}"
    want(line in answer.lines, f"the line {line!r}", answer)


def want_silent_stdout(answer: Answer) -> None:
    want(answer.out == b"", "nothing on stdout", answer.out)


# Options

# option, an abbreviation, the rest of the command line, a value, a text that shows that emrs used the value
VALUED = [
    ("--application-id", "--ap", ("--job-run-id", JOB), "00app2", "/applications/00app2/jobruns/"),
    ("--job-run-id", "--j", ("--application-id", APPLICATION), "00run2", "/jobruns/00run2 "),
    ("--shutdown-grace-period-in-seconds", "--sh", IDS, "120", "?shutdownGracePeriodInSeconds=120"),
    ("--profile", "--prof", IDS, "prod", "The config profile (prod) could not be found"),
    ("--region", "--reg", IDS, "eu-west-1", "/eu-west-1/emr-serverless/aws4_request"),
    ("--endpoint-url", "--en", IDS, "http://127.0.0.1:9", "to 127.0.0.1 port 9, plain"),
    ("--timeout", "--t", IDS, "never", "argument --timeout"),
    ("--cli-connect-timeout", "--cli-c", IDS, "never", "argument --cli-connect-timeout"),
    ("--cli-read-timeout", "--cli-r", IDS, "never", "argument --cli-read-timeout"),
    ("--output", "--o", IDS, "never", "argument --output"),
]
SWITCHES = ["--unchecked-grace-period", "--allow-plain-http", "--dry-run", "--debug", "--version",
            "--help"]


@each("an option with its value as a word, with =, and abbreviated", [(row[0], *row) for row in VALUED])
def valued(bench: Bench, option: str, prefix: str, rest: tuple, value: str, shown: str) -> None:
    for words in ((option, value), (f"{option}={value}",), (prefix, value), (f"{prefix}={value}",)):
        answer = bench.run(*rest, *words, "--dry-run")
        want(shown.encode() in answer.out + answer.err, f"{words} to show {shown!r}", answer)


@case("--ca-bundle with its value as a word, with =, and abbreviated")
def ca_bundle(bench: Bench) -> None:
    url = ("--endpoint-url", "https://127.0.0.1:9")
    for words in (("--ca-bundle", "/no/such"), ("--ca-bundle=/no/such",), ("--ca=/no/such",)):
        answer = bench.run(*IDS, *url, *words, env={"AWS_CA_BUNDLE": "/not/this"})
        want_code(answer, 253)
        for needle in ("/no/such", "(--ca-bundle"):
            want(needle in answer.error, f"{needle!r} in the first line", answer)
    answer = bench.run(*IDS, *url, env={"AWS_CA_BUNDLE": "/but/this"})
    want_code(answer, 253)
    for needle in ("/but/this", "(AWS_CA_BUNDLE"):
        want(needle in answer.error, f"{needle!r} in the first line", answer)


@case("switches, complete and abbreviated")
def switches(bench: Bench) -> None:
    for option in SWITCHES:
        for word in (option, option[:-2]):
            answer = bench.cancel(word)
            want_code(answer, 0)


@case("options before the command, after it, and on both sides")
def order(bench: Bench) -> None:
    for words in (
        (*IDS, "--region", "eu-west-1", "--dry-run", "cancel-job-run"),
        ("--region", "eu-west-1", "cancel-job-run", "--dry-run", *IDS),
        ("--dry-run", "cancel-job-run", *IDS, "--region=eu-west-1"),
    ):
        answer = bench.run(*words, command=False)
        want(answer.code == 0 and b"/eu-west-1/" in answer.out, f"{words} to be understood", answer)


@case("options after the command, with POSIXLY_CORRECT set")
def posixly_correct(bench: Bench) -> None:
    want_code(bench.cancel(env={"POSIXLY_CORRECT": "1"}), 0)


TWICE = [  # refused, because otherwise the first value is ignored silently, and another job run may be cancelled
    ("--job-run-id", ("--job-run-id", "00run2")),
    ("--job-run-id=", ("--job-run-id=00run2",)),
    ("--job-run-id abbreviated", ("--job", "00run2")),
    ("--region", ("--region", "eu-west-1", "--region", "eu-west-1")),
    ("--dry-run", ("--dry-run", "--dry-run")),
    ("--output", ("--output", "text", "--output=json")),
    ("--timeout", ("--timeout", "5", "--timeout", "6")),
    ("--color", ("--color", "off", "--color", "on")),
]


@each("an option given twice, exit 252", TWICE)
def twice(bench: Bench, words: tuple) -> None:
    with Server() as server:
        answer = bench.run(*IDS, *words, env={"AWS_ENDPOINT_URL": server.url})
        want(server.connections() == 0, "no connection", server.connections())
    want_code(answer, 252)
    want("given twice" in answer.err.decode(), "the reason", answer)


BEHIND = [  # after "--" no word is an option, and none is ignored
    ("--dry-run", ("--dry-run",), "Unknown options: --dry-run"),
    ("an option and its value", (GRACE, "9999"), f"Unknown options: {GRACE}"),
    ("an unknown word", ("now",), "Unknown options: now"),
]


@each("words after --", BEHIND)
def behind(bench: Bench, words: tuple, shown: str) -> None:
    with Server() as server:
        env = {"AWS_ENDPOINT_URL": server.url}
        answer = bench.run(*IDS, "--", "cancel-job-run", *words, command=False, env=env)
        want(server.connections() == 0, "no connection", server.connections())
        want_code(answer, 252)
        want(shown in answer.err.decode(), shown, answer)
        want_code(bench.run(*IDS, "--", "cancel-job-run", command=False, env=env), 0)


OF_AWS = [  # words in scripts for AWS CLI
    ("emr-serverless", ("emr-serverless", "cancel-job-run")),
    ("--no-cli-pager", ("--no-cli-pager", "cancel-job-run")),
    ("--color", ("cancel-job-run", "--color", "off")),
    ("--color=", ("cancel-job-run", "--color=auto")),
    ("--no-paginate", ("cancel-job-run", "--no-paginate")),
    ("--no-cli-auto-prompt", ("cancel-job-run", "--no-cli-auto-prompt")),
]


@each("a word of AWS CLI is accepted", OF_AWS)
def of_aws(bench: Bench, words: tuple) -> None:
    with Server() as server:
        answer = bench.run(*words, *IDS, "--endpoint-url", server.url, command=False)
    want(answer == Answer(0, AS_JSON, b""), "accepted", answer)


@each("an option of AWS CLI is refused with the reason, exit 252", [
    ("--no-verify-ssl", ("--no-verify-ssl",), "always verified"),
    ("--query", ("--query", "jobRunId"), "--output text"),
])
def refused_option(bench: Bench, words: tuple, shown: str) -> None:
    answer = bench.run(*IDS, *words)
    want_code(answer, 252)
    want(shown in answer.err.decode(), shown, answer)


@each("help, on stdout", [(" ".join(words), words) for words in (
    ("--help",), ("-h",), ("help",), ("cancel-job-run", "--help"), ("cancel-job-run", "help"))])
def help_text(bench: Bench, words: tuple) -> None:
    answer = bench.run(*words, command=False, env={name: None for name in USER})
    want(answer.code == 0 and answer.err == b"", "exit 0, nothing on stderr", answer)
    text = answer.out.decode("ascii")
    for option in [*(row[0] for row in VALUED), "--ca-bundle", *SWITCHES]:
        want(option in text, f"{option} in the help", text)
    want(max(map(len, text.splitlines())) <= 100, "lines of at most 100 columns", text)


@case("--version, on stdout")
def version(bench: Bench) -> None:
    answer = bench.run("--version", command=False, env={name: None for name in USER})
    want(answer.code == 0 and answer.err == b"", "exit 0, nothing on stderr", answer)
    versions = rb"emrs/\d+\.\d+\.\d+ mbedTLS/\d+\.\d+\.\d+\n"
    want(re.fullmatch(versions, answer.out), "emrs/1.2.3 mbedTLS/1.2.3", answer.out)


TABLE = Path(__file__).resolve().parents[2] / "boards/host/options.def"
ARGUMENTS = {"NOTHING": (), "NUMBER": ("15",), "SECONDS": ("9",), "FORMAT": ("text",),
             "cli-error-format": ("legacy",), "expect-tag": ("a=b",),
             "URL": ("http://127.0.0.1:9",), "REGION": ("eu-west-1",), "TEXT": ("00a",),
             "PATH": ("/no/such",), "query": ("jobRun.state",)}


COMMANDS = {"CANCEL": "cancel-job-run", "GET": "get-job-run", "DRILL": "drill"}


def needed(command: str, *given: str) -> list[str]:
    """ret: the required options of the command, without those that are given"""
    pairs = [IDS[:2]] if command == "drill" else [IDS[:2], IDS[2:]]
    return [word for pair in pairs for word in pair if pair[0] not in given]


@case("each option of options.def is what its line says")
def option_table(bench: Bench) -> str:
    rows = re.findall(r'(?m)^OPTION\(\w+, "([a-z-]+)", ([A-Z]+), ([A-Z]+), ([A-Z| ]+)\)$',
                      TABLE.read_text(encoding="ascii"))
    count = len(re.findall("(?m)^OPTION", TABLE.read_text(encoding="ascii")))
    want(len(rows) == count > 20, "more than 20 options in options.def", rows)
    named = named_in(bench.run("--help", command=False))
    want(named == {row[0] for row in rows if row[2] == "USED"}, "the used options", named)
    with scratch("options") as folder:
        (folder / "config").write_text(f"[profile 00a]\naws_access_key_id = {KEY_ID}\n"
                                       f"aws_secret_access_key = {SECRET}\n")
        (folder / "config").chmod(0o600)
        env = {"AWS_CONFIG_FILE": str(folder / "config")}
        for key, command in COMMANDS.items():
            taken = {row[0] for row in rows if {"ALL", key} & set(row[3].split(" | "))}
            check_options(bench, env, command, rows, taken)
    return f"{len(rows)} options of {len(COMMANDS)} commands"


def named_in(answer: Answer) -> set[str]:
    return set(re.findall(r"(?m)^  --([a-z-]+)", answer.out.decode()))


def check_options(bench: Bench, env: dict, command: str, rows: list, taken: set) -> None:
    named = named_in(bench.run(command, "--help", command=False))
    want(named == {row[0] for row in rows if row[0] in taken and row[2] == "USED"},
         f"the options of {command}", named)
    for name, kind, use, _ in rows:
        words = (f"--{name}", *ARGUMENTS.get(name, ARGUMENTS[kind]))
        if name == "wait-timeout" and name in taken:
            words += ("--wait",)  # which --wait-timeout needs
        dry = () if name == "dry-run" else ("--dry-run",)
        answer = bench.run(command, *needed(command, words[0]), *words, *dry, env=env, command=False)
        is_refused = use == "REFUSED" or name not in taken
        want_code(answer, 252 if is_refused else 0)
        want(not is_refused or f"argument --{name}: " in answer.err.decode(), "the reason", answer)


# The ARN of a job run

PLACE = "arn:aws:emr-serverless:eu-west-1:123456789012:"
ARN = f"{PLACE}/applications/{APPLICATION}/jobruns/{JOB}"


@each("an ARN names region, application and job run", [
    ("alone", (ARN,), {"AWS_REGION": None}), ("after --", ("--", ARN), {"AWS_REGION": None}),
    ("with the same --region", ("--region", "eu-west-1", ARN), {}),
    ("with another region in the environment", (ARN,), {}),
    ("with a wrong region in the environment", (ARN,), {"AWS_REGION": "EU_WEST"})])
def arn(bench: Bench, words: tuple, env: dict) -> None:
    for command, method in (("cancel-job-run", "DELETE"), ("get-job-run", "GET")):
        answer = bench.run("--dry-run", command, *words, command=False, env=env)
        want(answer.code == 0 and answer.err == b"", "exit 0, nothing on stderr", answer)
        text = answer.out.decode()
        want(f"{method} {TARGET} HTTP/1.1" in text and "/eu-west-1/emr-serverless/" in text,
             "a request for the ARN's job run and region", text)
        want("to emr-serverless.eu-west-1." in text, "the endpoint of the ARN's region", text)


@case("only --debug says that an ARN has another region than the environment")
def arn_debug(bench: Bench) -> None:
    answer = bench.run(ARN, "--dry-run", "--debug")
    want("region: eu-west-1, of the ARN; not us-east-1, of AWS_REGION" in answer.err.decode(),
         "a line about the region", answer)
    answer = bench.run(ARN, "--dry-run", "--debug", env={"AWS_REGION": "eu-west-1"})
    want("of the ARN" not in answer.err.decode(), "no line about the region", answer)


BAD_ARNS = [
    ("only arn:", "arn:", "the partition must be"),
    ("an unknown partition", ARN.replace("arn:aws:", "arn:aws-xy:"), "the partition must be"),
    ("another service", ARN.replace("emr-serverless", "s3"), "the service must be emr-serverless"),
    ("no region", ARN.replace("eu-west-1", ""), "the region must have"),
    ("a region in upper case", ARN.replace("eu-west-1", "EU"), "the region must have"),
    ("a region of 64 bytes", ARN.replace("eu-west-1", "a" * 64), "the region must have"),
    ("a region of another partition", ARN.replace("eu-west-1", "cn-north-1"), "must be one of the partition, not "),
    ("a region with fips- before it", ARN.replace("eu-west-1", "fips-us-gov-west-1"), "the region must have"),
    ("a region with -fips after it", ARN.replace("eu-west-1", "eu-west-1-fips"), "the region must have"),
    ("the partition of another region", ARN.replace("arn:aws:", "arn:aws-us-gov:"), "must be one of the partition, not "),
    ("an account of 11 digits", ARN.replace("123456789012", "12345678901"), "12 digits"),
    ("an account of 13 digits", ARN.replace("123456789012", "1234567890123"), "12 digits"),
    ("an account with a letter", ARN.replace("123456789012", "12345678901x"), "12 digits"),
    ("no account", ARN.replace("123456789012", ""), "12 digits"),
    ("no slash", ARN.replace(":/app", ":app"), "must begin with /applications/"),
    ("/application/ for /applications/", ARN.replace("applications", "application"), "must begin with /applications/"),
    ("no application id", ARN.replace(APPLICATION, ""), "the application id must have"),
    ("a long application id", ARN.replace(APPLICATION, "a" * 65), "the application id must have"),
    ("an application id in upper case", ARN.replace(APPLICATION, "00APP1"), "the application id must have"),
    ("a slash after the application id", f"{PLACE}/applications/{APPLICATION}/", "only /jobruns/ and an id"),
    ("/sessions/ for /jobruns/", ARN.replace("jobruns", "sessions"), "only /jobruns/ and an id"),
    ("no job run id", ARN.replace(JOB, ""), "the job run id must have"),
    ("no slash after jobruns", ARN.replace(f"/{JOB}", ""), "the job run id must have"),
    ("a job run id with a star", ARN.replace(JOB, "*"), "the job run id must have"),
    ("a slash after the job run id", ARN + "/x", "the job run id must have"),
    ("a space at its end", ARN + " ", "the job run id must have"),
    ("the ARN of an application", f"{PLACE}/applications/{APPLICATION}", "takes the ARN of a job run"),
]


@each("a wrong ARN is refused, and the error says what is wrong, exit 252", [
    *((name, (text,), shown) for name, text, shown in BAD_ARNS),
    ("with an application id", (ARN, *IDS[:2]), "not allowed with --application-id"),
    ("with a job run id", (*IDS[2:], ARN), "not allowed with --application-id or --job-run-id"),
    ("with another region", (ARN, "--region", "us-east-1"), "is not the region of the ARN, eu-west-1"),
    ("twice", (ARN, ARN), "argument ARN: given twice"),
    ("with another word", (ARN, "now"), "Unknown options: now")])
def bad_arn(bench: Bench, words: tuple, shown: str) -> None:
    for command in ("cancel-job-run", "get-job-run"):
        with Server() as server:
            answer = bench.run(command, *words, command=False, env={"AWS_ENDPOINT_URL": server.url})
            want(server.connections() == 0, "no connection", server.connections())
        want_code(answer, 252)
        want_silent_stdout(answer)
        want(shown in answer.err.decode(), shown, answer)


USAGE = [
    ("nothing at all", (), "cancel-job-run"),
    ("options only", IDS, "cancel-job-run"),
    ("an unknown command", ("cancel-job", *IDS), "'cancel-job'"),
    ("no ids", ("cancel-job-run",), "--application-id, --job-run-id"),
    ("no application id", ("cancel-job-run", *IDS[2:]), "required: --application-id"),
    ("no job run id", ("cancel-job-run", *IDS[:2]), "required: --job-run-id"),
    ("an extra word", ("cancel-job-run", *IDS, "now"), "Unknown options: now"),
    ("an extra word after --", ("cancel-job-run", *IDS, "--", "now"), "Unknown options: now"),
    ("an unknown option", ("cancel-job-run", *IDS, "--nope"), "Unknown options: --nope"),
    ("an unknown option with a value", ("cancel-job-run", *IDS, "--nope", "x"), "--nope"),
    ("an unknown short option", ("cancel-job-run", *IDS, "-x"), "-x"),
    ("several short options in one word", ("cancel-job-run", *IDS, "-xy"), "-x"),
    ("an abbreviation of two options", ("cancel-job-run", *IDS, "--cli", "3"), "--cli"),
    ("a value for a switch", ("cancel-job-run", *IDS, "--dry-run=yes"), "--dry-run"),
    ("an option without its value", ("cancel-job-run", *IDS, "--region"),
     "--region: expected one argument"),
    ("an unknown output format", ("cancel-job-run", *IDS, "--output", "yaml"),
     "json | text, not 'yaml'"),
    ("the service's name twice", ("emr-serverless", "emr-serverless"), "'emr-serverless'"),
    ("the service's name after the command", ("cancel-job-run", *IDS, "emr-serverless"),
     "Unknown options: emr-serverless"),
]


@each("usage error, exit 252", USAGE)
def usage(bench: Bench, words: tuple, shown: str) -> None:
    with Server() as server:
        answer = bench.run(*words, command=False, env={"AWS_ENDPOINT_URL": server.url})
        want_code(answer, 252)
        want_silent_stdout(answer)
        want(server.connections() == 0, "no connection", server.connections())
    errors = [line for line in answer.lines if line.startswith("emrs: error: ")]
    want(answer.error.startswith("usage: emrs cancel-job-run "), "the usage first", answer)
    want(len(errors) == 1 and shown in errors[0], f"{shown!r} in one error line", answer)


@case("the value of an unknown option is not printed, because it may be a secret")
def unknown_value(bench: Bench) -> None:
    answer = bench.run(*IDS, f"--secret-access-key={SECRET}")  # run() checks that it is not printed
    want_code(answer, 252)
    want("--secret-access-key" in answer.err.decode(), "the option's name", answer)


# name, options, environment; run() checks that the secret is not printed
MISPLACED = [
    *((f"{option} {name}", (*IDS, option, value), {})
      for option in ("--application-id", "--job-run-id", "--shutdown-grace-period-in-seconds",
                     "--region", "--endpoint-url", "--ca-bundle", "--timeout", "--output",
                     "--cli-connect-timeout", "--cli-read-timeout", "--no-such")
      for name, value in (("the secret", SECRET), ("the token", TOKEN))),
    ("--endpoint-url https://the secret", (*IDS, "--endpoint-url", f"https://{SECRET}"), {}),
    ("the secret as a word", (*IDS, SECRET), {}), ("the token as a word", (*IDS, TOKEN), {}),
    ("the secret as an option", (*IDS, f"--{SECRET}"), {}),
    *((f"the secret in {name}", IDS, {name: SECRET})
      for name in ("AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE",
                   "AWS_SDK_UA_APP_ID", "AWS_MAX_ATTEMPTS", "AWS_USE_FIPS_ENDPOINT",
                   "HTTPS_PROXY")),
]


@each("a secret in the wrong place is not printed", MISPLACED)
def misplaced(bench: Bench, options: tuple, env: dict) -> None:
    elsewhere = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", **SESSION}
    for level in ((), ("--debug",)):
        answer = bench.run(*options, *level, env={**elsewhere, **env})
        want(answer.code in (252, 253, 255), "a failure", answer)


@case("no option takes a credential")
def no_secret_option(bench: Bench) -> None:
    answer = bench.run("--help", command=False)
    options = re.findall(r"--[a-z-]+", answer.out.decode())
    bad = [name for name in options if re.search("secret|token|key|password|credential", name)]
    want(options and not bad, "no such option", bad)


# Input errors. The message has the field, its source, its value and the rule

LONG = "x" * 65
INPUT = [
    *((f"{option} {name}", (*rest, option, value), {}, 252, (text, option, shown, rule))
      for option, text, rest in (
          ("--application-id", "application id", ("--job-run-id", JOB)),
          ("--job-run-id", "job run id", ("--application-id", APPLICATION)))
      for name, value, shown, rule in (
          ("empty", "", "''", "is missing or empty"),
          ("of 65 bytes", LONG, f"'{LONG}'", "is longer than 64 bytes"),
          ("in upper case", "00APP1", "'00APP1'", "may hold only 0-9 and a-z"),
          ("with a path in it", "../00app1", "'../00app1'", "may hold only 0-9 and a-z"),
          ("with a percent sign", "a%2fb", "'a%2fb'", "may hold only 0-9 and a-z"),
          ("with a space", "a b", "'a b'", "may hold only 0-9 and a-z"),
          ("with CR LF", "a\r\nX: y", "a", "may hold only 0-9 and a-z"),
          ("not ASCII", "caf\u00e9", "'caf", "may hold only 0-9 and a-z"),
          ("with an escape", "a\x1b[2Jb", "[2Jb'", "may hold only 0-9 and a-z"))),
    *((f"grace period {value!r}", (*IDS, GRACE, value), {}, 252, (GRACE, f"'{value}'", rule))
      for values, rule in (
          (("-1", "1", "14", "1801", "2147483647"), "must be 0 or from 15 to 1800 seconds"),
          (("", "abc", "1.5", "15s", "0x10", " 15", "+15", "2147483648", "99999999999999999999"),
           "a whole number"))
      for value in values),
    ("--region with a dot", (*IDS, "--region", "a.b"), {}, 252,
     ("region", "--region", "'a.b'", "may hold only a-z, 0-9 and '-'")),
    ("--region empty", (*IDS, "--region", ""), {}, 252, ("egion", "--region")),
    ("--region of 64 bytes", (*IDS, "--region", LONG[:64]), {}, 252,
     ("region", "--region", LONG[:64], "is longer than 63 bytes")),
    ("AWS_REGION in upper case", IDS, {"AWS_REGION": "US-EAST-1"}, 253,
     ("region", "AWS_REGION", "'US-EAST-1'", "may hold only a-z, 0-9 and '-'")),
    ("AWS_DEFAULT_REGION with a slash", IDS, {"AWS_REGION": None, "AWS_DEFAULT_REGION": "a/b"}, 253,
     ("region", "AWS_DEFAULT_REGION", "'a/b'", "may hold only a-z, 0-9 and '-'")),
    ("no region", IDS, {"AWS_REGION": None}, 253,
     ("You must specify a region", "--region", "AWS_REGION", "AWS_DEFAULT_REGION")),
    ("an empty region is one that is not set", IDS, {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, 253,
     ("You must specify a region",)),
    *((f"{option} {value!r}", (*IDS, option, value), {}, 252, (option, f"'{value}'", rule))
      for option, rule in (
          ("--timeout", "a whole number of seconds from 1 to 86400"),
          ("--cli-connect-timeout", "a whole number of seconds from 0 to 86400"),
          ("--cli-read-timeout", "a whole number of seconds from 0 to 86400"))
      for value in ("-1", "86401", "x", "1.5", "", "4294967297")),
    ("--timeout 0", (*IDS, "--timeout", "0"), {}, 252, ("--timeout", "'0'", "from 1 to 86400")),
    *((f"{name} {value!r}", IDS, {name: value}, 253, (name, "must be true or false"))
      for name in ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
                   "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS")
      for value in ("1", "yes", "truee", " true")),
]


@each("refused before anything is sent", INPUT)
def refused_input(bench: Bench, options: tuple, env: dict, code: int, needles: tuple) -> None:
    with Server() as server:
        answer = bench.run(*options, env={"AWS_ENDPOINT_URL": server.url, **env})
        want(server.connections() == 0, "no connection", server.connections())
    want_code(answer, code)
    want_silent_stdout(answer)
    for needle in needles:
        want(needle in answer.err.decode(), f"{needle!r} on stderr", answer)


@each("--reason is refused, exit 252", [(repr(text), text) for text in (
    "", "x" * 33, "INC 4711", "INC/4711", "a\r\nX: y", "caf\u00e9", "a:b", "\x1b[2J")])
def bad_reason(bench: Bench, text: str) -> None:
    answer = bench.run(*IDS, "--reason", text)
    want_code(answer, 252)
    want("argument --reason: expected 1 to 32 letters" in answer.err.decode(), "the rule", answer)


@case("--dry-run shows the reason")
def reason_dry_run(bench: Bench) -> None:
    answer = bench.run(*IDS, "--reason", "INC-4711", "--dry-run")
    want(re.search(rb"\r\nUser-Agent: emrs/[\d.]+ reason/INC-4711\r\n", answer.out), "the reason in User-Agent", answer)


@case("AWS_SDK_UA_APP_ID is cut so that it fits together with --reason, which is never cut")
def reason_and_app_id(bench: Bench) -> None:
    for size in (20, 21):
        with Server() as server:
            answer = bench.run(*IDS, "--endpoint-url", server.url, "--reason", "r" * 32,
                               env={"AWS_SDK_UA_APP_ID": "g" * size})
        agent = field_of(server.heads[0], "User-Agent").split(" ", 1)[1]
        want(agent == f"app/{'g' * 20} reason/{'r' * 32}" and len(agent) == 64,
             "both in User-Agent, 64 bytes together", agent)
        want((answer.err == b"") == (size == 20), "a warning if it is cut", answer)
        want(size == 20 or b"AWS_SDK_UA_APP_ID is longer than 20 bytes: its first 20 are sent" in answer.err,
             "the warning", answer)


SCHEME = "must begin with https:// (or http:// for loopback)"
HOST = "has no valid host name or address"
PORT = "has a port that is not 1 to 65535"
EXTRA = "must not hold a user name, a query or a fragment"
PATH = "may have only letters, digits, - . _ ~ and single slashes in its path"
ENDPOINTS = [  # {} becomes the host and port of a server, which must get no connection
    ("empty", "", "empty"),
    ("without a scheme", "{}", SCHEME),
    ("of another scheme", "ftp://{}", SCHEME),
    ("with a space before it", " http://{}", SCHEME),
    ("without a host", "https://", HOST),
    ("with a port only", "https://:443", HOST),
    ("with a dot at the end", "https://localhost.", HOST),
    ("with two dots", "https://a..invalid", HOST),
    ("with a space", "http://127.0.0.1 :80", HOST),
    ("with CR LF", "http://{}\r\nX: y", PORT),
    ("with an open bracket", "https://[::1", HOST),
    ("with port 0", "http://127.0.0.1:0", PORT),
    ("with port 65536", "http://127.0.0.1:65536", PORT),
    ("with a port and a letter", "http://{}x", PORT),
    ("with a user name", "http://user@{}", EXTRA),
    ("with a query", "http://{}/?a=b", EXTRA),
    ("with a fragment", "http://{}/#a", EXTRA),
    ("with two slashes", "http://{}//a", PATH),
    ("with .. in its path", "http://{}/a/../b", PATH),
    ("with an escaped path", "http://{}/a%2fb", PATH),
    ("with a host of 254 bytes", "https://" + "a" * 254, "a host longer than 253 bytes"),
    ("with a path of 130 bytes", "http://{}/" + "a" * 129, "a path longer than 128"),
]


@each("an endpoint is refused", ENDPOINTS)
def refused_endpoint(bench: Bench, value: str, rule: str) -> None:
    with Server() as server:
        url = value.replace("{}", server.place)
        safe = () if url else ("--dry-run",)  # so that a wrong emrs does not call AWS
        answers = [(bench.run(*IDS, "--endpoint-url", url, *safe), 252, "--endpoint-url")]
        if url:  # an empty variable counts as not set
            by_variable = bench.run(*IDS, env={"AWS_ENDPOINT_URL": url})
            answers.append((by_variable, 253, "AWS_ENDPOINT_URL"))
        want(server.connections() == 0, "no connection", server.connections())
    for answer, code, source in answers:
        want_code(answer, code)
        want_silent_stdout(answer)
        for needle in (f"endpoint ({source} '" if url else source, rule):
            want(needle in answer.err.decode(), f"{needle!r} on stderr", answer)


@each("a password in a refused endpoint is not printed", [
    (value, value, shown) for value, shown in (
        ("https://user:hunter2@localhost:9", "'https://...@localhost:9'"),
        ("https://user:hunter2?#/@localhost", "'https://...@localhost'"),
        ("user:hunter2@localhost:9", "'...@localhost:9'"),
        ("https://hunter2@localhost@localhost", "'https://...@localhost'"),
        ("https://localhost/?password=hunter2", "'https://localhost/?...'"),
        ("https://localhost/#hunter2", "'https://localhost/#...'"))])
def password(bench: Bench, value: str, shown: str) -> None:
    for options, env in ((("--endpoint-url", value), {}), ((), {"AWS_ENDPOINT_URL": value})):
        answer = bench.run(*IDS, *options, env=env)
        want_code(answer, 252 if options else 253)
        want(b"hunter2" not in answer.err, "no password", answer)
        want(shown in answer.err.decode(), shown, answer)


PLAIN = ["127.1:{}", "127.0.0.1.invalid:{}", "localhost.invalid:{}",
         "0127.0.0.1:{}", "2130706433:{}", "192.0.2.1:{}", "[2001:db8::1]:{}"]


@each("plain http is refused without --allow-plain-http", [(host[:-3], host) for host in PLAIN])
def plain_http(bench: Bench, host: str) -> None:
    with Server() as server:
        url = "http://" + host.format(server.port)
        option = bench.run(*IDS, "--endpoint-url", url)
        variable = bench.run(*IDS, env={"AWS_ENDPOINT_URL": url})
        want(server.connections() == 0, "no connection", server.connections())
    for answer, code, source in ((option, 252, "--endpoint-url"),
                                 (variable, 253, "AWS_ENDPOINT_URL")):
        want_code(answer, code)
        want_silent_stdout(answer)
        for needle in (source, f"'{url}'", "plain http", "--allow-plain-http"):
            want(needle in answer.err.decode(), f"{needle!r} on stderr", answer)


@case("plain http with --allow-plain-http: sent")
def plain_http_allowed(bench: Bench) -> None:
    with Server() as server:  # 127.1 is this computer too, but emrs does not accept this spelling of it
        url = f"http://127.1:{server.port}"
        answer = bench.run(*IDS, "--endpoint-url", url, "--allow-plain-http", heads=server.heads)
        want(answer.code == 0 and len(server.heads) == 1, "one accepted request", answer)


# Credentials

PARTIAL = "Partial credentials found in env, missing: "
CREDENTIALS = [
    ("none", {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None},
     ("Unable to locate credentials", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")),
    ("empty", {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
     ("Unable to locate credentials",)),
    ("a token alone", {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
                       "AWS_SESSION_TOKEN": TOKEN}, ("Unable to locate credentials",)),
    ("no access key id", {"AWS_ACCESS_KEY_ID": None}, (PARTIAL + "AWS_ACCESS_KEY_ID",)),
    ("no secret", {"AWS_SECRET_ACCESS_KEY": None}, (PARTIAL + "AWS_SECRET_ACCESS_KEY",)),
    ("an empty secret", {"AWS_SECRET_ACCESS_KEY": ""}, (PARTIAL + "AWS_SECRET_ACCESS_KEY",)),
    *((f"{text} {name}", {variable: change(good)}, (text, variable, "was it pasted?"))
      for text, variable, good in (("access key id", "AWS_ACCESS_KEY_ID", KEY_ID),
                                   ("secret access key", "AWS_SECRET_ACCESS_KEY", SECRET),
                                   ("session token", "AWS_SESSION_TOKEN", TOKEN))
      for name, change in (("with a space at the end", lambda good: good + " "),
                           ("with a space inside", lambda good: good[:9] + " " + good[9:]),
                           ("with a line end", lambda good: good + "\n"),
                           ("with CR LF and a header", lambda good: good + "\r\nX: y"),
                           ("in quotes and a tab", lambda good: "\t'" + good + "'"),
                           ("not ASCII", lambda good: good + "\u00e9"))),
    *((f"the access key id {name}", {"AWS_ACCESS_KEY_ID": value},
       ("access key id (AWS_ACCESS_KEY_ID)", "swapped?"))
      for name, value in (("is the secret", SECRET), ("in quotes", f'"{KEY_ID}"'),
                          ("with its name", f"AWS_ACCESS_KEY_ID={KEY_ID}"),
                          ("with a comma", KEY_ID + ","), ("with a slash", KEY_ID + "/EXAMPLE"))),
    ("id and secret swapped", {"AWS_ACCESS_KEY_ID": SECRET, "AWS_SECRET_ACCESS_KEY": KEY_ID},
     ("access key id (AWS_ACCESS_KEY_ID)", "swapped?")),
    *((f"{text} of 129 bytes", {variable: "k" * 129}, (text, variable, "is longer than 128 bytes"))
      for text, variable in (("access key id", "AWS_ACCESS_KEY_ID"),
                             ("secret access key", "AWS_SECRET_ACCESS_KEY"))),
]


@each("credentials, exit 253", CREDENTIALS)
def credentials(bench: Bench, changes: dict, needles: tuple) -> None:
    with Server() as server:
        for more in ((), ("--dry-run",), ("--debug",)):
            answer = bench.run(*IDS, "--endpoint-url", server.url, *more, env=changes)
            want_code(answer, 253)
            want_silent_stdout(answer)
            for needle in needles:
                want(needle in answer.err.decode(), f"{needle!r} on stderr", answer)
            for value in filter(None, changes.values()):
                shown = re.sub(r"AWS_[A-Z_]+", "", answer.err.decode())
                want(value.strip()[:LEAK_SIZE] not in shown, "no part of the value on stderr", answer.err)
        want(server.connections() == 0, "no connection", server.connections())


# Where region and endpoint come from


@case("region: --region, then AWS_REGION, then AWS_DEFAULT_REGION")
def region_order(bench: Bench) -> None:
    env = {"AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-2"}
    for region, options, changes in (
        ("eu-west-3", ("--region", "eu-west-3"), env),
        ("eu-west-1", (), env),
        ("eu-west-2", (), {**env, "AWS_REGION": None}),
        ("eu-west-2", (), {**env, "AWS_REGION": ""}),
    ):
        head = bench.head(*options, env=changes)
        scope = field_of(head, "Authorization")
        want(f"/{region}/emr-serverless/aws4_request" in scope, region, scope)


@case("endpoint: --endpoint-url, then AWS_ENDPOINT_URL_EMR_SERVERLESS, then AWS_ENDPOINT_URL")
def endpoint_order(bench: Bench) -> None:
    with Server() as one, Server() as two, Server() as three:
        env = {"AWS_ENDPOINT_URL_EMR_SERVERLESS": two.url, "AWS_ENDPOINT_URL": three.url}
        ignore = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"
        for wanted, options, changes in (
            (one, ("--endpoint-url", one.url), env),
            (one, ("--endpoint-url", one.url), {**env, ignore: "true"}),
            (two, (), env),
            (two, (), {**env, ignore: "False"}),
            (three, (), {**env, "AWS_ENDPOINT_URL_EMR_SERVERLESS": None}),
            (three, (), {**env, "AWS_ENDPOINT_URL_EMR_SERVERLESS": ""}),
        ):
            before = wanted.connections()
            want_code(bench.run(*IDS, *options, env=changes), 0)
            want(wanted.connections() == before + 1, "the request at this endpoint", changes)
        counts = [server.connections() for server in (one, two, three)]
        want(counts == [2, 2, 2], "no request anywhere else", counts)


BY_REGION = [
    ("nothing set", {}, "emr-serverless.us-east-1.amazonaws"),
    ("AWS_USE_FIPS_ENDPOINT", {"AWS_USE_FIPS_ENDPOINT": "true"},
     "emr-serverless-fips.us-east-1.amazonaws"),
    ("AWS_USE_DUALSTACK_ENDPOINT", {"AWS_USE_DUALSTACK_ENDPOINT": "TRUE"},
     "emr-serverless.us-east-1.api"),
    ("both", {"AWS_USE_FIPS_ENDPOINT": "True", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
     "emr-serverless-fips.us-east-1.api"),
    *((f"AWS_REGION={name}", {"AWS_REGION": name}, "emr-serverless-fips.us-east-1.amazonaws")
      for name in ("fips-us-east-1", "us-east-1-fips")),
    ("neither", {"AWS_USE_FIPS_ENDPOINT": "false", "AWS_USE_DUALSTACK_ENDPOINT": ""},
     "emr-serverless.us-east-1.amazonaws"),
    ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
     {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "AWS_ENDPOINT_URL": "not even a URL",
      "AWS_ENDPOINT_URL_EMR_SERVERLESS": "nor this"}, "emr-serverless.us-east-1.amazonaws"),
]


@each("endpoint by region (dry run)", BY_REGION)
def endpoint_by_region(bench: Bench, changes: dict, host: str) -> None:
    answer = bench.run(*IDS, "--dry-run", env=changes)
    want_code(answer, 0)
    first = answer.out.decode().split("\n")[0]
    want(f" to {host}." in first and " port 443 over TLS" in first, f"to {host}.* over TLS", first)
    want(b"/us-east-1/emr-serverless/" in answer.out, "signed for us-east-1", answer)


@case("the printed get-job-run command has the options of this run, quoted for a shell")
def look_again(bench: Bench) -> None:
    with scratch("look") as folder:
        bundle = folder / "it's mine.pem"
        bundle.write_text("", encoding="ascii")
        with Server(says(http(400, '{"message": "m"}', "x-amzn-errortype: ValidationException"))) as server:
            answer = bench.run(*IDS, "--endpoint-url", server.url, "--ca-bundle", str(bundle), "--region", "eu-west-1")
        line = next(line for line in answer.lines if line.startswith("To look: "))
        words = shlex.split(line.removeprefix("To look: "))
        want(words == ["emrs", "get-job-run", *IDS, "--region", "eu-west-1", "--endpoint-url", server.url,
                       "--ca-bundle", str(bundle)], "the same options", words)
        with Server(says(http(400, "{}", "x-amzn-errortype: ValidationException"))) as server:
            answer = bench.run(ARN, env={"AWS_ENDPOINT_URL": server.url})
        want(f"To look: emrs get-job-run --application-id {APPLICATION} --job-run-id {JOB} --region eu-west-1"
             in answer.lines, "a get-job-run command with the ids of the ARN", answer)


CUSTOM = "Invalid Configuration: %s and custom endpoint are not supported"


@each("with a custom endpoint, exit 253", [
    ("AWS_USE_FIPS_ENDPOINT", {"AWS_USE_FIPS_ENDPOINT": "true"}, CUSTOM % "FIPS"),
    ("AWS_USE_DUALSTACK_ENDPOINT", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, CUSTOM % "Dualstack"),
    ("both", {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
     CUSTOM % "FIPS"),
])
def custom_endpoint(bench: Bench, changes: dict, text: str) -> None:
    with Server() as server:
        by_option = bench.run(*IDS, "--endpoint-url", server.url, env=changes)
        by_variable = bench.run(*IDS, env={"AWS_ENDPOINT_URL": server.url, **changes})
        want(server.connections() == 0, "no connection", server.connections())
    for answer in (by_option, by_variable):
        want_code(answer, 253)
        want(text in answer.err.decode(), text, answer)


# The request


REQUESTS = [
    ("long-term key", (), {}, TARGET, "", ""),
    ("session token", (), {"AWS_SESSION_TOKEN": TOKEN}, TARGET, TOKEN, ""),
    ("token of 16 KB", (), {"AWS_SESSION_TOKEN": TOKEN * 47}, TARGET, TOKEN * 47, ""),
    ("an empty token is one that is not set", (), {"AWS_SESSION_TOKEN": ""}, TARGET, "", ""),
    ("grace period 0", (GRACE, "0"), {}, f"{TARGET}?shutdownGracePeriodInSeconds=0", "", ""),
    ("grace period 15", (GRACE, "15"), {}, f"{TARGET}?shutdownGracePeriodInSeconds=15", "", ""),
    ("grace period 1800 and token", (GRACE, "1800"), {"AWS_SESSION_TOKEN": TOKEN},
     f"{TARGET}?shutdownGracePeriodInSeconds=1800", TOKEN, ""),
    *((f"unchecked grace period {value}", (GRACE, value, "--unchecked-grace-period"), {},
       f"{TARGET}?shutdownGracePeriodInSeconds={value}", "", "")
      for value in ("14", "-1", "2147483647", "-2147483648")),
    ("AWS_SDK_UA_APP_ID", (), {"AWS_SDK_UA_APP_ID": "gateway-17"}, TARGET, "", " app/gateway-17"),
    ("--reason", ("--reason", "INC-4711"), {}, TARGET, "", " reason/INC-4711"),
    ("--reason of 32 bytes", ("--reason", "aZ09._-" + "x" * 25), {}, TARGET, "", " reason/aZ09._-" + "x" * 25),
    ("--reason and AWS_SDK_UA_APP_ID", ("--reason", "INC-4711"), {"AWS_SDK_UA_APP_ID": "gateway-17"}, TARGET, "",
     " app/gateway-17 reason/INC-4711"),
    ("AWS_SECURITY_TOKEN", (), {"AWS_SECURITY_TOKEN": TOKEN}, TARGET, TOKEN, ""),
    ("AWS_SECURITY_TOKEN before AWS_SESSION_TOKEN, as in AWS CLI", (),
     {"AWS_SECURITY_TOKEN": TOKEN, "AWS_SESSION_TOKEN": TOKEN[::-1]}, TARGET, TOKEN, ""),
    ("an empty AWS_SECURITY_TOKEN", (), {"AWS_SECURITY_TOKEN": "", "AWS_SESSION_TOKEN": TOKEN},
     TARGET, TOKEN, ""),
    ("--debug changes nothing", ("--debug",), {"AWS_SESSION_TOKEN": TOKEN}, TARGET, TOKEN, ""),
]


def want_request(head: bytes, *parts: str) -> None:
    date = field_of(head, "X-Amz-Date")
    want(re.fullmatch(r"\d{8}T\d{6}Z", date), "a date", date)
    age_s = time.time() - calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
    want(-2 < age_s < RUN_S, "the present time", date)
    seen = re.sub(rb"(User-Agent: emrs)/[\d.]+", rb"\1/VERSION", head)
    wanted = request(parts[0], parts[1], date, *parts[2:])
    want(seen == wanted, repr(wanted), seen)


@each("every byte of the request", REQUESTS)
def request_bytes(bench: Bench, options: tuple, changes: dict, *parts: str) -> None:
    head = bench.head(*options, env=changes)
    want_request(head, parts[0], field_of(head, "Host"), *parts[1:])


@case("every byte of the request: the host and port of the endpoint, and its path before ours")
def request_host(bench: Bench) -> None:
    with Server() as server:
        for url, host, target in (
            (server.url, server.place, TARGET),
            (server.url + "/", server.place, TARGET),
            (server.url + "/v1/base-path_~.", server.place, "/v1/base-path_~." + TARGET),
            (f"http://LocalHost:{server.port}", f"localhost:{server.port}", TARGET),
        ):
            want_code(bench.run(*IDS, "--endpoint-url", url), 0)
            want_request(server.heads.pop(), target, host)


@case("every byte of the request: an IPv6 literal")
def request_ipv6(bench: Bench) -> None:
    try:
        server = Server(host="::1")
    except OSError as error:
        raise Skipped(f"no IPv6 on loopback ({error.strerror})") from None
    with server:
        want_code(bench.run(*IDS, "--endpoint-url", server.url), 0)
        want_request(server.heads[0], TARGET, server.place)


@case("no default port in Host (dry run)")
def default_port(bench: Bench) -> None:
    for url in ("https://localhost", "https://localhost:443", "http://localhost:80"):
        answer = bench.run(*IDS, "--endpoint-url", url, "--dry-run")
        want(b"\nHost: localhost\r\n" in answer.out, "Host: localhost", answer)


# Answers that are accepted

WHOLE = [
    ("a usual answer", says(GOOD)),
    ("another order, more members, white space",
     says(http(200, f'\r\n{{ "x": [1, {{"jobRunId": null}}],\t"jobRunId" : "{JOB}" ,\n'
                    f'"applicationId":"{APPLICATION}"}} '))),
    ("ids in JSON escapes", says(http(200, good_body(job="\\u0030" + JOB[1:])))),
    ("chunked", says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                     b"5\r\n" + good_body()[:5].encode() + b"\r\n%x;a=b\r\n" %
                     (len(good_body()) - 5) + good_body()[5:].encode() + b"\r\n0\r\n\r\n")),
    ("100 and 103 before it", says(b"HTTP/1.1 100 Continue\r\n\r\n"
                                   b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + GOOD)),
    ("a byte at a time", drips(GOOD, 1)),
    ("the server keeps the connection open",
     keeps_open(GOOD.replace(b"Connection: close\r\n", b""))),
    ("a reset after it", resets(GOOD)),
]


@each("every byte of stdout", WHOLE)
def accepted(bench: Bench, script: Script) -> None:
    for options, out in (((), AS_JSON), (("--output=json",), AS_JSON),
                         (("--output=text",), AS_TEXT)):
        answer = bench.cancel(*options, script=script)
        want(answer == Answer(0, out, b""), f"exit 0, {out!r}, nothing on stderr", answer)


# Answers that are errors

NOT_FOUND = "ResourceNotFoundException"
ERRORS = [  # name, status, body, headers, the name and the message on stderr
    ("x-amzn-ErrorType and message", 404, '{"message": "No such run"}',
     [f"x-amzn-ErrorType: {NOT_FOUND}"], NOT_FOUND, "No such run"),
    ("a name with a URL after it", 404, '{"message": "No such run"}',
     [f"X-AMZN-ERRORTYPE: {NOT_FOUND}:http://internal.invalid/coral/"], NOT_FOUND, "No such run"),
    ("__type with a name space", 404, f'{{"__type": "a.b#{NOT_FOUND}", "Message": "No run"}}', [],
     NOT_FOUND, "No run"),
    ("code", 404, f'{{"code": "{NOT_FOUND}", "message": "No run"}}', [], NOT_FOUND, "No run"),
    ("the header before code and __type", 404, '{"code": "A", "__type": "B", "message": "m"}',
     [f"x-amzn-ErrorType: {NOT_FOUND}"], NOT_FOUND, "m"),
    ("the first of Message and message", 400, '{"Message": "big", "message": "small", "code": "A"}',
     [], "A", "big"),
    ("an unknown name", 418, '{"message": "m"}', ["x-amzn-ErrorType: Teapot"], "Teapot", "m"),
    ("no message", 400, "{}", ["x-amzn-ErrorType: ValidationException"], "ValidationException", ""),
    ("no name: the status", 400, '{"message": "m"}', [], "400", "m"),
    ("no body: the status", 403, "", [], "403", ""),
    ("a name and an empty body", 403, "", ["x-amzn-ErrorType: AccessDeniedException"],
     "AccessDeniedException", ""),
    ("XML: the status", 403, "<Error><Code>X</Code></Error>", [], "403", ""),
    ("a 500", 500, '{"message": "m"}', ["x-amzn-ErrorType: InternalServerException"],
     "InternalServerException", "m"),
]


@each("service error, first line of stderr", ERRORS)
def service_error(
    bench: Bench, status: int, body: str, headers: list, name: str, message: str
) -> None:
    answer = bench.cancel(script=says(http(status, body, *headers)))
    want_code(answer, 254)
    want_silent_stdout(answer)
    want(answer.lines[0] == "" and answer.lines[1] == ERROR_LINE % (name, message),
         f"an empty line, then {ERROR_LINE % (name, message)!r}", answer)


@case("service error, all of stderr: error, effect, request id, next step")
def service_error_whole(bench: Bench) -> None:
    headers = (f"x-amzn-ErrorType: {NOT_FOUND}", "x-amzn-RequestId: 01234567-89ab-cdef")
    with Server(says(http(404, '{"message": "No run"}', *headers))) as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url)
    want(answer.lines == [
        "",
        ERROR_LINE % (NOT_FOUND, "No run"),
        f"Job run {JOB} of application {APPLICATION}: {REFUSED}",
        "Request id: 01234567-89ab-cdef",
        "Next: Check the application id, the job run id, the region and the account.",
        f"The region is us-east-1 (AWS_REGION), and the endpoint {server.url} (--endpoint-url).",
        "",
    ], "these six lines", answer)


STEPS = ["ValidationException", NOT_FOUND, "InternalServerException", "AccessDeniedException",
         "ConflictException", "ExpiredTokenException", "IncompleteSignature",
         "InvalidSignatureException", "MalformedHttpRequestException", "MissingAuthenticationToken",
         "NotAuthorized", "OptInRequired", "RequestAbortedException", "RequestExpired",
         "RequestEntityTooLargeException", "RequestTimeoutException", "RequestTimeTooSkewed",
         "ServiceQuotaExceededException", "ServiceUnavailable", "ThrottlingException",
         "UnknownOperationException", "UnrecognizedClientException", "NobodyKnowsException"]


@each("no line of stderr ends with a colon", [(name, name) for name in STEPS])
def next_steps(bench: Bench, name: str) -> None:
    for status in (400, 503):
        error = http(status, '{"message": "m"}', f"x-amzn-ErrorType: {name}")
        answer = bench.cancel(script=says(error))
        want_code(answer, 254)
        empty = [line for line in answer.lines if re.search(r":\s*$", line)]
        want(not empty, "no line that ends with a colon", empty)


PROFILE = "To use another profile: --profile NAME"
OWN_LINES = [  # the service's error, the environment, a text in the line after the next step; empty: no such line
    ("ThrottlingException", {}, "--persistent and --timeout"),
    ("ValidationException", {}, LOOK), ("ConflictException", {}, LOOK),
    ("ExpiredTokenException", SESSION, "AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN. "),
    ("ExpiredTokenException", {**SESSION, "AWS_SECURITY_TOKEN": TOKEN[::-1]},
     "AWS_SECRET_ACCESS_KEY and AWS_SECURITY_TOKEN. "),
    ("UnrecognizedClientException", {}, "AWS_SESSION_TOKEN (not set)"),
    ("InvalidSignatureException", {}, PROFILE), ("IncompleteSignature", {}, PROFILE),
    ("AccessDeniedException", {}, "The credentials came from AWS_ACCESS_KEY_ID"),
    (NOT_FOUND, {}, "The region is us-east-1 (AWS_REGION), and the endpoint http://127.0.0.1:"),
    ("OptInRequired", {}, "The region is us-east-1 (AWS_REGION)"), ("NotAuthorized", {}, ""),
]


@each("the line of options and variables after the next step", [
    (f"{name} {' '.join(env)}", name, env, shown) for name, env, shown in OWN_LINES])
def own_line(bench: Bench, name: str, env: dict, shown: str) -> None:
    error = http(400, '{"message": "m"}', f"x-amzn-ErrorType: {name}")
    answer = bench.cancel(script=says(error), env=env)
    want_code(answer, 254)
    (at,) = [at for at, line in enumerate(answer.lines) if line.startswith("Next: ")]
    want(shown in answer.lines[at + 1] if shown else not answer.lines[at + 1], shown, answer)


SCOPE = "Credential should be scoped to a valid region."


@each("a region that is not the endpoint's is printed with its source", [
    ("an option", ("--region", "us-east-2"), {}, "us-east-2 (--region)"),
    ("a variable", (), {"AWS_REGION": "us-west-2"}, "us-west-2 (AWS_REGION)"),
    ("the older variable", (), {"AWS_REGION": None, "AWS_DEFAULT_REGION": "us-west-1"}, "us-west-1 (AWS_DEFAULT_REGION)"),
    ("a profile", (), {"AWS_REGION": None, "AWS_DEFAULT_REGION": None, "AWS_CONFIG_FILE": "eu-west-1"},
     "eu-west-1 (region in {path} line 2)"),
])  # fmt: skip
def wrong_region(bench: Bench, options: tuple, env: dict, words: str) -> None:
    with scratch("region") as folder, \
            Server(says(http(403, f'{{"message": "{SCOPE}"}}', "x-amzn-ErrorType: InvalidSignatureException"))) as server:
        if "AWS_CONFIG_FILE" in env:
            (folder / "config").write_text(f"[default]\nregion = {env['AWS_CONFIG_FILE']}\n")
            env, words = env | {"AWS_CONFIG_FILE": str(folder / "config")}, words.replace("{path}", f"{folder}/config")
        answer = bench.run(*IDS, *options, env={**env, "AWS_ENDPOINT_URL": server.url})
    want_code(answer, 254)
    want(answer.lines[-3:] == ["Next: Use the region of the endpoint.",
                               f"The region is {words}, and the endpoint {server.url} (AWS_ENDPOINT_URL).", ""], words, answer)


@each("the service refuses the time of the signature: the next step is to set the clock", [
    ("behind", "InvalidSignatureException",
     "Signature expired: 20261127T100000Z is now earlier than 20261127T101500Z (20261127T102000Z - 5 min.)"),
    ("ahead", "InvalidSignatureException",
     "Signature not yet current: 20261127T104000Z is still later than 20261127T102500Z (20261127T102000Z + 5 min.)"),
    ("RequestTimeTooSkewed", "RequestTimeTooSkewed", "m"), ("RequestExpired", "RequestExpired", "m"),
])  # fmt: skip
def wrong_clock(bench: Bench, name: str, message: str) -> None:
    off = {"AWS_DISABLE_CLOCK_SKEW_CORRECTION": "true"}
    for env, more in (({}, ""), (off, " AWS_DISABLE_CLOCK_SKEW_CORRECTION is true: without it the service's time is used.")):
        answer = bench.cancel(script=says(http(403, f'{{"message": "{message}"}}', f"x-amzn-ErrorType: {name}")), env=env)
        want_code(answer, 254)
        want(answer.lines[-3] == "Next: Set the clock of this machine, then call again."
             and re.fullmatch(r"By this clock it is 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\." + re.escape(more), answer.lines[-2]),
             "the next step and the time of the clock", answer)


@case(f"a message of {MESSAGE_SIZE} bytes is shown completely, a longer one ends with ...")
def long_message(bench: Bench) -> None:
    for size, end in ((MESSAGE_SIZE, ""), (MESSAGE_SIZE + 1, "..."), (100_000, "...")):
        body = f'{{"code": "A", "message": "{"m" * size}"}}'
        answer = bench.cancel(script=says(http(400, body)))
        text = "m" * MESSAGE_SIZE + end
        want(answer.error == ERROR_LINE % ("A", text), f"{size} m, shown as {len(text)}", answer)


# A server must not control a terminal, add lines to a log or make emrs print a secret

HOSTILE = {
    "escape": b"\x1b[2J\x1b]0;title\x07", "bell": b"\x07", "backspace": b"\x08\x08",
    "delete": b"\x7f", "C1 in UTF-8": b"\xc2\x9b31m", "C1 as a byte": b"\x9b31m",
    "not UTF-8": b"\xff\xfe\xc0\x80",
    "right to left": "\u202egnp.exe\u2066".encode(), "tab": b"\t", "vertical tab": b"\x0b\x0c",
    "NUL": b"\x00", "CR": b"\r", "line end": b"\nJob run 0 accepted",
}


def json_of(text: bytes) -> bytes:
    """ret: a JSON string of the text: control bytes as \\u escapes, all others unchanged"""
    parts = (b"\\u%04x" % byte if byte < 0x20 or byte == 0x7f else bytes([byte]) for byte in text)
    return b'"' + b"".join(parts) + b'"'


def placed(place: str, text: bytes) -> bytes:
    """Puts the text into this place of an error answer, between the words "before" and "after". ret: the answer"""
    text = b"before" + text + b"after"
    members = {b"message": b'"m"', b"code": b'"A"'}
    if place in ("message", "code", "__type"):
        if place == "__type":
            del members[b"code"]
        members[place.encode()] = json_of(text)
    body = b"{" + b", ".join(b'"%s": %s' % member for member in members.items()) + b"}"
    head = http(400, body).partition(b"Content-Length")
    line = place.encode() + b": " + text + b"\r\n" if place.startswith("x-") else b""
    return head[0] + line + head[1] + head[2]


def broken(place: str, text: bytes) -> bool:
    """ret: whether this text makes the answer's JSON invalid, so that emrs knows only the status"""
    try:
        text.decode()
    except UnicodeDecodeError:
        return not place.startswith("x-")
    return False


PLACES = ["message", "code", "__type", "x-amzn-ErrorType", "x-amzn-RequestId"]
IN_HEADER = [name for name, text in HOSTILE.items() if not re.search(rb"[\0\r\n]", text)]


@each("control bytes of the server never reach the terminal", [
    (f"{place}{more}", place, options) for place in PLACES
    for more, options in (("", ()), (" with --debug", ("--debug",)))])
def control_bytes(bench: Bench, place: str, options: tuple) -> None:
    for name, text in HOSTILE.items():
        if place.startswith("x-") and name not in IN_HEADER:
            continue
        answer = bench.cancel(*options, script=says(placed(place, text)))  # run() checks stderr
        want(answer.code in (254, 255), "exit 254 or 255", (name, answer))
        lines = [line for line in answer.lines if line.startswith("Job run")]
        want(len(lines) == 1, "one line with the effect", (name, lines))
        if not broken(place, text):
            want(re.search(rb"before.*after", answer.err), "the text before and after it", (name, answer))


@case("control bytes in other places: reason phrase, unknown headers, a page")
def control_bytes_elsewhere(bench: Bench) -> None:
    for answer in (
        b"HTTP/1.1 400 \x1b[2J\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 400 No\r\nX-Any: \x1b[2J\x9b\r\nContent-Length: 0\r\n\r\n",
        b"\x1b[2J\x1b[2J\r\n\r\n",
        http(503, b"<html>\x1b[2J\x07\xff</html>", kind="text/html"),
        http(200, b"\x1b[2J\x07\xff"),
        http(200, good_body(job="\x1b[2J")),
        http(302, b"", "Location: \x1b[2J"),
    ):
        for options in ((), ("--debug",)):
            seen = bench.cancel(*options, script=says(answer))
            want(seen.code in (254, 255), "exit 254 or 255", seen)
            want_effect(seen, UNKNOWN)


@case("control bytes in a user's value never reach the terminal, and start no line")
def control_bytes_of_user(bench: Bench) -> None:
    value = "00\x1b[2J\x9b\r\nJob run 0"
    for words in (("--application-id", value, "--job-run-id", JOB),
                  ("--application-id", APPLICATION, "--job-run-id", value),
                  (*IDS, GRACE, value), (*IDS, "--region", value), (*IDS, "--timeout", value),
                  (*IDS, "--cli-read-timeout", value), (*IDS, "--output", value), (*IDS, value),
                  (*IDS, "--" + value), (*IDS, "--endpoint-url", value),
                  (*IDS, "--endpoint-url", "https://127.0.0.1:9", "--ca-bundle", value)):
        answer = bench.run(*words)
        want(answer.code in (252, 253), "exit 252 or 253", answer)
        want("Job run 0" not in [line[:9] for line in answer.lines],
             "no line that begins with the injected text", answer)


ECHOES = {"secret": lambda head: SECRET, "token": lambda head: TOKEN, "signature": signature_of}


def echoes(place: str, what: str, size: int) -> Script:
    def script(peer: socket.socket, head: bytes) -> None:
        answer = placed(place, b" " + ECHOES[what](head).encode() + b" ")
        if place.startswith("x-"):  # emrs keeps only the start of this header, so it must begin with the secret
            answer = answer.replace(b"before ", b"")
        (drips(answer, size) if size else says(answer))(peer, head)

    return script


@each("a secret that the server sends back is masked", [
    (f"{what} in {place}{more}", what, place, options, size)
    for what in ECHOES for place in PLACES
    for more, options, size in (("", (), 0), (" with --debug", ("--debug",), 0),
                                (" with --debug, a byte at a time", ("--debug",), 1))])
def echo(bench: Bench, what: str, place: str, options: tuple, size: int) -> None:
    answer = bench.cancel(*options, script=echoes(place, what, size), env=SESSION)
    want_code(answer, 254)
    want(b"********" in answer.err, "asterisks in its place", answer)


INSIDE = {"CR": b"\r", "NUL": b"\0", "ESC": b"\x1b", "e acute": "\u00e9".encode(),
          "DEL": b"\x7f", "a quote": b'"', "a backslash": b"\\", "a line end": b"\n"}
LEVELS = (("", ()), (" with --debug", ("--debug",)))


def broken_up(secret: str, size: int, byte: bytes) -> bytes:
    """ret: the secret in pieces of this size, with the byte between them"""
    text = secret.encode()
    return byte.join(text[at : at + size] for at in range(0, len(text), size))


def without_marks(answer: Answer) -> bytes:
    """ret: stderr without the inserted byte, in each form in which emrs prints it"""
    return re.sub(rb"(?m)^emrs: \d+ ms: |\\x[0-9a-f]{2}|[^A-Za-z0-9+/=]", b"", answer.err)


@each("the server sends the secret back with other bytes inside", [
    (f"{name} in pieces of {size}{more}", byte, size, options)
    for name, byte in INSIDE.items() for size in (7, 19) for more, options in LEVELS])
def inside(bench: Bench, byte: bytes, size: int, options: tuple) -> None:
    for secret in (SECRET, TOKEN):
        text = broken_up(secret, size, byte)
        raw = http(503, text, kind="text/html")
        head = http(503, "", "X-Any: v", "Server: s").replace(b"X-Any: v", b"X-Any: " + text)
        for answer in (raw, head, http(503, b"{" + text + b"}"), placed("message", text)):
            seen = bench.cancel(*options, script=says(answer), env=SESSION)  # run() searches for the secret
            want_code(seen, 254)
        # A body that is not JSON, and the value of an unknown header, are not shown at all.
        for answer in (raw, head):
            seen = bench.cancel(*options, script=says(answer), env=SESSION)
            found = leak(secret.encode(), without_marks(seen), LEAK_SIZE)
            want(not found, "no secret in pieces", (found, seen))


ESCAPES = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "hex": lambda text: text.encode().hex(),
    "upper case": str.upper,
    "percent signs": lambda text: "".join(f"%{ord(c):02x}" for c in text),
    "\\x": lambda text: "".join(f"\\x{ord(c):02x}" for c in text),
}


@each("an encoded secret in a part of the answer that emrs does not store", [
    (f"{name}", change) for name, change in ESCAPES.items()])
def escaped(bench: Bench, change: Callable[[str], str]) -> None:
    for secret in (SECRET, TOKEN):
        text = change(secret)
        for answer in (http(503, text, kind="text/plain"), http(503, "", f"X-Any: {text}"),
                       http(200, text)):
            seen = bench.cancel("--debug", script=says(answer), env=SESSION)
            want(not leak(text, seen.err.decode(), LEAK_SIZE), "no part of the encoded secret", seen)


@case("a secret spelled in \\u escapes in a message is masked")
def unicode_escapes(bench: Bench) -> None:
    text = "".join(f"\\u{ord(c):04x}" for c in SECRET)
    answer = http(400, f'{{"code": "A", "message": "it is {text}."}}')
    for _, options in LEVELS:
        seen = bench.cancel(*options, script=says(answer), env=SESSION)
        want(f"it is {'*' * len(SECRET)}." in seen.err.decode(), "asterisks in its place", seen)


def keeps_connection(answer: bytes) -> bytes:
    return answer.replace(b"Connection: close\r\n", b"")


@each("signatures of all attempts are masked", [(f"{name}{more}", script, options)
      for name, script in (("on new connections", "new"),
                           ("on a kept stream, across the end of an answer", "same"))
      for more, options in LEVELS])
def signatures(bench: Bench, script: str, options: tuple) -> None:
    """Each answer sends back the signatures of all requests so far. On a kept stream it ends with the last one."""
    heads: list[bytes] = []

    def answer(peer: socket.socket, head: bytes) -> None:
        while head:
            heads.append(head)
            text = " ".join(f"Signature={signature_of(each)}" for each in heads)
            body = f'{{"code": "ServiceUnavailable", "message": "{text}"}}'
            if script == "same":
                body += f"Signature={signature_of(head)}"
                peer.sendall(keeps_connection(http(503, body, kind="text/plain")))
            else:
                peer.sendall(http(503, body))
                return
            head = read_head(peer)

    with Server(answer) as server:
        seen = bench.run(*IDS, "--endpoint-url", server.url, *options, heads=heads,
                         env={**SESSION, **THRICE})
    check_output(seen, heads)
    want(len(heads) == 3, "three attempts", len(heads))
    want(script == "same" or b"Signature=" + b"*" * 64 in seen.err, "asterisks in their place", seen)


def cut_answers(piece: str) -> list[bytes]:
    """ret: answers with the text where emrs cuts a message, an error's name and an id"""
    return [
        placed("message", b"x" * 440 + piece.encode()),
        http(503, '{"message": "m"}', "x-amzn-errortype: " + "x" * 80 + piece),
        http(200, f'{{"applicationId": "xx{piece}", "jobRunId": "a"}}'),
    ]


@each("a signature at the place where emrs cuts a text", [
    (f"{name}{more}", index, options) for index, name in enumerate(("message", "name", "id"))
    for more, options in LEVELS])
def cut_signature(bench: Bench, index: int, options: tuple) -> None:
    pieces: list[str] = []

    def answer(peer: socket.socket, head: bytes) -> None:
        pieces.append(signature_of(head))
        peer.sendall(cut_answers(pieces[0])[index])

    with Server(answer) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url, *options)
        seen = finish(child)
    want(pieces, "at least one request", seen)
    found = leak(pieces[0], (seen.out + seen.err).decode(), 33)
    want(not found, "at most 32 digits of it", (found, seen))


class ResetFirst(Server):
    """Resets the first connection before it reads a byte, so that the first send may fail."""

    def serve(self, connection: socket.socket, port: int) -> None:
        if self.heads or getattr(self, "was_reset", False):
            super().serve(connection, port)
            return
        self.was_reset = True
        will_reset(connection)
        connection.close()


@each("a first send that fails", [(more.strip() or "without --debug", options)
                                  for more, options in LEVELS])
def first_send(bench: Bench, options: tuple) -> None:
    """With --debug the request of the next attempt is printed completely; its signature is masked."""
    with ResetFirst(echoes("message", "signature", 0)) as server:
        seen = bench.run(*IDS, "--endpoint-url", server.url, *options, heads=server.heads,
                         env={**SESSION, **THRICE})
        check_output(seen, server.heads)
    want_code(seen, 254)
    want(b"*" * 64 in seen.err, "asterisks in its place", seen)
    printed = seen.err.count(b"> Authorization: AWS4-HMAC-SHA256 ")
    want(not options or printed >= len(server.heads), "each request that was sent", seen)


@each("the signature is masked if another text looks like one", [
    (f"{name}{more}", env, options)
    for name, env in (("AWS_SDK_UA_APP_ID", {"AWS_SDK_UA_APP_ID": "Signature=" + "0" * 40}),
                      ("the session token", {"AWS_SESSION_TOKEN": "Signature=" + "t" * 64}))
    for more, options in LEVELS])
def other_signature(bench: Bench, env: dict, options: tuple) -> None:
    script = echoes("message", "signature", 0)
    with Server(script) as server:
        seen = bench.run(*IDS, "--endpoint-url", server.url, *options, heads=server.heads, env=env)
        check_output(seen, server.heads)
    want(b"*" * 64 in seen.err, "asterisks in its place", seen)
    want(b"tttttttt" not in seen.err, "no token", seen)


# The exit codes, by effect

KNOWN = f"x-amzn-ErrorType: {NOT_FOUND}"
INTERNAL = "x-amzn-ErrorType: InternalServerException"
LATER = "timed out while waiting for the answer"
HTML = "<html>sign in</html>"


def plain(body: str) -> Script:
    return says(http(200, body))


def page(status: int) -> Script:
    return says(http(status, HTML, kind="text/html"))


DOUBTS = [  # an answer came: exit 254, UNKNOWN; the last column is a text in the first line
    ("200 with another job run", plain(good_body(job="00run2")), "another job run"),
    ("200 with another application", plain(good_body(application="00a")), "another job run"),
    ("200 with the ids exchanged", plain(good_body(JOB, APPLICATION)), "another job run"),
    ("200 with one id", plain(f'{{"jobRunId": "{JOB}"}}'), "does not name the job run"),
    ("200 with no member", plain("{}"), "does not name the job run"),
    ("200 with a list", plain("[]"), "the answer"),
    ("200 with an id twice", plain(good_body()[:-1] + f', "jobRunId": "{JOB}"}}'), "JSON"),
    ("200 with no body", plain(""), "the answer"),
    ("200 with HTML", page(200), "not from this service"),
    ("200 with HTML and the type of JSON", plain(HTML), "not valid JSON"),
    ("200 with a byte after the JSON", plain(good_body() + "x"), "not valid JSON"),
    ("200 cut inside the body", says(GOOD[:-5]), "ended early"),
    ("200 cut after the head", says(GOOD[: GOOD.index(b"{")]), "ended early"),
    ("200 without a length, ended by FIN",
     says(b"HTTP/1.1 200 OK\r\n\r\n" + GOOD[GOOD.index(b"{"):]), "ended early"),
    ("200 reset inside the body", resets(GOOD[:-5]), "lost"),
    ("200 too long", plain(" " * 1_100_000), "too big"),
    ("202", says(http(202, good_body())), "status 202"),
    ("204", says(b"HTTP/1.1 204 No Content\r\n\r\n"), "status 204"),
    *((f"{status}", says(http(status, "", "Location: /a")), "a redirect, which is never followed")
      for status in (301, 302, 303, 307, 308)),
    ("304", says(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "status 304"),
    *((f"{status} not in the service's error format", page(status), f"({status})")
      for status in (400, 401, 403, 404, 429, 500, 502, 503, 504)),
    ("407: a proxy", says(http(407)), "a proxy answered, not the service"),
    ("400 cut inside its body", says(http(400, '{"message": "m"}', KNOWN)[:-5]), "ended early"),
    *((f"{status} in the service's error format", says(http(status, '{"message": "m"}', INTERNAL)),
       "InternalServerException") for status in (500, 503)),
]
SILENCES = [  # no complete head of an HTTP/1.1 answer came: exit 255, UNKNOWN
    ("no HTTP at all", says(b"220 mail.invalid ESMTP\r\n"), (), "no HTTP/1.1 answer"),
    ("HTTP/2.0", says(GOOD.replace(b"HTTP/1.1", b"HTTP/2.0")), (), "no HTTP/1.1 answer"),
    ("closed without an answer", says(b""), (), "answer"),
    ("reset without an answer", resets(), (), "the connection was reset"),
    ("silence, --cli-read-timeout 1", stays_silent, ("--cli-read-timeout", "1"), LATER),
    ("silence, --timeout 1", stays_silent, ("--timeout", "1"), LATER),
    ("a byte each 0.1 s, --timeout 1", drips(GOOD, 1, 0.1), ("--timeout", "1"), LATER),
]
EXITS = [
    *((name, script, (), 254, UNKNOWN, needle) for name, script, needle in DOUBTS),
    *((name, script, options, 255, UNKNOWN, needle) for name, script, options, needle in SILENCES),
    *((f"{status} in the service's error format", says(http(status, '{"message": "m"}', KNOWN)), (), 254,
       REFUSED, NOT_FOUND) for status in (400, 401, 403, 404, 409, 429)),
    ("silence inside the body", keeps_open(GOOD[:-5]), ("--cli-read-timeout", "1"), 254, UNKNOWN,
     LATER),
]


@each("exit and effect", EXITS)
def exits(
    bench: Bench, script: Script, options: tuple, code: int, effect: str, needle: str
) -> None:
    answer = bench.cancel(*options, script=script)
    want_code(answer, code)
    want_silent_stdout(answer)
    want_effect(answer, effect)
    want(needle in answer.error, f"{needle!r} in the first line", answer)
    want("\nNext: " in answer.err.decode(), "a next step", answer)
    want((LOOK in answer.lines[-2]) == (effect == UNKNOWN), "how to look, only if it is unknown", answer)


@case("exit and effect: no server listens")
def refused_port(bench: Bench) -> None:
    with refusing_place() as place:
        for url in (f"http://{place}", f"https://localhost:{place.rsplit(':', 1)[1]}"):
            answer = bench.run(*IDS, "--endpoint-url", url)
            want_code(answer, 255)
            want_silent_stdout(answer)
            want_effect(answer, NOTHING_SENT)
            want(url in answer.error and "refused" in answer.error, "the URL and the reason", answer)


@case("exit and effect: localhost refuses, and the next step says which address localhost is")
def refused_localhost(bench: Bench) -> None:
    with refusing_place() as place:
        port = place.partition(":")[2]
        answer = bench.run(*IDS, "--endpoint-url", f"http://localhost:{port}")
    want_code(answer, 255)
    step = [line for line in answer.lines if line.startswith("Next: ")]
    for needle in ("localhost is 127.0.0.1 here", f"http://[::1]:{port}"):
        want(needle in step[0], needle, step)


@case("exit and effect: a name that cannot exist")
def unknown_host(bench: Bench) -> None:
    name = "a" * 64 + ".invalid"  # a label is too long, so no name server is asked
    answer = bench.run(*IDS, "--endpoint-url", f"https://{name}", "--timeout", "5")
    want_code(answer, 255)
    want_silent_stdout(answer)
    want_effect(answer, NOTHING_SENT)
    want("could not resolve" in answer.error and name in answer.error, "the host name and the reason", answer)
    want(f"The region is us-east-1 (AWS_REGION), and the endpoint https://{name} (--endpoint-url)." in answer.lines
         and "If this network has a proxy, set https_proxy." in answer.lines, "the lines about region and proxy", answer)


@case("exit and effect: the CA file is missing, has no certificates, or is not a regular file: 253")
def trust(bench: Bench) -> None:
    with refusing_place() as place, scratch("command") as folder:
        text, pipe = folder / "text.pem", folder / "pipe"
        text.write_text("no certificate\n", encoding="ascii")
        os.mkfifo(pipe)
        for path, why in ((f"{folder}/none", "No such file"),
                          (text, "it holds no certificate that this mbedTLS can read (-0x"),
                          (folder, "it is a directory, not a regular file"),
                          (pipe, "it is a pipe, a socket or a device, not a regular file"),
                          ("/dev/zero", "it is a pipe, a socket or a device")):
            answer = bench.run(*IDS, "--endpoint-url", f"https://{place}", "--ca-bundle", str(path))
            want_code(answer, 253)
            for needle in (str(path), "--ca-bundle", why):
                want(needle in answer.err.decode(), f"{needle!r} on stderr", answer)


def unreadable_ca(folder: Path) -> Path:
    """Makes a CA that mbedTLS cannot read, because its name constraints are critical. ret: its file"""
    import certs
    from cryptography import x509

    key = certs._new_key("ec")
    builder = certs._builder("emrs constrained CA", key, None, (-1, 1))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
    names = x509.NameConstraints([x509.DNSName("example")], None)
    builder = builder.add_extension(names, True)
    path = folder / "constrained.pem"
    path.write_bytes(certs._pem(builder.sign(key, certs.hashes.SHA256())))
    return path


@case("a CA that mbedTLS cannot read: alone exit 253; with others it is reported if none of them fits")
def trust_in_part(bench: Bench) -> None:
    try:
        import certs
    except ImportError as error:
        raise Skipped(f"no CA can be made: {error}") from None
    with scratch("command") as folder:
        authority, alone = certs.Authority(folder), unreadable_ca(folder)
        both = folder / "both.pem"
        both.write_bytes(alone.read_bytes() * 2 + authority.ca.read_bytes())
        with refusing_place() as place:
            answer = bench.run(*IDS, "--endpoint-url", f"https://{place}", "--ca-bundle", str(alone))
        want_code(answer, 253)
        words = "it holds no certificate that this mbedTLS can read (-0x"
        want(words in answer.err.decode(), words, answer)
        for name, told in (("other-ca", True), ("expired", False)):
            with TlsServer(certs.server_context(authority.leaf(name))) as server:
                answer = bench.run(*IDS, "--endpoint-url", server.url, "--ca-bundle", str(both))
            want_code(answer, 255)
            words = "2 certificates of the CA bundle could not be read."
            want((words in answer.err.decode()) == told, f"{words} {told}", answer)
            words = "To trust a CA: --ca-bundle or AWS_CA_BUNDLE"
            want((words in answer.err.decode()) == told, f"{words} {told}", answer)


class TlsServer(Listener):
    """Makes the TLS handshake on each connection, and sends nothing more."""

    def __init__(self, context: ssl.SSLContext):
        super().__init__("127.0.0.1")
        self.url = f"https://localhost:{self.port}"
        self._context = context

    def serve(self, connection: socket.socket, port: int) -> None:
        threading.Thread(target=self._shake, args=(connection,), daemon=True).start()

    def _shake(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            self._context.wrap_socket(connection, server_side=True).close()


COSTLY_COUNT = 32  # as many certificates as fit into the 16 KB of one record
COSTLY_S = 6  # limit of processor time: several times --timeout, and less than a check of the complete chain takes


def costly_chain(folder: Path) -> ssl.SSLContext:
    """Makes a leaf, and CAs that have the same name, keys on a large curve and wrong signatures, and have expired.
    mbedTLS tries each of them as the issuer of each."""
    import certs
    from cryptography.hazmat.primitives.asymmetric import ec

    chain = []
    for _ in range(COSTLY_COUNT):
        key = ec.generate_private_key(ec.BrainpoolP512R1())
        builder = certs._builder("CA", key, None, (-9, -1))
        builder = builder.add_extension(certs.x509.BasicConstraints(True, None), True)
        chain.append(certs.Pair(builder.sign(key, certs.hashes.SHA256()), key))
    stranger = certs.Pair(chain[0].certificate, ec.generate_private_key(ec.BrainpoolP512R1()))
    leaf = certs._leaf(certs.RECIPES["good"], stranger, certs._new_key("ec"))
    files = certs.Leaf("costly", folder / "costly.pem", folder / "costly.key")
    files.chain.write_bytes(b"".join(certs._pem(each.certificate) for each in [leaf, *chain]))
    certs._write_private(files.key, leaf.key)
    return certs.server_context(files)


@case("a chain that takes long to check does not delay the call beyond its deadline")
def costly(bench: Bench) -> None:
    try:
        import certs
    except ImportError as error:
        raise Skipped(f"no CA can be made: {error}") from None
    with scratch("command") as folder, TlsServer(costly_chain(folder)) as server:
        ca = certs.Authority(folder).ca
        child = bench.start(*IDS, "--endpoint-url", server.url, "--ca-bundle", str(ca),
                            "--timeout", "1")
        out, err = child.stdout.read(), child.stderr.read()
        _, status, used = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        answer = Answer(child.returncode, out, err)
    want_code(answer, 255)
    want_effect(answer, NOTHING_SENT)
    possible = ("timed out while ", "too costly to check")  # the second, if port/tls limits the cost of a chain
    want(any(words in answer.error for words in possible), possible, answer)
    want(used.ru_utime < COSTLY_S, f"less than {COSTLY_S} s of processor time", used.ru_utime)


@case("a connect() that never returns is ended at --timeout: 255, and nothing was sent")
def held(bench: Bench) -> None:
    with refusing_place() as place, scratch("command") as folder:
        held_connect = {"LD_PRELOAD": preload(folder, "connect", HOLDS)}
        name = place.replace("127.0.0.1", "localhost")  # mbedTLS 2.28 matches no address in a certificate
        for url in (f"http://{place}", f"https://{name}"):
            answer = bench.run(*IDS, "--endpoint-url", url, "--timeout", "2", env=held_connect)
            want_code(answer, 255)
            first, rest = answer.lines[1], answer.lines[2:]
            want(re.fullmatch(rf"emrs: timed out while [a-z ]+: {url}", first), "the reason", answer)
            want(rest == [f"Job run {JOB} of application {APPLICATION}: {NOTHING_SENT}",
                          "Next: Call again, with more time if needed.",
                 "To give it more time: --timeout for the whole call, --cli-connect-timeout and "
                 "--cli-read-timeout for its parts.", ""],
                 "the effect and the next step", answer)


@case("an alarm of the parent that is due before the deadline still ends the command")
def alarmed(bench: Bench) -> None:
    with Server(stays_silent) as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url, "--timeout", "600",
                           preexec_fn=lambda: signal.alarm(1))
    want_code(answer, -signal.SIGALRM)


# Signals


@contextlib.contextmanager
def full_listener() -> Iterator[int]:
    """Makes a listener with a full queue: a connection to it is never established. Yields its port."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        for _ in range(16):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(("127.0.0.1", port))
            if not select.select([], [caller], [], 0.2)[1]:
                caller.close()  # this one was not established, so the queue is full
                break
        else:
            raise Skipped("the queues of this system do not get full")
        yield port


def calls(port: int) -> int:
    """ret: the number of sockets of this computer that are connecting to the port (SYN_SENT)"""
    table = Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    rows = (line.split() for line in table)
    return sum(row[2].endswith(f":{port:04X}") and row[3] == "02" for row in rows)


def wait_for(true: Callable[[], object], what: str) -> None:
    end_s = time.monotonic() + RUN_S
    while not true():
        want(time.monotonic() < end_s, what, "it did not happen in time")
        time.sleep(0.005)


@case("SIGINT while emrs waits for the answer: 130, and the effect is printed")
def interrupted_waiting(bench: Bench) -> None:
    with Server(stays_silent) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url)
        want(server.arrived.wait(RUN_S), "a request", server.heads)
        child.send_signal(signal.SIGINT)
        answer = finish(child)
    want_code(answer, 130)
    want_silent_stdout(answer)
    want_effect(answer, UNKNOWN)


@case("SIGINT in the middle of the answer: 130, and the effect is printed")
def interrupted_answer(bench: Bench) -> None:
    with Server(keeps_open(GOOD[:-5])) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url)
        want(server.arrived.wait(RUN_S), "a request", server.heads)
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        answer = finish(child)
    want_code(answer, 130)
    want_effect(answer, UNKNOWN)


@case("SIGINT while connecting: 130, and nothing was sent")
def interrupted_connecting(bench: Bench) -> None:
    with full_listener() as port:
        child = bench.start(*IDS, "--endpoint-url", f"http://127.0.0.1:{port}")
        wait_for(lambda: calls(port), "a socket that is connecting")
        child.send_signal(signal.SIGINT)
        answer = finish(child)
        want(calls(port) == 0, "no socket that is still connecting", calls(port))
    want_code(answer, 130)
    want_silent_stdout(answer)
    want_effect(answer, NOTHING_SENT)


@case("--cli-connect-timeout 1 while connecting: 255, and nothing was sent")
def connect_timeout(bench: Bench) -> None:
    with full_listener() as port:
        url = f"http://127.0.0.1:{port}"
        begin_s = time.monotonic()
        answer = bench.run(*IDS, "--endpoint-url", url, "--cli-connect-timeout", "1")  # within RUN_S
        took_s = time.monotonic() - begin_s
    want_code(answer, 255)
    want_effect(answer, NOTHING_SENT)
    want("timed out while connecting" in answer.error, "the phase", answer)
    want(took_s > 0.9, "no end before a second", took_s)


@contextlib.contextmanager
def hello(
    bench: Bench, timeout: str = "3"
) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket, bytes]]:
    """Starts emrs with a server that never answers the ClientHello. Yields emrs, the server's socket, and the
    ClientHello."""
    try:
        import certs
    except ImportError as error:
        raise Skipped(f"no CA can be made: {error}") from None
    with scratch("command") as folder, socket.socket() as listener:
        ca = certs.Authority(folder).ca
        listener.bind(("127.0.0.1", 0))
        listener.listen(8)
        listener.settimeout(RUN_S)
        url = f"https://localhost:{listener.getsockname()[1]}"
        child = bench.start(*IDS, "--endpoint-url", url, "--ca-bundle", str(ca), "--timeout", timeout)
        try:
            peer, _ = listener.accept()
        except OSError:
            raise Failed(f"no connection; {finish(child)}") from None
        with peer:
            peer.settimeout(RUN_S)
            yield child, peer, peer.recv(HEAD_SIZE)


def rest_of(peer: socket.socket) -> bytes:
    rest = b""
    with contextlib.suppress(ConnectionResetError):
        while part := peer.recv(HEAD_SIZE):
            rest += part
    return rest


@case("SIGINT inside the TLS handshake: 130, and nothing was sent")
def interrupted_handshake(bench: Bench) -> None:
    with hello(bench, "3600") as (child, peer, begin):
        want(begin[:1] == b"\x16", "a TLS handshake record", begin[:16])
        child.send_signal(signal.SIGINT)
        answer = finish(child)
        rest = rest_of(peer)
    want_code(answer, 130)
    want_effect(answer, NOTHING_SENT)
    want(len(rest) <= 7, "at most an alert after the ClientHello", rest)


@case("a silent TLS handshake ends at --timeout: 255, and nothing was sent")
def handshake_timeout(bench: Bench) -> None:
    with hello(bench) as (child, peer, _):
        answer = finish(child)
        rest = rest_of(peer)
    want_code(answer, 255)
    want_effect(answer, NOTHING_SENT)
    want("timed out" in answer.error and "TLS" in answer.error, "the phase", answer)
    want(len(rest) <= 7, "at most an alert after the ClientHello", rest)


@each("a signal while emrs waits for the answer: exit 128 plus its number, and the effect is printed", [
    (f"{name}", name) for name in ("SIGINT", "SIGTERM", "SIGHUP")])
def signalled(bench: Bench, name: str) -> None:
    with Server(stays_silent) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url)
        want(server.arrived.wait(RUN_S), "a request", server.heads)
        child.send_signal(getattr(signal, name))
        answer = finish(child)
    want_code(answer, 128 + getattr(signal, name))
    want_effect(answer, UNKNOWN)


@each("a signal that the parent ignores is ignored", [
    (name, name) for name in ("INT", "TERM", "HUP")])
def ignored(bench: Bench, name: str) -> None:
    """The parent ignores the signal, as a shell does for background jobs (SIGINT) and nohup does (SIGHUP)."""
    go_on = threading.Event()

    def script(peer: socket.socket, head: bytes) -> None:
        go_on.wait(RUN_S)
        peer.sendall(GOOD)

    with Server(script) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url, shell=f'trap "" {name}; exec "$@"')
        want(server.arrived.wait(RUN_S), "a request", server.heads)
        child.send_signal(getattr(signal, f"SIG{name}"))
        go_on.set()
        answer = finish(child)
    want(answer == Answer(0, AS_JSON, b""), "accepted", answer)


# Standard streams

STREAMS = [  # a shell command, exit code, stdout, a text on stderr
    ("stdout full", 'exec "$@" >/dev/full', 255, b"", "No space left on device"),
    ("stdout closed", 'exec "$@" >&-', 255, b"", "stdout"),
    ("stdin and stdout closed", 'exec "$@" <&- >&-', 255, b"", "stdout"),
    ("stdin closed", 'exec "$@" <&-', 0, AS_JSON, ""),
    ("stderr closed", 'exec "$@" 2>&-', 0, AS_JSON, ""),
    ("stderr full", 'exec "$@" 2>/dev/full', 0, AS_JSON, ""),
    ("stdin and stderr closed", 'exec "$@" <&- 2>&-', 0, AS_JSON, ""),
]


@each("standard streams", STREAMS)
def streams(bench: Bench, shell: str, code: int, out: bytes, told: str) -> None:
    for options in ((), ("--output", "text")):
        answer = bench.cancel(*options, shell=shell)
        want_code(answer, code)
        want(answer.out == (AS_TEXT if options and out else out), "the right stdout", answer)
        if code:
            want(told in answer.err.decode(), told, answer)
            want_effect(answer, ACCEPTED)
        else:
            want(answer.err == b"", "nothing on stderr", answer)


@case("standard streams: stdout exceeds the limit of a file's size: 255 and the effect, not SIGXFSZ")
def file_limit(bench: Bench) -> None:
    for options, code in (((), 255), (("--debug",), 255)):
        with scratch("command") as folder, open(folder / "out", "wb") as out:
            answer = bench.cancel(*options, stdout=out, shell='ulimit -f 0; exec "$@"')
        want_code(answer, code)
        want("File too large" in answer.err.decode(), "the reason", answer)
        want_effect(answer, ACCEPTED)
    with scratch("command") as folder, open(folder / "err", "wb") as err:
        answer = bench.cancel("--debug", stderr=err, shell='ulimit -f 0; exec "$@"')
    want(answer == Answer(0, AS_JSON, b""), "accepted", answer)


@case("standard streams: one is closed and there is no /dev/null: 253, and nothing is sent")
def no_null(bench: Bench) -> None:
    hide = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
            'mount -t tmpfs none /dev && exec "$@" 2>&-', "sh")
    probe = subprocess.run([*hide, "true"], capture_output=True)
    if probe.returncode != 0:
        raise Skipped("/dev cannot be hidden on this system")
    with Server() as server:
        words = (bench.binary, "cancel-job-run", *IDS, "--endpoint-url", server.url, "--debug")
        child = subprocess.Popen([*hide, *words], env=environment(None), stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE)
        answer = finish(child)
        want(server.connections() == 0, "no connection", server.heads)
    want(answer == Answer(253, b"", b""), "exit 253", answer)


@each("standard streams: stdout cannot be written", [
    (f"{' '.join(words)} {name}", words, shell)
    for words in (("--help",), ("help",), ("--version",), ("cancel-job-run", *IDS, "--dry-run"))
    for name, shell in (("full", 'exec "$@" >/dev/full'), ("closed", 'exec "$@" >&-'))])
def stdout_lost(bench: Bench, words: tuple, shell: str) -> None:
    answer = bench.run(*words, command=False, shell=shell)
    want_code(answer, 255)
    want("stdout" in answer.err.decode(), "stdout named on stderr", answer)


@contextlib.contextmanager
def gone_reader() -> Iterator[int]:
    """Yields the writing end of a pipe whose reading end is closed."""
    reader, writer = os.pipe()
    os.close(reader)
    yield writer
    os.close(writer)


@case("standard streams: the reader of stdout has closed: 255, and the effect is printed")
def stdout_pipe_broken(bench: Bench) -> None:
    with gone_reader() as pipe:
        answer = bench.cancel(stdout=pipe)
    want_code(answer, 255)
    want("Broken pipe" in answer.err.decode(), "Broken pipe", answer)
    want_effect(answer, ACCEPTED)


@case("standard streams: the reader of stderr has closed: the exit code does not change")
def stderr_pipe_broken(bench: Bench) -> None:
    for code, script, options in ((0, says(GOOD), ()), (0, says(GOOD), ("--debug",)),
                                  (254, says(http(404, "", KNOWN)), ())):
        with gone_reader() as pipe:
            want_code(bench.cancel(*options, script=script, stderr=pipe), code)


@case("standard streams: if all are closed, descriptors 0 to 2 are /dev/null, not a socket")
def descriptors(bench: Bench) -> None:
    with Server(stays_silent) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url, "--timeout", "3600",
                            shell='exec "$@" <&- >&- 2>&-')
        try:
            want(server.arrived.wait(RUN_S), "a request", server.heads)
            folder = f"/proc/{child.pid}/fd"
            links = {int(name): os.readlink(f"{folder}/{name}") for name in os.listdir(folder)}
        finally:
            child.send_signal(signal.SIGINT)
            answer = finish(child)
    want_code(answer, 130)
    low = [links.get(number) for number in range(3)]
    want(low == ["/dev/null"] * 3, "/dev/null at 0, 1 and 2", links)
    want(any(link.startswith("socket:") for link in links.values()), "a socket at a higher descriptor", links)


# On a terminal


def on_terminal(bench: Bench, script: Script, *options: str,
                look: Callable[[bytes], object] = bool, **more: object) -> tuple[Answer, bytes]:
    """Runs emrs with stderr on a terminal. While it runs, calls `look` with all output to the terminal so far.
    ret: the run, the output to the terminal"""
    ours, theirs = pty.openpty()
    with Server(script) as server, os.fdopen(ours, "rb", buffering=0) as screen:
        child = bench.start(*IDS, "--endpoint-url", server.url, *options, stderr=theirs, **more)
        os.close(theirs)
        shown = b""
        with contextlib.suppress(OSError):  # emrs, the last writer, has closed the terminal
            while part := screen.read(HEAD_SIZE):
                shown += part
                look(shown)
        return finish(child), shown


def without_acceptance(shown: bytes) -> bytes:
    """ret: the output before the line that reports an acceptance"""
    before, line, _ = shown.partition(b"emrs: accepted, not yet stopped")
    want(line, "the line that reports the acceptance", shown)
    return before


@case("on a terminal: after one second without an answer the phase and the seconds are shown, and cleared at the end")
def progress(bench: Bench) -> None:
    seen_two = threading.Event()

    def answer_late(peer: socket.socket, head: bytes) -> None:
        seen_two.wait(RUN_S)
        peer.sendall(GOOD)

    def look(shown: bytes) -> None:
        if len(re.findall(rb", \d+ s", shown)) >= 2:
            seen_two.set()

    answer, shown = on_terminal(bench, answer_late, look=look)
    want(answer == Answer(0, AS_JSON, b""), "the answer on stdout", answer)
    shown = without_acceptance(shown)
    lines = re.findall(rb"\r\x1b\[K([^\r\x1b]*)", shown)
    want(lines.pop() == b"", "an empty line at the end", shown)
    seconds = [re.fullmatch(rb"emrs: waiting for the answer, attempt 1, (\d+) s", line) for line in lines]
    want(all(seconds), "the phase and the seconds in each line", shown)
    times = [int(each[1]) for each in seconds]
    want(len(times) >= 2 and times == sorted(set(times)), "lines, each later than the one before", shown)
    want(re.sub(rb"\r\x1b\[K[^\r\x1b]*", b"", shown) == b"", "nothing else", shown)


@case("on a terminal: progress is cleared before an error")
def progress_error(bench: Bench) -> None:
    answer, shown = on_terminal(bench, stays_silent, "--cli-read-timeout", "2")
    want_code(answer, 255)
    before, _, after = shown.rpartition(b"\r\x1b[K")
    want(b"emrs: waiting for the answer, attempt 1, " in before, "a progress line before the error", shown)
    want(after.startswith(b"\r\nemrs: timed out"), "the error on a new line", shown)


@case("on a terminal: no progress if the answer comes at once")
def no_progress(bench: Bench) -> None:
    answer, shown = on_terminal(bench, says(GOOD))
    want(answer == Answer(0, AS_JSON, b"") and without_acceptance(shown) == b"", "no progress", shown)


@case("on a terminal: accepted, not yet stopped, with the request id and the command to look")
def told_acceptance(bench: Bench) -> None:
    good = http(200, good_body(), "x-amzn-requestid: 12-34")
    answer, shown = on_terminal(bench, says(good))
    want(answer == Answer(0, AS_JSON, b""), "accepted", answer)
    start = "emrs: accepted, not yet stopped; request id 12-34; to look: emrs get-job-run"
    want(shown.decode().startswith(f"{start} --application-id {APPLICATION} --job-run-id {JOB} --region us-east-1 "
                                   "--endpoint-url 'http://127.0.0.1:"), start, shown)


@each("on a terminal: no progress", [("with TERM=dumb", {"TERM": "dumb"}, ()),
                                     ("with --debug", {}, ("--debug",))])
def no_escapes(bench: Bench, env: dict, options: tuple) -> None:
    answer, shown = on_terminal(bench, waits(2.3, GOOD), *options, env=env)
    want_code(answer, 0)
    want(b"\x1b" not in shown and b"attempt 1, " not in shown, "no progress", shown)
    want((without_acceptance(shown) != b"") == bool(options), "nothing else", shown)


@case("in a pipe: no progress")
def no_progress_in_pipe(bench: Bench) -> None:
    answer = bench.cancel(script=waits(1.5, GOOD))
    want(answer == Answer(0, AS_JSON, b""), "nothing on stderr", answer)


# Several attempts

BUSY = http(503, '{"message": "busy"}', "x-amzn-errortype: ServiceUnavailableException")
ATTEMPTS = [
    ("two 503, then accepted", in_turn(says(BUSY), says(BUSY), says(GOOD)), 0, 3, ""),
    ("503 each time", says(BUSY), 254, 3, UNKNOWN),
    ("reset, then accepted", in_turn(resets(), says(GOOD)), 0, 2, ""),
    ("a refusal is final", says(http(404, '{"message": "m"}', KNOWN)), 254, 1, REFUSED),
    ("an answer about another job run is final", says(http(200, good_body(job="00other"))), 254, 1,
     UNKNOWN),
]


@each("attempts", ATTEMPTS)
def attempts(bench: Bench, script: Script, code: int, count: int, effect: str) -> None:
    with Server(script) as server:
        words = (*IDS, "--endpoint-url", server.url)
        answer = bench.run(*words, heads=server.heads, env=THRICE)
    want_code(answer, code)
    want(len(server.heads) == count, f"{count} requests", len(server.heads))
    dates = {re.search(rb"X-Amz-Date: (\S+)", head)[1] for head in server.heads}
    want(all(dates), "a date in each", dates)
    if effect:
        want_effect(answer, effect)
        told = f"Attempts: {count}." in answer.err.decode()
        want(told == (count > 1), "the number of attempts, if there were several", answer)


@case("attempts: the first gets no answer, the second ValidationException: has probably ended")
def probably_ended(bench: Bench) -> None:
    ended = http(400, '{"message": "m"}', "x-amzn-errortype: ValidationException")
    with Server(in_turn(resets(), says(ended))) as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url, heads=server.heads, env=THRICE)
    want_code(answer, 254)
    want_effect(answer, UNKNOWN)
    want("has probably ended" in answer.err.decode(), "a note that it has probably ended", answer)


@case("attempts: --persistent goes on until --timeout, and Ctrl-C ends a wait between attempts")
def persistent(bench: Bench) -> None:
    with refusing_place() as place:
        url = f"http://{place}"
        answer = bench.run(*IDS, "--endpoint-url", url, "--persistent", "--timeout", "3", env=THRICE)
        want_code(answer, 255)
        want_effect(answer, NOTHING_SENT)
        count = int(re.search(r"Attempts: (\d+)\.", answer.err.decode())[1])
        want(count > 3, "more than three attempts", count)
    with Server(says(BUSY)) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url, "--persistent", env=THRICE)
        wait_for(lambda: len(server.heads) > 3, "a fourth attempt")  # the wait after it is the longest so far
        child.send_signal(signal.SIGINT)
        want_code(finish(child), 130)


WARNED = [  # variable, value, the warning; then the attempts (0: not tested), the User-Agent or stdout
    *(("AWS_MAX_ATTEMPTS", value, warning, count) for value, warning, count in (
        ("0", "is less than 1: 1 is used", 1), ("-1", "is less than 1: 1 is used", 1),
        ("256", "is more than 255: 255 is used", 0), ("9" * 40, "is more than 255: 255 is used", 0),
        ("x", "is not a whole number: 3 is used", 3), ("3x", "is not a whole number: 3 is used", 3))),
    *(("AWS_SDK_UA_APP_ID", value, warning, agent) for value, warning, agent in (
        ("a" * 61, "is longer than 60 bytes: its first 60 are sent", "app/" + "a" * 60),
        ("a b" * 30, "with - for each byte that is not allowed", "app/" + "a-b" * 20),
        ("MyApp/PT/NO-OP", "each is sent as -", "app/MyApp-PT-NO-OP"),
        ("gateway 17", "each is sent as -", "app/gateway-17"),
        ("a\x1b[2J", "each is sent as -", "app/a--2J"), ("a\r\nX: y", "each is sent as -", "app/a--X--y"),
        ("caf\u00e9", "each is sent as -", "app/caf--"))),
    *(("AWS_DEFAULT_OUTPUT", value, "is neither json nor text: json is used", AS_JSON)
      for value in ("yaml", "table", "TEXT")),
    *(("AWS_DISABLE_CLOCK_SKEW_CORRECTION", value, "is neither true nor false: false is used", 1)
      for value in ("1", "yes")),
]


@each("a wrong variable gives a warning and does not stop the cancellation", [
    (f"{name} {value[:20]!r}", name, value, *rest) for name, value, *rest in WARNED])
def warned(bench: Bench, name: str, value: str, warning: str, seen: object) -> None:
    with Server() as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url, env={name: value})
        want(answer.code == 0 and answer.out == AS_JSON, "accepted", answer)
        lines = [line for line in answer.lines if line]
        want(len(lines) == 1 and f"emrs: {name} " in lines[0], "one line about the variable", answer)
        want(warning in lines[0], warning, answer)
        agent = field_of(server.heads[0], "User-Agent").partition(" ")[2]
        want(not isinstance(seen, str) or agent == seen, seen, agent)


@each("the number of attempts with a wrong AWS_MAX_ATTEMPTS", [
    (value, value, seen) for name, value, _, seen in WARNED if name == "AWS_MAX_ATTEMPTS" and seen])
def nearest_attempts(bench: Bench, value: str, count: int) -> None:
    with Server(says(BUSY)) as server:
        bench.run(*IDS, "--endpoint-url", server.url, env={"AWS_MAX_ATTEMPTS": value})
        want(len(server.heads) == count, f"{count} attempts", len(server.heads))


@case("output: --output, then AWS_DEFAULT_OUTPUT")
def output_order(bench: Bench) -> None:
    for options, value, out in (((), "text", AS_TEXT), ((), "json", AS_JSON), ((), "", AS_JSON),
                                (("--output", "json"), "text", AS_JSON),
                                (("--output", "text"), "yaml", AS_TEXT)):
        answer = bench.cancel(*options, env={"AWS_DEFAULT_OUTPUT": value})
        want(answer == Answer(0, out, b""), f"{options} {value!r}: {out!r}", answer)


# --dry-run and --debug


@each("--dry-run: Python's hmac computes the same signature", [
    ("long-term key", USER, "", ()), ("session token", SESSION, TOKEN, ()),
    ("session token and grace period", SESSION, TOKEN, (GRACE, "120"))])
def dry_run(bench: Bench, env: dict, token: str, options: tuple) -> None:
    with Server() as server:
        url = server.url + "/base"
        answer = bench.run(*IDS, "--endpoint-url", url, *options, "--dry-run", env=env)
        want(server.connections() == 0, "no connection", server.connections())
    want(answer.code == 0 and answer.err == b"", "exit 0, nothing on stderr", answer)
    texts = re.split(r"(?m)^(?:Canonical request|String to sign):\n\n", answer.out.decode())
    want(len(texts) == 3, "request, canonical request, string to sign", answer)
    mask = f"[session token: {len(token)} bytes, masked]"
    want((mask in answer.out.decode()) == bool(token), mask, answer)
    head, text = texts[0].encode(), texts[1].strip("\n").replace(mask, token)
    date, target = field_of(head, "X-Amz-Date"), "/base" + TARGET
    target += "?shutdownGracePeriodInSeconds=120" if options else ""
    want(f"DELETE {target} HTTP/1.1\r\n".encode() in head, "the request line", head)
    want(text == canonical(target, server.place, date, token), "the canonical request", text)
    to_sign, _, signature = texts[2].rpartition("\n\nSignature: ")
    want(to_sign == string_to_sign(date, text), "the string to sign", to_sign)
    want(signature == sign(date, to_sign) + "\n", "the signature", signature)
    want(signature_of(head) == signature.strip(), "the same signature in the request", head)


TIMED = re.compile(rb"(?m)^emrs: \d+ ms: ")


def debug_lines(answer: Answer) -> list[str]:
    """ret: the lines of --debug, without the ms since the start with which each begins"""
    lines = [line for line in answer.err.split(b"\n") if TIMED.match(line)]
    times = [int(line.split()[1]) for line in lines]
    want(times == sorted(times), "times that do not go back", times)
    return [TIMED.sub(b"", line).decode("latin-1") for line in lines]


@case("--debug: every line of stderr, for two attempts on one stream and answers with many headers")
def debug_whole(bench: Bench) -> None:
    busy = http(503, '{"code": "Busy", "message": "later"}', "X-Secret: 12345", "Server: s",
                "Date: Sat, 28 Nov 2026 10:00:00 GMT", "x-amzn-RequestId: 01-ab")

    def answer(peer: socket.socket, head: bytes) -> None:
        peer.sendall(keeps_connection(busy))
        read_head(peer)
        peer.sendall(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + GOOD)

    with Server(answer) as server:
        seen = bench.run(*IDS, "--endpoint-url", server.url, "--debug", env={**SESSION, **THRICE})
    want(seen.code == 0 and seen.out == AS_JSON, "the answer on stdout", seen)
    lines = debug_lines(seen)
    want(len(lines) + 1 == len(seen.lines), "nothing else on stderr", seen)
    shown = re.sub(r"\d{8}T\d{6}Z", "DATE", "\n".join(lines))
    shown = re.sub(r"/\d{8}/", "/DAY/", shown)
    shown = re.sub(r"emrs/[\d.]+", "emrs/VERSION", shown)
    sent = [f"> DELETE {TARGET} HTTP/1.1", f"> Host: {server.place}", "> X-Amz-Date: DATE",
            f"> Authorization: AWS4-HMAC-SHA256 Credential={KEY_ID}/DAY/us-east-1/emr-serverless/"
            "aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=[64 bytes]",
            "> User-Agent: emrs/VERSION", "> Content-Length: 0",
            f"> X-Amz-Security-Token: [{len(TOKEN)} bytes]"]
    shown = re.sub(r"\nsend: \d+ bytes sent", "", shown)
    shown = re.sub(r"attempt 2 in \d+ ms", "attempt 2 in N ms", shown)
    wanted = [
        "credentials: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN",
        f"attempt 1: connect 127.0.0.1 port {server.port}", "resolving the host name", "connecting",
        "connected, plain (no TLS)", *sent,
        "< HTTP/1.1 503 Scripted", "< Content-Type: application/json", "< X-Secret: [5 bytes]",
        "< Server: s", "< Date: Sat, 28 Nov 2026 10:00:00 GMT", "< x-amzn-RequestId: 01-ab",
        "< Content-Length: 36",
        "the answer so far: head N bytes, body 36 bytes", "the answer says: Busy: later",
        "attempt 2 in N ms, because the answer was status 503 Busy", *sent,
        "< HTTP/1.1 103 Early Hints", "< Link: [4 bytes]",
        "< HTTP/1.1 200 Scripted", "< Content-Type: application/json",
        f"< Content-Length: {len(good_body())}", "< Connection: close",
        f"the answer so far: head N bytes, body {len(good_body())} bytes",
        f'the answer says: A"{APPLICATION}",B"{JOB}"', "close", "end"]
    shown = re.sub(r"head \d+ bytes", "head N bytes", shown)
    want(shown.split("\n") == wanted, wanted, shown.split("\n"))


@case("--debug: a long body adds no lines")
def debug_long(bench: Bench) -> None:
    short = bench.cancel("--debug", script=says(http(503, " " * 100)))
    long = bench.cancel("--debug", script=says(http(503, " " * 1_000_000)))
    want(len(debug_lines(long)) == len(debug_lines(short)), "as many lines as for a short body", long)
    want("body 1000000 bytes" in long.err.decode(), "the size of the body", long)


@case("--debug: a page and a broken line are not printed, and control bytes are replaced")
def debug_raw(bench: Bench) -> None:
    for answer, shown in ((b"HTTP/1.1 400 A\r\nno header\r\n\r\n", "no header, 9 bytes"),
                          (b"220 mail.invalid ESMTP\r\n", "no status line, 22 bytes"),
                          (http(200, "<html>sign in</html>", kind="text/html"), "body 20 bytes"),
                          (b"HTTP/1.1 200 \x1b[2J\xc3\xa9\r\n\r\n", "< HTTP/1.1 200 ?[2J??"),
                          (b"HTTP/1.1 400 A\r\nX\rY: z\r\n\r\n", "< X?Y: [1 bytes]")):
        seen = bench.cancel("--debug", script=says(answer))
        want(shown in seen.err.decode(), shown, seen)
        for text in (b"ESMTP", b"sign in"):
            want(text not in seen.err, "no text of the page or the broken line", seen)


@contextlib.contextmanager
def full_pipe() -> Iterator[tuple[int, int]]:
    """Yields both ends of a full pipe."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(writer, b"\n" * 4096)
    os.set_blocking(writer, True)
    try:
        yield reader, writer
    finally:
        os.close(reader)


@case("--debug: if nothing reads stderr, the call still ends by its deadline, and lines are dropped")
def debug_unread(bench: Bench) -> None:
    gone = threading.Event()

    def silent(peer: socket.socket, head: bytes) -> None:
        stays_silent(peer, head)
        gone.set()

    with Server(silent) as server, full_pipe() as (reader, writer):
        child = bench.start(*IDS, "--endpoint-url", server.url, "--debug", "--timeout", "1",
                            stderr=writer)
        os.close(writer)
        want(gone.wait(RUN_S), "the end of the call", "it still runs")
        shown = b""
        while part := os.read(reader, HEAD_SIZE):
            shown += part
        answer = finish(child)
    want_code(answer, 255)
    want_effect(Answer(255, b"", shown), UNKNOWN)
    want(re.search(rb"emrs: \d+ lines of --debug were dropped", shown), "the number of dropped lines", shown[-500:])


@each("--debug shows no secret", [(row[0], *row[1:4]) for row in EXITS])
def debug_exits(bench: Bench, script: Script, options: tuple, code: int) -> None:
    answer = bench.cancel("--debug", *options, script=script, env=SESSION)
    want_code(answer, code)
    want(b" ms: attempt 1: connect 127.0.0.1" in answer.err, "the line of the first connection", answer)


@case("--debug: the reason is printed if the connection is refused")
def debug_failure(bench: Bench) -> None:
    with refusing_place() as place:
        answer = bench.run(*IDS, "--endpoint-url", f"http://{place}", "--debug")
    want_code(answer, 255)
    want("the connection was refused" in answer.err.decode(), "the reason", answer)


@case("a secret of a few bytes is masked too")
def short_secret(bench: Bench) -> None:
    script = says(placed("message", b" pw4u5v6 "))
    for options in ((), ("--debug",)):
        answer = bench.cancel(*options, script=script, env={"AWS_SECRET_ACCESS_KEY": "pw4u5v6"})
        want(b"pw4u5v6" not in answer.err and b"*******" in answer.err, "asterisks in its place", answer)


# The process


@case("the command line, which other users can read, has no secret")
def command_line(bench: Bench) -> None:
    with Server(stays_silent) as server:
        child = bench.start(*IDS, "--endpoint-url", server.url, "--timeout", "3600", env=SESSION)
        try:
            want(server.arrived.wait(RUN_S), "a request", server.heads)
            line = Path(f"/proc/{child.pid}/cmdline").read_bytes()
        finally:
            child.send_signal(signal.SIGINT)
            check_output(finish(child), server.heads)
    want(JOB.encode() in line, "the job run id in the command line", line)
    for secret in (SECRET, TOKEN):
        want(not leak(secret.encode(), line, LEAK_SIZE), "no secret", line)


def run(binary: str) -> bool:
    return CASES.run(Bench(os.path.abspath(binary)), WORKERS)


if __name__ == "__main__":
    tap.main("test_command.py EMRS_BINARY", run)
