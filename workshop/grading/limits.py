"""What the judging of one answer may take."""

from dataclasses import dataclass

MB = 1024**2


@dataclass(frozen=True)
class Limits:
    """The most that all processes of one answer may take together.

    The solutions take a tenth of each on a machine that is not busy.
    """

    seconds: float = 120.0  # by the clock
    memory_mb: int = 2_048
    disk_mb: int = 256
    processes: int = 128
    open_files: int = 4_096  # of each process
    output_bytes: int = 4 * MB  # that are read of the verdicts
