# SPDX-License-Identifier: MIT
"""How every test program here prints, runs its cases, begins and ends.

    CASES = tap.Cases()

    @CASES.case("what must hold")
    def holds(bench):
        tap.want(bench.seen == 1, "one of it", bench.seen)

    if __name__ == "__main__":
        tap.main("test_it.py EMRS_BINARY", lambda binary: CASES.run(Bench(binary)))

A line a case, TAP without its numbers: `ok - name`, `ok - name # SKIP reason`, `not ok - name:
detail`; figures as `# ...`. The program exits 1 if any case is not ok, 2 if it was called wrongly.
"""
from __future__ import annotations

import concurrent.futures
import functools
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

Function = Callable[..., "str | None"]  # of the bench; gives back a figure to show, if it has one


class Failed(Exception):
    """The case is not ok; the text says what was seen."""


class Skipped(Exception):
    """The case cannot run here; the text says why."""


def want(true: object, what: str, seen: object) -> None:
    if not true:
        raise Failed(f"wanted: {what}; seen: {seen!r}")


# Lines. Each is written at once, for whoever watches; ok and not_ok tell the program's verdict.


def note(text: str) -> None:
    print(f"# {text}", flush=True)


def ok(name: str, reason: str = "") -> bool:
    """With a reason it was skipped."""
    print(f"ok - {name}" + (f" # SKIP {reason}" if reason else ""), flush=True)
    return True


def not_ok(name: str, detail: str = "") -> bool:
    """However many lines the detail has, it is one here: a second could be taken for a case's."""
    words = " ".join(line.strip() for line in detail.splitlines() if line.strip())
    print(f"not ok - {name}" + (f": {words}" if words else ""), flush=True)
    return False


# Cases


@dataclass(frozen=True)
class Verdict:
    """What became of a case; printed apart, since others may run beside it."""

    name: str
    failure: str = ""
    reason: str = ""  # it was skipped for
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
    alone: bool = False  # nothing may run beside it

    def judge(self, bench: Any) -> Verdict:
        try:
            return Verdict(self.name, figure=self.function(bench) or "")
        except Skipped as reason:
            return Verdict(self.name, reason=str(reason) or "no reason given")
        except Exception as error:  # whatever it is, the other cases are worth their lines too
            detail = str(error) if isinstance(error, Failed) else repr(error)
            return Verdict(self.name, failure=detail or "no detail given")


class Cases:
    """The cases of a program, in the order in which they are told."""

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
        """A case a row: its first column is the rest of the name, the others are arguments."""

        def add(function: Function) -> Function:
            for name, *row in table:
                self.add(f"{title}: {name}", functools.partial(_with_row, function, row))
            return function

        return add

    def run(self, bench: Any, workers: int = 1) -> bool:
        """Those that must be alone first. ret: whether all are ok"""
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
    """Makes `kill` end this process as Ctrl-C does: through every `with`."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def main(usage: str, run: Callable[..., bool]) -> NoReturn:
    """`usage` is the program's name and a word an argument, in brackets if it may be left out.
    `run` is given the arguments and gives back whether all is ok."""
    words, arguments = usage.split()[1:], sys.argv[1:]
    needed = sum(not word.startswith("[") for word in words)
    if not needed <= len(arguments) <= len(words):
        print(f"usage: {usage}", file=sys.stderr)
        sys.exit(2)
    end_on_sigterm()
    # A shell lets what it starts behind & ignore SIGINT, nohup lets it ignore SIGHUP, and so would what we start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        sys.exit(0 if run(*arguments) else 1)
    except KeyboardInterrupt:
        sys.exit(130)
