#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs AWS CLI v2 and emrs against the same scripted answers, and compares them.

    test_awscli.py EMRS_BINARY

SAME has the cases with the same bytes on stdout, the same exit code, and for a service error the same first
line on stderr. DIFFERS has the intended differences: each row is tested on both sides and printed as
`# differs: ...`. Needs Debian's awscli package. Without it, or with version 1, all is skipped.
"""
from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

sys.dont_write_bytecode = True

import tap  # noqa: E402
from running import ACCEPTED, UNKNOWN, scratch  # noqa: E402
from scripted import (  # noqa: E402
    APPLICATION,
    AS_JSON,
    AS_TEXT,
    GOOD,
    IDS,
    JOB,
    SECRET,
    USER,
    Answer,
    Bench,
    Script,
    Server,
    field_of,
    finish,
    good_body,
    http,
    refusing_place,
    resets,
    says,
    stays_silent,
)
from tap import want  # noqa: E402

AWS = "/usr/bin/aws"  # Debian's; pip installs version 1, in another folder
CLI_S = 300  # limit of one run of AWS CLI on a busy machine
WORKERS = max(2, os.cpu_count() or 2)
ONCE = {"AWS_MAX_ATTEMPTS": "1"}  # for failures that AWS CLI would try again
HERE = ("--endpoint-url", "http://{}")
RETRIES = re.compile(r" \(reached max retries: \d+\)")

CASES = tap.Cases()
case, each = CASES.case, CASES.each


@dataclass(frozen=True)
class Case:
    """The options, environment and answer for both. {} in an option becomes the server's host and port."""

    script: Script = says(GOOD)
    options: tuple[str, ...] = HERE
    env: dict[str, str | None] = field(default_factory=dict)
    ids: tuple[str, ...] = IDS
    shell: str = ""
    verb: str = "cancel-job-run"


@dataclass(frozen=True)
class Seen:
    answer: Answer
    connections: int

    @property
    def shown(self) -> str:
        return (self.answer.out + self.answer.err).decode("latin-1")

    @property
    def error(self) -> str:
        """The first line on stderr, without AWS CLI's number of retries."""
        return RETRIES.sub("", self.answer.error)


class Both:
    def __init__(self, binary: str, home: str):
        self._emrs = Bench(binary)
        self._home = home

    def emrs(self, one: Case) -> Seen:
        return self._see(one, self.start_emrs, finish)

    def aws(self, one: Case) -> Seen:
        return self._see(one, self.start_aws, finish_aws)

    def _see(self, one: Case, start: Callable, end: Callable) -> Seen:
        with Server(one.script) as server:
            options = [option.format(server.place, port=server.port) for option in one.options]
            child = start(*one.ids, *options, env=one.env, shell=one.shell, verb=one.verb)
            return Seen(end(child), server.connections())

    def start_emrs(self, *options: str, verb: str = "cancel-job-run",
                   **more: object) -> subprocess.Popen[bytes]:
        return self._emrs.start(verb, *options, command=False, **more)

    def start_aws(self, *options: str, env: dict[str, str | None] | None = None, shell: str = "",
                  verb: str = "cancel-job-run") -> subprocess.Popen[bytes]:
        """Starts AWS CLI with emrs's environment, and with settings that keep it from the network and from a pager."""
        calm = {"HOME": self._home, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PAGER": "",
                "LC_ALL": "C.UTF-8", **(env or {})}
        words = ("emr-serverless", verb, *options)
        return Bench(AWS).start(*words, env=calm, shell=shell, command=False)


def finish_aws(child: subprocess.Popen[bytes]) -> Answer:
    return finish(child, CLI_S, "AWS CLI")


def error(status: int, body: str, *headers: str, env: dict | None = None) -> Case:
    return Case(says(http(status, body, *headers)), env=env or {})


def typed(name: str) -> str:
    return f"x-amzn-ErrorType: {name}"


