#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the firmware with a device's certificate, whose key only the board's secure element has. The firmware has
no AWS keys: it gets its credentials from a server that plays AWS IoT's credentials provider, and then cancels.

    test_board_identity.py TRUST_FOLDER IMAGE...

Each IMAGE is a test image with an identity. The provider uses OpenSSL and requires a client certificate. Prints
one line per case (`ok - name`, `not ok - name: detail`), and figures as `# ...`.
"""
from __future__ import annotations

import contextlib
import email.utils
import re
import ssl
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import device  # noqa: E402
import metadata  # noqa: E402
import probe  # noqa: E402
import running  # noqa: E402
import scripted  # noqa: E402
import service  # noqa: E402
import sigv4  # noqa: E402
import tap  # noqa: E402
import test_board  # noqa: E402
import tls_server  # noqa: E402
from listener import Listener  # noqa: E402
from running import ACCEPTED, NOTHING_SENT, UNKNOWN  # noqa: E402
from service import Credentials  # noqa: E402
from tap import want  # noqa: E402
from test_board import IDS, RAM_AT, SECRET_SIZE, Bench, run_cases, want_end  # noqa: E402

WIPE_COUNT_MAX = 100  # more wipes than there are until the credentials are there
SIGNED = "secure element: signature "
UNUSABLE = "this device's certificate or key cannot be used"
REFUSED = "the server refuses this device's certificate"
GIVEN = Credentials(scripted.KEY_ID, scripted.SECRET, scripted.TOKEN)  # what the provider gives by default
STORE_SIZE = 2048  # boards/bare/settings.h
CERTIFICATE_SIZE_MAX = 1023  # boards/bare/identity.c
SHORT_MS = "20000"  # a time-out that expires in a test; half of it is for the credentials

certs.RECIPES["device-stranger"] = certs.Recipe("a device of another CA", issuer="stranger", usage=certs.CLIENT)

CASES = tap.Cases()


def identity(bench: Bench, leaf: str = "device") -> dict[str, str]:
    return device.identity(bench.authority("ec").leaf(leaf), bench.folder)


def answer_with(*headers: str, by: Credentials = GIVEN, lifetime_s: int = metadata.LIFETIME_S, **changes: object) -> bytes:
    return metadata.iot_gives((by.key_id, by.secret, by.token), *headers, lifetime_s=lifetime_s, **changes)


def account(answer: bytes | None = None, **changes: object) -> metadata.Iot:
    return metadata.Iot(host=certs.BOARD_NAME, answer=answer, **changes)


@contextlib.contextmanager
def provider(bench: Bench, rule: metadata.Rule | None = None, kind: str = "rsa") -> Iterator[metadata.Source]:
    """Runs a provider that sends four certificates of this kind, and requires a device's certificate of the CA "ec"."""
    context = metadata.mutual_context(bench.authority(kind).leaf("four"), bench.authority("ec"))
    with metadata.Source(rule or account(), context) as source:
        yield source


def by_certificate(bench: Bench, source: Listener, **settings: str) -> dict[str, str]:
    changes = {name.replace("_", "-"): value for name, value in settings.items()}
    return {**device.without_keys(source.port), **identity(bench), **changes}


def run(bench: Bench, around: device.Surroundings | None = None, **settings: str) -> running.Answer:
    return bench.run({"timeout-ms": "120000", **IDS, **settings}, GIVEN, around)


def meet(
    bench: Bench,
    kind: str,
    rule: metadata.Rule | None = None,
    script: tls_server.Script | None = None,
    around: device.Surroundings | None = None,
    **settings: str,
) -> tuple[running.Answer, metadata.Source, list[tls_server.Seen]]:
    """Lets the board get credentials over mutual TLS and make the call. Both servers send four certificates of this
    kind."""
    context = certs.server_context(bench.authority(kind).leaf("four"))
    with provider(bench, rule, kind) as source, tls_server.Server(script or tls_server.answers(), context) as server:
        words = {"endpoint": device.url(server.port), **by_certificate(bench, source, **settings)}
        answer = run(bench, around, **words)
    return answer, source, server.seen


def signatures(answer: running.Answer) -> int:
    return answer.stdout.count(SIGNED)


