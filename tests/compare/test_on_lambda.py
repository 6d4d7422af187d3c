"""Functions on the local Lambda, as a comparison measures them."""

import shutil
import time

from workshop.compare.catalogue import AWS, Contender
from workshop.compare.on_lambda import OnLambda
from workshop.compare.workloads import Workload

WORK = Workload("100-999", "brute")
# It has a quick answer, and then is late for the next event: so is one whose
# answer leaves CPU time owing.
HANDLER = """
import time

import lean
from palindromes import answer

call = lean.RuntimeApi.call

def late(api, method, *rest):
    if method == "GET":
        time.sleep(0.04)
    return call(api, method, *rest)

lean.RuntimeApi.call = late

def handler(event, context):
    return answer({**event, "kernel": "fast"} if event else event)
"""
CALLS = 20


def test_the_time_that_an_answer_has_left_owing_counts(tmp_path):
    shutil.copytree(AWS / "python-lean", tmp_path, dirs_exist_ok=True)
    (tmp_path / "handler.py").write_text(HANDLER)
    contender = Contender("lambda", "late", tmp_path)
    with OnLambda(128) as there:
        there.deploy(contender)
        there.answer(contender, WORK.event)
        there.warm(contender, WORK)
        begun = time.monotonic()
        took = [there.warm(contender, WORK) for _ in range(CALLS)]
        whole_ms = 1000 * (time.monotonic() - begun)
    assert sum(one.duration_ms for one in took) > 0.75 * whole_ms
