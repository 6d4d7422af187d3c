"""What destroy finds, what it deletes, and what it never touches."""

import pytest

from tests.deploy.azure.cloud import SUBSCRIPTION
from workshop.deploy.azure.deployment import Deployment
from workshop.deploy.azure.destroy import delete, find
from workshop.deploy.azure.plan import plan_of
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS

TAGS = {"workshop": "serverless-from-the-wire-up"}
THEIRS = {"name": "theirs", "location": "westeurope", "tags": {"a": "b"}}


def deploy(cloud):
    source = FUNCTIONS / "azure" / "python"
    plan = plan_of(source, SUBSCRIPTION, "westeurope")
    Deployment(plan, cloud.account, lambda line: None).run()
    return plan.place.names


def test_all_that_was_made_is_found_and_deleted(cloud):
    names = deploy(cloud)
    (found,) = find(cloud.account)
    assert found.group == names.group
    assert set(found.resources) == {
        f"Microsoft.Storage/storageAccounts {names.storage}",
        f"Microsoft.Web/serverfarms {names.plan}",
        f"Microsoft.Web/sites {names.app}",
    }
    assert names.app in str(found)
    delete(cloud.account, found)
    assert not cloud.groups and not cloud.resources
    assert find(cloud.account) == []


def test_a_group_without_our_tag_is_not_found_whatever_azure_says(cloud):
    # The cloud here ignores the filter, as if Azure did.
    cloud.groups["theirs"] = THEIRS
    cloud.groups["untagged"] = {"name": "untagged", "location": "x"}
    assert find(cloud.account) == []
    assert len(cloud.sent) == 1
    assert (
        "$filter=tagName eq 'workshop' and "
        "tagValue eq 'serverless-from-the-wire-up'" in cloud.sent[0].line
    )


def test_a_group_that_is_empty_says_so(cloud):
    cloud.groups["workshop-a"] = {
        "name": "workshop-a",
        "location": "westeurope",
        "tags": TAGS,
    }
    (found,) = find(cloud.account)
    assert str(found) == "workshop-a in westeurope, with:\n  nothing in it"


def test_the_second_page_is_read_too(cloud):
    ours = [
        {"name": f"workshop-{n}", "location": "westeurope", "tags": TAGS}
        for n in range(2)
    ]
    cloud.groups = {group["name"]: group for group in ours}
    where = f"https://management.azure.com/subscriptions/{SUBSCRIPTION}"
    pages = [
        {
            "value": ours[:1],
            "nextLink": f"{where}/resourcegroups?api-version=1&page=2",
        },
        {"value": ours[1:]},
    ]
    answers = iter(pages)
    cloud.meet(
        "GET",
        f"{SUBSCRIPTION}/resourcegroups",
        lambda: (200, next(answers), {}),
    )
    cloud.meet("GET", "/resources", lambda: (200, {"value": []}, {}))
    assert [found.group for found in find(cloud.account)] == [
        "workshop-0",
        "workshop-1",
    ]


def test_a_lock_is_named(cloud):
    deploy(cloud)
    (found,) = find(cloud.account)
    cloud.refuse("DELETE", "resourcegroups", 409, "ScopeLocked", "Locked.")
    with pytest.raises(WorkshopError, match="A lock on the group"):
        delete(cloud.account, found)
    assert cloud.groups
