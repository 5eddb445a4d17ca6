#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes one small change to a core file at a time, and checks that a unit test fails.

    CC="gcc -std=c99 -Iinclude" LIBS=-lmbedcrypto mutate.py BUILD FILE...

A mutant does not count if it does not compile, or if its object code is that of the original or of
an earlier mutant. If all unit programs pass with a mutant, some are run once more, with sanitizers.
If they pass too, the mutant has survived. BUILD has the unit programs, BUILD/sanitized has them with
sanitizers. Prints TAP, and writes the parts of these files in RESULTS.md. AGAIN=1: only the mutants
that survived the last run of the same source; use it after you have written a test.
"""
from __future__ import annotations

import concurrent.futures
import contextlib
import dataclasses
import datetime
import functools
import hashlib
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

LEAST = 95  # % of the mutants of a file must be killed
HANG = 30  # the limit of elapsed time, as a multiple of the limit of processor time
OWN_HASH = {"test_call", "test_request", "test_secrets_plain", "test_sha256"}  # tests/test.mk gives them core/sha256.o
FAULTS = {"test_faults": "*", "test_provider": "page"}  # and these objects of tests/faults
OWN = dict.fromkeys(("container", "iot", "instance", "provider_hint"), "test_provider") | {"stop_hint": "test_stop"}
# These test no code of the core, or little of it.
PORT_TESTS = {"test_ini", "test_posix", "test_protect", "test_proxy", "test_tls", "test_verified"}
WORKERS = os.cpu_count() or 1
HEADERS = pathlib.Path("build/mutate/headers")  # a copy, since the files may be edited during the run
HERE = pathlib.Path(__file__).parent
PLAIN = "-O2 -ffunction-sections -fdata-sections -Wl,--gc-sections"
SANITIZE = "-O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer"
STRICT = "return-type int-conversion implicit-function-declaration incompatible-pointer-types"

# Making mutants

TOKEN = re.compile(
    r"""(?P<skip>//[^\n]*|/\*.*?\*/|^[ \t]*\#(?:\\.|[^\n\\])*|\s+)
      | (?P<string>"(?:\\.|[^"\\])*")
      | (?P<char>'(?:\\.|[^'\\])*')
      | (?P<number>0[xX][0-9a-fA-F]+[uUlL]*|\d+[uUlL]*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<op>->|\+\+|--|<<=|>>=|&&|\|\||[-+*/%&|^]=|<<|>>|[<>=!]=|.)""",
    re.X | re.M | re.S,
)
SWAPS = {
    "==": ["!="], "!=": ["=="],
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "&&": ["||"], "||": ["&&"],
    "++": ["--"], "--": ["++"], "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="],
    "|=": ["&="], "&=": ["|="], "^=": ["|="], "<<=": [">>="], ">>=": ["<<="],
    "<<": [">>"], ">>": ["<<"], "/": ["*"], "%": ["/"], "^": ["|"], "|": ["&"],
    "true": ["false"], "false": ["true"],
}  # fmt: skip
BINARY = {"+": ["-"], "-": ["+"], "*": ["/"], "&": ["|"]}  # only after an operand
OPEN, CLOSE = "([{", ")]}"
COMPARES = {"==", "!=", "<", "<=", ">", ">="}
EDGES = {"=", ",", ";", ":", "?", "return", "{", "}", "+=", "-=", "|=", "&=", "*=", "^="}


@dataclasses.dataclass
class Token:
    kind: str
    text: str
    at: int

    @property
    def end(self) -> int:
        return self.at + len(self.text)


@dataclasses.dataclass
class Mutant:
    file: str
    at: int
    end: int
    new: str
    line: str  # its text
    number: int
    what: str
    place: pathlib.Path = pathlib.Path()  # where it was built
    fate: str = ""  # the test that killed it, and how; empty: it survived


def tokens_of(source: str) -> list[Token]:
    found = (Token(match.lastgroup or "", match.group(), match.start()) for match in TOKEN.finditer(source))
    return [token for token in found if token.kind != "skip"]


class Mutator:
    def __init__(self, file: str, source: str):
        self.file, self.source, self.tokens = file, source, tokens_of(source)
        self.mutants: list[Mutant] = []
        self.partner: dict[int, int] = {}
        stack: list[int] = []
        for i, token in enumerate(self.tokens):
            if token.text in OPEN:
                stack.append(i)
            elif token.text in CLOSE:
                self.partner[i] = stack.pop()
                self.partner[self.partner[i]] = i

    def text(self, first: int, last: int) -> str:
        return self.source[self.tokens[first].at : self.tokens[last].end]

    def change(self, first: int, last: int, new: str, what: str = "") -> None:
        at, end = self.tokens[first].at, self.tokens[last].end
        old = " ".join(self.source[at:end].split())
        start = self.source.rfind("\n", 0, at) + 1
        line = self.source[start : (self.source + "\n").find("\n", at)]
        before = sum(1 for t in self.tokens if start <= t.at < at and t.text == old)
        which = f" (no. {before + 1})" if line.count(old) > 1 and before else ""
        self.mutants.append(
            Mutant(self.file, at, end, new, line.strip(), self.source.count("\n", 0, at) + 1,
                   what or f"{old}{which} -> {' '.join(new.split())}")
        )  # fmt: skip

    def negate(self, first: int, last: int) -> None:
        if first > last:
            return
        old = self.text(first, last)
        self.change(first, last, f"!({old})", f"negate {' '.join(old.split())}")

    def edge(self, i: int, step: int, edges: set[str]) -> int:
        """The last token before an edge, from i on; what is in brackets is skipped."""
        opening, closing = (OPEN, CLOSE) if step > 0 else (CLOSE, OPEN)
        while True:
            after = i + step
            if not 0 <= after < len(self.tokens):
                return i
            text = self.tokens[after].text
            if text in edges or text in closing:
                return i
            i = self.partner[after] if text in opening else after

    def statement_end(self, first: int) -> int | None:
        i = first
        while i < len(self.tokens) and self.tokens[i].text != ";":
            if self.tokens[i].text in "}{":
                return None
            i = self.partner[i] + 1 if self.tokens[i].text in OPEN else i + 1
        return i if i < len(self.tokens) else None

    def is_array_size(self, i: int) -> bool:
        first = self.edge(i, -1, set()) - 1
        if self.tokens[first].text != "[" or self.tokens[first - 1].kind != "name":
            return False
        return self.tokens[first - 2].kind == "name" or self.tokens[first - 2].text in ("*", ",")

    def number(self, i: int) -> None:
        text = self.tokens[i].text
        suffix = text[len(text.rstrip("uUlL")) :]
        value = int(text[: len(text) - len(suffix)], 0)
        if not self.is_array_size(i):  # no test can see a larger array
            self.change(i, i, f"{value + 1}{suffix}")
        if value > 0:
            self.change(i, i, f"{value - 1}{suffix}")

    def conditions(self, i: int) -> None:
        text = self.tokens[i].text
        if text in ("if", "while"):
            self.negate(i + 2, self.partner[i + 1] - 1)
        elif text == "for":
            first = self.edge(i + 1, 1, {";"}) + 2
            self.negate(first, self.edge(first - 1, 1, {";"}))
        elif text == "?":
            self.negate(self.edge(i, -1, EDGES), i - 1)
        elif text in ("&&", "||"):  # only operands without a comparison; a comparison has its own mutants
            edges = EDGES | {"&&", "||"}
            for first, last in ((self.edge(i, -1, edges), i - 1), (i + 1, self.edge(i, 1, edges))):
                inner = {token.text for token in self.tokens[first : last + 1]}
                if not inner & (COMPARES | {"!", "&&", "||"}):
                    self.negate(first, last)

    def returns(self, i: int) -> None:
        last = self.statement_end(i)
        if last is None or last == i + 1:
            return
        old = self.text(i + 1, last - 1)
        if old in ("true", "false") or (last == i + 2 and self.tokens[i + 1].kind == "number"):
            return
        for new in ("0", "1", f"!({old})"):
            if new != old:
                self.change(i + 1, last - 1, new)

    def drops(self, i: int, depth: int) -> None:
        before = self.tokens[i - 1].text if i > 0 else ""
        starts = before in (";", "{", "}", "else", ":") and depth == 0
        if before == ")" and depth == 0:
            opener = self.tokens[self.partner[i - 1] - 1].text
            starts = opener in ("if", "for", "while", "switch")
        if not starts or self.tokens[i].text in (";", "}", "{", "if", "for", "while", "switch"):
            return
        last = self.statement_end(i)
        if last is not None and not any(t.text in ("case", "default") for t in self.tokens[i:last]):
            self.change(i, last, ";", f"drop {' '.join(self.text(i, last).split())}")

    def all(self) -> list[Mutant]:
        depth = 0  # of parentheses
        for i, token in enumerate(self.tokens):
            before = self.tokens[i - 1] if i > 0 else None
            self.drops(i, depth)
            depth += (token.text == "(") - (token.text == ")")
            for new in SWAPS.get(token.text, []):
                self.change(i, i, new)
            if before and (before.kind in ("name", "number", "char") or before.text in (")", "]")):
                if before.text != "return":
                    for new in BINARY.get(token.text, []):
                        self.change(i, i, new)
            if token.text == "!":
                self.change(i, i, "")
            if token.kind == "number":
                self.number(i)
            if token.kind == "char":
                self.change(i, i, f"({token.text} + 1)")
            if token.text == "return":
                self.returns(i)
            self.conditions(i)
        return self.mutants


# Running mutants

resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
ENVIRONMENT = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="TAP", ASAN_OPTIONS="detect_stack_use_after_return=0")


def spent_s() -> float:
    """The processor time of all programs that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def symbols_of(path: pathlib.Path) -> set[str]:
    """The global symbols that this file defines."""
    told = subprocess.run(["nm", "-g", "--defined-only", str(path)], capture_output=True, text=True, check=True)
    return {line.split()[-1] for line in told.stdout.splitlines()}


