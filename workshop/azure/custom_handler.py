"""The customHandler section of host.json: the program to start, and how.

From azure-functions-host 4.1037, HttpWorkerOptionsSetup.cs and
HttpWorkerDescription.cs; proxying, `port` and `http.routes` are of hosts
since 2025, HttpWorkerOptions.cs.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop.azure import json_file
from workshop.azure.configuration import (
    Configuration,
    HostConfigurationError,
    not_a,
)

INITIALIZATION_TIMEOUT = 30.0  # seconds, HttpWorkerOptions.cs
LEVELS = ("anonymous", "user", "function", "system", "admin")
VARIABLE = re.compile("%([^%]+)%")


@dataclass(frozen=True)
class CustomHandler:
    """The program that the host starts, and how it speaks to it."""

    executable: str  # absolute where the app has the file, else for the PATH
    arguments: tuple[str, ...]  # as written; %VAR% is expanded at the start
    worker_path: str  # defaultWorkerPath, "" when absent
    worker_arguments: tuple[str, ...]
    working_directory: Path  # absolute
    forwarding: bool
    proxying: bool
    port: int  # 0 when any free one will do
    initialization_timeout_s: float = INITIALIZATION_TIMEOUT


@dataclass(frozen=True)
class HandlerRoute:
    """A route of customHandler.http.routes, which needs no function.json."""

    route: str
    level: str


def section_of(table: Configuration, warnings: list[str]) -> str:
    """The section with the handler: customHandler, or its old name."""
    if table.has("customHandler"):
        if table.has("httpWorker"):
            warnings.append(
                "Both httpWorker and customHandler sections are spefified in "
                "host.json file. customHandler takes precedence."
            )
        return "customHandler"
    if table.has("httpWorker"):
        warnings.append(
            "Section httpWorker will be deprecated. Please use customHandler "
            "section.\nUnder httpWorker the real host asks a handler for "
            "its function's name, /NAME?a=1. This one asks for what the "
            "client did, /api/NAME?a=1, as hosts do under customHandler with "
            "enableForwardingHttpRequest."
        )
        return "httpWorker"
    raise HostConfigurationError(
        "host.json has no customHandler section, or an empty one.\nThis host "
        "runs custom handlers only. Write: "
        '"customHandler": {"description": {"defaultExecutablePath": ...}}'
    )


def read_handler(
    table: Configuration,
    section: str,
    folder: Path,
    variables: Mapping[str, str],
    warnings: list[str],
) -> CustomHandler:
    """The handler; a HostConfigurationError says what it lacks."""
    about = f"{section}:description"
    if not table.items(about):
        raise HostConfigurationError(
            f"Missing worker Description.\nThe {section} section needs a "
            '"description" with a "defaultExecutablePath".'
        )
    _check_type(table, section, warnings)
    executable = expanded(
        table.get(f"{about}:defaultExecutablePath"), variables
    )
    if not executable:
        raise HostConfigurationError(
            "WorkerDescription DefaultExecutablePath cannot be empty\n"
            f'Name the program to start: "{about.replace(":", ".")}'
            '.defaultExecutablePath".'
        )
    directory = folder / (table.get(f"{about}:workerDirectory") or "")
    if (directory / executable).is_file():
        executable = str(directory / executable)
    return CustomHandler(
        executable=executable,
        arguments=_arguments(table, f"{about}:arguments", warnings),
        worker_path=expanded(
            table.get(f"{about}:defaultWorkerPath"), variables
        ),
        worker_arguments=_arguments(
            table, f"{about}:workerArguments", warnings
        ),
        working_directory=folder
        / (table.get(f"{about}:workingDirectory") or ""),
        # The old section forwards always, DefaultHttpWorkerService.cs.
        forwarding=table.boolean(f"{section}:enableForwardingHttpRequest")
        or section == "httpWorker",
        proxying=table.boolean(f"{section}:enableProxyingHttpRequest"),
        port=_port(table, f"{section}:port"),
        initialization_timeout_s=table.seconds(
            f"{section}:initializationTimeout"
        )
        or INITIALIZATION_TIMEOUT,
    )


def expanded(text: str | None, variables: Mapping[str, str]) -> str:
    """%VAR% replaced; one that is not set stays as it is, as in .NET."""
    return VARIABLE.sub(
        lambda found: variables.get(found[1], found[0]), text or ""
    )


def _check_type(
    table: Configuration, section: str, warnings: list[str]
) -> None:
    kind = table.get(f"{section}:type") or "http"
    if kind.lower() not in ("http", "none"):
        raise not_a(
            f"{section}:type",
            "Microsoft.Azure.WebJobs.Script.Workers.Http.CustomHandlerType",
        )
    if kind.lower() == "none" and section == "customHandler":
        warnings.append(
            "CustomHandlerType None is not supported. Defaulting to Http."
        )


def _arguments(
    table: Configuration, key: str, warnings: list[str]
) -> tuple[str, ...]:
    """A list; or a text that is a JSON list, as app settings have it."""
    text = table.get(key)
    if text is None:
        return table.texts(key)
    try:
        listed = json.loads(text)
    except ValueError:
        listed = None
    if isinstance(listed, list):
        return tuple(json_file.as_text(item) for item in listed)
    if text:
        name = key.replace(":", ".")
        warnings.append(
            f'host.json: "{name}" is no list, and the host ignores it: '
            f"write [{json.dumps(text)}]."
        )
    return ()


def _port(table: Configuration, key: str) -> int:
    text = (table.get(key) or "0").strip()
    if not text.isdecimal():
        raise not_a(key, "System.Int32")
    if int(text) > 65535:
        raise HostConfigurationError(
            f'"{key.replace(":", ".")}" is {text}; a port is at most 65535.'
        )
    return int(text)


def read_routes(
    table: Configuration, section: str
) -> tuple[HandlerRoute, ...]:
    """The routes that need no function.json."""
    default = _level(table, f"{section}:http:defaultAuthorizationLevel")
    return tuple(
        HandlerRoute(
            table.get(f"{item}:route") or "",
            _level(table, f"{item}:authorizationLevel", default),
        )
        for item in table.items(f"{section}:http:routes")
    )


def _level(table: Configuration, key: str, default: str = "function") -> str:
    level = (table.get(key) or default).lower()
    if level not in LEVELS:
        raise not_a(
            key, "Microsoft.Azure.WebJobs.Extensions.Http.AuthorizationLevel"
        )
    return level
