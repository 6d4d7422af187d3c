"""What the module of exercise 06 must do: one check, one sentence.

Functions that only compute are called in a process of their own, see
calls.py. Those that talk to Lambda do so with a real local one, while each
of their requests is noted, see observer.py; what they must return is
computed from the REPORT lines that they themselves were sent.
"""

import json
from functools import cache
from math import isclose
from statistics import median

import pytest
from calls import ask
from cloud_functions import created, package_lean
from observer import observe

COLD = (
    "REPORT RequestId: 7\\tDuration: 12.15 ms\\tBilled Duration: 104 ms"
    "\\tMemory Size: 256 MB\\tMax Memory Used: 30 MB"
)
WARM = COLD.replace("104 ms", "13 ms")
INIT = "\\tInit Duration: 91.50 ms"


def expect(answer, expected, hint):
    """Fail at the first call that does not give what is expected of it.

    `expected` is a dict from calls to values; a ValueError is expected as
    an exception with its words.
    """
    outcomes = ask(answer.path, *expected)
    for outcome, value in zip(outcomes, expected.values(), strict=False):
        if not is_right(outcome, value):
            pytest.fail(
                f"{outcome.call}\n"
                f"  expected  {value!r}\n"
                f"  came      {outcome.came}\n"
                f"  hint      {hint}",
                pytrace=False,
            )


def is_right(outcome, value):
    if isinstance(value, ValueError):
        words = str(outcome.message)
        return outcome.error == "ValueError" and str(value) in words
    if isinstance(value, float) and isinstance(outcome.value, int | float):
        return isclose(outcome.value, value, rel_tol=1e-6)
    return outcome.error is None and outcome.value == value


# Step 1: read a report


def test_a_report_is_read(answer):
    expect(
        answer,
        {
            f'parse_report("{WARM}").duration_ms': 12.15,
            f'parse_report("{WARM}").billed_ms': 13,
            f'parse_report("{WARM}").memory_mb': 256,
            f'parse_report("{WARM}").max_memory_mb': 30,
        },
        "part the line at its tabs, and each field at ': '; the number ends "
        "at the space",
    )


def test_a_cold_report_has_an_init(answer):
    expect(
        answer,
        {
            f'parse_report("{COLD}{INIT}\\t").init_ms': 91.5,
            f'parse_report("{COLD}{INIT}\\t").duration_ms': 12.15,
            f'parse_report("{COLD}{INIT}\\t").billed_ms': 104,
        },
        "three fields end in Duration: look for the whole name, from the "
        "tab on",
    )


def test_a_warm_report_has_no_init(answer):
    expect(
        answer,
        {f'parse_report("{WARM}\\t").init_ms': None},
        "without the field Init Duration, init_ms is None, and not 0: "
        "there was no init",
    )


def test_a_report_may_say_more(answer):
    more = "\\tStatus: error\\tError Type: Runtime.ExitError\\t"
    expect(
        answer,
        {f'parse_report("{WARM}{more}").duration_ms': 12.15},
        "make numbers of the fields that you want, not of all there are",
    )


# Step 2: what it costs


def test_a_cost_is_gigabytes_times_seconds(answer):
    expect(
        answer,
        {
            "cost_usd(1024, 1_000_000_000)": 16.6667002,
            "cost_usd(512, 1_000_000_000)": 8.3333502,
        },
        "memory / 1024, billed / 1000, and their product times the price",
    )


def test_a_cost_has_the_fee_of_the_request(answer):
    expect(
        answer,
        {"cost_usd(128, 1)": 0.0000002020833375},
        "add USD_PER_REQUEST once, and round nothing: one invocation costs "
        "less than a millionth of a dollar",
    )


# Step 3: one invocation


WAIT = """
import os, time

class OutOfPaper(Exception):
    pass

calls = 0

def handler(event, context):
    global calls
    if event.get("fail"):
        raise OutOfPaper("tray 2 is empty")
    memory = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
    waits_ms = event["ms"].get(memory, [0])
    time.sleep(waits_ms[calls % len(waits_ms)] / 1000)
    calls += 1
"""
EVENT = {"ms": {}, "note": None, "text": "it's"}
INVOKE = f"invoke(client, 'paper', {EVENT})"
FAIL = "invoke(client, 'paper', {'fail': True})"
REPEAT = 3
# The first one is cold; of the others the median is 10 and the mean is not.
WAITS = {"ms": {"512": [40, 0, 10, 30]}}
MEASURE = f"measure(client, 'paper', 512, {WAITS}, {REPEAT})"
# The fastest is measured first, and is not the cheapest; a busy machine may
# add some tens of ms to each, and must not change their order.
SIZES = [3538, 512, 256]
BY_SIZE = {"ms": {"3538": [10], "512": [300], "256": [100]}}
TUNE = f"tune(client, 'paper', {SIZES}, {BY_SIZE}, 'fastest', 1)"


