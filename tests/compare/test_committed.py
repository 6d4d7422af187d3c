"""What is asked of the committed comparison, within its one run."""

import json

import pytest

from workshop.compare.figures import TALKS_MS
from workshop.repository import ROOT

BENCHMARKS = ROOT / "benchmarks"
ROWS = BENCHMARKS / "compare.json"
pytestmark = pytest.mark.skipif(
    not ROWS.exists(), reason="`make compare` has not been run"
)
ON_LAMBDA = (
    *("python", "python-lean", "python-managed", "python-rust"),
    *("node", "node-text", "rust"),
)
ON_AZURE = ("python", "node", "node-text", "rust")
WORKLOADS = ("hello", "10-99", "100-999", "1000-9999")


@pytest.fixture(scope="module")
def rows():
    return {
        (row["platform"], row["function"], row["workload"], row["kernel"]): row
        for row in json.loads(ROWS.read_text())
    }


@pytest.fixture(scope="module")
def on_lambda(rows):
    """The row of a function on Lambda."""

    def row(function, workload, kernel="brute"):
        return rows["lambda", function, workload, kernel]

    return row


@pytest.fixture(scope="module")
def where():
    return json.loads((BENCHMARKS / "compare_machine.json").read_text())


@pytest.fixture(scope="module")
def loops():
    return json.loads((BENCHMARKS / "loops.json").read_text())


def test_it_is_whole(rows):
    assert set(rows) == {
        (platform, function, workload, kernel)
        for platform, functions in (
            ("lambda", ON_LAMBDA),
            ("azure", ON_AZURE),
        )
        for function in functions
        for workload in WORKLOADS
        for kernel in ("brute", "fast")
    }
    assert all(row["n"] for row in rows.values())


def test_where_and_when(where):
    assert where["minutes"] < 15
    for name in "date", "machine", "python", "node", "rust":
        assert where[name]


@pytest.mark.parametrize("workload", ["100-999", "1000-9999"])
def test_rust_is_as_fast_as_the_talks(on_lambda, workload):
    ours = on_lambda("rust", workload)["warm_ms"]
    talks = TALKS_MS["lambda"]["rust"][workload]
    assert 1 / 2 <= ours / talks <= 2


@pytest.mark.parametrize("workload", ["100-999", "1000-9999"])
def test_one_of_nodes_reversals_is_near_the_talks(on_lambda, workload):
    talks = TALKS_MS["lambda"]["node"][workload]
    ratios = [
        on_lambda(name, workload)["warm_ms"] / talks
        for name in ("node", "node-text")
    ]
    assert any(1 / 4 <= ratio <= 4 for ratio in ratios)


@pytest.mark.parametrize(
    ("other", "most"), [("python-managed", 0.4), ("node", 0.45)]
)
def test_the_lean_loop_starts_soon(on_lambda, other, most):
    ours = on_lambda("python-lean", "hello")["cold_ms"]
    assert ours <= most * on_lambda(other, "hello")["cold_ms"]


# From the start of its process to its first answer, with nothing of the local
# Lambda between, which takes some milliseconds of its own.
@pytest.mark.parametrize(
    ("other", "most"),
    [("bare_python", 1.3), ("python-managed", 0.4), ("node", 0.45)],
)
def test_the_lean_loop_starts_nearly_as_soon_as_python(loops, other, most):
    ours = loops["cold"]["python-lean"]["median_ms"]
    assert ours <= most * loops["cold"][other]["median_ms"]


def test_the_lean_loop_answers_soon(on_lambda, loops):
    ours = on_lambda("python-lean", "hello")["warm_ms"]
    assert ours <= 0.5 * on_lambda("python-managed", "hello")["warm_ms"]
    ours = loops["warm"]["python-lean"]["median_us"]
    assert ours <= 0.5 * loops["warm"]["python-managed"]["median_us"]


def test_python_with_rust_inside_is_as_fast_as_rust(on_lambda):
    ours = on_lambda("python-rust", "1000-9999")["warm_ms"]
    assert ours <= 1.15 * on_lambda("rust", "1000-9999")["warm_ms"]


@pytest.mark.parametrize("function", ["python", "python-lean"])
def test_the_better_algorithm_beats_the_faster_language(on_lambda, function):
    ours = on_lambda(function, "1000-9999", "fast")["warm_ms"]
    assert on_lambda("rust", "1000-9999")["warm_ms"] >= 1000 * ours
