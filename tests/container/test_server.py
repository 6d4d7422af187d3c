"""The local Cloud Run as a process: how it starts, what it says, its end."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

from tests.azure.breaking import until
from tests.container.images import MAIN, PROBE, Asking, seen, write_image
from tests.serving import start_and_leave
from tests.traces import Traces, nothing_left
from workshop.container.server import serve
from workshop.container.settings import Settings
from workshop.errors import WorkshopError
from workshop.leftovers import marked
from workshop.repository import ROOT

SERVE = [sys.executable, "-m", "workshop", "serve", "container", "--port=0"]
# Has a child that has left its group, and one more in its own.
BREEDER = """
import subprocess
for apart in (True, False):
    subprocess.Popen(["sleep", "600"], start_new_session=apart)
"""


# Does not hear SIGTERM, whatever number it has.
DEAF = """
import signal
signal.signal(signal.SIGTERM, signal.SIG_IGN)
"""
OURS = ROOT / "functions" / "container" / "Dockerfile"


@contextmanager
def serving(context, *options, **more):
    """A server as from a terminal, its URL and what it said until then."""
    server = subprocess.Popen(
        [*SERVE, str(context), *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        **more,
    )
    try:
        said = ""
        while not said.endswith("\n\n"):
            said += server.stdout.readline()
        url = re.search(r"http://127\.0\.0\.1:\d+", said)[0]
        yield server, url, said
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


@pytest.fixture
def breeder(tmp_path):
    return write_image(tmp_path / "image", PROBE + BREEDER + MAIN)


def traces_of(server, url):
    """Its traces, once an instance and that one's children run."""
    seen(url)
    traces = Traces(server.pid)
    until(lambda: len(marked(traces.mark)) == 3)
    return traces, traces.ports()


def test_what_it_prints(tmp_path):
    with serving(write_image(tmp_path)) as (server, url, said):
        assert "It runs python3 -u program.py: up to 3 instances" in said
        assert "had no request for 900 s is ended.\n" in said
        assert f"To call it: {url}/\n" in said
        seen(url)
        lines = [server.stdout.readline() for _ in range(3)]
        moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} "
        assert re.fullmatch(moment + "instance 1 starting: .*\n", lines[0])
        assert re.fullmatch(moment + r"instance 1 listens .*\n", lines[1])
        assert re.fullmatch(moment + "GET / 200\n", lines[2])


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(end, breeder):
    with serving(breeder) as (server, url, _):
        traces, ports = traces_of(server, url)
        server.send_signal(end)
        said, _ = server.communicate(timeout=20)
        assert server.returncode == 0
        assert "instance 1 the server ends: SIGTERM" in said
        assert not nothing_left(lambda: traces.of_server(ports))


def test_it_ends_in_the_middle_of_everything(tmp_path):
    with serving(write_image(tmp_path)) as (server, url, _):
        seen(url)
        Asking(url, f"/do/wait/{tmp_path}/never")
        traces = Traces(server.pid)
        ports = traces.ports()
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 0
        assert not nothing_left(lambda: traces.of_server(ports))


def test_what_is_under_way_at_the_end_is_no_fault_of_the_container(tmp_path):
    with serving(write_image(tmp_path, DEAF + PROBE + MAIN)) as served:
        server, url, _ = served
        with urlopen(f"{url}/do/stream/{tmp_path}/never") as reply:
            assert reply.read(5) == b"first"
            server.send_signal(signal.SIGINT)
            said, _ = server.communicate(timeout=20)
        assert (
            "SIGKILL. Requests that were broken off: 1. It may be at work on "
            "them; Cloud Run would give it 10 s to end."
        ) in said
        assert "process 1" not in said


def test_it_ends_while_an_instance_starts(tmp_path):
    image = write_image(tmp_path, "import time; time.sleep(600)")
    with serving(image) as (server, url, _):
        Asking(url, "/")
        assert "starting" in server.stdout.readline()
        traces = Traces(server.pid)
        ports = traces.ports()
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 0
        assert not nothing_left(lambda: traces.of_server(ports))


def test_nothing_outlives_a_killed_server(breeder):
    with serving(breeder) as (server, url, _):
        traces, ports = traces_of(server, url)
        assert traces.folder.name.startswith("workshop-container-")
        server.kill()
        server.stdout.read()  # ends when the warden has
        server.wait()
        assert not nothing_left(lambda: traces.of_server(ports))


def test_it_ends_with_the_process_that_started_it(breeder):
    script = (
        "import os, sys, signal; sys.path.insert(0, '.')\n"
        "from tests.traces import Traces\n"
        "from tests.container.images import seen\n"
        "from workshop.container import LocalCloudRun\n"
        "cloud = LocalCloudRun(sys.argv[1])\n"
        "seen(cloud.url)\n"
        "traces = Traces(cloud._server.pid)\n"
        "print(traces.mark, cloud.url, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(breeder)],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    mark, url = done.stdout.split()
    port = int(url.rpartition(":")[2])
    assert not nothing_left(lambda: marked(mark))
    with socket.socket() as caller:
        assert caller.connect_ex(("127.0.0.1", port)) != 0


def test_ctrl_c_in_a_terminal_says_nothing(breeder):
    """It reaches the whole group, and uvicorn raises it once more."""
    with serving(breeder, stderr=subprocess.PIPE, start_new_session=True) as (
        server,
        url,
        _,
    ):
        traces, ports = traces_of(server, url)
        os.killpg(server.pid, signal.SIGINT)
        _, complaints = server.communicate(timeout=20)
        assert (server.returncode, complaints) == (0, "")
        assert not nothing_left(lambda: traces.of_server(ports))


def test_whoever_reads_its_log_may_leave(tmp_path):
    with serving(write_image(tmp_path)) as (server, url, _):
        server.stdout.close()
        for _ in range(3):
            seen(url)
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 0


def test_who_has_gone_before_it_listens_gets_no_traceback():
    settings = {"context": str(ROOT / "functions"), "while_stdin": True}
    settings |= {"dockerfile": str(OURS), "port": 0, "limits": {}}
    gone = start_and_leave("workshop.container", json.dumps(settings))
    assert gone == (0, "")


def test_ours_is_called_by_its_route():
    with serving(ROOT / "functions", "--file", OURS) as (_, url, said):
        address = f"{url}/api/palindromes?min=10&max=99"
        assert f"To call it: {address}\n" in said
        with urlopen(address) as reply:
            assert b"largest" in reply.read()


def test_a_port_in_use(tmp_path):
    image = write_image(tmp_path)
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        pytest.raises(WorkshopError, match=r"Port \d+ is in use"),
    ):
        serve(Settings(str(image), port=taken.getsockname()[1]))


def test_no_folder(tmp_path):
    with pytest.raises(WorkshopError, match="There is no folder "):
        serve(Settings(str(tmp_path / "nowhere"), port=0))


def test_no_dockerfile(tmp_path):
    done = subprocess.run(
        [*SERVE, str(tmp_path)], capture_output=True, text=True, cwd=ROOT
    )
    assert done.returncode == 1
    assert "Dockerfile cannot be read" in done.stderr
