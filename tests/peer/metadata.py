# SPDX-License-Identifier: MIT
"""Servers of ours that give credentials: a container's endpoint (Amazon ECS, EKS Pod Identity), both
Greengrass nuclei, EC2's instance metadata (IMDS), and the credentials provider of AWS IoT Core.

    with metadata.Source(metadata.eks("a token")) as source:
        run(f"http://127.0.0.1:{source.port}/v1/credentials", "a token")
        source.requests                     # the requests that it received

A rule is a function from a request to the bytes of the answer, or to None: no answer. Each rule quotes the
document that it is from:
    guide     AWS SDKs and Tools Reference Guide, "Container credential provider"
    nucleus   aws-greengrass-nucleus, CredentialRequestHandler.java
    lite      aws-greengrass-lite, docs/spec/executable/tes-http-serverd.md, and http_server.c
    ec2       Amazon EC2 API reference, InstanceMetadataOptionsRequest, and User Guide, "Instance metadata"
    iot       AWS IoT Core Developer Guide, "Authorizing direct calls to AWS services using AWS IoT Core
              credential provider"
    alias     AWS IoT API reference, CreateRoleAlias
"""
from __future__ import annotations

import contextlib
import json
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from certs import Authority, Leaf, server_context
from listener import Listener, read_head
from scripted import KEY_ID, SECRET, TOKEN, http

LIFETIME_S = 3600
GREENGRASS_PATH = "/2016-11-01/credentialprovider/"


@dataclass(frozen=True)
class Request:
    """One request. `name` is the host name of the TLS handshake, `subject` the common name of the client's
    certificate."""

    method: str
    target: str
    headers: dict[str, str] = field(default_factory=dict)  # names in lower case
    name: str = ""
    subject: str = ""

    @classmethod
    def of(cls, head: bytes, name: str, subject: str) -> Request:
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.split(": ", 1) for line in lines if line)
        return cls(method, target, {key.lower(): value for key, value in pairs}, name, subject)


Rule = Callable[[Request], "bytes | None"]


class Source(Listener):
    """Answers one request per connection, as its rule decides. With a context it speaks TLS."""

    def __init__(self, rule: Rule, context: ssl.SSLContext | None = None, port: int = 0):
        super().__init__(port=port)
        self.rule, self.requests, self.errors = rule, [], []
        self._context, self._name = context, ""
        if context:
            context.sni_callback = self._note_name

    def serve(self, connection: socket.socket, port: int) -> None:
        self._name = ""
        with connection, contextlib.suppress(ConnectionError):
            try:
                self._serve_one(self._wrapped(connection))
            except (ssl.SSLError, TimeoutError) as error:
                self.errors.append(str(error))

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        return self._context.wrap_socket(connection, server_side=True) if self._context else connection

    def _serve_one(self, peer: socket.socket) -> None:
        head = read_head(peer)
        if not head:
            return
        request = Request.of(head, self._name, _subject(peer))
        self.requests.append(request)
        answer = self.rule(request)
        if answer is not None:
            peer.sendall(answer)
        if self._context:
            with contextlib.suppress(OSError):
                peer.unwrap()

    def _note_name(self, _tls: object, name: str | None, _context: object) -> None:
        self._name = name or ""


def _subject(peer: socket.socket) -> str:
    certificate = peer.getpeercert() if isinstance(peer, ssl.SSLSocket) else None
    parts = certificate.get("subject", ()) if certificate else ()
    return dict(pair for part in parts for pair in part).get("commonName", "")


# What the answers contain


