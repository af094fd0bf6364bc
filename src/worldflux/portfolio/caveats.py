"""What a packet does not show, what its evidence lacks, and where to look next: sentences for a reviewer.

Nothing here is a verdict. Each sentence comes from the plan, from a count, or from what an input does not say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import UNSET

from worldflux.documents.packet import AxisSignal, Conformance, PacketPlan, QuestionState, Signal
from worldflux.documents.plan import Plan, PlannedProbe
from worldflux.portfolio.attached import Attached
from worldflux.portfolio.contracts import consent_sentence
from worldflux.portfolio.probes.registry import registry_digest
from worldflux.portfolio.signals import Tallies, rate, trials_wanting

_LONGEST: Final = 2000
_LOW_RATE: Final = 0.5
_FACT_NAMES: Final = {
    "seed": "the environment seed",
    "robot_model": "the robot",
    "simulator_family": "the simulator",
    "environment_version": "the version of the environment",
    "adapter_version": "the version of the adapter",
    "reset_policy": "how episodes were reset",
    "checkpoint_uri": "the checkpoint",
    "task_manifest_digest": "the digest of the task manifest",
    "metric_schema_digest": "the digest of the metric schema",
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything that the sentences are made from.

    Attributes:
        by_probe: Where the planned cells of each probe went.
        is_unsealed: Whether labels were opened with a key that was held against no run sheet.
    """

    plan: Plan
    packet_plan: PacketPlan
    attached: Sequence[Attached]
    tallies: Tallies
    by_probe: dict[str, Conformance]
    signals: Sequence[Signal]
    is_unsealed: bool = False


def unsupported_claims(evidence: Evidence) -> list[str]:
    """What nobody should read out of the scores."""
    return _kept(_unsupported(evidence))


def caveats(evidence: Evidence) -> list[str]:
    """What makes the scores mean less than they seem to, training exposure first."""
    return _kept(_caveats(evidence))


def missing_evidence(evidence: Evidence) -> list[str]:
    """What the evidence lacks to be held against the plan; with `--strict-missing-evidence` nothing may stand here."""
    return _kept(_missing(evidence))


def questions(evidence: Evidence) -> list[QuestionState]:
    """What the plan asked beforehand, and what the evidence says about it."""
    return [_state(question, evidence) for question in evidence.plan.missing_evidence_questions]


def next_axes(evidence: Evidence) -> list[str]:
    """Where a next trial could show that the policy does less than it seems to."""
    return _kept(_next(evidence))


def _kept(sentences: Iterator[str]) -> list[str]:
    return [sentence[:_LONGEST] for sentence in dict.fromkeys(sentences)]


def _unsupported(evidence: Evidence) -> Iterator[str]:
    profile = evidence.plan.profile.document
    yield (
        f'The claim intent is "{profile.claim_intent}". These are observations of single probes; whether they support '
        "it is for a reviewer to say."
    )
    yield f'The use case is "{profile.use_case}". That the observations carry over to it is not shown here.'
    if profile.real_to_sim_calibration is UNSET:
        yield "Nothing is shown about the robot outside the simulator: the profile names no calibration."
    if evidence.packet_plan.precedence != "proven":
        yield "It is not shown that the plan was there before the first episode."
    for probe, signal in zip(evidence.plan.probes, evidence.signals, strict=True):
        yield from _unsupported_of(probe, signal, evidence)


def _unsupported_of(probe: PlannedProbe, signal: Signal, evidence: Evidence) -> Iterator[str]:
    tested = evidence.plan.planned_rate
    if not signal.trials:
        yield f"{probe.id}: nothing is supported, since no usable trial was found."
    elif signal.underpowered:
        yield (
            f"{probe.id}: a rate above {tested.value - tested.margin:g} is not supported either way; the trials are "
            "too few."
        )
    elif signal.worst < (signal.interval.lower or 0.0):
        yield (
            f"{probe.id}: the observed interval is about the trials that were found; with the cells that are missing "
            f"or spoilt the share of successes lies anywhere from {signal.worst:.3f} to {signal.best:.3f}."
        )
    if probe.contract is not UNSET:
        yield f'{probe.id}: the workflow claim "{probe.contract.workflow_claim}" is the customer\'s own.'
        yield f'{probe.id}: "{probe.contract.acceptance_question}" is not answered here.'
    for sentence in probe.cannot_show:
        yield f"{probe.id} cannot show: {sentence}"


def _caveats(evidence: Evidence) -> Iterator[str]:
    exposure = evidence.plan.profile.document.training_exposure
    for family in exposure.possible_benchmark_families:
        yield f"Training exposure: the policy may have been trained on data of {family}."
    for caveat in exposure.caveats:
        yield f'Training exposure: the operator says "{caveat}".'
    if not exposure.possible_benchmark_families and not exposure.caveats:
        yield "Training exposure: the profile says nothing, which is not the same as none."
    yield from _plan_caveats(evidence)
    yield from _input_caveats(evidence)
    for probe in evidence.plan.probes:
        for caution in probe.cautions:
            yield f"{probe.id}: {caution}"
        for trap in probe.traps:
            yield f"{probe.id}, known trap: {trap}"
        if probe.contract is not UNSET:
            yield f"{probe.id}: {consent_sentence(probe.contract.consent)}"


