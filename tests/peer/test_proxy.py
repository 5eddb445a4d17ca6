#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests emrs with an HTTP proxy: what the proxy receives, what each of its answers leads to, for which
hosts it is used, and which CA bundle is trusted.

    test_proxy.py EMRS_BINARY CHOOSER_BINARY [SEED]

CHOOSER_BINARY is chooser.c, which prints the proxy that the command chooses, one line per environment.
On random values it is compared with botocore, which is AWS CLI's library, and urllib3, which botocore
uses. These differences are intended:

- hosts of this machine or link never go through a proxy: LOCAL below;
- an entry of NO_PROXY may be an address or a network (10.0.0.0/8), and is compared with the address
  of the endpoint, however that is written; `*` is valid beside other entries too; an entry with the
  scheme's default port matches a URL without a port; a final dot in a name is ignored;
- what botocore cannot use, or reads in a surprising way, is an error: REFUSED below;
- a user without a password is sent too. Bytes beyond ASCII are sent as they are.
"""
from __future__ import annotations

import base64
import contextlib
import ipaddress
import os
import random
import signal
import socket
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock
from urllib.parse import quote

sys.dont_write_bytecode = True

from botocore.httpsession import ProxyConfiguration  # noqa: E402
from botocore.utils import get_environ_proxies  # noqa: E402
from urllib3.util import parse_url  # noqa: E402

import certs  # noqa: E402
import proxy  # noqa: E402
import scripted  # noqa: E402
import sides  # noqa: E402
import tap  # noqa: E402
from running import NOTHING_SENT, UNKNOWN, leak, scratch  # noqa: E402
from scripted import (  # noqa: E402
    AS_JSON, IDS, LEAK_SIZE, SESSION, Answer, Script, refusing_place, says,
    stays_silent,
)
from tap import want  # noqa: E402
from tls_server import GOOD, Server, answers  # noqa: E402

WORKERS = 6
CHOICE_COUNT = 20_000
HOST = certs.BOARD_NAME  # only the proxy can resolve it
USER, PASSWORD = "gateway", "correct horse/battery@staple%"
LOGIN = f"{USER}:{PASSWORD}"
URL_LOGIN = f"{USER}:{quote(PASSWORD, safe='')}"
THRICE = {"AWS_MAX_ATTEMPTS": "3"}

CASES = tap.Cases()
case, each = CASES.case, CASES.each


@dataclass(frozen=True)
class Bench:
    emrs: scripted.Bench
    chooser: str
    folder: Path
    authority: certs.Authority
    stranger: certs.Authority  # the CA of a proxy that inspects TLS
    random: random.Random

    def run(self, url: str, *options: str, env: dict | None = None,
            heads: list[bytes] | None = None) -> Answer:
        """Runs emrs, which trusts our CA, and checks that nothing of the proxy's password is printed."""
        env = {**SESSION, "AWS_CA_BUNDLE": str(self.authority.ca), **(env or {})}
        answer = self.emrs.run(*IDS, "--endpoint-url", url, *options, env=env, heads=heads)
        encoded = base64.b64encode(LOGIN.encode()).decode()
        for secret in (PASSWORD, quote(PASSWORD, safe=""), encoded):
            shown = leak(secret.encode(), answer.out + answer.err, LEAK_SIZE)
            want(not shown, "nothing of the proxy's password", (shown, answer))
        return answer

    @contextlib.contextmanager
    def service(self) -> Iterator[Server]:
        with Server(answers(), certs.server_context(self.authority.leaf("good"))) as server:
            yield server

    def choose(self, questions: list[Choice]) -> list[str]:
        return sides.ask([self.chooser], [question.line() for question in questions])


def want_accepted(answer: Answer) -> None:
    want(answer.code == 0 and answer.out == AS_JSON, "accepted", answer)


def want_failed(answer: Answer, code: int, *texts: str) -> None:
    shown = answer.err.decode()
    want(answer.code == code, f"exit {code}", answer)
    for text in (*texts, *([NOTHING_SENT] if code == 255 else [])):
        want(text in shown, text, answer)


# Through a proxy


