"""The local Cloud Run for a program that started it: settings as JSON.

`python -m workshop.container SETTINGS` is what LocalCloudRun runs. Where it
cannot start, what it introduces itself with is its error.
"""

import json
import sys

from workshop.container.server import serve
from workshop.container.settings import Limits, Settings
from workshop.errors import WorkshopError


def main() -> None:
    """Serve; a WorkshopError becomes the introduction, and status 1."""
    told = json.loads(sys.argv[1])
    try:
        serve(Settings(**told | {"limits": Limits(**told["limits"])}))
    except WorkshopError as error:
        print(json.dumps({"error": str(error)}), end="\n\n", flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
