#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the command without a key in its environment. It gets its credentials from a profile, a program, a
container, an instance's role, or, with a certificate, from AWS IoT Core.

    test_sources.py EMRS_BINARY

Each cancellation must be signed with exactly the credentials that the source gave. Each failure must say
what is wrong with which source, and what to do. metadata.py plays the sources on loopback;
test_addresses.py tests their real addresses.
"""
from __future__ import annotations

import calendar
import contextlib
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

sys.dont_write_bytecode = True

from cryptography.hazmat.primitives import hashes, serialization  # noqa: E402
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: E402
from cryptography.hazmat.primitives.serialization import pkcs12  # noqa: E402
from cryptography import x509  # noqa: E402

import certs  # noqa: E402
import metadata  # noqa: E402
import proxy  # noqa: E402
import scripted  # noqa: E402
import sigv4  # noqa: E402
import tap  # noqa: E402
from metadata import GREENGRASS_PATH, Request, Source, as_json, container_answer  # noqa: E402
from running import NOTHING_SENT, leak, scratch  # noqa: E402
from scripted import (  # noqa: E402
    APPLICATION,
    AS_JSON,
    GOOD,
    HOLDS,
    IDS,
    JOB,
    KEY_ID,
    LEAK_SIZE,
    RUN_S,
    SECRET,
    TOKEN,
    Answer,
    Server,
    finish,
    http,
    in_turn,
    preload,
    says,
)
from tap import want  # noqa: E402

WORKERS = 4
TARGET = f"/applications/{APPLICATION}/jobruns/{JOB}"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
EKS_TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJwb2RzIn0"
LITE_TOKEN = "0123456789ABCDEF"
PATH = "/v1/credentials"
SERVICE, IOT = "service.example", "iot.example"  # names that only a proxy of ours can resolve
HOUR_S = 3600

certs.RECIPES.update(
    {
        "thing": certs.Recipe("a device", usage=certs.CLIENT),
        "stranger": certs.Recipe("a device's, of another CA", issuer="stranger", usage=certs.CLIENT),
        "named": replace(certs.RECIPES["good"], names=("localhost", SERVICE, IOT)),
    }
)

CASES = tap.Cases()
case, each = CASES.case, CASES.each


@dataclass(frozen=True)
class Bench(scripted.Bench):
    authority: certs.Authority
    folder: Path

    def go(self, env: dict[str, str | None], *options: str, script: scripted.Script = says(GOOD),
           **more: object) -> tuple[Answer, list[Request]]:
        """Cancels our job run. ret: the result, and the requests that the service got"""
        with Server(script) as server:
            words = (*IDS, "--endpoint-url", server.url, *options)
            answer = self.run(*words, heads=server.heads, env={**NO_KEYS, **env}, **more)
            return answer, [Request.of(head, "", "") for head in server.heads]

    def thing(self) -> dict[str, str]:
        leaf = self.authority.leaf("thing")
        return {"AWS_CA_BUNDLE": str(self.authority.ca), "AWS_IOT_CORE_ROLE_ALIAS": "emrs-alias",
                "AWS_IOT_CORE_CERT": str(leaf.chain), "AWS_IOT_CORE_PRIVATE_KEY": str(leaf.key)}

    @contextlib.contextmanager
    def iot(self, rule: metadata.Rule = metadata.Iot(), **env: str) -> Iterator[dict[str, str]]:
        """Starts a credential provider of AWS IoT Core, and yields the environment of a device that uses it."""
        context = metadata.mutual_context(self.authority.leaf("named"), self.authority)
        with Source(rule, context) as source:
            place = f"https://localhost:{source.port}"
            yield {**self.thing(), "AWS_IOT_CORE_CREDENTIAL_ENDPOINT": place, **env}

    def write(self, name: str, content: bytes | str, mode: int = 0o600) -> str:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        path.chmod(mode)
        return str(path)


def container(source: Source, path: str = PATH, host: str = "127.0.0.1", **env: str) -> dict[str, str]:
    return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}:{source.port}{path}", **env}


def instance(source: Source, **env: str) -> dict[str, str | None]:
    return {"AWS_EC2_METADATA_DISABLED": None,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{source.port}", **env}


def want_signed(request: Request, secret: str = SECRET, token: str = TOKEN) -> None:
    headers = request.headers
    date, host = headers["x-amz-date"], headers["host"]
    with mock.patch("scripted.SECRET", secret):
        text = sigv4.canonical(request.target, host, date, token)
        signature = sigv4.sign(date, sigv4.string_to_sign(date, text))
    wanted = (f"AWS4-HMAC-SHA256 Credential={KEY_ID}/{sigv4.scope_of(date)}, "
              f"SignedHeaders={sigv4.signed_headers(token)}, Signature={signature}")
    want(request.method == "DELETE" and request.target == TARGET, "the cancellation", request)
    want(headers["authorization"] == wanted, "a signature with these credentials", headers)
    want(headers.get("x-amz-security-token", "") == token, "their token", headers)


def want_cancelled(ran: tuple[Answer, list[Request]], err: bytes = b"") -> None:
    answer, requests = ran
    want(answer == Answer(0, AS_JSON, err), "it is accepted", answer)
    want(len(requests) == 1, "one request", requests)
    want_signed(requests[0])


def want_failure(ran: tuple[Answer, list[Request]], *needles: str, code: int = 253) -> None:
    """Checks that nothing was sent to the service, and that stderr has all of these texts."""
    answer, requests = ran
    text = answer.err.decode()
    want(answer.code == code and answer.out == b"", f"exit {code}, nothing on stdout", answer)
    want(not requests, "no request", requests)
    for needle in needles:
        want(needle in text, f"{needle!r} on stderr", text)
    want(NOTHING_SENT in text or "Nothing was sent." in text, "that nothing was sent", text)
    secrets = [EKS_TOKEN, LITE_TOKEN, "PRIVATE KEY-----"]
    want(not any(leak(secret, text, LEAK_SIZE) for secret in secrets), "no secret", text)


def in_time(run: object) -> tuple[Answer, list[Request]]:
    """Repeats a run whose instance metadata timed out: its one second may be too short on a busy machine."""
    for _ in range(20):
        ran = run()
        if b"timed out" not in ran[0].err:
            break
    return ran


# Sources that work


@case("a profile")
def by_profile(bench: Bench) -> None:
    keys = f"aws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\naws_session_token = {TOKEN}\n"
    path = bench.write("profile", f"[default]\n{keys}")
    want_cancelled(bench.go({"AWS_SHARED_CREDENTIALS_FILE": path}))


@case("credential_process")
def by_process(bench: Bench) -> None:
    answer = {"Version": 1, "AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "SessionToken": TOKEN}
    answer["Expiration"] = metadata.date_in(HOUR_S)
    path = bench.write("answer", json.dumps(answer))
    config = bench.write("process", f"[default]\ncredential_process = cat {path}\n")
    want_cancelled(bench.go({"AWS_CONFIG_FILE": config}))


@each("a container", [
    ("without a token", metadata.ecs(PATH), PATH, {}),
    ("with path and query as they are", metadata.ecs("/v2/a%2Fb/../?x=1&y=/"), "/v2/a%2Fb/../?x=1&y=/", {}),
    ("with a token", metadata.eks(EKS_TOKEN), PATH, {"AWS_CONTAINER_AUTHORIZATION_TOKEN": EKS_TOKEN}),
    ("Greengrass nucleus", metadata.nucleus("a token"), GREENGRASS_PATH,
     {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "a token"}),
    ("Greengrass nucleus lite", metadata.lite(LITE_TOKEN), GREENGRASS_PATH,
     {"AWS_CONTAINER_AUTHORIZATION_TOKEN": LITE_TOKEN}),
])  # fmt: skip
def by_container(bench: Bench, rule: metadata.Rule, path: str, env: dict) -> None:
    with Source(rule) as source:
        want_cancelled(bench.go(container(source, path, **env)))
        want_cancelled(bench.go(container(source, path, "localhost", **env)))
    want(len(source.requests) == 2, "one request each", source.requests)


@case("a container: its token file has priority over its token")
def by_token_file(bench: Bench) -> None:
    path = bench.write("token", EKS_TOKEN, 0o644)
    with Source(metadata.eks(EKS_TOKEN)) as source:
        env = {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": path, "AWS_CONTAINER_AUTHORIZATION_TOKEN": "no"}
        want_cancelled(bench.go(container(source, **env)))


@case("a container over https, with the CAs of the service")
def by_https(bench: Bench) -> None:
    with Source(metadata.ecs(PATH), certs.server_context(bench.authority.leaf("named"))) as source:
        uri = f"https://localhost:{source.port}{PATH}"
        env = {"AWS_CONTAINER_CREDENTIALS_FULL_URI": uri}
        want_cancelled(bench.go({**env, "AWS_CA_BUNDLE": str(bench.authority.ca)}))
        own = str(bench.authority.leaf("thing").chain)
        want_failure(bench.go({**env, "AWS_CA_BUNDLE": own}), "the container gave no credentials: ",
                     "unknown CA", "To trust a CA: --ca-bundle or AWS_CA_BUNDLE")


@each("an instance's role", [
    ("by a variable", "{place}", ""), ("with a slash", "{place}/", ""),
    ("by the config file", None, "[default]\nec2_metadata_service_endpoint = {place}\n"),
    ("the variable is used first", "{place}", "[default]\nec2_metadata_service_endpoint = http://127.0.0.1:9\n"),
])  # fmt: skip
def by_instance(bench: Bench, variable: str | None, config: str) -> None:
    with Source(metadata.imds("emrs-role")) as source:
        place = f"http://127.0.0.1:{source.port}"
        path = bench.write(f"imds-{source.port}", config.replace("{place}", place))
        env = {**instance(source), "AWS_CONFIG_FILE": path,
               "AWS_EC2_METADATA_SERVICE_ENDPOINT": variable and variable.replace("{place}", place)}
        want_cancelled(in_time(lambda: bench.go(env)))


def as_der(bench: Bench) -> dict[str, str]:
    leaf = bench.authority.leaf("thing")
    certificate = x509.load_pem_x509_certificate(leaf.chain.read_bytes())
    key = serialization.load_pem_private_key(leaf.key.read_bytes(), None)
    plain = serialization.NoEncryption()
    der = serialization.Encoding.DER
    return {"AWS_IOT_CORE_CERT": bench.write("thing.der", certificate.public_bytes(der)),
            "AWS_IOT_CORE_PRIVATE_KEY": bench.write(
                "key.der", key.private_bytes(der, serialization.PrivateFormat.PKCS8, plain))}


@each("AWS IoT Core", [("PEM", False, {}), ("DER", True, {}),
                       ("with a thing name", False, {"AWS_IOT_CORE_THING_NAME": "emrs-thing"})])
def by_iot(bench: Bench, is_der: bool, more: dict) -> None:
    with bench.iot() as env:
        want_cancelled(bench.go({**env, **(as_der(bench) if is_der else {}), **more}))


# Through a proxy


@case("AWS IoT Core and the service through a proxy, with its user and password")
def by_proxy(bench: Bench) -> None:
    context = metadata.mutual_context(bench.authority.leaf("named"), bench.authority)
    tls = certs.server_context(bench.authority.leaf("named"))
    with Source(metadata.Iot(host=IOT), context) as source, Source(lambda _: GOOD, tls) as service, \
            Server(proxy.asks("user:p@ss", proxy.tunnels())) as ours:
        env = {**bench.thing(), "AWS_IOT_CORE_CREDENTIAL_ENDPOINT": f"https://{IOT}:{source.port}",
               "https_proxy": f"http://user:p%40ss@127.0.0.1:{ours.port}", **NO_KEYS}
        url = f"https://{SERVICE}:{service.port}"
        answer = bench.run(*IDS, "--endpoint-url", url, env=env)
        want(answer == Answer(0, AS_JSON, b""), "it is accepted", answer)
        want_signed(service.requests[0])
        places = [head.split()[1].decode() for head in ours.heads]
        want(places == [f"{IOT}:{source.port}", f"{SERVICE}:{service.port}"], "both hosts", places)
        refused = bench.run(*IDS, "--endpoint-url", url,
                            env={**env, "https_proxy": f"http://127.0.0.1:{ours.port}"})
        want_failure((refused, []), "AWS IoT Core gave no credentials: ",
                     "Next: Put user and password into https_proxy")
        ended = bench.run(*IDS, "--endpoint-url", url, "--timeout", "2",
                          env={**env, "https_proxy": "http://127.0.0.1:9"})
        want_failure((ended, []), "Next: Check the proxy 127.0.0.1 port 9 (https_proxy)")
    want(len(service.requests) == 1, "nothing more for the service", service.requests)


@each("a proxy that is set is not used for", [
    ("a container", metadata.ecs(PATH), container), ("an instance", metadata.imds("r"), instance)])
def past_proxy(bench: Bench, rule: metadata.Rule, settings: object) -> None:
    tls = certs.server_context(bench.authority.leaf("named"))
    with Source(rule) as source, Source(lambda _: GOOD, tls) as service, \
            Server(proxy.tunnels(service.port)) as ours:
        url = f"http://127.0.0.1:{ours.port}"
        names = ("https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
        env = {**settings(source), **dict.fromkeys(names, url), "AWS_CA_BUNDLE": str(bench.authority.ca)}

        def run() -> tuple[Answer, list[Request]]:
            ours.heads.clear()
            service.requests.clear()
            words = (*IDS, "--endpoint-url", f"https://{SERVICE}")
            return bench.run(*words, env={**NO_KEYS, **env}), list(service.requests)

        want_cancelled(in_time(run))
        want([head.split()[1] for head in ours.heads] == [f"{SERVICE}:443".encode()], "the service alone",
             ours.heads)


# What is wrong with a container

FULL = "AWS_CONTAINER_CREDENTIALS_FULL_URI"


@each("a container, refused before anything is sent", [
    ("http to a foreign host", {FULL: "http://192.0.2.1/x"},
     f"{FULL} may be http only for loopback and the addresses of ECS and EKS"),
    ("http to a host that begins like an allowed one", {FULL: "http://127.0.0.1.example/"}, "may be http only"),
    ("no URI", {FULL: "ftp://127.0.0.1/"}, f"{FULL} must begin with http:// or https://."),
    ("a space", {FULL: "http://127.0.0.1/a b"}, f"{FULL} has a path with a space"),
    ("a URI of 3 KB", {FULL: "http://127.0.0.1/" + "a" * 3000}, f"{FULL} has a host longer than 253 bytes"),
    ("a relative URI without its slash", {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": ".example/x"},
     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI must begin with /."),
    ("CR and LF in the token", {FULL: "http://127.0.0.1:9/",
                                "AWS_CONTAINER_AUTHORIZATION_TOKEN": EKS_TOKEN + "\r\nX: y"},
     "AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line end"),
])  # fmt: skip
def container_refused(bench: Bench, env: dict, words: str) -> None:
    want_failure(bench.go(env), words)


PRINTF = "Write the token alone into this file, without a line end: printf %s TOKEN."


@each("a token file", [
    ("that vanished", None, "No such file or directory"),
    ("with a line end, which botocore refuses too", EKS_TOKEN + "\n",
     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ({path}) cannot be used: it has a line end"),
    ("with CR", EKS_TOKEN + "\rX", "it has a line end"),
    ("with a control byte", EKS_TOKEN + "\x01", 
     "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE ({path}) holds a line end or another control byte."),
    ("empty", "", "it is empty"),
    ("of 64 KB and a byte", "a" * 65537, "it is larger than 64 KB"),
    ("that is a folder", "/", "it is a directory, not a regular file"),
])  # fmt: skip
def token_files(bench: Bench, content: str | None, words: str) -> None:
    path = "/" if content == "/" else str(bench.folder / f"token-{len(words)}")
    if content not in (None, "/"):
        bench.write(Path(path).name, content)
    with Source(metadata.eks(EKS_TOKEN)) as source:
        env = container(source, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=path)
        printf = (PRINTF,) if "line end" in words else ()
        want_failure(bench.go(env), "the container gave no credentials: ", words.replace("{path}", path), "Next: ", *printf)
    want(not source.requests, "the container is not asked", source.requests)


@each("a token that the container refuses: its origin is printed:", [
    ("a file", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "The token is in the file of {name} ({path}). " + PRINTF),
    ("a variable", "AWS_CONTAINER_AUTHORIZATION_TOKEN", "The token is in {name}."),
    ("none", None, "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE and AWS_CONTAINER_AUTHORIZATION_TOKEN are not set."),
])  # fmt: skip
def refused_token(bench: Bench, name: str | None, words: str) -> None:
    path = bench.write(f"refused-{name}", "of another start")  # its own file, because the cases run side by side
    with Source(metadata.eks(EKS_TOKEN)) as source:
        env = {name: path if "FILE" in name else "of another start"} if name else {}
        want_failure(bench.go(container(source, **env)), "(status 40", "Next: Check the authorization token",
                     words.replace("{name}", name or "").replace("{path}", path))


WHOLE = as_json(container_answer())
SOME = {"AccessKeyId": KEY_ID, "SecretAccessKey": SECRET}
NOT_NOW = "Look at the log of the source: its answer holds no credentials."
UNUSABLE = "Check the source of the credentials: its answer cannot be used."


@each("a container's answer", [
    ("401", http(401, '{"message": "no"}'), "refused to give any", "(status 401): no", "Check the authorization token"),
    ("404", http(404, "<html>", kind="text/html"), "(status 404)", "Check the path of the URI, with its final slash"),
    ("a redirect", http(302, "", "Location: http://127.0.0.1:9/"), "(status 302)", "Check the URI"),
    ("not HTTP", b"SSH-2.0-x\r\n\r\n", "is not from a source of credentials", "Check the URI"),
    ("200 null", metadata.LITE_FAILED, "is not valid JSON of credentials", NOT_NOW),
    ("half of the credentials", as_json(SOME), "session token is missing", NOT_NOW),
    ("not JSON", http(200, "<html>"), "is not valid JSON of credentials", NOT_NOW),
    ("truncated", WHOLE[:-20], "the answer ended early", "Next: "),
    ("a wrong type", as_json(container_answer(SecretAccessKey=17)), "secret access key is not a text", NOT_NOW),
    ("null for the token", as_json(container_answer(Token=False) | {"Token": None}), "session token is missing", NOT_NOW),
    ("CR and LF in the token", as_json(container_answer(Token="a\r\nX: y")), "session token ", UNUSABLE),
    ("an id with a slash", as_json(container_answer(AccessKeyId="A/B")), "access key id ", UNUSABLE),
    ("not a date", as_json(container_answer(Expiration="soon")), "expiration in the answer is not a date", UNUSABLE),
    ("expired", as_json(container_answer(-60)), "expiration in the answer has passed", "Check the clock of this device"),
    ("a token of 30 KB", as_json(container_answer(Token="t" * 30000)), " bytes are needed", "Let the source give a shorter session token"),
    ("2 MB", http(200, b'{"a": "' + b"x" * 2000000 + b'"}'), "the answer is too big", "Next: "),
    ("500", http(500, '{"message": "not now"}'), "(status 500): not now", "Try again in a moment."),
])  # fmt: skip
def container_answers(bench: Bench, reply: bytes, *words: str) -> None:
    token = EKS_TOKEN
    with Source(lambda _: reply) as source:
        env = container(source, AWS_CONTAINER_AUTHORIZATION_TOKEN=token)
        for seconds in ("3", "12", "48"):  # after a temporary error it is asked again, for half of this time
            ran = bench.go(env, "--timeout", seconds)
            if b"timed out" not in ran[0].err:
                break
    want_failure(ran, "the container gave no credentials: ", f"http://127.0.0.1:{source.port}", *words)


@case("a container that cannot be reached: what to do")
def container_refuses(bench: Bench) -> None:
    with scripted.refusing_place() as place:
        ran = bench.go({FULL: f"http://{place}/"}, "--timeout", "3")
    want_failure(ran, f"the container gave no credentials: could not connect, or the connection was lost: "
                 f"http://{place}: the connection was refused",
                 "Next: Check that the source of the credentials is up, and can be reached from here.")


@case("a source that echoes the secrets it was sent: they are masked, with --debug too")
def echoes(bench: Bench) -> None:
    def rule(request: Request) -> bytes:
        return as_json({"message": f"bad token {request.headers.get('authorization')} x"}, 403)

    path = bench.write("echoed", EKS_TOKEN)
    for env in ({"AWS_CONTAINER_AUTHORIZATION_TOKEN": EKS_TOKEN},
                {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": path}):
        for options in ((), ("--debug",)):
            with Source(rule) as source:
                answer, _ = bench.go({**container(source), **env}, *options)
            text = answer.err.decode()
            want(answer.code == 253 and "bad token ***" in text, "a masked message", answer)
            want(not leak(EKS_TOKEN, text, LEAK_SIZE), "no token", text)


# What is wrong with an instance


@each("an instance", [
    ("without a role", metadata.imds(""), "Next: Attach a role to this instance.\n"),
    ("without metadata", lambda _: http(404, kind="text/html"), ""),
])  # fmt: skip
def instance_absent(bench: Bench, rule: metadata.Rule, step: str) -> None:
    with Source(rule) as source:
        ran = in_time(lambda: bench.go(instance(source)))
    want_failure(ran, "Unable to locate credentials. Tried:\n  environment: AWS_ACCESS_KEY_ID and "
                 "AWS_SECRET_ACCESS_KEY are not set\n  AWS IoT Core: AWS_IOT_CORE_CREDENTIAL_ENDPOINT is not set\n",
                 "\n  container: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI and ",
                 f"\n  instance role: the source of the credentials answered with an error: "
                 f"http://127.0.0.1:{source.port} (status 404)\n{step}Nothing was sent.\n")


@case("no instance: its address refuses the connection")
def instance_refuses(bench: Bench) -> None:
    with scripted.refusing_place() as place:
        ran = bench.go({"AWS_EC2_METADATA_DISABLED": None, "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://{place}"})
    want_failure(ran, "Unable to locate credentials. Tried:\n", f"\n  instance role: could not connect, or the "
                 f"connection was lost: http://{place}: the connection was refused")


@case("no instance: its address does not answer, and is asked once")
def instance_silent(bench: Bench) -> None:
    released = threading.Event()

    def rule(_: Request) -> None:
        released.wait(RUN_S)

    with Source(rule) as source:
        ran = bench.go(instance(source))
        released.set()
    want_failure(ran, "Unable to locate credentials. Tried:\n", "\n  instance role: timed out: http://127.0.0.1:")
    want(len(source.requests) <= 1, "one request at most", source.requests)


@each("an instance that answers", [
    ("a role that EC2 may not assume", metadata.imds("r", metadata.IMDS_NOT_ASSUMED),
     "Code in the answer is not \"Success\" (status 200): AssumeRoleUnauthorizedAccess",
     "Next: Check the role of this instance, and that EC2 may assume it."),
    ("a role that is a path", metadata.imds("../user-data"), "role name in the answer is not a role name", UNUSABLE),
    ("403: it has no version 2", lambda _: http(403), "(status 403)", "metadata service, version 2"),
    ("half of the credentials", metadata.imds("r", {"Code": "Success", **SOME}), "session token is missing", NOT_NOW),
    ("a token with a line end", metadata.imds("r", token="ab\r\ncd"), "metadata token in the answer holds", UNUSABLE),
    ("500", lambda _: http(500), "(status 500)", "Try again in a moment."),
])  # fmt: skip
def instance_answers(bench: Bench, rule: metadata.Rule, *words: str) -> None:
    with Source(rule) as source:
        ran = in_time(lambda: bench.go(instance(source)))
    want_failure(ran, "the instance role gave no credentials: ", *words)


@each("the metadata's settings", [
    ("an unknown mode", {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "ipv5"},
     "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE must be IPv4 or IPv6."),
    ("an endpoint that is not a URL", {"AWS_EC2_METADATA_SERVICE_ENDPOINT": "imds"},
     "AWS_EC2_METADATA_SERVICE_ENDPOINT must begin with http:// or https://."),
    ("an endpoint of the config file that is not a URL",
     {"AWS_CONFIG_FILE": "[default]\nec2_metadata_service_endpoint = 127.0.0.1:9\n"},
     "ec2_metadata_service_endpoint in {path} line 2 must begin with http:// or https://."),
    ("a mode of the config file", {"AWS_CONFIG_FILE": "[default]\nec2_metadata_service_endpoint_mode = x\n"},
     "ec2_metadata_service_endpoint_mode in {path} line 2 must be IPv4 or IPv6."),
    ("two lines", {"AWS_CONFIG_FILE": "[default]\nec2_metadata_service_endpoint = http://127.0.0.1\n  x\n"},
     "ec2_metadata_service_endpoint in {path} line 2 must be a single line."),
])  # fmt: skip
def instance_settings(bench: Bench, env: dict, words: str) -> None:
    if "AWS_CONFIG_FILE" in env:
        env = {"AWS_CONFIG_FILE": bench.write(f"config-{len(words)}", env["AWS_CONFIG_FILE"])}
        words = words.replace("{path}", env["AWS_CONFIG_FILE"])
    want_failure(bench.go({"AWS_EC2_METADATA_DISABLED": None, **env}), words)


# What is wrong with AWS IoT Core


@each("AWS IoT Core refuses", [
    ("a thing name that is not attached", metadata.Iot(things=()), "Invalid thing name passed", "thing name out"),
    ("a policy that does not allow it", metadata.Iot(answer=metadata.IOT_DENIED), "AccessDeniedException",
     "iot:AssumeRoleWithCertificate"),
    ("a certificate that is not active", metadata.Iot(answer=metadata.IOT_INACTIVE), "(status 403)", "activate"),
    ("an unknown role alias", metadata.Iot(aliases=()), "Role alias does not exist", "Check the role alias"),
    ("a role that cannot be assumed", metadata.Iot(answer=metadata.IOT_NOT_ASSUMABLE), "(status 400)", "may assume it"),
    ("a duration that is too long", metadata.Iot(answer=metadata.IOT_TOO_LONG), "(status 400)", "credential duration"),
])  # fmt: skip
def iot_refuses(bench: Bench, rule: metadata.Rule, *words: str) -> None:
    with bench.iot(rule, AWS_IOT_CORE_THING_NAME="emrs-thing") as env:
        want_failure(bench.go(env), "AWS IoT Core gave no credentials: ", "https://localhost:", *words)


CERT, KEY = "AWS_IOT_CORE_CERT", "AWS_IOT_CORE_PRIVATE_KEY"
OWN_FILES = "The files of AWS_IOT_CORE_CERT and AWS_IOT_CORE_PRIVATE_KEY must be PEM or DER"


@each("AWS IoT Core's files", [
    ("no certificate", CERT, "/no/such", "AWS_IOT_CORE_CERT (/no/such) cannot be used: No such file or directory"),
    ("no key", KEY, "/no/such", "AWS_IOT_CORE_PRIVATE_KEY (/no/such) cannot be used: No such file or directory"),
    ("a device as key", KEY, "/dev/zero", "it is a pipe, a socket or a device, not a regular file"),
    ("an empty certificate", CERT, b"", "it is empty"),
    ("a certificate of more than 64 KB", CERT, b"x" * 65537, "it is larger than 64 KB"),
    ("an invalid certificate", CERT, b"-----BEGIN CERTIFICATE-----\nx\n",
     "AWS_IOT_CORE_CERT ({path}) cannot be used: it holds a certificate that cannot be read (-"),
    ("an invalid key", KEY, b"-----BEGIN PRIVATE KEY-----\nx\n", "AWS_IOT_CORE_PRIVATE_KEY ({path}) cannot be read."),
])  # fmt: skip
def iot_files(bench: Bench, name: str, content: bytes | str, words: str) -> None:
    path = content if isinstance(content, str) else bench.write(f"{name}-{len(content)}", content)
    with bench.iot() as env:
        want_failure(bench.go({**env, name: path}), "AWS IoT Core gave no credentials: ",
                     words.replace("{path}", path), "Next: ")


PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER
PKCS8, OLDER = serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL
SWAPPED = "Next: Check whether AWS_IOT_CORE_CERT and AWS_IOT_CORE_PRIVATE_KEY are swapped."
FROM_REQUEST = "aws iot create-certificate-from-csr"
DECRYPT = "openssl pkey -in FILE -out KEY, then chmod 600 KEY."


def files_of(bench: Bench) -> dict[str, bytes]:
    """Other files that a user may confuse with the certificate or the key, made by OpenSSL's library."""
    leaf = bench.authority.leaf("thing")
    key = serialization.load_pem_private_key(leaf.key.read_bytes(), None)
    certificate = x509.load_pem_x509_certificate(leaf.chain.read_bytes())
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    plain, secret = serialization.NoEncryption(), serialization.BestAvailableEncryption(b"of a user")
    public = serialization.PublicFormat.SubjectPublicKeyInfo
    rsa_public = rsa.generate_private_key(65537, 2048).public_key()
    return {
        "PEM certificate": certificate.public_bytes(PEM), "DER certificate": certificate.public_bytes(DER),
        "PEM key": key.private_bytes(PEM, PKCS8, plain), "DER key": key.private_bytes(DER, PKCS8, plain),
        "older PEM key": key.private_bytes(PEM, OLDER, plain), "older DER key": key.private_bytes(DER, OLDER, plain),
        "encrypted PEM key": key.private_bytes(PEM, PKCS8, secret), "encrypted DER key": key.private_bytes(DER, PKCS8, secret),
        "encrypted older key": key.private_bytes(PEM, OLDER, secret),
        "PEM request": request.public_bytes(PEM), "DER request": request.public_bytes(DER),
        "PEM public key": key.public_key().public_bytes(PEM, public),
        "DER public key": key.public_key().public_bytes(DER, public),
        "DER RSA public key": rsa_public.public_bytes(DER, serialization.PublicFormat.PKCS1),
        "archive": pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, secret),
        "key of OpenSSH": key.private_bytes(PEM, serialization.PrivateFormat.OpenSSH, plain),
        "text": b"It is at the factory.\n",
    }


