"""The image, built by Google: no Docker here, no bucket there.

A build without a source ("Substituting variable values", Cloud Build, read
2026-11, calls it sourceless) has all that it needs in its request. Here this
is the context of `docker build`: four files as a tar archive, which the
step's own docker reads from its standard input. `gcloud builds submit` with
a source would upload it into a bucket PROJECT_cloudbuild, and `gcloud run
deploy --source` into another, with a repository cloud-run-source-deploy
("Deploy services from source code", Cloud Run, read 2026-11): they would
stay, without our label.
"""

import base64
import gzip
import io
import tarfile
from hashlib import sha256
from typing import Any

from workshop.repository import FUNCTIONS

DOCKERFILE = "container/Dockerfile"
# Docker's own image. A step may be any public one ("Create a build
# configuration file", Cloud Build, read 2026-11).
BUILDER = "docker"
LIMIT_S = 600
NAME = "palindromes"


def context() -> bytes:
    """What `docker build` gets, as a tar archive; the same each time.

    The Dockerfile, and the files that its .dockerignore lets through.
    """
    ignored = (FUNCTIONS / f"{DOCKERFILE}.dockerignore").read_text()
    names = [
        line.removeprefix("!")
        for line in ignored.splitlines()
        if line.startswith("!")
    ]
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name in (DOCKERFILE, *names):
            content = (FUNCTIONS / name).read_bytes()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return gzip.compress(packed.getvalue(), mtime=0)


def tagged(registry: str, context: bytes) -> str:
    """The image's whole name: other content has another tag.

    So a service is told of another image when there is one.
    """
    return f"{registry}/{NAME}:{sha256(context).hexdigest()[:12]}"


def request(image: str, context: bytes) -> dict[str, Any]:
    """The build, as "Build configuration file schema" has it.

    Its log goes to Cloud Logging alone, which forgets it after 30 days.
    """
    script = (
        "echo $$CONTEXT | base64 -d > context.tgz; "  # $$ is a $ to it
        f"docker build -f {DOCKERFILE} -t {image} - < context.tgz"
    )
    step = {
        "name": BUILDER,
        "entrypoint": "sh",
        "args": ["-ec", script],
        "env": [f"CONTEXT={base64.b64encode(context).decode()}"],
    }
    return {
        "steps": [step],
        "images": [image],  # what is pushed when all steps are done
        "timeout": f"{LIMIT_S}s",
        "options": {"logging": "CLOUD_LOGGING_ONLY"},
    }
