#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""emrs's endpoints against botocore's resolver and the rule set that AWS ships in it.

    test_endpoint.py RESOLVER_BINARY [SEED]

RESOLVER_BINARY is resolver.c, emrs_init over a line protocol. Every known region of every
partition, random strings of a region's shape, custom endpoints, and partitions made up to lack
FIPS or dual-stack: the same URL, or the same error text. Prints `ok - name` or `not ok - name:
detail`; figures, the seed first, behind `# `. Exits 1 if any is not ok.

Two differences are meant. emrs asks for a region with a custom endpoint too, because it signs. And
it takes a custom endpoint apart, so its URL is compared in one form: host in lower case, no
default port, no slash at the end.

Releases of botocore before 1.43 know fewer partitions and fewer dual-stack suffixes: what they
cannot know is left out and counted.
"""
from __future__ import annotations

import copy
import random
import string
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import urlsplit

sys.dont_write_bytecode = True

import botocore  # noqa: E402
from botocore.endpoint_provider import EndpointProvider  # noqa: E402
from botocore.exceptions import EndpointProviderError  # noqa: E402
from botocore.loaders import Loader  # noqa: E402

SERVICE = "emr-serverless"
RESOLVER_S = 20
RANDOM_REGION_COUNT = 3_000  # each four times: FIPS and dual-stack, with and without
RANDOM_ENDPOINT_COUNT = 1_000
KNOWS_ALL = (1, 43)  # the first botocore with every partition and suffix that emrs has
MAY_BE_UNKNOWN = ("aws-", "eusc-", "eu-isoe-", "us-isof-")
MISSING_REGION = "Invalid Configuration: Missing Region"
REGION_BYTES = string.ascii_lowercase + string.digits + "-"
UNRESERVED = string.ascii_letters + string.digits + "-._~"


@dataclass(frozen=True)
class Case:
    """As resolver.c takes it. A made-up partition says what it supports."""

    region: str
    fips: bool
    dualstack: bool
    endpoint: str = ""
    made_up: tuple[bool, bool] | None = None

    def line(self) -> str:
        flags = [self.fips, self.dualstack, *(self.made_up or ())]
        fields = [str(int(flag)) for flag in flags]
        return "\t".join([self.region, *fields[:2], self.endpoint, *fields[2:]])


class Botocore:
    def __init__(self) -> None:
        loader = Loader()
        self.rules = loader.load_service_model(SERVICE, "endpoint-rule-set-1")
        self.data = loader.load_data("partitions")
        self.provider = EndpointProvider(self.rules, self.data)
        self.made_up = {flags: EndpointProvider(self.rules, self.partitions_with(*flags))
                        for flags in product([False, True], repeat=2)}
        version = tuple(int(part) for part in botocore.__version__.split(".")[:2])
        self.knows_all = version >= KNOWS_ALL

    def partitions_with(self, fips: bool, dualstack: bool) -> dict[str, Any]:
        data = copy.deepcopy(self.data)
        for partition in data["partitions"]:
            partition["outputs"] |= {"supportsFIPS": fips, "supportsDualStack": dualstack}
        return data

    def regions(self, *partitions: str) -> list[str]:
        """ret: the regions of these partitions, of all if none is named"""
        return [region for partition in self.data["partitions"]
                if not partitions or partition["id"] in partitions
                for region in partition["regions"]]

    def answer(self, case: Case) -> str:
        provider = self.made_up[case.made_up] if case.made_up else self.provider
        parameters: dict[str, Any] = {"UseFIPS": case.fips, "UseDualStack": case.dualstack}
        if case.region:
            parameters["Region"] = case.region
        if case.endpoint:
            parameters["Endpoint"] = case.endpoint
        try:
            return "url " + one_form(provider.resolve_endpoint(**parameters).url)
        except EndpointProviderError as error:
            return "error " + str(error)

    def cannot_know(self, case: Case) -> bool:
        """Whether this release is too old for the case."""
        if self.knows_all or case.endpoint or case.made_up:
            return False
        if case.region.startswith(MAY_BE_UNKNOWN) and case.region not in self.regions():
            return True
        return case.dualstack and self.answer(case).startswith("error ")


def one_form(url: str) -> str:
    """Host in lower case, no default port, no slash at the end; what has that form stays."""
    parts = urlsplit(url)
    host = parts.netloc.lower()
    name, _, port = host.rpartition(":")
    if port in ({"https": "443", "http": "80"}[parts.scheme], ""):
        host = name or host
    return f"{parts.scheme}://{host}{parts.path.removesuffix('/')}"


# Cases


def flags() -> Iterator[tuple[bool, bool]]:
    return product([False, True], repeat=2)


def known_cases(other: Botocore) -> list[Case]:
    return [Case(region, *both) for region in other.regions() for both in flags()]


class Source:
    """Random strings of a region's shape, most of them near what a regular expression asks for."""

    def __init__(self, seed: int, known: list[str]) -> None:
        self.random = random.Random(seed)
        self.known = known
        self.words = sorted({word for region in known for word in region.split("-")})

    def text(self, alphabet: str, first: int, last: int) -> str:
        return "".join(self.random.choices(alphabet, k=self.random.randint(first, last)))

    def joined(self) -> str:
        return "-".join(self.random.choice([*self.words, "", "1", "x9", "0123"])
                        for _ in range(self.random.randint(1, 5)))

    def mutated(self) -> str:
        region = self.random.choice(self.known)
        at = self.random.randrange(len(region) + 1)
        byte = self.random.choice(REGION_BYTES)
        return self.random.choice([region[:at] + byte + region[at:], region[:at] + region[at + 1:],
                                   region[:at] + byte + region[at + 1:], region[:at], region[at:]])

    def renumbered(self) -> str:
        stem = self.random.choice(self.known).rstrip(string.digits)
        return stem + self.text(string.digits, 0, 4)

    def region(self) -> str:
        make = self.random.choice([self.joined, self.mutated, self.renumbered,
                                   lambda: self.text(REGION_BYTES, 1, 63)])
        return make()[:63]

    def label(self) -> str:
        return self.text(string.ascii_letters + string.digits + "-_", 1, 12)

    def host(self) -> str:
        return self.random.choice([
            ".".join(self.label() for _ in range(self.random.randint(1, 5))),
            ".".join(str(self.random.randint(0, 255)) for _ in range(4)),
            f"[fd00::{self.random.randint(0, 0xFFFF):x}]",
        ])

    def path(self) -> str:
        segments = [self.text(UNRESERVED, 1, 20) for _ in range(self.random.randint(0, 4))]
        path = "".join(f"/{segment}" for segment in segments if segment.strip("."))
        return path + self.random.choice(["", "/"])

    def endpoint(self) -> str:
        port = self.random.choice(["", ":443", ":80", ":1", ":65535",
                                   f":{self.random.randint(1, 65535)}"])
        return self.random.choice(["https", "http"]) + f"://{self.host()}{port}{self.path()}"

    def region_cases(self) -> list[Case]:
        regions: dict[str, None] = {}
        while len(regions) < RANDOM_REGION_COUNT:
            region = self.region()
            if region and region not in self.known:
                regions[region] = None
        return [Case(region, *both) for region in regions for both in flags()]

    def endpoint_cases(self) -> list[Case]:
        endpoints: dict[str, None] = {}
        while len(endpoints) < RANDOM_ENDPOINT_COUNT:
            endpoints[self.endpoint()] = None
        return [Case(self.random.choice(self.known), *both, endpoint)
                for endpoint in endpoints for both in flags()]


