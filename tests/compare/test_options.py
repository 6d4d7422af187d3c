"""What the command line may say, and what it is told where it errs."""

import subprocess
import sys

import pytest

from workshop.compare.command import Options, plan_of
from workshop.errors import WorkshopError


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"platform": "gcp"}, "no platform gcp: lambda, azure or both"),
        ({"functions": "perl"}, "no function perl. There are: python, "),
        (
            {"functions": "python-lean", "platform": "azure"},
            "no function python-lean. There are: python, node, node-text, ",
        ),
        ({"workloads": "hello,1-9"}, "no workload 1-9. There are: hello, "),
        ({"kernel": "slow"}, "no kernel slow. There are: brute, fast."),
        ({"memory_mb": 127}, "--memory must be from 128 to 10240 MB"),
        ({"memory_mb": 10_241}, "--memory must be from 128 to 10240 MB"),
    ],
)
def test_what_cannot_be_measured(wrong, said):
    with pytest.raises(WorkshopError) as caught:
        plan_of(Options(**wrong))
    assert said in str(caught.value)


def names(plan):
    return [str(one) for one in plan.contenders]


def columns(plan):
    return [(one.name, one.kernel) for one in plan.workloads]


def test_without_options_all_of_it():
    plan = plan_of(Options())
    assert len(names(plan)) == 11
    assert columns(plan) == [
        ("hello", ""),
        ("10-99", "brute"),
        ("100-999", "brute"),
        ("1000-9999", "brute"),
        ("10-99", "fast"),
        ("100-999", "fast"),
        ("1000-9999", "fast"),
    ]
    assert (plan.memory_mb, plan.rounds) == (128, 5)


def test_quick_leaves_out_what_is_long():
    plan = plan_of(Options(quick=True))
    assert "1000-9999" not in dict(columns(plan))
    assert plan.rounds == 2
    plan = plan_of(Options(quick=True, workloads="1000-9999", rounds=1))
    assert dict(columns(plan)) == {"1000-9999": "fast"}
    assert plan.rounds == 1


def test_a_choice():
    plan = plan_of(
        Options(functions=" rust, python,", kernel="fast", memory_mb=10_240)
    )
    assert names(plan) == [
        *("lambda/python", "lambda/rust"),
        *("azure/python", "azure/rust"),
    ]
    assert {kernel for _, kernel in columns(plan)} == {"", "fast"}


def test_on_the_command_line():
    command = [sys.executable, "-m", "workshop", "compare"]
    done = subprocess.run(
        [*command, "--memory", "64"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stderr == (
        "workshop: --memory must be from 128 to 10240 MB, as on Lambda.\n"
    )


def test_a_folder_that_is_not_there_is_told_before_anything_is_measured(
    tmp_path,
):
    for path, why in (
        (tmp_path / "nowhere" / "rows.json", "there is no folder"),
        (tmp_path, "it is a folder"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "workshop", "compare", "--json", path],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 1
        assert done.stderr.startswith(f"workshop: {path} cannot be written: ")
        assert why in done.stderr


def test_boto3_is_imported_by_the_command_alone():
    probe = "import sys, workshop.cli; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", probe]).returncode == 0