@case("a call goes through the proxy, which alone can resolve the host's name")
def through(bench: Bench) -> None:
    with bench.service() as service, scripted.Server(proxy.tunnels(service.port)) as ours:
        url = f"https://{HOST}:{service.port}"
        answer = bench.run(url, "--debug", env={"https_proxy": f"http://{ours.place}"})
        want_accepted(answer)
        to = f"{HOST}:{service.port}"
        wanted = f"CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n\r\n".encode()
        want(ours.heads == [wanted], "one CONNECT", ours.heads)
        want(service.seen[0].name == HOST, "the host's name in TLS", service.seen[0].name)
        want(service.seen[0].request.startswith(b"DELETE /"), "the request", service.seen[0])
    told = f"proxy: 127.0.0.1 port {ours.port} (https_proxy)"
    want(any(line.endswith(told) for line in answer.lines), told, answer)


@case("CONNECT names the port even if it is 443")
def default_port(bench: Bench) -> None:
    with bench.service() as service, scripted.Server(proxy.tunnels(service.port)) as ours:
        answer = bench.run(f"https://{HOST}", env={"https_proxy": f"http://{ours.place}"})
        want_accepted(answer)
        want(ours.heads[0].startswith(f"CONNECT {HOST}:443 ".encode()), "443", ours.heads)


@case("user and password are decoded, sent to the proxy alone, and never shown")
def login(bench: Bench) -> None:
    with bench.service() as service:
        with scripted.Server(proxy.asks(LOGIN, proxy.tunnels(service.port))) as ours:
            env = {"https_proxy": f"http://{URL_LOGIN}@{ours.place}"}
            answer = bench.run(f"https://{HOST}:{service.port}", "--debug", env=env)
            want_accepted(answer)
            want(proxy.login_of(ours.heads[0]) == LOGIN, "user and password", ours.heads)
        want(b"roxy-" not in service.seen[0].request, "no header of a proxy", service.seen[0])
    want(b"with user and password" in answer.err, "that a user and a password are used", answer)


# {} is the address of a proxy that connects to the service, {wrong} of one that must get no connection.
SETTINGS = [
    ("HTTPS_PROXY", {"HTTPS_PROXY": "http://{}"}),
    ("https_proxy before HTTPS_PROXY", {"https_proxy": "http://{}", "HTTPS_PROXY": "http://{wrong}"}),
    ("an empty https_proxy: HTTPS_PROXY is ignored, and no proxy is used",
     {"https_proxy": "", "HTTPS_PROXY": "http://{wrong}"}),
    ("no scheme", {"https_proxy": "{}"}),
    ("two slashes", {"https_proxy": "//{}"}),
    ("a slash at the end", {"https_proxy": "http://{}/"}),
    ("HTTP in upper case", {"https_proxy": "HTTP://{}"}),
    ("neither HTTP_PROXY nor ALL_PROXY", {"http_proxy": "http://{wrong}", "HTTP_PROXY": "http://{wrong}",
     "all_proxy": "http://{wrong}", "ALL_PROXY": "http://{wrong}"}),
    ("NO_PROXY with another host", {"https_proxy": "http://{}", "NO_PROXY": "a.b,host,10.0.0.0/8"}),
    ("no_proxy before NO_PROXY", {"https_proxy": "http://{}", "no_proxy": "x", "NO_PROXY": "*"}),
]


@each("the proxy is found", SETTINGS)
def found(bench: Bench, env: dict) -> None:
    with bench.service() as service, scripted.Server() as wrong:
        with scripted.Server(proxy.tunnels(service.port)) as ours:
            env = {name: value.replace("{wrong}", wrong.place).replace("{}", ours.place)
                   for name, value in env.items()}
            answer = bench.run(f"https://{HOST}:{service.port}", env=env)
            used = any(ours.place in value for value in env.values())
            want(len(ours.heads) == used, "the right proxy, once", (ours.heads, answer))
            want(wrong.connections() == 0, "the wrong one, never", wrong.heads)
    if used:
        want_accepted(answer)
    else:
        want_failed(answer, 255, "could not resolve the host")


