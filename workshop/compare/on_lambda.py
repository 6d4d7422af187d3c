"""Functions on the local Lambda, invoked by boto3, timed by their REPORTs."""

import base64
import json
import re
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from workshop.aws import Limits, LocalLambda
from workshop.compare.catalogue import Contender
from workshop.compare.sample import COLD, WARM, Sample
from workshop.compare.workloads import Workload, expected
from workshop.deploy.package import package
from workshop.errors import WorkshopError

TIMEOUT_S = 900  # the most that Lambda gives
FIELD = re.compile(r"([A-Z][\w ]+): ([\d.]+) (?:ms|MB)")


class OnLambda:
    """The contenders as functions of one local Lambda."""

    platform = "lambda"

    def __init__(self, memory_mb: int, kernel: str) -> None:
        self._memory_mb = memory_mb
        self._kernel = kernel
        self._cloud = LocalLambda(Limits(return_s=5, idle_s=3600))
        self._client = boto3.client(
            "lambda",
            **self._cloud.connection,
            config=Config(
                read_timeout=TIMEOUT_S + 60, retries={"max_attempts": 0}
            ),
        )
        self._starts = 0

    def deploy(self, contender: Contender) -> None:
        """Create the function."""
        self._client.create_function(
            FunctionName=contender.name,
            Runtime=contender.runtime,
            Handler="handler.handler",
            Role="arn:aws:iam::123456789012:role/compare",
            Code={"ZipFile": package(contender.folder)},
            MemorySize=self._memory_mb,
            Timeout=TIMEOUT_S,
            Environment={"Variables": contender.variables},
        )

    def answer(self, contender: Contender, event: object) -> bytes:
        """What the function answers, or its error as Lambda tells it."""
        reply = self._client.invoke(
            FunctionName=contender.name, Payload=json.dumps(event)
        )
        payload: bytes = reply["Payload"].read()
        return payload

    def cold(self, contender: Contender, workload: Workload) -> Sample:
        """The first invocation of an environment that is new."""
        self._starts += 1
        self._client.update_function_configuration(
            FunctionName=contender.name,
            Environment={
                "Variables": {
                    **contender.variables,
                    "START": str(self._starts),
                }
            },
        )
        return self._invoke(contender, workload, COLD)

    def warm(self, contender: Contender, workload: Workload) -> Sample:
        """A later one."""
        return self._invoke(contender, workload, WARM)

    def _invoke(
        self, contender: Contender, workload: Workload, kind: str
    ) -> Sample:
        event = workload.asked(self._kernel)
        reply = self._client.invoke(
            FunctionName=contender.name,
            Payload=json.dumps(event),
            LogType="Tail",
        )
        check(contender, event, reply["Payload"].read())
        log = base64.b64decode(reply["LogResult"]).decode()
        told = {
            name: float(value)
            for name, value in FIELD.findall(log[log.index("REPORT") :])
        }
        return Sample(
            self.platform,
            contender.name,
            workload.name,
            kind,
            told["Duration"],
            told.get("Init Duration", 0.0),
            told["Billed Duration"],
            told["Max Memory Used"],
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._cloud.close()


def check(contender: Contender, event: Mapping[str, Any], body: bytes) -> None:
    """Raise WorkshopError where a body is not the one that it must be."""
    right = expected(event)
    if body != right:
        raise WorkshopError(
            f"{contender.platform}/{contender.name} answers "
            f"{json.dumps(event)} with {body[:200]!r}, not {right[:200]!r}."
        )
