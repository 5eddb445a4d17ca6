# SPDX-License-Identifier: MIT
"""Runs emrs once: with a clean environment, a time limit and a temporary folder. Also has what tests with
different servers share: the texts of the effects, and the search for secrets in an output."""
from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import AnyStr

import tap

# The texts of the effect of a call, as the command and the boards print them.
NOTHING_SENT = "no whole request was sent: the job run was not cancelled"
REFUSED = "refused: the job run was not cancelled by this call"
UNKNOWN = "unknown: the job run may have been cancelled"
ACCEPTED = "accepted: the job run is being cancelled, and not yet stopped"


REGION = "us-east-1"
ACCOUNT = "123456789012"  # moto's own
LEAK_SIZE = 12  # characters of a secret; shorter pieces may be shown, to distinguish tokens


class ServiceError(Exception):
    """moto did not start, or cannot be used for these tests; the text says why."""


@dataclass(frozen=True)
class Credentials:
    key_id: str
    secret: str
    token: str = ""

    def environment(self) -> dict[str, str]:
        """ret: the variables in which emrs, boto3 and AWS CLI look for credentials"""
        names = {"AWS_ACCESS_KEY_ID": self.key_id, "AWS_SECRET_ACCESS_KEY": self.secret}
        return dict(names, AWS_SESSION_TOKEN=self.token) if self.token else names

    def leak(self, shown: str) -> str:
        """ret: the first piece of the secret or the token that is in the text; "" if there is none"""
        return leak(self.secret, shown, LEAK_SIZE) or leak(self.token, shown, LEAK_SIZE)


@dataclass(frozen=True)
class JobRun:
    application_id: str
    job_run_id: str


def as_json(application: str, job: str) -> str:
    """ret: exactly what AWS CLI v2 prints for an accepted cancellation"""
    return f'{{\n    "applicationId": "{application}",\n    "jobRunId": "{job}"\n}}\n'


@dataclass(frozen=True)
class Answer:
    code: int
    stdout: str
    stderr: str
    took_s: float


def execute(command: list[str], env: dict[str, str], most_s: float) -> Answer:
    """Runs a command without a terminal. Credentials belong into `env`, never into `command`."""
    begin_s = time.monotonic()
    try:
        done = subprocess.run(
            command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=most_s
        )
    except subprocess.TimeoutExpired:
        raise tap.Failed(f"still running after {most_s} s") from None
    texts = (text.decode("utf-8", "backslashreplace") for text in (done.stdout, done.stderr))
    return Answer(done.returncode, *texts, time.monotonic() - begin_s)


def environment(more: dict[str, str] | None = None) -> dict[str, str]:
    """ret: this process's environment, without variables that could lead a client to another server: profiles,
    endpoints, proxies, CA bundles, the metadata service. It allows one attempt per call"""
    kept = {name: value for name, value in os.environ.items() if not _leads_elsewhere(name)}
    kept["AWS_EC2_METADATA_DISABLED"] = "true"
    kept["AWS_MAX_ATTEMPTS"] = "1"  # because most scripts play one attempt; other tests set it
    kept["AWS_CONFIG_FILE"] = kept["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    return {**kept, **(more or {})}


def _leads_elsewhere(name: str) -> bool:
    starts = ("AWS_", "BOTO", "MOTO_", "INITIAL_NO_AUTH", "REQUESTS_CA", "CURL_CA", "SSL_CERT")
    return name.upper().startswith(starts) or name.upper().endswith("_PROXY")


def leak(secret: AnyStr, shown: AnyStr, size: int) -> AnyStr:
    """ret: the first piece of the secret with `size` characters that is in `shown`; empty: there is none"""
    for start in range(len(secret) - size + 1):
        if secret[start : start + size] in shown:
            return secret[start : start + size]
    return secret[:0]


@contextlib.contextmanager
def scratch(what: str) -> Iterator[Path]:
    """Makes a temporary folder."""
    with tempfile.TemporaryDirectory(prefix=f"emrs-{what}-") as folder:
        yield Path(folder)


def with_hosts(folder: Path, *names: str) -> tuple[str, ...]:
    """ret: words to put before a command: it then runs in its own mount namespace, with its own /etc/hosts, where
    these names are 127.0.0.1"""
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {' '.join(names)}\n", encoding="ascii")
    mount = f'mount --bind {shlex.quote(str(hosts))} /etc/hosts && exec "$@"'
    wrap = ("unshare", "--map-root-user", "--mount", "sh", "-c", mount, "sh")
    if shutil.which("unshare"):
        if subprocess.run([*wrap, "true"], capture_output=True).returncode == 0:
            return wrap
    raise tap.Skipped("no mount namespaces here")
