"""A deployed function, measured: how often it is called, what is told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from workshop.compare.row import FIELDS
from workshop.compare.workloads import chosen
from workshop.deploy.aws import measure as measuring
from workshop.deploy.aws.call import Call
from workshop.deploy.aws.deployment import deploy
from workshop.deploy.aws.measure import (
    Deployed,
    Wanted,
    as_json,
    measure,
    read_rows,
)
from workshop.deploy.aws.plan import plan
from workshop.deploy.package import package_handler
from workshop.errors import WorkshopError
from workshop.repository import ROOT

SMALL = Wanted(chosen("hello,10-99", "fast"), ("fast",), 1)


def silent(_):
    """Says nothing."""


@pytest.fixture(autouse=True)
def kept(tmp_path, monkeypatch):
    """Samples of these tests are kept apart."""
    monkeypatch.setattr(measuring, "KEPT", tmp_path / "measure")
    return tmp_path / "measure"


@pytest.fixture
def function(account, made):
    """A deployed function's name."""
    deploy(account, plan(made, account.names("workshop-python")), silent)
    return "workshop-python"


def variables(account, function):
    read = "GetFunctionConfiguration"
    found = account.ask(Call("lambda", read, {"FunctionName": function}))
    return found["Environment"]["Variables"]


def become(account, function, body):
    """Give the function another handler."""
    code = package_handler(f"def handler(event, context):\n    {body}\n")
    renew = {"FunctionName": function, "ZipFile": code}
    account.ask(Call("lambda", "UpdateFunctionCode", renew))


def invokes(wire):
    return wire.operations.count("lambda:Invoke")


def test_each_cell_has_its_samples(account, function, wire, kept):
    before = variables(account, function)
    deployed = Deployed(account, function, 100)
    found = measure(deployed, SMALL)
    assert found.is_whole
    hello, products = found.rows
    assert (hello.platform, hello.function) == ("lambda", "python-local")
    assert hello.init_ms > 0
    assert hello.cold_ms == pytest.approx(hello.init_ms + hello.first_ms)
    assert hello.n == products.n == 20
    assert products.init_ms is None
    assert products.cost_per_million_usd >= 0.2
    assert found.calls == invokes(wire) == 1 + 1 + 20 + 20
    assert variables(account, function) == before
    assert list(kept.iterdir()) != []
    found.forget()
    assert list(kept.iterdir()) == []


def test_no_more_calls_than_the_bound(account, function, wire):
    deployed = Deployed(account, function, 10)
    found = measure(deployed, SMALL)
    assert found.calls == invokes(wire) == 10
    assert not found.is_whole
    [hello] = found.rows
    assert hello.n == 8


def test_a_start_alone_has_no_price(account, function):
    [hello] = measure(Deployed(account, function, 2), SMALL).rows
    assert hello.cold_ms
    assert hello.n == 0
    assert hello.cost_per_million_usd is None


def test_the_next_run_goes_on(account, function, wire, capsys):
    measure(Deployed(account, function, 10), SMALL)
    wire.reset()
    found = measure(Deployed(account, function, 100), SMALL)
    assert "Going on with 9 samples" in capsys.readouterr().err
    assert found.is_whole
    assert invokes(wire) == 1 + 12 + 20


def test_stopped_it_tells_what_there_is(account, function, wire):
    before = variables(account, function)
    deployed = Deployed(account, function, 100)
    wire.before("lambda.Invoke", 8, KeyboardInterrupt)
    found = measure(deployed, SMALL)
    assert found.is_interrupted
    assert not found.is_whole
    assert found.rows[0].n == 5
    assert variables(account, function) == before


def test_without_a_call_there_are_no_rows(account, function):
    found = measure(Deployed(account, function, 0), SMALL)
    assert (found.rows, found.calls) == ((), 0)


def test_arm_has_its_own_price(account, made):
    arm = replace(made, architecture="arm64")
    deploy(account, plan(arm, account.names("workshop-arm"), 1024), silent)
    deployed = Deployed(account, "workshop-arm", 9)
    found = measure(deployed, SMALL)
    [hello] = found.rows
    gb_ms = hello.billed_ms * 0.0000133334 * 1000
    assert hello.cost_per_million_usd == pytest.approx(0.2 + gb_ms, abs=1e-3)


def test_a_function_that_answers_wrongly(account, function):
    become(account, function, "return 1")
    with pytest.raises(WorkshopError, match="wrongly"):
        measure(Deployed(account, function, 10), SMALL)


def test_a_function_that_fails(account, function):
    become(account, function, "return 1 / 0")
    with pytest.raises(WorkshopError, match="ZeroDivisionError"):
        measure(Deployed(account, function, 10), SMALL)


def test_a_function_that_is_never_warm(account, function):
    class Restless(Deployed):
        """A function whose environments AWS replaces all the time."""

        warm = Deployed.cold

    words = "3 times in a row it was cold"
    with pytest.raises(WorkshopError, match=words):
        measure(Restless(account, function, 50), SMALL)


def test_a_function_that_is_not_there(account):
    with pytest.raises(WorkshopError, match=r"`workshop deploy aws` makes"):
        Deployed(account, "workshop-nobody", 1)


def test_the_rows_are_those_of_a_comparison_and_say_where(account, function):
    found = measure(Deployed(account, function, 10), SMALL)
    [told] = json.loads(as_json(found.rows, "aws eu-central-1"))
    assert list(told) == [*FIELDS, "where"]
    assert told["where"] == "aws eu-central-1"


def test_rows_of_a_comparison_are_read_back():
    committed = ROOT / "benchmarks" / "compare.json"
    rows = read_rows(committed)
    told = json.loads(committed.read_text())
    assert len(rows) == sum(one["platform"] == "lambda" for one in told)
    assert {row.function for row in rows} >= {"python", "rust"}


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"platform": 1}]', None])
def test_a_file_without_rows(tmp_path, text):
    path = Path(tmp_path / "rows.json")
    if text is not None:
        path.write_text(text)
    if text == "{}":
        assert read_rows(path) == []
        return
    with pytest.raises(WorkshopError, match="has no rows of a comparison"):
        read_rows(path)
