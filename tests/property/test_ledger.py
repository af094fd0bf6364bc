"""Where planned episodes went, and that nobody gains by losing some."""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.support import FIXTURES
from tests.worldflux.audit.cases import audit_input, cell, load_pair
from worldbase import document
from worldflux.audit.rules import v1
from worldflux.documents.audit_input import AuditInput, Cell
from worldflux.documents.claim import Claim
from worldflux.documents.episode import OUTCOMES
from worldflux.documents.evidence import Evidence
from worldflux.documents.protocol import Protocol

POLICIES: Final = ("lost", "failure", "excluded_predeclared")
MANY: Final = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)

policies = st.sampled_from(POLICIES)


@functools.cache
def pair(seeds: int, per_task: int, policy: str) -> tuple[document.Loaded[Claim], document.Loaded[Protocol]]:
    """A claim of 0.5 with margin 0.1, which small plans decide both ways, and a protocol."""
    return load_pair(
        FIXTURES,
        metric={"value": 0.5},
        rule={"margin": 0.1},
        seeds=list(range(seeds)),
        episodes_per_task=per_task,
        denominator_policy={"infra_error": policy},
    )


class Plan(msgspec.Struct, frozen=True):
    """A plan and what became of it: cells by task and run seed; absent ones were never begun."""

    tasks: int
    seeds: int
    per_task: int
    cells: Mapping[tuple[int, int], Cell]

    @property
    def planned(self) -> int:
        return self.tasks * self.seeds * self.per_task

    def given(self, shuffle: int = 0) -> AuditInput:
        names = [str(task) for task in range(self.tasks)]
        cells = list(self.cells.values())
        if shuffle:
            random.Random(shuffle).shuffle(names)
            random.Random(shuffle).shuffle(cells)
        return audit_input(names, cells)

    def decided(self, policy: str, *, shuffle: int = 0) -> Evidence:
        claim, protocol = pair(self.seeds, self.per_task, policy)
        return v1.decide(
            claim,
            protocol,
            self.given(shuffle),
            binding="bound",
            identifier="evd_01HXY7K8ABCDEFGHJKMNPQRSTV",
            created_at="2026-11-21T00:00:00Z",
            render="v1",
        )

    def with_cells(self, change: Callable[[Cell], Cell]) -> Plan:
        return msgspec.structs.replace(self, cells={place: change(cell) for place, cell in self.cells.items()})

    def without_task(self, task: int) -> Plan:
        return msgspec.structs.replace(
            self, cells={place: cell for place, cell in self.cells.items() if place[0] != task}
        )

    def all_failed(self, task: int) -> Plan:
        failed = {
            (task, seed): cell(str(task), seed, self.per_task, failure=self.per_task) for seed in range(self.seeds)
        }
        return msgspec.structs.replace(self, cells={**self.cells, **failed})


@st.composite
def outcomes(draw: st.DrawFn, executed: int, room: int) -> dict[str, int]:
    """So many executed episodes, and some that were not in whatever room is left."""
    tilt = draw(st.sampled_from(["success", "failure", "mixed"]))
    spoilt = draw(st.integers(0, min(2, executed)) | st.just(0))
    unknown = draw(st.integers(0, spoilt))
    trials = executed - spoilt
    success = {"success": trials, "failure": 0}.get(tilt, draw(st.integers(0, trials)))
    pending = draw(st.integers(0, min(2, room)) | st.just(0))
    skipped = draw(st.integers(0, min(2, room - pending)) | st.just(0))
    return {
        "success": success,
        "failure": trials - success,
        "infra_error": spoilt - unknown,
        "unknown": unknown,
        "pending": pending,
        "skipped": skipped,
    }


@st.composite
def plans(draw: st.DrawFn, *, min_tasks: int = 1, ragged: bool = True) -> Plan:
    """Runs that are whole, absent, cut short in step, or anything else."""
    tasks, seeds, per_task = draw(st.integers(min_tasks, 4)), draw(st.integers(1, 3)), draw(st.integers(1, 12))
    cells: dict[tuple[int, int], Cell] = {}
    for seed in range(seeds):
        how = draw(st.sampled_from(["whole", "absent", "in step"] + ["ragged"] * ragged))
        in_step = draw(st.integers(0, per_task))
        for task in range(tasks):
            executed = {"whole": per_task, "absent": 0, "in step": in_step}.get(how, draw(st.integers(0, per_task)))
            if how == "absent" or (executed == 0 and draw(st.booleans())):
                continue
            gaps = draw(st.integers(0, 2)) if how == "ragged" else 0
            counts = draw(outcomes(executed, per_task - executed))
            cells[task, seed] = cell(str(task), seed, per_task, gaps, **counts)
    return Plan(tasks, seeds, per_task, cells)


