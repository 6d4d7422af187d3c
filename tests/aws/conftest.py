"""A local Lambda for these tests, and functions to run on it."""

import base64
import io
import itertools
import json
import zipfile
from dataclasses import dataclass

import boto3
import pytest
from botocore.config import Config

from workshop.aws import LocalLambda

NUMBERS = itertools.count()  # a name is used once: logs outlive functions
ROLE = "arn:aws:iam::123456789012:role/test"

# The least loop that a test can put a fault into: its `handle` is the test's.
LOOP = """
import http.client, json, os, signal, sys, time
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
PATH = "/2018-06-01/runtime/"

def call(method, path, body=None, headers={}):
    api.request(method, PATH + path, body, headers)
    reply = api.getresponse()
    return reply, reply.read()

def respond(request_id, body):
    return call("POST", f"invocation/{request_id}/response", body)

def respond_error(request_id, kind, message):
    body = json.dumps({"errorType": kind, "errorMessage": message})
    path = f"invocation/{request_id}/error"
    headers = {"Lambda-Runtime-Function-Error-Type": kind}
    return call("POST", path, body, headers)

HANDLE

while True:
    reply, body = call("GET", "invocation/next")
    request_id = reply.headers["Lambda-Runtime-Aws-Request-Id"]
    result = handle(json.loads(body), request_id, reply.headers)
    if result is not None:
        respond(request_id, json.dumps(result))
"""


def zip_of(files):
    """A zip of {name: (text, mode)}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, (text, mode) in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = mode << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


def zip_of_loop(handle):
    """A function around the source of `handle(event, request_id, headers)`."""
    return zip_of(
        {
            "bootstrap": ("#!/bin/sh\nexec python3 -u loop.py\n", 0o755),
            "loop.py": (LOOP.replace("HANDLE", handle), 0o644),
        }
    )


@dataclass
class Result:
    """What one invocation came to."""

    payload: object
    error: str | None
    log: str


class Function:
    """A function on the local Lambda."""

    def __init__(self, client, name):
        self.client = client
        self.name = name

    def invoke(self, event=None, **options):
        reply = self.client.invoke(
            FunctionName=self.name,
            Payload=json.dumps(event),
            LogType="Tail",
            **options,
        )
        return Result(
            json.loads(reply["Payload"].read()),
            reply.get("FunctionError"),
            base64.b64decode(reply["LogResult"]).decode(),
        )


def deploy(client, name, code, **settings):
    """Create a function from a zip, or from the source of a `handle`."""
    content = zip_of_loop(code) if isinstance(code, str) else code
    client.create_function(
        **{
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Handler": "handler.handler",
            "Role": ROLE,
            "Code": {"ZipFile": content},
            **settings,
        }
    )
    return Function(client, name)


@pytest.fixture(scope="session")
def cloud():
    """One local Lambda for all tests."""
    with LocalLambda() as cloud:
        yield cloud


@pytest.fixture(scope="session")
def client(cloud):
    """boto3's client of it, which neither retries nor checks parameters."""
    config = Config(
        retries={"max_attempts": 0},
        parameter_validation=False,
        max_pool_connections=20,
    )
    return boto3.client("lambda", **cloud.connection, config=config)


@pytest.fixture
def create(client):
    """Creates functions, from a zip or the source of a `handle`."""
    made = []

    def create(code, **settings):
        name = f"test-{next(NUMBERS)}"
        function = deploy(client, name, code, **settings)
        made.append(name)
        return function

    yield create
    for name in made:
        client.delete_function(FunctionName=name)
