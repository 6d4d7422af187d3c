"""What the loop of exercise 04 must do: one check, one sentence.

A loop is judged as a process of its own, by a Runtime API that notes every
call (see examiner.py), and at last on the local Lambda, through boto3.
"""

import json
import shutil

import pytest
from cloud_functions import created
from examiner import Delivery, Transcript, examine

from workshop.deploy.package import package
from workshop.repository import FUNCTIONS

RAISES = """
class OutOfPaper(Exception):
    pass

def handler(event, context):
    if event == "raise":
        raise OutOfPaper("tray 2 is empty")
    return event
"""
RANGE = {"min": 10, "max": 99}


def reject(transcript: Transcript, expected: str, hint: str):
    """Fail, saying what was expected, what came and what to look at."""
    came = str(transcript).replace("\n", "\n            ")
    pytest.fail(
        f"the calls of the loop, one by one\n"
        f"  expected  {expected}\n"
        f"  came      {came}\n"
        f"  hint      {hint}",
        pytrace=False,
    )


def expect_responses(transcript, results, hint):
    """Each delivery must have got one response, the JSON of its result."""
    for delivery, result in zip(transcript.deliveries, results, strict=True):
        posts = transcript.posts(delivery)
        kinds = [post.path.rpartition("/")[2] for post in posts]
        if kinds != ["response"] or parsed(posts[0].body) != [result]:
            reject(
                transcript,
                f"POST /invocation/{delivery.request_id}/response "
                f"{json.dumps(result)}",
                hint,
            )


def parsed(body):
    """[the value] of a JSON text, [] if it is none."""
    try:
        return [json.loads(body)]
    except ValueError:
        return []


def the_error(transcript, delivery, hint):
    """The one call that reports an error of the delivery's handler."""
    posts = transcript.posts(delivery)
    if len(posts) != 1 or not posts[0].path.endswith("/error"):
        reject(
            transcript,
            f"POST /invocation/{delivery.request_id}/error {{...}}",
            hint,
        )
    return posts[0]


# Events and answers


def test_it_answers_an_event(answer):
    expect_responses(
        examine(answer.path, Delivery(RANGE)),
        [RANGE],
        "post what the handler returned, as JSON, to "
        "/invocation/ID/response; the ID is in the header "
        "Lambda-Runtime-Aws-Request-Id of next",
    )


def test_it_goes_on_after_an_answer(answer):
    events = ["first", "second", "third"]
    expect_responses(
        examine(answer.path, *map(Delivery, events)),
        events,
        "after an answer, ask for the next event, for ever, and read its ID "
        "anew",
    )


def test_it_takes_any_json_as_an_event(answer):
    events = [None, 0, "", [], {}, {"ü": ["\n", 1.5, True]}]
    expect_responses(
        examine(answer.path, *map(Delivery, events)),
        events,
        "an event may be null or empty: hand it to the handler all the same",
    )


def test_it_sends_a_result_as_json(answer):
    handler = "def handler(event, context):\n    return ('a', None, 'ü')\n"
    expect_responses(
        examine(answer.path, Delivery(RANGE), handler=handler),
        [["a", None, "ü"]],
        "json.dumps(result), not str(result): they differ in None, in "
        "quotes and in brackets",
    )


def test_it_reads_a_chunked_event(answer):
    event = {"text": "0123456789" * 5000}
    expect_responses(
        examine(answer.path, Delivery(event, chunked=True), Delivery("next")),
        [event, "next"],
        "a large event comes in chunks, without a Content-Length: read the "
        "reply to its end, reply.read()",
    )


def test_it_takes_any_2xx_for_success(answer):
    expect_responses(
        examine(
            answer.path,
            Delivery("first", accepted=200),
            Delivery("second", accepted=201),
            Delivery("third", accepted=202),
        ),
        ["first", "second", "third"],
        "200 <= status < 300 is success: Lambda says 202 to an answer, "
        "other tools say 200",
    )


def test_it_keeps_its_connection(answer):
    transcript = examine(answer.path, *map(Delivery, "abc"))
    expect_responses(
        transcript, "abc", "three events came, and each wants its answer"
    )
    connections = len({call.connection for call in transcript.calls})
    if connections != 1:
        reject(
            transcript,
            f"all calls over one connection, not over {connections}",
            "make one HTTPConnection, use it for every call, and read each "
            "reply to its end so that it stays usable",
        )


# The handler


def test_it_runs_the_handler_that_is_named(answer):
    handler = "def shout(event, context):\n    return event.upper()\n"
    expect_responses(
        examine(
            answer.path, Delivery("hi"), handler=handler, name="app.shout"
        ),
        ["HI"],
        "_HANDLER is MODULE.FUNCTION: import that module, take that function",
    )


