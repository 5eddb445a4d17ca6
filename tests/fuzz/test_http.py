# SPDX-License-Identifier: MIT
"""Compares the HTTP parser with two others: h11, and Python's http.client.

usage: test_http.py READER SEEDS [COUNT [SEED]]    COUNT mutations of the seeds

If emrs accepts an answer, the other parser must accept it with the same status and body, unless a
row of THEIRS explains the difference. If only the other parser accepts it, a row of OURS or LAX must
explain it. A difference without a row is a failure. The figures count the uses of each row.
"""
from __future__ import annotations

import collections
import http.client
import io
import pathlib
import random
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "peer"))
import tap  # noqa: E402

try:
    import h11
except ImportError:
    h11 = None

HEAD_MAX, BODY_MAX, INTERIM_MAX = 16384, 1048576, 4


def head_lines(wire: bytes) -> list[bytes]:
    """The header lines of the interim heads and of the final head, without the status lines."""
    lines, rest = [], wire.lstrip(b"\r\n")
    while True:
        head, _, rest = rest.partition(b"\r\n\r\n")
        lines += head.split(b"\r\n")[1:]
        if not re.match(rb"HTTP/1\.[01] 1", head):
            return lines


def has_odd_chunk_line(wire: bytes) -> bool:
    """Whether a chunk, its size line or a trailer is not as in RFC 9112, or a size has over eight digits."""
    rest = wire.partition(b"\r\n\r\n")[2]
    while rest:
        line, _, rest = rest.partition(b"\r\n")
        size = re.fullmatch(rb"([0-9A-Fa-f]{1,8})([ \t]*;[\s\S]*)?", line)
        if not size:
            return True
        if not int(size[1], 16):
            break
        rest = rest[int(size[1], 16):]
        if rest[:2] not in (b"", b"\r", b"\r\n"):
            return True
        rest = rest[2:]
    trailers = rest.split(b"\r\n\r\n")[0].strip(b"\r\n")
    return any(b":" not in line for line in trailers.split(b"\r\n") if line)


def values_of(wire: bytes, name: bytes) -> list[bytes]:
    return [v.strip(b" \t") for v in re.findall(rb"(?im)^" + name + rb"[ \t]*:([^\r\n]*)", wire)]


def is_chunked(wire: bytes) -> bool:
    return bool(values_of(wire, b"transfer-encoding"))


