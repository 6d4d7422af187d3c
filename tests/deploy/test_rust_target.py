"""What cargo builds for, where Rust's targets are there or are not."""

import json
import shutil
import sys

import boto3
import pytest

from tests.building import skip_without_crates
from workshop.aws import LocalLambda
from workshop.deploy import elf
from workshop.deploy.build import build
from workshop.deploy.package import package
from workshop.deploy.rust_target import (
    RustTarget,
    for_module,
    for_program,
    own_architecture,
)
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS, KERNEL

OTHER = {"x86_64": "arm64", "arm64": "x86_64"}
CPUS = {"x86_64": "x86_64", "arm64": "aarch64"}
STATIC = "-Ctarget-feature=+crt-static"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or own_architecture() not in OTHER,
    reason="here, every target is another's",
)


@pytest.fixture
def rust(tmp_path, monkeypatch):
    """A Rust with these targets and no other."""

    def rust(*triples):
        program = tmp_path / "rustc"
        program.write_text(f"#!/bin/sh\necho {tmp_path}\n")
        program.chmod(0o700)
        monkeypatch.setenv("PATH", str(tmp_path))
        for triple in triples:
            folder = tmp_path / "lib" / "rustlib" / triple / "lib"
            folder.mkdir(parents=True)

    return rust


def test_musl_where_it_is_installed(rust):
    own = f"{CPUS[own_architecture()]}-unknown-linux-musl"
    rust(own)
    assert for_program(own_architecture()) == RustTarget(own, (STATIC,))


def test_else_this_machines_own_library(rust):
    rust()
    own = f"{CPUS[own_architecture()]}-unknown-linux-gnu"
    assert for_program(own_architecture()) == RustTarget(own, (STATIC,))


def test_the_other_architecture_is_linked_by_rust_itself(rust):
    other = OTHER[own_architecture()]
    triple = f"{CPUS[other]}-unknown-linux-musl"
    rust(triple)
    flags = ("-Clinker=rust-lld", STATIC)
    assert for_program(other) == RustTarget(triple, flags)


def test_else_a_cross_compiler_links_glibc(rust, tmp_path):
    other = OTHER[own_architecture()]
    triple = f"{CPUS[other]}-unknown-linux-gnu"
    rust(triple)
    with pytest.raises(WorkshopError, match="rustup target add"):
        for_program(other)
    compiler = tmp_path / f"{CPUS[other]}-linux-gnu-gcc"
    compiler.touch(0o700)
    flags = (f"-Clinker={compiler.name}", STATIC)
    assert for_program(other) == RustTarget(triple, flags)


def test_what_is_missing_is_named(rust, tmp_path):
    rust()
    other = OTHER[own_architecture()]
    (tmp_path / f"{CPUS[other]}-linux-gnu-gcc").touch(0o700)  # not enough
    triple = f"{CPUS[other]}-unknown-linux-musl"
    with pytest.raises(WorkshopError, match=f"rustup target add {triple}"):
        for_program(other)


def test_a_module_is_linked_on_its_own_kind_of_machine():
    own = own_architecture()
    assert for_module(own) == RustTarget(f"{CPUS[own]}-unknown-linux-gnu")
    with pytest.raises(WorkshopError, match="built on Linux on"):
        for_module(OTHER[own])


def test_what_is_built_for_the_other_architecture_answers(tmp_path):
    folder, other = FUNCTIONS / "aws" / "rust", OTHER[own_architecture()]
    skip_without_crates(folder)
    try:
        for_program(other)
    except WorkshopError as error:
        pytest.skip(str(error))
    names = (f"qemu-{CPUS[other]}-static", f"qemu-{CPUS[other]}")
    emulator = next(filter(None, map(shutil.which, names)), None)
    if not emulator:
        pytest.skip(f"there is no qemu that runs {other}")
    [program] = build(folder, other).values()
    read = elf.read(program.read_bytes())
    assert read.machine == other
    assert read.is_static
    shutil.copy(program, tmp_path / "program")
    (tmp_path / "bootstrap").write_text(
        f'#!/bin/sh\nexec "{emulator}" "$LAMBDA_TASK_ROOT/program"\n'
    )
    with LocalLambda() as cloud:
        client = boto3.client("lambda", **cloud.connection)
        client.create_function(
            FunctionName=other,
            Runtime="provided.al2023",
            Handler="handler.handler",
            Role="arn:aws:iam::123456789012:role/test",
            Architectures=[other],
            MemorySize=3008,
            Timeout=30,
            Code={"ZipFile": package(tmp_path)},
        )
        for case in json.loads((KERNEL / "cases.json").read_text()):
            event = json.dumps(case["event"])
            reply = client.invoke(FunctionName=other, Payload=event)
            said = json.loads(reply["Payload"].read())
            wanted = case.get("body") or case["error"]
            found = {key: said.get(key) for key in wanted}
            assert found == wanted, case["name"]
            assert ("FunctionError" in reply) == ("error" in case)
