"""The names of the capabilities."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from worldforge.errors import CapabilityError

Capability: TypeAlias = Literal["predict", "embed", "score", "policy", "plan"]

CAPABILITIES: Final[tuple[Capability, ...]] = ("predict", "embed", "score", "policy", "plan")

# `plan` is a workflow of the facade over other capabilities: its latency is that of the provider that it asks.
BENCHMARKABLE: Final[tuple[Capability, ...]] = ("predict", "embed", "score", "policy")

METHODS: Final[dict[Capability, str]] = {
    "predict": "predict",
    "embed": "embed",
    "score": "score_actions",
    "policy": "select_actions",
    "plan": "plan",
}
"""Capability -> method of a provider that has it."""


def require_capability(name: str) -> Capability:
    """Return the name of a capability.

    Raises:
        CapabilityError: `capability.unknown`, with the nearest name.
    """
    for known in CAPABILITIES:
        if name == known:
            return known
    import difflib

    nearest = difflib.get_close_matches(name, CAPABILITIES, n=1, cutoff=0.5)
    advice = f"Did you mean {nearest[0]!r}? " if nearest else ""
    raise CapabilityError(
        f"no capability is called {name!r:.60}",
        code="capability.unknown",
        hint=f"{advice}Known: {', '.join(CAPABILITIES)}.",
    )
