"""The kernels in Node and in Rust: they say what Python's says, to the byte.

Each reads events as lines of JSON and answers each with a line.
"""

import json
import random
import shutil
import subprocess

import pytest
from palindromes import InvalidRange, answer

from tests.building import rust_built
from workshop.repository import KERNEL

CASES = json.loads((KERNEL / "cases.json").read_text())
NODE = """
import { createInterface } from "node:readline";
import { answer, toJson } from "./palindromes.mjs";

for await (const line of createInterface({ input: process.stdin })) {
  let reply;
  try {
    reply = answer(JSON.parse(line));
  } catch (error) {
    reply = { errorType: error.name, errorMessage: error.message };
  }
  console.log(toJson(reply));
}
"""


def node():
    """The command that answers in Node."""
    if not shutil.which("node"):
        pytest.skip("there is no node")
    return ["node", "--input-type=module", "--eval", NODE]


def node_by_strings():
    """The same, with a brute force that reverses strings."""
    return ["env", "REVERSAL=string", *node()]


def rust():
    """The command that answers in Rust."""
    folder = rust_built(KERNEL, "--example", "json_lines")
    return [folder / "examples" / "json_lines"]


@pytest.fixture(
    scope="module",
    params=[node, node_by_strings, rust],
    ids=["node", "node by strings", "rust"],
)
def replies(request):
    """Asks the kernel for the replies to events, each a JSON text."""
    command = request.param()

    def replies(events):
        done = subprocess.run(
            command,
            cwd=KERNEL,
            input="".join(event + "\n" for event in events),
            capture_output=True,
            text=True,
        )
        assert done.stderr == ""
        return dict(zip(events, done.stdout.splitlines(), strict=True))

    return replies


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def expected(event):
    """What Python replies to an event, as JSON texts."""
    try:
        return compact(answer(json.loads(event)))
    except InvalidRange as error:
        name = type(error).__name__
        return compact({"errorType": name, "errorMessage": str(error)})


def test_the_cases(replies):
    found = replies([compact(case["event"]) for case in CASES])
    for case in CASES:
        reply = case["body"] if "body" in case else case["error"]
        assert found[compact(case["event"])] == compact(reply), case["name"]


def test_ranges_of_every_length(replies):
    seeded = random.Random(4)
    events = []
    for digits in range(1, 13):
        # Wide ranges of more digits than 8 take a while in Python.
        widest = 10**digits if digits <= 8 else 10_000
        for width in 3, 30, 3_000, widest:
            for _ in range(5):
                least = seeded.randrange(10 ** (digits - 1), 10**digits)
                most = min(least + seeded.randrange(width), 10**12 - 1)
                events.append(compact({"min": least, "max": most}))
    assert replies(events) == {event: expected(event) for event in events}


def test_ranges_where_doubles_end(replies):
    # Products around 2^53, and around 10^19, where Rust goes over to text.
    events = [
        compact({"min": middle - below, "max": middle + above})
        for middle in (94_906_265, 3_162_277_660)
        for below in (0, 50, 20_000)
        for above in (1, 70, 30_000)
    ]
    assert replies(events) == {event: expected(event) for event in events}


def test_brute_force_at_every_length(replies):
    events = [
        compact({"min": least, "max": least + 60, "kernel": "brute"})
        for digits in range(12)
        for least in (10**digits, 3 * 10**digits + 7, 9 * 10**digits)
    ]
    assert replies(events) == {event: expected(event) for event in events}


LONG = "9" * 400  # digits: no double is as large


@pytest.mark.parametrize(
    "event, message",
    [
        (f'{{"min":{LONG},"max":99}}', "min must be at most 999999999999"),
        (f'{{"min":-{LONG},"max":99}}', "min must be at least 1"),
        (f'{{"min":10,"max":{LONG}}}', "max must be at most 999999999999"),
        ('{"min":-0,"max":99}', "min must be at least 1"),
        ('{"min":999999999999.5,"max":99}', "min must be a whole number"),
        ('{"min":10,"max":99.00000000001}', "max must be a whole number"),
        ('{"min":10,"min":0,"max":99}', "min must be at least 1"),
        ('{"__proto__":{"min":1,"max":9},"max":9}', "min is missing: give bo"),
        ('{"__proto__":{"kernel":1},"min":9,"max":1}', "min must not be grea"),
    ],
)
def test_events_that_only_json_can_write(replies, event, message):
    assert expected(event) == replies([event])[event]
    assert message in expected(event)


def test_a_point_or_an_exponent_makes_no_whole_number():
    # In Rust as in Python; JavaScript reads 10.0 and 1e1 as 10.
    events = ['{"min":10.0,"max":99}', '{"min":1e1,"max":99}']
    done = subprocess.run(
        rust(), input="\n".join(events), capture_output=True, text=True
    )
    found = done.stdout.splitlines()
    assert found == [expected(event) for event in events]
    assert "min must be a whole number" in found[0]
