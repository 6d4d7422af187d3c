"""What Google is told to build, and that it is what runs here."""

import base64
import io
import os
import subprocess
import tarfile

import pytest

from workshop.container.image import lay_out
from workshop.deploy.google import image
from workshop.repository import FUNCTIONS

NAME = "registry/project/workshop/palindromes:1"
DOCKER = """#!/bin/sh
echo "$@" > words
cat > context
"""


def unpacked(packed, folder):
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extractall(folder, filter="data")
    return folder


def files(folder):
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_what_is_built_there_is_what_is_laid_out_here(tmp_path):
    context = unpacked(image.context(), tmp_path / "context")
    there = lay_out(context / image.DOCKERFILE, context, tmp_path / "there")
    dockerfile = FUNCTIONS / image.DOCKERFILE
    here = lay_out(dockerfile, FUNCTIONS, tmp_path / "here")
    assert files(tmp_path / "there") == files(tmp_path / "here")
    assert there.command == here.command


def test_everybody_may_read_the_files():
    with tarfile.open(fileobj=io.BytesIO(image.context())) as archive:
        # In the image they are root's, and it runs as somebody else.
        assert all(entry.mode == 0o644 for entry in archive)


def test_the_step_gives_the_context_to_docker(tmp_path):
    program = tmp_path / "docker"
    program.write_text(DOCKER)
    program.chmod(0o755)
    context = image.context()
    [step] = image.request(NAME, context)["steps"]
    [flags, script] = step["args"]
    [variable] = step["env"]
    name, _, value = variable.partition("=")
    # Cloud Build would take a single one for a variable of its own.
    assert "$" not in variable + script.replace("$$", "")
    subprocess.run(
        [step["entrypoint"], flags, script.replace("$$", "$")],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.defpath}", name: value},
        check=True,
    )
    told = (tmp_path / "words").read_text()
    assert told == f"build -f container/Dockerfile -t {NAME} -\n"
    assert (tmp_path / "context").read_bytes() == context
    assert len(base64.b64encode(context)) < 10_000


def test_a_failure_within_the_step_is_one_of_the_step(tmp_path):
    [step] = image.request(NAME, image.context())["steps"]
    script = step["args"][1].replace("$$", "$")
    (tmp_path / "docker").write_text("#!/bin/sh\ncat > context\n")
    (tmp_path / "docker").chmod(0o755)
    done = subprocess.run(
        [step["entrypoint"], step["args"][0], script],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:{os.defpath}", "CONTEXT": "no base64!"},
        stderr=subprocess.DEVNULL,
    )
    assert done.returncode != 0


def test_the_same_content_has_the_same_tag_and_no_other_has():
    assert image.context() == image.context()
    tag = image.tagged("registry", image.context())
    assert tag == image.tagged("registry", image.context())
    assert tag != image.tagged("registry", b"another")
    assert tag.startswith("registry/palindromes:")


@pytest.mark.parametrize("key", ["steps", "images", "timeout", "options"])
def test_the_build_pushes_one_image_and_leaves_no_log_in_a_bucket(key):
    told = image.request(NAME, image.context())
    assert key in told and len(told) == 4
    assert told["images"] == [NAME]
    assert told["options"] == {"logging": "CLOUD_LOGGING_ONLY"}
