#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The peer of the stream checker (emrs_check.h): it behaves badly on demand.

    peer.py                            plain, on loopback
    peer.py --tls FOLDER               TLS, with the certificates of that folder
    peer.py --make FOLDER [NAME...]    makes them, for these names or addresses (default: localhost)
    --host ADDRESS, --port PORT        where to listen: 0.0.0.0 if a board connects, :: for IPv6 too

It prints "port PORT", and then serves until it is ended. It needs only Python's standard library;
--make also runs the command openssl. The program under test must trust FOLDER/ca.pem, but only
during the checks, because the key of this CA is in the same folder. FOLDER/ca.der is the same CA
for stacks that read DER.

It listens on eight ports:
    PORT + 0    does what the first line of each connection asks for (ACTS below)
    PORT + 1    accepts connections and sends nothing
    PORT + 2    refuses connections
    PORT + 3    answers no packet
With --tls:
    PORT + 4    like PORT + 0, with a certificate of an untrusted CA
    PORT + 5    like PORT + 0, with a certificate for another name
    PORT + 6    like PORT + 0, with an expired certificate
    PORT + 7    like PORT + 0, but begins each handshake late
"""
from __future__ import annotations

import argparse
import contextlib
import datetime
import ipaddress
import random
import select
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

HOLD_S = 20  # the longest that one step of a connection may last
LINE_SIZE = 64
PORT_COUNT = 8
SILENT, REFUSED, UNANSWERED, SLOW = 1, 2, 3, 7
SLOW_S = 0.6  # longer than one call of a stream should wait
WRONG = {4: "untrusted", 5: "other-name", 6: "expired"}
BULK = b"\x80" * 65536
LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # how to reach a listener on all addresses
SEGMENT_SIZE = 1460  # as on Ethernet: with loopback's 64 KB, buffers take long to fill


# What a client can ask for. The data of the checker has a newline only at its end.


def echo(peer: socket.socket, hold_ms: int, size: int, pause_ms: int) -> None:
    """Waits, then reads up to a newline, and sends all of it back: at most `size` bytes at a time,
    with a pause after each part."""
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    time.sleep(hold_ms / 1000)
    data = bytearray()
    while not data.endswith(b"\n"):
        part = peer.recv(size)
        if not part:
            return
        data += part
        time.sleep(pause_ms / 1000)
    for at in range(0, len(data), size):
        peer.sendall(data[at : at + size])
        time.sleep(pause_ms / 1000)


def cut(peer: socket.socket, size: int) -> None:
    """Sends some bytes, then a FIN without close_notify."""
    peer.sendall(BULK[:size])
    say_fin(peer)


def close(peer: socket.socket, size: int) -> None:
    """Sends some bytes, then ends as TLS should: close_notify, then FIN."""
    peer.sendall(BULK[:size])
    if isinstance(peer, ssl.SSLSocket):
        peer.settimeout(0)  # do not wait for the answer
        with contextlib.suppress(ssl.SSLError):
            peer.unwrap()
        peer.settimeout(HOLD_S)
    say_fin(peer)


def reset(peer: socket.socket, size: int) -> None:
    """Sends some bytes, then a reset, so late that the bytes can be read before."""
    peer.sendall(BULK[:size])
    time.sleep(0.1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def pace(peer: socket.socket, pause_ms: int) -> None:
    """Sends a byte, pauses, and sends another one."""
    peer.sendall(BULK[:1])
    time.sleep(pause_ms / 1000)
    peer.sendall(BULK[:1])


def utc(peer: socket.socket) -> None:
    """Sends the seconds since 1970."""
    peer.sendall(b"%d\n" % time.time())


def flood(peer: socket.socket) -> None:
    """Sends without an end, and never reads."""
    while True:
        peer.sendall(BULK)


def silence(peer: socket.socket) -> None:
    """Neither reads nor writes."""
    time.sleep(HOLD_S)


ACTS = {act.__name__: act for act in (echo, cut, close, reset, pace, utc, flood, silence)}
STAYS = (echo, pace, utc)  # after these the connection stays open until the checker closes it


def say_fin(peer: socket.socket) -> None:
    """Sends a FIN, without a close_notify of TLS. Then reads what still arrives, since a socket
    that is closed with unread bytes sends a reset."""
    with socket.socket(fileno=peer.detach()) as bare:
        bare.settimeout(HOLD_S)
        bare.shutdown(socket.SHUT_WR)
        while bare.recv(len(BULK)):
            pass


def read_line(peer: socket.socket) -> str:
    line = b""
    while not line.endswith(b"\n") and len(line) < LINE_SIZE:
        byte = peer.recv(1)
        if not byte:
            return ""
        line += byte
    return line.decode("ascii", "replace")


def serve(client: socket.socket, context: ssl.SSLContext | None, pause_s: float) -> None:
    client.settimeout(HOLD_S)
    time.sleep(pause_s)
    with contextlib.suppress(OSError, ValueError), contextlib.ExitStack() as stack:
        stack.enter_context(client)
        peer = context.wrap_socket(client, server_side=True) if context else client
        stack.enter_context(peer)
        words = read_line(peer).split()
        if not words or words[0] not in ACTS:
            return
        act = ACTS[words[0]]
        act(peer, *map(int, words[1:]))
        while act in STAYS and peer.recv(len(BULK)):
            pass


# Where it listens


def accept_clients(listener: socket.socket, context: ssl.SSLContext | None,
                   pause_s: float) -> None:
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, context, pause_s), daemon=True).start()


def stay_silent(listener: socket.socket) -> None:
    clients = []
    while True:
        clients.append(listener.accept()[0])
        del clients[:-100]


def fill(listener: socket.socket) -> list[socket.socket]:
    """Fills the queue of a listener: after that it does not answer a connection request.
    ret: the connections, which must stay open"""
    listener.listen(0)
    host, port = listener.getsockname()[:2]
    connections = [socket.socket(listener.family) for _ in range(8)]
    for connection in connections:
        connection.setblocking(False)
        connection.connect_ex((LOOPBACK.get(host, host), port))
    select.select([], connections, [], 1)
    time.sleep(0.1)
    answered = select.select([], connections, [], 0)[1]
    if len(answered) == len(connections):
        raise SystemExit("peer.py: here the queue of a listener is never full: run it on Linux")
    return connections


def bind(host: str, port: int) -> list[socket.socket]:
    listeners = []
    try:
        for offset in range(PORT_COUNT):
            listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
            listeners.append(listener)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT_SIZE)
            listener.bind((host, port + offset))
    except OSError:
        for listener in listeners:
            listener.close()
        return []
    return listeners


def bind_somewhere(host: str, port: int) -> tuple[list[socket.socket], int]:
    for _ in range(100):
        base = port or random.SystemRandom().randrange(20000, 30000)
        listeners = bind(host, base)
        if listeners:
            return listeners, base
    raise SystemExit(f"peer.py: no {PORT_COUNT} ports in a row at {host} {port or ''}")


def context_of(folder: Path, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(folder / f"{name}.pem")
    return context


def run(host: str, port: int, folder: Path | None) -> None:
    listeners, base = bind_somewhere(host, port)
    connections = fill(listeners[UNANSWERED])
    contexts: dict[int, ssl.SSLContext | None] = {0: None}
    if folder:
        contexts = {offset: context_of(folder, name) for offset, name in WRONG.items()}
        contexts[0] = contexts[SLOW] = context_of(folder, "good")
    for offset, context in contexts.items():
        listeners[offset].listen(64)
        given = (listeners[offset], context, SLOW_S if offset == SLOW else 0)
        threading.Thread(target=accept_clients, args=given, daemon=True).start()
    listeners[SILENT].listen(64)
    threading.Thread(target=stay_silent, args=(listeners[SILENT],), daemon=True).start()
    print(f"port {base}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.suppress(KeyboardInterrupt):
        signal.pause()
    del connections


# Certificates


CONFIGURATION = """
[ca]
default_ca = ca
database = {folder}/index.txt
new_certs_dir = {folder}
serial = {folder}/serial
default_md = sha256
policy = policy
unique_subject = no
[policy]
commonName = supplied
[req]
distinguished_name = nothing
[nothing]
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = {names}
[other]
basicConstraints = critical, CA:FALSE
extendedKeyUsage = serverAuth
subjectAltName = DNS:elsewhere.example
"""

# name, issuer (empty: itself), extensions, valid from and until, in days from now. A board's clock
# may be wrong by a day or two, so the good ones begin and end weeks away from now.
CERTIFICATES = [
    ("ca", "", "root", -40, 40),
    ("other-ca", "", "root", -40, 40),
    ("good", "ca", "leaf", -20, 30),
    ("untrusted", "other-ca", "leaf", -20, 30),
    ("other-name", "ca", "other", -20, 30),
    ("expired", "ca", "leaf", -20, -1),
]


def alternative_names(names: list[str]) -> str:
    def kind(name: str) -> str:
        with contextlib.suppress(ValueError):
            return f"IP:{ipaddress.ip_address(name)}"
        return f"DNS:{name}"

    return ", ".join(kind(name) for name in names)


def openssl(*words: object) -> None:
    command = ["openssl", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"peer.py: {' '.join(command)}: {done.stderr}")


def date(days: int) -> str:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (now + datetime.timedelta(days=days)).strftime("%y%m%d%H%M%SZ")


def make(folder: Path, names: list[str]) -> None:
    """Makes two CAs, of which only "ca" is to be trusted, and the certificates for the ports."""
    if shutil.which("openssl") is None:
        raise SystemExit("peer.py: --make needs the command openssl")
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "openssl.cnf"
    text = CONFIGURATION.format(folder=folder, names=alternative_names(names))
    configuration.write_text(text, encoding="ascii")
    (folder / "index.txt").write_text("", encoding="ascii")
    (folder / "serial").write_text(f"{random.SystemRandom().getrandbits(60) | 1:016x}\n")
    for name, issuer, extensions, start, end in CERTIFICATES:
        wanted, path, key = (folder / f"{name}.{kind}" for kind in ("csr", "pem", "key"))
        openssl("req", "-config", configuration, "-newkey", "ec", "-nodes", "-out", wanted,
                "-pkeyopt", "ec_paramgen_curve:P-256", "-keyout", key, "-subj", f"/CN={name}")
        signer = ("-cert", folder / f"{issuer}.pem") if issuer else ("-selfsign",)
        openssl("ca", "-batch", "-notext", "-config", configuration, "-in", wanted, "-out", path,
                *signer, "-keyfile", folder / f"{issuer or name}.key", "-extensions", extensions,
                "-startdate", date(start), "-enddate", date(end))
        if issuer:
            path.write_text(path.read_text() + key.read_text())
    openssl("x509", "-in", folder / "ca.pem", "-outform", "der", "-out", folder / "ca.der")


def main() -> None:
    arguments = argparse.ArgumentParser(description="The peer of the stream checker.")
    arguments.add_argument("--host", default="127.0.0.1", help="address to listen at (127.0.0.1)")
    arguments.add_argument("--port", type=int, default=0, help="the first of its eight ports")
    arguments.add_argument("--tls", type=Path, metavar="FOLDER", help="TLS with these certificates")
    arguments.add_argument("--make", type=Path, metavar="FOLDER", help="make certificates, and end")
    arguments.add_argument("names", nargs="*", default=[], help="with --make: the names in them")
    given = arguments.parse_args()
    if given.make:
        make(given.make, given.names or ["localhost"])
    else:
        run(given.host, given.port, given.tls)


if __name__ == "__main__":
    main()
