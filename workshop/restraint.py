"""Holding a process back: frozen, slowed to a CPU share, kept to its memory.

Linux can do it with control groups, of version 2 or 1. Where neither may be
written, signals do it: stop and go by turns, in step with the CPU time that
the process has used. That works everywhere and is coarser: only the process
itself is measured, not what it forks.
"""

import contextlib
import errno
import functools
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path

import psutil

PERIOD_US = 20_000  # in which a process may use its share, as on AWS
LEAST_QUOTA_US = 1_000  # the kernel takes no smaller one


class Means(StrEnum):
    """What can hold a process back."""

    CGROUP_V2 = "cgroup v2"
    CGROUP_V1 = "cgroup v1"
    SIGNALS = "signals"  # SIGSTOP and SIGCONT by turns


class Restraint(ABC):
    """What holds one process, and all that it forks, back."""

    @abstractmethod
    def freeze(self) -> None:
        """Stop every process of it where it stands."""

    @abstractmethod
    def thaw(self) -> None:
        """Let a frozen one go on."""

    @abstractmethod
    def throttle(self, share: float) -> None:
        """Hold it to a share of one processor; 2.0 is two processors."""

    @abstractmethod
    def out_of_memory(self) -> bool:
        """Whether one of its processes was killed for its memory."""

    @abstractmethod
    def close(self) -> None:
        """Kill what is left of it and give back what held it; may wait."""


def restrain(
    pid: int, mark: str, memory_mb: int, means: Means | None = None
) -> Restraint:
    """Take hold of a process that has just been started.

    What takes more than `memory_mb` MB (1024 * 1024 bytes) is killed. What
    is made for it bears the mark, by which `clear` finds it again. Needs a
    running event loop, since signals come from there, and raises OSError
    when the means that was asked for does not work.
    """
    match means or best_means():
        case Means.CGROUP_V2:
            return _GroupV2(_group_name(mark, str(pid)), pid, memory_mb)
        case Means.CGROUP_V1:
            return _GroupsV1(_group_name(mark, str(pid)), pid, memory_mb)
    return _Signals(pid, memory_mb)


def clear(mark: str) -> None:
    """Kill what is left in control groups with this mark, and remove them."""
    _empty_and_remove(groups_of(mark))


def groups_of(mark: str) -> list[Path]:
    """Every control group with this mark."""
    parents = {
        parent
        for means in (Means.CGROUP_V2, Means.CGROUP_V1)
        for parent in _parents(means).values()
    }
    name = _group_name(mark, "*")
    return [group for parent in parents for group in parent.glob(name)]


@functools.cache
def best_means() -> Means:
    """The best means that this machine allows."""
    return next(means for means in Means if usable(means))


def usable(means: Means) -> bool:
    """Whether this machine allows it, found by trying it on a process."""
    if means is Means.SIGNALS:
        return True
    with subprocess.Popen(
        [sys.executable, "-ISc", "input()"], stdin=subprocess.PIPE
    ) as child:
        restraint = None
        try:
            restraint = restrain(child.pid, f"try-{os.getpid()}", 64, means)
            restraint.throttle(0.5)
            restraint.freeze()
            restraint.thaw()
        except OSError:
            return False
        else:
            return True
        finally:
            child.kill()
            child.wait()
            if restraint:
                restraint.close()


# Control groups


def _group_name(mark: str, which: str) -> str:
    return f"workshop-{mark[:20]}-{which}"


def _parents(means: Means) -> dict[str, Path]:
    """By controller, the group in which one for a child can be made."""
    mounts: dict[str, Path] = {}
    parents: dict[str, Path] = {}
    try:
        for line in Path("/proc/self/mounts").read_text().splitlines():
            _, folder, kind, options, *_ = line.split()
            if kind == "cgroup2":
                mounts[""] = Path(folder)
            elif kind == "cgroup":
                for option in options.split(","):
                    mounts.setdefault(option, Path(folder))
        own_groups = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:  # not Linux
        return {}
    for line in own_groups:
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            if root := mounts.get(controller):
                parents[controller] = root / path.lstrip("/")
    if means is Means.CGROUP_V1:
        parents.pop("", None)
        return parents
    if "" not in parents:
        return {}
    # Only the root may hold processes and limited groups at once: elsewhere,
    # the new one stands beside the one we are in.
    own = parents[""]
    return {"": own if own == mounts[""] else own.parent}


