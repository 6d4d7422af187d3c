"""The host as a process: how it starts, what it says, how it ends."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.azure.apps import ECHO, HTTP, ask, host_json, write_app
from tests.azure.breaking import until
from tests.serving import start_and_leave
from tests.traces import Traces, nothing_left
from workshop.azure.server import serve
from workshop.azure.settings import Settings
from workshop.errors import WorkshopError
from workshop.leftovers import marked
from workshop.serving import listen, raise_file_limit

SERVE = [sys.executable, "-m", "workshop", "serve", "azure"]
ROOT = Path(__file__).parents[2]
# Has a child that has left its group, and one more in its own.
BREEDER = """
import os, subprocess
for apart in (True, False):
    subprocess.Popen(["sleep", "600"], start_new_session=apart)
"""


@contextmanager
def serving(app, *options):
    """`workshop serve azure APP`, its URL and its traces."""
    server = subprocess.Popen(
        [*SERVE, str(app), "--port", "0", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    try:
        said = ""
        for line in server.stdout:
            said += line
            if "Host started" in line:
                break
        url = re.search(r"http://127\.0\.0\.1:\d+", said)[0]
        yield server, url, said
    finally:
        server.kill()
        server.wait()
        server.stdout.close()


def refused(*arguments):
    """What a server says that does not start."""
    done = subprocess.run(
        [*SERVE, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.fixture
def breeder(tmp_path):
    """An app whose handler has children."""
    return write_app(tmp_path / "app", BREEDER + ECHO)


def traces_of(server, url):
    """Its traces, once its handler and that one's children run."""
    assert ask(url, "/api/hello")[0] == 200
    traces = Traces(server.pid)
    until(lambda: len(marked(traces.mark)) == 3)
    return traces, traces.ports()


def test_what_it_prints(tmp_path):
    locked = [HTTP[0] | {"authLevel": "function"}, HTTP[1]]
    app = write_app(tmp_path, functions={"hello": HTTP, "locked": locked})
    with serving(app, "--verbose") as (server, url, said):
        assert f"{url}/api/hello" in said
        assert "Mapped function route 'api/hello' [get,post] to 'hello'" in (
            said
        )
        assert re.search(
            r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3} \[Information\] "
            r"Host started \(\d+ms\)$",
            said,
            re.MULTILINE,
        )
        assert "[Debug] Initiating Worker Process start up\n" in (
            server.stdout.readline()
        )
        assert ask(url, "/api/locked")[0] == 401


def test_without_verbose_it_prints_no_debug_lines(tmp_path):
    with serving(write_app(tmp_path)) as (server, url, _):
        assert ask(url, "/api/hello")[0] == 200
        lines = [server.stdout.readline() for _ in range(3)]
        assert "Executing" in "".join(lines)
        assert not [line for line in lines if "[Debug]" in line]


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_cleanly(end, breeder):
    with serving(breeder) as (server, url, _):
        traces, ports = traces_of(server, url)
        server.send_signal(end)
        assert server.wait(timeout=20) == 0
        assert not nothing_left(lambda: traces.of_server(ports))


def test_nothing_outlives_a_killed_host(breeder):
    with serving(breeder) as (server, url, _):
        traces, ports = traces_of(server, url)
        assert traces.folder.name.startswith("workshop-azure-")
        assert traces.folder.exists()
        server.kill()
        server.stdout.read()  # ends when the warden has
        server.wait()
        assert not nothing_left(lambda: traces.of_server(ports))