@each("AWS IoT Core: the error says what a wrong file contains", [
    *((f"a certificate that is {article} {file}", CERT, file, f"it holds {words}, not a certificate", step)
      for article, file, words, step in (
        ("a", "PEM key", "a private key", SWAPPED), ("a", "DER key", "a private key", SWAPPED),
        ("an", "older DER key", "a private key", SWAPPED),
        ("an", "encrypted PEM key", "an encrypted private key", SWAPPED),
        ("a", "PEM request", "a certificate request (CSR)", FROM_REQUEST),
        ("a", "DER request", "a certificate request (CSR)", FROM_REQUEST),
        ("a", "PEM public key", "a public key", "Set AWS_IOT_CORE_CERT to the device's certificate, in PEM or DER."),
        ("a", "DER public key", "a public key", "Set AWS_IOT_CORE_CERT to the device's certificate"),
        ("a", "DER RSA public key", "a public key", "Set AWS_IOT_CORE_CERT to the device's certificate"),
        ("an", "archive", "a PKCS#12 archive (.p12, .pfx)", "Set AWS_IOT_CORE_CERT to the device's certificate"),
        ("a", "text", "neither PEM nor DER", "Set AWS_IOT_CORE_CERT to the device's certificate"))),
    *((f"a key that is {article} {file}", KEY, file, f"it holds {words}, not a private key", step)
      for article, file, words, step in (
        ("a", "PEM certificate", "a certificate", SWAPPED), ("a", "DER certificate", "a certificate", SWAPPED),
        ("an", "encrypted PEM key", "an encrypted private key", DECRYPT),
        ("an", "encrypted DER key", "an encrypted private key", DECRYPT),
        ("an", "encrypted older key", "an encrypted private key", DECRYPT),
        ("a", "PEM request", "a certificate request (CSR)", "Set AWS_IOT_CORE_PRIVATE_KEY to the private key"),
        ("a", "DER public key", "a public key", "Set AWS_IOT_CORE_PRIVATE_KEY to the private key"),
        ("a", "key of OpenSSH", "something else", "Set AWS_IOT_CORE_PRIVATE_KEY to the private key of the certificate, in PEM or DER"),
        ("an", "archive", "a PKCS#12 archive (.p12, .pfx)", "Set AWS_IOT_CORE_PRIVATE_KEY to the private key"),
        ("a", "text", "neither PEM nor DER", "Set AWS_IOT_CORE_PRIVATE_KEY to the private key"))),
])  # fmt: skip
def iot_wrong_file(bench: Bench, name: str, file: str, words: str, step: str) -> None:
    path = bench.write(f"{name} {file}", files_of(bench)[file])
    with bench.iot() as env:
        want_failure(bench.go({**env, name: path}), f"{name} ({path}) cannot be used: {words}\n", step)


