#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests emr_serverless.py, our server of the EMR Serverless API, with AWS's own clients, boto3 and AWS
CLI v2, and compares it with moto.

    test_emr_serverless.py EMRS_BINARY

Every answer must fit botocore's model of the service: its parser, required members, patterns, ranges
and enumerations. One scenario runs on ours and on moto. Where the two differ, each must do what is
listed for it, and a line `# differs: ...` is printed. botocore signs the requests that no client would
send.
"""
from __future__ import annotations

import calendar
import contextlib
import functools
import http.client
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

sys.dont_write_bytecode = True

import botocore.session  # noqa: E402
from botocore.auth import SigV4Auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials as BotoCredentials  # noqa: E402
from botocore.exceptions import ClientError  # noqa: E402
from botocore.validate import validate_parameters  # noqa: E402

import certs  # noqa: E402
import emr_http  # noqa: E402
import emr_serverless  # noqa: E402
import job_runs  # noqa: E402
import running  # noqa: E402
import service  # noqa: E402
import tap  # noqa: E402
from emr_serverless import ABSENT, CANARY, CLOSE, HOLD, MOMENTS, RESET, Fault, Service  # noqa: E402
from job_runs import ENDLESS, Clock  # noqa: E402
from running import REGION, Credentials  # noqa: E402
from tap import Skipped, want  # noqa: E402

AWS = "/usr/bin/aws"  # Debian's package is version 2; pip installs version 1, in another folder
RUN_S = 120  # only ends a test that hangs
BORN_S = 1_800_000_000.0
ROLE = "arn:aws:iam::123456789012:role/emrs-job"
DRIVER = {"sparkSubmit": {"entryPoint": "s3://emrs-example/endless.py"}}
CASES = tap.Cases()
case = CASES.case


# Clients


@functools.cache
def model() -> object:
    return botocore.session.get_session().get_service_model("emr-serverless")


def boto(where: object, by: Credentials | None = None) -> object:
    return service.boto_client(where, "emr-serverless", by)


def call(where: object, operation: str, **options: object) -> dict:
    """One operation by boto3; the answer must fit the model. ret: the answer as boto3 parsed it"""
    client = boto(where)
    answer = getattr(client, botocore.xform_name(operation))(**options)
    answer.pop("ResponseMetadata")
    if isinstance(where, Service):
        shape = model().operation_model(operation).output_shape
        validate_parameters(answer, shape)  # required members, types, ranges
        want_fits(shape, answer, operation)
    return answer


def want_fits(shape: object, value: object, name: str) -> None:
    """Patterns, lengths and enumerations, which botocore does not check."""
    if shape.type_name == "structure":
        for member, inner in value.items():
            want_fits(shape.members[member], inner, f"{name}.{member}")
    elif shape.type_name == "list":
        for inner in value:
            want_fits(shape.member, inner, name)
    elif shape.type_name == "string":
        rules = shape.metadata
        # The model writes / in a pattern as \\u002F. Python's re reads that as / too.
        fits = re.fullmatch(rules.get("pattern", "(?s).*"), value) is not None
        want(fits and len(value) <= rules.get("max", len(value)), f"{name} as the model has it", value)
        want(value in rules.get("enum", [value]), f"{name}: one of the model's", value)


def refused(function: Callable, *arguments: object, **options: object) -> tuple[str, int]:
    """ret: the error's name and the status; ("", 200): it was not refused"""
    try:
        function(*arguments, **options)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return "", 200


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> str:
        return self.headers.get("x-amzn-errortype", "")


class Signer(SigV4Auth):
    """botocore's signer, with a clock that is `off_s` ahead of ours."""

    off_s = 0.0

    def _modify_request_before_signing(self, request: AWSRequest) -> None:
        date = time.gmtime(time.time() + self.off_s)
        request.context["timestamp"] = time.strftime("%Y%m%dT%H%M%SZ", date)
        super()._modify_request_before_signing(request)


def signed(
    where: object, method: str, path: str, by: Credentials, body: bytes = b"", off_s: float = 0,
    headers: dict | None = None, region: str = REGION, name: str = "emr-serverless",
) -> dict[str, str]:
    """The headers of a request that botocore has signed."""
    request = AWSRequest(method, where.endpoint + path, headers=headers or {}, data=body)
    signer = Signer(BotoCredentials(by.key_id, by.secret, by.token or None), name, region)
    signer.off_s = off_s
    signer.add_auth(request)
    return dict(request.headers)


def ask(
    where: object, method: str, path: str, by: Credentials | None = None, body: bytes = b"",
    spoil: Callable[[dict], object] | None = None, **how: object,
) -> Answer:
    """Sends one request on a new connection; `spoil` changes its headers after it was signed."""
    headers = signed(where, method, path, by or where.user, body, **how)
    if spoil:
        spoil(headers)
    with contextlib.closing(connection(where)) as wire:
        wire.request(method, path, body=body or None, headers=headers)
        answer = wire.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())


def connection(where: object) -> http.client.HTTPConnection:
    place = urlsplit(where.endpoint)
    if place.scheme == "http":
        return http.client.HTTPConnection(place.hostname, place.port, timeout=RUN_S)
    trust = ssl.create_default_context(cafile=str(where.ca))
    return http.client.HTTPSConnection(place.hostname, place.port, timeout=RUN_S, context=trust)


def path_of(run: job_runs.Run, query: str = "") -> str:
    return f"/applications/{run.application_id}/jobruns/{run.job_run_id}{query}"


