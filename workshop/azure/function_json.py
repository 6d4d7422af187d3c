"""function.json: what triggers a function, and what it reads and writes.

A folder of the app with this file is a function of the folder's name. The
sentences are the real host's, azure-functions-host 4.1037: Utility.cs,
HostFunctionMetadataProvider.cs, FunctionDescriptorProvider.cs and, for the
route, ScriptHost.cs.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from workshop.azure import bindings, json_file
from workshop.azure.bindings import Binding as Binding
from workshop.azure.bindings import FunctionError as FunctionError

NAME = re.compile(r"(?!host$)[a-z][a-z0-9_-]{0,127}", re.IGNORECASE | re.ASCII)
RESERVED = ("admin", "runtime")  # also "administration": by how they begin
KEYS = (
    "bindings",
    "scriptFile",
    "entryPoint",
    "configurationSource",
    "retry",
    "generatedBy",
    "$schema",
)


@dataclass(frozen=True)
class Function:
    """A function of the app, valid."""

    name: str
    bindings: tuple[Binding, ...]
    disabled: bool = False
    warnings: tuple[str, ...] = ()

    @cached_property
    def inputs(self) -> tuple[Binding, ...]:
        """What the function is given, the trigger among it."""
        return tuple(b for b in self.bindings if b.direction != "out")

    @cached_property
    def outputs(self) -> tuple[Binding, ...]:
        """What the function may write."""
        return tuple(b for b in self.bindings if b.direction != "in")

    @cached_property
    def trigger(self) -> Binding:
        """What starts the function."""
        return next(b for b in self.inputs if b.is_trigger)

    @cached_property
    def is_http(self) -> bool:
        """Whether a request starts it."""
        return self.trigger.is_a("httpTrigger")

    @cached_property
    def direct(self) -> bool:
        """Whether the request itself can go to the handler.

        One httpTrigger in and one http out, and nothing more
        (FunctionMetadataExtensions.IsHttpInAndOutFunction).
        """
        return (
            len(self.inputs) == len(self.outputs) == 1
            and self.inputs[0].is_a("httpTrigger")
            and self.outputs[0].is_a("http")
        )

    @cached_property
    def route(self) -> str:
        """The route template, without the app's prefix."""
        route = json_file.as_text(self.trigger.get("route"))
        return route if route.strip() else self.name

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """The HTTP methods, in capitals; none for every one."""
        return tuple(method.upper() for method in self.methods_as_written)

    @cached_property
    def methods_as_written(self) -> tuple[str, ...]:
        """The HTTP methods in the letters of the file, as the log has them."""
        listed = self.trigger.get("methods")
        found = listed if isinstance(listed, list) else []
        return tuple(json_file.as_text(method) for method in found)

    @cached_property
    def level(self) -> str:
        """Who may call it: anonymous, function, admin, ..."""
        return json_file.as_text(
            self.trigger.get("authLevel") or "function"
        ).lower()

    @cached_property
    def schedule(self) -> str:
        """When a timer is to start it: NCRONTAB or a time span."""
        return json_file.as_text(self.trigger.get("schedule"))


def read_function(
    folder: Path, variables: Mapping[str, str], has_bundle: bool = False
) -> Function | None:
    """The function in this folder, or None where there is no function.json.

    A FunctionError says what is wrong with it. `has_bundle` is whether
    host.json names an extension bundle.
    """
    written = _load(folder)
    if written is None:
        return None
    listed = written.get("bindings")  # in this very case, as in the host
    if listed is not None and not isinstance(listed, list):
        kind = "JObject" if isinstance(listed, dict) else "JValue"
        raise FunctionError(_cast(kind, "JArray"))
    if not listed:
        raise FunctionError("At least one binding must be declared.")
    for item in listed:
        if not isinstance(item, dict):
            kind = "JArray" if isinstance(item, list) else "JValue"
            raise FunctionError(_cast(kind, "JObject"))
    found = tuple(bindings.read(item) for item in listed)
    _check_script(folder, written)
    bindings.check(found, folder.name, has_bundle)
    found = tuple(bindings.with_settings(b, variables) for b in found)
    function = Function(
        folder.name,
        found,
        _is_disabled(folder.name, variables),
        (*_warnings(folder.name, written), *bindings.warnings(folder, found)),
    )
    if function.is_http:
        check_route(function)
    return function


def _load(folder: Path) -> dict[str, object] | None:
    path = folder / "function.json"
    try:
        if not path.exists():
            return None
        if not NAME.fullmatch(folder.name):
            raise FunctionError(
                f"'{folder.name}' is not a valid function name."
            )
        written = json_file.read(path)
    except OSError as error:
        raise FunctionError(
            f"{path} cannot be read: {error.strerror}."
        ) from error
    except ValueError as error:
        raise FunctionError(f"{path}: {error}") from error
    if not isinstance(written, dict):
        raise FunctionError(f"{path} must hold one JSON object: {{ ... }}.")
    return written


def _cast(kind: str, wanted: str) -> str:
    return (
        f"Unable to cast object of type 'Newtonsoft.Json.Linq.{kind}' to type "
        f"'Newtonsoft.Json.Linq.{wanted}'."
    )


def _check_script(folder: Path, written: Mapping[str, object]) -> None:
    """A custom handler needs none; one that is named must be there."""
    script = json_file.as_text(written.get("scriptFile"))
    if script and not (folder / script).is_file():
        raise FunctionError(
            "Invalid script file name configuration. The 'scriptFile' "
            "property is set to a file that does not exist."
        )


def _is_disabled(name: str, variables: Mapping[str, str]) -> bool:
    """By an app setting only, azure-webjobs-sdk, HostListenerFactory.cs."""
    settings = {key.lower(): value for key, value in variables.items()}
    return any(
        settings.get(setting.lower(), "").strip().lower() in ("1", "true")
        for setting in (
            f"AzureWebJobs.{name}.Disabled",
            f"AzureWebJobs_{name}_Disabled",  # where a name has no full stop
        )
    )


def check_route(function: Function) -> None:
    """Refuse a route where the host's own endpoints are."""
    if function.route.strip("/").lower().startswith(RESERVED):
        raise FunctionError(
            "The specified route conflicts with one or more built in routes."
        )


def _warnings(name: str, written: Mapping[str, object]) -> list[str]:
    found = []
    for key, value in written.items():
        if key == "disabled":
            if value not in (False, None):
                found.append(
                    f'{name}: the host ignores "disabled" in function.json '
                    "since version 2, and the function runs. Set the app "
                    f"setting AzureWebJobs.{name}.Disabled to true."
                )
        elif key not in KEYS:
            found.append(
                f'{name}: the host ignores "{key}" in function.json.'
                f"{json_file.did_you_mean(key, KEYS)}"
            )
    return found
