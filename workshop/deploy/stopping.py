"""Ctrl-C, a terminal that closes and SIGTERM are one and the same."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 130  # the status of what SIGINT has ended: 128 and its number


@contextmanager
def signals_as_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and SIGHUP raise KeyboardInterrupt, as SIGINT does.

    So what stands in an account by then is told. A process may go on
    afterwards, as a notebook's does: it gets its own handlers back.
    """
    before = {
        number: signal.signal(number, signal.default_int_handler)
        for number in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
