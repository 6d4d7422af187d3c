"""Call a learner's functions that invoke Lambda, in a process of its own.

As in calls.py, with boto3 and a client of a local Lambda. This file is both
sides.
"""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))  # the child sees no folder

from calls import Outcome, ask, serve
from with_boto3 import BASE

SECONDS = 10  # for all calls of one check; right answers take two at most


def ask_caller(
    module: Path, connection: Mapping[str, str], *calls: str
) -> list[Outcome]:
    """Evaluate calls such as `call(client, "f", 1)` in the module, in order.

    Where a call raises one of the module's own errors, the value is a dict
    of its kind and its attributes or, if it has none, its words.
    """
    program = [__file__, json.dumps(connection)]
    told = [f"told(lambda: {call})" for call in calls]
    return ask(module, *told, seconds=SECONDS, program=program, base=BASE)


def add_to(names: dict[str, Any], client: object) -> None:
    """Add what the calls see besides the module: `client` and `told`."""

    def told(call: Callable[[], object]) -> object:
        try:
            return call()
        except names["CallError"] as error:
            kept = vars(error) or {"says": str(error)}
            return {"raised": type(error).__name__, **kept}

    names |= {"client": client, "told": told}


if __name__ == "__main__":
    import boto3
    from botocore.config import Config

    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client("lambda", **json.loads(sys.argv[1]), config=once)
    serve(lambda names, _: add_to(names, client))
