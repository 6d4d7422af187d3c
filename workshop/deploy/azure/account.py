"""The learner's account: the one place that makes credentials and requests.

Nothing is made of what the environment or a login on this machine offers
until a subscription is named; and `connect` is called by nobody before the
learner has said yes.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any

from workshop.deploy.azure.blobs import Blobs
from workshop.deploy.azure.refusals import as_sentences
from workshop.deploy.azure.resources import ENDPOINT, JSON, Request
from workshop.errors import WorkshopError

SCOPE = f"{ENDPOINT}/.default"
GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
PACKAGES = ("azure-identity", "azure-mgmt-core", "azure-storage-blob")
RETRIES = 3
INTERVAL_S = 5.0
NOT_FOUND = 404
NO_SDK = (
    "Deploying to Azure needs Azure's own client, which is not installed "
    'here: .venv/bin/python -m pip install -e ".[azure]". With --dry-run it '
    "is not needed."
)


@dataclass(frozen=True)
class Account:
    """A subscription, and how to speak with it.

    `credential` and `transport` are azure.core's. `interval_s` is how long
    to wait between two looks at what takes its time.
    """

    subscription: str
    credential: Any
    transport: Any = None  # the network, when none is given
    interval_s: float = INTERVAL_S

    def send(self, request: Request) -> JSON:
        """Send one request; its answer, which is empty where there is none.

        As all that is here, it raises WorkshopError for a refusal, and where
        nobody answers.
        """
        with as_sentences():
            response = self._client.send_request(_http(request))
            response.raise_for_status()
            return _json(response)

    def find(self, request: Request) -> JSON | None:
        """What a request finds; None where there is no such thing."""
        with as_sentences():
            response = self._client.send_request(_http(request))
            if response.status_code == NOT_FOUND:
                return None
            response.raise_for_status()
            return _json(response)

    def pages(self, request: Request) -> Iterator[JSON]:
        """The values of a list, whatever number of pages it has."""
        page = self.send(request)
        yield from page["value"]
        while following := page.get("nextLink"):
            path = following.removeprefix(ENDPOINT)
            page = self.send(Request("GET", path))
            yield from page["value"]

    def finish(self, request: Request) -> JSON:
        """Send a request, and wait until what it asks for is done."""
        with as_sentences():
            from azure.core.polling import LROPoller
            from azure.mgmt.core.polling.arm_polling import ARMPolling

            begun = self._client.send_request(
                _http(request), _return_pipeline_response=True
            )
            begun.http_response.raise_for_status()
            poller: LROPoller[JSON] = LROPoller(
                self._client,
                begun,
                lambda ended: _json(ended.http_response),
                ARMPolling(timeout=self.interval_s),
            )
            ended: JSON = poller.result()
            return ended

    def exchange(
        self, method: str, url: str, allowed: int, **content: Any
    ) -> Any:
        """A request to an app's own deployment site, signed as all are.

        Gives azure.core's response, also with the status that is allowed.
        """
        with as_sentences():
            from azure.core.rest import HttpRequest

            request = HttpRequest(method, url, **content)
            response = self._client.send_request(request)
            if response.status_code != allowed:
                response.raise_for_status()
            return response

    def visit(self, url: str, headers: dict[str, str]) -> Any:
        """Ask for a page as anyone would, without a word about the account.

        Gives azure.core's response, whatever its status.
        """
        with as_sentences():
            from azure.core.rest import HttpRequest

            request = HttpRequest("GET", url, headers=headers)
            return self._visitor.send_request(request)

    def blobs(self, endpoint: str, name: str, key: str) -> Blobs:
        """What is stored in a storage account, by its endpoint and key."""
        return Blobs(endpoint, name, key, self._transport())

    @cached_property
    def _client(self) -> Any:
        from azure.core.pipeline import policies
        from azure.mgmt.core import ARMPipelineClient
        from azure.mgmt.core.policies import ARMChallengeAuthenticationPolicy

        return ARMPipelineClient(
            ENDPOINT,
            policies=[
                policies.RequestIdPolicy(),
                policies.UserAgentPolicy("serverless-workshop"),
                policies.RetryPolicy(
                    retry_total=RETRIES,
                    retry_backoff_factor=self.interval_s / 5,
                ),
                ARMChallengeAuthenticationPolicy(self.credential, SCOPE),
            ],
            **self._transport(),
        )

    @cached_property
    def _visitor(self) -> Any:
        from azure.core import PipelineClient

        return PipelineClient("", policies=[], **self._transport())

    def _transport(self) -> dict[str, Any]:
        return {} if self.transport is None else {"transport": self.transport}


def connect(
    subscription: str, transport: Any = None, interval_s: float = INTERVAL_S
) -> Account:
    """The account, with DefaultAzureCredential; sends nothing yet.

    The managed identity of a machine is left out: it is not the learner's.
    Raises WorkshopError without a subscription, and without Azure's client.
    """
    check_subscription(subscription)
    check_client()
    from azure.identity import DefaultAzureCredential

    # What it would log is in the error that it raises.
    logging.getLogger("azure.identity").addHandler(logging.NullHandler())
    given = {} if transport is None else {"transport": transport}
    credential = DefaultAzureCredential(
        exclude_managed_identity_credential=True,
        retry_total=RETRIES,
        retry_backoff_factor=interval_s / 5,
        **given,
    )
    return Account(subscription, credential, transport, interval_s)


def check_client() -> None:
    """Raises WorkshopError where a part of Azure's client is missing."""
    try:
        for package in PACKAGES:
            distribution(package)
    except PackageNotFoundError as error:
        raise WorkshopError(NO_SDK) from error


def check_subscription(subscription: str) -> None:
    """Raises WorkshopError where this is no subscription's id."""
    if not subscription:
        raise WorkshopError(
            "Name the subscription that is to be used: --subscription ID. "
            "`az account list --output table` shows yours. What the "
            "environment says is not taken for a yes."
        )
    if not GUID.fullmatch(subscription):
        raise WorkshopError(
            f"{subscription} is no id of a subscription, which looks like "
            "00000000-0000-0000-0000-000000000000. "
            "`az account list --output table` shows yours."
        )


def _http(request: Request) -> Any:
    from azure.core.rest import HttpRequest

    return HttpRequest(request.method, request.url, json=request.body)


def _json(response: Any) -> JSON:
    found: JSON = response.json() if response.content else {}
    return found