# Where emrs is stricter on purpose: a name, and a function that says whether the row can explain a difference.
OURS = [
    ("an LF alone ends a line", lambda w: re.search(rb"(?<!\r)\n", w)),
    ("a CR without an LF", lambda w: re.search(rb"\r(?!\n)", w)),
    ("NUL in a line", lambda w: b"\0" in w),
    ("a folded line", lambda w: re.search(rb"\r\n[ \t]", w)),
    ("a line without a name and a colon", lambda w: any(
        not re.match(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+:", line)
        for line in head_lines(w) if line)),
    ("a status line that is not as in RFC 9112, or a status beyond 599",
     lambda w: not re.match(rb"(\r\n){0,2}HTTP/1\.[01] [1-5][0-9][0-9]( |\r\n)", w)),
    ("101, or more than four interim answers", lambda w: re.search(rb"HTTP/1\.[01] 101", w)
     or len(re.findall(rb"HTTP/1\.[01] 1[0-9][0-9]", w)) > INTERIM_MAX),
    ("an empty line between an interim answer and the next",
     lambda w: re.search(rb"HTTP/1\.[01] 1[\s\S]*\r\n\r\n\r\n", w)),
    ("a content-length that is not a number of at most 32 digits, or two that differ",
     lambda w: len(set(values_of(w, b"content-length"))) > 1
     or any(not re.fullmatch(rb"[0-9]{1,32}", v) for v in values_of(w, b"content-length"))),
    ("content-length beside transfer-encoding",
     lambda w: values_of(w, b"content-length") and is_chunked(w)),
    ("transfer-encoding other than chunked, or twice, or in HTTP/1.0",
     lambda w: is_chunked(w) and (len(values_of(w, b"transfer-encoding")) > 1 or b"HTTP/1.0" in w
                                  or values_of(w, b"transfer-encoding")[0].lower() != b"chunked")),
    ("an encoding that was not requested",
     lambda w: any(v.lower() != b"identity" for v in values_of(w, b"content-encoding"))),
    ("a chunk's line: nine digits, blanks without an extension, a sign",
     lambda w: is_chunked(w) and has_odd_chunk_line(w)),
    ("a head beyond 16 KB, or a body beyond 1 MB",
     lambda w: len(w) > HEAD_MAX or any(int(v) > BODY_MAX for v in values_of(w, b"content-length")
                                        if re.fullmatch(rb"[0-9]{1,30}", v))),
]

# What another parser accepts although it is not a complete answer.
LAX = {
    "h11": [],
    "http.client": [
        ("an interim answer other than 100 is its final one",
         lambda w: re.search(rb"HTTP/1\.[01] 1(?!00)", w)),
        ("trailers may be anything, or end with the stream",
         lambda w: is_chunked(w) and re.search(rb"\r\n0+(;[^\r\n]*)?(\r\n|$)", w)),
        ("a head may end with the stream", lambda w: not w.endswith(b"\r\n\r\n")
         and (b"\r\n\r\n" not in w or re.search(rb"HTTP/1\.[01] 1", w))),
    ],
}

# Where another parser refuses an answer that emrs accepts, or stops before its end.
THEIRS = {
    "h11": [
        ("an empty line before the status line", lambda w: w.startswith(b"\r\n")),
        ("control bytes in a reason phrase", lambda w: re.search(
            rb"(?m)^HTTP/1\.[01] [0-9]{3} [^\r\n]*[\x01-\x08\x0b-\x1f\x7f]", w)),
        ("control bytes in a value", lambda w: re.search(rb":[^\r\n]*[\x01-\x08\x0b-\x1f\x7f]", w)),
        ("a content-length of more than 20 digits",
         lambda w: any(len(v) > 20 for v in values_of(w, b"content-length"))),
    ],
    "http.client": [
        ("an empty line before the status line", lambda w: w.startswith(b"\r\n")),
        ("an interim answer other than 100 is its final one",
         lambda w: re.search(rb"HTTP/1\.[01] 1(?!00)", w)),
        ("a line that is not ASCII, or that splits at more than CR LF",
         lambda w: re.search(rb"[\x80-\xff\x0b\x0c\x1c-\x1f]", w)),
        ("chunked with blanks after it is not chunked",
         lambda w: re.search(rb"(?i)transfer-encoding:[^\r\n]*[ \t]\r\n", w)),
        ("204 and 304 with chunks have a body", lambda w: re.search(rb"HTTP/1\.[01] [23]04", w)
         and is_chunked(w)),
        ("a hundred headers at most", lambda w: w.count(b"\r\n") > 100),
    ],
}


class Refused(Exception):
    pass


def by_h11(wire: bytes, closed: bool) -> tuple[int, bytes]:
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=1 << 20)
    connection.send(h11.Request(method="DELETE", target="/", headers=[("Host", "a")]))
    connection.send(h11.EndOfMessage())
    status, body = 0, b""
    try:
        connection.receive_data(wire)
        ended = False
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                if ended or not closed:
                    raise Refused("incomplete")
                connection.receive_data(b"")
                ended = True
            elif isinstance(event, h11.Response):
                status = event.status_code
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return status, body
            elif not isinstance(event, h11.InformationalResponse):
                raise Refused(str(event))
    except h11.RemoteProtocolError as error:
        raise Refused(str(error)) from error


class Wire(io.BytesIO):
    def makefile(self, _mode: str) -> "Wire":
        return self


def by_http_client(wire: bytes, closed: bool) -> tuple[int, bytes]:
    stream = Wire(wire)
    response = http.client.HTTPResponse(stream, method="DELETE")
    try:
        response.begin()
        to_close = response.length is None and not response.chunked
        if to_close and not closed:
            raise Refused("incomplete")
        return response.status, response.read()
    except (http.client.HTTPException, ValueError, OverflowError) as error:
        raise Refused(repr(error)) from error


class Reader:
    def __init__(self, program: str) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, wire: bytes, closed: bool) -> tuple[int, bytes]:
        self.process.stdin.write((f"{'closed' if closed else 'cut'} " + wire.hex() + "\n").encode())
        self.process.stdin.flush()
        line = self.process.stdout.readline().decode().rstrip("\n")
        if not line:
            raise tap.Failed(f"the program crashed at {wire!r}")
        code, status, _read, _close, body = line.split(" ")
        if code != "0":
            raise Refused(code)
        return int(status), bytes.fromhex(body)


