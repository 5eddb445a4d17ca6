# SPDX-License-Identifier: MIT
"""The base class of our servers. It listens on loopback, by default on a free port."""
from __future__ import annotations

import contextlib
import socket
import struct
import threading
from typing import Self

HOLD_S = 40  # limit of one step of a server; longer than the time-outs that the tests let expire
HEAD_SIZE = 65536


class Listener:
    """Listens inside its `with`. A subclass handles each connection in serve()."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family, backlog=64)
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self.port = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # A close alone does not wake a thread that waits in accept.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(2 * HOLD_S)

    def serve(self, connection: socket.socket, port: int) -> None:
        """Handles one accepted connection, from the client's port `port`. Runs in the thread that accepts: the next
        connection waits until this returns."""
        raise NotImplementedError

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # __exit__ closed the socket
            while True:
                connection, address = self._listener.accept()
                connection.settimeout(HOLD_S)
                self.serve(connection, address[1])


def read_head(peer: socket.socket) -> bytes:
    """Receives a request without a body. ret: its bytes; empty: it ended early, or is too long"""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        part = peer.recv(HEAD_SIZE)
        if not part or len(head) > HEAD_SIZE:
            return b""
        head += part
    return head


def will_reset(peer: socket.socket) -> None:
    """From now on a close of this socket resets the connection."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