# A job run with those members that both AWS CLI 2.9 and emrs print.
JOB_RUN = json.dumps({"jobRun": {
    "updatedAt": 1700000001, "name": 'n\u00e4ht "x"\\ \t', "applicationId": APPLICATION, "jobRunId": JOB,
    "state": "RUNNING", "stateDetails": "waits\nfor capacity", "createdAt": 1700000000.123, "endedAt": None,
    "arn": f"arn:aws:emr-serverless:us-east-1:123456789012:/applications/{APPLICATION}/jobruns/{JOB}",
    "createdBy": "arn:aws:iam::123456789012:user/x", "releaseLabel": "emr-6.15.0", "later": {"state": "x"}}})


def look(*options: str, body: str = JOB_RUN) -> Case:
    return Case(says(http(200, body)), (*HERE, *options), {"TZ": "Asia/Kolkata"}, verb="get-job-run")


SAME_LOOK = [
    ("json", look()), ("--query json", look("--query", "jobRun.name")),
    ("--query of a time", look("--query", "jobRun.createdAt")),
    ("--query and text", look("--query", "jobRun.state", "--output", "text")),
    ("--query of the job run", look("--query", "jobRun")),
    ("--query of an absent member", look("--query", "jobRun.endedAt")),
    ("--query of an absent member and text", look("--query", "jobRun.endedAt", "--output", "text")),
    ("text", look("--output", "text", body=JOB_RUN.replace("\\n", " ").replace("\\t", " "))),
]


@each("get-job-run: the same", SAME_LOOK)
def agree_about_job_run(both: Both, one: Case) -> None:
    theirs, ours = both.aws(one), both.emrs(one)
    want(theirs.answer.code == 0 and theirs.answer.out, "AWS CLI: exit 0", theirs)
    want(ours.answer == theirs.answer, f"what AWS CLI prints: {theirs.answer}", ours.answer)


@each("get-job-run: the same error", [
    ("404", 404, "ResourceNotFoundException"), ("403", 403, "AccessDeniedException"),
    ("400", 400, "ValidationException")])
def agree_about_error(both: Both, status: int, name: str) -> None:
    one = Case(says(http(status, '{"message": "m: n"}', typed(name))), verb="get-job-run")
    theirs, ours = both.aws(one), both.emrs(one)
    want(theirs.answer.code == ours.answer.code == 254, "exit 254", (theirs, ours))
    want(ours.error == theirs.error, theirs.error, ours.error)


# Both have the same exit code, the same bytes on stdout, and the same first line on stderr

SAME = [
    ("json", Case(), 0, AS_JSON),
    ("--output text", Case(options=(*HERE, "--output", "text")), 0, AS_TEXT),
    ("AWS_DEFAULT_OUTPUT=text", Case(env={"AWS_DEFAULT_OUTPUT": "text"}), 0, AS_TEXT),
    ("--output before AWS_DEFAULT_OUTPUT",
     Case(options=(*HERE, "--output", "json"), env={"AWS_DEFAULT_OUTPUT": "text"}), 0, AS_JSON),
    ("options that scripts give to every command", Case(options=(
        *HERE, "--no-cli-pager", "--no-paginate", "--no-cli-auto-prompt", "--color", "off")), 0,
     AS_JSON),
    ("abbreviated options", Case(options=("--endp", "http://{}", "--out=text")), 0, AS_TEXT),
    ("more members, another order", Case(says(http(200, '{"later": [1], "jobRunId":"%s",'
                                                   '"applicationId":"%s"}' % (JOB, APPLICATION)))),
     0, AS_JSON),
    ("a chunked answer", Case(says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s"
                                   b"\r\n0\r\n\r\n" % (len(good_body()), good_body().encode()))),
     0, AS_JSON),
    ("ValidationException",
     error(400, '{"message": "m: n (o)"}', typed("ValidationException")), 254, b""),
    ("ResourceNotFoundException",
     error(404, '{"message": "m"}', typed("ResourceNotFoundException")), 254, b""),
    ("InternalServerException",
     error(500, '{"message": "m"}', typed("InternalServerException"), env=ONCE), 254, b""),
    ("AccessDeniedException",
     error(403, '{"Message": "m"}', typed("AccessDeniedException")), 254, b""),
    ("ExpiredTokenException",
     error(403, '{"message": "m"}', typed("ExpiredTokenException")), 254, b""),
    ("UnrecognizedClientException, with a URL after its name",
     error(403, '{"message": "m"}', typed("UnrecognizedClientException:http://a/")), 254, b""),
    ("ThrottlingException",
     error(429, '{"message": "m"}', typed("ThrottlingException"), env=ONCE), 254, b""),
    ("an unknown name", error(418, '{"message": "m"}', typed("TeapotException")), 254, b""),
    ("__type with a name space", error(400, '{"__type": "a.b#Validation", "Message": "m"}'), 254,
     b""),
    ("code before __type", error(400, '{"code": "A", "__type": "B", "message": "m"}'), 254, b""),
    ("the header before code and __type",
     error(400, '{"__type": "B", "code": "A", "message": "m"}', typed("C")), 254, b""),
    ("message before Message",
     error(400, '{"message": "small", "Message": "big"}', typed("A")), 254, b""),
    ("no message", error(400, "{}", typed("A")), 254, b""),
    ("no name", error(400, '{"message": "m"}'), 254, b""),
    ("no body", error(403, ""), 254, b""),
]

