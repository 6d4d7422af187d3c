"""What a host says at its start: into its log, and to who started it."""

from collections.abc import Mapping

from workshop.azure.app import App
from workshop.azure.function_json import Function
from workshop.azure.keys import Keys
from workshop.azure.log import Log


def log_app(app: App, log: Log) -> None:
    """Log what there is, as the real host does, and what may surprise."""
    for warning in app.warnings:
        log.warning(warning)
    for name, sentence in app.errors.items():
        log.error(f"The '{name}' function is in error: {sentence}")
    names = [f"Host.Functions.{one.name}" for one in app.functions]
    log.information(f"Generating {len(names)} job function(s)")
    if names:
        log.information("\n".join(["Found the following functions:", *names]))
    else:
        log.warning(
            "No job functions found. A function is a folder with a "
            "function.json."
        )
    routes = [
        f"Mapped function route '{app.settings.route_prefix}/{one.route}' "
        f"[{','.join(one.methods_as_written) or 'all'}] to '{one.name}'"
        for one in app.functions
        if one.is_http
    ] or ["No HTTP routes mapped"]
    log.information("\n".join(["Initializing function HTTP routes", *routes]))


def urls(app: App, url: str) -> dict[str, str]:
    """Where each function is, empty for one of another trigger."""
    return {
        one.name: f"{url}/{app.settings.template(one.route)}"
        if one.is_http
        else ""
        for one in app.functions
    }


def listing(app: App, url: str, places: Mapping[str, str], keys: Keys) -> str:
    """The functions and how to reach them, for a terminal."""
    lines = [f"Local Functions host on {url} (Ctrl-C stops it).", ""]
    lines += ["Functions:", ""]
    lines += [
        f"    {one.name}: {_reached(one, places[one.name], keys)}"
        for one in app.functions
    ]
    if any(
        one.level != "anonymous" or not one.is_http for one in app.functions
    ):
        lines += ["", f"    master key: {keys.named['master']}"]
    return "\n".join([*lines, ""])


def _reached(function: Function, place: str, keys: Keys) -> str:
    if not function.is_http:
        return function.trigger.type
    methods = ",".join(function.methods) or "every method"
    code = ""
    if function.level == "function":
        code = f"?code={keys.named[function.name]}"
    return f"[{methods}] {place}{code}"
