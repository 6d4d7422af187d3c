"""Does every one of 20,000 invokes get its answer? Run `make soak`.

Twenty callers at once invoke one function of a local Lambda. A tenth of the
events break its runtime, each in one of the ways of FAULTS. Every event has a
number of its own, by which its answer is known. Writes soak.json beside this
file, and exits with 1 if an answer is missing, wrong or another's, or if
anything is left afterwards.
"""

import argparse
import json
import platform
import random
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import date
from pathlib import Path
from time import perf_counter

import boto3
import psutil
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from machine import machine

from workshop.aws import LocalLambda
from workshop.repository import ROOT
from workshop.timeline import Phase

sys.path.insert(0, str(ROOT))

from tests.aws.conftest import ROLE, zip_of_loop
from tests.traces import Traces, nothing_left

MAY_GROW_MB = 100  # the server: its log and its timeline are bounded
EXITED = "Runtime.ExitError"
FAULTS = {
    "exits": ("os._exit(3)", EXITED),
    "segfaults": ("os.kill(os.getpid(), signal.SIGSEGV)", EXITED),
    "leaves a child": (
        "subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "        os._exit(0)",
        EXITED,
    ),
    "hangs": ("time.sleep(60)", "Sandbox.Timedout"),
    "answers twice": (
        "respond(request_id, json.dumps(event)); "
        "respond(request_id, '2'); return",
        "",
    ),
    "answers another's": ("respond('another', '2')", ""),
    "never asks again": (
        "respond(request_id, json.dumps(event)); time.sleep(60)",
        "",
    ),
    "answers too much": (
        "respond(request_id, b'x' * (6 * 2**20 + 101)); return",
        "Function.ResponseSizeTooLarge",
    ),
    "answers half": (
        "begin_response(request_id).close(); return",
        "Runtime.TruncatedResponse",
    ),
    "sends garbage": ("connect().sendall(b'garbage\\r\\n\\r\\n')", ""),
    "fails": (
        "respond_error(request_id, 'Soak.Fails', event['n']); return",
        "Soak.Fails",
    ),
}
"""Name: what the handler does, the caller's errorType (none: its event)."""

HANDLE = """
import socket, subprocess

def connect():
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    return socket.create_connection((host, int(port)))

def begin_response(request_id):
    runtime = connect()
    path = f"{PATH}invocation/{request_id}/response"
    head = f"POST {path} HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 99"
    runtime.sendall(head.encode() + b"\\r\\n\\r\\nhalf")
    return runtime

def handle(event, request_id, headers):
    fault = event["fault"]
""" + "".join(
    f"    if fault == {name!r}:\n        {source}\n"
    for name, (source, _) in FAULTS.items()
)


class Callers:
    """The callers of one function, and what each of them was told."""

    def __init__(self, cloud, concurrency):
        config = Config(
            retries={"max_attempts": 0}, max_pool_connections=concurrency
        )
        self._client = boto3.client(
            "lambda", **cloud.connection, config=config
        )
        self._client.create_function(
            FunctionName="soak",
            Runtime="provided.al2023",
            Handler="handler.handler",
            Role=ROLE,
            Code={"ZipFile": zip_of_loop(HANDLE + "    return event")},
            MemorySize=1769,
            Timeout=1,
        )
        self.request_ids = Counter()

    def invoke(self, event):
        """What is wrong with the answer to an event; "" if nothing is."""
        try:
            reply = self._client.invoke(
                FunctionName="soak", Payload=json.dumps(event)
            )
            answer = json.loads(reply["Payload"].read())
        except (BotoCoreError, ClientError, OSError, ValueError) as error:
            return f"{type(error).__name__}: {error}"
        request_id = reply["ResponseMetadata"]["RequestId"]
        self.request_ids[request_id] += 1
        if is_answer(answer, event, request_id):
            return ""
        return json.dumps(answer)[:300]

    def leave(self):
        """Delete the function."""
        self._client.delete_function(FunctionName="soak")


def is_answer(answer, event, request_id):
    """Whether it is the answer to this event, and to no other one."""
    error_type = FAULTS.get(event["fault"], ("", ""))[1]
    if not error_type:
        return answer == event
    if not isinstance(answer, dict) or answer.get("errorType") != error_type:
        return False
    message = answer["errorMessage"]
    if error_type == "Soak.Fails":
        return message == event["n"]
    names_its_request = error_type in (EXITED, "Sandbox.Timedout")
    return not names_its_request or request_id in message


def events(options):
    """The events, each with its number, some with the name of a fault."""
    choose = random.Random(options.seed)
    names = sorted(FAULTS)
    return [
        {
            "n": n,
            "fault": choose.choice(names)
            if choose.random() < options.faulty
            else "",
        }
        for n in range(options.invokes)
    ]


def soak(options):
    """Run it; the report, in which `wrong` and `left` should be empty."""
    to_send = events(options)
    with LocalLambda() as cloud:
        server = psutil.Process(cloud._server.pid)
        traces = Traces(server.pid)
        callers = Callers(cloud, options.concurrency)
        resident = [server.memory_info().rss]
        wrong = {}
        start = perf_counter()
        with ThreadPoolExecutor(options.concurrency) as threads:
            calls = {threads.submit(callers.invoke, e): e for e in to_send}
            for done, call in enumerate(as_completed(calls), 1):
                if said := call.result():
                    wrong[calls[call]["n"]] = {**calls[call], "said": said}
                if done % 100 == 0:
                    resident.append(server.memory_info().rss)
                    print(
                        f"\r{done} of {options.invokes}, {len(wrong)} wrong",
                        end="",
                        file=sys.stderr,
                    )
        seconds = perf_counter() - start
        print(file=sys.stderr)
        ran = Counter(
            event.request_id
            for event in cloud.timeline()
            if event.phase is Phase.INVOKE
        )
        callers.leave()
        left = nothing_left(traces.of_environments)
        ports = traces.ports()
    left += nothing_left(lambda: traces.of_server(ports))
    again = [
        request_id
        for request_id, times in callers.request_ids.items()
        if times > 1 or ran[request_id] > 1
    ]
    return {
        "date": date.today().isoformat(),
        "machine": machine(),
        "python": platform.python_version(),
        "invokes": options.invokes,
        "concurrency": options.concurrency,
        "seed": options.seed,
        "faulty": sum(event["fault"] != "" for event in to_send),
        "faults": dict(Counter(e["fault"] for e in to_send if e["fault"])),
        "seconds": round(seconds, 1),
        "answered_once": len(to_send) - len(wrong) - len(again),
        "wrong": list(wrong.values())[:20],
        "left": [str(thing) for thing in left],
        "server_mb": {
            "start": resident[0] >> 20,
            "peak": max(resident) >> 20,
            "end": resident[-1] >> 20,
        },
    }


def is_good(report):
    """Whether all was answered, nothing is left, the server stayed small."""
    grown_mb = report["server_mb"]["peak"] - report["server_mb"]["start"]
    return (
        report["answered_once"] == report["invokes"]
        and not report["left"]
        and grown_mb <= MAY_GROW_MB
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--invokes", type=int, default=20_000)
    parser.add_argument("--concurrency", type=int, default=20)
    parser.add_argument(
        "--faulty", type=float, default=0.1, help="the share of faults"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--output", type=Path, default=Path(__file__).with_suffix(".json")
    )
    options = parser.parse_args()
    report = soak(options)
    options.output.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    sys.exit(0 if is_good(report) else 1)


if __name__ == "__main__":
    main()
