#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The sockets port on lwIP's own threads, against servers at the other end of a tap device.

    test_sockets.py DEVICE

The device (device.c) has lwIP with its tcpip thread, mbedTLS and emrs. Its network is a tap device in
a network namespace, where this test is the only other host: it has services over OpenSSL and a DNS
server. Without such a namespace only the case on lwIP's loopback interface runs, and the others are
skipped.
"""
from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "peer"))

import certs  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from listener import Listener, read_head, will_reset  # noqa: E402
from scripted import good_body, http  # noqa: E402
from tap import Skipped, want  # noqa: E402

US, US6, NOBODY = "10.55.0.1", "fd55::1", "10.55.0.77"
NAME, NAME6 = "service.example", "six.example"
TAP = "emrs0"
APPLICATION = "00app1"

# emrs.h's numbers
NONE, REFUSED, UNKNOWN, ACCEPTED = range(4)
IN_NAME, IN_TCP, IN_TLS, IN_SEND, IN_ANSWER = range(5)
STOPPED, TIMEOUT, E_RESOLVE, E_CONNECT, E_CERTIFICATE, E_TRUNCATED, E_TOO_BIG = (
    -6, -7, -8, -9, -11, -15, -16,
)
NAME_FAILED, PORT_REFUSED, RESET, ISSUER, NAME_MISMATCH = 2, 3, 5, 9, 10

LONG_MS = 60000
SLACK_MS = 10000  # far more than a busy computer adds, and less than a wait for lwIP or for the call's end
WAIT_MS = 250  # the longest wait of a port's function
TRIES = 10
STACK_MAX = 8192  # bytes that emrs_run and all below it take of a task's stack, on 64 bits
TURN_COUNT_MAX = 200  # turns of emrs_run in three attempts: some dozen, and more on a busy computer
TASKS = 6
REPLY_S = 300  # only ends a hang

certs.RECIPES["service"] = replace(certs.RECIPES["good"], names=(NAME, NAME6))

CASES = tap.Cases()

Script = Callable[["Visit"], None]


# Services


class Visit:
    """One connection of a device after the handshake: what it asked, and ways to answer."""

    def __init__(self, tls: ssl.SSLSocket, head: bytes):
        self.tls = tls
        asked = re.match(rb"DELETE /applications/([0-9a-z]+)/jobruns/([0-9a-z]+)[ ?]", head)
        self.application, self.job = (text.decode() for text in asked.groups())

    def good(self) -> bytes:
        body = good_body(self.application, self.job)
        return http(200, body, f"x-amzn-requestid: rid-{self.job}")

    def wait_for_end(self) -> None:
        with contextlib.suppress(OSError):
            while self.tls.recv(65536):
                pass


class Service(Listener):
    """A TLS server at our end. Its `jobs` are the job runs of the complete requests."""

    def __init__(self, context: ssl.SSLContext, script: Script, host: str = US):
        super().__init__(host)
        self.jobs: list[str] = []
        self.versions: set[str] = set()
        self._context, self._script = context, script

    def serve(self, connection: socket.socket, port: int) -> None:
        threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._context.wrap_socket(connection, server_side=True) as tls:
                head = read_head(tls)
                if head:
                    visit = Visit(tls, head)
                    self.jobs.append(visit.job)
                    self.versions.add(tls.version())
                    self._script(visit)


class Echo(Service):
    """The server of the host application's session. It sends back what it reads."""

    def _serve_one(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            with self._context.wrap_socket(connection, server_side=True) as tls:
                while data := tls.recv(4096):
                    tls.sendall(data)


class Mute(Listener):
    """Accepts connections, and sends nothing."""

    def __init__(self) -> None:
        super().__init__(US)
        self._connections: list[socket.socket] = []

    def serve(self, connection: socket.socket, port: int) -> None:
        self._connections.append(connection)


def answers(visit: Visit) -> None:
    visit.tls.sendall(visit.good())


def says_nothing(visit: Visit) -> None:
    visit.wait_for_end()


def cuts(visit: Visit) -> None:
    visit.tls.sendall(visit.good()[:-10])
    visit.tls.shutdown(socket.SHUT_RDWR)


def resets(visit: Visit) -> None:
    visit.tls.sendall(visit.good()[:-10])
    time.sleep(0.2)  # a reset overtakes what was not read yet
    will_reset(visit.tls)


def drips(visit: Visit) -> None:
    """Sends one byte per record, and one record per segment."""
    for byte in visit.good():
        visit.tls.send(bytes([byte]))


def drips_for_ever(visit: Visit) -> None:
    with contextlib.suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nx-filler: " + b"x" * 8000:
            visit.tls.send(bytes([byte]))
            time.sleep(0.05)


def floods(visit: Visit) -> None:
    """Sends more than any limit allows: the device closes while much of it is unread."""
    with contextlib.suppress(OSError):
        visit.tls.sendall(http(200, "[" + " " * (4 << 20)))


class Resolver:
    """DNS for the device: a name's first label says how it is answered."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((US, 53))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            query, place = self._socket.recvfrom(512)
            threading.Thread(target=self._reply, args=(query, place), daemon=True).start()

    def _reply(self, query: bytes, place: tuple) -> None:
        name, at = [], 12
        while query[at]:
            name.append(query[at + 1 : at + 1 + query[at]].decode())
            at += 1 + query[at]
        kind = struct.unpack_from(">H", query, at + 1)[0]
        answer = self._answer(name[0], kind)
        if answer is None:
            return
        code, address = answer
        head = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, 1 if address else 0, 0, 0)
        record = b"" if not address else struct.pack(">HHHIH", 0xC00C, kind, 1, 0, len(address))
        self._socket.sendto(head + query[12 : at + 5] + record + address, place)

    def _answer(self, label: str, kind: int) -> tuple[int, bytes] | None:
        """ret: a code and an address; None: silence"""
        address = socket.inet_pton(socket.AF_INET, US) if kind == 1 else b""
        if label == "silent":
            return None
        if label in ("late", "later"):
            time.sleep(0.3 if label == "late" else 0.6)
            return 0, socket.inet_pton(socket.AF_INET, NOBODY) if label == "late" else address
        if label == "six":
            return 0, socket.inet_pton(socket.AF_INET6, US6) if kind == 28 else b""
        return (0, address) if label == "service" else (3, b"")


# The device


@dataclass(frozen=True)
class Result:
    job: str
    code: int
    effect: int
    reason: int
    phase: int
    status: int
    native: int
    id: str
    attempts: int
    turns: int
    took: int
    late: int
    longest: int
    closing: int
    stack: int


class Device:
    """A device that runs, and obeys one command per line."""

    def __init__(self, words: list[str], environment: dict[str, str], findings: Path):
        self.findings = findings  # a sanitizer adds a dot and a process id
        self._child = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, env=environment,
        )

    def tell(self, line: str) -> list[str]:
        """ret: what it printed"""
        alarm = threading.Timer(REPLY_S, self._child.kill)
        alarm.start()
        try:
            with contextlib.suppress(BrokenPipeError):  # it has ended: its last lines are read next
                self._child.stdin.write(line + "\n")
                self._child.stdin.flush()
            lines = []
            while (said := self._child.stdout.readline()) != "done\n":
                want(said not in ("", "what?\n"), f"an answer to {line!r}", lines[-40:])
                lines.append(said.rstrip("\n"))
            return lines
        finally:
            alarm.cancel()

    def call(self, url: str, ca: str = "ca", tasks: int = 1, count: int = 1,
             most_ms: int = LONG_MS) -> list[Result]:
        return results(self.tell(f"call {url} {ca} {tasks} {count} {most_ms}"))

    def use(self) -> dict[str, int]:
        """What lwIP has in use, by pool; names of pools may have blanks."""
        found = [re.fullmatch(r"use (.+?) (\d+)(?: \d+)?", line) for line in self.tell("use")]
        return {each[1]: int(each[2]) for each in found}

    def end(self) -> None:
        """Waits for the end of the device, when a sanitizer reports its findings."""
        rest, _ = self._child.communicate(timeout=REPLY_S)
        told = self.findings.parent.glob(f"{self.findings.name}.*")
        found = "".join(path.read_text(errors="replace") for path in told)
        want(self._child.returncode == 0, "a device that ends well",
             (self._child.returncode, rest[-1000:], found[:6000]))


def results(lines: list[str]) -> list[Result]:
    found = []
    for line in lines:
        if line.startswith("result "):
            pairs = dict(pair.split("=", 1) for pair in line.split()[1:])
            found.append(Result(**{name: text if name in ("job", "id") else int(text)
                                   for name, text in pairs.items()}))
    return found


def held(lines: list[str]) -> list[tuple[int, int, int]]:
    """Bytes that each task still held at its end, how often it had allocated, and whether PSA is
    in the build, which keeps some memory."""
    found = [re.fullmatch(r"task held=(-?\d+) taken=(\d+) psa=(\d)", line) for line in lines]
    return [tuple(map(int, each.groups())) for each in found if each]


@dataclass
class Bench:
    binary: str
    authority: certs.Authority
    inside: bool  # the network namespace of the test
    devices: dict[str, Device] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)

    def device(self, mode: str = "arena") -> Device:
        """One device per mode for all cases, so that a case fails if an earlier one left something behind."""
        if mode not in self.devices:
            other = self.authority.leaf("good").chain  # trusted, but no server uses it
            words = [self.binary, mode, TAP if self.inside else "-", str(self.authority.ca),
                     str(other)]
            known = f"suppressions={Path(__file__).resolve().parent / 'tsan.supp'}"
            findings = self.authority.folder / f"findings-{mode}"
            known += f":log_path={findings}"
            environment = running.environment({"TSAN_OPTIONS": known})
            self.devices[mode] = Device(words, environment, findings)
        return self.devices[mode]

    def only(self, mode: str) -> Device:
        """The device of this mode. The others are ended, since only one can use the tap."""
        self.needs_wire()
        for name in [name for name in self.devices if name != mode]:
            self.devices.pop(name).end()
        return self.device(mode)

    def needs_wire(self) -> None:
        if not self.inside:
            raise Skipped("no network namespace with a tap here")

    def context(self, leaf: str = "service") -> ssl.SSLContext:
        return certs.server_context(self.authority.leaf(leaf))

    @contextlib.contextmanager
    def service(self, script: Script = answers, leaf: str = "service", host: str = US,
                kind: type[Service] = Service) -> Iterator[Service]:
        self.needs_wire()
        with kind(self.context(leaf), script, host) as service:
            yield service

    def one(self, script: Script = answers, most_ms: int = LONG_MS, ca: str = "ca",
            leaf: str = "service") -> Result:
        """One call to a service that plays this script."""
        with self.service(script, leaf) as service:
            return self.call_one(f"https://{NAME}:{service.port}", most_ms, ca)

    def call_one(self, url: str, most_ms: int = LONG_MS, ca: str = "ca") -> Result:
        self.needs_wire()
        found = self.only("arena").call(url, ca, most_ms=most_ms)
        want(len(found) == 1, "one result", found)
        want_punctual(found)
        return found[0]


def want_punctual(found: list[Result]) -> None:
    """Each function of the port returned in time and did not wait long, and close did not wait."""
    for r in found:
        want(r.late <= SLACK_MS, "back at until_ms", r)
        want(r.longest <= WAIT_MS + SLACK_MS, "waits of 250 ms at most", r)
        want(r.closing <= SLACK_MS, "a close that does not wait", r)


def want_deadline(call: Callable[[int], Result], most_ms: int, phase: int, effect: int) -> None:
    """`call` makes a call with that deadline. If a busy computer does not reach the phase, it gets twice the time."""
    r = call(most_ms)
    while r.phase < phase and most_ms < LONG_MS:
        most_ms *= 2
        r = call(most_ms)
    want((r.code, r.phase, r.effect) == (TIMEOUT, phase, effect), "a time-out there", r)
    want(most_ms <= r.took <= most_ms + SLACK_MS, f"its end after {most_ms} ms", r)


def want_accepted(found: list[Result], jobs: list[str]) -> None:
    for r in found:
        want((r.code, r.effect, r.status) == (0, ACCEPTED, 200), "accepted", r)
        want(r.id == f"rid-{r.job}", "the answer to its own request", r)
    want(sorted(r.job for r in found) == sorted(jobs), "each asked for once", (found, jobs))


# Cases


@CASES.case("a job run is cancelled over verified TLS")
def cancels(bench: Bench) -> str:
    with bench.service() as service:
        r = bench.call_one(f"https://{NAME}:{service.port}")
        want_accepted([r], service.jobs)
        time.sleep(1.5)  # TIME_WAIT
        bench.before = bench.device().use()  # after a first call, because lwIP keeps some memory from then on
        painted = Path(bench.binary).parent.name == "plain"  # device.c: with a sanitizer it is 0
        want(r.stack <= STACK_MAX and (r.stack > 0) == painted, "the stack of a task", r.stack)
        return f"one call took {r.took} ms and, below emrs_run, {r.stack} bytes of stack"


@CASES.case("over IPv6, from a name that has no other address")
def cancels_over_ipv6(bench: Bench) -> None:
    with bench.service(host=US6) as service:
        want_accepted([bench.call_one(f"https://{NAME6}:{service.port}")], service.jobs)


def together(bench: Bench, mode: str, count: int = 3) -> tuple[list[str], str]:
    device = bench.only(mode)
    with bench.service() as service:
        begin_s = time.monotonic()
        lines = device.tell(f"call https://{NAME}:{service.port} ca {TASKS} {count} {LONG_MS}")
        took_s = time.monotonic() - begin_s
        found = results(lines)
        want(len(found) == TASKS * count, "all results", lines)
        want_accepted(found, service.jobs)
        want_punctual(found)
    over = " and ".join(sorted(service.versions))
    return lines, f"{TASKS * count} calls of {TASKS} tasks over {over} took {took_s:.1f} s"


@CASES.case(f"{TASKS} tasks at once, each its own answer (one arena, mbedTLS's threading layer)")
def cancels_together(bench: Bench) -> str:
    return together(bench, "arena")[1]


@CASES.case("nothing is sent to a server whose certificate is from another CA")
def distrusts(bench: Bench) -> None:
    r = bench.one(ca="other")
    want((r.code, r.reason, r.effect) == (E_CERTIFICATE, ISSUER, NONE), "unknown issuer", r)


@CASES.case("nothing is sent to a server whose certificate is for another name")
def distrusts_name(bench: Bench) -> None:
    r = bench.one(leaf="wrong-name")
    want((r.code, r.reason, r.effect) == (E_CERTIFICATE, NAME_MISMATCH, NONE), "another name", r)


@CASES.case("a closed port is reported as refused")
def is_refused(bench: Bench) -> None:
    r = bench.call_one(f"https://{NAME}:1")
    want((r.code, r.reason, r.effect) == (E_CONNECT, PORT_REFUSED, NONE), "refused", r)


@CASES.case("between two attempts the loop of emrs_run waits, and takes no processor time")
def waits(bench: Bench) -> str:
    bench.needs_wire()
    r = results(bench.only("arena").tell(f"again https://{NAME}:1 3"))[0]
    want((r.code, r.attempts, r.effect) == (E_CONNECT, 3, NONE), "three attempts", r)
    want(r.turns <= TURN_COUNT_MAX, f"{TURN_COUNT_MAX} turns of the loop at most", r.turns)
    return f"{r.turns} turns for three attempts"


@CASES.case("a name that does not exist")
def unknown_name(bench: Bench) -> None:
    r = bench.call_one("https://nobody.example")
    want((r.code, r.reason, r.effect) == (E_RESOLVE, NAME_FAILED, NONE), "no such name", r)


@CASES.case("a silent resolver: the deadline is kept")
def silent_resolver(bench: Bench) -> None:
    want_deadline(lambda ms: bench.call_one("https://silent.example", ms), 800, IN_NAME, NONE)


@CASES.case("dropped look-ups: late answers are ignored, their slots are free at once")
def late_answers(bench: Bench) -> None:
    device = bench.only("arena")
    said = device.tell("swap late.example later.example")
    want(said == [f"name 2 {US}"], "the second name's address", said)
    for _ in range(2):
        said = device.tell("crowd silent.example")
        want(said == ["crowd 4"], "four at once, each time", said)


@CASES.case("an address that no host has: the deadline is kept")
def silent_address(bench: Bench) -> None:
    want_deadline(lambda ms: bench.call_one(f"https://{NOBODY}", ms), 800, IN_TCP, NONE)


@CASES.case("an event of another socket while it connects is not mistaken for a connection")
def early_event(bench: Bench) -> None:
    said = bench.only("arena").tell(f"early {NOBODY}")
    want(said == ["early 0"], "no connection", said)


@CASES.case("a peer that accepts and sends nothing: the deadline is kept")
def silent_handshake(bench: Bench) -> None:
    bench.needs_wire()
    with Mute() as mute:
        want_deadline(lambda ms: bench.call_one(f"https://{NAME}:{mute.port}", ms), 800, IN_TLS, NONE)


@CASES.case("a service that never answers: the deadline is kept, the effect unknown")
def silent_service(bench: Bench) -> None:
    want_deadline(lambda ms: bench.one(says_nothing, ms), 1500, IN_ANSWER, UNKNOWN)


@CASES.case("an answer that never ends: the deadline is kept, the effect unknown")
def endless_answer(bench: Bench) -> None:
    want_deadline(lambda ms: bench.one(drips_for_ever, ms), 1500, IN_ANSWER, UNKNOWN)


@CASES.case("a network that fails: the deadline is kept, and lwIP keeps no connection")
def dies(bench: Bench) -> None:
    """If the port did not reset the connection, lwIP would send again and again, for many minutes."""
    used = 0

    def call(most_ms: int) -> Result:
        nonlocal used
        device = bench.only("arena")
        try:
            device.tell(f"dark {most_ms // 3}")
            r = bench.call_one(f"https://{NAME}:{service.port}", most_ms)
            used = device.use()["TCP_PCB"]
            return r
        finally:
            device.tell("faults 1 0 0 0 1")

    with bench.service(says_nothing) as service:
        want_deadline(call, 1500, IN_ANSWER, UNKNOWN)
    want(used <= bench.before["TCP_PCB"], "no connection of it", used)


@CASES.case("a call ends within 500 ms after the application stops it")
def stops(bench: Bench) -> None:
    stop_ms = 800
    with bench.service(says_nothing) as service:
        for _ in range(TRIES):  # a busy computer is late sometimes, a port that ignores the stop always
            found = results(bench.only("arena").tell(f"stop https://{NAME}:{service.port} {stop_ms}"))
            want_punctual(found)
            r = found[0]
            want(r.code == STOPPED and r.took >= stop_ms, "stopped", r)
            if r.phase < IN_ANSWER:  # too busy to have sent the request by then
                stop_ms *= 2
                continue
            want(r.effect == UNKNOWN, "an unknown effect", r)
            if r.took <= stop_ms + 2 * WAIT_MS:
                return
        want(False, "soon", r)


@CASES.case("an answer that is cut off is not accepted")
def is_cut(bench: Bench) -> None:
    r = bench.one(cuts)
    want((r.code, r.effect) == (E_TRUNCATED, UNKNOWN), "truncated", r)


@CASES.case("an answer that ends in a reset is not accepted")
def is_reset(bench: Bench) -> None:
    r = bench.one(resets)
    want((r.code, r.reason, r.effect) == (E_CONNECT, RESET, UNKNOWN), "reset", r)


@CASES.case("an answer that comes byte by byte is accepted")
def byte_by_byte(bench: Bench) -> None:
    r = bench.one(drips)
    want((r.code, r.effect) == (0, ACCEPTED), "accepted", r)


@CASES.case("a close does not wait, even if much is unread")
def much_unread(bench: Bench) -> None:
    r = bench.one(floods)
    want((r.code, r.effect) == (E_TOO_BIG, UNKNOWN), "too big", r)


@CASES.case("a network that loses, doubles and delays packets: the results are true, and most calls are accepted")
def bad_wire(bench: Bench) -> str:
    """Of 1000 packets each way 60 are lost, 40 doubled, 150 come late and so out of their order."""
    device = bench.only("arena")
    found, jobs = [], []
    try:
        for seed in (1, 2, 3):
            device.tell(f"faults {seed} 60 40 150 60")
            with bench.service() as service:
                found += device.call(f"https://{NAME}:{service.port}", tasks=4, count=2)
                jobs += service.jobs
    finally:
        said = device.tell("faults 1 0 0 0 1")
    lost, late = map(int, said[-1].split()[1:])
    want(lost > 0 and late > 0, "packets lost and late", said)
    want_punctual(found)
    good = [r for r in found if r.code == 0]
    for r in found:
        want(r.took <= LONG_MS + SLACK_MS, "an end within the deadline", r)
        want((r.effect == ACCEPTED) == (r.code == 0), "ACCEPTED with code 0, and only then", r)
    bad = [r for r in found if r.effect == NONE]
    want(len(jobs) <= len(found) - len(bad), "no request of a call with effect NONE", (found, jobs))
    want(len(good) >= len(found) * 3 // 4, "most of them accepted", found)
    worst = max(r.took for r in good)
    return f"on a bad network {len(good)} of {len(found)} calls accepted, the slowest in {worst} ms"


@CASES.case("many calls one after the other leave nothing behind in lwIP")
def leaves_nothing(bench: Bench) -> str:
    device = bench.only("arena")
    with bench.service() as service:
        found = device.call(f"https://{NAME}:{service.port}", count=30)
        want_accepted(found, service.jobs)
    ours = ("heap", "NETCONN", "NETBUF", "TCP_PCB", "TCP_SEG", "UDP_PCB", "PBUF_REF/ROM",
            "PBUF_POOL")
    end_s = time.monotonic() + REPLY_S
    while True:
        now = device.use()
        more = {name: now[name] for name in ours if now[name] > bench.before[name]}
        if not more:
            break
        want(time.monotonic() < end_s, f"no more in use than before: {bench.before}", more)
        time.sleep(0.2)
    took = sorted(r.took for r in found)
    return f"{len(found)} calls in sequence, half of them in {took[len(took) // 2]} ms or less"


@CASES.case("in a shared image TLS uses the host application's allocator, and frees all that it allocates")
def shares_memory(bench: Bench) -> str:
    device = bench.only("shared")
    with bench.service(kind=Echo) as echo:
        device.tell(f"foreign {NAME} {echo.port}")
        lines, figure = together(bench, "shared")
        said = device.tell("foreign-end")
    kept = held(lines)
    want(len(kept) == TASKS and all(taken > 0 for _, taken, _ in kept), "the host's memory", kept)
    want(all(size == 0 or psa for size, _, psa in kept), "every byte freed", kept)
    beside, after, left = map(int, re.fullmatch(r"foreign (\d+) (\d+) (-?\d+)", said[-1]).groups())
    want(beside > 0 and after == 10, "the host's own session goes on", said)
    want(left == 0 or kept[0][2], "the host's own bytes freed", said)
    return f"{figure}, beside {beside} exchanges of the host application's own session"


@CASES.case("without mbedTLS's threading layer one lock around all TLS is enough")
def one_lock(bench: Bench) -> str:
    return together(bench, "locked")[1]


@CASES.case("over lwIP's loopback interface, to a service inside the device")
def loops(bench: Bench) -> None:
    for name in list(bench.devices):
        bench.devices.pop(name).end()
    device = bench.device("arena")
    port = int(device.tell("loop")[-1].split()[1])
    want(port, "a service", port)
    lines = device.tell(f"call http://127.0.0.1:{port} ca 4 3 {LONG_MS}")
    device.tell("loop-end")
    found = results(lines)
    want(len(found) == 12, "all results", lines)
    want_accepted(found, [r.job for r in found])
    refused = device.call(f"http://127.0.0.1:{port}")[0]
    want((refused.code, refused.reason) == (E_CONNECT, PORT_REFUSED), "refused", refused)
    want_punctual([*found, refused])


@CASES.case("every device ends with status 0, and no sanitizer has a finding")
def ends_well(bench: Bench) -> None:
    for name in list(bench.devices):
        bench.devices.pop(name).end()


# The program


def lay_wire() -> bool:
    """Sets up the loopback interface and our end of the tap in this namespace."""
    lines = ("link set lo up", f"tuntap add dev {TAP} mode tap", f"addr add {US}/24 dev {TAP}",
             f"-6 addr add {US6}/64 dev {TAP} nodad", f"link set {TAP} up")
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return all(subprocess.run(["ip", *line.split()], **quiet).returncode == 0 for line in lines)


def run(binary: str, place: str = "") -> bool:
    """Starts this program again in a new network namespace, if that is possible, and runs the cases there."""
    inside = place == "inside" and lay_wire()
    if place == "":
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        room = ["unshare", "--net", *(() if os.geteuid() == 0 else ("--map-root-user",))]
        with contextlib.suppress(OSError):
            if subprocess.run([*room, "true"], **quiet).returncode == 0:
                words = [*room, sys.executable, __file__, binary, "inside"]
                os.execvp(words[0], words)
    if inside:
        Resolver()
    with running.scratch("lwip") as folder:
        bench = Bench(binary, certs.Authority(folder), inside)
        try:
            return CASES.run(bench)
        finally:
            for device in bench.devices.values():
                device._child.kill()


if __name__ == "__main__":
    tap.main("test_sockets.py DEVICE [inside]", run)
