#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests mutual TLS with OpenSSL, which checks the device's certificate, and what emrs reports if it is refused.

    test_identity.py CALLER_BINARY

Prints one line per case (`ok - name`, `not ok - name: detail`).
"""
from __future__ import annotations

import ssl
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from calling import RUN_S, Call, Caller, tls  # noqa: E402
from tap import want  # noqa: E402
from tls_server import GOOD, READ_SIZE, Peer, Server, answers  # noqa: E402

WORKERS = 4
TOKEN_SIZE = 20000

certs.RECIPES.update(
    {
        "device": certs.Recipe("a device", usage=certs.CLIENT),
        "device-below": certs.Recipe("a device below an intermediate", intermediates=1, usage=certs.CLIENT),
        "device-expired": certs.Recipe("a device whose certificate has expired", days=(-20, -1), usage=certs.CLIENT),
        "device-stranger": certs.Recipe("a device of another CA", issuer="stranger", usage=certs.CLIENT),
    }
)

CASES = tap.Cases()


@dataclass(frozen=True)
class Bench(Caller):
    folder: Path

    def server(self, devices: certs.Authority, version: str = "", required: bool = True) -> Server:
        """A server that asks for a certificate of `devices`; with `version` it supports only this version."""
        return Server(answers(), self.context(devices, version, required))

    def context(self, devices: certs.Authority, version: str = "", required: bool = True) -> ssl.SSLContext:
        context = certs.server_context(self.ec.leaf("good"))
        if version:
            name = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}[version]
            context.minimum_version = context.maximum_version = name
        if required:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(devices.ca)
        return context

    @property
    def versions(self) -> tuple[str, ...]:
        """What this caller's mbedTLS supports."""
        with self.server(self.ec, "TLSv1.3", required=False) as server:
            (call,) = self.call("tls=13", server.url)
        return ("TLSv1.2", "TLSv1.3") if call.code == "ok" else ("TLSv1.2",)

    @property
    def devices(self) -> tuple[certs.Authority, certs.Authority]:
        """P-256 and RSA-2048."""
        return self.ec, self.rsa


def words(device: certs.Leaf, key: certs.Leaf | None = None) -> tuple[str, str]:
    return f"certificate={device.chain}", f"key={(key or device).key}"


def want_accepted(call: Call) -> None:
    want((call.code, call.effect, call.attempts) == ("ok", "ACCEPTED", 1), "accepted", call)


def want_refused(call: Call, reason: str, *effects: str) -> None:
    """With three attempts allowed, one is made: it would be the same next time."""
    want((call.code, call.reason, call.attempts) == ("TLS", reason, 1), reason, call)
    want(call.effect in (effects or ("NONE",)), f"{effects}", call)


# Accepted


@CASES.case("P-256 and RSA-2048, TLS 1.2 and 1.3, with and without an intermediate: accepted, and SNI is the host's name")
def accepted(bench: Bench) -> None:
    for version in bench.versions:
        for authority in bench.devices:
            for name in ("device", "device-below"):
                with bench.server(authority, version) as server:
                    (call,) = bench.call(*words(authority.leaf(name)), tls(version), server.url)
                want_accepted(call)
                seen = server.seen[-1]
                want((seen.version, seen.name) == (version, "localhost"), f"{version}, SNI localhost", seen)


@CASES.case("openssl s_server -Verify: the certificate and its chain are checked")
def s_server(bench: Bench) -> None:
    for version in bench.versions:
        for authority in bench.devices:
            device = authority.leaf("device-below")
            call, shown = play_s_server(bench, authority, device, version)
            want_accepted(call)
            leaf = device.chain.read_text().split("-----END")[0]
            want(leaf in shown, "the device's certificate", shown)
            for words_of_openssl in ("depth=2", "verify return:1", "read certificate verify"):
                want(words_of_openssl in shown, words_of_openssl, shown)
            want("verify error" not in shown, "no verify error", shown)


def play_s_server(
    bench: Bench, authority: certs.Authority, device: certs.Leaf, version: str
) -> tuple[Call, str]:
    """Makes one call to openssl s_server, and writes its answer. ret: the call, and what s_server printed"""
    leaf = bench.ec.leaf("good")
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", leaf.chain, "-key", leaf.key]
    command += ["-Verify", "3", "-verify_return_error", "-CAfile", authority.ca, "-naccept", "1"]
    command += ["-state", "-tls1_3" if version == "TLSv1.3" else "-tls1_2"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=0
    ) as server:
        guard = threading.Timer(RUN_S, server.kill)  # only ends a test that hangs
        guard.start()
        shown, calls = "", []
        while not (shown.endswith("\n") and "ACCEPT" in shown):
            shown += read_some(server)
        port = shown.split("ACCEPT ")[1].split()[0].rsplit(":", 1)[1]
        caller = threading.Thread(
            target=lambda: calls.extend(bench.call(*words(device), tls(version), f"https://localhost:{port}"))
        )
        caller.start()
        while "\n\n" not in shown.replace("\r", "").partition("DELETE /")[2]:
            shown += read_some(server)
        server.stdin.write(GOOD.decode())
        caller.join(RUN_S)
        shown += server.communicate()[0]
        guard.cancel()
    want(len(calls) == 1, "one call", shown)
    return calls[0], shown