def want_request(seen: tls_server.Seen, by: Credentials = GIVEN) -> None:
    """Checks that a request was signed with exactly these credentials."""
    date = re.search(rb"X-Amz-Date: (\S+)", seen.request)[1].decode()
    host = re.search(rb"Host: (\S+)", seen.request)[1].decode()
    target = f"/applications/{IDS['application-id']}/jobruns/{IDS['job-run-id']}"
    signature = sigv4.sign(date, sigv4.string_to_sign(date, sigv4.canonical(target, host, date, by.token)))
    for part in (f"Credential={by.key_id}/", f"Signature={signature}\r\n", f"X-Amz-Security-Token: {by.token}\r\n"):
        want(part.encode() in seen.request, part, seen.request)


# What the images can do


@CASES.case("gets credentials with its certificate, then cancels with them at moto, which checks the signature")
def cancels(bench: Bench) -> str:
    moto = bench.motos["rsa"]
    job = moto.start_job_run()
    ids = {"application-id": job.application_id, "job-run-id": job.job_run_id}
    with provider(bench, account(answer_with(by=moto.session))) as source:
        words = by_certificate(bench, source)
        answer = bench.run({"endpoint": device.url(moto.port), **ids, **words}, moto.session)
    want_end(answer, 0, ACCEPTED, "credentials: ready")
    want(moto.state(job) == "CANCELLED", "boto3 to see the job run CANCELLED", moto.state(job))
    (request,) = source.requests
    want(request.target == f"/role-aliases/{device.ALIAS}/credentials", "the role alias", request)
    want(request.name == certs.BOARD_NAME, "SNI", request)
    want(request.headers.get("x-amzn-iot-thingname") == device.THING, "the thing's name", request)
    want(request.subject == "localhost", "the subject of its certificate", request)
    want(signatures(answer) == 1, "one signature", answer.stdout)
    return Path(bench.image).stem


@CASES.case("a secret that is not the provider's: moto refuses, and the job run goes on")
def wrong_secret(bench: Bench) -> None:
    moto = bench.motos["rsa"]
    job = moto.start_job_run()
    ids = {"application-id": job.application_id, "job-run-id": job.job_run_id}
    wrong = Credentials(moto.session.key_id, "wrong" + moto.session.secret[5:], moto.session.token)
    with provider(bench, account(answer_with(by=wrong))) as source:
        answer = bench.run({"endpoint": device.url(moto.port), **ids, **by_certificate(bench, source)}, wrong)
    want_end(answer, 254, UNKNOWN, "did not accept the credentials")
    want(moto.state(job) == "RUNNING", "the job run RUNNING", moto.state(job))


@CASES.case("signs with the provider's credentials; shows the service no certificate; needs no thing's name")
def signed(bench: Bench) -> None:
    shown = []

    def script(peer: tls_server.Peer) -> None:
        tls_server.answers()(peer)
        shown.append(peer.tls.getpeercert())

    asking = certs.server_context(bench.authority("rsa").leaf("four"))
    asking.verify_mode = ssl.CERT_OPTIONAL
    asking.load_verify_locations(bench.authority("ec").ca)
    with provider(bench) as source, tls_server.Server(script, asking) as server:
        words = by_certificate(bench, source, thing_name="")
        answer = run(bench, endpoint=device.url(server.port), **words)
    want_end(answer, 0, ACCEPTED)
    want(shown and not shown[0], "no certificate for the service", shown)
    want("x-amzn-iot-thingname" not in source.requests[0].headers, "no thing's name", source.requests)
    want_request(server.seen[0])


@CASES.case("the service says that the credentials have expired: the board gets new ones, one signature per handshake")
def expired(bench: Bench) -> None:
    busy = tls_server.http("503 Busy", b'{"message":"m"}', "x-amzn-errortype: ServiceUnavailableException")
    gone = tls_server.http("403 Forbidden", b'{"message":"m"}', "x-amzn-errortype: ExpiredTokenException")
    scripts = iter([tls_server.answers(busy), tls_server.answers(gone), tls_server.answers()])
    answer, source, seen = meet(bench, "ec", script=lambda peer: next(scripts)(peer))
    want_end(answer, 0, ACCEPTED)
    want(len(source.requests) == 2 and len(seen) == 3, "two renewals", (source.requests, seen))
    want(signatures(answer) == 2, "two signatures", answer.stdout)


