"""Whether a change of what judges is seen."""

import pytest

from workshop.grading import untouched
from workshop.repository import ROOT


@pytest.fixture
def repository(tmp_path):
    for folder in untouched.JUDGES:
        (tmp_path / folder / "x").mkdir(parents=True)
        (tmp_path / folder / "x" / "a.py").write_text("right")
    return tmp_path


def changes(repository):
    file = repository / "tests" / "x" / "a.py"
    yield lambda: file.write_text("wrong")
    yield lambda: file.rename(file.with_name("b.py"))
    yield lambda: (repository / "solutions" / "b").touch()
    yield lambda: (repository / "workshop" / "x" / "a.py").unlink()


def test_every_change_is_seen(repository):
    seen = [untouched.state(repository)]
    for change in changes(repository):
        change()
        seen.append(untouched.state(repository))
    assert len(set(seen)) == len(seen)


def test_what_python_keeps_is_no_change(repository):
    before = untouched.state(repository)
    (repository / "tests" / "__pycache__").mkdir()
    (repository / "tests" / "__pycache__" / "a.pyc").touch()
    assert untouched.state(repository) == before
    assert len(untouched.state()) == len(before)
    assert untouched.state(ROOT) == untouched.state()
