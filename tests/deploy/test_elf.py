"""Programs of this machine, and of none, read as their makers wrote them."""

import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.deploy.elf import BadElf, is_elf, read
from workshop.deploy.rust_target import own_architecture

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the programs here are not of that kind"
)
TRUE = Path("/bin/true")


def test_a_program_of_this_machine():
    content = TRUE.read_bytes()
    assert is_elf(content)
    program = read(content)
    assert program.machine == own_architecture()
    assert "/ld-" in program.interpreter
    assert not program.is_static


def test_it_needs_the_versions_that_objdump_says():
    if not shutil.which("objdump"):
        pytest.skip("there is no objdump")
    for path in (TRUE, Path(sys.executable).resolve()):
        command = ["objdump", "-p", path]
        said = subprocess.check_output(command, text=True)
        found = re.findall(r"GLIBC_([\d.]+)$", said, re.MULTILINE)
        versions = [tuple(map(int, one.split("."))) for one in found]
        assert read(path.read_bytes()).glibc == max(versions)


def test_a_static_program(tmp_path):
    if not shutil.which("cc"):
        pytest.skip("there is no C compiler")
    (tmp_path / "x.c").write_text("int main(void) { return 0; }\n")
    command = ["cc", "-static", "-o", tmp_path / "x", tmp_path / "x.c"]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("it cannot link a static program")
    program = read((tmp_path / "x").read_bytes())
    assert program.is_static
    assert program.glibc == ()


def test_another_machine_by_its_number():
    content = bytearray(TRUE.read_bytes())
    struct.pack_into("<H", content, 18, 183)
    assert read(bytes(content)).machine == "arm64"
    struct.pack_into("<H", content, 18, 243)
    assert read(bytes(content)).machine == "machine 243"


@pytest.mark.parametrize("size", [5, 40, 100, 2000])
def test_one_that_is_cut_off(size):
    with pytest.raises(BadElf):
        read(TRUE.read_bytes()[:size])


def test_one_of_32_bits():
    content = bytearray(TRUE.read_bytes())
    content[4] = 1
    with pytest.raises(BadElf, match="64 bits"):
        read(bytes(content))


def test_one_whose_addresses_lead_nowhere():
    content = bytearray(TRUE.read_bytes())
    start, size, count = struct.unpack_from("<Q14xHH", content, 32)
    for index in range(count):  # nothing is loaded any more
        place = start + index * size
        if struct.unpack_from("<I", content, place) == (1,):
            struct.pack_into("<I", content, place, 0)
    with pytest.raises(BadElf, match="nothing is loaded"):
        read(bytes(content))