def test_it_loads_the_handler_once(answer):
    handler = (
        "from itertools import count\nnumbers = count(1)\n"
        "def handler(event, context):\n    return next(numbers)\n"
    )
    expect_responses(
        examine(answer.path, *map(Delivery, "abc"), handler=handler),
        [1, 2, 3],
        "load the handler before the loop, not in it: what a module sets up "
        "is there for all events",
    )


def test_the_context_knows_the_invocation(answer):
    handler = (
        "def handler(event, context):\n"
        "    return [context.aws_request_id, context.invoked_function_arn]\n"
    )
    deliveries = Delivery(), Delivery()
    expect_responses(
        examine(answer.path, *deliveries, handler=handler),
        [[d.request_id, d.arn] for d in deliveries],
        "aws_request_id and invoked_function_arn come from the headers of "
        "this event's next",
    )


def test_the_context_counts_down_to_the_deadline(answer):
    handler = (
        "import time\n"
        "def handler(event, context):\n"
        "    left = context.get_remaining_time_in_millis()\n"
        "    exact = context.deadline_ms - time.time() * 1000\n"
        "    near = abs(left - exact) < 500\n"
        "    return [near, 0 < left <= event + 1]\n"
    )
    limits_s = [60, 900]
    expect_responses(
        examine(
            answer.path,
            *[Delivery(s * 1000, handler_s=s) for s in limits_s],
            handler=handler,
        ),
        [[True, True]] * 2,
        "deadline_ms is the header as an int; what remains is deadline_ms "
        "minus time.time() * 1000, computed when it is asked for",
    )


def test_it_sets_the_trace_id(answer):
    handler = (
        "import os\n"
        "def handler(event, context):\n"
        "    return os.environ.get('_X_AMZN_TRACE_ID')\n"
    )
    deliveries = Delivery(), Delivery()
    expect_responses(
        examine(answer.path, *deliveries, handler=handler),
        [d.trace_id for d in deliveries],
        "for each event, put the header Lambda-Runtime-Trace-Id into "
        "os.environ['_X_AMZN_TRACE_ID'] before you call the handler",
    )


def test_what_a_handler_prints_is_in_the_log_at_once(answer):
    handler = "def handler(event, context):\n    print('I was here')\n"
    transcript = examine(answer.path, Delivery(), handler=handler)
    expect_responses(transcript, [None], "None is sent as null")
    if "I was here" not in transcript.output:
        reject(
            transcript,
            "the line that the handler printed, before the next event",
            "Python buffers what it prints to a pipe: "
            "sys.stdout.reconfigure(line_buffering=True) at the start",
        )


def test_it_echoes_the_invocation_id(answer):
    deliveries = (
        Delivery("raise", invocation_id="attempt-1"),
        Delivery("return", invocation_id="attempt-2"),
        Delivery("return"),
    )
    transcript = examine(answer.path, *deliveries, handler=RAISES)
    for delivery in deliveries:
        posts = transcript.posts(delivery)
        wanted = delivery.invocation_id or None
        echoes = [
            post.headers["Lambda-Runtime-Invocation-Id"] for post in posts
        ]
        if echoes != [wanted]:
            reject(
                transcript,
                f"Lambda-Runtime-Invocation-Id: {wanted}"
                if wanted
                else "an answer without Lambda-Runtime-Invocation-Id, as "
                "next has brought none",
                "where next has the header Lambda-Runtime-Invocation-Id, "
                "send it back with the response, and with an error",
            )


# Errors


def test_an_exception_is_reported_as_an_error(answer):
    delivery = Delivery("raise")
    transcript = examine(answer.path, delivery, handler=RAISES)
    hint = (
        "call the handler in try; post error_body(error) to "
        "/invocation/ID/error, not to response"
    )
    body = parsed(the_error(transcript, delivery, hint).body)
    expected = {"errorMessage": "tray 2 is empty", "errorType": "OutOfPaper"}
    if not body or {k: body[0].get(k) for k in expected} != expected:
        reject(
            transcript,
            f"POST /invocation/{delivery.request_id}/error "
            f"{json.dumps(expected)}",
            "errorMessage is str(error), errorType is type(error).__name__",
        )


