"""A plan as a page: Markdown that shows every text from outside literally."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final

from msgspec import UNSET

from worldbase.tables import markdown as escaped
from worldbase.tables import markdown_cell, markdown_table
from worldflux.documents.plan import Plan, PlannedProbe, PlanSeed, SeedGrade
from worldflux.portfolio.cells import Assignment
from worldflux.portfolio.probes.registry import registry_digest

_TASKS_SHOWN: Final = 40
_GRADES: Final = {
    "chosen_by_operator": "the operator could have chosen it",
    "mixed_with_reviewer": "a reviewer added to it after the operator was bound by a commitment",
    "mixed_with_beacon": "public randomness was mixed in that was named before it existed",
}
_SPOILT: Final = {
    "lost": "is lost: it counts as planned and not as run, and against the claim",
    "failure": "counts as a failure",
    "excluded_predeclared": "is left out of the rate, as declared here before the first episode; it stays counted",
}


def markdown(plan: Plan, assignments: Mapping[str, Assignment], grade: SeedGrade) -> str:
    """Render a plan.

    Args:
        plan: The plan.
        assignments: Tasks of each probe, from `rederivation.assignments_of`.
        grade: The seed's grade as whoever renders the page sees it, from `seed_files.regraded`.
    """
    return "\n".join(section for section in _sections(plan, assignments, grade) if section)


def seed_sentence(seed: PlanSeed) -> str:
    """Where a seed comes from and who could have chosen it."""
    return f"{seed.source.replace('_', ' ')}: {_GRADES[seed.grade]}"


def _sections(plan: Plan, assignments: Mapping[str, Assignment], grade: SeedGrade) -> Iterator[str]:
    profile = plan.profile.document
    yield f"**{plan.visibility}**\n"
    yield f"# Plan: {escaped(profile.policy_id)}\n"
    yield f"> {escaped(plan.boundary)}\n"
    yield f"{escaped(profile.use_case)}. Claim intent: {escaped(profile.claim_intent)}.\n"
    if plan.amendment is not UNSET:
        yield f"**This plan amends `{plan.amendment.amends}`:** {escaped(plan.amendment.reason)}\n"
    yield _identity(plan)
    yield "## What is to be run\n"
    yield _probes(plan.probes)
    yield "Episode e of a task runs with the start seed of its probe plus e. The order of the cells is drawn, too.\n"
    for probe in plan.probes:
        yield from _tasks(probe, assignments[probe.id])
    yield "## Who could have chosen the seed\n"
    yield _seed(plan.seed, grade)
    yield "## What the numbers can show\n"
    yield _powers(plan)
    yield "## What each probe shows, and what not\n"
    for probe in plan.probes:
        yield from _reach(probe)
    yield "## What is left out\n"
    yield _excluded(plan)
    yield "## What counts\n"
    yield _counting(plan)
    yield "## Questions that the evidence has to answer\n"
    yield _bullets(plan.missing_evidence_questions)
    yield "## If something has to change\n"
    yield (
        "This plan is not edited. `worldflux eval-portfolio amend` writes a new one that names this one and the "
        "reason; both are shown.\n"
    )
    yield f"**{plan.visibility}**\n"


def _identity(plan: Plan) -> str:
    profile = plan.profile.document
    rows = [
        ["plan", f"`{plan.id}`, made {plan.created_at}"],
        ["digest", f"`{plan.digest}`"],
        ["planned episodes", f"{plan.planned:,}"],
        ["profile", f"{markdown_cell(profile.id)}, `{plan.profile.digest}`"],
        ["robot", f"{markdown_cell(profile.robot_model)}, {profile.embodiment_class.replace('_', ' ')}"],
        ["simulator", f"{markdown_cell(profile.simulator_family)}, {markdown_cell(profile.environment_version)}"],
        ["adapter", markdown_cell(profile.adapter_version)],
        ["checkpoint", markdown_cell(profile.checkpoint_uri) if profile.checkpoint_uri else "not named"],
        ["reset", profile.reset_policy.replace("_", " ")],
        ["probes to choose from", _registry(plan)],
    ]
    if plan.cell_stream is not UNSET:
        stream = plan.cell_stream
        rows.append(["cells", f"{stream.count:,} in {markdown_cell(stream.path)}, `{stream.sha256}`"])
    return markdown_table(["", ""], rows)


def _registry(plan: Plan) -> str:
    named = f"version {markdown_cell(plan.registry.version)}, `{plan.registry.digest}`"
    if plan.registry.digest == registry_digest():
        return named
    return f"{named}: not those at hand, so that the seed draws these tasks was not checked"


def _probes(probes: Sequence[PlannedProbe]) -> str:
    rows = [
        [
            markdown_cell(probe.name),
            markdown_cell(probe.id),
            f"{len(probe.axes)}",
            f"{len(probe.tasks):,}",
            f"{probe.episodes_per_task:,}",
            f"{probe.cells:,}",
            f"{probe.start_seed}",
        ]
        for probe in probes
    ]
    header = ["Probe", "id", "axes", "tasks", "episodes each", "episodes", "start seed"]
    return markdown_table(header, rows, right=range(2, 7))


def _tasks(probe: PlannedProbe, assignment: Assignment) -> Iterator[str]:
    yield f"### Tasks of {escaped(probe.name)}\n"
    rows = []
    pairs = sorted(assignment.pairs, key=lambda pair: (probe.axes.index(pair.axis), pair.task))
    for axis, of_axis in groupby(pairs, key=lambda pair: pair.axis):
        tasks = [pair.task for pair in of_axis]
        more = f", and {len(tasks) - _TASKS_SHOWN:,} more" if len(tasks) > _TASKS_SHOWN else ""
        shown = ", ".join(markdown_cell(task) for task in tasks[:_TASKS_SHOWN])
        rows.append([markdown_cell(axis), f"{len(tasks):,}", shown + more])
    yield markdown_table(["Axis", "tasks", "which"], rows, right=(1,))


def _seed(seed: PlanSeed, grade: SeedGrade) -> str:
    rows = [["source", seed.source], ["so", _GRADES[grade]]]
    if grade != seed.grade:
        rows.append(["the plan says", f"{_GRADES[seed.grade]}; nothing that is trusted here shows it"])
    rows.append(["value", f"`{seed.value}`"])
    if seed.commitment is not None:
        rows.append(["commitment", f"`{seed.commitment}`"])
    if seed.committed is not UNSET:
        rows.append(["which names", _named(seed)])
        rows.append(["committed", _committed(seed, grade)])
    if seed.reviewer_salt is not UNSET:
        rows.append(["reviewer's salt", f"{markdown_cell(seed.reviewer_salt)} (the reviewer has to confirm it)"])
    if seed.beacon is not UNSET:
        beacon = seed.beacon
        checked = "verified" if beacon.verified else "signature not verified here: compare it with the public record"
        rows.append(["beacon", f"{markdown_cell(beacon.name)}, round {beacon.round:,}: `{beacon.value}` ({checked})"])
    rows.append(["derivation", markdown_cell(seed.derivation)])
    return markdown_table(["", ""], rows)


def _named(seed: PlanSeed) -> str:
    if seed.committed is UNSET:
        return ""
    named = seed.committed
    parts = ["the salt"]
    parts += ["this profile, the probes to choose from and the contracts"] if named.profile else []
    parts += [f"round {named.beacon.round:,} of {markdown_cell(named.beacon.name)}"] if named.beacon else []
    return "; ".join(parts)


def _committed(seed: PlanSeed, grade: SeedGrade) -> str:
    """When the salt was committed to; only a time stamp that was checked for the grade makes it more than a word."""
    if seed.committed_at is not UNSET:
        return f"{seed.committed_at}, {'by a time stamp' if grade == 'mixed_with_beacon' else 'as the plan says'}"
    created = seed.committed.created_at if seed.committed else ""
    return f"{created} as its maker's clock said; nobody else shows the time"


def _powers(plan: Plan) -> str:
    rate = plan.planned_rate
    rows = [
        [
            markdown_cell(probe.id),
            f"{probe.cells:,}",
            f"{probe.power.at_claim:.3f}",
            "none in reach" if probe.power.n_for_80 is None else f"{probe.power.n_for_80:,}",
            "-" if probe.power.mde is None else f"{probe.power.mde:.3f}",
        ]
        for probe in plan.probes
        if probe.power is not None
    ]
    if not rows:
        return f"No margin is planned below {rate.value:g}, so there is no power to compute.\n"
    header = ["Probe", "episodes", "chance", "episodes for 0.8", "rate shown with 0.8"]
    return (
        f"The chance to show more than {rate.value - rate.margin:g} where the true rate is {rate.value:g}, by the "
        f"exact binomial test with alpha {rate.alpha:g}. Episodes count as independent; those of one task are less "
        "than that.\n\n" + markdown_table(header, rows, right=range(1, 5))
    )


def _reach(probe: PlannedProbe) -> Iterator[str]:
    yield f"### {escaped(probe.name)}\n"
    for title, texts in (
        ("Can show", probe.can_show),
        ("Cannot show", probe.cannot_show),
        ("Traps", probe.traps),
        ("Does not agree with the profile", probe.cautions),
    ):
        if texts:
            yield f"{title}:\n"
            yield _bullets(texts)
    if probe.contract is not UNSET:
        yield _contract(probe)


def _contract(probe: PlannedProbe) -> str:
    if probe.contract is UNSET:
        return ""
    contract = probe.contract
    rows = [
        ["contract", f"`{probe.contract_digest}`"],
        ["task manifest", f"{markdown_cell(contract.task_manifest.ref)}, `{contract.task_manifest.digest}`"],
        ["metric schema", f"{markdown_cell(contract.metric_schema.ref)}, `{contract.metric_schema.digest}`"],
        ["episodes that count", "; ".join(map(markdown_cell, contract.inclusion_rules))],
        ["episodes that do not", "; ".join(map(markdown_cell, contract.exclusion_rules))],
        ["to be recorded for replay", ", ".join(map(markdown_cell, contract.replay_keys))],
        ["tasks come from", markdown_cell(contract.task_source)],
        ["task owner", markdown_cell(contract.task_owner)],
        ["acceptance question", markdown_cell(contract.acceptance_question)],
        ["consent", f"{contract.consent.declared.replace('_', ' ')}; recorded, not verified"],
    ]
    return markdown_table(["", ""], rows)


def _excluded(plan: Plan) -> str:
    if not plan.excluded:
        return "Nothing: every known probe fits.\n"
    return _bullets([f"{probe.id}: {' '.join(probe.reasons)}" for probe in plan.excluded])


def _counting(plan: Plan) -> str:
    policy = plan.denominator_policy
    return _bullets(
        [
            f"All {plan.planned:,} planned episodes are accounted for, one by one.",
            "A planned episode without evidence counts against the claim.",
            f"An episode that the infrastructure spoilt {_SPOILT[policy.infra_error]}.",
            "An episode that was not planned is shown and not counted.",
        ]
    )


def _bullets(texts: Sequence[str]) -> str:
    return "".join(f"- {escaped(text)}\n" for text in texts)