@case("AWS IoT Core: certificate and key in each format, and both in one file")
def iot_each_form(bench: Bench) -> None:
    files = files_of(bench)
    both = files["PEM key"] + files["PEM certificate"]
    pairs = [(files["PEM certificate"], files[name]) for name in ("PEM key", "DER key", "older PEM key", "older DER key")]
    with bench.iot() as env:
        for certificate, key in (*pairs, (both, both), (files["DER certificate"], both)):
            own = {CERT: bench.write("form-certificate", certificate), KEY: bench.write("form-key", key)}
            want_cancelled(bench.go({**env, **own}))


@case("AWS IoT Core: a certificate that it refuses")
def iot_stranger(bench: Bench) -> None:
    leaf = bench.authority.leaf("stranger")
    with bench.iot() as env:
        own = {CERT: str(leaf.chain), KEY: str(leaf.key)}
        ran = bench.go({**env, **own}, "--timeout", "3")
        want_failure(ran, "AWS IoT Core gave no credentials: ", "Next: Check that ")
    # The alert of AWS IoT Core is lost if its reset arrives first.
    told = re.search(rb"refuses this device's certificate|connection ended inside the handshake", ran[0].err)
    want(told or re.search(rb"connection was reset|timed out", ran[0].err), "why", ran)
    want(not told or OWN_FILES in ran[0].err.decode(), OWN_FILES, ran)


