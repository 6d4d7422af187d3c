"""The hints, and `workshop hint`."""

import json
import re

import pytest

from tests.classroom.desks import (
    FIRST,
    change,
    code,
    fill,
    lay_desk,
    paste,
    solve,
    typed,
)
from workshop.answers import is_answer, read_notebook, source_of
from workshop.classroom.hint import HEADING
from workshop.classroom.hints import HINTS, PER_STEP, steps_of
from workshop.errors import WorkshopError
from workshop.exercises import REGION, stems
from workshop.repository import EXERCISE_TESTS, SOLUTIONS

LOOP = "04_lambda_runtime_loop"
every = pytest.mark.parametrize("stem", stems())
every_hinted = pytest.mark.parametrize(
    "stem", [stem for stem in stems() if (HINTS / f"{stem}.md").exists()]
)


@every
def test_every_exercise_has_hints_for_every_step(stem):
    assert (HINTS / f"{stem}.md").exists(), (
        f"{stem} has no hints: write workshop/classroom/hints/{stem}.md like "
        "the others there, one section for each `## Step` of its notebook"
    )
    cells = read_notebook(SOLUTIONS / f"{stem}.ipynb")["cells"]
    prose = [c for c in cells if c["cell_type"] == "markdown"]
    headings = [h for c in prose for h in HEADING.findall(source_of(c))]
    assert [step.title for step in steps_of(stem)] == headings
    for step in steps_of(stem):
        assert len(step.hints) == PER_STEP, step.title


@every_hinted
def test_every_check_belongs_to_one_step(stem):
    text = (EXERCISE_TESTS / f"test_{stem}.py").read_text()
    checks = re.findall(r"^def test_(\w+)", text, re.MULTILINE)
    named = [check for step in steps_of(stem) for check in step.checks]
    assert sorted(named) == sorted(c.replace("_", " ") for c in checks)


@every_hinted
def test_no_hint_is_the_answer(stem):
    hints = "".join(hint for step in steps_of(stem) for hint in step.hints)
    for cell in read_notebook(SOLUTIONS / f"{stem}.ipynb")["cells"]:
        for region in REGION.finditer(
            source_of(cell) if is_answer(cell) else ""
        ):
            _, *lines, _ = region[0].strip().splitlines()
            plain = [line.partition("  #")[0] for line in lines]
            code = "".join("".join(plain).split())
            assert code not in "".join(hints.split())


def test_hints_may_not_be_written_yet():
    with pytest.raises(WorkshopError, match="no hints for 99_later yet"):
        steps_of("99_later")


@pytest.fixture
def desk(tmp_path):
    return lay_desk(tmp_path)


def test_a_beginner_gets_the_first_steps_hints_one_by_one(desk):
    seen = []
    for number in (1, 2, 3):
        status, said = typed(desk, "hint", exercise="2")
        assert status == 0
        assert f"{FIRST}, step 1: a palindrome\n" in said
        assert "This step is not written yet." in said
        assert f"\nHint {number} of 3: " in said
        assert said.count("\nHint ") == 1
        assert (
            f"solutions/{FIRST}.ipynb" in said
            if number == 3
            else ("`workshop hint 02` gives the next hint." in said)
        )
        seen.append(said[said.index("\nHint ") : said.index("\nNext:")])
    _, said = typed(desk, "hint", exercise="2")
    assert "All three hints of this step were taken; --again" in said
    assert f"solutions/{FIRST}.ipynb" in said
    _, said = typed(desk, "hint", exercise="2", again=True)
    assert "".join(seen) in said


def test_again_takes_none(desk):
    for _ in range(2):
        assert (
            "None was taken yet."
            in typed(desk, "hint", exercise="2", again=True)[1]
        )
    assert "Hint 1 of 3" in typed(desk, "hint", exercise="2")[1]


