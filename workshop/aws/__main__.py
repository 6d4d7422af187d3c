"""The local Lambda for a program that started it: settings come as JSON.

`python -m workshop.aws SETTINGS` is what LocalLambda runs. The command line
of `workshop serve aws` would take memory and time that nobody here needs.
"""

import json
import os
import sys

from workshop.aws.placement import Limits
from workshop.aws.server import serve
from workshop.aws.settings import Settings
from workshop.errors import WorkshopError


def main() -> None:
    """Serve; a WorkshopError becomes one line on stderr."""
    told = json.loads(sys.argv[1])
    try:
        serve(Settings(**told | {"limits": Limits(**told["limits"])}))
    except WorkshopError as error:
        print(f"workshop: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # nothing is left to do; to tidy moto up takes 0.1 s
