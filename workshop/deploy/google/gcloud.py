"""Google's command line: the one place that runs it.

It goes by the learner's own login, and asks nothing: nobody sits behind it.
"""

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from workshop.deploy.google.place import Command
from workshop.deploy.google.refusals import sentence
from workshop.errors import WorkshopError

WARNING = "WARNING"


def check_program() -> None:
    """Raise WorkshopError where there is no gcloud."""
    if shutil.which("gcloud") is None:
        raise WorkshopError(
            "Deploying to Google Cloud needs its command line, gcloud, which "
            "is not installed here, or not on the PATH: see "
            "https://cloud.google.com/sdk/docs/install. Docker is not needed, "
            "and with --dry-run neither is gcloud."
        )


class Gcloud:
    """gcloud in a folder. `say` gets each command before it is run."""

    def __init__(self, folder: Path, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._say = say

    def run(self, command: Command) -> str:
        """Run a command; what it prints, without the last end of line.

        Raises WorkshopError for what it refuses. A warning is said: it may
        be that a list is not complete.
        """
        self._say(f"  $ {shlex.join(command)}")
        done = subprocess.run(
            command,
            cwd=self._folder,
            env={**os.environ, "CLOUDSDK_CORE_DISABLE_PROMPTS": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
        if done.returncode:
            raise WorkshopError(sentence(done.stderr))
        for line in done.stderr.splitlines():
            if line.startswith(WARNING):
                self._say(f"  {line}")
        return done.stdout.strip()
