#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what emrs reads of answers of GetJobRun with what botocore reads of the same bytes.

    test_get_job_run.py LOOKER_BINARY [SEED]

LOOKER_BINARY is looker.c, which gives an answer to the core in small pieces. The answers are made
at random: members in any order, absent or null; unknown members with any values; keys and texts
with escapes, surrogate pairs and plain UTF-8; numbers in every form; dates as numbers and as RFC
3339. Every member that emrs reads must have botocore's value. Lines with figures, the seed first,
begin with `# `.

These differences are intended:

- emrs reads a number of more than 24 bytes as 0, or as empty if it is a billed amount;
- it reads a count or a date as 0 if it is negative, or 2^32 or more, and a count also if it is not whole;
- it cuts name, stateDetails and createdBy if they are too long, and marks them as cut. It also cuts the
  name of a state. Any other text that is too long is empty;
- botocore reads a date as a float, which holds about 16 digits. If a date has more digits, the two may
  differ by a microsecond.
"""
from __future__ import annotations

import datetime
import decimal
import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from typing import Any

sys.dont_write_bytecode = True

import botocore  # noqa: E402
import botocore.parsers  # noqa: E402
import botocore.session  # noqa: E402

import tap  # noqa: E402

COUNT = 3_000
APPLICATION_ID, JOB_RUN_ID = "00fabcdefg123456", "00fhijklmn789012"
KEYS = ["team", "cost center", 'q"\\', "é€", "😀", "state", "absent"]
STATES = ["", "SUBMITTED", "PENDING", "SCHEDULED", "RUNNING", "SUCCESS", "FAILED", "CANCELLING", "CANCELLED", "QUEUED"]
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
# The least store for these tags, as emrs_job_run.h has it, and a larger one
STORE_SIZES = 1644 + 260 * len(KEYS), 16384
TEXTS = {  # the member's name, and its limit in bytes: a longer text is empty; None: a longer text is cut
    "stateDetails": None, "name": None, "createdBy": None, "arn": 256, "mode": 24, "releaseLabel": 64}
CUT = ("name", "stateDetails", "createdBy")
DATES = {"createdAt": "created", "updatedAt": "updated", "startedAt": "started", "endedAt": "ended"}
BILLED = {"vCPUHour": "vcpu", "memoryGBHour": "memory", "storageGBHour": "storage"}
SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\", "/": "\\/"}


class Raw(str):
    """A number, as it is written."""


@dataclass
class Writer:
    """Writes JSON, with escapes and white space by chance."""

    chance: random.Random

    def text(self, text: str) -> str:
        return '"' + "".join(self.character(c) for c in text) + '"'

    def character(self, c: str) -> str:
        must = c < " " or c in '"\\'
        way = self.chance.random()
        if c in SHORT and (way < 0.5 or (c in '"\\' and way < 0.8)):
            return SHORT[c]
        if not must and way < 0.8:
            return c
        units = c.encode("utf-16-be")
        digits = "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
        return digits if way < 0.9 else "\\u" + digits[2:].upper().replace("\\U", "\\u")

    def space(self) -> str:
        return self.chance.choice([""] * 8 + [" ", "\n\t", " \r\n "])

    def value(self, value: Any) -> str:
        if isinstance(value, Raw):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            members = list(value.items())
            self.chance.shuffle(members)
            return self.listed("{}", [self.text(k) + self.space() + ":" + self.space() + self.value(v) for k, v in members])
        if isinstance(value, list):
            return self.listed("[]", [self.value(v) for v in value])
        return {None: "null", True: "true", False: "false"}[value]

    def listed(self, marks: str, parts: list[str]) -> str:
        return marks[0] + self.space() + ",".join(self.space() + part + self.space() for part in parts) + marks[1]


class Maker:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def text(self, size_max: int = 300) -> str:
        alphabet = self.chance.choice(["abc-_./:", 'ab"\\/\n\t\x00\x1f', "aé€😀\U0010ffff\ud7ff\ue000\x7f\x80"])
        long = self.chance.random() < 0.1
        return "".join(self.chance.choices(alphabet, k=self.chance.randrange(size_max if long else 30)))

    def form(self, digits: int, decimals: int) -> Raw:
        """digits * 10^-decimals, in one of the forms of JSON."""
        sign, whole = ("-" if digits < 0 else ""), str(abs(digits))
        way = self.chance.randrange(4)
        mark = self.chance.choice("eE")
        if way == 0:
            return Raw(f"{sign}{whole}{mark}{self.chance.choice(['-', '-0'])}{decimals}")
        if way == 1 and len(whole) > 1:
            exponent = len(whole) - 1 - decimals
            return Raw(f"{sign}{whole[0]}.{whole[1:]}{mark}{'+' if exponent >= 0 and self.chance.random() < 0.5 else ''}{exponent}")
        if decimals == 0:
            return Raw(sign + whole + self.chance.choice(["", ".0", "E0", "e+00", ".000"]))
        whole = whole.zfill(decimals + 1)
        return Raw(f"{sign}{whole[:-decimals]}.{whole[-decimals:]}")

    def number(self) -> Raw:
        top = self.chance.choice([10, 1000, 1 << 20, 1 << 32, 1 << 40])
        sign = -1 if self.chance.random() < 0.05 else 1
        return self.form(sign * self.chance.randrange(top), self.chance.choice([0, 0, 0, 1, 3]))

    def date(self) -> Any:
        seconds = self.chance.randrange(1_600_000_000, 1_900_000_000)
        way = self.chance.random()
        if way < 0.1:
            return self.form(self.chance.randrange(-(10**9), 10**10), self.chance.choice([0, 3]))
        if way < 0.7:
            decimals = self.chance.choice([0, 0, 3, 3, 6, 8])
            return self.form(seconds * 10**decimals + self.chance.randrange(10**decimals), decimals)
        zone = datetime.timezone(datetime.timedelta(minutes=self.chance.randrange(-1439, 1440)))
        text = datetime.datetime.fromtimestamp(seconds, zone).strftime("%Y-%m-%dT%H:%M:%S%z")
        text = self.chance.choice([text[:-2] + ":" + text[-2:],
                                   datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")])
        digits = self.chance.choice([0, 3, 6, 9])
        return text[:19] + ("." + "".join(self.chance.choices("0123456789", k=digits)) if digits else "") + text[19:]

    def any(self, depth: int = 0) -> Any:
        way = self.chance.randrange(7 if depth < 4 else 5)
        if way < 3:
            return self.chance.choice([None, True, False])
        if way < 5:
            return self.text() if way == 3 else self.number()
        names = ["state", "name", "tags", "jobRunId", "vCPUHour", "x", "team"]
        if way == 5:
            return [self.any(depth + 1) for _ in range(self.chance.randrange(4))]
        return {name: self.any(depth + 1) for name in self.chance.sample(names, self.chance.randrange(4))}

    def run(self) -> dict[str, Any]:
        members: dict[str, Any] = {name: self.text() for name in TEXTS}
        members |= {"attempt": self.number(), "executionTimeoutMinutes": self.number()}
        members |= {name: self.date() for name in DATES}
        billed = {name: self.number() for name in BILLED if self.chance.random() < 0.8}
        members["billedResourceUtilization"] = billed | {"attempt": Raw("7"), "more": self.any()}
        keys = self.chance.sample(KEYS[:-1], self.chance.randrange(len(KEYS)))
        members["tags"] = {key: self.text() for key in keys} | {"other": self.text()}
        for name in list(members):
            way = self.chance.random()
            if way < 0.15:
                del members[name]
            elif way < 0.25:
                members[name] = None
        members |= {name: self.any() for name in ("futureMember", "Name", "stat", "namee", "")}
        known = self.chance.random() < 0.8
        members["state"] = self.chance.choice(STATES[1:]) if known else self.text(40)
        return members | {"applicationId": APPLICATION_ID, "jobRunId": JOB_RUN_ID}


class Botocore:
    def __init__(self) -> None:
        model = botocore.session.get_session().get_service_model("emr-serverless").operation_model("GetJobRun")
        self.shape = model.output_shape
        self.parser = botocore.parsers.create_parser("rest-json")

    def read(self, body: bytes) -> dict[str, Any]:
        response = {"status_code": 200, "headers": {}, "body": body}
        return self.parser.parse(response, self.shape)["jobRun"]


def room_of(text: str) -> int:
    """The bytes that a text takes in the store."""
    return sum(2 if c in '"\\' else 6 if c < " " else len(c.encode()) for c in text)


class Differs(Exception):
    pass


def compare(name: str, ours: Any, theirs: Any) -> None:
    if ours != theirs:
        raise Differs(f"{name}: {ours!r} is not botocore's {theirs!r}")


def check_texts(ours: dict[str, str], run: dict[str, Any], counts: Counter[str]) -> None:
    cut = dict(zip(CUT, ours["cut"].split(",")))
    for name, size_max in TEXTS.items():
        seen, theirs = bytes.fromhex(ours[name]), run.get(name) or ""
        if size_max is None and cut[name] == "1":
            counts["texts cut"] += 1
            if not theirs.encode().startswith(seen) or len(seen) == len(theirs.encode()) or room_of(theirs) <= 192:
                raise Differs(f"{name}: a wrong cut of {theirs!r}")
            seen.decode()  # whole characters
            continue
        if size_max is not None and room_of(theirs) > size_max:
            theirs = ""
        compare(name, seen, theirs.encode())
    state = run["state"]
    compare("state", int(ours["state"]), STATES.index(state) if state in STATES else 0)
    name = bytes.fromhex(ours["stateName"])
    if not state.encode().startswith(name) or (len(name) < len(state.encode()) and room_of(state) <= 32):
        raise Differs(f"stateName: {name!r} of {state!r}")


def check_numbers(ours: dict[str, str], run: dict[str, Any], written: dict[str, Any]) -> None:
    for name, member in (("attempt", "attempt"), ("timeout", "executionTimeoutMinutes")):
        value, text = run.get(member) or 0, written.get(member) or "0"
        fits = decimal.Decimal(text) == value and 0 <= value < 1 << 32 and len(text) <= 24
        compare(member, int(ours[name]), value if fits else 0)
    billed, billed_written = run.get("billedResourceUtilization") or {}, written.get("billedResourceUtilization") or {}
    for member, name in BILLED.items():
        seen = bytes.fromhex(ours[name]).decode()
        value = billed.get(member)
        if value is not None and len(billed_written[member]) > 24:
            value = None
        compare(member, float(seen) if seen else None, None if value is None else float(value))


def check_dates(ours: dict[str, str], run: dict[str, Any], written: dict[str, Any]) -> None:
    for member, name in DATES.items():
        seconds, microseconds = (int(part) for part in ours[name].split("."))
        seen, value, text = seconds * 10**6 + microseconds, run.get(member), written.get(member) or ""
        theirs = 0 if value is None else (value - EPOCH) // datetime.timedelta(microseconds=1)
        is_number = isinstance(text, Raw)
        if theirs < 0 or theirs >= 10**6 << 32 or (is_number and len(text) > 24):
            theirs = 0
        digits = len(text.replace(".", "").lower().split("e")[0]) if is_number else 0
        if digits > 16 and abs(seen - theirs) == 1:
            continue
        compare(member, seen, theirs)


def check_tags(ours: dict[str, str], run: dict[str, Any]) -> None:
    tags = run.get("tags") or {}
    for i, key in enumerate(KEYS):
        theirs = tags.get(key)
        if theirs is not None and room_of(theirs) > 256:
            theirs = None
        compare(f"tag {key}", int(ours["there"]) >> i & 1, int(theirs is not None))
        compare(f"tag {key}", bytes.fromhex(ours[f"tag{i}"]), (theirs or "").encode())


def check(binary: str, seed: int, store_size: int) -> str:
    chance = random.Random(seed)
    maker, writer, theirs = Maker(chance), Writer(chance), Botocore()
    counts: Counter[str] = Counter()
    looker = subprocess.Popen([binary, str(store_size), *KEYS], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert looker.stdin is not None and looker.stdout is not None
    for _ in range(COUNT):
        written = maker.run()
        document = {"jobRun": written, "other": maker.any()}
        body = writer.value(document).encode()
        looker.stdin.write(f"{len(body)} {chance.choice([1, 2, 7, 64, 4096])}\n".encode() + body)
        looker.stdin.flush()
        ours = dict(word.split("=", 1) for word in looker.stdout.readline().decode().split())
        try:
            compare("code", ours.get("code"), "0")
            run = theirs.read(body)
            check_texts(ours, run, counts)
            check_numbers(ours, run, written)
            check_dates(ours, run, written)
            check_tags(ours, run)
        except Differs as why:
            looker.kill()
            raise tap.Failed(f"seed {seed}: {why}; {body!r}") from None
        counts["bytes"] += len(body)
    looker.stdin.close()
    tap.want(looker.wait() == 0, "looker to exit with 0", looker.returncode)
    is_least = store_size == STORE_SIZES[0]
    tap.want((counts["texts cut"] > 0) == is_least, "texts are cut in the least store, and only there", counts)
    return f"{COUNT} answers, {counts['bytes']} bytes, {counts['texts cut']} texts cut"


CASES = tap.Cases()


@CASES.case("every member of an answer is the one that botocore reads, in the least store")
def least(bench: tuple[str, int]) -> str:
    return check(*bench, STORE_SIZES[0])


@CASES.case("every member of an answer is the one that botocore reads, in a larger store")
def larger(bench: tuple[str, int]) -> str:
    return check(bench[0], bench[1] + 1, STORE_SIZES[1])


def test(binary: str, seed: str = "") -> bool:
    number = int(seed) if seed else random.SystemRandom().randrange(1 << 32)
    tap.note(f"seed {number}, botocore {botocore.__version__}")
    return CASES.run((binary, number))


if __name__ == "__main__":
    tap.main("test_get_job_run.py LOOKER_BINARY [SEED]", test)