@case("AWS IoT Core: the key of another certificate")
def iot_other_key(bench: Bench) -> None:
    with bench.iot() as env:
        other = str(bench.authority.leaf("good").key)
        want_failure(bench.go({**env, KEY: other}), "this device's certificate or key cannot be used",
                     "Next: Use a certificate and a private key that belong together.\n"
                     f"{KEY} ({other}) is not the key of the certificate in {CERT} ({env[CERT]}).\n")


HOST_ONLY = " must be a host name, or https://host[:port], without a path."


@each("AWS IoT Core's settings", [
    ("a role alias with a slash", "AWS_IOT_CORE_ROLE_ALIAS", "a/b", " may hold only letters, digits and _ = , @ -."),
    ("a thing name with a space", "AWS_IOT_CORE_THING_NAME", "a b", " may hold only letters, digits and : _ -."),
    ("plain http", "AWS_IOT_CORE_CREDENTIAL_ENDPOINT", "http://localhost", HOST_ONLY),
    ("a path", "AWS_IOT_CORE_CREDENTIAL_ENDPOINT", "https://localhost/x", HOST_ONLY),
    ("a URL of the AWS documents, with its path", "AWS_IOT_CORE_CREDENTIAL_ENDPOINT",
     "https://c2.credentials.iot.eu-west-1.amazonaws.com/role-aliases/emrs-gateway/credentials", HOST_ONLY),
])  # fmt: skip
def iot_settings(bench: Bench, name: str, value: str, words: str) -> None:
    env = {**bench.thing(), "AWS_IOT_CORE_CREDENTIAL_ENDPOINT": "localhost", name: value}
    want_failure(bench.go(env), f"{name}{words}")


