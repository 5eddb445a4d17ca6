#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""emrs against moto over verified TLS: what it cancels, what it prints, what moto refuses.

    test_moto.py EMRS_BINARY

moto checks every signature here, so each acceptance is one by an implementation of SigV4 that is
not ours, and each refusal stands beside it in the same run. Prints a line a case: `ok - name` or
`not ok - name: detail`. Exits 1 if any is not ok.
"""
from __future__ import annotations

import contextlib
import dataclasses
import json
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import service  # noqa: E402
from service import Credentials, JobRun, Service  # noqa: E402

EMRS_S = 15  # one run of emrs
RELAY_S = 10  # one step of the relay
HEAD_SIZE = 65536

SIGNATURE = re.compile(rb"(Signature=[0-9a-f]{63})([0-9a-f])")
MAYBE_CANCELLED = "may have been cancelled"
CASES: list[Callable[[Bench], None]] = []


class Failed(Exception):
    """The case is not ok; the text says what was seen."""


@dataclass(frozen=True)
class Answer:
    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Bench:
    """What every case works with: the binary, moto behind TLS, an authority to sign more leaves."""

    binary: str
    moto: Service
    authority: certs.Authority

    def cancel(
        self,
        run: JobRun,
        *more: str,
        by: Credentials | None = None,
        endpoint: str = "",
        ca: Path | None = None,
    ) -> Answer:
        """Runs emrs on the job run; by the user's key, at moto, trusting its CA unless told."""
        command = [self.binary, "cancel-job-run", "--region", service.REGION]
        command += ["--application-id", run.application_id, "--job-run-id", run.job_run_id]
        command += ["--endpoint-url", endpoint or self.moto.endpoint]
        command += ["--ca-bundle", str(ca or self.authority.ca), *more]
        return execute(command, by or self.moto.user)


def execute(command: list[str], credentials: Credentials) -> Answer:
    try:
        done = subprocess.run(
            command,
            env=service.environment(credentials),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=EMRS_S,
        )
    except subprocess.TimeoutExpired:
        raise Failed(f"still running after {EMRS_S} s") from None
    texts = (text.decode("utf-8", "backslashreplace") for text in (done.stdout, done.stderr))
    return Answer(done.returncode, *texts)


def case(name: str) -> Callable[[Callable[[Bench], None]], Callable[[Bench], None]]:
    def add(function: Callable[[Bench], None]) -> Callable[[Bench], None]:
        function.title = name
        CASES.append(function)
        return function

    return add


def want(true: bool, what: str, seen: object) -> None:
    if not true:
        raise Failed(f"{what}; seen: {seen!r}")


def as_json(run: JobRun) -> str:
    """What AWS CLI v2 prints."""
    answer = {"applicationId": run.application_id, "jobRunId": run.job_run_id}
    return json.dumps(answer, indent=4) + "\n"


def want_accepted(moto: Service, run: JobRun, answer: Answer, stdout: str = "") -> None:
    want(answer.code == 0, "exit 0 expected", answer)
    want(answer.stdout == (stdout or as_json(run)), "another stdout expected", answer.stdout)
    state = moto.state(run)
    want(state == "CANCELLED", "boto3 should see the job run CANCELLED", state)


def want_refused(moto: Service, run: JobRun, answer: Answer) -> None:
    """moto's refusals are XML with status 403 and no error type: nothing an EMR Serverless client
    may take for the service's word, so the effect is told as unknown. boto3 knows better."""
    want(answer.code == 254, "exit 254 expected", answer)
    want(answer.stdout == "", "nothing on stdout expected", answer.stdout)
    want("403" in answer.stderr, "stderr should name the status 403", answer.stderr)
    want(MAYBE_CANCELLED in answer.stderr, f"stderr should say '{MAYBE_CANCELLED}'", answer.stderr)
    want_untouched(moto, run)


def want_untouched(moto: Service, run: JobRun) -> None:
    state = moto.state(run)
    want(state == "RUNNING", "boto3 should see the job run still RUNNING", state)


