"""The figures that the text quotes are those of the last measurement."""

import json
import re
from statistics import median

import pytest

from workshop.repository import ROOT

BENCHMARKS = ROOT / "benchmarks"
PAGE = ROOT / "workshop" / "aws" / "README.md"


@pytest.fixture(scope="module")
def page():
    """The page, with its lines put together."""
    return " ".join(PAGE.read_text().split())


@pytest.fixture(scope="module")
def measured():
    return json.loads((BENCHMARKS / "local_lambda.json").read_text())


def test_where_and_when(page, measured):
    assert f"Measured on {measured['date']} with Python" in page
    assert f"with Python {measured['python']} on an" in page
    assert measured["machine"] in page
    assert f"official emulator {measured['warm']['emulator']} |" in page


@pytest.mark.parametrize(
    ("way", "name"), [("raw", "one connection"), ("boto3", "boto3")]
)
def test_warm(page, measured, way, name):
    found = measured["warm"][way]
    ours, rie = found["local_lambda"], found["rie"]
    assert re.search(
        rf"\| {name}[^|]*, median \| {ours['median_us']} µs "
        rf"\| {rie['median_us']} µs \| {found['ratio']} \|",
        page,
    )
    assert f"| {ours['p95_us']} µs | {rie['p95_us']} µs |" in page
    # What is asked of it: no slower than the emulator, in the same run.
    assert found["ratio"] <= 1


def test_concurrent(page, measured):
    found = measured["concurrent"]
    rates = found["invocations_per_s"]
    assert (
        f"| {found['callers']} callers, {found['environments']} environments, "
        f"not throttled | {round(median(rates))} invocations a second "
        f"({min(rates)} to {max(rates)}), {found['lost']} lost |"
    ) in page
    assert min(rates) >= 2000


def test_idle(page, measured):
    found = measured["idle"]
    alone_s = found["cpu_s_without_environments"]
    assert (
        f"| {found['environments']} frozen environments, in "
        f"{found['over_s']} s | {found['cpu_s']} s of CPU; the server alone "
        f"takes {alone_s} s |"
    ) in page
    assert f"{found['server_rss_mb']} MB resident" in page
    assert found["server_rss_mb"] < 100


def test_soak(page):
    found = json.loads((BENCHMARKS / "soak.json").read_text())
    assert f"{found['invokes']:,} invokes from {found['concurrency']}" in page
    assert (
        f"{found['answered_once']:,} answered once, {len(found['wrong'])} "
        f"wrong, nothing left behind, in {found['seconds']:.0f} s"
    ) in page
    assert found["left"] == []
    assert len(found["faults"]) == 11
