#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The firmware with a device's certificate, whose key only the board's secure element has.

    test_board_identity.py TRUST_FOLDER IMAGE...

Each IMAGE is a test image with an identity. The servers are OpenSSL's and require a certificate. Prints
a line a case (`ok - name`, `not ok - name: detail`) and figures as `# ...`.
"""
from __future__ import annotations

import os
import ssl
import sys
from pathlib import Path

sys.dont_write_bytecode = True

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import serialization  # noqa: E402

import certs  # noqa: E402
import device  # noqa: E402
import probe  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
import tls_server  # noqa: E402
from running import ACCEPTED, NOTHING_SENT  # noqa: E402
from tap import want  # noqa: E402
from test_board import IDS, NOBODY, RAM_AT, Bench, marks, want_end  # noqa: E402

# RAM in all that a call over mutual TLS may take.
RAM_MOST = {"lm3s6965evb-iot": {"rsa": 56 * 1024}}
SIGNED = "secure element: signature "
UNUSABLE = "this device's certificate or its key cannot be used"
REFUSED = "the server refuses this device's certificate"

certs.RECIPES["device-stranger"] = certs.Recipe("a device of another CA", issuer="stranger", usage=certs.CLIENT)

CASES = tap.Cases()


def number_of(leaf: certs.Leaf) -> bytes:
    key = serialization.load_pem_private_key(leaf.key.read_bytes(), None)
    return key.private_numbers().private_value.to_bytes(32, "big")


def write(path: Path, data: bytes) -> str:
    """For nobody else's eyes."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    return str(path)


def identity(bench: Bench, leaf: str = "client-only", number: bytes | None = None) -> dict[str, str]:
    """The settings: the certificate as DER, the key as the element has it."""
    made = bench.authority("ec").leaf(leaf)
    der = x509.load_pem_x509_certificate(made.chain.read_bytes()).public_bytes(serialization.Encoding.DER)
    home = bench.folder
    return {
        "certificate": write(home / f"{leaf}.der", der),
        "key": write(home / f"{leaf}.number", number_of(made) if number is None else number),
    }


def requiring(bench: Bench, kind: str = "rsa", leaf: str = "four") -> ssl.SSLContext:
    context = certs.server_context(bench.authority(kind).leaf(leaf))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(bench.authority("ec").ca)
    return context


def meet(bench: Bench, kind: str, **settings: str) -> running.Answer:
    """A call over mutual TLS, behind four certificates of this kind."""
    answer, _ = bench.meet(tls_server.answers(), context=requiring(bench, kind), **settings, **identity(bench))
    return answer


def signatures(answer: running.Answer) -> int:
    return answer.stdout.count(SIGNED)


@CASES.case("cancels over mutual TLS: the element signs once per handshake")
def accepted(bench: Bench) -> str:
    answer, seen = bench.meet(tls_server.answers(), context=requiring(bench), **identity(bench))
    want_end(answer, 0, ACCEPTED)
    want(signatures(answer) == 1, "one signature", answer.stdout)
    want(seen[-1].name == certs.BOARD_NAME, "SNI", seen[-1].name)
    return f"{Path(bench.image).stem}, {seen[-1].version}"


@CASES.case("without a certificate: the server requires one")
def missing(bench: Bench) -> None:
    answer, _ = bench.meet(tls_server.answers(), context=requiring(bench), tls="12")
    want_end(answer, 255, NOTHING_SENT, "the server requires a client certificate")


@CASES.case("a certificate of another CA: the server's decision")
def refused(bench: Bench) -> None:
    answer, seen = bench.meet(
        tls_server.answers(), context=requiring(bench), tls="12", **identity(bench, "device-stranger")
    )
    want_end(answer, 255, NOTHING_SENT, REFUSED)
    want(len(seen) == 1, "one attempt", seen)


@CASES.case("another key, one that is gone, a broken certificate: told as ours, nothing sent")
def unusable(bench: Bench) -> None:
    good = identity(bench)
    other = write(bench.folder / "other.number", number_of(bench.authority("ec").leaf("good")))
    broken = write(bench.folder / "broken.der", Path(good["certificate"]).read_bytes()[:-1])
    for wrong, count in ({"key": other}, 1), ({"key": "/nowhere"}, 1), ({"certificate": broken}, 0):
        answer, seen = bench.meet(
            tls_server.answers(), context=requiring(bench), tls="12", **{**good, **wrong}
        )
        want_end(answer, 255, NOTHING_SENT, UNUSABLE)
        want(len(seen) == count, f"{count} connections", (wrong, seen))


@CASES.case("RAM in all that a call over mutual TLS takes")
def ram(bench: Bench) -> str:
    name, figures = Path(bench.image).stem, []
    for kind, most in RAM_MOST.get(name, {}).items():
        answer = meet(bench, kind)
        room = most - marks(answer)["RAM, static"]
        want_end(meet(bench, kind, arena=str(int(room / 1.03))), 0, ACCEPTED)
        figures.append(f"{kind} in {most}, of it {room} for the arena")
    return f"{name}: {'; '.join(figures)}"


@CASES.case("after a call RAM holds nothing of the private key")
def no_key(bench: Bench) -> str:
    number = number_of(bench.authority("ec").leaf("client-only"))
    with (
        tls_server.Server(tls_server.answers(), requiring(bench)) as server,
        running.scratch("key") as folder,
        device.credentials_file(folder, NOBODY) as path,
    ):
        words = {"endpoint": device.url(server.port), "credentials": str(path), **IDS, **identity(bench)}
        names = probe.symbols(bench.image)
        with probe.Probe(device.Board(bench.image, bench.around).command(words), names) as stub:
            # The control: when the element has read the number, it is found.
            stub.run_to("ecdsa_sign_wrap")
            stub.run_to("emrs_wipe")
            size = names["link_free_high"] - RAM_AT
            before = stub.read(RAM_AT, min(size, 64 * 1024))
            stub.run_to("board_exit")
            want(stub.first_argument() == 0, "an accepted call", stub.first_argument())
            after = stub.read(RAM_AT, min(size, 128 * 1024))
    want(number in before, "the number, before", len(before))
    for found in (number, number[::-1]):
        want(found[:8] not in after and found[-8:] not in after, "no piece of the private key", len(after))
    return f"{Path(bench.image).stem}: looked through {len(after)} bytes of RAM ({len(before)} before)"


def run(trust: str, *images: str) -> bool:
    verdicts = []
    with device.Surroundings() as around, running.scratch("board-identity") as folder:
        for image in images:
            verdicts.append(CASES.run(Bench(image, Path(trust), folder, around, {}), 1))
    return all(verdicts)


if __name__ == "__main__":
    tap.main("test_board_identity.py TRUST_FOLDER IMAGE [IMAGE]", run)
