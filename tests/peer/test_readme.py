#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the ```console blocks of READMEs are what their commands print. The blocks of a file are one session
with our EMR Serverless (emr_serverless.py), which has the README's application, and in it a RUNNING job run.

    test_readme.py EMRS_BINARY [--write]       --write puts into the files what the commands print now

Request ids, times and the server's port differ in each run. They are not compared.
"""
from __future__ import annotations

import itertools
import os
import re
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import running  # noqa: E402
import tap  # noqa: E402
from emr_serverless import Service  # noqa: E402
from job_runs import Application, Run  # noqa: E402
from tap import want  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
FILES = ("README.md", "port/iam/README.md")
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CHANGING = (
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "REQUEST-ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00"), "TIME"),
    (re.compile(r"http://127\.0\.0\.1:\d+"), "ENDPOINT"),
)
MARK = "end of the block"
# How far the service's clock moves at each request: the first look after the cancellation finds the run over.
REQUEST_S = 60
RUN_S = 300

CASES = tap.Cases()


def served(emr: Service) -> None:
    home = Application("00fabcdefg123456", created_s=emr.clock.now_s())
    emr.applications[home.application_id] = home
    run = Run(home.application_id, "00fhijklmn789012", name="nightly-etl", tags={"team": "data"})
    run.created_by = "arn:aws:sts::123456789012:assumed-role/airflow/nightly"
    home.add(run, emr.clock.now_s())


def script_of(blocks: list[str]) -> str:
    """A shell script that prints each command, as the README does, and then runs it."""
    lines = ["exec 2>&1"]
    for block in blocks:
        for command in re.findall(r"^\$ ((?:.*\\\n)*.*)$", block, re.MULTILINE):
            lines += [f"cat <<'END_OF_COMMAND'\n$ {command}\nEND_OF_COMMAND", command]
        lines.append(f"echo '{MARK}'")
    return "\n".join(lines)


def printed(binary: str, blocks: list[str]) -> list[str]:
    with Service(request_s=REQUEST_S) as emr:
        served(emr)
        variables = running.environment({
            **emr.session.environment(),
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL_EMR_SERVERLESS": emr.endpoint,
            "PATH": f"{Path(binary).resolve().parent}:{os.environ['PATH']}",
            "TZ": "UTC",
        })
        answer = running.execute(["sh", "-c", script_of(blocks)], variables, RUN_S)
    return answer.stdout.split(f"{MARK}\n")[:-1]


def stable(text: str) -> list[str]:
    for pattern, word in CHANGING:
        text = pattern.sub(word, text)
    return text.splitlines()


@CASES.each("what its commands print", [(name, name) for name in FILES])
def shows(binary: str, name: str) -> None:
    blocks = BLOCK.findall((ROOT / name).read_text())
    want(len(blocks) > 0, "blocks of ```console", blocks)
    now = printed(binary, blocks)
    want(len(now) == len(blocks), f"{len(blocks)} blocks", now)
    for block, seen in zip(blocks, now):
        for line, shown in itertools.zip_longest(stable(seen), stable(block)):
            want(line == shown, f"the line of the README (--write replaces it): {shown!r}", line)


def write(binary: str) -> bool:
    for name in FILES:
        text = (ROOT / name).read_text()
        now = iter(printed(binary, BLOCK.findall(text)))
        (ROOT / name).write_text(BLOCK.sub(lambda _, now=now: f"```console\n{next(now)}```", text))
    return True


def run(binary: str, mode: str = "") -> bool:
    """ret: whether all is ok"""
    return write(binary) if mode == "--write" else CASES.run(binary)


if __name__ == "__main__":
    tap.main("test_readme.py EMRS_BINARY [--write]", run)
