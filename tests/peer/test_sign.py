#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares emrs's signatures with those of AWS's own signers, byte for byte, on random requests.

    test_sign.py SIGNER_BINARY [SEED]

SIGNER_BINARY is signer.c, which makes each request with the library's own functions, one line per request.
In botocore the serializer makes the same request, the endpoint rules its host, and SigV4Auth its
signature. If npm is there, AWS's JavaScript signer signs a part of the same requests too. Lines with
figures, the seed first, begin with `# `.
"""
from __future__ import annotations

import datetime
import ipaddress
import json
import random
import shutil
import string
import subprocess
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

sys.dont_write_bytecode = True

import botocore.auth  # noqa: E402
from botocore.awsrequest import create_request_object, prepare_request_dict  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402
from botocore.loaders import Loader  # noqa: E402
from botocore.model import ServiceModel  # noqa: E402
from botocore.serialize import create_serializer  # noqa: E402

import sides  # noqa: E402
import tap  # noqa: E402
from sides import SERVICE, UNRESERVED, BadAnswer  # noqa: E402

HERE = Path(__file__).resolve().parent
NPM = HERE.parent.parent / "build" / "npm"
NPM_PACKAGE = "@smithy/signature-v4"
NPM_S = 120  # an installation
NODE_S = 120  # one start of node

REQUEST_COUNT = 10_000
JAVASCRIPT_COUNT = 2_500
GRACE = "shutdownGracePeriodInSeconds"
FIRST_S = int(datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc).timestamp())
LAST_S = 2**32 - 1  # 2106-02-07

ID_BYTES = string.digits + string.ascii_lowercase
VISIBLE = "".join(chr(byte) for byte in range(0x21, 0x7F))
TOKEN_BYTES = string.ascii_letters + string.digits + "+/="
HEADERS = ["Host", "X-Amz-Date", "Authorization", "User-Agent", "Content-Length"]


@dataclass(frozen=True)
class Request:
    """One CancelJobRun, as signer.c takes it."""

    access_key: str
    secret: str
    token: str
    region: str
    endpoint: str  # empty: the region's endpoint
    application_id: str
    job_run_id: str
    grace: str  # "-", "N", "!N"
    utc_s: int

    def line(self) -> str:
        return "\t".join(str(value) for value in vars(self).values())

    def grace_s(self) -> int | None:
        return None if self.grace == "-" else int(self.grace.lstrip("!"))

    def path(self) -> str:
        return f"/applications/{self.application_id}/jobruns/{self.job_run_id}"


@dataclass(frozen=True)
class Wire:
    """The parts of a request that must be the same on both sides."""

    target: str
    host: str
    date: str
    authorization: str
    token: str


# Random requests


class Source:
    """Makes random requests. Some keep the client of the request before, so that its cached signing key is
    used again, or has to be replaced because the secret or the day is another one."""

    def __init__(self, seed: int, regions: list[str]) -> None:
        self.random = random.Random(seed)
        self.regions = regions
        self.last: Request | None = None

    def text(self, alphabet: str, size: int) -> str:
        return "".join(self.random.choices(alphabet, k=size))

    def either(self, *makers: Callable[[], str]) -> str:
        return self.random.choice(makers)()

    def number(self, first: int, last: int) -> int:
        return self.random.randint(first, last)

    def access_key(self) -> str:
        return self.either(
            lambda: "AKIA" + self.text(string.ascii_uppercase + string.digits, 16),
            lambda: self.text(string.ascii_letters + string.digits + "_", self.number(1, 128)),
        )

    def secret(self) -> str:
        return self.either(
            lambda: self.text(TOKEN_BYTES, 40),
            lambda: self.text(VISIBLE, self.number(1, 128)),
            lambda: self.text(VISIBLE, self.number(59, 61)),  # with "AWS4": a block of SHA-256
        )

    def token(self) -> str:
        return self.either(
            lambda: "",
            lambda: self.text(TOKEN_BYTES, self.number(300, 1200)),
            lambda: self.text(VISIBLE, self.number(1, 64)),
            lambda: self.text(VISIBLE, self.number(0, 4096)),
        )

    def label(self, first: str) -> str:
        inner = self.text(string.ascii_letters + string.digits + "-_", self.number(0, 12))
        return self.random.choice(first) + inner.replace("--", "-")

    def name(self) -> str:
        labels = [self.label(string.ascii_lowercase + string.digits)
                  for _ in range(self.number(0, 5))]
        return ".".join([*labels, self.label(string.ascii_letters)])  # no number at the end

    def ipv6(self) -> str:
        groups = [self.random.choice([0, self.number(0, 0xFFFF)]) for _ in range(8)]
        packed = b"".join(group.to_bytes(2, "big") for group in [0xFD00, *groups[1:]])
        literal = str(ipaddress.IPv6Address(packed))
        return f"[{self.random.choice([literal, literal.upper()])}]"

    def host(self) -> str:
        return self.either(
            self.name,
            self.name,
            lambda: ".".join(str(self.number(0, 255)) for _ in range(4)),
            self.ipv6,
        )

    def base_path(self) -> str:
        path = ""
        for _ in range(self.number(0, 4)):
            segment = self.text(UNRESERVED, self.number(1, 24))
            if segment.strip("."):
                path += "/" + segment
        return path + self.random.choice(["", "/"])

    def endpoint(self) -> str:
        scheme = self.random.choice(["https", "http"])
        port = self.random.choice(["", ":443", ":80", ":8443", f":{self.number(1, 65535)}"])
        return f"{scheme}://{self.host()}{port}{self.base_path()}"

    def grace(self) -> str:
        return self.either(
            lambda: "-",
            lambda: "0",
            lambda: str(self.number(15, 1800)),
            lambda: str(self.number(15, 1800)),
            lambda: f"!{self.number(-(2**31), 2**31 - 1)}",
        )

    def fresh(self) -> Request:
        return Request(
            self.access_key(), self.secret(), self.token(), self.random.choice(self.regions),
            self.random.choice(["", self.endpoint()]), self.text(ID_BYTES, self.number(1, 64)),
            self.text(ID_BYTES, self.number(1, 64)), self.grace(), self.number(FIRST_S, LAST_S),
        )

    def request(self) -> Request:
        fresh, last = self.fresh(), self.last
        if last is not None and self.random.random() < 0.3:
            values = vars(fresh) | {"region": last.region, "endpoint": last.endpoint}
            if self.random.random() < 0.6:
                values["secret"] = last.secret
            if self.random.random() < 0.6:  # the same day, more often than not
                values["utc_s"] = min(last.utc_s + self.number(0, 40_000), LAST_S)
            fresh = Request(**values)
        self.last = fresh
        return fresh

    def requests(self, count: int) -> list[Request]:
        distinct: dict[Request, None] = {}
        while len(distinct) < count:
            distinct[self.request()] = None
        return list(distinct)


# botocore


def service_model(loader: Loader) -> ServiceModel:
    """The service's model; releases before mid-2025 lack the grace period, so it is added there."""
    data = loader.load_service_model(SERVICE, "service-2")
    data["shapes"]["CancelJobRunRequest"]["members"].setdefault(
        GRACE, {"shape": "Integer", "location": "querystring", "locationName": GRACE})
    data["shapes"].setdefault("Integer", {"type": "integer", "box": True})
    return ServiceModel(data, SERVICE)


