# SPDX-License-Identifier: MIT
"""A plain-http server of ours, whose answers are scripts, and runs of emrs against it.

    with scripted.Server(scripted.says(scripted.GOOD)) as server:
        answer = bench.run(*IDS, "--endpoint-url", server.url)
        server.heads, server.connections()        # the requests, the number of connections

It listens on loopback and keeps the head of every request. Bench.run checks in every run that the output
has no secret, and no control byte on stderr.
"""
from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import os
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from listener import HEAD_SIZE, Listener, read_head, will_reset
from running import as_json, leak
from tap import Failed, Skipped, want

RUN_S = 50  # limit of one run of emrs; below 60 s, the default --timeout of a call
LEAK_SIZE = 8  # characters of a secret; shorter pieces may be in any text by chance

KEY_ID = "AKIDEXAMPLE"
SECRET = base64.b64encode(hashlib.sha256(b"no secret of anybody's").digest()).decode()[:40]
TOKEN = base64.b64encode(hashlib.sha512(b"nor a token").digest() * 4).decode()
REGION = "us-east-1"
APPLICATION, JOB = "00app1", "00run1"
IDS = ("--application-id", APPLICATION, "--job-run-id", JOB)
USER = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": REGION}
SESSION = {**USER, "AWS_SESSION_TOKEN": TOKEN}

AS_JSON = as_json(APPLICATION, JOB).encode()
AS_TEXT = f"{APPLICATION}\t{JOB}\n".encode()
UNPRINTABLE = re.compile(rb"[^\n\x20-\x7e]")  # bytes that may not reach a terminal

Script = Callable[[socket.socket, bytes], None]


# Answers


def http(
    status: int, body: str | bytes = b"", *headers: str, kind: str = "application/json"
) -> bytes:
    """ret: a complete answer"""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"HTTP/1.1 {status} Scripted", f"Content-Type: {kind}", *headers]
    lines += [f"Content-Length: {len(content)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + content


def good_body(application: str = APPLICATION, job: str = JOB) -> str:
    return f'{{"applicationId": "{application}", "jobRunId": "{job}"}}'


GOOD = http(200, good_body())


def says(answer: bytes) -> Script:
    return lambda peer, head: peer.sendall(answer)


def drips(answer: bytes, size: int, pause_s: float = 0.001) -> Script:
    """Sends `size` bytes at a time, each in its own TCP segment."""

    def script(peer: socket.socket, head: bytes) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(answer), size):
            peer.sendall(answer[start : start + size])
            time.sleep(pause_s)

    return script


def stays_silent(peer: socket.socket, head: bytes) -> None:
    """Sends nothing, and waits until the peer closes."""
    with contextlib.suppress(OSError):
        while peer.recv(HEAD_SIZE):
            pass


def keeps_open(answer: bytes) -> Script:
    def script(peer: socket.socket, head: bytes) -> None:
        peer.sendall(answer)
        stays_silent(peer, head)

    return script


def waits(pause_s: float, answer: bytes) -> Script:
    def script(peer: socket.socket, head: bytes) -> None:
        time.sleep(pause_s)
        peer.sendall(answer)

    return script


def in_turn(*scripts: Script) -> Script:
    """Plays one script per request, and the last one for all later requests."""
    left = list(scripts)

    def script(peer: socket.socket, head: bytes) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(peer, head)

    return script


def resets(answer: bytes = b"") -> Script:
    def script(peer: socket.socket, head: bytes) -> None:
        peer.sendall(answer)
        time.sleep(0.1 if answer else 0)  # a reset would discard what the client has not received yet
        will_reset(peer)

    return script


