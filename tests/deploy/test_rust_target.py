"""What cargo builds for, where Rust's targets are there or are not."""

import sys

import pytest

from workshop.deploy.rust_target import (
    RustTarget,
    for_module,
    for_program,
    own_architecture,
)
from workshop.errors import WorkshopError

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
        monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
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


def test_what_is_missing_is_named(rust):
    rust()
    other = OTHER[own_architecture()]
    triple = f"{CPUS[other]}-unknown-linux-musl"
    with pytest.raises(WorkshopError, match=f"rustup target add {triple}"):
        for_program(other)


def test_a_module_is_linked_on_its_own_kind_of_machine():
    own = own_architecture()
    assert for_module(own) == RustTarget(f"{CPUS[own]}-unknown-linux-gnu")
    with pytest.raises(WorkshopError, match="built on Linux on"):
        for_module(OTHER[own])
