"""All of `evidence.json`, as a pure function."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import UNSET

from worldbase.document import Loaded, significant
from worldflux.audit.rules.v1 import ledger as ledgers
from worldflux.audit.rules.v1 import metric as metrics
from worldflux.audit.rules.v1 import wording
from worldflux.audit.rules.v1.ledger import Ledger
from worldflux.audit.rules.v1.metric import Decided
from worldflux.documents.audit_input import AuditInput, OutcomeCounts
from worldflux.documents.claim import Claim
from worldflux.documents.evidence import (
    ClaimRef,
    DeploymentSummary,
    Evidence,
    MetricEvidence,
    ProtocolRef,
    Reason,
    Recommendation,
    Scope,
    Slice,
    Slices,
    SourceRef,
    Verdict,
)
from worldflux.documents.protocol import Protocol

RULES: Final = "v1"

_RECOMMENDATIONS: Final[dict[Verdict, Recommendation]] = {
    "supported": "cite_within_scope",
    "refuted": "do_not_cite",
    "inconclusive": "collect_more_episodes",
    "underpowered": "enlarge_the_plan",
    "not_testable": "repair_the_input",
}


def decide(
    claim: Loaded[Claim],
    protocol: Loaded[Protocol],
    audit_input: AuditInput,
    *,
    binding: str,
    identifier: str,
    created_at: str,
    render: str,
) -> Evidence:
    """Decide a claim.

    Args:
        claim: The claim, with the hash of its file.
        protocol: The protocol, with the hash of its file.
        audit_input: Counts, run facts and findings.
        binding: `bound` or `placeholder`.
        identifier: Id of the evidence (`evd_...`).
        created_at: Time of the audit.
        render: Version of the renderer that will show the evidence.
    """
    ledger = ledgers.keep(audit_input, protocol.document)
    rule = claim.document.decision_rule
    decided = [metrics.decide(promise, rule, protocol.document, ledger) for promise in claim.document.expected_metrics]
    verdict = _conjunction([item.evidence.verdict for item in decided])
    observed = _conjunction([item.observed_verdict for item in decided])
    flags = _flags(audit_input, ledger, sensitive=observed != verdict)
    return Evidence(
        schema_version="worldflux.evidence.v0_draft",
        id=identifier,
        created_at=created_at,
        claim=ClaimRef(id=claim.document.id, hash=claim.digest, text=claim.document.claim_text),
        protocol=ProtocolRef(
            id=protocol.document.id,
            hash=protocol.digest,
            binding="bound" if binding == "bound" else "placeholder",
            precedence="not_shown",
        ),
        source=SourceRef(name=audit_input.source.name, format=audit_input.source.format),
        headline=wording.headline(decided, verdict, audit_input, ledger, binding),
        verdict=verdict,
        observed_verdict=observed if observed != verdict else UNSET,
        reasons=_reasons(decided, ledger, binding),
        metrics=[_flagged(item, flags) for item in decided],
        slices=_slices(audit_input),
        denominator=ledger.denominator,
        findings=audit_input.findings,
        missing_evidence=audit_input.missing_evidence,
        unsupported_claims=wording.unsupported_claims(decided, verdict, audit_input),
        next_falsification_axes=wording.next_falsification_axes(audit_input, ledger),
        claim_boundary=wording.claim_boundary(audit_input),
        scope=_scope(protocol.document, audit_input),
        recommendation=_RECOMMENDATIONS[verdict],
        deployment_summary=_deployment_summary(audit_input),
        rules=RULES,
        render=render,
    )


def _conjunction(verdicts: list[Verdict]) -> Verdict:
    """A claim holds when all its metrics hold (an intersection-union test, which needs no correction).

    One refuted metric refutes the claim, whatever can be said of the others.
    """
    order: tuple[Verdict, ...] = ("refuted", "not_testable", "underpowered", "inconclusive")
    return next((verdict for verdict in order if verdict in verdicts), "supported")


def _flags(audit_input: AuditInput, ledger: Ledger, *, sensitive: bool) -> list[str]:
    flags = []
    if ledger.denominator.not_run:
        flags.append("short_of_plan")
    if sensitive:
        flags.append("missing_sensitive")
    if not audit_input.run.benchmark.starts_verified:
        flags.append("starts_unverified")
    if any(finding.code == "seed.overlap" for finding in audit_input.findings):
        flags.append("seed_overlap")
    return flags


def _flagged(item: Decided, flags: list[str]) -> MetricEvidence:
    own = list(item.evidence.flags)
    if item.evidence.verdict == "supported" and item.evidence.target.status == "contradicted":
        own.append("below_target")
    return msgspec.structs.replace(item.evidence, flags=[*own, *flags])


def _reasons(decided: list[Decided], ledger: Ledger, binding: str) -> list[Reason]:
    reasons = [reason for item in decided for reason in item.reasons]
    if ledger.ambiguous:
        message = f"{ledger.ambiguous:,} lost episodes count as failures for support and as successes for refutation."
        reasons.append(Reason(code="lost.counted_against", message=message))
    if binding == "placeholder":
        message = (
            "The protocol holds a placeholder instead of the claim's hash; it does not show which claim it was for."
        )
        reasons.append(Reason(code="binding.placeholder", message=message))
    return reasons


def _slices(audit_input: AuditInput) -> Slices:
    planned = [cell for cell in audit_input.cells if cell.planned]
    seeds = list(dict.fromkeys(cell.seed for cell in planned))
    by_task: dict[str, list[OutcomeCounts]] = {task: [] for task in audit_input.tasks}
    by_seed: dict[int, list[OutcomeCounts]] = {seed: [] for seed in seeds}
    for cell in planned:
        by_task[cell.task].append(cell.planned_counts)
        by_seed[cell.seed].append(cell.planned_counts)
    return Slices(
        by_task=[_slice(task, counts) for task, counts in by_task.items()],
        by_seed=[_slice(str(seed), counts) for seed, counts in by_seed.items()],
    )


def _slice(key: str, counts: list[OutcomeCounts]) -> Slice:
    successes = sum(count.success for count in counts)
    trials = successes + sum(count.failure for count in counts)
    return Slice(
        key=key,
        successes=successes,
        trials=trials,
        estimate=significant(successes / trials) if trials else None,
        interval=metrics.interval(successes, trials, metrics.DESCRIPTIVE_CONFIDENCE),
    )


def _scope(protocol: Protocol, audit_input: AuditInput) -> Scope:
    estimand = protocol.execution.estimand
    return Scope(
        benchmark=protocol.benchmark.name,
        benchmark_version=protocol.benchmark.version,
        tasks=len(audit_input.tasks),
        run_seeds=protocol.execution.seeds,
        episodes_per_task=protocol.execution.episodes_per_task,
        evaluator=audit_input.source.name,
        estimand="fixed_tasks" if estimand is UNSET else estimand,
        estimand_declared=estimand is not UNSET,
    )


def _deployment_summary(audit_input: AuditInput) -> DeploymentSummary:
    known = audit_input.run.benchmark.simulated
    return "simulation_only_not_assessed" if known else "environment_unknown_not_assessed"
