"""A Google Cloud on this machine: a gcloud that stands in, and an address."""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.deploy.google import stand_in
from workshop.deploy.google import command, options

TOKEN = "the-identity-token"
PROJECT = "demo-project"
REGION = "europe-west1"
ANSWER = '{"largest":9009}'
OURS = {"workshop": "serverless-from-the-wire-up"}
DEPLOY = options.Deploy(PROJECT, REGION, yes=True)
DESTROY = options.Destroy(PROJECT, yes=True)
CYCLE = [  # of a project in which there is nothing yet
    "services list",
    "services enable",
    "artifacts repositories create",
    "artifacts repositories describe",
    "builds submit",
    "run services replace",
    "run services describe",
    "auth print-identity-token",
]
NOTHING = "Nothing of the workshop's is left in this project.\n"


def deploy(told=DEPLOY):
    """Deploy, and ask again without waiting."""
    return command.main_deploy(told, interval_s=0)


def foreign(google, **labels):
    """Put a repository and a service with our names in another region."""
    google["apis"] = ["artifactregistry.googleapis.com", "run.googleapis.com"]
    where = f"projects/{PROJECT}/locations/asia-east1/repositories/workshop"
    google["repositories"] = {where: {"labels": labels, "images": []}}
    google["services"] = [
        {"name": "palindromes", "region": "asia-east1", "labels": labels}
    ]


class Google:
    """What there is in the project, and what gcloud was asked."""

    def __init__(self, home, address):
        self._file = home / "state.json"
        self._state = {
            "calls": [],
            "project": PROJECT,
            "login": True,
            "billing": True,
            "apis": ["bigquery.googleapis.com"],
            "services": [],
            "repositories": {},
            "token": TOKEN,
            "url": address,
            "fails": [],
            "warnings": {},
        }
        self._file.write_text(json.dumps(self._state))

    def __getitem__(self, key):
        return json.loads(self._file.read_text())[key]

    def __setitem__(self, key, value):
        state = json.loads(self._file.read_text())
        self._file.write_text(json.dumps(state | {key: value}))

    def has(self):
        """The names of all services and repositories."""
        return [
            *(one["name"] for one in self["services"]),
            *(name.rsplit("/", 1)[1] for name in self["repositories"]),
        ]

    def asked(self):
        """The commands so far, by their words before names and options."""
        return [stand_in.parsed(words)[0] for words in self["calls"]]


class Service(BaseHTTPRequestHandler):
    """A Cloud Run service that lets in who has the token."""

    def do_GET(self):
        allowed = self.headers["Authorization"] == f"Bearer {TOKEN}"
        statuses = self.server.statuses
        status = statuses.pop(0) if statuses else 200
        body = ANSWER.encode() if status == 200 else b""
        self.server.paths.append(self.path)
        self.send_response(status if allowed else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def service():
    """The service's own server; its statuses, and the paths asked for."""
    with HTTPServer(("127.0.0.1", 0), Service) as server:
        server.statuses, server.paths = [], []
        thread = Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def google(tmp_path, monkeypatch, service):
    """A project, with a gcloud that is alone on the PATH."""
    programs = tmp_path / "programs"
    programs.mkdir()
    program = programs / "gcloud"
    source = Path(stand_in.__file__)
    started = f'"{sys.executable}" -I -S "{source}" "{programs}"'
    program.write_text(f'#!/bin/sh\nexec {started} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("no_proxy", "*")
    return Google(programs, f"http://127.0.0.1:{service.server_port}")