# Both have the same exit code, and each reports the same error in its own words

NO_KEY = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
ALIKE = [
    ("no credentials", Case(env=NO_KEY), 253, "Unable to locate credentials"),
    ("no region", Case(env={"AWS_REGION": None}), 253, "You must specify a region"),
    ("no ids", Case(ids=()), 252, "are required: --application-id, --job-run-id"),
    ("an unknown option", Case(ids=(*IDS, "--nope")), 252, "Unknown options: --nope"),
    ("an extra word", Case(ids=(*IDS, "now")), 252, "Unknown options: now"),
    ("an abbreviation of two options", Case(ids=(*IDS, "--cli", "3")), 252, "--cli"),
    ("an option without its value", Case(options=("--region",)), 252,
     "argument --region: expected one argument"),
    ("an unknown output format", Case(options=("--output", "xml")), 252,
     "argument --output: Invalid choice, valid choices are:"),
    ("an empty id", Case(ids=("--application-id", "", "--job-run-id", JOB)), 252, "pplication"),
    ("an endpoint without a scheme", Case(options=("--endpoint-url", "localhost")), 252,
     "--endpoint-url"),
    ("closed without an answer", Case(says(b""), env=ONCE), 255, "http://"),
    ("reset without an answer", Case(resets(), env=ONCE), 255, "http://"),
    ("no HTTP", Case(says(b"220 mail.invalid ESMTP\r\n"), env=ONCE), 255, "http://"),
    ("silence", Case(stays_silent, (*HERE, "--cli-read-timeout", "1"), ONCE), 255, "http://"),
]

# The intended differences. For each side: the exit code, and a pattern of its output.


@dataclass(frozen=True)
class Differs:
    name: str
    case: Case
    theirs: tuple[int | tuple[int, ...], str]  # exit code, or one per version of AWS CLI; output
    ours: tuple[int, str]
    why: str

    @property
    def title(self) -> str:
        return f"differs: {self.name}"


def page(status: int, body: str = "<html>sign in</html>") -> Case:
    return Case(says(http(status, body, kind="text/html")))


IDS_JSON = re.escape(AS_JSON.decode())
NOTHING = r"\A\Z"
FALSE_SUCCESS = "a cancellation that the service did not confirm is not a success"
EARLY = "emrs reports it before anything is sent"
TERMINAL = "a server's text must not control a terminal or add lines to a log"
BAD_ID = ("--application-id", "A/B", "--job-run-id", JOB)

