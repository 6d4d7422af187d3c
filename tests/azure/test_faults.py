"""Every fault that a handler, a caller or an app may have.

After each one the caller has one answer with the status that the real host
gives, the host's own sentence stands in the log, the others are served, and
no process, port or folder is left.
"""

import http.client
import json
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from tests.azure.apps import HTTP, ask
from tests.azure.breaking import NEVER, Broken, broken, first_missing, until
from workshop.azure import LocalFunctions
from workshop.errors import WorkshopError

GIVEN_UP = (
    "[Error] Exceeded http worker restart retry count. Shutting down "
    "Functions Host"
)
RESTARTED = "Language Worker Process exited and needs to be restarted."
NOT_READY = (
    "[Error] Failed to start http worker process. workerId:",
    "System.TimeoutException : Initializing HttpWorker timed out.",
)
WAITED_IN_VAIN = (
    "[Error] Final functionDispatcher state: Initializing. Initialization "
    "timed out and host is shutting down"
)
CLOSED = "The handler closed the connection before it had answered."
SUCCEEDED = "Executed 'Functions.hello' (Succeeded, Id="
FAILED = "Executed 'Functions.hello' (Failed, Id="
SHORT = {"ready_s": 0.2}  # for what is never ready; four times to give up
# How many times it has come here.
COUNT = (
    "with open(os.environ['FAULTS'] + '/count', 'a') as count:\n"
    "    count.write('x')\n"
    "    times = count.tell()\n"
)
ALWAYS = """
for connection in listen():
    connection.recv(65536)
    connection.sendall({!r})
    connection.close()
"""


@dataclass(frozen=True)
class Fault:
    """A fault, and what is to come of it."""

    source: str = ""
    status: int = 200  # what the caller gets
    log: tuple[str, ...] = ()  # words in the log, in this order
    then: int = 200  # what the next caller gets, when it is mended
    moment: str = "request"
    body: bytes = b"x" * 100_000  # of every request; none may be sent again
    not_in_log: str = GIVEN_UP
    settings: dict = field(default_factory=dict)  # of the app


def program(path, text="", mode=0o755, **description):
    """An app whose handler is this program, with this text in it."""
    return {
        "custom": {
            "description": {"defaultExecutablePath": path, **description}
        },
        "files": {path: (text, mode)} if text else {},
        **SHORT,
    }