@case("Debian's tinyproxy connects to the service, with user and password")
def tinyproxy(bench: Bench) -> None:
    with bench.service() as service, scratch("tinyproxy") as folder:
        with proxy.tinyproxy(folder, HOST, f"BasicAuth {USER} hunter22") as port:
            url = f"https://{HOST}:{service.port}"
            for user, code in ((f"{USER}:hunter22@", 0), (f"{USER}:hunter23@", 255), ("", 255)):
                env = {"https_proxy": f"http://{user}127.0.0.1:{port}"}
                answer = bench.run(url, env=env)
                want(answer.code == code, f"exit {code}", answer)
                if code != 0:  # tinyproxy 1.11 answers 407 without user and password, and 401 if they are wrong
                    want_failed(answer, 255, "the proxy wants a user and a password (40",
                                "Check user and password" if user else "offers Basic.")
        want(len(service.seen) == 1, "one connection to the service", service.seen)


@case("Debian's tinyproxy refuses a port, and cannot reach a service")
def tinyproxy_refuses(bench: Bench) -> None:
    with refusing_place() as place, scratch("tinyproxy") as folder:
        port = place.rpartition(":")[2]
        with proxy.tinyproxy(folder, HOST, f"ConnectPort {port}") as proxy_port:
            env = {"https_proxy": f"http://127.0.0.1:{proxy_port}"}
            refused = bench.run(f"https://{HOST}:1", env=env)
            failed = bench.run(f"https://{HOST}:{port}", env=env)
    want_failed(refused, 255, "the proxy refuses this host (403)")
    want_failed(failed, 255, "the proxy did not connect to the host (500)")


# Answers of a proxy: its script; whether the URL has user and password; how many requests it gets in
# three attempts; what is printed
FAILED = "could not connect: https://emr-serverless.test"
BROKEN = "the proxy did not connect to the host"
REFUSES = "the proxy refuses this host"
ASKS = "the proxy wants a user and a password (407)"
ANSWERS: list[tuple[str, Script, bool, int, tuple[str, ...]]] = [
    ("407 of HTTP/1.0", proxy.asks(LOGIN, stays_silent), False, 1,
     (ASKS, "Next: Put user and password into https_proxy: ", "The proxy offers Basic.")),
    ("407 to user and password", proxy.asks("another", stays_silent), True, 1,
     (ASKS, "Next: Check user and password in https_proxy: the proxy refused them.")),
    ("401 to user and password", says(proxy.refusal("401 Unauthorized")), True, 1,
     (ASKS.replace("407", "401"), "Next: Check user and password in https_proxy: the proxy refused them.")),
    ("407 with NTLM alone", says(proxy.refusal("407 x", "Proxy-Authenticate: NTLM",
                                               "Proxy-Authenticate: Negotiate")), True, 1,
     (ASKS, "Next: Put a local proxy in between that supports Negotiate, NTLM: ",
      "emrs supports only Basic")),
    ("407 without a scheme", says(proxy.refusal("407 x")), False, 1,
     (ASKS, "does not say in which scheme")),
    ("407 with terminal control bytes, and the password",
     says(proxy.refusal(f"407 {PASSWORD}", f"Proxy-Authenticate: \x1b[2J{PASSWORD}")), True, 1,
     (ASKS, "an unknown scheme")),
    ("403", says(proxy.refusal("403 Filtered")), False, 1,
     (f"{REFUSES} (403)", "Change the proxy's rules, or go around it", "put the endpoint's host into no_proxy")),
    ("302 to a page", says(proxy.refusal("302 Found", "Location: http://127.0.0.1/")), False, 1,
     (f"{REFUSES} (302)",)),
    ("502", says(proxy.refusal("502 Bad Gateway")), False, 3,
     (FAILED, f"{BROKEN} (502)", "Attempts: 3.", "Check the proxy.")),
    ("an end without an answer", says(b""), False, 3, (FAILED, f"{BROKEN} (0)")),
    ("another protocol", says(b"SSH-2.0-OpenSSH_9.2\r\n"), False, 3, (FAILED, f"{BROKEN} (0)")),
    ("a head without an end", says(b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 5000), False, 3,
     (FAILED, f"{BROKEN} (0)")),
    ("bytes after its answer", says(proxy.ESTABLISHED + b"x"), False, 3, (FAILED, f"{BROKEN} (200)")),
]


