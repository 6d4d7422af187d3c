"""A server as from a terminal: `workshop serve aws`, in a process."""

import re
import subprocess
import sys
from contextlib import contextmanager

import boto3

SERVE = [sys.executable, "-m", "workshop", "serve", "aws"]


@contextmanager
def serving(*options):
    """A server and the variables that it says to export."""
    server = subprocess.Popen(
        [*SERVE, "--port", "0", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    exports = {}
    for line in server.stdout:
        if line == "\n":
            break
        if found := re.match(r"export (\w+)=(.*)", line):
            exports[found[1]] = found[2]
    try:
        yield server, exports
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def client_of(exports, service="lambda", **options):
    """boto3's client of the server that said these exports."""
    return boto3.client(
        service,
        endpoint_url=exports["AWS_ENDPOINT_URL"],
        region_name=exports["AWS_DEFAULT_REGION"],
        aws_access_key_id=exports["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=exports["AWS_SECRET_ACCESS_KEY"],
        **options,
    )
