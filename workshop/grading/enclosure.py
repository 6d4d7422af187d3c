"""The program that shuts a command in, and keeps it until it ends.

`python -I -S enclosure.py PLAN COMMAND...`, the plan as JSON. On Linux it
makes namespaces of its own for users, mounts, processes, network and IPC
(namespaces(7); a user needs no right for that where user_namespaces(7) are
allowed). In them

- the command's process is number 1: with it ends all that it has started,
  whatever that has done to get away (pid_namespaces(7));
- no network is there but loopback;
- every file is read-only (mount_setattr(2), Linux 5.12), except in one
  folder, which is in memory and limited in size;
- hidden folders are empty, except for what is shown in them.

Without namespaces it keeps the limits alone, and adopts what the command
leaves behind, so that whoever watches it finds that among its children.

It needs the standard library alone, and nothing of the user's: it is run
before anything else is trusted.
"""

import ctypes
import json
import os
import resource
import signal
import socket
import struct
import sys
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path
from typing import Any

FAILED = 125  # the status where the command cannot be shut in

# From the headers of Linux: sched.h, mount.h, fcntl.h, prctl.h, sockios.h.
CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC = 1, 2, 4, 8
MS_PRIVATE = 1 << 18
MOUNT_ATTR_RDONLY = 1
AT_FDCWD = -100
AT_RECURSIVE = 0x8000
OPEN_TREE_CLONE = 1
MOVE_MOUNT_F_EMPTY_PATH = 4
SYS_OPEN_TREE, SYS_MOVE_MOUNT, SYS_MOUNT_SETATTR = 428, 429, 442
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1

SOMEBODY = 1000  # who root is in there: nobody special
COVER = "size=1m,mode=755"  # of what lies over a hidden folder

Plan = dict[str, Any]


def main() -> int:
    """Run the command as planned; its exit status, or 128 and its signal."""
    plan: Plan = json.loads(sys.argv[1])
    _on_linux(_prctl, PR_SET_PDEATHSIG, signal.SIGKILL)
    if plan["closed"]:
        try:
            _leave(plan)
        except OSError as error:
            print(error, file=sys.stderr)
            return FAILED
    else:
        _on_linux(_prctl, PR_SET_CHILD_SUBREAPER, 1)
    child = os.fork()
    if child == 0:
        _become(plan, sys.argv[2:])
    while True:
        ended, status = os.wait()  # what was adopted is waited for, too
        if ended == child:
            _end_adopted()
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _end_adopted() -> None:
    """End every process that was adopted, and what comes after it."""
    while True:
        for pid in _children():
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def _children() -> list[int]:
    """The processes whose parent this one is, as far as /proc tells."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # The name may hold any character, but is the last in brackets.
            parent = path.read_bytes().rpartition(b")")[2].split()[1]
            if int(parent) == os.getpid():
                found.append(int(path.parent.name))
    return found


def _become(plan: Plan, command: list[str]) -> None:
    """In the child: the last steps, then the command; never returns."""
    try:
        _on_linux(_prctl, PR_SET_PDEATHSIG, signal.SIGKILL)
        if plan["closed"]:
            # Of its own processes alone, and no setting of the kernel can be
            # written in it, not even by root.
            options = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC
            _mount("proc", "/proc", "proc", options)
        _on_linux(_prctl, PR_SET_NO_NEW_PRIVS, 1)
        for name, most in plan["limits"].items():
            _limit(getattr(resource, name), most)
        os.execv(command[0], command)
    except OSError as error:
        print(error, file=sys.stderr)
    finally:
        os._exit(FAILED)


def _limit(number: int, most: int) -> None:
    """Set a resource limit, or as much of it as may be set."""
    _, hard = resource.getrlimit(number)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with suppress(OSError, ValueError):
        resource.setrlimit(number, (most, most))


def _leave(plan: Plan) -> None:
    """Go into namespaces of its own; OSError where that cannot be."""
    user, group = os.getuid(), os.getgid()
    _call(
        "unshare",
        CLONE_NEWUSER
        | CLONE_NEWNS
        | CLONE_NEWPID
        | CLONE_NEWNET
        | CLONE_NEWIPC,
    )
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user or SOMEBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group or SOMEBODY} {group} 1")
    _raise_loopback()
    _set_read_only("/", AT_RECURSIVE)
    _cover(plan["hidden"], plan["shown"])
    size = f"size={plan['room_bytes']},mode=700"
    _mount("tmpfs", plan["room"], "tmpfs", MS_NOSUID | MS_NODEV, size)
    for name in plan["folders"]:
        os.mkdir(os.path.join(plan["room"], name))
    if os.path.isdir("/dev/shm"):
        _mount("tmpfs", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "size=8m")


def _cover(hidden: list[str], shown: list[str]) -> None:
    """Make folders empty, except for what is shown in them.

    From the outside in: what is hidden in a folder that is shown is hidden.
    """
    trees = {path: _clone(path) for path in shown}
    covers = []
    for path in sorted({*hidden, *shown}, key=lambda one: Path(one).parts):
        if path in hidden and os.path.isdir(path):
            _mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, COVER)
            covers.append(path)
        if path in trees:
            os.makedirs(path, exist_ok=True)
            _put(trees[path], path)
    for path in covers:
        _set_read_only(path)
    os.chdir(os.getcwd())  # it may lie under a cover now


def _clone(path: str) -> int:
    """What is mounted at a path, held by a file descriptor."""
    flags = OPEN_TREE_CLONE | AT_RECURSIVE | os.O_CLOEXEC
    return _call("syscall", SYS_OPEN_TREE, AT_FDCWD, path.encode(), flags)


def _put(tree: int, path: str) -> None:
    _call(
        *("syscall", SYS_MOVE_MOUNT, tree, b"", AT_FDCWD, path.encode()),
        MOVE_MOUNT_F_EMPTY_PATH,
    )
    os.close(tree)


def _set_read_only(path: str, flags: int = 0) -> None:
    # attr_set, attr_clr, propagation, userns_fd
    attributes = struct.pack("4Q", MOUNT_ATTR_RDONLY, 0, MS_PRIVATE, 0)
    _call(
        *("syscall", SYS_MOUNT_SETATTR, AT_FDCWD, path.encode(), flags),
        *(attributes, len(attributes)),
    )


def _mount(
    source: str, target: str, kind: str, flags: int, options: str = ""
) -> None:
    _call(
        *("mount", source.encode(), target.encode(), kind.encode()),
        *(ctypes.c_ulong(flags), options.encode()),
    )


def _raise_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        asked = struct.pack("16sh22x", b"lo", 0)
        (flags,) = struct.unpack_from(
            "h", ioctl(any_socket, SIOCGIFFLAGS, asked), 16
        )
        raised = struct.pack("16sh22x", b"lo", flags | IFF_UP)
        ioctl(any_socket, SIOCSIFFLAGS, raised)


def _on_linux(step: Any, *arguments: int) -> None:
    if sys.platform == "linux":
        step(*arguments)


def _prctl(option: int, value: int) -> None:
    _call("prctl", option, value, 0, 0, 0)


def _call(name: str, *arguments: Any) -> int:
    """Call the C library; OSError says what it could not do."""
    library = ctypes.CDLL(None, use_errno=True)
    result: int = library[name](*arguments)
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    sys.exit(main())