@each("a warning if a private key can be read by", [("all", 0o644, True), ("the group", 0o640, True),
                                                    ("the owner only: none", 0o600, False)])
def iot_readers(bench: Bench, mode: int, is_told: bool) -> None:
    leaf = bench.authority.leaf("thing")
    path = bench.write(f"key-{mode}", leaf.key.read_bytes(), mode)
    with bench.iot() as env:
        line = (f"emrs: AWS_IOT_CORE_PRIVATE_KEY ({path}): other users of this machine can read this private "
                "key: chmod 600\n").encode()
        want_cancelled(bench.go({**env, KEY: path}), line if is_told else b"")


# Renewals within a call

BUSY = http(503, '{"message": "m"}', "x-amzn-errortype: ServiceUnavailableException")
EXPIRED = http(403, '{"message": "m"}', "x-amzn-errortype: ExpiredTokenException")


@case("after ExpiredToken the container is asked again, with the new content of its token file")
def renewed(bench: Bench) -> None:
    path = Path(bench.write("renewed", "first"))

    def rule(request: Request) -> bytes:
        seen = request.headers.get("authorization")
        path.write_text("second")
        return as_json(container_answer(Token=f"token-{seen}"))

    with Source(rule) as source:
        env = container(source, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(path))
        answer, requests = bench.go({**env, "AWS_MAX_ATTEMPTS": None}, 
                                    script=in_turn(says(BUSY), says(EXPIRED), says(GOOD)))
    want(answer == Answer(0, AS_JSON, b""), "it is accepted", answer)
    for request, token in zip(requests, ("token-first", "token-first", "token-second"), strict=True):
        want_signed(request, token=token)


