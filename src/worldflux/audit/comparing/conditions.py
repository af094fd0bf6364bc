"""Circumstances of two runs that can move a success rate by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from msgspec import UNSET

from worldflux.audit.comparing.shapes import Condition, KnownFrom
from worldflux.audit.comparing.sides import Side
from worldflux.benchmarks.registry import normalised
from worldflux.documents.audit_input import Finding
from worldflux.documents.protocol import Protocol

GATE: Final = ("checkpoint", "evaluator", "max_steps", "n_action_steps", "simulator_version", "benchmark_version")
"""What has to be the same before a result can be called a reproduction; another evaluator version is a warning."""

_TOLD: Final = {
    "checkpoint": "checkpoint",
    "evaluator": "evaluator",
    "evaluator_version": "version of the evaluator",
    "max_steps": "step limit of an episode",
    "n_action_steps": "number of actions executed of each predicted chunk",
    "simulator_version": "version of the simulator",
    "benchmark_version": "version of the benchmark",
    "infra_error": "reading of infrastructure errors",
}


def conditions(left: Side, right: Side) -> list[Condition]:
    """Compare what is known of the runs, and else what was planned."""
    return [_condition(name, left, right) for name in _TOLD]


def _condition(name: str, left: Side, right: Side) -> Condition:
    if name == "checkpoint":
        return _checkpoint(left, right)
    ran = _of_run(name, left), _of_run(name, right)
    if None not in ran:
        return Condition(name, *ran, "same" if ran[0] == ran[1] else "differs", "runs")
    planned = _of_plan(name, left), _of_plan(name, right)
    if None in planned:
        known = [run if run is not None else plan for run, plan in zip(ran, planned, strict=True)]
        return Condition(name, known[0], known[1], "unknown", "nothing")
    if planned[0] != planned[1]:
        return Condition(name, *planned, "differs", "plans")
    # Equal plans do not show that the runs were equal. The rule for errors is applied by the audit: there they do.
    return Condition(name, *planned, "same" if name == "infra_error" else "unknown", "plans")


def _checkpoint(left: Side, right: Side) -> Condition:
    """Weights are the same by their digest, else by address and revision.

    Two addresses may name the same weights, so another address alone shows nothing; another revision of one address
    does.
    """
    digests = left.fact("checkpoint_sha256"), right.fact("checkpoint_sha256")
    if None not in digests:
        return Condition("checkpoint", *digests, "same" if digests[0] == digests[1] else "differs", "runs")
    ours, theirs = _address(left), _address(right)
    known: KnownFrom = "nothing" if ours is None or theirs is None else "plans"
    if known == "nothing" or ours != theirs:
        return Condition("checkpoint", ours, theirs, "unknown", known)
    revisions = left.fact("policy_revision"), right.fact("policy_revision")
    if None not in revisions and revisions[0] != revisions[1]:
        return Condition("checkpoint", f"{ours} at {revisions[0]}", f"{theirs} at {revisions[1]}", "differs", "runs")
    return Condition("checkpoint", ours, theirs, "same", known)


def _address(side: Side) -> str | None:
    stated: str | None = side.fact("checkpoint_uri") or _of_plan("checkpoint", side)
    return stated


def _of_run(name: str, side: Side) -> Any:
    if name == "evaluator":
        return side.evidence.source.name
    return None if name == "infra_error" else side.fact(name)


def _of_plan(name: str, side: Side) -> Any:
    if name == "benchmark_version":
        return normalised(side.evidence.scope.benchmark_version)
    return None if side.protocol is None else _of_protocol(name, side.protocol)


def _of_protocol(name: str, protocol: Protocol) -> Any:
    execution = protocol.execution
    planned = {
        "checkpoint": protocol.model_runtime.checkpoint_uri,
        "evaluator_version": protocol.evaluator.version,
        "max_steps": execution.max_steps_per_episode,
        "n_action_steps": None if execution.n_action_steps is UNSET else execution.n_action_steps,
        "infra_error": protocol.infra_error_policy,
    }
    return planned.get(name)


def condition_findings(found: list[Condition]) -> Iterator[Finding]:
    """Name what differs; comparing two checkpoints is the point, so that one is not a finding."""
    for condition in found:
        if condition.status == "differs" and condition.name != "checkpoint":
            where = "the runs" if condition.known_from == "runs" else "the plans"
            yield Finding(
                code=f"comparison.{condition.name}_differs",
                severity="warning",
                message=f"By {where}, the {_TOLD[condition.name]} is {condition.left} on the left and "
                f"{condition.right} on the right; that alone can move a success rate.",
            )
