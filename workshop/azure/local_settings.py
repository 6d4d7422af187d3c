"""local.settings.json: the app settings of a function app on this machine.

In Azure they are set on the app and reach the handler as environment
variables; here they are the file's `Values`, as for the official tools.
"""

from pathlib import Path

from workshop.azure import json_file
from workshop.errors import WorkshopError

FILE = "local.settings.json"
ADVICE = {
    "Host": " The port is that of --port, and nothing here answers for CORS.",
    "ConnectionStrings": " A setting in Values reaches the handler.",
}


def read_local_settings(folder: Path, warnings: list[str]) -> dict[str, str]:
    """The app settings, none without the file.

    What else the file has does nothing here, which is a warning.
    Raises WorkshopError where the file is not what it should be.
    """
    path = folder / FILE
    try:
        told = json_file.read(path)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise WorkshopError(f"{path} cannot be read. {error}") from error
    values = told.get("Values", {}) if isinstance(told, dict) else None
    if not isinstance(told, dict) or not isinstance(values, dict):
        raise WorkshopError(
            f'{path} should be {{"Values": {{"NAME": "text", ...}}}}.'
        )
    for name, value in values.items():
        if not isinstance(value, str):
            raise WorkshopError(
                f"{path}: the value of {name} must be text, in quotes."
            )
    warnings += [
        f'{FILE}: "{key}" is ignored here.{ADVICE.get(key, "")}'
        for key in told
        if key not in ("IsEncrypted", "Values")
    ]
    return values
