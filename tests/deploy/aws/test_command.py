"""`workshop deploy|measure|destroy aws`, as the command line runs them."""

import io
import json
import re
import signal
import sys
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.regions import EndpointResolver

from tests.deploy.aws.conftest import there
from tests.deploy.aws.wire import before_sending
from workshop.deploy.aws import measure, options, policy
from workshop.deploy.aws.account import Where
from workshop.deploy.aws.call import Call
from workshop.deploy.aws.command import (
    _again,
    main_deploy,
    main_destroy,
    main_measure,
)
from workshop.deploy.aws.deployment import deploy
from workshop.deploy.aws.names import TAG_LIST
from workshop.deploy.aws.plan import plan
from workshop.deploy.package import package_handler
from workshop.deploy.rust_target import own_architecture
from workshop.errors import WorkshopError
from workshop.repository import EXERCISES, FUNCTIONS, SOLUTIONS

PYTHON = str(FUNCTIONS / "aws" / "python")
LEAN = str(FUNCTIONS / "aws" / "python-lean")
INVOKE = "/invocations"
LOOP = str(SOLUTIONS / "04_lambda_runtime_loop.ipynb")


@pytest.fixture
def local(account, keys):
    """The local Lambda, as --endpoint-url names it."""
    return Where(endpoint_url=keys)


@pytest.fixture
def mine(account, profile):
    """A profile: an account that is to be asked about first."""
    return Where(profile=profile)


@pytest.fixture
def types(monkeypatch):
    """What the learner types at a question; nothing more comes after it."""

    def types(*lines):
        text = "".join(f"{line}\n" for line in lines)
        monkeypatch.setattr("sys.stdin", io.StringIO(text))

    return types


def test_a_solution_goes_there_and_back(local, capsys):
    assert main_deploy(options.Deploy(LOOP, local)) == 0
    said = capsys.readouterr().out
    assert "created: the function workshop-04-lambda-runtime-loop" in said
    assert '{"min": 10, "max": 99} -> {"smallest":{"value":121' in said
    assert '{} -> {"message":"hello, world"}' in said
    assert len(re.findall(r"^REPORT RequestId: ", said, re.MULTILINE)) == 2
    assert len(re.findall(r"\bdeployed +\d", said)) == 2
    assert len(re.findall(r"\blocal +\d", said)) == 2
    assert "0.0000002" in said
    assert f"workshop destroy aws --endpoint-url {local.endpoint_url}" in said
    assert main_destroy(options.Destroy(local)) == 0
    said = capsys.readouterr().out
    for what in ("function workshop-04", "log group /aws/", "role workshop-"):
        assert f"deleted: the {what}" in said
    assert main_destroy(options.Destroy(local)) == 0
    assert "Nothing of the workshop's is left" in capsys.readouterr().out


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_exercise_that_is_not_started(local, dry_run):
    exercise = str(EXERCISES / "04_lambda_runtime_loop.ipynb")
    with pytest.raises(WorkshopError, match="is not started"):
        main_deploy(options.Deploy(exercise, local, dry_run=dry_run))


def test_an_exercise_that_is_wrong(local, account, wrong, capsys):
    with pytest.raises(WorkshopError, match="does not pass its checks"):
        main_deploy(options.Deploy(str(wrong), local))
    assert "checking 02 first" in capsys.readouterr().out
    assert there(account) == []
    assert main_deploy(options.Deploy(str(wrong), dry_run=True)) == 0


def test_what_fails_here_is_not_deployed(local, account, tmp_path):
    (tmp_path / "bootstrap").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(WorkshopError, match="fails on the local Lambda alr"):
        main_deploy(options.Deploy(str(tmp_path), local, name="mine"))
    assert there(account) == []


