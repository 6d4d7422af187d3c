"""What a local Lambda has on the machine, and must give back.

Its own processes, ports, folders and control groups are found by the mark
that its warden was started with.
"""

import socket
import time
from pathlib import Path

import psutil

from workshop.leftovers import marked
from workshop.restraint import groups_of


class Traces:
    """The traces of one server, which runs when this is made."""

    def __init__(self, server_pid):
        self._server = psutil.Process(server_pid)
        *_, mark, folder = next(
            command_line
            for child in self._server.children()
            if "workshop.warden" in (command_line := child.cmdline())
        )
        self.mark = mark
        self.folder = Path(folder)
        self._endpoint = self.ports()

    def ports(self):
        """The ports that the server listens on."""
        return {
            connection.laddr.port
            for connection in self._server.net_connections("tcp")
            if connection.status == psutil.CONN_LISTEN
        }

    def of_environments(self):
        """What the server has beyond what it needs without environments."""
        return [
            *marked(self.mark),
            *(self.ports() - self._endpoint),
            *(self.folder / "tmp").iterdir(),
            *groups_of(self.mark),
        ]

    def of_server(self, ports):
        """What is there of a server that has ended and had these ports."""
        return [
            *([self._server] if self._server.is_running() else []),
            *marked(self.mark),
            *filter(is_open, ports),
            *([self.folder] if self.folder.exists() else []),
            *groups_of(self.mark),
        ]


def is_open(port):
    """Whether anybody listens on this port of 127.0.0.1."""
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


def nothing_left(look, within_s=10):
    """Look until there is nothing; what is there yet at the latest."""
    latest = time.monotonic() + within_s
    while (left := look()) and time.monotonic() < latest:
        time.sleep(0.02)
    return left
