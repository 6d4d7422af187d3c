"""The end of what was deployed: each thing that carries our label.

Services first: they run the images. What lacks the label is never touched,
whatever its name.
"""

from collections.abc import Callable, Sequence

from workshop.deploy.google.existing import Existing, look
from workshop.deploy.google.gcloud import Gcloud
from workshop.errors import WorkshopError


def find(gcloud: Gcloud, project: str) -> list[Existing]:
    """What is ours, in every region of the project."""
    return [one for one in look(gcloud, project) if one.is_ours]


def delete(
    gcloud: Gcloud,
    leftovers: Sequence[Existing],
    say: Callable[[str], None],
) -> None:
    """Delete each; one that cannot be deleted keeps none of the others.

    Raises WorkshopError that tells what is left then, and why.
    """
    refused: list[str] = []
    for one in leftovers:
        try:
            gcloud.run(one.deletion)
        except WorkshopError as error:
            refused.append(f"{one}: {error}")
        else:
            say(f"deleted: {one}")
    if refused:
        raise WorkshopError("Still there is\n" + "\n".join(refused))
