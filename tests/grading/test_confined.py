"""Commands that mean harm, shut in by every means of this machine."""

import asyncio
import contextlib
import os
import secrets
import socket
import sys
from pathlib import Path

import psutil
import pytest

from workshop.grading.confined import (
    MARK,
    PROOF,
    Means,
    Place,
    run,
)
from workshop.grading.limits import Limits
from workshop.leftovers import marked
from workshop.repository import ROOT

SMALL = Limits(
    seconds=60, memory_mb=200, disk_mb=8, processes=20, output_bytes=10_000
)


@contextlib.contextmanager
def place_of(folder, means, *hidden):
    mark = secrets.token_hex(8)
    yield Place(folder, mark, means, hidden)
    assert marked(mark) == []
    assert list(folder.iterdir()) == []


def python(program):
    return lambda given: (sys.executable, "-I", "-c", program, str(given))


@pytest.fixture(params=Means)
def end_of(request, tmp_path):
    """Run a program by each means of this machine: how it ended."""
    if request.param is Means.NAMESPACES:
        request.getfixturevalue("closed")

    def end_of(program, limits=SMALL, files=()):
        with place_of(tmp_path, request.param) as place:
            return asyncio.run(
                run(python(program), dict(files), place, limits)
            )

    return end_of


@pytest.fixture
def shut_in(closed, tmp_path):
    """Run a program in namespaces: how it ended."""

    def end_of(program, *hidden):
        with place_of(tmp_path, Means.NAMESPACES, *hidden) as place:
            return asyncio.run(run(python(program), {}, place, SMALL))

    return end_of


def test_what_it_says_and_how_it_ends(end_of):
    program = "import sys; print(open(sys.argv[1] + '/a').read()); "
    end = end_of(program + "sys.exit('last words')", files={"a": b"given"})
    assert (end.status, end.output) == (1, b"given\n")
    assert (end.last_words, end.stopped) == ("last words", "")
    assert end.seconds > 0


def test_one_that_a_signal_ends(end_of):
    program = "import os; os.kill(os.getpid(), 11)"
    # Number 1 of a namespace does not get what it has no handler for.
    assert end_of(f"import os\nif not os.fork(): {program}").status in (0, 139)


def test_one_that_hangs(end_of):
    end = end_of("while True: pass", Limits(seconds=0.5))
    assert end.stopped.startswith("it took over 0.5 s.")


def test_each_part_has_its_own_time(tmp_path):
    program = "import time\nfor _ in range(2):"
    program += "\n  print('part', flush=True); time.sleep(3)"
    limits = Limits(seconds=5)
    with place_of(tmp_path, Means.LIMITS) as place:
        end = asyncio.run(run(python(program), {}, place, limits, b"part"))
    assert (end.stopped, end.output) == ("", b"part\npart\n")
    assert end.seconds > limits.seconds


def test_one_that_prints_for_ever(end_of):
    program = "import sys\nwhile True: print('x' * 99); sys.stderr.write('y')"
    end = end_of(program, Limits(seconds=1, output_bytes=10_000))
    assert end.stopped
    assert len(end.output) == 10_000
    assert len(end.last_words) <= 2_000


def test_one_that_forks(end_of):
    program = "import os, time\nfor _ in range(5): os.fork()\ntime.sleep(60)"
    assert end_of(program).stopped == "it runs over 20 processes at once"


def test_one_that_takes_memory_in_many_processes(end_of):
    program = (
        "import os, time\nfor _ in range(2): os.fork()\n"
        "held = bytearray(os.urandom(1)) * (90 * 1024**2)\ntime.sleep(60)"
    )
    assert end_of(program).stopped == "it takes over 200 MB of memory"


def test_one_that_fills_the_disk(end_of):
    program = (
        "import os, time\n"
        "for number in range(9):\n"
        "    path = os.environ['TMPDIR'] + f'/{number}'\n"
        "    open(path, 'wb').write(bytes(2 * 1024**2))\n"
        "time.sleep(60)"
    )
    end = end_of(program)
    assert "take over 8 MB" in end.stopped or "No space" in end.last_words


def test_a_file_is_not_longer_than_all_may_be(end_of):
    program = (
        "import os\n"
        "open(os.environ['TMPDIR'] + '/1', 'wb').write(bytes(9 * 1024**2))"
    )
    end = end_of(program)
    assert end.status
    assert "File too large" in end.last_words or "space" in end.last_words


# Forks twice, so that nobody waits for it, in a session and an environment
# of its own.
AWAY = """
import os, sys, time
if not os.fork():
    os.setsid()
    if not os.fork():
        sleep = "import time; time.sleep(600)"
        program = [sys.executable, "-I", "-c", sleep, "NAME"]
        os.execve(sys.executable, program, {})
    os._exit(0)
os.wait()
"""


def named(name):
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            found += [process] if name in process.cmdline() else []
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="Linux adopts orphans")
@pytest.mark.parametrize("then", ["", "time.sleep(60)"])
def test_one_that_gets_away_is_ended_all_the_same(end_of, then):
    name = secrets.token_hex(8)
    end_of(AWAY.replace("NAME", name) + then, Limits(seconds=1))
    assert named(name) == []


def test_nothing_of_the_users_is_in_its_environment(end_of, monkeypatch):
    for name in ("AWS_SECRET_ACCESS_KEY", "AZURE_CLIENT_SECRET", "OTHER"):
        monkeypatch.setenv(name, "secret")
    end = end_of(
        "import os; print(dict(os.environ)); print(os.listdir("
        "os.environ['HOME']) == os.listdir(os.environ['TMPDIR']) == [])"
    )
    said = end.output.decode()
    assert "secret" not in said
    assert MARK in said
    assert said.endswith("True\n")


