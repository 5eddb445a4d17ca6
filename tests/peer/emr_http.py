# SPDX-License-Identifier: MIT
"""The HTTP of emr_serverless.py: reads the requests of a connection, sends answers of any size, and makes
faults at each moment."""
from __future__ import annotations

import contextlib
import json
import socket
import ssl
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NoReturn

from listener import HEAD_SIZE, will_reset

CANARY = "canary-of-a-secret-in-the-job-driver"
BODY_SIZE_MAX = 1 << 20  # of a request; not documented
BLOCK_SIZE = 65536
BULK_LINE = f"{CANARY} \\\" {'x' * 900}"


class HungUp(Exception):
    """The connection has ended."""


# Faults

# accepted    the connection was accepted, nothing was read
# hello       the first byte of the ClientHello (without TLS: of a request) has arrived, but was not read
# shaken      the handshake is over, no byte of a request was read
# partial     `size` bytes of a request were read
# whole       a request was read completely, and is not done yet
# done        the request was done, no byte of the answer was sent
# answering   `size` bytes of the answer were sent; 0: half of the answer
# answered    all of the answer was sent; the client may have read it and gone on
MOMENTS = ("accepted", "hello", "shaken", "partial", "whole", "done", "answering", "answered")
GO_ON, CLOSE, RESET, HOLD = "go on", "close", "reset", "hold"


@dataclass
class Fault:
    """A fault that happens once: when its moment comes, after `skip` earlier such moments. It first calls
    `call`. Then the connection goes on, ends without a close_notify, is reset, or is held without a byte
    until the client closes it. `answer` (status, error name) replaces the answer at "whole" (nothing is
    done) or at "done". Leave `operation` empty before "whole", when the operation is not known yet. If
    `call` kills the client, the client's bytes may be here already: with GO_ON they are read and done,
    with CLOSE they are lost."""

    at: str
    then: str = GO_ON
    operation: str = ""
    call: Callable[[], object] | None = None
    skip: int = 0
    size: int = 0
    answer: tuple[int, str] | None = None

    def __post_init__(self) -> None:
        if self.at not in MOMENTS or self.then not in (GO_ON, CLOSE, RESET, HOLD):
            raise ValueError(f"no such fault: {self.at}, {self.then}")
        if self.operation and MOMENTS.index(self.at) < MOMENTS.index("whole"):
            raise ValueError(f"at {self.at} no operation is known")


@dataclass
class Request:
    """One request as the service read it, and what the service did with it"""

    method: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes = b""
    at_s: float = 0  # on the service's clock
    operation: str = ""
    application_id: str = ""
    job_run_id: str = ""
    query: list[tuple[str, str]] = field(default_factory=list)
    key_id: str = ""  # of the signature, once it was verified
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: bool = False  # what it asked for was done
    state: str = ""  # of the job run: the one in the answer to a look, or the one before a cancellation
    status: int = 0  # of the answer; 0: there was none
    error: str = ""
    ended: str = ""  # "answered", or how the connection ended

    def one(self, name: str) -> str | None:
        """ret: the value of this name in the query; None: it has none"""
        return next((value for key, value in self.query if key == name), None)


