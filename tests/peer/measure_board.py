#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what a call uses on each board, by running the images; for `make size`.

    measure_board.py TRUST_FOLDER IMAGE...

For each IMAGE.elf it writes IMAGE.json, which tests/size/size.py reads:
- the smallest TLS arena in which a call succeeds;
- the deepest stack, which the image finds by a pattern that it wrote there before;
- RAM, divided into RAM that is always in use and RAM that is in use only during a call;
- the longest time without a return to the main loop, in instructions that the emulator counts.
An image that has no limit of RAM in test_board.py or test_board_stop.py is skipped.
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

STEP = 64  # bytes; new certificates differ in size by a few bytes
LEAST, SPARE = 8 * 1024, 1.03
KINDS = (("rsa", "RSA-2048"), ("ec", "ECDSA P-256"), ("p384", "ECDSA P-384"), ("rsa-4096", "RSA-4096"))


RAM_MOST = {**test_board.RAM_MOST, **test_board_stop.RAM_MOST}
WHAT = "credentials by certificate, look, cancellation, wait: "


def can_look(bench: Bench) -> bool:
    return Path(bench.image).stem in test_board_stop.RAM_MOST


def meet(bench: Bench, kind: str, **settings: str) -> running.Answer:
    """Makes one run with all that the image can do. Each server sends four certificates of this kind."""
    if can_look(bench):
        return test_board_stop.run_all(bench, kind, **settings)
    return meet_once(bench, kind, **settings)


def meet_once(bench: Bench, kind: str, **settings: str) -> running.Answer:
    """The same without looks, for an emulator that counts instructions: there the pauses between looks take no time."""
    if can_look(bench):
        return test_board_identity.meet(bench, kind, **settings)[0]
    answer, _ = bench.meet(tls_server.answers(), "four", kind, **settings)
    return answer


def accepts(bench: Bench, kind: str, size: int) -> bool:
    return meet(bench, kind, arena=str(size)).code == 0


def need(bench: Bench, kind: str, used: int) -> int:
    """Finds the smallest arena in which a call succeeds, to STEP bytes. in: used: a size that is about enough"""
    low, high = LEAST // STEP, -(-used // STEP) + 16
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if accepts(bench, kind, middle * STEP) else (middle, high)
    return high * STEP


def rounded(number: int) -> int:
    """Rounds up to two digits, so that SIZE.md does not differ from run to run."""
    scale = 10 ** max(len(str(number)) - 2, 0)
    return -(-number // scale) * scale


def measure(bench: Bench) -> dict:
    names = probe.symbols(bench.image)
    chains, stack = [], 0
    for kind, title in KINDS:
        answer = meet(bench, kind)
        seen = marks(answer)
        if answer.code != 0:
            print(f"{bench.image}: a call with {title} fails, and is left out", file=sys.stderr)
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
        "in_call": seen["RAM, static"] - seen["RAM, resident"],
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