AT_START = {
    "exits with 1": Fault(
        "print('about to fail', file=sys.stderr, flush=True); sys.exit(1)",
        503,
        (
            "[Error] about to fail",
            "[Debug] Process ",
            " has exited with code 1.",
            "[Error] Language Worker Process exited. Pid=",
            "python3 exited with code 1 (0x1). about to fail",
            "[Debug] Restarting http invoker channel",
            "[Error] Language Worker Process exited. Pid=",
            "[Error] Language Worker Process exited. Pid=",
            GIVEN_UP,
        ),
        then=503,
        not_in_log="Worker process started",
    ),
    "exits with 0": Fault(
        "sys.exit(0)",
        503,
        (" has exited with code 0.", *NOT_READY * 3, GIVEN_UP),
        then=503,
        not_in_log="Language Worker Process exited",
        settings={"ready_s": 0.8},
    ),
    "exits with 200, four times": Fault(
        COUNT + "if times <= 4: sys.exit(200)",
        200,
        (*[f"[Information] {RESTARTED}"] * 4, "Worker process started"),
    ),
    "exits with 1, twice": Fault(
        COUNT + "if times <= 2: sys.exit(1)",
        200,
        ("exited with code 1", "exited with code 1", "process started"),
    ),
    "is killed by a signal without a name, once": Fault(
        COUNT + "if times <= 1: os.kill(os.getpid(), 40)",
        200,
        (" has exited with code 168.", "(0xA8)", "process started"),
    ),
    "never listens": Fault(
        NEVER,
        503,
        (
            "[Debug] Waiting for HttpWorker to be initialized. Request to: "
            "http://127.0.0.1:",
            *NOT_READY * 3,
            GIVEN_UP,
        ),
        then=503,
        not_in_log="Worker process started",
        settings={"ready_s": 0.8},
    ),
    "takes the connection and never answers": Fault(
        f"held = [c for c in listen()]\n{NEVER}",
        503,
        (WAITED_IN_VAIN,),
        then=503,
        settings={"ready_s": 0.8},
    ),
    "answers everything with garbage": Fault(
        ALWAYS.format(b"garbage\r\n\r\n"),
        500,
        ("HttpWorker is Initialized.", "process started", FAILED, "no HTTP"),
        then=500,
    ),
    "closes every connection without a word": Fault(
        ALWAYS.format(b""),
        500,
        ("HttpWorker is Initialized.", FAILED, CLOSED),
        then=500,
    ),
    "is not there": Fault(
        "",
        503,
        (
            "[Error] Failed to start Worker Channel. Process fileName: "
            "no-such-program",
            "[Warning] no-such-program is neither a file of ",
            "nor a program on the PATH",
            WAITED_IN_VAIN,
        ),
        then=503,
        settings=program("no-such-program"),
    ),
    "may not be executed": Fault(
        "",
        503,
        ("Failed to start Worker Channel", "run may not be executed: chmod"),
        then=503,
        settings=program("run", "#!/bin/sh\n", 0o644),
    ),
    "has Windows line ends": Fault(
        "",
        503,
        ("Failed to start Worker Channel", "A Windows line ending"),
        then=503,
        settings=program("run", "#!/bin/sh\r\n"),
    ),
    "says not what runs it": Fault(
        "",
        503,
        ("Failed to start Worker Channel", "is no program of this machine"),
        then=503,
        settings=program("run", "print(1)\n"),
    ),
    "is to work in a folder that is not there": Fault(
        "",
        503,
        ("Failed to start Worker Channel", "There is no folder ", "nowhere"),
        then=503,
        settings=program("python3", workingDirectory="nowhere"),
    ),
}
IN_A_REQUEST = {
    "exits with 0": Fault(
        "os._exit(0)",
        500,
        (FAILED, CLOSED, " has exited with code 0."),
        then=500,
        not_in_log="Restarting",
    ),
    "exits with 1": Fault(
        "os._exit(1)",
        500,
        (FAILED, CLOSED, "exited with code 1 (0x1)", "process started"),
    ),
    "exits with 200": Fault("os._exit(200)", 500, (CLOSED, RESTARTED)),
    "segfaults": Fault(
        f"os.kill(os.getpid(), signal.SIGSEGV)\n{NEVER}",
        500,
        (FAILED, CLOSED, "exited with code 139 (0x8B)", "process started"),
    ),
    "forks a child that outlives it": Fault(
        "subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "os._exit(3)",
        500,
        (FAILED, "exited with code 3 (0x3)", "process started"),
    ),
    "dies in the middle of its answer": Fault(
        "self.begin(99); self.wfile.write(b'half'); os._exit(1)",
        500,
        (FAILED, CLOSED, "exited with code 1", "process started"),
    ),
    "exits with 1, in payload mode": Fault(
        "os._exit(1)",
        500,
        (FAILED, CLOSED, "exited with code 1 (0x1)", "process started"),
        settings={"mode": "payload"},
    ),
    "answers null": Fault(
        "self.send('null'); raise Answered",
        500,
        (
            "Timeout value of 00:00:01 exceeded by function "
            "'Functions.hello' (Id: '",
            "[Warning] A function timeout has occurred. Restarting worker "
            "process executing invocationId '",
            FAILED,
            "process started",
        ),
        settings={"mode": "payload", "top": {"functionTimeout": "00:00:01"}},
    ),
}
# After these the same process goes on: one host serves them all.
SURVIVED = {
    "forwarding": {
        "breaks its answer off": Fault(
            "self.begin(99)\nself.wfile.write(b'half')\n"
            "self.close_connection = True\nraise Answered",
            500,
            (FAILED, CLOSED),
        ),
        "answers with garbage": Fault(
            "self.wfile.write(b'\\0\\xff garbage\\r\\n\\r\\n')\n"
            "self.close_connection = True\nraise Answered",
            500,
            (FAILED, "no HTTP"),
        ),
        "closes without a word": Fault(
            "self.close_connection = True\nraise Answered",
            500,
            (FAILED, CLOSED),
        ),
        "closes each connection after its answer": Fault(
            "self.close_connection = True", 200, (SUCCEEDED,), body=b""
        ),
        "answers 500": Fault(
            "self.send('no', 500); raise Answered", 500, (SUCCEEDED,)
        ),
        "prints 10 MB": Fault(
            "for i in range(100): os.write(1, b'x' * 99_999 + b'\\n')\n"
            "os.write(1, b'last words\\n')",
            200,
            ("[Information] xxxx", "[Information] last words"),
        ),
        "prints without a line end": Fault(
            "os.write(1, b'no end '); os.write(1, b'yet' + b'x' * 99_999)",
            200,
            ("[Information] no end yetxxx",),
        ),
        "prints what is no UTF-8": Fault(
            "os.write(2, b'\\ncaf\\xe9 \\0\\r\\n')",
            200,
            ("[Error] caf\N{REPLACEMENT CHARACTER} \0\n",),
        ),
        "warns": Fault(
            "os.write(2, b'a Warning\\n')", 200, ("[Warning] a Warning",)
        ),
        "answers before it has the body": Fault(
            # It takes the body all the same: closing on what is unread
            # would be a reset, which may take the answer away.
            "self.send('{}'); self.body(); raise Answered",
            200,
            (SUCCEEDED,),
            moment="head",
        ),
    },
    "proxying": {
        "answers with garbage": Fault(
            "self.wfile.write(b'garbage\\r\\n\\r\\n')\n"
            "self.close_connection = True\nraise Answered",
            500,
            (FAILED, "no HTTP"),
        ),
        "closes each connection after its answer": Fault(
            "self.close_connection = True", 200, (SUCCEEDED,), body=b""
        ),
        "answers before it has the body": Fault(
            # It takes the body all the same: closing on what is unread
            # would be a reset, which may take the answer away.
            "self.send('{}'); self.body(); raise Answered",
            200,
            (SUCCEEDED,),
            moment="head",
        ),
    },
    "payload": {
        "answers 500": Fault(
            'self.send(\'{"Logs": ["lost"]}\', 500); raise Answered',
            500,
            (
                FAILED,
                "Response status code does not indicate success: 500 "
                "(Internal Server Error).",
            ),
            not_in_log="lost",
        ),
        "answers no JSON": Fault(
            "self.send('<p>no</p>'); raise Answered",
            500,
            (FAILED, "Invalid HttpResponseMessage:"),
        ),
        "answers another type": Fault(
            "self.send('{}', kind='text/html'); raise Answered",
            500,
            (FAILED, "Invalid HttpResponseMessage:"),
        ),
        "answers an output that is no object": Fault(
            'self.send(\'{"Outputs": {"res": [1]}}\'); raise Answered',
            500,
            (FAILED, "Output is not in expected format"),
        ),
        "closes without a word": Fault(
            "self.close_connection = True\nraise Answered",
            500,
            (FAILED, CLOSED),
        ),
    },
}
OF_ITS_OWN = {
    **{f"at its start, it {name}": fault for name, fault in AT_START.items()},
    **IN_A_REQUEST,
}
NAMES_SURVIVED = [(mode, name) for mode in SURVIVED for name in SURVIVED[mode]]


