"""The bindings of a function.json: read, checked, and what may surprise.

A binding's keys have no case. The sentences are the real host's,
azure-functions-host 4.1037: BindingMetadata.cs, Utility.cs,
ScriptBindingContext.cs, FunctionBinding.cs, FunctionDescriptorProvider.cs.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from workshop.azure import json_file
from workshop.azure.custom_handler import LEVELS

NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9]{0,127}|\$return")
SETTING = re.compile("%([^%]*)%")
DIRECTIONS = ("in", "out", "inout")
COMMON = ("name", "type", "direction", "dataType", "properties")
# What this host serves, and the keys that each may have beside the common.
SERVED = {
    "httpTrigger": ("authLevel", "methods", "route"),
    "http": (),
    "timerTrigger": ("schedule", "runOnStartup", "useMonitor"),
}
# The beginnings of the other types of the documented extensions ("Supported
# bindings", read 2026-11), and what serves them.
ELSEWHERE = {
    "queue": "a storage account",
    "blob": "a storage account",
    "table": "a storage account",
    "serviceBus": "a Service Bus namespace",
    "eventHub": "an Event Hubs namespace",
    "eventGrid": "an Event Grid topic",
    "cosmosDB": "a Cosmos DB account",
    "signalR": "a SignalR service",
    "sendGrid": "a SendGrid account",
    "twilioSms": "a Twilio account",
    "kafka": "a Kafka cluster",
    "rabbitMQ": "a RabbitMQ server",
    "redis": "a Redis server",
    "sql": "an SQL database",
    "mysql": "a MySQL database",
    "dapr": "a Dapr sidecar",
    "mcpTool": "the MCP extension",
    "orchestration": "the Durable Functions extension",
    "activityTrigger": "the Durable Functions extension",
    "entityTrigger": "the Durable Functions extension",
    "durable": "the Durable Functions extension",
    "warmupTrigger": "a host that adds instances",
    "manualTrigger": "a host that is asked through its admin API",
}


class FunctionError(Exception):
    """A function is in error: the host's sentence. The others go on."""


@dataclass(frozen=True)
class Binding:
    """One binding of a function."""

    name: str
    type: str
    direction: str
    properties: Mapping[str, object]  # the whole object, as it is written

    @property
    def is_trigger(self) -> bool:
        """Every trigger's type ends so."""
        return self.type.lower().endswith("trigger")

    def is_a(self, kind: str) -> bool:
        """Whether it is of this type, in any case."""
        return self.type.lower() == kind.lower()

    def get(self, key: str) -> object:
        """The value of a key, in any case; None where there is none."""
        return _get(self.properties, key)


def _get(properties: Mapping[str, object], key: str) -> object:
    for name, value in properties.items():
        if name.lower() == key.lower():
            return value
    return None


def read(properties: Mapping[str, object]) -> Binding:
    """The binding as it is written; its direction is in, by default."""
    direction = json_file.as_text(_get(properties, "direction")) or "in"
    if direction.lower() not in DIRECTIONS:
        raise FunctionError(f"'{direction}' is not a valid binding direction.")
    return Binding(
        json_file.as_text(_get(properties, "name")),
        json_file.as_text(_get(properties, "type")),
        direction.lower(),
        properties,
    )


def check(bindings: Iterable[Binding], function: str, bundle: bool) -> None:
    """Refuse, in the host's order, what the host refuses."""
    bindings = tuple(bindings)
    names = set()
    for binding in bindings:
        _check_one(binding)
        if binding.name.lower() in names:
            raise FunctionError(
                f"Multiple bindings with name '{binding.name}' discovered. "
                "Binding names must be unique."
            )
        names.add(binding.name.lower())
    triggers = [b for b in bindings if b.is_trigger and b.direction != "out"]
    if len(triggers) > 1:
        raise FunctionError(
            "Multiple trigger bindings defined. A function can only have a "
            "single trigger binding."
        )
    if not triggers:
        raise FunctionError(
            "No trigger binding specified. A function must have a trigger "
            "input binding."
        )
    if any(b.is_a("http") and b.direction != "out" for b in bindings):
        raise FunctionError("Http binding can only be used for output.")
    _check_types(bindings, function, bundle)
    for binding in bindings:
        if binding.is_a("httpTrigger"):
            _check_http_trigger(binding)


