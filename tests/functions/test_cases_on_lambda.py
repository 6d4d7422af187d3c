"""Each function of functions/aws answers each of cases.json as it should,
packaged as it is deployed, on the local Lambda, through boto3.
"""

import json
import shutil
from dataclasses import dataclass, field

import boto3
import pytest
from botocore.config import Config

from tests.building import skip_without_crates
from workshop.aws import LocalLambda
from workshop.deploy.package import package
from workshop.repository import FUNCTIONS, KERNEL

CASES = json.loads((KERNEL / "cases.json").read_text())
AWS = FUNCTIONS / "aws"
HERE = "python3.11"  # any that the local Lambda knows: it runs this Python


@dataclass(frozen=True)
class Deployment:
    """A folder of functions/aws, and how it is deployed."""

    folder: str
    runtime: str = "provided.al2023"
    variables: dict = field(default_factory=dict)
    needs: str = ""  # the program without which it cannot be had
    compact: bool = True


WRAPPED = {"AWS_LAMBDA_EXEC_WRAPPER": "/var/task/bootstrap"}
DEPLOYMENTS = {
    "python": Deployment("python"),
    "python-wrapped": Deployment("python", HERE, WRAPPED),
    "python-managed": Deployment("python", HERE, compact=False),
    "python-lean": Deployment("python-lean"),
    "python-lean-wrapped": Deployment("python-lean", HERE, WRAPPED),
    "python-rust": Deployment("python-rust", needs="cargo"),
    "node": Deployment("node", needs="node"),
    "node-text": Deployment(
        "node", variables={"REVERSAL": "string"}, needs="node"
    ),
    "rust": Deployment("rust", needs="cargo"),
}


@pytest.fixture(scope="module")
def client():
    with LocalLambda() as cloud:
        config = Config(retries={"max_attempts": 0})
        yield boto3.client("lambda", **cloud.connection, config=config)


@pytest.fixture(scope="module", params=DEPLOYMENTS)
def deployed(request, client):
    """(how it is deployed, what invokes it); it is deployed once."""
    name, how = request.param, DEPLOYMENTS[request.param]
    if how.needs == "cargo":
        skip_without_crates(AWS / how.folder)
    elif how.needs and not shutil.which(how.needs):
        pytest.skip(f"there is no {how.needs}")
    client.create_function(
        FunctionName=name,
        Runtime=how.runtime,
        Handler="handler.handler",
        Role="arn:aws:iam::123456789012:role/test",
        MemorySize=3008,
        Timeout=30,
        Code={"ZipFile": package(AWS / how.folder)},
        Environment={"Variables": how.variables},
    )

    def invoke(payload):
        reply = client.invoke(FunctionName=name, Payload=payload)
        return reply.get("FunctionError"), reply["Payload"].read()

    yield how, invoke
    client.delete_function(FunctionName=name)


def test_the_cases(deployed):
    how, invoke = deployed
    for case in CASES:
        failed, payload = invoke(json.dumps(case["event"]))
        if "body" in case:
            # The official client for Python writes spaces, as json does.
            separators = (",", ":") if how.compact else None
            body = json.dumps(case["body"], separators=separators)
            assert payload == body.encode(), case["name"]
            assert failed is None, case["name"]
        else:
            said = json.loads(payload)
            expected = case["error"]
            assert {key: said.get(key) for key in expected} == expected, case[
                "name"
            ]
            assert failed == "Unhandled", case["name"]
