#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Starts a job run for each device, lets the device cancel it over verified TLS, and prints each step.

    demo.py [--without-moto] TRUST_FOLDER DEVICE...      # `make demo` and `make qemu` build and run this

A DEVICE is the emrs command, or a firmware image (.elf), which runs under the emulator. An image
whose name ends with -iot has no AWS keys: it gets its credentials with a certificate, from a server of ours
that plays AWS IoT. It also checks the job run's name first, and waits until the job run is over.
Everything is on this computer: moto is the service, boto3 (AWS's own client) starts the job run and
reads its state before and after. If anything goes wrong, the demo ends, prints why, and exits with 1.

Each device cancels its own job run. It trusts the CAs in TRUST_FOLDER; with "-" a temporary CA is
made.

Without moto the service is our own, emr_serverless.py, which needs no boto3 either. Without Python's
cryptography no certificates can be made: then the service speaks plain http, and images are left out.
"""
from __future__ import annotations

import contextlib
import os
import shlex
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

sys.dont_write_bytecode = True

import emr_serverless  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from running import Answer, Credentials, JobRun  # noqa: E402

try:
    import certs
    import device
    import metadata as iot
except ImportError:  # no cryptography
    certs = device = iot = None

if TYPE_CHECKING:
    import service

    Service = service.Service | emr_serverless.Service

NAME = "nightly-etl"
GRACE_S = 120
RUN_S = 120
ENDED = ("CANCELLING", "CANCELLED")


class Wrong(Exception):
    """Something went wrong. The text is printed."""


@dataclass(frozen=True)
class Host:
    """The emrs command on this computer."""

    binary: str
    title: str = "this computer, the emrs command"
    waits: ClassVar = False

    def show(self, emr: Service, run: JobRun) -> None:
        options = options_for(emr, run)
        section("The signed request, which is not sent (--dry-run; secret and token are masked)")
        said = self.call(emr, [*options, "--dry-run"])
        path = f"/applications/{run.application_id}/jobruns/{run.job_run_id}"
        want_named(said, f"DELETE {path}", "Signature=")
        show_state(emr, run, ("RUNNING",))

        section("The call")
        said = self.call(emr, options)
        want_named(said, run.application_id, run.job_run_id)
        print("   Exit code 0: the service has accepted the cancellation.")

    def call(self, emr: Service, options: list[str]) -> str:
        """Runs the command, and shows its command line and its output. ret: the output"""
        names = " ".join(f"{name}=..." for name in emr.session.environment())
        print(f"   Its environment: {names}")
        for line in self._shown(options).splitlines():
            print(f"   {'  ' if line.startswith(' ') else '$ '}{line.strip()}")
        return show_answer(emr, self._run(options, emr.session))

    def _shown(self, options: list[str]) -> str:
        """ret: the command line as a reader can type it, one option per line"""
        near = os.path.relpath(self.binary)
        lines = [f"{self.binary if near.startswith('..') else near} cancel-job-run"]
        for word in options:
            if word.startswith("--"):
                lines.append(f"    {word}")
            else:
                lines[-1] += f" {shlex.quote(word)}"
        return " \\\n".join(lines)

    def _run(self, options: list[str], credentials: Credentials) -> Answer:
        """Passes credentials only in the environment, because every user can read command lines."""
        command = [self.binary, "cancel-job-run", *options]
        return running.execute(command, running.environment(credentials.environment()), RUN_S)


@dataclass(frozen=True)
class Board:
    """A firmware image under the emulator"""

    image: str
    around: device.Surroundings
    waits: ClassVar = False

    @property
    def title(self) -> str:
        return f"a microcontroller under QEMU, {Path(self.image).stem}"

    def show(self, emr: Service, run: JobRun) -> None:
        section("The call")
        print("   Its boot parameters: endpoint, region, ids, the DNS server and the time server.")
        print("   It reads its credentials from a file of mode 0600.")
        board = device.Board(self.image, self.around)
        said = show_answer(emr, board.run(emr.session, settings_for(emr, run)))
        want_named(said, run.application_id, run.job_run_id)


@dataclass(frozen=True)
class Thing:
    """A firmware image that has a certificate and no AWS keys, and can look at the job run"""

    image: str
    around: device.Surroundings
    waits: ClassVar = True

    @property
    def title(self) -> str:
        return f"a microcontroller without AWS keys, {Path(self.image).stem}"

    def show(self, emr: Service, run: JobRun) -> None:
        section("The credentials provider")
        print("   A server of ours plays AWS IoT Core. It requires a device's certificate, and gives credentials")
        print(f"   for the service, for the role alias {device.ALIAS} and the thing {device.THING}.")
        rule = iot.Iot(host=certs.BOARD_NAME, answer=iot.iot_gives(astuple(emr.session)))
        context = iot.mutual_context(emr.authority.leaf("four"), emr.authority)
        with iot.Source(rule, context) as source:
            section("Credentials with the certificate, then guard, cancellation and wait")
            said = self._call(emr, run, source)
        want_named(said, run.application_id, run.job_run_id, "credentials: ready", "over: the job run has stopped")
        (request,) = source.requests
        print(f"   The provider received {request.method} {request.target}, with a certificate of its CA.")

    def _call(self, emr: Service, run: JobRun, source: iot.Source) -> str:
        print("   Its boot parameters: as before, and the provider's host, the role alias and the thing's name.")
        print(f"   It must cancel only a job run with the name {NAME}, and wait until it is over.")
        print("   There is no file with credentials. A simulated secure element has the certificate's key.")
        with running.scratch("thing") as folder:
            settings = {
                **settings_for(emr, run),
                **device.without_keys(source.port),
                **device.identity(emr.authority.leaf("device"), folder),
                **{"expect-name": NAME, "wait": "1"},
            }
            return show_answer(emr, device.Board(self.image, self.around).run(emr.session, settings))


def settings_for(emr: Service, run: JobRun) -> dict[str, str]:
    return {
        "endpoint": device.url(emr.port),
        "application-id": run.application_id,
        "job-run-id": run.job_run_id,
        "grace": str(GRACE_S),
    }


def options_for(emr: Service, run: JobRun) -> list[str]:
    return [
        *("--application-id", run.application_id),
        *("--job-run-id", run.job_run_id),
        *("--shutdown-grace-period-in-seconds", str(GRACE_S)),
        *("--endpoint-url", emr.endpoint),
        *(("--ca-bundle", str(emr.ca)) if emr.ca else ()),
        *("--region", running.REGION),
    ]


def section(title: str) -> None:
    print(f"\n== {title}")


def quote(mark: str, text: str) -> None:
    """Prints the output of a program, with a mark before each line."""
    for line in text.splitlines():
        print(f"   {mark} {line}".rstrip())


@dataclass(frozen=True)
class Moto:
    """What is printed if moto is the service."""

    made = "Started by boto3, AWS's own client for Python:"
    stopped = "moto is stopped"

    @staticmethod
    def show(emr: Service) -> None:
        print(f"   moto {metadata.version('moto')}, an EMR Serverless written by others, at {emr.endpoint}")
        print(f"   Its certificate is signed by a throw-away CA: {emr.ca}")
        print("   It checks signatures: boto3 has just tried a right secret (accepted)")
        print("   and a wrong one (refused).")

    @staticmethod
    def show_pace(emr: Service) -> None:
        print("   moto stops a job run at once, so the board sees no CANCELLING.")

    @staticmethod
    def show_end(emr: Service, run: JobRun) -> None:
        print(f"   moto stops a job run at once. AWS first gives the job its {GRACE_S} s (CANCELLING).")


@dataclass(frozen=True)
class Ours:
    """What is printed if the service is ours."""

    made = "Started in the service itself, because boto3 may be missing:"
    stopped = "the service is stopped"

    @staticmethod
    def show(emr: Service) -> None:
        print("   There is no moto here (an EMR Serverless written by others). The service is our own,")
        print(f"   tests/peer/emr_serverless.py, written from AWS's documents, at {emr.endpoint}")
        if emr.ca:
            print(f"   Its certificate is signed by a throw-away CA: {emr.ca}")
        else:
            print("   It speaks plain http: there is no Python package cryptography here to make certificates.")
        print("   It checks signatures.")

    @staticmethod
    def show_pace(emr: Service) -> None:
        emr.request_s = GRACE_S / 2
        print(f"   From now on each request moves the service's clock on by {emr.request_s:.0f} s.")

    @staticmethod
    def show_end(emr: Service, run: JobRun) -> None:
        print(f"   The job has {GRACE_S} s to stop. The service's clock moves on by {GRACE_S} s.")
        emr.clock.advance(GRACE_S)
        show_state(emr, run, ("CANCELLED",))


def show_job_run(emr: Service, words: type[Moto] | type[Ours]) -> JobRun:
    run = emr.start_job_run(name=NAME)
    print(f"   {words.made}")
    print(f"   application  {run.application_id}")
    print(f"   job run      {run.job_run_id}")
    show_state(emr, run, ("RUNNING",))
    return run


def show_state(emr: Service, run: JobRun, expected: tuple[str, ...]) -> None:
    state = emr.state(run)
    print(f"   state        {state}   ({emr.seen_by})")
    if state not in expected:
        raise Wrong(f"the job run is {state}, {emr.seen_by}; it should be {' or '.join(expected)}")


def show_answer(emr: Service, answer: Answer) -> str:
    """Shows the output and the exit code of a run that must succeed. ret: the output"""
    if emr.session.leak(answer.stdout + answer.stderr):
        raise Wrong("the device printed a piece of the secret or of the session token")
    quote("|", answer.stdout)
    quote("stderr |", answer.stderr)
    print(f"   exit code    {answer.code}   ({answer.took_s * 1000:.0f} ms)")
    if answer.code != 0:
        raise Wrong(f"the exit code is {answer.code}; it should be 0")
    return answer.stdout + answer.stderr


def want_named(stdout: str, *names: str) -> None:
    for name in names:
        if name not in stdout:
            raise Wrong(f"the device's output does not contain '{name}'")


def show_device(one: Host | Board | Thing, emr: Service, words: type[Moto] | type[Ours]) -> None:
    section(f"A job run for {one.title}")
    run = show_job_run(emr, words)
    if one.waits:
        words.show_pace(emr)
    one.show(emr, run)
    show_state(emr, run, ("CANCELLED",) if one.waits else ENDED)
    if not one.waits:
        words.show_end(emr, run)


def made(name: str, around: device.Surroundings) -> Host | Board | Thing:
    if not name.endswith(".elf"):
        return Host(name)
    return Thing(name, around) if name.endswith("-iot.elf") else Board(name, around)


def moto(kept: tuple[Path, str] | None) -> contextlib.AbstractContextManager[Service]:
    import service

    return service.running_service(True, True, kept)


@contextlib.contextmanager
def ours(kept: tuple[Path, str] | None) -> Iterator[Service]:
    with running.scratch("emr") as folder:
        authority = None
        if certs:
            authority = certs.Authority.kept(*kept, folder) if kept else certs.Authority(folder)
        with emr_serverless.Service(authority) as emr:
            yield emr


def show_all(words: type[Moto] | type[Ours], kept: tuple[Path, str] | None, names: list[str]) -> None:
    with contextlib.ExitStack() as stack:
        around = stack.enter_context(device.Surroundings()) if device else None
        emr = stack.enter_context(moto(kept) if words is Moto else ours(kept))
        section("The service")
        words.show(emr)
        for name in names:
            if name.endswith(".elf") and not device:
                section(f"Left out: {name}, which needs Python's cryptography")
            else:
                show_device(made(os.path.abspath(name), around), emr, words)


def main(arguments: list[str]) -> int:
    words = Ours if "--without-moto" in arguments[1:2] else Moto
    arguments = arguments[2 if words is Ours else 1 :]
    if len(arguments) < 2:
        print("usage: demo.py [--without-moto] TRUST_FOLDER|- DEVICE...", file=sys.stderr)
        return 2
    tap.end_on_sigterm()
    sys.stdout.reconfigure(line_buffering=True)  # so that an error on stderr follows the steps in a log too
    kept = None if arguments[0] == "-" else (Path(arguments[0]), "rsa")
    try:
        show_all(words, kept, arguments[1:])
    except (Wrong, running.ServiceError) as error:
        print(f"\ndemo: {error}.", file=sys.stderr)
        return 1
    except (OSError, tap.Failed) as error:
        print(f"\ndemo: emrs could not be run to its end: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\ndemo: stopped by Ctrl-C; {words.stopped} too.", file=sys.stderr)
        return 130
    section(f"Done: every job run is cancelled, {words.stopped}, its files are gone")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