def test_an_event_of_ones_own_and_a_url(local, capsys):
    event = '{"min": 1, "max": 9}'
    assert main_deploy(options.Deploy(LEAN, local, event=event, url=True)) == 0
    said = capsys.readouterr().out
    assert "\nURL: http://127.0.0.1:" in said
    assert said.count("REPORT RequestId") == 1
    assert '{"min": 1, "max": 9} -> {"smallest":{"value":1,' in said


def test_an_event_that_is_no_json(local):
    with pytest.raises(WorkshopError, match=r"--event \{x is no JSON"):
        main_deploy(options.Deploy(PYTHON, local, event="{x"))


def test_public_asks_even_here(local, types, capsys):
    types("no")
    with pytest.raises(WorkshopError, match="You have not agreed"):
        main_deploy(options.Deploy(PYTHON, local, public=True))
    assert main_destroy(options.Destroy(local)) == 0
    assert "Nothing of the workshop's" in capsys.readouterr().out
    types("y")
    assert main_deploy(options.Deploy(PYTHON, local, public=True)) == 0


def test_an_account_is_told_what_it_costs_and_asked(mine, types, capsys):
    types("")
    with pytest.raises(WorkshopError, match="--yes agrees"):
        main_deploy(options.Deploy(PYTHON, mine))
    said = capsys.readouterr().out
    assert "the role workshop-python-us-east-1" in said
    assert "costs nothing while nobody calls it" in said
    assert "2 calls, at most USD 0.00025" in said
    types("yes")
    assert main_deploy(options.Deploy(PYTHON, mine)) == 0
    types("n")
    with pytest.raises(WorkshopError, match="not agreed"):
        main_destroy(options.Destroy(mine))
    assert "  the function workshop-python\n" in capsys.readouterr().out
    assert main_destroy(options.Destroy(mine, yes=True)) == 0


def test_where_nobody_can_answer_nothing_is_done(mine, types):
    types()
    with pytest.raises(WorkshopError, match="not agreed"):
        main_deploy(options.Deploy(PYTHON, mine))


@pytest.mark.parametrize(
    "where, region",
    [
        (Where(), "us-east-1"),
        (Where(region="eu-west-1"), "eu-west-1"),
        (Where(profile="mine"), "us-east-1"),
    ],
)
def test_dry_runs_need_nobody(profile, capsys, where, region):
    told = options.Deploy(PYTHON, where, name="mine", dry_run=True)
    assert main_deploy(told) == 0
    said = capsys.readouterr().out
    assert said.startswith("Nothing is sent")
    assert f"workshop-mine-{region}" in said
    assert "Permissions that it takes: iam:CreateRole" in said
    assert "or updates: lambda:UpdateFunctionCode" in said
    assert "or deletes: lambda:RemovePermission" in said
    assert "or deletes: lambda:DeleteFunctionUrlConfig" in said
    assert "lambda:ListTags" in said  # or GetFunction tells no tags


def test_an_unknown_region_is_no_refusal_but_a_caution(capsys):
    dry = options.Deploy(PYTHON, Where(region="mars-1"), dry_run=True)
    assert main_deploy(dry) == 0
    assert "knows no Lambda in a region mars-1;" in capsys.readouterr().out


def test_a_region_younger_than_botocore_is_told_of_before_the_question(
    mine, types, capsys, monkeypatch
):
    monkeypatch.setattr(
        EndpointResolver, "get_available_endpoints", lambda *_, **__: []
    )
    types("n")
    with pytest.raises(WorkshopError, match="not agreed"):
        main_deploy(options.Deploy(PYTHON, mine))
    before, _ = capsys.readouterr().out.split("Make all of that in ")
    assert "knows no Lambda in a region us-east-1;" in before


def test_a_dry_destruction_tells_what_is_there(
    account, local, mine, made, capsys
):
    assert main_destroy(options.Destroy(dry_run=True)) == 0
    assert "lambda:DeleteFunction" in capsys.readouterr().out
    deploy(account, plan(made, account.names("workshop-python")), print)
    for where in (local, mine):
        capsys.readouterr()
        assert main_destroy(options.Destroy(where, dry_run=True)) == 0
        said = capsys.readouterr().out
        assert "  the log group /aws/lambda/workshop-python" in said
        assert "deleted" not in said