def _plan_caveats(evidence: Evidence) -> Iterator[str]:
    if evidence.packet_plan.seed_grade == "chosen_by_operator":
        yield "The operator could have chosen the seed, and with it the tasks."
    if evidence.plan.registry.digest != registry_digest():
        yield (
            "The plan was made from another list of probes than the one at hand: that the tasks were drawn from it by "
            "the seed was not checked."
        )
    if evidence.is_unsealed:
        yield "Which policy is behind which label is its key's word: no run sheet was shown that was sealed with it."
    if evidence.packet_plan.amendment is not UNSET:
        amendment = evidence.packet_plan.amendment
        yield f"The plan amends another one ({amendment.amends}): {amendment.reason}"


def _input_caveats(evidence: Evidence) -> Iterator[str]:
    for one in evidence.attached:
        run, name = one.document.run, one.name
        if run.measures is not UNSET:
            yield f"{name} measures {run.measures.replace('_', ' ')}; that is no success, and none is counted."
        declared = sorted({fact for file in run.inputs for fact in file.declared})
        if declared:
            yield f"{name}: not recorded but declared by a person: {', '.join(declared)}."
        if one.document.missing_evidence:
            yield f"{name}: its source does not say {', '.join(one.document.missing_evidence)}."
        for finding in one.document.findings:
            if finding.severity != "info":
                yield f"{name}: {finding.message}"


def _missing(evidence: Evidence) -> Iterator[str]:
    given = {one.probe for one in evidence.attached}
    for probe, signal in zip(evidence.plan.probes, evidence.signals, strict=True):
        own = evidence.by_probe[probe.id]
        if probe.id not in given:
            yield f"{probe.id}: no audit input was given for it; all {probe.cells:,} planned cells are missing."
        elif own.missing:
            yield f"{probe.id}: {own.missing:,} of {own.planned:,} planned cells have no episode."
        if not_run := evidence.tallies.account.not_run[probe.id]:
            yield f"{probe.id}: lines of its evidence that say that an episode was not run or did not end: {not_run:,}."
        if lost := _without_result(evidence, probe):
            yield f"{probe.id}: neither success nor failure is told for {lost:,} of {own.matched:,} matched cells."
        if wanting := trials_wanting(probe, signal.trials):
            yield f"{probe.id} is underpowered: {wanting}."
        yield from _unstated(evidence, probe)


def _without_result(evidence: Evidence, probe: PlannedProbe) -> int:
    """Matched cells without a result, but for those that the plan says what to make of."""
    words, policy = evidence.tallies.of_probe(probe.id), evidence.plan.denominator_policy.infra_error
    agreeing, differing = rate(words, policy), rate(words, policy, differing=True)
    counted = sum(each.trials + each.left_out for each in (agreeing, differing))
    return evidence.by_probe[probe.id].matched - counted


def _unstated(evidence: Evidence, probe: PlannedProbe) -> Iterator[str]:
    for (owner, name), episodes in sorted(evidence.tallies.account.unstated.items()):
        if owner == probe.id:
            fact = _FACT_NAMES.get(name, f"the replay key {name}")
            yield f"{probe.id}: the evidence of {episodes:,} episodes does not say {fact}."


def _state(question: str, evidence: Evidence) -> QuestionState:
    """A question that asks for the checkpoint is answered by what all evidence says; the others are for people."""
    if not (question.startswith("Which checkpoint of") or question.endswith("is the checkpoint that was run?")):
        return QuestionState(question=question, state="open")
    named = {_checkpoint(one) for one in evidence.attached if one.planned}
    if len(named) != 1 or None in named:
        return QuestionState(question=question, state="open")
    answer = f"The run facts of all inputs name {named.pop()}. Nothing else was checked."
    return QuestionState(question=question, state="answered", answer=answer[:_LONGEST])


def _checkpoint(attached: Attached) -> str | None:
    """The one checkpoint, by digest or at least by address, that all files of an input name."""
    for fact in ("checkpoint_sha256", "checkpoint_uri"):
        found = {facts.get(fact) for facts in attached.facts.values()}
        if len(found) == 1 and isinstance(only := found.pop(), str):
            return only
    return None


def _next(evidence: Evidence) -> Iterator[str]:
    for probe, signal in zip(evidence.plan.probes, evidence.signals, strict=True):
        if evidence.by_probe[probe.id].missing == probe.cells:
            yield f"{probe.id}: all {probe.cells:,} planned cells are missing; run these first."
            continue
        for axis in signal.axes:
            yield from _of_axis(probe, axis, single=len(signal.axes) == 1)
    for left_out in evidence.plan.excluded:
        if any(reason.startswith("it fits") for reason in left_out.reasons):
            yield f"{left_out.id}: it fits the profile and was not planned."
    if not evidence.plan.profile.document.language_input:
        yield "Instructions: the policy takes none, so no probe changed the wording."
    yield "The robot itself: run the same tasks on it, with the same counting, and compare."


def _of_axis(probe: PlannedProbe, axis: AxisSignal, *, single: bool) -> Iterator[str]:
    name = probe.id if single else f"{probe.id}, axis {axis.axis}"
    if axis.missing:
        yield f"{name}: {axis.missing:,} of {axis.planned:,} planned cells are missing; run these first."
    elif not axis.trials:
        yield f"{name}: no usable trial was found; repair the evidence first."
    if axis.trials and axis.successes == axis.trials:
        yield f"{name}: all usable trials ({axis.trials:,}) succeeded; a harder variant would tell more."
    elif axis.estimate is not None and axis.estimate < _LOW_RATE:
        yield f"{name}: {axis.successes:,} of {axis.trials:,} usable trials succeeded; find out where it breaks."