def date_in(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def container_answer(lifetime_s: int = LIFETIME_S, **changes: object) -> dict:
    """guide, and botocore's ContainerMetadataFetcher: the four names. in: changes: values; None removes a member"""
    values = {"AccessKeyId": KEY_ID, "SecretAccessKey": SECRET, "Token": TOKEN}
    values |= {"Expiration": date_in(lifetime_s), **changes}
    return {name: value for name, value in values.items() if value is not None}


def as_json(values: object, status: int = 200, *headers: str, kind: str = "application/json") -> bytes:
    return http(status, json.dumps(values), *headers, kind=kind)


# Containers


def container(path: str, token: str = "", answer: bytes | None = None) -> Rule:
    """ECS without a token, EKS with one."""

    def rule(request: Request) -> bytes:
        # guide: "SDKs attempt to load credentials from the specified HTTP endpoint through a GET
        # request."
        if request.method != "GET":
            return as_json({"Code": "MethodNotAllowed", "Message": "GET only"}, 405)
        # The path of the URI is secret: another path has no credentials.
        if request.target != path:
            return as_json({"Code": "NotFound", "Message": "no credentials for this path"}, 404)
        # guide: AWS_CONTAINER_AUTHORIZATION_TOKEN and _TOKEN_FILE are sent unchanged in the header
        # Authorization.
        if token and request.headers.get("authorization") != token:
            return as_json({"Code": "AccessDenied", "Message": "the token is not valid"}, 401)
        return answer or as_json(container_answer())

    return rule


def ecs(path: str = "/v2/credentials/0a1b2c3d-0000-4000-8000-000000000000") -> Rule:
    return container(path)


def eks(token: str) -> Rule:
    return container("/v1/credentials", token)


# Greengrass


def nucleus(token: str, upstream: bytes | None = None) -> Rule:
    """Greengrass nucleus. upstream: the answer in place of credentials"""

    def rule(request: Request) -> bytes:
        # nucleus, handle: if the method is not "GET", generateError(HTTP_BAD_METHOD), without a body.
        if request.method != "GET":
            return http(405)
        # nucleus, handle: if the path does not equal URL, generateError(HTTP_BAD_REQUEST). HttpServerImpl
        # has URL = "/2016-11-01/credentialprovider/".
        if request.target != GREENGRASS_PATH:
            return http(400)
        # nucleus, handle: "Request denied due to invalid token", generateError(HTTP_FORBIDDEN).
        if request.headers.get("authorization") != token:
            return http(403)
        return upstream or as_json(container_answer())

    return rule


# nucleus: "TES responded with status code: %d. Caching response. %s", as plain text, with the status
# of AWS IoT.
def nucleus_refused(status: int = 403) -> bytes:
    text = f"TES responded with status code: {status}. Caching response. "
    return http(status, text + '{"message":"Access Denied"}', kind="text/plain")


# nucleus: "Failed to get connection", HTTP_INTERNAL_ERROR.
NUCLEUS_OFFLINE = http(500, "Failed to get connection", kind="text/plain")


def lite(token: str, upstream: bytes | None = b"") -> Rule:
    """Greengrass nucleus lite. upstream: the answer in place of credentials; None: no answer; empty: credentials"""

    def plain(status: int, text: str) -> bytes:
        return http(status, text, kind="text/html; charset=ISO-8859-1")  # libevent's default

    def rule(request: Request) -> bytes | None:
        # http_server.c: "Only /2016-11-01/credentialprovider/ uri is supported."
        if request.target != GREENGRASS_PATH:
            return plain(400, "Only /2016-11-01/credentialprovider/ uri is supported.")
        # lite: "The TES request must be authenticated with an authorization token provided by the
        # client."
        given = request.headers.get("authorization")
        if given is None:
            return plain(400, "Authorization header is needed to process the request.")
        # lite: "The authorization token must be 16-octets long."
        if len(given) != 16:
            return plain(400, "SVCUID length must be exactly 16.")
        # http_server.c: "No such svcuid present.", with HTTP_NOTFOUND.
        if given != token:
            return plain(404, "No such svcuid present.")
        # lite: "The tes-http-serverd shall not cache or otherwise store any credentials."
        if upstream != b"":
            return upstream
        return http(200, json.dumps(container_answer()), kind="text/html; charset=ISO-8859-1")

    return rule


# http_server.c: if the call fails, fetch_creds returns an object without a type, which is encoded as null. The answer
# is still HTTP_OK.
LITE_FAILED = http(200, "null", kind="text/html; charset=ISO-8859-1")


# EC2


def imds(role: str, answer: dict | None = None, token: str = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFB") -> Rule:
    """Only IMDSv2. role: "": no role is attached. answer: the members of the answer in place of good ones"""
    roles = "/latest/meta-data/iam/security-credentials/"

    def rule(request: Request) -> bytes:
        # ec2: a session begins with PUT /latest/api/token and the header
        # X-aws-ec2-metadata-token-ttl-seconds, of 1 to 21600.
        if request.target == "/latest/api/token":
            if request.method != "PUT":
                return http(405)
            seconds = request.headers.get("x-aws-ec2-metadata-token-ttl-seconds", "")
            good = re.fullmatch(r"\d{1,5}", seconds) and 1 <= int(seconds) <= 21600
            return http(200, token, kind="text/plain") if good else http(400, kind="text/html")
        # ec2: "If the state is required, you must send a signed token header with any instance metadata
        # retrieval requests." Without a valid one the status is 401.
        if request.headers.get("x-aws-ec2-metadata-token") != token:
            return http(401, kind="text/html")
        if request.method != "GET" or not role:
            return http(404, kind="text/html")
        if request.target == roles:
            return http(200, role, kind="text/plain")
        if request.target != roles + role:
            return http(404, kind="text/html")
        # ec2: "Code" : "Success", "LastUpdated", "Type" : "AWS-HMAC", and the members of a container's answer.
        about = {"Code": "Success", "LastUpdated": date_in(-60), "Type": "AWS-HMAC"}
        return as_json(about | container_answer() if answer is None else answer, kind="text/plain")

    return rule


# ec2: the answer if the role's trust policy does not name EC2.
IMDS_NOT_ASSUMED = {
    "Code": "AssumeRoleUnauthorizedAccess",
    "Message": "EC2 cannot assume the role emrs.",
    "LastUpdated": "2026-11-01T00:00:00Z",
}


# AWS IoT Core


def iot_error(status: int, name: str, message: str) -> bytes:
    return as_json({"message": message}, status, f"x-amzn-ErrorType: {name}")


@dataclass(frozen=True)
class Iot:
    """The rule of an account with these role aliases, and with these things attached to the device's certificate"""

    host: str = "localhost"
    aliases: tuple[str, ...] = ("emrs-alias",)
    things: tuple[str, ...] = ("emrs-thing",)
    answer: bytes | None = None

    def __call__(self, request: Request) -> bytes | None:
        # iot: "Connections attempted by devices without the correct host_name value will fail."
        if request.name != self.host:
            return None
        # alias: the pattern of a role alias, [\w=,@-]+, of 1 to 128 characters.
        path = re.fullmatch(r"/role-aliases/([\w=,@-]{1,128})/credentials", request.target)
        if request.method != "GET" or not path:
            return iot_error(403, "AccessDeniedException", "Access Denied")
        # iot: "AWS IoT checks that the thingName is attached to the certificate presented during the TLS
        # handshake and will not provide temporary credentials unless it is."
        thing = request.headers.get("x-amzn-iot-thingname")
        if thing is not None and thing not in self.things:
            return iot_error(403, "AccessDeniedException", "Invalid thing name passed")
        if path[1] not in self.aliases:
            return iot_error(404, "ResourceNotFoundException", "Role alias does not exist")
        return self.answer or as_json({"credentials": iot_answer()})


def iot_answer(lifetime_s: int = LIFETIME_S, **changes: object) -> dict:
    """iot: "accessKeyId", "secretAccessKey", "sessionToken" and "expiration" in "credentials"."""
    values = {"accessKeyId": KEY_ID, "secretAccessKey": SECRET, "sessionToken": TOKEN}
    values |= {"expiration": date_in(lifetime_s), **changes}
    return {name: value for name, value in values.items() if value is not None}


def iot_gives(by: tuple[str, str, str], *headers: str, **changes: object) -> bytes:
    """ret: an answer with these credentials. in: by: key id, secret, session token"""
    values = dict(zip(("accessKeyId", "secretAccessKey", "sessionToken"), by))
    return as_json({"credentials": iot_answer(**{**values, **changes})}, 200, *headers)


# iot: "The policy attached to the device certificate must grant the device permission to assume the
# role. You do this by granting permission for the iot:AssumeRoleWithCertificate action".
IOT_DENIED = iot_error(403, "AccessDeniedException", "Access Denied")
# iot: "If the certificate is valid and has permission to request a security token, the AWS IoT
# authentication and authorization module returns success. Otherwise, it sends an exception".
IOT_INACTIVE = iot_error(403, "AccessDeniedException", "Certificate is invalid on this endpoint")
IOT_NOT_ASSUMABLE = iot_error(
    400,
    "InvalidRequestException",
    "Unable to assume the role, or the role to assume does not exist",
)
# alias: "This value must be less than or equal to the maximum session duration of the IAM role that the
# role alias references."
IOT_TOO_LONG = iot_error(
    400,
    "InvalidRequestException",
    "The requested CredentialDurationSeconds exceeds the MaxSessionDuration set for the role",
)


def mutual_context(server: Leaf, devices: Authority) -> ssl.SSLContext:
    """iot: "AWS IoT Core using TLS mutual authentication": the handshake fails without a certificate that the
    authority of the devices signed."""
    context = server_context(server)
    context.load_verify_locations(devices.ca)
    context.verify_mode = ssl.CERT_REQUIRED
    return context
