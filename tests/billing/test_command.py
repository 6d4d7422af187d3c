"""`workshop bill`, from its options to what it prints and writes."""

import contextlib
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from workshop.billing.command import Options, main
from workshop.errors import WorkshopError
from workshop.repository import ROOT

ROWS = [
    {
        "platform": platform,
        "memory_mb": memory_mb,
        "function": "node",
        "kernel": "brute",
        "workload": workload,
        "init_ms": 150 if workload == "hello" else None,
        "warm_ms": warm_ms,
        "billed_ms": billed_ms,
    }
    for platform, memory_mb, workload, warm_ms, billed_ms in (
        ("lambda", 1024, "hello", 1.2, 2),
        ("lambda", 1024, "100-999", 1499.3, 1500),
        ("azure", None, "hello", 1.2, None),
    )
]


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(ROWS))
    return file


def lines_of(text):
    """The lines of the tables, by function and workload: their cells."""
    lines = [re.split(r"\s{2,}", line.strip()) for line in text.splitlines()]
    return [line[1:] for line in lines if line[0] == "node"]


def test_the_tables_and_what_they_rest_on(path, capsys):
    options = Options(path, 1_000_000, 0, "used-up")
    assert main(options) == 0
    text = capsys.readouterr().out
    assert "AWS Lambda, us-east-1: USD a month for 1,000,000 requests" in text
    assert "Azure Functions, eastus: USD a month" in text
    assert lines_of(text) == [
        # 0.20 + 2,000 * 0.0000166667 = 0.23; Arm, 0.0000133334: 0.23
        # 8.8866 / 0.0000002333334 = 38,085,417.7
        [
            *("hello", "1,024", "2"),
            *("0.23", "0.23", "1.23", "3.73", "38,085,418"),
        ],
        # 0.20 + 1.5 M * 0.0000166667 = 25.20; Arm: 20.20
        # 8.8866 / 0.00002520005 = 352,642.2
        [
            *("100-999 brute", "1,024", "1,500"),
            *("25.20", "20.20", "26.20", "28.70", "352,643"),
        ],
        # 0.20 + 12,500 * 0.000016; 0.40 + 2 M * 0.000026
        ["hello", "1.2", "0.40", "52.40"],
    ]
    assert "- List prices of 20" in text and "without tax" in text
    assert "Nothing is free: others have used it up." in text
    assert "at 8.89 for 30 days" in text
    assert "…" not in text


def shown(path, width, requests):
    """What a terminal of that width shows."""
    shell, terminal = pty.openpty()
    command = [sys.executable, "-m", "workshop", "bill", "--from", path]
    command += ["--requests-per-month", requests, "--cold-starts", "0"]
    with subprocess.Popen(
        [*command, "--free-tier", "used-up"],
        stdout=terminal,
        env=os.environ
        | {"TERM": "xterm", "PYTHONUTF8": "1", "COLUMNS": str(width)},
    ):
        os.close(terminal)
        text = b""
        with contextlib.suppress(OSError):  # Linux's end of a terminal
            while more := os.read(shell, 65_536):
                text += more
    os.close(shell)
    return re.sub(r"\x1b\[[\d;]*m|\r", "", text.decode())


def test_a_narrow_terminal_cuts_no_number(path):
    work = "100-999 brute", "1,024", "1,500", "25.20", "20.20"
    work = *work, "26.20", "28.70", "352,643"
    assert lines_of(shown(path, 100, "1e6"))[1] == [*work]
    narrower = shown(path, 80, "1e6")
    assert lines_of(narrower)[1] == [work[0], *work[2:]]
    assert "A wider terminal shows as well: MB." in narrower
    narrow = shown(path, 60, "1e6")
    assert lines_of(narrow)[1] == [work[0], *work[3:7]]
    assert "A wider terminal shows as well: MB, ms, task from." in narrow
    stacked = shown(path, 40, "1e6")
    assert "node, 100-999 brute\n" in stacked
    for heading, number in (("MB", "1,024"), ("task from", "352,643")):
        assert re.search(rf"^ {heading} +{number} *$", stacked, re.MULTILINE)
    assert not any("…" in text for text in (narrower, narrow, stacked))


def test_a_call_that_no_api_waits_for(tmp_path, capsys):
    file = tmp_path / "rows.json"
    for ms, cells in (
        (29_000, ["483.53", "386.87", "484.53", "487.03"]),
        (29_001, ["483.53", "386.87", "484.53", "-"]),
        (30_001, ["483.53", "386.87", "-", "-"]),
    ):
        row = ROWS[1] | {"warm_ms": ms, "billed_ms": 29_000}
        file.write_text(json.dumps([row]))
        main(Options(file, 1_000_000, 0, "used-up"))
        text = capsys.readouterr().out
        (line,) = lines_of(text)
        assert line[3:7] == cells
        assert ("An HTTP API waits at most 30 s" in text) is ("-" in cells)


