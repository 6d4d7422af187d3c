"""A REPORT line, as AWS writes it, and as the local Lambda does."""

from workshop.aws.report import Report as Local
from workshop.deploy.aws.report import read

REAL = (  # "Lambda log formats", AWS Lambda Developer Guide, read 2026-11
    "START RequestId: 1 Version: $LATEST\nEND RequestId: 1\n"
    "REPORT RequestId: 1\tDuration: 12.15 ms\tBilled Duration: 104 ms\t"
    "Memory Size: 128 MB\tMax Memory Used: 30 MB\t"
    "Init Duration: 91.00 ms\t\n"
)


def test_the_figures_of_a_cold_call():
    report = read(REAL)
    assert report.duration_ms == 12.15
    assert report.billed_ms == 104
    assert (report.memory_mb, report.max_memory_mb) == (128, 30)
    assert report.init_ms == 91.0
    assert report.line.startswith("REPORT RequestId: 1\tDuration")


def test_the_last_one_counts_and_a_warm_one_has_no_init():
    local = Local("2", 0.5, 256, 21)
    report = read(f"{REAL}{local.line()}\n")
    assert report.init_ms is None
    assert report.duration_ms == 0.5
    assert report.memory_mb == 256


def test_what_a_function_prints_is_no_report():
    assert read("the REPORT RequestId: 3\n") is None
    assert read("") is None
