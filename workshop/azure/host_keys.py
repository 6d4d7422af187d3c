"""The keys of host.json that the host reads, and warnings about the others.

From azure-functions-host 4.1037: HostJsonFileConfigurationSource.cs,
ScriptJobHostOptions.cs, HttpWorkerOptions.cs, HttpWorkerDescription.cs; and
from azure-webjobs-sdk-extensions, HttpOptions.cs. An object is a section
with these keys, None a value or a section that is somebody else's.
"""

from collections.abc import Iterator, Mapping

from workshop.azure.json_file import did_you_mean

DESCRIPTION = {
    "defaultExecutablePath": None,
    "defaultWorkerPath": None,
    "workerDirectory": None,
    "workingDirectory": None,
    "arguments": None,
    "workerArguments": None,
    "useStdErrorStreamForErrorsOnly": None,
    "isDisabled": None,
}
CUSTOM_HANDLER = {
    "description": DESCRIPTION,
    "type": None,
    "port": None,
    "enableForwardingHttpRequest": None,
    "enableProxyingHttpRequest": None,
    "initializationTimeout": None,
    "http": {
        "defaultAuthorizationLevel": None,
        "routes": {"route": None, "authorizationLevel": None},
    },
}
HTTP = {
    "routePrefix": None,
    "maxOutstandingRequests": None,
    "maxConcurrentRequests": None,
    "dynamicThrottlesEnabled": None,
    "enableChunkedRequestBinding": None,
    "hsts": None,
    "customHeaders": None,
}
KNOWN: Mapping[str, object] = {
    "$schema": None,
    "version": None,
    "functionTimeout": None,
    "functions": None,
    "retry": None,
    "watchDirectories": None,
    "watchFiles": None,
    "fileWatchingEnabled": None,
    "singleton": None,
    "logging": None,
    "aggregator": None,
    "healthMonitor": None,
    "extensionBundle": None,
    "managedDependency": None,
    "concurrency": None,
    "sendCanceledInvocationsToWorker": None,
    "metadataProviderTimeout": None,
    "telemetryMode": None,
    "isDefaultHostConfig": None,
    "configurationProfile": None,
    "extensions": {"http": HTTP, "*": None},  # *: any extension's name
    "httpWorker": CUSTOM_HANDLER,
    "customHandler": CUSTOM_HANDLER,
}


def warnings(written: Mapping[str, object]) -> list[str]:
    """A sentence for each key that the host would ignore."""
    return list(_warnings(written, KNOWN, ""))


def _warnings(
    section: Mapping[str, object], known: Mapping[str, object], path: str
) -> Iterator[str]:
    below = {name.lower(): inner for name, inner in known.items()}
    for key, value in section.items():
        where = f"{path}{key}"
        inner = below.get(key.lower())
        if key.lower() in below:
            if isinstance(inner, Mapping):
                yield from _inside(value, inner, where)
        elif "*" not in known or not isinstance(value, dict):
            yield (
                f'host.json: the host ignores "{where}".{_advice(key, known)}'
            )


def _inside(
    value: object, known: Mapping[str, object], where: str
) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _warnings(value, known, f"{where}.")
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _inside(item, known, f"{where}[{i}]")
    else:
        yield f'host.json: the host ignores "{where}": it must be an object.'


def _advice(key: str, known: Mapping[str, object]) -> str:
    for section, name in _places(KNOWN, ""):
        if name.lower() == key.lower():
            return f' It belongs in "{section}".'
    near = did_you_mean(key, (name for name in known if name != "*"))
    if near:
        return near
    elsewhere = {name: section for section, name in _places(KNOWN, "")}
    near = did_you_mean(key, elsewhere)
    if not near:
        return ""
    name = near.split('"')[1]
    return f'{near.removesuffix("?")} in "{elsewhere[name]}"?'


def _places(
    known: Mapping[str, object], path: str
) -> Iterator[tuple[str, str]]:
    """Each key with its section: ("customHandler.http", "routes")."""
    for name, inner in known.items():
        if path and name != "*":
            yield path, name
        if isinstance(inner, Mapping) and name != "httpWorker":
            yield from _places(inner, f"{path}.{name}" if path else name)