def set_clock(utc_s: int) -> None:
    """Sets botocore's clock. Depending on its release it reads the time in one of two ways."""
    now = datetime.datetime.fromtimestamp(utc_s, datetime.timezone.utc).replace(tzinfo=None)
    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda *_, **__: now
    else:
        botocore.auth.datetime = types.SimpleNamespace(
            datetime=types.SimpleNamespace(utcnow=lambda: now))


class Botocore(sides.Rules):
    def __init__(self) -> None:
        super().__init__()
        model = service_model(self.loader)
        self.operation = model.operation_model("CancelJobRun")
        self.serializer = create_serializer(model.metadata["protocol"], False)
        self.urls = {region: self.url(region) for region in self.regions()}

    def url(self, region: str) -> str:
        return self.provider.resolve_endpoint(Region=region, UseFIPS=False, UseDualStack=False).url

    def endpoint_of(self, request: Request) -> str:
        return request.endpoint or self.urls[request.region]

    def sign(self, request: Request) -> tuple[Wire, str]:
        """ret: the request, and the canonical URI that was signed"""
        parameters = {"applicationId": request.application_id, "jobRunId": request.job_run_id}
        if request.grace_s() is not None:
            parameters[GRACE] = request.grace_s()
        fields = self.serializer.serialize_to_request(parameters, self.operation)
        prepare_request_dict(fields, self.endpoint_of(request), context={})
        out = create_request_object(fields)
        signer = botocore.auth.SigV4Auth(
            Credentials(request.access_key, request.secret, request.token or None),
            SERVICE, request.region)
        set_clock(request.utc_s)
        signer.add_auth(out)
        canonical = signer.canonical_request(out).split("\n")
        url = urlsplit(out.prepare().url)
        host = next(line for line in canonical if line.startswith("host:"))
        return Wire(
            url.path + ("?" + url.query if url.query else ""), host.removeprefix("host:"),
            out.headers["X-Amz-Date"], out.headers["Authorization"],
            out.headers.get("X-Amz-Security-Token", ""),
        ), canonical[1]


# emrs


