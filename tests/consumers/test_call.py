#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Each application makes a real call to a server with OpenSSL's TLS.

    test_call.py FOLDER      FOLDER has one application per way of building, with the name of the way

Each is run as `FOLDER/WAY CA.pem URL`: once with the server's CA, and once with another CA, when it
must send nothing. An application with its own TLS also presents a device's certificate, but only on
a stream for credentials. Those with their own hash (sha256.c) print that they used it.
"""
from __future__ import annotations

import json
import ssl
import sys
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "peer"))

import certs  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from tap import want  # noqa: E402
from tls_server import Server, answers, http  # noqa: E402

RUN_S = 50
APPLICATION, JOB = "00fabcdefg123456", "00fhijklmn789012"  # of the README's example
GOOD = http("200 OK", json.dumps({"applicationId": APPLICATION, "jobRunId": JOB}).encode())
OWN_HASH = "a hash of the application's own\n"
REQUEST = f"DELETE /applications/{APPLICATION}/jobruns/{JOB} HTTP/1.1\r\n".encode()


@dataclass(frozen=True)
class Bench:
    ours: certs.Authority
    other: certs.Authority


def call(bench: Bench, program: Path) -> None:
    with Server(answers(GOOD), certs.server_context(bench.ours.leaf("good"))) as server:
        answer = running.execute([str(program), str(bench.ours.ca), server.url], running.environment(), RUN_S)
        want(answer.stdout.endswith(f"; {running.ACCEPTED}\n"), running.ACCEPTED, answer)
        want((OWN_HASH in answer.stdout) == program.name.endswith("its own hash"), OWN_HASH, answer)
        # mbedTLS 3.6.6 may need two connections (port/tls/README.md).
        want(server.seen[-1].request.startswith(REQUEST), REQUEST, server.seen)
        answer = running.execute([str(program), str(bench.other.ca), server.url], running.environment(), RUN_S)
        want(answer.stdout.endswith(f"; {running.NOTHING_SENT}\n"), running.NOTHING_SENT, answer)
        want(not server.seen[-1].request, "no request without trust", server.seen[-1])


def show(bench: Bench, program: Path) -> None:
    """Calls a server that requires the certificate. A stream for the service must not present it."""
    device, context = bench.other.leaf("client-only"), certs.server_context(bench.ours.leaf("good"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(bench.other.ca)
    with Server(answers(GOOD), context) as server:
        command = [str(program), str(bench.ours.ca), server.url, str(device.chain), str(device.key)]
        answer = running.execute([*command, "credentials"], running.environment(), RUN_S)
        want(answer.stdout.endswith(f"; {running.ACCEPTED}\n"), running.ACCEPTED, answer)
        want(server.seen[0].name == "localhost", "SNI", server.seen)
        answer = running.execute([*command, "service"], running.environment(), RUN_S)
        want(running.ACCEPTED not in answer.stdout, "a refusal", answer)
        want(len(server.seen) > 1 and not any(seen.request for seen in server.seen[1:]), "no request", server.seen)


def run(folder: str) -> bool:
    cases = tap.Cases()
    programs = sorted(Path(folder).iterdir())
    cases.each("an application makes a call", [(path.name, path) for path in programs])(call)
    own = [path for path in programs if path.name.startswith("the one line of cc")]
    cases.each("an application presents a device's certificate", [(path.name, path) for path in own])(show)
    with running.scratch("consumers") as scratch:
        (scratch / "other").mkdir()
        return cases.run(Bench(certs.Authority(scratch), certs.Authority(scratch / "other")))


if __name__ == "__main__":
    tap.main("test_call.py FOLDER", run)
