"""Functions on the local Lambda, as a comparison measures them."""

import shutil
import time

from workshop.compare.catalogue import AWS, Contender
from workshop.compare.on_lambda import OnLambda
from workshop.compare.workloads import Workload

WORK = Workload("100-999", "brute")
# It has a quick answer, after 2.7 ms of CPU time in one go: twice what 128 MB
# have in a period of 20 ms, and less than the kernel may take to see it.
HANDLER = """
import time

from palindromes import answer

count, took = 1000, 0
while took < 0.0027:
    count += 1000
    begun = time.process_time()
    sum(range(count))
    took = time.process_time() - begun

def handler(event, context):
    if not event:
        return answer(event)
    sum(range(count))
    return answer({**event, "kernel": "fast"})
"""
CALLS = 20


def test_the_time_that_an_answer_has_left_owing_counts(tmp_path):
    shutil.copytree(AWS / "python-lean", tmp_path, dirs_exist_ok=True)
    (tmp_path / "handler.py").write_text(HANDLER)
    contender = Contender("lambda", "burns", tmp_path)
    with OnLambda(128) as there:
        there.deploy(contender)
        there.answer(contender, WORK.event)
        there.warm(contender, WORK)
        begun = time.monotonic()
        took = [there.warm(contender, WORK) for _ in range(CALLS)]
        whole_ms = 1000 * (time.monotonic() - begun)
    assert sum(one.duration_ms for one in took) > 0.75 * whole_ms
