#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The emrs command from outside: every option, every message, every exit code, every stream.

    test_command.py EMRS_BINARY

The server is a small one of ours on 127.0.0.1 whose answers are scripts; it keeps what it was sent.
Prints a line a case: `ok - name`, `not ok - name: detail` or `ok - name # SKIP reason`. Exits 1 if
any is not ok. Whatever a case is about, no run may show a secret or send a terminal a control byte.
"""
from __future__ import annotations

import base64
import concurrent.futures
import contextlib
import functools
import hashlib
import hmac
import os
import pty
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

RUN_S = 15  # one run of emrs
HOLD_S = 10  # a script that says nothing
WORKERS = 4  # most cases wait for something
HEAD_SIZE = 65536
RUN_SIZE = 8  # of a secret: shorter pieces may stand in any text
MESSAGE_SIZE = 256  # kept of an error message

KEY_ID = "AKIDEXAMPLE"
SECRET = base64.b64encode(hashlib.sha256(b"no secret of anybody's").digest()).decode()[:40]
TOKEN = base64.b64encode(hashlib.sha512(b"nor a token").digest() * 4).decode()
REGION = "us-east-1"
APPLICATION, JOB = "00app1", "00run1"
IDS = ("--application-id", APPLICATION, "--job-run-id", JOB)
USER = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION}
SESSION = {**USER, "AWS_SESSION_TOKEN": TOKEN}

AS_JSON = f'{{\n    "applicationId": "{APPLICATION}",\n    "jobRunId": "{JOB}"\n}}\n'.encode()
AS_TEXT = f"{APPLICATION}\t{JOB}\n".encode()
TARGET = f"/applications/{APPLICATION}/jobruns/{JOB}"
NOTHING_SENT = "nothing was sent: the job run was not cancelled"
REFUSED = "refused: the job run was not cancelled by this call"
UNKNOWN = "unknown: the job run may have been cancelled"
ACCEPTED = "accepted: the job run is being cancelled, and not yet stopped"
EMPTY_HASH = hashlib.sha256(b"").hexdigest()
ERROR_LINE = "An error occurred (%s) when calling the CancelJobRun operation: %s"
UNPRINTABLE = re.compile(rb"[^\n\x20-\x7e]")  # what may not reach a terminal

Script = Callable[[socket.socket, bytes], None]
CASES: list[tuple[str, Callable[["Bench"], None]]] = []


class Failed(Exception):
    """The case is not ok; the text says what was seen."""


class Skipped(Exception):
    """The case cannot run here; the text says why."""


# Answers


def http(status: int, body: str | bytes = b"", *headers: str, kind: str = "application/json") -> bytes:
    """A whole answer."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {kind}", *headers]
    lines += [f"Content-Length: {len(content)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + content


def good_body(application: str = APPLICATION, job: str = JOB) -> str:
    return f'{{"applicationId": "{application}", "jobRunId": "{job}"}}'


GOOD = http(200, good_body())


def says(answer: bytes) -> Script:
    return lambda peer, head: peer.sendall(answer)


def drips(answer: bytes, size: int, pause_s: float = 0.001) -> Script:
    """A few bytes at a time, each time in a segment of its own."""

    def script(peer: socket.socket, head: bytes) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(answer), size):
            peer.sendall(answer[start : start + size])
            time.sleep(pause_s)

    return script


def stays_silent(peer: socket.socket, head: bytes) -> None:
    """Until the peer hangs up."""
    with contextlib.suppress(OSError):
        while peer.recv(HEAD_SIZE):
            pass


def keeps_open(answer: bytes) -> Script:
    def script(peer: socket.socket, head: bytes) -> None:
        peer.sendall(answer)
        stays_silent(peer, head)

    return script


def waits(pause_s: float, answer: bytes) -> Script:
    def script(peer: socket.socket, head: bytes) -> None:
        time.sleep(pause_s)
        peer.sendall(answer)

    return script


def resets(answer: bytes = b"") -> Script:
    def script(peer: socket.socket, head: bytes) -> None:
        peer.sendall(answer)
        time.sleep(0.1 if answer else 0)  # a reset overtakes what was not read yet
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return script


