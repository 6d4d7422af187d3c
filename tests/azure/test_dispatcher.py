"""Restarts, time-outs and the end, with others in flight."""

import asyncio
import contextlib
import http.client
import os
import socket
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from tests.azure.apps import ask, write_app
from tests.azure.breaking import NEVER, broken, until
from workshop.azure.app import read_app
from workshop.azure.dispatcher import Dispatcher, Limits
from workshop.azure.log import Log
from workshop.azure.worker import Surroundings
from workshop.errors import WorkshopError
from workshop.ports import free_port
from workshop.timeline import Phase, Timeline

CRASH = "os._exit(1)"
# Another's request says that it is there, and waits.
WAIT = (
    "with open(os.environ['FAULTS'] + '/count', 'a') as count:\n"
    "    count.write('x')\n"
    "while not there('go'): time.sleep(0.005)"
)
FIRST = "open(os.environ['FAULTS'] + '/first', 'w').close()\n" + NEVER
RESTARTING = "[Debug] Restarting http invoker channel"
SECOND = {"functionTimeout": "00:00:01"}


def call(app, function="hello"):
    return ask(app.url, f"/api/{function}", timeout=60)[0]


def others_in_flight(app, pool, number=5):
    """That many callers whose requests have reached the handler."""
    app.break_(other=WAIT)
    callers = [pool.submit(call, app, "other") for _ in range(number)]
    count = app.faults / "count"
    until(lambda: count.exists() and count.stat().st_size == number)
    return callers


def crash(app):
    """Have the handler end in a request; returns when that is seen to."""
    before = restarts(app)
    assert call(app) == 500
    until(lambda: restarts(app) > before)


def restarts(app):
    return app.log().count(RESTARTING)


def phases(app, environment):
    return [
        event.phase
        for event in app.functions.timeline()
        if event.environment == environment
    ]


def test_the_third_crash_is_the_last(tmp_path):
    with broken(tmp_path, request=CRASH) as app:
        for _ in range(2):
            crash(app)
            assert call(app, "other") == 200
            assert app.state() == "Running"
        assert call(app) == 500
        app.await_log(
            *["[Error] Language Worker Process exited. Pid="] * 3,
            "[Error] Exceeded http worker restart retry count. Shutting down "
            "Functions Host",
        )
        app.mend()
        for _ in range(3):
            status, headers, body = ask(app.url, "/api/other")
            assert (status, body) == (503, b"Function host is not running.")
            assert headers["Content-Type"] == "text/plain; charset=utf-8"
        assert app.state() == "Offline"
        assert ask(app.url, "/")[0] == ask(app.url, "/admin/host/ping")[0]
        until(lambda: not app.processes())
        assert phases(app, "host")[-1] is Phase.ENDED
        assert phases(app, "worker 3")[-1] is Phase.ENDED
        assert phases(app, "worker 4") == []


def test_exit_200_asks_for_a_restart_as_often_as_it_likes(tmp_path):
    with broken(tmp_path, request="os._exit(200)") as app:
        for _ in range(5):
            crash(app)
            assert call(app, "other") == 200
        assert app.state() == "Running"
        assert "[Error] Language Worker" not in app.log()


def test_a_crash_takes_all_that_is_in_flight(tmp_path):
    with (
        broken(tmp_path, request=CRASH) as app,
        ThreadPoolExecutor(5) as pool,
    ):
        others = others_in_flight(app, pool)
        crash(app)
        assert [other.result() for other in others] == [500] * 5
        app.mend()
        assert call(app) == call(app, "other") == 200
        assert app.log().count("Executed 'Functions.other' (Failed") == 5
        assert restarts(app) == 1
        worker = [
            event.detail
            for event in app.functions.timeline()
            if event.environment == "worker 1"
            and event.phase is Phase.INVOKE
            and event.request_id
        ]
        assert worker[-1] == "6 at once"


def test_a_time_out_takes_all_that_is_in_flight(tmp_path):
    with (
        broken(tmp_path, top=SECOND, request=FIRST) as app,
        ThreadPoolExecutor(6) as pool,
    ):
        assert call(app, "other") == 200
        late = pool.submit(call, app)
        until((app.faults / "first").exists)
        others = others_in_flight(app, pool)
        assert late.result() == 500
        assert [other.result() for other in others] == [500] * 5
        app.mend()
        assert call(app) == call(app, "other") == 200
        app.await_log(
            "[Error] Timeout value of 00:00:01 exceeded by function "
            "'Functions.hello' (Id: '",
            "'). Initiating cancellation.",
            "[Warning] A function timeout has occurred. Restarting worker "
            "process executing invocationId '",
            "[Warning] Restart of language worker process(es) completed.",
        )
        assert restarts(app) == 1
        assert app.state() == "Running"
        # What was answered in time has no limit any more.
        assert app.log().count("Timeout value of ") == 1
        details = [e.detail for e in app.functions.timeline()]
        assert "function timeout" in details


def test_a_time_out_of_a_handler_that_is_asked_by_proxy(tmp_path):
    settings = {"mode": "proxying", "top": SECOND, "request": NEVER}
    with broken(tmp_path, **settings) as app:
        assert call(app) == 500
        app.mend()
        assert call(app) == 200
        app.await_log("Timeout value of 00:00:01 exceeded", "process started")


def test_a_handler_with_a_port_of_its_own_is_started_again_on_it(tmp_path):
    """Not before its predecessor has given the port back."""
    port = free_port()
    settings = {"custom": {"port": str(port)}, "top": SECOND}
    with broken(tmp_path, request=NEVER, **settings) as app:
        for _ in range(2):
            app.break_(request=NEVER)
            assert call(app) == 500
            app.mend()
            assert call(app) == 200
        assert restarts(app) == 2
        assert "in use" not in app.log()
        assert f"http://127.0.0.1:{port}/" in app.log()


