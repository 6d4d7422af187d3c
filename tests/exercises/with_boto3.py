"""A Python that has imported boto3, of which programs are forked.

To import it, and to read what it knows of Lambda, takes longer than what the
programs are there for; and a learner who hands in all exercises needs four of
them. This file is both sides.
"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the program sees no folder

from forkserver import forked, run_as_main

BASE = (sys.executable, "-I", __file__)


def main() -> None:
    """In each process that is forked: go on as the program."""
    import boto3

    keys = {"aws_access_key_id": "none", "aws_secret_access_key": "none"}
    boto3.client("lambda", region_name="us-east-1", **keys)
    (file, *arguments), results, [control] = forked()
    results.close()
    if os.fork():
        os._exit(0)  # nobody waits: it ends when nobody has jobs for it
    os.setsid()
    os.dup2(control, 0)
    os.close(control)
    sys.argv[:] = [file, *arguments]
    run_as_main(file)


if __name__ == "__main__":
    main()