def own_test(file: str) -> str:
    """The program that is run first, and under sanitizers."""
    name = pathlib.Path(file).stem
    return OWN.get(name, f"test_{name}")


class Build:
    """One build of all programs. One object at a time is replaced."""

    def __init__(self, folder: str, tests: list[str], sanitized: bool):
        self.folder, self.sanitized = pathlib.Path(folder), sanitized
        compiler, *options = os.environ["CC"].split()
        self.cc = [compiler, f"-I{HEADERS}/include", *options, *(SANITIZE if sanitized else PLAIN).split()]
        self.libs = os.environ["LIBS"].split()
        self.shared = [str(path) for place in ("tests/vectors", "tests/unit/support")
                       for path in sorted(self.folder.glob(place + "/*.o"))]  # fmt: skip
        self.hash = [str(self.folder / "core/sha256.o")]
        self.seconds: dict[str, float] = {}
        self.symbols: dict[str, set[str]] = {}
        for test in tests:
            program = self.folder / "tests/unit" / test
            start = spent_s()
            fate = self.run(program, 600)
            if fate:
                sys.exit(f"mutate: {program} fails without a mutant: {fate}")
            self.seconds[test] = spent_s() - start
            self.symbols[test] = symbols_of(program)

    def faults_of(self, test: str) -> list[str]:
        """The objects of tests/faults that a program links."""
        return [str(path) for path in sorted(self.folder.glob(f"tests/faults/{FAULTS.get(test, '')}.o"))]

    def own_symbols(self, test: str) -> set[str]:
        """What a program's own objects define."""
        objects = [str(self.folder / f"tests/unit/{test}.o"), *self.faults_of(test)]
        return set().union(*(symbols_of(pathlib.Path(path)) for path in objects))

    @functools.lru_cache
    def tests_of(self, file: str) -> list[str]:
        """The programs that contain code of this file, its own first, then the fastest."""
        own = own_test(file)  # a program that defines the symbols itself has none of the file's code
        its = symbols_of(self.folder / pathlib.Path(file).with_suffix(".o"))
        seeing = [test for test in self.seconds if its & self.symbols[test] and not its & self.own_symbols(test)]
        return sorted(seeing, key=lambda test: (test != own, self.seconds[test]))

    def compile(self, source: pathlib.Path, target: pathlib.Path) -> bytes | None:
        """ret: the object; None: it does not compile"""
        strict = [f"-Werror={name}" for name in STRICT.split()]
        command = [*self.cc, *strict, "-iquote", f"{HEADERS}/core", "-c", "-o", str(target), str(source)]
        made = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return target.read_bytes() if made.returncode == 0 else None

    def link(self, test: str, target: pathlib.Path, mutant: Mutant) -> None:
        objects = [str(self.folder / f"tests/unit/{test}.o"), *self.shared, str(mutant.place / "changed.o")]
        objects += self.faults_of(test)
        objects += self.hash if test in OWN_HASH and mutant.file != "core/sha256.c" else []
        command = [*self.cc, "-o", str(target), *objects, str(self.folder / "libemrs.a"), "-lcmocka", *self.libs]
        subprocess.run(command, check=True)

    def run(self, program: pathlib.Path, limit_s: float) -> str:
        """Limits the processor time, since the computer may be busy. The limit of elapsed time is HANG times as long.
        ret: why the program failed; empty if it passed"""
        ahead = [] if self.sanitized else ["stdbuf", "-oL"]  # the first failed case is enough
        process = subprocess.Popen([*ahead, str(program)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   env=ENVIRONMENT, errors="replace")  # fmt: skip
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            resource.prlimit(process.pid, resource.RLIMIT_CPU, (int(limit_s), int(limit_s)))
        late = threading.Event()
        timer = threading.Timer(HANG * limit_s, lambda: (late.set(), process.kill()))
        timer.start()
        red = ""
        assert process.stdout
        for line in process.stdout:
            if line.startswith("not ok") and "# SKIP" not in line:
                red = "red"
                process.kill()
                break
        process.stdout.close()
        code = process.wait()
        timer.cancel()
        if red:
            return red
        if late.is_set() or code == -signal.SIGKILL:
            return "time"
        return "died" if code != 0 else ""

    def look(self, mutant: Mutant, tests: list[str]) -> str:
        """ret: the test that killed it, and how; empty: none"""
        for test in tests:
            program = mutant.place / test
            self.link(test, program, mutant)
            fate = self.run(program, 2 + 20 * self.seconds[test])
            program.unlink()
            if fate:
                return f"{test} {fate}"
        return ""


def different(file: str, only: set[tuple[str, str]] | None, build: Build, folder: pathlib.Path) -> list[Mutant]:
    """The mutants of the file, or those of `only`, that compile to object code that no earlier one has."""
    original = pathlib.Path(file).read_text()
    mutants = [m for m in Mutator(file, original).all() if only is None or (m.line, m.what) in only]

    def compile(name: str, text: str) -> bytes | None:
        place = folder / name  # with the same file name, because the object contains it
        place.mkdir(parents=True, exist_ok=True)
        source = place / pathlib.Path(file).name
        source.write_text(text)
        return build.compile(source, place / "changed.o")

    def code_of(numbered: tuple[int, Mutant]) -> bytes | None:
        number, mutant = numbered
        return compile(str(number), original[: mutant.at] + mutant.new + original[mutant.end :])

    seen = {compile("original", original)}
    control = Mutant(file, 0, 0, "", "", 0, "", folder / "original")
    if None in seen:
        sys.exit(f"mutate: {file} does not compile without a mutant")
    if red := build.look(control, build.tests_of(file)):
        sys.exit(f"mutate: {file} fails without a mutant: {red}")
    kept = []
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        for (number, mutant), code in zip(enumerate(mutants), pool.map(code_of, enumerate(mutants))):
            if code is not None and code not in seen:
                seen.add(code)
                mutant.place = folder / str(number)
                kept.append(mutant)
    return kept


def judge(mutant: Mutant, plain: Build, sanitized: Build) -> None:
    """Fills in the mutant's fate."""
    mutant.fate = plain.look(mutant, plain.tests_of(mutant.file))
    if not mutant.fate:
        source = mutant.place / pathlib.Path(mutant.file).name
        sanitized.compile(source, mutant.place / "changed.o")
        mutant.fate = sanitized.look(mutant, sanitized.tests_of(mutant.file))
    shutil.rmtree(mutant.place)


# Results


def reasons_of(path: pathlib.Path) -> dict[tuple[str, str, str], str]:
    """file :: line :: mutation :: why no test can kill it"""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    parts = [[part.strip() for part in line.split(" :: ")] for line in lines]
    return {(file, line, what): why for file, line, what, why in parts}


NUMBERS = re.compile(r"^(\S+): (\d+) of (\d+) killed, (\d+) of them by time; (\S+) %; source (\S+)", re.M)
LISTED = re.compile(r"^- `(.*)`\n  `(.*?)`(?::|$)", re.M)


def digest_of(file: str) -> str:
    return hashlib.sha256(pathlib.Path(file).read_bytes()).hexdigest()[:8]


def part_of(file: str, count: int, late: int, survivors: list[Mutant], reasons: dict[tuple[str, str, str], str]) -> str:
    killed = count - len(survivors)
    share = f"{100 * killed / max(count, 1):.1f}"
    today = datetime.date.today().isoformat()
    told = f"{today}: {killed} of {count} killed, {late} of them by time; {share} %; source {digest_of(file)}"
    lines = [f"## {file}", "", told, ""]
    for mutant in survivors:
        why = reasons.get((mutant.file, mutant.line, mutant.what))
        lines.append(f"- `{mutant.line}`")
        lines.append(f"  `{mutant.what}`" + (f": {why}" if why else ""))
    return "\n".join(lines).rstrip() + "\n"


HEAD = """# What became of the mutants of core/

Written by `make mutate`, never by hand. Each part has the date of its run. Below the date are the mutants that no
test killed, each with the reason why no test can kill it, if a reason is known.
"""


def parts_of(results: pathlib.Path) -> dict[str, str]:
    old = results.read_text() if results.exists() else ""
    parts = {part.split("\n", 1)[0][3:]: part for part in re.split(r"^(?=## )", old, flags=re.M)[1:]}
    return {file: part.rstrip() + "\n" for file, part in parts.items() if pathlib.Path(file).exists()}


def write(results: pathlib.Path, parts: dict[str, str]) -> None:
    kept = parts_of(results) | parts
    rows = ["| file | date | mutants | killed | by time | % |", "|---|---|---|---|---|---|"]
    for file in sorted(kept):
        numbers = NUMBERS.search(kept[file])
        assert numbers
        day, killed, all_of_them, late, share, _ = numbers.groups()
        rows.append(f"| `{file}` | {day} | {all_of_them} | {killed} | {late} | {share} |")
    results.write_text("\n".join([HEAD, *rows, "", *(kept[file] for file in sorted(kept))]))


def main() -> int:
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    build, files = sys.argv[1], sys.argv[2:]
    shutil.rmtree(HEADERS, ignore_errors=True)
    for folder in ("include", "core"):
        shutil.copytree(folder, HEADERS / folder, ignore=shutil.ignore_patterns("*.c"))
    tests = sorted(path.stem for path in pathlib.Path("tests/unit").glob("test_*.c"))
    plain = Build(build, [test for test in tests if test not in PORT_TESTS], sanitized=False)
    few = {own_test(file) for file in files} | {"test_call"}  # only these run with sanitizers, because they are slow
    sanitized = Build(build + "/sanitized", [test for test in tests if test in few], sanitized=True)
    reasons = reasons_of(HERE / "reasons.txt")
    again = os.environ.get("AGAIN") == "1"
    parts, is_red = {}, False
    for file in files:
        start = time.monotonic()
        old = parts_of(HERE / "RESULTS.md").get(file, "")
        last = NUMBERS.search(old) if again else None
        if again and (not last or last[6] != digest_of(file)):
            print(f"not ok - {file} has changed since its last run: run all of its mutants", flush=True)
            is_red = True
            continue
        only = set(LISTED.findall(old)) if again else None
        with tempfile.TemporaryDirectory(dir=build) as scratch:
            mutants = different(file, only, plain, pathlib.Path(scratch))
            with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
                list(pool.map(lambda mutant: judge(mutant, plain, sanitized), mutants))
        count = int(last[3]) if last else len(mutants)
        late = int(last[4]) if last else sum(mutant.fate.endswith(" time") for mutant in mutants)
        left = [mutant for mutant in mutants if not mutant.fate]
        parts[file] = part_of(file, count, late, left, reasons)
        write(HERE / "RESULTS.md", parts)
        told = f"{file}: {count - len(left)} of {count} mutants killed, {time.monotonic() - start:.0f} s"
        enough = count > 0 and 100 * (count - len(left)) >= LEAST * count
        is_red = is_red or not enough
        print(f"{'ok' if enough else 'not ok'} - {told}", flush=True)
        for mutant in left:
            print(f"    {mutant.file}:{mutant.number}: {mutant.what}", flush=True)
        survivors = {(mutant.file, mutant.line, mutant.what) for mutant in left}
        for key in sorted(reasons):
            if key[0] == file and key not in survivors:
                print(f"not ok - a reason is given for a mutant that did not survive: {' :: '.join(key)}", flush=True)
                is_red = True
    return int(is_red)


if __name__ == "__main__":
    sys.exit(main())
