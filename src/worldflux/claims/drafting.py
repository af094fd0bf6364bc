"""Draft a claim and its protocol from a template, with fresh ids and the hash already bound."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any, NamedTuple

from worldbase import clock, digest, document, identifier
from worldbase.errors import UsageError
from worldflux.documents.claim import Claim
from worldflux.documents.protocol import Protocol


class Draft(NamedTuple):
    """The bytes of a claim and of the protocol bound to it."""

    claim: bytes
    protocol: bytes


def template_titles() -> dict[str, str]:
    """Name and one-line title of every template."""
    return {name: _template(name)["title"] for name in template_names()}


def template_names() -> list[str]:
    """Names of the templates, sorted."""
    folder = resources.files("worldflux.claims") / "templates"
    return sorted(item.name.removesuffix(".json") for item in folder.iterdir() if item.name.endswith(".json"))


def draft(template: str, settings: list[str]) -> Draft:
    """Fill a template.

    Args:
        template: Name of a template.
        settings: `path=value` texts. A path starts with `claim.` or `protocol.`; without either, the field is
            looked up in the claim first, then in the protocol. Values are JSON where they parse as JSON, else text.

    Raises:
        UsageError: `template.unknown`, `template.setting`.
        InputError: The filled documents are not valid.
    """
    filled = _template(template)
    claim, protocol = filled["claim"], filled["protocol"]
    for setting in settings:
        _apply(setting, claim, protocol)
    content = (digest.of_value(claim), digest.of_value(protocol))
    claim["id"] = identifier.new("clm", content=content)
    claim["curator"]["created_at"] = clock.timestamp()
    protocol["id"] = identifier.new("prt", content=content)
    protocol["claim_id"] = claim["id"]
    protocol["claim_hash"] = digest.of_value(claim)
    document.convert(claim, Claim, file="claim.json")
    document.convert(protocol, Protocol, file="protocol.json")
    return Draft(_bytes(claim), _bytes(protocol))


def _bytes(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _template(name: str) -> dict[str, Any]:
    if name not in template_names():
        raise UsageError(
            f"no template is called {name!r}",
            code="template.unknown",
            hint=f"Known: {', '.join(template_names())}. See `worldflux claim templates`.",
        )
    text = (resources.files("worldflux.claims") / "templates" / f"{name}.json").read_text(encoding="utf-8")
    template: dict[str, Any] = json.loads(text)
    return template


def _apply(setting: str, claim: dict[str, Any], protocol: dict[str, Any]) -> None:
    path, equals, text = setting.partition("=")
    keys = path.split(".")
    if not equals or not all(keys) or keys in (["claim"], ["protocol"]):
        raise _bad_setting(setting, "write it as path=value")
    roots = {"claim": claim, "protocol": protocol}
    if keys[0] in roots:
        target: Any = roots[keys[0]]
        keys = keys[1:]
    else:
        target = claim if keys[0] in claim else protocol
    for key in keys[:-1]:
        target = _step(target, key, setting)
    last = int(keys[-1]) if isinstance(target, list) and keys[-1].isdecimal() else keys[-1]
    try:
        target[last] = _value(text)
    except (IndexError, TypeError):
        raise _bad_setting(setting, f"there is no place {keys[-1]!r}") from None


def _step(target: Any, key: str, setting: str) -> Any:
    try:
        return target[int(key) if isinstance(target, list) else key]
    except (KeyError, IndexError, ValueError, TypeError):
        raise _bad_setting(setting, f"there is no field {key!r}") from None


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _bad_setting(setting: str, reason: str) -> UsageError:
    return UsageError(
        f"--set {setting!r}: {reason}",
        code="template.setting",
        hint="For example: --set claim.expected_metrics.0.value=0.9 --set protocol.execution.episodes_per_task=20",
    )
