"""A Lambda function whose runtime is you: its Runtime API, and no program."""

import base64
import io
import json
import os
import tempfile
import zipfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from workshop.aws.local import LocalLambda
from workshop.aws.placement import Limits
from workshop.closing import Closing

# Says where the Runtime API is, then leaves the talking to somebody else.
BOOTSTRAP = """#!/bin/sh
echo "$AWS_LAMBDA_RUNTIME_API" > "$ADDRESS_PIPE"
exec sleep 86400
"""
PATIENCE_S = 3600  # Lambda would start another environment long before
ANSWER_S = 2  # an answer that was given is with its caller long before
NAME = "by-hand"


class RuntimeByHand(Closing):
    """A live Runtime API that waits for calls typed by a person.

    `send` invokes the function in the background, as some caller would;
    `address` is the HOST:PORT at which its runtime should ask for the event;
    `answer` is what the caller got in the end, and `log` what Lambda wrote
    about that invocation.
    """

    def __init__(self) -> None:
        self._cloud = LocalLambda(
            Limits(PATIENCE_S, return_s=PATIENCE_S, idle_s=PATIENCE_S)
        )
        self._folder = tempfile.TemporaryDirectory(prefix="workshop-by-hand-")
        self._pipe = Path(self._folder.name) / "address"
        os.mkfifo(self._pipe)
        self._caller = ThreadPoolExecutor(1)
        self._calls: list[Future[dict[str, Any]]] = []
        self._address = ""
        self.log = ""
        self._client = boto3.client(
            "lambda",
            **self._cloud.connection,
            config=Config(read_timeout=900, retries={"max_attempts": 0}),
        )
        self._client.create_function(
            FunctionName=NAME,
            Runtime="provided.al2023",
            Handler="you.yourself",
            Role="arn:aws:iam::123456789012:role/workshop",
            Code={"ZipFile": _zip_of_bootstrap()},
            Environment={"Variables": {"ADDRESS_PIPE": str(self._pipe)}},
            Timeout=900,
        )

    @property
    def address(self) -> str:
        """Where the Runtime API listens; the first `send` starts it."""
        return self._address

    def send(self, event: Any) -> None:
        """Invoke the function with an event, without waiting for it."""
        self._calls.append(
            self._caller.submit(
                self._client.invoke,
                FunctionName=NAME,
                Payload=json.dumps(event),
                LogType="Tail",
            )
        )
        if not self._address:
            self._address = self._pipe.read_text().strip()

    def answer(self) -> dict[str, Any] | None:
        """What the caller of the oldest unread `send` got.

        None when it is still waiting, because nobody has answered.
        """
        try:
            reply = self._calls[0].result(ANSWER_S)
        except TimeoutError:
            return None
        del self._calls[0]
        self.log = base64.b64decode(reply["LogResult"]).decode()
        return {
            "FunctionError": reply.get("FunctionError"),
            "Payload": json.loads(reply["Payload"].read()),
        }

    def close(self) -> None:
        """End the local Lambda."""
        self._cloud.close()
        self._caller.shutdown()
        self._folder.cleanup()


def _zip_of_bootstrap() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, BOOTSTRAP)
    return buffer.getvalue()