def test_it_is_about_the_first_step_that_fails(desk):
    path = desk.exercise(FIRST)
    solve(desk)
    fill(
        path,
        mirror="def mirror(head, length):\n"
        "    digits = str(head)\n"
        "    return int(digits + digits[::-1])\n",
    )
    _, said = typed(desk, "hint", exercise="02")
    assert "step 3: palindromes without searching" in said
    assert (
        "The first check that fails: mirror does not repeat the middle of an "
        "odd length." in said
    )
    assert "Hint 1 of 3" in said


def test_each_step_has_its_own_count(desk):
    typed(desk, "hint", exercise="02")
    fill(
        desk.exercise(FIRST),
        is_palindrome="def is_palindrome(number):\n"
        "    return str(number) == str(number)[::-1]\n",
    )
    _, said = typed(desk, "hint", exercise="02")
    assert "step 2: brute force" in said
    assert "Hint 1 of 3" in said


def test_a_step_that_is_not_written_comes_before_a_check_of_later_ones(desk):
    fill(
        desk.exercise(LOOP),
        load_handler="def load_handler(name):\n    return print\n",
    )
    _, said = typed(desk, "hint", exercise="4")
    assert "step 1: one call\nThis step is not written yet." in said


def test_code_in_a_hint_keeps_its_lines(desk):
    typed(desk, "hint", exercise="2")
    memory = desk.memory / "hints.json"
    memory.write_text(json.dumps({LOOP: {"Step 1: one call": 2}}))
    _, said = typed(desk, "hint", exercise="4")
    assert (
        "\n    if not 200 <= reply.status < 300:\n        raise Runtime"
        in said
    )
    assert all(len(line) < 80 for line in said.split("Next:")[0].split("\n"))


@pytest.mark.parametrize(
    "memory", ["{", '{"%s": 3}', '{"%s": {"Step 1: a palindrome": "x"}}']
)
def test_a_memory_that_is_broken_does_no_harm(desk, memory):
    desk.memory.mkdir(parents=True)
    (desk.memory / "hints.json").write_text(memory.replace("%s", FIRST))
    assert "Hint 1 of 3" in typed(desk, "hint", exercise="2")[1]
    assert "Hint 2 of 3" in typed(desk, "hint", exercise="2")[1]


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def f(:", "Python cannot read the line `def f(:`: invalid syntax."),
        ("x = 1\0", "Python cannot read the answer: source code string"),
    ],
)
def test_what_python_cannot_read_comes_before_any_hint(desk, source, sentence):
    paste(desk.exercise(FIRST), source)
    status, said = typed(desk, "hint", exercise="2")
    assert status == 0
    assert sentence in said
    assert "Hint" not in said


def test_a_solved_one_needs_none(desk):
    solve(desk)
    status, said = typed(desk, "hint", exercise="2")
    assert status == 0
    assert "is solved, so there is nothing to hint at." in said
    assert "Next: `workshop submit`" in said


def test_a_bad_notebook_is_a_sentence(desk):
    change(desk.exercise(FIRST), lambda cells: cells.clear())
    status, said = typed(desk, "hint", exercise="2")
    assert status == 1
    assert f"workshop: exercises/{FIRST}.ipynb has lost its answer" in said


def test_a_cell_that_is_lost_is_told_with_its_way_back(desk):
    solve(desk)
    path = desk.exercise(FIRST)

    def lose(cells):
        cells[:] = [
            c for c in cells if "def mirror(" not in "".join(c["source"])
        ]

    change(path, lose)
    status, said = typed(desk, "hint", exercise="2")
    assert status == 0
    flat = " ".join(said.split())
    assert "The notebook has lost the cell of `def mirror(" in flat
    assert "`workshop reset 02` brings all cells back, and keeps a" in flat
    assert "Hint 1 of 3" in said
    change(path, lambda cells: cells.append(code(MIRROR)))
    assert "has lost" not in typed(desk, "hint", exercise="2")[1]


# Right: one that is wrong might make the others run for ever.
MIRROR = """def mirror(head, length):
    return int(str(head) + str(head)[::-1][length % 2 :])
"""
