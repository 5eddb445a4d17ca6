# SPDX-License-Identifier: MIT
"""Runs of caller.c, the library's own calls, and what they said, by emrs.h's names."""
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
    """What the caller said of one: its own words are caller.c's."""

    code: str  # "ok", or EMRS_E_ without that
    effect: str
    attempts: int
    status: int
    reason: str
    dials: int
    hangs: int
    sent: int


def tls(version: str) -> str:
    """The setting that asks for it, by OpenSSL's name."""
    return "tls=" + version[-3:].replace(".", "")


@dataclass(frozen=True)
class Caller:
    binary: str
    ec: certs.Authority
    rsa: certs.Authority

    def call(self, *words: str, ca: Path | None = None) -> list[Call]:
        return [_call(line) for line in self.lines(*words, ca=ca)]

    def call_elsewhere(self, *words: str, ca: Path | None = None) -> tuple[list[Call], int]:
        """With an RSA key that only a callback signs with; also returns how often it was called."""
        *lines, last = self.lines("elsewhere=1", *words, ca=ca)
        return [_call(line) for line in lines], int(last.removeprefix("signatures="))

    def lines(self, *words: str, ca: Path | None = None) -> list[str]:
        """Settings go first, as TLS begins with ca=; then what is to be done, in its order."""
        deeds = [word for word in words if word.startswith(("https:", "ca="))]
        options = [word for word in words if word not in deeds]
        command = [self.binary, *options, f"ca={ca or self.ec.ca}", *deeds]
        answer = running.execute(command, running.environment(), RUN_S)
        want(answer.code == 0, "exit 0", answer)
        return answer.stdout.splitlines()


def _call(line: str) -> Call:
    said = {name: int(value) for name, value in (word.split("=") for word in line.split())}
    code, effect, reason = CODES[said.pop("code")], EFFECTS[said.pop("effect")], REASONS[said.pop("reason")]
    return Call(code=code, effect=effect, reason=reason, **said)