@pytest.fixture(scope="module")
def outcomes(request, tmp_path_factory):
    """What came of each fault of its own host; several run at once."""
    wanted = [
        item.callspec.params["name"]
        for item in request.session.items
        if getattr(item, "originalname", "") == "test_a_fault"
        and item.module is request.module
    ]
    with ThreadPoolExecutor(4) as pool:
        yield {
            name: pool.submit(
                meet, OF_ITS_OWN[name], tmp_path_factory.mktemp("app")
            )
            for name in wanted
        }


def meet(fault, folder):
    """Let an app have the fault, and mend it; what its callers were told."""
    at_start = fault in AT_START.values()
    start = {"start": fault.source} if at_start else {}
    with broken(folder, **fault.settings, **start) as app:
        if not at_start:
            assert call(app, "other") == 200
            app.break_(request=fault.source)
        told = [call(app)]
        app.await_log(*fault.log)
        app.mend()
        told += [call(app), call(app, "other")]
        return told, app.log(), app.state(), len(app.processes())


def call(app, function="hello", body=b"x" * 100_000):
    """The status that a caller gets."""
    status, _, content = ask(
        app.url, f"/api/{function}", "POST", body, timeout=30
    )
    if status == 503:
        assert content == b"Function host is not running."
    return status


@pytest.mark.parametrize("name", OF_ITS_OWN)
def test_a_fault(name, outcomes):
    fault = OF_ITS_OWN[name]
    told, log, state, processes = outcomes[name].result()
    assert told == [fault.status, fault.then, fault.then]
    assert fault.not_in_log not in log
    given_up = fault.then == 503
    assert state == ("Offline" if given_up else "Running")
    exited = name == "exits with 0"
    assert processes == (0 if given_up or exited else 1)


