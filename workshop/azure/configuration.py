"""The host's configuration: one flat table of texts.

`{"customHandler": {"description": {"arguments": ["a"]}}}` becomes the text
"a" under `customHandler:description:arguments:0`. The case of a key does not
count, an empty object leaves no trace, and later sources win: the profile,
then host.json, then the environment, where a colon is written `__`
(azure-functions-host 4.1037, HostJsonFileConfigurationSource.cs).
"""

from collections.abc import Iterator, Mapping

from workshop.azure import json_file
from workshop.azure.time_span import time_span
from workshop.errors import WorkshopError

ROOT = "AzureFunctionsJobHost"
# HostConfigurationProfile.cs, in hosts since 2025.
HTTP_PROFILE = {
    "customhandler:enableproxyinghttprequest": "true",
    "extensions:http:routeprefix": "",
    "customhandler:http:routes:0:route": "{*route}",
}
PROFILES: Mapping[str, dict[str, str]] = {
    "": {},
    "default": {},
    "mcp-custom-handler": HTTP_PROFILE,
    "web-app-custom-handler": HTTP_PROFILE,
}


class HostConfigurationError(WorkshopError):
    """The host cannot start: its own sentence, then what to do about it."""


class Configuration:
    """What is set, by the profile, by host.json and by the environment."""

    def __init__(
        self, written: Mapping[str, object], variables: Mapping[str, str]
    ) -> None:
        file = {key.lower(): text for key, text in _flat(written)}
        start = f"{ROOT}__".lower()
        environment = {
            name.lower().removeprefix(start).replace("__", ":"): value
            for name, value in variables.items()
            if name.lower().startswith(start)
        }
        name = (file | environment).get("configurationprofile", "")
        if name.lower() not in PROFILES:
            supported = ", ".join(f"'{known}'" for known in PROFILES)
            raise HostConfigurationError(
                f"Configuration profile '{name}' is not supported. "
                f"Supported values: {supported}."
            )
        self._texts = PROFILES[name.lower()] | file | environment

    def get(self, key: str) -> str | None:
        """The text under this key."""
        return self._texts.get(key.lower())

    def has(self, section: str) -> bool:
        """An empty object leaves no trace in the table, and is absent."""
        return any(
            key == section.lower() or key.startswith(f"{section.lower()}:")
            for key in self._texts
        )

    def items(self, section: str) -> list[str]:
        """The keys of a list's items, in order."""
        start = f"{section.lower()}:"
        below = {
            key.removeprefix(start).partition(":")[0]
            for key in self._texts
            if key.startswith(start)
        }
        return [f"{section}:{i}" for i in sorted(below, key=_number)]

    def texts(self, section: str) -> tuple[str, ...]:
        """A list of texts."""
        found = (self.get(key) for key in self.items(section))
        return tuple(text for text in found if text is not None)

    def seconds(self, key: str) -> float | None:
        """A length of time in seconds."""
        text = self.get(key)
        if not text:
            return None
        try:
            return time_span(text)
        except ValueError as error:
            raise not_a(key, "System.TimeSpan", str(error)) from error

    def boolean(self, key: str) -> bool:
        """A true or false, as JSON or as a text; false when absent."""
        text = (self.get(key) or "").strip().lower()
        if text not in ("", "true", "false"):
            raise not_a(key, "System.Boolean")
        return text == "true"


def _flat(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _flat(below, f"{path}:{key}" if path else key)
    elif isinstance(value, list):
        for i, below in enumerate(value):
            yield from _flat(below, f"{path}:{i}")
    else:
        yield path, json_file.as_text(value)


def _number(key: str) -> tuple[bool, int, str]:
    return (False, int(key), "") if key.isdecimal() else (True, 0, key)


def not_a(
    key: str, dotnet_type: str, remedy: str = ""
) -> HostConfigurationError:
    """The value under this key cannot be taken for one of that type."""
    sentence = (
        f"Failed to convert configuration value at '{ROOT}:{key}' to type "
        f"'{dotnet_type}'."
    )
    return HostConfigurationError("\n".join(filter(None, (sentence, remedy))))
