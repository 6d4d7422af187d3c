"""JupyterLab as `make lab` starts it, in the hands of a learner."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import psutil
import pytest

from tests.browser.watched import THEMES
from tests.test_lab import Lab
from workshop.repository import EXERCISES, ROOT, SOLUTIONS

NOT_NEEDED = (".*", "build", "__pycache__", "target", "node_modules")
EXERCISE = "04_lambda_runtime_loop.ipynb"
PATIENCE_MS = 120_000
FAULTS = (
    '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.stderr"],'
    '.jp-OutputArea-output[data-mime-type="application/vnd.jupyter.error"]'
)
LABELS = ".lm-MenuBar-itemLabel, .lm-Menu-itemLabel"
ALL_RAN = """() => {
  const prompts = [...document.querySelectorAll(
    '.jp-Notebook .jp-CodeCell .jp-InputPrompt')];
  return prompts.length > 0 &&
    prompts.every(prompt => /^\\[\\d+\\]:$/.test(prompt.textContent));
}"""

NONE_RAN = ALL_RAN.replace("\\d+", " ")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the repository: the learner's own work is not touched."""
    target = tmp_path_factory.mktemp("copy") / "repository"
    return shutil.copytree(
        ROOT, target, ignore=shutil.ignore_patterns(*NOT_NEEDED)
    )


@pytest.fixture(scope="module")
def lab(chromium, copy, tmp_path_factory):
    """`workshop lab` on the copy."""
    lab = Lab(
        {
            "PATH": os.defpath,
            "HOME": str(tmp_path_factory.mktemp("home")),
            "SHELL": "/bin/sh",
            "PYTHONPATH": str(copy),
        },
        *("--port", "0", "--no-browser"),
    )
    yield lab
    end(lab.process)


def end(process):
    """Ctrl-C, and the end of all that was started."""
    children = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    try:
        process.communicate(timeout=30)
    except subprocess.TimeoutExpired:
        for one in (*children, psutil.Process(process.pid)):
            one.kill()
        process.communicate()
        raise


@pytest.fixture
def page(window):
    window.page.set_default_timeout(PATIENCE_MS)
    return window.page


def open_notebook(page, lab, path):
    """Open a notebook, and wait until its kernel does."""
    page.goto(f"{lab.root}lab/tree/{path}?token={lab.token}&reset")
    wait_for_kernel(page)


def wait_for_kernel(page):
    """Wait until a cell that is run is run: until the status bar says so."""
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()


def choose(page, *names):
    """Choose what the menus have by these names."""
    for name in names:
        label = re.compile(f"^{re.escape(name)}$")
        page.locator(LABELS).filter(has_text=label).click()


def run_all(page):
    """Run all cells; none of them has an error or says something to stderr.

    A lesson is stored with its outputs: what is there afterwards is new.
    """
    choose(page, "Edit", "Clear Outputs of All Cells")
    page.wait_for_function(NONE_RAN)
    choose(page, "Run", "Run All Cells")
    page.wait_for_function(ALL_RAN)
    assert page.locator(FAULTS).count() == 0


def set_theme(page, theme):
    choose(page, "Settings", "Theme", f"JupyterLab {theme.title()}")
    light = str(theme == "light").lower()
    there = page.locator(f'body[data-jp-theme-light="{light}"]')
    there.wait_for(state="attached")


def are_drawn(pictures):
    """Whether there is a picture, and each has come and has a size."""
    sizes = [
        picture.evaluate("async image => (await image.decode(), image.width)")
        for picture in pictures.all()
    ]
    return len(sizes) > 0 and all(sizes)


def test_the_first_lesson_runs_and_is_legible(window, page, lab):
    page.goto(lab.page)  # the address that a learner is given
    wait_for_kernel(page)
    run_all(page)
    assert are_drawn(page.locator(".jp-MarkdownOutput img"))
    timeline = page.locator('.jp-OutputArea-output img[alt*="invoke"]')
    assert are_drawn(timeline)
    assert page.get_by_text("Jupyter news").count() == 0  # nobody asks
    printed = page.locator(".jp-OutputArea-output").all_text_contents()
    assert any("█" in text for text in printed)
    assert any("Init Duration" in text for text in printed)
    for theme in THEMES:
        set_theme(page, theme)
        for heading in ("The whole workshop", "What the first one costs"):
            there = page.get_by_role("heading", name=heading)
            there.scroll_into_view_if_needed()
        window.keep(f"lab_00_{theme}")


def test_the_timelines_are_drawn(window, page, lab):
    open_notebook(page, lab, "notebooks/03_lambda_lifecycle.ipynb")
    run_all(page)
    timelines = page.locator(".jp-OutputArea-output img[alt*=' init ']")
    assert are_drawn(timelines)
    for theme in THEMES:
        set_theme(page, theme)
        timelines.first.scroll_into_view_if_needed()
        window.keep(f"lab_03_{theme}")


def sources(notebook):
    cells = json.loads(notebook.read_text())["cells"]
    return ["".join(cell["source"]) for cell in cells]


def test_an_exercise_is_solved_by_typing(window, page, lab, copy):
    before = sources(EXERCISES / EXERCISE)
    solution = sources(SOLUTIONS / EXERCISE)
    if sources(copy / "exercises" / EXERCISE) != before:
        pytest.fail("the copy is not what it is a copy of")
    open_notebook(page, lab, f"exercises/{EXERCISE}")
    cells = page.locator(".jp-Notebook .jp-Cell")
    for number, text in enumerate(solution):
        if text != before[number]:
            cells.nth(number).locator(".cm-content").click()
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.insert_text(text)
    run_all(page)
    judged = page.locator(".jp-OutputArea-output", has_text="checks pass.")
    verdict = judged.text_content()
    assert re.search(r"^(\d+) of \1 checks pass\.", verdict, re.MULTILINE)
    assert "✓ passed" in verdict and "✗" not in verdict
    for theme in THEMES:
        set_theme(page, theme)
        judged.scroll_into_view_if_needed()
        window.keep(f"lab_exercise_04_{theme}")
    choose(page, "File", "Save Notebook")
    page.locator(".jp-mod-current:not(.jp-mod-dirty)").first.wait_for()
    assert sources(copy / "exercises" / EXERCISE) == solution
    assert sources(EXERCISES / EXERCISE) == before

    (command,) = re.findall(r"^Next: .*`workshop (submit)`", verdict, re.M)
    done = subprocess.run(
        [sys.executable, "-m", "workshop", command, "--name", "ada"],
        cwd=copy,
        env=os.environ | {"PYTHONPATH": str(copy)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert done.returncode == 0
    assert "04_lambda_runtime_loop: solved, " in done.stdout
    assert [path.suffix for path in (copy / "submissions").iterdir()] == [
        ".zip"
    ]
