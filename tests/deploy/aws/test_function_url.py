"""A function's address: for whom it is open, and that it closes again."""

import json
import urllib.error
import urllib.request

import pytest

from workshop.deploy.aws.call import NOT_FOUND, Call
from workshop.deploy.aws.deployment import deploy
from workshop.deploy.aws.function_url import PUBLIC, Access, url_of
from workshop.deploy.aws.plan import plan

EVENT = b'{"min": 10, "max": 99}'


def silent(_):
    """Says nothing."""


@pytest.fixture
def opened(account, made):
    """Deploys with an access; gives the URL, if there is one."""
    names = account.names("workshop-x")

    def opened(access):
        deploy(account, plan(made, names, access=access), silent)
        return account.ask(url_of(names)).get("FunctionUrl")

    return opened


def post(url):
    """What anyone gets who asks without a signature: status and body."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url, EVENT) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def permissions(account, wire):
    return [
        dict(parameters)
        for model, parameters in wire.sent
        if model.name == "AddPermission"
    ]


def test_there_is_none_unless_it_is_asked_for(opened):
    assert opened(Access.NOBODY) is None


def test_it_asks_for_a_signature_by_default(opened, wire, account):
    status, body = post(opened(Access.IAM))
    assert status == 403
    assert b"Missing Authentication Token" in body
    assert permissions(account, wire) == []


def test_a_public_one_has_both_permissions_and_answers(opened, wire, account):
    status, _ = post(opened(Access.PUBLIC))
    assert status == 200
    assert {one["Action"] for one in permissions(account, wire)} == {
        *("lambda:InvokeFunctionUrl", "lambda:InvokeFunction"),
    }
    opened(Access.PUBLIC)
    assert len(permissions(account, wire)) == len(PUBLIC)


def test_a_permission_that_was_left_out_is_added(opened, wire, account):
    wire.before("lambda.AddPermission", 2, KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        opened(Access.PUBLIC)
    wire.reset()
    assert post(opened(Access.PUBLIC))[0] == 200


def test_it_closes_when_it_is_not_asked_for_again(opened, account):
    public = opened(Access.PUBLIC)
    signed = opened(Access.IAM)
    assert signed == public
    assert post(signed)[0] == 403
    name = {"FunctionName": "workshop-x"}
    read = Call("lambda", "GetPolicy", name, harmless=NOT_FOUND)
    assert "workshop-public" not in account.ask(read).get("Policy", "")
    opened(Access.PUBLIC)
    assert opened(Access.NOBODY) is None
    assert post(public)[0] == 404
