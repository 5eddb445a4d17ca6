#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the firmware under the emulator. It must cancel at moto, and report each error.

    test_board.py TRUST_FOLDER IMAGE...

Each IMAGE is a test image: it trusts the CAs in TRUST_FOLDER, which certs.py made. Prints one line per case
(`ok - name`, `not ok - name: detail`), and figures as `# ...`.
"""
from __future__ import annotations

import contextlib
import functools
import json
import re
import shutil
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import device  # noqa: E402
import faults  # noqa: E402
import probe  # noqa: E402
import running  # noqa: E402
import service  # noqa: E402
import tap  # noqa: E402
import tls_server  # noqa: E402
from running import ACCEPTED, NOTHING_SENT, UNKNOWN, Answer  # noqa: E402
from service import Credentials, Service  # noqa: E402
from tap import want  # noqa: E402

WORKERS = 2
TIMEOUT_MS = "3000"
ATTEMPTS_MS = "20000"  # a time-out that is long enough for several attempts, each with a handshake
YEAR_S = 365 * 86400
BIG_SIZE = 100_000
SECRET_SIZE = 8  # bytes of a secret; no piece of this size may be in memory
RAM_AT = 0x20000000

# The limits of the images: all RAM in bytes, by the kind of the server's chain; the factor between the size of the
# stack and the part of it that is used.
RAM_MOST = {
    "lm3s6965evb": {"rsa": 48 * 1024, "rsa-4096": 56 * 1024},
    "lm3s6965evb-tls13": {"rsa": 64 * 1024, "ec": 64 * 1024},
    "mps2-an385": {"rsa": 64 * 1024, "rsa-4096": 72 * 1024},
}
STACK_AIR = 1.25
LEAST_OF_A_SIGNATURE = 60_000_000  # fewest instructions that check a signature on P-384; figures: tests/SIZE.md
NOBODY = Credentials("AKIDEXAMPLE", "no/secret/of/anybody", "nor+a+token" * 40)
IDS = {"application-id": tls_server.APPLICATION, "job-run-id": tls_server.JOB}


@dataclass
class Bench:
    """The argument of every case: one image, a moto per kind of chain, a folder for leaves."""

    image: str
    trust: Path
    folder: Path
    around: device.Surroundings
    motos: dict[str, Service]
    counts: bool = False  # the emulator counts instructions, and its clock follows them

    @property
    def has_tls_1_3(self) -> bool:
        return not self.image.endswith("lm3s6965evb.elf")

    def authority(self, kind: str) -> certs.Authority:
        return certs.Authority.kept(self.trust, kind, self.folder)

    def run(
        self,
        settings: dict[str, str],
        credentials: Credentials = NOBODY,
        around: device.Surroundings | None = None,
    ) -> Answer:
        answer = device.Board(self.image, around or self.around, self.counts).run(credentials, settings)
        leak = credentials.leak(answer.stdout + answer.stderr)
        want(not leak, "no secret on the console", leak)
        want("high-water marks" in answer.stdout or answer.code == 252, "the figures at the end of a run", answer)
        return answer

    def meet(
        self,
        script: tls_server.Script,
        leaf: str = "good",
        kind: str = "ec",
        context: ssl.SSLContext | None = None,
        around: device.Surroundings | None = None,
        **settings: str,
    ) -> tuple[Answer, list[tls_server.Seen]]:
        """Makes one run against a TLS server with this script, and with this leaf of a CA that the image trusts."""
        context = context or certs.server_context(self.authority(kind).leaf(leaf))
        with tls_server.Server(script, context) as server:
            words = {"endpoint": device.url(server.port), "timeout-ms": "120000", **IDS}
            words.update({key.replace("_", "-"): value for key, value in settings.items()})
            answer = self.run(words, around=around)
        return answer, server.seen


CASES = tap.Cases()


def want_end(answer: Answer, code: int, effect: str, *words: str) -> None:
    want(answer.code == code, f"exit {code}", answer)
    want(effect in answer.stdout, f"effect '{effect}'", answer.stdout)
    for word in words:
        want(word in answer.stdout, f"'{word}'", answer.stdout)


def marks(answer: Answer) -> dict[str, int]:
    """ret: the table at the end of a run: the first number of each row, by its name"""
    rows = re.findall(r"^  (\S.*?\S) +(\d+)", answer.stdout, re.M)
    return {name: int(value) for name, value in rows}


def want_cancelled(bench: Bench, kind: str, **settings: str) -> Answer:
    moto = bench.motos[kind]
    run = moto.start_job_run()
    words = {
        "endpoint": device.url(moto.port),
        "application-id": run.application_id,
        "job-run-id": run.job_run_id,
        **settings,
    }
    answer = bench.run(words, moto.session)
    want_end(answer, 0, ACCEPTED, run.job_run_id)
    state = moto.state(run)
    want(state == "CANCELLED", "boto3 to see the job run CANCELLED", state)
    return answer


# What the images can do


CHAINS = (
    ("ECDSA, P-256", "ec"),
    ("ECDSA, P-384", "p384"),
    ("RSA-2048", "rsa"),
    ("RSA-4096", "rsa-4096"),
)


@CASES.each("cancels at moto, which checks the signature; the chain is", list(CHAINS))
def cancels(bench: Bench, kind: str) -> None:
    answer = want_cancelled(bench, kind, grace="120")
    want("TLSv1.3" in answer.stdout or not bench.has_tls_1_3, "TLS 1.3", answer.stdout)


@CASES.case("speaks TLS 1.2 if a boot parameter asks for it")
def older(bench: Bench) -> None:
    want("TLSv1.2" in want_cancelled(bench, "rsa", tls="12").stdout, "TLS 1.2", bench.image)


@CASES.case("a wrong secret: moto refuses, and the job run goes on")
def wrong_secret(bench: Bench) -> None:
    moto = bench.motos["ec"]
    run = moto.start_job_run()
    words = {
        "endpoint": device.url(moto.port),
        "application-id": run.application_id,
        "job-run-id": run.job_run_id,
    }
    right = moto.session
    answer = bench.run(words, Credentials(right.key_id, "wrong" + right.secret[5:], right.token))
    want_end(answer, 254, UNKNOWN, "did not accept the credentials")
    want(moto.state(run) == "RUNNING", "the job run RUNNING", moto.state(run))


@CASES.case("the server sends four certificates, as AWS does")
def four(bench: Bench) -> str:
    answer, _ = bench.meet(tls_server.answers(), "four", "rsa")
    want_end(answer, 0, ACCEPTED)
    return f"{Path(bench.image).stem}: arena {marks(answer)['TLS arena']}, stack {marks(answer)['stack']}"


@CASES.case("an error of 100 KB, in records of 16 KB: its name and message are reported")
def big_error(bench: Bench) -> None:
    body = b'{"message":"' + b"x" * BIG_SIZE + b'"}'
    script = tls_server.answers(tls_server.http("400 Bad Request", body, "x-amzn-errortype: ValidationException"))
    answer, _ = bench.meet(script)
    want_end(answer, 254, running.REFUSED, "ValidationException: xxxxxxxx")


@CASES.case("an error that repeats secrets: the console shows none of them")
def echo(bench: Bench) -> None:
    text = f"{NOBODY.secret} {'0123456789abcdef' * 4} {NOBODY.token}"
    body = json.dumps({"message": f"it is {text}"}).encode()
    script = tls_server.answers(tls_server.http("400 Bad Request", body, "x-amzn-errortype: ValidationException"))
    answer, _ = bench.meet(script)
    want_end(answer, 254, running.REFUSED, f"ValidationException: it is {'*' * len(NOBODY.secret)} ")
    for secret in text.split():
        want(not running.leak(secret, answer.stdout, SECRET_SIZE), "no secret", answer.stdout)


@CASES.case("stays within its limit of RAM, with four certificates")
def budget(bench: Bench) -> str:
    """Gives the image an arena that just fits into the limit. The call must succeed in it."""
    name, figures = Path(bench.image).stem, []
    for kind, most in RAM_MOST[name].items():
        answer, _ = bench.meet(tls_server.answers(), "four", kind)
        room = most - marks(answer)["RAM, static"]
        answer, _ = bench.meet(tls_server.answers(), "four", kind, arena=str(int(room / 1.03)))
        want_end(answer, 0, ACCEPTED)
        figures.append(f"{kind} in {most} bytes, {room} of them for the arena")
    return f"{name}: {'; '.join(figures)}"


@CASES.case("the stack is at least a quarter larger than the part that was used")
def stack(bench: Bench) -> None:
    for kind in ("ec", "rsa"):
        answer, _ = bench.meet(tls_server.answers(), "four", kind)
        row = re.search(r"^  stack +(\d+) of +(\d+)", answer.stdout, re.M)
        used, size = int(row[1]), int(row[2])
        want(used * STACK_AIR <= size, f"a stack of {STACK_AIR} times the part used", (used, size))


@CASES.case("after the call no piece of a secret is anywhere in RAM")
def no_secret(bench: Bench) -> str:
    names = probe.symbols(bench.image)
    context = certs.server_context(bench.authority("ec").leaf("good"))
    with tls_server.Server(tls_server.answers(), context) as server, running.scratch("s") as folder:
        with device.credentials_file(folder, NOBODY) as path:
            words = {"endpoint": device.url(server.port), "credentials": str(path), **IDS}
            command = device.Board(bench.image, bench.around).command(words)
            with probe.Probe(command, names) as stub:
                # The control: before the call the secrets must be found.
                stub.run_to("board_entropy")
                size = names["link_free_high"] - RAM_AT
                before = stub.read(RAM_AT, min(size, 64 * 1024))
                stub.run_to("board_exit")
                want(stub.first_argument() == 0, "an accepted call", stub.first_argument())
                after = stub.read(RAM_AT, min(size, 128 * 1024))
    for secret in (NOBODY.secret.encode(), NOBODY.token.encode()):
        want(running.leak(secret, before, SECRET_SIZE), "the secret before the call", len(before))
        leak = running.leak(secret, after, SECRET_SIZE)
        want(not leak, "no piece of a secret", (leak, after.find(leak)))
    return f"{Path(bench.image).stem}: searched {len(after)} bytes of RAM"


@CASES.case("without entropy no TLS begins, and the error says why")
def no_entropy(bench: Bench) -> None:
    words = {"endpoint": device.url(1), **IDS}
    command = device.Board(bench.image, bench.around).command(words)
    with probe.Probe(command, probe.symbols(bench.image)) as stub:
        stub.run_to("board_entropy")
        stub.answer_with(-1)
        code, said = stub.end()
    want(code == 253, "exit 253", (code, said))
    want("entropy source gave no bytes" in said and NOTHING_SENT in said, "the reason and the effect", said)


@CASES.case("prints a warning that it trusts test CAs")
def loud(bench: Bench) -> None:
    answer, _ = bench.meet(tls_server.answers())
    want("*** TEST IMAGE" in answer.stdout, "a warning about the test CAs", answer.stdout)


# What the images refuse


UNTRUSTED = (
    ("an untrusted CA", "other-ca", "certificate issued by an unknown CA"),
    ("an untrusted CA with the name of a trusted one", "impostor-ca", "certificate issued by an unknown CA"),
    ("a leaf for another host", "wrong-name", "certificate is for another host name"),
    ("an expired leaf", "expired", "certificate has expired"),
    ("a leaf that is valid from tomorrow", "not-yet-valid", "certificate is not yet valid"),
    ("a leaf for clients only", "client-only", "certificate is not meant for servers"),
)


@CASES.each("refuses", list(UNTRUSTED))
def untrusted(bench: Bench, leaf: str, words: str) -> None:
    answer, seen = bench.meet(tls_server.answers(), leaf)
    want_end(answer, 255, NOTHING_SENT, words)
    want(not any(each.request for each in seen), "no byte of HTTP", seen)


def count(bench: Bench, leaf: certs.Leaf) -> tuple[Answer, dict[str, int]]:
    """Makes one run against this chain. The emulator's clock follows the instructions, so figures are instructions."""
    counted = Bench(bench.image, bench.trust, bench.folder, bench.around, {}, counts=True)
    context = certs.server_context(leaf)
    with tls_server.Server(tls_server.answers(), context) as server:
        answer = counted.run({"endpoint": device.url(server.port), "timeout-ms": "600000", **IDS})
    return answer, marks(answer)


