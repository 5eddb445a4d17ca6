# SPDX-License-Identifier: MIT
"""The fault matrix's rows of TCP and TLS (tests/FAULTS.md), as a server on a real socket plays them.

A row's number is the matrix's. What must become of a call is the matrix's too, so both can be counted
and compared. test_faults.py plays all of it at the library, test_board.py some at the firmware.
"""
from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import certs
from door import HOLD_S
from tls_server import (
    GOOD, GOOD_BODY, Peer, Script, answers, answers_by, floods, http, says_at_once, shakes_up_to,
)

BIG = "token=2000000"  # a request that fits into no socket's buffers


@dataclass(frozen=True)
class Fault:
    row: int
    name: str
    script: Script
    code: str  # of a call of one attempt
    retry: bool
    effect: str  # of a call of one attempt
    leaf: str = "good"
    kind: str = "ec"
    settings: tuple[str, ...] = ()  # the caller's
    context: Callable[[certs.Leaf], ssl.SSLContext] = certs.server_context
    board: bool = False  # the firmware meets it too

    @property
    def title(self) -> str:
        return f"row {self.row}: {self.name}"


# What a server does


def cuts(size: int) -> Script:
    """Part of a good answer, then a bare end."""

    def script(peer: Peer) -> None:
        peer.say(GOOD[:size])
        peer.end()

    return answers_by(script)


def flips(at: int) -> Script:
    """A bit of the answer's record."""

    def script(peer: Peer) -> None:
        record = bytearray(peer.seal(GOOD))
        record[at] ^= 1
        peer.send(bytes(record))
        peer.end()

    return answers_by(script)


def flips_handshake(peer: Peer) -> None:
    """A bit of the server's own random number, which its signature is about."""
    send = peer.send

    def flip(data: bytes) -> None:
        peer.send = send
        send(data[:20] + bytes([data[20] ^ 1]) + data[21:])

    peer.send = flip
    peer.shake()


def byte_by_byte(peer: Peer) -> None:
    for byte in peer.seal(GOOD):
        peer.send(bytes([byte]))
        time.sleep(0.001)  # else the kernel joins them
    peer.notify()


def record_by_record(peer: Peer) -> None:
    peer.send(b"".join(peer.seal(bytes([byte])) for byte in GOOD))
    peer.notify()


def handshake_byte_by_byte(peer: Peer) -> None:
    send = peer.send

    def drip(data: bytes) -> None:
        for byte in data:
            send(bytes([byte]))

    peer.send = drip
    answers()(peer)


def after_part(then: Script) -> Script:
    """Handshake, some of the request, and then something else; nobody reads on."""

    def script(peer: Peer) -> None:
        peer.shake()
        peer.take()
        then(peer)

    return script


def stays_away(peer: Peer) -> None:
    """A zero window: nobody reads on, but the connection stays, and others may come beside it."""
    held = peer.wire.dup()
    peer.wire.close()
    end = threading.Timer(HOLD_S, held.close)
    end.daemon = True
    end.start()


def refuses_early(status: str, *headers: str) -> Script:
    """The answer, and nobody reads on."""

    def script(peer: Peer) -> None:
        peer.say(http(status, b'{"message":"m"}', *headers))
        time.sleep(0.2)  # a reset overtakes what was not taken yet
        peer.reset()

    return after_part(script)


def alert(number: int) -> Script:
    return says_at_once(b"\x15\x03\x03\x00\x02\x02" + bytes([number]))


def answer_alert(peer: Peer) -> None:
    peer.send(b"\x15\x03\x03\x00\x02\x02\x50")  # not even encrypted
    peer.end()


def silent(_peer: Peer) -> None:
    """Until the client has gone: its caller drains."""


def old_suite(leaf: certs.Leaf) -> ssl.SSLContext:
    context = certs.server_context(leaf)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-GCM-SHA256:@SECLEVEL=0")
    return context


NOISE = bytes((13 * at + 7) % 251 for at in range(4096))
EMPTY = b"\x03\x03\x00\x00"
OLD = ("tls=12",)  # mbedTLS 3.6.6 tries an older version after a newer one is refused
SHORT = ("timeout-ms=30000", "silence-ms=2000")  # each attempt ends by itself, with time left for others
CERTIFICATES = (
    (34, "a CA nobody trusts", "other-ca", "ec"),
    (34, "a CA nobody trusts, RSA", "other-ca", "rsa"),
    (34, "a trusted CA's name, another's key", "impostor-ca", "ec"),
    (34, "signed by itself", "self-signed", "ec"),
    (34, "its intermediate is missing", "missing-intermediate", "ec"),
    (35, "another host's", "wrong-name", "ec"),
    (36, "expired", "expired", "ec"),
    (36, "expired, RSA", "expired", "rsa"),
    (36, "not yet valid", "not-yet-valid", "ec"),
    (37, "a chain too long", "deep", "ec"),
    (37, "an issuer that is no CA", "issuer-not-ca", "ec"),
    (37, "not for servers", "client-only", "ec"),
    (37, "SHA-1", "sha1", "ec"),
    (37, "RSA-1024", "rsa-1024", "ec"),
)

