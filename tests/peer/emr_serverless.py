#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An EMR Serverless of ours: StartJobRun, GetJobRun, ListJobRuns, CancelJobRun and GetApplication over
restJson1. It verifies the signature of each request. Needs nothing but Python.

    with emr_serverless.Service() as emr:              # plain http; Service(authority) speaks TLS
        run = emr.start(name="etl", mode="STREAMING")  # starts as RUNNING; with life=job_runs.ENDLESS as SUBMITTED
        ... emrs with emr.user, emr.endpoint, run.application_id, run.job_run_id ...
        emr.clock.advance(120)                         # states and quotas change only with this clock
        emr.state(run), emr.history(run), emr.requests # the service's record, to compare with the output of emrs

  --wait        without real time: Service(request_s=30) moves the clock by 30 s at each request; emr.start(hooks_s=40,
                stale_looks=1, hidden={"GetJobRun": 2}, life=(("RUNNING", 9), ("SCHEDULED", 1), ("RUNNING", None)))
  get-job-run   emr.start(members={"stateDetails": None, "attempt": ABSENT}, bulk_size=10_000_000). CANARY is in
                jobDriver, in configurationOverrides and in the bulk, and must never be printed
  boards        Service(certs.Authority.kept(trust, "rsa", folder)). A board reaches it at device.url(emr.port).
                emr.restrict(emr.session, {"CancelJobRun"}, ("gateway", "gateway-17")) removes its other rights
  faults        emr.faults.append(fault). Fault("done", CLOSE, "CancelJobRun"): done, but not answered; Fault("whole",
                answer=(503, "ServiceUnavailable")): not done; Fault("answering", CLOSE): half of the answer is sent.
                If `call` waits for an event, the answer is late. emr.cancel(run) cancels as another client
  power cut     Fault(moment, call=board.kill) for each of MOMENTS, the first time or after `skip` others

As a program it prints how to reach it. Then it reads commands from stdin, one per line ("help" lists
them), and answers each with one line of JSON. It ends at the end of stdin.

Each rule quotes the document that it is from. The rules of job runs are in job_runs.py, HTTP and faults
in emr_http.py. The documents:
    model   service-2.json of EMR Serverless, API version 2021-07-13
    quotas  EMR Serverless User Guide, "Endpoints and quotas for EMR Serverless"
    errors  the "Common Error Types" of AWS's API references
    rest    Smithy, "AWS restJson1 protocol"
    sign    IAM User Guide, "Signature Version 4 for API requests"
    access  Service Authorization Reference, "Actions, resources, and condition keys for Amazon EMR Serverless"
