#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares emrs's endpoints with those of botocore's resolver and of AWS's rule set in it.

    test_endpoint.py RESOLVER_BINARY [SEED]

RESOLVER_BINARY is resolver.c, which calls emrs_init once per line of its input. Both sides must give
the same URL or the same error text for every region of every partition, for random strings that
look like regions, and for custom endpoints. Lines with figures, the seed first, begin with `# `.

Two differences are intended. emrs needs a region with a custom endpoint too, because the signature
contains it. And emrs normalizes a custom endpoint, so both URLs are normalized before they are
compared: host in lower case, no default port, no slash at the end.

Releases of botocore before 1.43 have fewer partitions and fewer dual-stack suffixes. Cases that a
release lacks are left out and counted.
"""
from __future__ import annotations

import random
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any
from urllib.parse import urlsplit

sys.dont_write_bytecode = True

import botocore  # noqa: E402
from botocore.exceptions import EndpointProviderError  # noqa: E402

import sides  # noqa: E402
import tap  # noqa: E402
from sides import UNRESERVED  # noqa: E402

RANDOM_REGION_COUNT = 3_000  # each four times: FIPS and dual-stack, with and without
RANDOM_ENDPOINT_COUNT = 1_000
KNOWS_ALL = (1, 43)  # the first botocore with every partition and suffix that emrs has
MAY_BE_UNKNOWN = ("aws-", "eusc-", "eu-isoe-", "us-isof-")
MISSING_REGION = "Invalid Configuration: Missing Region"
REGION_BYTES = string.ascii_lowercase + string.digits + "-"


@dataclass(frozen=True)
class Case:
    """One line for resolver.c."""

    region: str
    fips: bool
    dualstack: bool
    endpoint: str = ""

    def line(self) -> str:
        return "\t".join([self.region, str(int(self.fips)), str(int(self.dualstack)), self.endpoint])


class Botocore(sides.Rules):
    def __init__(self) -> None:
        super().__init__()
        version = tuple(int(part) for part in botocore.__version__.split(".")[:2])
        self.knows_all = version >= KNOWS_ALL

    def answer(self, case: Case) -> str:
        parameters: dict[str, Any] = {"UseFIPS": case.fips, "UseDualStack": case.dualstack}
        if case.region:
            parameters["Region"] = case.region
        if case.endpoint:
            parameters["Endpoint"] = case.endpoint
        try:
            return "url " + one_form(self.provider.resolve_endpoint(**parameters).url)
        except EndpointProviderError as error:
            return "error " + str(error)

    def cannot_know(self, case: Case) -> bool:
        """Whether this release is too old for the case."""
        if self.knows_all or case.endpoint:
            return False
        if case.region.startswith(MAY_BE_UNKNOWN) and case.region not in self.regions():
            return True
        return case.dualstack and self.answer(case).startswith("error ")


def one_form(url: str) -> str:
    """Normalizes a URL: host in lower case, no default port, no slash at the end."""
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
    """Makes random custom endpoints, and random regions. Most regions nearly match a partition's regular expression."""

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


def no_region_cases() -> list[Case]:
    return [Case("", *both, endpoint) for endpoint in ("", "https://example.com")
            for both in flags()]


# The comparison


def judge(name: str, resolver: str, cases: list[Case], wanted: list[str]) -> bool:
    answers = sides.ask([resolver], (case.line() for case in cases))
    about = f": {len(set(cases))} cases, {len(set(wanted))} different answers"
    return sides.same(name, zip(cases, answers, wanted), about)


def compare(resolver: str, seed: int) -> bool:
    other = Botocore()
    source = Source(seed, other.regions())
    tap.note(f"{sides.release()}, {len(other.data['partitions'])} partitions")
    passed, total, left_out = [], 0, 0
    for name, cases in [
        ("known regions, FIPS, dual-stack", known_cases(other)),
        ("random regions, FIPS, dual-stack", source.region_cases()),
        ("custom endpoints, FIPS, dual-stack", source.endpoint_cases()),
    ]:
        asked = [case for case in cases if not other.cannot_know(case)]
        left_out += len(cases) - len(asked)
        total += len(asked)
        passed.append(judge(name, resolver, asked, [other.answer(case) for case in asked]))
    cases = no_region_cases()
    total += len(cases)
    passed.append(other.answer(cases[0]) == f"error {MISSING_REGION}" and judge(
        "no region is an error, with a custom endpoint too", resolver, cases,
        [other.answer(case) if case.endpoint and (case.fips or case.dualstack) else f"error {MISSING_REGION}"
         for case in cases]))
    tap.note(f"{total} cases")
    if left_out:
        tap.note(f"{left_out} more left out: {sides.release()} is too old for them")
    return all(passed)


if __name__ == "__main__":
    sides.main("test_endpoint.py RESOLVER_BINARY [SEED]", "the resolver answers", compare)
