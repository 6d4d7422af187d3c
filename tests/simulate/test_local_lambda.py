"""The simulation against the local Lambda: the same arrivals to both.

The moments are far enough apart that no delay of a loaded machine changes
which environments are idle, busy or gone when a request comes.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import boto3
from botocore.config import Config

from tests.aws.conftest import deploy
from workshop.aws import Limits, LocalLambda
from workshop.simulate import aws_lambda, constant, simulate
from workshop.timeline import Phase

SERVICE_S = 0.25
IDLE_S = 2.0
BURSTS = ((0.0, 3), (1.5, 5), (3.0, 6), (4.5, 2), (6.0, 4), (9.75, 2))
"""When so many come at once, in seconds. At 6 s four of six are gone, at
9.75 s all of them."""
STARTED = [3, 2, 1, 0, 2, 2]

HANDLE = f"""
def handle(event, request_id, headers):
    time.sleep({SERVICE_S})
    return "done"
"""


def simulated():
    """How many environments start at each burst."""
    fleet = replace(aws_lambda(idle_s=IDLE_S), most=100)
    arrivals = [at_s for at_s, count in BURSTS for _ in range(count)]
    counts = []
    for upto in range(len(arrivals) + 1):
        outcome = simulate(
            arrivals[:upto], constant(SERVICE_S), fleet, constant(0.1)
        )
        counts.append(outcome.instances_started)
    assert outcome.cold_starts == outcome.instances_started
    ends = [sum(n for _, n in BURSTS[:i]) for i in range(len(BURSTS) + 1)]
    return [counts[b] - counts[a] for a, b in pairwise(ends)]


def invoked():
    """How many environments a local Lambda starts at each burst."""
    most = max(count for _, count in BURSTS)
    with (
        LocalLambda(Limits(idle_s=IDLE_S)) as cloud,
        ThreadPoolExecutor(most) as callers,
    ):
        config = Config(retries={"max_attempts": 0}, max_pool_connections=most)
        client = boto3.client("lambda", **cloud.connection, config=config)
        function = deploy(client, "waits", HANDLE)
        since = time.monotonic()
        calls = []
        for at_s, count in BURSTS:
            time.sleep(max(0.0, since + at_s - time.monotonic()))
            calls += [callers.submit(function.invoke) for _ in range(count)]
        assert {call.result().payload for call in calls} == {"done"}
        inits = [
            event.at - since
            for event in cloud.timeline()
            if event.phase is Phase.INIT
        ]
    counts = [0] * len(BURSTS)
    for at_s in inits:
        counts[sum(begin <= at_s for begin, _ in BURSTS) - 1] += 1
    return counts


def test_the_same_environments_start():
    assert simulated() == STARTED
    assert invoked() == STARTED