def read_some(server: subprocess.Popen) -> str:
    text = server.stdout.read(1)
    want(text, "s_server to go on", server.poll())
    return text


@CASES.case("a server that asks for no certificate: accepted")
def unasked(bench: Bench) -> None:
    for version in bench.versions:
        with bench.server(bench.ec, version, required=False) as server:
            (call,) = bench.call(*words(bench.ec.leaf("device")), tls(version), server.url)
        want_accepted(call)


@CASES.case("an RSA key that only a callback signs with: one signature per handshake, TLS 1.2")
def elsewhere(bench: Bench) -> None:
    device = bench.rsa.leaf("device")
    for best in ("tls=12", "tls=13", "tls=0"):
        with bench.server(bench.rsa) as server:
            calls, count = bench.call_elsewhere(*words(device), best, "calls=2", server.url)
        for call in calls:
            want_accepted(call)
        want((len(calls), count) == (2, 2), "two calls, two signatures", (calls, count))
        want([seen.version for seen in server.seen] == ["TLSv1.2"] * 2, "TLS 1.2", server.seen)
    with bench.server(bench.rsa, "TLSv1.3") as server:
        calls, count = bench.call_elsewhere(*words(device), "attempts=3", server.url)
    want_refused(calls[0], "TLS_VERSION")
    want(count == 0, "no signature", count)


@CASES.case("with sessions=1 each handshake sends the certificate: none is resumed")
def not_resumed(bench: Bench) -> None:
    for version in bench.versions:
        context = bench.context(bench.ec, version)
        with Server(answers(), context) as server:
            calls = bench.call("sessions=1", "calls=3", *words(bench.ec.leaf("device")), tls(version), server.url)
        for call in calls:
            want_accepted(call)
        want(context.session_stats()["hits"] == 0, "no session resumed", context.session_stats())


# Refused


REFUSED = [
    ("an expired certificate", "device-expired"),
    ("a certificate of another CA", "device-stranger"),
    ("a certificate for servers", "good"),
]


@CASES.each("the server refuses our certificate: reported, and not tried again", REFUSED)
def refused(bench: Bench, name: str) -> None:
    for version in bench.versions:
        for authority in bench.devices:
            with bench.server(authority, version) as server:
                (call,) = bench.call("attempts=3", *words(authority.leaf(name)), tls(version), server.url)
            # In TLS 1.3 the client may have sent its request before it finds the alert.
            effects = ("NONE", "UNKNOWN") if version == "TLSv1.3" else ("NONE",)
            want_refused(call, "OWN_CERTIFICATE_REFUSED", *effects)
            want(len(server.seen) == 1 and not server.seen[0].request, "one connection, no request", server.seen)


@CASES.case("TLS 1.3: a refusal that comes after the request was sent is reported at the first read")
def refused_late(bench: Bench) -> str | None:
    if "TLSv1.3" not in bench.versions:
        return "not tested: this mbedTLS has no TLS 1.3"

    def reads_late(peer: Peer) -> None:
        """Reads the end of the client's handshake only when the request has come too."""
        take = peer.take

        def take_all() -> None:
            take()
            while peer.seen.flights and len(peer.seen.raw) < TOKEN_SIZE:
                take()

        peer.take = take_all
        peer.shake()

    with Server(reads_late, bench.context(bench.ec, "TLSv1.3")) as server:
        (call,) = bench.call(
            "attempts=3", f"token={TOKEN_SIZE}", *words(bench.ec.leaf("device-expired")), "tls=13", server.url
        )
    want_refused(call, "OWN_CERTIFICATE_REFUSED", "UNKNOWN")
    want(call.sent > TOKEN_SIZE, "a complete request", call)
    return None


@CASES.case("no certificate, and the server requires one: reported as such")
def missing(bench: Bench) -> None:
    for version in bench.versions:
        with bench.server(bench.ec, version) as server:
            (call,) = bench.call("attempts=3", tls(version), server.url)
        effects = ("NONE", "UNKNOWN") if version == "TLSv1.3" else ("NONE",)
        want_refused(call, "TLS_CLIENT_CERTIFICATE", *effects)


@CASES.case("a certificate and a key that do not belong together, or cannot be read: no connection, not tried again")
def unusable(bench: Bench) -> None:
    ec_device, other, rsa_device = bench.ec.leaf("device"), bench.ec.leaf("good"), bench.rsa.leaf("device")
    rubbish = bench.folder / "rubbish"
    rubbish.write_text("no key at all")
    broken = certs.Leaf("rubbish", rubbish, rubbish)
    pairs = [(ec_device, other), (ec_device, rsa_device), (rsa_device, ec_device), (ec_device, broken), (broken, other)]
    for certificate, key in pairs:
        with bench.server(bench.ec) as server:
            (call,) = bench.call("attempts=3", *words(certificate, key), server.url)
        want_refused(call, "OWN_CERTIFICATE")
        want((server.seen, call.sent, call.dials) == ([], 0, 0), "no connection", (server.seen, call))


def run(binary: str) -> bool:
    with running.scratch("identity") as folder:
        bench = Bench(binary, certs.Authority(folder, "ec"), certs.Authority(folder, "rsa"), folder)
        return CASES.run(bench, WORKERS)


if __name__ == "__main__":
    tap.main("test_identity.py CALLER_BINARY", run)
