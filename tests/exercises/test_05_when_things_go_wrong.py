"""What the module of exercise 05 must do: one check, one sentence.

The caller's side calls functions on a local Lambda that really fail, through
boto3 (see caller.py); the handler's side runs in a process of its own, and
as a function on that Lambda. A clock that the check winds stands for time.
"""

import json
import re
from contextlib import ExitStack
from dataclasses import replace

import pytest
from caller import ask_caller
from calls import ask
from cloud_functions import created, package_lean

from workshop.deploy.package import package_handler
from workshop.errors import WorkshopError

FRAGILE = """
import os

class OutOfPaper(Exception):
    pass

def handler(event, context):
    if event == "raise":
        raise OutOfPaper("tray 2 is empty")
    if event == "die":
        os._exit(3)
    return event
"""
SLEEPY = """
import time

def handler(event, context):
    time.sleep(60)
"""
# Does two items a call. It complains of a caller that begins elsewhere than
# it was told, or again and again.
BY_TWOS = """
expected = beginnings = 0

def handler(event, context):
    global expected, beginnings
    start = event["start"]
    beginnings = 0 if start else beginnings + 1
    assert start in (0, expected), f"start is {start}, not {expected}"
    assert beginnings < 10, "start is 0 time and again"
    end = start + 2
    expected = end if end < len(event["items"]) else 0
    results = [item.upper() for item in event["items"][start:end]]
    return {"results": results, "next": expected or None}
"""
# Does one item, and from then on nothing. It complains at the tenth time.
STUCK = """
times = 0

def handler(event, context):
    global times
    start = event["start"]
    times = times + 1 if start else 0
    assert times < 10, "asked ten times for the same item"
    return {"results": [] if start else ["A"], "next": 1}
"""
# What the checks of `work` say besides the learner's module.
CLOCK = '''

class _Clock:
    """A context whose time goes by as steps are done."""

    def __init__(self, left_ms):
        self.left_ms = left_ms

    def get_remaining_time_in_millis(self):
        return max(0, self.left_ms)

    def step(self, ms):
        self.left_ms -= ms
        return f"did {ms}"


def _work(items, start, left_ms, margin_ms):
    clock = _Clock(left_ms)
    return work(items, start, clock.step, clock, margin_ms)
'''
TIMED = re.compile(r"_work\((.*), start=(.+), left_ms=(.+), margin_ms=(.+)\)")
IN_WORDS = (
    r"work(\1, \2, step, context, \4), "
    r"where step(ms) takes ms, with \3 ms left"
)
LIMIT = 6_291_556
MEMORY = 1769  # MB: a whole processor
TOO_LARGE = "'Function.ResponseSizeTooLarge', 'Response payload size exceeded'"
TIMED_OUT = "'Sandbox.Timedout', 'Task timed out after 1.00 seconds'"
EXITED = "'Runtime.ExitError', 'Runtime exited with error: exit status 3'"


@pytest.fixture(scope="module")
def connection(cloud, aws):
    """Where the functions are that the learner's caller calls."""
    functions = {
        "fragile": (FRAGILE, 10),
        "sleepy": (SLEEPY, 1),
        "by-twos": (BY_TWOS, 10),
        "stuck": (STUCK, 10),
        "busy": (FRAGILE, 3),
    }
    with ExitStack() as stack:
        for name, (source, limit_s) in functions.items():
            code = package_lean(source)
            stack.enter_context(
                created(aws, name, code, Timeout=limit_s, MemorySize=MEMORY)
            )
        aws.put_function_concurrency(
            FunctionName="busy", ReservedConcurrentExecutions=0
        )
        yield cloud.connection


@pytest.fixture
def deployed(aws, answer):
    """Deploys the learner's module with a few lines more; its invoke."""

    def invoke(event):
        reply = aws.invoke(FunctionName="yours", Payload=json.dumps(event))
        return json.load(reply["Payload"])

    def deploy(addition="", **settings):
        try:
            code = package_handler(answer.source + addition)
        except WorkshopError as error:
            pytest.fail(str(error), pytrace=False)
        one = created(aws, "yours", code, MemorySize=MEMORY, **settings)
        stack.enter_context(one)
        return invoke

    with ExitStack() as stack:
        yield deploy


