"""What the servers of the local clouds have in common."""

import asyncio
import contextlib
import sys

from workshop.serving import run

EMPTY = [sys.executable, "-c", ""]


async def a_child() -> None:
    child = await asyncio.create_subprocess_exec(*EMPTY)
    assert await child.wait() == 0


def test_who_comes_after_can_wait_for_a_child_too():
    """Also in a loop that asyncio does not know of, as a browser's is."""
    run(a_child())
    loop = asyncio.new_event_loop()
    with contextlib.closing(loop):
        loop.run_until_complete(a_child())
    run(a_child())
