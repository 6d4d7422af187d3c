"""How a local Lambda is to run."""

from dataclasses import dataclass, field

from workshop.aws.placement import Limits


@dataclass(frozen=True)
class Settings:
    """What `workshop serve aws` can be told."""

    port: int  # 0 takes a free one
    credentials: str = ""  # KEY:SECRET; random when empty
    limits: Limits = field(default_factory=Limits)
    quiet: bool = False  # print no function's log
    while_stdin: bool = False  # end when standard input ends
