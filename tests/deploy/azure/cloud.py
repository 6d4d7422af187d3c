"""An Azure that answers the real client, and notes what it is asked.

It is below azure.core's own transport, in the place of the wire: whatever
the client sends ends here, but for what goes to this machine. It knows the
answers and the ways of waiting that the real one has, as far as a deployment
meets them; the app that is deployed to it runs on the local Functions host.
"""

import io
import json
import time
import zipfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import HTTPError
from urllib.parse import parse_qs, unquote, urlsplit
from urllib.request import ProxyHandler, build_opener

import requests
import urllib3
from requests.adapters import HTTPAdapter

from workshop.azure import LocalFunctions
from workshop.deploy.azure.account import Account

SUBSCRIPTION = "12345678-1234-1234-1234-123456789abc"
KEY = "a2V5"  # of every storage account
TOKEN = "a-token"
ARM = "management.azure.com"
LOGIN = "login.microsoftonline.com"
FLEX = ["West Europe", "North Europe"]


@dataclass(frozen=True)
class Sent:
    """One request, as it would have left the machine."""

    method: str
    url: str
    headers: dict
    content: bytes

    @property
    def line(self):
        """Its method and its URL."""
        return f"{self.method} {unquote(self.url)}"

    @property
    def body(self):
        """Its body of JSON, or None."""
        return json.loads(self.content) if self.content else None


class Credential:
    """A login that has a token at once."""

    def get_token(self, *scopes, **options):
        from azure.core.credentials import AccessToken

        assert scopes == ("https://management.azure.com/.default",)
        return AccessToken(TOKEN, int(time.time()) + 3600)