# Keys that the images cannot read. They are refused with another error, before a signature is checked.
UNREADABLE = ("one RSA key of 8192 bits", "one key on brainpoolP512r1", "one key on secp256k1")


@CASES.each("a chain that takes long to check is refused; after the leaf", [(name, name) for name in certs.COSTLY])
def costly(bench: Bench, name: str) -> str:
    answer, seen = count(bench, bench.authority("p384").costly(name))
    want_end(answer, 255, NOTHING_SENT)
    if name not in UNREADABLE:
        want("too costly to check" in answer.stdout, "too costly to check", answer.stdout)
    want(seen["longest without feeding"] < LEAST_OF_A_SIGNATURE, "no signature checked", seen)
    return f"{name}: {seen['longest without return']} instructions without a return to the main loop"


@CASES.each("a clock", [
    ("ten years ahead", 10 * YEAR_S, 255, "certificate has expired"),
    ("before this release", -10 * YEAR_S, 253, "the clock"),
])  # fmt: skip
def wrong_clock(bench: Bench, ahead_s: int, code: int, words: str) -> None:
    with device.Surroundings() as around:
        around.time.ahead_s = ahead_s
        answer, seen = bench.meet(tls_server.answers(), around=around)
    want_end(answer, code, NOTHING_SENT, words)
    want(not any(each.request for each in seen), "no byte of HTTP", seen)


