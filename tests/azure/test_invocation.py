"""What becomes of an invocation, whatever its handler and its mode do."""

import asyncio
import os

import pytest

from tests.azure.apps import write_app
from workshop.azure.app import read_app
from workshop.azure.connection import HandlerFailed
from workshop.azure.dispatcher import Dispatcher, Limits
from workshop.azure.invocation import FAILED, Invoker, Mode
from workshop.azure.log import Log
from workshop.azure.worker import Surroundings
from workshop.timeline import Timeline

HEAD = b"GET /api/hello HTTP/1.1\r\nHost: x\r\n\r\n"


def encode(invocation_id, port):
    return HEAD, b""


def raises(error):
    def fail(*_):
        raise error

    return fail


@pytest.fixture
def invoke(tmp_path):
    """Invokes a function in a mode; its response and the log."""
    app = read_app(write_app(tmp_path), {})

    async def invoked(mode):
        log = Log(None)
        around = Surroundings(
            tmp_path,
            app.settings.handler,
            {"PATH": os.environ["PATH"]},
            log,
            Timeline(),
        )
        dispatcher = Dispatcher(around, Limits(), lambda: None)
        dispatcher.start()
        try:
            await dispatcher.worker()
            responses = asyncio.Queue()
            Invoker(dispatcher, log, None).invoke(
                app.functions[0], "a test", mode, responses.put_nowait
            )
            return await responses.get(), log.lines()
        finally:
            await dispatcher.close()

    return lambda mode: asyncio.run(asyncio.wait_for(invoked(mode), 60))


@pytest.mark.parametrize(
    ("mode", "why"),
    [
        (
            Mode(b"GET", raises(HandlerFailed("A sentence.")), None),
            "A sentence.",
        ),
        (
            Mode(b"GET", raises(KeyError("lost")), None),
            "KeyError : 'lost'",
        ),
        (
            Mode(b"GET", encode, raises(ValueError("broken"))),
            "ValueError : broken",
        ),
    ],
)
def test_an_error_of_any_kind_is_answered_and_logged(mode, why, invoke):
    response, log = invoke(mode)
    assert response == FAILED
    [end] = [line for line in log if "Executed" in line]
    assert end.startswith("[Error] Executed 'Functions.hello' (Failed, Id=")
    assert end.endswith(f"\n{why}")