def test_its_input_is_empty_and_it_leaves_no_core_file(end_of):
    end = end_of(
        "import sys, resource; print(repr(sys.stdin.read()), "
        "resource.getrlimit(resource.RLIMIT_CORE))"
    )
    assert end.output == b"'' (0, 0)\n"


def test_what_cannot_be_run(end_of, tmp_path):
    with place_of(tmp_path, Means.LIMITS) as place:
        end = asyncio.run(run(lambda _: ["/nowhere"], {}, place, SMALL))
    assert end.status == 125
    assert "No such file" in end.last_words


@pytest.mark.parametrize("turns", range(1, 7))  # of the loop; one starts it
def test_one_that_is_cancelled_leaves_nothing(tmp_path, turns):
    async def cancel(place):
        command = python("import os, time; os.fork(); time.sleep(600)")
        task = asyncio.create_task(run(command, {}, place, SMALL))
        for _ in range(turns):
            await asyncio.sleep(0)
        while len(marked(place.mark)) < 3:
            pass  # without a turn: its start may not be over
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with place_of(tmp_path, Means.LIMITS) as place:
        asyncio.run(cancel(place))


# What namespaces keep it from


def test_it_can_write_nowhere_else(shut_in):
    victims = [ROOT / "tests" / "x", ROOT / "solutions" / "x", Path("/x")]
    victims += [Path.home() / "x", Path("/tmp/x")]
    end = shut_in(
        "import os, sys\n"
        f"for path in {[str(one) for one in victims]}:\n"
        "    try: open(path, 'w')\n"
        "    except OSError as error: print(error.strerror)\n"
        "try: os.remove(sys.argv[1])\n"
        "except OSError as error: print(error.strerror)"
    )
    said = end.output.decode().splitlines()
    assert len(said) == len(victims) + 1
    assert not any(one.exists() for one in victims)
    assert os.path.exists(ROOT / "tests")


def test_it_cannot_set_the_kernel(shut_in):
    end = shut_in("open('/proc/sys/kernel/core_pattern', 'r+')")
    assert "Read-only file system" in end.last_words


def test_its_files_are_read_only(shut_in, closed, tmp_path):
    with place_of(tmp_path, Means.NAMESPACES) as place:
        program = "import os, sys; os.remove(sys.argv[1] + '/a')"
        end = asyncio.run(run(python(program), {"a": b""}, place, SMALL))
    assert "Read-only file system" in end.last_words


def test_it_cannot_take_the_write_protection_off(shut_in):
    end = shut_in(
        "import ctypes\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "ro_off = 4096 | 32\n"
        "print(libc.mount(b'', b'/', b'', ro_off, b''))\n"
        "print(libc.unshare(0x10020000))\n"
        "print(libc.mount(b'', b'/', b'', ro_off, b''))\n"
        f"open({str(ROOT / 'x')!r}, 'w')"
    )
    assert end.output.split()[0::2] == [b"-1", b"-1"]
    assert "Read-only file system" in end.last_words


def test_homes_and_others_submissions_are_empty(shut_in, tmp_path):
    (tmp_path.parent / "others").mkdir(exist_ok=True)
    other = tmp_path.parent / "others" / "answer"
    other.write_text("secret")
    end = shut_in(
        "import os, tempfile\n"
        f"print(os.path.exists({str(other)!r}))\n"
        f"print(os.path.exists({str(ROOT / 'tests')!r}))\n"
        f"print(os.path.exists({str(ROOT / 'notebooks' / 'x')!r}))\n"
        f"print(os.listdir({str(ROOT / 'notebooks')!r}))\n"
        f"print([f for f in os.listdir({str(Path.home())!r}) "
        "if f in ('.aws', '.azure', '.ssh', '.config')])",
        tmp_path.parent / "others",
        ROOT / "notebooks",
    )
    said = end.output.decode().split("\n")
    assert said == ["False", "True", "False", "[]", "[]", ""]


def test_no_network_is_there_but_a_loopback_of_its_own(shut_in):
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        end = shut_in(
            "import socket\n"
            "with socket.create_server(('127.0.0.1', 0)) as own:\n"
            "    socket.create_connection(own.getsockname()).close()\n"
            f"for where in ('127.0.0.1', {port}), ('192.0.2.1', 80):\n"
            "    try: socket.create_connection(where, timeout=5)\n"
            "    except OSError as error: print(error.strerror)\n"
        )
    assert end.last_words == ""
    assert end.output.decode().splitlines() == [
        "Connection refused",
        "Network is unreachable",
    ]


def test_it_sees_no_process_but_its_own(shut_in):
    end = shut_in(
        "import os; print(os.getpid(), "
        "[f for f in os.listdir('/proc') if f.isdecimal()])"
    )
    assert end.output == b"1 ['1']\n"


def test_what_is_not_closed_is_not_taken_for_it(tmp_path):
    with place_of(tmp_path, Means.LIMITS) as place:
        end = asyncio.run(run(python(PROOF), {}, place, SMALL))
    assert end.output == b""
    assert "it sees other processes" in end.last_words


@pytest.mark.parametrize("word", ["", "namespace", "none"])
def test_a_means_that_there_is_not_is_refused(tmp_path, word):
    with pytest.raises(ValueError, match="not a valid Means"):
        Place(tmp_path, "mark", word)


def test_a_means_in_letters_closes_as_well(closed, tmp_path):
    with place_of(tmp_path, "namespaces") as place:
        assert place.is_closed
        program = "import os; print(os.getpid())"
        end = asyncio.run(run(python(program), {}, place, SMALL))
    assert end.output == b"1\n"
