"""The figures that the text quotes are those of the last measurement."""

import json
import re
from statistics import median

import pytest

from workshop.exercises import stems
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


@pytest.fixture(scope="module")
def host():
    return json.loads((BENCHMARKS / "functions_host.json").read_text())


@pytest.fixture(scope="module")
def host_page():
    page = ROOT / "workshop" / "azure" / "README.md"
    return " ".join(page.read_text().split())


def test_where_and_when_of_the_host(host_page, host):
    assert f"Measured on {host['date']} with Python" in host_page
    assert f"with Python {host['python']} on an" in host_page
    assert host["machine"] in host_page


@pytest.mark.parametrize("way", ["raw", "http_client"])
def test_what_the_host_adds(host_page, host, way):
    found = host["overhead"][way]
    assert (
        f"median | {found['direct']['median_us']} µs | "
        f"{found['host']['median_us']} µs | {found['ratio']} |"
    ) in host_page
    # What is asked of it.
    assert found["host"]["median_us"] < 500
    assert found["ratio"] < 2


def test_many_clients_of_the_host(host_page, host):
    found = host["overhead"]["at_once"]
    for rates in found["per_s"].values():
        said = f"{round(median(rates))} ({min(rates)} to {max(rates)})"
        assert said in host_page
    assert f", {found['share']} of that" in host_page
    assert found["share"] >= 0.5


def test_the_handler_alone(host_page, host):
    found = host["alone"]
    first = found["first_200_ms"]
    said = f"{first['median']} ms ({first['least']} to {first['most']})"
    assert said in host_page
    assert first["median"] < 80
    assert f"{found['two_writes_median_ms']} ms a request" in host_page
    rates = found["requests_per_s"]
    said = f"{round(median(rates))} ({min(rates)} to {max(rates)}) requests"
    assert said in host_page
    assert median(rates) >= 5000


def test_the_one_result_of_the_readme():
    readme = " ".join((ROOT / "README.md").read_text().split())
    rows = {
        (row["function"], row["kernel"]): row
        for row in json.loads((BENCHMARKS / "compare.json").read_text())
        if (row["platform"], row["workload"]) == ("lambda", "1000-9999")
    }
    where = json.loads((BENCHMARKS / "compare_machine.json").read_text())
    assert f"Medians of {where['date']}" in readme
    assert f"with Python {where['python']} on an {where['machine']};" in readme
    for function in ("node", "rust", "python", "python-rust"):
        row = rows[function, "brute"]
        assert (
            f"| {row['warm_ms'] / 1000:.1f} s | "
            f"{row['cost_per_million_usd']:.2f} USD |"
        ) in readme
    fast = rows["python", "fast"]["warm_ms"]
    assert f"| {fast:.2f} ms |" in readme
    times = round(rows["rust", "brute"]["warm_ms"] / fast, -2)
    assert f"{times:,.0f} times as fast as Rust" in readme


def test_a_million_requests_are_simulated_soon_and_ten_take_no_more_room():
    told = json.loads((BENCHMARKS / "simulate.json").read_text())
    for fleet in told["million_requests"].values():
        assert fleet["median_s"] < 10
    one, ten = told["memory"]["1 M"], told["memory"]["10 M"]
    assert ten["requests"] > 9 * one["requests"]
    assert ten["peak_mb"] < 1.1 * one["peak_mb"]


def test_a_class_is_graded_within_a_break():
    page = " ".join((ROOT / "INSTRUCTOR.md").read_text().split())
    told = json.loads((BENCHMARKS / "grade.json").read_text())
    class_ = told["class"]
    assert class_["submissions"] == 30
    assert class_["exercises"] == list(stems())
    assert class_["shut_in"]
    assert class_["seconds"] < 180
    assert (
        f"Thirty complete submissions, no two alike, took "
        f"{class_['seconds']:.0f} s on two cores (benchmarks/grade.py, "
        f"{told['date']})"
    ) in page