class _Groups(Restraint):
    """Control groups made for one process: `folders` lists them."""

    def __init__(self, folders: list[Path]) -> None:
        self.folders = folders

    def take(self, pid: int, settings: dict[Path, str]) -> None:
        """Make the groups, write the settings, and move the process in.

        Its children too: it may have forked already. None is left behind
        when one cannot be made.
        """
        try:
            for folder in self.folders:
                folder.mkdir()
            for file, value in settings.items():
                file.write_text(value)
            to_move = [pid]
            while to_move:
                moved = to_move.pop()
                self._move(moved)
                to_move += _children(moved)
        except OSError:
            self.close()
            raise

    def _move(self, pid: int) -> None:
        for folder in self.folders:
            try:
                (folder / "cgroup.procs").write_text(str(pid))
            except ProcessLookupError:
                return  # it has ended already

    def close(self) -> None:
        _empty_and_remove(self.folders)


class _GroupV2(_Groups):
    def __init__(self, name: str, pid: int, memory_mb: int) -> None:
        parents = _parents(Means.CGROUP_V2)
        if not parents:
            raise FileNotFoundError(errno.ENOENT, "no cgroup v2")
        self._group = parents[""] / name
        super().__init__([self._group])
        with contextlib.suppress(OSError):  # they are on, or mkdir will tell
            control = parents[""] / "cgroup.subtree_control"
            control.write_text("+cpu +memory")
        self.take(
            pid, {self._group / "memory.max": str(memory_mb * 1024 * 1024)}
        )
        with contextlib.suppress(OSError):  # a kernel without swap
            (self._group / "memory.swap.max").write_text("0")

    def freeze(self) -> None:
        (self._group / "cgroup.freeze").write_text("1")

    def thaw(self) -> None:
        (self._group / "cgroup.freeze").write_text("0")

    def throttle(self, share: float) -> None:
        quota = f"{_quota_us(share)} {PERIOD_US}"
        (self._group / "cpu.max").write_text(quota)

    def out_of_memory(self) -> bool:
        events = (self._group / "memory.events").read_text()
        return _count(events, "oom_kill") > 0


class _GroupsV1(_Groups):
    def __init__(self, name: str, pid: int, memory_mb: int) -> None:
        parents = _parents(Means.CGROUP_V1)
        try:
            folders = [
                parents[controller] / name
                for controller in ("cpu", "memory", "freezer")
            ]
        except KeyError as error:
            raise FileNotFoundError(
                errno.ENOENT, f"no cgroup v1 for {error}"
            ) from error
        self._cpu, self._memory, self._freezer = folders
        super().__init__(list(dict.fromkeys(folders)))
        limit = str(memory_mb * 1024 * 1024)
        settings = {
            self._cpu / "cpu.cfs_period_us": str(PERIOD_US),
            self._memory / "memory.limit_in_bytes": limit,
        }
        with_swap = self._memory / "memory.memsw.limit_in_bytes"
        if (with_swap.parent.parent / with_swap.name).exists():
            settings[with_swap] = limit
        self.take(pid, settings)

    def freeze(self) -> None:
        (self._freezer / "freezer.state").write_text("FROZEN")

    def thaw(self) -> None:
        (self._freezer / "freezer.state").write_text("THAWED")

    def throttle(self, share: float) -> None:
        (self._cpu / "cpu.cfs_quota_us").write_text(str(_quota_us(share)))

    def out_of_memory(self) -> bool:
        control = (self._memory / "memory.oom_control").read_text()
        return _count(control, "oom_kill") > 0


def _quota_us(share: float) -> int:
    return max(round(share * PERIOD_US), LEAST_QUOTA_US)