@each("credentials expire after a request, and the instance gives no fresh ones: the outcome is printed", [
    ("plain", (), BUSY, 254, "unknown: the job run may have been cancelled"),
    ("--wait", ("--wait", "--wait-timeout", "4"), GOOD, 4, "stopping: the job run may still be billed")])
def instance_gone(bench: Bench, options: tuple, first: bytes, code: int, outcome: str) -> None:
    life_s = 8
    gone = threading.Event()
    begin_s = time.monotonic()
    gives = metadata.imds("r", {"Code": "Success", "Type": "AWS-HMAC", **container_answer(life_s)})

    def serve(peer: socket.socket, head: bytes) -> None:
        gone.set()
        time.sleep(max(0.0, begin_s + life_s + 1 - time.monotonic()))  # until they have expired
        peer.sendall(first)

    with Source(lambda request: http(404) if gone.is_set() else gives(request)) as source:
        env = {**instance(source), "AWS_MAX_ATTEMPTS": None}
        answer, requests = bench.go(env, *options, script=in_turn(serve, says(GOOD)))
    text = answer.err.decode()
    want(answer.code == code and len(requests) == 1, f"exit {code}, one request", answer)
    want("Nothing was sent" not in text and outcome in text, "what was sent", text)
    want("emrs: the instance role gave no credentials: " in text, "why", text)


@case("if no fresh credentials come after ExpiredToken: both errors are printed; the service's sets the exit code")
def not_renewed(bench: Bench) -> None:
    left = [WHOLE]

    def rule(_: Request) -> bytes:
        return left.pop() if left else http(401, '{"message": "gone"}')

    with Source(rule) as source:
        answer, requests = bench.go({**container(source), "AWS_MAX_ATTEMPTS": None},
                                    script=in_turn(says(BUSY), says(EXPIRED)))
    text = answer.err.decode()
    want(answer.code == 254 and len(requests) == 2, "exit 254, two requests", answer)
    want("emrs: the container gave no fresh credentials: " in text and "(status 401): gone" in text, "why", text)


# Hints and --debug


@each("AccessDenied names the source:", [
    ("a container", metadata.ecs(PATH), container, "the container (http://127.0.0.1:{port}, " + FULL + ")"),
    ("an instance", metadata.imds("r"), instance,
     "the instance role (http://127.0.0.1:{port}, AWS_EC2_METADATA_SERVICE_ENDPOINT)"),
])  # fmt: skip
def access_denied(bench: Bench, rule: metadata.Rule, settings: object, words: str) -> None:
    denied = says(http(403, '{"message": "m"}', "x-amzn-errortype: AccessDeniedException"))
    with Source(rule) as source:
        answer, _ = in_time(lambda: bench.go(settings(source), script=denied))
        line = f"The credentials came from {words.replace('{port}', str(source.port))}. To use another profile"
    want(answer.code == 254 and line in answer.err.decode(), line, answer)


@each("AccessDenied with credentials of AWS IoT Core:", [
    ("no thing name", {}, "AWS_IOT_CORE_THING_NAME is not set: a policy that compares a tag of the job run with the "
     "thing's name then allows nothing.\n"),
    ("with one", {"AWS_IOT_CORE_THING_NAME": "emrs-thing"}, "If the policy compares a tag of the job run with the "
     "thing's name, the job run needs this tag with the value emrs-thing.\n"),
])  # fmt: skip
def access_denied_iot(bench: Bench, more: dict, words: str) -> None:
    denied = says(http(403, '{"message": "m"}', "x-amzn-errortype: AccessDeniedException"))
    with bench.iot() as env:
        answer, _ = bench.go({**env, **more}, script=denied)
    want(answer.code == 254 and answer.err.decode().endswith("To use another profile: --profile NAME\n" + words), words, answer)
    plain = bench.cancel(script=denied)
    want(b"thing's name" not in plain.err, "no such hint for other credentials", plain)


@case("--debug shows what the source is asked, and no secret of it")
def debug(bench: Bench) -> None:
    path = bench.write("debugged", EKS_TOKEN)
    with Source(metadata.eks(EKS_TOKEN)) as source:
        env = container(source, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=path)
        answer, requests = bench.go(env, "--debug")
    text = answer.err.decode()
    for line in (f"credentials: the container (http://127.0.0.1:{source.port}, {FULL})",
                 "the container is asked for credentials", f"> GET {PATH} HTTP/1.1", f"> Authorization: [{len(EKS_TOKEN)} bytes]",
                 "< HTTP/1.1 200 ", "the container gave credentials", f"> DELETE {TARGET} HTTP/1.1"):
        want(line in text, line, text)
    want(answer.code == 0 and not leak(EKS_TOKEN, text, LEAK_SIZE), "no token", text)
    want_signed(requests[0])
    with Source(metadata.imds("r", token="OF-A-SESSION-" * 3)) as source:
        answer, _ = in_time(lambda: bench.go(instance(source), "--debug"))
    want(answer.code == 0 and b"SESSION-OF" not in answer.err, "no metadata token", answer)
    for line in ("> x-aws-ec2-metadata-token-ttl-seconds: 21600", "> x-aws-ec2-metadata-token: [39 bytes]"):
        want(line in answer.err.decode(), line, answer)
    with bench.iot(AWS_IOT_CORE_THING_NAME="emrs-thing") as env:
        answer, _ = bench.go(env, "--debug")
    want(b"> x-amzn-iot-thingname: emrs-thing\n" in answer.err, "the thing's name", answer)
    want(answer.code == 0 and b"verified by TLS" in answer.err and b"BEGIN" not in answer.err, "no PEM", answer)


