# SPDX-License-Identifier: MIT
"""The faults of TCP and TLS in the fault matrix (tests/FAULTS.md), made by a server on a real socket.

The row numbers are those of the matrix. So are the results that a call must have. test_faults.py makes all of
these faults for the library, and test_board.py some for the firmware.
"""
from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import certs
from listener import HOLD_S
from tls_server import (
    GOOD, GOOD_BODY, Peer, Script, answers, answers_by, floods, http, says_at_once, shakes_up_to,
)

BIG = "token=2000000"  # a request that fits into no socket's buffers


@dataclass(frozen=True)
class Fault:
    row: int
    name: str
    script: Script
    code: str  # of a call with one attempt
    retry: bool
    effect: str  # of a call with one attempt
    leaf: str = "good"
    kind: str = "ec"
    settings: tuple[str, ...] = ()  # for caller.c
    context: Callable[[certs.Leaf], ssl.SSLContext] = certs.server_context
    board: bool = False  # test_board.py uses it too

    @property
    def title(self) -> str:
        return f"row {self.row}: {self.name}"


# What a server does


def cuts(size: int) -> Script:
    """Sends the first `size` bytes of a good answer, then ends TCP without close_notify."""

    def script(peer: Peer) -> None:
        peer.say(GOOD[:size])
        peer.end()

    return answers_by(script)


def flips(at: int) -> Script:
    """Flips a bit of the answer's TLS record."""

    def script(peer: Peer) -> None:
        record = bytearray(peer.seal(GOOD))
        record[at] ^= 1
        peer.send(bytes(record))
        peer.end()

    return answers_by(script)


def flips_handshake(peer: Peer) -> None:
    """Flips a bit of the server's random number, which its signature covers."""
    send = peer.send

    def flip(data: bytes) -> None:
        peer.send = send
        send(data[:20] + bytes([data[20] ^ 1]) + data[21:])

    peer.send = flip
    peer.shake()


def byte_by_byte(peer: Peer) -> None:
    for byte in peer.seal(GOOD):
        peer.send(bytes([byte]))
        time.sleep(0.001)  # or the kernel would join the bytes
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
    """Makes the handshake, reads a part of the request and no more, then runs `then`."""

    def script(peer: Peer) -> None:
        peer.shake()
        peer.take()
        then(peer)

    return script


def stays_away(peer: Peer) -> None:
    """Reads no more, so that the TCP window closes, but keeps the connection. Other connections are accepted."""
    held = peer.wire.dup()
    peer.wire.close()
    end = threading.Timer(HOLD_S, held.close)
    end.daemon = True
    end.start()


def refuses_early(status: str, *headers: str) -> Script:
    """Answers before the request is complete, and resets the connection."""

    def script(peer: Peer) -> None:
        peer.say(http(status, b'{"message":"m"}', *headers))
        time.sleep(0.2)  # a reset would discard what the client has not received yet
        peer.reset()

    return after_part(script)


def alert(number: int) -> Script:
    return says_at_once(b"\x15\x03\x03\x00\x02\x02" + bytes([number]))


def answer_alert(peer: Peer) -> None:
    peer.send(b"\x15\x03\x03\x00\x02\x02\x50")  # not even encrypted
    peer.end()


def silent(_peer: Peer) -> None:
    """Sends nothing. The caller of the script then reads until the client closes."""


def old_suite(leaf: certs.Leaf) -> ssl.SSLContext:
    context = certs.server_context(leaf)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("AES128-GCM-SHA256:@SECLEVEL=0")
    return context