def look(emr: Service, run: job_runs.Run, query: str = "") -> dict:
    answer = ask(emr, "GET", path_of(run, query))
    want(answer.status == 200, "a look", answer)
    return json.loads(answer.body)["jobRun"]


def cancel(emr: Service, run: job_runs.Run, grace: str = "") -> Answer:
    return ask(emr, "DELETE", path_of(run, f"?shutdownGracePeriodInSeconds={grace}" if grace else ""))


@contextlib.contextmanager
def ours(authority: certs.Authority | None = None, **options: object) -> Iterator[Service]:
    with Service(authority, clock=Clock(BORN_S), **options) as emr:
        yield emr


# The scenario on both


def passes(where: object, seconds: float) -> None:
    """Advances the clock of our server; moto's states do not depend on time."""
    if isinstance(where, Service):
        where.clock.advance(seconds)


def by_boto(where: object, application_id: str) -> dict[str, object]:
    """Starts a run, looks, lists, cancels and looks again. ret: what was seen on the way"""
    seen: dict[str, object] = {}
    started = call(where, "StartJobRun", applicationId=application_id, executionRoleArn=ROLE,
                   jobDriver=DRIVER, name="nightly", tags={"gateway": "gateway-17"})
    ids = {"applicationId": application_id, "jobRunId": started["jobRunId"]}
    seen["StartJobRun answers"] = sorted(started)
    seen["state after the start"] = call(where, "GetJobRun", **ids)["jobRun"]["state"]
    passes(where, 12)
    run = call(where, "GetJobRun", **ids)["jobRun"]
    seen["later"] = [run["state"], run["name"], run["jobDriver"], run["tags"]]
    seen["executionRole is given"] = run.get("executionRole") == ROLE
    seen["createdBy is given"] = run.get("createdBy") is not None
    seen["createdAt has a time of day"] = run["createdAt"].timestamp() % 86400 != 0
    listed = call(where, "ListJobRuns", applicationId=application_id, states=["RUNNING"])["jobRuns"]
    seen["listed"] = [(each["id"] == ids["jobRunId"], each["name"], each["state"]) for each in listed]
    seen["CancelJobRun answers"] = call(where, "CancelJobRun", **ids) == ids
    seen["state after the cancel"] = call(where, "GetJobRun", **ids)["jobRun"]["state"]
    passes(where, 1)
    seen["in the end"] = call(where, "GetJobRun", **ids)["jobRun"]["state"]
    seen["an ended run"] = refused(call, where, "CancelJobRun", **ids)
    seen["an unknown run's error"], seen["an unknown run's status"] = refused(
        call, where, "CancelJobRun", **{**ids, "jobRunId": "0nosuchrun"})
    run = job_runs.Run(application_id, call(where, "StartJobRun", applicationId=application_id,
                                            executionRoleArn=ROLE, jobDriver=DRIVER)["jobRunId"])
    seen["5 s of grace"] = cancel(where, run, "5").status
    kept = ask(where, "GET", path_of(run))
    seen["its connections are kept"] = kept.headers.get("connection", "").lower() != "close"
    wrong = Credentials(where.user.key_id, "wrong")
    seen["a wrong secret"] = (lambda a: (a.status, a.error))(ask(where, "GET", path_of(run), by=wrong))
    seen["a signature a year old"] = ask(where, "GET", path_of(run), off_s=-366 * 86400).status
    return seen


# The differences: what ours does, as AWS documents it, and what moto does.
DIFFER = {
    "state after the start": ("SUBMITTED", "RUNNING"),
    "createdBy is given": (True, False),
    "createdAt has a time of day": (True, False),
    "state after the cancel": ("CANCELLING", "CANCELLED"),
    "an ended run": (("ValidationException", 400), ("", 200)),
    "an unknown run's status": (404, 400),
    "5 s of grace": (400, 200),
    "its connections are kept": (True, False),
    "a wrong secret": ((403, "InvalidSignatureException"), (403, "")),
    "a signature a year old": (403, 200),
}
AGREE = {
    "executionRole is given": True,
    "StartJobRun answers": ["applicationId", "arn", "jobRunId"],
    "later": ["RUNNING", "nightly", DRIVER, {"gateway": "gateway-17"}],
    "listed": [(True, "nightly", "RUNNING")],
    "CancelJobRun answers": True,
    "in the end": "CANCELLED",
    "an unknown run's error": "ResourceNotFoundException",
}


@case("boto3 starts, looks, lists and cancels on ours, over TLS and without; each answer fits the model")
def boto_on_ours(bench: Bench) -> None:
    for authority in (None, bench.authority):
        with ours(authority) as emr:
            seen = by_boto(emr, emr.application().application_id)
        wanted = {**AGREE, **{name: of_ours for name, (of_ours, _) in DIFFER.items()}}
        want(seen == wanted, "as the documents say", differing(seen, wanted))


@case("the same on moto: they agree, except for the listed differences")
def boto_on_moto(bench: Bench) -> None:
    with service.running_service(tls=False, check_signatures=True) as moto:
        home = moto.client("emr-serverless").create_application(name="emrs", releaseLabel="emr-7.9.0", type="SPARK")
        seen = by_boto(moto, home["applicationId"])
    wanted = {**AGREE, **{name: of_moto for name, (_, of_moto) in DIFFER.items()}}
    wanted["executionRole is given"] = seen["executionRole is given"]  # moto 5.1.1 gives it, 5.2.1 does not
    want(seen == wanted, "what is known of moto", differing(seen, wanted))
    for name, (of_ours, of_moto) in DIFFER.items():
        tap.note(f"differs: {name}: ours {of_ours}, moto {of_moto}")


