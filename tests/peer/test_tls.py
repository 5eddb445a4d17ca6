#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests emrs against OpenSSL: which servers it trusts, and what it reports if a handshake or an answer fails.

    test_tls.py EMRS_BINARY

The server is the one of tls_server.py, so a test can change, delay or drop every byte that it sends. Prints
one line per case (`ok - name`, `not ok - name: detail`, `ok - name # SKIP reason`), and figures as `# ...`.
Exits with 1 if any case is not ok.
"""
from __future__ import annotations

import concurrent.futures
import contextlib
import json
import os
import select
import shutil
import ssl
import statistics
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

from cryptography import x509  # noqa: E402
from cryptography.hazmat.primitives import hashes  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import ec  # noqa: E402

import certs  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from listener import HOLD_S  # noqa: E402
from running import NOTHING_SENT, REFUSED, UNKNOWN, Answer  # noqa: E402
from tap import Skipped, want  # noqa: E402
from tls_server import (  # noqa: E402
    APPLICATION, GOOD, GOOD_BODY, JOB, READ_SIZE, Peer, Script, Seen, Server, answers, answers_by,
    floods, http, says_at_once, shakes_up_to, signed_at, skewed,
)

EMRS_S = 50  # one run of emrs: less than the 60 s of a call, so that a test fails if its time-out option has no effect
NAGLE_MS = 30  # a delayed acknowledgement takes 40 ms
FLIGHTS_MOST = 100
WORKERS = 6  # most cases wait for something

KEY_ID, SECRET, TOKEN = "AKIDEXAMPLE", "no/secret/of/anybody", "nor+a+token" * 40
LEAK_SIZE = 11
AS_JSON = running.as_json(APPLICATION, JOB)

ISSUER = "certificate issued by an unknown CA"
NAME = "certificate is for another host name"
EXPIRED = "certificate has expired"
EARLY = "certificate is not yet valid"
WEAK = "certificate uses a weak key or hash"
USAGE = "certificate is not meant for servers"
CHAIN = "certificate is not acceptable"
COSTLY = "certificate chain is too costly to check"
NO_COMMON = "no common TLS version or cipher suite"
ALERT = "the server ended TLS with an alert"
CLIENT_CERTIFICATE = "the server requires a client certificate"
PIECES = "this mbedTLS cannot read a handshake message in pieces"
LARGE = "the server sent a malformed or too large TLS record"
CUT = "the connection ended inside the handshake"
TLS_FAULT = "TLS protocol error"
SLOW_HANDSHAKE = "timed out while negotiating TLS"
SLOW_ANSWER = "timed out while waiting for the answer"
TRUNCATED = "the answer ended early"

# Certificates for other names. Those of certs.py are for `localhost`, which has one label.
certs.RECIPES.update(
    {
        "wildcard-bare": certs.Recipe("for every name of one label (*)", 62, names=("*",)),
        "wildcard-below": certs.Recipe("for the hosts below ours", 62, names=("*.localhost",)),
        "wildcard": certs.Recipe("for one label more", names=("*.wild.test",)),
        "address-as-name": certs.Recipe("for the address as if it were a name", names=("dns:127.0.0.1", "dns:*.0.0.1")),
        "no-address": certs.Recipe("for the name, not the address", names=("localhost",)),
    }
)


CASES = tap.Cases()


# The client


@dataclass(frozen=True)
class Bench:
    """What every case uses."""

    binary: str
    folder: Path
    ec: certs.Authority
    rsa: certs.Authority

    def cancel(
        self,
        url: str,
        *more: str,
        ca: Path | None = None,
        wrap: tuple[str, ...] = (),
        attempts: int = 1,
    ) -> Answer:
        command = [*wrap, self.binary, "cancel-job-run", "--region", "us-east-1"]
        command += ["--application-id", APPLICATION, "--job-run-id", JOB, "--endpoint-url", url]
        command += ["--ca-bundle", str(ca or self.ec.ca), *more]
        return running.execute(command, environment(AWS_MAX_ATTEMPTS=str(attempts)), EMRS_S)

    def meet(
        self,
        script: Script,
        *more: str,
        leaf: certs.Leaf | None = None,
        context: ssl.SSLContext | None = None,
        host: str = "localhost",
        ca: Path | None = None,
        wrap: tuple[str, ...] = (),
    ) -> tuple[Answer, Seen]:
        """Runs emrs once against a script. Default: the server has the good certificate."""
        context = context or certs.server_context(leaf or self.ec.leaf("good"))
        with Server(script, context) as server:
            url = f"https://{host}:{server.port}"
            answer = self.cancel(url, *more, ca=ca, wrap=wrap)
        seen = but_for_version(server.seen, context)
        want(len(seen) == 1, "one connection", (len(seen), answer))
        want_no_secret(seen[0], answer)
        return answer, seen[0]


def but_for_version(seen: list[Seen], context: ssl.SSLContext) -> list[Seen]:
    """Leaves out the connection on which mbedTLS 3.6.6 offered TLS 1.3 alone to a server without it."""
    is_old = context.maximum_version not in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.MAXIMUM_SUPPORTED)
    was_refused = len(seen) == 2 and is_old and seen[0].error.startswith("handshake: ")
    return seen[1:] if was_refused else seen


def environment(**more: str) -> dict[str, str]:
    keys = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    return running.environment({**keys, "AWS_SESSION_TOKEN": TOKEN, **more})


# Checks of a run


def want_no_secret(seen: Seen, answer: Answer) -> None:
    """Checks that no part of the request was sent outside of TLS, and no secret printed."""
    for part in ("DELETE ", "Authorization", KEY_ID, TOKEN[:LEAK_SIZE]):
        want(part.encode() not in seen.raw, "no request outside of TLS", part)
    for secret in (SECRET, TOKEN):
        leak = running.leak(secret, answer.stdout + answer.stderr, LEAK_SIZE)
        want(not leak, "no secret in the output", leak)


def want_accepted(met: tuple[Answer, Seen]) -> None:
    answer, seen = met
    want(answer.code == 0, "exit 0", (answer, seen.error))
    want(answer.stdout == AS_JSON, "the answer as JSON", answer.stdout)
    want(answer.stderr == "", "nothing on stderr", answer.stderr)
    want(seen.request.count(b"DELETE /") == 1, "one request", seen.request)


def want_failed(
    met: tuple[Answer, Seen], words: str | tuple[str, ...], effect: str, *codes: int
) -> None:
    """Checks for one of the texts, for exactly this effect, and, if nothing was sent, that no request came."""
    answer, seen = met
    any_of = (words,) if isinstance(words, str) else words
    want(answer.code in (codes or (255,)), f"exit {codes or 255}", answer)
    want(answer.stdout == "", "nothing on stdout", answer.stdout)
    want(any(word in answer.stderr for word in any_of), f"{any_of}", answer.stderr)
    for told in (NOTHING_SENT, REFUSED, UNKNOWN):
        want((told in answer.stderr) == (told == effect), f"effect '{effect}'", answer)
    want("\nNext: " in answer.stderr, "a next step", answer.stderr)
    if effect == NOTHING_SENT:
        want(seen.request == b"", "no byte of HTTP", seen.request)


def want_not_before(answer: Answer, least_s: float) -> None:
    """Checks that a time-out did not come too early, and by stderr that it came: if the server hangs up
    first, after HOLD_S, stderr has another text."""
    want(answer.took_s >= least_s - 0.1, f"no end before {least_s} s", answer)


# Figures, taken while nothing else runs


@CASES.case("a call on loopback", alone=True)
def loopback(bench: Bench) -> str:
    took_ms = []
    context = certs.server_context(bench.ec.leaf("good"))
    with Server(answers(), context) as server:
        for _ in range(20):
            answer = bench.cancel(server.url)
            want(answer.code == 0, "exit 0", answer)
            took_ms.append(answer.took_s * 1000)
    version = server.seen[0].version
    return (
        f"a call on loopback, {version}: median {statistics.median(took_ms):.1f} ms,"
        f" worst {max(took_ms):.1f} ms of 20 (process start included)"
    )


@CASES.case("each flight comes as one: no wait for an acknowledgement inside it", alone=True)
def one_flight(bench: Bench) -> str:
    context = certs.server_context(bench.ec.leaf("good"))
    wait_ms = float("inf")
    with Server(answers(), context) as server:
        for _ in range(FLIGHTS_MOST):  # a busy machine delays some calls: one without delay is enough
            want(bench.cancel(server.url).code == 0, "exit 0", server.seen)
            wait_ms = min(wait_ms, max(server.seen[-1].waits_s, default=0) * 1000)
            if wait_ms < NAGLE_MS:
                break
    reads = min(seen.request_reads for seen in server.seen)
    want(wait_ms < NAGLE_MS, f"no wait of {NAGLE_MS} ms", wait_ms)
    size = len(server.seen[0].request)
    own = f"{reads} TCP reads of its own" if reads else "in one TCP read with the handshake's end"
    return f"a request of {size} bytes: {own}; longest wait inside a flight {wait_ms:.1f} ms"


# Several attempts


@CASES.case("a clock an hour behind: signed again with the service's time, and reported")
def clock(bench: Bench) -> None:
    scripts = iter([answers(skewed(3630)), answers()])  # 30 s more than an hour, as the client may read it later
    context = certs.server_context(bench.ec.leaf("good"))
    with Server(lambda peer: next(scripts)(peer), context) as server:
        answer = bench.cancel(server.url, attempts=2)
    want(answer.code == 0, "exit 0", answer)
    want("emrs: the clock is 60 min behind; the service's time was used" in answer.stderr, "a note", answer.stderr)
    first, second = (signed_at(seen.request) for seen in server.seen if seen.request)
    want(3500 < second - first < 3700, "an hour between the two dates", (first, second))


@CASES.case("an end in the handshake or before the answer is tried again, a refused certificate is not")
def tried_again(bench: Bench) -> None:
    def count(script: Script, leaf: str = "good", code: int = 0) -> int:
        scripts = iter([script])
        context = certs.server_context(bench.ec.leaf(leaf))
        with Server(lambda peer: next(scripts, answers())(peer), context) as server:
            answer = bench.cancel(server.url, attempts=3)
        want(answer.code == code, f"exit {code}", answer)
        return len(server.seen)

    want(count(shakes_up_to(200, lambda peer: peer.reset())) == 2, "a reset handshake", 1)
    want(count(answers_by(lambda peer: peer.reset())) == 2, "a reset before the answer", 1)
    want(count(answers_by(lambda peer: peer.end())) == 2, "an end before the answer", 1)
    want(count(answers(), "expired", 255) == 1, "an expired leaf", 2)


# Which servers it trusts


@CASES.case("good chains, EC and RSA, with and without an intermediate; SNI is the host's name")
def good_chains(bench: Bench) -> str:
    for authority in (bench.ec, bench.rsa):
        for name in ("good", "intermediate"):
            met = bench.meet(answers(), leaf=authority.leaf(name), ca=authority.ca)
            want_accepted(met)
            want(met[1].name == "localhost", "SNI 'localhost'", met[1].name)
    return f"this mbedTLS and this OpenSSL ({ssl.OPENSSL_VERSION}) agree on {met[1].version}"


UNTRUSTED = (
    ("ec", "other-ca", ISSUER),
    ("rsa", "other-ca", ISSUER),
    ("ec", "self-signed", ISSUER),
    ("ec", "impostor-ca", ISSUER),
    ("ec", "missing-intermediate", ISSUER),
    ("ec", "issuer-not-ca", ISSUER),
    ("ec", "wrong-name", NAME),
    ("ec", "wildcard-bare", NAME),
    ("ec", "wildcard-below", NAME),
    ("ec", "expired", EXPIRED),
    ("rsa", "expired", EXPIRED),
    ("ec", "not-yet-valid", EARLY),
    ("ec", "client-only", USAGE),
    ("rsa", "client-only", USAGE),
    ("ec", "sha1", WEAK),
    ("ec", "rsa-1024", WEAK),
    ("ec", "deep", f"{COSTLY} or {CHAIN}"),
)


def named(kind: str, name: str, words: str) -> tuple[str, str, str, str]:
    return f"{certs.RECIPES[name].about} ({kind}): {words}", kind, name, words


@CASES.each("a certificate", [named(*row) for row in UNTRUSTED])
def untrusted(bench: Bench, kind: str, name: str, words: str) -> None:
    authority = getattr(bench, kind)
    met = bench.meet(answers(), leaf=authority.leaf(name), ca=authority.ca)
    want_failed(met, tuple(words.split(" or ")), NOTHING_SENT)


@CASES.case("a self-signed certificate that --ca-bundle itself contains: accepted")
def pinned(bench: Bench) -> None:
    leaf = bench.ec.leaf("self-signed")
    want_accepted(bench.meet(answers(), leaf=leaf, ca=leaf.chain))


@CASES.each("a chain that takes long to check is refused: the server's certificate, and then", [(name, name) for name in certs.COSTLY])
def costly(bench: Bench, name: str) -> None:
    met = bench.meet(answers(), "--timeout", "10", leaf=bench.ec.costly(name))
    is_unlimited = "libmbedtls.so" in libraries(bench) and "libmbedtls.so.14" not in libraries(bench)
    if is_unlimited and ISSUER in met[0].stderr:
        raise Skipped("a distribution's mbedTLS 3.6 does not let us examine a chain before it is checked")
    # Such an mbedTLS checks the signature first, and only then refuses a curve that is not in our profile.
    want_failed(met, (COSTLY, WEAK) if is_unlimited else COSTLY, NOTHING_SENT)


def libraries(bench: Bench) -> str:
    return subprocess.run(["ldd", bench.binary], capture_output=True, text=True).stdout


@CASES.case(f"a certificate whose only name is its common name: {NAME}")
def common_name_only(bench: Bench) -> None:
    leaf = own_leaf(bench.ec, "cn", ec.SECP256R1(), named=False)
    want_failed(bench.meet(answers(), leaf=leaf), NAME, NOTHING_SENT)


def own_leaf(authority: certs.Authority, name: str, curve: object, named: bool) -> certs.Leaf:
    """Makes what certs.py does not: a certificate without alternative names, or on another curve."""
    root, key = authority._root, ec.generate_private_key(curve)
    builder = certs._builder("localhost", key, root, (-2, 2))
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([certs.SERVER]), False)
    if named:
        names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
        builder = builder.add_extension(names, False)
    pair = certs.Pair(builder.sign(root.key, hashes.SHA256()), key)
    leaf = certs.Leaf(name, authority.folder / f"{name}.pem", authority.folder / f"{name}.key")
    leaf.chain.write_bytes(certs._pem(pair.certificate))
    certs._write_private(leaf.key, key)
    return leaf


@CASES.case("an elliptic curve of 192 bits, in the leaf or in the key exchange: refused")
def weak_curve(bench: Bench) -> None:
    weak = own_leaf(bench.ec, "p192", ec.SECP192R1(), named=True)
    if not speaks(curve_context(weak, "prime192v1"), ssl.TLSVersion.TLSv1_2, curve="prime192v1"):
        raise Skipped("this OpenSSL does not know P-192")
    good = bench.ec.leaf("good")
    for context in (curve_context(weak, "prime256v1"), curve_context(good, "prime192v1")):
        want_failed(bench.meet(answers(), context=context), (WEAK, NO_COMMON), NOTHING_SENT)


@CASES.case("a brainpool curve, in the leaf or in the key exchange: refused")
def brainpool(bench: Bench) -> None:
    leaf = own_leaf(bench.ec, "brainpool", ec.BrainpoolP256R1(), named=True)
    good = bench.ec.leaf("good")
    for context in (curve_context(leaf, "prime256v1"), curve_context(good, "brainpoolP256r1")):
        want_failed(bench.meet(answers(), context=context), (WEAK, COSTLY, NO_COMMON), NOTHING_SENT)


def curve_context(leaf: certs.Leaf, curve: str) -> ssl.SSLContext:
    context = certs.server_context(leaf)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ecdh_curve(curve)
    return context


@CASES.case("an IP address as host: refused if the certificate does not have this address")
def address(bench: Bench) -> str:
    accepted = 0
    for leaf in ("no-address", "address-as-name", "good"):
        with Server(answers(), certs.server_context(bench.ec.leaf(leaf))) as server:
            answer = bench.cancel(f"https://127.0.0.1:{server.port}", attempts=3)
        accepted += answer.code == 0
        want(answer.code == 0 or NAME in answer.stderr, NAME, answer)
        want(answer.code != 0 or leaf == "good", "refused", (leaf, answer))
        want(len(server.seen) <= 1, "one connection at most", server.seen)
    want(accepted or "use a host name" in answer.stderr, "what to do", answer)
    if accepted:
        return "an address in the certificate: accepted"
    want(not server.seen, "no connection", server.seen)  # mbedTLS before 3.5 supports names only
    return "an address in the certificate: refused before it connects, as this mbedTLS reads names only"


@CASES.case("a wildcard matches exactly one label")
def wildcard_depth(bench: Bench) -> None:
    wrap = running.with_hosts(bench.folder, "a.wild.test", "a.b.wild.test", "wild.test")
    leaf = bench.ec.leaf("wildcard")
    want_accepted(bench.meet(answers(), leaf=leaf, host="a.wild.test", wrap=wrap))
    for host in ("a.b.wild.test", "wild.test"):
        met = bench.meet(answers(), leaf=leaf, host=host, wrap=wrap)
        want_failed(met, NAME, NOTHING_SENT)
        want(met[1].name == host, f"SNI '{host}'", met[1].name)


# TLS versions and cipher suites


def old_context(bench: Bench, newest: ssl.TLSVersion) -> ssl.SSLContext:
    context = certs.server_context(bench.rsa.leaf("good"))
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    return context


def speaks(
    context: ssl.SSLContext, version: ssl.TLSVersion, ciphers: str = "DEFAULT", curve: str = ""
) -> bool:
    """Whether an OpenSSL client could make a handshake with this server: else a test of it would prove nothing."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.minimum_version = client.maximum_version = version
    client.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    if curve:
        client.set_ecdh_curve(curve)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = (client.wrap_bio(down, up), context.wrap_bio(up, down, server_side=True))
    try:
        return all([certs._step(side) for _ in range(8) for side in sides][-2:])
    except ssl.SSLError:
        return False