@pytest.fixture(scope="session")
def look(cloud, aws):
    """Observes calls of an answer's module; the same ones only once."""
    paths = {}

    @cache
    def observed(source, *calls):
        with created(aws, "paper", package_lean(WAIT)):
            found = observe(paths[source], cloud.connection, *calls)
            now = aws.get_function_configuration(FunctionName="paper")
            return found, now["MemorySize"]

    def look(answer, *calls):
        paths[answer.source] = answer.path
        return observed(answer.source, *calls)

    return look


def reject(observation, expected, hint):
    """Fail, saying what was expected, what came and what to look at."""
    came = str(observation).replace("\n", "\n            ")
    pytest.fail(
        f"{observation.call}\n"
        f"  expected  {expected}\n"
        f"  came      {came}\n"
        f"  hint      {hint}",
        pytrace=False,
    )


def invoked(look, answer):
    """What invoke came to, with a good event and with a bad one."""
    (good, *rest), _ = look(answer, INVOKE, FAIL)
    if not rest:
        reject(good, "an answer", "does it wait for something for ever?")
    return good, rest[0]


def test_invoke_sends_the_event_as_json(answer, look):
    good, _ = invoked(look, answer)
    if [r.event for r in good.invocations] != [EVENT]:
        reject(
            good,
            f"one Invoke with the Payload {json.dumps(EVENT)}",
            "Payload=json.dumps(event): Python's own text of a dict, with "
            "its None and its quotes, is no JSON",
        )


def test_invoke_returns_what_lambda_reports(answer, look):
    good, _ = invoked(look, answer)
    times = [(r.duration_ms, r.billed_ms) for r in good.invocations]
    came = good.value if isinstance(good.value, dict) else {}
    returned = came.get("duration_ms"), came.get("billed_ms")
    if times != [returned] or returned == (None, None):
        reject(
            good,
            "one Invoke with LogType='Tail', and the Report of its line",
            'LogType="Tail" brings the line, and parse_report(report_line('
            "reply)) reads it; a clock of your own would count the way there "
            "and back",
        )


def test_invoke_raises_when_the_function_has_failed(answer, look):
    _, bad = invoked(look, answer)
    # Of any type: the words can only come from the payload.
    if bad.error is None or "tray 2 is empty" not in bad.message:
        reject(
            bad,
            "RuntimeError with the function's own words, tray 2 is empty",
            "the status is 200 all the same: where FunctionError is in the "
            "reply, raise RuntimeError(reply['Payload'].read().decode())",
        )


# Step 4: measure one size


def measured(look, answer):
    """What measure came to."""
    (observation,), _ = look(answer, MEASURE)
    return observation


def before_the_first_invocation(observation):
    operations = [r.operation for r in observation.requests]
    first = [*operations, "Invoke"].index("Invoke")
    return observation.requests[:first]


def test_measure_sets_the_memory(answer, look):
    observation = measured(look, answer)
    updates = [
        request.parameters.get("MemorySize")
        for request in before_the_first_invocation(observation)
        if request.operation == "UpdateFunctionConfiguration"
    ]
    if updates != [512]:
        reject(
            observation,
            "UpdateFunctionConfiguration with MemorySize 512, then Invoke",
            "client.update_function_configuration(FunctionName=..., "
            "MemorySize=memory_mb) comes first",
        )


def test_measure_waits_until_the_memory_is_in_force(answer, look):
    observation = measured(look, answer)
    requests = before_the_first_invocation(observation)
    last = requests[-1].operation if requests else ""
    if last not in ("GetFunction", "GetFunctionConfiguration"):
        reject(
            observation,
            "after the update, and before the first Invoke, a look at the "
            "function's state",
            "client.get_waiter('function_updated_v2')"
            ".wait(FunctionName=function_name) looks until it is updated",
        )


def test_measure_invokes_once_more_than_it_counts(answer, look):
    observation = measured(look, answer)
    if len(observation.invocations) != REPEAT + 1:
        reject(
            observation,
            f"{REPEAT + 1} times Invoke: one that is cold, and {REPEAT}",
            "invoke once and forget what it reports, then repeat times",
        )


def test_measure_takes_the_median_of_the_warm_durations(answer, look):
    observation = measured(look, answer)
    warm = [r.duration_ms for r in observation.invocations[-REPEAT:]]
    expected = median(warm) if warm and None not in warm else "a median"
    if field(observation, "duration_ms") != expected:
        reject(
            observation,
            f"duration_ms={expected}, the median of the last {REPEAT}",
            "statistics.median of duration_ms in the reports after the first",
        )


