"""How many instances there are: from none to the most, and back."""

import contextlib
import http.client
import time
from contextlib import contextmanager

import psutil
import pytest

from tests.azure.apps import ask
from tests.azure.breaking import until
from tests.container.images import MAIN, PROBE, Asking, seen, write_image
from workshop.container import LocalCloudRun
from workshop.container.instance import outside
from workshop.container.settings import Limits
from workshop.timeline import Phase

HANDLES_TERM = "signal.signal(signal.SIGTERM, lambda *_: os._exit(7))\n"


@contextmanager
def cloud_of(folder, program=PROBE + HANDLES_TERM + MAIN, **limits):
    image = write_image(folder / "image", program)
    with LocalCloudRun(image, limits=Limits(**limits)) as cloud:
        yield cloud


def lives(cloud):
    """The phases of each instance, in order."""
    found = {}
    for event in cloud.timeline():
        found.setdefault(event.environment, []).append(event.phase)
    return found


def ends(cloud):
    """How each instance that has ended did."""
    return {
        event.environment: event.detail
        for event in cloud.timeline()
        if event.phase is Phase.ENDED
    }


def test_no_instance_until_a_request_comes(tmp_path):
    began = time.monotonic()
    with cloud_of(tmp_path) as cloud:
        assert cloud.timeline() == []
        first, second = seen(cloud.url), seen(cloud.url)
        assert first["pid"] == second["pid"]
        until(lambda: cloud.timeline()[-1].phase is Phase.FROZEN)
        events = cloud.timeline()
    assert {event.environment for event in events} == {"instance 1"}
    phases = [event.phase for event in events]
    assert phases[:3] == [Phase.INIT, Phase.IDLE, Phase.INVOKE]
    moments = [began, *(event.at for event in events), time.monotonic()]
    assert moments == sorted(moments)


def test_between_requests_it_has_no_processor(tmp_path):
    with cloud_of(tmp_path) as cloud:
        seen(cloud.url)
        until(lambda: cloud.timeline()[-1].phase is Phase.FROZEN)
        first = seen(cloud.url)["beats"]
        until(lambda: cloud.timeline()[-1].phase is Phase.FROZEN)
        time.sleep(0.3)  # nothing tells that it does nothing
        assert seen(cloud.url)["beats"] - first < 100
        during = seen(cloud.url, "/do/sleep/0.5")["beats"]
        assert during - first > 100


def test_back_to_zero_by_sigterm(tmp_path):
    with cloud_of(tmp_path, idle_s=0.1) as cloud:
        pid = seen(cloud.url)["pid"]
        until(lambda: ends(cloud) == {"instance 1": "exit 7"})
        assert "instance 1 idle for 0.1 s: SIGTERM" in cloud.log()
        assert lives(cloud)["instance 1"][-2:] == [Phase.IDLE, Phase.ENDED]
        assert cloud.timeline()[-2].detail == "SIGTERM"
        assert seen(cloud.url)["pid"] != pid  # another cold start
        assert "instance 2" in lives(cloud)


def test_what_an_instance_has_started_ends_with_it(tmp_path):
    child = """
import subprocess
BEATS.append(subprocess.Popen(["sleep", "600"], start_new_session=True).pid)
"""
    with cloud_of(
        tmp_path, PROBE + child + HANDLES_TERM + MAIN, idle_s=0.1
    ) as cloud:
        pid = seen(cloud.url)["child"]
        assert psutil.pid_exists(pid)
        until(lambda: ends(cloud) == {"instance 1": "exit 7"})
        until(lambda: not runs(pid))


def runs(pid):
    with contextlib.suppress(psutil.NoSuchProcess):
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    return False


def test_a_request_in_time_keeps_it(tmp_path):
    with cloud_of(tmp_path, idle_s=1) as cloud:
        pids = {seen(cloud.url)["pid"]}
        seen(cloud.url, "/do/sleep/1.3")  # it is busy, so it is not idle
        pids.add(seen(cloud.url)["pid"])
        assert len(pids) == 1
        until(lambda: ends(cloud))


def test_sigkill_for_one_that_does_not_heed_sigterm(tmp_path):
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    with cloud_of(
        tmp_path, PROBE + deaf + MAIN, idle_s=0.1, stop_s=0.2
    ) as cloud:
        seen(cloud.url)
        until(lambda: ends(cloud) == {"instance 1": "SIGKILL"})
        assert any("0.2 s after SIGTERM" in line for line in cloud.log())