"""
from __future__ import annotations

import argparse
import calendar
import contextlib
import email.utils
import functools
import hashlib
import hmac
import json
import re
import secrets
import shlex
import socket
import ssl
import sys
import threading
import time
import urllib.parse
from dataclasses import dataclass
from typing import TYPE_CHECKING

sys.dont_write_bytecode = True

import job_runs  # noqa: E402
import running  # noqa: E402
import sigv4  # noqa: E402
from listener import Listener  # noqa: E402
from emr_http import CANARY, CLOSE, GO_ON, HOLD, MOMENTS, RESET  # noqa: E402,F401  for the tests
from emr_http import Fault, HungUp, Peer, Request, Text  # noqa: E402
from job_runs import Application, Bucket, Clock, Run  # noqa: E402
from running import ACCOUNT, REGION, Credentials  # noqa: E402

if TYPE_CHECKING:
    from certs import Authority  # not at run time: certs.py needs a package, and only TLS needs certs.py

ABSENT = object()
ROLE = f"arn:aws:iam::{ACCOUNT}:role/emrs-job"

# quotas, "API limits per Region for your AWS account": requests per second, burst.
QUOTAS = {
    "CancelJobRun": (1, 25),
    "GetJobRun": (10, 50),
    "ListJobRuns": (1, 25),
    "StartJobRun": (1, 25),
    "GetApplication": (10, 50),
}
ALL = frozenset(QUOTAS)
# The statuses are from model (httpStatusCode of each error). Those that it does not have are from errors.
STATUS = {
    "ValidationException": 400,
    "ThrottlingException": 400,
    "ConflictException": 409,
    "ResourceNotFoundException": 404,
    "UnknownOperationException": 404,
    "AccessDeniedException": 403,
    "ExpiredTokenException": 403,
    "IncompleteSignature": 403,
    "InvalidSignatureException": 403,
    "MissingAuthenticationTokenException": 403,
    "UnrecognizedClientException": 403,
}
# sign: "In most cases, a request must reach AWS within five minutes of the time stamp in the request.
# Otherwise, AWS denies the request."
TOLERANCE_S = 300

PATH = re.compile(r"/applications/([^/]+)(?:(/jobruns)(?:/([^/]+))?)?")
ID = re.compile(r"[0-9a-z]{1,64}")  # model: ApplicationId, JobRunId
TOKEN = re.compile(r"[A-Za-z0-9._-]{1,64}")  # model: ClientToken
ROLE_ARN = re.compile(r"arn:aws[a-zA-Z0-9-]*:iam::\d{12}:role/.+")  # model: IAMRoleArn, roughly
AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/, ]+)/(\d{8}/([^/, ]+)/([^/, ]+)/aws4_request), ?"
    r"SignedHeaders=([^, ]+), ?Signature=([0-9a-f]{64})"
)


class Refusal(Exception):
    """Makes the service answer with this error."""

    def __init__(self, name: str, message: str, status: int = 0):
        super().__init__(message)
        self.name, self.message, self.status = name, message, status or STATUS[name]


@dataclass
class Key:
    """An access key of the account, and its rights"""

    credentials: Credentials
    arn: str
    expires_s: float = 0  # in real time; 0: never
    actions: frozenset[str] = ALL
    tag: tuple[str, str] | None = None  # the rights are only for job runs with this tag


class Service(Listener):
    """The service on 127.0.0.1. With an authority it speaks TLS, with the authority's certificate `leaf`.

    request_s  seconds by which the clock moves at each request with a right signature
    quotas     False: no request is throttled
    skew_s     the difference from real time of the Date header and of the check of signatures
    chunked    answers are chunked"""

    seen_by = "by the service's own record"  # where state() has the state from, for the demo

    def __init__(
        self,
        authority: Authority | None = None,
        leaf: str = "good",
        clock: Clock | None = None,
        request_s: float = 0,
        quotas: bool = True,
        port: int = 0,
    ):
        super().__init__(port=port)
        self.authority, self.ca = authority, authority.ca if authority else None
        self.endpoint = f"https://localhost:{self.port}" if authority else f"http://127.0.0.1:{self.port}"
        self.clock, self.request_s, self.skew_s, self.chunked = clock or Clock(), request_s, 0.0, False
        self.requests: list[Request] = []
        self.connections = 0
        self.faults: list[Fault] = []
        self.applications: dict[str, Application] = {}
        self.lock = threading.RLock()
        self._context = _context(authority, leaf) if authority else None
        self._buckets = {name: Bucket(*quota) for name, quota in QUOTAS.items()} if quotas else {}
        self._keys: dict[str, Key] = {}
        self._tokens: dict[str, tuple[bytes, Run]] = {}
        self.user = self.add_key()
        self.session = self.add_key(token=True)

    # What a test does

    def add_key(
        self, actions: frozenset[str] | set[str] = ALL, token: bool = False, tag: tuple[str, str] | None = None
    ) -> Credentials:
        """Makes a key with the right to these operations. tag: only on job runs with this tag. token: the key of a
        role, with a session token"""
        key_id = ("ASIA" if token else "AKIA") + secrets.token_hex(8).upper()
        session = secrets.token_urlsafe(300) if token else ""
        made = Credentials(key_id, secrets.token_urlsafe(30), session)
        kind = f"sts::{ACCOUNT}:assumed-role/emrs/emrs" if token else f"iam::{ACCOUNT}:user/emrs"
        self._keys[key_id] = Key(made, f"arn:aws:{kind}")
        self.restrict(made, actions, tag)
        return made

    def restrict(
        self, credentials: Credentials, actions: frozenset[str] | set[str], tag: tuple[str, str] | None = None
    ) -> None:
        """From now on these credentials allow only these operations."""
        key = self._keys[credentials.key_id]
        key.actions, key.tag = frozenset(actions), tag

    def expire(self, credentials: Credentials) -> None:
        """From now on the service refuses these credentials as expired."""
        self._keys[credentials.key_id].expires_s = 1

    def application(self, **options: object) -> Application:
        """Makes an application; options are the fields of job_runs.Application."""
        with self.lock:
            made = Application(_new_id(), created_s=self.clock.now_s(), **options)
            self.applications[made.application_id] = made
            return made

    def start(self, application_id: str = "", **options: object) -> Run:
        """Starts a job run, by default in a new application; options are the fields of job_runs.Run."""
        with self.lock:
            home = self.applications[application_id] if application_id else self.application()
            run = Run(home.application_id, _new_id(), **{**_secret_job(), "release": home.release, **options})
            run.execution_role = run.execution_role or ROLE
            run.created_by = run.created_by or self._keys[self.user.key_id].arn
            self._settle()
            home.add(run, self.clock.now_s())
            self._settle()
            return run

    start_job_run = start  # the name in service.py

    def state(self, run: Run) -> str:
        with self.lock:
            self._settle()
            return run.state

    def history(self, run: Run) -> list[job_runs.Event]:
        with self.lock:
            self._settle()
            return list(run.history)

    def cancel(self, run: Run, grace_s: int | None = None) -> bool:
        """Cancels as another client. ret: False: the job run had ended"""
        with self.lock:
            self._settle()
            return run.cancel(self.clock.now_s(), grace_s)

    def seen(self, operation: str = "") -> list[Request]:
        """ret: the requests of one operation, by default of all"""
        with self.lock:
            return [each for each in self.requests if operation in ("", each.operation)]

    def _settle(self) -> None:
        for each in self.applications.values():
            each.settle(self.clock.now_s())

    # Connections

    def serve(self, connection: socket.socket, port: int) -> None:
        self.connections += 1
        threading.Thread(target=self._serve_one, args=(connection,), daemon=True).start()

    def _serve_one(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.closing(Peer(connection, self.strike, self.armed)) as peer, contextlib.suppress(OSError, HungUp):
            peer.begin(self._context)
            while self._answer_one(peer):
                pass
            peer.end()

    def _answer_one(self, peer: Peer) -> bool:
        """ret: whether the connection is kept"""
        request = peer.read()
        if request is None:
            return False
        with self.lock:
            request.at_s = self.clock.now_s()
            self.requests.append(request)
        answer = self._answer(peer, request)
        # Set before the last byte is sent, so that it is set when the client has read that byte.
        request.ended = "answered"
        try:
            peer.send(answer, request, self._date(), self.chunked)
        except OSError as error:
            request.ended = f"failed: {error}"
            raise
        self.strike("answered", peer, request)
        return request.headers.get("connection", "").lower() != "close"

    def _answer(self, peer: Peer, request: Request) -> Text:
        try:
            with self.lock:
                route(request)
            self._replace(self.strike("whole", peer, request))
            with self.lock:
                answer = self._do(request)
                request.done = True
            self._replace(self.strike("done", peer, request))
            request.status = 200
            return answer
        except Refusal as refusal:
            request.status, request.error = refusal.status, refusal.name
            return Text({"message": refusal.message})

    def _replace(self, fault: Fault | None) -> None:
        if fault and fault.answer:
            status, name = fault.answer
            raise Refusal(name, "an answer that a test asked for", status)

    def strike(self, moment: str, peer: Peer, request: Request | None = None) -> Fault | None:
        """Makes the fault that is due at this moment, if there is one."""
        fault = self._due(moment, request.operation if request else "")
        if fault and fault.call:
            fault.call()
        if fault and fault.then != GO_ON:
            if request:
                request.ended = f"{fault.then} at {moment}"
            peer.hang_up(fault.then)
        return fault

    def armed(self, moment: str, operation: str = "") -> Fault | None:
        """ret: the fault that will happen when this moment comes next; None: none"""
        with self.lock:
            fault = self._first(moment, operation)
            return fault if fault and not fault.skip else None

    def _due(self, moment: str, operation: str) -> Fault | None:
        with self.lock:
            fault = self._first(moment, operation)
            if not fault:
                return None
            if fault.skip:
                fault.skip -= 1
                return None
            self.faults.remove(fault)
            return fault

    def _first(self, moment: str, operation: str) -> Fault | None:
        return next((each for each in self.faults if each.at == moment and each.operation in ("", operation)), None)

    def _date(self) -> str:
        return email.utils.formatdate(time.time() + self.skew_s, usegmt=True)

    # What a request does

    def _do(self, request: Request) -> Text:
        key = self._verified(request)
        request.key_id = key.credentials.key_id
        self.clock.advance(self.request_s)
        self._settle()
        if not request.operation:
            # errors: "UnknownOperationException: The action or operation requested is not valid." 404
            raise Refusal("UnknownOperationException", "")
        bucket = self._buckets.get(request.operation)
        if bucket and not bucket.take(self.clock.now_s()):
            # errors: "ThrottlingException: The request was denied due to request throttling." 400
            raise Refusal("ThrottlingException", "Rate exceeded")
        self._permit(key, request)
        for name in (request.application_id, request.job_run_id):
            if name and not ID.fullmatch(name):
                raise Refusal("ValidationException", "an id does not match [0-9a-z]{1,64}")
        return getattr(self, f"_{request.operation}")(request)

    def _verified(self, request: Request) -> Key:
        """sign: the service computes the signature itself, with its copy of the secret."""
        given = request.headers.get("authorization", "")
        if not given:
            raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
        found = AUTHORIZATION.fullmatch(given)
        date = request.headers.get("x-amz-date", "")
        if not found or not re.fullmatch(r"\d{8}T\d{6}Z", date):
            raise Refusal("IncompleteSignature", "Authorization or X-Amz-Date is missing or not whole")
        key_id, scope, region, service, names, signature = found.groups()
        key = self._known(key_id, request.headers.get("x-amz-security-token", ""))
        if (region, service) != (REGION, "emr-serverless") or not date.startswith(scope[:8]):
            raise Refusal("InvalidSignatureException", "Credential should be scoped to a valid region, service and day")
        self._want_near(date)
        text = sigv4.string_to_sign(date, _canonical(request, names.split(";")), scope)
        wanted = sigv4.sign(date, text, scope, key.credentials.secret)
        if not hmac.compare_digest(wanted, signature):
            raise Refusal("InvalidSignatureException", "The request signature we calculated does not match the "
                          "signature you provided. Check your AWS Secret Access Key and signing method.")
        return key

    def _known(self, key_id: str, token: str) -> Key:
        """errors: "UnrecognizedClientException: The X.509 certificate or AWS access key ID provided does not
        exist in our records." 403; "ExpiredTokenException: The security token included in the request is
        expired" 403."""
        key = self._keys.get(key_id)
        if not key or token != key.credentials.token:
            raise Refusal("UnrecognizedClientException", "The security token included in the request is invalid.")
        if key.expires_s and time.time() >= key.expires_s:
            raise Refusal("ExpiredTokenException", "The security token included in the request is expired")
        return key

    def _want_near(self, date: str) -> None:
        now_s = int(time.time() + self.skew_s)
        off_s = calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ")) - now_s
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_s))
        limit = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now_s + (TOLERANCE_S if off_s > 0 else -TOLERANCE_S)))
        if off_s < -TOLERANCE_S:
            raise Refusal("InvalidSignatureException",
                          f"Signature expired: {date} is now earlier than {limit} ({now} - 5 min.)")
        if off_s > TOLERANCE_S:
            raise Refusal("InvalidSignatureException",
                          f"Signature not yet current: {date} is still later than {limit} ({now} + 5 min.)")

    def _permit(self, key: Key, request: Request) -> None:
        """access: the resource of CancelJobRun and GetJobRun is a jobRun, that of the others an application. The
        condition aws:ResourceTag is about the job run's tags. A job run that does not exist has none. As in
        port/iam, only operations on a job run have this condition."""
        run = self._find(request)
        tagged = not (key.tag and request.job_run_id) or (run is not None and run.tags.get(key.tag[0]) == key.tag[1])
        if request.operation not in key.actions or not tagged:
            resource = self._arn(request.application_id, request.job_run_id)
            raise Refusal("AccessDeniedException", f"User: {key.arn} is not authorized to perform: "
                          f"emr-serverless:{request.operation} on resource: {resource}")

    @staticmethod
    def _arn(application_id: str, job_run_id: str = "") -> str:
        run = f"/jobruns/{job_run_id}" if job_run_id else ""
        return f"arn:aws:emr-serverless:{REGION}:{ACCOUNT}:/applications/{application_id}{run}"

    def _find(self, request: Request) -> Run | None:
        home = self.applications.get(request.application_id)
        return home.runs.get(request.job_run_id) if home else None

    def _home(self, request: Request, error: str = "ResourceNotFoundException") -> Application:
        home = self.applications.get(request.application_id)
        if not home:
            raise Refusal(error, f"Application {request.application_id} does not exist")
        return home

    def _run(self, request: Request) -> Run:
        """model: "ResourceNotFoundException: The specified resource was not found." 404. It is not documented for
        how long AWS may give this answer for a new job run."""
        self._home(request)
        run = self._find(request)
        hidden = run.hidden.get(request.operation, 0) if run else 0
        if hidden:
            run.hidden[request.operation] = hidden - 1
        if not run or hidden:
            raise Refusal("ResourceNotFoundException", f"Job run {request.job_run_id} does not exist")
        return run

    def _CancelJobRun(self, request: Request) -> Text:
        grace = request.one("shutdownGracePeriodInSeconds")
        if grace is not None:
            low, high = job_runs.GRACE_S
            if not re.fullmatch(r"-?\d{1,9}", grace) or not (int(grace) == 0 or low <= int(grace) <= high):
                raise Refusal("ValidationException", f"shutdownGracePeriodInSeconds must be 0 or {low} to {high}")
        run = self._run(request)
        request.state = run.state
        if not run.cancel(self.clock.now_s(), None if grace is None else int(grace), request.request_id):
            # The text is not documented.
            raise Refusal("ValidationException", f"Job run {run.job_run_id} is not in a cancellable state")
        self._settle()
        return Text({"applicationId": run.application_id, "jobRunId": run.job_run_id})

    def _GetJobRun(self, request: Request) -> Text:
        run = self._run(request).looked_at()
        attempt = request.one("attempt")
        if attempt is not None:
            if not re.fullmatch(r"[1-9]\d{0,8}", attempt):
                raise Refusal("ValidationException", "attempt must be 1 or more")
            if int(attempt) > run.attempt:  # not documented
                raise Refusal("ResourceNotFoundException", f"Attempt {attempt} does not exist")
            run = run.attempts.get(int(attempt), run)
        request.state = run.state
        return Text({"jobRun": self._described(run)}, run.bulk_size)

    def _described(self, run: Run) -> dict:
        """model: JobRun. jobDriver comes first here, so that a client must skip it to find the state."""
        driver = json.loads(json.dumps(run.job_driver))
        if run.bulk_size:
            driver.setdefault("sparkSubmit", {}).setdefault("entryPointArguments", []).append(Text.MARK)
        summary = self._summary(run)
        del summary["id"], summary["type"]
        timeout_s = run.timeout_s()
        all_members = {
            "jobDriver": driver,
            "configurationOverrides": run.overrides,
            "jobRunId": run.job_run_id,
            **summary,
            "tags": run.tags,
            "networkConfiguration": {},
            # model: "Returns the job run timeout value from the StartJobRun call."
            "executionTimeoutMinutes": int(timeout_s // 60) if timeout_s else 0,
            "startedAt": ABSENT if run.started_s is None else run.started_s,
            "endedAt": ABSENT if run.ended_s is None else run.ended_s,
            "queuedDurationMilliseconds": int(run.queued_s * 1000) if run.queued_s else ABSENT,
            **_billed(run),
            **run.members,
        }
        return _present(all_members)

    def _summary(self, run: Run) -> dict:
        """model: JobRunSummary; its `id` is the `jobRunId` of JobRun."""
        return _present({
            "applicationId": run.application_id,
            "id": run.job_run_id,
            "name": ABSENT if run.name is None else run.name,
            "mode": run.mode,
            "arn": self._arn(run.application_id, run.job_run_id),
            "createdBy": run.created_by,
            # rest: a timestamp in a body is a number, in seconds since 1970
            "createdAt": run.created_s,
            "updatedAt": run.updated_s,
            "executionRole": run.execution_role,
            "state": run.state,
            "stateDetails": run.details or f"the job run is {run.state}",
            "releaseLabel": run.release,
            "type": "SPARK",
            "attempt": run.attempt,
            "attemptCreatedAt": run.attempt_s,
            "attemptUpdatedAt": run.updated_s,
        })

    def _ListJobRuns(self, request: Request) -> Text:
        # model: ListJobRuns has no ResourceNotFoundException.
        home = self._home(request, "ValidationException")
        states = [value for name, value in request.query if name == "states"]
        # model: JobRunStateSet: max 8
        if len(states) > 8 or not set(states) <= set(job_runs.STATES):
            raise Refusal("ValidationException", "states must be at most 8 of the known states")
        runs = [run for run in home.runs.values() if _listed(run, request, states)]
        # model: "if this filter contains multiple states, the resulting list will be grouped by the
        # state". It is not documented that newer job runs come first.
        runs.sort(key=lambda run: (states.index(run.state) if states else 0, -run.created_s))
        first, count = _page(request)
        answer: dict = {"jobRuns": [self._summary(run) for run in runs[first : first + count]]}
        if first + count < len(runs):
            answer["nextToken"] = f"from-{first + count}"
        return Text(answer)

    def _StartJobRun(self, request: Request) -> Text:
        home = self._home(request)
        asked = _json(request.body)
        token = asked.get("clientToken", "")
        # model: required: applicationId, clientToken, executionRoleArn
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            raise Refusal("ValidationException", "clientToken is missing or does not match [A-Za-z0-9._-]{1,64}")
        if not ROLE_ARN.fullmatch(str(asked.get("executionRoleArn", ""))):
            raise Refusal("ValidationException", "executionRoleArn is missing or is not the ARN of a role")
        hashed = hashlib.sha256(request.body).digest()
        known = self._tokens.get(token)
        if known and known[0] != hashed:
            # model: "The client idempotency token of the job run to start. Its value must be unique for each request."
            raise Refusal("ConflictException", "this clientToken was used for another request")
        run = known[1] if known else self._started(home, asked, request)
        self._tokens[token] = (hashed, run)
        request.job_run_id = run.job_run_id
        return Text({"applicationId": home.application_id, "jobRunId": run.job_run_id,
                     "arn": self._arn(home.application_id, run.job_run_id)})

    def _started(self, home: Application, asked: dict, request: Request) -> Run:
        return self.start(
            home.application_id,
            life=job_runs.ENDLESS,
            name=asked.get("name"),
            mode=asked.get("mode", "BATCH"),
            tags=asked.get("tags", {}),
            execution_role=asked["executionRoleArn"],
            created_by=self._keys[request.key_id].arn,
            job_driver=asked.get("jobDriver", {}),
            overrides=asked.get("configurationOverrides", {}),
            timeout_minutes=asked.get("executionTimeoutMinutes"),
        )

    def _GetApplication(self, request: Request) -> Text:
        home = self._home(request)
        queue = {"maxConcurrentRuns": home.max_concurrent_runs,
                 "queueTimeoutMinutes": job_runs.QUEUE_TIMEOUT_MINUTES}
        return Text({"application": _present({
            "applicationId": home.application_id,
            "name": home.name,
            "arn": self._arn(home.application_id),
            "releaseLabel": home.release,
            "type": "SPARK",
            "state": "STARTED",
            "createdAt": home.created_s,
            "updatedAt": home.created_s,
            "schedulerConfiguration": queue if home.max_concurrent_runs else ABSENT,
        })})


def _context(authority: Authority, leaf: str) -> ssl.SSLContext:
    import certs

    return certs.server_context(authority.leaf(leaf))


def _new_id() -> str:
    return "00f" + secrets.token_hex(6) + "l" + str(secrets.randbelow(10))


def _secret_job() -> dict:
    """ret: members of a job run with a secret in jobDriver and in configurationOverrides, where many users put one"""
    spark = {"entryPoint": "s3://emrs-example/endless.py", "entryPointArguments": ["--password", CANARY],
             "sparkSubmitParameters": f"--conf spark.hadoop.secret={CANARY}"}
    logs = {"classification": "spark-defaults", "properties": {"spark.secret": CANARY, "state": "SUCCESS"}}
    return {"job_driver": {"sparkSubmit": spark}, "overrides": {"applicationConfiguration": [logs]}}


def _present(members: dict) -> dict:
    return {name: value for name, value in members.items() if value is not ABSENT}


def _billed(run: Run) -> dict:
    seconds = run.billed_s()
    if seconds is None:
        return {}
    hours = seconds / 3600
    used = {"vCPUHour": round(job_runs.VCPU * hours, 3), "memoryGBHour": round(job_runs.MEMORY_GB * hours, 3),
            "storageGBHour": job_runs.STORAGE_GB}
    return {"totalExecutionDurationSeconds": round(run.ended_s - run.started_s),
            "totalResourceUtilization": used, "billedResourceUtilization": used}


def _listed(run: Run, request: Request, states: list[str]) -> bool:
    after, before, mode = (request.one(name) for name in ("createdAtAfter", "createdAtBefore", "mode"))
    return not (
        (states and run.state not in states)
        or (mode and run.mode != mode)
        or (after and run.created_s < _seconds(after))
        or (before and run.created_s > _seconds(before))
    )


def _seconds(text: str) -> float:
    """rest: a timestamp in a query is a date-time of RFC 3339."""
    try:
        return calendar.timegm(time.strptime(re.sub(r"\.\d+", "", text), "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        raise Refusal("ValidationException", "not a date-time") from None


def _page(request: Request) -> tuple[int, int]:
    """ret: the index of the first job run, and how many. model: maxResults: min 1, max 50"""
    count, token = request.one("maxResults") or "50", request.one("nextToken") or "from-0"
    if not re.fullmatch(r"\d{1,3}", count) or not 1 <= int(count) <= 50:
        raise Refusal("ValidationException", "maxResults must be 1 to 50")
    if not re.fullmatch(r"from-\d{1,9}", token):
        raise Refusal("ValidationException", "this nextToken is not of this service")
    return int(token.removeprefix("from-")), int(count)


def _json(body: bytes) -> dict:
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refusal("ValidationException", "the body is not a JSON object")
    return document


def route(request: Request) -> None:
    """Sets the operation and the ids of a request. Sets no operation if the model has no such one."""
    path, _, query = request.target.partition("?")
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    request.query = [(urllib.parse.unquote(name), urllib.parse.unquote(value)) for name, _, value in pairs]
    found = PATH.fullmatch(path)
    if not found:
        return
    application, runs, run = (urllib.parse.unquote(part or "") for part in found.groups())
    request.application_id, request.job_run_id = application, run
    # model: method and requestUri of each operation
    shape = (request.method, bool(runs), bool(run))
    request.operation = {
        ("POST", True, False): "StartJobRun",
        ("GET", True, False): "ListJobRuns",
        ("GET", True, True): "GetJobRun",
        ("DELETE", True, True): "CancelJobRun",
        ("GET", False, False): "GetApplication",
    }.get(shape, "")


def _canonical(request: Request, names: list[str]) -> str:
    """sign: "The host header and any x-amz-* headers in the request must be included", lower case, sorted;
    each segment of the path is encoded twice; the query sorted, each name and value encoded once."""
    needed = {"host"} | {name for name in request.headers if name.startswith("x-amz-")}
    if names != sorted(names) or not needed <= set(names) <= set(request.headers):
        raise Refusal("InvalidSignatureException", "the list of signed headers is not sorted, or a header is missing")
    quote = functools.partial(urllib.parse.quote, safe="-_.~")
    path = urllib.parse.quote(request.target.partition("?")[0], safe="/-_.~")
    query = "&".join(sorted(f"{quote(name)}={quote(value)}" for name, value in request.query))
    headers = [(name, " ".join(request.headers[name].split())) for name in names]
    body_hash = hashlib.sha256(request.body).hexdigest()
    return sigv4.canonical_request(request.method, path, query, headers, body_hash)


# The program

HELP = """start [APPLICATION] [name=N] [mode=STREAMING] [tag.K=V] [life=ended|endless]   starts a job run
cancel RUN [SECONDS]    cancels as another client, with a grace period
state RUN | history RUN | requests
advance SECONDS | speed FACTOR | request SECONDS   moves the clock: now, per second of real time, per request
fault MOMENT THEN [OPERATION]   at the next such moment of a request; THEN: close, reset or hold
answer MOMENT STATUS NAME [OPERATION]   answers with this error; MOMENT: whole (nothing is done) or done
MOMENT of a fault: accepted, hello, shaken, partial, whole, done, answering, answered; emr_http.py explains them
help"""


class Console:
    """Runs commands, one per line."""

    def __init__(self, service: Service):
        self.service, self.runs = service, {}

    def obey(self, line: str) -> object:
        """ret: what is printed as JSON"""
        words = shlex.split(line)
        command = getattr(self, f"do_{words[0]}", None) if words else None
        if not command:
            return {"error": "no such command; help lists all commands"}
        try:
            return command(*words[1:])
        except (TypeError, ValueError, KeyError) as error:
            return {"error": f"{words[0]}: {error}"}

    def do_help(self) -> object:
        return HELP.splitlines()

    def do_start(self, *words: str) -> object:
        named = dict(word.split("=", 1) for word in words if "=" in word)
        tags = {name[4:]: named.pop(name) for name in list(named) if name.startswith("tag.")}
        life = {"ended": (("SUCCESS", None),), "endless": job_runs.ENDLESS}.get(named.pop("life", ""), job_runs.RUNNING)
        home = next((word for word in words if "=" not in word), "")
        run = self.service.start(home, life=life, tags=tags, **named)
        self.runs[run.job_run_id] = run
        return {"applicationId": run.application_id, "jobRunId": run.job_run_id}

    def do_cancel(self, run: str, grace_s: str = "") -> object:
        return {"cancelled": self.service.cancel(self._run(run), int(grace_s) if grace_s else None)}

    def do_state(self, run: str) -> object:
        return {"state": self.service.state(self._run(run))}

    def do_history(self, run: str) -> object:
        return [vars(event) for event in self.service.history(self._run(run))]

    def do_requests(self) -> object:
        shown = ("operation", "job_run_id", "request_id", "status", "error", "state", "done", "ended")
        return [{name: getattr(each, name) for name in shown} for each in self.service.seen()]

    def do_advance(self, seconds: str) -> object:
        self.service.clock.advance(float(seconds))
        return {"now": self.service.clock.now_s()}

    def do_speed(self, factor: str) -> object:
        self.service.clock.set_speed(float(factor))
        return {"now": self.service.clock.now_s()}

    def do_request(self, seconds: str) -> object:
        self.service.request_s = float(seconds)
        return {"request_s": self.service.request_s}

    def do_fault(self, moment: str, then: str, operation: str = "") -> object:
        self.service.faults.append(Fault(moment, then, operation))
        return {"faults": len(self.service.faults)}

    def do_answer(self, moment: str, status: str, name: str, operation: str = "") -> object:
        self.service.faults.append(Fault(moment, GO_ON, operation, answer=(int(status), name)))
        return {"faults": len(self.service.faults)}

    def _run(self, job_run_id: str) -> Run:
        with self.service.lock:
            for each in self.service.applications.values():
                if job_run_id in each.runs:
                    return each.runs[job_run_id]
        raise KeyError(f"no job run {job_run_id}")


def _serve(service: Service) -> None:
    for name, value in {**service.session.environment(), "AWS_REGION": REGION}.items():
        print(f"export {name}={shlex.quote(value)}")
    print(f"export AWS_ENDPOINT_URL_EMR_SERVERLESS={service.endpoint}")
    if service.ca:
        print(f"export AWS_CA_BUNDLE={service.ca}")
    print("# serving until the end of stdin; help lists the commands", flush=True)
    console = Console(service)
    for line in sys.stdin:
        if line.strip():
            print(json.dumps(console.obey(line)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description="an EMR Serverless of ours, to try emrs by hand")
    parser.add_argument("--tls", action="store_true", help="with a throw-away CA; needs Python's cryptography")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--speed", type=float, default=1, help="the speed of its clock (1: real time)")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        authority = None
        if options.tls:
            import certs

            authority = certs.Authority(stack.enter_context(running.scratch("emr")))
        clock = Clock(speed=options.speed)
        _serve(stack.enter_context(Service(authority, clock=clock, port=options.port)))


if __name__ == "__main__":
    main()
