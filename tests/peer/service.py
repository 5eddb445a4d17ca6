#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs moto, an EMR Serverless of other authors, in a child process, with boto3, AWS's own client.

    with service.running_service(check_signatures=True) as moto:
        run = moto.start_job_run()                # with boto3: an application and a job run in it
        moto.state(run)                           # "RUNNING", as boto3 sees it
        moto.endpoint, moto.user, moto.session    # its URL, and two sets of credentials that it accepts

It listens only on 127.0.0.1, on a free port. It ends when the `with` ends; when this process ends in any
way, because the child reads from a pipe of this process until it closes; and after LIFETIME_S at the latest.

As a program it prints how to reach it, and serves until Ctrl-C, to try emrs by hand.
"""
from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import shlex
import signal
import ssl
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

import certs
import running
import tap
from running import ACCOUNT, REGION, Credentials, JobRun, ServiceError

LIFETIME_S = 3600  # these four limits only end a hang: a busy machine needs much less
START_S = 120
ANSWER_S = 120
STOP_S = 10

ALLOW = {"Effect": "Allow", "Action": "emr-serverless:*", "Resource": "*"}
TRUST = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}


# Sets moto up. moto does not check credentials yet, so these may be invented.
_FOUNDER = Credentials("AKIAFOUNDER000000000", "no-secret-is-checked-yet")


def _isolate() -> None:
    """Cleans the environment of this process, because boto3 reads it and must reach nothing but moto."""
    calm = running.environment()
    os.environ.clear()
    os.environ.update(calm)


def boto_client(where: object, name: str, by: Credentials | None = None) -> object:
    """Makes a boto3 client for a service of the tests, never for AWS's hosts. in: where: has endpoint, ca and user"""
    by = by or where.user
    return boto3.session.Session().client(
        name,
        region_name=REGION,
        endpoint_url=where.endpoint,
        verify=str(where.ca) if where.ca else None,
        aws_access_key_id=by.key_id,
        aws_secret_access_key=by.secret,
        aws_session_token=by.token or None,
        # No retries: a refusal is an answer that the tests look at.
        config=Config(retries={"max_attempts": 0}, connect_timeout=ANSWER_S, read_timeout=ANSWER_S),
    )