def test_many_requests_at_once_share_an_instance(tmp_path):
    with cloud_of(tmp_path, concurrency=3) as cloud:
        go = tmp_path / "go"
        asking = [Asking(cloud.url, f"/do/wait/{go}") for _ in range(3)]
        until(lambda: any(e.detail == "3 at once" for e in cloud.timeline()))
        go.touch()
        assert [one.reply[0] for one in asking] == [200] * 3
        assert list(lives(cloud)) == ["instance 1"]


def test_one_more_starts_another_and_the_most_is_the_most(tmp_path):
    with cloud_of(tmp_path, concurrency=1, instances=2, pending_s=1) as cloud:
        go = tmp_path / "go"
        asking = [Asking(cloud.url, f"/do/wait/{go}") for _ in range(3)]
        until(
            lambda: any(
                line.endswith("no available instance") for line in cloud.log()
            )
        )
        go.touch()
        replies = sorted(one.reply[0] for one in asking)
        assert replies == [200, 200, 429]
        [refused] = [o.reply[2] for o in asking if o.reply[0] == 429]
        assert refused == b"Rate exceeded."
        assert list(lives(cloud)) == ["instance 1", "instance 2"]


def test_who_was_refused_takes_no_place(tmp_path):
    with cloud_of(
        tmp_path, concurrency=1, instances=1, pending_s=0.3
    ) as cloud:
        seen(cloud.url)
        go = tmp_path / "go"
        asking = Asking(cloud.url, f"/do/wait/{go}")
        until(lambda: cloud.timeline()[-1].phase is Phase.INVOKE)
        until(lambda: ask(cloud.url, "/")[0] == 429)
        go.touch()
        assert asking.reply[0] == 200
        assert seen(cloud.url)


def test_who_waits_for_one_that_ends_gets_another(tmp_path):
    with cloud_of(tmp_path, concurrency=1, instances=1) as cloud:
        late = "/do/last/1"
        pid = seen(cloud.url)["pid"]
        first = Asking(cloud.url, late)
        until(lambda: cloud.timeline()[-1].phase is Phase.INVOKE)
        assert seen(cloud.url)["pid"] != pid
        first.join()


def test_who_waits_gets_the_next_that_is_free(tmp_path):
    with cloud_of(tmp_path, concurrency=1, instances=1) as cloud:
        asking = [Asking(cloud.url, "/do/sleep/0.1") for _ in range(4)]
        assert [one.reply[0] for one in asking] == [200] * 4
        assert list(lives(cloud)) == ["instance 1"]


def test_one_start_for_all_who_wait(tmp_path):
    slow = PROBE + "time.sleep(0.3)\n" + MAIN
    with cloud_of(tmp_path, slow, pending_s=0.1) as cloud:
        asking = [Asking(cloud.url, "/") for _ in range(8)]
        assert [one.reply[0] for one in asking] == [200] * 8
        assert list(lives(cloud)) == ["instance 1"]


def test_a_client_that_leaves_while_it_waits(tmp_path):
    with cloud_of(
        tmp_path, concurrency=1, instances=1, request_s=0.5
    ) as cloud:
        seen(cloud.url)
        first = Asking(cloud.url, "/do/sleep/0.4")
        until(lambda: cloud.timeline()[-1].phase is Phase.INVOKE)
        second = Asking(cloud.url, "/do/sleep/0.4")
        third = Asking(cloud.url, "/do/sleep/0.4")
        statuses = [one.reply[0] for one in (first, second, third)]
        assert statuses[0] == 200
        assert 504 in statuses[1:]
        assert seen(cloud.url)


def test_one_that_ends_by_itself_is_replaced(tmp_path):
    with cloud_of(tmp_path, concurrency=1, instances=1) as cloud:
        first = Asking(cloud.url, f"/do/wait/{tmp_path}/go")
        until(
            lambda: (
                cloud.timeline()[-1:]
                and cloud.timeline()[-1].phase is Phase.INVOKE
            )
        )
        second = Asking(cloud.url, "/")
        (tmp_path / "go").touch()
        assert (first.reply[0], second.reply[0]) == (200, 200)
        assert ask(cloud.url, "/do/exit/3")[0] == 503
        until(lambda: ends(cloud) == {"instance 1": "exit 3"})
        assert seen(cloud.url)


