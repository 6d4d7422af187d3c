"""The Azure handler, unchanged, as a container wants it.

Whoever runs a container chooses the port, comes from outside, so it has to
listen on 0.0.0.0, and says SIGTERM before SIGKILL. To process number 1, as
this is in a container, the kernel delivers no signal that it neither handles
nor blocks: without a word here, SIGTERM would do nothing, and SIGKILL would
cut off whatever is being answered.
"""

import os
import signal
import socket
from contextlib import suppress
from socketserver import TCPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functions.azure.python.handler import Handler, Server
else:  # in the image, all files are in one folder
    from handler import Handler, Server

STOP = {signal.SIGTERM, signal.SIGINT}
LOOK_S = 0.05  # how often the server looks whether it shall stop


class Draining(Handler):
    """A connection that ends when the container does, but no sooner."""

    server: "Container"

    def handle_one_request(self) -> None:
        self.server.idle.add(self.connection)
        if self.server.stopping:
            self.close_connection = True
        else:
            super().handle_one_request()

    def parse_request(self) -> bool:
        self.server.idle.discard(self.connection)  # it has work now
        return super().parse_request()

    def reply(self, status: int, body: bytes, **headers: str) -> None:
        self.close_connection |= self.server.stopping
        super().reply(status, body, **headers)

    def finish(self) -> None:
        self.server.idle.discard(self.connection)
        super().finish()


class Container(Server):
    """The handler's server, which waits for its answers when it closes."""

    daemon_threads = False  # so the end of each is waited for

    def __init__(self, host: str, port: int) -> None:
        super().__init__((host, port), Draining)
        self.idle: set[socket.socket] = set()  # no request of theirs is open
        self.stopping = False

    def server_bind(self) -> None:
        """Without asking for this machine's name, as HTTPServer does."""
        TCPServer.server_bind(self)

    def server_close(self) -> None:
        self.stopping = True
        for connection in tuple(self.idle):
            with suppress(OSError):  # it has gone by itself
                connection.shutdown(socket.SHUT_RD)
        super().server_close()


def main() -> None:
    """Serve until SIGTERM, then answer what has been asked, and end."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)
    host = os.environ.get("HOST", "0.0.0.0")
    port = int(os.environ.get("PORT", "8080"))
    with Container(host, port) as server:
        Thread(target=server.serve_forever, args=[LOOK_S]).start()
        signal.sigwait(STOP)
        server.shutdown()


if __name__ == "__main__":
    main()