@CASES.case("no time server answers: refused, and nothing is sent")
def no_time(bench: Bench) -> None:
    with device.Surroundings() as around:
        around.time.mute = True
        answer, seen = bench.meet(tls_server.answers(), around=around)
    want_end(answer, 253, NOTHING_SENT, "time       unknown")
    want(seen == [], "no connection", seen)


@CASES.case("a clock before the build, with clock-floor: the service's Date is the time of the next signature")
def floor(bench: Bench) -> None:
    answer, seen = meet_at_the_floor(bench, "good")
    want_end(answer, 0, ACCEPTED)
    dates = [tls_server.signed_at(each.request) for each in seen]
    want(len(dates) == 2 and dates[0] < dates[1], "two dates", dates)
    want(abs(dates[1] - time.time()) < 2 * device.RUN_S, "the service's time in the second", dates)


@CASES.case("the same with a certificate that expired after the build: refused once the time is known")
def floor_expired(bench: Bench) -> None:
    answer, seen = meet_at_the_floor(bench, "expired")
    want_end(answer, 254, running.REFUSED, "certificate has expired")
    want([bool(each.request) for each in seen] == [True, False], "one request", seen)


def meet_at_the_floor(bench: Bench, leaf: str) -> tuple[Answer, list[tls_server.Seen]]:
    told = tls_server.answers(tls_server.skewed(0, "Connection: close"))
    scripts = iter([told, tls_server.answers()])
    with device.Surroundings() as around:
        around.time.ahead_s = -10 * YEAR_S
        return bench.meet(lambda peer: next(scripts)(peer), leaf, around=around, clock_floor="1")


