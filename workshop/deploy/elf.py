"""What a program for Linux says of itself: its machine, what it needs.

Of the ELF format as `man 5 elf` and the Linux Standard Base ("Symbol
Versioning", LSB 5.0) describe it: 64 bits, little-endian, which both of
Lambda's architectures are.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

MAGIC = b"\x7fELF"
KIND = MAGIC + b"\x02\x01"  # 64 bits, little-endian
MACHINES = {62: "x86_64", 183: "arm64"}  # e_machine, by Lambda's names
LOAD, DYNAMIC, INTERPRETER = 1, 2, 3  # p_type
STRINGS, NEEDS, NUMBER_OF_NEEDS = 5, 0x6FFFFFFE, 0x6FFFFFFF  # d_tag
HEADER = struct.Struct("<16x2xH4x8xQ8x4x2xHH")  # machine, phoff, size, count
SEGMENT = struct.Struct("<I4xQQ8xQ16x")  # type, offset, address, size in file
ENTRY = struct.Struct("<QQ")  # of the dynamic section: tag, value
NEED = struct.Struct("<2xH4xII")  # count, first version, next need
VERSION = struct.Struct("<8xII")  # name, next version
GLIBC = re.compile(r"GLIBC_(\d+(?:\.\d+)+)")


class BadElf(Exception):
    """The bytes are no whole program of that kind."""


@dataclass(frozen=True)
class Elf:
    """What matters of a program, or of a module that one loads."""

    machine: str  # x86_64, arm64, or another's number
    interpreter: str  # what loads it, such as ld-linux; none if static
    glibc: tuple[int, ...]  # the newest version that it needs, such as (2, 34)

    @property
    def is_static(self) -> bool:
        """Whether it needs nothing but the kernel."""
        return not self.interpreter and not self.glibc


def is_elf(content: bytes) -> bool:
    """Whether these bytes begin as one."""
    return content.startswith(MAGIC)


def read(content: bytes) -> Elf:
    """Read what it says. Raises BadElf where it is cut off or of 32 bits."""
    if not content.startswith(KIND):
        raise BadElf("it is not for 64 bits, little-endian")
    try:
        return _read(content)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise BadElf(f"it is cut off or damaged: {error}") from error


def _read(content: bytes) -> Elf:
    machine, start, size, count = HEADER.unpack_from(content)
    segments = [
        SEGMENT.unpack_from(content, start + index * size)
        for index in range(count)
    ]
    interpreter = ""
    glibc: list[tuple[int, ...]] = []
    for kind, offset, _, length in segments:
        if offset + length > len(content):
            raise IndexError("a part that it names is not there")
        if kind == INTERPRETER:
            part = content[offset : offset + length]
            interpreter = part.rstrip(b"\0").decode()
        elif kind == DYNAMIC:
            for name in _needs(content, segments, offset, length):
                if found := GLIBC.fullmatch(name):
                    glibc.append(tuple(map(int, found[1].split("."))))
    name = MACHINES.get(machine, f"machine {machine}")
    return Elf(name, interpreter, max(glibc, default=()))


def _needs(
    content: bytes,
    segments: list[tuple[int, ...]],
    offset: int,
    length: int,
) -> Iterator[str]:
    """The versions of others' symbols that the dynamic section names."""
    told = dict(ENTRY.iter_unpack(content[offset : offset + length]))
    if NEEDS not in told:
        return
    strings = _place(segments, told[STRINGS])
    need = _place(segments, told[NEEDS])
    for _ in range(told[NUMBER_OF_NEEDS]):
        count, first, following = NEED.unpack_from(content, need)
        version = need + first
        for _ in range(count):
            name, step = VERSION.unpack_from(content, version)
            start = strings + name
            yield content[start : content.index(b"\0", start)].decode()
            version += step
        need += following


def _place(segments: list[tuple[int, ...]], address: int) -> int:
    """Where in the file lies what is loaded to an address."""
    for kind, offset, start, length in segments:
        if kind == LOAD and start <= address < start + length:
            return offset + address - start
    raise IndexError(f"nothing is loaded to {address:#x}")