@each("the proxy answers", ANSWERS)
def refuses(bench: Bench, script: Script, has_login: bool, count: int, texts: tuple) -> None:
    with scripted.Server(script) as ours:
        user = f"{URL_LOGIN}@" if has_login else ""
        env = {**THRICE, "https_proxy": f"http://{user}{ours.place}"}
        answer = bench.run(f"https://{HOST}", "--debug", env=env, heads=ours.heads)
        want_failed(answer, 255, *texts)
        want(len(ours.heads) == count, f"asked {count} times", ours.heads)


HANGS = [("at once", stays_silent), ("in its answer", proxy.half(proxy.ESTABLISHED))]


@each("a proxy that hangs: the call ends in time", HANGS)
def hangs(bench: Bench, script: Script) -> None:
    with scripted.Server(script) as ours:
        env = {"https_proxy": f"http://{ours.place}"}
        answer = bench.run(f"https://{HOST}", "--cli-connect-timeout", "1", env=env)
    want_failed(answer, 255, "timed out while ", "Next: Check the proxy 127.0.0.1 port ")


@case("Ctrl-C while a proxy hangs: exit 130")
def interrupted(bench: Bench) -> None:
    with scripted.Server(stays_silent) as ours:
        env = {**SESSION, "https_proxy": f"http://{URL_LOGIN}@{ours.place}"}
        child = bench.emrs.start(*IDS, "--endpoint-url", f"https://{HOST}", env=env)
        try:
            want(ours.arrived.wait(scripted.RUN_S), "a CONNECT", ours.heads)
        finally:
            child.send_signal(signal.SIGINT)
            answer = scripted.finish(child)
    want(answer.code == 130 and NOTHING_SENT in answer.err.decode(), "130, nothing sent", answer)


@case("a proxy whose answer comes byte by byte")
def drips(bench: Bench) -> None:
    with bench.service() as service, scripted.Server(proxy.drips_head(service.port)) as ours:
        env = {"https_proxy": f"http://{ours.place}"}
        want_accepted(bench.run(f"https://{HOST}:{service.port}", env=env))


@case("a proxy that cannot be reached is named, and not the region")
def unreachable(bench: Bench) -> None:
    with refusing_place() as place:
        answer = bench.run(f"https://{HOST}", env={"HTTPS_PROXY": f"http://{place}"})
        want_failed(answer, 255, "the connection was refused", "(HTTPS_PROXY)")
    unknown = bench.run(f"https://{HOST}", env={"HTTPS_PROXY": "http://proxy.invalid:3128"})
    want_failed(unknown, 255, "Next: Check the proxy proxy.invalid port 3128 (HTTPS_PROXY)")
    for answer in (answer, unknown):
        want(b"region" not in answer.err, "no hint about the region", answer)


@case("a proxy that inspects TLS is refused until its CA is trusted")
def inspected(bench: Bench) -> None:
    context = certs.server_context(bench.stranger.leaf("good"))
    with scripted.Server(proxy.inspects(context, GOOD)) as ours:
        env = {"https_proxy": f"http://{ours.place}"}
        refused = bench.run(f"https://{HOST}", env=env)
        trusted = bench.run(f"https://{HOST}", env={**env, "AWS_CA_BUNDLE": str(bench.stranger.ca)})
    want_failed(refused, 255, "certificate issued by an unknown CA",
                "Next: The proxy may inspect TLS: name its CA with AWS_CA_BUNDLE")
    want_accepted(trusted)


@case("a certificate of an unknown CA without a proxy: no hint about a proxy")
def no_proxy_hint(bench: Bench) -> None:
    context = certs.server_context(bench.stranger.leaf("good"))
    with Server(answers(), context) as service:
        answer = bench.run(f"https://localhost:{service.port}")
    want_failed(answer, 255, "certificate issued by an unknown CA")
    want(b"proxy" not in answer.err, "no hint about a proxy", answer)


