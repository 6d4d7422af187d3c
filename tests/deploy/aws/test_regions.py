"""Which regions are known, and what is said of one that is not."""

import botocore
import pytest

from workshop.deploy.aws import regions, shown
from workshop.deploy.aws.names import Names
from workshop.deploy.aws.plan import plan


def test_the_regions_of_all_partitions_are_known():
    some = {"us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"}
    assert some <= regions.known()
    assert "aws-global" not in regions.known()


@pytest.mark.parametrize("region", sorted(regions.known()))
def test_a_known_region_needs_no_caution(region):
    assert regions.caution(region) == ""


@pytest.mark.parametrize("region", ["mars-1", "eu-cental-1", "US-EAST-1"])
def test_a_region_that_is_not_known_is_one_sentence(region):
    assert regions.caution(region) == (
        f"Caution: botocore {botocore.__version__} knows no Lambda in a "
        f"region {region}; unless it is a newer one, the name is wrong."
    )


def test_no_profile_is_wanted_for_it(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert regions.caution("eu-central-1") == ""


@pytest.mark.parametrize("tell", [shown.summary, shown.deployment])
def test_a_plan_carries_the_caution_once(made, tell):
    known = plan(made, Names("workshop-x", "eu-central-1"))
    unknown = plan(made, Names("workshop-x", "mars-1"))
    assert "Caution" not in tell(known)
    assert tell(unknown).splitlines()[-1] == unknown.caution
    assert tell(unknown).count("Caution") == 1
