#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a call takes of each board, measured in the very images that make it; for `make size`.

    measure_board.py TRUST_FOLDER IMAGE...

Passes over an image without a limit. Writes IMAGE's name with .json for tests/size/size.py: how much arena a call needs, found by trying less
and less; the deepest stack by its paint; RAM split into what stays and what is lent; the longest
stretch without returning, in instructions that the emulator counts.
"""
from __future__ import annotations

import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True

import device  # noqa: E402
import probe  # noqa: E402
import running  # noqa: E402
import tap  # noqa: E402
import test_board  # noqa: E402
import test_board_identity  # noqa: E402
import test_board_stop  # noqa: E402
import tls_server  # noqa: E402
from test_board import Bench, marks  # noqa: E402

STEP = 64  # bytes: certificates made anew differ by a few
LEAST, SPARE = 8 * 1024, 1.03
KINDS = (("rsa", "RSA-2048"), ("ec", "ECDSA P-256"), ("p384", "ECDSA P-384"), ("rsa-4096", "RSA-4096"))


RAM_MOST = {**test_board.RAM_MOST, **test_board_stop.RAM_MOST}
WHAT = "credentials by certificate, look, cancellation, wait: "


def can_look(bench: Bench) -> bool:
    return Path(bench.image).stem in test_board_stop.RAM_MOST


def meet(bench: Bench, kind: str, **settings: str) -> running.Answer:
    """One run with all that the image can do; each server has four certificates of this kind."""
    if can_look(bench):
        return test_board_stop.run_all(bench, kind, **settings)
    return meet_once(bench, kind, **settings)


def meet_once(bench: Bench, kind: str, **settings: str) -> running.Answer:
    """The same without looks: their pauses take no time if the emulator counts instructions."""
    if can_look(bench):
        return test_board_identity.meet(bench, kind, **settings)[0]
    answer, _ = bench.meet(tls_server.answers(), "four", kind, **settings)
    return answer


def accepts(bench: Bench, kind: str, size: int) -> bool:
    return meet(bench, kind, arena=str(size)).code == 0


def need(bench: Bench, kind: str, used: int) -> int:
    """The smallest arena that a call was made in, in steps; about `used` was enough."""
    low, high = LEAST // STEP, -(-used // STEP) + 16
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if accepts(bench, kind, middle * STEP) else (middle, high)
    return high * STEP


def rounded(number: int) -> int:
    """To two digits: what is printed must not differ from one run to the next."""
    scale = 10 ** max(len(str(number)) - 2, 0)
    return -(-number // scale) * scale


def measure(bench: Bench) -> dict:
    names = probe.symbols(bench.image)
    chains, stack = [], 0
    for kind, title in KINDS:
        answer = meet(bench, kind)
        seen = marks(answer)
        if answer.code != 0:
            print(f"{bench.image}: no room for {title}", file=sys.stderr)
            continue
        stack = max(stack, seen["stack"])
        needed = need(bench, kind, seen["TLS arena"])
        counted = Bench(bench.image, bench.trust, bench.folder, bench.around, {}, counts=True)
        longest = marks(meet_once(counted, kind))
        chains.append({
            "chain": f"{WHAT if can_look(bench) else ''}{title}, four certificates",
            "arena": needed,
            "ram": seen["RAM, static"] + int(needed * SPARE),
            "instructions": rounded(longest["longest without return"]),
            "unfed": rounded(longest["longest without feeding"]),
            "limit": RAM_MOST[Path(bench.image).stem].get(kind, ""),
        })  # fmt: skip
    _, longest = test_board.count(bench, bench.authority("p384").most_costly())
    chains.append({
        "chain": "the most that is checked: ECDSA P-384, five certificates, refused",
        "arena": "",
        "ram": "",
        "instructions": rounded(longest["longest without return"]),
        "unfed": rounded(longest["longest without feeding"]),
        "limit": "",
    })  # fmt: skip
    return {
        "board": Path(bench.image).stem,
        "flash": seen["flash"],
        "resident": seen["RAM, resident"] - stack_size(names),
        "lent": seen["RAM, static"] - seen["RAM, resident"],
        "stack": stack,
        "stack_size": stack_size(names),
        "chains": chains,
    }


def stack_size(names: dict[str, int]) -> int:
    return names["link_stack_high"] - names["link_stack_low"]


def main(trust: str, *images: str) -> bool:
    with device.Surroundings() as around:
        for image in images:
            if Path(image).stem not in RAM_MOST:
                continue
            with running.scratch("measure") as folder:
                found = measure(Bench(image, Path(trust), folder, around, {}))
            Path(image).with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n")
            print(f"measured {found['board']}", file=sys.stderr)
    return True


if __name__ == "__main__":
    tap.main("measure_board.py TRUST_FOLDER IMAGE" + 7 * " [IMAGE]", main)