@CASES.case("no time server answers, with clock-floor: the provider's Date is the time of the first signature")
def learns_the_time(bench: Bench) -> None:
    def rule(request: metadata.Request) -> bytes:
        return account(answer_with(f"Date: {email.utils.formatdate(usegmt=True)}"))(request)

    with device.Surroundings() as around:
        around.time.mute = True
        answer, _, seen = meet(bench, "ec", rule, around=around, clock_floor="1")
    want_end(answer, 0, ACCEPTED, "time       unknown")
    want(len(seen) == 1, "one request", seen)
    date_s = tls_server.signed_at(seen[0].request)
    want(abs(date_s - time.time()) < 2 * device.RUN_S, "the provider's time", date_s)


@CASES.case("without a certificate and with a file of keys it cancels like any board")
def by_keys(bench: Bench) -> None:
    answer, seen = bench.meet(tls_server.answers())
    want_end(answer, 0, ACCEPTED)
    want("credentials:" not in answer.stdout and len(seen) == 1, "no renewal", answer.stdout)


# What the provider or the image refuses


HALF = metadata.as_json({"credentials": metadata.iot_answer(sessionToken=None)})
REFUSALS = (
    ("a certificate that is not attached to the thing", account(things=()), "AccessDeniedException: Invalid thing name passed",
     "Next: Attach the certificate to the thing"),
    ("a policy without iot:AssumeRoleWithCertificate", account(metadata.IOT_DENIED), "AccessDeniedException: Access Denied",
     "Next: Attach an active policy"),
    ("a certificate that is not active", account(metadata.IOT_INACTIVE), "Certificate is invalid", "Next: Register and activate"),
    ("an unknown role alias", account(aliases=()), "ResourceNotFoundException: Role alias does not exist", "Next: Check the role alias"),
    ("credentials that have expired", account(answer_with(lifetime_s=-1)), "expiration in the answer has passed",
     "Next: Check the clock of this device"),
    ("a token that is too large for the store", account(answer_with(sessionToken="t" * 4000)),
     "the store for the credentials is too small: it needs ", "Next: Give the provider a larger store"),
)  # fmt: skip


@CASES.each("reported, and nothing is sent to the service", [(name, (rule, words)) for name, rule, *words in REFUSALS])
def refusals(bench: Bench, given: tuple) -> None:
    rule, words = given
    answer, source, seen = meet(bench, "ec", rule)
    want_end(answer, 253, NOTHING_SENT, "no valid credentials", *words)
    want(source.requests and not seen, "requests to the provider only", (source.requests, seen))
    needed = re.search(r"it needs (\d+) bytes", answer.stdout)
    want(not needed or int(needed[1]) > STORE_SIZE, "a size above that of the store", answer.stdout)


@CASES.case("the service denies access: the thing's name is reported as a possible cause")
def denied(bench: Bench) -> None:
    no = tls_server.http("403 Forbidden", b'{"message":"m"}', "x-amzn-errortype: AccessDeniedException")
    for thing, words in (("", "thing-name is not set"), (device.THING, f"with the value {device.THING}")):
        answer, _, _ = meet(bench, "ec", script=tls_server.answers(no), thing_name=thing)
        want_end(answer, 254, running.REFUSED, words)
    answer, _ = bench.meet(tls_server.answers(no))
    want("thing" not in answer.stdout, "no thing without a certificate", answer.stdout)


@CASES.case("after an answer without a session token the board asks again, and uses the complete answer")
def half(bench: Bench) -> None:
    left = [HALF, answer_with()]
    answer, source, seen = meet(bench, "ec", lambda request: account(left.pop(0))(request))
    want_end(answer, 0, ACCEPTED)
    want(len(source.requests) == 2 and len(seen) == 1, "two requests to the provider", source.requests)
    want_request(seen[0])


@CASES.case("answers without a session token until the renewal ends: reported, and nothing is sent to the service")
def only_half(bench: Bench) -> None:
    answer, _, seen = meet(bench, "ec", account(HALF), timeout_ms=SHORT_MS)
    want_end(answer, 253, NOTHING_SENT)
    # The second text comes if the time ends during a request.
    possible = "credentials: the answer lacks credentials", "credentials: timed out while"
    want(any(words in answer.stdout for words in possible), possible[0], answer.stdout)
    want(not seen, "no connection to the service", seen)


@CASES.case("the request id of a refusal is printed")
def request_id(bench: Bench) -> None:
    refusal = metadata.as_json(
        {"message": "Access Denied"}, 403, "x-amzn-ErrorType: AccessDeniedException", "x-amzn-RequestId: 0a1b-2c3d"
    )
    answer, _, seen = meet(bench, "ec", account(refusal))
    want_end(answer, 253, NOTHING_SENT, "Request id of the credentials: 0a1b-2c3d")
    want(not seen, "no connection to the service", seen)


