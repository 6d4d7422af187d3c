"""The rows of a comparison, read for their bills."""

import json
from decimal import Decimal

import pytest

from workshop.billing.measured import Measured, chosen, read
from workshop.errors import WorkshopError
from workshop.repository import ROOT

ROW = {
    "platform": "lambda",
    "memory_mb": 128,
    "function": "rust",
    "kernel": "brute",
    "workload": "hello",
    "init_ms": 15.5,
    "warm_ms": 0.7,
    "billed_ms": 1.0,
    "p95_ms": 3.0,  # and whatever else there is
}
WORK = ROW | {"workload": "10-99", "init_ms": None, "warm_ms": 1.6}
AZURE = ROW | {"platform": "azure", "memory_mb": None, "billed_ms": None}


def written(path, told):
    path.write_text(json.dumps(told))
    return path


def test_rows(tmp_path):
    path = written(tmp_path / "rows.json", [ROW, WORK, AZURE])
    hello, work, azure = read(path)
    assert hello == Measured(
        *("lambda", "rust", "", "hello"),
        *(128, Decimal("0.7"), 1, Decimal("15.5")),
    )
    # A function's init is measured with hello, and is that of its others.
    assert (work.kernel, work.warm_ms) == ("brute", Decimal("1.6"))
    assert work.init_ms == Decimal("15.5")
    assert (azure.memory_mb, azure.billed_ms) == (None, None)


def test_hello_stands_once_and_what_was_not_measured_not_at_all(tmp_path):
    rows = [
        ROW,
        ROW | {"kernel": "fast", "warm_ms": 0.8},
        WORK | {"warm_ms": None, "billed_ms": None},
        WORK | {"kernel": "fast"},
    ]
    found = read(written(tmp_path / "rows.json", rows))
    assert [(row.workload, row.kernel, row.warm_ms) for row in found] == [
        ("hello", "", Decimal("0.7")),
        ("10-99", "fast", Decimal("1.6")),
    ]


def test_the_committed_comparison_can_be_read():
    found = read(ROOT / "benchmarks" / "compare.json")
    assert {row.platform for row in found} == {"lambda", "azure"}
    assert all(row.init_ms for row in found)


@pytest.fixture
def rows(tmp_path):
    told = [ROW, WORK, WORK | {"kernel": "fast"}, AZURE]
    return read(written(tmp_path / "rows.json", told))


@pytest.mark.parametrize(
    ("workload", "kernel", "number"),
    [
        ("", "", 4),
        ("hello", "", 2),
        ("10-99", "", 2),
        ("10-99", "fast", 1),
        ("", "fast", 3),  # hello is in the rows of each
    ],
)
def test_a_choice(rows, workload, kernel, number):
    assert len(chosen(rows, workload, kernel)) == number


@pytest.mark.parametrize(
    ("workload", "kernel", "said"),
    [
        (
            "1-9",
            "",
            "There is no workload 1-9 in it. There are: hello, 10-99.",
        ),
        ("", "slow", "There is no kernel slow in it. There are: brute, fast."),
    ],
)
def test_what_no_row_has(rows, workload, kernel, said):
    with pytest.raises(WorkshopError) as caught:
        chosen(rows, workload, kernel)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"warm_ms": -1}, ": warm_ms must not be negative, as -1 is."),
        ({"billed_ms": "1 ms"}, ": billed_ms must be a number, not '1 ms'."),
        (
            {"platform": "gcp"},
            ": there is no platform gcp: lambda or azure.",
        ),
        (
            {"warm_ms": 1e300},
            ": warm_ms must be at most 900,000, the 15 minutes that Lambda "
            "gives a call.",
        ),
        (
            {"memory_mb": 128.7},
            ": memory_mb must be a whole number from 128 to 10,240, not "
            "128.7.",
        ),
        (
            {"memory_mb": 64},
            ": memory_mb must be a whole number from 128 to 10,240, not 64.",
        ),
        ({"memory_mb": None}, ": on Lambda it needs a memory_mb."),
        ({"billed_ms": None}, ": on Lambda it needs a billed_ms."),
    ],
)
def test_a_row_at_fault_is_named(tmp_path, change, said):
    path = written(tmp_path / "rows.json", [ROW, ROW | change])
    with pytest.raises(WorkshopError) as caught:
        read(path)
    assert str(caught.value) == f"{path}, row 2{said}"


def test_a_number_that_json_has_not(tmp_path):
    told = json.dumps([ROW | {"warm_ms": float("nan")}])
    path = tmp_path / "rows.json"
    path.write_text(told)
    with pytest.raises(WorkshopError, match=r"row 1: warm_ms must be finite"):
        read(path)


def test_a_file_that_has_no_rows(tmp_path):
    path = tmp_path / "rows.json"
    with pytest.raises(
        WorkshopError, match=r"read: No such file .*compare --"
    ):
        read(path)
    path.write_text("rows")
    with pytest.raises(WorkshopError, match="is not JSON"):
        read(path)
    with pytest.raises(WorkshopError, match="is no list of rows"):
        read(written(path, {"rows": []}))
    with pytest.raises(WorkshopError, match="row 1 is no object"):
        read(written(path, [1]))
    less = {name: ROW[name] for name in ROW if name != "kernel"}
    with pytest.raises(WorkshopError, match="row 1 has no kernel"):
        read(written(path, [less]))
    path.write_bytes(b"\xff")
    with pytest.raises(WorkshopError, match="is not JSON"):
        read(path)
