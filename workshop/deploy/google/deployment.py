"""A plan, done: each step in its order, and what stands if one fails."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path

from workshop.deploy.google import image, place
from workshop.deploy.google.existing import Existing, look
from workshop.deploy.google.first_request import first_request
from workshop.deploy.google.gcloud import Gcloud
from workshop.deploy.google.names import LABEL, REPOSITORY, SERVICE
from workshop.deploy.google.plan import PATH, Name, Plan, undoing
from workshop.deploy.steps import Walk
from workshop.errors import WorkshopError
from workshop.repository import FUNCTIONS

MANIFEST = FUNCTIONS / "container" / "service.yaml"
INTERVAL_S = 5.0


class Deployment:
    """One plan in one project. `say` gets a line for each step and command.

    `interval_s` is how long to wait before a service is asked once more.
    """

    def __init__(
        self,
        plan: Plan,
        say: Callable[[str], None],
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._plan = plan
        self._place = plan.place
        self._say = say
        self._interval_s = interval_s
        self._walk = Walk("project", undoing(plan.place.project), say)
        self._has_repository = False
        self._image = ""
        self.url = ""  # what is asked for first
        self.answer = ""
        self._perform: dict[str, Callable[[Gcloud, Path], None]] = {
            Name.CHECK: self._check,
            Name.APIS: self._enable_apis,
            Name.REPOSITORY: self._make_repository,
            Name.IMAGE: self._build_image,
            Name.SERVICE: self._make_service,
            Name.FIRST: self._ask,
        }

    def run(self) -> None:
        """Go through the plan.

        Raises WorkshopError that names the step, and what stands by then.
        """
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            gcloud = Gcloud(folder, self._say)
            self._walk.go(
                self._plan.steps,
                lambda name: self._perform[name](gcloud, folder),
            )

    def standing(self) -> str:
        """What this has left in the project, and how to take it away."""
        return self._walk.standing()

    def _check(self, gcloud: Gcloud, folder: Path) -> None:
        """Refuse, while nothing is made yet, what is somebody else's."""
        for one in look(gcloud, self._place.project):
            if not self._has_our_place(one):
                continue
            if not one.is_ours:
                raise WorkshopError(
                    f"There is {one} already, and it does not carry the "
                    f"label {LABEL}: it is not ours, and is left alone. "
                    "Choose another project or region."
                )
            self._has_repository |= one.kind == "repository"
            self._walk.found(str(one), "of an earlier run")

    def _has_our_place(self, one: Existing) -> bool:
        ours = {("service", SERVICE), ("repository", REPOSITORY)}
        here = one.region == self._place.region
        return here and (one.kind, one.name) in ours

    def _enable_apis(self, gcloud: Gcloud, folder: Path) -> None:
        gcloud.run(self._place.enable_apis())

    def _make_repository(self, gcloud: Gcloud, folder: Path) -> None:
        if not self._has_repository:
            gcloud.run(self._place.make_repository())
        registry = gcloud.run(self._place.find_registry())
        self._image = image.tagged(registry, self._plan.context)

    def _build_image(self, gcloud: Gcloud, folder: Path) -> None:
        request = image.request(self._image, self._plan.context)
        (folder / place.BUILD_FILE).write_text(json.dumps(request))
        gcloud.run(self._place.build_image())

    def _make_service(self, gcloud: Gcloud, folder: Path) -> None:
        manifest = MANIFEST.read_text().replace("IMAGE", self._image)
        (folder / place.SERVICE_FILE).write_text(manifest)
        gcloud.run(self._place.make_service())
        self.url = gcloud.run(self._place.find_url()) + PATH

    def _ask(self, gcloud: Gcloud, folder: Path) -> None:
        token = gcloud.run(place.TOKEN)
        self.answer = first_request(self.url, token, self._interval_s)