WORDS = [b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b";", b",", b"0", b"5", b"a", b"\x80",
         b"HTTP/1.0 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"Content-Length: 5\r\n",
         b"Transfer-Encoding: chunked\r\n", b"Content-Encoding: gzip\r\n", b"Connection: close\r\n",
         b"5\r\nhello\r\n", b"0\r\n\r\n", b"+5", b"00000005", b"X: a\r\n", b"\r\n b\r\n"]


def mutated(seeds: list[bytes], chance: random.Random) -> bytes:
    wire = chance.choice(seeds)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        at, to = (chance.randrange(len(wire) + 1) for _ in range(2))
        at, to = min(at, to), max(at, to)
        how = chance.randrange(6)
        if how == 0:
            wire = wire[:at] + chance.choice(WORDS) + wire[at:]
        elif how == 1:
            wire = wire[:at] + wire[min(at + chance.randrange(1, 4), len(wire)):]
        elif how == 2:
            wire = wire[:at] + bytes([chance.randrange(256)]) + wire[at + 1:]
        elif how == 3:
            lines = wire.split(b"\r\n")
            lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
            wire = b"\r\n".join(lines)
        elif how == 4:
            lines = wire.split(b"\r\n")
            lines.insert(chance.randrange(len(lines)), chance.choice(WORDS).strip(b"\r\n"))
            wire = b"\r\n".join(lines)
        else:
            wire = wire[:at] + chance.choice(WORDS) + wire[to:]
    return wire


def answers_of(ours: Reader, folder: str, count: int, seed: int) -> list[tuple[bytes, bool]]:
    """The seeds without the steering bytes, and mutations of them, mostly of those that emrs accepts."""
    chance = random.Random(seed)
    files = [path.read_bytes() for path in sorted(pathlib.Path(folder).iterdir())]
    seeds = [each[:-1 - each[-1]] for each in files]
    good = [each for each in seeds if outcome(ours, each, True)]
    wires = seeds + [mutated(good if chance.random() < 0.9 else seeds, chance) for _ in range(count)]
    return [(wire, chance.random() < 0.7) for wire in wires]


def outcome(read, wire: bytes, closed: bool):
    try:
        return read(wire, closed)
    except Refused:
        return None


def rule_of(rules: list, wire: bytes) -> str | None:
    return next((name for name, holds in rules if holds(wire)), None)


def compare(name: str, theirs, ours: Reader, answers: list[tuple[bytes, bool]]) -> str:
    counts: collections.Counter = collections.Counter()
    for wire, closed in answers:
        we, they = outcome(ours, wire, closed), outcome(theirs, wire, closed)
        if we == they:
            counts["both accept" if we else "both refuse"] += 1
            continue
        rule = rule_of(OURS + LAX[name] if we is None else THEIRS[name], wire)
        if rule is None:
            raise tap.Failed(f"no rule for {wire!r}, {'closed' if closed else 'cut'}: "
                             f"emrs {we!r}, {name} {they!r}")
        counts[("refused by us: " if we is None else f"refused by {name}: ") + rule] += 1
    tap.want(counts["both accept"] > 100, "many that both accept", counts)
    return f"{name}: {len(answers)} answers; " + "; ".join(f"{v} {k}" for k, v in counts.most_common())


def run(program: str, folder: str, count: str = "6000", seed: str = "1") -> bool:
    cases = tap.Cases()
    reader = Reader(program)
    answers = answers_of(reader, folder, int(count), int(seed))

    @cases.case("emrs and h11 differ only by the rules of the tables")
    def with_h11(ours: Reader) -> str:
        if h11 is None:
            raise tap.Skipped("there is no h11")
        return compare("h11", by_h11, ours, answers)

    @cases.case("emrs and http.client differ only by the rules of the tables")
    def with_http_client(ours: Reader) -> str:
        return compare("http.client", by_http_client, ours, answers)

    return cases.run(reader)


if __name__ == "__main__":
    tap.main("test_http.py READER SEEDS [COUNT] [SEED]", run)
