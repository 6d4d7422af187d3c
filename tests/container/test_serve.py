"""functions/container: the Dockerfile's files, run by its CMD.

There is no Docker here. What the Dockerfile copies is laid out as it says,
and its command runs as a process, where it can as process number 1, under
the contract of a container: PORT, SIGTERM, an end in time.
"""

import contextlib
import filecmp
import http.client
import signal
import socket
import subprocess
import time

import psutil
import pytest

from tests.azure.breaking import until
from tests.container.images import Asking
from tests.container.isolation import (
    ALONE,
    number_one,
    skip_without_namespaces,
)
from workshop.container.image import lay_out
from workshop.ports import free_port
from workshop.repository import FUNCTIONS, KERNEL
from workshop.sandbox import search_path

OURS = FUNCTIONS / "container"
ROUTE = "/api/palindromes"
HELLO = b'{"message":"hello, world"}'
SLOW = f"{ROUTE}?min=1000&max=4000&kernel=brute"  # about a second
ANSWER_OF_SLOW = b'"largest":{"value":15600651,"factors":[[3907,3993]]}}'
AZURES = "FUNCTIONS_CUSTOMHANDLER_PORT"
# 0A is the state of a socket that listens.
SHOW_WHO_LISTENS = """
python3 serve.py &
until grep " 0A " /proc/net/tcp; do
    kill -0 $! || exit 1
    sleep 0.05
done
kill -TERM $!
wait $!
"""


@pytest.fixture
def image(tmp_path):
    return lay_out(OURS / "Dockerfile", FUNCTIONS, tmp_path / "root")


class Container:
    """A process of the image's command, on a free port of this machine."""

    def __init__(self, image, *prefix, command=None):
        port = free_port()
        self.address = f"127.0.0.1:{port}"
        self.url = f"http://{self.address}"
        told = {"HOST": "127.0.0.1", "PORT": str(port)}
        self.process = subprocess.Popen(
            [*prefix, *(command or image.command)],
            cwd=image.folder,
            env={"PATH": search_path(), **image.variables, **told},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
        )

    def connect(self):
        client = http.client.HTTPConnection(self.address, timeout=60)
        client.connect()
        return client

    def until_it_listens(self):
        while self.process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError):
                self.connect().close()
                return self
            time.sleep(0.01)  # nothing tells that it listens
        pytest.fail("it has ended")

    def __enter__(self):
        return self.until_it_listens()

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def ask(client, path):
    client.request("GET", path)
    reply = client.getresponse()
    return reply, reply.read()


def test_the_files_are_the_functions_own(image):
    handler = FUNCTIONS / "azure" / "python" / "handler.py"
    kernel = KERNEL / "palindromes.py"
    for source in (handler, kernel, OURS / "serve.py"):
        assert filecmp.cmp(source, image.folder / source.name, False)
    assert len(list(image.folder.iterdir())) == 3


def test_only_those_files_reach_the_build():
    ignore = (OURS / "Dockerfile.dockerignore").read_text().split("\n")
    rules = [line for line in ignore if line and line[0] != "#"]
    dockerfile = (OURS / "Dockerfile").read_text()
    [copy] = [
        line for line in dockerfile.split("\n") if line.startswith("COPY ")
    ]
    assert rules == ["*", *(f"!{name}" for name in copy.split()[1:-1])]


def test_it_runs_as_a_user_who_may_do_nothing():
    dockerfile = (OURS / "Dockerfile").read_text().split("\n")
    assert "USER 65532" in dockerfile
    assert all(not line.startswith(("RUN", "ADD")) for line in dockerfile)


def test_it_answers_on_the_port_it_is_told(image):
    with Container(image) as container:
        with contextlib.closing(container.connect()) as client:
            reply, body = ask(client, ROUTE)
            assert (reply.status, body) == (200, HELLO)
            reply, body = ask(client, f"{ROUTE}?min=10&max=99")
            assert b'"largest":{"value":9009,"factors":[[91,99]]}' in body
            assert ask(client, "/")[0].status == 404
        line = container.process.stdout.readline()  # at once: unbuffered
        assert line.startswith(b'"GET /api/palindromes HTTP/1.1" 200')