class Cloud(HTTPAdapter):
    """One subscription, with nothing in it at first."""

    def __init__(self):
        super().__init__()
        self.sent = []
        self.groups = {}  # by name: what a GET gives
        self.resources = {}  # by path
        self.taken = []  # names that somebody else has
        self.refusals = []  # (method, part of the path, what to do)
        self.deployments = [{}, {"status": 1}, {"status": 4}]
        self.app = None  # the folder of what was deployed
        self.answers = []  # (status, text) of the app, before it answers
        self.serves = False  # whether the app really runs
        self.sign_in_error = None  # (code, what is said) of Entra's
        self.blobs = {}
        self.blob_endpoint = None  # of another server, if one keeps them
        self._operations = {}
        self._stack = ExitStack()
        self._local = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()

    @property
    def account(self):
        """The account, through the real client."""
        return Account(SUBSCRIPTION, Credential(), self.transport(), 0)

    def transport(self):
        """azure.core's own transport, with this cloud at its other end."""
        from azure.core.pipeline.transport import RequestsTransport

        session = requests.Session()
        session.trust_env = False
        session.mount("https://", self)
        return RequestsTransport(session=session, session_owner=False)

    def refuse(self, method, part, status, code, message="It is so."):
        """Answer such requests with an error of Resource Manager."""
        error = {"error": {"code": code, "message": message}}
        self.meet(method, part, lambda: (status, error, {}))

    def meet(self, method, part, action):
        """Do something else for such requests; the latest rule wins."""
        self.refusals.insert(0, (method, part, action))

    @property
    def lines(self):
        """What was asked, in order, without a query's version."""
        return [sent.line for sent in self.sent]

    # Below the client

    def send(self, request, **options):
        content = request.body or b""
        if hasattr(content, "read"):
            content = content.read()
        content = content.encode() if isinstance(content, str) else content
        sent = Sent(
            request.method, request.url, dict(request.headers), content
        )
        self.sent.append(sent)
        status, body, headers = self._answer(sent)
        if not isinstance(body, bytes):
            body = b"" if body is None else json.dumps(body).encode()
            headers = {"Content-Type": "application/json"} | headers
        raw = urllib3.HTTPResponse(
            io.BytesIO(body), headers, status, preload_content=False
        )
        return self.build_response(request, raw)

    def _answer(self, sent):
        url = urlsplit(sent.url)
        where = f"{url.netloc}{url.path}"
        for method, part, action in self.refusals:
            if sent.method == method and part in where:
                return action()
        if url.netloc == ARM:
            assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
            assert parse_qs(url.query)["api-version"]
            return self._manage(sent, url.path)
        if ".scm." in url.netloc:
            assert sent.headers["Authorization"] == f"Bearer {TOKEN}"
            return self._publish(sent, url.path)
        assert TOKEN not in str(sent.headers)
        if url.netloc == LOGIN:
            return self._sign_in(sent, url.path)
        if ".blob." in url.netloc:
            return self._store(sent, url)
        return self._ask_app(sent, url)

    def _sign_in(self, sent, path):
        """Microsoft Entra: where to ask, and a token or an error."""
        authority = f"https://{LOGIN}/{SUBSCRIPTION}"
        v2 = f"{authority}/oauth2/v2.0"
        if not path.endswith("/token"):
            discovery = f"{authority}/v2.0/.well-known/openid-configuration"
            return (
                200,
                {
                    "issuer": f"{authority}/v2.0",
                    "authorization_endpoint": f"{v2}/authorize",
                    "token_endpoint": f"{v2}/token",
                    "tenant_discovery_endpoint": discovery,
                    "metadata": [],
                },
                {},
            )
        if self.sign_in_error:
            code, said = self.sign_in_error
            return (
                401,
                {
                    "error": "invalid_client",
                    "error_description": f"{code}: {said}\r\nTrace ID: 1",
                },
                {},
            )
        token = {"token_type": "Bearer", "expires_in": 3600}
        return 200, token | {"access_token": TOKEN}, {}

    def _manage(self, sent, path):
        parts = path.split("/")
        last = parts[-1]
        assert parts[2] == SUBSCRIPTION
        if path in self._operations:
            return self._operation(path)
        if last == "geoRegions":
            return 200, {"value": [{"name": name} for name in FLEX]}, {}
        if last.lower() == "checknameavailability":
            name = sent.body["name"]
            told = {"nameAvailable": name not in self.taken}
            return 200, told | {"message": f"{name} is in use."}, {}
        if last == "resourcegroups":
            return 200, {"value": list(self.groups.values())}, {}
        group = parts[4]
        if len(parts) == 5:
            return self._group(sent, group)
        if group not in self.groups:
            return 404, {"error": {"code": "ResourceGroupNotFound"}}, {}
        if last == "resources":
            return 200, {"value": self._inside(group)}, {}
        if last == "listKeys":
            return 200, {"keys": [{"value": KEY}]}, {}
        if last == "listkeys":
            return 200, {"functionKeys": {"default": "app-key"}}, {}
        return self._resource(sent, path, parts)

    def _group(self, sent, name):
        if sent.method == "PUT":
            self.groups[name] = {"name": name} | sent.body
            return 201, self.groups[name], {}
        if name not in self.groups:
            return 404, {"error": {"code": "ResourceGroupNotFound"}}, {}
        if sent.method == "DELETE":
            return self._later(f"delete-{name}", lambda: self._drop(name))
        return 200, self.groups[name], {}

    def _drop(self, name):
        del self.groups[name]
        for path in list(self.resources):
            if f"/resourcegroups/{name}/" in path:
                del self.resources[path]
        return 200, None, {}

    def _inside(self, group):
        return [
            {
                "name": path.split("/")[-1],
                "type": "/".join(path.split("/")[6:8]),
            }
            for path in self.resources
            if f"/resourcegroups/{group}/" in path
        ]

    def _resource(self, sent, path, parts):
        kind, name = parts[7], parts[8]
        if sent.method == "GET":
            return 200, self.resources[path], {}
        made = dict(sent.body)
        if kind == "storageAccounts":
            blob = (
                self.blob_endpoint or f"https://{name}.blob.core.windows.net/"
            )
            made["properties"] = {"primaryEndpoints": {"blob": blob}}
            self.resources[path] = made
            return self._later(name, lambda: (200, made, {}))
        if kind == "sites" and len(parts) == 9:
            made["properties"] |= {
                "defaultHostName": f"{name}.azurewebsites.net",
                "hostNameSslStates": [
                    {
                        "name": f"{name}.azurewebsites.net",
                        "hostType": "Standard",
                    },
                    {
                        "name": f"{name}.scm.azurewebsites.net",
                        "hostType": "Repository",
                    },
                ],
            }
            self.resources[path] = made
            return self._asynchronous(name, made)
        if len(parts) == 9:
            self.resources[path] = made
        return 200, made, {}

    def _later(self, name, end):
        """202 with a Location, which answers 202 once before it has ended."""
        path = f"/subscriptions/{SUBSCRIPTION}/operations/{name}"
        self._operations[path] = [lambda: (202, None, {}), end]
        where = f"https://{ARM}{path}?api-version=1"
        return 202, None, {"Location": where}

    def _asynchronous(self, name, made):
        """201 with the URL of the operation's own status."""
        path = f"/subscriptions/{SUBSCRIPTION}/operations/{name}"
        self._operations[path] = [
            lambda: (200, {"status": "InProgress"}, {}),
            lambda: (200, {"status": "Succeeded"}, {}),
        ]
        where = f"https://{ARM}{path}?api-version=1"
        return 201, made, {"Azure-AsyncOperation": where}

    def _operation(self, path):
        steps = self._operations[path]
        return (steps.pop(0) if len(steps) > 1 else steps[0])()

    def _publish(self, sent, path):
        if path == "/api/deployments/latest":
            told = self.deployments
            now = told.pop(0) if len(told) > 1 else told[0]
            return (200, now, {}) if now else (404, None, {})
        assert path == "/api/publish"
        assert sent.headers["Content-Type"] == "application/zip"
        self.app = Path(self._stack.enter_context(TemporaryDirectory()))
        with zipfile.ZipFile(io.BytesIO(sent.content)) as package:
            for entry in package.infolist():
                unpacked = Path(package.extract(entry, self.app))
                unpacked.chmod(entry.external_attr >> 16 & 0o777)
        return 202, b'"a-deployment"', {}

    def _store(self, sent, url):
        assert sent.headers["Authorization"].startswith("SharedKey ")
        if url.path in self.blobs and "container" in url.query:
            error = {"x-ms-error-code": "ContainerAlreadyExists"}
            return 409, b"", error
        self.blobs[url.path] = sent.content
        return (
            201,
            b"",
            {
                "ETag": '"1"',
                "Last-Modified": "Sat, 28 Nov 2026 00:00:00 GMT",
            },
        )

    def _ask_app(self, sent, url):
        if self.answers:
            status, text = self.answers.pop(0)
            return status, text.encode(), {}
        if not self.serves:
            return 200, b"hello", {}
        if self._local is None:
            self._local = self._stack.enter_context(LocalFunctions(self.app))
        target = f"{self._local.url}{url.path}?{url.query}"
        try:
            with build_opener(ProxyHandler({})).open(target) as reply:
                return reply.status, reply.read(), {}
        except HTTPError as error:
            return error.code, error.read(), {}