class Server:
    """Plays its script on every connection, and keeps the head of every request."""

    def __init__(self, script: Script = says(GOOD), host: str = "127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.heads: list[bytes] = []
        self.arrived = threading.Event()  # a whole request did
        self._script = script
        self._ports: list[int] = []
        self._accepted = threading.Condition()
        self._door = socket.create_server((host, 0), family=family, backlog=64)
        self.port = self._door.getsockname()[1]
        self.place = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.url = f"http://{self.place}"
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self._door.shutdown(socket.SHUT_RDWR)  # a close alone does not wake accept
        self._door.close()

    def connections(self) -> int:
        """How many came so far: they are accepted in their order, so we knock and wait for it."""
        with socket.create_connection(self._door.getsockname()[:2]) as knock:
            port = knock.getsockname()[1]
            with self._accepted:
                self._accepted.wait_for(lambda: port in self._ports, RUN_S)
                self._ports.remove(port)
                return len(self._ports)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # the door was closed: the end
            while True:
                peer, address = self._door.accept()
                with self._accepted:
                    self._ports.append(address[1])
                    self._accepted.notify_all()
                threading.Thread(target=self._play, args=(peer,), daemon=True).start()

    def _play(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            peer.settimeout(HOLD_S)
            head = read_head(peer)
            if head:
                self.heads.append(head)
                self.arrived.set()
                self._script(peer, head)


def read_head(peer: socket.socket) -> bytes:
    """A CancelJobRun has no body: its head is all of it. Empty if it came not whole."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = peer.recv(HEAD_SIZE)
        if not part:
            return b""
        head += part
    return head


@contextlib.contextmanager
def refusing_place() -> Iterator[str]:
    """A port that is taken and on which nobody listens."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{holder.getsockname()[1]}"


# Runs of emrs


@dataclass(frozen=True)
class Answer:
    code: int
    out: bytes
    err: bytes

    @property
    def error(self) -> str:
        """The first line of stderr that is not empty."""
        return next((line for line in self.lines if line), "")

    @property
    def lines(self) -> list[str]:
        return self.err.decode("latin-1").split("\n")


@dataclass(frozen=True)
class Bench:
    binary: str

    def start(self, *options: str, env: dict[str, str | None] | None = None, shell: str = "",
              command: bool = True, **streams: object) -> subprocess.Popen[bytes]:
        """emrs with these options, in an environment of its own; through a line of shell that
        ends in exec "$@" if that is given."""
        words = [self.binary, *(("cancel-job-run",) if command else ()), *options]
        if shell:
            words = ["sh", "-c", shell, "sh", *words]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, **streams}
        return subprocess.Popen(words, env=environment(env), **streams)

    def run(self, *options: str, heads: list[bytes] | None = None, **more: object) -> Answer:
        child = self.start(*options, **more)
        answer = finish(child)
        check_output(answer, heads or [])
        return answer

    def cancel(self, *options: str, script: Script = says(GOOD), **more: object) -> Answer:
        """Cancels our job run at a server that plays this script."""
        with Server(script) as server:
            return self.run(*IDS, "--endpoint-url", server.url, *options, heads=server.heads, **more)

    def head(self, *options: str, host: str = "127.0.0.1", suffix: str = "", **more: object) -> bytes:
        """The request as a server saw it, which accepted it."""
        with Server(host=host) as server:
            answer = self.run(*IDS, "--endpoint-url", server.url + suffix, *options, **more)
            want(answer.code == 0 and len(server.heads) == 1, "one accepted request", answer)
            return server.heads[0]


def environment(changes: dict[str, str | None] | None) -> dict[str, str]:
    """USER with the changes; None takes a variable away. Nothing of ours but what tools need."""
    kept = {name: value for name, value in os.environ.items()
            if name == "PATH" or name.endswith("SAN_OPTIONS")}
    wanted = {**kept, "LC_ALL": "C", **USER, **(changes or {})}
    return {name: value for name, value in wanted.items() if value is not None}


def finish(child: subprocess.Popen[bytes]) -> Answer:
    try:
        out, err = child.communicate(timeout=RUN_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise Failed(f"still running after {RUN_S} s") from None
    return Answer(child.returncode, out or b"", err or b"")


def check_output(answer: Answer, heads: list[bytes]) -> None:
    """Holds for every run: no secret is shown, and no terminal is moved."""
    shown = answer.out + answer.err
    # --debug shows what is received as it comes: pieces are put together again.
    joined = re.sub(rb"(?m)^emrs: .*\n", b"", answer.err).replace(b"\n", b"")
    secrets = [SECRET, TOKEN, *(signature_of(head) for head in heads)]
    for secret in secrets:
        seen = leak(secret.encode(), shown) or leak(secret.encode(), joined)
        want(not seen, "no secret on stdout or stderr", seen)
    bad = UNPRINTABLE.search(answer.err)
    want(not bad, "only printable ASCII on stderr", bad and answer.err[: bad.end()])


def leak(secret: bytes, shown: bytes) -> bytes:
    for start in range(len(secret) - RUN_SIZE + 1):
        if secret[start : start + RUN_SIZE] in shown:
            return secret[start : start + RUN_SIZE]
    return b""


def want(true: object, what: str, seen: object) -> None:
    if not true:
        raise Failed(f"wanted: {what}; seen: {seen!r}")


def want_code(answer: Answer, code: int) -> None:
    want(answer.code == code, f"exit {code}", answer)


def want_effect(answer: Answer, effect: str) -> None:
    line = f"Job run {JOB} of application {APPLICATION}: {effect}"
    want(line in answer.lines, f"the line {line!r}", answer)


def want_silent_stdout(answer: Answer) -> None:
    want(answer.out == b"", "nothing on stdout", answer.out)


def case(title: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def add(function: Callable[..., None]) -> Callable[..., None]:
        CASES.append((title, function))
        return function

    return add


def each(title: str, table: list[tuple]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A case a row: its first column is the rest of the name, the others are arguments."""

    def add(function: Callable[..., None]) -> Callable[..., None]:
        for name, *row in table:
            CASES.append((f"{title}: {name}", functools.partial(_with_row, function, row)))
        return function

    return add


def _with_row(function: Callable[..., None], row: list, bench: Bench) -> None:
    function(bench, *row)


# Signatures, by Python's own hmac


def field_of(head: bytes, name: str) -> str:
    found = re.search(rf"(?mi)^{name}: ?([^\r\n]*)", head.decode("latin-1"))
    return found[1] if found else ""


def signature_of(head: bytes) -> str:
    return field_of(head, "Authorization").rpartition("Signature=")[2]


def canonical(target: str, host: str, date: str, token: str = "") -> str:
    path, _, query = target.partition("?")
    lines = ["DELETE", path, query, f"host:{host}", f"x-amz-date:{date}"]
    lines += [f"x-amz-security-token:{token}"] if token else []
    return "\n".join([*lines, "", signed_headers(token), EMPTY_HASH])


def signed_headers(token: str) -> str:
    return "host;x-amz-date" + (";x-amz-security-token" if token else "")


def scope_of(date: str, region: str = REGION) -> str:
    return f"{date[:8]}/{region}/emr-serverless/aws4_request"


def string_to_sign(date: str, text: str) -> str:
    hashed = hashlib.sha256(text.encode()).hexdigest()
    return f"AWS4-HMAC-SHA256\n{date}\n{scope_of(date)}\n{hashed}"


def sign(date: str, text: str) -> str:
    """The signature of a string to sign, by our secret."""
    key = f"AWS4{SECRET}".encode()
    for part in scope_of(date).split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def request(target: str, host: str, date: str, token: str = "", agent: str = "") -> bytes:
    """Every byte of the request that emrs should send."""
    signature = sign(date, string_to_sign(date, canonical(target, host, date, token)))
    lines = [
        f"DELETE {target} HTTP/1.1",
        f"Host: {host}",
        f"X-Amz-Date: {date}",
        f"Authorization: AWS4-HMAC-SHA256 Credential={KEY_ID}/{scope_of(date)}, "
        f"SignedHeaders={signed_headers(token)}, Signature={signature}",
        f"User-Agent: emrs/VERSION{agent}",
        "Content-Length: 0",
    ]
    lines += [f"X-Amz-Security-Token: {token}"] if token else []
    return "\r\n".join([*lines, "", ""]).encode()


# Options

# option, the rest of the command line, a good value, a text that shows that the value arrived
VALUED = [
    ("--application-id", "--ap", ("--job-run-id", JOB), "00app2", "/applications/00app2/jobruns/"),
    ("--job-run-id", "--j", ("--application-id", APPLICATION), "00run2", "/jobruns/00run2 HTTP/1.1"),
    ("--shutdown-grace-period-in-seconds", "--sh", IDS, "120", "?shutdownGracePeriodInSeconds=120"),
    ("--region", "--r", IDS, "eu-west-1", "/eu-west-1/emr-serverless/aws4_request"),
    ("--endpoint-url", "--e", IDS, "http://127.0.0.1:9", "to 127.0.0.1 port 9, plain"),
    ("--timeout", "--t", IDS, "never", "argument --timeout"),
    ("--cli-connect-timeout", "--cli-c", IDS, "never", "argument --cli-connect-timeout"),
    ("--cli-read-timeout", "--cli-r", IDS, "never", "argument --cli-read-timeout"),
    ("--output", "--o", IDS, "never", "argument --output"),
]
SWITCHES = ["--unchecked-grace-period", "--allow-plain-http", "--dry-run", "--debug", "--version",
            "--help"]


@each("the option as a word, with =, and cut short", [(row[0], *row) for row in VALUED])
def valued(bench: Bench, option: str, prefix: str, rest: tuple, value: str, shown: str) -> None:
    for words in ((option, value), (f"{option}={value}",), (prefix, value), (f"{prefix}={value}",)):
        answer = bench.run(*rest, *words, "--dry-run")
        want(shown.encode() in answer.out + answer.err, f"{words} to show {shown!r}", answer)


@case("--ca-bundle as a word, with =, and cut short")
def ca_bundle(bench: Bench) -> None:
    url = ("--endpoint-url", "https://127.0.0.1:9")
    for words in (("--ca-bundle", "/no/such"), ("--ca-bundle=/no/such",), ("--ca=/no/such",)):
        answer = bench.run(*IDS, *url, *words, env={"AWS_CA_BUNDLE": "/not/this"})
        want_code(answer, 253)
        want("/no/such (--ca-bundle)" in answer.error, "the path and its source", answer)
    answer = bench.run(*IDS, *url, env={"AWS_CA_BUNDLE": "/but/this"})
    want_code(answer, 253)
    want("/but/this (AWS_CA_BUNDLE)" in answer.error, "the path and its source", answer)


@case("switches whole and cut short")
def switches(bench: Bench) -> None:
    for option in SWITCHES:
        for word in (option, option[:-2]):
            answer = bench.cancel(word)
            want_code(answer, 0)


@case("options before, between and after the command")
def order(bench: Bench) -> None:
    for words in (
        (*IDS, "--region", "eu-west-1", "--dry-run", "cancel-job-run"),
        ("--region", "eu-west-1", "cancel-job-run", "--dry-run", *IDS),
        ("--dry-run", "cancel-job-run", *IDS, "--region=eu-west-1"),
    ):
        answer = bench.run(*words, command=False)
        want(answer.code == 0 and b"/eu-west-1/" in answer.out, f"{words} to be understood", answer)


@case("options after the command, where POSIXLY_CORRECT is set")
def posixly_correct(bench: Bench) -> None:
    want_code(bench.cancel(env={"POSIXLY_CORRECT": "1"}), 0)


@case("an option given twice: the last counts")
def twice(bench: Bench) -> None:
    answer = bench.run(*IDS, "--job-run-id", "00run2", "--dry-run")
    want(b"/jobruns/00run2 " in answer.out, "the last job run", answer)


@each("help, on stdout", [(" ".join(words), words) for words in (
    ("--help",), ("help",), ("cancel-job-run", "--help"), ("cancel-job-run", "help"))])
def help_text(bench: Bench, words: tuple) -> None:
    answer = bench.run(*words, command=False, env={name: None for name in USER})
    want(answer.code == 0 and answer.err == b"", "exit 0, nothing on stderr", answer)
    text = answer.out.decode("ascii")
    for option in [*(row[0] for row in VALUED), "--ca-bundle", *SWITCHES]:
        want(option in text, f"{option} in the help", text)
    want(max(map(len, text.splitlines())) <= 80, "lines of at most 80 columns", text)


@case("--version, on stdout")
def version(bench: Bench) -> None:
    answer = bench.run("--version", command=False, env={name: None for name in USER})
    want(answer.code == 0 and answer.err == b"", "exit 0, nothing on stderr", answer)
    want(re.fullmatch(rb"emrs/\d+\.\d+\.\d+\n", answer.out), "emrs/1.2.3", answer.out)


USAGE = [
    ("nothing at all", (), "cancel-job-run"),
    ("options only", IDS, "cancel-job-run"),
    ("an unknown command", ("cancel-job", *IDS), "'cancel-job'"),
    ("no ids", ("cancel-job-run",), "--application-id, --job-run-id"),
    ("no application id", ("cancel-job-run", "--job-run-id", JOB), "required: --application-id"),
    ("no job run id", ("cancel-job-run", "--application-id", APPLICATION), "required: --job-run-id"),
    ("an extra word", ("cancel-job-run", *IDS, "now"), "Unknown options: now"),
    ("an extra word after --", ("cancel-job-run", *IDS, "--", "now"), "Unknown options: now"),
    ("an unknown option", ("cancel-job-run", *IDS, "--nope"), "Unknown options: --nope"),
    ("an unknown option with a value", ("cancel-job-run", *IDS, "--nope", "x"), "--nope"),
    ("an unknown short option", ("cancel-job-run", *IDS, "-x"), "-x"),
    ("several short options in one word", ("cancel-job-run", *IDS, "-xy"), "-x"),
    ("a cut that fits two options", ("cancel-job-run", *IDS, "--cli", "3"), "--cli"),
    ("a value for a switch", ("cancel-job-run", *IDS, "--dry-run=yes"), "--dry-run"),
    ("an option without its value", ("cancel-job-run", *IDS, "--region"),
     "--region: expected one argument"),
    ("an unknown output format", ("cancel-job-run", *IDS, "--output", "yaml"), "json | text"),
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


@case("an unknown option's value is not repeated: it may be a secret")
def unknown_value(bench: Bench) -> None:
    answer = bench.run(*IDS, f"--secret-access-key={SECRET}")  # check_output looks for it
    want_code(answer, 252)
    want("--secret-access-key" in answer.err.decode(), "the option's name", answer)


@case("no option takes a credential")
def no_secret_option(bench: Bench) -> None:
    answer = bench.run("--help", command=False)
    options = re.findall(r"--[a-z-]+", answer.out.decode())
    bad = [name for name in options if re.search("secret|token|key|password|credential", name)]
    want(options and not bad, "no such option", bad)


# Input errors: field, where it came from, what was wrong, the rule

GRACE = "--shutdown-grace-period-in-seconds"
LONG = "a" * 65
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
    ("an empty region is none", IDS, {"AWS_REGION": "", "AWS_DEFAULT_REGION": ""}, 253,
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
    ("AWS_SDK_UA_APP_ID with an escape", IDS, {"AWS_SDK_UA_APP_ID": "a\x1b[2J"}, 253,
     ("user agent", "AWS_SDK_UA_APP_ID", "may hold only printable ASCII")),
    ("AWS_SDK_UA_APP_ID with CR LF", IDS, {"AWS_SDK_UA_APP_ID": "a\r\nX: y"}, 253,
     ("user agent", "AWS_SDK_UA_APP_ID", "may hold only printable ASCII")),
    ("AWS_SDK_UA_APP_ID of 300 bytes", IDS, {"AWS_SDK_UA_APP_ID": "a" * 300}, 253,
     ("user agent", "AWS_SDK_UA_APP_ID", "is longer than")),
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


SCHEME = "must begin with https:// (or http:// for loopback)"
HOST = "has no valid host name or address"
PORT = "has a port that is not 1 to 65535"
EXTRA = "must not hold a user name, a query or a fragment"
PATH = "has a path with other than letters, digits, - . _ ~ and single slashes"
ENDPOINTS = [  # @ stands for the place of a server that waits to see whether anything comes
    ("empty", "", SCHEME),
    ("without a scheme", "@", SCHEME),
    ("of another scheme", "ftp://@", SCHEME),
    ("with a space before it", " http://@", SCHEME),
    ("without a host", "https://", HOST),
    ("with a port only", "https://:443", HOST),
    ("with two dots", "https://a..invalid", HOST),
    ("with a space", "http://127.0.0.1 @", EXTRA),
    ("with CR LF", "http://@\r\nX: y", PORT),
    ("with an open bracket", "https://[::1", HOST),
    ("with port 0", "http://127.0.0.1:0", PORT),
    ("with port 65536", "http://127.0.0.1:65536", PORT),
    ("with a port and a letter", "http://@x", PORT),
    ("with a user name", "http://user@@", EXTRA),
    ("with a query", "http://@/?a=b", EXTRA),
    ("with a fragment", "http://@/#a", EXTRA),
    ("with two slashes", "http://@//a", PATH),
    ("with a path upwards", "http://@/a/../b", PATH),
    ("with an escaped path", "http://@/a%2fb", PATH),
    ("with a host of 254 bytes", "https://" + "a" * 254, "a host longer than 253 bytes"),
    ("with a path of 130 bytes", "http://@/" + "a" * 129, "a path longer than 128"),
]


@each("refused endpoint", ENDPOINTS)
def refused_endpoint(bench: Bench, value: str, rule: str) -> None:
    with Server() as server:
        # A user name's own @ stands, the last one is the place.
        place = value[::-1].replace("@", server.place[::-1], 1)[::-1] if rule != EXTRA or \
            value.count("@") else value
        option = bench.run(*IDS, "--endpoint-url", place)
        variable = bench.run(*IDS, env={"AWS_ENDPOINT_URL": place}) if value else None
        want(server.connections() == 0, "no connection", server.connections())
    for answer, code, source in ((option, 252, "--endpoint-url"), (variable, 253, "AWS_ENDPOINT_URL")):
        if answer:
            want_code(answer, code)
            want(f"endpoint ({source} '" in answer.err.decode(), f"endpoint ({source} ...)", answer)
            want(rule in answer.err.decode(), rule, answer)
