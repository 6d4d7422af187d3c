"""Nothing leaves this machine that the learner has not said."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.awsrequest import AWSPreparedRequest

import workshop.deploy
from workshop.deploy.aws.account import WHO, Account, Where, _stay_here
from workshop.errors import WorkshopError

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAX", "AWS_SECRET_ACCESS_KEY": "secret"}
AWS = Path(workshop.deploy.__file__).parent / "aws"
# Whatever is about to be connected to or looked up, is told and refused.
WATCH = """
import sys

def watch(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        print("LEAVES:", event, arguments, file=sys.stderr)
        raise OSError("not from this test")

sys.addaudithook(watch)
from workshop.deploy.aws import options
from workshop.deploy.aws.account import Where
from workshop.deploy.aws.command import *
from workshop.errors import WorkshopError
try:
    print("STATUS", {command})
except WorkshopError as error:
    print("REFUSED", error)
"""
COMMANDS = {
    "deploy": "main_deploy(options.Deploy('functions/aws/python', yes=True))",
    "measure": "main_measure(options.Measure('python', yes=True))",
    "destroy": "main_destroy(options.Destroy(yes=True))",
}
DRY = {
    "deploy": "main_deploy(options.Deploy('functions/aws/python', "
    "url=True, dry_run=True))",
    "destroy": "main_destroy(options.Destroy(dry_run=True))",
}


def run(command, tmp_path, **variables):
    """What a command prints in an environment full of credentials."""
    (tmp_path / "config").write_text(
        "[default]\nregion = eu-central-1\naws_access_key_id = AKIAX\n"
        "aws_secret_access_key = secret\n"
    )
    environment = {
        **KEYS,
        "AWS_SESSION_TOKEN": "token",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PROFILE": "default",
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(tmp_path),
        **variables,
    }
    return subprocess.run(
        [sys.executable, "-c", WATCH.replace("{command}", command)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=AWS.parent.parent.parent,
    )


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_no_request_leaves_unless_the_account_is_named(command, tmp_path):
    done = run(command, tmp_path)
    assert "REFUSED No account is named" in done.stdout
    assert "LEAVES" not in done.stderr


def test_an_endpoint_in_the_environment_names_no_account(tmp_path):
    url = {"AWS_ENDPOINT_URL": "https://lambda.example.com"}
    done = run(COMMANDS["destroy"], tmp_path, **url)
    assert "REFUSED No account is named" in done.stdout
    assert "LEAVES" not in done.stderr


@pytest.mark.parametrize("command", DRY.values(), ids=DRY)
def test_a_dry_run_sends_nothing(command, tmp_path):
    done = run(command, tmp_path)
    assert "Nothing is sent" in done.stdout
    assert done.stdout.splitlines()[-1] == "STATUS 0"
    assert "LEAVES" not in done.stderr


def test_the_watch_sees_what_leaves(tmp_path):
    """Once there is consent, something does."""
    where = "Where(found_credentials=True, region='us-east-1')"
    command = f"main_destroy(options.Destroy({where}))"
    done = run(command, tmp_path)
    assert "LEAVES" in done.stderr
    assert "cannot be reached" in done.stdout


def test_an_account_has_to_be_named(monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(WorkshopError, match="No account is named"):
        Account(Where(region="us-east-1"))
    consent = Where(region="us-east-1", found_credentials=True)
    assert "the credentials found, in us-east-1" in str(Account(consent))


def test_one_module_alone_makes_clients():
    makes = re.compile(r"^\s*(import boto3|from boto3|.*botocore\.session)")
    modules = [
        path.name
        for path in AWS.rglob("*.py")
        if any(map(makes.match, path.read_text().splitlines()))
    ]
    assert modules == ["account.py"]


def test_no_proxy_and_no_redirect_leads_away(keys, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://192.0.2.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    account = Account(Where(endpoint_url=keys))
    assert account.ask(WHO)["Account"] == "123456789012"
    request = AWSPreparedRequest("GET", "https://example.com/", {}, b"", False)
    with pytest.raises(WorkshopError, match=r"leave this machine.*not sent"):
        _stay_here(request)


def test_a_session_token_of_ones_own_is_not_sent_to_it(keys, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of my own account")
    monkeypatch.setenv("AWS_PROFILE", "that there is none of")
    assert Account(Where(endpoint_url=keys)).ask(WHO)


@pytest.mark.parametrize("url", ["http://localhost:{}", "http://127.0.0.1:{}"])
def test_this_machine_by_its_names(keys, url):
    port = keys.rpartition(":")[2]
    account = Account(Where(endpoint_url=url.format(port)))
    assert account.is_local
    assert account.region == "us-east-1"
    assert account.ask(WHO)


@pytest.mark.parametrize(
    "url", ["https://lambda.example.com", "http://10.0.0.1:9001"]
)
def test_another_machine_has_to_be_meant(url, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(WorkshopError, match="not on this machine"):
        Account(Where(endpoint_url=url))


@pytest.mark.parametrize(
    "url",
    [
        *("127.0.0.1:9001", "nothing", "ftp://x", "http://", "http://a_b"),
        *("http://[::1", "http://127.0.0.1:abc", "http://127.0.0.1:99999"),
        *("http://127.0.0.1:0", "http://127.0.0.1\t:9001"),
    ],
)
def test_what_is_no_url(url):
    with pytest.raises(WorkshopError, match="is no URL"):
        Account(Where(endpoint_url=url))


def test_a_local_lambda_whose_credentials_are_not_there(cloud):
    with pytest.raises(WorkshopError, match=r"`workshop serve aws`"):
        Account(Where(endpoint_url=cloud.url))


def test_credentials_that_are_not_the_local_lambdas(cloud, monkeypatch):
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    account = Account(Where(endpoint_url=cloud.url))
    with pytest.raises(WorkshopError, match=r"export what `workshop serve"):
        account.ask(WHO)


def test_a_local_lambda_that_has_ended(keys):
    account = Account(Where(endpoint_url="http://127.0.0.1:1"))
    with pytest.raises(WorkshopError, match="local Lambda still run"):
        account.ask(WHO)


# A profile


def test_a_profile_is_asked_by_its_name(profile):
    account = Account(Where(profile=profile))
    assert account.ask(WHO)["Account"] == "123456789012"
    assert not account.is_local
    assert str(account) == "the profile mine in us-east-1"


def test_a_variable_that_leads_a_profile_astray(profile, monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_IAM", "http://127.0.0.1:2")
    with pytest.raises(WorkshopError, match="AWS_ENDPOINT_URL_IAM would lead"):
        Account(Where(profile=profile))


def test_a_profile_that_there_is_none_of(profile):
    with pytest.raises(WorkshopError, match=r"`aws configure --profile no`"):
        Account(Where(profile="no"))


def test_a_profile_without_credentials(profile, monkeypatch):
    """Those in the environment are not taken, nor any of this machine."""
    for name, value in KEYS.items():
        monkeypatch.setenv(name, value)
    machines = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
    monkeypatch.setenv(machines, "http://127.0.0.1:1/")
    account = Account(Where(profile="bare"))
    with pytest.raises(WorkshopError, match="There are no credentials for"):
        account.ask(WHO)


def test_a_profile_without_credentials_takes_none_of_boto_either(
    profile, monkeypatch, tmp_path
):
    for name in ("BOTO_CONFIG", "AWS_CREDENTIAL_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "boto"))
    (tmp_path / "boto").write_text(
        "AWSAccessKeyId=AKIAX\nAWSSecretKey=secret\n"
    )
    with pytest.raises(WorkshopError, match="There are no credentials for"):
        Account(Where(profile="bare")).ask(WHO)
    (tmp_path / "boto").write_text(
        "[Credentials]\naws_access_key_id = AKIAX\n"
        "aws_secret_access_key = secret\n"
    )
    monkeypatch.delenv("AWS_CREDENTIAL_FILE")
    with pytest.raises(WorkshopError, match="There are no credentials for"):
        Account(Where(profile="bare")).ask(WHO)


ASTRAY = "endpoint_url = http://127.0.0.1:2\n"


@pytest.mark.parametrize(
    "settings",
    [
        f"[profile astray]\n{ASTRAY}",
        f"[profile astray]\nservices = x\n[services x]\nlambda =\n  {ASTRAY}",
        f"[default]\n{ASTRAY}",
    ],
    ids=["a profile", "a service", "the default"],
)
def test_settings_that_lead_a_profile_astray(tmp_path, settings):
    (tmp_path / "config").write_text(settings)
    where = Where(profile="astray", region="us-east-1")
    if "default" in settings:
        where = Where(found_credentials=True, region="us-east-1")
    words = r"endpoint_url.*http://127\.0\.0\.1:2, would lead"
    with pytest.raises(WorkshopError, match=words):
        Account(where)


def test_services_that_lead_nowhere(tmp_path):
    (tmp_path / "config").write_text(
        "[profile p]\nservices = x\n[services x]\nlambda = odd\n"
        "[services y]\nlambda =\n  " + ASTRAY
    )
    assert Account(Where(profile="p", region="us-east-1"))


def test_half_of_the_credentials(tmp_path):
    text = "[profile half]\nregion = us-east-1\naws_access_key_id = AKIAX\n"
    (tmp_path / "config").write_text(text)
    account = Account(Where(profile="half"))
    with pytest.raises(WorkshopError, match="Half of the credentials"):
        account.ask(WHO)


def test_a_sign_in_that_is_over(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "config").write_text(
        "[profile single]\nregion = us-east-1\nsso_session = s\n"
        "sso_account_id = 123456789012\nsso_role_name = x\n"
        "[sso-session s]\nsso_start_url = https://example.com/start\n"
        "sso_region = us-east-1\n"
    )
    account = Account(Where(profile="single"))
    with pytest.raises(WorkshopError, match="aws sso login"):
        account.ask(WHO)


def test_a_program_that_gives_no_credentials(tmp_path):
    (tmp_path / "config").write_text(
        "[profile process]\nregion = us-east-1\ncredential_process = false\n"
    )
    account = Account(Where(profile="process"))
    with pytest.raises(WorkshopError, match="cannot be had"):
        account.ask(WHO)


def test_settings_that_cannot_be_read(tmp_path):
    (tmp_path / "config").write_text("[profile\nnothing")
    with pytest.raises(WorkshopError, match="Your AWS settings: "):
        Account(Where(profile="mine"))


def test_a_region_has_to_be_chosen(tmp_path):
    (tmp_path / "config").write_text("[profile nowhere]\n")
    with pytest.raises(WorkshopError, match="Choose one with --region"):
        Account(Where(profile="nowhere"))


def test_a_region_that_there_is_none_of(profile):
    with pytest.raises(WorkshopError, match="is no region of AWS"):
        Account(Where(profile=profile, region="!"))


def test_another_partition_has_other_arns(profile):
    account = Account(Where(profile=profile, region="cn-north-1"))
    assert account.partition == "aws-cn"
