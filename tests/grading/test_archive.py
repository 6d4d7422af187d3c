"""Zips of others: read without unpacking, whatever is in them."""

import stat
import warnings
import zipfile

import pytest

from tests.grading.classes import FIRST, hand_in, solved, zipped
from workshop.answers import LIMIT_BYTES
from workshop.errors import WorkshopError
from workshop.grading import archive

NAME = f"exercises/{FIRST}.ipynb"


def read(tmp_path, entries):
    path = tmp_path / "Ada-2026-11-20.zip"
    path.write_bytes(zipped(entries))
    return archive.contents_of(path)


def test_what_submit_writes(tmp_path):
    path = hand_in(tmp_path, "Ada", {FIRST: solved()}, {"name": "Ada"})
    found = archive.contents_of(path)
    assert found.notebooks == {FIRST: solved()}
    assert found.report == b'{"name": "Ada"}'
    assert (found.problems, found.remarks) == ({}, [])


@pytest.mark.parametrize("around", ["Ada-2026-11-20/", "Ada\\"])
def test_a_folder_around_it_all_does_no_harm(tmp_path, around):
    name = around + (NAME.replace("/", "\\") if "\\" in around else NAME)
    found = read(tmp_path, {name: b"x", "__MACOSX/exercises/._x": b""})
    assert found.notebooks == {FIRST: b"x"}


def test_only_exercises_are_read(tmp_path):
    others = {"tests/conftest.py": b"x", "exercises/other.ipynb": b"x"}
    deep = {f"a/b/{NAME}": b"x", f"{FIRST}.ipynb": b"x", "exercises/": b""}
    assert read(tmp_path, others | deep).notebooks == {}


@pytest.mark.parametrize(
    "name", [f"../{NAME}", f"/{NAME}", f"x/../{NAME}", f"C:\\{NAME}"]
)
def test_a_name_that_leads_out_is_told(tmp_path, name):
    found = read(tmp_path, {name: b"x"})
    assert found.notebooks == {}
    assert "leads out of it, and is not read" in found.remarks[0]


def test_a_link_is_told(tmp_path):
    link = zipfile.ZipInfo(NAME)
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    found = read(tmp_path, {link: b"/etc/passwd"})
    assert found.notebooks == {}
    assert found.remarks == [f"'{NAME}' in it is a link, and is not read."]


def test_of_an_exercise_that_is_there_twice_none_counts(tmp_path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        path = tmp_path / "Ada.zip"
        with zipfile.ZipFile(path, "w") as archive_file:
            for content in ("one", "two", "three"):
                archive_file.writestr(NAME, content)
    found = archive.contents_of(path)
    assert found.notebooks == {}
    assert found.problems == {FIRST: "The zip holds it twice."}


def test_a_bomb_by_its_declared_size(tmp_path):
    found = read(tmp_path, {NAME: b" " * (50 * 1024**2)})
    assert found.notebooks == {}
    assert found.problems[FIRST] == (
        f"{NAME} is 50 MB large; 10 MB is the most. Its outputs can be "
        "cleared."
    )


def test_a_bomb_that_lies_about_its_size(tmp_path):
    size = LIMIT_BYTES * 3
    content = bytearray(zipped({NAME: b" " * size}))
    declared = size.to_bytes(4, "little")
    assert content.count(declared) == 2  # in the entry, in the directory
    path = tmp_path / "Ada.zip"
    path.write_bytes(content.replace(declared, (100).to_bytes(4, "little")))
    found = archive.contents_of(path)
    assert found.notebooks == {}
    assert "cannot be read: Bad CRC-32" in found.problems[FIRST]


def test_one_that_is_encrypted_or_compressed_otherwise(tmp_path):
    packed = zipfile.ZipInfo(NAME)
    packed.compress_type = zipfile.ZIP_LZMA
    with zipfile.ZipFile(tmp_path / "Ada.zip", "w") as made:
        made.writestr(packed, b"x", zipfile.ZIP_LZMA)
    found = archive.contents_of(tmp_path / "Ada.zip")
    assert "compressed in an unusual way" in found.problems[FIRST]
    content = bytearray(zipped({NAME: b"x"}))
    directory = content.rindex(b"PK\x01\x02")
    content[directory + 8] |= 1
    (tmp_path / "Ada.zip").write_bytes(content)
    found = archive.contents_of(tmp_path / "Ada.zip")
    assert "it is encrypted" in found.problems[FIRST]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no zip", "cannot be read: File is not a zip file."),
        (b"", "cannot be read: File is not a zip file."),
        (zipped({"a": b"x"})[:-30], "cannot be read: File is not a zip"),
        (
            zipped({f"{n}": b"" for n in range(1_001)}),
            "cannot be read: it has 1,001 entries.",
        ),
        (bytes(65 * 1024**2), "is 65 MB large; 64 MB is the most"),
    ],
    ids=["text", "empty", "cut", "many entries", "large"],
)
def test_what_is_no_submission(tmp_path, content, said):
    path = tmp_path / "Ada.zip"
    path.write_bytes(content)
    with pytest.raises(WorkshopError, match=r"Ada\.zip") as caught:
        archive.contents_of(path)
    assert said in str(caught.value)
