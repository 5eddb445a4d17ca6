#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""emrs against moto over verified TLS: what it cancels, what it prints, what moto refuses.

    test_moto.py EMRS_BINARY

moto checks every signature here, with an implementation of SigV4 that is not ours. Each run also has
requests that moto must refuse, so its acceptance proves that a signature is right.
"""
from __future__ import annotations

import contextlib
import dataclasses
import datetime
import json
import re
import socket
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import running  # noqa: E402
import service  # noqa: E402
import tap  # noqa: E402
from listener import HEAD_SIZE, HOLD_S, Listener, read_head  # noqa: E402
from running import Answer  # noqa: E402
from service import Credentials, JobRun, Service  # noqa: E402
from tap import want  # noqa: E402

EMRS_S = 120  # one run of emrs

SIGNATURE = re.compile(rb"(Signature=[0-9a-f]{63})([0-9a-f])")
MAYBE_CANCELLED = "may have been cancelled"
CASES = tap.Cases()
case = CASES.case


@dataclass(frozen=True)
class Bench:
    """What every case uses: the binary, and moto over TLS. moto's CA can issue more certificates."""

    binary: str
    moto: Service

    @property
    def authority(self) -> certs.Authority:
        return self.moto.authority

    def cancel(
        self,
        run: JobRun,
        *more: str,
        by: Credentials | None = None,
        endpoint: str = "",
        ca: Path | None = None,
    ) -> Answer:
        """Runs emrs on the job run. Defaults: the user's key, moto's address, moto's CA."""
        command = [self.binary, "cancel-job-run", "--region", service.REGION]
        command += ["--application-id", run.application_id, "--job-run-id", run.job_run_id]
        command += ["--endpoint-url", endpoint or self.moto.endpoint]
        command += ["--ca-bundle", str(ca or self.authority.ca), *more]
        return running.execute(command, running.environment((by or self.moto.user).environment()), EMRS_S)

    def execute(self, *words: str) -> Answer:
        return running.execute([self.binary, *words], running.environment(self.moto.user.environment()), EMRS_S)


def want_accepted(moto: Service, run: JobRun, answer: Answer, stdout: str = "") -> None:
    want(answer.code == 0, "exit 0", answer)
    wanted = stdout or running.as_json(run.application_id, run.job_run_id)
    want(answer.stdout == wanted, f"{wanted!r} on stdout", answer.stdout)
    state = moto.state(run)
    want(state == "CANCELLED", "boto3 to see the job run CANCELLED", state)


def want_refused(moto: Service, run: JobRun, answer: Answer) -> None:
    """moto refuses with status 403, XML and no error type. The service never answers in this way, so emrs
    must report the effect as unknown. boto3 reads the real state."""
    want(answer.code == 254, "exit 254", answer)
    want(answer.stdout == "", "nothing on stdout", answer.stdout)
    want("403" in answer.stderr, "the status 403 on stderr", answer.stderr)
    want(MAYBE_CANCELLED in answer.stderr, f"'{MAYBE_CANCELLED}' on stderr", answer.stderr)
    want_untouched(moto, run)


def want_untouched(moto: Service, run: JobRun) -> None:
    state = moto.state(run)
    want(state == "RUNNING", "boto3 to see the job run still RUNNING", state)


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