@pytest.fixture(scope="module")
def apps(tmp_path_factory):
    """One breakable app for each mode, started when it is wanted."""
    made = {}

    def of(mode):
        if mode not in made:
            made[mode] = Broken(tmp_path_factory.mktemp(mode), mode=mode)
        return made[mode]

    yield of
    for app in made.values():
        app.close()


@pytest.mark.parametrize(("mode", "name"), NAMES_SURVIVED)
def test_a_fault_that_the_handler_survives(mode, name, apps):
    fault, app = SURVIVED[mode][name], apps(mode)
    before = len(app.log())
    app.break_(**{fault.moment: fault.source})
    assert call(app, "hello", fault.body) == fault.status
    assert call(app, "other", fault.body) == 200
    app.mend()
    assert call(app, "hello", fault.body) == 200
    until(lambda: not first_missing(fault.log, app.log()[before:]))
    assert fault.not_in_log not in app.log()[before:]
    assert app.log().count("Worker process started and initialized.") == 1


@pytest.mark.parametrize(
    ("end", "log"),
    [
        ("self.close_connection = True", CLOSED),
        ("os._exit(1)", "python3 exited with code 1 (0x1)."),
    ],
)
def test_an_answer_that_breaks_off_when_the_client_has_some(
    end, log, tmp_path
):
    source = (
        "self.begin(99); self.wfile.write(b'half')\n"
        f"while not there('go'): time.sleep(0.005)\n{end}\nraise Answered"
    )
    with broken(tmp_path, mode="proxying", request=source) as app:
        with asking(app) as client:
            reply = http.client.HTTPResponse(client)
            reply.begin()
            assert reply.status == 200
            assert reply.read(4) == b"half"
            app.break_(go="")
            with pytest.raises(http.client.IncompleteRead):
                reply.read()
        app.await_log(FAILED, CLOSED)
        app.await_log(log)
        app.mend()
        assert call(app) == 200


def asking(app, body=b"", **headers):
    """A connection on which a request, or the start of it, has been sent."""
    address = urlsplit(app.url)
    client = socket.create_connection((address.hostname, address.port), 30)
    lines = ["POST /api/hello HTTP/1.1", f"Host: {address.netloc}"]
    lines += [f"{k.replace('_', '-')}: {v}" for k, v in headers.items()]
    client.sendall("\r\n".join([*lines, "", ""]).encode() + body)
    return client


@pytest.mark.parametrize("mode", ["forwarding", "payload"])
def test_a_client_that_leaves_in_the_middle_of_its_request(mode, apps):
    """What it had said so far is no request: no handler gets it."""
    app = apps(mode)
    before = len(app.log())
    app.break_(request="with open(os.environ['FAULTS'] + '/took', 'w'): pass")
    with asking(app, b"half", Content_Length=99):
        assert call(app, "other") == 200  # the host has read that far
    assert call(app, "other") == 200
    assert not (app.faults / "took").exists()
    app.mend()
    assert call(app) == 200
    assert "Traceback" not in app.log()[before:]


