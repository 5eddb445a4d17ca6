#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The command of `make static` in an empty root folder: no C library, no /dev, no CA bundle.

    test_static.py EMRS_BINARY

The root folder has the command, and what a case adds to it. Entering it needs root rights, or user
namespaces.
"""
from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "peer"))

import certs  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from running import ACCEPTED, NOTHING_SENT, Answer  # noqa: E402
from tap import want  # noqa: E402
from tls_server import APPLICATION, JOB, Server, answers  # noqa: E402

SIZE_MAX = 600 * 1000
RUN_S = 50
BUILT_IN = "emrs: no CA bundle found: trusting the Amazon root CAs that are built in\n"
UNKNOWN_CA = "certificate issued by an unknown CA"
KEYS = {"AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
NAME = "emr-serverless.test"  # it is in the certificates of certs.py, and in /etc/hosts of the root folder
ROOTS = [f"Amazon Root CA {number}" for number in (1, 2, 3, 4)]
ROOTS += ["Starfield Services Root Certificate Authority - G2"]
BUNDLE = "etc/ssl/certs/ca-certificates.crt"

CASES = tap.Cases()


@dataclass(frozen=True)
class Bench:
    binary: str
    folder: Path
    ours: certs.Authority
    other: certs.Authority

    @contextlib.contextmanager
    def root(self, files: dict[str, Path]) -> Iterator[Path]:
        """A root folder with only the command and these files."""
        with running.scratch("root") as root:
            shutil.copy(self.binary, root / "emrs")
            for name, file in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, path)
            yield root

    def cancel(self, root: Path, host: str, *more: str, **variables: str) -> tuple[Answer, bytes]:
        """ret: what the command did, and what the server was sent"""
        with Server(answers(), certs.server_context(self.ours.leaf("good"))) as server:
            words = ["--application-id", APPLICATION, "--job-run-id", JOB]
            words += ["--endpoint-url", f"https://{host}:{server.port}", *more]
            command = [*within(root), "/emrs", "cancel-job-run", *words]
            path = {"PATH": os.environ["PATH"]}
            answer = running.execute(command, {**path, **KEYS, "AWS_MAX_ATTEMPTS": "1", **variables}, RUN_S)
            return answer, server.seen[-1].request if server.seen else b""


def within(root: Path) -> list[str]:
    user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    return ["unshare", *user, "--root", str(root)]


def want_accepted(answer: Answer) -> None:
    want(answer.code == 0 and answer.stdout == running.as_json(APPLICATION, JOB), ACCEPTED, answer)
    want("built in" not in answer.stderr, "no message about the built-in roots", answer)


def want_refused(answer: Answer, request: bytes) -> None:
    want(answer.code == 255 and UNKNOWN_CA in answer.stderr, UNKNOWN_CA, answer)
    want(NOTHING_SENT in answer.stderr and not request, "nothing sent", (answer, request))


@CASES.case(f"it is static, has the five Amazon roots in it, and at most {SIZE_MAX} bytes")
def is_small(bench: Bench) -> str:
    size = Path(bench.binary).stat().st_size
    want(size <= SIZE_MAX, f"at most {SIZE_MAX} bytes", size)
    ldd = subprocess.run(["ldd", bench.binary], capture_output=True, text=True)
    want(ldd.returncode != 0 and "not a dynamic executable" in ldd.stderr, "no libraries", ldd)
    missing = [name for name in ROOTS if name.encode() not in Path(bench.binary).read_bytes()]
    want(not missing, "the five Amazon roots in it", missing)
    return f"build/static/emrs: {size} bytes"


@CASES.case("with --ca-bundle it makes a verified call")
def named(bench: Bench) -> None:
    with bench.root({"ca.pem": bench.ours.ca}) as root:
        answer, _ = bench.cancel(root, "127.0.0.1", "--ca-bundle", "/ca.pem")
    want_accepted(answer)


@CASES.case("with AWS_CA_BUNDLE it makes a verified call, to a name of /etc/hosts")
def by_name(bench: Bench) -> None:
    hosts = bench.folder / "hosts"
    hosts.write_text(f"127.0.0.1 {NAME}\n")
    with bench.root({"ca.pem": bench.ours.ca, "etc/hosts": hosts}) as root:
        answer, _ = bench.cancel(root, NAME, AWS_CA_BUNDLE="/ca.pem")
    want_accepted(answer)


@CASES.case("without a CA bundle it trusts the built-in roots, says so once, and refuses another CA's server")
def built_in(bench: Bench) -> None:
    with bench.root({}) as root:
        answer, request = bench.cancel(root, "127.0.0.1")
    want_refused(answer, request)
    want(answer.stderr.count(BUILT_IN) == 1, BUILT_IN, answer)


@CASES.case("the system's CA bundle comes before the built-in roots")
def of_the_system(bench: Bench) -> None:
    with bench.root({BUNDLE: bench.ours.ca}) as root:
        answer, _ = bench.cancel(root, "127.0.0.1")
    want_accepted(answer)


@CASES.case("a CA bundle that is named comes before the system's")
def before_the_system(bench: Bench) -> None:
    with bench.root({BUNDLE: bench.ours.ca, "ca.pem": bench.other.ca}) as root:
        answer, request = bench.cancel(root, "127.0.0.1", "--ca-bundle", "/ca.pem")
    want_refused(answer, request)


@CASES.case("a CA bundle that cannot be loaded is an error: of --ca-bundle, AWS_CA_BUNDLE or the system")
def not_replaced(bench: Bench) -> None:
    wrong = bench.folder / "wrong.pem"
    wrong.write_text("-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n")
    ways = [({"ca.pem": wrong}, ("--ca-bundle", "/ca.pem"), {}), ({}, ("--ca-bundle", "/none.pem"), {}),
            ({}, (), {"AWS_CA_BUNDLE": "/none.pem"}), ({BUNDLE: wrong}, (), {})]
    for files, words, variables in ways:
        with bench.root(files) as root:
            answer, request = bench.cancel(root, "127.0.0.1", *words, **variables)
        want(answer.code == 253 and "cannot be used" in answer.stderr, "253", answer)
        want(not request and "built in" not in answer.stderr, "nothing sent", (answer, request))


def run(binary: str) -> bool:
    with running.scratch("static") as folder:
        (folder / "other").mkdir()
        return CASES.run(Bench(binary, folder, certs.Authority(folder), certs.Authority(folder / "other")))


if __name__ == "__main__":
    tap.main("test_static.py EMRS_BINARY", run)