@case("a token of the instance's metadata that comes back is masked, with --debug too")
def echoed_token(bench: Bench) -> None:
    token = "AQAEAHs7kq0Jw9ZxM2vT5bRrY8uC1nD4=="

    def rule(request: Request) -> bytes:
        if request.method == "PUT":
            return http(200, token, kind="text/plain")
        return http(401, json.dumps({"message": f"no {request.headers['x-aws-ec2-metadata-token']}"}))

    for more in ((), ("--debug",)):
        with Source(rule) as source:
            answer, _ = in_time(lambda: bench.go(instance(source), *more))
        seen = leak(token, answer.err.decode(), LEAK_SIZE)
        want(answer.code == 253 and b": no ****" in answer.err and not seen, "masked", answer)


@case("--debug hides only the end of a container's path, because this is enough to get its credentials")
def debug_path(bench: Bench) -> None:
    name = "6f1e0d7c-aaaa-bbbb-cccc-abcdefabcdef?part=0123456789"
    with Source(metadata.ecs("/v2/credentials/" + name)) as source:
        answer, _ = bench.go(container(source, "/v2/credentials/" + name), "--debug")
    text = answer.err.decode()
    want(answer.code == 0 and f"> GET /v2/credentials/{'*' * len(name)} HTTP/1.1" in text, "no end of the path", answer)
    want("the container gave credentials" in text and not leak(name, text, LEAK_SIZE), "the other words", answer)


@each("--dry-run asks no source:", [
    ("a container", container, 253, f"{FULL} is set, so the credentials come over the network, but --dry-run sends"),
    ("an instance", instance, 253, "\n  instance role: not asked, because --dry-run sends nothing\n"),
])  # fmt: skip
def dry_run(bench: Bench, settings: object, code: int, words: str) -> None:
    with Source(metadata.ecs(PATH)) as source:
        want_failure(bench.go(settings(source), "--dry-run"), words, code=code)
    want(not source.requests, "no request", source.requests)


@case("--dry-run asks no source: AWS IoT Core")
def dry_run_iot(bench: Bench) -> None:
    with bench.iot() as env:
        want_failure(bench.go(env, "--dry-run"), "AWS_IOT_CORE_CREDENTIAL_ENDPOINT is set, so the credentials")


# Time, signals, the terminal


class Silent(Source):
    """A source that reads the request, and does not answer before its end."""

    def __init__(self) -> None:
        super().__init__(self._wait)
        self.arrived, self.released = threading.Event(), threading.Event()

    def _wait(self, _: Request) -> None:
        self.arrived.set()
        self.released.wait(RUN_S)

    def __exit__(self, *reason: object) -> None:
        self.released.set()
        super().__exit__(*reason)


@case("a silent container: ends after half of --timeout, and nothing was sent")
def silent(bench: Bench) -> None:
    with Silent() as source:
        ran = bench.go(container(source), "--timeout", "2")
    want_failure(ran, "the container gave no credentials: timed out", "Next: Check that the source of the")


@case("connect() to a source does not return: ends with 253, and nothing was sent")
def held(bench: Bench) -> None:
    env = {FULL: "http://127.0.0.1:9/", "LD_PRELOAD": preload(bench.folder, "connect", HOLDS)}
    want_failure(bench.go(env, "--timeout", "2"), "emrs: timed out while connecting: http://127.0.0.1:9\n", "Next: ")


@case("SIGINT while credentials are fetched: 130, and nothing was sent")
def interrupted(bench: Bench) -> None:
    with Silent() as source, Server() as server:
        child = bench.start(*IDS, "--endpoint-url", server.url, env={**NO_KEYS, **container(source)})
        want(source.arrived.wait(RUN_S), "a request", source.requests)
        child.send_signal(signal.SIGINT)
        answer = finish(child)
    want(answer.code == 130 and answer.out == b"" and not server.heads, "130, nothing sent", answer)
    want(NOTHING_SENT in answer.err.decode(), "the effect", answer)


