"""Whatever the plan: both implementations make the same of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.worldflux.audit.cases import audit_input
from tests.worldflux.audit.runs import names, pair, unverified
from tests.worldflux.verify.elsewhere.numbers_in_node import decided_case, mismatches, rows_of
from tests.worldflux.verify.elsewhere.numbers_rates import Made
from worldbase.document import significant
from worldflux.documents.audit_input import AuditInput, Blocks, Cell, OutcomeCounts, RepeatedStarts, Requested

# A process answers for many plans; to shrink them would take minutes.
BATCHES: Final = settings(max_examples=5, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
METHODS: Final = ("wilson", "clopper_pearson", "exact", "jeffreys", "jeffreys_bcd", "agresti_coull", "wald", "ppi")
OTHERS: Final = ("infra_error", "pending", "skipped", "unknown")


@st.composite
def cells(draw: st.DrawFn, task: str, seed: int, planned: int) -> Cell | None:
    """One task in one run: played whole, cut short, or with losses."""
    played = draw(st.one_of(st.just(planned), st.integers(0, planned)))
    lost = draw(st.one_of(st.just(0), st.integers(0, played)))
    successes = draw(st.integers(0, played - lost))
    counts = {"success": successes, "failure": played - lost - successes, draw(st.sampled_from(OTHERS)): lost}
    if not played:
        return None
    beyond = draw(st.sampled_from([0, 0, 0, 4])) if played == planned else 0
    observed = OutcomeCounts(**{**counts, "success": successes + beyond})
    cell = Cell(task=task, seed=seed, counts=observed, planned=planned, gaps=draw(st.integers(0, 1)), sums={})
    return msgspec.structs.replace(cell, in_plan=OutcomeCounts(**counts)) if beyond else cell


@st.composite
def blocks(draw: st.DrawFn, seed: int, tasks: int, planned: int) -> Blocks:
    successes = draw(st.lists(st.integers(0, tasks), max_size=planned))
    text = " ".join(map(str, successes))
    return Blocks(seed=seed, tasks=tasks, complete=len(successes), repeated=0, successes=text)


@st.composite
def repeated_starts(draw: st.DrawFn, found: list[Cell], task: str) -> RepeatedStarts | None:
    counts = [cell.planned_counts for cell in found if cell.task == task]
    trials = sum(count.success + count.failure for count in counts)
    if trials < 2:
        return None
    shares = draw(st.lists(st.sampled_from([0.0, 1.0, 0.5, 1 / 3, 0.25]), min_size=1, max_size=trials - 1))
    squares = sum(share * share for share in shares)
    return RepeatedStarts(
        task=task,
        starts=len(shares),
        trials=trials,
        sum=significant(sum(shares)),
        sum_of_squares=significant(squares),
    )


@st.composite
def inputs(draw: st.DrawFn, tasks: int, seeds: int, planned: int) -> AuditInput:
    places = [(task, seed) for seed in range(seeds) for task in names(tasks)]
    found = [cell for task, seed in places if (cell := draw(cells(task, seed, planned)))]
    shared = draw(st.booleans()) and draw(st.booleans())
    repeated = [entry for task in names(tasks) if shared and (entry := draw(repeated_starts(found, task)))]
    made = audit_input(
        names(tasks),
        found,
        blocks=[draw(blocks(seed, tasks, planned)) for seed in range(seeds)],
        repeated_starts=repeated,
        requested=Requested(savi=draw(st.booleans())),
    )
    return made if draw(st.booleans()) else unverified(made)


@st.composite
def rules(draw: st.DrawFn, scale: int) -> dict[str, Any]:
    rule: dict[str, Any] = {
        "margin": draw(st.sampled_from([0.0, 0.02, 0.05, 0.1, 0.25])) * scale,
        "alpha": draw(st.sampled_from([0.05, 0.05, 0.025, 0.01, 0.2])),
        "interval_method": draw(st.sampled_from(METHODS)),
        "combine": draw(st.sampled_from(["all", "any"])),
    }
    baseline = draw(st.sampled_from([None, None, {"value": 0.7 * scale}, {"successes": 12, "trials": 20}]))
    return rule if baseline is None else {**rule, "baseline": {"source": "paper", **baseline}}


@st.composite
def metrics(draw: st.DrawFn, tasks: int, scale: int) -> list[dict[str, Any]]:
    places = draw(st.lists(st.sampled_from([None, *names(tasks)]), min_size=1, max_size=3, unique=True))
    return [
        {
            "operator": draw(st.sampled_from([">=", ">", "<=", "<", "=="])),
            "value": draw(st.integers(0, 100)) * scale / 100,
            "unit": {1: "ratio", 100: "percent"}[scale],
            "role": draw(st.sampled_from(["primary", "primary", "exploratory"])),
            **({} if task is None else {"task": task}),
        }
        for task in places
    ]


@st.composite
def plans(draw: st.DrawFn) -> Made:
    tasks, seeds, planned = draw(st.integers(1, 7)), draw(st.integers(1, 3)), draw(st.integers(1, 40))
    scale = draw(st.sampled_from([1, 100]))
    wanted = draw(metrics(tasks, scale))
    execution: dict[str, Any] = draw(
        st.fixed_dictionaries(
            {},
            optional={
                "estimand": st.sampled_from(["fixed_tasks", "task_population"]),
                "stopping_rule": st.sampled_from([{"method": "e_process"}]),
                "denominator_policy": st.sampled_from(
                    [{"infra_error": "failure"}, {"infra_error": "excluded_predeclared"}]
                ),
            },
        )
    )
    documents = pair(
        metric={"unit": wanted[0]["unit"], "value": 0.8 * scale},
        metrics=wanted,
        rule=draw(rules(scale)),
        seeds=list(range(seeds)),
        episodes_per_task=planned,
        **execution,
    )
    return documents, draw(inputs(tasks, seeds, planned))


# Where a batch fails, its whole length is shown rather than a warning about it.
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@BATCHES
@given(st.lists(plans(), min_size=30, max_size=30))
def test_any_plan_gives_the_same_evidence(made: list[Made]) -> None:
    cases = [decided_case(documents, given) for documents, given in made]
    for case, rows in zip(cases, rows_of(cases), strict=True):
        assert mismatches(rows) == [], case
