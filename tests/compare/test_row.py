"""The rows of a result, and the files with them."""

import csv
import io
import json

import pytest

from tests.compare.plans import FAST, HELLO, MIDDLE, contender, samples_of
from workshop.compare.row import as_csv, as_json, rows
from workshop.compare.sample import Sample, Samples
from workshop.compare.schedule import cell

FIELDS = [  # in this order, for who reads a file
    *("platform", "memory_mb", "function", "kernel", "workload"),
    *("cold_ms", "init_ms", "first_ms", "warm_ms", "p95_ms", "n"),
    *("billed_ms", "max_memory_mb", "cost_per_million_usd"),
]


@pytest.fixture
def samples(tmp_path):
    found = Samples(tmp_path / "samples.jsonl")
    for init, first in (100.0, 2.0), (300.0, 9.0), (200.0, 1.0):
        found.add(Sample(cell(RUST, HELLO, "cold"), first, init, 300.0, 17.0))
    for ms in range(1, 21):
        found.add(Sample(cell(RUST, HELLO, "warm"), ms, 0.0, ms, 16.0))
    found.add(Sample(cell(AZURE, HELLO, "warm"), 250.0))
    found.add(Sample(cell(AZURE, MIDDLE, "warm"), 3.0))
    return found


RUST, AZURE = contender("rust"), contender("rust", "azure")


def test_cold_is_two_things_and_their_sum(samples):
    [row] = rows(samples, RUST, [HELLO], ["brute"], 512)
    assert (row.init_ms, row.first_ms, row.cold_ms) == (200, 2, 201)
    # Nothing of that is in these:
    assert (row.warm_ms, row.p95_ms, row.n) == (10.5, 19.05, 20)
    assert row.spread_ms == (1, 20)
    assert (row.billed_ms, row.max_memory_mb) == (10.5, 17)


def test_the_price_of_a_million(samples):
    [row] = rows(samples, RUST, [HELLO], ["brute"], 512)
    # 1e6 invocations, 10.5 ms of 0.5 GB each: 5,250 GB-s.
    assert row.cost_per_million_usd == round(0.20 + 5250 * 0.0000166667, 4)
    hello, middle = rows(samples, AZURE, [HELLO, MIDDLE], ["brute"], 512)
    # 250 ms of an eighth of a GB: 31,250 GB-s. At least 100 ms: 12,500.
    assert hello.cost_per_million_usd == 0.20 + 31_250 * 0.000016
    assert middle.cost_per_million_usd == 0.20 + 12_500 * 0.000016
    assert hello.memory_mb is None


def test_a_duration_on_azure_is_rounded_up_to_1_ms(tmp_path):
    samples = samples_of(tmp_path / "s", AZURE, warm=[250.2])
    [row] = rows(samples, AZURE, [HELLO], ["brute"], 128)
    # 251 ms of an eighth of a GB: 31,375 GB-s.
    assert row.cost_per_million_usd == 0.20 + 31_375 * 0.000016


def test_hello_is_in_the_table_of_each_kernel(samples):
    samples.add(Sample(cell(RUST, FAST[0], "warm"), 1.0))
    found = rows(samples, RUST, [HELLO, *FAST], ["brute", "fast"], 128)
    assert [(row.kernel, row.workload, row.n) for row in found] == [
        ("brute", "hello", 20),
        ("fast", "hello", 20),
        ("fast", "10-99", 1),
    ]


def test_what_was_not_measured_has_no_row(tmp_path):
    cold_only = samples_of(tmp_path / "s", RUST, cold=[1.0])
    [row] = rows(cold_only, RUST, [HELLO, MIDDLE], ["brute"], 128)
    assert (row.workload, row.n, row.warm_ms) == ("hello", 0, None)


def test_the_files_have_these_fields_and_no_other(samples):
    found = list(rows(samples, RUST, [HELLO], ["brute"], 128))
    [told] = json.loads(as_json(found))
    assert list(told) == FIELDS
    [line] = csv.DictReader(io.StringIO(as_csv(found)))
    assert list(line) == FIELDS
    assert float(line["cold_ms"]) == told["cold_ms"] == 201
    [azure] = rows(samples, AZURE, [HELLO], ["brute"], 128)
    [line] = csv.DictReader(io.StringIO(as_csv([azure])))
    assert line["memory_mb"] == line["cold_ms"] == ""
