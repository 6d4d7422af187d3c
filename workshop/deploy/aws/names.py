"""What everything is called, and the tag that it carries.

All names begin with one word, so that nothing of anyone else's has to be
looked at to find what is ours. A name alone proves nothing: what lacks the
tag is never touched.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from workshop.errors import WorkshopError

PREFIX = "workshop-"
TAG_KEY, TAG_VALUE = "workshop", "serverless-from-the-wire-up"
TAGS = {TAG_KEY: TAG_VALUE}
TAG_LIST = [{"Key": TAG_KEY, "Value": TAG_VALUE}]  # as IAM writes it
LOG_GROUPS = f"/aws/lambda/{PREFIX}"  # how their names begin
ROLES = "/workshop/"  # where all roles are, of every region
ROLE_MOST = 64  # characters of a role's name ("IAM and STS quotas")
LETTERS = re.compile(r"[a-z0-9_-]+")
UNKNOWN_ACCOUNT = "ACCOUNT"  # its place in a dry run


@dataclass(frozen=True)
class Names:
    """The names of one function and what belongs to it.

    IAM knows no regions: the role has its own in its name and its path.
    """

    function: str
    region: str
    account: str = UNKNOWN_ACCOUNT
    partition: str = "aws"

    @property
    def function_arn(self) -> str:
        """The function, as other services name it."""
        return self._arn("lambda", f"function:{self.function}")

    @property
    def log_group(self) -> str:
        """Where Lambda writes what the function prints."""
        return f"/aws/lambda/{self.function}"

    @property
    def log_group_arn(self) -> str:
        """The same, as other services name it."""
        return self._arn("logs", f"log-group:{self.log_group}")

    @property
    def role(self) -> str:
        """The role that the function runs as."""
        return f"{self.function}-{self.region}"

    @property
    def role_arn(self) -> str:
        """The same, with its path, as other services name it."""
        return (
            f"arn:{self.partition}:iam::{self.account}:role"
            f"{role_path(self.region)}{self.role}"
        )

    def _arn(self, service: str, rest: str) -> str:
        where = f"{service}:{self.region}:{self.account}"
        return f"arn:{self.partition}:{where}:{rest}"


def role_path(region: str) -> str:
    """Where the roles of a region's functions are."""
    return f"{ROLES}{region}/"


def region_of(path: str) -> str:
    """The region whose roles have this path."""
    return path.removeprefix(ROLES).removesuffix("/")


def function_name(wanted: str, region: str) -> str:
    """A function's name, of what the learner calls it.

    Raises WorkshopError for one that AWS would not take.
    """
    # IAM does not tell names apart by case ("IAM and STS quotas", read
    # 2026-11): neither do we, or two functions would have one role.
    told = wanted.lower().removeprefix(PREFIX)
    name = PREFIX + told.replace("_", "-")
    most = ROLE_MOST - len(f"-{region}")
    if not LETTERS.fullmatch(name) or name == PREFIX or len(name) > most:
        raise WorkshopError(
            f"A function cannot be named {wanted!r}: a name has letters, "
            f"digits and -, with {PREFIX} before it at most {most} in all. "
            "Choose one with --name."
        )
    return name


def is_ours(tags: Mapping[str, str]) -> bool:
    """Whether what has these tags was made by the workshop."""
    return tags.get(TAG_KEY) == TAG_VALUE
