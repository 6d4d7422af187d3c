"""Where requests go: the one place that makes clients of AWS.

Nothing leaves this machine unless the learner has said so: with a profile
by its name, or in so many words for the credentials that boto3 finds by
itself. An endpoint on this machine needs neither, and then no request can go
anywhere else: no proxy, no redirect.
"""

import ipaddress
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    InvalidRegionError,
    ProfileNotFound,
)
from botocore.parsers import ResponseParserError
from botocore.utils import is_valid_endpoint_url, is_valid_ipv6_endpoint_url

from workshop.deploy.aws import refusals
from workshop.deploy.aws.call import Call, Reply
from workshop.deploy.aws.names import Names
from workshop.errors import WorkshopError

LOCAL_REGION = "us-east-1"  # of a local Lambda
KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
ENDPOINTS = "AWS_ENDPOINT_URL"  # how the variables that redirect begin
CONNECT_S, READ_S = 10, 90  # the function itself may take 60
TRIES = 6  # of a request that is throttled or cut off, with back-off
# Pauses in s until a new role is known, or another change is made: a minute.
PAUSES_S = (1, 2, 4, 8, 15, 15, 15)
# Credentials that are the machine's, not those of a profile.
OF_THE_MACHINE = (
    *("boto-config", "ec2-credentials-file"),
    *("container-role", "iam-role"),
)
FAILURES = (BotoCoreError, ClientError, ResponseParserError)
WHO = Call("sts", "GetCallerIdentity", {})


@dataclass(frozen=True)
class Where:
    """What the learner says of the account; what they leave out is empty."""

    profile: str = ""
    region: str = ""
    endpoint_url: str = ""
    found_credentials: bool = False  # consent to those boto3 finds by itself

    @property
    def is_named(self) -> bool:
        """Whether there is anywhere that a request may go."""
        return bool(
            self.profile or self.endpoint_url or self.found_credentials
        )