def test_it_ends_with_the_process_that_started_it(breeder):
    script = (
        "import os, sys, signal; sys.path.insert(0, '.')\n"
        "from tests.traces import Traces\n"
        "from tests.azure.apps import ask\n"
        "from workshop.azure import LocalFunctions\n"
        "functions = LocalFunctions(sys.argv[1])\n"
        "assert ask(functions.url, '/api/hello')[0] == 200\n"
        "traces = Traces(functions._server.pid)\n"
        "print(traces.mark, functions.url, flush=True)\n"
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


def test_whoever_reads_its_log_may_leave(tmp_path):
    with serving(write_app(tmp_path)) as (server, url, _):
        server.stdout.close()
        for _ in range(3):
            assert ask(url, "/api/hello")[0] == 200


def test_a_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(write_app(tmp_path), "--port", port)
    assert said == (
        f"workshop: Port {port} is in use. Stop what uses it, or choose "
        "another with --port; --port 0 takes a free one.\n"
    )


def test_a_handlers_port_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        app = write_app(tmp_path, host=host_json("x.py", port=str(port)))
        said = refused(app, "--port", 0)
    assert said == (
        f"workshop: Port {port} is in use. Stop what uses it, or choose "
        "another in host.json, customHandler.port.\n"
    )


def test_a_port_that_is_none():
    with pytest.raises(WorkshopError, match="A port is a number up to"):
        listen(70_000)


def test_no_folder(tmp_path):
    with pytest.raises(WorkshopError, match="There is no folder "):
        serve(Settings(str(tmp_path / "nowhere"), 0))


def test_no_host_json(tmp_path):
    said = refused(tmp_path, "--port", 0)
    assert said.startswith("workshop: No host configuration file found.")


def test_a_body_limit_that_is_no_number(tmp_path):
    app = write_app(tmp_path)
    name = "FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"
    (app / "local.settings.json").write_text(
        json.dumps({"Values": {name: "1 MB"}})
    )
    assert refused(app, "--port", 0) == (
        f"workshop: {name} must be a whole number of bytes.\n"
    )


def test_ctrl_c_in_a_terminal_says_nothing(breeder):
    """It reaches the whole group, and uvicorn raises it once more."""
    server = subprocess.Popen(
        [*SERVE, str(breeder), "--port", "0"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    said = ""
    while "process started" not in said:
        said += server.stdout.readline()
    url = re.search(r"http://127\.0\.0\.1:\d+", said)[0]
    traces, ports = traces_of(server, url)
    os.killpg(server.pid, signal.SIGINT)
    _, complaints = server.communicate(timeout=20)
    assert (server.returncode, complaints) == (0, "")
    assert not nothing_left(lambda: traces.of_server(ports))


def test_many_clients_where_the_shell_allows_few_files(tmp_path):
    raise_file_limit()  # of this process, for its ends
    command = [*SERVE, str(write_app(tmp_path)), "--port", "0"]
    server = subprocess.Popen(
        ["sh", "-c", 'ulimit -S -n 256; exec "$@"', "-", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    with contextlib.ExitStack() as idle:
        idle.callback(server.stdout.close)
        idle.callback(server.wait)
        idle.callback(server.kill)
        said = ""
        while "process started" not in said:
            said += server.stdout.readline()
        port = int(re.search(r"127\.0\.0\.1:(\d+)", said)[1])
        for _ in range(300):
            idle.enter_context(socket.create_connection(("127.0.0.1", port)))
        assert (
            ask(f"http://127.0.0.1:{port}", "/api/hello", timeout=20)[0] == 200
        )


def test_a_copy_is_spoken_of(tmp_path):
    app = write_app(tmp_path / "app", f"import palindromes\n{ECHO}")
    (app / "nowhere").symlink_to(tmp_path / "nowhere")
    with serving(app) as (_, url, said):
        assert f"[Information] {app} has no palindromes.py of its own." in said
        copy = re.search(r"a copy that has: (\S+)\. What", said)[1]
        assert (Path(copy) / "palindromes.py").exists()
        assert ask(url, "/api/hello")[0] == 200
    assert not (app / "palindromes.py").exists()


def test_an_app_that_cannot_be_copied(tmp_path):
    app = write_app(tmp_path / "app", "import palindromes")
    os.mkfifo(app / "pipe")
    said = refused(app, "--port", 0)
    assert said.startswith(f"workshop: {app} cannot be copied: ")
    assert "named pipe" in said


def test_a_terminal_that_lacks_a_letter(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    route = [
        HTTP[0] | {"route": "h\N{LATIN SMALL LETTER E WITH ACUTE}"},
        HTTP[1],
    ]
    app = write_app(tmp_path, functions={"hello": route})
    with serving(app) as (_, url, said):
        assert r"api/h\xe9" in said
        assert ask(url, "/api/h%C3%A9")[0] == 200


def test_the_map_of_the_package_has_every_module():
    folder = ROOT / "workshop" / "azure"
    text = (folder / "README.md").read_text()
    modules = {path.name for path in folder.glob("[a-z]*.py")}
    assert {name for name in modules if f"`{name}`" not in text} == set()


def test_who_has_gone_before_it_listens_gets_no_traceback(tmp_path):
    app = str(write_app(tmp_path))
    settings = json.dumps({"app": app, "port": 0, "while_stdin": True})
    assert start_and_leave("workshop.azure", settings) == (0, "")
