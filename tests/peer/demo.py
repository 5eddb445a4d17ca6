#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One job run cancelled on an EMR Serverless nobody here wrote, over verified TLS, for all to see.

    demo.py TRUST_FOLDER DEVICE...                # `make demo` and `make qemu` build and run this

A DEVICE is the emrs command, or a firmware's image (.elf), which runs under the emulator. An image
whose name ends with -iot has no keys of AWS: it gets its credentials by a certificate, from a peer of ours
that plays AWS IoT.
Everything is on this machine: moto is the service, boto3 (AWS's own client) makes the job run and
looks at it before and after. Exits 1, saying why, as soon as anything is not as it should be.

Each device cancels a job run of its own. It trusts the CAs kept in TRUST_FOLDER; where there are
none ("-"), one is made for the while.
"""
from __future__ import annotations

import contextlib
import os
import shlex
import sys
from dataclasses import astuple, dataclass
from importlib import metadata
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import device  # noqa: E402
import metadata as iot  # noqa: E402
import running  # noqa: E402
import service  # noqa: E402
import tap  # noqa: E402
from running import Answer, Credentials, JobRun  # noqa: E402

GRACE_S = 120
RUN_S = 120
ENDED = ("CANCELLING", "CANCELLED")


class Wrong(Exception):
    """Something is not as it should be; the text is for the reader of the demo."""


@dataclass(frozen=True)
class Host:
    """The emrs command on this computer."""

    binary: str
    title: str = "this computer, the emrs command"

    def show(self, moto: Service, run: JobRun) -> None:
        options = options_for(moto, run)
        section("The request as signed, sent nowhere (--dry-run; secret and token masked)")
        said = self.call(moto, [*options, "--dry-run"])
        path = f"/applications/{run.application_id}/jobruns/{run.job_run_id}"
        want_named(said, f"DELETE {path}", "Signature=")
        show_state(moto, run, ("RUNNING",))

        section("The call")
        said = self.call(moto, options)
        want_named(said, run.application_id, run.job_run_id)
        print("   Exit code 0: the service has accepted the cancellation.")

    def call(self, moto: Service, options: list[str]) -> str:
        """One run, its command line and all it printed shown. ret: what it printed"""
        names = " ".join(f"{name}=..." for name in moto.session.environment())
        print(f"   Its environment: {names}")
        for line in self._shown(options).splitlines():
            print(f"   {'  ' if line.startswith(' ') else '$ '}{line.strip()}")
        return show_answer(moto, self._run(options, moto.session))

    def _shown(self, options: list[str]) -> str:
        """The command line as a reader could type it, an option a line."""
        near = os.path.relpath(self.binary)
        lines = [f"{self.binary if near.startswith('..') else near} cancel-job-run"]
        for word in options:
            if word.startswith("--"):
                lines.append(f"    {word}")
            else:
                lines[-1] += f" {shlex.quote(word)}"
        return " \\\n".join(lines)

    def _run(self, options: list[str], credentials: Credentials) -> Answer:
        """Credentials by the environment only: command lines are for every user to read."""
        command = [self.binary, "cancel-job-run", *options]
        return running.execute(command, running.environment(credentials.environment()), RUN_S)


@dataclass(frozen=True)
class Board:
    """A firmware under the emulator."""

    image: str
    around: device.Surroundings

    @property
    def title(self) -> str:
        return f"a microcontroller under QEMU, {Path(self.image).stem}"

    def show(self, moto: Service, run: JobRun) -> None:
        section("The call")
        print("   Told at boot: endpoint, region, ids, where names and the time come from.")
        print("   Its credentials come by a file of mode 0600.")
        board = device.Board(self.image, self.around)
        said = show_answer(moto, board.run(moto.session, settings_for(moto, run)))
        want_named(said, run.application_id, run.job_run_id)


@dataclass(frozen=True)
class Thing:
    """A firmware that has a certificate, and no keys."""

    image: str
    around: device.Surroundings

    @property
    def title(self) -> str:
        return f"a microcontroller without keys of AWS, {Path(self.image).stem}"

    def show(self, moto: Service, run: JobRun) -> None:
        section("The credentials provider")
        print("   It plays AWS IoT Core's: it requires a device's certificate, and gives credentials of moto")
        print(f"   for the role alias {device.ALIAS} and the thing {device.THING}.")
        rule = iot.Iot(host=certs.BOARD_NAME, answer=iot.iot_gives(astuple(moto.session)))
        context = iot.mutual_context(moto.authority.leaf("four"), moto.authority)
        with iot.Source(rule, context) as source:
            section("Credentials by certificate, then the call")
            said = self._call(moto, run, source)
        want_named(said, run.application_id, run.job_run_id, "credentials: there")
        (request,) = source.requests
        print(f"   The provider saw {request.method} {request.target}, by a certificate of its CA.")

    def _call(self, moto: Service, run: JobRun, source: iot.Source) -> str:
        print("   Told at boot: as before, and the provider's host, the role alias and the thing's name.")
        print("   There is no file of credentials. A stand-in for a secure element has the certificate's key.")
        with running.scratch("thing") as folder:
            settings = {
                **settings_for(moto, run),
                **device.without_keys(source.port),
                **device.identity(moto.authority.leaf("device"), folder),
            }
            return show_answer(moto, device.Board(self.image, self.around).run(moto.session, settings))


def settings_for(moto: Service, run: JobRun) -> dict[str, str]:
    return {
        "endpoint": device.url(moto.port),
        "application-id": run.application_id,
        "job-run-id": run.job_run_id,
        "grace": str(GRACE_S),
    }


def options_for(moto: Service, run: JobRun) -> list[str]:
    return [
        *("--application-id", run.application_id),
        *("--job-run-id", run.job_run_id),
        *("--shutdown-grace-period-in-seconds", str(GRACE_S)),
        *("--endpoint-url", moto.endpoint),
        *("--ca-bundle", str(moto.ca)),
        *("--region", running.REGION),
    ]


def section(title: str) -> None:
    print(f"\n== {title}")


def quote(mark: str, text: str) -> None:
    """What a program printed, set off from what the demo says."""
    for line in text.splitlines():
        print(f"   {mark} {line}".rstrip())


def show_service(moto: Service) -> None:
    section("The service")
    version = metadata.version("moto")
    print(f"   moto {version}, an EMR Serverless written by others, at {moto.endpoint}")
    print(f"   its certificate is signed by a throw-away CA: {moto.ca}")
    print("   it checks signatures: boto3 has just tried a right secret (accepted)")
    print("   and a wrong one (refused)")


def show_job_run(moto: Service) -> JobRun:
    run = moto.start_job_run()
    print("   Made by boto3, AWS's own client for Python:")
    print(f"   application  {run.application_id}")
    print(f"   job run      {run.job_run_id}")
    show_state(moto, run, ("RUNNING",))
    return run


def show_state(moto: Service, run: JobRun, expected: tuple[str, ...]) -> None:
    state = moto.state(run)
    print(f"   state        {state}   (as boto3 sees it)")
    if state not in expected:
        raise Wrong(f"boto3 sees the job run {state}; it should be {' or '.join(expected)}")


def show_answer(moto: Service, answer: Answer) -> str:
    """ret: what it printed"""
    if moto.session.leak(answer.stdout + answer.stderr):
        raise Wrong("it printed a piece of the secret or of the session token")
    quote("|", answer.stdout)
    quote("stderr |", answer.stderr)
    print(f"   exit code    {answer.code}   ({answer.took_s * 1000:.0f} ms)")
    if answer.code != 0:
        raise Wrong(f"the exit code is {answer.code}; it should be 0")
    return answer.stdout + answer.stderr


def want_named(stdout: str, *names: str) -> None:
    for name in names:
        if name not in stdout:
            raise Wrong(f"what it printed does not name {name}")


def show_device(one: Host | Board | Thing, moto: Service) -> None:
    section(f"A job run for {one.title}")
    run = show_job_run(moto)
    one.show(moto, run)
    show_state(moto, run, ENDED)
    print(f"   moto cancels at once. AWS first gives the job its {GRACE_S} s (CANCELLING).")


def made(name: str, around: device.Surroundings) -> Host | Board | Thing:
    if not name.endswith(".elf"):
        return Host(name)
    return Thing(name, around) if name.endswith("-iot.elf") else Board(name, around)


def main(arguments: list[str]) -> int:
    if len(arguments) < 3:
        print("usage: demo.py TRUST_FOLDER|- DEVICE...", file=sys.stderr)
        return 2
    tap.end_on_sigterm()
    sys.stdout.reconfigure(line_buffering=True)  # in a log, too, the reason comes last
    kept = None if arguments[1] == "-" else (Path(arguments[1]), "rsa")
    try:
        with contextlib.ExitStack() as stack:
            around = stack.enter_context(device.Surroundings())
            moto = stack.enter_context(service.running_service(True, True, kept))
            show_service(moto)
            for name in map(os.path.abspath, arguments[2:]):
                show_device(made(name, around), moto)
    except (Wrong, service.ServiceError) as error:
        print(f"\ndemo: {error}.", file=sys.stderr)
        return 1
    except (OSError, tap.Failed) as error:
        print(f"\ndemo: emrs could not be run to its end: {error}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\ndemo: stopped; moto is stopped too.", file=sys.stderr)
        return 130
    section("Done: every job run is cancelled, moto is stopped, its files are gone")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