@CASES.case("a provider that never answers: reported in time, and nothing is sent to the service")
def silent(bench: Bench) -> None:
    released = threading.Event()

    def rule(request: metadata.Request) -> None:
        released.wait(device.RUN_S)

    context = certs.server_context(bench.authority("ec").leaf("good"))
    with provider(bench, rule, "ec") as source, tls_server.Server(tls_server.answers(), context) as server:
        words = by_certificate(bench, source, timeout_ms=SHORT_MS)
        answer = run(bench, endpoint=device.url(server.port), **words)
        released.set()
    want_end(answer, 253, NOTHING_SENT, "credentials: timed out while")
    want(not server.seen, "no connection to the service", server.seen)


def shake(bench: Bench, **settings: str) -> tuple[running.Answer, list[tls_server.Seen]]:
    """Runs the board against a provider that refuses the handshake and then reads on, so that its alert arrives."""
    context = metadata.mutual_context(bench.authority("rsa").leaf("four"), bench.authority("ec"))
    with tls_server.Server(tls_server.answers(answer_with()), context) as server:
        words = by_certificate(bench, server, tls="12", **settings)
        answer = run(bench, endpoint=device.url(1), **words)
    want(server.seen and not any(each.request for each in server.seen), "no request", server.seen)
    return answer, server.seen


@CASES.case("without a certificate: the provider requires one")
def missing(bench: Bench) -> None:
    answer, _ = shake(bench, certificate="")
    want_end(answer, 253, NOTHING_SENT, "the server requires a client certificate", "Next: Check that this device presents")


@CASES.case("a certificate of another CA: the provider refuses it, and there is one attempt")
def refused(bench: Bench) -> None:
    answer, seen = shake(bench, **identity(bench, "device-stranger"))
    want_end(answer, 253, NOTHING_SENT, REFUSED)
    want(len(seen) == 1 and signatures(answer) == 1, "one handshake", seen)


@CASES.case("a wrong key, a missing key, a broken certificate: reported as this device's, and nothing is sent")
def unusable(bench: Bench) -> None:
    other = device.write_secret(bench.folder / "other.number", device.number_of(bench.authority("ec").leaf("good")))
    broken = device.write_secret(bench.folder / "broken.der", Path(identity(bench)["certificate"]).read_bytes()[:-1])
    for wrong in {"key": other}, {"key": "/nowhere"}, {"certificate": broken}:
        answer, source, seen = meet(bench, "ec", tls="12", **wrong)
        want_end(answer, 253, NOTHING_SENT, UNUSABLE)
        want(not source.requests and not seen, "no request", (wrong, source.requests, seen))


@CASES.case("a provider that this device does not trust: no request, no signature")
def stranger(bench: Bench) -> None:
    context = metadata.mutual_context(bench.authority("ec").leaf("other-ca"), bench.authority("ec"))
    with metadata.Source(account(), context) as source:
        answer = run(bench, endpoint=device.url(1), **by_certificate(bench, source))
    want_end(answer, 253, NOTHING_SENT, "certificate issued by an unknown CA")
    want(not source.requests and signatures(answer) == 0, "no signature", answer.stdout)


BAD_SETTINGS = (
    ("no endpoint", {"iot-endpoint": ""}, "iot-endpoint is missing"),
    ("plain http", {"iot-endpoint": f"http://{certs.BOARD_NAME}"}, "iot-endpoint must be a host name, or https://host[:port]"),
    ("no role alias", {"role-alias": ""}, "role alias is missing"),
    ("a role alias with a slash", {"role-alias": "a/b"}, "role alias may hold only"),
    ("a thing's name with a dot", {"thing-name": "a.b"}, "thing name may hold only"),
    ("a certificate and nothing else", {"iot-endpoint": "", "role-alias": "", "thing-name": ""}, "iot-endpoint is missing"),
    ("a file of keys too", {"credentials": None}, "credentials: a device with a certificate gets"),
    ("a certificate file that does not exist", {"certificate": "/nowhere"}, "certificate: the file"),
)


@CASES.each("refuses before anything is sent", [(name, (changes, words)) for name, changes, words in BAD_SETTINGS])
def bad_settings(bench: Bench, given: tuple) -> None:
    changes, words = given
    with provider(bench) as source:
        settings = {**by_certificate(bench, source), **changes, "endpoint": device.url(1)}
        answer = run(bench, **{name: value for name, value in settings.items() if value is not None})
    want_end(answer, 252, NOTHING_SENT, words)
    want(not source.requests, "no request", source.requests)