DIFFERS = [
    Differs("200 with an HTML page", page(200), (0, NOTHING), (254, UNKNOWN), FALSE_SUCCESS),
    Differs("200 with an empty body", page(200, ""), (0, NOTHING), (254, UNKNOWN), FALSE_SUCCESS),
    # AWS CLI 2.9 prints nothing and exits with 0; 2.23 reports an error.
    Differs("200 with the body cut", Case(says(GOOD[:-5])),
            ((0, 255), f"{NOTHING}|Connection was closed"), (254, UNKNOWN), FALSE_SUCCESS),
    Differs("200 with another job run", Case(says(http(200, good_body(job="00run2")))),
            (0, "00run2"), (254, UNKNOWN), FALSE_SUCCESS),
    Differs("200 with one id", Case(says(http(200, '{"jobRunId": "%s"}' % JOB))),
            (0, JOB), (254, UNKNOWN), FALSE_SUCCESS),
    Differs("200 with a byte after the JSON", Case(says(http(200, good_body() + "x"))),
            (0, NOTHING), (254, UNKNOWN), FALSE_SUCCESS),
    Differs("204", Case(says(b"HTTP/1.1 204 No Content\r\n\r\n")), (0, NOTHING), (254, UNKNOWN),
            FALSE_SUCCESS),
    Differs("202 with both ids", Case(says(http(202, good_body()))), (0, IDS_JSON), (254, UNKNOWN),
            "the service confirms with 200 only"),
    Differs("302", Case(says(http(302, "", "Location: /"))), (254, r"An error occurred \(302\)"),
            (254, "a redirect, which is never followed"), "a redirect is not an error of the service"),
    Differs("407", Case(says(http(407))), (254, r"An error occurred \(407\)"),
            (254, "a proxy answered, not the service"), "a proxy is not the service"),
    Differs("an id with a slash", Case(ids=BAD_ID), (0, IDS_JSON),
            (252, "may hold only 0-9 and a-z"), EARLY),
    Differs("a bad region", Case(options=("--region", "a_b")),
            (255, "doesn't match a supported format"), (252, r"--region 'a_b'"),
            "a wrong value of an option is a usage error"),
    Differs("an empty --region", Case(ids=(*IDS, "--region", "")), (0, IDS_JSON), (252, "--region"),
            "a script's empty variable must not cancel in another region"),
    Differs("an option given twice", Case(ids=(*IDS, "--job-run-id", JOB)), (0, IDS_JSON),
            (252, "argument --job-run-id: given twice"),
            "if a script gives two job runs, neither may be ignored silently"),
    Differs("a profile that does not exist", Case(ids=(*IDS, "--profile", "none")),
            (255, r"The config profile \(none\) could not be found"),
            (253, r"The config profile \(none\) could not be found"),
            "a missing profile is a configuration error, like missing credentials"),
    Differs("--query", Case(ids=(*IDS, "--query", "jobRunId")), (0, f'"{JOB}"'),
            (252, "argument --query: .*--output text"), "there are only two ids to print"),
    Differs("--no-verify-ssl", Case(ids=(*IDS, "--no-verify-ssl")), (0, IDS_JSON),
            (252, "always verified"), "an unverified peer must get no byte of a request"),
    Differs("AWS_DEFAULT_OUTPUT=yaml", Case(env={"AWS_DEFAULT_OUTPUT": "yaml"}),
            (0, f"jobRunId: {JOB}"), (0, "AWS_DEFAULT_OUTPUT is neither json nor text"),
            "a wrong variable must not stop a cancellation"),
    Differs("AWS_MAX_ATTEMPTS=0", Case(env={"AWS_MAX_ATTEMPTS": "0"}), (255, "max_attempts"),
            (0, "AWS_MAX_ATTEMPTS is less than 1: 1 is used"),
            "a wrong variable must not stop a cancellation"),
    Differs("AWS_MAX_ATTEMPTS=x", Case(env={"AWS_MAX_ATTEMPTS": "x"}), (255, "invalid literal"),
            (0, "AWS_MAX_ATTEMPTS is not a whole number: 3 is used"),
            "a wrong variable must not stop a cancellation"),
    Differs("an access key id with a slash", Case(env={"AWS_ACCESS_KEY_ID": "AKIA/B"}),
            (0, IDS_JSON), (253, "swapped"), "a secret in place of the id would be sent and printed"),
    Differs("a timeout that is not a number", Case(ids=(*IDS, "--cli-read-timeout", "x")),
            (255, "invalid literal for int"), (252, "argument --cli-read-timeout"),
            "a wrong value of an option is a usage error"),
    Differs("half credentials", Case(env={"AWS_SECRET_ACCESS_KEY": None}),
            (255, "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY"),
            (253, "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY"),
            "incomplete credentials are a configuration error, like missing ones"),
    Differs("a secret with a space", Case(env={"AWS_SECRET_ACCESS_KEY": SECRET + " "}),
            (0, IDS_JSON), (253, "was it pasted"), EARLY),
    Differs("no CA file", Case(options=("--endpoint-url", "https://{}", "--ca-bundle", "/no/such"),
                               env=ONCE),
            (255, r"No such file or directory"), (253, "/no/such.*No such file"),
            "a missing CA bundle is a configuration error"),
    Differs("AWS_USE_FIPS_ENDPOINT=1", Case(env={"AWS_USE_FIPS_ENDPOINT": "1"}), (0, IDS_JSON),
            (253, "AWS_USE_FIPS_ENDPOINT.* must be true or false"),
            "the user wants FIPS and would not get it"),
    Differs("plain http to other than loopback",
            Case(options=("--endpoint-url", "http://127.1:{port}")), (0, IDS_JSON),
            (252, "--allow-plain-http"), "the network could read the session token"),
    Differs("stdout closed", Case(shell='exec "$@" >&-'), (255, "'NoneType' object"),
            (255, ACCEPTED), "emrs reports that the cancellation was accepted"),
    Differs("stdout full", Case(shell='exec "$@" >/dev/full'), (120, "No space left"),
            (255, ACCEPTED), "emrs reports that the cancellation was accepted"),
    Differs("an XML error", Case(says(http(403, "<Error>no</Error>", kind="text/xml"))),
            (254, r"\(403\).*: <Error>no</Error>"), (254, r"\(403\).*: \n.*" + UNKNOWN),
            "the body is not in the service's error format: it is not shown, and is not a refusal"),
    Differs("500 without a body", error(500, "", env=ONCE),
            (254, r"\(500\).*: Internal Server Error\n"), (254, r"\(500\).*: \n"),
            "emrs shows no text that the service did not send"),
    Differs("__type before code",
            error(400, '{"__type": "B", "code": "A", "message": "m"}'), (254, r"\(A\).*: m\n"),
            (254, r"\(B\).*: m\n"), "emrs stores only the first of the two"),
    Differs("Message before message",
            error(400, '{"Message": "big", "message": "small"}', typed("A")),
            (254, r"\(A\).*: small\n"), (254, r"\(A\).*: big\n"),
            "emrs stores only the first of the two"),
    Differs("errorMessage", error(400, '{"errorMessage": "m"}', typed("A")),
            (254, r"\(A\).*: \n"), (254, r"\(A\).*: m\n"), "some AWS front ends use this name"),
    Differs("a message of 4000 bytes", error(400, '{"message": "%s"}' % ("m" * 4000), typed("A")),
            (254, r": m{4000}\n"), (254, r": m{3840}\.\.\.\n"), "emrs stores 3840 bytes of a message"),
    Differs("a message with an escape", error(400, '{"message": "\\u001b[2J"}', typed("A")),
            (254, r": \x1b\[2J\n"), (254, r": \?\[2J\n"), TERMINAL),
    Differs("a message with a line end", error(400, '{"message": "m\\nAccepted"}', typed("A")),
            (254, r": m\nAccepted\n"), (254, r": m\?Accepted\n"), TERMINAL),
    Differs("a message that is not ASCII", error(400, '{"message": "caf\\u00e9"}', typed("A")),
            (254, "caf\u00c3\u00a9\n"), (254, r"caf\?\?\n"), TERMINAL),
]


