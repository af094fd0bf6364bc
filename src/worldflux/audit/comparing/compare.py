"""Two sides compared, end to end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from worldflux.audit.comparing import conditions, effects, grounds, replication, wording
from worldflux.audit.comparing.effects import Design
from worldflux.audit.comparing.pairing import pair
from worldflux.audit.comparing.shapes import Change, Condition, Difference, Effect, Pairing, Replication, effect_of
from worldflux.audit.comparing.sides import Side
from worldflux.documents.audit_input import Finding
from worldflux.documents.evidence import Evidence, Reason
from worldflux.stats.comparison import Comparison, Counts

NOTHING_PAIRED = Pairing(False, "nothing is compared.")


def compare(left: Side, right: Side, *, replicate: bool = False, within: float | None = None) -> Difference:
    """Compare two sides.

    Args:
        left: The earlier result, or the original.
        right: The later result, or the reproduction.
        replicate: Read the right side as a reproduction: what is known to differ then bars the comparison.
        within: With `replicate`: ask whether the two differ by less than so many points.
    """
    stated = _stated(left, right)
    gate = replication.gate_of(stated.conditions) if replicate else None
    barred = [*grounds.bars(left, right, stated.inputs), *replication.bars(gate or ())]
    if not barred:
        return _compared(left, right, stated, gate, within)
    return msgspec.structs.replace(
        stated,
        headline=" ".join(reason.message for reason in barred),
        not_comparable=barred,
        on_common_tasks=_on_common_tasks(left, right, barred),
        replication=None if gate is None else replication.replication(gate, None, None, within),
    )


def _stated(left: Side, right: Side) -> Difference:
    """What can be said without comparing: what both sides state, and how it differs."""
    inputs, circumstances = grounds.inputs_of(left, right), conditions.conditions(left, right)
    return Difference(
        verdict="not_comparable",
        headline="",
        same_claim=left.evidence.claim.hash == right.evidence.claim.hash,
        same_protocol=left.evidence.protocol.hash == right.evidence.protocol.hash,
        identity=_changes(_identity(left), _identity(right)),
        inputs=inputs,
        conditions=circumstances,
        not_comparable=[],
        effect=None,
        on_common_tasks=None,
        pairing=NOTHING_PAIRED,
        replication=None,
        findings=[
            *grounds.member_findings(left, right),
            *grounds.seed_findings(inputs, same_checkpoint=_is_same("checkpoint", circumstances)),
            *conditions.condition_findings(circumstances),
            *grounds.error_findings(left, right),
        ],
        counts=_changes(_counts(left.evidence), _counts(right.evidence)),
        result=_changes(_result(left.evidence), _result(right.evidence)),
        tasks=effects.task_changes(left, right, {}, tested=False),
    )


def _compared(
    left: Side, right: Side, stated: Difference, gate: list[Condition] | None, within: float | None
) -> Difference:
    matched = pair(left, right)
    design = effects.design_of(left, right, matched.pairing)
    compared = design.compare()
    lost = left.ambiguous, right.ambiguous
    lost_decide = effects.is_decided_by_lost(design, compared, *lost)
    effect = effect_of(compared, design.aggregation)
    if lost_decide:
        effect = msgspec.structs.replace(effect, verdict="no_difference_shown")
    reproduced = None if gate is None else replication.replication(gate, design, compared, within)
    return msgspec.structs.replace(
        stated,
        verdict=effect.verdict,
        headline=_headline(design, effect, reproduced),
        effect=effect,
        pairing=matched.pairing,
        replication=reproduced,
        findings=[
            *stated.findings,
            *grounds.pairing_findings(matched.pairing),
            *grounds.sampling_findings(left, right),
            *_reading_findings(design, compared, lost if lost_decide else None),
        ],
        tasks=effects.task_changes(left, right, matched.tables, tested=True),
    )


def _on_common_tasks(left: Side, right: Side, barred: list[Reason]) -> Effect | None:
    """Where only the task sets differ: the difference on what both have, for information."""
    if [reason.code for reason in barred] != ["not_comparable.different_tasks"]:
        return None
    design = effects.design_of(left, right, NOTHING_PAIRED)
    return effect_of(design.compare(), design.aggregation)


def _reading_findings(design: Design, compared: Comparison, lost: tuple[int, int] | None) -> Iterator[Finding]:
    """How firmly the numbers carry the verdict."""
    if lost is not None:
        yield Finding(
            code="comparison.lost_decide",
            severity="warning",
            message=f"The test shows a difference ({wording.verdict(compared.verdict)}), but {lost[0]:,} lost episodes "
            f"on the left and {lost[1]:,} on the right would undo it, had they gone the other way; none is shown.",
        )
    if effects.is_aggregation_sensitive(design.tasks):
        yield Finding(
            code="comparison.aggregation_sensitive",
            severity="warning",
            message="Over all episodes the change has one sign, over the tasks weighing the same the other: "
            "the sides ran the tasks in different numbers.",
        )
    if design.left_out:
        yield Finding(
            code="comparison.task_without_trials",
            severity="warning",
            message=f"{design.left_out:,} task(s) have no success or failure on one side and take no part.",
        )
    if not compared.interval_agrees:
        yield Finding(
            code="comparison.interval_disagrees",
            severity="info",
            message="Test and interval disagree about 0, as two methods may near the limit; the test decides.",
        )


def _headline(design: Design, effect: Effect, reproduced: Replication | None) -> str:
    told = _sentence(design, effect)
    if reproduced is None or reproduced.within_points is None:
        return told
    within = f"within {reproduced.within_points:g} points"
    if effect.verdict == "no_difference_shown":
        return f"Reproduced {within}. {told}"
    return f"A difference is shown; the two lie {within} of each other. {told}"


def _sentence(design: Design, effect: Effect) -> str:
    left, right = effects.whole(design.tasks)
    sizes = wording.sizes(left.trials, right.trials)
    if effect.aggregation == "pairs":
        table, number = design.table, sum(design.table)
        left, right = Counts(table.both + table.left_only, number), Counts(table.both + table.right_only, number)
        return wording.sentence(f"{wording.against(left, right)} in pairs", effect, f"{number:,} pairs")
    subject = wording.against(left, right)
    if effect.aggregation == "equal_task_weights":
        return wording.sentence(f"{subject}, every task weighing the same", effect, sizes)
    if effect.aggregation == "task_population":
        return wording.sentence(f"{subject}, on tasks that stand for others", effect, f"{len(design.tasks)} tasks")
    return wording.sentence(subject, effect, sizes)


def _identity(side: Side) -> dict[str, Any]:
    evidence, counted = side.evidence, side.audit_input
    return {
        "claim": evidence.claim.hash,
        "claim_text": evidence.claim.text,
        "protocol": evidence.protocol.hash,
        "binding": evidence.protocol.binding,
        "source": f"{evidence.source.name} ({evidence.source.format})",
        "inputs": None if counted is None else [entry.sha256 for entry in counted.run.inputs],
        "run_seeds": evidence.scope.run_seeds,
    }


def _counts(evidence: Evidence) -> dict[str, Any]:
    denominator = evidence.denominator
    counts: dict[str, Any] = {
        name: getattr(denominator, name)
        for name in ("planned", "success", "failure", "not_run", "lost", "out_of_protocol")
    }
    for metric in evidence.metrics:
        counts[f"{metric.name} estimate"] = metric.estimate
        counts[f"{metric.name} k_crit"] = metric.k_crit
    return counts


def _result(evidence: Evidence) -> dict[str, Any]:
    return {
        "verdict": evidence.verdict,
        "reasons": ", ".join(reason.code for reason in evidence.reasons),
        "findings": len(evidence.findings),
        "missing_evidence": len(evidence.missing_evidence),
    }


def _changes(left: dict[str, Any], right: dict[str, Any]) -> list[Change]:
    names = list(dict.fromkeys([*left, *right]))
    return [Change(name, left.get(name), right.get(name), left.get(name) != right.get(name)) for name in names]


def _is_same(name: str, found: list[Condition]) -> bool:
    return any(condition.name == name and condition.status == "same" for condition in found)
