"""Git, as the learner's own command would run it."""

import os
import subprocess
from pathlib import Path

from workshop.errors import WorkshopError


def git(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run git in the folder, without a question; WorkshopError without git.

    What it says is in English, and in `stdout` and `stderr`.
    """
    ours = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    others = {k: v for k, v in os.environ.items() if k[:4] != "GIT_"}
    kept = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL")
    others |= {k: os.environ[k] for k in kept if k in os.environ}
    try:
        return subprocess.run(
            ["git", *arguments],
            cwd=root,
            env=others | ours,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
        )
    except OSError as error:
        raise WorkshopError(
            f"git cannot be started ({error.strerror}): install it, then "
            "type this again."
        ) from error


def is_clone(root: Path) -> bool:
    """Whether the folder is the top of a git repository of its own."""
    found = git(root, "rev-parse", "--show-toplevel")
    top = found.stdout.removesuffix("\n")
    return not found.returncode and Path(top).resolve() == root.resolve()
