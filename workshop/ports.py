"""A port for a program that has to be told where to listen."""

import errno
import secrets
import socket

# Whoever asks for any port gets a higher one: from 32,768 on Linux (ip(7),
# ip_local_port_range), from 49,152 on macOS. So these stay free meanwhile.
FIRST, LAST = 20_000, 32_767


def free_port() -> int:
    """A port that is free on every address of this machine.

    It is still free when the program listens on it, a moment later, unless
    somebody else asks for it by its number.
    """
    while True:
        port = FIRST + secrets.randbelow(LAST - FIRST + 1)
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                return port
