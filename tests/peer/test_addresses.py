#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records the packets of the command and of a board, and compares the hosts that they connect to with the table
of SECURITY.md.

    test_addresses.py EMRS_BINARY [TRUST_FOLDER] [IMAGE]

The command runs in its own network namespace, in which every address belongs to this computer. So a
connection to any address succeeds and is recorded, and nothing leaves the computer. Each call must reach
exactly the hosts that CALLS lists for it, and each of them must fit its row of the table. The emulator
records a board's packets. Without such a namespace the cases that need it are skipped.
"""
from __future__ import annotations

import base64
import contextlib
import functools
import json
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

sys.dont_write_bytecode = True

import certs  # noqa: E402
import device  # noqa: E402
import running  # noqa: E402
import scripted  # noqa: E402
import service  # noqa: E402
import sides  # noqa: E402
import tap  # noqa: E402
from listener import Listener, read_head  # noqa: E402
from scripted import IDS, REGION, good_body, http  # noqa: E402
from tap import Failed, Skipped, want  # noqa: E402

TREE = Path(__file__).resolve().parents[2]
INSIDE = "EMRS_TEST_ADDRESSES"  # this variable is set if this process is in the namespace
RESOLVER, CLOCK = "192.0.2.53", "192.0.2.123"  # addresses for documentation, RFC 5737
FIRST_ADDRESS = ip_address("198.18.0.1")  # the names get addresses from here on; for benchmarks, RFC 2544
BOARD_RESOLVER, BROADCAST = "10.0.2.3", "255.255.255.255"  # of the emulator's network
BOARD_MAC = b"\x02emrs\x01"
OUTGOING = 4  # PACKET_OUTGOING; others are left out, because on loopback each packet also comes in
AWAY = "00away"  # the service answers a request for this job run with a redirect

Target = tuple[str, str, int]  # protocol, host, port

CASES = tap.Cases()


# The table


@dataclass(frozen=True)
class Row:
    """A row of the table. hosts, ports: None: a setting decides"""

    hosts: list[str] | None
    ports: set[int] | None
    protocol: str

    def fits(self, target: Target) -> bool:
        protocol, host, port = target
        named = self.hosts is None or any(re.fullmatch(each, host) for each in self.hosts)
        spoken = "HTTP" in self.protocol if protocol == "tcp" else "UDP" in self.protocol
        if "TCP" in self.protocol:
            spoken = spoken or protocol == "tcp"
        return named and spoken and (self.ports is None or port in self.ports)


def table() -> dict[str, Row]:
    """ret: the rows of the table in SECURITY.md, by their first column"""
    text = (TREE / "SECURITY.md").read_text(encoding="utf-8")
    lines = text.partition("| whom | host | port |")[2].partition("\n\n")[0].splitlines()[2:]
    rows = {}
    for line in lines:
        whom, host, port, protocol, _ = (cell.strip() for cell in line.strip("|").split("|"))
        hosts = [pattern(each) for each in re.findall(r"`([^`]+)`", host)]
        ports = {int(each) for each in re.findall(r"\d+", port)}
        # The cell "the host of `--endpoint-url`" leaves the host to the user, and "the URI's" leaves the port.
        free = host.startswith("the ")
        rows[whom] = Row(None if free else hosts, None if "'s" in port or "its" in port else ports, protocol)
    return rows


def pattern(host: str) -> str:
    """ret: the regular expression of a host: an upper-case word matches one label of a name, SUFFIX several"""
    return re.sub("[A-Z]+", "[a-z0-9-]+", re.escape(host.strip("[]")).replace("SUFFIX", "[a-z0-9.-]+"))


# The calls


@dataclass(frozen=True)
class Call:
    name: str
    reaches: dict[str, set[Target]]
    options: dict[str, str] = field(default_factory=dict)  # an empty value: the option has none
    env: dict[str, str | None] = field(default_factory=dict)
    code: int = 0


def host_of(region: str, fips: bool = False, dualstack: bool = False) -> str:
    """Computes a host by AWS's rule set, because the tests must not contain the name of an AWS host."""
    found = sides.Rules().provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dualstack)
    return urlsplit(found.url).netloc