class Service:
    """moto in a child process. With an authority it speaks TLS, without one plain http."""

    seen_by = "as boto3 sees it"  # where state() has the state from, for the demo

    def __init__(
        self,
        folder: Path,
        authority: certs.Authority | None = None,
        check_signatures: bool = False,
    ):
        self.authority = authority
        self.ca = authority.ca if authority else None
        self.endpoint = ""
        self.port = 0
        self.user = self.session = _FOUNDER
        self._leaf = authority.leaf("good") if authority else None
        self._check_signatures = check_signatures
        self._log = folder / "moto.log"
        self._child: subprocess.Popen[str] | None = None

    def __enter__(self) -> Service:
        _isolate()
        try:
            self._start()
            self._make_credentials()
            if self._check_signatures:
                self._begin_to_check()
        except (BotoCoreError, ClientError, OSError) as error:
            self.stop()
            raise ServiceError(f"moto is not set up: {error}; {self._last_words()}") from error
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the child: closes its pipe, and kills it if it does not end then."""
        if self._child is None:
            return
        child, self._child = self._child, None
        child.stdin.close()
        child.stdout.close()
        try:
            child.wait(STOP_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def client(self, name: str, credentials: Credentials | None = None) -> object:
        return boto_client(self, name, credentials)

    def start_job_run(self, application_id: str = "", **options: object) -> JobRun:
        """Starts a job run, by default in a new application; options are boto3's."""
        emr = self.client("emr-serverless")
        if not application_id:
            made = emr.create_application(name="emrs", releaseLabel="emr-7.1.0", type="SPARK")
            application_id = made["applicationId"]
        started = emr.start_job_run(
            applicationId=application_id,
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/emrs-job",
            jobDriver={"sparkSubmit": {"entryPoint": "s3://emrs-example/endless.py"}},
            **options,
        )
        return JobRun(application_id, started["jobRunId"])

    def state(self, run: JobRun) -> str:
        """The job run's state as boto3 sees it."""
        emr = self.client("emr-serverless")
        answer = emr.get_job_run(applicationId=run.application_id, jobRunId=run.job_run_id)
        return answer["jobRun"]["state"]

    def accepts(self, credentials: Credentials) -> bool:
        """ret: whether moto accepts a request that boto3 signs with these credentials"""
        try:
            self.client("emr-serverless", credentials).list_applications()
        except ClientError:
            return False
        return True

    def _start(self) -> None:
        command = [sys.executable, "-B", __file__, "--child"]
        if self._leaf:
            command += ["--leaf", self._leaf.chain, self._leaf.key]
        with open(self._log, "w", encoding="utf-8") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # so that Ctrl-C ends only this process; the child ends when its pipe closes
            )
        self.port = self._read_port()
        host = "https://localhost" if self._leaf else "http://127.0.0.1"
        self.endpoint = f"{host}:{self.port}"

    def _read_port(self) -> int:
        ready, _, _ = select.select([self._child.stdout], [], [], START_S)
        line = self._child.stdout.readline() if ready else ""
        if not line.startswith("port "):
            raise ServiceError(f"moto did not start within {START_S} s: {self._last_words()}")
        return int(line.split()[1])

    def _last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "its last lines: " + " / ".join(lines[-3:]) if lines else "it said nothing"

    def _make_credentials(self) -> None:
        """Makes a user's long-term key, and a role's key with a session token, which expires."""
        iam = self.client("iam")
        allow = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW]})
        trust = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
        iam.create_user(UserName="emrs")
        iam.put_user_policy(UserName="emrs", PolicyName="emrs", PolicyDocument=allow)
        key = iam.create_access_key(UserName="emrs")["AccessKey"]
        role = iam.create_role(RoleName="emrs", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        iam.put_role_policy(RoleName="emrs", PolicyName="emrs", PolicyDocument=allow)
        sts = self.client("sts")
        assumed = sts.assume_role(RoleArn=role, RoleSessionName="emrs")["Credentials"]
        self.user = Credentials(key["AccessKeyId"], key["SecretAccessKey"])
        self.session = Credentials(
            assumed["AccessKeyId"], assumed["SecretAccessKey"], assumed["SessionToken"]
        )

    def _begin_to_check(self) -> None:
        """Makes moto check signatures from now on, and tests with boto3 that it does."""
        # text/plain, because moto answers 500 here to the type that urllib sends by default.
        request = urllib.request.Request(
            f"{self.endpoint}/moto-api/reset-auth", b"0", {"Content-Type": "text/plain"}
        )
        trust = ssl.create_default_context(cafile=str(self.ca)) if self.ca else None
        with urllib.request.urlopen(request, timeout=ANSWER_S, context=trust):
            pass
        for credentials in (self.user, self.session):
            if not self.accepts(credentials):
                raise ServiceError("this moto refuses boto3 too, when it checks signatures")
            if self.accepts(Credentials(credentials.key_id, "wrong", credentials.token)):
                raise ServiceError("this moto does not check signatures: a wrong secret passed")


@contextlib.contextmanager
def running_service(
    tls: bool = True, check_signatures: bool = False, kept: tuple[Path, str] | None = None
) -> Iterator[Service]:
    """Runs moto behind TLS with a temporary CA, or without TLS. Ends it and removes its files afterwards.
    in: kept: a folder of certs.py with CAs, and the kind to use, for images that contain these CAs"""
    with running.scratch("moto") as folder:
        authority = certs.Authority.kept(*kept, folder) if kept else None
        if tls and not authority:
            authority = certs.Authority(folder)
        with Service(folder, authority, check_signatures) as moto:
            yield moto


def _hash_empty_body_as_empty() -> None:
    """Corrects moto's check of signatures, in this process only: moto 5.1 and 5.2 hash the query if a request
    has no body, and so refuse every correctly signed DELETE."""
    from moto.iam.access_control import IAMRequestBase

    stock = IAMRequestBase._create_aws_request

    def create_aws_request(self: IAMRequestBase) -> object:
        request = stock(self)
        if not self._body:
            request.data = b""
        return request

    IAMRequestBase._create_aws_request = create_aws_request


def _end_with_parent() -> None:
    sys.stdin.buffer.read()  # returns when the parent closes the pipe or ends
    os._exit(0)


def _serve(leaf: certs.Leaf | None) -> None:
    """Runs moto's server, in the child."""
    import moto.emrserverless.models as models
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    # In moto a new job run has already ended ("SUCCESS"), and could not be cancelled.
    models.JOB_STATUS = "RUNNING"
    _hash_empty_body_as_empty()
    application = DomainDispatcherApplication(create_backend_app)
    tls = certs.server_context(leaf) if leaf else None
    server = make_server("127.0.0.1", 0, application, threaded=True, ssl_context=tls)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    print("port", server.port, flush=True)
    server.serve_forever()


def _by_hand(check_signatures: bool) -> None:
    tap.end_on_sigterm()
    with running_service(check_signatures=check_signatures) as moto:
        run = moto.start_job_run()
        for name, value in moto.session.environment().items():
            print(f"export {name}={shlex.quote(value)}")
        print(f"build/host/emrs cancel-job-run --application-id {run.application_id} \\")
        print(f"    --job-run-id {run.job_run_id} --endpoint-url {moto.endpoint} \\")
        print(f"    --ca-bundle {moto.ca} --region {REGION}")
        print(f"# serving for {LIFETIME_S} s or until Ctrl-C", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            moto._child.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="moto behind TLS, to try emrs by hand")
    parser.add_argument("--check-signatures", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--leaf", nargs=2, type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.child:
        return _by_hand(options.check_signatures)
    signal.alarm(LIFETIME_S)  # ends the child if all else fails
    _serve(certs.Leaf("", *options.leaf) if options.leaf else None)


if __name__ == "__main__":
    main()
