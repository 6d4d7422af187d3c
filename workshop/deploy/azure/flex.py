"""What must differ in an app on Flex Consumption, and why.

The host there takes its language from the plan, not from host.json: an app
of the runtime `python` or `node` has that interpreter, one of the runtime
`custom`, version 1.0, brings a Linux program of its own (stack data of
Az.Functions 4.3.0, FunctionsStackFlexData). A customHandler section then
takes the place of the language's worker.

For Python and Node, the arrangement that Microsoft documents and that is
known to run is the profile mcp-custom-handler ("Host servers built with MCP
SDKs on Azure Functions", read 2026-11): one route for every path and method,
the request proxied as it came, no function.json. The same page asks for the
feature flag below. The interpreter is named `python` there, not `python3`.

The handler sees what it saw before, the whole path and the client's headers.
The methods that function.json listed are no longer the host's business: a
handler that answers 405 itself is asked to, now.

An app with other functions, such as a timer, needs its function.json, and so
cannot have the profile. It goes as it is: the host's source says that it
runs (azure-functions-host 4.1037, HttpFunctionInvocationDispatcher.cs), and
the plan says that this is all that is known.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

from workshop.azure import json_file
from workshop.azure.app import App, read_app
from workshop.azure.function_json import Function
from workshop.deploy import elf
from workshop.errors import WorkshopError

PROFILE = "mcp-custom-handler"
FLAG = {"AzureWebJobsFeatureFlags": "EnableMcpCustomHandlerPreview"}
MODULES = {
    "PYTHONPATH": "/home/site/wwwroot/.python_packages/lib/site-packages"
}
NO_MODULES = "# Nothing to install: all modules are in this folder.\n"
INTERPRETERS = {"python": "python", "python3": "python", "node": "node"}
MODES = ("enableForwardingHttpRequest", "enableProxyingHttpRequest")
VERSIONS = {"python": "3.12", "node": "22", "custom": "1.0"}
ARCHITECTURE = "x86_64"  # of an instance
LOCAL_SETTINGS = "local.settings.json"  # of this machine, often with secrets
OWN_PATH = "/api/palindromes"
QUERY = "?min=10&max=99"


@dataclass(frozen=True)
class Adapted:
    """What an app is on Flex Consumption, once its files are rewritten."""

    runtime: str  # python, node or custom
    settings: dict[str, str]  # of the app, besides those of its storage
    changes: tuple[str, ...]  # lines that tell what was rewritten
    cautions: tuple[str, ...]  # what the learner should know before
    path: str  # what to ask for first, with its query
    level: str  # the authorization level of that: anonymous, function, ...

    @property
    def version(self) -> str:
        """The version of the runtime, as the plan names it."""
        return VERSIONS[self.runtime]

    @property
    def remote_build(self) -> bool:
        """Whether Azure installs what requirements.txt names; az has it so."""
        return self.runtime == "python"


def adapt(folder: Path) -> Adapted:
    """Rewrite the app in this folder for Flex Consumption.

    Raises WorkshopError, with the host's own sentence, for an app that is
    in error, and one with the remedy for what Flex has not.
    """
    app = read_app(folder, {})
    for name, complaint in app.errors.items():
        raise WorkshopError(f"The function {name} is in error: {complaint}")
    if not app.functions:
        raise WorkshopError(
            "The app has no functions: a function is a folder with a "
            "function.json in it."
        )
    before = _texts(folder)
    (folder / LOCAL_SETTINGS).unlink(missing_ok=True)
    runtime = _runtime(app)
    cautions = [_caution(f) for f in app.functions if not f.is_http]
    if runtime != "custom":
        cautions += _rewrite(app, runtime)
    if runtime == "python" and not (folder / "requirements.txt").exists():
        (folder / "requirements.txt").write_text(NO_MODULES)
    changes = tuple(_differences(before, _texts(folder)))
    path, level = _first(app)
    settings = {} if runtime == "custom" else dict(FLAG)
    settings |= MODULES if runtime == "python" else {}
    return Adapted(runtime, settings, changes, tuple(cautions), path, level)


def _runtime(app: App) -> str:
    executable = app.settings.handler.executable
    if known := INTERPRETERS.get(executable):
        return known
    program = Path(executable)
    if not program.is_absolute():
        raise WorkshopError(
            f"host.json starts {executable}, which Flex Consumption does not "
            f"have: it has {' and '.join(sorted(set(INTERPRETERS.values())))}"
            ", or a Linux program that is in the app."
        )
    _check_program(program)
    program.chmod(0o755)
    return "custom"


def _check_program(program: Path) -> None:
    """Refuse what is no static program for Linux on x86-64.

    Which libraries an instance has is nowhere promised.
    """
    try:
        found = elf.read(program.read_bytes())
    except elf.BadElf:
        found = None
    if found is None or found.machine != ARCHITECTURE:
        raise WorkshopError(
            f"{program.name} is no program for Linux on {ARCHITECTURE}, which "
            "is what an instance of Flex Consumption runs."
        )
    if not found.is_static:
        raise WorkshopError(
            f"{program.name} needs the C library of the machine that it was "
            "built on, and nobody promises that Azure has the same. Link it "
            "static."
        )


def _rewrite(app: App, runtime: str) -> list[str]:
    """Rewrite host.json, and take away what it replaces; the cautions."""
    host: Any = json_file.read(app.folder / "host.json")
    section = _below(host, "customHandler")
    about = _below(section, "description")
    about[_key(about, "defaultExecutablePath")] = runtime
    levels = {_level(f) for f in app.functions}
    handler = app.settings.handler
    direct = all(f.direct for f in app.functions)
    cautions = []
    if app.settings.handler_routes:
        pass  # it has its routes in host.json already
    elif (
        direct
        and len(levels) == 1
        and (handler.forwarding or handler.proxying)
    ):
        for name in MODES:
            section.pop(_key(section, name), None)
        section["http"] = {"defaultAuthorizationLevel": levels.pop()}
        host = {
            "version": host["version"],
            "configurationProfile": PROFILE,
        } | host
        for function in app.functions:
            _take_away(app.folder / function.name)
    else:
        cautions.append(
            "This app needs its function.json files, so it cannot have the "
            f"profile {PROFILE}, with which {runtime} handlers are known to "
            "run on Flex Consumption. That it runs all the same is read in "
            "the host's source, and not seen on an account: the first "
            "request will tell."
        )
    (app.folder / "host.json").write_text(json.dumps(host, indent=2) + "\n")
    return cautions


def _key(section: dict[str, Any], name: str) -> str:
    """The key as it is written: to the host its case does not count."""
    found = (key for key in section if key.lower() == name.lower())
    return next(found, name)


def _below(section: dict[str, Any], name: str) -> Any:
    try:
        return section[_key(section, name)]
    except KeyError as error:
        raise WorkshopError(
            f'host.json has no "{name}", which is where Flex Consumption '
            "reads what to start."
        ) from error


def _take_away(function: Path) -> None:
    (function / "function.json").unlink()
    if not any(function.iterdir()):
        function.rmdir()


def _level(function: Function) -> str:
    level = function.trigger.properties.get("authLevel") or "function"
    return str(level).lower()


def _caution(function: Function) -> str:
    return (
        f"{function.name} starts by a {function.trigger.type}, not by a "
        "request: it runs, and counts, also while nobody looks."
    )


def _first(app: App) -> tuple[str, str]:
    """What to ask for first: a function that takes a plain GET, or /.

    Where host.json has one route for all, what the workshop's handlers know.
    """
    if app.settings.handler_routes:
        return f"{OWN_PATH}{QUERY}", _level(app.functions[0])
    for function in app.functions:
        if not function.is_http:
            continue
        trigger = function.trigger.properties
        route = str(trigger.get("route") or function.name)
        methods = trigger.get("methods") or ["get"]
        takes_get = isinstance(methods, list) and "get" in map(
            str.lower, methods
        )
        if takes_get and "{" not in route:
            path = app.settings.template(route)
            return f"/{path}{QUERY}", _level(function)
    return "/", "anonymous"


def _texts(folder: Path) -> dict[str, str]:
    """The settings' files, which alone are rewritten, in one spelling."""
    requirements = folder / "requirements.txt"
    texts = {requirements.name: ""} if requirements.exists() else {}
    for pattern in ("host.json", LOCAL_SETTINGS, "*/function.json"):
        for path in folder.glob(pattern):
            name = path.relative_to(folder).as_posix()
            texts[name] = json.dumps(json_file.read(path), indent=2)
    return texts


def _differences(
    before: dict[str, str], after: dict[str, str]
) -> Iterator[str]:
    for name in sorted(before | after):
        if name not in after:
            yield f"{name} is left out"
        elif name not in before:
            yield f"{name} is added"
        elif before[name] != after[name]:
            yield f"{name} is rewritten:"
            lines = unified_diff(
                before[name].splitlines(),
                after[name].splitlines(),
                n=99,
                lineterm="",
            )
            yield from list(lines)[3:]