CHINA = "cn-north-1"
SERVICE = host_of(REGION)
FIPS, DUALSTACK = host_of(REGION, fips=True), host_of(REGION, dualstack=True)
FIPS_DUALSTACK, IN_CHINA = host_of(REGION, True, True), host_of(CHINA)
IOT = f"prefix.credentials.iot.{SERVICE.partition('.')[2]}"
OWN, PROXY, LONG = "emrs.example", "proxy.example", "long.example"
NAMES = (SERVICE, FIPS, DUALSTACK, FIPS_DUALSTACK, IN_CHINA, IOT, OWN, LONG)

DNS = {"DNS": {("udp", RESOLVER, 53)}}
TO_SERVICE = {"the service": {("tcp", SERVICE, 443)}, **DNS}
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
BY_INSTANCE = {**NO_KEYS, "AWS_EC2_METADATA_DISABLED": None}
NO_METADATA = {**NO_KEYS, "AWS_EC2_METADATA_DISABLED": "true"}
RELATIVE = {**NO_METADATA, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/1"}
PROXY_URL = f"http://user:word@{PROXY}:3128"
BY_PROXY = {name: PROXY_URL for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")}
TO_PROXY = {"a proxy": {("tcp", PROXY, 3128)}, **DNS}
BY_IOT = {**NO_KEYS, "AWS_IOT_CORE_CREDENTIAL_ENDPOINT": IOT, "AWS_IOT_CORE_ROLE_ALIAS": "alias",
          "AWS_IOT_CORE_THING_NAME": "gateway-17"}  # and the paths of certificate and key


def container(uri: str) -> dict[str, str | None]:
    return {**NO_METADATA, "AWS_CONTAINER_CREDENTIALS_FULL_URI": uri}


CALLS = [
    Call("the service of a region", TO_SERVICE),
    Call("the service of another partition", {"the service": {("tcp", IN_CHINA, 443)}, **DNS}, {"--region": CHINA}),
    Call("FIPS", {"its FIPS endpoint": {("tcp", FIPS, 443)}, **DNS}, env={"AWS_USE_FIPS_ENDPOINT": "true"}),
    Call("dual-stack", {"the service": {("tcp", DUALSTACK, 443)}, **DNS},
         env={"AWS_USE_DUALSTACK_ENDPOINT": "true"}),
    Call("FIPS and dual-stack", {"its FIPS endpoint": {("tcp", FIPS_DUALSTACK, 443)}, **DNS},
         env={"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"}),
    Call("a custom endpoint", {"your endpoint": {("tcp", OWN, 8443)}, **DNS},
         {"--endpoint-url": f"https://{OWN}:8443"}),
    Call("an endpoint on this machine", {"your endpoint": {("tcp", "127.0.0.1", 8080)}},
         {"--endpoint-url": "http://localhost:8080"}),
    Call("a redirect is not followed", TO_SERVICE, {"--job-run-id": AWAY}, code=254),
    Call("a truncated answer of DNS, then TCP", {"your endpoint": {("tcp", LONG, 443)},
                                  "DNS": {("udp", RESOLVER, 53), ("tcp", RESOLVER, 53)}},
         {"--endpoint-url": f"https://{LONG}"}),
    Call("input that is refused", {}, {"--job-run-id": "UPPER"}, code=252),
    Call("no credentials", {}, env=NO_METADATA, code=253),
    Call("--dry-run", {}, {"--dry-run": ""}),
    Call("instance metadata", {"instance metadata": {("tcp", "169.254.169.254", 80)}, **TO_SERVICE},
         env=BY_INSTANCE),
    Call("instance metadata over IPv6", {"instance metadata": {("tcp", "fd00:ec2::254", 80)}, **TO_SERVICE},
         env={**BY_INSTANCE, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"}),
    Call("a container's relative URI", {"container credentials": {("tcp", "169.254.170.2", 80)}, **TO_SERVICE},
         env=RELATIVE),
    Call("a container's full URI", {"container credentials": {("tcp", "169.254.170.23", 80)}, **TO_SERVICE},
         env=container("http://169.254.170.23/v1/credentials")),
    Call("a container's full URI over IPv6",
         {"container credentials": {("tcp", "fd00:ec2::23", 80)}, **TO_SERVICE},
         env=container("http://[fd00:ec2::23]/v1/credentials")),
    Call("a credentials server on this machine",
         {"a credentials server on this machine": {("tcp", "127.0.0.1", 8080)}, **TO_SERVICE},
         env=container("http://localhost:8080/2016-11-01/credentialprovider/")),
    Call("a credentials server of the user",
         {"a credentials server of yours": {("tcp", OWN, 8443)}, **TO_SERVICE},
         env=container(f"https://{OWN}:8443/credentials")),
    Call("AWS IoT", {"AWS IoT's credentials provider": {("tcp", IOT, 443)}, **TO_SERVICE}, env=BY_IOT),
    Call("a proxy", TO_PROXY, env={"HTTPS_PROXY": PROXY_URL}),
    Call("AWS IoT through a proxy", TO_PROXY, env={**BY_IOT, "HTTPS_PROXY": PROXY_URL}),
    Call("a proxy, and an endpoint on this machine", {"your endpoint": {("tcp", "127.0.0.1", 8080)}},
         {"--endpoint-url": "http://localhost:8080"}, BY_PROXY),
    Call("a proxy, and instance metadata",
         {"instance metadata": {("tcp", "169.254.169.254", 80)}, **TO_PROXY},
         env={**BY_INSTANCE, **BY_PROXY}),
    Call("a proxy, and a container's relative URI",
         {"container credentials": {("tcp", "169.254.170.2", 80)}, **TO_PROXY},
         env={**RELATIVE, **BY_PROXY}),
    Call("a proxy, and a credentials server on this machine",
         {"a credentials server on this machine": {("tcp", "127.0.0.1", 8080)}, **TO_PROXY},
         env={**container("http://localhost:8080/2016-11-01/credentialprovider/"), **BY_PROXY}),
]
ON_BOARD = {"the service": {("tcp", SERVICE, 443)}, "DNS": {("udp", BOARD_RESOLVER, 53)},
            "DHCP": {("udp", BROADCAST, 67)}, "NTP": {("udp", CLOCK, 123)}}


# The network


class Names(device.Responder):
    """A DNS server. Each name gets its own IPv4 address when it is first asked for."""

    place = (RESOLVER, 53)

    def __init__(self) -> None:
        self.addresses: dict[str, str] = {}

    def answer(self, question: bytes) -> bytes:
        name, end = device.name_in(question)
        if name == LONG:
            # The flag for a truncated answer: the client asks again over TCP.
            return question[:2] + struct.pack(">5H", 0x8380, 1, 0, 0, 0) + question[12:end]
        return self.whole(question, name, end)

    def whole(self, question: bytes, name: str, end: int) -> bytes:
        address = self.addresses.setdefault(name, str(FIRST_ADDRESS + len(self.addresses)))
        wanted = question[end - 4 : end - 2] == b"\0\1"  # A; there is no AAAA
        record = struct.pack(">HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton(address)
        head = question[:2] + struct.pack(">5H", 0x8180, 1, int(wanted), 0, 0)
        return head + question[12:end] + (record if wanted else b"")


class Time(device.Time):
    place = (CLOCK, 123)


class NamesByTcp(Listener):
    def __init__(self, names: Names) -> None:
        super().__init__(RESOLVER, 53)
        self._names = names

    def serve(self, connection: socket.socket, port: int) -> None:
        with contextlib.suppress(OSError), connection, connection.makefile("rb") as questions:
            while size := questions.read(2):
                question = questions.read(int.from_bytes(size, "big"))
                answer = self._names.whole(question, *device.name_in(question))
                connection.sendall(len(answer).to_bytes(2, "big") + answer)


class AnyServer(Listener):
    """Acts as every server of the table on one port: it gives each request a good answer."""

    def __init__(self, host: str, port: int, tls: ssl.SSLContext | None, proxied: ssl.SSLContext) -> None:
        super().__init__(host, port)
        self._tls, self._proxied = tls, proxied

    def serve(self, connection: socket.socket, port: int) -> None:
        threading.Thread(target=self._serve_one, args=(connection, self._tls), daemon=True).start()

    def _serve_one(self, peer: socket.socket, tls: ssl.SSLContext | None) -> None:
        with contextlib.suppress(OSError):
            with tls.wrap_socket(peer, server_side=True) if tls else peer as stream:
                head = read_head(stream)
                if head.startswith(b"CONNECT "):
                    stream.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                    self._serve_one(stream, self._proxied)
                elif head:
                    stream.sendall(answer_to(head))


def answer_to(head: bytes) -> bytes:
    method, target = head.decode("latin-1").split()[:2]
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    keys = {"AccessKeyId": scripted.KEY_ID, "SecretAccessKey": scripted.SECRET, "Token": scripted.TOKEN,
            "Expiration": until, "Code": "Success"}
    if method == "DELETE" and AWAY in target:
        return http(307, "", "Location: https://away.example/")
    if method == "DELETE":
        return http(200, good_body(*urlsplit(target).path.split("/")[2::2]))
    if method == "PUT":
        return http(200, base64.b64encode(b"a token of a session"), "X-Aws-Ec2-Metadata-Token-Ttl-Seconds: 21600",
                    kind="text/plain")
    if target.endswith("/security-credentials/"):
        return http(200, "role", kind="text/plain")
    if target.startswith("/role-aliases/"):
        lower = {name[0].lower() + name[1:]: value for name, value in keys.items() if name != "Code"}
        lower["sessionToken"] = lower.pop("token")
        return http(200, json.dumps({"credentials": lower}))
    return http(200, json.dumps(keys))


class Capture:
    """Records the packets on loopback."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))  # ETH_P_ALL
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 24)
        self._socket.setblocking(False)
        self._begun: set[Target] = set()

    def take(self) -> set[Target]:
        """ret: the connections and datagrams that began since the last call. The kernel queues a packet when it is
        sent, so all packets of a program that has ended are included."""
        packets = []
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, (_, kind, way, *_) = self._socket.recvfrom(65536)
                if way == OUTGOING:
                    packets.append((kind, packet))
        found = targets(packets, self._begun)
        self._begun |= found
        return found


def targets(packets: list[tuple[int, bytes]], begun: set[Target] = frozenset()) -> set[Target]:
    """in: packets: EtherType and bytes; begun: the targets found before. ret: the targets of TCP connections that
    began, and of datagrams that are no answers to others"""
    found: set[Target] = set()
    for kind, packet in packets:
        if kind not in (0x0800, 0x86DD):  # ARP
            continue
        four = kind == 0x0800
        protocol = packet[9] if four else packet[6]
        source, to = ((packet[12:16], packet[16:20]) if four else (packet[8:24], packet[24:40]))
        inner = packet[(packet[0] & 15) * 4 :] if four else packet[40:]
        source, to = str(ip_address(source)), str(ip_address(to))
        ports = struct.unpack(">HH", inner[:4])
        if protocol == 6:
            if inner[13] & 0x12 == 0x02:  # SYN without ACK
                found.add(("tcp", to, ports[1]))
        elif protocol == 17:
            if ("udp", source, ports[0]) not in found | begun:
                found.add(("udp", to, ports[1]))
        elif not (protocol == 1 and inner[0] == 3) and not (protocol == 58 and inner[0] == 1):
            found.add((f"protocol {protocol}", to, 0))  # not ICMP's "unreachable", which the kernel sends
    return found


def lay_network(folder: Path) -> str:
    """Makes every address an address of this computer, and our resolver the DNS server.
    ret: the command that failed; empty: none did"""
    (folder / "resolv.conf").write_text(f"nameserver {RESOLVER}\n", encoding="ascii")
    (folder / "nsswitch.conf").write_text("hosts: files dns\n", encoding="ascii")
    commands = ["ip link set lo up", "ip route add local default dev lo", "ip -6 route add local default dev lo"]
    commands += [f"mount --bind {folder}/{name} {os.path.realpath(f'/etc/{name}')}"
                 for name in ("resolv.conf", "nsswitch.conf")]
    for command in commands:
        done = subprocess.run(command.split(), capture_output=True, text=True)
        if done.returncode != 0:
            return f"{command}: {done.stderr}"
    return ""


@dataclass
class Bench:
    binary: str
    missing: str  # why there is no network namespace; empty: there is one
    board: tuple[str, str] | None  # the folder of the CAs that it trusts, and its image
    names: Names = field(default_factory=Names)
    capture: Capture | None = None
    authority: certs.Authority | None = None

    def needs_network(self) -> None:
        if self.missing:
            raise Skipped(f"no network namespace: {self.missing}")

    @contextlib.contextmanager
    def served(self, authority: certs.Authority) -> Iterator[None]:
        """Runs every server of the table, with certificates of this authority."""
        tls = certs.server_context(authority.leaf("addresses"))
        listeners = [("0.0.0.0", 443, tls), ("0.0.0.0", 8443, tls), ("0.0.0.0", 80, None), ("::", 80, None),
                 ("0.0.0.0", 8080, None), ("0.0.0.0", 3128, None)]
        with contextlib.ExitStack() as stack:
            for host, port, context in listeners:
                stack.enter_context(AnyServer(host, port, context, tls))
            yield

    def named(self, found: set[Target]) -> set[Target]:
        """ret: the targets, with names in place of the addresses that our DNS server gave"""
        names = {address: name for name, address in self.names.addresses.items()}
        return {(protocol, names.get(host, host), port) for protocol, host, port in found}


def judge(call: Call, seen: set[Target]) -> None:
    rows, wanted = table(), set().union(*call.reaches.values())
    for whom, reached in call.reaches.items():
        want(whom in rows, "a row of SECURITY.md", whom)
        for target in reached:
            want(rows[whom].fits(target), f"what SECURITY.md says of {whom}", target)
    want(seen == wanted, f"{sorted(wanted)} and nothing else", sorted(seen))


def talks_to(bench: Bench, call: Call) -> None:
    bench.needs_network()
    bench.names.addresses.clear()
    bench.capture.take()
    with running.scratch("addresses") as home, bench.served(bench.authority):
        env = {"HOME": str(home), "TMPDIR": str(home), "AWS_CA_BUNDLE": str(bench.authority.ca), **call.env}
        if "AWS_IOT_CORE_ROLE_ALIAS" in env:
            leaf = certs.Authority(home).leaf("good")
            env |= {"AWS_IOT_CORE_CERT": str(leaf.chain), "AWS_IOT_CORE_PRIVATE_KEY": str(leaf.key)}
        before = listing(home)
        options = {**dict(zip(IDS[::2], IDS[1::2])), **call.options}
        words = [word for option in options.items() for word in option if word]
        answer = scripted.Bench(bench.binary).run(*words, env=env, shell='cd "$HOME"; exec "$@"')
        want(answer.code == call.code, f"exit {call.code}", answer)
        want(listing(home) == before, "no file is written", listing(home))
    judge(call, bench.named(bench.capture.take()))
    names = {host for _, host, _ in set().union(*call.reaches.values()) if not is_address(host)}
    want(set(bench.names.addresses) == names, f"names {names} only", bench.names.addresses)


def listing(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def is_address(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return bool(ip_address(host))
    return False


for each in CALLS:
    CASES.add(f"connects only where SECURITY.md says: {each.name}", functools.partial(talks_to, call=each))


@CASES.case("connects only where SECURITY.md says: a board")
def board_talks_to(bench: Bench) -> None:
    bench.needs_network()
    if not bench.board:
        raise Skipped("there is no image")
    trust, image = bench.board
    bench.names.addresses.clear()

    class Around:
        def settings(self) -> dict[str, str]:
            return {"sntp": CLOCK, "region": REGION}

    with running.scratch("addresses") as folder:
        packets = folder / "packets"
        with bench.served(certs.Authority.kept(Path(trust), "ec", folder)), Time():
            board = device.Board(image, Around(), packets=str(packets))
            answer = board.run(service.Credentials(scripted.KEY_ID, scripted.SECRET, scripted.TOKEN),
                               {"application-id": scripted.APPLICATION, "job-run-id": scripted.JOB})
        want(answer.code == 0, "exit 0", answer)
        seen = targets(list(sent_by_board(packets.read_bytes())))
    judge(Call("a board", ON_BOARD), bench.named(seen))


def sent_by_board(pcap: bytes) -> Iterator[tuple[int, bytes]]:
    """ret: EtherType and packet of each frame that the board sent, from a file in libpcap's format"""
    order = "<" if pcap[:4] == b"\xd4\xc3\xb2\xa1" else ">"
    at = 24
    while at < len(pcap):
        size = struct.unpack(order + "I", pcap[at + 8 : at + 12])[0]
        frame = pcap[at + 16 : at + 16 + size]
        if frame[6:12] == BOARD_MAC:
            yield int.from_bytes(frame[12:14], "big"), frame[14:]
        at += 16 + size


@CASES.case("each row of SECURITY.md is reached by a call")
def each_row(bench: Bench) -> None:
    rows = set(table())
    reached = {whom for call in CALLS for whom in call.reaches} | set(ON_BOARD)
    want(len(rows) > 10, "a table with more than 10 rows", rows)
    want(rows == reached, "a call for each row, and no other", rows ^ reached)


@CASES.case("a connection to an address that is not in the table is found")
def outside_is_found(bench: Bench) -> None:
    bench.needs_network()
    bench.capture.take()
    program = """import socket
for kind, host, port in ((1, "203.0.113.9", 4444), (2, "203.0.113.9", 5555), (1, "2001:db8::9", 6666)):
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as s:
        s.connect_ex((host, port))
        if kind == 2: s.send(b"x")
"""
    subprocess.run([sys.executable, "-c", program], check=True)
    seen = bench.capture.take()
    want(seen == {("tcp", "203.0.113.9", 4444), ("udp", "203.0.113.9", 5555), ("tcp", "2001:db8::9", 6666)},
         "the three addresses", seen)
    with contextlib.suppress(Failed):
        judge(Call("wide", TO_SERVICE), seen | {("tcp", SERVICE, 443), ("udp", RESOLVER, 53)})
        raise AssertionError("these addresses were not found")


@CASES.case("the command cannot listen, and makes, renames and removes no file")
def imports(bench: Bench) -> None:
    listed = subprocess.check_output(["nm", "-D", "--undefined-only", bench.binary], text=True)
    names = {line.split()[-1].partition("@")[0] for line in listed.splitlines()}
    want("connect" in names, "the symbols of the command", names)
    bad = {"listen", "accept", "accept4", "bind", "creat", "mkdir", "mkstemp", "tmpfile", "rename", "unlink",
           "remove", "link", "symlink", "truncate", "ftruncate"}
    want(not bad & names, "none of these functions", bad & names)


# The program


def inside(binary: str, board: tuple[str, str] | None, missing: str) -> bool:
    certs.RECIPES["addresses"] = replace(certs.RECIPES["good"], names=NAMES)
    with running.scratch("addresses") as folder, contextlib.ExitStack() as stack:
        bench = Bench(str(Path(binary).resolve()), missing or lay_network(folder), board)
        if not bench.missing:
            bench.authority, bench.capture = certs.Authority(folder), Capture()
            stack.enter_context(bench.names)
            stack.enter_context(NamesByTcp(bench.names))
        return CASES.run(bench)


def run(binary: str, trust: str = "", image: str = "") -> bool:
    """Starts this program again inside a network namespace, and there runs the cases."""
    board = (trust, image) if image and Path(image).exists() else None
    if os.environ.get(INSIDE):
        return inside(binary, board, "")
    wrap = ["unshare", "--net", "--mount", *(() if os.geteuid() == 0 else ("--map-root-user",))]
    with contextlib.suppress(OSError):
        if subprocess.run([*wrap, "true"], capture_output=True).returncode == 0:
            os.environ[INSIDE] = "yes"
            os.execvp(wrap[0], [*wrap, sys.executable, *sys.argv])
    return inside(binary, board, "unshare cannot make one here")


if __name__ == "__main__":
    tap.main("test_addresses.py EMRS_BINARY [TRUST_FOLDER] [IMAGE]", run)