@pytest.mark.skipif(sys.platform != "linux", reason="it has no such program")
def test_what_cannot_run_here_is_not_tried_here(local, capsys, tmp_path):
    program = bytearray(Path("/bin/true").read_bytes())
    other, number = {"x86_64": ("arm64", 183)}.get(
        own_architecture(), ("x86_64", 62)
    )
    program[18] = number  # e_machine
    (tmp_path / "bootstrap").write_bytes(program)
    told = options.Deploy(
        str(tmp_path), local, name="other", architecture=other
    )
    assert main_deploy(told) == 1  # it is there, and the local one is as here
    said = capsys.readouterr().out
    assert f"for Linux on {other}, which this machine is not" in said
    assert "exec format error" in said
    assert "local  " not in said


def test_without_a_managed_python_here_it_runs_by_itself(
    local, capsys, monkeypatch
):
    monkeypatch.setattr(
        "workshop.deploy.aws.rehearsal.find_spec", lambda _: None
    )
    assert main_deploy(options.Deploy(PYTHON, local)) == 0
    assert "local" in capsys.readouterr().out


def test_an_answer_that_is_an_error_is_shown(
    account, local, capsys, monkeypatch
):
    def worsen():
        code = package_handler("def handler(event, context):\n    1 / 0\n")
        told = {"FunctionName": "workshop-python", "ZipFile": code}
        account.ask(Call("lambda", "UpdateFunctionCode", told))

    before_sending(monkeypatch, local.endpoint_url, INVOKE, worsen)
    assert main_deploy(options.Deploy(PYTHON, local)) == 1
    said = capsys.readouterr().out
    assert "It is an error (Unhandled). Its log ends so:" in said
    assert "ZeroDivisionError" in said


def stop():
    """Ctrl-C."""
    raise KeyboardInterrupt


def terminate():
    """As `kill` does, and a system that shuts down."""
    signal.raise_signal(signal.SIGTERM)


@pytest.mark.parametrize("act", [stop, terminate])
@pytest.mark.parametrize(
    "part, standing",
    [
        ("CreateRole", "What stands now:"),
        (INVOKE, "workshop-python is there. `workshop destroy aws` deletes"),
    ],
)
def test_what_is_stopped(local, capsys, monkeypatch, part, standing, act):
    before_sending(monkeypatch, local.endpoint_url, part, act)
    before = signal.getsignal(signal.SIGTERM)
    assert main_deploy(options.Deploy(PYTHON, local)) == 130
    said = capsys.readouterr().out
    assert standing in said
    assert "Stopped." in said
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_destruction_that_is_stopped(
    account, local, made, capsys, monkeypatch
):
    deploy(account, plan(made, account.names("workshop-python")), print)
    before_sending(monkeypatch, local.endpoint_url, "DeleteLogGroup", stop)
    assert main_destroy(options.Destroy(local)) == 130
    said = capsys.readouterr().out
    assert "deleted: the function" in said
    assert "goes on from here" in said


def test_another_region_is_told_of(account, local, mine, capsys):
    role = {"RoleName": "workshop-x-eu-west-1"}
    told = {
        "Path": "/workshop/eu-west-1/",
        "AssumeRolePolicyDocument": policy.trust(),
        "Tags": TAG_LIST,
    }
    account.ask(Call("iam", "CreateRole", role | told))
    words = "\neu-west-1 has some, too: --region eu-west-1\n"
    assert main_destroy(options.Destroy(mine)) == 0
    said = capsys.readouterr().out
    assert said.startswith("Nothing of the workshop's is left in the profile")
    assert words in said
    assert main_deploy(options.Deploy(LEAN, local)) == 0
    capsys.readouterr()
    assert main_destroy(options.Destroy(local, dry_run=True)) == 0
    assert words in capsys.readouterr().out
    assert main_destroy(options.Destroy(local)) == 0
    assert words in capsys.readouterr().out
    account.ask(Call("iam", "DeleteRole", role))
    assert main_destroy(options.Destroy(mine)) == 0
    assert words not in capsys.readouterr().out