def test_an_error_has_a_stack_trace(answer):
    delivery = Delivery("raise")
    transcript = examine(answer.path, delivery, handler=RAISES)
    hint = "post the exception to /invocation/ID/error"
    body = parsed(the_error(transcript, delivery, hint).body)
    trace = body and body[0].get("stackTrace")
    strings = isinstance(trace, list) and all(
        isinstance(line, str) for line in trace
    )
    if not strings or "tray 2" not in "".join(trace):
        reject(
            transcript,
            "stackTrace: a list of strings, one of them the line that raised",
            "traceback.format_tb(error.__traceback__) is that list",
        )


def test_an_error_names_its_type_in_a_header(answer):
    delivery = Delivery("raise")
    transcript = examine(answer.path, delivery, handler=RAISES)
    hint = "post the exception to /invocation/ID/error"
    call = the_error(transcript, delivery, hint)
    kind = call.headers["Lambda-Runtime-Function-Error-Type"] or ""
    if "OutOfPaper" not in kind:
        reject(
            transcript,
            "the header Lambda-Runtime-Function-Error-Type: OutOfPaper",
            "the type of the error goes into a header, too: Lambda counts "
            "errors by it and does not read the body",
        )


def test_the_loop_survives_an_exception(answer):
    failing, fine = Delivery("raise"), Delivery("return")
    transcript = examine(answer.path, failing, fine, handler=RAISES)
    hint = "catch the exception around the handler, and go on in the loop"
    the_error(transcript, failing, hint)
    posts = transcript.posts(fine)
    if [parsed(post.body) for post in posts] != [["return"]]:
        reject(transcript, "an answer to the event after the error", hint)


def test_a_result_that_is_no_json_is_an_error(answer):
    failing, fine = Delivery("set"), Delivery("list")
    handler = (
        "def handler(event, context):\n"
        "    return {1, 2} if event == 'set' else [1, 2]\n"
    )
    transcript = examine(answer.path, failing, fine, handler=handler)
    hint = "json.dumps(result) raises TypeError for a set: keep it in the try"
    body = parsed(the_error(transcript, failing, hint).body)
    if not body or body[0].get("errorType") != "TypeError":
        reject(transcript, "errorType: TypeError", hint)
    if [parsed(post.body) for post in transcript.posts(fine)] != [[[1, 2]]]:
        reject(transcript, "an answer to the event after the error", hint)


def test_a_handler_that_does_not_load_is_an_init_error(answer):
    transcript = examine(
        answer.path, Delivery(), handler="import no_such_module\n"
    )
    calls = transcript.made("/init/error")
    body = parsed(calls[0].body) if calls else []
    kind = body and body[0].get("errorType")
    if kind != "ModuleNotFoundError" or transcript.made("/invocation/next"):
        reject(
            transcript,
            "POST /init/error with errorType ModuleNotFoundError, and no "
            "call of next",
            "load the handler in a try before the loop; report what it "
            "raises with error_body, and exit",
        )


def test_it_exits_after_an_init_error(answer):
    transcript = examine(answer.path, Delivery(), name="handler.nobody")
    if not transcript.made("/init/error") or not transcript.status:
        reject(
            transcript,
            "POST /init/error, then an exit with a status other than 0",
            "sys.exit(1) after the report: without a handler there is "
            "nothing to wait for",
        )


def test_it_ends_when_lambda_refuses_to_go_on(answer):
    transcript = examine(answer.path, Delivery(), next_status=500)
    if len(transcript.calls) != 1 or not transcript.status:
        reject(
            transcript,
            "one call of next, then an exit with a status other than 0",
            "raise when the status is not 2xx, and let nothing catch it: "
            "Lambda then starts a new environment",
        )


# The local Lambda


def test_the_local_lambda_serves_it(answer, aws, tmp_path):
    folder = tmp_path / "package"
    shutil.copytree(FUNCTIONS / "aws" / "python", folder)
    shutil.copy(answer.path, folder)
    with created(aws, "palindromes", package(folder)):
        for event in (RANGE, {"min": 3, "max": 1}, {}):
            reply = aws.invoke(
                FunctionName="palindromes", Payload=json.dumps(event)
            )
            came = json.load(reply["Payload"])
            expected = EXPECTED[json.dumps(event)]
            if any(came.get(k) != v for k, v in expected.items()):
                pytest.fail(
                    f"boto3's invoke with the event {event}\n"
                    f"  expected  {expected}\n"
                    f"  came      {came}\n"
                    "  hint      mend what the checks above reject; then, "
                    "every exception of the handler goes to error, whatever "
                    "its type",
                    pytrace=False,
                )


EXPECTED = {
    json.dumps(RANGE): {"largest": {"value": 9009, "factors": [[91, 99]]}},
    json.dumps({"min": 3, "max": 1}): {"errorType": "InvalidRange"},
    json.dumps({}): {"message": "hello, world"},
}
