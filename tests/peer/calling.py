# SPDX-License-Identifier: MIT
"""Runs caller.c, which makes calls with the library, and reads the results with the names of emrs.h."""
from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import certs
import running
from tap import want

RUN_S = 120  # only ends a hang
HEADER = (Path(__file__).parents[2] / "include" / "emrs.h").read_text(encoding="ascii")
CONFIG = (Path(__file__).parents[2] / "include" / "emrs_config.h").read_text(encoding="ascii")
BUILD_S = int(re.search(r"EMRS_BUILD_TIME_S (\d+)u", CONFIG)[1])
CODES = {int(value): name for name, value in re.findall(r"EMRS_E_(\w+) = (-\d+)", HEADER)} | {0: "ok"}
EFFECTS = re.findall(r"^    EMRS_EFFECT_(\w+)", HEADER, re.M)
REASONS = re.findall(r"^    EMRS_REASON_(\w+)", HEADER, re.M)


@dataclass(frozen=True)
class Call:
    """One line that caller.c printed; its head explains the fields."""

    code: str  # "ok", or the name of an error without EMRS_E_
    effect: str
    attempts: int
    status: int
    reason: str
    dials: int
    hangs: int
    sent: int


def tls(version: str) -> str:
    """in: OpenSSL's name of a version. ret: the setting of caller.c for it"""
    return "tls=" + version[-3:].replace(".", "")


@dataclass(frozen=True)
class Caller:
    binary: str
    ec: certs.Authority
    rsa: certs.Authority

    def call(self, *words: str, ca: Path | None = None) -> list[Call]:
        return [_call(line) for line in self.lines(*words, ca=ca)]

    def call_elsewhere(self, *words: str, ca: Path | None = None) -> tuple[list[Call], int]:
        """Calls with an RSA key that only a callback signs with. Also returns how often it signed."""
        *lines, last = self.lines("elsewhere=1", *words, ca=ca)
        return [_call(line) for line in lines], int(last.removeprefix("signatures="))

    def lines(self, *words: str, ca: Path | None = None) -> list[str]:
        """Puts the settings first, because ca= reads some of them; then URLs and further ca=, in their order."""
        actions = [word for word in words if word.startswith(("https:", "ca="))]
        options = [word for word in words if word not in actions]
        command = [self.binary, *options, f"ca={ca or self.ec.ca}", *actions]
        answer = running.execute(command, running.environment(), RUN_S)
        want(answer.code == 0, "exit 0", answer)
        return answer.stdout.splitlines()


def _call(line: str) -> Call:
    said = {name: int(value) for name, value in (word.split("=") for word in line.split())}
    code, effect, reason = CODES[said.pop("code")], EFFECTS[said.pop("effect")], REASONS[said.pop("reason")]
    return Call(code=code, effect=effect, reason=reason, **said)