class Account:
    """An account of AWS in one region, or a local Lambda in its place.

    WorkshopError where it may not be asked, or cannot be.
    """

    def __init__(
        self,
        where: Where,
        environment: Mapping[str, str] = os.environ,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        _check(where, environment)
        self.is_local = _is_loopback(where.endpoint_url)
        self._endpoint_url = where.endpoint_url or None
        self._pause = pause
        self._clients: dict[str, Any] = {}
        self.session = _session(where, self.is_local, environment)
        self.region = _region(where, self.session, self.is_local)
        self.partition = _partition(self.session, self.region)
        self._name = _name(where, self.region)

    @classmethod
    def of_local(cls, connection: Mapping[str, str]) -> "Account":
        """That of a local Lambda which this process has started."""
        keys = {name: connection[name.lower()] for name in KEYS}
        return cls(Where(endpoint_url=connection["endpoint_url"]), keys)

    def __str__(self) -> str:
        return self._name

    def names(self, function: str) -> Names:
        """The names of a function in this account: asks who that is."""
        account = self.ask(WHO)["Account"]
        return Names(function, self.region, account, self.partition)

    def ask(self, call: Call) -> Reply:
        """Send a request, wait for what it begins, and return the reply.

        An error that the call takes for an answer gives an empty one. Raises
        WorkshopError for any other, and when nothing answers.
        """
        try:
            reply = self._patiently(call)
            if call.wait:
                self._wait(call)
        except ClientError as error:
            if refusals.code_of(error) in call.harmless:
                return {}
            said = refusals.sentence(error, call, str(self))
            raise WorkshopError(said) from error
        except FAILURES as error:
            said = refusals.sentence(error, call, str(self))
            raise WorkshopError(said) from error
        return reply

    def all(self, call: Call, key: str) -> list[Any]:
        """What a call lists, on all its pages; nothing where it is of what
        is not there. WorkshopError as of `ask`.
        """
        found: list[Any] = []
        try:
            pager = self._client(call).get_paginator(call.method)
            for page in pager.paginate(**call.parameters):
                found += page[key]
        except FAILURES as error:
            if (
                isinstance(error, ClientError)
                and refusals.code_of(error) in call.harmless
            ):
                return []
            said = refusals.sentence(error, call, str(self))
            raise WorkshopError(said) from error
        return found

    def _patiently(self, call: Call) -> Reply:
        """Ask again while what stands against it passes by itself."""
        for pause_s in PAUSES_S:
            try:
                return self._send(call)
            except ClientError as error:
                passes = refusals.is_propagating(error)
                if not (passes or refusals.is_changing(error)):
                    raise
            self._pause(pause_s)
        return self._send(call)

    def _send(self, call: Call) -> Reply:
        send = getattr(self._client(call), call.method)
        reply: dict[str, Any] = send(**call.parameters)
        if "Payload" in reply:  # it comes as it is read
            reply["Payload"] = reply["Payload"].read()
        return reply

    def _wait(self, call: Call) -> None:
        key = "RoleName" if call.service == "iam" else "FunctionName"
        waiter = self._client(call).get_waiter(call.wait)
        waiter.wait(**{key: call.parameters[key]})

    def _client(self, call: Call) -> Any:
        """A client; an Invoke is never sent twice, for it would cost twice."""
        tries = 1 if call.operation == "Invoke" else TRIES
        key = f"{call.service} {tries}"
        if key not in self._clients:
            self._clients[key] = self.session.client(
                call.service,
                region_name=self.region,
                endpoint_url=self._endpoint_url,
                config=Config(
                    connect_timeout=CONNECT_S,
                    read_timeout=READ_S,
                    retries={"total_max_attempts": tries, "mode": "standard"},
                    proxies={} if self.is_local else None,
                ),
            )
            if self.is_local:
                events = self._clients[key].meta.events
                events.register_first("before-send", _stay_here)
        return self._clients[key]


def _is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_url(text: str) -> bool:
    """Whether a request can be sent there."""
    try:
        url = urlsplit(text)
        is_web = url.scheme in ("http", "https") and url.port != 0
        return is_web and bool(
            is_valid_endpoint_url(text) or is_valid_ipv6_endpoint_url(text)
        )
    except ValueError:  # half of an address, or no number for a port
        return False


def _check(where: Where, environment: Mapping[str, str]) -> None:
    """Refuse what the learner has not clearly said."""
    if not where.is_named:
        raise WorkshopError(
            "No account is named, and nothing is sent to one that you have "
            "not named: not even with credentials in the environment. Name "
            "yours with --profile; --endpoint-url asks a local Lambda "
            "(`workshop serve aws`). To see what deploy and destroy would do, "
            "--dry-run needs none."
        )
    url = where.endpoint_url
    if url and not _is_url(url):
        raise WorkshopError(
            f"--endpoint-url {url} is no URL such as http://127.0.0.1:9001."
        )
    if url and not _is_loopback(url) and not where.profile:
        raise WorkshopError(
            f"{url} is not on this machine. If you mean it, "
            "name the credentials for it with --profile, too."
        )
    redirects = [name for name in environment if name.startswith(ENDPOINTS)]
    if redirects and not url:
        raise WorkshopError(
            f"{', '.join(sorted(redirects))} would lead the requests "
            "somewhere else than to the account that you name. unset it, or "
            f"use --endpoint-url {environment[redirects[0]]}."
        )


def _session(
    where: Where, is_local: bool, environment: Mapping[str, str]
) -> Any:
    """The credentials that the learner means, and no other."""
    if is_local and not where.profile:
        key_id, secret = (environment.get(name) for name in KEYS)
        if not (key_id and secret):
            raise WorkshopError(
                "There are no credentials for the local Lambda. Export what "
                "`workshop serve aws` has printed, or start it with "
                "--credentials KEY:SECRET and export those."
            )
        nothing = botocore.session.Session(
            session_vars={
                "profile": (None, [], None, None),
                "config_file": (None, [], os.devnull, None),
                "credentials_file": (None, [], os.devnull, None),
            }
        )
        nothing.set_credentials(key_id, secret)
        return boto3.Session(botocore_session=nothing)
    try:
        base = botocore.session.Session(profile=where.profile or None)
        session = boto3.Session(botocore_session=base)
        if where.profile:  # what it lacks is not taken from the machine
            chain = base.get_component("credential_provider")
            for name in OF_THE_MACHINE:
                chain.remove(name)
        if not where.endpoint_url:
            _expect_no_redirect(base)
    except ProfileNotFound as error:
        raise WorkshopError(
            f"There is no profile {where.profile}. `aws configure list-"
            "profiles` lists those there are; `aws configure --profile "
            f"{where.profile}` makes it."
        ) from error
    except BotoCoreError as error:
        raise WorkshopError(f"Your AWS settings: {error}") from error
    return session


def _expect_no_redirect(session: Any) -> None:
    """Refuse a profile that leads elsewhere than to its account."""
    told: Mapping[str, Any] = session.get_scoped_config()
    services = session.full_config.get("services", {})
    found = [told, *services.get(told.get("services"), {}).values()]
    for section in found:
        if isinstance(section, dict) and "endpoint_url" in section:
            url = section["endpoint_url"]
            raise WorkshopError(
                f"The profile's endpoint_url in the AWS settings, {url}, "
                "would lead the requests somewhere else than to the account "
                f"that you name. Take it out, or use --endpoint-url {url}."
            )


def _region(where: Where, session: Any, is_local: bool) -> str:
    region = where.region or (
        LOCAL_REGION if is_local else session.region_name
    )
    if region:
        return str(region)
    raise WorkshopError(
        "The profile names no region. Choose one with --region, such as "
        "eu-central-1."
    )


def _partition(session: Any, region: str) -> str:
    try:
        return str(session.get_partition_for_region(region))
    except (InvalidRegionError, BotoCoreError) as error:
        raise WorkshopError(f"{region} is no region of AWS.") from error


def _name(where: Where, region: str) -> str:
    if where.endpoint_url:
        return f"the Lambda at {where.endpoint_url}, {region}"
    if where.profile:
        return f"the profile {where.profile} in {region}"
    return f"the account of the credentials found, in {region}"


def _stay_here(request: Any, **_: object) -> None:
    """Refuse to send anywhere else, whatever has changed the URL."""
    if not _is_loopback(request.url):
        raise WorkshopError(
            f"A request was about to leave this machine for {request.url}: "
            "it was not sent."
        )