def _check_one(binding: Binding) -> None:
    if not NAME.fullmatch(binding.name):
        raise FunctionError(
            f"The binding name {binding.name} is invalid. Please assign a "
            "valid name to the binding."
        )
    if binding.name == "$return" and binding.direction != "out":
        raise FunctionError(
            "$return bindings must specify a direction of 'out'."
        )
    if not binding.type:
        raise FunctionError(
            f"Binding '{binding.name}' is invalid. Bindings must specify a "
            "Type."
        )


def _check_types(
    bindings: Iterable[Binding], function: str, bundle: bool
) -> None:
    served = {kind.lower() for kind in SERVED}
    others = [b for b in bindings if b.type.lower() not in served]
    needs = {b.type: _needs(b.type) for b in others}
    unknown = [kind for kind, need in needs.items() if not need]
    if unknown and bundle:
        raise FunctionError(
            f"The binding type(s) '{', '.join(unknown)}' were not found in "
            "the configured extension bundle. Please ensure the type is "
            "correct and the correct version of extension bundle is "
            "configured."
        )
    if unknown:
        raise FunctionError(
            f"The binding type(s) '{', '.join(unknown)}' are not registered. "
            "Please ensure the type is correct and the binding extension is "
            "installed."
        )
    for binding in others:
        raise FunctionError(
            f"Function '{function}' binds '{binding.name}' to "
            f"'{binding.type}', which this local host does not serve: it has "
            f"{', '.join(SERVED)} and no services behind it. On Azure it "
            f"takes {needs[binding.type]} and an extensionBundle in "
            "host.json."
        )


def _needs(kind: str) -> str:
    """What serves a binding of this type; nothing for an unknown one."""
    for start, need in ELSEWHERE.items():
        if kind.lower().startswith(start.lower()):
            return need
    return ""


def _check_http_trigger(binding: Binding) -> None:
    wrong = "Error parsing function.json: Invalid value specified for binding"
    level = json_file.as_text(binding.get("authLevel"))
    if level and level.lower() not in LEVELS:
        raise FunctionError(
            f"{wrong} property 'authLevel' of enum type AuthorizationLevel."
        )
    methods = binding.get("methods")
    if methods is not None and not isinstance(methods, list):
        raise FunctionError(f"{wrong} property 'methods' of type JArray.")
    if methods == []:
        raise FunctionError(
            f"Binding '{binding.name}' lists no methods, and the host would "
            "answer every request with 404. Name them, or leave the key out "
            "for all of them."
        )
    if isinstance(binding.get("route"), dict | list):
        raise FunctionError(f"{wrong} property 'route' of type String.")


def with_settings(binding: Binding, variables: Mapping[str, str]) -> Binding:
    """The binding with the app settings in a timer's schedule put in."""
    schedule = json_file.as_text(binding.get("schedule"))
    if not binding.is_a("timerTrigger") or "%" not in schedule:
        return binding
    for found in SETTING.finditer(schedule):
        if found[1] not in variables:
            raise FunctionError(f"'%{found[1]}%' does not resolve to a value.")
    resolved = SETTING.sub(lambda found: variables[found[1]], schedule)
    others = {
        key: value
        for key, value in binding.properties.items()
        if key.lower() != "schedule"
    }
    return replace(binding, properties=others | {"schedule": resolved})


def warnings(folder: Path, bindings: Iterable[Binding]) -> list[str]:
    """What the host does without a word, and a learner might not expect."""
    found = []
    for binding in bindings:
        where = f'{folder.name}: binding "{binding.name}"'
        own = {kind.lower(): keys for kind, keys in SERVED.items()}
        known = (*COMMON, *own[binding.type.lower()])
        names = {name.lower() for name in known}
        found += [
            f'{where}: the host ignores "{key}".'
            f"{json_file.did_you_mean(key, known)}"
            for key in binding.properties
            if key.lower() not in names
        ]
        if binding.is_a("httpTrigger") and not binding.get("authLevel"):
            found.append(
                f'{where} has no "authLevel", and the host takes "function": '
                'callers need a key. For none, write "anonymous".'
            )
        if binding.is_a("httpTrigger") and binding.get("methods") is None:
            found.append(
                f'{where} has no "methods", and the host takes every method.'
            )
    return found
