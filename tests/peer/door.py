# SPDX-License-Identifier: MIT
"""The listening half of every server of ours: on loopback, on a port that the system picks if none is given."""
from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Self

HOLD_S = 40  # one step of a server; many times longer than any time-out under test
HEAD_SIZE = 65536


class Door:
    """Open inside its `with`. A subclass says what becomes of each who comes."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._door = socket.create_server((host, port), family=family, backlog=64)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port = self._door.getsockname()[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A close alone does not wake a thread that waits in accept.
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(2 * HOLD_S)

    def welcome(self, visitor: socket.socket, port: int) -> None:
        """In the door's own thread: the next one waits until this returns."""
        raise NotImplementedError

    def _serve(self) -> None:
        with contextlib.suppress(OSError):  # the door was closed: the end
            while True:
                visitor, address = self._door.accept()
                visitor.settimeout(HOLD_S)
                self.welcome(visitor, address[1])


def read_head(peer: socket.socket) -> bytes:
    """A CancelJobRun has no body: its head is all of it. Empty if it came not whole."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = peer.recv(HEAD_SIZE)
        if not part or len(head) > HEAD_SIZE:
            return b""
        head += part
    return head


def will_reset(peer: socket.socket) -> None:
    """Its close, from now on, is a reset."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
