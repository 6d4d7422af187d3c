"""A server as from a terminal: `workshop serve ...`, in a process."""

import re
import subprocess
import sys
from contextlib import contextmanager

import boto3

SERVE = [sys.executable, "-m", "workshop", "serve"]


@contextmanager
def started(*arguments):
    """A server on a free port; killed in the end."""
    server = subprocess.Popen(
        [*SERVE, *arguments, "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield server
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def start_and_leave(module, settings):
    """Its status and complaints when nobody reads what it says at first."""
    server = subprocess.Popen(
        [sys.executable, "-m", module, settings],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    server.stdout.close()
    _, complaints = server.communicate(timeout=60)  # closes its input
    return server.returncode, complaints


@contextmanager
def serving(*options):
    """A local Lambda and the variables that it says to export."""
    with started("aws", *options) as server:
        exports = {}
        for line in server.stdout:
            if line == "\n":
                break
            if found := re.match(r"export (\w+)=(.*)", line):
                exports[found[1]] = found[2]
        yield server, exports


@contextmanager
def serving_azure(app, *options):
    """What a local Functions host said until it had started, and its URL."""
    with started("azure", str(app), *options) as server:
        lines = []
        for line in server.stdout:
            lines.append(line.rstrip("\n"))
            if "Worker process started and initialized." in line:
                break
        url = re.search(r"http://[\d.:]+", "\n".join(lines))[0]
        yield lines, url


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
