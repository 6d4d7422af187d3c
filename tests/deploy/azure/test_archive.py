"""The zip: its names, its bits, its bytes."""

import io
import os
import zipfile

from workshop.deploy.azure.archive import archive


def test_names_and_bits(tmp_path):
    (tmp_path / "host.json").write_text("{}")
    (tmp_path / "host.json").chmod(0o600)
    (tmp_path / "handler").write_text("#!/bin/sh\n")
    (tmp_path / "handler").chmod(0o700)
    (tmp_path / "empty").mkdir()
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "function.json").write_text("[]")
    with zipfile.ZipFile(io.BytesIO(archive(tmp_path))) as content:
        modes = {e.filename: e.external_attr >> 16 for e in content.infolist()}
        assert {e.create_system for e in content.infolist()} == {3}
        assert content.read("a/function.json") == b"[]"
    assert modes == {
        "a/function.json": 0o100666,
        "handler": 0o100777,
        "host.json": 0o100666,
    }


def test_the_same_files_give_the_same_bytes(tmp_path):
    (tmp_path / "host.json").write_text("{}")
    first = archive(tmp_path)
    os.utime(tmp_path / "host.json", (1e9, 1e9))
    assert archive(tmp_path) == first
    (tmp_path / "host.json").write_text("{ }")
    assert archive(tmp_path) != first