@CASES.case("a certificate of the largest size is read; one more byte is refused, and the error names the size")
def certificate_sizes(bench: Bench) -> None:
    wrong = {"role-alias": "a/b", "endpoint": device.url(1)}
    with provider(bench) as source:
        for size, words in ((CERTIFICATE_SIZE_MAX, "role alias may hold only"),
                            (CERTIFICATE_SIZE_MAX + 1, "certificate: the file cannot be read, or is larger than "
                             f"{CERTIFICATE_SIZE_MAX} bytes")):
            path = device.write_secret(bench.folder / "large.der", bytes(size))
            answer = run(bench, **{**by_certificate(bench, source), **wrong, "certificate": str(path)})
            want_end(answer, 252, NOTHING_SENT, words)


@CASES.case("an error before the renewal begins is reported as on any board")
def before_a_renewal(bench: Bench) -> None:
    with provider(bench) as source:
        words = {"endpoint": device.url(1), **by_certificate(bench, source, job_run_id="00RUN1")}
        answer = run(bench, **words)
        plain = bench.run({"endpoint": device.url(1), **IDS, "job-run-id": "00RUN1"})
    want_end(answer, 252, NOTHING_SENT, "emrs: job run id")
    steps = [re.search(r"^Next: .*$", each.stdout, re.M)[0] for each in (answer, plain)]
    want(steps[0] == steps[1], "the same next step", steps)


# Memory


@CASES.case("the stack is at least a quarter larger than the part that was used")
def stack(bench: Bench) -> str:
    answer, _, _ = meet(bench, "rsa")
    row = re.search(r"^  stack +(\d+) of +(\d+)", answer.stdout, re.M)
    used, size = int(row[1]), int(row[2])
    want(used * test_board.STACK_AIR <= size, f"a stack of {test_board.STACK_AIR} times the part used", (used, size))
    return f"{Path(bench.image).stem}: {used} of {size}"


@CASES.case("after the call RAM holds nothing of the private key, and nothing of the credentials")
def no_key(bench: Bench) -> str:
    number = device.number_of(bench.authority("ec").leaf("device"))
    context = certs.server_context(bench.authority("ec").leaf("good"))
    with provider(bench, kind="ec") as source, tls_server.Server(tls_server.answers(), context) as server:
        words = {"endpoint": device.url(server.port), **IDS, **by_certificate(bench, source)}
        names = probe.symbols(bench.image)
        with probe.Probe(device.Board(bench.image, bench.around).command(words), names) as stub:
            size = names["link_free_high"] - RAM_AT
            # The controls: the key must be found after the element has read it, and the credentials after the
            # provider has given them. Only functions that no compiler inlines can be named here.
            stub.run_to("ecdsa_sign_wrap")
            stub.run_to("emrs_wipe")
            before = stub.read(RAM_AT, min(size, 64 * 1024))
            for _ in range(WIPE_COUNT_MAX):
                stub.run_to("emrs_step")  # from another address: else it would stop where it is
                stub.run_to("emrs_wipe")
                given = stub.read(RAM_AT, min(size, 128 * 1024))
                if GIVEN.secret.encode() in given and GIVEN.token.encode() in given:
                    break
            stub.run_to("board_exit")
            want(stub.first_argument() == 0, "an accepted call", stub.first_argument())
            after = stub.read(RAM_AT, min(size, 128 * 1024))
    want(number in before, "the private number when the element has read it", len(before))
    for found in (number, number[::-1]):
        want(found[:8] not in after and found[-8:] not in after, "no piece of the private key", len(after))
    for secret in (GIVEN.secret.encode(), GIVEN.token.encode()):
        want(secret in given, "the credentials, after the provider has given them", len(given))
        leak = running.leak(secret, after, SECRET_SIZE)
        want(not leak, "no piece of the credentials", (leak, after.find(leak)))
    return f"{Path(bench.image).stem}: searched {len(after)} bytes of RAM ({len(before)} before)"


def test(trust: str, *images: str) -> bool:
    with service.running_service(True, True, (Path(trust), "rsa")) as moto:
        return run_cases(CASES, "board-identity", Path(trust), images, {"rsa": moto})


if __name__ == "__main__":
    tap.main("test_board_identity.py TRUST_FOLDER IMAGE [IMAGE]", test)
