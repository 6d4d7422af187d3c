"""Route templates such as `items/{id:int}/{*rest}`, as ASP.NET reads them.

    literal      matches itself, in any case
    {id}         one segment, or the part of one beside a literal
    {id?}        one segment or none, at the end of the path
    {id=7}       the same, with a value when there is none
    {*rest}      all that is left, also nothing; at the end of the template
    {id:int}     only where the value fits; see constraints.py

Which of two routes gets a request that both match is not
decided here: the Functions host asks them in the order of the functions'
names, not by how exact they are (azure-functions-host issue 3153).
"""

import re
from urllib.parse import unquote

from workshop.azure.route_template import Parameter, Part, parse


class Route:
    """A template; `match` says what of a path its parameters are."""

    def __init__(self, template: str) -> None:
        """Raises ValueError, with a sentence, where it is no template."""
        self.template = template
        self._segments = parse(template)
        self.parameters = tuple(
            part
            for parts in self._segments
            for part in parts
            if isinstance(part, Parameter)
        )
        self._patterns = [_pattern(parts) for parts in self._segments]
        # A literal, something beside a literal or constrained, a parameter, a
        # catch-all: what ASP.NET itself would ask first is smaller.
        self.precedence = tuple(map(_precedence, self._segments))

    @property
    def example(self) -> str:
        """A path of this route; a constraint may not like it."""
        return "/".join(
            "".join(part if isinstance(part, str) else "x" for part in parts)
            for parts in self._segments
        )

    def match(self, path: str) -> dict[str, object] | None:
        """The parameters that a path gives, or None where it does not match.

        The path is percent-encoded and has no query. An optional parameter
        that is absent, and a catch-all of nothing, is None.
        """
        values: dict[str, object] = {
            parameter.name: parameter.default for parameter in self.parameters
        }
        rest = path.removeprefix("/")
        for i, parts in enumerate(self._segments):
            last = parts[-1]
            if isinstance(last, Parameter) and last.is_catch_all:
                if rest:
                    values[last.name] = _decode(rest)
                rest = ""
                break
            given, _, rest = rest.partition("/")
            if not given:
                if not all(map(_may_lack, self._segments[i:])):
                    return None
                break
            found = self._patterns[i].fullmatch(_decode(given))
            if not found:
                return None
            names = [p.name for p in parts if isinstance(p, Parameter)]
            values.update(zip(names, found.groups(), strict=True))
        return None if rest or not self._fits(values) else values

    def _fits(self, values: dict[str, object]) -> bool:
        return all(
            parameter.fits(value)
            for parameter in self.parameters
            if isinstance(value := values[parameter.name], str)
        )


def _decode(text: str) -> str:
    """Percent-decoded as the host's server does: all but an encoded slash."""
    kept = re.split("(%2f)", text, flags=re.IGNORECASE)
    return "".join(
        part if part.lower() == "%2f" else unquote(part) for part in kept
    )


def _pattern(parts: list[Part]) -> re.Pattern[str]:
    """What one segment must be, with a group for each parameter."""
    return re.compile(
        "".join(
            re.escape(part) if isinstance(part, str) else "(.+)"
            for part in parts
        ),
        re.IGNORECASE | re.DOTALL,
    )


def _may_lack(parts: list[Part]) -> bool:
    first = parts[0]
    return (
        len(parts) == 1
        and isinstance(first, Parameter)
        and (
            first.is_optional
            or first.is_catch_all
            or first.default is not None
        )
    )


def _precedence(parts: list[Part]) -> int:
    """RoutePrecedence.cs of ASP.NET Core, its order of what comes in."""
    if len(parts) > 1:
        return 2
    [part] = parts
    if isinstance(part, str):
        return 1
    constrained = 1 if part.constraints else 0
    return 5 - constrained if part.is_catch_all else 3 - constrained