NOISE = bytes((13 * at + 7) % 251 for at in range(4096))
EMPTY = b"\x03\x03\x00\x00"
OLD = ("tls=12",)  # without it, with mbedTLS 3.6.6, the TLS port would try TLS 1.2 in a second connection
SHORT = ("timeout-ms=30000", "silence-ms=2000")  # a silent attempt ends early, so that time is left for others
CERTIFICATES = (
    (34, "an untrusted CA", "other-ca", "ec"),
    (34, "an untrusted CA, RSA", "other-ca", "rsa"),
    (34, "a CA with a trusted CA's name and another key", "impostor-ca", "ec"),
    (34, "self-signed", "self-signed", "ec"),
    (34, "the intermediate is missing", "missing-intermediate", "ec"),
    (35, "for another host", "wrong-name", "ec"),
    (36, "expired", "expired", "ec"),
    (36, "expired, RSA", "expired", "rsa"),
    (36, "not yet valid", "not-yet-valid", "ec"),
    (37, "a chain too long", "deep", "ec"),
    (37, "an issuer that is not a CA", "issuer-not-ca", "ec"),
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
    Fault(42, "an end in the handshake", shakes_up_to(200, Peer.end), "TLS", True, "NONE", board=True),
    Fault(42, "a reset in the handshake", shakes_up_to(200, Peer.reset), "TLS", True, "NONE", board=True),
    Fault(43, "warnings without end", floods(b"\x15\x03\x03\x00\x02\x01\x5a" * 1000), "TIMEOUT", True, "NONE", settings=SHORT),
    Fault(44, "silence at once", silent, "TIMEOUT", True, "NONE", settings=SHORT),
    Fault(44, "silence inside a record's head", shakes_up_to(3, silent), "TIMEOUT", True, "NONE", settings=SHORT),
    Fault(44, "silence in the handshake", shakes_up_to(200, silent), "TIMEOUT", True, "NONE", settings=SHORT, board=True),
    Fault(45, "plain HTTP", says_at_once(GOOD), "TLS", False, "NONE", board=True),
    Fault(45, "garbage", says_at_once(NOISE), "TLS", False, "NONE"),
    Fault(45, "a message of an unknown type", says_at_once(b"\x16\x03\x03\x00\x04\x63\x00\x00\x00"), "TLS", False, "NONE"),
    Fault(47, "a flipped bit in the handshake", flips_handshake, "TLS", False, "NONE"),
    Fault(47, "a flipped bit in the answer's text", flips(20), "TLS", True, "UNKNOWN", board=True),
    Fault(47, "a flipped bit in the answer's tag", flips(-1), "TLS", True, "UNKNOWN"),
    Fault(47, "an alert that is not encrypted", answers_by(answer_alert), "TLS", True, "UNKNOWN"),
    Fault(48, "tickets after the handshake, with keep_session", answers(), "ok", False, "ACCEPTED", settings=("sessions=1",)),
    Fault(49, "an end after the first byte", cuts(1), "TRUNCATED", True, "UNKNOWN"),
    Fault(49, "an end before the body", cuts(len(GOOD) - len(GOOD_BODY)), "TRUNCATED", True, "UNKNOWN"),
    Fault(49, "an end before the last byte", cuts(len(GOOD) - 1), "TRUNCATED", True, "UNKNOWN", board=True),
    Fault(50, "an end after the last byte", cuts(len(GOOD)), "ok", False, "ACCEPTED", board=True),
    Fault(51, "segments of one byte", answers_by(byte_by_byte), "ok", False, "ACCEPTED", board=True),
    Fault(51, "records of one byte", answers_by(record_by_record), "ok", False, "ACCEPTED"),
    Fault(51, "a handshake byte by byte", handshake_byte_by_byte, "ok", False, "ACCEPTED"),
    Fault(52, "a request that fits into no buffer", answers(), "ok", False, "ACCEPTED", settings=(BIG,)),
    Fault(53, "the server stops reading", after_part(stays_away), "TIMEOUT", True, "NONE", settings=(BIG, *SHORT)),
    Fault(54, "a reset inside the request", after_part(Peer.reset), "CONNECT", True, "NONE", settings=(BIG,)),
    Fault(54, "a reset after the request's last byte", answers_by(Peer.reset), "CONNECT", True, "UNKNOWN", board=True),
    Fault(55, "the server closes inside the request", after_part(lambda peer: peer.wire.close()), "CONNECT", True, "NONE", settings=(BIG,)),
    Fault(56, "413 in the service's error format", refuses_early("413 Too Large", "x-amzn-errortype: RequestEntityTooLargeException"), "SERVICE", False, "REFUSED", settings=(BIG,)),
    Fault(56, "503", refuses_early("503 Slow Down"), "SERVICE", True, "NONE", settings=(BIG,)),
    Fault(58, "silence after the request", answers_by(silent), "TIMEOUT", True, "UNKNOWN", settings=SHORT, board=True),
    Fault(59, "an end before an answer", answers_by(Peer.end), "TRUNCATED", True, "UNKNOWN", board=True),
    Fault(59, "close_notify before an answer", answers_by(Peer.notify), "TRUNCATED", True, "UNKNOWN"),
]  # fmt: skip
