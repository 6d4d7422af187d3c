"""The end of what was deployed: each resource group that carries our tag.

Azure deletes with a group all that is in it, and nothing of ours is outside.
A group without the tag is never touched, whatever its name.
"""

from dataclasses import dataclass

from workshop.deploy.azure.account import Account
from workshop.deploy.azure.names import TAG_KEY, TAG_VALUE
from workshop.deploy.azure.resources import (
    delete_group,
    find_groups,
    find_resources,
)


@dataclass(frozen=True)
class Found:
    """A group of ours, and what is in it."""

    group: str
    location: str
    resources: tuple[str, ...]  # each as its type and its name

    def __str__(self) -> str:
        things = "".join(f"\n  {resource}" for resource in self.resources)
        return f"{self.group} in {self.location}, with:" + (
            things or "\n  nothing in it"
        )


def find(account: Account) -> list[Found]:
    """The groups with our tag, as Azure says and as we see ourselves."""
    subscription = account.subscription
    return [
        Found(
            group["name"],
            group["location"],
            tuple(
                f"{resource['type']} {resource['name']}"
                for resource in account.pages(
                    find_resources(subscription, group["name"])
                )
            ),
        )
        for group in account.pages(find_groups(subscription))
        if (group.get("tags") or {}).get(TAG_KEY) == TAG_VALUE
    ]


def delete(account: Account, found: Found) -> None:
    """Delete a group, and wait until it is gone: a minute or two."""
    account.finish(delete_group(account.subscription, found.group))
