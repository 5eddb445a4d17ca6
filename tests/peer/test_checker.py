#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the stream checker on good streams, and on streams that each break the contract in one way. The good
ones must pass; for each wrong one the right check must fail.

usage: test_checker.py CHECKED_PROGRAM
"""
from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import proxy
import running
import scripted
import tap

PEER = Path(__file__).parents[2] / "port" / "checker" / "peer.py"
RUN_S = 600  # only ends a hang
TRIES = 5  # on a busy machine a good stream may be late, but not five times; a bad one fails each time
WORKERS = 10  # the checks mostly wait
CHECK_COUNT = 30
TLS_COUNT = 6  # checks that need TLS

CASES = tap.Cases()


@dataclass(frozen=True)
class Bench:
    binary: str
    plain_port: int
    tls_port: int
    trust: Path
    elsewhere: dict[str, int]  # plain peers at other addresses, and their ports

    def run(self, stream: str, fault: str, host: str) -> running.Answer:
        # With TLS the host is a name, because mbedTLS 2.28 matches no address in a certificate. Without TLS it is an
        # address, because a name may have several.
        where = ["localhost", str(self.tls_port), str(self.trust)]
        if stream == "posix":
            where = [host, str(self.elsewhere.get(host, self.plain_port)), "-"]
        command = [self.binary, stream, *where, fault]
        return running.execute(command, running.environment(), RUN_S)

    def check(self, stream: str, fault: str,
              host: str = "127.0.0.1") -> tuple[list[str], list[str], list[str]]:
        """ret: the checks that passed, that failed, that were skipped"""
        done = self.run(stream, fault, host)
        lines = done.stdout.splitlines()
        failed = [line[9:].split(":")[0] for line in lines if line.startswith("not ok - ")]
        good = [line[5:] for line in lines if line.startswith("ok - ")]
        skipped = [name.split(" # SKIP ")[0] for name in good if " # SKIP " in name]
        passed = [name for name in good if " # SKIP " not in name]
        tap.want(done.code == bool(failed), "an exit code that agrees", (done.code, done.stderr))
        tap.want(len(passed) + len(failed) + len(skipped) == CHECK_COUNT, "a line for every check", lines)
        return passed, failed, skipped


@CASES.each("passes", [
    ("TCP of the POSIX port", "posix", "none", TLS_COUNT),
    ("our TLS over it", "tls", "none", 0),
    ("another TLS stack, with the `confirmation` of emrs_verified.h", "verified", "none", 0),
    ("TCP with a clock that wraps", "posix", "time wraps", TLS_COUNT),
    ("our TLS with a clock that wraps", "tls", "time wraps", 0),
    ("another TLS stack with a clock that wraps", "verified", "time wraps", 0),
    ("another TLS stack that cannot tell CLOSED from CUT", "verified", "cannot tell closed from cut", 0),
    ("TCP that works in a main loop", "posix", "works in a main loop", TLS_COUNT),
    ("our TLS over TCP that works in a main loop", "tls", "works in a main loop", 0),
])
def passes(bench: Bench, stream: str, fault: str, skip_count: int) -> str:
    for _ in range(TRIES):
        passed, failed, skipped = bench.check(stream, fault)
        if not failed:
            break
    tap.want(not failed and len(skipped) == skip_count, f"{skip_count} skipped, none failed",
             (failed, skipped))
    return f"{len(passed)} checks passed, {len(skipped)} skipped: {stream}, fault {fault}"


@CASES.case("passes: our TLS through a proxy")
def passes_proxy(bench: Bench) -> str:
    with scripted.Server(proxy.tunnels()) as ours:
        return passes(bench, f"proxy={ours.port}", "none", 0)


@CASES.each("passes where peer.py listens at", [
    ("another address", "127.0.0.2"),
    ("only an IPv6 address", "::1"),
])
def passes_elsewhere(bench: Bench, host: str) -> None:
    if host not in bench.elsewhere:
        raise tap.Skipped("no IPv6 loopback here")
    _, failed, _ = bench.check("posix", "none", host)
    tap.want(not failed, "no check failed", failed)


@CASES.case("without `confirmation` the failed check names verified/README.md")
def not_confirmed(bench: Bench) -> None:
    lines = bench.run("verified", "does not confirm", "localhost").stdout.splitlines()
    told = [line for line in lines if line.startswith("not ok - connects")]
    tap.want(len(told) == 1 and "verified/README.md" in told[0], "verified/README.md", told)


@CASES.case("for a stream that begins anew, and for one that leaks, the failed check names the cause")
def look(bench: Bench) -> None:
    for stream, fault, name, words in [
        ("verified", "begins anew", "slow handshake", ["begins anew"]),
        ("posix", "leaks", "connect again", ["no socket or memory left", "did not free"]),
    ]:
        host = "127.0.0.1"
        lines = bench.run(stream, fault, host).stdout.splitlines()
        told = [line for line in lines if line.startswith(f"not ok - {name}")]
        tap.want(len(told) == 1 and all(word in told[0] for word in words), words, told)


@CASES.case("peer.py writes the CA as DER too")
def der(bench: Bench) -> None:
    pem = ssl.PEM_cert_to_DER_cert(bench.trust.read_text(encoding="ascii"))
    tap.want(bench.trust.with_suffix(".der").read_bytes() == pem, "the certificate of ca.pem", "")


# The last column has the checks that must fail. With "..." others may fail too, because they need the same thing;
# without it they may not.
@CASES.each("finds the fault: the stream", [
    ("loses a byte", "posix", "loses a byte", "bulk, full"),
    ("sends a byte twice", "posix", "sends a byte twice", "bulk, full"),
    ("sends without a copy", "posix", "sends without a copy", "bulk, full, ..."),
    ("connects late", "posix", "connects late", "unanswered, past, close early"),
    ("connects late", "tls", "connects late", "unanswered, silent handshake, past, ..."),
    ("sends late", "posix", "sends late", "full, close busy"),
    ("sends late", "tls", "sends late", "full, close busy"),
    ("receives late", "posix", "receives late", "silence, past, ..."),
    ("receives only full windows", "posix", "receives only full windows", "drip, ..."),
    ("writes past its window", "posix", "writes past its window", "window of 1, ..."),
    ("reports a cut as closed", "posix", "reports a cut as closed", "cut, reset in send"),
    ("reports a cut as closed", "tls", "reports a cut as closed", "cut, ..."),
    ("reports closed as a cut", "tls", "reports closed as a cut", "closed"),
    ("reports a cut as pending", "posix", "reports a cut as pending", "cut"),
    ("reports a reset as closed", "posix", "reports a reset as closed", "reset, ..."),
    ("fails without a reason", "posix", "fails without a reason", "refused, ..."),
    ("reports a refusal as pending", "posix", "reports a refusal as pending", "refused"),
    ("reports plain TCP as verified", "posix", "reports plain TCP as verified", "connects"),
    ("reports plain TCP as TLS", "posix", "reports plain TCP as TLS", "other kind"),
    ("has no `confirmation`", "verified", "does not confirm", "connects"),
    ("overlooks the chain", "verified", "overlooks the chain", "untrusted CA"),
    ("overlooks the name", "verified", "overlooks the name", "other name"),
    ("overlooks dates", "verified", "overlooks dates", "expired"),
    ("opens only once", "posix", "opens only once", "cycles, close unopened, ..."),
    ("begins anew each 250 ms", "verified", "begins anew", "slow handshake"),
    ("closes descriptor 0", "posix", "closes descriptor 0", "frees all"),
    ("leaks", "posix", "leaks", "connect again, cycles, ..."),
    ("closes slowly", "posix", "closes slowly", "connects"),
    ("leaks a descriptor", "posix", "leaks a descriptor", "frees all"),
    ("leaks a half-open connection", "posix", "leaks a half-open connection", "frees all"),
    ("does not connect again", "posix", "does not connect again", "connect again"),
    ("sends for another owner", "posix", "sends for any owner", "owner"),
    ("receives for another owner", "tls", "receives for any owner", "owner"),
    ("reports a time-out as a failure", "posix", "reports a time-out as a failure", "unanswered"),
    ("reports a time-out as a failure", "tls", "reports a time-out as a failure",
     "unanswered, silent handshake"),
    ("time stands still", "posix", "time stands still", "clock moves"),
    ("counts ticks, not ms", "posix", "counts ticks, not ms", "clock pace"),
    ("time goes back", "posix", "time goes back", "clock forward"),
    ("uses another time zone", "posix", "uses another time zone", "utc"),
])
def catches(bench: Bench, stream: str, fault: str, checks: str) -> None:
    wanted = set(checks.split(", "))
    more = "..." in wanted
    wanted.discard("...")
    for _ in range(TRIES):
        _, failed, _ = bench.check(stream, fault)
        if wanted <= set(failed) if more else wanted == set(failed):
            return
    tap.want(False, checks, failed)


@contextlib.contextmanager
def peer(*options: object) -> Iterator[int]:
    """Runs port/checker/peer.py. ret: its port"""
    command = [sys.executable, str(PEER), *map(str, options)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            word, _, port = (child.stdout.readline() if child.stdout else "").partition(" ")
            tap.want(word == "port", "a peer that listens", word)
            yield int(port)
        finally:
            child.terminate()


def has_ipv6() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        return True
    return False


def run(binary: str) -> bool:
    with running.scratch("checker") as folder:
        make = [sys.executable, str(PEER), "--make", str(folder), "localhost", "127.0.0.1"]
        subprocess.run(make, check=True)
        hosts = ["127.0.0.2"] + (["::1"] if has_ipv6() else [])
        with contextlib.ExitStack() as stack:
            plain_port = stack.enter_context(peer())
            tls_port = stack.enter_context(peer("--tls", folder))
            elsewhere = {host: stack.enter_context(peer("--host", host)) for host in hosts}
            bench = Bench(binary, plain_port, tls_port, folder / "ca.pem", elsewhere)
            return CASES.run(bench, WORKERS)


if __name__ == "__main__":
    tap.main("test_checker.py CHECKED_PROGRAM", run)
