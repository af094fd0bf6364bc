"""A package whose hashes all agree and whose numbers do not: the exact code, member and pointer of the refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from tests.worldflux.verify.packages import pairs_package, tasks_package, unlisted_package
from tests.worldflux.verify.recomputing import (
    Files,
    edited,
    lines_of,
    members_of,
    place,
    recomputed,
    refusal,
    shared,
    with_episodes,
)
from worldbase import digest
from worldflux.benchmarks import planned_grid
from worldflux.package import layout

INPUT, EVIDENCE = layout.AUDIT_INPUT, layout.EVIDENCE
CELLS: Final = "recomputation.cells"
Change = Callable[[Any], object]


@pytest.fixture(scope="module")
def tasks(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return tasks_package(tmp_path_factory.mktemp("tasks") / "place")


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return pairs_package(tmp_path_factory.mktemp("pairs") / "place")


def finding(value: Any, code: str) -> Any:
    return next(found for found in value["findings"] if found["code"] == code)


def test_a_package_as_it_was_written_is_what_follows(tasks: Files, pairs: Files) -> None:
    first, second = recomputed(members_of(tasks)), recomputed(members_of(pairs))
    assert (first.level, first.episodes, first.cells) == ("episodes", 24 * 5 + 15, 6)
    assert (second.level, second.episodes, second.cells) == ("episodes", 80, 2)
    assert "135" in first.detail


def test_the_packages_have_all_that_is_edited_below(tasks: Files, pairs: Files) -> None:
    assert layout.STOPPING in tasks
    assert layout.PPI in pairs
    assert members_of(tasks).audit_input.document.repeated_starts
    assert {"seed.overlap", "starts.repeated"} <= {
        found.code for found in members_of(pairs).audit_input.document.findings
    }


OF_AUDIT_INPUT: Final[dict[str, tuple[Change, str, str | None]]] = {
    "a success more": (lambda v: v["cells"][1]["counts"].update(success=24), CELLS, "/cells/1/counts/success"),
    "a gap": (lambda v: v["cells"][0].update(gaps=1), CELLS, "/cells/0/gaps"),
    "planned otherwise": (lambda v: v["cells"][0].update(planned=21), CELLS, "/cells/0/planned"),
    "all of it in plan": (lambda v: v["cells"][0].pop("in_plan"), CELLS, "/cells/0/in_plan"),
    "a cell left out": (lambda v: v["cells"].pop(), CELLS, "/cells/5"),
    "a reward": (
        lambda v: v["cells"][0]["sums"]["max_reward"].update(sum=1.0),
        CELLS,
        "/cells/0/sums/max_reward/sum",
    ),
    "a score that nobody gave": (
        lambda v: v["cells"][0]["sums"].update(progress={"count": 1, "sum": 1.0, "sum_of_squares": 1.0}),
        CELLS,
        "/cells/0/sums/progress",
    ),
    "fewer complete blocks": (lambda v: v["blocks"][0].update(complete=3), CELLS, "/blocks/0/complete"),
    "the path": (lambda v: v["blocks"][0].update(successes="3 3 3"), CELLS, "/blocks/0/successes"),
    "starts": (lambda v: v["repeated_starts"][0].update(starts=11), CELLS, "/repeated_starts/0/starts"),
    "no shared starts": (lambda v: v["repeated_starts"].clear(), CELLS, "/repeated_starts/0"),
    "the number of episodes": (lambda v: v["episodes"].update(count=134), CELLS, "/episodes/count"),
    "the episodes' digest": (lambda v: v["episodes"].update(sha256=f"sha256:{'a' * 64}"), CELLS, "/episodes/sha256"),
    "the episodes' name": (lambda v: v["episodes"].update(path="others.jsonl"), CELLS, "/episodes/path"),
    "a task left out": (lambda v: v["tasks"].pop(), "recomputation.plan", "/tasks/2"),
    "a duplicate": (lambda v: v.update(duplicate=1), "recomputation.plan", "/duplicate"),
    "a run outside the plan": (
        lambda v: v["run"]["runs"][1].update(in_plan=False),
        "recomputation.plan",
        "/run/runs/1/in_plan",
    ),
    "a label": (
        lambda v: v["missing_evidence"].remove("plan_precedence"),
        "recomputation.plan",
        "/missing_evidence",
    ),
    "a finding left out": (
        lambda v: v["findings"].remove(finding(v, "starts.repeated")),
        "recomputation.findings",
        "/findings",
    ),
    "a finding made milder": (
        lambda v: finding(v, "plan.out_of_protocol").update(severity="info"),
        "recomputation.findings",
        None,  # which of the two differences comes first is not told
    ),
    "a finding that nobody gave": (
        lambda v: v["findings"].append(
            {"code": "seed.overlap", "severity": "error", "message": "They overlap.", "where": None}
        ),
        "recomputation.findings",
        None,
    ),
}


@pytest.mark.parametrize("name", OF_AUDIT_INPUT)
def test_an_edited_audit_input(tasks: Files, name: str) -> None:
    change, code, pointer = OF_AUDIT_INPUT[name]
    error = refusal(members_of(edited(tasks, INPUT, change)))
    assert (error.gate, error.exit_code) == ("recomputation", 18)
    assert error.where is not None
    assert (error.code, error.where.file) == (code, INPUT)
    if pointer is not None:
        assert error.where.pointer == pointer
    assert error.hint
    assert error.problems[0].where == error.where


def test_a_finding_keeps_its_words(tasks: Files) -> None:
    def reword(value: Any) -> None:
        found = finding(value, "plan.out_of_protocol")
        found["message"] = found["message"].replace("episodes", "attempts")

    error = refusal(members_of(edited(tasks, INPUT, reword)))
    messages = sorted(problem.message for problem in error.problems)
    assert len(messages) == 2
    assert messages[0].startswith("does not follow: ")
    assert messages[1].startswith("plan.out_of_protocol (warning) follows and is not there: ")


def test_what_a_source_found_is_attested(tasks: Files) -> None:
    """Only the source knows it: the first link holds, and the evidence, which repeats it, is what does not follow."""

    def add(value: Any) -> None:
        value["findings"].append(
            {"code": "source.lerobot.extra_keys", "severity": "info", "message": "One more.", "where": None}
        )

    error = refusal(members_of(edited(tasks, INPUT, add)))
    assert place(error)[:2] == ("recomputation.evidence", EVIDENCE)


OF_EVIDENCE: Final[dict[str, tuple[Change, str]]] = {
    "the verdict": (lambda v: v.update(verdict="supported"), "/verdict"),
    "the headline": (lambda v: v.update(headline="All good."), "/headline"),
    "a successes count": (lambda v: v["metrics"][0].update(successes=0), "/metrics/0/successes"),
    "an end of an interval": (lambda v: v["metrics"][0]["interval"].update(lower=0.123), "/metrics/0/interval/lower"),
    "a power": (lambda v: v["metrics"][0]["power"].update(at_claim=0.99), "/metrics/0/power/at_claim"),
    "the lost": (lambda v: v["denominator"].update(lost=0), "/denominator/lost"),
    "a flag": (lambda v: v["metrics"][0]["flags"].clear(), "/metrics/0/flags/0"),
    "the binding": (lambda v: v["protocol"].update(binding="placeholder"), "/protocol/binding"),
    "the precedence": (lambda v: v["protocol"].update(precedence="proven"), "/protocol/precedence"),
    "the claim's words": (lambda v: v["claim"].update(text="Anything."), "/claim/text"),
    "a finding": (lambda v: v["findings"].pop(), "/findings/"),
    "a slice": (lambda v: v["slices"]["by_task"][2].update(trials=1), "/slices/by_task/2/trials"),
    "the scope": (lambda v: v["scope"].update(tasks=90), "/scope/tasks"),
    "a field left out": (lambda v: v["metrics"][0].pop("averages"), "/metrics/0/averages"),
    "a field more": (lambda v: v.update(observed_verdict="supported"), "/observed_verdict"),
}


@pytest.mark.parametrize("name", OF_EVIDENCE)
def test_edited_evidence(tasks: Files, name: str) -> None:
    change, pointer = OF_EVIDENCE[name]
    error = refusal(members_of(edited(tasks, EVIDENCE, change)))
    assert place(error)[:2] == ("recomputation.evidence", EVIDENCE)
    assert error.where is not None
    assert str(error.where.pointer).startswith(pointer)


def test_every_difference_is_listed_up_to_twenty(tasks: Files) -> None:
    def change(value: Any) -> None:
        for part in (*value["slices"]["by_task"], *value["slices"]["by_seed"]):
            part.update(trials=0, successes=0, estimate=0.25)
            part["interval"].update(lower=0.25, upper=0.5, confidence=0.5)

    error = refusal(members_of(edited(tasks, EVIDENCE, change)))
    assert len(error.problems) == 20
    assert error.problems[0].message.startswith("stored 0, recomputed ")
    assert "29 more differ" in error.message


def nudged(files: Files, factor: float) -> Files:
    def nudge(value: Any) -> None:
        value["metrics"][0]["interval"]["lower"] *= factor

    return edited(files, EVIDENCE, nudge)


@pytest.mark.parametrize("factor", [1 + 1e-10, 1 - 1e-10])
def test_a_last_digit_may_come_from_another_version_of_a_library(tasks: Files, factor: float) -> None:
    assert nudged(tasks, factor)[EVIDENCE] != tasks[EVIDENCE]
    assert recomputed(members_of(nudged(tasks, factor))).level == "episodes"


@pytest.mark.parametrize("factor", [1 + 1e-8, 1 - 1e-8])
def test_a_digit_that_is_shown_may_not(tasks: Files, factor: float) -> None:
    error = refusal(members_of(nudged(tasks, factor)))
    assert place(error) == ("recomputation.evidence", EVIDENCE, "/metrics/0/interval/lower")


def test_stopping_and_ppi_follow_too(tasks: Files, pairs: Files) -> None:
    path = edited(tasks, layout.STOPPING, lambda v: v["metrics"][0]["path"][0].update(log_e_support=1.5))
    assert place(refusal(members_of(path))) == (
        "recomputation.stopping",
        layout.STOPPING,
        "/metrics/0/path/0/log_e_support",
    )
    reading = edited(pairs, layout.PPI, lambda v: v["readings"][1].update(estimate=0.9))
    assert place(refusal(members_of(reading))) == ("recomputation.ppi", layout.PPI, "/readings/1/estimate")


def test_stopping_and_ppi_are_there_exactly_where_they_were_asked_for(tasks: Files, pairs: Files) -> None:
    without = {name: data for name, data in tasks.items() if name != layout.STOPPING}
    assert place(refusal(members_of(without)))[:2] == ("recomputation.stopping", layout.STOPPING)
    unasked = replace(members_of(tasks), ppi=members_of(pairs).ppi)
    assert place(refusal(unasked))[:2] == ("recomputation.ppi", layout.PPI)


def test_simulated_episodes_that_no_file_gives(pairs: Files) -> None:
    def empty(value: Any) -> None:
        value["requested"]["ppi"].update(simulated=0, simulated_successes=0)

    error = refusal(members_of(edited(pairs, INPUT, empty)))
    assert place(error) == ("recomputation.requested", INPUT, "/requested/ppi")


@pytest.mark.parametrize("name", [layout.FAILURES, layout.REPLAYS])
def test_edited_failure_lines(tasks: Files, name: str) -> None:
    fewer = tasks[name].split(b"\n", 1)[1]
    assert place(refusal(members_of({**tasks, name: fewer}))) == ("recomputation.failures", name, None)


def test_an_edited_report(tasks: Files) -> None:
    lines = tasks[layout.REPORT].split(b"\n")
    lines[4] += b" "
    error = refusal(members_of({**tasks, layout.REPORT: b"\n".join(lines)}))
    assert place(error) == ("recomputation.report", layout.REPORT, None)
    assert error.where is not None
    assert error.where.line == 5


def test_a_report_of_other_evidence(tasks: Files) -> None:
    """Id and time are taken as stored; the report shows them, so that they cannot be changed in one place only."""
    later = edited(tasks, EVIDENCE, lambda v: v.update(created_at="2031-01-01T00:00:00Z"))
    assert place(refusal(members_of(later)))[0] == "recomputation.report"


@pytest.mark.parametrize("name", ["rules", "render"])
def test_a_version_that_this_tool_does_not_have(tasks: Files, name: str) -> None:
    error = refusal(members_of(edited(tasks, EVIDENCE, lambda v: v.update({name: "v9"}))))
    assert (error.gate, error.exit_code) == ("schema", 12)
    assert place(error) == ("schema.newer", EVIDENCE, f"/{name}")
    assert "newer than this tool" in error.message


class TestEpisodes:
    def test_an_outcome_turned_round(self, tasks: Files) -> None:
        data = tasks[layout.EPISODES]
        turned = data.replace(b'"outcome":"failure"', b'"outcome":"success"', 1)
        error = refusal(members_of(with_episodes(tasks, turned)))
        assert error.code == CELLS
        assert {problem.code for problem in error.problems} >= {CELLS, "recomputation.failures"}

    def test_two_outcomes_of_a_cell_exchanged(self, tasks: Files) -> None:
        """The counts stay; what the failed episodes left behind does not."""
        lines = lines_of(tasks)[:24]
        won = next(number for number, line in enumerate(lines) if b'"success","' in line)
        lost = next(number for number, line in enumerate(lines) if b'"failure","' in line)
        changed = lines_of(tasks)
        changed[won] = changed[won].replace(b'"outcome":"success"', b'"outcome":"failure"')
        changed[lost] = changed[lost].replace(b'"outcome":"failure"', b'"outcome":"success"')
        error = refusal(members_of(with_episodes(tasks, b"".join(changed))))
        assert "recomputation.failures" in {problem.code for problem in error.problems}

    def test_an_episode_that_comes_twice(self, tasks: Files) -> None:
        lines = lines_of(tasks)
        error = refusal(members_of(with_episodes(tasks, b"".join([*lines, lines[3]]))))
        assert (error.code, error.gate) == ("recomputation.episodes", "recomputation")
        assert "comes twice" in error.message

    def test_an_episode_left_out(self, tasks: Files) -> None:
        error = refusal(members_of(with_episodes(tasks, b"".join(lines_of(tasks)[:-1]))))
        assert place(error)[0] == CELLS

    def test_lines_in_another_order(self, tasks: Files) -> None:
        """Cells do not know an order; the lines of the failures name the line of each episode."""
        error = refusal(members_of(with_episodes(tasks, b"".join(reversed(lines_of(tasks))))))
        assert error.code == "recomputation.failures"

    def test_a_file_that_changes_while_it_is_read(self, tasks: Files) -> None:
        hashed_before = replace(members_of(tasks), episodes_sha256=digest.of_bytes(b"something else"))
        assert place(refusal(hashed_before)) == ("recomputation.changed_meanwhile", layout.EPISODES, None)


class TestWithheldEpisodes:
    def test_what_follows_from_the_cells_is_still_computed(self, tasks: Files, pairs: Files) -> None:
        for files in (tasks, pairs):
            found = recomputed(shared(members_of(files)))
            assert (found.level, found.episodes) == ("cells", 0)
            assert "withheld" in found.detail

    def test_the_verdict_is_not_attested(self, tasks: Files) -> None:
        forged = edited(tasks, EVIDENCE, lambda v: v.update(verdict="supported"))
        assert place(refusal(shared(members_of(forged)))) == ("recomputation.evidence", EVIDENCE, "/verdict")

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            (lambda v: v["cells"][0]["counts"].update(success=10**9), "/cells/0"),
            (lambda v: v["cells"][0].update(planned=0), "/cells/0"),
            (lambda v: v["cells"][0]["in_plan"].update(success=21), "/cells/0"),
            (lambda v: v["cells"][0].pop("in_plan"), "/cells/0"),
            (lambda v: v["cells"].append(v["cells"][0]), "/cells/6"),
            (lambda v: v["cells"][0]["sums"]["max_reward"].update(count=25), "/cells/0"),
            (lambda v: v["episodes"].update(count=1), "/episodes/count"),
            (lambda v: v["blocks"].pop(), "/blocks"),
            (lambda v: v["blocks"][0].update(complete=21), "/blocks/0"),
            (lambda v: v["blocks"][0].update(repeated=21), "/blocks/0"),
            (lambda v: v["blocks"][0].update(successes="4 x"), "/blocks/0"),
            (lambda v: v["repeated_starts"].append(v["repeated_starts"][0]), "/repeated_starts"),
            (lambda v: v["repeated_starts"][0].update(trials=1), "/repeated_starts/0"),
            (lambda v: v["repeated_starts"][0].update(sum=1e9), "/repeated_starts/0"),
        ],
    )
    def test_cells_that_no_episodes_give(self, tasks: Files, change: Change, pointer: str) -> None:
        error = refusal(shared(members_of(edited(tasks, INPUT, change))))
        assert place(error) == (CELLS, INPUT, pointer)


class TestImpossibleFacts:
    def test_a_value_that_nothing_can_be_computed_from(self, tasks: Files) -> None:
        strange = edited(tasks, INPUT, lambda v: v["run"]["evaluator"].update(batch_size="many"))
        error = refusal(members_of(strange))
        assert (error.code, error.gate) == ("recomputation.impossible", "recomputation")

    def test_a_plan_that_no_audit_takes(self, tasks: Files) -> None:
        huge = edited(
            tasks, layout.PROTOCOL, lambda v: v["execution"].update(episodes_per_task=10_000_000, seeds=[*range(99)])
        )
        assert place(refusal(members_of(huge))) == ("recomputation.plan_size", layout.PROTOCOL, "/execution")


class TestARegistryThatMovedOn:
    """A later registry knows a suite of a name that a protocol had used for a single task."""

    def test_what_was_one_task_stays_one(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        files = unlisted_package(tmp_path / "then")

        def known_later(entry: str, benchmark: str) -> list[str]:
            return ["own_suite/0", "own_suite/1"] if entry == "own suite" else []

        monkeypatch.setattr(planned_grid, "_known_tasks", known_later)
        stored = members_of(files)
        assert planned_grid.planned_grid(stored.protocol.document).tasks == ("own_suite/0", "own_suite/1", "another")
        assert stored.audit_input.document.tasks == ["own suite", "another"]
        assert recomputed(stored).level == "episodes"

    def test_a_task_cannot_be_left_out_in_its_name(self, tmp_path: Path) -> None:
        files = unlisted_package(tmp_path / "then")
        fewer = edited(files, INPUT, lambda v: v["tasks"].remove("another"))
        assert place(refusal(members_of(fewer))) == ("recomputation.plan", INPUT, "/tasks/1")