class Text:
    """A JSON body, sent in blocks. MARK in it is replaced by many strings, which are never all in memory at once."""

    MARK = "the bulk stands here"

    def __init__(self, document: object, bulk_size: int = 0):
        text = json.dumps(document)
        head, _, self._tail = text.partition(f'"{self.MARK}"')
        self._head = head.encode()
        self._tail = self._tail.encode()
        self._count = -(-bulk_size // (len(BULK_LINE) + 3)) if self._tail else 0
        self._line = f'"{BULK_LINE}",'.encode()
        if self._count:
            self._tail = b'""' + self._tail
        self.size = len(self._head) + self._count * len(self._line) + len(self._tail)

    def blocks(self) -> Iterator[bytes]:
        yield self._head
        at_once = BLOCK_SIZE // len(self._line)
        for start in range(0, self._count, at_once):
            yield self._line * min(at_once, self._count - start)
        yield self._tail


class Peer:
    """The service's end of one connection. `strike(moment, peer, request)` makes the fault that is due at a
    moment; `armed(moment, operation)` returns that fault before the moment comes."""

    def __init__(self, wire: socket.socket, strike: Callable, armed: Callable):
        self._wire, self._strike, self._armed, self._read = wire, strike, armed, b""

    def begin(self, context: ssl.SSLContext | None) -> None:
        self._strike("accepted", self)
        if not self._wire.recv(1, socket.MSG_PEEK):
            raise HungUp("nothing came")
        self._strike("hello", self)
        if context:
            self._wire = context.wrap_socket(self._wire, server_side=True)
        self._strike("shaken", self)

    def end(self) -> None:
        if isinstance(self._wire, ssl.SSLSocket):
            self._wire = self._wire.unwrap()  # close_notify: the end is authentic

    def close(self) -> None:
        socket.socket.close(self._wire)

    def hang_up(self, how: str) -> NoReturn:
        if how == HOLD:
            with contextlib.suppress(OSError):
                while self._wire.recv(HEAD_SIZE):
                    pass
        if how == RESET:
            will_reset(self._wire)
        with contextlib.suppress(OSError):
            # shutdown first, because a close with unread bytes would send a reset
            if how == CLOSE:
                socket.socket.shutdown(self._wire, socket.SHUT_WR)
        self.close()
        raise HungUp(how)

    def read(self) -> Request | None:
        """ret: the next request; None: the client closed the connection before it"""
        partial = self._armed("partial")
        if partial:
            self._need(partial.size or 1, partial.size or 1)
        elif not self._read and not self._more():
            return None
        self._strike("partial", self)
        while b"\r\n\r\n" not in self._read:
            if len(self._read) > HEAD_SIZE or not self._more():
                raise HungUp("the head of the request is not whole")
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        request = _parsed(head.decode("latin-1"))
        size = int(request.headers.get("content-length") or 0)
        if size > BODY_SIZE_MAX:
            raise HungUp("the body of the request is too large")
        self._need(size)
        request.body, self._read = self._read[:size], self._read[size:]
        return request

    def _need(self, size: int, most: int = HEAD_SIZE) -> None:
        while len(self._read) < size:
            if not self._more(min(most, size - len(self._read))):
                raise HungUp("the request is not whole")

    def _more(self, most: int = HEAD_SIZE) -> bool:
        part = self._wire.recv(most)
        self._read += part
        return bool(part)

    def send(self, body: Text, request: Request, date: str, chunked: bool) -> None:
        fault = self._armed("answering", request.operation)
        if not fault:
            self._strike("answering", self, request)  # counts down the fault's `skip`
        left = fault and (fault.size or len(_head(body, request, date, chunked)) + body.size // 2)
        for block in _blocks(body, request, date, chunked):
            if left is not None and left <= len(block):
                self._wire.sendall(block[:left])
                self._strike("answering", self, request)
                block, left = block[left:], None
            elif left is not None:
                left -= len(block)
            self._wire.sendall(block)
        if left is not None:
            self._strike("answering", self, request)


def _blocks(body: Text, request: Request, date: str, chunked: bool) -> Iterator[bytes]:
    yield _head(body, request, date, chunked)
    for block in filter(None, body.blocks()):
        yield b"%x\r\n%b\r\n" % (len(block), block) if chunked else block
    if chunked:
        yield b"0\r\n\r\n"


def _head(body: Text, request: Request, date: str, chunked: bool) -> bytes:
    lines = [f"HTTP/1.1 {request.status} -", f"Date: {date}", "Content-Type: application/json"]
    lines += [f"x-amzn-RequestId: {request.request_id}"]
    # Smithy, "AWS restJson1 protocol": the error's name is in the header X-Amzn-Errortype
    lines += [f"x-amzn-ErrorType: {request.error}"] if request.error else []
    lines += ["Transfer-Encoding: chunked" if chunked else f"Content-Length: {body.size}", "", ""]
    return "\r\n".join(lines).encode()


def _parsed(head: str) -> Request:
    first, *lines = head.split("\r\n")
    words = first.split(" ")
    fields = [line.partition(":") for line in lines]
    if len(words) != 3 or words[2] != "HTTP/1.1" or not all(colon for _, colon, _ in fields):
        raise HungUp("not a request of HTTP/1.1")
    headers: dict[str, str] = {}
    for name, _, value in fields:
        if name.lower() in headers:
            raise HungUp("a header came twice")
        headers[name.lower()] = value.strip()
    return Request(words[0], words[1], headers)