def read_wire(line: str) -> Wire:
    """Parses a request, and refuses one whose headers are not exactly those that it must have."""
    head = unquote_to_bytes(line).decode("ascii")
    if not head.endswith("\r\n\r\n"):
        raise BadAnswer(line[:200])
    first, *lines = head[:-4].split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.rpartition(" ")
    headers = dict(field.partition(": ")[::2] for field in lines)
    wanted = HEADERS + (["X-Amz-Security-Token"] if "X-Amz-Security-Token" in headers else [])
    if (method, version) != ("DELETE", "HTTP/1.1") or [*headers] != wanted \
            or len(headers) != len(lines) or headers["Content-Length"] != "0":
        raise BadAnswer(line[:200])
    return Wire(target, headers["Host"], headers["X-Amz-Date"], headers["Authorization"],
                headers.get("X-Amz-Security-Token", ""))


# AWS's JavaScript signer


def has_package() -> bool:
    """Whether node can load the package: an interrupted installation leaves only parts of it."""
    done = subprocess.run(["node", "-e", f'require("{NPM_PACKAGE}")'], cwd=NPM, timeout=NODE_S,
                          check=False, capture_output=True)
    return done.returncode == 0


def node_modules() -> Path:
    """Installs the package if needed. ret: the folder that it is in"""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise tap.Skipped("no node and npm here")
    NPM.mkdir(parents=True, exist_ok=True)
    if not has_package():
        command = ["npm", "install", "--prefix", str(NPM), "--no-audit", "--no-fund",
                   "--ignore-scripts", "--fetch-retries=1", "--loglevel=error", NPM_PACKAGE]
        try:
            subprocess.run(command, cwd=NPM, timeout=NPM_S, check=True, capture_output=True)
        except (subprocess.SubprocessError, OSError) as error:
            reason = f"npm cannot install {NPM_PACKAGE}: {type(error).__name__}"
            raise tap.Skipped(reason) from error
    package = NPM / "node_modules" / NPM_PACKAGE / "package.json"
    tap.note(f"{NPM_PACKAGE} {json.loads(package.read_text())['version']}")
    return NPM


def javascript(requests: list[Request], other: Botocore) -> list[str]:
    questions = (
        json.dumps({
            "accessKeyId": request.access_key, "secretAccessKey": request.secret,
            "sessionToken": request.token, "region": request.region,
            "endpoint": other.endpoint_of(request), "path": request.path(),
            "grace": None if request.grace_s() is None else str(request.grace_s()),
            "utc_s": request.utc_s,
        }) for request in requests)
    try:
        return sides.ask(["node", str(HERE / "sign.mjs"), str(node_modules())], questions)
    except BadAnswer as error:
        raise BadAnswer(f"node: {error}") from None


# The comparison


def figures(requests: list[Request]) -> Iterator[str]:
    tokens = [len(request.token) for request in requests if request.token]
    yield f"{len(set(requests))} distinct requests, {len({r.region for r in requests})} regions"
    yield f"{sum(bool(r.endpoint) for r in requests)} with a custom endpoint"
    yield f"{len(tokens)} with a session token, {min(tokens)} to {max(tokens)} bytes"
    for name in ("application_id", "job_run_id", "secret"):
        sizes = {len(getattr(request, name)) for request in requests}
        yield f"{name}: {len(sizes)} sizes, {min(sizes)} to {max(sizes)}"
    same = sum(a.secret == b.secret for a, b in zip(requests, requests[1:]))
    yield f"{same} with the secret of the request before"


def compare(signer: str, seed: int) -> bool:
    other = Botocore()
    requests = Source(seed, other.regions()).requests(REQUEST_COUNT)
    for figure in figures(requests):
        tap.note(figure)
    lines = [request.line() for request in requests]
    ours = [read_wire(answer) for answer in sides.ask([signer], lines)]
    tap.ok(f"emrs writes {len(ours)} requests with the headers they must have and no other")
    theirs = [other.sign(request) for request in requests]
    tap.note(sides.release())
    rows = list(zip(lines, ours, theirs))
    passed = [
        sides.same(f"the same {what} as botocore's",
                   ((line, getattr(a, field), getattr(b, field)) for line, a, (b, _) in rows))
        for field, what in [("authorization", "Authorization"), ("target", "request target"),
                            ("host", "Host"), ("date", "X-Amz-Date"),
                            ("token", "X-Amz-Security-Token")]]
    passed.append(sides.same("the path that is sent is the canonical URI that was signed", (
        (line, a.target.partition("?")[0], uri) for line, a, (_, uri) in rows)))
    name = f"the same Authorization as AWS's JavaScript signer's on {JAVASCRIPT_COUNT} of them"
    try:
        answers = javascript(requests[:JAVASCRIPT_COUNT], other)
    except tap.Skipped as reason:
        tap.ok(name, str(reason))
    else:
        passed.append(sides.same(name, (
            (line, a.authorization, b) for line, a, b in zip(lines, ours, answers))))
    return all(passed)


if __name__ == "__main__":
    sides.main("test_sign.py SIGNER_BINARY [SEED]", "the signers answer", compare)