@case("on a terminal: a line is shown while credentials are fetched")
def progress(bench: Bench) -> None:
    ours, theirs = pty.openpty()
    with Silent() as source, os.fdopen(ours, "rb", buffering=0) as screen:
        child = bench.start(*IDS, "--endpoint-url", "http://127.0.0.1:9", stderr=theirs,
                            env={**NO_KEYS, **container(source)})
        os.close(theirs)
        shown, is_told = b"", False
        with contextlib.suppress(OSError):
            while part := screen.read(4096):
                shown += part
                if not is_told and re.search(rb"\r\x1b\[Kemrs: getting credentials, [1-9]\d* s", shown):
                    is_told = True
                    child.send_signal(signal.SIGINT)  # only once, because a second one ends the program
        want(finish(child).code == 130, "130", shown)
    want(is_told, "a line", shown)


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *now)
{
    int (*next)(clockid_t, struct timespec *) =
        (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int code = next(id, now);
    if (id == CLOCK_REALTIME)
        now->tv_sec = (getenv("CLOCK_IS") ? 0 : now->tv_sec) + atol(getenv("CLOCK_BY"));
    return code;
}
"""
# Searches all writable memory for pieces of secrets when the process exits. The pieces come in hex, with each
# bit inverted, so that the search does not find these pieces themselves.
MEMORY = r"""
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static unsigned char wanted[32][8], part[4096 + 7];
static char maps[1 << 20];
static int is_inverse(const unsigned char *bytes, const unsigned char *piece)
{
    int at = 0;
    while (at < 8 && (unsigned char)~bytes[at] == piece[at])
        at++;
    return at == 8;
}
__attribute__((destructor)) static void look(void)
{
    int list = open("/proc/self/maps", O_RDONLY), memory = open("/proc/self/mem", O_RDONLY), count = 0;
    unsigned long from, to, skip = (unsigned long)part & ~4095UL;
    char kind[8];
    size_t size = 0;
    for (const char *at = getenv("PIECES"); *at; count++)
        for (int i = 0; i < 8; i++, at += 2)
            sscanf(at, "%2hhx", &wanted[count][i]);
    for (ssize_t more; (more = read(list, maps + size, sizeof maps - 1 - size)) > 0; size += (size_t)more)
        ;
    for (char *line = maps; *line != 0 && memory >= 0; line = strchr(line, '\n') + 1) {
        if (sscanf(line, "%lx-%lx %7s", &from, &to, kind) != 3 || kind[1] != 'w')
            continue;
        for (; from < to; from += 4096) {
            ssize_t got = from - skip < 8192 ? 0 : pread(memory, part, sizeof part, (off_t)from);
            for (ssize_t at = 0; at + 8 <= got; at++)
                for (int i = 0; i < count; i++)
                    if (is_inverse(part + at, wanted[i]))
                        dprintf(2, "LEFT %d at %.*s\n", i, (int)strcspn(line, "\n"), line);
        }
    }
    dprintf(2, memory < 0 ? "UNREAD\n" : "SEARCHED\n");
}
"""


@case("a host whose clock is not set: 253, and what to do")
def no_clock(bench: Bench) -> None:
    with Source(metadata.ecs(PATH)) as source:
        env = {**container(source), "LD_PRELOAD": preload(bench.folder, "no-clock", CLOCK), "CLOCK_IS": "1",
               "CLOCK_BY": "1000"}
        want_failure(bench.go(env), "the clock is not set", "Next: Set the clock of this device")
    want(not source.requests, "the source is not asked", source.requests)


@each("the Date of AWS IoT Core corrects the clock before the first signature", [("ahead", 3600), ("behind", -3600)])
def taught(bench: Bench, by_s: int) -> None:
    def rule(request: Request) -> bytes:
        date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        return as_json({"credentials": metadata.iot_answer()}, 200, f"Date: {date}")

    with bench.iot(rule) as env:
        clock = {"LD_PRELOAD": preload(bench.folder, f"clock{by_s}", CLOCK), "CLOCK_BY": str(by_s)}
        answer, requests = bench.go({**env, **clock})
    want(answer.code == 0 and len(requests) == 1, "accepted at once", answer)
    signed = time.strptime(requests[0].headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
    off_s = abs(calendar.timegm(signed) - time.time())
    want(off_s < 1800, "the time of AWS IoT Core", off_s)
    want(f"the clock is 60 min {'ahead' if by_s > 0 else 'behind'}" in answer.err.decode(), "by how much", answer)


@case("credentials that have expired because the clock is ahead: the hint names the clock")
def clock_ahead(bench: Bench) -> None:
    with Source(metadata.ecs(PATH)) as source:
        clock = {"LD_PRELOAD": preload(bench.folder, "ahead", CLOCK), "CLOCK_BY": "90000"}
        want_failure(bench.go({**container(source), **clock}), "expiration in the answer has passed",
                     "Next: Check the clock of this device: it says that the credentials have expired.")


@each("nothing of the secrets is left in memory at the end:", [
    ("a container", "container"), ("an instance", "instance"), ("AWS IoT Core", "iot"), ("a failure", "failure"),
    ("a program that hangs", "hangs"), ("a program without an end", "endless")])
def nothing_left(bench: Bench, kind: str) -> None:
    key = bench.authority.leaf("thing").key.read_bytes()
    number = serialization.load_pem_private_key(key, None).private_numbers().private_value.to_bytes(32, "big")
    token = "METADATA-TOKEN-OF-A-SESSION-OF-THE-INSTANCE"
    secrets = [SECRET.encode(), TOKEN.encode()[:200], EKS_TOKEN.encode(), token.encode(), number, number[::-1],
               key.splitlines()[1]]
    pieces = "".join(bytes(255 - byte for byte in secret[at : at + 8]).hex() for secret in secrets for at in (2, len(secret) // 2))
    path = bench.write(f"left-{kind}", EKS_TOKEN)
    # Registers are not wiped (SECURITY.md). Without LD_BIND_NOW the loader saves them on the stack when exit first
    # calls a function.
    env = {"LD_PRELOAD": preload(bench.folder, f"memory-{kind}", MEMORY), "PIECES": pieces, "LD_BIND_NOW": "1"}
    end = {"hangs": "exec sleep 60", "endless": f"while :; do echo '{SECRET}'; done"}.get(kind, "")
    program = bench.write(f"program-{kind}", f"#!/bin/sh\necho '{SECRET}' >&2\necho '{SECRET}'\n{end}\n", 0o700)
    config = bench.write(f"config-{kind}", f"[default]\ncredential_process = {program}\n")
    with Source(metadata.eks(EKS_TOKEN)) as source, Source(metadata.imds("r", token=token)) as imds, \
            bench.iot() as iot:
        settings = {"container": container(source, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=path),
                    "instance": instance(imds), "iot": iot,
                    "hangs": {"AWS_CONFIG_FILE": config}, "endless": {"AWS_CONFIG_FILE": config},
                    "failure": container(source, "/no", AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=path)}[kind]
        answer, _ = in_time(lambda: bench.go({**settings, **env}, *(("--timeout", "2") if kind == "hangs" else ())))
    want(answer.code == (253 if end or kind == "failure" else 0), "its exit code", answer)
    want(b"SEARCHED" in answer.err, "a search", answer)
    want(b"LEFT" not in answer.err, "nothing left", answer)


# botocore, in the same environments

THEIRS = """import botocore.session, json
found = botocore.session.Session().get_credentials()
print(json.dumps(found and list(found.get_frozen_credentials())[:3]))
"""


def theirs(env: dict[str, str | None]) -> list[str] | None:
    """Asks botocore, in its own process, because it reads the environment of its process.
    ret: what it finds; None: nothing, or it refuses"""
    wanted = scripted.environment({**NO_KEYS, "HOME": "/", **env})
    done = subprocess.run([sys.executable, "-c", THEIRS], env=wanted, capture_output=True, timeout=RUN_S)
    return json.loads(done.stdout) if done.returncode == 0 else None


@each("botocore gets the same", [
    ("without a token", metadata.ecs(PATH), "container", {}),
    ("with a token", metadata.eks(EKS_TOKEN), "container", {"AWS_CONTAINER_AUTHORIZATION_TOKEN": EKS_TOKEN}),
    ("with a wrong token", metadata.eks(EKS_TOKEN), "container", {"AWS_CONTAINER_AUTHORIZATION_TOKEN": "x"}),
    ("with a token file", metadata.eks(EKS_TOKEN), "container", {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": EKS_TOKEN,
                                                                 "AWS_CONTAINER_AUTHORIZATION_TOKEN": "x"}),
    ("with a line end in its token file", metadata.eks(EKS_TOKEN), "container",
     {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": EKS_TOKEN + "\n"}),
    ("http to a foreign host", metadata.ecs(PATH), "container", {FULL: "http://192.0.2.1/"}),
    ("without a session token", lambda _: as_json(SOME), "container", {}),
    ("of an instance", metadata.imds("r"), "instance", {}),
    ("of an instance, with a mode beside its endpoint", metadata.imds("r"), "instance",
     {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"}),
    ("of an instance that is disabled", metadata.imds("r"), "instance", {"AWS_EC2_METADATA_DISABLED": "TRUE"}),
    ("of an instance without a role", metadata.imds(""), "instance", {}),
    ("of a container before an instance", metadata.ecs(PATH), "both", {}),
])  # fmt: skip
def same_as_botocore(bench: Bench, rule: metadata.Rule, kind: str, more: dict) -> None:
    more = dict(more)
    name = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
    if name in more:
        more[name] = bench.write(f"theirs-{len(more[name])}", more[name])
    with Source(rule) as source, Source(metadata.imds("another", {"Code": "Success"})) as other:
        env = {"container": container(source), "instance": instance(source),
               "both": {**instance(other), **container(source)}}[kind]
        wanted = theirs({**env, **more})
        answer, requests = in_time(lambda: bench.go({**env, **more}, "--timeout", "6"))
    want((answer.code == 0) == (wanted is not None), f"{wanted}", answer)
    if wanted:
        want(wanted == [KEY_ID, SECRET, TOKEN], "our values", wanted)
        want_signed(requests[0], wanted[1], wanted[2])


def run(binary: str) -> bool:
    with scratch("sources") as folder:
        bench = Bench(str(Path(binary).resolve()), certs.Authority(folder), folder)
        return CASES.run(bench, WORKERS)


if __name__ == "__main__":
    tap.main("test_sources.py EMRS_BINARY", run)