@CASES.case(f"a server of TLS 1.0 or 1.1: {NO_COMMON}")
def old_versions(bench: Bench) -> None:
    for newest in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        if not speaks(old_context(bench, newest), newest):
            raise Skipped(f"this OpenSSL does not support {newest.name}")
        met = bench.meet(answers(), context=old_context(bench, newest), ca=bench.rsa.ca)
        want_failed(met, NO_COMMON, NOTHING_SENT)


@CASES.case(f"a server without forward secrecy, or without authenticated encryption: {NO_COMMON}")
def old_suites(bench: Bench) -> None:
    for suite in ("AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA256"):
        context = certs.server_context(bench.rsa.leaf("good"))
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(f"{suite}:@SECLEVEL=0")
        want(speaks(context, ssl.TLSVersion.TLSv1_2, suite), "a server", suite)
        met = bench.meet(answers(), context=context, ca=bench.rsa.ca)
        want_failed(met, NO_COMMON, NOTHING_SENT)


@CASES.case("a server of TLS 1.2 that prefers RSA-PSS: accepted, also if this mbedTLS cannot verify RSA-PSS")
def prefers_pss(bench: Bench) -> str:
    with s_server(bench, "RSA-PSS+SHA256:RSA+SHA256") as server:
        answer = bench.cancel(server.url, ca=bench.rsa.ca)
    want(answer.code == 0 and answer.stdout == AS_JSON, "accepted", answer)
    with s_server(bench, "RSA-PSS+SHA256") as server:
        answer = bench.cancel(server.url, ca=bench.rsa.ca)
    if answer.code == 0:
        return "a server of TLS 1.2 with RSA-PSS alone: accepted"
    want_failed((answer, Seen()), (NO_COMMON, "RSA-PSS"), NOTHING_SENT)
    return "a server of TLS 1.2 with RSA-PSS alone: refused, and explained"