@each("the same", SAME)
def agree(both: Both, one: Case, code: int, out: bytes) -> None:
    theirs, ours = both.aws(one), both.emrs(one)
    want(theirs.answer.code == code, f"AWS CLI: exit {code}", theirs)
    want(ours.answer.code == code, f"emrs: exit {code}", ours)
    want(theirs.answer.out == out, f"AWS CLI: {out!r} on stdout", theirs)
    want(ours.answer.out == out, f"emrs: {out!r} on stdout", ours)
    want(code == 0 or "An error occurred (" in theirs.error, "AWS CLI: the service's error", theirs)
    want(ours.error == theirs.error, f"emrs: {theirs.error!r} first on stderr", ours)


@each("the same exit code and error, each in its own words", ALIKE)
def agree_in_kind(both: Both, one: Case, code: int, words: str) -> None:
    for name, seen in (("AWS CLI", both.aws(one)), ("emrs", both.emrs(one))):
        want(seen.answer.code == code, f"{name}: exit {code}", seen)
        want(seen.answer.out == b"", f"{name}: nothing on stdout", seen)
        want(words in seen.shown, f"{name}: {words!r} on stderr", seen)


# With the same shared files both send the same request, wherever a setting comes from

KEYS = f"aws_access_key_id = AKIDFILE\naws_secret_access_key = {SECRET}\n"
HOME_CONFIG = f"""[default]
region = eu-west-1
output = text
[profile p]
region = eu-west-2
sdk_ua_app_id = gateway
[profile both]
region = eu-west-3
aws_access_key_id = AKIDCONFIG
aws_secret_access_key = {SECRET}
[profile config]
aws_access_key_id = AKIDCONFIG
aws_secret_access_key = {SECRET}
aws_session_token = sessiontoken
[profile process]
credential_process = cat "{{home}}/answer file"
[profile nested]
region = eu-south-1
s3 =
  region = us-east-1
  endpoint_url = http://127.0.0.1:9
"""
HOME_CREDENTIALS = f"""[default]
{KEYS}[p]
{KEYS}aws_session_token = newer
aws_security_token = older
[both]
region = eu-north-1
{KEYS}[nested]
{KEYS}"""
PROCESS_ANSWER = ('{"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "%s", '
                  '"SessionToken": "processtoken"}' % SECRET)
