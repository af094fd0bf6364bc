"""What runs have to share to be compared; where two say different things, comparing them is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, NoReturn

from worldforge.errors import ComparisonRefusedError, WorldForgeError
from worldforge.runs.comparison.documents import ComparisonContext
from worldforge.runs.comparison.facts import RunFacts, facts_of
from worldforge.runs.preserved import PreservedRun, open_run


class _Aspect(NamedTuple):
    """Something that runs have to agree on.

    Attributes:
        name: What messages call it.
        code: Of the refusal.
        of: What a run says; None where it says nothing.
        shown: How a message writes it.
    """

    name: str
    code: str
    of: Callable[[RunFacts], str | None]
    shown: Callable[[RunFacts], str | None]


def _operations(run: RunFacts) -> str | None:
    return ", ".join(sorted(run.operations)) or None


def _capabilities(run: RunFacts) -> str | None:
    return ", ".join(sorted(run.stated_capabilities)) or None


def _fixture(run: RunFacts) -> str | None:
    return run.fixture_digest


def _suite_version(run: RunFacts) -> str | None:
    return run.suite_version


_ASPECTS: Final = (
    _Aspect("operation", code="compare.operations", of=_operations, shown=_operations),
    _Aspect("capability", code="compare.capabilities", of=_capabilities, shown=_capabilities),
    _Aspect("fixture digest", code="compare.fixture", of=_fixture, shown=_fixture),
    _Aspect("suite version", code="compare.suite_version", of=_suite_version, shown=_suite_version),
    # The same budgets under another name are the same budgets.
    _Aspect("budget", code="compare.budget", of=lambda run: run.budget_digest, shown=lambda run: run.budget_ref),
)


def open_runs(paths: Sequence[Path | str], *, workspace: Path | None = None) -> list[RunFacts]:
    """Open runs that can stand side by side.

    Args:
        paths: Folders, manifests, reports, or ids in the workspace; at least two.
        workspace: Where ids are looked for.

    Raises:
        ComparisonRefusedError: `compare.too_few`, `compare.schema`, `compare.kind`, `compare.mixed_kinds`,
            `compare.no_report`, `compare.operations`, `compare.capabilities`, `compare.fixture`,
            `compare.suite_version` or `compare.budget`.
        WorldForgeError: A run cannot be opened.
    """
    if len(paths) < 2:
        raise ComparisonRefusedError(
            f"{len(paths)} run(s) cannot be compared",
            code="compare.too_few",
            hint="Name two runs or more; the first is the baseline.",
        )
    facts = [facts_of(_opened(path, workspace)) for path in paths]
    for each in facts[1:]:
        if each.kind != facts[0].kind:
            kinds = f"{facts[0].kind} in {facts[0].run_id}, {each.kind} in {each.run_id}"
            raise ComparisonRefusedError(
                f"kind mismatch: {kinds}", code="compare.mixed_kinds", hint="Compare runs of one kind."
            )
    for aspect in _ASPECTS:
        _refuse_disagreement(aspect, facts)
    return facts


def shared_context(facts: Sequence[RunFacts]) -> ComparisonContext:
    """What all of them share."""
    return ComparisonContext(
        kind=facts[0].kind,
        providers=sorted({provider for each in facts for provider in each.providers}),
        capabilities=sorted({name for each in facts for name in each.capabilities}),
        operations=sorted({name for each in facts for name in each.operations}),
        fixture_digest=_first(each.fixture_digest for each in facts),
        suite_version=_first(each.suite_version for each in facts),
        budget_refs=list(dict.fromkeys(ref for each in facts if (ref := each.budget_ref) is not None)),
        missing_evidence=sorted({name for each in facts for name in each.missing}),
    )


def _opened(path: Path | str, workspace: Path | None) -> PreservedRun:
    try:
        return open_run(path, workspace=workspace)
    except WorldForgeError as error:
        if error.code != "run.schema_version":
            raise
        raise ComparisonRefusedError(error.message, code="compare.schema", where=error.where, hint=error.hint) from None


def _refuse_disagreement(aspect: _Aspect, facts: Sequence[RunFacts]) -> None:
    """Hold every run against the first that says anything; who says nothing is only missing evidence."""
    saying = [each for each in facts if aspect.of(each) is not None]
    for each in saying[1:]:
        if aspect.of(each) != aspect.of(saying[0]) and not (aspect.of is _fixture and _same_inputs(saying[0], each)):
            _refuse(aspect, saying[0], each)


def _same_inputs(first: RunFacts, second: RunFacts) -> bool:
    """Whether the inputs are equal although one run read them from a file and the other did not."""
    return first.value_digest is not None and first.value_digest == second.value_digest


def _first(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _refuse(aspect: _Aspect, first: RunFacts, second: RunFacts) -> NoReturn:
    raise ComparisonRefusedError(
        f"{aspect.name} mismatch: {aspect.shown(first)} in {first.run_id}, {aspect.shown(second)} in {second.run_id}",
        code=aspect.code,
        hint="Only runs that measured the same are compared; their providers may differ.",
    )