@case("a reset after the request, through a proxy: the effect is unknown")
def lost(bench: Bench) -> None:
    with Server(lambda peer: (peer.shake(), peer.read_request(), peer.reset()),
                certs.server_context(bench.authority.leaf("good"))) as service:
        with scripted.Server(proxy.tunnels(service.port)) as ours:
            answer = bench.run(f"https://{HOST}:{service.port}",
                               env={"https_proxy": f"http://{ours.place}"})
    want(answer.code == 255 and UNKNOWN in answer.err.decode(), "unknown", answer)


# Connections without the proxy

HERE = ["127.0.0.1", "127.0.0.2", "127.1", "localhost", "LOCALHOST", "::1"]


@each("a proxy that is set is not used for", [(name, name) for name in HERE])
def local(bench: Bench, host: str) -> None:
    with scripted.Server() as ours, refusing_place() as place:
        literal = f"[{host}]" if ":" in host else host
        url = f"https://{literal}:{place.rpartition(':')[2]}"
        env = {"https_proxy": f"http://{ours.place}", "HTTPS_PROXY": f"http://{ours.place}"}
        answer = bench.run(url, "--debug", env=env)
        want(ours.connections() == 0, "no connection to the proxy", ours.heads)
    want_failed(answer, 255, "no proxy is used: the host is this machine, or its address is link-local")


@case("a proxy that is set is not used for plain http, --dry-run and the hosts of no_proxy")
def past(bench: Bench) -> None:
    with bench.service() as service, scripted.Server() as ours, scripted.Server() as plain:
        env = {"https_proxy": f"http://{ours.place}", "http_proxy": f"http://{ours.place}"}
        want_accepted(bench.run(plain.url, env=env))
        dry = bench.run(f"https://{HOST}", "--dry-run", env={"https_proxy": "nonsense://"})
        want(dry.code == 0, "exit 0", dry)
        answer = bench.run(f"https://{HOST}:{service.port}", "--debug",
                           env={**env, "no_proxy": f"a.b, {HOST}"})
        want(ours.connections() == 0, "no connection to the proxy", ours.heads)
    want_failed(answer, 255, "no proxy is used: no_proxy", "could not resolve the host")


# Invalid values

LONG = "x" * 600
REFUSED = [  # the value, what is printed
    ("https://127.0.0.1:9", "only http:// is supported"),
    (f"socks5h://{URL_LOGIN}@127.0.0.1:9", "only http:// is supported"),
    (f"{URL_LOGIN}://127.0.0.1:9", "only http:// is supported"),
    ("http://", "its host is missing"),
    (f"http://{URL_LOGIN}@", "its host is missing"),
    ("http://:3128", "its host is missing"),
    ("http://pro xy:3128", "its host is missing"),
    ("http://proxy:3128 ", "its port is not a number"),
    ("http://::1:3128", "its host is missing"),
    ("http://[::1", "its host is missing"),
    ("http://[proxy]:3128", "its host is missing"),
    ("http://[127.0.0.1]:3128", "its host is missing"),
    (f"http://{LONG}:3128", "its host is missing, too long"),
    ("http://proxy:0", "its port is not a number"),
    ("http://proxy:65536", "its port is not a number"),
    ("http://proxy:4294967424", "its port is not a number"),
    ("http://proxy:x", "its port is not a number"),
    (f"http://{USER}:{PASSWORD}@proxy:3128", "its port is not a number"),
    ("http://proxy:3128/path", "something follows its host and port"),
    ("http://proxy:3128?a", "something follows its host and port"),
    ("http://proxy/#", "something follows its host and port"),
    ("http://u:p%@proxy", "in user and password two hex digits must follow each %"),
    ("http://u:p%2@proxy", "in user and password two hex digits must follow each %"),
    ("http://u%zz:p@proxy", "in user and password two hex digits must follow each %"),
    ("http://u%3Av:p@proxy", "its user has a colon"),
    (f"http://u:{LONG}@proxy", "its user and password are longer than 511 bytes"),
]


@each("a proxy that cannot be used, exit 253", [(value[:50], value, text) for value, text in REFUSED])
def wrong(bench: Bench, value: str, text: str) -> None:
    for name in ("https_proxy", "HTTPS_PROXY"):
        answer = bench.run(f"https://{HOST}", env={name: value})
        want_failed(answer, 253, f"emrs: {name} cannot be used: {text}", "Nothing was sent.")
        want(b"proxy:3128" not in answer.err, "the value is not repeated", answer)
    unused = bench.run("https://127.0.0.1:9", env={"https_proxy": value})
    want(b"cannot be used" not in unused.err, "no error where it is not used", unused)


