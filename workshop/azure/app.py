"""A function app: host.json and its functions, one folder each.

A function in error is left out and the host goes on without it; what is
wrong with the whole app stops the host (azure-functions-host 4.1037,
ScriptHost.cs and FunctionMetadataManager.cs).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from workshop.azure.function_json import (
    Binding,
    Function,
    FunctionError,
    check_route,
    read_function,
)
from workshop.azure.host_json import (
    HandlerRoute,
    HostConfigurationError,
    HostSettings,
    read_host_json,
)
from workshop.azure.routes import Route

# HttpWorkerFunctionProvider.cs, in hosts since 2025.
EVERY_METHOD = [
    *("GET", "POST", "PUT", "DELETE", "PATCH"),
    *("HEAD", "OPTIONS", "TRACE", "CONNECT"),
]


@dataclass(frozen=True)
class App:
    """What there is to serve, and what there is to say about it."""

    folder: Path
    settings: HostSettings
    functions: tuple[Function, ...]  # valid, in the order of their names
    errors: Mapping[str, str]  # of the functions in error: name and sentence
    warnings: tuple[str, ...]


def read_app(folder: Path, variables: Mapping[str, str]) -> App:
    """The app in a folder; HostConfigurationError where it cannot start."""
    folder = folder.absolute()
    settings = read_host_json(folder, variables)
    functions, errors = _of_folders(folder, settings, variables)
    if settings.handler_routes:
        if functions or errors:
            raise HostConfigurationError(
                "Detected both function.json files and custom handler HTTP "
                "route configuration definition in host.jsonOnly one "
                "configuration source is supported. Remove either the "
                "function.json files or the HTTP routes entries in host.json."
            )
        functions, errors = _of_routes(settings.handler_routes)
    functions, conflicts = _without_conflicts(_allowed(functions, settings))
    errors |= conflicts
    routes = {f.name: _route(f, settings) for f in functions if f.is_http}
    warnings = [
        *settings.warnings,
        *(warning for f in functions for warning in f.warnings),
        *_unread(folder),
        *_allow_list(settings),
        *_fall_backs(functions, settings),
        *_shadows(functions, routes),
    ]
    if not functions and not errors:
        warnings.append(
            f"No functions were found. A function is a folder of {folder} "
            "with a function.json in it."
        )
    return App(folder, settings, functions, errors, tuple(warnings))


def _order(name: str) -> str:
    return name.upper()  # StringComparer.OrdinalIgnoreCase


def _of_folders(
    folder: Path, settings: HostSettings, variables: Mapping[str, str]
) -> tuple[tuple[Function, ...], dict[str, str]]:
    functions: list[Function] = []
    errors: dict[str, str] = {}
    folders = [path for path in folder.iterdir() if path.is_dir()]
    for path in sorted(folders, key=lambda path: _order(path.name)):
        try:
            function = read_function(path, variables, settings.has_bundle)
        except FunctionError as error:
            errors[path.name] = str(error)
        else:
            functions += [function] if function else []
    return tuple(functions), errors


def _of_routes(
    routes: Iterable[HandlerRoute],
) -> tuple[tuple[Function, ...], dict[str, str]]:
    """The functions that host.json alone makes: http-handler1, ..."""
    functions: list[Function] = []
    errors: dict[str, str] = {}
    for i, route in enumerate(routes, start=1):
        name = f"http-handler{i}"
        try:
            if not route.route.strip():
                raise ValueError("Route cannot be null, empty or whitespace.")
            Route(route.route)
            function = Function(name, _bindings(route))
            check_route(function)
        except (ValueError, FunctionError) as error:
            errors[name] = str(error)
        else:
            functions.append(function)
    return tuple(sorted(functions, key=lambda f: _order(f.name))), errors


def _bindings(route: HandlerRoute) -> tuple[Binding, ...]:
    trigger = {
        "type": "httpTrigger",
        "authLevel": route.level,
        "direction": "in",
        "name": "req",
        "methods": EVERY_METHOD,
        "route": route.route,
    }
    output = {"type": "http", "direction": "out", "name": "res"}
    return (
        Binding("req", "httpTrigger", "in", trigger),
        Binding("res", "http", "out", output),
    )


def _allowed(
    functions: tuple[Function, ...], settings: HostSettings
) -> tuple[Function, ...]:
    if settings.functions is None:
        return functions
    names = {name.lower() for name in settings.functions}
    return tuple(f for f in functions if f.name.lower() in names)


def _allow_list(settings: HostSettings) -> Iterable[str]:
    if settings.functions is not None:
        yield (
            "A function allow list has been specified, excluding all but the "
            f"following functions: [{', '.join(settings.functions)}]"
        )


def _without_conflicts(
    functions: tuple[Function, ...],
) -> tuple[tuple[Function, ...], dict[str, str]]:
    """Of two with the same route and a method in common, the first."""
    kept: list[Function] = []
    errors: dict[str, str] = {}
    for function in functions:
        for other in kept:
            if function.is_http and other.is_http and _same(function, other):
                errors[function.name] = (
                    "The route specified conflicts with the route defined by "
                    f"function '{other.name}'."
                )
                break
        else:
            kept.append(function)
    return tuple(kept), errors


def _same(one: Function, other: Function) -> bool:
    same = one.route.strip("/").lower() == other.route.strip("/").lower()
    return same and _share_a_method(one, other)


def _share_a_method(one: Function, other: Function) -> bool:
    return (
        not one.methods
        or not other.methods
        or bool(set(one.methods) & set(other.methods))
    )


def _route(function: Function, settings: HostSettings) -> Route:
    template = settings.template(function.route)
    try:
        return Route(template)
    except ValueError as error:
        raise HostConfigurationError(
            "An error occurred while creating the route with name "
            f"'{function.name}' and template '{template}'.\n{error}"
        ) from error


def _unread(folder: Path) -> Iterable[str]:
    if (folder / "function.json").exists():
        yield (
            "The host ignores the function.json beside host.json: a function "
            "is a folder with a function.json in it."
        )


def _fall_backs(
    functions: Iterable[Function], settings: HostSettings
) -> Iterable[str]:
    handler = settings.handler
    for function in functions:
        if function.is_http and not function.direct:
            key = (
                "enableProxyingHttpRequest"
                if handler.proxying
                else "enableForwardingHttpRequest"
            )
            if handler.proxying or handler.forwarding:
                yield (
                    f"{function.name}: the host sends it a JSON payload in "
                    f"spite of {key}, which holds only for a function with "
                    "one httpTrigger in, one http out and nothing else."
                )


def _shadows(
    functions: Iterable[Function], routes: Mapping[str, Route]
) -> Iterable[str]:
    """Where a function of an earlier name takes another one's requests."""
    http = [function for function in functions if function.is_http]
    for first, later in combinations(http, 2):
        one, other = routes[first.name], routes[later.name]
        if (
            one.precedence >= other.precedence
            and _share_a_method(first, later)
            and one.match(other.example) is not None
        ):
            yield (
                f"{later.name}: a request such as /{other.example} goes to "
                f"'{first.name}' (route '{one.template}'), since the host "
                "asks functions in the order of their names and takes the "
                "first whose route matches. Rename one of them."
            )
