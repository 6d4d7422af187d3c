"""Cleans up after a server that may die without warning.

`python -m workshop.warden MARK FOLDER` waits for the end of its standard
input. The server holds the other end, so that comes however the server ends,
SIGKILL included. Then every process whose environment carries the mark is
killed, frozen or not, with whatever it has forked, and the folder is removed.
"""

import sys

from workshop.leftovers import kill_marked, remove
from workshop.restraint import clear


def main() -> None:
    """Wait for the server's end, then leave nothing of it behind."""
    mark, folder = sys.argv[1:]
    sys.stdin.buffer.read()
    clear(mark)  # first: what is frozen in a group cannot die
    kill_marked(mark)
    remove(folder)


if __name__ == "__main__":
    main()