def test_none_is_started_before_all_of_the_last_one_are_gone(tmp_path):
    """They might hold the port that customHandler.port gives the next."""
    forks = (
        "import os, subprocess\n"
        "child = subprocess.Popen(\n"
        "    ['sh', '-c', 'echo child $$; sleep 600; :'],\n"
        "    stdout=subprocess.PIPE, text=True, start_new_session=True)\n"
        "print(child.stdout.readline(), flush=True)\n"
        "os._exit(200)"
    )
    children, left = [], []

    def echo(level, line):
        if " child " in line:
            children.append(int(line.rpartition(" ")[2]))
        elif "Starting worker process" in line:
            left.extend(pid for pid in children if runs(pid))

    around = surroundings(write_app(tmp_path, forks), Log(echo))

    async def restart():
        dispatcher = Dispatcher(around, Limits(), lambda: None)
        dispatcher.start()
        while len(children) < 3:
            await asyncio.sleep(0.005)
        await dispatcher.close()

    asyncio.run(asyncio.wait_for(restart(), 60))
    assert left == []


def surroundings(folder, log):
    app = read_app(folder, {})
    variables = {"PATH": os.environ["PATH"]}
    handler = app.settings.handler
    return Surroundings(folder, handler, variables, log, Timeline())


def starts(log):
    return sum("Starting worker process" in line for line in log.lines())


def test_errors_long_ago_do_not_count(tmp_path):
    """Without it, the third would be the end."""
    log = Log(None)
    around = surroundings(write_app(tmp_path, "import os; os._exit(1)"), log)

    async def crash():
        ended = asyncio.Event()
        limits = Limits(forgotten_s=0)
        dispatcher = Dispatcher(around, limits, ended.set)
        dispatcher.start()
        while starts(log) < 5 and not ended.is_set():
            await asyncio.sleep(0.005)
        await dispatcher.close()

    asyncio.run(asyncio.wait_for(crash(), 60))
    assert starts(log) == 5
    assert "[Error] Exceeded" not in "\n".join(log.lines())


def test_two_invocations_that_time_out_at_once_end_one_process(tmp_path):
    log = Log(None)
    around = surroundings(write_app(tmp_path), log)

    async def time_out():
        dispatcher = Dispatcher(around, Limits(), lambda: None)
        dispatcher.start()
        worker = await dispatcher.worker()
        dispatcher.time_out(worker, "one")
        second = await dispatcher.worker()
        dispatcher.time_out(worker, "another")
        assert dispatcher.ready_worker is second is not worker
        await dispatcher.close()

    asyncio.run(asyncio.wait_for(time_out(), 60))
    assert starts(log) == 2


def test_the_ready_limit_is_that_of_host_json(tmp_path):
    custom = {"initializationTimeout": "00:00:00.2"}
    with broken(tmp_path, start=NEVER, custom=custom) as app:
        assert call(app) == 503
        app.await_log("Initializing HttpWorker timed out.")
        assert "ready-limit" not in app.log()


def test_a_ready_limit_that_was_given_goes_before_host_json(tmp_path):
    custom = {"initializationTimeout": "01:00:00"}
    with broken(tmp_path, start=NEVER, custom=custom, ready_s=0.2) as app:
        app.await_log(
            "[Information] The handler has 0.2 s until it listens, and a "
            "request waits 0.8 s for it (--ready-limit, ready_s); without "
            "that 3600 s and 14400 s.",
            "System.TimeoutException : Initializing HttpWorker timed out.",
        )


def runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_port_of_its_own_that_is_in_use(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            pytest.raises(WorkshopError, match=f"Port {port} is in use"),
            broken(tmp_path, custom={"port": str(port)}),
        ):
            pass


def test_200_requests_while_the_handler_starts_again(tmp_path):
    """Each gets an answer: those that were with it fail, others wait."""
    with (
        broken(tmp_path, request=CRASH) as app,
        ThreadPoolExecutor(200) as pool,
    ):
        assert call(app, "other") == 200
        callers = [pool.submit(call, app, "other") for _ in range(100)]
        crashed = pool.submit(call, app)
        callers += [pool.submit(call, app, "other") for _ in range(100)]
        assert crashed.result() == 500
        until(lambda: restarts(app))
        answers = [caller.result() for caller in callers]
        assert set(answers) <= {200, 500}
        assert answers.count(200) > 0
        assert call(app, "other") == 200
        assert restarts(app) == 1
        executing = app.log().count("Executing 'Functions.")
        assert executing == app.log().count("Executed 'Functions.") == 203


def test_what_a_handler_leaves_running_goes_when_it_is_restarted(tmp_path):
    forks = (
        "subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        "os._exit(3)"
    )
    with broken(tmp_path, request=forks) as app:
        crash(app)
        app.mend()
        assert call(app) == 200
        until(lambda: len(app.processes()) == 1)


def test_an_app_without_functions_starts_no_handler(tmp_path):
    functions = {"hello": []}
    with broken(tmp_path, functions=functions) as app:
        assert call(app) == 404
        app.await_log("No job functions found.")
        assert app.processes() == []
        assert "Starting worker process" not in app.log()


def test_a_host_that_ends_while_its_handler_starts(tmp_path):
    with broken(tmp_path, start=NEVER) as app:
        app.await_log("process with Id=")


def test_a_host_that_ends_with_requests_in_flight(tmp_path):
    with ThreadPoolExecutor(5) as pool:
        with broken(tmp_path) as app:
            others = others_in_flight(app, pool)
        for other in others:
            # Or its connection was closed.
            with contextlib.suppress(OSError, http.client.HTTPException):
                assert other.result() in (500, 503)