@pytest.mark.parametrize(
    ("headers", "half"),
    [
        ({"Content_Length": 99}, b"half"),
        ({"Transfer_Encoding": "chunked"}, b"4\r\nhalf\r\n"),
    ],
)
def test_half_a_body_is_passed_on_as_half_a_body(headers, half, apps):
    """The handler sees the end of its connection, and no end of the body."""
    app = apps("proxying")
    before = len(app.log())
    app.break_(
        head="print('reading', flush=True)\n"
        "print('half:', self.rfile.read(), flush=True)\nraise Answered"
    )
    with asking(app, half, **headers):
        until(lambda: "] reading" in app.log()[before:])
    until(lambda: f"half: {half!r}\n" in app.log()[before:] + "\n")
    words = (FAILED, "The client has gone.")
    until(lambda: not first_missing(words, app.log()[before:]))
    app.mend()
    assert call(app) == 200
    assert "Traceback" not in app.log()[before:]


def test_a_client_that_leaves_in_the_middle_of_both(apps):
    """The handler answers while it still reads."""
    app = apps("proxying")
    before = len(app.log())
    app.break_(
        head="self.begin(99); self.wfile.write(b'half')\n"
        "print('half:', self.rfile.read(), flush=True)\nraise Answered"
    )
    with asking(app, b"half", Content_Length=99) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    words = (FAILED, "The client has gone.")
    until(lambda: not first_missing(words, app.log()[before:]))
    app.mend()
    assert call(app) == 200


@pytest.mark.parametrize("mode", ["forwarding", "proxying", "payload"])
def test_a_client_that_leaves_before_it_has_the_answer(mode, apps):
    app = apps(mode)
    app.break_(
        request="with open(os.environ['FAULTS'] + '/in', 'w'): pass\n"
        "while not there('go'): time.sleep(0.005)"
    )
    with asking(app, b"whole", Content_Length=5):
        until((app.faults / "in").exists)
    app.break_(go="")
    (app.faults / "request").unlink()
    assert call(app) == 200
    app.mend()


def test_a_client_that_leaves_in_the_middle_of_a_stream(apps):
    """Its handler is told by the end of its connection."""
    app = apps("proxying")
    app.break_(
        request="self.begin(2**40)\n"
        "try:\n"
        "    while True: self.wfile.write(b'x' * 65536)\n"
        "except OSError as error:\n"
        "    print('told', error.strerror, flush=True)\n"
        "self.close_connection = True\nraise Answered"
    )
    with asking(app) as client:
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    app.await_log("[Information] told ")
    app.mend()
    assert call(app) == 200


def test_a_client_that_does_not_read_has_functiontimeout_all_the_same(
    tmp_path,
):
    source = "self.begin(2**40)\nwhile True: self.wfile.write(b'x' * 65536)\n"
    limit = {"functionTimeout": "00:00:01"}
    with broken(tmp_path, mode="proxying", request=source, top=limit) as app:
        with asking(app) as client:
            assert client.recv(12) == b"HTTP/1.1 200"
            app.await_log("Timeout value of 00:00:01 exceeded", FAILED)
        app.mend()
        assert call(app) == 200


def test_many_clients_at_once_do_not_cut_each_other_off(apps):
    app = apps("proxying")
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: call(app, body=b""), range(200)))
    assert told == [200] * 200


@pytest.mark.parametrize("mode", ["forwarding", "payload"])
def test_what_a_handler_has_read_is_not_sent_again(mode, apps):
    """.NET sends again only what has no content."""
    app = apps(mode)
    assert call(app) == 200  # so that there is an open connection
    app.break_(
        request="with open(os.environ['FAULTS'] + '/count', 'a') as count:\n"
        "    count.write('x')\n"
        "self.close_connection = True\nraise Answered"
    )
    assert call(app) == 500
    assert (app.faults / "count").read_text() == "x"
    app.mend()


def test_connections_to_the_handler_do_not_grow_in_number(apps):
    app = apps("proxying")
    (handler,) = app.processes()

    def open_now():
        connections = handler.net_connections("tcp")
        return sum(one.status == "ESTABLISHED" for one in connections)

    assert call(app) == 200
    before = open_now()
    for _ in range(20):
        assert call(app) == 200
    assert open_now() <= before


LIMITED = {"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": "1000"}