@CASES.case("a port where no server listens")
def closed_port(bench: Bench) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        answer = bench.run({"endpoint": device.url(unheard.getsockname()[1]), **IDS})
    want_end(answer, 255, NOTHING_SENT, "the connection was refused")


@CASES.case("a host name that does not exist")
def no_name(bench: Bench) -> None:
    answer = bench.run({"endpoint": device.url(1, "elsewhere.test"), **IDS})
    want_end(answer, 255, NOTHING_SENT, "resolve")


@CASES.case("a resolver that never answers: the deadline is kept")
def mute_resolver(bench: Bench) -> None:
    with device.Surroundings() as around:
        around.names.mute = True
        words = {"endpoint": device.url(1), "timeout-ms": TIMEOUT_MS, **IDS}
        answer = bench.run(words, around=around)
    want_end(answer, 255, NOTHING_SENT, "timed out while")


@CASES.case("a server that never answers: the deadline is kept, and the effect is unknown")
def mute_server(bench: Bench) -> None:
    """The phase at the deadline depends on the computer's speed, but a complete request was sent before."""
    mute = tls_server.answers_by(lambda peer: peer.drain())
    answer, seen = bench.meet(mute, timeout_ms=ATTEMPTS_MS)
    want_end(answer, 255, UNKNOWN, "timed out while")
    want(seen[0].request.endswith(b"\r\n\r\n"), "a whole request", seen)


@CASES.case("an answer cut in the middle: unknown, not accepted")
def cut_answer(bench: Bench) -> None:
    def cut(peer: tls_server.Peer) -> None:
        peer.say(tls_server.GOOD[:-1])
        peer.end()

    answer, _ = bench.meet(tls_server.answers_by(cut))
    want_end(answer, 254, UNKNOWN, "the answer ended early")


@CASES.case("a connection reset before the answer: unknown")
def reset(bench: Bench) -> None:
    answer, _ = bench.meet(tls_server.answers_by(lambda peer: peer.reset()))
    want_end(answer, 255, UNKNOWN)


@CASES.case("an arena that is too small: the error says so, whatever its size")
def small_arena(bench: Bench) -> None:
    for size in (1024, 8192, 17000, 19500, 21500, 24500):
        answer, seen = bench.meet(tls_server.answers(), "four", "rsa", arena=str(size))
        want_end(answer, 255, NOTHING_SENT, "TLS memory is used up")
        want(not any(each.request for each in seen), "no byte of HTTP", seen)


# The fault matrix, on the small board


FAULT_CASES = tap.Cases()
CODE_WORDS = {
    "ok": "end",
    "TLS": "emrs: TLS failed",
    "TIMEOUT": "emrs: timed out while",
    "CONNECT": "emrs: could not connect, or the connection was lost",
    "PROTOCOL": "emrs: the answer is not from this service",
    "TRUNCATED": "emrs: the answer ended early",
}
EFFECT_WORDS = {"NONE": NOTHING_SENT, "UNKNOWN": UNKNOWN, "ACCEPTED": ACCEPTED}


