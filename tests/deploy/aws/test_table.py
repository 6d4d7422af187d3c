"""Figures side by side."""

import io

from rich.console import Console

from workshop.deploy.aws.invocation import Invocation
from workshop.deploy.aws.report import Report
from workshop.deploy.aws.table import show

LINE = "REPORT RequestId: 1"


def shown(deployed, here):
    text = io.StringIO()
    show(Console(file=text), deployed, here, "x86_64")
    return text.getvalue()


def call(*figures):
    report = Report(LINE, *figures) if figures else None
    return Invocation("{}", b"1", "", "", report)


def test_a_row_for_each_side_with_its_cost():
    aws = call(2.0, 102, 128, 36, 99.5)
    here = call(0.5, 1, 128, 21)
    *_, first, second = filter(str.strip, shown([aws], [here]).splitlines())
    told = "99.5 ms 2 ms 102 ms 36 0.00000041"
    assert first.split() == ["{}", "deployed", *told.split()]
    assert second.split() == [
        *("local", "0.5", "ms", "1", "ms", "21", "0.00000020"),
    ]


def test_a_call_whose_log_was_lost():
    text = shown([call()], [])
    assert "no REPORT" in text
    assert "local" not in text
