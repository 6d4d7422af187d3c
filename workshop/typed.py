"""How the `workshop` command is typed in this shell, for sentences that name
it.

JupyterLab has it on its PATH; a terminal that has activated nothing does not.
"""

import os
import shutil
import sys
from pathlib import Path


def command() -> str:
    """What starts it here, such as workshop or .venv/bin/workshop."""
    if shutil.which("workshop"):
        return "workshop"
    script = Path(sys.executable).with_name("workshop")
    if not script.exists():
        return f"{sys.executable} -m workshop"
    near = os.path.relpath(script)
    return near if len(near) < len(str(script)) else str(script)


WORKSHOP = command()
