"""The lean loop of functions/aws/python-lean is a whole loop: what judges a
learner's loop judges it, and its JSON is that of Python's json.
"""

import json
import math
import shutil
import subprocess
from types import SimpleNamespace

import examiner
import lean
import pytest
import test_04_lambda_runtime_loop as exercise
from hypothesis import example, given, settings
from hypothesis import strategies as st

from workshop.repository import FUNCTIONS
from workshop.sandbox import base_python

LEAN = FUNCTIONS / "aws" / "python-lean"
CHECKS = [
    check
    for name, check in vars(exercise).items()
    if name.startswith("test_") and "aws" not in check.__code__.co_varnames
]
steady = settings(derandomize=True, deadline=None, max_examples=300)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.tuples(inner)
        | st.dictionaries(st.text() | st.integers() | st.none(), inner)
    ),
)


@pytest.fixture
def loop(tmp_path, started_by):
    """Where the examiner is told that the loop is."""
    shutil.copy(LEAN / "lean.py", tmp_path)
    started_by(LEAN / "bootstrap")
    return tmp_path / "loop.py"


# As a learner's loop


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_passes_the_exercise(check, loop):
    check(SimpleNamespace(path=loop))


def results(loop, handler, *events, **options):
    """What the loop answers to these events, or the errors' messages."""
    deliveries = [examiner.Delivery(event) for event in events]
    transcript = examiner.examine(loop, *deliveries, handler=handler)
    bodies = [
        json.loads(post.body)
        for delivery in deliveries
        for post in transcript.posts(delivery)
    ]
    assert len(bodies) == len(events), str(transcript)
    return bodies


def test_it_imports_next_to_nothing(loop):
    handler = """
import sys
before = set(sys.modules)
def handler(event, context):
    return sorted(before)
"""
    bare = [base_python(), "-I", "-S", "-c", "import sys; print(*sys.modules)"]
    of_python = subprocess.run(bare, capture_output=True, text=True).stdout
    [modules] = results(loop, handler, None)
    assert set(modules) - set(of_python.split()) == {
        *("_json", "_socket", "handler", "lean"),
    }


def test_a_handler_has_an_environment_and_so_have_its_children(loop):
    handler = """
import os, subprocess
def handler(event, context):
    shown = "echo $_X_AMZN_TRACE_ID $MINE"
    os.environ["MINE"] = event
    of_child = subprocess.check_output(["sh", "-c", shown], text=True)
    return [f"{os.environ['_X_AMZN_TRACE_ID']} {event}", of_child.strip()]
"""
    for ours, of_child in results(loop, handler, "first", "second"):
        assert ours == of_child
        assert ours.startswith("Root=1-")


def test_an_error_whose_type_a_header_cannot_say(loop):
    handler = """
class Ошибка(Exception):
    pass
def handler(event, context):
    if event:
        raise Ошибка("нет")
"""
    error, after = results(loop, handler, True, False)
    assert error["errorType"] == "Ошибка"
    assert error["errorMessage"] == "нет"
    assert after is None


def test_an_event_that_is_no_json_is_an_error_in_the_words_of_json(loop):
    # In a process that has not imported json: _json alone cannot say it.
    texts = '{"a" 1}', "[1,]", '"\n"', "nul", "{} {}", "", "[" * 100_000
    handler = """
import lean
def handler(text, context):
    return lean.from_json(text.encode())
"""
    for text, said in zip(texts, results(loop, handler, *texts), strict=True):
        with pytest.raises((ValueError, RecursionError)) as caught:
            json.loads(text)
        assert said["errorType"] == type(caught.value).__name__
        assert said["errorMessage"] == str(caught.value)


# JSON


def same(one, other):
    """Whether two values are equal, also where nan is not."""
    return repr(one) == repr(other)


@steady
@given(VALUES)
def test_values_become_what_json_makes_of_them(value):
    text = json.dumps(value, separators=(",", ":"))
    assert lean.to_json(value).decode() == text
    assert same(lean.from_json(text.encode()), json.loads(text))


@steady
@given(VALUES, st.integers(0, 4) | st.none(), st.booleans())
def test_json_is_read_however_it_is_written(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    content = f" \n{text}\t\r".encode(errors="surrogatepass")
    assert same(lean.from_json(content), json.loads(content))


@steady
@given(
    st.binary()
    | st.text('[]{},:"\\ \n0123456789.eE+-truefalsN').map(str.encode)
)
@example(b"\xef\xbb\xbf{}")
@example("[1]".encode("utf-16"))
@example(b'"\xed\xa0\x80"')
@example(b"1\x00")
@example(b"\xa01")
@example(b"-Infinity")
@example(b'{"a":1,"a":2}')
def test_any_bytes_are_read_as_json_reads_them(content):
    try:
        expected = json.loads(content)
    except ValueError as error:
        with pytest.raises(type(error)) as caught:
            lean.from_json(content)
        assert str(caught.value) == str(error)
    else:
        assert same(lean.from_json(content), expected)


def circle():
    values = []
    values.append(values)
    return values


@pytest.mark.parametrize(
    "value", [{1}, [b""], {(1, 2): 3}, circle(), [object]], ids=repr
)
def test_what_json_does_not_have_is_refused_in_its_words(value):
    with pytest.raises((TypeError, ValueError)) as expected:
        json.dumps(value)
    for _ in range(2):  # the first try leaves nothing behind
        with pytest.raises(type(expected.value)) as caught:
            lean.to_json(value)
        assert str(caught.value) == str(expected.value)


def test_a_value_that_occurs_twice_is_no_circle():
    part = {"nan": math.inf}
    assert lean.to_json([part, part]) == b'[{"nan":Infinity},{"nan":Infinity}]'
