"""The local Functions host for a program that started it: settings as JSON.

`python -m workshop.azure SETTINGS` is what LocalFunctions runs. Where it
cannot start, what it introduces itself with is its error.
"""

import json
import sys

from workshop.azure.server import serve
from workshop.azure.settings import Settings
from workshop.errors import WorkshopError


def main() -> None:
    """Serve; a WorkshopError becomes the introduction, and status 1."""
    try:
        serve(Settings(**json.loads(sys.argv[1])))
    except WorkshopError as error:
        print(json.dumps({"error": str(error)}), end="\n\n", flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