def test_a_call_that_is_not_answered_says_what_stands(local, monkeypatch):
    def lose():
        raise EndpointConnectionError(endpoint_url=local.endpoint_url)

    before_sending(monkeypatch, local.endpoint_url, INVOKE, lose)
    words = r"(?s)cannot be reached for lambda:Inv.*workshop-python is there"
    with pytest.raises(WorkshopError, match=words):
        main_deploy(options.Deploy(PYTHON, local))


# measure


@pytest.fixture
def deployed(account, local, made, monkeypatch, tmp_path):
    """functions/aws/python, deployed by its name; gives options for it."""
    monkeypatch.setattr(measure, "KEPT", tmp_path / "kept")
    deploy(account, plan(made, account.names("workshop-python")), print)

    def deployed(where=local, **more):
        small = {"workloads": "hello", "rounds": 1}
        return options.Measure("python", where, **small | more)

    return deployed


def test_a_measurement_is_shown_and_written(deployed, tmp_path, capsys):
    path = tmp_path / "rows.json"
    assert main_measure(deployed(json=path)) == 0
    assert "python-local warm" in capsys.readouterr().out
    told = json.loads(path.read_text())
    assert {one["where"] for one in told} == {"local us-east-1"}
    assert main_measure(deployed(beside=path, calls=4)) == 0
    captured = capsys.readouterr()
    assert "python-local warm" in captured.out
    assert "The bound of 4 calls came before" in captured.err


def test_a_measurement_to_standard_output(deployed, capsys):
    assert main_measure(deployed(json=Path("-"), kernel="fast")) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)[0]["function"] == "python-local"
    assert "python-local warm" in captured.err


def test_a_measurement_that_cannot_be_written_is_kept(
    deployed, tmp_path, capsys
):
    with pytest.raises(WorkshopError, match="What was measured stands above"):
        main_measure(deployed(json=tmp_path / "no" / "rows.json"))
    for told in "Going on with 21 samples", "":  # then it begins anew
        assert main_measure(deployed(json=tmp_path / "rows.json")) == 0
        assert told in (errors := capsys.readouterr().err)
        assert ("Going on" in errors) == bool(told)


def test_a_measurement_of_an_account_is_asked_about(
    deployed, mine, types, capsys
):
    types("n")
    with pytest.raises(WorkshopError, match="not agreed"):
        main_measure(deployed(mine))
    assert "up to 200 times" in capsys.readouterr().out
    assert main_measure(deployed(mine, yes=True, json=Path("-"))) == 0
    captured = capsys.readouterr()
    assert "python-aws" in captured.out
    assert '"where": "aws us-east-1"' in captured.out


def test_a_measurement_that_is_stopped(deployed, local, monkeypatch):
    before_sending(monkeypatch, local.endpoint_url, INVOKE, stop)
    assert main_measure(deployed()) == 130


def test_a_measurement_without_an_account_can_be_done_as_it_is_told():
    words = "To see what deploy and destroy would do, --dry-run needs none"
    with pytest.raises(WorkshopError, match=words):
        main_measure(options.Measure("python"))


@pytest.mark.parametrize("more", [{"calls": 0}, {"rounds": 0}])
def test_a_measurement_of_nothing(deployed, more):
    with pytest.raises(WorkshopError, match="must be 1 at least"):
        main_measure(deployed(**more))


def test_how_to_come_back():
    assert _again(Where("p", "r")) == " --profile p --region r"
    assert _again(Where(found_credentials=True)) == " --found-credentials"