NONE = {**NO_KEY, "AWS_REGION": None, "AWS_CONFIG_FILE": None, "AWS_SHARED_CREDENTIALS_FILE": None}
BOTH_REGIONS = {"AWS_REGION": "ca-central-1", "AWS_DEFAULT_REGION": "sa-east-1"}
ORDER = [
    ("the default profile", (), {}),
    ("--profile", ("--profile", "p"), {}),
    ("AWS_PROFILE before AWS_DEFAULT_PROFILE", (),
     {"AWS_PROFILE": "p", "AWS_DEFAULT_PROFILE": "both"}),
    ("--profile before AWS_PROFILE", ("--profile", "both"), {"AWS_PROFILE": "p"}),
    ("--profile before the environment's keys", ("--profile", "p"), USER | BOTH_REGIONS),
    ("the environment's keys before AWS_PROFILE", (), USER | {"AWS_PROFILE": "p"}),
    ("--region, AWS_REGION, the profile", ("--profile", "p", "--region", "us-west-1"),
     BOTH_REGIONS),
    ("AWS_REGION before AWS_DEFAULT_REGION", (), BOTH_REGIONS),
    ("AWS_DEFAULT_REGION before the profile", (), {"AWS_DEFAULT_REGION": "sa-east-1"}),
    ("AWS_DEFAULT_OUTPUT before output", (), {"AWS_DEFAULT_OUTPUT": "json"}),
    ("the credentials file before the config file", ("--profile", "both"), {}),
    ("keys of the config file", ("--profile", "config"), {"AWS_REGION": "us-east-1"}),
    ("a process", ("--profile", "process"), {"AWS_REGION": "us-east-1"}),
    ("a nested block", ("--profile", "nested"), {}),
]


def signed_for(head: bytes) -> tuple[str, ...]:
    """ret: access key id, region and session token of a request"""
    key, _, region, *_ = field_of(head, "Authorization").partition("Credential=")[2].split("/")
    return key, region, field_of(head, "X-Amz-Security-Token")


@each("the same, with shared files", ORDER)
def order(both: Both, options: tuple, env: dict) -> None:
    with scratch("files") as home:
        (home / ".aws").mkdir()
        for name, text in ((".aws/config", HOME_CONFIG.replace("{home}", str(home))),
                           (".aws/credentials", HOME_CREDENTIALS), ("answer file", PROCESS_ANSWER)):
            (home / name).write_text(text)
            (home / name).chmod(0o600)
        seen = []
        for start, end in ((both.start_aws, finish_aws), (both.start_emrs, finish)):
            with Server() as server:
                answer = end(start(*IDS, "--endpoint-url", server.url, *options,
                                   env={**NONE, **env, "HOME": str(home)}))
                want(answer.code == 0 and len(server.heads) == 1, "one accepted request", answer)
                seen.append((answer.out, signed_for(server.heads[0])))
        want(seen[0] == seen[1], f"what AWS CLI does: {seen[0]}", seen[1])