@pytest.mark.parametrize("mode", ["proxying", "payload"])
def test_a_body_over_the_limit(mode, tmp_path):
    with broken(tmp_path, mode=mode, values=LIMITED) as app:
        assert call(app, body=b"x" * 1000) == 200
        assert call(app, body=b"x" * 1001) == 413
        pieces = iter([b"x" * 600] * 2)
        assert ask(app.url, "/api/hello", "POST", pieces)[0] == 413
        assert call(app, body=b"x" * 1000) == 200


def test_a_body_over_the_limit_when_its_answer_has_begun(tmp_path):
    """Nothing is left but to break both off."""
    source = (
        "self.begin(99); self.wfile.write(b'half')\n"
        "self.rfile.read(); raise Answered"
    )
    with broken(tmp_path, mode="proxying", values=LIMITED, head=source) as app:
        with asking(app, Transfer_Encoding="chunked") as client:
            reply = http.client.HTTPResponse(client)
            reply.begin()
            assert reply.read(4) == b"half"
            client.sendall(b"3e9\r\n" + b"x" * 1001 + b"\r\n")
            with pytest.raises(http.client.IncompleteRead):
                reply.read()
        app.await_log(FAILED, "Request body too large.")
        app.mend()
        assert call(app, body=b"x" * 1000) == 200


HOST = {
    "version": "2.0",
    "customHandler": {"description": {"defaultExecutablePath": "python3"}},
}
BAD_HOST_JSON = {
    "none": (None, "host.json"),
    "no JSON": ("{", "Unable to parse host configuration file '"),
    "another version": (
        HOST | {"version": "3.0"},
        "'3.0' is an invalid value for host.json 'version' property.",
    ),
    "no customHandler": ({"version": "2.0"}, "customHandler"),
}


@pytest.mark.parametrize("name", BAD_HOST_JSON)
def test_a_bad_host_json(name, tmp_path):
    written, sentence = BAD_HOST_JSON[name]
    if written is not None:
        text = written if isinstance(written, str) else json.dumps(written)
        (tmp_path / "host.json").write_text(text)
    with pytest.raises(WorkshopError, match=re.escape(sentence)):
        LocalFunctions(tmp_path)


TRIGGER, OUTPUT = HTTP
BAD_FUNCTIONS = {
    "none": ([], "At least one binding must be declared."),
    "twice": (
        [TRIGGER, OUTPUT, OUTPUT],
        "Multiple bindings with name 'res' discovered. Binding names must be "
        "unique.",
    ),
    "untriggered": (
        [OUTPUT],
        "No trigger binding specified. A function must have a trigger input "
        "binding.",
    ),
    "triggers": (
        [TRIGGER, TRIGGER | {"name": "other"}],
        "Multiple trigger bindings defined. A function can only have a "
        "single trigger binding.",
    ),
    "untyped": (
        [TRIGGER, {"name": "x", "direction": "out"}],
        "Binding 'x' is invalid. Bindings must specify a Type.",
    ),
    "misnamed": (
        [TRIGGER | {"name": "my_req"}],
        "The binding name my_req is invalid. Please assign a valid name to "
        "the binding.",
    ),
    "9lives": ([TRIGGER], "'9lives' is not a valid function name."),
    "hidden": (
        [TRIGGER | {"route": "admin/hidden"}, OUTPUT],
        "The specified route conflicts with one or more built in routes.",
    ),
    "second": (
        [TRIGGER | {"route": "/hello/"}, OUTPUT],
        "The route specified conflicts with the route defined by function "
        "'hello'.",
    ),
    "timed": (
        [
            {
                "type": "timerTrigger",
                "direction": "in",
                "name": "clock",
                "schedule": "never",
            }
        ],
        "",
    ),
}


def test_bad_functions_among_good_ones(tmp_path):
    """Each is named in the log and is not there; the others are served."""
    bindings = {name: listed for name, (listed, _) in BAD_FUNCTIONS.items()}
    functions = bindings | {"hello": HTTP, "other": HTTP}
    with broken(tmp_path, functions=functions) as app:
        assert call(app) == call(app, "other") == 200
        for name, (_, sentence) in BAD_FUNCTIONS.items():
            line = f"[Error] The '{name}' function is in error: {sentence}"
            app.await_log(line)
            assert call(app, name) == 404