def test_as_many_requests_as_there_may_be(path, capsys):
    main(Options(path, 1e15, 100))
    text = capsys.readouterr().out
    assert "for 1,000,000,000,000,000 requests" in text and "…" not in text


def test_what_is_free_is_taken_off(path, capsys):
    main(Options(path, 1_000_000, 0))
    text = capsys.readouterr().out
    assert "What is always free each month is taken off" in text
    assert lines_of(text)[0][3:7] == ["0.00", "0.00", "1.00", "3.50"]


def test_one_in_a_hundred_is_a_cold_start(path, capsys):
    main(Options(path, 1_000_000, free_tier="used-up"))
    text = capsys.readouterr().out
    # + 10,000 * 0.150 s: 151.2, so 152 ms less 2; 1,500 * 0.0000166667
    assert lines_of(text)[0][3] == "0.26"
    assert "1 in 100 are cold starts" in text


def test_a_choice(path, capsys):
    main(Options(path, 1, workload="hello", kernel="brute"))
    text = capsys.readouterr().out
    assert "hello" in text and "100-999" not in text


def test_the_file_has_every_line(path, tmp_path, capsys):
    file = tmp_path / "bills.json"
    assert main(Options(path, 3_000_000, 0, json=file)) == 0
    told = json.loads(file.read_text())
    assert (told["currency"], told["requests"]) == ("USD", "3000000")
    hello, work, azure = told["rows"]
    assert (work["function"], work["workload"]) == ("node", "100-999")
    assert hello["bills"]["lambda-http"]["lines"][2] == {
        "what": "API Gateway HTTP API calls",
        "quantity": "3000000",
        "free": "0",
        "unit": "units of 512 KB",
        "price": "1",
        "per": "1000000",
        "amount": "3",
    }
    # 0.40 + (4.5 M - 400,000) * 0.0000166667
    assert work["bills"]["lambda-url"]["total"] == "68.73347"
    assert list(azure["bills"]) == ["azure-consumption", "azure-flex"]
    assert azure["task_from"] is None


def test_on_stdout_is_json_alone(path, capsys):
    assert main(Options(path, 1, json=Path("-"))) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["requests"] == "1"
    assert "AWS Lambda, us-east-1" in captured.err


def test_the_committed_comparison(capsys):
    path = ROOT / "benchmarks" / "compare.json"
    assert main(Options(path, 10_000_000, workload="hello")) == 0
    text = capsys.readouterr().out
    for name in ("python", "python-rust", "node", "rust"):
        assert re.search(rf"^ {name} +hello ", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"requests": -1}, "--requests-per-month must not be negative"),
        (
            {"requests": float("nan")},
            "--requests-per-month must be finite, not nan.",
        ),
        (
            {"requests": 1e300},
            "--requests-per-month must be at most 1,000,000,000,000,000, not "
            "1e+300.",
        ),
        ({"cold_percent": -1.0}, "--cold-starts must not be negative"),
        ({"cold_percent": 101.0}, "must be at most 100 percent, not 101.0."),
        (
            {"free_tier": "beer"},
            "--free-tier must be unused or used-up, not beer.",
        ),
        ({"workload": "1-9"}, "There is no workload 1-9 in it."),
        ({"kernel": "slow"}, "There is no kernel slow in it."),
        ({"rows": Path("nowhere.json")}, "nowhere.json cannot be read: No"),
        ({"json": Path("nowhere/bill.json")}, "cannot be written: No such"),
    ],
)
def test_what_cannot_be_done(path, wrong, said):
    with pytest.raises(WorkshopError) as caught:
        main(Options(**{"rows": path, "requests": 1} | wrong))
    assert said in str(caught.value)


def test_a_file_without_a_warm_time(tmp_path):
    file = tmp_path / "rows.json"
    file.write_text(json.dumps([ROWS[2] | {"warm_ms": None}]))
    with pytest.raises(WorkshopError, match="has no row with a warm time"):
        main(Options(file, 1))


def test_a_full_disk_is_told(path, tmp_path, monkeypatch):
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("There is no /dev/full here.")
    file = tmp_path / "bill.json"
    for options in Options(path, 1, json=file), Options(path, 1, json=full):
        stdout = full.open("w") if options.json == file else io.StringIO()
        monkeypatch.setattr("sys.stdout", stdout)
        with pytest.raises(WorkshopError, match="No space left on device"):
            main(options)
        with contextlib.suppress(OSError):  # what is left in its buffer
            stdout.close()
    assert json.loads(file.read_text())["rows"]  # the table alone is lost
