"""Every planned cell ends as matched or missing; what does not belong to a cell is told apart from it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.worldflux.portfolio.packeting import (
    FACTS,
    cells_of,
    episode_of,
    packet_from,
    plan_in,
    whole_evidence,
    write_evidence,
)
from worldbase.errors import UsageError
from worldflux.documents.packet import Conformance, Packet
from worldflux.documents.run_sheet import ArmKey
from worldflux.portfolio import contracts
from worldflux.portfolio.attached import Attachment
from worldflux.portfolio.cell_groups import joined_tasks, ranges
from worldflux.portfolio.plan_files import FrozenPlan

PRO = "libero-pro"


@pytest.fixture
def plan(tmp_path: Path) -> FrozenPlan:
    return plan_in(tmp_path)


def packet_with(plan: FrozenPlan, folder: Path, episodes: Any, **facts: Any) -> Packet:
    """The packet of one audit input for libero-pro."""
    path = write_evidence(folder / "pro.json", episodes, facts={**FACTS, **facts})
    return packet_from(plan, [Attachment(PRO, path)])


def counts(packet: Packet, probe: str = PRO) -> dict[str, int]:
    """What is not 0 among the counts of a probe."""
    own = packet.by_probe[probe]
    return {name: getattr(own, name) for name in Conformance.__struct_fields__ if getattr(own, name)}


def test_whole_evidence_matches_every_cell(plan: FrozenPlan, tmp_path: Path) -> None:
    packet = packet_from(plan, whole_evidence(plan, tmp_path))
    assert counts(packet) == {"planned": 30, "matched": 30}
    assert (packet.conformance.planned, packet.conformance.missing) == (51, 0)
    assert not any((packet.missing, packet.unresolved, packet.repeated, packet.strays, packet.mismatches))
    assert packet.missing_evidence == []
    assert packet.cells
    assert all(cell.state == "matched" and cell.outcome == "success" for cell in packet.cells)


def test_a_cell_without_an_episode_is_missing_and_is_named(plan: FrozenPlan, tmp_path: Path) -> None:
    lost, *kept = cells_of(plan, PRO)
    packet = packet_with(plan, tmp_path, map(episode_of, kept))
    assert counts(packet) == {"planned": 30, "matched": 29, "missing": 1}
    (group,) = [group for group in packet.missing if group.probe == PRO]
    assert (group.tasks, group.axis, group.cells) == ([lost.task], lost.axis, 1)
    assert (group.episodes, group.seeds) == (str(lost.episode_index), str(lost.seed))


def test_evidence_for_no_planned_cell_is_out_of_protocol(plan: FrozenPlan, tmp_path: Path) -> None:
    cell = cells_of(plan, PRO)[0]
    planned = {(each.task, each.axis) for each in cells_of(plan, PRO)}
    other = next(f"libero_pro_goal/{n}" for n in range(10) if (f"libero_pro_goal/{n}", "object") not in planned)
    strangers = [
        episode_of(cell, task="somewhere/else"),
        episode_of(cell, episode_index=2, run_seed=1),
        episode_of(cell, task=other, perturbation="object", run_seed=2),
        episode_of(cell, perturbation="gravity", run_seed=3),
        episode_of(cell, perturbation=None, run_seed=4),
    ]
    packet = packet_with(plan, tmp_path, strangers)
    assert counts(packet) == {"planned": 30, "missing": 30, "out_of_protocol": 5}
    reasons = {stray.reason for stray in packet.strays}
    assert reasons >= {"task_not_planned", "index_not_planned", "axis_not_planned", "axis_not_told"}


def test_the_axis_is_told_by_an_alias_by_the_suite_or_by_the_run(plan: FrozenPlan, tmp_path: Path) -> None:
    cells = [cell for cell in cells_of(plan, PRO) if cell.axis == "position"]
    by_alias = [episode_of(cell, perturbation="swap") for cell in cells]
    assert counts(packet_with(plan, tmp_path, by_alias))["matched"] == len(cells)
    suite = [cell.task.replace("libero_pro_", "libero_").replace("/", "_swap/") for cell in cells]
    by_suite = [episode_of(cell, task=name, perturbation=None) for cell, name in zip(cells, suite, strict=True)]
    assert counts(packet_with(plan, tmp_path, by_suite))["matched"] == len(cells)
    by_run = [episode_of(cell, perturbation=None) for cell in cells]
    assert counts(packet_with(plan, tmp_path, by_run, perturbation="swap"))["matched"] == len(cells)


def test_a_second_episode_of_a_cell_is_a_duplicate_and_replaces_nothing(plan: FrozenPlan, tmp_path: Path) -> None:
    agreed, contested, *_ = cells_of(plan, PRO)
    packet = packet_with(
        plan,
        tmp_path,
        [
            episode_of(agreed, run_seed=1),
            episode_of(agreed, run_seed=2),
            episode_of(contested, "failure", run_seed=3),
            episode_of(contested, "success", run_seed=4),
        ],
    )
    assert counts(packet) == {"planned": 30, "matched": 2, "missing": 28, "duplicate": 2}
    assert packet.cells
    found = {(cell.task, cell.axis, cell.episode_index): cell for cell in packet.cells}
    first = found[agreed.task, agreed.axis, agreed.episode_index]
    second = found[contested.task, contested.axis, contested.episode_index]
    assert (first.outcome, first.repeated, second.outcome, second.repeated) == ("success", True, "unknown", True)
    assert packet.signals[0].successes == packet.signals[0].trials == 1


def test_a_row_that_nobody_ran_leaves_its_cell_missing(plan: FrozenPlan, tmp_path: Path) -> None:
    cells = cells_of(plan, PRO)
    packet = packet_with(plan, tmp_path, [episode_of(cells[0], "pending"), episode_of(cells[1], "skipped")])
    assert counts(packet) == {"planned": 30, "missing": 30}
    assert any("did not end: 2." in gap for gap in packet.missing_evidence)


def test_infrastructure_failures_are_among_the_matched(plan: FrozenPlan, tmp_path: Path) -> None:
    broken, *whole = cells_of(plan, PRO)
    packet = packet_with(plan, tmp_path, [episode_of(broken, "infra_error"), *map(episode_of, whole)])
    assert counts(packet) == {"planned": 30, "matched": 30, "infrastructure_failure": 1}
    signal = packet.signals[0]
    assert (signal.successes, signal.trials, signal.best) == (29, 29, 1.0)
    assert signal.worst == pytest.approx(29 / 30)
    assert [group.cells for group in packet.unresolved] == [1]


@pytest.mark.parametrize(
    ("fact", "value"),
    [
        ("robot_model", "ur5e"),
        ("simulator_family", "calvin"),
        ("environment_version", "libero-other"),
        ("adapter_version", "bridge-2"),
        ("reset_policy", "continuous"),
        ("policy_id", "another_policy"),
    ],
)
def test_a_fact_that_differs_is_a_metadata_mismatch(plan: FrozenPlan, tmp_path: Path, fact: str, value: str) -> None:
    packet = packet_with(plan, tmp_path, map(episode_of, cells_of(plan, PRO)), **{fact: value})
    assert counts(packet) == {"planned": 30, "matched": 30, "metadata_mismatch": 30}
    (mismatch,) = packet.mismatches
    assert (mismatch.field, mismatch.found, mismatch.cells, mismatch.kind) == (fact, value, 30, "metadata")
    assert (packet.signals[0].trials, packet.signals[0].mismatched_trials) == (0, 30)


def test_the_checkpoint_is_compared_and_answers_the_question(tmp_path: Path) -> None:
    plan = plan_in(tmp_path, checkpoint_uri="hf://org/policy@abc")
    packet = packet_with(plan, tmp_path, map(episode_of, cells_of(plan, PRO)), checkpoint_uri="hf://org/policy@abc")
    (answered,) = [each for each in packet.questions if each.state == "answered"]
    assert "is the checkpoint that was run" in answered.question
    assert "hf://org/policy@abc" in str(answered.answer)
    other = packet_with(plan, tmp_path, map(episode_of, cells_of(plan, PRO)), checkpoint_uri="hf://org/policy@best")
    assert [mismatch.field for mismatch in other.mismatches] == ["checkpoint_uri"]


def test_what_the_evidence_does_not_say_is_missing_and_no_mismatch(plan: FrozenPlan, tmp_path: Path) -> None:
    path = write_evidence(tmp_path / "pro.json", map(episode_of, cells_of(plan, PRO)), facts={})
    packet = packet_from(plan, [Attachment(PRO, path)])
    assert packet.by_probe[PRO].metadata_mismatch == 0
    gaps = "\n".join(packet.missing_evidence)
    for fact in ("the robot", "the simulator", "version of the environment", "version of the adapter", "were reset"):
        assert f"the evidence of 30 episodes does not say {fact}" in gaps or fact in gaps, fact


def test_another_seed_is_a_metadata_mismatch_and_none_is_missing_evidence(plan: FrozenPlan, tmp_path: Path) -> None:
    first, second, *_ = cells_of(plan, PRO)
    packet = packet_with(plan, tmp_path, [episode_of(first, seed=7), episode_of(second, seed=None)])
    assert counts(packet) == {"planned": 30, "matched": 2, "missing": 28, "metadata_mismatch": 1}
    (mismatch,) = packet.mismatches
    assert (mismatch.field, mismatch.cells) == ("seed", 1)
    assert f"7 in place of {first.seed}" in mismatch.found
    assert any("1 episodes does not say the environment seed" in gap for gap in packet.missing_evidence)


def test_a_plan_digest_that_differs_is_a_digest_mismatch(plan: FrozenPlan, tmp_path: Path) -> None:
    own = packet_with(plan, tmp_path, map(episode_of, cells_of(plan, PRO)), plan_digest=plan.plan.digest)
    assert own.mismatches == []
    other = packet_with(plan, tmp_path, map(episode_of, cells_of(plan, PRO)), plan_digest=f"sha256:{'0' * 63}1")
    assert counts(other) == {"planned": 30, "matched": 30, "digest_mismatch": 30}


def test_contract_values_are_checked_when_evidence_comes(tmp_path: Path) -> None:
    contract = contracts.example()
    plan = plan_in(tmp_path, contracts=(contract,))
    cells = cells_of(plan, contract.probe_id)
    manifest = {"task_manifest_digest": contract.task_manifest.digest}
    facts = {**FACTS, **manifest, "metric_schema_digest": f"sha256:{'0' * 63}1"}
    recorded = [episode_of(cell, extra={"video_id": "v"}) for cell in cells[:5]] + list(map(episode_of, cells[5:]))
    path = write_evidence(tmp_path / "own.json", recorded, facts=facts)
    packet = packet_from(plan, [Attachment("customer_tabletop", path)])
    assert counts(packet, contract.probe_id) == {"planned": 40, "matched": 40, "digest_mismatch": 40}
    assert [mismatch.field for mismatch in packet.mismatches] == ["metric_schema_digest"]
    assert any("35 episodes does not say the replay key video_id" in gap for gap in packet.missing_evidence)
    assert any(contract.workflow_claim in claim for claim in packet.unsupported_claims)


def test_a_contract_that_was_changed_since_is_a_digest_mismatch(tmp_path: Path) -> None:
    import msgspec

    contract = contracts.example()
    plan = plan_in(tmp_path, contracts=(contract,))
    path = write_evidence(tmp_path / "own.json", map(episode_of, cells_of(plan, contract.probe_id)))
    changed = msgspec.structs.replace(contract, exclusion_rules=["episodes that the operator does not like"])
    attachments = [Attachment(contract.probe_id, path)]
    packet = packet_from(plan, attachments, contracts=[changed])
    assert [mismatch.field for mismatch in packet.mismatches] == ["contract_digest"]
    assert packet_from(plan, attachments, contracts=[contract]).mismatches == []
    stranger = msgspec.structs.replace(contract, probe_id="another-probe")
    with pytest.raises(UsageError) as refused:
        packet_from(plan, attachments, contracts=[stranger])
    assert refused.value.code == "packet.contract_unplanned"


def test_evidence_for_an_unplanned_probe_is_listed_and_out_of_protocol(plan: FrozenPlan, tmp_path: Path) -> None:
    path = write_evidence(tmp_path / "calvin.json", map(episode_of, cells_of(plan, PRO)))
    packet = packet_from(plan, [Attachment("calvin", path)])
    assert counts(packet, "calvin") == {"out_of_protocol": 30}
    (evidence,) = packet.evidence
    assert (evidence.probe, evidence.planned, evidence.episodes) == ("calvin", False, 30)
    assert packet.conformance.out_of_protocol == 30


def test_two_arms_have_accounts_of_their_own(plan: FrozenPlan, tmp_path: Path) -> None:
    cells = cells_of(plan, PRO)
    ours = [
        episode_of(cell, extra={"arm": "B"}, run_seed=1 + cell.episode_index) for cell in cells if cell.axis == "object"
    ]
    theirs = [episode_of(cell, "failure", extra={"arm": "A"}, run_seed=9) for cell in cells if cell.axis == "task"]
    path = write_evidence(tmp_path / "both.json", [*ours, *theirs, episode_of(cells[0], run_seed=20)])
    attachments = [Attachment(PRO, path)]
    key = ArmKey(
        schema_version="worldflux.arm_key.v0_draft",
        plan=plan.plan.digest,
        salt="0" * 64,
        arms={"A": "other_policy", "B": plan.plan.profile.document.policy_id},
    )
    packet = packet_from(plan, attachments, arm_key=key)
    assert packet.by_probe[PRO].matched == len(ours)
    assert [stray.reason for stray in packet.strays] == ["arm_not_told"]
    assert packet.arms == key.arms
    assert packet.other_arms
    (other,) = packet.other_arms
    assert (other.policy_id, other.conformance.matched, other.signals[0].successes) == ("other_policy", len(theirs), 0)
    assert sum(group.cells for group in other.missing) == other.conformance.missing == 51 - len(theirs)
    with pytest.raises(UsageError) as sealed:
        packet_from(plan, attachments)
    assert sealed.value.code == "packet.arms_sealed"


def test_ranges_and_tasks_are_joined() -> None:
    assert ranges([0, 1, 2, 5, 7, 8]) == "0-2, 5, 7-8"
    assert ranges([]) == ""
    assert joined_tasks(["s/10", "s/2", "s/1", "cup", "s/01"]) == ["s/1-2", "s/10", "cup", "s/01"]