FAULTS = [
    Fault(row, name, answers(), "CERTIFICATE", False, "NONE", leaf, kind) for row, name, leaf, kind in CERTIFICATES
] + [
    Fault(39, "no common suite", answers(), "TLS", False, "NONE", kind="rsa", context=old_suite, settings=OLD),
    Fault(39, "protocol_version", alert(70), "TLS", False, "NONE", settings=OLD),
    Fault(41, "handshake_failure", alert(40), "TLS", False, "NONE", settings=OLD, board=True),
    Fault(41, "unrecognized_name", alert(112), "TLS", False, "NONE"),
    Fault(42, "internal_error", alert(80), "TLS", True, "NONE", board=True),
    Fault(42, "an end at once", Peer.end, "TLS", True, "NONE"),
    Fault(42, "an end inside it", shakes_up_to(200, Peer.end), "TLS", True, "NONE", board=True),
    Fault(42, "a reset inside it", shakes_up_to(200, Peer.reset), "TLS", True, "NONE", board=True),
    Fault(43, "warnings without end", floods(b"\x15\x03\x03\x00\x02\x01\x5a" * 1000), "TIMEOUT", True, "NONE", settings=SHORT),
    Fault(44, "silence at once", silent, "TIMEOUT", True, "NONE", settings=SHORT),
    Fault(44, "silence inside a record's head", shakes_up_to(3, silent), "TIMEOUT", True, "NONE", settings=SHORT),
    Fault(44, "silence inside it", shakes_up_to(200, silent), "TIMEOUT", True, "NONE", settings=SHORT, board=True),
    Fault(45, "plain HTTP", says_at_once(GOOD), "TLS", False, "NONE", board=True),
    Fault(45, "garbage", says_at_once(NOISE), "TLS", False, "NONE"),
    Fault(45, "a record of no message", says_at_once(b"\x16\x03\x03\x00\x04\x63\x00\x00\x00"), "TLS", False, "NONE"),
    Fault(47, "in the handshake", flips_handshake, "TLS", False, "NONE"),
    Fault(47, "in the answer's text", flips(20), "TLS", True, "UNKNOWN", board=True),
    Fault(47, "in the answer's tag", flips(-1), "TLS", True, "UNKNOWN"),
    Fault(47, "an alert that nobody sealed", answers_by(answer_alert), "TLS", True, "UNKNOWN"),
    Fault(48, "tickets after the handshake, a session asked for", answers(), "ok", False, "ACCEPTED", settings=("sessions=1",)),
    Fault(49, "after the first byte", cuts(1), "TRUNCATED", True, "UNKNOWN"),
    Fault(49, "before the body", cuts(len(GOOD) - len(GOOD_BODY)), "TRUNCATED", True, "UNKNOWN"),
    Fault(49, "before the last byte", cuts(len(GOOD) - 1), "TRUNCATED", True, "UNKNOWN", board=True),
    Fault(50, "after the last byte", cuts(len(GOOD)), "ok", False, "ACCEPTED", board=True),
    Fault(51, "segments of one byte", answers_by(byte_by_byte), "ok", False, "ACCEPTED", board=True),
    Fault(51, "records of one byte", answers_by(record_by_record), "ok", False, "ACCEPTED"),
    Fault(51, "the handshake too", handshake_byte_by_byte, "ok", False, "ACCEPTED"),
    Fault(52, "a request that fits into no buffer", answers(), "ok", False, "ACCEPTED", settings=(BIG,)),
    Fault(53, "nobody reads", after_part(stays_away), "TIMEOUT", True, "NONE", settings=(BIG, *SHORT)),
    Fault(54, "inside the request", after_part(Peer.reset), "CONNECT", True, "NONE", settings=(BIG,)),
    Fault(54, "after its last byte", answers_by(Peer.reset), "CONNECT", True, "UNKNOWN", board=True),
    Fault(55, "the server closes inside the request", after_part(lambda peer: peer.wire.close()), "CONNECT", True, "NONE", settings=(BIG,)),
    Fault(56, "413 in the service's form", refuses_early("413 Too Large", "x-amzn-errortype: RequestEntityTooLargeException"), "SERVICE", False, "REFUSED", settings=(BIG,)),
    Fault(56, "503", refuses_early("503 Slow Down"), "SERVICE", True, "NONE", settings=(BIG,)),
    Fault(58, "silence after the request", answers_by(silent), "TIMEOUT", True, "UNKNOWN", settings=SHORT, board=True),
    Fault(59, "an end before an answer", answers_by(Peer.end), "TRUNCATED", True, "UNKNOWN", board=True),
    Fault(59, "close_notify before an answer", answers_by(Peer.notify), "TRUNCATED", True, "UNKNOWN"),
]  # fmt: skip
