"""How a local Cloud Run is to run."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """What there may be of everything; times in seconds.

    The defaults are Cloud Run's ("Container runtime contract", "About
    instance autoscaling" and "Maximum concurrent requests", Google Cloud,
    read 2026-11), but for `instances`: there it is 100.
    """

    concurrency: int = 80  # requests at once to one instance of one CPU
    instances: int = 3
    idle_s: float = 900.0  # that an instance is kept for, without a request
    start_s: float = 240.0  # until it listens
    pending_s: float = 10.0  # or 3.5 times an average start, if that is more
    request_s: float = 300.0  # to the end of the response
    stop_s: float = 10.0  # from SIGTERM to SIGKILL
    memory_mb: int = 512


@dataclass(frozen=True)
class Settings:
    """What `workshop serve container` can be told."""

    context: str  # the folder that the Dockerfile copies from
    dockerfile: str = ""  # the context's own, when empty
    port: int = 8080  # 0 takes a free one
    limits: Limits = field(default_factory=Limits)
    while_stdin: bool = False  # end when standard input ends
