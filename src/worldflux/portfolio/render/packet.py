"""A packet as a page: the counts, then every missing cell, then the rest. The page follows from the packet alone.

Every text from outside is shown literally.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec import UNSET

from worldbase.tables import markdown as escaped
from worldbase.tables import markdown_cell, markdown_table
from worldflux.documents.packet import (
    ArmAccount,
    CellGroup,
    Conformance,
    Packet,
    PacketPlan,
    Signal,
    StrayGroup,
    StrayReason,
)

_MOST_ROWS: Final = 1000
_STRAYS_SHOWN: Final = 10
_COUNTS: Final = (
    ("planned", "planned"),
    ("matched", "matched"),
    ("missing", "missing"),
    ("out_of_protocol", "out of protocol"),
    ("duplicate", "duplicate"),
    ("digest_mismatch", "digest mismatch"),
    ("metadata_mismatch", "metadata mismatch"),
    ("infrastructure_failure", "infrastructure failure"),
)
_REASONS: Final[dict[StrayReason, str]] = {
    "probe_not_planned": "the plan does not have this probe",
    "task_not_planned": "the plan does not have this task",
    "axis_not_planned": "the plan does not have this task along this axis",
    "axis_not_told": "the evidence does not tell the axis",
    "index_not_planned": "so many episodes of this task are not planned",
    "arm_not_told": "the evidence does not tell the arm",
}
_PRECEDENCE: Final = {
    "proven": "shown to be older than the first episode",
    "declared": "said to be older than the first episode; not shown",
    "not_shown": "not shown to be older than the first episode",
}
_WITNESSES: Final = {"none": "none", "tsa": "a time-stamping authority", "rekor": "a public log (Rekor)"}
_GRADES: Final = {
    "chosen_by_operator": "the operator could have chosen it",
    "mixed_with_reviewer": "a reviewer added to it",
    "mixed_with_beacon": "public randomness was mixed in",
}


def markdown(packet: Packet) -> str:
    """Render a packet; the same packet gives the same page."""
    return "\n".join(section for section in _sections(packet) if section)


def counts_table(conformance: Conformance, by_probe: dict[str, Conformance]) -> str:
    """Where the planned cells went, of all probes and of each."""
    rows = [_counts("all", conformance), *(_counts(markdown_cell(name), own) for name, own in by_probe.items())]
    header = ["", *(title for _, title in _COUNTS)]
    return markdown_table(header, rows, right=range(1, len(header)))


def signals_table(signals: Sequence[Signal]) -> str:
    """Observed scores, probe by probe."""
    rows = [
        [
            markdown_cell(signal.probe),
            f"{signal.successes:,}/{signal.trials:,}",
            _ratio(signal.estimate),
            _span(signal.interval.lower, signal.interval.upper),
            _span(signal.worst, signal.best),
            f"{signal.mismatched_successes:,}/{signal.mismatched_trials:,}",
            "underpowered" if signal.underpowered else "",
        ]
        for signal in signals
    ]
    header = ["Probe", "successes", "rate", "95% interval", "worst to best", "with a mismatch", ""]
    return markdown_table(header, rows, right=range(1, 6))


def plan_rows(plan: PacketPlan) -> list[list[str]]:
    """What is known of the plan."""
    rows = [
        ["plan", f"`{plan.id}`, `{plan.digest}`"],
        ["its age", f"{_PRECEDENCE[plan.precedence]}. {escaped(plan.precedence_note)}"],
        ["its seed", f"{plan.seed_source.replace('_', ' ')}: {_GRADES[plan.seed_grade]}"],
        ["witness", _WITNESSES[plan.witness]],
    ]
    if plan.attempts_in_log is not UNSET:
        rows.append(["attempts at it", f"at least {plan.attempts_in_log:,} in the log shown"])
    if plan.plans_in_log is not UNSET:
        rows.append(["plans of this policy and these probes", f"at least {plan.plans_in_log:,} in the log shown"])
    if plan.amendment is not UNSET:
        rows.append(["amends", f"`{plan.amendment.amends}`: {escaped(plan.amendment.reason)}"])
    return rows


def bullets(texts: Sequence[str], none: str) -> str:
    """A list of sentences, or what to say where there is none."""
    return "".join(f"- {escaped(text)}\n" for text in texts) or f"{none}\n"


def _sections(packet: Packet) -> Iterator[str]:
    yield f"**{packet.visibility}**\n"
    yield f"# Packet: {escaped(packet.policy_id)}\n"
    yield f"> {escaped(packet.boundary)}\n"
    yield f"{_headline(packet)}\n"
    yield counts_table(packet.conformance, packet.by_probe)
    yield "## Missing cells\n"
    yield from _missing(packet)
    yield from _other_cells(packet)
    yield "## Observed scores\n"
    yield from _scores(packet)
    yield "## What these scores do not support\n"
    yield bullets(packet.unsupported_claims, "Nothing was found.")
    yield "## Training exposure and other caveats\n"
    yield bullets(packet.caveats, "None was found.")
    yield "## Missing evidence\n"
    yield bullets(packet.missing_evidence, "Every planned cell has evidence that could be compared with the plan.")
    yield "## What the plan asked beforehand\n"
    yield from _questions(packet)
    yield "## Where to look next\n"
    yield bullets(packet.next_falsification_axes, "Nothing was found.")
    if packet.reviewer_next_actions:
        yield "## What the reviewer is asked to do\n"
        yield bullets(packet.reviewer_next_actions, "")
    yield "## What was compared\n"
    yield from _sources(packet)
    yield f"**{packet.visibility}**\n"


def _headline(packet: Packet) -> str:
    counts = packet.conformance
    return (
        f"{counts.planned:,} episodes were planned: **{counts.matched:,} matched, {counts.missing:,} missing**. "
        f"The plan is {_PRECEDENCE[packet.plan.precedence]}."
    )


def _counts(name: str, counts: Conformance) -> list[str]:
    return [name, *(f"{getattr(counts, field):,}" for field, _ in _COUNTS)]


def _missing(packet: Packet) -> Iterator[str]:
    if not packet.missing:
        yield "None: every planned cell has an episode.\n"
        return
    yield (
        "Each row is so many cells: every task of the row, with every episode index of the row. The seeds stand in the "
        "order of the indexes.\n"
    )
    yield _groups_table(packet.missing)
    yield _rest(len(packet.missing), "/missing")


def _other_cells(packet: Packet) -> Iterator[str]:
    for title, groups, place in (
        ("Cells that tell neither success nor failure", packet.unresolved, "/unresolved"),
        ("Cells with more than one episode", packet.repeated, "/repeated"),
    ):
        if groups:
            yield f"## {title}\n"
            yield _groups_table(groups)
            yield _rest(len(groups), place)
    if packet.strays:
        yield "## Episodes out of protocol\n"
        yield "They belong to no planned cell. They are shown and not counted.\n"
        yield _strays_table(packet.strays)
    if packet.mismatches:
        yield "## Differences between plan and evidence\n"
        rows = [
            [markdown_cell(one.probe), f"{one.cells:,}", one.kind, one.field, escaped(one.planned), escaped(one.found)]
            for one in packet.mismatches
        ]
        yield markdown_table(["Probe", "cells", "kind", "what", "planned", "found"], rows, right=(1,))


def _groups_table(groups: Sequence[CellGroup]) -> str:
    rows = [
        [
            markdown_cell(group.probe),
            markdown_cell(group.axis),
            f"{group.cells:,}",
            ", ".join(map(escaped, group.tasks)),
            group.episodes,
            group.seeds,
        ]
        for group in groups[:_MOST_ROWS]
    ]
    return markdown_table(["Probe", "axis", "cells", "tasks", "episodes", "seeds"], rows, right=(2,))


def _rest(groups: int, place: str) -> str:
    if groups <= _MOST_ROWS:
        return ""
    return f"{groups - _MOST_ROWS:,} more rows stand in the packet under `{place}`.\n"


def _strays_table(strays: Sequence[StrayGroup]) -> str:
    rows = [
        [
            markdown_cell(stray.probe),
            f"{stray.episodes:,}",
            _REASONS[stray.reason],
            "several" if stray.task is UNSET else markdown_cell(stray.task),
            "" if stray.axis is UNSET else markdown_cell(stray.axis),
            f"{stray.first}" if stray.first == stray.last else f"{stray.first} to {stray.last}",
        ]
        for stray in _shown(strays)
    ]
    return markdown_table(["Probe", "episodes", "why", "task", "axis", "indexes"], rows, right=(1,))


def _shown(strays: Sequence[StrayGroup]) -> Iterator[StrayGroup]:
    """The largest groups of each probe and reason; the others in one row, so that a page stays one that is read."""
    together: dict[tuple[str, StrayReason], list[StrayGroup]] = {}
    for stray in strays:
        together.setdefault((stray.probe, stray.reason), []).append(stray)
    for (probe, reason), groups in together.items():
        named = [stray for stray in groups if stray.task is not UNSET][:_STRAYS_SHOWN]
        yield from named
        if rest := [stray for stray in groups if stray not in named]:
            yield StrayGroup(
                probe=probe,
                reason=reason,
                episodes=sum(stray.episodes for stray in rest),
                first=min(stray.first for stray in rest),
                last=max(stray.last for stray in rest),
            )


def _scores(packet: Packet) -> Iterator[str]:
    yield (
        "Scores are signals, not decisions. The rate is of trials that agree with the plan; worst and best say what "
        "it would be if every cell that is missing or spoilt had failed, or succeeded. Wilson intervals.\n"
    )
    yield signals_table(packet.signals)
    rows = [
        [
            markdown_cell(signal.probe),
            markdown_cell(axis.axis),
            f"{axis.successes:,}/{axis.trials:,}",
            _ratio(axis.estimate),
            _span(axis.interval.lower, axis.interval.upper),
            f"{axis.missing:,}/{axis.planned:,}",
        ]
        for signal in packet.signals
        for axis in signal.axes
    ]
    yield markdown_table(["Probe", "axis", "successes", "rate", "95% interval", "missing"], rows, right=range(2, 6))
    for account in packet.other_arms or ():
        yield from _other_arm(account)


def _other_arm(account: ArmAccount) -> Iterator[str]:
    yield f"### Arm {escaped(account.arm)}: {escaped(account.policy_id)}\n"
    yield "The other policy, on the same cells. The counts above are of the policy that the plan is about.\n"
    yield counts_table(account.conformance, {})
    if account.missing:
        yield "Missing cells of this arm:\n"
        yield _groups_table(account.missing)
    yield signals_table(account.signals)


def _questions(packet: Packet) -> Iterator[str]:
    lines = []
    for each in packet.questions:
        answer = "Open." if each.answer is UNSET else f"Answered: {each.answer}"
        lines.append(f"{each.question} {answer}")
    yield bullets(lines, "Nothing.")


def _sources(packet: Packet) -> Iterator[str]:
    rows = [["packet", f"`{packet.id}`, made {packet.created_at}"], ["use case", escaped(packet.use_case)]]
    if packet.arms is not UNSET:
        labels = ", ".join(f"{escaped(label)} is {escaped(policy)}" for label, policy in packet.arms.items())
        rows.append(["arms", labels])
    if packet.cell_stream is not UNSET:
        stream = packet.cell_stream
        rows.append(["cells", f"{stream.count:,} in {markdown_cell(stream.path)}, `{stream.sha256}`"])
    yield markdown_table(["", ""], [*plan_rows(packet.plan), *rows])
    inputs = [
        [
            markdown_cell(one.probe),
            "yes" if one.planned else "no",
            markdown_cell(one.name),
            markdown_cell(one.source),
            f"{one.episodes:,}",
            f"`{one.sha256}`",
        ]
        for one in packet.evidence
    ]
    yield markdown_table(["Probe", "planned", "audit input", "source", "episodes", "digest"], inputs, right=(4,))


def _ratio(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _span(lower: float | None, upper: float | None) -> str:
    return f"{_ratio(lower)} to {_ratio(upper)}"