@case("the same exit code and error, each in its own words: no server listens")
def refused(both: Both) -> None:
    """Both exit with 255 and name the URL."""
    with refusing_place() as place:
        agree_in_kind(both, Case(options=("--endpoint-url", f"http://{place}"), env=ONCE), 255,
                      f"http://{place}")


@case("the same session token, from AWS_SECURITY_TOKEN and from AWS_SESSION_TOKEN")
def tokens(both: Both) -> None:
    """AWS_SECURITY_TOKEN has priority over AWS_SESSION_TOKEN, and an empty one is ignored."""
    for env in ({"AWS_SECURITY_TOKEN": "older"}, {"AWS_SESSION_TOKEN": "newer"},
                {"AWS_SECURITY_TOKEN": "older", "AWS_SESSION_TOKEN": "newer"},
                {"AWS_SECURITY_TOKEN": "", "AWS_SESSION_TOKEN": "newer"}):
        seen = []
        for start, end in ((both.start_aws, finish_aws), (both.start_emrs, finish)):
            with Server() as server:
                end(start(*IDS, "--endpoint-url", server.url, env=env))
                seen.append([field_of(head, "X-Amz-Security-Token") for head in server.heads])
        want(seen[0] == seen[1] and len(seen[0]) == 1, "the same token", (env, seen))


@case("the same exit code: SIGINT while they wait for the answer")
def interrupted(both: Both) -> None:
    """Both exit with 130, and print nothing on stdout."""
    for name, start, end in (("AWS CLI", both.start_aws, finish_aws),
                             ("emrs", both.start_emrs, finish)):
        with Server(stays_silent) as server:
            child = start(*IDS, "--endpoint-url", server.url)
            want(server.arrived.wait(CLI_S), f"{name}: a request", server.heads)
            child.send_signal(signal.SIGINT)
            answer = end(child)
        want(answer.code == 130 and not answer.out.strip(), f"{name}: exit 130", answer)


@each("differs", [(row.name, row) for row in DIFFERS])
def differ(both: Both, row: Differs) -> str:
    codes = row.theirs[0] if isinstance(row.theirs[0], tuple) else (row.theirs[0],)
    theirs, ours = both.aws(row.case), both.emrs(row.case)
    want(theirs.answer.code in codes, f"AWS CLI: exit {codes}", theirs)
    want(re.search(row.theirs[1], theirs.shown), f"AWS CLI: {row.theirs[1]!r}", theirs)
    want(ours.answer.code == row.ours[0], f"emrs: exit {row.ours[0]}", ours)
    want(re.search(row.ours[1], ours.shown), f"emrs: {row.ours[1]!r}", ours)
    return (f"{row.title}: AWS CLI exit {theirs.answer.code}, emrs exit {ours.answer.code}: "
            f"{row.why}")


@case("the same: AWS_MAX_ATTEMPTS=1 allows one attempt if each answer is 500")
def attempts(both: Both) -> None:
    """The environment of Bench sets AWS_MAX_ATTEMPTS to 1."""
    one = error(500, '{"message": "m"}', typed("InternalServerException"))
    theirs, ours = both.aws(one), both.emrs(one)
    want(theirs.answer.code == ours.answer.code == 254, "both: exit 254", (theirs, ours))
    want(theirs.connections == ours.connections == 1, "both: one attempt", (theirs, ours))


def missing() -> str:
    """ret: why AWS CLI v2 cannot be run here; empty: it can"""
    if not os.access(AWS, os.X_OK):
        return f"no {AWS}: install awscli"
    done = subprocess.run([AWS, "--version"], capture_output=True, text=True, timeout=CLI_S)
    version = (done.stdout + done.stderr).strip()
    if not version.startswith("aws-cli/2"):
        return f"{AWS} is not version 2: {version.split(chr(10))[0]}"
    tap.note(version)
    return ""


def run(binary: str) -> bool:
    reason = missing()
    if reason:
        return tap.ok("AWS CLI v2 and emrs give the same results", reason)
    with scratch("awscli") as home:
        return CASES.run(Both(os.path.abspath(binary), str(home)), WORKERS)


if __name__ == "__main__":
    tap.main("test_awscli.py EMRS_BINARY", run)
