"""local.settings.json: the app settings of a function app on this machine.

In Azure they are set on the app and reach the handler as environment
variables; here they are the file's `Values`, as for the official tools.
"""

from pathlib import Path

from workshop.azure import json_file
from workshop.errors import WorkshopError

FILE = "local.settings.json"


def read_local_settings(folder: Path) -> dict[str, str]:
    """The app settings, none without the file.

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
    if not isinstance(values, dict):
        raise WorkshopError(
            f'{path} should be {{"Values": {{"NAME": "text", ...}}}}.'
        )
    for name, value in values.items():
        if not isinstance(value, str):
            raise WorkshopError(
                f"{path}: the value of {name} must be text, in quotes."
            )
    return values