def differing(seen: dict, wanted: dict) -> dict:
    names = {*seen, *wanted}
    return {name: (seen.get(name), wanted.get(name)) for name in names if seen.get(name) != wanted.get(name)}


@case("AWS CLI v2 starts, looks, lists and cancels on ours, and on moto")
def by_cli(bench: Bench) -> None:
    if not os.access(AWS, os.X_OK):
        raise Skipped(f"no {AWS}: install awscli")
    with ours(quotas=False) as emr:
        cli_scenario(emr, emr.application().application_id)
        operations = [each.operation for each in emr.requests]
        want(operations == ["StartJobRun", "GetJobRun", "ListJobRuns", "CancelJobRun", "GetJobRun", "CancelJobRun"],
             "six requests", operations)
    with service.running_service(tls=False, check_signatures=True) as moto:
        home = moto.client("emr-serverless").create_application(name="emrs", releaseLabel="emr-7.9.0", type="SPARK")
        cli_scenario(moto, home["applicationId"])


def cli_scenario(where: object, application: str) -> None:
    started = json.loads(cli(where, "start-job-run", "--application-id", application, "--execution-role-arn", ROLE,
                             "--job-driver", json.dumps(DRIVER)))
    ids = ("--application-id", application, "--job-run-id", started["jobRunId"])
    passes(where, 12)
    want(cli(where, "get-job-run", *ids, "--query", "jobRun.state") == '"RUNNING"\n', "RUNNING", where)
    listed = cli(where, "list-job-runs", "--application-id", application, "--query", "jobRuns[].id")
    want(json.loads(listed) == [started["jobRunId"]], "one run", listed)
    said = cli(where, "cancel-job-run", *ids)
    want(said == running.as_json(application, started["jobRunId"]), "the two ids", said)
    passes(where, 1)
    want(cli(where, "get-job-run", *ids, "--query", "jobRun.state") == '"CANCELLED"\n', "CANCELLED", where)
    failed = run_cli(where, "cancel-job-run", "--application-id", application, "--job-run-id", "0nosuchrun")
    want(failed.code == 254 and "(ResourceNotFoundException)" in failed.stderr, "exit 254", failed)


def run_cli(where: object, *words: str) -> running.Answer:
    env = running.environment({**where.session.environment(), "AWS_DEFAULT_REGION": REGION, "AWS_PAGER": ""})
    return running.execute([AWS, "emr-serverless", *words, "--endpoint-url", where.endpoint], env, RUN_S)


def cli(where: object, *words: str) -> str:
    answer = run_cli(where, *words)
    want(answer.code == 0, f"{words[0]}: exit 0", answer)
    return answer.stdout


@case("emrs cancels on ours, over TLS and without, and shows no secret of the run")
def by_emrs(bench: Bench) -> None:
    for authority in (None, bench.authority):
        with ours(authority) as emr:
            run = emr.start(mode="STREAMING")
            answer = bench.cancel(emr, run)
            want(answer.code == 0 and emr.state(run) == "CANCELLING", "cancelled", answer)
            (request,) = emr.requests
            want(request.done and request.key_id == emr.session.key_id, "one request, done", request)
            want(CANARY not in answer.stdout + answer.stderr, "no secret", answer)


# Signatures


def spoiled(change: Callable[[dict], object]) -> dict:
    return {"spoil": change}


SIGNATURES = [
    ("a wrong secret", lambda emr: {"by": Credentials(emr.user.key_id, "wrong")}, "InvalidSignatureException"),
    ("an unknown key", lambda emr: {"by": Credentials("AKIAUNKNOWN000000000", emr.user.secret)},
     "UnrecognizedClientException"),
    ("a role's key without its token", lambda emr: {"by": Credentials(emr.session.key_id, emr.session.secret)},
     "UnrecognizedClientException"),
    ("a user's key with a token", lambda emr: {"by": Credentials(emr.user.key_id, emr.user.secret, "token")},
     "UnrecognizedClientException"),
    ("an expired token", lambda emr: emr.expire(emr.session) or {"by": emr.session}, "ExpiredTokenException"),
    ("six minutes early", lambda emr: {"off_s": -360}, "InvalidSignatureException"),
    ("six minutes late", lambda emr: {"off_s": 360}, "InvalidSignatureException"),
    ("four minutes early", lambda emr: {"off_s": -240}, ""),
    ("four minutes late", lambda emr: {"off_s": 240}, ""),
    ("another region", lambda emr: {"region": "eu-west-1"}, "InvalidSignatureException"),
    ("another service", lambda emr: {"name": "s3"}, "InvalidSignatureException"),
    ("none", lambda emr: spoiled(lambda h: h.pop("Authorization")), "MissingAuthenticationTokenException"),
    ("half a header", lambda emr: spoiled(lambda h: h.update(Authorization=h["Authorization"][:-9])),
     "IncompleteSignature"),
    ("no date", lambda emr: spoiled(lambda h: h.pop("X-Amz-Date")), "IncompleteSignature"),
    ("a date changed after it was signed",
     lambda emr: spoiled(lambda h: h.update({"X-Amz-Date": h["X-Amz-Date"][:-2] + flip(h["X-Amz-Date"][-2]) + "Z"})),
     "InvalidSignatureException"),
    ("an x-amz header that is not signed", lambda emr: spoiled(lambda h: h.update({"X-Amz-More": "1"})),
     "InvalidSignatureException"),
    ("a signed header with two spaces in a row", lambda emr: {"headers": {"X-Amz-More": "a  b"}}, ""),
]


