# SPDX-License-Identifier: MIT
"""HTTP proxies: scripts for scripted.Server, and Debian's tinyproxy.

    with scripted.Server(proxy.tunnels(server.port)) as ours:
        ...                            # https_proxy=http://127.0.0.1:{ours.port}
    ours.heads                         # the CONNECT requests that it received

A script connects every host name to a port on loopback. So a call reaches a name that only the proxy resolves.
"""
from __future__ import annotations

import base64
import contextlib
import os
import re
import select
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from listener import HEAD_SIZE, HOLD_S, will_reset
from running import environment, with_hosts
from scripted import Script, says, stays_silent
from tap import Skipped

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
PAGE = b"<html><h1>Access denied</h1></html>"
# RFC 9110, section 9.3.6: the target of CONNECT is "host:port"; section 7.2: so is Host.
REQUEST = re.compile(rb"CONNECT (?P<to>[^ ]+) HTTP/1\.1\r\nHost: (?P=to)\r\n"
                     rb"(Proxy-Authorization: Basic (?P<login>[A-Za-z0-9+/]+=*)\r\n)?\r\n")


def refusal(status: str, *headers: str, version: str = "HTTP/1.1") -> bytes:
    """ret: an error answer with an HTML page, as proxies send it"""
    lines = [f"{version} {status}", "Content-Type: text/html", "Connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + PAGE


def login_of(head: bytes) -> str | None:
    """ret: USER:PASSWORD of a CONNECT request (RFC 7617); None: it has none"""
    found = REQUEST.fullmatch(head)
    return base64.b64decode(found["login"]).decode() if found and found["login"] else None


def tunnels(port: int = 0) -> Script:
    """Connects to this port of loopback; 0: to the port that CONNECT names."""

    def script(peer: socket.socket, head: bytes) -> None:
        found = REQUEST.fullmatch(head)
        if not found:
            peer.sendall(refusal("400 Bad Request"))
            return
        try:
            place = ("127.0.0.1", port or int(found["to"].rpartition(b":")[2]))
            server = socket.create_connection(place, HOLD_S)
        except OSError:
            peer.sendall(refusal("502 Bad Gateway"))
            return
        with server:
            peer.sendall(ESTABLISHED)
            _relay(peer, server)

    return script


def asks(login: str, then: Script) -> Script:
    """Requires this USER:PASSWORD, then runs `then`. Without them it answers like tinyproxy."""
    refused = says(refusal("407 Proxy Authentication Required",
                           'Proxy-Authenticate: Basic realm="tinyproxy"', version="HTTP/1.0"))

    def script(peer: socket.socket, head: bytes) -> None:
        (then if login_of(head) == login else refused)(peer, head)

    return script


def inspects(context: ssl.SSLContext, answer: bytes) -> Script:
    """Terminates TLS with its own certificate, and sends `answer` in place of the service's."""

    def script(peer: socket.socket, head: bytes) -> None:
        peer.sendall(ESTABLISHED)
        with context.wrap_socket(peer, server_side=True) as tls:
            while not tls.recv(HEAD_SIZE).endswith(b"\r\n\r\n"):
                pass
            tls.sendall(answer)
            tls.unwrap()

    return script


def drips_head(port: int) -> Script:
    """Sends its answer to CONNECT byte by byte, then connects to this port."""

    def script(peer: socket.socket, head: bytes) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with socket.create_connection(("127.0.0.1", port)) as server:
            for at in range(len(ESTABLISHED)):
                peer.sendall(ESTABLISHED[at : at + 1])
                time.sleep(0.001)
            _relay(peer, server)

    return script


def half(answer: bytes) -> Script:
    """Sends the first half, and then nothing."""

    def script(peer: socket.socket, head: bytes) -> None:
        peer.sendall(answer[: len(answer) // 2])
        stays_silent(peer, head)

    return script


def _relay(one: socket.socket, other: socket.socket) -> None:
    """Copies bytes in both directions until one side ends."""
    while True:
        for ready in select.select([one, other], [], [], HOLD_S)[0]:
            to = other if ready is one else one
            try:
                data = ready.recv(HEAD_SIZE)
            except ConnectionResetError:
                will_reset(to)
                return
            if not data:
                return
            to.sendall(data)


# tinyproxy


def tinyproxy_program() -> str | None:
    """ret: the path of tinyproxy: on PATH, or in build/tinyproxy, where unpack.sh put it; None: there is none"""
    folder = Path(__file__).parents[2] / "build/tinyproxy"
    return shutil.which("tinyproxy", path=f"{os.environ['PATH']}:/usr/sbin:{folder}")


@contextlib.contextmanager
def tinyproxy(folder: Path, name: str, *settings: str) -> Iterator[int]:
    """Starts tinyproxy on loopback. It resolves `name` to 127.0.0.1. ret: its port"""
    program = tinyproxy_program()
    if not program:
        raise Skipped("no tinyproxy here")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    lines = [f"Port {port}", "Listen 127.0.0.1", "MaxClients 10", "Timeout 30", *settings, ""]
    (folder / "tinyproxy.conf").write_text("\n".join(lines), encoding="ascii")
    command = [*with_hosts(folder, name), program, "-d", "-c", str(folder / "tinyproxy.conf")]
    child = subprocess.Popen(command, env=environment(), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while child.poll() is None:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port)).close()
                break
            time.sleep(0.02)
        yield port
    finally:
        child.terminate()
        child.wait()
