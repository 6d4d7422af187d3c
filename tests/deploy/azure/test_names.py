"""The names: within Azure's rules, and the same each time."""

import re
from pathlib import Path

import pytest

from workshop.deploy.azure.names import names_of, target_of
from workshop.errors import WorkshopError

ONE, OTHER = "1" * 36, "2" * 36


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("functions/azure/python", "python"),
        ("solutions/08_azure_custom_handler.ipynb", "08-azure-custom-handler"),
        ("a/My App (2)", "my-app-2"),
        ("Ä_b", "b"),
        ("x" * 90, "x" * 40),
    ],
)
def test_a_target_is_called_as_its_file(source, target):
    assert target_of(Path(source)) == target


def test_a_chosen_name_comes_first():
    assert target_of(Path("functions/azure/python"), "Ada's") == "ada-s"


def test_a_name_without_a_letter_is_refused():
    with pytest.raises(WorkshopError, match="--name"):
        target_of(Path("_"))


@pytest.mark.parametrize("target", ["a", "python", "08-azure-custom-handler"])
def test_they_keep_to_the_rules(target):
    names = names_of(ONE, target)
    assert re.fullmatch("[a-z0-9]{3,24}", names.storage)
    assert re.fullmatch("[a-z][a-z0-9-]{0,30}[a-z0-9]", names.app)
    assert re.fullmatch("[a-z0-9-]{1,90}", names.group)
    assert "--" not in names.app
    assert len(names.plan) <= 60


def test_they_are_the_same_each_time_and_for_nobody_else():
    assert names_of(ONE, "python") == names_of(ONE, "python")
    assert names_of("A", "python") == names_of("a", "python")
    seen = {
        name
        for subscription in (ONE, OTHER)
        for target in ("python", "node")
        for names in [names_of(subscription, target)]
        for name in (names.storage, names.app, names.plan)
    }
    assert len(seen) == 12