def test_measure_costs_what_is_billed(answer, look):
    observation = measured(look, answer)
    billed = [r.billed_ms for r in observation.invocations[-REPEAT:]]
    if not billed or None in billed:
        reject(observation, "a cost", "the checks above say what is missing")
    gb_seconds = 0.5 * median(billed) / 1000
    expected = gb_seconds * 0.0000166667 + 0.0000002
    came = field(observation, "cost_usd")
    if came is None or not isclose(came, expected, rel_tol=1e-6):
        reject(
            observation,
            f"cost_usd={expected:.10f}, for {median(billed)} ms at 512 MB",
            "the cost at the median of billed_ms, which is not duration_ms",
        )


def field(observation, name):
    """A number in the measurement that was returned, if there is one."""
    value = observation.value
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, int | float) else None


# Step 5: choose

SLOW = "Measurement(128, 800.0, 2.6e-06)"
CHEAP = "Measurement(256, 390.0, 2e-06)"
EVEN = "Measurement(512, 100.0, 2.2e-06)"
QUICK = "Measurement(1024, 95.0, 3e-06)"
DEAR = "Measurement(1769, 96.0, 5e-06)"
ALL = f"[{QUICK}, {SLOW}, {DEAR}, {EVEN}, {CHEAP}]"


def choice(strategy, measurements=ALL):
    return f"choose({measurements}, {strategy!r}).memory_mb"


def test_the_cheapest_has_the_least_cost(answer):
    expect(
        answer,
        {choice("cheapest"): 256, choice("cheapest", f"[{DEAR}]"): 1769},
        "compare cost_usd, and return the measurement itself",
    )


def test_the_fastest_has_the_least_duration(answer):
    expect(
        answer, {choice("fastest"): 1024}, "compare duration_ms: less is best"
    )


def test_the_balanced_has_the_least_product(answer):
    expect(
        answer,
        {choice("balanced"): 512},
        "compare cost_usd * duration_ms: their sum would let the larger "
        "number alone decide",
    )


def test_among_equals_it_chooses_less_memory(answer):
    cost = "Measurement(256, 9.0, 2e-06), Measurement(128, 9.5, 2e-06)"
    time = "Measurement(256, 9.0, 2e-06), Measurement(192, 9.0, 3e-06)"
    both = "Measurement(512, 2.0, 8e-06), Measurement(128, 8.0, 2e-06)"
    expect(
        answer,
        {
            choice("cheapest", f"[{cost}]"): 128,
            choice("fastest", f"[{time}]"): 192,
            choice("balanced", f"[{both}]"): 128,
        },
        "where two are equal in what the strategy looks at, memory_mb "
        "decides: min with key=lambda m: (..., m.memory_mb)",
    )


def test_an_unknown_strategy_is_a_value_error(answer):
    expect(
        answer,
        {choice("greenest"): ValueError("greenest")},
        "raise ValueError with the strategy's name in its message; else a "
        "slip of the pen would choose something else in silence",
    )


# Step 6: tune


def tuned(look, answer):
    """What tune came to, its choice and its list, and the memory left."""
    (observation,), left_mb = look(answer, TUNE)
    value = observation.value
    pair = isinstance(value, list) and len(value) == 2
    best, every = value if pair else (None, None)
    return observation, best, every, left_mb


def memory_of(measurement):
    known = isinstance(measurement, dict)
    return measurement.get("memory_mb") if known else None


def test_tune_measures_every_size(answer, look):
    observation, _, every, _ = tuned(look, answer)
    sizes, invoked_at = [], None
    for request in observation.requests:
        if request.operation == "UpdateFunctionConfiguration":
            invoked_at = request.parameters.get("MemorySize")
        elif request.operation == "Invoke" and invoked_at not in sizes:
            sizes.append(invoked_at)
    listed = every if isinstance(every, list) else []
    if sizes != SIZES or [memory_of(m) for m in listed] != SIZES:
        reject(
            observation,
            f"invocations at {SIZES} MB, and a list of three measurements "
            "in the second place of what is returned",
            "measure each size, whatever the one before has come to",
        )


def test_tune_returns_the_choice(answer, look):
    observation, best, _, _ = tuned(look, answer)
    if memory_of(best) != 3538:
        reject(
            observation,
            "in the first place, the fastest measurement, that of 3538 MB",
            "return choose(measurements, strategy), and measurements",
        )


def test_tune_leaves_the_function_at_the_choice(answer, look):
    observation, _, _, left_mb = tuned(look, answer)
    if left_mb != 3538:
        reject(
            observation,
            f"the function left with 3538 MB, the choice, not {left_mb}",
            "measuring has changed the memory: update it once more, to "
            "best.memory_mb",
        )