def _count(lines: str, name: str) -> int:
    """The number that stands after a name in a control group's file."""
    for line in lines.splitlines():
        if line.startswith(f"{name} "):
            return int(line.split()[1])
    return 0


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    except OSError:
        return []
    return [int(child) for child in text.split()]


def _empty_and_remove(groups: Iterable[Path]) -> None:
    """Kill what the groups still hold, and remove them when that is gone."""
    left = list(groups)
    while left:
        for group in left:
            _kill_members(group)
        for group in left:
            with contextlib.suppress(OSError):  # a frozen one would not die
                (group / "freezer.state").write_text("THAWED")
        left = [group for group in left if not _removed(group)]
        time.sleep(0.001 if left else 0)


def _kill_members(group: Path) -> None:
    with contextlib.suppress(OSError):
        for pid in (group / "cgroup.procs").read_text().split():
            os.kill(int(pid), signal.SIGKILL)


def _removed(group: Path) -> bool:
    try:
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        return False
    return True


# Signals

LOOK_S = 0.001  # how often a process that may run is looked at
WATCH_S = 0.02  # the same where only its memory is watched


class _Signals(Restraint):
    """Stop and go by turns, from the event loop it was made in.

    CPU time is an account: the share flows in, what the process uses flows
    out. It is stopped when the account is empty, and goes on when it holds
    one period's share, which is also the most that it can hold. So what one
    turn uses too much, the next pause makes up for.
    """

    def __init__(self, pid: int, memory_mb: int) -> None:
        import asyncio  # here, as the warden starts sooner without it

        self._pid = pid
        self._memory_mb = memory_mb
        self._share = 0.0  # of a processor; 0 is not throttled
        self._killed = False
        self._loop = asyncio.get_running_loop()
        self._next_look = self._loop.call_soon(self._look)
        self._stopped = False
        self._account_s = 0.0
        self._used_s = 0.0
        self._looked_at = 0.0

    def freeze(self) -> None:
        self._next_look.cancel()
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)
        self._stopped = False
        self._open_account()

    def throttle(self, share: float) -> None:
        self._share = share if share < (os.cpu_count() or 1) else 0.0
        self._open_account()

    def out_of_memory(self) -> bool:
        return self._killed

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._next_look.cancel)
        self._signal(signal.SIGKILL)

    def _open_account(self) -> None:
        self._account_s = self._share * PERIOD_US / 1e6
        self._looked_at = time.monotonic()
        self._next_look.cancel()
        with contextlib.suppress(OSError, psutil.Error):
            self._used_s = _cpu_s(self._pid)
            self._next_look = self._loop.call_soon(self._look)

    def _look(self) -> None:
        try:
            self._watch_memory()
            wait_s = self._take_turns() if self._share else WATCH_S
        except (OSError, psutil.Error):
            return  # it has ended
        self._next_look = self._loop.call_later(wait_s, self._look)

    def _take_turns(self) -> float:
        """Stop it or let it go; returns the time until the next look."""
        now, used_s = time.monotonic(), _cpu_s(self._pid)
        full_s = self._share * PERIOD_US / 1e6
        self._account_s += self._share * (now - self._looked_at)
        self._account_s -= used_s - self._used_s
        self._account_s = min(self._account_s, full_s)
        self._looked_at, self._used_s = now, used_s
        if self._account_s <= 0 and not self._stopped:
            self._signal(signal.SIGSTOP)
            self._stopped = True
        elif self._account_s >= full_s * 0.99 and self._stopped:
            self._signal(signal.SIGCONT)
            self._stopped = False
        if self._stopped:
            return (full_s - self._account_s) / self._share
        return LOOK_S

    def _watch_memory(self) -> None:
        resident: int = psutil.Process(self._pid).memory_info().rss
        if resident > self._memory_mb * 1024 * 1024:
            self._killed = True
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._pid, number)


def _cpu_s(pid: int) -> float:
    """CPU time that a process has used, in seconds."""
    if sys.platform == "linux":
        # The clock of another process: ~pid << 3, and 2 for CPU time
        # (clock_getcpuclockid in glibc; Python has no name for it).
        return time.clock_gettime(~pid << 3 | 2)
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system
