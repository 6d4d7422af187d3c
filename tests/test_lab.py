"""`workshop lab`, started as a learner starts it and seen from outside."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

from workshop.lab import has_screen
from workshop.repository import ROOT

NOTEBOOK = "notebooks/00_start_here.ipynb"


class Lab:
    """A running `workshop lab`, and what it said up to its address."""

    def __init__(self, environment: dict[str, str], *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workshop", "lab", *arguments],
            cwd=environment["HOME"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout
        self.said = ""
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                break
        found = re.search(r"(http://127.0.0.1:(\d+)/)\S*=(\S+)", self.said)
        assert found, self.said
        self.page = found[0]
        self.root, self.port, self.token = found[1], int(found[2]), found[3]

    def ask(self, path: str, method: str = "GET") -> bytes:
        """The body of an answer whose status is 2xx."""
        request = urllib.request.Request(
            self.root + path,
            headers={"Authorization": f"token {self.token}"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    def end(self) -> list[psutil.Process]:
        """Ctrl-C. Returns the children that outlive the server."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.communicate()[0]
        alive = psutil.wait_procs(children, timeout=1)[1]
        # Where nothing reaps orphans, the dead ones stay listed as zombies.
        return [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a learner who has another python3 kernel, that is broken."""
    home = tmp_path_factory.mktemp("home")
    for folder in (".local/share/jupyter", "elsewhere", "Library/Jupyter"):
        kernel = home / folder / "kernels" / "python3"
        kernel.mkdir(parents=True)
        (kernel / "kernel.json").write_text(
            json.dumps({"argv": ["/bin/false"], "display_name": "Broken"})
        )
    return home


@pytest.fixture(scope="module")
def environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "HOME": str(home),
        "SHELL": "/bin/sh",
        "JUPYTER_PATH": str(home / "elsewhere"),
        "JUPYTER_PREFER_ENV_PATH": "0",
    } | {k: v for k, v in os.environ.items() if k.startswith("COVERAGE_")}


@pytest.fixture(scope="module")
def lab(environment: dict[str, str]) -> Iterator[Lab]:
    """Started over SSH, while its port is in use."""
    ssh = {"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        lab = Lab(environment | ssh, "--port", str(port))
    assert f"Port {port} is in use; this is {lab.port}.\n" in lab.said
    yield lab
    lab.end()


def test_over_ssh_it_says_how_to_reach_it(lab: Lab) -> None:
    tunnel = rf"ssh -L {lab.port}:127\.0\.0\.1:{lab.port} \S+@192\.0\.2\.2\n"
    assert re.search(tunnel, lab.said)


def test_the_address_opens_the_first_lesson(lab: Lab) -> None:
    with urllib.request.urlopen(lab.page) as page:
        assert page.status == 200
        assert b"JupyterLab" in page.read()
    assert lab.page.split("?")[0].endswith(f"/lab/tree/{NOTEBOOK}")
    served = json.loads(lab.ask(f"api/contents/{NOTEBOOK}"))
    stored = json.loads((ROOT / NOTEBOOK).read_text())
    assert [cell["source"] for cell in served["content"]["cells"]] == [
        "".join(cell["source"]) for cell in stored["cells"]
    ]


def test_the_start_page_is_the_first_lesson(lab: Lab) -> None:
    with urllib.request.urlopen(f"{lab.root}?token={lab.token}") as page:
        assert page.url.split("?")[0].endswith(f"/lab/tree/{NOTEBOOK}")


def test_nobody_gets_in_without_the_token(lab: Lab) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(lab.root + "api/contents")
    assert refused.value.code == 403


def test_only_this_machine_is_listened_to(lab: Lab) -> None:
    process = psutil.Process(lab.process.pid)
    addresses = {
        connection.laddr.ip
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert addresses == {"127.0.0.1"}


def test_nothing_is_asked_of_the_network(lab: Lab) -> None:
    assert json.loads(lab.ask("lab/api/news"))["news"] == []
    assert json.loads(lab.ask("lab/api/update"))["notification"] is None
    page = lab.ask("lab").decode()
    assert re.search(r'"news":\s*{"disabled":\s*true}', page)


def test_notebooks_run_with_this_interpreter(lab: Lab) -> None:
    kernels = json.loads(lab.ask("api/kernelspecs"))
    assert kernels["default"] == "python3"
    assert kernels["kernelspecs"]["python3"]["spec"]["argv"][0] != "/bin/false"


def test_a_terminal_finds_the_workshop_command(lab: Lab) -> None:
    name = json.loads(lab.ask("api/terminals", "POST"))["name"]

    async def answer() -> str:
        socket = await websocket_connect(
            lab.root.replace("http", "ws")
            + f"terminals/websocket/{name}?token={lab.token}"
        )
        await socket.write_message(
            json.dumps(["stdin", "echo =$(command -v workshop)=\r"])
        )
        said = ""
        while not (found := re.search(r"=(/[^=]*)=", said)):
            message = await socket.read_message()
            assert message is not None, said
            kind, *words = json.loads(message)
            said += "".join(words) if kind == "stdout" else ""
        socket.close()
        return found[1]

    found = IOLoop().run_sync(answer)
    assert found == str(Path(sys.executable).with_name("workshop"))


def test_ctrl_c_ends_it_with_its_kernels_and_terminals(
    environment: dict[str, str],
) -> None:
    lab = Lab(environment, "--port", "0")
    lab.ask("api/kernels", "POST")
    lab.ask("api/terminals", "POST")
    assert len(psutil.Process(lab.process.pid).children()) == 2
    assert lab.end() == []
    assert lab.process.returncode == 0
    assert lab.said.splitlines()[-1] == "JupyterLab stops."
    assert len(lab.said.splitlines()) < 10


@pytest.mark.parametrize(
    ("environment", "platform", "screen"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({"WAYLAND_DISPLAY": "wayland-0"}, "linux", True),
        ({}, "linux", False),
        ({"DISPLAY": ""}, "linux", False),
        ({"DISPLAY": ":10", "SSH_CONNECTION": "a 1 b 22"}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_CONNECTION": "a 1 b 22"}, "darwin", False),
    ],
)
def test_a_browser_opens_where_there_is_a_screen(
    environment: dict[str, str], platform: str, screen: bool
) -> None:
    assert has_screen(environment, platform) is screen