def meet_fault(bench: Bench, fault: faults.Fault) -> None:
    """Makes the fault in each attempt. With a time-out there are two: the second takes all of the time that is left."""
    timeout_ms = ATTEMPTS_MS if fault.code == "TIMEOUT" else "120000"
    answer, seen = bench.meet(fault.script, fault.leaf, fault.kind, timeout_ms=timeout_ms)
    is_answered = fault.code == "TRUNCATED" and fault.row != 59  # in row 59 no byte of an answer comes
    code = 0 if fault.code == "ok" else 254 if is_answered else 255
    want_end(answer, code, EFFECT_WORDS[fault.effect], CODE_WORDS[fault.code])
    attempts = 2 if fault.code == "TIMEOUT" else 3 if fault.retry else 1
    want(len(seen) == attempts, "as many connections as attempts", len(seen))
    whole = [each.request.endswith(b"\r\n\r\n") for each in seen]
    want(any(whole) == (fault.effect != "NONE"), "a whole request, or none", whole)


for each in faults.FAULTS:
    if each.board:
        FAULT_CASES.add(each.title, functools.partial(meet_fault, fault=each))


FILE_SIZE_MAX = 1599  # of the file of credentials: boards/bare/settings.c

BAD_SETTINGS = (
    ("an id in upper case", {"job-run-id": "00RUN1"}, 252, "job run id"),
    ("plain http to another machine", {"endpoint": "http://emr-serverless.test"}, 252, "plain"),
    ("a grace period of 5 s", {"grace": "5"}, 252, "grace period"),
    ("a region with a wrong byte", {"region": "us_east_1"}, 252, "region"),
    ("an unknown setting", {"endpiont": "x"}, 252, "endpiont: no such"),
    ("a word in place of a number", {"grace": "soon"}, 252, "grace: not a number"),
    ("an arena of 10 bytes", {"arena": "10"}, 252, "arena: less than 1024 bytes"),
    ("an arena of 1023 bytes", {"arena": "1023"}, 252, "arena: less than 1024 bytes"),
    ("a resolver that is not an address", {"dns": "nowhere"}, 252, "dns: not an address"),
    ("a file of credentials that does not exist", {"credentials": "/nowhere"}, 252, "credentials: the file"),
)


@CASES.each("refuses before anything is sent", list(BAD_SETTINGS))
def bad_settings(bench: Bench, settings: dict, code: int, words: str) -> None:
    answer = bench.run({"endpoint": device.url(1), **IDS, **settings})
    want_end(answer, code, NOTHING_SENT, words)


@CASES.case("a file of credentials of the largest size is read; one more byte is refused, and the error names the size")
def file_sizes(bench: Bench) -> None:
    for size, words in ((FILE_SIZE_MAX, "job run id"),
                        (FILE_SIZE_MAX + 1, f"credentials: the file cannot be read, or is larger than {FILE_SIZE_MAX} bytes")):
        path = device.write_secret(bench.folder / "large", b"X=".ljust(size, b"x"))
        settings = {"endpoint": device.url(1), **IDS, "job-run-id": "00RUN1", "credentials": str(path)}
        want_end(bench.run(settings), 252, NOTHING_SENT, words)


@contextlib.contextmanager
def services(trust: Path) -> Iterator[dict[str, Service]]:
    with contextlib.ExitStack() as stack:
        yield {
            kind: stack.enter_context(service.running_service(True, True, (trust, kind)))
            for _, kind in CHAINS
        }


def run_cases(cases: tap.Cases, name: str, trust: Path, images: tuple[str, ...], motos: dict[str, Service]) -> bool:
    """Runs the cases of another test with each of the images. ret: whether all are ok"""
    with device.Surroundings() as around, running.scratch(name) as folder:
        return all([cases.run(Bench(image, trust, folder, around, motos), WORKERS) for image in images])


def test(trust: str, *images: str) -> bool:
    if shutil.which(device.EMULATOR) is None:
        return tap.ok("boards", f"there is no {device.EMULATOR}")
    good = True
    with services(Path(trust)) as motos, device.Surroundings() as around:
        for image in images:
            with running.scratch("board") as folder:
                tap.note(Path(image).stem)
                bench = Bench(image, Path(trust), folder, around, motos)
                good &= CASES.run(bench, WORKERS)
                if Path(image).stem == "lm3s6965evb":
                    good &= FAULT_CASES.run(bench, WORKERS)
    return good


if __name__ == "__main__":
    tap.main("test_board.py TRUST_FOLDER IMAGE [IMAGE] [IMAGE]", test)