def made_up_cases(other: Botocore) -> list[Case]:
    """With the suffixes of partitions that every release knows."""
    return [Case(region, *both, made_up=supports)
            for region in other.regions("aws", "aws-cn", "aws-us-gov")
            for both in flags() for supports in flags()]


def no_region_cases() -> list[Case]:
    return [Case("", *both, endpoint) for endpoint in ("", "https://example.com")
            for both in flags()]


# The comparison


class BadAnswer(Exception):
    pass


def emrs(resolver: str, cases: list[Case]) -> list[str]:
    text = "".join(case.line() + "\n" for case in cases)
    done = subprocess.run([resolver], input=text, capture_output=True, text=True,
                          timeout=RESOLVER_S, check=False)
    lines = done.stdout.splitlines()
    if done.returncode != 0 or len(lines) != len(cases):
        raise BadAnswer(f"exit {done.returncode}, {len(lines)} answers: {done.stderr[-500:]}")
    return lines


def judge(name: str, resolver: str, cases: list[Case], wanted: list[str]) -> bool:
    answers = emrs(resolver, cases)
    for case, ours, theirs in zip(cases, answers, wanted):
        if ours != theirs:
            print(f"not ok - {name}: emrs says {ours!r}, not {theirs!r}, for {case}")
            return False
    print(f"ok - {name}: {len(set(cases))} cases, {len(set(wanted))} different answers")
    return True


def compare(resolver: str, seed: int) -> bool:
    other = Botocore()
    source = Source(seed, other.regions())
    print(f"# botocore {botocore.__version__}, {len(other.data['partitions'])} partitions")
    passed, total, left_out = [], 0, 0
    for name, cases in [
        ("known regions, FIPS, dual-stack", known_cases(other)),
        ("random regions, FIPS, dual-stack", source.region_cases()),
        ("custom endpoints, FIPS, dual-stack", source.endpoint_cases()),
        ("partitions made up to lack FIPS or dual-stack", made_up_cases(other)),
    ]:
        asked = [case for case in cases if not other.cannot_know(case)]
        left_out += len(cases) - len(asked)
        total += len(asked)
        passed.append(judge(name, resolver, asked, [other.answer(case) for case in asked]))
    cases = no_region_cases()
    total += len(cases)
    passed.append(other.answer(cases[0]) == f"error {MISSING_REGION}" and judge(
        "no region, with a custom endpoint too", resolver, cases,
        [f"error {MISSING_REGION}"] * len(cases)))
    print(f"# {total} cases")
    if left_out:
        print(f"# {left_out} more left out: botocore {botocore.__version__} is too old for them")
    return all(passed)


def main(arguments: list[str]) -> int:
    if len(arguments) not in (2, 3):
        print("usage: test_endpoint.py RESOLVER_BINARY [SEED]", file=sys.stderr)
        return 2
    seed = int(arguments[2]) if len(arguments) == 3 else random.SystemRandom().getrandbits(32)
    print(f"# seed {seed}")
    try:
        return 0 if compare(arguments[1], seed) else 1
    except (BadAnswer, subprocess.SubprocessError, OSError) as error:
        print(f"not ok - the resolver answers: {' '.join(str(error).split())[:600]}")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
