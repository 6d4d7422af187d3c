"""Every means of this machine to freeze, slow and limit a process."""

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from workshop.restraint import Means, best_means, clear, restrain, usable

# Four threads outside Python's lock: more than one processor's worth of work,
# so that a share is reached on a machine that is busy with other tests too.
BUSY = """
import hashlib, sys, threading, time

def work(until):
    while time.monotonic() < until:
        hashlib.pbkdf2_hmac("sha256", b"", b"", 300)

print("up", flush=True)
for line in sys.stdin:
    began, used = time.monotonic(), time.process_time()
    until = began + float(line)
    threads = [threading.Thread(target=work, args=[until]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    share = (time.process_time() - used) / (time.monotonic() - began)
    print(share, flush=True)
"""
# A processor that something else has, too, cannot be given: less than its
# share may be the machine's fault, and is measured again. More never is.
TRIES = 3
TAKES = "input(); held = bytearray(200 * 1024 * 1024); input()"
FORKS = """
import os, time
if os.fork() == 0:
    os.setsid()
    os.execve("/bin/sleep", ["sleep", "600"], {})
input()
"""
each_means = pytest.mark.parametrize(
    "means",
    [
        pytest.param(
            means,
            marks=pytest.mark.skipif(
                not usable(means), reason=f"{means} cannot be used here"
            ),
        )
        for means in Means
    ],
)


def control_groups():
    """Every control group of the workshop that is to be seen from here."""
    return {
        folder
        for folder, _, _ in os.walk("/sys/fs/cgroup")
        if Path(folder).name.startswith("workshop-")
    }


class Held:
    """A child under restraint, which a test talks with line by line."""

    def __init__(self, source, memory_mb, means, mark="test"):
        self.child = subprocess.Popen(
            [sys.executable, "-c", source],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.restraint = restrain(self.child.pid, mark, memory_mb, means)

    def say(self, line):
        self.child.stdin.write(f"{line}\n")
        self.child.stdin.flush()

    async def hear(self):
        return await asyncio.to_thread(self.child.stdout.readline)

    async def end(self):
        self.restraint.thaw()
        self.child.kill()
        await asyncio.to_thread(self.restraint.close)
        self.child.communicate()  # ends when nobody holds its output


def held(source, memory_mb, means, test):
    """Run the coroutine function `test` on a child under restraint."""

    async def run():
        it = Held(source, memory_mb, means)
        try:
            return await test(it)
        finally:
            await it.end()

    return asyncio.run(run())


def cpu_s(pid):
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def test_what_was_found_once_is_found_again():
    assert best_means() is best_means()


@each_means
@pytest.mark.parametrize("memory_mb", [128, 512, 1769])
def test_the_share_of_a_processor(means, memory_mb):
    target = memory_mb / 1769

    async def measure(it):
        await it.hear()
        it.restraint.throttle(target)
        for _ in range(TRIES):
            it.say(2.5)
            share = float(await it.hear())
            assert share < 1.1 * target
            if share > 0.9 * target:
                return
        pytest.fail(f"{share:.1%} of a processor, not {target:.1%}")

    held(BUSY, 512, means, measure)


@each_means
def test_it_is_not_slowed_before_it_is_throttled(means):
    async def measure(it):
        await it.hear()
        it.say(0.5)
        return float(await it.hear())

    assert held(BUSY, 512, means, measure) > 0.5


@each_means
def test_a_frozen_one_stands_still_and_goes_on(means):
    async def measure(it):
        await it.hear()
        it.restraint.throttle(0.5)
        it.say(1)
        await asyncio.sleep(0.1)
        it.restraint.freeze()
        await asyncio.sleep(0.1)  # a stop is not immediate
        before = cpu_s(it.child.pid)
        await asyncio.sleep(0.3)
        stood = cpu_s(it.child.pid) - before
        it.restraint.thaw()
        await it.hear()
        return stood, cpu_s(it.child.pid) - before

    stood, went_on = held(BUSY, 512, means, measure)
    assert stood == 0
    assert went_on > 0


@each_means
def test_what_takes_too_much_memory_is_killed(means):
    async def measure(it):
        it.say("")
        status = await asyncio.to_thread(it.child.wait)
        return status, it.restraint.out_of_memory()

    assert held(TAKES, 64, means, measure) == (-9, True)


@each_means
def test_what_stays_within_its_memory_is_not(means):
    async def measure(it):
        it.say("")
        await asyncio.sleep(0.3)
        return it.child.poll(), it.restraint.out_of_memory()

    assert held(TAKES, 400, means, measure) == (None, False)


@each_means
def test_nothing_is_left_when_it_closes(means):
    before = control_groups()

    async def measure(it):
        await it.hear()
        it.restraint.freeze()

    held(BUSY, 128, means, measure)
    assert control_groups() == before


@pytest.mark.skipif(
    best_means() is Means.SIGNALS, reason="signals cannot reach it"
)
def test_a_fork_that_hides_dies_with_its_group():
    async def measure(it):
        while not (forked := psutil.Process(it.child.pid).children()):
            await asyncio.sleep(0.01)
        while forked[0].name() != "sleep":
            await asyncio.sleep(0.01)
        return forked

    forked = held(FORKS, 128, None, measure)
    assert not psutil.wait_procs(forked, timeout=5)[1]


@pytest.mark.skipif(
    best_means() is Means.SIGNALS, reason="there are no control groups"
)
def test_a_mark_finds_what_its_maker_left_behind():
    async def leave():
        it = Held(BUSY, 128, None, mark="left-behind")
        await it.hear()
        it.restraint.freeze()
        return it

    it = asyncio.run(leave())
    assert any("left-behind" in group for group in control_groups())
    clear("another")
    assert it.child.poll() is None
    clear("left-behind")
    assert it.child.wait() == -9
    it.child.communicate()
    assert not any("left-behind" in group for group in control_groups())


def test_looking_leaves_no_control_group_and_no_process():
    before = control_groups()
    for means in Means:
        usable(means)
    assert control_groups() == before
    assert not [
        child
        for child in psutil.Process().children()
        if "input()" in " ".join(child.cmdline())
    ]