def expect(outcomes, expected, hint):
    """Fail at the first outcome that is not what is expected of its call.

    What is expected is a value, which for a dict may have more keys.
    """
    for outcome, value in zip(outcomes, expected, strict=False):
        if not is_right(outcome, value):
            fail(outcome.call, value, outcome.came, hint)


def is_right(outcome, expected):
    value = outcome.value
    if outcome.error:
        return False
    if isinstance(expected, dict) and isinstance(value, dict):
        return value | expected == value
    # As text, since to Python True is 1.
    return json.dumps(value) == json.dumps(expected)


def fail(call, expected, came, hint):
    pytest.fail(
        f"{call}\n"
        f"  expected  {expected!r}\n"
        f"  came      {came}\n"
        f"  hint      {hint}",
        pytrace=False,
    )


def expect_of_caller(answer, connection, expected, hint):
    """Let the learner's caller make the calls that are the dict's keys."""
    outcomes = [
        replace(
            outcome,
            call=outcome.call.removeprefix("told(lambda: ")[:-1],
        )
        for outcome in ask_caller(answer.path, connection, *expected)
    ]
    expect(outcomes, expected.values(), hint)


def expect_of_module(answer, expected, hint):
    """Make the calls that are the dict's keys in the learner's module."""
    answer.path.write_text(answer.source + CLOCK)
    outcomes = [
        replace(outcome, call=TIMED.sub(IN_WORDS, outcome.call))
        for outcome in ask(answer.path, *expected)
    ]
    expect(outcomes, expected.values(), hint)


# The caller: what a call comes to


def test_it_returns_what_the_handler_returned(answer, connection):
    looks_bad = {"errorType": "Sandbox.Timedout", "errorMessage": "a value"}
    expect_of_caller(
        answer,
        connection,
        {
            f"call(client, 'fragile', {value!r})": value
            for value in ({"ü": [1.5, True]}, None, 0, "", [], looks_bad)
        },
        "send json.dumps(event); the call has failed if reply has the key "
        "FunctionError, and only then; otherwise return "
        "json.load(reply['Payload']), whatever it is",
    )


def test_it_tells_an_error_of_the_handler(answer, connection):
    call = "call(client, 'fragile', 'raise')"
    told = {
        "raised": "HandlerError",
        "error_type": "OutOfPaper",
        "message": "tray 2 is empty",
    }
    expect_of_caller(
        answer,
        connection,
        {call: told},
        "the status is 200 all the same: where reply has the key "
        "FunctionError, raise HandlerError with errorType and errorMessage",
    )


def test_it_keeps_the_stack_of_an_error(answer, connection):
    call = "call(client, 'fragile', 'raise')"
    (outcome,) = ask_caller(answer.path, connection, call)
    told = outcome.value if isinstance(outcome.value, dict) else {}
    if "tray 2" not in str(told.get("stack")):
        fail(
            f"{call}, and the stack of what it raises",
            ["...", 'raise OutOfPaper("tray 2 is empty")'],
            told.get("stack", outcome.came),
            "stackTrace is the third thing that an error of the handler "
            "tells; it says where to look",
        )


def test_it_tells_a_process_that_died_from_an_exception(answer, connection):
    expect_of_caller(
        answer,
        connection,
        {
            "call(client, 'fragile', 'die')": {
                "raised": "PlatformError",
                "error_type": "Runtime.ExitError",
            },
            "call(client, 'fragile', 'hello')": "hello",
        },
        "errorType.startswith(PLATFORM) tells Lambda's verdicts from the "
        "handler's exceptions; they have no stackTrace",
    )


