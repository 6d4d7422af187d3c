"""A local Lambda in AWS's place, accounts of it, and what goes wrong there."""

import pytest

from tests.deploy.aws.wire import Wire, lead_to
from workshop.aws import LocalLambda
from workshop.deploy.aws import destroy
from workshop.deploy.aws.account import Account, Where
from workshop.deploy.aws.artifact import artifact
from workshop.deploy.aws.names import PREFIX
from workshop.repository import FUNCTIONS


@pytest.fixture(scope="session")
def cloud():
    """One local Lambda for all tests."""
    with LocalLambda() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def made():
    """A package, made once: that of functions/aws/python."""
    return artifact(FUNCTIONS / "aws" / "python")


@pytest.fixture(scope="session")
def line(cloud):
    """The local account, with a hand on its wire. Clients are slow to make:
    all tests share them.
    """
    pauses = []
    keys = {
        name.upper(): cloud.connection[name]
        for name in ("aws_access_key_id", "aws_secret_access_key")
    }
    account = Account(Where(endpoint_url=cloud.url), keys, pauses.append)
    return account, Wire(account.session), pauses


@pytest.fixture
def account(line):
    """The local account; in the end, nothing of the workshop's is in it."""
    account, wire, _ = line
    yield account
    wire.reset()
    destroy.delete(account, destroy.find(account), print)


@pytest.fixture
def wire(line):
    """What the account sends, and what comes instead of an answer."""
    _, wire, _ = line
    wire.reset()
    return wire


@pytest.fixture
def pauses(line):
    """How long the account has paused, in s: a test need not."""
    _, _, pauses = line
    pauses.clear()
    return pauses


@pytest.fixture(autouse=True)
def nothing_of_the_learners(monkeypatch, tmp_path):
    """No credentials, no settings: neither of theirs nor of this machine."""
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in (
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"),
        *("AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_REGION"),
        "AWS_DEFAULT_REGION",
    ):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def keys(cloud, monkeypatch):
    """The credentials of the local Lambda, exported; gives its URL."""
    for name in ("aws_access_key_id", "aws_secret_access_key"):
        monkeypatch.setenv(name.upper(), cloud.connection[name])
    return cloud.url


@pytest.fixture
def profile(cloud, monkeypatch, tmp_path):
    """A profile whose account is the local Lambda: all else is as on AWS."""
    lead_to(monkeypatch, cloud.connection)
    (tmp_path / "config").write_text(
        "[profile mine]\n"
        "region = us-east-1\n"
        f"aws_access_key_id = {cloud.connection['aws_access_key_id']}\n"
        "aws_secret_access_key = "
        f"{cloud.connection['aws_secret_access_key']}\n"
        "[profile bare]\n"
        "region = us-east-1\n"
    )
    return "mine"


def there(account):
    """What of the workshop's there is, by the services' own lists."""
    functions = account.all(destroy.functions(), "Functions")
    groups = account.all(destroy.log_groups(), "logGroups")
    roles = account.all(destroy.roles(), "Roles")
    names = [one["FunctionName"] for one in functions]
    return [
        *(name for name in names if name.startswith(PREFIX)),
        *(one["logGroupName"] for one in groups),
        *(one["RoleName"] for one in roles),
    ]