def flip(digit: str) -> str:
    return "1" if digit == "0" else "0"


@CASES.each("signature", SIGNATURES)
def signature(bench: Bench, make: Callable[[Service], dict], error: str) -> None:
    with ours() as emr:
        run = emr.start()
        answer = ask(emr, "DELETE", path_of(run, "?shutdownGracePeriodInSeconds=30"), **make(emr))
        want((answer.status, answer.error) == ((403, error) if error else (200, "")), error or "accepted", answer)
        want(emr.state(run) == ("RUNNING" if error else "CANCELLING"), "cancelled only if right", emr.state(run))
        # Each answer has a Date, which corrects a client's clock, and a request id, which AWS's support asks for.
        want(answer.headers["date"] and re.fullmatch(r"[0-9a-f-]{36}", answer.headers["x-amzn-requestid"]),
             "Date and request id", answer.headers)
        if error:
            want(json.loads(answer.body)["message"], "a message", answer.body)


@case("a signature covers the body and the query too")
def signs_all(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start()
        home = f"/applications/{run.application_id}/jobruns"
        headers = signed(emr, "POST", home, emr.user, b'{"clientToken": "a"}')
        for method, target, body in (("POST", home, b'{"clientToken": "b"}'), ("POST", home + "?a=b", b"")):
            with contextlib.closing(connection(emr)) as wire:
                wire.request(method, target, body=body, headers=headers)
                want(wire.getresponse().status == 403, "refused", target)


@case("a service with a wrong clock checks signatures by this clock, and sends its time as Date")
def skewed(bench: Bench) -> None:
    with ours() as emr:
        run, emr.skew_s = emr.start(), 3600.0
        answer = cancel(emr, run)
        message = json.loads(answer.body)["message"]
        want(answer.error == "InvalidSignatureException" and message.startswith("Signature expired"), "skew", answer)
        date = calendar.timegm(time.strptime(answer.headers["date"], "%a, %d %b %Y %H:%M:%S GMT"))
        want(ask(emr, "DELETE", path_of(run), off_s=date - time.time()).status == 200, "by its Date: accepted", date)


# Permissions

TAG = ("gateway", "gateway-17")
PERMISSIONS = [
    ("the action is allowed", {"CancelJobRun"}, None, {}, 200),
    ("only other actions are allowed", {"GetJobRun", "ListJobRuns"}, None, {}, 403),
    ("no action is allowed", set(), None, {}, 403),
    ("a run with the tag", {"CancelJobRun"}, TAG, {"gateway": "gateway-17"}, 200),
    ("a run whose tag has another value", {"CancelJobRun"}, TAG, {"gateway": "gateway-18"}, 403),
    ("a run without the tag", {"CancelJobRun"}, TAG, {}, 403),
]


@CASES.each("permission", PERMISSIONS)
def permission(bench: Bench, actions: set[str], tag: tuple | None, tags: dict, status: int) -> None:
    with ours() as emr:
        run = emr.start(tags=tags)
        emr.restrict(emr.session, actions, tag)
        answer = ask(emr, "DELETE", path_of(run), by=emr.session)
        error = "" if status == 200 else "AccessDeniedException"
        want((answer.status, answer.error) == (status, error), status, answer)
        want(emr.state(run) == ("CANCELLING" if status == 200 else "RUNNING"), "done only if allowed", answer)
        if status == 403:
            resource = f"arn:aws:emr-serverless:us-east-1:123456789012:{path_of(run)}"
            needed = f"emr-serverless:CancelJobRun on resource: {resource}"
            want(needed in json.loads(answer.body)["message"], needed, answer.body)


@case("permission: with a tag condition, the error for a run that does not exist is AccessDenied, not NotFound")
def tag_of_no_run(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start()
        run.job_run_id = "0nosuchrun"
        want(cancel(emr, run).error == "ResourceNotFoundException", "404", run)
        emr.restrict(emr.user, {"CancelJobRun", "ListJobRuns"}, TAG)
        want(cancel(emr, run).error == "AccessDeniedException", "403", run)
        listed = ask(emr, "GET", f"/applications/{run.application_id}/jobruns")
        want(listed.status == 200, "the condition to apply to job runs only", listed)


# Quotas. The table is copied from the User Guide, not imported from emr_serverless.py.

RATES = [
    ("CancelJobRun", 1, 25, "DELETE", "/applications/{0}/jobruns/{1}"),
    ("GetJobRun", 10, 50, "GET", "/applications/{0}/jobruns/{1}"),
    ("ListJobRuns", 1, 25, "GET", "/applications/{0}/jobruns"),
    ("StartJobRun", 1, 25, "POST", "/applications/{0}/jobruns"),
    ("GetApplication", 10, 50, "GET", "/applications/{0}"),
]


@CASES.each("quota", RATES)
def quota(bench: Bench, rate: int, burst: int, method: str, path: str) -> None:
    with ours() as emr:
        run = emr.start()
        target = path.format(run.application_id, run.job_run_id)
        wire = connection(emr)

        def passed() -> bool:
            wire.request(method, target, headers=signed(emr, method, target, emr.user))
            answer = wire.getresponse()
            throttled = answer.headers.get("x-amzn-errortype") == "ThrottlingException"
            answer.read()
            want(not throttled or answer.status == 400, "status 400", answer.status)
            return not throttled

        want([passed() for _ in range(burst + 1)] == [True] * burst + [False], f"{burst} at once", emr.requests[-1])
        emr.clock.advance(1)
        want([passed() for _ in range(rate + 1)] == [True] * rate + [False], f"{rate} a second", emr.requests[-1])
        emr.clock.advance(10000)
        want([passed() for _ in range(burst + 1)].count(True) == burst, "no more than the burst", emr.requests[-1])
        wire.close()


# Job runs


@case("states change only with the clock, which a request can advance")
def states_follow(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start(life=ENDLESS)
        seen = []
        for seconds in (0, 1, 1, 10, 100):
            emr.clock.advance(seconds)
            seen.append(look(emr, run)["state"])
        want(seen == ["SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "RUNNING"], "one after the other", seen)
        emr.request_s = 30
        cancel(emr, run)
        want(look(emr, run)["state"] == "CANCELLED", "30 s per request", run.history)


GRACES = [
    ("batch, none asked for", {}, "", 1),
    ("batch, 0 s", {}, "0", 1),
    ("batch, 15 s", {}, "15", 15),
    ("batch, 1800 s", {}, "1800", 1800),
    ("streaming, none asked for", {"mode": "STREAMING"}, "", 120),
    ("streaming, 0 s", {"mode": "STREAMING"}, "0", 1),
    ("streaming, 60 s", {"mode": "STREAMING"}, "60", 60),
    ("hooks that end sooner", {"hooks_s": 20}, "300", 20),
    ("not RUNNING", {"life": (("SCHEDULED", None),)}, "300", 1),
    ("a release before 7.9.0", {"release": "emr-7.8.0"}, "300", 1),
    ("release 7.10.0", {"release": "emr-7.10.0"}, "300", 300),
]


@CASES.each("grace", GRACES)
def grace(bench: Bench, options: dict, asked: str, seconds: int) -> None:
    with ours() as emr:
        run = emr.start(**options)
        want(cancel(emr, run, asked).status == 200, "accepted", asked)
        emr.clock.advance(seconds - 0.5)
        want(emr.state(run) == "CANCELLING", f"CANCELLING for {seconds} s", run.history)
        emr.clock.advance(0.5)
        want(emr.state(run) == "CANCELLED", f"CANCELLED after {seconds} s", run.history)


@CASES.each("grace refused", [(text, text) for text in ("1", "14", "1801", "-1", "1.5", "abc", "99999999999")])
def grace_refused(bench: Bench, asked: str) -> None:
    with ours() as emr:
        run = emr.start()
        answer = cancel(emr, run, asked)
        want((answer.status, answer.error) == (400, "ValidationException"), "refused", answer)
        want(emr.state(run) == "RUNNING", "not cancelled", run.history)


@case("a second cancel in CANCELLING is accepted and ignored; after the end it is refused")
def second_cancel(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start()
        first, second = cancel(emr, run, "300"), cancel(emr, run, "0")
        want((first.status, second.status) == (200, 200), "both accepted", second)
        emr.clock.advance(299)
        want(emr.state(run) == "CANCELLING", "the first one's grace", run.history)
        emr.clock.advance(1)
        third = cancel(emr, run)
        want((third.status, third.error) == (400, "ValidationException"), "ended", third)
        told = [(event.what, event.state, event.at_s - BORN_S, event.request_id) for event in emr.history(run)]
        by = [each.request_id for each in emr.requests]
        want(told == [("state", "RUNNING", 0, ""), ("cancel", "RUNNING", 0, by[0]), ("state", "CANCELLING", 0, by[0]),
                      ("ignored", "CANCELLING", 0, by[1]), ("state", "CANCELLED", 300, "")], "its history", told)


@CASES.each("an ended run is not cancellable", [(state, state) for state in ("SUCCESS", "FAILED")])
def not_cancellable(bench: Bench, state: str) -> None:
    with ours() as emr:
        run = emr.start(life=(("RUNNING", 90), (state, None)))
        emr.clock.advance(90)
        answer = cancel(emr, run)
        want((answer.error, emr.state(run)) == ("ValidationException", state), state, answer)


@case("only an ended run has billed amounts, of one minute at least")
def billed(bench: Bench) -> None:
    with ours() as emr:
        run, waiting = emr.start(), emr.start(life=(("SUBMITTED", None),))
        emr.clock.advance(3600)
        live = look(emr, run)
        want("billedResourceUtilization" not in live and "endedAt" not in live, "no billed amounts while it runs", live)
        emr.cancel(run), emr.cancel(waiting)
        emr.clock.advance(1)
        ended = call(emr, "GetJobRun", applicationId=run.application_id, jobRunId=run.job_run_id)["jobRun"]
        want(ended["totalExecutionDurationSeconds"] == 3601, "an hour and a second", ended)
        want(ended["billedResourceUtilization"] == {"vCPUHour": 4.001, "memoryGBHour": 16.004, "storageGBHour": 0},
             "4 vCPU", ended["billedResourceUtilization"])
        never = look(emr, waiting)
        want(never["state"] == "CANCELLED" and "billedResourceUtilization" not in never, "none, as it never ran", never)
        short = emr.start(life=(("RUNNING", 1), ("SUCCESS", None)))
        emr.clock.advance(1)
        hours = look(emr, short)["billedResourceUtilization"]["vCPUHour"]
        want(hours == round(4 / 60, 3), "a minute", hours)


@case("a run waits QUEUED for a slot, is cancelled in the queue, or times out")
def queue(bench: Bench) -> None:
    with ours() as emr:
        home = emr.application(max_concurrent_runs=1).application_id
        first, second, third, fourth = (emr.start(home, life=ENDLESS) for _ in range(4))
        emr.clock.advance(12)
        want([emr.state(run) for run in (first, second)] == ["RUNNING", "QUEUED"], "one runs", second.history)
        want(cancel(emr, third).status == 200, "cancelled in the queue", third.history)
        cancel(emr, first, "30")
        emr.clock.advance(29)
        want(emr.state(second) == "QUEUED", "CANCELLING still takes the slot", second.history)
        emr.clock.advance(1 + 11)
        told = look(emr, second)
        want(told["state"] == "RUNNING" and told["queuedDurationMilliseconds"] == 41000, "it ran next", told)
        emr.clock.advance(360 * 60)
        want(emr.state(fourth) == "CANCELLED", "the queue's timeout", fourth.history)
        want("timeout" in [event.what for event in fourth.history], "its history tells why", fourth.history)


@case("a run beyond its time limit is cancelled by the service")
def time_limit(bench: Bench) -> None:
    with ours() as emr:
        run, default = emr.start(timeout_minutes=5), emr.start()
        stream = emr.start(mode="STREAMING")
        emr.clock.advance(300)
        told = look(emr, run)
        want((told["state"], told["executionTimeoutMinutes"]) == ("CANCELLING", 5), "5 minutes", run.history)
        emr.clock.advance(720 * 60 - 300)
        want(emr.state(default) == "CANCELLING", "720 minutes by default", default.history)
        want(emr.state(stream) == "RUNNING", "no default for a stream", stream.history)


@case("attempts: after a failure the run is RUNNING again as attempt 2, and attempt 1 can still be read")
def attempts(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start(life=(("RUNNING", 9), ("SCHEDULED", 5), ("RUNNING", None)))
        emr.clock.advance(9)
        told = look(emr, run)
        want((told["state"], told["attempt"], "startedAt" in told) == ("SCHEDULED", 2, False), "back again", told)
        emr.clock.advance(5)
        told, first = look(emr, run), look(emr, run, "?attempt=1")
        want((told["state"], told["attempt"]) == ("RUNNING", 2), "running again", told)
        want((first["state"], first["attempt"]) == ("FAILED", 1), "the first has failed", first)
        want(ask(emr, "GET", path_of(run, "?attempt=3")).status == 404, "no third", run.history)
        want(ask(emr, "GET", path_of(run, "?attempt=0")).status == 400, "none below 1", run.history)


@case("a run that is not found at first, one with an old state in its looks, and one cancelled by another client first")
def oddities(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start(hidden={"GetJobRun": 2, "CancelJobRun": 1})
        statuses = [ask(emr, "GET", path_of(run)).status for _ in range(3)]
        want(statuses == [404, 404, 200], "hidden for two looks", statuses)
        want([cancel(emr, run).status for _ in range(2)] == [404, 200], "and one cancel", run.history)

        run = emr.start(stale_looks=2)
        emr.cancel(run, 30)
        states = [look(emr, run)["state"] for _ in range(3)]
        want(states == ["RUNNING", "RUNNING", "CANCELLING"], "two stale looks", states)
        want([each.state for each in emr.requests[-3:]] == states, "the same states in the record", emr.requests[-3:])

        run = emr.start(ends_as="SUCCESS")
        emr.faults.append(Fault("whole", operation="CancelJobRun", call=lambda: emr.cancel(run)))
        want(cancel(emr, run).status == 200, "200, though the other cancel was first", run.history)
        what = [event.what for event in run.history]
        want(what == ["state", "cancel", "state", "ignored"], "ours was ignored", what)
        emr.clock.advance(1)
        want(emr.state(run) == "SUCCESS", "it ended by itself", run.history)


@case("members can be null or absent, a state can be unknown, and a date is a number")
def members(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start(members={"stateDetails": None, "attempt": ABSENT, "state": "SOMETHING_NEW"})
        told = look(emr, run)
        want(told["stateDetails"] is None and "attempt" not in told and "name" not in told, "null and absent", told)
        want(told["state"] == "SOMETHING_NEW", "a state that the model does not have", told)
        want(told["createdAt"] == BORN_S, "seconds since 1970", told["createdAt"])


@case("secrets are in jobDriver and configurationOverrides; 10 MB are sent in small blocks, chunked or not")
def bulk(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start(bulk_size=10_000_000)
        for emr.chunked in (False, True):
            answer = ask(emr, "GET", path_of(run))
            told = json.loads(answer.body)["jobRun"]
            want(len(answer.body) > 10_000_000 and told["state"] == "RUNNING", "10 MB", len(answer.body))
            want(CANARY in str(told["configurationOverrides"]) and CANARY in str(told["jobDriver"]), "canaries", "")
            want(answer.body.index(b'"jobDriver"') < answer.body.index(b'"jobRunId"'), "jobDriver before jobRunId", "")
        blocks = emr_http.Text({"jobRun": {"a": emr_http.Text.MARK}}, 10_000_000).blocks()
        want(max(map(len, blocks)) <= emr_http.BLOCK_SIZE, "never whole in memory", "")


@case("lists: pages, states, mode, times; newest first, grouped by the states asked for")
def lists(bench: Bench) -> None:
    with ours(quotas=False) as emr:
        home = emr.application().application_id
        runs = []
        for number in range(5):
            runs.append(emr.start(home, mode="STREAMING" if number == 4 else "BATCH"))
            emr.clock.advance(10)
        emr.cancel(runs[1], 60)
        ids = [run.job_run_id for run in runs]

        def listed(**options: object) -> list[int]:
            pages = boto(emr).get_paginator("list_job_runs").paginate(applicationId=home, **options)
            return [ids.index(each["id"]) for page in pages for each in page["jobRuns"]]

        want(listed() == [4, 3, 2, 1, 0], "all", listed())
        want(listed(PaginationConfig={"PageSize": 2}) == [4, 3, 2, 1, 0], "in three pages", emr.requests[-1])
        pages = [each.one("nextToken") for each in emr.requests[-3:]]
        want(pages == [None, "from-2", "from-4"], "the pages", pages)
        want(listed(states=["CANCELLING", "RUNNING"]) == [1, 4, 3, 2, 0], "grouped", listed())
        want(listed(mode="STREAMING") == [4], "by mode", listed())
        want(listed(createdAtAfter=BORN_S + 20, createdAtBefore=BORN_S + 30) == [3, 2], "by time", listed())
        path = f"/applications/{home}/jobruns"
        states = "&".join(f"states={state}" for state in job_runs.STATES)
        for query in (states, "states=NONE", "maxResults=0", "maxResults=51", "nextToken=other", "createdAtAfter=now"):
            want(ask(emr, "GET", f"{path}?{query}").error == "ValidationException", query, emr.requests[-1])
        want(ask(emr, "GET", "/applications/0none/jobruns").error == "ValidationException", "no application", "")


@case("StartJobRun: the same client token and request give the same run; another request conflicts")
def tokens(bench: Bench) -> None:
    with ours() as emr:
        home = emr.application().application_id
        start = functools.partial(call, emr, "StartJobRun", applicationId=home, executionRoleArn=ROLE,
                                  clientToken="once")
        first, again = start(), start()
        want(first == again and len(emr.applications[home].runs) == 1, "one run", (first, again))
        want(refused(start, name="other") == ("ConflictException", 409), "a conflict", emr.requests[-1])
        path = f"/applications/{home}/jobruns"
        for body in (b"", b"[]", b"{}", b'{"clientToken": "a"}', b'{"clientToken": "a b", "executionRoleArn": "x"}'):
            want(ask(emr, "POST", path, body=body).error == "ValidationException", body, emr.requests[-1])
        told = call(emr, "GetApplication", applicationId=home)["application"]
        want(told["applicationId"] == home and told["state"] == "STARTED", "the application", told)
        for method, target, error in (("GET", "/", "UnknownOperationException"),
                                      ("PUT", path, "UnknownOperationException"),
                                      ("GET", "/applications/ABC", "ValidationException"),
                                      ("DELETE", path + "/" + "a" * 65, "ValidationException"),
                                      ("GET", "/applications/0none", "ResourceNotFoundException"),
                                      ("GET", "/applications/0none/jobruns/0none", "ResourceNotFoundException")):
            want(ask(emr, method, target).error == error, (method, target, error), emr.requests[-1])


# Faults


def attempt(emr: Service, run: job_runs.Run) -> str:
    """Sends one CancelJobRun. ret: the status, or how it failed; "cut": the body was incomplete"""
    try:
        return str(cancel(emr, run).status)
    except http.client.IncompleteRead:
        return "cut"
    except (http.client.HTTPException, OSError):
        return "failed"


def until(is_so: Callable[[], bool]) -> bool:
    """Waits until `is_so()`: a client may read the answer before the server has recorded it. ret: whether it is so"""
    end_s = time.monotonic() + RUN_S
    while not is_so() and time.monotonic() < end_s:
        time.sleep(0.01)
    return is_so()


MET = {"accepted": "failed", "hello": "failed", "shaken": "failed", "partial": "failed", "whole": "failed",
       "done": "failed", "answering": "cut", "answered": "200"}


@CASES.each("fault", [(f"{how} at {moment}, {kind}", moment, how, kind)
                      for moment in MOMENTS for how in (CLOSE, RESET) for kind in ("plain", "TLS")])
def fault(bench: Bench, moment: str, how: str, kind: str) -> None:
    """Checks what the client sees, and by the service's record whether the request was done."""
    with ours(bench.authority if kind == "TLS" else None) as emr:
        run = emr.start()
        emr.faults.append(Fault(moment, how, size=1 if moment == "partial" else 0))
        met = attempt(emr, run)
        # A reset may overtake bytes that were sent before it.
        want(met == MET[moment] or (how == RESET and met in ("failed", "cut")), MET[moment], met)
        is_done = MOMENTS.index(moment) >= MOMENTS.index("done")
        want(emr.state(run) == ("CANCELLING" if is_done else "RUNNING"), "done from the moment `done` on", run.history)
        want(until(lambda: not emr.faults) and attempt(emr, run) == "200", "the fault only once", emr.faults)


@case("a fault in the middle of an answer comes after `size` bytes")
def cut(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start()
        for size in (1, 100, 200):
            emr.faults.append(Fault("answering", CLOSE, "GetJobRun", size=size))
            with socket.create_connection(("127.0.0.1", emr.port), RUN_S) as wire:
                headers = signed(emr, "GET", path_of(run), emr.user)
                lines = [f"GET {path_of(run)} HTTP/1.1", f"Host: 127.0.0.1:{emr.port}"]
                lines += [f"{name}: {value}" for name, value in headers.items()]
                wire.sendall("\r\n".join([*lines, "", ""]).encode())
                answer = b"".join(iter(lambda: wire.recv(4096), b""))
            want(len(answer) == size, f"{size} bytes", answer)


@case("an error in place of the answer: with the cancel done, and not done")
def answers(bench: Bench) -> None:
    for moment, state in (("whole", "RUNNING"), ("done", "CANCELLING")):
        with ours() as emr:
            run = emr.start()
            emr.faults.append(Fault(moment, operation="CancelJobRun", skip=1, answer=(503, "ServiceUnavailable")))
            other = emr.start()
            want(look(emr, run)["state"] == "RUNNING" and attempt(emr, other) == "200", "two before it", emr.requests)
            answer = cancel(emr, run)
            want((answer.status, answer.error) == (503, "ServiceUnavailable"), "503", answer)
            want(emr.state(run) == state, state, run.history)
            (request,) = [each for each in emr.requests if each.status == 503]
            want(request.done == (moment == "done"), "whether it was done, in the record", request)


@case("the moments come in order, a fault can call a function, and HOLD lasts until the client hangs up")
def moments(bench: Bench) -> None:
    with ours(bench.authority) as emr:
        run, seen = emr.start(), []
        for moment in MOMENTS:
            emr.faults.append(Fault(moment, call=functools.partial(seen.append, moment)))
        want(attempt(emr, run) == "200" and until(lambda: tuple(seen) == MOMENTS), "in order", seen)
    with ours() as emr:
        run, struck = emr.start(), threading.Event()
        emr.faults.append(Fault("done", HOLD, call=struck.set))
        wire = connection(emr)
        wire.request("DELETE", path_of(run), headers=signed(emr, "DELETE", path_of(run), emr.user))
        want(struck.wait(RUN_S) and emr.state(run) == "CANCELLING", "done, and no answer", emr.requests)
        wire.close()
    for wrong in (lambda: Fault("later"), lambda: Fault("done", "explode"), lambda: Fault("hello", CLOSE, "GetJobRun")):
        with contextlib.suppress(ValueError):
            want(not wrong(), "ValueError", wrong)


@case("the record of requests: what came, by whom, what was done and how it ended")
def record(bench: Bench) -> None:
    with ours() as emr:
        run = emr.start()
        look(emr, run)
        emr.faults.append(Fault("done", CLOSE))
        attempt(emr, run)
        first, second = emr.requests
        want((first.operation, first.status, first.state, first.ended) == ("GetJobRun", 200, "RUNNING", "answered"),
             "a look", first)
        want((second.operation, second.done, second.status, second.ended) == ("CancelJobRun", True, 0, "close at done"),
             "a cancel without an answer", second)
        want(emr.seen("CancelJobRun") == [second] and second.key_id == emr.user.key_id, "by operation", second)


# The program


@case("as a program: prints how to reach it, obeys commands, and ends with its input")
def program(bench: Bench) -> None:
    command = [sys.executable, "-B", emr_serverless.__file__, "--speed", "0"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    env = {}
    while (line := child.stdout.readline()).startswith("export "):
        name, _, value = line.removeprefix("export ").strip().partition("=")
        env[name] = value

    def tell(text: str) -> object:
        child.stdin.write(text + "\n")
        child.stdin.flush()
        return json.loads(child.stdout.readline())

    run = tell("start name=nightly tag.gateway=gateway-17 mode=STREAMING")
    want(tell(f"state {run['jobRunId']}") == {"state": "RUNNING"}, "RUNNING", run)
    want("error" in tell("answer done 503") and "error" in tell("explode"), "two errors", "")
    tell("answer whole 503 ServiceUnavailable CancelJobRun")
    options = ["--application-id", run["applicationId"], "--job-run-id", run["jobRunId"]]
    codes = [running.execute([bench.binary, "cancel-job-run", *options], running.environment(env), RUN_S).code
             for _ in range(2)]
    want(codes == [254, 0], "refused once, then accepted", codes)
    want(tell(f"state {run['jobRunId']}") == {"state": "CANCELLING"}, "CANCELLING", run)
    tell("advance 120")
    want([event["state"] for event in tell(f"history {run['jobRunId']}")][-1] == "CANCELLED", "CANCELLED", run)
    want([each["status"] for each in tell("requests")] == [503, 200], "the record", run)
    child.stdin.close()
    want(child.wait(RUN_S) == 0, "it ends with its input", child.returncode)
    child.stdout.close()


@CASES.each("the demo without moto", [("over TLS", ()), ("by a Python without any package", ("-S",))])
def demo_without_moto(bench: Bench, options: tuple[str, ...]) -> None:
    demo = str(Path(__file__).with_name("demo.py"))
    command = [sys.executable, "-B", *options, demo, "--without-moto", "-", bench.binary]
    answer = running.execute(command, running.environment(), RUN_S)
    want(answer.code == 0 and answer.stderr == "", "exit 0", answer)
    for words in ("There is no moto here", "CANCELLING   (by", "CANCELLED   (by",
                  "plain http" if options else "throw-away CA"):
        want(words in answer.stdout, words, answer.stdout)


@dataclass(frozen=True)
class Bench:
    binary: str
    authority: certs.Authority

    def cancel(self, emr: Service, run: job_runs.Run, *more: str) -> running.Answer:
        command = [self.binary, "cancel-job-run", "--region", REGION, "--endpoint-url", emr.endpoint]
        command += ["--application-id", run.application_id, "--job-run-id", run.job_run_id, *more]
        command += ["--ca-bundle", str(emr.ca)] if emr.ca else []
        return running.execute(command, running.environment(emr.session.environment()), RUN_S)


def run(binary: str) -> bool:
    calm = running.environment()  # boto3 reads the environment of this process
    os.environ.clear()
    os.environ.update(calm)
    with running.scratch("emr-serverless") as folder:
        return CASES.run(Bench(os.path.abspath(binary), certs.Authority(Path(folder))))


if __name__ == "__main__":
    tap.main("test_emr_serverless.py EMRS_BINARY", run)