@case("get-job-run prints what boto3 reads, before and after the cancellation; a drill cancels nothing")
def looks(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    command = ["--region", service.REGION, "--endpoint-url", bench.moto.endpoint, "--ca-bundle",
               str(bench.authority.ca), "--application-id", run.application_id]
    names = ("applicationId", "jobRunId", "arn", "state", "createdAt")
    for state in ("RUNNING", "CANCELLED"):
        answer = bench.execute("get-job-run", *command, "--job-run-id", run.job_run_id)
        want(answer.code == 0 and answer.stderr == "", "exit 0", answer)
        ours = json.loads(answer.stdout)["jobRun"]
        theirs = bench.moto.client("emr-serverless").get_job_run(
            applicationId=run.application_id, jobRunId=run.job_run_id)["jobRun"]
        want(ours["state"] == state, f"the state {state}", ours)
        for name in names:
            wanted = theirs[name]
            seen = ours[name] if name != "createdAt" else datetime.datetime.fromisoformat(ours[name])
            want(seen == wanted, f"{name} {wanted}", seen)
        if state == "RUNNING":
            drill = bench.execute("drill", *command)
            want(drill.code == 0 and "Nothing was cancelled" in drill.stdout, "a proof", drill)
            want_untouched(bench.moto, run)
            want_accepted(bench.moto, run, bench.cancel(run))


@case("--dry-run shows the request as signed and sends nothing")
def dry_run(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    answer = bench.cancel(run, "--dry-run", by=bench.moto.session)
    want(answer.code == 0, "exit 0", answer)
    want("Signature=" in answer.stdout, "the request as signed", answer.stdout)
    want_untouched(bench.moto, run)


@case("--dry-run and --debug show neither secret nor token")
def masks(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    for option in ("--dry-run", "--debug"):
        answer = bench.cancel(run, option, by=bench.moto.session)
        want(answer.code == 0, f"{option}: exit 0", answer)
        want(run.job_run_id in answer.stdout, f"{option}: the job run's id", answer)
        seen = bench.moto.session.leak(answer.stdout + answer.stderr)
        want(not seen, f"{option}: no secret", seen)


@case("an unknown job run: the service's words on stderr, exit 254")
def unknown_job(bench: Bench) -> None:
    known = bench.moto.start_job_run()
    unknown = dataclasses.replace(known, job_run_id="0nosuchjobrun")
    words = (
        "An error occurred (ResourceNotFoundException) when calling the CancelJobRun operation: "
        f"JobRun {unknown.job_run_id} does not exist"
    )
    answer = bench.cancel(unknown)
    want(answer.code == 254, "exit 254", answer)
    want(answer.stdout == "", "nothing on stdout", answer.stdout)
    want(words in answer.stderr, f"'{words}' on stderr", answer.stderr)
    want(MAYBE_CANCELLED not in answer.stderr, "no unknown effect, as it is a refusal", answer.stderr)
    want_untouched(bench.moto, known)


@case("plain http on loopback: the same answer")
def plain_http(bench: Bench) -> None:
    with service.running_service(tls=False) as moto:
        run = moto.start_job_run()
        answer = bench.cancel(run, by=moto.session, endpoint=moto.endpoint)
        want_accepted(moto, run, answer)


@case("a CA that is not in --ca-bundle: exit 255, nothing sent")
def unknown_authority(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    stranger = certs.Authority(bench.authority.folder, "rsa")
    answer = bench.cancel(run, ca=stranger.ca)
    want(answer.code == 255, "exit 255", answer)
    want(answer.stdout == "", "nothing on stdout", answer.stdout)
    want(MAYBE_CANCELLED not in answer.stderr, "no unknown effect, as nothing was sent", answer.stderr)
    want_untouched(bench.moto, run)


@case("a wrong secret is refused")
def wrong_secret(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    # Only one letter differs, so it is not refused for its length or its characters.
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
    want(relay.requests == 1, "one request through the relay", (relay.requests, answer))
    want_accepted(bench.moto, run, answer)


@case("through the same relay flipping one hex digit of the signature: refused")
def through_flipping_relay(bench: Bench) -> None:
    run = bench.moto.start_job_run()
    with Relay(bench, flips=True) as relay:
        answer = bench.cancel(run, endpoint=relay.endpoint)
    want(relay.flipped == 1, "one flip by the relay", (relay.flipped, answer))
    want_refused(bench.moto, run, answer)


class Relay(Listener):
    """Terminates the client's TLS with its own certificate, passes the request on to moto over TLS, and may
    flip the last hex digit of the signature. One request per connection, because moto closes it."""

    def __init__(self, bench: Bench, flips: bool):
        super().__init__()
        self.requests = self.flipped = 0
        self.endpoint = f"https://localhost:{self.port}"
        self._flips = flips
        self._moto = bench.moto
        self._inward = certs.server_context(bench.authority.leaf("intermediate"))
        self._outward = ssl.create_default_context(cafile=str(bench.authority.ca))

    def serve(self, connection: socket.socket, _port: int) -> None:
        with contextlib.suppress(OSError), connection:
            self._pass_on(connection)

    def _pass_on(self, connection: socket.socket) -> None:
        with self._inward.wrap_socket(connection, server_side=True) as client:
            head = read_head(client)
            if not head:
                raise OSError("not a request's head")
            request = self._tamper(head)
            client.sendall(self._ask_moto(request))
            client.unwrap()  # sends close_notify, so TLS authenticates the end

    def _tamper(self, head: bytes) -> bytes:
        self.requests += 1
        if not self._flips:
            return head
        head, count = SIGNATURE.subn(lambda found: found[1] + flip(found[2]), head)
        self.flipped += count
        return head

    def _ask_moto(self, request: bytes) -> bytes:
        plain = socket.create_connection(("127.0.0.1", self._moto.port), HOLD_S)
        with self._outward.wrap_socket(plain, server_hostname="localhost") as moto:
            moto.sendall(request)
            return b"".join(iter(lambda: moto.recv(HEAD_SIZE), b""))


def flip(digit: bytes) -> bytes:
    return b"%x" % (int(digit, 16) ^ 1)


def run(binary: str) -> bool:
    name = "moto checks signatures"
    try:
        with service.running_service(check_signatures=True) as moto:
            # The service has tried both at its start. It raises ServiceError if one of them fails.
            tap.ok(f"{name}: boto3's are accepted, with wrong secrets refused")
            return CASES.run(Bench(binary, moto))
    except service.ServiceError as error:
        return tap.not_ok(name, str(error))


if __name__ == "__main__":
    tap.main("test_moto.py EMRS_BINARY", run)
