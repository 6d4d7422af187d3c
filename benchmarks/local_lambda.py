"""How fast is the local Lambda? Run `python benchmarks/local_lambda.py`.

Beside the official emulator (RIE), with the same bootstrap; then at
concurrency 50, and with 200 idle environments. Prints what it finds and
writes local_lambda.json beside this file. Takes about two minutes.
"""

import asyncio
import http.client
import io
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import boto3
import psutil
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from load import load
from report import run
from turns import interleaved, summary

from workshop.aws import Limits, LocalLambda
from workshop.repository import ROOT
from workshop.timeline import Phase

sys.path.insert(0, str(ROOT))

from tests.conformance.rie import VERSION, Emulator, Unavailable

HERE = Path(__file__).parent
BOOTSTRAP = "#!/bin/sh\nexec python3 -I -S -E lean.py\n"
LEAN = (HERE / "lean.py").read_text()
NAME = "function"  # the one name that boto3 can invoke on the emulator
PATH = f"/2015-03-31/functions/{NAME}/invocations"
EVENT = b'{"message":"hello, world"}'
WARM, CONCURRENT, IDLE, IDLE_S = 2000, 50, 200, 10
Headers = dict[str, str]


@dataclass(frozen=True)
class Target:
    """A Lambda to invoke: where it is, and a request that it takes."""

    port: int
    headers: Headers
    boto3: object

    def raw(self) -> Callable[[], bytes]:
        """Invokes over one connection that stays open."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)

        def invoke() -> bytes:
            connection.request("POST", PATH, EVENT, self.headers)
            return connection.getresponse().read()

        return invoke

    def through_boto3(self) -> Callable[[], bytes]:
        """Invokes as a Python program would."""
        client = self.boto3

        def invoke() -> bytes:
            reply = client.invoke(FunctionName=NAME, Payload=EVENT)
            return reply["Payload"].read()

        return invoke


def code() -> bytes:
    """The zip of the lean loop."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in (("bootstrap", BOOTSTRAP), ("lean.py", LEAN)):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            archive.writestr(entry, text)
    return buffer.getvalue()


def create(client, **variables: str) -> None:
    """Create the function with so much memory that nothing holds it back."""
    client.create_function(
        FunctionName=NAME,
        Runtime="provided.al2023",
        Handler="handler.handler",
        Role="arn:aws:iam::123456789012:role/bench",
        Code={"ZipFile": code()},
        MemorySize=10_240,
        Timeout=60,
        Environment={"Variables": variables},
    )


def ours(cloud: LocalLambda) -> Target:
    """The local Lambda, with a request that is signed once for all."""
    keys = Credentials(
        cloud.connection["aws_access_key_id"],
        cloud.connection["aws_secret_access_key"],
    )
    request = AWSRequest("POST", cloud.url + PATH, data=EVENT)
    SigV4Auth(keys, "lambda", "us-east-1").add_auth(request)
    port = int(cloud.url.rpartition(":")[2])
    headers = dict(request.headers)
    return Target(port, headers, client_of(cloud.connection))


def client_of(connection, **settings):
    config = Config(
        retries={"max_attempts": 0}, max_pool_connections=IDLE, **settings
    )
    return boto3.client("lambda", **connection, config=config)


@contextmanager
def emulator() -> Iterator[Target]:
    """The official emulator; Unavailable where there is none."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("bootstrap", BOOTSTRAP), ("lean.py", LEAN)):
            path = Path(folder, name)
            path.write_text(text)
            path.chmod(0o755)
        rie = Emulator(Path(folder, "bootstrap"), {})
        connection = {
            "endpoint_url": f"http://127.0.0.1:{rie.port}",
            "region_name": "us-east-1",
            "aws_access_key_id": "AKIAEXAMPLE",
            "aws_secret_access_key": "secret",
        }
        try:
            yield Target(rie.port, {}, client_of(connection))
        finally:
            rie.close()


def warm() -> dict[str, object]:
    """One client, warm, beside the emulator, where there is one."""
    try:
        return beside_the_emulator()
    except Unavailable as error:
        return {"skipped": str(error)}


def beside_the_emulator() -> dict[str, object]:
    found: dict[str, object] = {"emulator": VERSION}
    with LocalLambda() as cloud, emulator() as rie:
        mine = ours(cloud)
        create(mine.boto3)
        for way, make, times in (
            ("raw", Target.raw, WARM),
            ("boto3", Target.through_boto3, WARM // 4),
        ):
            callers = {"local_lambda": make(mine), "rie": make(rie)}
            took = interleaved(callers, times, EVENT)
            both = {name: summary(us) for name, us in took.items()}
            ratio = (
                both["local_lambda"]["median_us"] / both["rie"]["median_us"]
            )
            found[way] = both | {"ratio": round(ratio, 2)}
    return found


def invoke_at_once(target: Target, callers: int, invokes: int) -> int:
    """How many of so many invokes are answered right."""
    head = "".join(f"{k}: {v}\r\n" for k, v in target.headers.items())
    request = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n{head}"
        f"Content-Length: {len(EVENT)}\r\n\r\n"
    ).encode() + EVENT
    return asyncio.run(load(target.port, request, EVENT, callers, invokes))


def concurrent() -> dict[str, object]:
    """Fifty callers and as many environments: invocations a second."""
    rates = []
    with LocalLambda(Limits(return_s=5)) as cloud:
        target = ours(cloud)
        create(target.boto3)
        invoke_at_once(target, CONCURRENT, 20 * CONCURRENT)  # all start
        environments = len({e.environment for e in cloud.timeline()})
        invokes = 4000
        for _ in range(5):
            start = time.perf_counter()
            right = invoke_at_once(target, CONCURRENT, invokes)
            rates.append(round(invokes / (time.perf_counter() - start)))
            assert right == invokes, f"{invokes - right} lost"
    found = {
        "callers": CONCURRENT,
        "environments": environments,
        "invocations_per_s": sorted(rates),
        "lost": 0,
    }
    return found


def idle() -> dict[str, object]:
    """Two hundred frozen environments: what they and the server take."""
    with LocalLambda(Limits(concurrency=IDLE)) as cloud:
        server = psutil.Process(cloud._server.pid)
        target = ours(cloud)
        create(target.boto3, HOLD_S="10")
        without_s = cpu_s(server)
        invoke_at_once(target, IDLE, IDLE)
        latest: dict[str, Phase] = {}
        while not latest or set(latest.values()) != {Phase.FROZEN}:
            time.sleep(0.5)
            latest = {e.environment: e.phase for e in cloud.timeline()}
        found = {
            "environments": len(latest),
            "cpu_s": cpu_s(server),
            "cpu_s_without_environments": without_s,
            "over_s": IDLE_S,
            "server_rss_mb": round(server.memory_info().rss / 1024**2, 1),
        }
    return found


def cpu_s(server: psutil.Process) -> float:
    """What the server and its children take while nobody asks anything."""
    processes = [server, *server.children(recursive=True)]

    def used() -> float:
        times = [process.cpu_times() for process in processes]
        return sum(each.user + each.system for each in times)

    before = used()
    time.sleep(IDLE_S)
    return round(used() - before, 3)


PARTS = {"warm": warm, "concurrent": concurrent, "idle": idle}


if __name__ == "__main__":
    run(__file__, __doc__, PARTS)