class Server(Listener):
    """Plays its script on every connection, and keeps the head of every request."""

    def __init__(self, script: Script = says(GOOD), host: str = "127.0.0.1"):
        super().__init__(host)
        self.heads: list[bytes] = []
        self.arrived = threading.Event()  # set when a complete request has arrived
        self.place = f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"
        self.url = f"http://{self.place}"
        self._script = script
        self._ports: list[int] = []
        self._accepted = threading.Condition()

    def connections(self) -> int:
        """ret: the number of connections so far. Connections are accepted in their order. So this makes one more, and
        waits until it is accepted; it is not counted."""
        with socket.create_connection(self._listener.getsockname()[:2]) as waker:
            port = waker.getsockname()[1]
            with self._accepted:
                self._accepted.wait_for(lambda: port in self._ports, RUN_S)
                self._ports.remove(port)
                return len(self._ports)

    def serve(self, connection: socket.socket, port: int) -> None:
        with self._accepted:
            self._ports.append(port)
            self._accepted.notify_all()
        threading.Thread(target=self._play, args=(connection,), daemon=True).start()

    def _play(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            head = read_head(peer)
            if head:
                self.heads.append(head)
                self.arrived.set()
                self._script(peer, head)


@contextlib.contextmanager
def refusing_place() -> Iterator[str]:
    """A port that is in use, but on which no server listens: connections to it are refused."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{holder.getsockname()[1]}"


# Runs of emrs


@dataclass(frozen=True)
class Answer:
    code: int
    out: bytes
    err: bytes

    @property
    def error(self) -> str:
        """The first line of stderr that is not empty."""
        return next((line for line in self.lines if line), "")

    @property
    def lines(self) -> list[str]:
        return self.err.decode("latin-1").split("\n")


# A library for LD_PRELOAD: its connect() never returns

HOLDS = """
#include <sys/socket.h>
#include <unistd.h>
int connect(int fd, const struct sockaddr *to, socklen_t size)
{
    (void)fd, (void)to, (void)size;
    for (;;)
        pause();
}
"""


def preload(folder: Path, name: str, text: str) -> str:
    """Compiles this C source to a library for LD_PRELOAD. ret: its path"""
    compiler = shutil.which("cc")
    if compiler is None:
        raise Skipped("no compiler")
    source, made = folder / f"{name}.c", str(folder / f"{name}.so")
    source.write_text(text, encoding="ascii")
    subprocess.run([compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


@dataclass(frozen=True)
class Bench:
    binary: str

    def start(self, *options: str, env: dict[str, str | None] | None = None, shell: str = "",
              command: bool = True, **streams: object) -> subprocess.Popen[bytes]:
        """Starts emrs with these options, in the environment of environment(env).
        in: shell: a shell command that ends with exec "$@", to start emrs with; command: False: without the word
        cancel-job-run"""
        words = [self.binary, *(("cancel-job-run",) if command else ()), *options]
        if shell:
            words = ["sh", "-c", shell, "sh", *words]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
                   "stderr": subprocess.PIPE, **streams}
        return subprocess.Popen(words, env=environment(env), **streams)

    def run(self, *options: str, heads: list[bytes] | None = None, **more: object) -> Answer:
        child = self.start(*options, **more)
        answer = finish(child)
        check_output(answer, heads or [])
        return answer

    def cancel(self, *options: str, script: Script = says(GOOD), **more: object) -> Answer:
        """Cancels the job run of IDS at a server that plays this script."""
        with Server(script) as server:
            words = (*IDS, "--endpoint-url", server.url, *options)
            return self.run(*words, heads=server.heads, **more)

    def head(self, *options: str, **more: object) -> bytes:
        """Cancels at a server that accepts. ret: the request that the server received"""
        with Server() as server:
            answer = self.run(*IDS, "--endpoint-url", server.url, *options, **more)
            want(answer.code == 0 and len(server.heads) == 1, "one accepted request", answer)
            return server.heads[0]


def environment(changes: dict[str, str | None] | None) -> dict[str, str]:
    """ret: USER with the changes; a change to None removes a variable. Of this process's environment it has only
    what tools need. It names no file of a user, and allows one attempt, because most scripts play one"""
    kept = {name: value for name, value in os.environ.items()
            if name == "PATH" or name.endswith("SAN_OPTIONS")}
    alone = {"AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
             "AWS_EC2_METADATA_DISABLED": "true"}
    wanted = {**kept, "LC_ALL": "C", "AWS_MAX_ATTEMPTS": "1", **alone, **USER, **(changes or {})}
    return {name: value for name, value in wanted.items() if value is not None}


def finish(child: subprocess.Popen[bytes], most_s: float = RUN_S, who: str = "emrs") -> Answer:
    try:
        out, err = child.communicate(timeout=most_s)
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        raise Failed(f"{who} still running after {most_s} s") from None
    return Answer(child.returncode, out or b"", err or b"")


def check_output(answer: Answer, heads: list[bytes]) -> None:
    """Checks what every run must satisfy: no secret is shown, and stderr has no control bytes."""
    shown = answer.out + answer.err
    # Joins the lines of --debug, because a secret must not be printed in pieces on several lines either.
    joined = re.sub(rb"(?m)^emrs: \d+ ms: |\n", b"", answer.err)
    secrets = [(text.encode(), LEAK_SIZE) for text in (SECRET, TOKEN, *map(signature_of, heads))]
    for key in {key for head in heads for key in derived_keys(scope_in(head))}:
        secrets += [(key, LEAK_SIZE), (key.hex().encode(), 2 * LEAK_SIZE)]
    for secret, size in secrets:
        seen = leak(secret, shown, size) or leak(secret, joined, size)
        want(not seen, "no secret on stdout or stderr", seen)
    bad = UNPRINTABLE.search(answer.err)
    want(not bad, "only printable ASCII on stderr", bad and answer.err[: bad.end()])


def field_of(head: bytes, name: str) -> str:
    found = re.search(rf"(?mi)^{name}: ?([^\r\n]*)", head.decode("latin-1"))
    return found[1] if found else ""


def signature_of(head: bytes) -> str:
    return field_of(head, "Authorization").rpartition("Signature=")[2]


def scope_in(head: bytes) -> str:
    return field_of(head, "Authorization").partition("/")[2].partition(",")[0]


def derived_keys(scope: str, secret: str = SECRET) -> list[bytes]:
    """ret: the derived keys of day, region and service, and the signing key"""
    keys = [f"AWS4{secret}".encode()]
    for part in scope.split("/"):
        keys.append(hmac.digest(keys[-1], part.encode(), "sha256"))
    return keys[1:]
