"""Which operations of which providers are measured."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from worldbase.errors import UsageError
from worldforge.capabilities import BENCHMARKABLE, require_capability
from worldforge.capabilities.names import Capability
from worldforge.errors import CapabilityError
from worldforge.forge.facade import WorldForge


class Selection(NamedTuple):
    """What is measured.

    Attributes:
        requested: The operations that were asked for, without repetitions; None for all that each provider has.
        selected: Provider -> its operations, both in order.
        skipped: Provider -> operations that were asked for and that it does not have.
    """

    requested: list[Capability] | None
    selected: dict[str, list[Capability]]
    skipped: dict[str, list[Capability]]


def select(
    forge: WorldForge, providers: str | Sequence[str], operations: Sequence[str] | None, *, intersect: bool
) -> Selection:
    """Decide what is measured, before anything is.

    Raises:
        UsageError: `benchmark.no_provider`.
        UnknownProviderError: No provider has such a name.
        CapabilityError: An operation is unknown or cannot be measured, or a provider does not have it.
    """
    names = list(dict.fromkeys([providers] if isinstance(providers, str) else providers))
    if not names:
        raise UsageError(
            "no provider is named",
            code="benchmark.no_provider",
            hint=f"Name at least one of: {', '.join(forge.providers())}.",
        )
    offered = {name: forge.capabilities_of(name) for name in names}
    requested = [_benchmarkable(name) for name in dict.fromkeys(operations)] if operations else None
    selected = {name: [each for each in requested or BENCHMARKABLE if each in offered[name]] for name in names}
    skipped = {name: [each for each in requested or () if each not in offered[name]] for name in names}
    if not intersect:
        _refuse_missing(skipped, offered)
    _refuse_empty(selected, offered)
    return Selection(requested, selected, {name: missing for name, missing in skipped.items() if missing})


def _benchmarkable(name: str) -> Capability:
    capability = require_capability(name)
    if capability in BENCHMARKABLE:
        return capability
    raise CapabilityError(
        f"{name!r} is a workflow over other capabilities and is not measured by itself",
        code="benchmark.not_measurable",
        hint="Measure the score or policy provider that it asks: `--operation score` or `--operation policy`.",
    )


def _refuse_missing(skipped: dict[str, list[Capability]], offered: dict[str, tuple[Capability, ...]]) -> None:
    lacking = [f"{name!r} has no {' and no '.join(missing)}" for name, missing in skipped.items() if missing]
    if lacking:
        raise CapabilityError(
            f"not every provider has every operation: {'; '.join(lacking)}",
            code="benchmark.operation_missing",
            hint=f"They have: {_listed(offered)}. Leave the operations out to measure what each provider has.",
        )


def _refuse_empty(selected: dict[str, list[Capability]], offered: dict[str, tuple[Capability, ...]]) -> None:
    empty = [repr(name) for name, operations in selected.items() if not operations]
    if empty:
        raise CapabilityError(
            f"there is nothing to measure of {', '.join(empty)}",
            code="benchmark.nothing_to_measure",
            hint=f"They have: {_listed(offered)}. Measured are: {', '.join(BENCHMARKABLE)}.",
        )


def _listed(offered: dict[str, tuple[Capability, ...]]) -> str:
    return "; ".join(f"{name}: {', '.join(capabilities) or 'nothing'}" for name, capabilities in offered.items())
