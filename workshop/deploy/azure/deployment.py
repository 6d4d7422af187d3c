"""A plan, done: each step in its order, and what stands if one fails."""

from collections.abc import Callable

from workshop.deploy.azure.account import Account
from workshop.deploy.azure.first_request import first_request
from workshop.deploy.azure.names import (
    DEPLOYED,
    PACKAGES,
    TAG_KEY,
    TAG_VALUE,
)
from workshop.deploy.azure.one_deploy import one_deploy
from workshop.deploy.azure.plan import (
    Name,
    Plan,
    publish_query,
    undoing,
)
from workshop.deploy.azure.resources import JSON, Request
from workshop.deploy.steps import Walk
from workshop.errors import WorkshopError

CONNECTION = (
    "DefaultEndpointsProtocol=https;EndpointSuffix=core.windows.net;"
    "AccountName={name};AccountKey={key}"
)


class Deployment:
    """One plan in one account. `say` gets a line for each step."""

    def __init__(
        self, plan: Plan, account: Account, say: Callable[[str], None] = print
    ) -> None:
        self._plan = plan
        self._place = plan.place
        self._account = account
        undo = undoing(plan.place.subscription)
        self._walk = Walk("account", undo, say)
        self._blobs = self._key = self._connection = ""
        self._site: JSON = {}
        self.url = ""  # what was asked for first, once it has answered
        self.answer = ""
        self._perform: dict[str, Callable[[], None]] = {
            Name.CHECK: self._check,
            Name.GROUP: self._make_group,
            Name.STORAGE: self._make_storage,
            Name.PACKAGE: self._keep_package,
            Name.PLAN: self._make_plan,
            Name.APP: self._make_app,
            Name.SETTINGS: self._set_settings,
            Name.DEPLOY: self._deploy,
            Name.FIRST: self._ask,
        }

    def run(self) -> None:
        """Go through the plan.

        Raises WorkshopError that names the step, and what stands by then.
        """
        self._walk.go(self._plan.steps, lambda name: self._perform[name]())

    def standing(self) -> str:
        """What this has left in the account, and how to take it away."""
        return self._walk.standing()

    def _check(self) -> None:
        """Refuse, while nothing is made yet, what would fail later."""
        self._check_location()
        if self._has_group():
            return  # the names are its own
        place = self._place
        for request, name in (
            (place.check_storage_name(), place.names.storage),
            (place.check_app_name(), place.names.app),
        ):
            told = self._account.send(request)
            if not told["nameAvailable"]:
                raise WorkshopError(
                    f"The name {name} is not to be had: "
                    f"{told.get('message')} Choose another with --name."
                )

    def _check_location(self) -> None:
        offered = {
            str(region["name"]).lower().replace(" ", "")
            for region in self._account.pages(self._place.find_locations())
        }
        if self._place.location not in offered:
            raise WorkshopError(
                f"{self._place.location} has no Flex Consumption for this "
                f"subscription. Choose one with --location: "
                f"{', '.join(sorted(offered))}."
            )

    def _has_group(self) -> bool:
        group = self._account.find(self._place.find_group())
        if group is None:
            return False
        name = self._place.names.group
        if (group.get("tags") or {}).get(TAG_KEY) != TAG_VALUE:
            raise WorkshopError(
                f"There is a resource group {name} already, and it does not "
                f"carry the tag {TAG_KEY}={TAG_VALUE}: it is not ours, and is "
                "left alone. Choose another name with --name."
            )
        where = group["location"]
        if where != self._place.location:
            raise WorkshopError(
                f"{name} is in {where} already. Use --location {where}, or "
                f"first `{undoing(self._place.subscription)}`."
            )
        self._walk.found(f"{name}, of an earlier run, with what is in it")
        return True

    def _make_group(self) -> None:
        self._account.send(self._place.make_group())

    def _make_storage(self) -> None:
        made = self._account.finish(self._place.make_storage())
        keys = self._account.send(self._place.read_storage_keys())
        key = keys["keys"][0]["value"]
        name = self._place.names.storage
        self._blobs = made["properties"]["primaryEndpoints"]["blob"]
        self._connection = CONNECTION.format(name=name, key=key)
        self._key = key

    def _keep_package(self) -> None:
        name = self._place.names.storage
        blobs = self._account.blobs(self._blobs, name, self._key)
        for container in (DEPLOYED, PACKAGES):
            blobs.make(container)
        blobs.upload(PACKAGES, self._plan.blob, self._plan.package)

    def _make_plan(self) -> None:
        self._account.finish(self._place.make_plan())

    def _make_app(self) -> None:
        self._site = self._account.finish(
            self._place.make_app(self._plan.app, self._blobs, self._connection)
        )["properties"]

    def _set_settings(self) -> None:
        self._account.send(
            self._place.set_settings(self._plan.app, self._connection)
        )

    def _deploy(self) -> None:
        hosts = self._site["hostNameSslStates"]
        site = next(h["name"] for h in hosts if h["hostType"] == "Repository")
        query = publish_query(self._plan.app)
        one_deploy(self._account, site, query, self._plan.package)

    def _ask(self) -> None:
        app = self._plan.app
        key = ""
        if app.level != "anonymous":
            request: Request = self._place.read_app_keys()
            key = self._account.send(request)["functionKeys"]["default"]
        self.url = f"https://{self._site['defaultHostName']}{app.path}"
        self.answer = first_request(self._account, self.url, key)
