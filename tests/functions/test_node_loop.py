"""The loop of functions/aws/node, judged by what judges a learner's loop."""

import json
import shutil

import examiner
import pytest
from examiner import Delivery

from workshop.repository import FUNCTIONS

NODE = FUNCTIONS / "aws" / "node"
HANDLER = """
class Jammed extends Error { name = "Jämmed"; }
export async function handler(event, context) {
  if (event === "raise") throw new Jammed("tray 2");
  if (event === "text") throw "only a text";
  if (event === "nothing") return;
  if (event === "big") return 10n;
  const left = context.getRemainingTimeInMillis();
  const { awsRequestId, invokedFunctionArn } = context;
  const trace = process.env._X_AMZN_TRACE_ID;
  return { event, trace, awsRequestId, invokedFunctionArn, left };
}
"""


@pytest.fixture
def examine(tmp_path, started_by):
    """Runs the loop with a handler; the events are answered in turn."""
    if not shutil.which("node"):
        pytest.skip("there is no node")
    shutil.copy(NODE / "loop.mjs", tmp_path)
    started_by(NODE / "bootstrap")

    def examine(*deliveries, handler=HANDLER, **options):
        (tmp_path / "handler.mjs").write_text(handler)
        return examiner.examine(tmp_path / "loop.py", *deliveries, **options)

    return examine


def bodies(transcript):
    """Of the answers, in order; each must be one of its delivery."""
    posts = [
        (kind, json.loads(post.body))
        for delivery in transcript.deliveries
        for post in transcript.posts(delivery)
        for kind in [post.path.rpartition("/")[2]]
    ]
    assert len(posts) == len(transcript.deliveries), str(transcript)
    return posts


def test_it_answers_with_what_the_handler_gives(examine):
    long = {"text": "ü" * 50_000}
    deliveries = (
        Delivery({"ü": [None, 1.5]}, handler_s=60, accepted=200),
        Delivery(long, chunked=True, handler_s=900),
    )
    transcript = examine(*deliveries)
    for delivery, (kind, body) in zip(
        deliveries, bodies(transcript), strict=True
    ):
        assert 0 < body.pop("left") <= delivery.handler_s * 1000 + 1
        assert (kind, body) == (
            "response",
            {
                "event": delivery.event,
                "trace": delivery.trace_id,
                "awsRequestId": delivery.request_id,
                "invokedFunctionArn": delivery.arn,
            },
        )
    assert len({call.connection for call in transcript.calls}) == 1


def test_it_echoes_the_invocation_id(examine):
    deliveries = (
        Delivery("raise", invocation_id="attempt-1"),
        Delivery("fine", invocation_id="attempt-2"),
        Delivery("fine"),
    )
    transcript = examine(*deliveries)
    assert [
        post.headers["Lambda-Runtime-Invocation-Id"]
        for delivery in deliveries
        for post in transcript.posts(delivery)
    ] == ["attempt-1", "attempt-2", None]


def test_it_goes_on_after_an_error(examine):
    events = "raise", "text", "big", "nothing"
    transcript = examine(*map(Delivery, events))
    raised, text, big, nothing = bodies(transcript)
    assert nothing == ("response", None)
    for kind, body in raised, text, big:
        assert kind == "error"
        assert body["stackTrace"]
    assert (raised[1]["errorType"], raised[1]["errorMessage"]) == (
        *("Jämmed", "tray 2"),
    )
    assert (text[1]["errorType"], text[1]["errorMessage"]) == (
        *("Error", "only a text"),
    )
    assert big[1]["errorType"] == "TypeError"  # of JSON.stringify
    [post] = transcript.posts(transcript.deliveries[0])
    assert post.headers["Lambda-Runtime-Function-Error-Type"] == "J?mmed"
    assert "tray 2" in transcript.output


@pytest.mark.parametrize(
    "handler, kind",
    [
        ('import "./nowhere.mjs";', "Error"),
        ("export const handler = 1;", "TypeError"),
        ("throw new RangeError();", "RangeError"),
        ("export handler(", "SyntaxError"),
    ],
)
def test_a_handler_that_does_not_load_is_an_init_error(examine, handler, kind):
    transcript = examine(Delivery(), handler=handler)
    assert [call.path for call in transcript.calls] == ["/init/error"]
    assert json.loads(transcript.calls[0].body)["errorType"] == kind
    assert transcript.status == 1


def test_it_ends_when_lambda_refuses_to_go_on(examine):
    transcript = examine(Delivery(), next_status=500)
    assert [call.path for call in transcript.calls] == ["/invocation/next"]
    assert transcript.status == 1
