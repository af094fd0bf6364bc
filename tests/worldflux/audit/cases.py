"""Small audit inputs, claims and protocols to decide on."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from typing import Any

from worldbase import document
from worldflux.audit.rules import v1
from worldflux.documents.audit_input import (
    AuditInput,
    BenchmarkFacts,
    Blocks,
    Cell,
    EpisodeStream,
    Finding,
    OutcomeCounts,
    RepeatedStarts,
    Requested,
    RunFacts,
    SourceInfo,
)
from worldflux.documents.claim import Claim
from worldflux.documents.evidence import Evidence
from worldflux.documents.protocol import Protocol

ZEROS = f"sha256:{'0' * 64}"


def load_pair(
    fixtures: Any, *, metric: Mapping[str, Any] | None = None, rule: Mapping[str, Any] | None = None, **execution: Any
) -> tuple[document.Loaded[Claim], document.Loaded[Protocol]]:
    """The quickstart's claim and protocol with some values changed."""
    claim = json.loads((fixtures / "seeds" / "claim.json").read_bytes())
    protocol = json.loads((fixtures / "seeds" / "protocol.json").read_bytes())
    claim["expected_metrics"][0].update(metric or {})
    claim["decision_rule"].update(rule or {})
    protocol["execution"].update(execution)
    return (
        document.parse(json.dumps(claim).encode(), Claim, file="claim.json"),
        document.parse(json.dumps(protocol).encode(), Protocol, file="protocol.json"),
    )


def cell(task: str, seed: int, planned: int, gaps: int = 0, **counts: int) -> Cell:
    """A cell whose episodes all stand in the plan."""
    return Cell(task=task, seed=seed, counts=OutcomeCounts(**counts), planned=planned, gaps=gaps, sums={})


def audit_input(
    tasks: Sequence[str],
    cells: Sequence[Cell],
    *,
    findings: Sequence[Finding] = (),
    blocks: Sequence[Blocks] = (),
    repeated_starts: Sequence[RepeatedStarts] = (),
    requested: Requested = Requested(),  # noqa: B008 -- frozen
) -> AuditInput:
    """An audit input that holds these cells."""
    return AuditInput(
        schema_version="worldflux.audit_input.v0_draft",
        source=SourceInfo(name="lerobot", format="lerobot.eval_info.B", adapter_version="1"),
        run=RunFacts(
            inputs=[],
            runs=[],
            evaluator={"name": "lerobot"},
            benchmark=BenchmarkFacts(
                simulated=True,
                perturbation_axes=["lighting"],
                starts_verified=True,
                start_key="environment_seed",
                pairing="recorded",
                starts_note="",
            ),
        ),
        tasks=list(tasks),
        cells=list(cells),
        blocks=list(blocks),
        repeated_starts=list(repeated_starts),
        requested=requested,
        episodes=EpisodeStream(path="episode_results.jsonl", sha256=ZEROS, count=sum(c.counts.observed for c in cells)),
        duplicate=0,
        findings=list(findings),
        missing_evidence=[],
    )


def one_task(successes: int, failures: int, **others: int) -> AuditInput:
    """A plan of one task and one seed, run whole."""
    planned = successes + failures + sum(others.values())
    return audit_input(["t"], [cell("t", 0, planned, success=successes, failure=failures, **others)])


def decide(
    fixtures: Any,
    given: AuditInput,
    *,
    binding: str = "bound",
    metric: Mapping[str, Any] | None = None,
    rule: Mapping[str, Any] | None = None,
    **execution: Any,
) -> Evidence:
    """Evidence for an audit input under the quickstart's claim: at least 0.80, margin 0.05, alpha 0.05."""
    settings: dict[str, Any] = {"seeds": [0], "episodes_per_task": max((c.planned for c in given.cells), default=50)}
    settings.update(copy.deepcopy(execution))
    claim, protocol = load_pair(fixtures, metric=metric, rule=rule, **settings)
    return v1.decide(
        claim,
        protocol,
        given,
        binding=binding,
        identifier="evd_01HXY7K8ABCDEFGHJKMNPQRSTV",
        created_at="2026-11-21T00:00:00Z",
        render="v1",
    )
