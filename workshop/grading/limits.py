"""What the judging of a submission may take."""

from dataclasses import dataclass

MB = 1024**2


@dataclass(frozen=True)
class Limits:
    """The most that all processes of one submission may take together.

    The solutions take a quarter of the memory and a tenth of the rest, on a
    machine that is not busy.
    """

    seconds: float = 120.0  # by the clock, for each answer
    memory_mb: int = 2_048
    disk_mb: int = 256
    processes: int = 128
    open_files: int = 4_096  # of each process
    output_bytes: int = 4 * MB  # that are read of the verdicts
