"""host.json: how to start the handler, and the settings of the whole app.

What the host does not know it ignores without a word; here that is a warning
(azure-functions-host 4.1037, HostJsonFileConfigurationSource.cs for the file,
HttpWorkerOptionsSetup.cs for the handler). Of the newer hosts: proxying,
`port`, `http.routes` and profiles (HttpWorkerOptions.cs, 2025).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workshop.azure import custom_handler, host_keys, json_file
from workshop.azure.configuration import Configuration
from workshop.azure.configuration import (
    HostConfigurationError as HostConfigurationError,
)
from workshop.azure.custom_handler import CustomHandler as CustomHandler
from workshop.azure.custom_handler import HandlerRoute as HandlerRoute
from workshop.azure.time_span import LONGEST

FUNCTION_TIMEOUT = 1800.0  # seconds; 300 on the Consumption plan
LONGEST_ON_CONSUMPTION = 600.0  # seconds
VERSION_HELP = (
    "See https://aka.ms/functions-hostjson for more information on this "
    "configuration file."
)


@dataclass(frozen=True)
class HostSettings:
    """What host.json says."""

    handler: CustomHandler
    route_prefix: str
    function_timeout_s: float | None  # None: unbounded
    handler_routes: tuple[HandlerRoute, ...]
    warnings: tuple[str, ...]
    functions: tuple[str, ...] | None = None  # the only ones to load
    has_bundle: bool = False  # an extensionBundle is named

    def template(self, route: str) -> str:
        """The whole route template: the prefix and a function's route."""
        return f"{self.route_prefix}/{route}" if self.route_prefix else route


def read_host_json(folder: Path, variables: Mapping[str, str]) -> HostSettings:
    """The settings of the app in `folder`, under the host's environment."""
    folder = folder.absolute()
    written = _load(folder)
    _check_version(written)
    table = Configuration(written, variables)
    warnings = host_keys.warnings(written)
    section = custom_handler.section_of(table, warnings)
    prefix = table.get("extensions:http:routePrefix")
    if only := table.get("functions"):
        warnings.append(
            'host.json: "functions" is no list, and the host ignores it: '
            f"write [{json.dumps(only)}]."
        )
    return HostSettings(
        handler=custom_handler.read_handler(
            table, section, folder, variables, warnings
        ),
        route_prefix="api" if prefix is None else prefix,
        function_timeout_s=_function_timeout(table, warnings),
        handler_routes=custom_handler.read_routes(table, section),
        functions=table.texts("functions") or None,
        has_bundle=bool(table.get("extensionBundle:id")),
        warnings=tuple(warnings),
    )


def _load(folder: Path) -> dict[str, object]:
    path = folder / "host.json"
    try:
        written = json_file.read(path)
    except FileNotFoundError as error:
        raise HostConfigurationError(_no_host_json(folder)) from error
    except OSError as error:
        raise HostConfigurationError(
            f"{path} cannot be read: {error.strerror}."
        ) from error
    except ValueError as error:
        raise HostConfigurationError(
            f"Unable to parse host configuration file '{path}'.\n{error}"
        ) from error
    if not isinstance(written, dict):
        raise HostConfigurationError(
            f"Unable to parse host configuration file '{path}'.\n"
            "It must hold one JSON object: { ... }."
        )
    if not written:
        raise HostConfigurationError(
            "Empty host configuration file found. Creating a default "
            "host.json file.\nA default one names no program to start, and "
            f"this host writes nothing into {folder}: write a host.json with "
            "a customHandler section."
        )
    return written


def _no_host_json(folder: Path) -> str:
    """The host would go on with a default file, and find no handler in it."""
    if not folder.is_dir():
        return f"{folder} is no folder: name one that has a host.json."
    nested = [f"/{path.parent.name}/host.json" for path in _nested(folder)]
    if nested:
        return (
            "No functions were found. A valid host.json file wasn't found in "
            "the package root. However, one was located at: "
            f"{', '.join(nested)}.\nName the folder that has it."
        )
    return (
        "No host configuration file found. Creating a default host.json "
        "file.\nA default one names no program to start, and this host writes "
        f"nothing into {folder}: write a host.json with a customHandler "
        "section, or name the folder that has one."
    )


def _nested(folder: Path) -> list[Path]:
    return sorted(folder.glob("*/host.json"))


def _check_version(written: Mapping[str, object]) -> None:
    # Only here is the key's case significant, as in the host.
    version = json_file.as_text(written.get("version"))
    if not version:
        raise HostConfigurationError(
            "The host.json file is missing the required 'version' property. "
            "See https://aka.ms/functions-hostjson for steps to migrate the "
            'configuration file.\nWrite "version": "2.0".'
        )
    if version != "2.0":
        runtime = (
            "This does not correspond to the function runtime version, only "
            "to the schema version of the host.json file. "
        )
        raise HostConfigurationError(
            f"'{version}' is an invalid value for host.json 'version' "
            "property. We recommend you set the 'version' property to '2.0'. "
            f"{runtime if version.startswith('3') else ''}{VERSION_HELP}"
            '\nIt is a text, in quotes: "version": "2.0".'
        )


def _function_timeout(
    table: Configuration, warnings: list[str]
) -> float | None:
    """As ScriptJobHostOptionsSetup.cs has it for all but Consumption."""
    seconds = table.seconds("functionTimeout")
    if seconds is None:
        return FUNCTION_TIMEOUT
    unbounded = seconds == -86_400  # -1 is minus one day
    if seconds < 1 and not unbounded:
        raise HostConfigurationError(
            "FunctionTimeout must be greater than 00:00:01 and less than "
            f"{LONGEST}.\nWrite hours, minutes and seconds, such as "
            '"00:05:00", or "-1" for no limit.'
        )
    if unbounded or seconds > LONGEST_ON_CONSUMPTION:
        warnings.append(
            f'host.json: functionTimeout is "{table.get("functionTimeout")}"'
            f"{'' if unbounded else f', {seconds:.0f} s'}; on the "
            "Consumption plan the host stops with: FunctionTimeout must be "
            "greater than 00:00:01 and less than 00:10:00."
        )
    return None if unbounded else seconds