def test_it_tells_that_the_time_was_up(answer, connection):
    expect_of_caller(
        answer,
        connection,
        {
            "call(client, 'sleepy', 0)": {
                "raised": "PlatformError",
                "error_type": "Sandbox.Timedout",
            },
        },
        "Sandbox.Timedout is Lambda's verdict, too, and comes with status "
        "200 and FunctionError as the others do",
    )


def test_it_tells_that_every_environment_was_busy(answer, connection):
    expect_of_caller(
        answer,
        connection,
        {"call(client, 'busy', 0)": {"raised": "Throttled"}},
        "boto3 raises client.exceptions.TooManyRequestsException: catch it "
        "before the ClientError, of which it is a kind",
    )


def test_it_tells_that_the_request_was_refused(answer, connection):
    expect_of_caller(
        answer,
        connection,
        {
            "call(client, 'nobody', 0)": {"raised": "Refused"},
            "call(client, 'fragile', 'x' * 6_291_455)": {"raised": "Refused"},
        },
        "boto3 raises a client.exceptions.ClientError of one kind or "
        "another: raise Refused(str(error)) from it",
    )


# The caller: what may be tried again


def test_what_has_not_run_may_always_be_retried(answer):
    expect_of_module(
        answer,
        {
            "may_retry(Throttled('Rate Exceeded'), True)": True,
            "may_retry(Throttled('Rate Exceeded'), False)": True,
        },
        "nothing has run, so nothing can be done twice",
    )


def test_what_may_have_run_is_retried_only_if_idempotent(answer):
    expect_of_module(
        answer,
        {
            f"may_retry(PlatformError({error}), {idempotent})": idempotent
            for error in (TIMED_OUT, EXITED)
            for idempotent in (True, False)
        },
        "nobody knows how far it had come: idempotent decides",
    )


def test_what_would_fail_again_is_not_retried(answer):
    raised = "'LookupError', 'there is no customer 7', []"
    errors = [
        f"HandlerError({raised})",
        "Refused('RequestTooLargeException')",
        f"PlatformError({TOO_LARGE})",
        "Stalled('it stays at item 3')",
    ]
    expect_of_module(
        answer,
        {
            f"may_retry({error}, {idempotent})": False
            for error in errors
            for idempotent in (True, False)
        },
        "the same call would come to the same: False, also for a result "
        "that is too large, and also where the work is idempotent",
    )


# The handler: a result that fits


def test_a_result_that_fits_is_returned_as_it_is(answer):
    # Compact, this has 55 bytes less than may be; with spaces, 44 more.
    parts = "['x' * 62_912] * 100"
    expect_of_module(
        answer,
        {
            "within_limit({'ü': [1, None]})": {"ü": [1, None]},
            "within_limit(None)": None,
            f"within_limit('x' * {LIMIT - 2}) == 'x' * {LIMIT - 2}": True,
            f"within_limit({parts}) == {parts}": True,
        },
        "up to LIMIT bytes of as_sent(result), LIMIT itself included, "
        "return the result, and not its JSON",
    )