class Child:
    """openssl s_server, which writes what it receives and sends what it is given."""

    def __init__(self, process: subprocess.Popen[bytes]):
        self._process = process
        self._out = b""
        port = self._wait_for(b"ACCEPT ", b"\n").rsplit(b":", 1)[1].decode()
        self.url = f"https://localhost:{port}"
        threading.Thread(target=self._answer, daemon=True).start()

    def _wait_for(self, begin: bytes, end: bytes) -> bytes:
        while begin not in self._out or end not in self._out.split(begin, 1)[1]:
            ready, _, _ = select.select([self._process.stdout], [], [], HOLD_S)
            part = os.read(self._process.stdout.fileno(), READ_SIZE) if ready else b""
            if not part:
                raise OSError("openssl s_server said nothing")
            self._out += part
        return self._out.split(begin, 1)[1].split(end, 1)[0]

    def _answer(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # emrs refused, and s_server has ended
            self._wait_for(b"DELETE /", b"\r\n\r\n")
            self._process.stdin.write(GOOD)
            self._process.stdin.flush()


@contextlib.contextmanager
def s_server(bench: Bench, signatures: str) -> Iterator[Child]:
    """Starts openssl s_server, because Python's ssl cannot set which signatures a server prefers."""
    if not shutil.which("openssl"):
        raise Skipped("no openssl command here")
    leaf = bench.rsa.leaf("good")
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-tls1_2", "-naccept", "2"]
    command += ["-cert", leaf.chain, "-key", leaf.key, "-serverpref", "-sigalgs", signatures]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        yield Child(process)
    finally:
        process.kill()
        process.communicate()


# Errors in a handshake


@CASES.case("plain HTTP on the TLS port: a TLS error, nothing sent")
def plain_http(bench: Bench) -> None:
    want_failed(bench.meet(says_at_once(GOOD)), (TLS_FAULT, NO_COMMON), NOTHING_SENT)


@CASES.case("garbage instead of TLS: a TLS error, nothing sent")
def garbage(bench: Bench) -> None:
    noise = bytes((13 * at + 7) % 251 for at in range(4096))
    # The noise alone; in a handshake record; and after the head of a record that is longer than TLS allows.
    # Noise may look like the beginning of a message that does not end, or that continues in another record.
    some = (TLS_FAULT, NO_COMMON, CUT)
    rows = ((noise, some), (b"\x16\x03\x03\x10\x00" + noise, (*some, PIECES)), (b"\x16\x03\x03\xff\xff" + noise, (LARGE,)))
    for data, words in rows:
        want_failed(bench.meet(says_at_once(data)), words, NOTHING_SENT)


@CASES.case("a fatal alert: reported as an alert, but internal_error as an ended handshake")
def fatal_alert(bench: Bench) -> None:
    for number, words in ((112, ALERT), (80, CUT)):  # unrecognized_name, internal_error
        met = bench.meet(says_at_once(b"\x15\x03\x03\x00\x02\x02" + bytes([number])))
        want_failed(met, words, NOTHING_SENT)


def handshake_counts(bench: Bench) -> list[int]:
    """Byte counts inside the handshake: at its start, inside its first record's head and body, in
    the middle, and shortly before the end of each flight (the size of a flight varies with that of its signature)."""
    _, seen = bench.meet(answers(), leaf=bench.ec.leaf("intermediate"))
    first = seen.flights[0]
    counts = [1, 4, 5, 6, 60, first // 2, first - 8]
    # In TLS 1.2 the client still waits for the server's last flight; in 1.3 it has already sent its own.
    return counts + ([first + 3, sum(seen.flights) - 8] if "1.2" in seen.version else [])


def meet_at_each(bench: Bench, then: Script, *more: str) -> list[tuple[Answer, Seen]]:
    """Runs emrs once per byte count, all in parallel, because they mostly wait."""
    counts = handshake_counts(bench)

    def meet(count: int) -> tuple[Answer, Seen]:
        return bench.meet(shakes_up_to(count, then), *more, leaf=bench.ec.leaf("intermediate"))

    with concurrent.futures.ThreadPoolExecutor(len(counts)) as pool:
        return list(pool.map(meet, counts))


@CASES.case("a reset inside the handshake, at each of several bytes: nothing sent")
def handshake_reset(bench: Bench) -> None:
    for met in meet_at_each(bench, Peer.reset):
        want_failed(met, CUT, NOTHING_SENT)


@CASES.case("an end inside the handshake, at each of several bytes: nothing sent")
def handshake_cut(bench: Bench) -> None:
    want_failed(bench.meet(Peer.end), CUT, NOTHING_SENT)
    for met in meet_at_each(bench, Peer.end):
        want_failed(met, CUT, NOTHING_SENT)


@CASES.case("silence after each of several bytes of the handshake: --cli-connect-timeout ends the call")
def handshake_stall(bench: Bench) -> None:
    mute = bench.meet(lambda peer: None, "--cli-connect-timeout", "1")
    for met in [mute, *meet_at_each(bench, lambda peer: None, "--cli-connect-timeout", "1")]:
        want_failed(met, SLOW_HANDSHAKE, NOTHING_SENT)
        want_not_before(met[0], 1)


@CASES.case("a handshake of one byte each 100 ms: --cli-connect-timeout ends the call")
def handshake_drip(bench: Bench) -> None:
    def drip(peer: Peer) -> None:
        record = b"\x16\x03\x03\x40\x00" + bytes(600)
        for byte in record:
            peer.send(bytes([byte]))
            time.sleep(0.1)

    met = bench.meet(drip, "--cli-connect-timeout", "1")
    want_failed(met, (SLOW_HANDSHAKE, TLS_FAULT), NOTHING_SENT)
    want(met[1].error, "a client that hangs up before the record has ended", met)


@CASES.case("a flood of warning alerts, or of empty records: --cli-connect-timeout ends the call")
def handshake_flood(bench: Bench) -> None:
    warning, empty = b"\x15\x03\x03\x00\x02\x01\x5a", b"\x03\x03\x00\x00"
    for record in (warning, b"\x16" + empty, b"\x17" + empty):
        met = bench.meet(floods(record * 1000), "--cli-connect-timeout", "1")
        words = (SLOW_HANDSHAKE, TLS_FAULT, NO_COMMON, ALERT)
        want_failed(met, words, NOTHING_SENT)
        want(met[1].error, "a client that hangs up before the flood has ended", met)


@CASES.case("servers of TLS 1.3, of 1.2, and of both: each that this mbedTLS supports is reached")
def versions(bench: Bench) -> str:
    old, new, counts = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3, []
    for authority in (bench.ec, bench.rsa):
        for least, most in ((old, new), (new, new), (old, old)):
            context = certs.server_context(authority.leaf("good"))
            context.minimum_version, context.maximum_version = least, most
            with Server(answers(), context) as server:
                answer = bench.cancel(server.url, ca=authority.ca)
            counts.append(len(server.seen))
            if answer.code != 0:
                want(least == new and NO_COMMON in answer.stderr, NO_COMMON, (least, answer))
                continue
            want(server.seen[-1].version == "TLSv1.3" or least != new, "the version", server.seen)
            want(not any(each.request for each in server.seen[:-1]), "one request", server.seen)
            want(len(but_for_version(server.seen, context)) == 1, "one connection, or one more", server.seen)
    return f"connections to a server of both, of 1.3, of 1.2: {counts}"


@CASES.case("a server that requires a client certificate: reported, never tried again")
def client_certificate(bench: Bench) -> None:
    for newest in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = certs.server_context(bench.ec.leaf("good"))
        context.maximum_version = newest
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(bench.ec.ca)
        with Server(answers(), context) as server:
            answer = bench.cancel(server.url, attempts=3)
        want(answer.code == 255 and CLIENT_CERTIFICATE in answer.stderr, CLIENT_CERTIFICATE, answer)
        want(not any(seen.request for seen in server.seen), "no request read", server.seen)


# Errors in an answer


@CASES.case("an end without close_notify inside the body: the answer ended early, effect unknown")
def truncated_body(bench: Bench) -> None:
    for size in (1, len(GOOD) - len(GOOD_BODY), len(GOOD) - 1):

        def cut(peer: Peer, size: int = size) -> None:
            peer.say(GOOD[:size])
            peer.end()

        want_failed(bench.meet(answers_by(cut)), TRUNCATED, UNKNOWN, 254, 255)


@CASES.case("an end in the middle of a record: nothing of this record is used, effect unknown")
def truncated_record(bench: Bench) -> None:
    for size in (0, 20, len(GOOD) - 1):  # sent before it: nothing, a part of the head, or all but one byte

        def cut(peer: Peer, size: int = size) -> None:
            peer.send(peer.seal(GOOD[:size]) if size else b"")
            peer.send(peer.seal(GOOD[size:])[:-1])
            peer.end()

        met = bench.meet(answers_by(cut))
        want_failed(met, TRUNCATED, UNKNOWN, 254, 255)


@CASES.case("an end without close_notify after the whole Content-Length: accepted")
def bare_end(bench: Bench) -> None:
    def end(peer: Peer) -> None:
        peer.say(GOOD)
        peer.end()

    want_accepted(bench.meet(answers_by(end)))


@CASES.case("a body that ends with the stream: accepted after close_notify, refused without it")
def close_delimited(bench: Bench) -> None:
    answer = http("200 OK", GOOD_BODY, sized=False)
    want_accepted(bench.meet(answers(answer)))

    def end(peer: Peer) -> None:
        peer.say(answer)
        peer.end()

    want_failed(bench.meet(answers_by(end)), TRUNCATED, UNKNOWN, 254, 255)


@CASES.case("a reset after the request: effect unknown")
def answer_reset(bench: Bench) -> None:
    met = bench.meet(answers_by(Peer.reset))
    want_failed(met, ("the connection was reset", TRUNCATED), UNKNOWN)


@CASES.case("one bit flipped in the answer's record: a TLS error, effect unknown")
def flipped_bit(bench: Bench) -> None:
    sizes = (5, 20, -1)  # just after the record's head, in its encrypted text, in its tag
    for at in sizes:

        def flip(peer: Peer, at: int = at) -> None:
            record = bytearray(peer.seal(GOOD))
            record[at] ^= 1
            peer.send(bytes(record))

        want_failed(bench.meet(answers_by(flip)), TLS_FAULT, UNKNOWN)


@CASES.case("a fatal alert instead of an answer: effect unknown")
def answer_alert(bench: Bench) -> None:
    def alert(peer: Peer) -> None:
        peer.send(b"\x15\x03\x03\x00\x02\x02\x50")  # not encrypted

    met = bench.meet(answers_by(alert))
    want_failed(met, ("alert", TLS_FAULT), UNKNOWN)


ECHO = http("403 Forbidden", json.dumps({"message": f"{SECRET} {TOKEN}"}).encode(), "x-amzn-ErrorType: E")
DEBUGGED = [
    ("accepted", answers(), "good", "connected, verified by TLS (TLSv1."),
    ("secret and token sent back", answers(ECHO), "good", "the answer says: E: ********"),
    ("an untrusted leaf", answers(), "expired", "certificate has expired"),
    ("garbage", says_at_once(b"\0garbage" * 20), "good", TLS_FAULT),
    ("no answer", answers(b""), "good", "closed"),
]


@CASES.each("--debug shows the result, and no secret", DEBUGGED)
def debug(bench: Bench, script: Script, leaf: str, words: str) -> None:
    answer, _ = bench.meet(script, "--debug", leaf=bench.ec.leaf(leaf))  # meet() checks for secrets
    want(words in answer.stderr, f"{words!r} on stderr", answer.stderr)


@CASES.case("the answer in segments of one byte, and in records of one byte: accepted")
def byte_by_byte(bench: Bench) -> None:
    def segments(peer: Peer) -> None:
        for byte in peer.seal(GOOD):
            peer.send(bytes([byte]))
            time.sleep(0.001)  # otherwise the kernel joins them
        peer.notify()

    def records(peer: Peer) -> None:
        peer.send(b"".join(peer.seal(bytes([byte])) for byte in GOOD))
        peer.notify()

    want_accepted(bench.meet(answers_by(segments)))
    want_accepted(bench.meet(answers_by(records)))


@CASES.case("an error body of 100 KB: the status and a part of the message are reported")
def big_error(bench: Bench) -> None:
    message = json.dumps({"message": "too much " * 12000}).encode()
    answer = http("400 Bad Request", message, "x-amzn-ErrorType: ValidationException")
    met = bench.meet(answers(answer))
    want_failed(met, "An error occurred (ValidationException)", REFUSED, 254)
    want(len(met[0].stderr) < 5000, "a message cut short", len(met[0].stderr))
    met = bench.meet(answers(http("503 Slow Down", b"<html>" + b"x" * 100_000)))
    want_failed(met, "(503)", UNKNOWN, 254)


@CASES.case("an answer of a byte each 200 ms: --timeout ends the call, effect unknown")
def answer_drip(bench: Bench) -> None:
    def drip(peer: Peer) -> None:
        for byte in GOOD:
            peer.say(bytes([byte]))
            time.sleep(0.2)

    met = bench.meet(answers_by(drip), "--timeout", "2")
    want_failed(met, SLOW_ANSWER, UNKNOWN, 254, 255)
    want_not_before(met[0], 2)
    want(met[1].error, "a client that hangs up before the answer has ended", met)


@CASES.case("no answer: --cli-read-timeout ends the call, effect unknown")
def no_answer(bench: Bench) -> None:
    met = bench.meet(answers_by(lambda peer: None), "--cli-read-timeout", "1")
    want_failed(met, SLOW_ANSWER, UNKNOWN)
    want_not_before(met[0], 1)


# The run


@contextlib.contextmanager
def bench_for(binary: str) -> Iterator[Bench]:
    with running.scratch("tls") as folder:
        bench = Bench(binary, folder, certs.Authority(folder, "ec"), certs.Authority(folder, "rsa"))
        for each in ("good", "intermediate"):  # made here, because many cases that run side by side use them
            bench.ec.leaf(each), bench.rsa.leaf(each)
        yield bench


def run(binary: str) -> bool:
    warnings.simplefilter("ignore", DeprecationWarning)  # for TLS 1.0 and 1.1, which we use on purpose
    with bench_for(binary) as bench:
        return CASES.run(bench, WORKERS)


if __name__ == "__main__":
    tap.main("test_tls.py EMRS_BINARY", run)
