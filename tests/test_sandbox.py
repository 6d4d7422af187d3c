"""What can hold a process to a share of a processor, on this machine."""

import os
from pathlib import Path

from workshop.sandbox import Throttling, throttling


def control_groups() -> set[str]:
    """Every control group that is to be seen from here."""
    return {
        folder
        for folder, _, _ in os.walk("/sys/fs/cgroup")
        if Path(folder).name.startswith("workshop-")
    }


def test_there_is_always_a_means() -> None:
    assert throttling() in Throttling


def test_what_was_found_once_is_found_again() -> None:
    assert throttling() is throttling()


def test_looking_leaves_no_control_group_behind() -> None:
    before = control_groups()
    throttling()
    assert control_groups() == before


def test_looking_leaves_no_process_behind() -> None:
    throttling()
    try:
        ended = os.waitpid(-1, os.WNOHANG)[0]
    except ChildProcessError:
        return
    assert ended == 0, f"process {ended} was not waited for"
