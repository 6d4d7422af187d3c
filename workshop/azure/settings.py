"""How a local Functions host is to run."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """What `workshop serve azure` can be told."""

    app: str  # the function app's folder
    port: int = 7071  # 0 takes a free one
    # That a handler may take until it listens; None leaves it to host.json.
    ready_s: float | None = None
    verbose: bool = False  # print Debug lines, too
    kernel: tuple[str, ...] = ()  # files that the app needs and does not have
    while_stdin: bool = False  # end when standard input ends
