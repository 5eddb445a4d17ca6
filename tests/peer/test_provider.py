#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Renews credentials from each source; metadata.py plays the sources.

    test_provider.py RENEWER_BINARY

Prints one line per case (`ok - name`, `not ok - name: detail`).
"""
from __future__ import annotations

import re
import socket
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

sys.dont_write_bytecode = True

import certs  # noqa: E402
import metadata  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
from calling import CODES  # noqa: E402
from metadata import GREENGRASS_PATH, LIFETIME_S, Source  # noqa: E402
from scripted import KEY_ID, SECRET, TOKEN, http  # noqa: E402
from tap import want  # noqa: E402

RUN_S = 120  # only ends a test that hangs
WORKERS = 4
LITE_TOKEN = "0123456789ABCDEF"

certs.RECIPES.update(
    {
        "thing": certs.Recipe("a device", usage=certs.CLIENT),
        "thing-expired": certs.Recipe("a device's, expired", days=(-20, -1), usage=certs.CLIENT),
        "thing-stranger": certs.Recipe("a device's, of another CA", issuer="stranger", usage=certs.CLIENT),
    }
)

CASES = tap.Cases()


@dataclass(frozen=True)
class Renewal:
    """What renewer.c printed about one renewal."""

    code: str  # "ok", or the name of the error without EMRS_E_
    status: int
    needed: int
    opened: int
    lifetime: int
    texts: dict[str, str]

    @property
    def next(self) -> str:
        return self.texts.get("next", "")


@dataclass(frozen=True)
class Bench:
    binary: str
    authority: certs.Authority
    strangers: certs.Authority
    folder: Path

    def renew(self, *words: str, **environment: str) -> list[Renewal]:
        command = [self.binary, *words]
        answer = running.execute(command, running.environment(environment), RUN_S)
        want(answer.code == 0 and not answer.stderr, "exit 0", answer)
        parts = re.split(r"^(code=.*)\n", answer.stdout, flags=re.M)[1:]
        return [_renewal(head, rest) for head, rest in zip(parts[::2], parts[1::2])]

    def renew_once(self, *words: str, **environment: str) -> Renewal:
        (renewal,) = self.renew(*words, **environment)
        return renewal

    def instance(self, source: Source) -> Renewal:
        """Renews from an instance. One second may be too short on a busy machine, so a time-out is tried again."""
        for _ in range(20):
            source.requests.clear()
            renewal = self.renew_once("source=instance", uri(source, ""))
            if renewal.code != "TIMEOUT":
                break
        return renewal

    def iot(
        self, source: Source, *words: str, device: str = "thing", trust: certs.Authority | None = None
    ) -> Renewal:
        leaf = self.authority.leaf(device) if device else None
        own = [f"certificate={leaf.chain}", f"key={leaf.key}"] if leaf else []
        common = ["source=iot", f"uri=localhost:{source.port}", f"ca={(trust or self.authority).ca}"]
        return self.renew_once(*common, "alias=emrs-alias", *own, *words)

    def iot_source(self, rule: metadata.Rule) -> Source:
        return Source(rule, metadata.mutual_context(self.authority.leaf("good"), self.authority))


def _renewal(head: str, rest: str) -> Renewal:
    said = {name: int(value) for name, value in (word.split("=") for word in head.split())}
    texts = dict(line.split(": ", 1) for line in rest.splitlines())
    for name in ("words", "next", "name", "message"):
        for secret in (SECRET, TOKEN):
            want(not running.leak(secret, texts.get(name, ""), 8), f"no secret in {name}", texts)
    return Renewal(CODES[said["code"]], said["status"], said["needed"], said["opened"], said["lifetime"], texts)


def want_credentials(renewal: Renewal) -> None:
    want(renewal.code == "ok", "ok", renewal)
    shown = tuple(renewal.texts.get(name) for name in ("id", "secret", "token"))
    want(shown == (KEY_ID, SECRET, TOKEN), "the credentials", renewal)
    want(LIFETIME_S - 60 < renewal.lifetime <= LIFETIME_S, "their lifetime", renewal)


def want_none(renewal: Renewal, code: str, status: int = 0) -> None:
    want((renewal.code, renewal.status) == (code, status), f"{code} {status}", renewal)
    want("id" not in renewal.texts and not renewal.lifetime, "no credentials", renewal)
    want(renewal.next, "a next step", renewal)


def uri(source: Source, path: str) -> str:
    return f"uri=http://127.0.0.1:{source.port}{path}"


# Containers


@CASES.case("ECS: path and query as they are, no header Authorization")
def ecs(bench: Bench) -> None:
    path = "/v2/credentials/0a1b?x=%2F&y=/../"
    with Source(metadata.ecs(path)) as source:
        want_credentials(bench.renew_once(uri(source, path)))
    (request,) = source.requests
    want(request.method == "GET" and "authorization" not in request.headers, "GET, no token", request)
    want(not any(name.startswith("x-amz") for name in request.headers), "not signed", request)


@CASES.case("EKS: the token goes into Authorization; another one is refused")
def eks(bench: Bench) -> None:
    token = "eyJhbGciOiJSUzI1NiJ9." + "A" * 1500
    with Source(metadata.eks(token)) as source:
        want_credentials(bench.renew_once(uri(source, "/v1/credentials"), AUTHORIZATION=token))
        refused = bench.renew_once(uri(source, "/v1/credentials"), AUTHORIZATION=token + "B")
    want_none(refused, "AUTH", 401)
    want(refused.texts["message"] == "the token is not valid", "the message", refused)


@CASES.case("a token file is read before each renewal")
def token_file(bench: Bench) -> None:
    path = bench.folder / "token"
    path.write_text("first")

    def rule(request: metadata.Request) -> bytes:
        seen = request.headers.get("authorization")
        path.write_text("second")
        return metadata.eks("first" if len(source.requests) == 1 else "second")(request) if seen else b""

    with Source(rule) as source:
        renewals = bench.renew(uri(source, "/v1/credentials"), "renewals=2", AUTHORIZATION_FILE=str(path))
    want(len(renewals) == 2, "two", renewals)
    for renewal in renewals:
        want_credentials(renewal)


@CASES.case("Greengrass nucleus: the final slash is needed; an answer without a body, and a plain text, are refusals")
def nucleus(bench: Bench) -> None:
    with Source(metadata.nucleus("secret token")) as source:
        want_credentials(bench.renew_once(uri(source, GREENGRASS_PATH), AUTHORIZATION="secret token"))
        want_none(bench.renew_once(uri(source, GREENGRASS_PATH[:-1]), AUTHORIZATION="secret token"), "SERVICE", 400)
        want_none(bench.renew_once(uri(source, GREENGRASS_PATH), AUTHORIZATION="another"), "AUTH", 403)
        source.rule = metadata.nucleus("t", metadata.nucleus_refused())
        refused = bench.renew_once(uri(source, GREENGRASS_PATH), AUTHORIZATION="t")
    want_none(refused, "AUTH", 403)
    want("message" not in refused.texts and refused.opened == 1, "no message from the plain text, one stream", refused)


@CASES.case("Greengrass lite: JSON with the content type text/html is read")
def lite(bench: Bench) -> None:
    with Source(metadata.lite(LITE_TOKEN)) as source:
        want_credentials(bench.renew_once(uri(source, GREENGRASS_PATH), AUTHORIZATION=LITE_TOKEN))
        want_none(bench.renew_once(uri(source, GREENGRASS_PATH), AUTHORIZATION="F" * 16), "SERVICE", 404)
        want_none(bench.renew_once(uri(source, GREENGRASS_PATH), AUTHORIZATION="short"), "SERVICE", 400)
        want_none(bench.renew_once(uri(source, GREENGRASS_PATH)), "SERVICE", 400)


@CASES.case("Greengrass lite that fails with 200 null, or without an answer, is asked again until it works")
def lite_fails(bench: Bench) -> None:
    left = [metadata.LITE_FAILED, metadata.LITE_FAILED, None, None, b""]

    def rule(request: metadata.Request) -> bytes | None:
        return metadata.lite(LITE_TOKEN, left.pop(0))(request)

    with Source(rule) as source:
        renewal = bench.renew_once(uri(source, GREENGRASS_PATH), AUTHORIZATION=LITE_TOKEN)
    want_credentials(renewal)
    want(len(source.requests) == 5 and not left, "five requests", renewal)


@CASES.each("asked again after", [
    ("200 null", metadata.LITE_FAILED),
    ("500", metadata.NUCLEUS_OFFLINE),
    ("503", http(503, "Failed to fetch SVCUID. Try again.", kind="text/html")),
    ("half an answer", http(200, '{"AccessKeyId":"A","SecretAccessKey":"b"}')),
])  # fmt: skip
def asked_again(bench: Bench, answer: bytes) -> None:
    def rule(request: metadata.Request) -> bytes:
        return answer if len(source.requests) < 4 else metadata.ecs("/")(request)

    with Source(rule) as source:
        want_credentials(bench.renew_once(uri(source, "/"), "time-ms=60000"))
    want(len(source.requests) == 4, "four requests", source.requests)


@CASES.case("a source that is not up yet: it is asked again until it is")
def not_up_yet(bench: Bench) -> None:
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]  # nobody listens there from now on
    ended = threading.Event()

    def open_late() -> None:
        ended.wait(0.5)
        with Source(metadata.ecs("/"), port=port):
            ended.wait(RUN_S)

    thread = threading.Thread(target=open_late)
    thread.start()
    try:
        renewal = bench.renew_once(f"uri=http://127.0.0.1:{port}/", "time-ms=60000")
    finally:
        ended.set()
        thread.join()
    want_credentials(renewal)


@CASES.case("a redirect is not followed")
def redirect(bench: Bench) -> None:
    with Source(metadata.ecs("/")) as other:
        answer = http(302, "", f"Location: http://127.0.0.1:{other.port}/")
        with Source(lambda request: answer) as source:
            want_none(bench.renew_once(uri(source, "/")), "REDIRECT", 302)
        want(not other.requests and len(source.requests) == 1, "one request", other.requests)


@CASES.case("plain http to a foreign host: nothing is sent")
def foreign(bench: Bench) -> None:
    for host in ("192.0.2.1", "169.254.169.254", "127.1", "localhost.example"):
        renewal = bench.renew_once(f"uri=http://{host}/v2/credentials", "time-ms=100")
        want_none(renewal, "INSECURE")
        want(renewal.opened == 0, "no stream", renewal)


# EC2


@CASES.case("IMDSv2: token, role, credentials")
def imds(bench: Bench) -> None:
    with Source(metadata.imds("emrs-role")) as source:
        want_credentials(bench.instance(source))
    roles = "/latest/meta-data/iam/security-credentials/"
    asked = [(request.method, request.target) for request in source.requests]
    want(asked == [("PUT", "/latest/api/token"), ("GET", roles), ("GET", roles + "emrs-role")], "three", asked)


@CASES.each("IMDSv2", [
    ("no role", metadata.imds(""), "SERVICE", 404, "Attach a role"),
    ("a role that EC2 may not assume", metadata.imds("r", metadata.IMDS_NOT_ASSUMED), "CREDENTIALS", 200, "may assume"),
    ("a role that is a path", metadata.imds("../user-data"), "CREDENTIALS", 200, "cannot be used"),
    ("a server that has no IMDSv2", lambda request: http(403), "AUTH", 403, "version 2"),
])  # fmt: skip
def imds_fails(bench: Bench, rule: metadata.Rule, code: str, status: int, words: str) -> None:
    with Source(rule) as source:
        renewal = bench.instance(source)
    want_none(renewal, code, status)
    want(words in renewal.next, words, renewal)
    if code == "CREDENTIALS" and "name" in renewal.texts:
        want(renewal.texts["name"] == "AssumeRoleUnauthorizedAccess", "its Code", renewal)


@CASES.case("IMDSv2 that does not answer: the renewal ends after one second, without a second try")
def imds_is_silent(bench: Bench) -> None:
    released = threading.Event()

    def rule(request: metadata.Request) -> None:
        released.wait(RUN_S)

    with Source(rule) as source:
        renewal = bench.renew_once("source=instance", uri(source, ""), "time-ms=60000")
        released.set()
    want_none(renewal, "TIMEOUT")
    want(len(source.requests) <= 1, "one request at most", source.requests)


# AWS IoT


@CASES.case("IoT: mutual TLS with SNI; with and without a thing name")
def iot(bench: Bench) -> None:
    with bench.iot_source(metadata.Iot()) as source:
        want_credentials(bench.iot(source))
        want_credentials(bench.iot(source, "thing=emrs-thing"))
    first, second = source.requests
    want(first.target == "/role-aliases/emrs-alias/credentials", "its path", first)
    want("x-amzn-iot-thingname" not in first.headers, "no thing name", first)
    want(second.headers["x-amzn-iot-thingname"] == "emrs-thing", "the thing name", second)
    want(first.name == second.name == "localhost", "SNI", source.requests)


@CASES.each("IoT", [
    ("a thing name that is not attached", metadata.Iot(things=()), "AUTH", 403, "thing name out"),
    ("a policy without iot:AssumeRoleWithCertificate", metadata.Iot(answer=metadata.IOT_DENIED), "AUTH", 403,
     "iot:AssumeRoleWithCertificate"),
    ("a certificate that is not active", metadata.Iot(answer=metadata.IOT_INACTIVE), "AUTH", 403, "activate"),
    ("an unknown role alias", metadata.Iot(aliases=()), "SERVICE", 404, "role alias"),
    ("a role that cannot be assumed", metadata.Iot(answer=metadata.IOT_NOT_ASSUMABLE), "SERVICE", 400, "may assume"),
    ("a duration that is too long", metadata.Iot(answer=metadata.IOT_TOO_LONG), "SERVICE", 400, "duration"),
])  # fmt: skip
def iot_refuses(bench: Bench, rule: metadata.Iot, code: str, status: int, words: str) -> None:
    with bench.iot_source(rule) as source:
        renewal = bench.iot(source, "thing=emrs-thing")
    want_none(renewal, code, status)
    want(words in renewal.next and renewal.texts["message"], words, renewal)
    want(len(source.requests) == 1, "one request", source.requests)


@CASES.each("IoT, a certificate that OpenSSL refuses", [
    ("none", ""), ("expired", "thing-expired"), ("another CA's", "thing-stranger"),
])  # fmt: skip
def iot_certificates(bench: Bench, device: str) -> None:
    with bench.iot_source(metadata.Iot()) as source:
        renewal = bench.iot(source, "time-ms=3000", device=device)
    want(renewal.code in ("TLS", "CONNECT", "TRUNCATED", "TIMEOUT"), "refused", renewal)
    want(not source.requests and "id" not in renewal.texts, "no request", source.requests)


@CASES.case("IoT, a server that we do not trust: no request")
def iot_stranger(bench: Bench) -> None:
    with bench.iot_source(metadata.Iot()) as source:
        renewal = bench.iot(source, trust=bench.strangers)
    want_none(renewal, "CERTIFICATE")
    want(not source.requests, "no request", source.requests)


# Sizes


@CASES.case("a store that is too small: the result gives a size that is enough")
def store(bench: Bench) -> None:
    with Source(metadata.ecs("/")) as source:
        small = bench.renew_once(uri(source, "/"), "store=400")
        want_none(small, "SPACE", 200)
        want_credentials(bench.renew_once(uri(source, "/"), f"store={small.needed}"))
        want_none(bench.renew_once(uri(source, "/"), f"store={small.needed - 1}"), "SPACE", 200)


@CASES.each("an answer with", [
    ("an Expiration that has passed", {"Expiration": metadata.date_in(-1)}, "CREDENTIALS"),
    ("a line end in its token", {"Token": "a\r\nX: b"}, "CREDENTIALS"),
])  # fmt: skip
def half_answers(bench: Bench, changes: dict, code: str) -> None:
    answer = metadata.container_answer(**changes)
    body = metadata.as_json(answer)
    with Source(lambda request: body) as source:
        want_none(bench.renew_once(uri(source, "/")), code, 200)


def run(binary: str) -> bool:
    with running.scratch("provider") as folder:
        (folder / "other").mkdir()
        ours, others = certs.Authority(folder), certs.Authority(folder / "other")
        return CASES.run(Bench(binary, ours, others, folder), WORKERS)


if __name__ == "__main__":
    tap.main("test_provider.py RENEWER_BINARY", run)
