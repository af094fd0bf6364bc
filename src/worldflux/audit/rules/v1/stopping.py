"""`stopping.json`: the path of the e-values, where the protocol's rule or the auditor asks for it."""

from __future__ import annotations

import math

from msgspec import UNSET

from worldbase.document import significant
from worldflux.audit.rules.v1 import early
from worldflux.audit.rules.v1.given import Given
from worldflux.audit.rules.v1.hypotheses import rate_hypotheses
from worldflux.documents.claim import ExpectedMetric
from worldflux.documents.evidence import Reason
from worldflux.documents.stopping import Look, MetricPath, Stopping


def savi_obstacle(given: Given) -> str | None:
    """Why the run could not be stopped at the end of a block, or None.

    Only a run that plays one episode of each task in turn has complete blocks before its end. The e-values are valid
    for any order; a rule that stops at block ends is not possible for one that plays task after task.
    """
    if len(given.audit_input.tasks) == 1:
        return None
    order = given.audit_input.run.evaluator.get("episode_order")
    if order == "interleaved":
        return None
    if order == "task_by_task":
        return "The episodes were played task by task, so no block was complete before the last task began."
    return "It is not known in which order the episodes were played (episode_order); nothing shows complete blocks."


def stopping_of(given: Given, evidence_id: str) -> Stopping | None:
    """The path of the e-values of every primary success rate; None where nobody asked for it."""
    if not (given.stops_by_rule or given.audit_input.requested.savi):
        return None
    obstacle, denominator = savi_obstacle(given), given.ledger.denominator
    rule = given.protocol.execution.stopping_rule
    paths = [path for metric in given.claim.expected_metrics if (path := _path(metric, given))]
    return Stopping(
        schema_version="worldflux.stopping.v0_draft",
        evidence_id=evidence_id,
        status="savi_not_applicable" if obstacle else "applicable",
        note=obstacle or "",
        rule=rule,
        planned=rule is not UNSET,
        stopped_early=denominator.not_run > 0,
        alpha=given.rule.alpha,
        log_e_needed=significant(-math.log(given.rule.alpha)),
        tasks=len(given.audit_input.tasks),
        blocks=len(given.blocks),
        episodes=len(given.blocks) * len(given.audit_input.tasks),
        metrics=paths,
    )


def _path(metric: ExpectedMetric, given: Given) -> MetricPath | None:
    hypotheses = rate_hypotheses(metric, given.rule)
    if isinstance(hypotheses, Reason) or metric.task is not UNSET or metric.role != "primary":
        return None
    path = early.path_of(hypotheses, given)
    found, block = path.decision()
    return MetricPath(
        name=metric.name,
        threshold=float(hypotheses[0].threshold),
        decision=found or "none",
        decided_at=block,
        decided_after_episodes=None if block is None else block * len(given.audit_input.tasks),
        path=[
            Look(block=look, log_e_support=significant(support), log_e_refute=significant(refute))
            for look, support, refute in zip(path.looks, path.support, path.refute, strict=True)
        ],
    )
