# SPDX-License-Identifier: MIT
"""Runs the cases of a test program, and prints the results.

    CASES = tap.Cases()

    @CASES.case("one request is sent")
    def one_request(bench):
        tap.want(bench.seen == 1, "one request", bench.seen)

    if __name__ == "__main__":
        tap.main("test_it.py EMRS_BINARY", lambda binary: CASES.run(Bench(binary)))

Prints one line per case, TAP without numbers: `ok - name`, `ok - name # SKIP reason`, or `not ok - name:
detail`. Lines with figures begin with `# `. The exit code is 1 if any case is not ok, and 2 if the arguments
are wrong.
"""
from __future__ import annotations

import concurrent.futures
import functools
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

Function = Callable[..., "str | None"]  # its argument is the bench; it may return a line with figures


class Failed(Exception):
    """The case is not ok; the text says what was seen."""


class Skipped(Exception):
    """The case cannot run here; the text says why."""


def want(true: object, what: str, seen: object) -> None:
    if not true:
        raise Failed(f"wanted: {what}; seen: {seen!r}")


# Lines. Each is flushed at once, so that a person can watch the test. ok and not_ok return whether the case is ok.


def note(text: str) -> None:
    print(f"# {text}", flush=True)


def ok(name: str, reason: str = "") -> bool:
    """Prints that a case is ok, or, with a reason, that it was skipped."""
    print(f"ok - {name}" + (f" # SKIP {reason}" if reason else ""), flush=True)
    return True


def not_ok(name: str, detail: str = "") -> bool:
    """Prints the detail as one line, because a second line could look like that of a case."""
    words = " ".join(line.strip() for line in detail.splitlines() if line.strip())
    print(f"not ok - {name}" + (f": {words}" if words else ""), flush=True)
    return False


# Cases


@dataclass(frozen=True)
class Verdict:
    """The result of a case. show() prints it later, because cases run at the same time."""

    name: str
    failure: str = ""
    reason: str = ""  # why it was skipped
    figure: str = ""

    def show(self) -> bool:
        """ret: whether it is ok"""
        if self.failure:
            return not_ok(self.name, self.failure)
        ok(self.name, self.reason)
        if self.figure:
            note(self.figure)
        return True


@dataclass(frozen=True)
class Case:
    name: str
    function: Function
    alone: bool = False  # no other case may run at the same time

    def judge(self, bench: Any) -> Verdict:
        try:
            return Verdict(self.name, figure=self.function(bench) or "")
        except Skipped as reason:
            return Verdict(self.name, reason=str(reason) or "no reason given")
        except Exception as error:  # any error, so that the other cases still run
            detail = str(error) if isinstance(error, Failed) else repr(error)
            return Verdict(self.name, failure=detail or "no detail given")


class Cases:
    """The cases of a program, in the order in which they are added"""

    def __init__(self) -> None:
        self.all: list[Case] = []

    def add(self, name: str, function: Function, alone: bool = False) -> None:
        self.all.append(Case(name, function, alone))

    def case(self, name: str, alone: bool = False) -> Callable[[Function], Function]:
        def add(function: Function) -> Function:
            self.add(name, function, alone)
            return function

        return add

    def each(self, title: str, table: list[tuple]) -> Callable[[Function], Function]:
        """Adds one case per row. The first column completes the name, the others are arguments."""

        def add(function: Function) -> Function:
            for name, *row in table:
                self.add(f"{title}: {name}", functools.partial(_with_row, function, row))
            return function

        return add

    def run(self, bench: Any, workers: int = 1) -> bool:
        """Runs all cases, those that must be alone first. ret: whether all are ok"""
        return all([verdict.show() for verdict in self._verdicts(bench, workers)])

    def _verdicts(self, bench: Any, workers: int) -> Iterator[Verdict]:
        for each in self.all:
            if each.alone:
                yield each.judge(bench)
        beside = [each for each in self.all if not each.alone]
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            yield from pool.map(lambda each: each.judge(bench), beside)


def _with_row(function: Function, row: list, bench: Any) -> str | None:
    return function(bench, *row)


# The program


def end_on_sigterm() -> None:
    """Makes SIGTERM raise SystemExit, so that every `with` of this process ends properly."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def main(usage: str, run: Callable[..., bool]) -> NoReturn:
    """Runs a test program. `usage` is its name and one word per argument, in brackets if it is optional.
    `run` gets the arguments, and returns whether all is ok."""
    words, arguments = usage.split()[1:], sys.argv[1:]
    needed = sum(not word.startswith("[") for word in words)
    if not needed <= len(arguments) <= len(words):
        print(f"usage: {usage}", file=sys.stderr)
        sys.exit(2)
    end_on_sigterm()
    # A program that a shell starts with & ignores SIGINT, and one that nohup starts ignores SIGHUP. The programs
    # that we start would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        sys.exit(0 if run(*arguments) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