# The CA bundle that is trusted is the first of these that is set

BUNDLES = ["--ca-bundle", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"]


def run_with(bench: Bench, port: int, files: dict[str, str | Path]) -> Answer:
    option = ("--ca-bundle", str(files["--ca-bundle"])) if "--ca-bundle" in files else ()
    env = {"AWS_CA_BUNDLE": "", **{name: str(path) for name, path in files.items() if name[0] != "-"}}
    return bench.run(f"https://localhost:{port}", *option, env=env)


@case("the first CA bundle of the option and the variables is trusted, and no other")
def bundles(bench: Bench) -> None:
    with bench.service() as service:
        for at, name in enumerate(BUNDLES):
            later = dict.fromkeys(BUNDLES[at + 1 :], bench.stranger.ca)
            want_accepted(run_with(bench, service.port, {name: bench.authority.ca, **later}))
            later = dict.fromkeys(BUNDLES[at + 1 :], bench.authority.ca)
            answer = run_with(bench, service.port, {name: bench.stranger.ca, **later})
            want_failed(answer, 255, "certificate issued by an unknown CA")
        answer = run_with(bench, service.port, {})
        want_failed(answer, 255, "certificate issued by an unknown CA")  # the system's bundle is used


@case("a CA bundle that cannot be used is an error, or a warning if it is OpenSSL's or curl's")
def bad_bundles(bench: Bench) -> None:
    with bench.service() as service:
        for at, name in enumerate(BUNDLES):
            later = dict.fromkeys(BUNDLES[at + 1 :], bench.authority.ca)
            answer = run_with(bench, service.port, {name: "/no/such", **later})
            if name not in ("SSL_CERT_FILE", "CURL_CA_BUNDLE"):
                want_failed(answer, 253, f"CA bundle ({name} '/no/such') cannot be used: No such file")
                continue
            warning = f"emrs: {name} cannot be used: No such file or directory: it is ignored"
            want(answer.error == warning, warning, answer)
            want(answer.code == (0 if later else 255), "the next one", answer)
        answer = run_with(bench, service.port, {"SSL_CERT_FILE": "/"})
        want_failed(answer, 255, "it is a directory", "certificate issued by an unknown CA")


# The choice, compared with botocore

# RFC 1122, section 3.2.1.3; RFC 3927; RFC 4291, sections 2.5.2, 2.5.3 and 2.5.6; AWS's addresses of
# metadata and credentials: fd00:ec2::254, ::253 and ::23 (169.254.* are link-local).
LOCAL = [ipaddress.ip_network(text) for text in (
    "127.0.0.0/8", "0.0.0.0/8", "169.254.0.0/16", "::1/128", "::/128", "fe80::/10", "fd00:ec2::/32")]


@dataclass(frozen=True)
class Choice:
    host: str
    port: int = 443
    https_proxy: str | None = None
    HTTPS_PROXY: str | None = None
    no_proxy: str | None = None
    NO_PROXY: str | None = None

    def environment(self) -> dict[str, str]:
        names = ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY")
        values = {name: getattr(self, name) for name in names}
        return {name: value for name, value in values.items() if value is not None}

    def line(self) -> str:
        names = ("https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY")
        values = ["-" if getattr(self, name) is None else f"={getattr(self, name)}" for name in names]
        return "\t".join([self.host, str(self.port), *values])

    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host.removesuffix(".")
        return f"https://{host}" + (f":{self.port}" if self.port != 443 else "")

    def exceptions(self) -> str:
        return (self.no_proxy if self.no_proxy is not None else self.NO_PROXY) or ""


def address_of(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        try:
            return ipaddress.IPv4Address(socket.inet_aton(text))  # 127.1, 0x7f000001
        except OSError:
            return None
    return getattr(address, "ipv4_mapped", None) or address


def covers(entry: str, choice: Choice) -> bool:
    """Whether an entry of NO_PROXY matches by a rule that botocore does not have."""
    place, colon, port = entry.rpartition(":")
    if not colon or (":" in place and not place.endswith("]")):
        place, port = entry, str(choice.port)
    if not port.isdigit() or int(port) != choice.port:
        return entry == "*"
    host, name = choice.host.removesuffix("."), place.lstrip(".").removesuffix(".").lower()
    if entry == "*" or (name and f".{host.lower()}".endswith(f".{name}")):
        return True
    address = address_of(choice.host)
    try:
        first, slash, bits = place.partition("/")
        network = ipaddress.ip_network(first.strip("[]") + slash + bits, strict=False)
    except ValueError:
        return False
    if network.version == 6 and network.prefixlen >= 96 and network.network_address.ipv4_mapped:
        network = ipaddress.ip_network(
            (network.network_address.ipv4_mapped, network.prefixlen - 96), strict=False)
    return address is not None and address in network


def is_local(host: str) -> bool:
    name = host.removesuffix(".").lower()
    address = address_of(name)
    return name == "localhost" or name.endswith(".localhost") or (
        address is not None and any(address in network for network in LOCAL))


def theirs(choice: Choice) -> str:
    """botocore's choice, with the intended differences."""
    with mock.patch.dict(os.environ, choice.environment(), clear=True):
        proxies = get_environ_proxies(choice.url())
    more = [entry for entry in choice.exceptions().split(",") if covers(entry.strip(), choice)]
    configuration = ProxyConfiguration(proxies)
    url = configuration.proxy_url_for(choice.url())
    if url is None or more or is_local(choice.host):
        return "direct"
    parsed = parse_url(url)
    header = configuration.proxy_headers_for(url).get("Proxy-Authorization")
    login = f" {base64.b64decode(header.split()[1]).decode()}" if header else ""
    return f"proxy {parsed.host.strip('[]')} {parsed.port or 80}{login}"


HOSTS = ["emr-serverless.us-east-1.amazonaws.com", "vpce-1.emr.example.com", "a.b", "host",
         "10.1.2.3", "192.0.2.77", "2001:db8::7", "2001:db8:0:0::7", "::ffff:10.1.2.3", "example.com."]
LOCAL_HOSTS = ["localhost", "Localhost.", "a.localhost", "127.0.0.1", "127.8.9.1", "127.1", "0x7f.1",
               "2130706433", "0177.0.0.1", "0.0.0.0", "::1", "::", "0:0::1", "::ffff:127.0.0.1",
               "169.254.169.254", "169.254.170.2", "169.254.170.23", "2852039166", "fe80::1",
               "127.0.0.1.", "fe80::1%eth0", "febf::1", "fd00:ec2::254", "fd00:ec2::23", "fd00:ec2:0:0::253"]
NEAR_LOCAL = ["126.255.255.255", "128.0.0.1", "169.253.1.1", "169.255.1.1", "1.0.0.1", "::2", "fec0::1",
              "fe7f::1", "fd00:ec1::23", "fd00:ec3::23", "localhost.example", "alocalhost", "127.0.0.1.example"]
NETWORKS = ["10.0.0.0/8", "10.1.2.3", "10.1.2.3/32", "10.1.2.2/31", "10.1.2.4/30", "0.0.0.0/0", "::/0",
            "192.0.2.64/26", "192.0.2.78/31", "192.0.2.77/33", "2001:db8::/32", "[2001:db8::7]",
            "2001:db8::7", "[2001:DB8::]/64", "2001:db8::8/125", "2001:db8::8/129", "10.1.2.3/", "10.1/16",
            "::ffff:10.0.0.0/104", "[2001:db8::7]:443", "[2001:db8::7]:8443", "10.1.2.3:443", "/8", "10.1.2.3/8x"]


def some_entry(dice: random.Random) -> str:
    kind = dice.randrange(8)
    if kind == 0:
        return dice.choice(NETWORKS)
    if kind == 1:
        return dice.choice(["", "*", " ", "*.example.com", "com", "xample.com", "2.3", ":443", "a.b:", ":"])
    host = dice.choice(HOSTS)
    labels = host.split(".")
    name = ".".join(labels[dice.randrange(len(labels)) :]) if kind < 6 else host
    name = dice.choice([name, name.upper(), f".{name}", f"..{name}", f"{name}."])
    return name + dice.choice(["", "", "", ":443", ":8443", ":44", ":0443"])


def some_list(dice: random.Random) -> str | None:
    if dice.random() < 0.2:
        return None
    entries = [some_entry(dice) for _ in range(dice.randrange(4))]
    return ",".join(dice.choice(["", " ", "\v"][: 1 + (dice.random() < 0.2) * 2]) + entry + dice.choice(["", "", " "])
                    for entry in entries)


def some_proxy(dice: random.Random) -> str | None:
    if dice.random() < 0.1:
        return dice.choice([None, ""])
    letters = string.ascii_letters + string.digits + "!$&'()*+,;=-._~%:@/?#[] "
    password = quote("".join(dice.choices(letters, k=dice.randint(1, 20))), safe=dice.choice(["", "@:!$&'"]))
    user = quote("".join(dice.choices(letters.replace(":", ""), k=dice.randint(1, 20))), safe="")
    login = dice.choice(["", f"{user}:{password}@"])
    host = dice.choice(["proxy", "proxy.example.com", "192.0.2.1", "[2001:db8::99]", "127.0.0.1", "[::1]"])
    return dice.choice(["http://", "", "//"]) + login + host + dice.choice(["", ":3128", ":1", ":65535", ":080"]) \
        + dice.choice(["", "/"])


def some_choice(dice: random.Random) -> Choice:
    return Choice(dice.choice(dice.choice([HOSTS, HOSTS, HOSTS, LOCAL_HOSTS, NEAR_LOCAL])),
                  dice.choice([443, 443, 8443]), some_proxy(dice), dice.choice([None, some_proxy(dice)]),
                  some_list(dice), dice.choice([None, some_list(dice)]))


@case("the same choice as botocore's, with the intended differences", alone=True)
def same_choice(bench: Bench) -> str:
    choices = [some_choice(bench.random) for _ in range(CHOICE_COUNT)]
    wrong = [(choice, ours, wanted) for choice, ours in zip(choices, bench.choose(choices))
             if ours != (wanted := theirs(choice))]
    want(not wrong, "the same", wrong[:3])
    through = sum(theirs(choice) != "direct" for choice in choices)
    want(through > CHOICE_COUNT // 4, "more than a quarter through a proxy", through)
    return f"{len(choices)} choices, {through} of them through a proxy; {sides.release()}"


@case("no local host goes through a proxy, and no other host is local", alone=True)
def never(bench: Bench) -> None:
    for hosts, wanted in ((LOCAL_HOSTS, "direct"), (NEAR_LOCAL + HOSTS, "proxy proxy 3128")):
        choices = [Choice(host, https_proxy="http://proxy:3128", NO_PROXY="x") for host in hosts]
        for choice, chosen in zip(choices, bench.choose(choices)):
            want(chosen == wanted, wanted, (choice.host, chosen))


@case("a user without a password, and bytes beyond ASCII", alone=True)
def logins(bench: Bench) -> None:
    values = [("user@proxy", " user:"), ("user:@proxy", " user:"), (":password@proxy", " :password"),
              (":@proxy", ""), ("@proxy", ""), ("%C3%BC:%c3%bc@proxy", " ü:ü")]
    chosen = bench.choose([Choice("a.b", https_proxy=value) for value, _ in values])
    want(chosen == [f"proxy proxy 80{login}" for _, login in values], "the logins", chosen)


def run(binary: str, chooser: str, given: str = "") -> bool:
    seed = int(given) if given else random.SystemRandom().getrandbits(32)
    tap.note(f"seed {seed}")
    with scratch("proxy") as folder:
        for name in ("ours", "theirs"):
            (folder / name).mkdir()
        bench = Bench(scripted.Bench(os.path.abspath(binary)), os.path.abspath(chooser), folder,
                      certs.Authority(folder / "ours"), certs.Authority(folder / "theirs"),
                      random.Random(seed))
        return CASES.run(bench, WORKERS)


if __name__ == "__main__":
    tap.main("test_proxy.py EMRS_BINARY CHOOSER_BINARY [SEED]", run)