@case("cancels over TLS and prints the answer as AWS CLI v2 does")
def cancels(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    want_untouched(bench.moto, run)
    want_accepted(bench.moto, run, bench.cancel(run))


@case("with a grace period of 120 s, and of 0: signed and accepted")
def cancels_with_grace(bench: Bench) -> None:
    for seconds in ("120", "0"):
        run = bench.moto.start_job_run()
        answer = bench.cancel(run, "--shutdown-grace-period-in-seconds", seconds)
        want_accepted(bench.moto, run, answer)


@case("--output text prints application id, tab, job run id")
def prints_text(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    answer = bench.cancel(run, "--output", "text")
    want_accepted(bench.moto, run, answer, f"{run.application_id}\t{run.job_run_id}\n")


@case("a temporary key with its session token: accepted, with and without a grace period")
def cancels_with_token(bench: Bench) -> None:
    for more in ((), ("--shutdown-grace-period-in-seconds", "120")):
        run = bench.moto.start_job_run()
        want_accepted(bench.moto, run, bench.cancel(run, *more, by=bench.moto.session))


@case("cancels one job run and leaves its neighbour alone")
def leaves_neighbour(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    neighbour = bench.moto.start_job_run(run.application_id)
    want_accepted(bench.moto, run, bench.cancel(run))
    want_untouched(bench.moto, neighbour)


@case("--dry-run shows the request as signed and sends nothing")
def dry_run(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    answer = bench.cancel(run, "--dry-run", by=bench.moto.session)
    want(answer.code == 0, "exit 0 expected", answer)
    want("Signature=" in answer.stdout, "the request as signed expected", answer.stdout)
    want_untouched(bench.moto, run)


@case("--dry-run and --debug show neither secret nor token")
def masks(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    for option in ("--dry-run", "--debug"):
        answer = bench.cancel(run, option, by=bench.moto.session)
        want(answer.code == 0, f"{option}: exit 0 expected", answer)
        want(run.job_run_id in answer.stdout, f"{option}: the job run's id expected", answer)
        seen = service.leak(bench.moto.session, answer.stdout + answer.stderr)
        want(not seen, f"{option} shows a secret", seen)


@case("an unknown job run: the service's words on stderr, exit 254")
def unknown_job(bench: Bench) -> None:
    known = bench.moto.start_job_run()
    unknown = dataclasses.replace(known, job_run_id="0nosuchjobrun")
    words = (
        "An error occurred (ResourceNotFoundException) when calling the CancelJobRun operation: "
        f"JobRun {unknown.job_run_id} does not exist"
    )
    answer = bench.cancel(unknown)
    want(answer.code == 254, "exit 254 expected", answer)
    want(answer.stdout == "", "nothing on stdout expected", answer.stdout)
    want(words in answer.stderr, f"stderr should say '{words}'", answer.stderr)
    want(MAYBE_CANCELLED not in answer.stderr, "a refusal is no doubt", answer.stderr)
    want_untouched(bench.moto, known)


@case("plain http on loopback: the same answer")
def plain_http(bench: Bench) -> None:
    with tempfile.TemporaryDirectory(prefix="emrs-moto-") as folder:
        with Service(Path(folder)) as moto:
            run = moto.start_job_run()
            answer = bench.cancel(run, by=moto.session, endpoint=moto.endpoint)
            want_accepted(moto, run, answer)


@case("an authority not in --ca-bundle: exit 255, nothing sent")
def unknown_authority(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    stranger = certs.Authority(bench.authority.folder, "rsa")
    answer = bench.cancel(run, ca=stranger.ca)
    want(answer.code == 255, "exit 255 expected", answer)
    want(answer.stdout == "", "nothing on stdout expected", answer.stdout)
    want(MAYBE_CANCELLED not in answer.stderr, "nothing was sent: no doubt", answer.stderr)
    want_untouched(bench.moto, run)


@case("a wrong secret is refused")
def wrong_secret(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    # One letter off, the rest right: not refused for its length or its alphabet.
    wrong = bench.moto.user.secret[:-1] + ("b" if bench.moto.user.secret[-1] == "a" else "a")
    by = dataclasses.replace(bench.moto.user, secret=wrong)
    want_refused(bench.moto, run, bench.cancel(run, by=by))


@case("an unknown access key id is refused")
def unknown_key(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    by = dataclasses.replace(bench.moto.user, key_id="AKIAUNKNOWN000000000")
    want_refused(bench.moto, run, bench.cancel(run, by=by))


@case("another session's token is refused")
def wrong_token(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    session = bench.moto.session
    by = dataclasses.replace(session, token=session.token[:-8] + "AAAAAAA=")
    want_refused(bench.moto, run, bench.cancel(run, by=by))


@case("through a relay that changes nothing: accepted")
def through_relay(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    with Relay(bench, flips=False) as relay:
        answer = bench.cancel(run, endpoint=relay.endpoint)
    want(relay.requests == 1, "one request through the relay expected", (relay.requests, answer))
    want_accepted(bench.moto, run, answer)


@case("through the same relay flipping one hex digit of the signature: refused")
def through_flipping_relay(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    with Relay(bench, flips=True) as relay:
        answer = bench.cancel(run, endpoint=relay.endpoint)
    want(relay.flipped == 1, "one flip by the relay expected", (relay.flipped, answer))
    want_refused(bench.moto, run, answer)


class Relay:
    """Ends the client's TLS with a leaf of its own, passes the request on to moto over TLS, and may
    flip the last hex digit of the signature on the way. One request a connection: moto closes."""

    def __init__(self, bench: Bench, flips: bool):
        self.requests = self.flipped = 0
        self._flips = flips
        self._moto = bench.moto
        self._inward = certs.server_context(bench.authority.leaf("intermediate"))
        self._outward = ssl.create_default_context(cafile=str(bench.authority.ca))
        self._door = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.endpoint = f"https://localhost:{self._door.getsockname()[1]}"

    def __enter__(self) -> Relay:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A close alone does not wake a thread that waits in accept.
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(2 * RELAY_S)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # the door was closed: the end
            while True:
                visitor, _ = self._door.accept()
                visitor.settimeout(RELAY_S)
                with contextlib.suppress(OSError), visitor:
                    self._pass_on(visitor)

    def _pass_on(self, visitor: socket.socket) -> None:
        with self._inward.wrap_socket(visitor, server_side=True) as client:
            request = self._tamper(read_head(client))
            client.sendall(self._ask_moto(request))
            client.unwrap()  # close_notify: the end is authentic

    def _tamper(self, head: bytes) -> bytes:
        self.requests += 1
        if not self._flips:
            return head
        head, count = SIGNATURE.subn(lambda found: found[1] + flip(found[2]), head)
        self.flipped += count
        return head

    def _ask_moto(self, request: bytes) -> bytes:
        plain = socket.create_connection(("127.0.0.1", self._moto.port), RELAY_S)
        with self._outward.wrap_socket(plain, server_hostname="localhost") as moto:
            moto.sendall(request)
            return b"".join(iter(lambda: moto.recv(HEAD_SIZE), b""))


def flip(digit: bytes) -> bytes:
    return b"%x" % (int(digit, 16) ^ 1)


def read_head(client: ssl.SSLSocket) -> bytes:
    """A CancelJobRun has no body: its head is all of it."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = client.recv(HEAD_SIZE)
        if not part or len(head) > HEAD_SIZE:
            raise OSError("not a request's head")
        head += part
    return head


@contextlib.contextmanager
def bench_for(binary: str) -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="emrs-moto-") as folder:
        authority = certs.Authority(Path(folder))
        leaf = authority.leaf("good")
        with Service(Path(folder), leaf, authority.ca, check_signatures=True) as moto:
            yield Bench(binary, moto, authority)


def judge(bench: Bench, function: Callable[[Bench], None]) -> bool:
    """Runs one case and prints its line."""
    try:
        function(bench)
    except Exception as error:  # whatever it is, the other cases are worth their lines too
        detail = str(error) if isinstance(error, Failed) else repr(error)
        print(f"not ok - {function.title}: {' '.join(detail.split())}", flush=True)
        return False
    else:
        print(f"ok - {function.title}", flush=True)
    return True


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        print("usage: test_moto.py EMRS_BINARY", file=sys.stderr)
        return 2
    service.end_on_sigterm()
    try:
        with bench_for(arguments[1]) as bench:
            # To have started is to have shown it: Service tries both.
            print("ok - moto checks signatures: boto3's are accepted, with wrong secrets refused")
            return 0 if all([judge(bench, function) for function in CASES]) else 1
    except service.ServiceError as error:
        print(f"not ok - moto checks signatures: {' '.join(str(error).split())}")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv))
