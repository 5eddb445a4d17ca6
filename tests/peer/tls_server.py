# SPDX-License-Identifier: MIT
"""A TLS server by OpenSSL, whose behaviour is a script.

    with tls_server.Server(tls_server.answers(), certs.server_context(leaf)) as server:
        ...                                       # a client calls https://...:server.port
        server.seen[0].request                    # what it sent

OpenSSL runs between two buffers in memory, so a script can delay, drop or change every byte that goes
to the client, or send them one by one.
"""
from __future__ import annotations

import calendar
import contextlib
import email.utils
import json
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from listener import HOLD_S, Listener, will_reset

READ_SIZE = 65536
APPLICATION, JOB = "00app1", "00run1"
GOOD_BODY = json.dumps({"applicationId": APPLICATION, "jobRunId": JOB}).encode()


class Full(Exception):
    """The server has sent as many bytes of the handshake as it was to send."""


@dataclass
class Seen:
    """What was received on one connection."""

    name: str | None = None  # SNI
    version: str = ""
    raw: bytes = b""  # as received from TCP
    request: bytes = b""  # as decrypted by TLS
    waits_s: list[float] = field(default_factory=list)  # pauses between two reads of one flight
    request_reads: int = 0
    flights: list[int] = field(default_factory=list)  # sizes of the flights of our handshake
    error: str = ""  # why the script ended early


class Peer:
    """The server's end of one connection."""

    def __init__(self, wire: socket.socket, context: ssl.SSLContext, seen: Seen):
        self.wire, self.seen = wire, seen
        self.room: int | None = None  # bytes of the handshake still to be sent
        self._read_s: float | None = None  # when we read last; None: we have sent since
        self._inward, self._outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self._inward, self._outward, server_side=True)

    def shake(self) -> None:
        while True:
            try:
                self.tls.do_handshake()
            except ssl.SSLWantReadError:
                self._send_flight()
                self.take()
            except ssl.SSLError as error:
                self._send_flight()  # the alert
                raise OSError(f"handshake: {error.reason}") from error
            else:
                self._send_flight()
                self.seen.version = self.tls.version()
                return

    def take(self) -> None:
        """Passes the next bytes of TCP to OpenSSL."""
        data = self.wire.recv(READ_SIZE)
        if not data:
            raise OSError("the client is gone")
        if self._read_s is not None:
            self.seen.waits_s.append(time.monotonic() - self._read_s)
        self._read_s = time.monotonic()
        self.seen.raw += data
        self._inward.write(data)

    def read_request(self) -> None:
        while not self.seen.request.endswith(b"\r\n\r\n"):
            try:
                text = self.tls.read(READ_SIZE)
            except ssl.SSLWantReadError:
                self.seen.request_reads += 1
                self.take()
                continue
            if not text:
                raise OSError("the client sent close_notify")
            self.seen.request += text

    def seal(self, text: bytes) -> bytes:
        """ret: the text in one or more TLS records"""
        self.tls.write(text)
        return self._outward.read()

    def say(self, text: bytes) -> None:
        self.send(self.seal(text))

    def send(self, data: bytes) -> None:
        self.wire.sendall(data)
        self._read_s = None

    def notify(self) -> None:
        """Sends close_notify."""
        with contextlib.suppress(ssl.SSLWantReadError):
            self.tls.unwrap()
        self.send(self._outward.read())

    def end(self) -> None:
        """Ends the TCP stream; without notify() before, TLS does not authenticate this end."""
        self.wire.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        will_reset(self.wire)
        self.wire.close()

    def drain(self) -> None:
        """Reads and records what still comes, until the client is gone."""
        with contextlib.suppress(OSError):
            while True:
                self.take()
                with contextlib.suppress(ssl.SSLError):
                    self.seen.request += self.tls.read(READ_SIZE)

    def _send_flight(self) -> None:
        data = self._outward.read()
        if not data:
            return
        self.seen.flights.append(len(data))
        if self.room is not None:
            data, left = data[: self.room], self.room - len(data)
            self.send(data)
            self.room = max(left, 0)
            if left <= 0:
                raise Full
        else:
            self.send(data)


Script = Callable[[Peer], None]


class Server(Listener):
    """Plays its script on each connection, one after the other."""

    def __init__(self, script: Script, context: ssl.SSLContext):
        super().__init__()
        self.seen: list[Seen] = []
        self.url = f"https://localhost:{self.port}"
        self._script, self._context = script, context
        context.sni_callback = self._note_name

    def serve(self, connection: socket.socket, port: int) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        seen = Seen()
        self.seen.append(seen)
        with connection:
            peer = Peer(connection, self._context, seen)
            try:
                self._script(peer)
            except OSError as error:
                seen.error = str(error)
            peer.drain()

    def _note_name(self, _tls: object, name: str | None, _context: object) -> None:
        self.seen[-1].name = name


# Scripts


def http(status: str, body: bytes, *headers: str, sized: bool = True) -> bytes:
    """ret: a complete answer; sized: false: it has no Content-Length, and ends with the stream"""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", *headers]
    lines += [f"Content-Length: {len(body)}"] if sized else ["Connection: close"]
    return "".join(f"{line}\r\n" for line in lines).encode() + b"\r\n" + body


GOOD = http("200 OK", GOOD_BODY)


def skewed(ahead_s: int, *headers: str) -> bytes:
    date = email.utils.formatdate(time.time() + ahead_s, usegmt=True)
    named = "x-amzn-errortype: RequestTimeTooSkewed"
    return http("403 Forbidden", b'{"message":"m"}', named, f"Date: {date}", *headers)


def signed_at(request: bytes) -> int:
    text = re.search(rb"X-Amz-Date: (\S+)", request)[1].decode()
    return calendar.timegm(time.strptime(text, "%Y%m%dT%H%M%SZ"))


def answers(answer: bytes = GOOD) -> Script:
    def script(peer: Peer) -> None:
        peer.shake()
        peer.read_request()
        peer.say(answer)
        peer.notify()

    return script


def answers_by(say: Script) -> Script:
    """Makes the handshake and reads the request; `say` sends the answer."""

    def script(peer: Peer) -> None:
        peer.shake()
        peer.read_request()
        say(peer)

    return script


def shakes_up_to(count: int, then: Script) -> Script:
    """Sends `count` bytes of the handshake, and then calls `then`."""

    def script(peer: Peer) -> None:
        peer.room = count
        try:
            peer.shake()
        except Full:
            then(peer)

    return script


def says_at_once(data: bytes) -> Script:
    """Sends these bytes without TLS, and ends."""

    def script(peer: Peer) -> None:
        peer.send(data)
        peer.end()

    return script


def floods(data: bytes) -> Script:
    """Sends the same bytes until the client hangs up, which gives an error in Seen, or for HOLD_S."""

    def script(peer: Peer) -> None:
        end_s = time.monotonic() + HOLD_S
        peer.take()
        while time.monotonic() < end_s:
            peer.send(data)

    return script
