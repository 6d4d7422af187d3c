"""What the host answers besides functions: its home page, /admin.

The paths and their rules follow azure-functions-host 4.1037
(HomepageMiddleware.cs, HostController.cs, FunctionsController.cs). /admin/log
and /admin/timeline are the workshop's own.
"""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from html import escape

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from workshop.azure.http_message import HOST_VERSION
from workshop.azure.keys import Keys
from workshop.azure.log import Log
from workshop.timeline import Timeline

METHODS_OF_HOME = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<title>Your Functions host is up and running</title>
<style>body {{ font: 17px/1.5 system-ui, sans-serif; max-width: 42em;
margin: 3em auto; padding: 0 1em; color-scheme: light dark }}</style>
</head><body>
<h1>Your Functions host is up and running</h1>
<p>This is the local host of the workshop. It serves these functions:</p>
<ul>{functions}</ul>
<p>Its log is in the terminal where you started it.</p>
</body></html>
"""
NOT_RUNNING = PlainTextResponse("Function host is not running.", 503)


class Admin:
    """The host's own endpoints."""

    def __init__(
        self,
        functions: Mapping[str, str],
        errors: Mapping[str, str],
        keys: Keys,
        log: Log,
        timeline: Timeline,
        run: Callable[[str, str], object],
    ) -> None:
        self._functions = functions  # each with its URL, "" without one
        self._errors = errors
        self._keys = keys
        self._log = log
        self._timeline = timeline
        self._run = run
        self._began = time.monotonic()
        self._routes = [
            Route("/", self._home, methods=METHODS_OF_HOME),
            Route("/admin/host/ping", self._ping, methods=["GET", "POST"]),
            Route("/admin/host/status", self._for_master(self._status)),
            Route("/admin/functions", self._for_master(self._list)),
            Route(
                "/admin/functions/{name}",
                self._for_master(self._start),
                methods=["POST"],
            ),
            Route("/admin/log", self._for_master(self._lines)),
            Route("/admin/timeline", self._for_master(self._events)),
        ]
        self.state = "Running"
        self.has_home_page = True

    def app(self) -> ASGIApp:
        """The application that answers for /, /admin and nothing else."""
        pages = Starlette(
            routes=self._routes,
            exception_handlers={404: _nothing, 405: _nothing},
        )
        pages.router.redirect_slashes = False

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            path = _canonical(scope["path"])
            await pages({**scope, "path": path}, receive, send)

        return app

    def is_built_in(self, method: str, path: str) -> bool:
        """Whether it is one of /admin: no function can have it."""
        path = _canonical(path)
        if not path.startswith("/admin/"):
            return False
        scope = {"type": "http", "method": method, "path": path}
        return any(
            route.matches(scope)[0] is Match.FULL for route in self._routes
        )

    async def _home(self, request: Request) -> Response:
        if not self.has_home_page:
            return Response(status_code=204)
        items = [
            f'<li><a href="{escape(url)}">{escape(name)}</a></li>'
            if url
            else f"<li>{escape(name)}</li>"
            for name, url in self._functions.items()
        ]
        return HTMLResponse(PAGE.format(functions="".join(items)))

    async def _ping(self, request: Request) -> Response:
        return Response()

    async def _status(self, request: Request) -> Response:
        uptime_ms = round((time.monotonic() - self._began) * 1000)
        status = {
            "state": self.state,
            "version": HOST_VERSION,
            "processUptime": uptime_ms,
            "errors": list(self._errors.values()),
        }
        return _json(status)

    async def _list(self, request: Request) -> Response:
        return _json(
            [
                {"name": name, "invoke_url_template": url}
                for name, url in self._functions.items()
            ]
        )

    async def _start(self, request: Request) -> Response:
        """Run a function that has no HTTP trigger, as its trigger would."""
        if self.state != "Running":
            return NOT_RUNNING
        name = request.path_params["name"]
        known = {one.lower(): one for one in self._functions}
        if name.lower() not in known:
            return Response(status_code=404)
        try:
            told = json.loads(await request.body())
            text = told.get("input") or ""
        except (ValueError, AttributeError):
            return Response(status_code=400)
        self._run(known[name.lower()], str(text))
        return Response(status_code=202)

    async def _lines(self, request: Request) -> Response:
        return _json(self._log.lines())

    async def _events(self, request: Request) -> Response:
        return _json([asdict(event) for event in self._timeline])

    def _for_master(
        self, endpoint: Callable[[Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            query = request.scope["query_string"]
            caller = self._keys.caller(request.headers.raw, query)
            if not caller.may("admin"):
                return Response(status_code=401)
            return await endpoint(request)

        return guarded


def _canonical(path: str) -> str:
    """A path as the routes have it: neither case nor a last slash counts."""
    return path.lower().removesuffix("/") or "/"


def _json(value: object) -> Response:
    """In ASCII: the name of a file may have what UTF-8 has not."""
    return Response(json.dumps(value), media_type="application/json")


async def _nothing(request: Request, error: Exception) -> Response:
    return Response(status_code=404)
