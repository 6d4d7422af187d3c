"""The command line of a handler, as the host puts it together.

Nothing here is quoted for you: the arguments are joined by spaces and split
again, so one with a space in it becomes two (azure-functions-host 4.1037,
DefaultWorkerProcessFactory.cs).
"""

import re
from collections.abc import Callable, Mapping

from workshop.azure.custom_handler import VARIABLE, CustomHandler, expanded


def command_line(
    handler: CustomHandler,
    variables: Mapping[str, str],
    on_unset: Callable[[str], None] = lambda name: None,
) -> list[str]:
    """The program and its arguments.

    `%NAME%` is replaced by the variable of that name. One that is not set
    becomes nothing, and `on_unset` is told.
    """

    def removed(match: re.Match[str]) -> str:
        on_unset(match[1])
        return ""

    worker_path = [f'"{handler.worker_path}"'] if handler.worker_path else []
    # Each argument alone, and what is left of %...% in the whole line.
    text = " ".join(
        expanded(part, variables)
        for part in (
            *handler.arguments,
            *worker_path,
            *handler.worker_arguments,
        )
    )
    program = expanded(handler.executable, variables)
    return [program, *split(VARIABLE.sub(removed, text))]


def split(text: str) -> list[str]:
    """The arguments of a command line, by .NET's rules on Unix.

    Spaces and tabs part them, double quotes hold together; a quote within
    quotes is written twice or after a backslash, and backslashes count only
    before a quote (dotnet/runtime, Process.Unix.cs, ParseArgumentsIntoList).
    """
    arguments = []
    current: str | None = None
    quoted = False
    position = 0
    while position < len(text):
        slashes = len(text[position:]) - len(text[position:].lstrip("\\"))
        position += slashes
        following = text[position : position + 1]
        if following == '"':
            current = (current or "") + "\\" * (slashes // 2)
            doubled = quoted and text[position + 1 : position + 2] == '"'
            if slashes % 2:
                current += '"'
            elif doubled:
                current += '"'
                position += 1
            else:
                quoted = not quoted
        elif following in (" ", "\t") and following and not quoted:
            if slashes:
                current = (current or "") + "\\" * slashes
            if current is not None:
                arguments.append(current)
            current = None
        else:
            current = (current or "") + "\\" * slashes + following
        position += 1
    return arguments if current is None else [*arguments, current]
