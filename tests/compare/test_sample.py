"""Samples are kept as they come, and read again."""

import pytest

from tests.compare.plans import HELLO, MIDDLE, contender, sample
from workshop.compare.sample import COLD, WARM, Samples
from workshop.compare.schedule import cell

PYTHON, OTHER = contender("python"), contender("python-lean")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "new folder" / "samples.jsonl"


def test_they_are_there_when_they_are_read_again(path):
    cold = sample(PYTHON, HELLO, COLD, 1.5, init_ms=90.25, billed_ms=92.0)
    warm = [sample(PYTHON, HELLO, WARM, ms) for ms in (0.5, 0.25)]
    samples = Samples(path)
    for one in (cold, *warm):
        samples.add(one)
    again = Samples(path)
    assert len(again) == 3
    assert again.of(cell(PYTHON, HELLO, COLD)) == [cold]
    assert again.of(cell(PYTHON, HELLO, WARM)) == warm
    assert again.of(cell(PYTHON, MIDDLE, WARM)) == []


def test_a_line_that_was_cut_off_is_forgotten(path):
    samples = Samples(path)
    for ms in (1.0, 2.0):
        samples.add(sample(PYTHON, HELLO, WARM, ms))
    path.write_bytes(path.read_bytes()[:-9])
    again = Samples(path)
    again.add(sample(PYTHON, HELLO, WARM, 3.0))
    found = Samples(path).of(cell(PYTHON, HELLO, WARM))
    assert [one.duration_ms for one in found] == [1.0, 3.0]


def test_a_disk_that_is_full_is_told_once(path, capsys):
    path.parent.mkdir()
    path.symlink_to("/dev/full")
    samples = Samples(path)
    for ms in (1.0, 2.0):
        samples.add(sample(PYTHON, HELLO, WARM, ms))
    assert len(samples) == 2
    assert capsys.readouterr().err == (
        f"{path} cannot be written: No space left on device. The comparison "
        "goes on, but could not be resumed.\n"
    )


def test_one_function_is_dropped_and_the_others_stay(path):
    samples = Samples(path)
    for one in PYTHON, OTHER:
        samples.add(sample(one, HELLO, WARM, 1.0))
    samples.drop(PYTHON.platform, PYTHON.name)
    for kept in samples, Samples(path):
        assert kept.of(cell(PYTHON, HELLO, WARM)) == []
        assert len(kept.of(cell(OTHER, HELLO, WARM))) == len(kept) == 1


def test_forgotten_is_forgotten(path):
    samples = Samples(path)
    samples.forget()  # there is none yet
    samples.add(sample(PYTHON, HELLO, WARM, 1.0))
    samples.forget()
    assert len(Samples(path)) == 0
