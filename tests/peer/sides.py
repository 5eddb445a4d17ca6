# SPDX-License-Identifier: MIT
"""The two sides that test_sign.py and test_endpoint.py compare: a program of ours that answers each
line with a line, and what botocore ships about the service."""
from __future__ import annotations

import random
import string
import subprocess
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

import botocore
from botocore.endpoint_provider import EndpointProvider
from botocore.loaders import Loader

import tap

SERVICE = "emr-serverless"
UNRESERVED = string.ascii_letters + string.digits + "-._~"
ANSWER_S = 300  # all the lines of one run
SAID_SIZE = 500  # shown of what a program that failed said last


class BadAnswer(Exception):
    """A side did not do what it is there for: there is nothing to compare."""


def ask(command: list[str], questions: Iterable[str]) -> list[str]:
    """A line each."""
    lines = [question + "\n" for question in questions]
    done = subprocess.run(command, input="".join(lines), capture_output=True, text=True,
                          timeout=ANSWER_S, check=False)
    answers = done.stdout.splitlines()
    if done.returncode != 0 or len(answers) != len(lines):
        said = done.stderr[-SAID_SIZE:]
        raise BadAnswer(f"exit {done.returncode}, {len(answers)} answers: {said}")
    return answers


class Rules:
    """AWS's endpoint rule set and partitions, as this release of botocore has them."""

    def __init__(self) -> None:
        self.loader = Loader()
        self.rule_set = self.loader.load_service_model(SERVICE, "endpoint-rule-set-1")
        self.data = self.loader.load_data("partitions")
        self.provider = EndpointProvider(self.rule_set, self.data)

    def regions(self, *partitions: str) -> list[str]:
        """ret: the regions of these partitions, of all if none is named"""
        return [region for partition in self.data["partitions"]
                if not partitions or partition["id"] in partitions
                for region in partition["regions"]]


def same(name: str, rows: Iterable[tuple[Any, str, str]], about: str = "") -> bool:
    """in: for each question what emrs says and what it should; about: goes behind the name"""
    for question, ours, theirs in rows:
        if ours != theirs:
            return tap.not_ok(name, f"emrs says {ours!r}, not {theirs!r}, for {question!r}")
    return tap.ok(name + about)


def main(usage: str, name: str, compare: Callable[[str, int], bool]) -> NoReturn:
    """For a comparison on random questions, whose seed is told and may be given again. `name` is
    the case that is not ok if a side gives no answer at all."""

    def run(binary: str, given: str = "") -> bool:
        seed = int(given) if given else random.SystemRandom().getrandbits(32)
        tap.note(f"seed {seed}")
        try:
            return compare(binary, seed)
        except (BadAnswer, subprocess.SubprocessError, OSError) as error:
            return tap.not_ok(name, str(error)[:600])

    tap.main(usage, run)


def release() -> str:
    return f"botocore {botocore.__version__}"
