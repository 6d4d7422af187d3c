"""What things are called in the account, and the tag that says whose they are.

The names of a storage account and of an app are taken once in all of Azure,
so they end in a part that follows from the subscription and the target: the
same command finds again what it has made before. The rules are those of
"Naming rules and restrictions for Azure resources", read 2026-11.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from workshop.errors import WorkshopError

PREFIX = "workshop"
TAG_KEY, TAG_VALUE = "workshop", "serverless-from-the-wire-up"
TAGS = {TAG_KEY: TAG_VALUE}
LONGEST_TARGET = 14  # the app's name then has 32 characters, as Flex wants
PACKAGES = "packages"  # the container with the zips that were deployed
DEPLOYED = "app-package"  # the container that Flex Consumption starts from


@dataclass(frozen=True)
class Names:
    """The names of all that one deployment makes."""

    group: str
    storage: str  # 3 to 24 small letters and digits
    plan: str
    app: str  # 2 to 60 letters, digits and hyphens


def names_of(subscription: str, target: str) -> Names:
    """The names for a target, such as "python", in a subscription."""
    digest = sha256(f"{subscription.lower()}/{target}".encode()).hexdigest()
    app = f"{PREFIX}-{target[:LONGEST_TARGET].strip('-')}-{digest[:8]}"
    return Names(
        f"{PREFIX}-{target}", f"{PREFIX}{digest[:16]}", f"{app}-plan", app
    )


def target_of(source: Path, chosen: str = "") -> str:
    """What a target is called: as was chosen, or as its file or folder.

    Raises WorkshopError where that leaves nothing to make a name of.
    """
    text = (chosen or source.resolve().stem).lower()
    target = re.sub("[^a-z0-9]+", "-", text)[:40].strip("-")
    if not target:
        raise WorkshopError(
            f"{chosen or source} has no letter or digit to make a name of. "
            "Choose one with --name."
        )
    return target
