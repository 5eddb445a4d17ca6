# SPDX-License-Identifier: MIT
"""Reads a board's memory through the emulator's debugger interface (the GDB remote serial protocol).

    with probe.Probe(board.command(settings), symbols) as stub:
        stub.run_to("board_exit")
        stub.read(address, size)
"""
from __future__ import annotations

import socket
import subprocess
import tempfile
import time
from typing import Self

START_S = 60
STOP_S = 300
PIECE_SIZE = 1024
R0, LR, PC = 0, 14, 15


def symbols(image: str, prefix: str = "arm-none-eabi-") -> dict[str, int]:
    lines = subprocess.check_output([f"{prefix}nm", image], text=True).splitlines()
    rows = [line.split() for line in lines]
    # The compiler appends a suffix such as ".part.0" to the name of a clone; it is removed.
    return {row[2].split(".")[0]: int(row[0], 16) for row in rows if len(row) == 3}


class Probe:
    """Runs the emulator, which stops before the first instruction."""

    def __init__(self, command: list[str], names: dict[str, int]):
        self._command, self._names = command, names

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="emrs-probe-")
        place = f"{self._folder.name}/gdb"
        self._child = subprocess.Popen(
            [*self._command, "-S", "-gdb", f"unix:{place},server=on"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._wire = self._connect(place)
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.close()
        self._child.kill()
        self._child.wait()
        self._child.stderr.close()
        self._folder.cleanup()

    def run_to(self, function: str) -> None:
        """Runs the board until this function is about to begin."""
        at = self._names[function] & ~1
        self._ask(f"Z1,{at:x},2")
        stopped = self._ask("c")
        if not stopped.startswith(("S05", "T05")):
            raise OSError(f"the board did not reach {function}: {stopped}")
        self._ask(f"z1,{at:x},2")

    def answer_with(self, value: int) -> None:
        """Makes the function that is about to begin return this value at once."""
        registers = self._registers()
        registers[R0] = (value & 0xFFFFFFFF).to_bytes(4, "little").hex()
        registers[PC] = registers[LR]
        self._ask("G" + "".join(registers))

    def first_argument(self) -> int:
        return int.from_bytes(bytes.fromhex(self._registers()[R0]), "little", signed=True)

    def read(self, address: int, size: int) -> bytes:
        pieces = []
        for at in range(address, address + size, PIECE_SIZE):
            count = min(PIECE_SIZE, address + size - at)
            pieces.append(bytes.fromhex(self._ask(f"m{at:x},{count:x}")))
        return b"".join(pieces)

    def end(self) -> tuple[int, str]:
        """Lets the board run to its end. ret: its exit code, its console"""
        self._wire.sendall(_packet("D"))  # detach: the board runs on
        said = self._child.communicate(timeout=STOP_S)[1]
        return self._child.returncode, said

    def _registers(self) -> list[str]:
        """ret: the registers, each as 8 hex digits, the lowest byte first"""
        text = self._ask("g")
        return [text[at : at + 8] for at in range(0, len(text), 8)]

    def _connect(self, place: str) -> socket.socket:
        end_s = time.monotonic() + START_S
        while True:
            wire = socket.socket(socket.AF_UNIX)
            wire.settimeout(STOP_S)
            try:
                wire.connect(place)
                return wire
            except (FileNotFoundError, ConnectionRefusedError):
                wire.close()
                if time.monotonic() > end_s:
                    raise
                time.sleep(0.02)

    def _ask(self, command: str) -> str:
        self._wire.sendall(_packet(command))
        text = b""
        while b"#" not in text or len(text) < text.index(b"#") + 3:
            part = self._wire.recv(4096)
            if not part:
                raise OSError("the emulator has ended")
            text += part
        self._wire.sendall(b"+")
        answer = text[text.index(b"$") + 1 : text.index(b"#")].decode("ascii")
        if answer.startswith("E"):
            raise OSError(f"the emulator refuses '{command}': {answer}")
        return answer


def _packet(command: str) -> bytes:
    data = command.encode("ascii")
    return b"$" + data + b"#%02x" % (sum(data) & 0xFF)