def executed(found: Cell | None) -> int:
    return found.counts.success + found.counts.failure + found.counts.infra_error + found.counts.unknown if found else 0


def is_in_step(plan: Plan, seed: int) -> bool:
    """Whether the run executed the same number of episodes of every task, one after the other."""
    cells = [plan.cells.get((task, seed)) for task in range(plan.tasks)]
    gapless = all(found is None or found.gaps == 0 or found.counts.observed == plan.per_task for found in cells)
    return gapless and len({executed(found) for found in cells}) == 1


def supports(evidence: Evidence) -> bool:
    return evidence.verdict == "supported"


@MANY
@given(plan=plans(), policy=policies)
def test_every_planned_episode_is_somewhere(plan: Plan, policy: str) -> None:
    denominator = plan.decided(policy).denominator
    assert denominator.planned == plan.planned
    assert denominator.planned == sum(getattr(denominator, outcome) for outcome in OUTCOMES) + denominator.missing
    assert denominator.not_run + denominator.lost == denominator.planned - denominator.success - denominator.failure
    assert min(denominator.not_run, denominator.lost, denominator.missing) >= 0
    assert denominator.not_run <= denominator.missing


@MANY
@given(plan=plans(), policy=policies)
def test_not_run_is_the_tail_of_the_last_run_in_step_and_what_would_have_followed(plan: Plan, policy: str) -> None:
    expected = sum(
        plan.tasks * plan.per_task - sum(found.counts.observed for (_, run), found in plan.cells.items() if run == seed)
        for seed in range(plan.seeds)
        if is_in_step(plan, seed) and not any(run > seed for _, run in plan.cells)
    )
    assert plan.decided(policy).denominator.not_run == expected


@MANY
@given(plan=plans(min_tasks=2), policy=policies, task=st.integers(0, 3))
def test_a_dropped_task_helps_no_more_than_a_failed_one(plan: Plan, policy: str, task: int) -> None:
    task %= plan.tasks
    whole = {place: cell(str(place[0]), place[1], plan.per_task, success=plan.per_task) for place in _places(plan)}
    for others in (plan, msgspec.structs.replace(plan, cells=whole)):
        dropped, failed = others.without_task(task), others.all_failed(task)
        if supports(dropped.decided(policy)):
            assert supports(failed.decided(policy))
        if others is not plan:
            assert dropped.decided(policy).denominator.lost == plan.per_task * plan.seeds


def _places(plan: Plan) -> list[tuple[int, int]]:
    return [(task, seed) for task in range(plan.tasks) for seed in range(plan.seeds)]


@MANY
@given(plan=plans(), policy=st.sampled_from(["lost", "failure"]), data=st.data())
def test_a_failure_that_had_succeeded_never_hurts(plan: Plan, policy: str, data: st.DataObject) -> None:
    # With errors excluded the tasks weigh unequally, and how much that widens the variance is estimated.
    rising = {place: data.draw(st.integers(0, found.counts.failure)) for place, found in plan.cells.items()}
    better = msgspec.structs.replace(
        plan, cells={place: _raised(found, rising[place]) for place, found in plan.cells.items()}
    )
    before, after = plan.decided(policy), better.decided(policy)
    if supports(before):
        assert supports(after)
    if after.verdict == "refuted":
        assert before.verdict == "refuted"
    assert after.metrics[0].k_crit == before.metrics[0].k_crit


def _raised(found: Cell, number: int) -> Cell:
    counts = msgspec.structs.replace(
        found.counts, success=found.counts.success + number, failure=found.counts.failure - number
    )
    return msgspec.structs.replace(found, counts=counts)


def _all_as(plan: Plan, outcome: str) -> Plan:
    """The plan run whole: whatever was neither success nor failure came out this way."""
    cells = {}
    for task, seed in _places(plan):
        found = plan.cells.get((task, seed)) or cell(str(task), seed, plan.per_task)
        trials = found.counts.success + found.counts.failure
        counts = {"success": found.counts.success, "failure": found.counts.failure}
        counts[outcome] += plan.per_task - trials
        cells[task, seed] = cell(str(task), seed, plan.per_task, **counts)
    return msgspec.structs.replace(plan, cells=cells)


