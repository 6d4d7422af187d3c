"""Functions on the local Lambda, invoked by boto3, timed by their REPORTs."""

import base64
import hashlib
import json
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from workshop.aws import Limits, LocalLambda
from workshop.closing import Closing
from workshop.compare.cases import check
from workshop.compare.catalogue import Contender
from workshop.compare.measured import Measured
from workshop.compare.workloads import HELLO, Workload
from workshop.deploy.package import package
from workshop.errors import WorkshopError

TIMEOUT_S = 900  # the most that Lambda gives
CASES_MB = 3008  # with which the cases are asked: more than a CPU
WAIT_MS = 10  # the client itself takes two or three
REPORT = "REPORT RequestId: "
FIELD = re.compile(r"([A-Z][\w ]+): ([\d.]+) (?:ms|MB)")


class OnLambda(Closing):
    """The contenders as functions of one local Lambda."""

    def __init__(self, memory_mb: int) -> None:
        self._memory_mb = memory_mb
        # Nothing but a comparison's own request starts an environment.
        self._cloud = LocalLambda(Limits(return_s=5, idle_s=3600))
        config = Config(
            read_timeout=TIMEOUT_S + 60, retries={"max_attempts": 0}
        )
        connection = self._cloud.connection
        self._client = boto3.client("lambda", **connection, config=config)
        self._logs = boto3.client("logs", **connection, config=config)
        self._starts = 0
        # The environments that a function has had when it was renewed.
        self._before: dict[str, int] = {}

    def deploy(self, contender: Contender) -> str:
        """Create the function; what names its code and its settings."""
        code = package(contender.folder)
        settings = {
            "Runtime": contender.runtime,
            "Handler": "handler.handler",
            "Environment": {"Variables": contender.variables},
        }
        with _told():
            self._client.create_function(
                FunctionName=contender.name,
                Role="arn:aws:iam::123456789012:role/compare",
                Code={"ZipFile": code},
                MemorySize=CASES_MB,
                Timeout=TIMEOUT_S,
                **settings,
            )
        return hashlib.sha256(code + json.dumps(settings).encode()).hexdigest()

    def answer(self, contender: Contender, event: object) -> bytes:
        """What the function answers, or its error as Lambda tells it."""
        return self._invoke(contender, event)[0]

    def cold(self, contender: Contender, workload: Workload) -> Measured:
        """The first invocation of an environment that is new."""
        self._renew(contender)
        return self._measure(contender, workload)

    def warm(self, contender: Contender, workload: Workload) -> Measured:
        """A later one.

        A function may answer before its share of a CPU has been kept, and
        owe the time: then it is some periods of 20 ms late for the next
        event. Of real work, that wait is a part.
        """
        if contender.name not in self._before:
            self._renew(contender)
            self._measure(contender, HELLO)
        begun = time.monotonic()
        measured = self._measure(contender, workload)
        took_ms = 1000 * (time.monotonic() - begun)
        if workload.is_work and took_ms - measured.duration_ms > WAIT_MS:
            return replace(measured, duration_ms=took_ms)
        return measured

    def verify(self, contender: Contender) -> None:
        """Each environment has a log stream of its own, and tells no Init
        where it was started in the place of one that broke.
        """
        before = self._before.get(contender.name)
        if before is None:
            return  # it has not been started to be measured
        if self._environments(contender) != before + 1:
            raise WorkshopError(
                "Its environment did not live from one invocation to the "
                "next: they were not all warm."
            )

    def _renew(self, contender: Contender) -> None:
        """Change the configuration: Lambda replaces the environments."""
        self._before[contender.name] = self._environments(contender)
        self._starts += 1
        variables = contender.variables | {"START": str(self._starts)}
        with _told():
            self._client.update_function_configuration(
                FunctionName=contender.name,
                MemorySize=self._memory_mb,
                Environment={"Variables": variables},
            )

    def _environments(self, contender: Contender) -> int:
        """How many it has had so far."""
        group = f"/aws/lambda/{contender.name}"
        with _told():
            found = self._logs.describe_log_streams(logGroupName=group)
        return len(found["logStreams"])

    def _measure(self, contender: Contender, workload: Workload) -> Measured:
        body, log = self._invoke(contender, workload.event)
        check(contender, workload, body)
        report = log[log.rindex(REPORT) :]  # after an INIT_REPORT, too
        told = {name: float(value) for name, value in FIELD.findall(report)}
        return Measured(
            told["Duration"],
            told.get("Init Duration", 0.0),
            told["Billed Duration"],
            told["Max Memory Used"],
        )

    def _invoke(
        self, contender: Contender, event: object
    ) -> tuple[bytes, str]:
        """The answer, and the end of the log."""
        with _told():
            reply: Mapping[str, Any] = self._client.invoke(
                FunctionName=contender.name,
                Payload=json.dumps(event),
                LogType="Tail",
            )
            log = base64.b64decode(reply["LogResult"])
            return reply["Payload"].read(), log.decode(errors="replace")

    def close(self) -> None:
        """End what it has started, and wait until it has."""
        self._cloud.close()


@contextmanager
def _told() -> Iterator[None]:
    """What boto3 has to say against it, as the reason to leave it out."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise WorkshopError(f"The local Lambda: {error}") from error
