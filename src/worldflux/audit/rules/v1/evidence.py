"""All of `evidence.json`, as a pure function."""

from __future__ import annotations

from typing import Final

from msgspec import UNSET

from worldbase.document import Loaded, significant
from worldflux.audit.rules.v1 import combination, wording
from worldflux.audit.rules.v1.decided import DESCRIPTIVE_CONFIDENCE, Decided
from worldflux.audit.rules.v1.given import Given
from worldflux.audit.rules.v1.intervals import of_counts
from worldflux.audit.rules.v1.precedence import precedence_of
from worldflux.audit.rules.v1.rate import decide_rate
from worldflux.audit.rules.v1.scores import decide_score
from worldflux.audit.rules.v1.stopping import savi_obstacle
from worldflux.documents.audit_input import AuditInput, OutcomeCounts
from worldflux.documents.claim import SCORES, Claim, ExpectedMetric
from worldflux.documents.evidence import (
    ClaimRef,
    DeploymentSummary,
    Evidence,
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
    given = given_of(claim, protocol, audit_input)
    ledger = given.ledger
    items = combination.corrected([_decided(metric, given) for metric in given.claim.expected_metrics], given)
    items = combination.refutations_confirmed(items, given, _decided)
    verdict = combination.combined(items, given)
    observed = combination.combined(items, given, observed=True)
    sensitive = observed != verdict and ledger.all_tasks.ambiguous > 0
    items = [combination.flagged(item, _flags(given, sensitive=sensitive)) for item in items]
    return Evidence(
        schema_version="worldflux.evidence.v0_draft",
        id=identifier,
        created_at=created_at,
        claim=ClaimRef(id=claim.document.id, hash=claim.digest, text=claim.document.claim_text),
        protocol=ProtocolRef(
            id=protocol.document.id,
            hash=protocol.digest,
            binding="bound" if binding == "bound" else "placeholder",
            precedence=precedence_of(audit_input.requested, protocol.digest),
        ),
        source=SourceRef(name=audit_input.source.name, format=audit_input.source.format),
        headline=wording.headline(items, verdict, given, binding),
        verdict=verdict,
        observed_verdict=observed if sensitive else UNSET,
        reasons=_reasons(items, given, binding),
        metrics=[item.evidence for item in items],
        slices=_slices(audit_input),
        denominator=ledger.denominator,
        findings=audit_input.findings,
        missing_evidence=audit_input.missing_evidence,
        unsupported_claims=wording.unsupported_claims(items, verdict, given),
        next_falsification_axes=wording.next_falsification_axes(audit_input, ledger),
        claim_boundary=wording.claim_boundary(given),
        scope=_scope(protocol.document, audit_input),
        recommendation=_RECOMMENDATIONS[verdict],
        deployment_summary=_deployment_summary(audit_input),
        rules=RULES,
        render=render,
    )


def given_of(claim: Loaded[Claim], protocol: Loaded[Protocol], audit_input: AuditInput) -> Given:
    """All that the rules may look at."""
    return Given(claim.document, protocol.document, audit_input, (claim.digest, protocol.digest))


def _decided(metric: ExpectedMetric, given: Given) -> Decided:
    return decide_score(metric, given) if metric.name in SCORES else decide_rate(metric, given)


def _flags(given: Given, *, sensitive: bool) -> list[str]:
    audit_input, flags = given.audit_input, []
    if given.ledger.denominator.not_run:
        flags.append("short_of_plan")
    if sensitive:
        flags.append("missing_sensitive")
    if not audit_input.run.benchmark.starts_verified:
        flags.append("starts_unverified")
    if audit_input.repeated_starts:
        flags.append("starts_repeated")
    if any(finding.code == "seed.overlap" for finding in audit_input.findings):
        flags.append("seed_overlap")
    if savi_obstacle(given) and (given.stops_by_rule or audit_input.requested.savi):
        flags.append("savi_not_applicable")
    return flags


def _reasons(items: list[Decided], given: Given, binding: str) -> list[Reason]:
    lost = given.ledger.all_tasks.ambiguous
    reasons = [reason for item in items for reason in item.reasons]
    if reason := combination.only_exploratory(items):
        reasons.append(reason)
    if lost and given.by_e_process:
        message = f"{lost:,} episodes were lost; the blocks are read up to the first loss."
        reasons.append(Reason(code="lost.ends_blocks", message=message))
    elif lost and given.audit_input.run.measures is UNSET:
        message = f"{lost:,} lost episodes count as failures for support and as successes for refutation."
        reasons.append(Reason(code="lost.counted_against", message=message))
    if binding == "placeholder":
        message = (
            "The protocol holds a placeholder instead of the claim's hash; it does not show which claim it was for."
        )
        reasons.append(Reason(code="binding.placeholder", message=message))
    return list(dict.fromkeys(reasons))


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
        interval=of_counts(successes, trials, "wilson", DESCRIPTIVE_CONFIDENCE),
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
