# SPDX-License-Identifier: MIT
"""Helps the tests that compare emrs with botocore: runs a program of ours that answers each line with a line,
and reads botocore's data about the service."""
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
SAID_SIZE = 500  # how many of the last characters of a failed program's stderr are shown


class BadAnswer(Exception):
    """One side gave no answers, so nothing can be compared."""


def ask(command: list[str], questions: Iterable[str]) -> list[str]:
    """Runs a program with one question per line. ret: its answers, one line per question"""
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
    """Prints the case: ok if emrs gives the right answer to every question.
    in: rows: question, emrs's answer, right answer; about: text to append to the name if it is ok"""
    for question, ours, theirs in rows:
        if ours != theirs:
            return tap.not_ok(name, f"emrs answers {ours!r}, not {theirs!r}, to {question!r}")
    return tap.ok(name + about)


def main(usage: str, name: str, compare: Callable[[str, int], bool]) -> NoReturn:
    """Runs a comparison with random questions. Prints the seed, which an argument can repeat. `name` is the case
    that is not ok if one side gives no answers."""

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
