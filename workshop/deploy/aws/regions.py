"""The regions that Lambda is in, as far as this botocore knows them.

botocore has the list in its own files, of every partition: nothing is asked.
A region that is younger than it is not in there, so one that is missing is a
reason for caution, and none to refuse.
"""

import botocore
from botocore.loaders import Loader
from botocore.regions import EndpointResolver


def known() -> set[str]:
    """All regions of Lambda, those of China and of governments, too."""
    # Without a session: that would want the learner's profile, too.
    resolver = EndpointResolver(Loader().load_data("endpoints"))
    return {
        region
        for partition in resolver.get_available_partitions()
        for region in resolver.get_available_endpoints("lambda", partition)
    }


def caution(region: str) -> str:
    """A sentence where no such region is known; "" where it is."""
    if region in known():
        return ""
    return (
        f"Caution: botocore {botocore.__version__} knows no Lambda in a "
        f"region {region}; unless it is a newer one, the name is wrong."
    )