@MANY
@given(plan=plans())
def test_what_is_lost_counts_as_the_worst_for_either_side(plan: Plan) -> None:
    evidence = plan.decided("lost")
    assume(evidence.denominator.not_run == 0)
    assume(evidence.verdict != "not_testable")
    assert supports(evidence) == supports(_all_as(plan, "failure").decided("lost"))
    assert (evidence.verdict == "refuted") == (_all_as(plan, "success").decided("lost").verdict == "refuted")


@MANY
@given(plan=plans())
def test_an_infrastructure_error_may_be_declared_a_failure(plan: Plan) -> None:
    evidence = plan.decided("failure")
    assume(evidence.verdict != "not_testable")
    as_failures = plan.with_cells(
        lambda found: msgspec.structs.replace(
            found,
            counts=msgspec.structs.replace(
                found.counts, failure=found.counts.failure + found.counts.infra_error, infra_error=0
            ),
        )
    )
    other = as_failures.decided("failure")
    assert (evidence.verdict, evidence.metrics[0].k_crit) == (other.verdict, other.metrics[0].k_crit)


@MANY
@given(plan=plans())
def test_only_a_declared_exclusion_takes_an_error_out_of_the_count(plan: Plan) -> None:
    whole = {policy: plan.decided(policy) for policy in POLICIES}
    assume(whole["lost"].denominator.not_run == 0)
    trials = {policy: evidence.metrics[0].decision_trials for policy, evidence in whole.items()}
    errors = sum(found.counts.infra_error for found in plan.cells.values())
    assert trials["lost"] == trials["failure"] == plan.planned
    assert trials["excluded_predeclared"] == plan.planned - errors


@MANY
@given(plan=plans(), policy=policies)
def test_an_error_of_one_task_declared_to_be_lost_is_never_better_than_one_excluded(plan: Plan, policy: str) -> None:
    assume(plan.tasks == 1)  # with several, exclusion changes how much a task weighs per episode
    if supports(plan.decided(policy)):
        assert supports(plan.decided("excluded_predeclared"))


@MANY
@given(plan=plans(), policy=policies, shuffle=st.integers(1, 2**32))
def test_the_order_of_tasks_and_cells_decides_nothing(plan: Plan, policy: str, shuffle: int) -> None:
    before, after = plan.decided(policy), plan.decided(policy, shuffle=shuffle)
    assert before.verdict == after.verdict
    assert before.headline == after.headline
    assert before.denominator == after.denominator
    assert before.metrics == after.metrics


@MANY
@given(plan=plans())
def test_the_rate_over_everything_planned_lies_between_worst_and_best(plan: Plan) -> None:
    denominator = plan.decided("lost").denominator
    trials = denominator.success + denominator.failure
    assume(trials)
    assert denominator.worst is not None
    assert denominator.best is not None
    assert denominator.worst <= denominator.success / trials + 1e-12
    assert denominator.best >= denominator.success / trials - 1e-12


@MANY
@given(plan=plans(), extra=st.integers(1, 20), policy=policies)
def test_episodes_beside_the_plan_decide_nothing(plan: Plan, extra: int, policy: str) -> None:
    beside = cell("nobody planned this", 0, 0, success=extra)
    before = plan.decided(policy)
    after = msgspec.structs.replace(plan, cells={**plan.cells, (99, 0): beside}).decided(policy)
    assert after.denominator.out_of_protocol == before.denominator.out_of_protocol + extra
    assert after.metrics == before.metrics
    assert msgspec.structs.replace(after.denominator, out_of_protocol=0) == before.denominator


@given(policy=policies)
def test_the_plans_of_this_file_decide_both_ways(policy: str) -> None:
    """A law about `supported` says nothing where nothing is ever supported."""
    places = [(task, seed) for task in range(2) for seed in range(2)]
    for outcome, verdict in (("success", "supported"), ("failure", "refuted")):
        cells = {place: cell(str(place[0]), place[1], 6, **{outcome: 6}) for place in places}
        assert Plan(2, 2, 6, cells).decided(policy).verdict == verdict
