# SPDX-License-Identifier: MIT
"""Runs a board's image under the emulator, in a network with DNS and SNTP. The board reaches servers on this
computer, and nothing else.

    with device.Surroundings() as around:
        board = device.Board("build/firmware/lm3s6965evb.elf", around)
        answer = board.run(credentials, {"endpoint": device.url(port), ...})

For the board, 127.0.0.1 of this computer is 10.0.2.2. The Answer has its console (as stdout) and its exit code.
"""
from __future__ import annotations

import contextlib
import os
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization

import certs
import running

HOST = "10.0.2.2"
ALIAS, THING = "emrs-alias", "emrs-thing"  # of a board that gets its credentials from AWS IoT
EMULATOR = "qemu-system-arm"
MODELS = {"lm3s6965evb": "stellaris", "mps2-an385": "lan9118"}
RUN_S = 300  # only ends a hang
NTP_ERA = 2208988800  # seconds from 1900 to 1970
ICOUNT_SHIFT = 3  # 8 ns per instruction, so that the board's timers stay near the wall clock


class Responder:
    """Answers datagrams on loopback, in a thread, while its `with` lasts."""

    place = ("127.0.0.1", 0)

    def __enter__(self) -> Self:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(self.place)
        self.port = self._socket.getsockname()[1]
        self.asked = 0
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def answer(self, question: bytes) -> bytes:
        """ret: the answer; empty: none is sent"""
        raise NotImplementedError

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # __exit__ closed the socket
            while True:
                question, sender = self._socket.recvfrom(2048)
                self.asked += 1
                said = self.answer(question) if question else b""  # after a shutdown recvfrom returns no bytes
                if said:
                    self._socket.sendto(said, sender)


def name_in(question: bytes) -> tuple[str, int]:
    """Reads a DNS question, RFC 1035. ret: the name in lower case, and where the question ends"""
    labels, at = [], 12
    while question[at]:
        labels.append(question[at + 1 : at + 1 + question[at]].decode("ascii"))
        at += 1 + question[at]
    return ".".join(labels).lower(), at + 5


class Names(Responder):
    """A DNS server, RFC 1035. It knows only BOARD_NAME, which it resolves to this computer."""

    mute = False

    def answer(self, question: bytes) -> bytes:
        if self.mute:
            return b""
        name, end = name_in(question)
        known = name == certs.BOARD_NAME
        code = 0x8180 if known else 0x8183  # no error, or: no such name
        head = question[:2] + struct.pack(">5H", code, 1, int(known), 0, 0)
        address = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(HOST)
        return head + question[12:end] + (address if known else b"")


class Time(Responder):
    """An SNTP server, RFC 4330. It gives this computer's time, plus `ahead_s`."""

    ahead_s = 0
    mute = False

    def answer(self, question: bytes) -> bytes:
        if self.mute or len(question) < 48:
            return b""
        now = struct.pack(">II", (int(time.time()) + self.ahead_s + NTP_ERA) & 0xFFFFFFFF, 0)
        return struct.pack(">BBbb", 0x24, 2, 6, -20) + bytes(20) + question[40:48] + now + now


class Surroundings:
    """The servers of the board's network: DNS and SNTP"""

    def __enter__(self) -> Self:
        self._stack = contextlib.ExitStack()
        self.names = self._stack.enter_context(Names())
        self.time = self._stack.enter_context(Time())
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def settings(self) -> dict[str, str]:
        return {
            "dns": f"{HOST}:{self.names.port}",
            "sntp": f"{HOST}:{self.time.port}",
            "region": running.REGION,
        }


def url(port: int, name: str = certs.BOARD_NAME) -> str:
    """ret: the URL by which a board reaches the server on this port of this computer"""
    return f"https://{name}:{port}"


@dataclass(frozen=True)
class Board:
    image: str
    around: Surroundings
    counts: bool = False  # the board's clock counts instructions, so that figures are exact
    packets: str = ""  # a file into which the emulator writes the board's packets, as pcap

    @property
    def machine(self) -> str:
        stem = Path(self.image).stem
        return next(name for name in MODELS if stem.startswith(name))

    def command(self, settings: dict[str, str]) -> list[str]:
        words = dict(self.around.settings(), **settings)
        if self.counts:
            words["icount"] = str(ICOUNT_SHIFT)
        arguments = ",".join(f"arg={key}={value}" for key, value in words.items() if value != "")
        return [
            *(EMULATOR, "-M", self.machine, "-kernel", self.image),
            *("-display", "none", "-monitor", "none", "-serial", "none"),
            *("-nic", f"user,id=net,model={MODELS[self.machine]}"),
            *(("-object", f"filter-dump,id=dump,netdev=net,file={self.packets}") if self.packets else ()),
            *("-semihosting-config", f"enable=on,target=native,arg=fw,{arguments}"),
            *(("-icount", f"shift={ICOUNT_SHIFT},sleep=off") if self.counts else ()),
        ]

    def run(
        self, credentials: running.Credentials, settings: dict[str, str], most_s: float = RUN_S
    ) -> running.Answer:
        """Passes secrets in a file that only this user can read, never in the emulator's arguments."""
        with running.scratch("board") as folder, credentials_file(folder, credentials) as path:
            command = self.command({"credentials": str(path), **settings})
            answer = running.execute(command, running.environment(), most_s)
        # The console is the emulator's stderr. The emulator's own message about an unset timer is removed.
        words = re.sub(r"^Timer with period zero, disabling\n", "", answer.stderr, flags=re.M)
        return running.Answer(answer.code, words, answer.stdout, answer.took_s)


@contextlib.contextmanager
def credentials_file(folder: Path, credentials: running.Credentials) -> Iterator[Path]:
    lines = (f"{name}={value}\n" for name, value in credentials.environment().items())
    yield write_secret(folder / "credentials", "".join(lines).encode())


def write_secret(path: Path, data: bytes) -> Path:
    """Writes a file that only this user can read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    return path


# A board without AWS keys. It has a certificate, and its secure element has the private key.

certs.RECIPES["device"] = certs.Recipe("a device", usage=certs.CLIENT, key="ec")


def number_of(leaf: certs.Leaf) -> bytes:
    """ret: the private number of the leaf's key, as the secure element stores it"""
    key = serialization.load_pem_private_key(leaf.key.read_bytes(), None)
    return key.private_numbers().private_value.to_bytes(32, "big")


def identity(leaf: certs.Leaf, folder: Path) -> dict[str, str]:
    """ret: the settings that name two files: the certificate as DER, and the secure element's private number"""
    certificate, key = folder / f"{leaf.name}.der", folder / f"{leaf.name}.number"
    with certs.MAKING:
        if not key.exists():
            read = x509.load_pem_x509_certificate(leaf.chain.read_bytes())
            write_secret(certificate, read.public_bytes(serialization.Encoding.DER))
            write_secret(key, number_of(leaf))
    return {"certificate": str(certificate), "key": str(key)}


def without_keys(port: int) -> dict[str, str]:
    """ret: the settings of a board that gets its credentials from the provider on this port, and has no AWS keys"""
    endpoint = f"{certs.BOARD_NAME}:{port}"
    return {"credentials": "", "iot-endpoint": endpoint, "role-alias": ALIAS, "thing-name": THING}
