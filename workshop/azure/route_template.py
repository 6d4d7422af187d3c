"""The parts of a route template, and the sentences about a bad one.

The sentences are those of ASP.NET Core's RoutePatternParser.cs.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from workshop.azure.constraints import Constraint, constraint

MISMATCHED = (
    "There is an incomplete parameter in the route template. Check that each "
    "'{' character has a matching '}' character."
)
NAME_RULES = (
    "Route parameter names must be non-empty and cannot contain these "
    "characters: '{', '}', '/'. The '?' character marks a parameter as "
    "optional, and can occur only at the end of the parameter. The '*' "
    "character marks a parameter as catch-all, and can occur only at the "
    "start of the parameter."
)
TOKEN = re.compile(
    r"\{(?!\{)(?P<parameter>(?:[^{}]|\{\{|\}\})*)\}(?!\})"
    r"|(?P<literal>(?:[^{}/]|\{\{|\}\})+)|(?P<slash>/)"
)
PARAMETER = re.compile(
    r"(?P<stars>\*{0,2})(?P<name>[^:=?]*)"
    r"(?P<constraints>(?::[^:(=?]+(?:\(.*?\)(?=[:=?]|$))?)*)"
    r"(?:=(?P<default>.*?))?(?P<optional>\??)",
    re.DOTALL,
)
CONSTRAINT = re.compile(r":([^:(=?]+(?:\(.*?\)(?=:|$))?)", re.DOTALL)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a template."""

    name: str
    constraints: tuple[Constraint, ...]
    default: str | None
    is_optional: bool
    is_catch_all: bool

    def fits(self, value: str) -> bool:
        """Whether the value may be this parameter's."""
        return all(fits(value) for fits in self.constraints)


Part = str | Parameter


def parse(template: str) -> list[list[Part]]:
    """The segments, each of its literals and parameters; or ValueError."""
    if template.startswith("~") and not template.startswith("~/"):
        raise ValueError(
            "The route template cannot start with a '~' character unless "
            "followed by a '/'."
        )
    text = template.removeprefix("~").removeprefix("/")
    segments = [_checked(parts) for parts in _segments(text, template)]
    _check_parameters(segments)
    return segments


def _segments(text: str, template: str) -> Iterator[list[Part]]:
    parts: list[Part] = []
    at = 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if not found:
            raise ValueError(MISMATCHED)
        at = found.end()
        if found["slash"]:
            if not parts:
                raise ValueError(
                    "The route template separator character '/' cannot appear "
                    "consecutively. It must be separated by either a "
                    "parameter or a literal value."
                )
            yield parts
            parts = []
        elif found["literal"]:
            parts.append(_literal(_unescaped(found["literal"])))
        else:
            parts.append(_parameter(_unescaped(found["parameter"]), template))
    if parts:
        yield parts


def _unescaped(text: str) -> str:
    return text.replace("}}", "}").replace("{{", "{")


def _literal(text: str) -> str:
    if "?" in text:
        raise ValueError(
            f"The literal section '{text}' is invalid. Literal sections "
            "cannot contain the '?' character."
        )
    return text


def _parameter(text: str, template: str) -> Parameter:
    found = PARAMETER.fullmatch(text)
    name = found["name"] if found else text
    if not found or not name or set("*{}/") & set(name):
        raise ValueError(
            f"The route parameter name '{name}' is invalid. {NAME_RULES}"
        )
    if found["optional"] and found["stars"]:
        raise ValueError("A catch-all parameter cannot be marked optional.")
    if found["optional"] and found["default"] is not None:
        raise ValueError("An optional parameter cannot have default value.")
    constraints = []
    for written in CONSTRAINT.findall(found["constraints"]):
        known = constraint(written)
        if known is None:
            raise ValueError(
                f"The constraint entry '{name}' - '{written}' on the route "
                f"'{template}' could not be resolved by the constraint "
                "resolver of type 'DefaultInlineConstraintResolver'."
            )
        constraints.append(known)
    return Parameter(
        name,
        tuple(constraints),
        found["default"],
        bool(found["optional"]),
        bool(found["stars"]),
    )


def _checked(parts: list[Part]) -> list[Part]:
    """The parts of one segment, where they may stand side by side."""
    for part, after in pairwise(parts):
        if isinstance(part, Parameter) and isinstance(after, Parameter):
            raise ValueError(
                "A path segment cannot contain two consecutive parameters. "
                "They must be separated by a '/' or by a literal string."
            )
    for part in parts:
        if isinstance(part, str) or len(parts) == 1:
            continue
        if part.is_catch_all:
            raise ValueError(
                "A path segment that contains more than one section, such as "
                "a literal section or a parameter, cannot contain a "
                "catch-all parameter."
            )
        if part.is_optional:
            raise ValueError(
                f"The optional parameter '{part.name}' must be a segment of "
                "its own (this host's rule: ASP.NET takes {name}.{format?})."
            )
    return parts


def _check_parameters(segments: list[list[Part]]) -> None:
    seen = set()
    for i, parts in enumerate(segments, start=1):
        for part in parts:
            if isinstance(part, str):
                continue
            if part.name.lower() in seen:
                raise ValueError(
                    f"The route parameter name '{part.name}' appears more "
                    "than one time in the route template."
                )
            seen.add(part.name.lower())
            if part.is_catch_all and i < len(segments):
                raise ValueError(
                    "A catch-all parameter can only appear as the last "
                    "segment of the route template."
                )