def test_sigterm_lets_it_answer_and_then_ends_it(image):
    with Container(image) as container:
        idle, other = container.connect(), container.connect()
        ask(idle, ROUTE)  # and keeps the connection
        asking = Asking(container.url, SLOW)
        busy(container)
        container.process.send_signal(signal.SIGTERM)
        assert idle.sock.recv(1) == b""  # while the other is not answered
        assert other.sock.recv(1) == b""
        status, headers, body = asking.reply
        assert status == 200
        assert body.endswith(ANSWER_OF_SLOW)
        assert headers["Connection"] == "close"
        assert container.process.wait(10) == 0


def test_sigterm_waits_for_the_rest_of_a_body(image):
    with Container(image) as container:
        client = container.connect()
        client.putrequest("POST", ROUTE)
        client.putheader("Content-Length", "2")
        client.endheaders(b"{")
        time.sleep(0.2)  # nothing tells that it has read that
        container.process.send_signal(signal.SIGTERM)
        until(lambda: refuses(container))
        client.send(b"}")
        reply = http.client.HTTPResponse(client.sock)
        reply.begin()
        assert (reply.status, reply.read()) == (200, HELLO)
        assert container.process.wait(10) == 0


def test_ctrl_c_ends_it_too(image):
    with Container(image) as container:
        container.process.send_signal(signal.SIGINT)
        assert container.process.wait(10) == 0


def test_it_ends_while_it_is_asked_again_and_again(image):
    """Whatever it has begun to answer, it answers whole."""
    with Container(image) as container:
        client = container.connect()
        for _ in range(50):
            ask(client, ROUTE)
        container.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(ConnectionError, http.client.HTTPException):
            while True:
                reply, body = ask(client, ROUTE)
                assert (reply.status, body) == (200, HELLO)
                if reply.headers["Connection"] == "close":
                    break
        assert container.process.wait(10) == 0


def test_as_process_1_it_heeds_sigterm(image):
    skip_without_namespaces()
    with Container(image, *ALONE) as container:
        asking = Asking(container.url, SLOW)
        busy(container)
        number_one(container.process).send_signal(signal.SIGTERM)
        assert asking.reply[2].endswith(ANSWER_OF_SLOW)
        assert container.process.wait(10) == 0


def test_as_process_1_the_handler_alone_would_not(image):
    """What serve.py is for: the kernel keeps the signal from process 1."""
    skip_without_namespaces()
    handler = ["sh", "-c", f"{AZURES}=$PORT exec python3 handler.py"]
    with Container(image, *ALONE, command=handler) as container:
        number_one(container.process).send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            container.process.wait(1)
        with contextlib.closing(container.connect()) as client:
            assert ask(client, ROUTE)[1] == HELLO


def test_untold_it_listens_on_every_address_and_8080(image):
    """In a network of its own, so that nobody else can reach it."""
    skip_without_namespaces()
    done = subprocess.run(
        [*ALONE, "--net", "sh", "-c", SHOW_WHO_LISTENS],
        cwd=image.folder,
        env={"PATH": search_path(), **image.variables},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    [line] = done.stdout.splitlines()
    assert line.split()[1] == f"00000000:{8080:04X}"


def busy(container):
    """Until the process computes: it has read the request by then."""
    process = container.process.pid
    began = cpu_s(process)
    until(lambda: cpu_s(process) > began + 0.1)


def cpu_s(pid):
    process = psutil.Process(pid)
    return sum(
        sum(one.cpu_times()[:2])
        for one in (process, *process.children(recursive=True))
    )


def refuses(container):
    host, port = container.address.split(":")
    with socket.socket() as caller:
        return caller.connect_ex((host, int(port))) != 0