def test_one_that_listens_no_more(tmp_path):
    with cloud_of(tmp_path) as cloud:
        assert seen(cloud.url, "/do/deaf")
        assert ask(cloud.url, "/")[0] == 503
        assert "GET / 503: the response broke: nobody" in cloud.log()[-1]


def test_a_request_may_end_after_its_instance(tmp_path):
    with cloud_of(tmp_path) as cloud:
        address = cloud.url.removeprefix("http://")
        client = http.client.HTTPConnection(address)
        with contextlib.closing(client):
            client.request("GET", "/do/last/0.2")
            assert client.getresponse().status == 200  # and reads no more
            until(lambda: ends(cloud) == {"instance 1": "exit 0"})
        until(lambda: "GET /do/last/0.2" in cloud.log()[-1])
        assert cloud.timeline()[-1].phase is Phase.ENDED
        assert seen(cloud.url)


def test_the_end_of_one_that_was_frozen_is_seen(tmp_path):
    late = "threading.Timer(0.3, os._exit, [5]).start()\n"
    with cloud_of(tmp_path, PROBE + late + MAIN, concurrency=1) as cloud:
        seen(cloud.url)
        assert ask(cloud.url, "/do/sleep/5")[0] == 503
        until(lambda: ends(cloud) == {"instance 1": "exit 5"})


def test_too_much_memory(tmp_path):
    with cloud_of(tmp_path, memory_mb=64) as cloud:
        assert ask(cloud.url, "/do/eat/200")[0] == 503
        until(lambda: ends(cloud) == {"instance 1": "SIGKILL"})
        assert "instance 1 has exceeded its memory of 64 MB" in cloud.log()


def failing(cloud):
    """The sentence of a start that fails; the client gets 503."""
    assert ask(cloud.url, "/")[::2] == (503, b"Service Unavailable")
    [line] = [one for one in cloud.log() if "failed to" in one]
    return line


def test_one_that_ends_instead_of_listening(tmp_path):
    with cloud_of(tmp_path, "print('oh', end=''); raise SystemExit(4)") as (
        cloud
    ):
        assert failing(cloud).endswith("it has ended (exit 4).")
        assert "instance 1: oh" in cloud.log()
        assert lives(cloud) == {"instance 1": [Phase.INIT, Phase.ENDED]}


def test_one_that_listens_nowhere(tmp_path):
    with cloud_of(
        tmp_path, "import time; time.sleep(600)", start_s=0.3
    ) as cloud:
        assert failing(cloud).endswith("within 0.3 s.")


def test_one_that_listens_elsewhere_is_told_so(tmp_path):
    program = """
import socket, time
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1])
time.sleep(600)
"""
    with cloud_of(tmp_path, program, start_s=1) as cloud:
        assert failing(cloud).endswith("within 1 s.")
        [hint] = [line for line in cloud.log() if "yet" in line]
        [port] = [
            line.split()[-1] for line in cloud.log() if ": port " in line
        ]
        assert hint.endswith(f"it listens on {port}")


@pytest.mark.skipif(
    outside() == "127.0.0.1", reason="this machine has one loopback address"
)
def test_one_that_listens_on_127_0_0_1_alone(tmp_path):
    program = (PROBE + MAIN).replace('os.environ["HOST"]', '"127.0.0.1"')
    with cloud_of(tmp_path, program) as cloud:
        assert "it must listen on 0.0.0.0" in failing(cloud)


def test_a_program_that_is_not_there(tmp_path):
    image = write_image(tmp_path, dockerfile='CMD ["/no/such/program"]')
    with LocalCloudRun(image) as cloud:
        assert ask(cloud.url, "/")[0] == 503
        assert any(
            "/no/such/program cannot be run: " in line for line in cloud.log()
        )
        assert ends(cloud) == {"instance 1": "not started"}


def test_what_an_instance_prints(tmp_path):
    with cloud_of(tmp_path) as cloud:
        seen(cloud.url, "/do/print/half")
        seen(cloud.url, "/do/print/" + "x" * 50_000)
        seen(cloud.url, "/do/print/" + "x" * 50_000)
        until(lambda: any("xxx" in line for line in cloud.log()))
        [line] = [
            line for line in cloud.log() if line.startswith("instance 1: ")
        ]
        assert line.startswith("instance 1: halfxx")