def test_a_result_that_does_not_fit_is_an_error_with_its_size(answer):
    letters = "ü" * (LIMIT // 6 + 1)  # JSON writes it with six letters
    expected = {
        f"within_limit('x' * {LIMIT - 1})": LIMIT + 1,
        f"within_limit('ü' * {len(letters)})": len(json.dumps(letters)),
        f"within_limit(['x' * {LIMIT}])": LIMIT + 4,
    }
    for outcome, size in zip(
        ask(answer.path, *expected), expected.values(), strict=False
    ):
        message = f"{size:,} bytes; Lambda takes {LIMIT:,}"
        if (outcome.error, outcome.message) != ("ResultTooLarge", message):
            fail(
                outcome.call,
                f"ResultTooLarge: {message}",
                outcome.came,
                "raise ResultTooLarge(size), where size is the number of "
                "bytes of as_sent(result), however long the result looks",
            )


# The handler: stop in time


def test_it_works_through_all_items(answer):
    expect_of_module(
        answer,
        {
            "_work([1, 2, 3], start=0, left_ms=9000, margin_ms=500)": {
                "results": ["did 1", "did 2", "did 3"],
                "next": None,
            },
            "_work([], start=0, left_ms=9000, margin_ms=500)": {
                "results": [],
                "next": None,
            },
            # The last item uses up the time; all is done nevertheless.
            "_work([700, 700], start=0, left_ms=1500, margin_ms=500)": {
                "results": ["did 700", "did 700"],
                "next": None,
            },
        },
        "after the last item, next is None, however little time is left; "
        "results are what step returned",
    )


def test_it_stops_before_the_time_is_up(answer):
    items = [400, 400, 400, 400, 400]
    expect_of_module(
        answer,
        {
            f"_work({items}, start=0, left_ms=2000, margin_ms=900)": {
                "results": ["did 400"] * 3,
                "next": 3,
            },
            f"_work({items}, start=0, left_ms=100, margin_ms=500)": {
                "results": [],
                "next": 0,
            },
        },
        "before each step, ask the context anew; with less than margin_ms "
        "left, return what is done, and the index of the item to go on with",
    )


def test_it_goes_on_where_it_is_told(answer):
    items = [10, 20, 30, 40, 50, 60]
    expect_of_module(
        answer,
        {
            f"_work({items}, start=4, left_ms=9000, margin_ms=500)": {
                "results": ["did 50", "did 60"],
                "next": None,
            },
            f"_work({items}, start=2, left_ms=565, margin_ms=500)": {
                "results": ["did 30", "did 40"],
                "next": 4,
            },
        },
        "begin at items[start]; next counts from the beginning of items, "
        "not from start",
    )


# Both together


def test_it_calls_until_all_is_done(answer, connection):
    expect_of_caller(
        answer,
        connection,
        {
            "call_all(client, 'by-twos', ['a', 'b', 'c', 'd', 'e'])": [
                *"ABCDE"
            ],
            "call_all(client, 'by-twos', ['a'])": ["A"],
            "call_all(client, 'by-twos', [])": [],
        },
        "begin with start 0; add the results of each call to those before, "
        "and call again with start as its next says, until that is None",
    )


def test_it_gives_up_when_nothing_moves(answer, connection):
    expect_of_caller(
        answer,
        connection,
        {"call_all(client, 'stuck', ['a', 'b'])": {"raised": "Stalled"}},
        "a next that is where the call started means that nothing was done: "
        "raise Stalled",
    )


def test_a_function_answers_before_it_is_killed(answer, deployed):
    invoke = deployed(Timeout=2)
    items = [400] * 6  # the fourth would begin with 800 ms left
    came = invoke({"items": items, "start": 0})
    # On a busy machine fewer of them are done than could be.
    right = [{"results": items[:n], "next": n} for n in (3, 2, 1)]
    if came not in right:
        fail(
            "your handler on the local Lambda, with a time limit of 2 s and "
            f"the event {{'items': {items}, 'start': 0}}",
            right[0],
            came,
            "with MARGIN_MS = 1000, it begins no item when less than a "
            "second is left",
        )


def test_a_function_survives_a_result_too_large(answer, deployed):
    invoke = deployed(
        "\nimport itertools\n_events = itertools.count(1)\n"
        "def handler(event, context):\n"
        "    return [next(_events), within_limit('x' * event)]\n",
        Timeout=10,
    )
    came = [invoke(n) for n in (0, LIMIT, 0)]
    kind = isinstance(came[1], dict) and came[1].get("errorType")
    if (came[0], kind, came[2]) != ([1, ""], "ResultTooLarge", [3, ""]):
        fail(
            "a function that returns within_limit('x' * n), for "
            f"n = 0, {LIMIT:,} and 0 again; it counts its events",
            [[1, ""], "ResultTooLarge", [3, ""]],
            [came[0], kind or brief(came[1]), came[2]],
            "raise ResultTooLarge, which the loop reports as an error of "
            "the handler; then the same environment goes on counting",
        )


def brief(value):
    return str(value)[:80]
