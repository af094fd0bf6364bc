"""Attacks on packets: evidence that was chosen, edited or moved so that a plan looks kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.worldflux.portfolio.packeting import (
    cells_of,
    episode_of,
    packet_from,
    plan_in,
    whole_evidence,
    write_evidence,
)
from worldbase.errors import InputError, WorldError
from worldflux.documents.packet import Packet
from worldflux.portfolio.attached import Attachment
from worldflux.portfolio.packet import PacketRequest, digest_of_value
from worldflux.portfolio.packet_files import PacketPaths, load_packet, write_packet
from worldflux.portfolio.plan_files import FrozenPlan, load_plan
from worldflux.portfolio.planning import digest_of_value as digest_of_plan
from worldflux.portfolio.render.packet import markdown
from worldflux.portfolio.strays import MOST_GROUPS

PRO = "libero-pro"


@pytest.fixture
def plan(tmp_path: Path) -> FrozenPlan:
    return plan_in(tmp_path)


def packet_with(plan: FrozenPlan, folder: Path, episodes: Any) -> Packet:
    return packet_from(plan, [Attachment(PRO, write_evidence(folder / "a.json", episodes))])


def refusal(*attachments: Attachment, plan: FrozenPlan) -> str:
    with pytest.raises(WorldError) as refused:
        packet_from(plan, list(attachments))
    return refused.value.code


def test_failures_left_out_are_missing_and_drag_the_worst_case_down(plan: FrozenPlan, tmp_path: Path) -> None:
    lucky = cells_of(plan, PRO)[:18]
    packet = packet_with(plan, tmp_path, map(episode_of, lucky))
    signal = packet.signals[0]
    assert (signal.estimate, signal.worst) == (1.0, 0.6)
    assert packet.by_probe[PRO].missing == 12
    assert any("lies anywhere from 0.600" in claim for claim in packet.unsupported_claims)


def test_a_failure_run_again_until_it_works_counts_for_nobody(plan: FrozenPlan, tmp_path: Path) -> None:
    cell, *others = cells_of(plan, PRO)
    again = [episode_of(cell, "failure", run_seed=1), *(episode_of(cell, run_seed=seed) for seed in (2, 3, 4))]
    packet = packet_with(plan, tmp_path, [*again, *map(episode_of, others)])
    assert packet.by_probe[PRO].duplicate == 3
    assert (packet.signals[0].successes, packet.signals[0].trials) == (29, 29)
    assert packet.signals[0].worst < 1
    assert [group.cells for group in packet.repeated] == [1]


def test_an_infrastructure_failure_run_again_stays_one(plan: FrozenPlan, tmp_path: Path) -> None:
    cell = cells_of(plan, PRO)[0]
    packet = packet_with(plan, tmp_path, [episode_of(cell, "infra_error", run_seed=1), episode_of(cell, run_seed=2)])
    assert packet.by_probe[PRO].infrastructure_failure == 1
    assert packet.signals[0].trials == 0


def test_a_plan_edited_after_the_scores_is_refused(plan: FrozenPlan) -> None:
    value = json.loads(plan.path.read_bytes())
    del value["cells"][0]
    value["planned"] -= 1
    plan.path.write_text(json.dumps(value))
    with pytest.raises(WorldError) as altered:
        load_plan(plan.path)
    assert altered.value.code == "plan.altered"
    value["digest"] = digest_of_plan(value)
    plan.path.write_text(json.dumps(value))
    with pytest.raises(WorldError) as again:
        load_plan(plan.path)
    assert again.value.code == "plan.not_derived"


def test_seeds_that_were_swapped_are_mismatches(plan: FrozenPlan, tmp_path: Path) -> None:
    cells = cells_of(plan, PRO)
    swapped = [episode_of(cell, seed=cell.seed + (1, -1)[cell.episode_index]) for cell in cells]
    packet = packet_with(plan, tmp_path, swapped)
    assert packet.by_probe[PRO].metadata_mismatch == 30
    assert packet.signals[0].trials == 0


def test_episodes_that_were_renumbered_do_not_fit_their_seeds(plan: FrozenPlan, tmp_path: Path) -> None:
    """Three episodes were run, the worst was thrown away, and the others were numbered anew."""
    cells = [cell for cell in cells_of(plan, PRO) if cell.episode_index == 0]
    moved = [episode_of(cell, seed=cell.seed + 1) for cell in cells]
    packet = packet_with(plan, tmp_path, moved)
    assert packet.by_probe[PRO].metadata_mismatch == packet.by_probe[PRO].matched == len(cells)
    beyond = [episode_of(cell, episode_index=2, seed=cell.seed + 2) for cell in cells]
    assert packet_with(plan, tmp_path, beyond).by_probe[PRO].out_of_protocol == len(cells)


def test_evidence_of_one_probe_does_not_count_for_another(plan: FrozenPlan, tmp_path: Path) -> None:
    pro, plus = whole_evidence(plan, tmp_path)
    packet = packet_from(plan, [Attachment(plus.probe, pro.path), Attachment(pro.probe, plus.path)])
    assert packet.conformance.matched == 0
    assert packet.conformance.out_of_protocol == 51


def test_an_edited_audit_input_is_refused(plan: FrozenPlan, tmp_path: Path) -> None:
    given = Attachment(PRO, write_evidence(tmp_path / "a.json", map(episode_of, cells_of(plan, PRO))))
    whole = given.path.read_bytes()
    value = json.loads(whole)
    value["cells"][0]["counts"] = {**value["cells"][0]["counts"], "success": 0, "failure": 2}
    given.path.write_text(json.dumps(value))
    assert refusal(given, plan=plan) == "source.audit_input.cells_differ"
    given.path.write_bytes(whole)
    episodes = tmp_path / "a.episodes.jsonl"
    episodes.write_bytes(episodes.read_bytes().replace(b'"success"', b'"failure"', 1))
    assert refusal(given, plan=plan) == "source.audit_input.episodes_differ"


@pytest.mark.parametrize("name", ["../a.episodes.jsonl", "/etc/passwd", "sub/a.jsonl"])
def test_episodes_elsewhere_are_not_read(plan: FrozenPlan, tmp_path: Path, name: str) -> None:
    path = write_evidence(tmp_path / "a.json", map(episode_of, cells_of(plan, PRO)))
    value = json.loads(path.read_bytes())
    value["episodes"]["path"] = name
    path.write_text(json.dumps(value))
    assert refusal(Attachment(PRO, path), plan=plan) == "source.audit_input.episodes_path"


def test_what_is_no_file_is_refused(plan: FrozenPlan, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    assert refusal(Attachment(PRO, tmp_path / "pipe.json"), plan=plan) == "packet.audit_input"
    assert refusal(Attachment(PRO, tmp_path / "absent.json"), plan=plan) == "file.missing"
    assert refusal(Attachment(PRO, tmp_path), plan=plan) == "packet.audit_input"
    assert refusal(Attachment(PRO, plan.path), plan=plan) == "source.audit_input.other_document"


def test_strange_tasks_without_number_do_not_fill_the_packet(plan: FrozenPlan, tmp_path: Path) -> None:
    cell = cells_of(plan, PRO)[0]
    strangers = (episode_of(cell, task=f"stranger/{number}") for number in range(3 * MOST_GROUPS))
    packet = packet_with(plan, tmp_path, strangers)
    assert len(packet.strays) <= MOST_GROUPS + 1
    assert sum(stray.episodes for stray in packet.strays) == packet.conformance.out_of_protocol == 3 * MOST_GROUPS


def test_names_in_the_evidence_do_not_tell_of_the_machine(plan: FrozenPlan, tmp_path: Path) -> None:
    cell = cells_of(plan, PRO)[0]
    secret = "/home/somebody/runs"
    path = write_evidence(
        tmp_path / "a.json", [episode_of(cell, task=f"{secret}/x")], facts={"robot_model": f"{secret}/panda"}
    )
    packet = packet_from(plan, [Attachment(PRO, path)])
    assert "somebody" not in markdown(packet)
    assert b"somebody" not in msgspec.json.encode(packet)


def test_a_packet_made_up_anew_still_has_to_add_up(plan: FrozenPlan, tmp_path: Path) -> None:
    """Whoever computes the digest again has to make page and counts fit, too; the plan's log shows the rest."""
    paths = PacketPaths(tmp_path / "p.md", tmp_path / "p.json")
    write_packet(PacketRequest(plan, whole_evidence(plan, tmp_path)[:1]), paths)
    value = json.loads(paths.packet.read_bytes())
    value["missing"] = []
    value["digest"] = digest_of_value(value)
    paths.packet.write_text(json.dumps(value))
    with pytest.raises(InputError) as refused:
        load_packet(paths.packet, paths.page)
    assert {problem.code for problem in refused.value.problems} == {"packet.counts"}


def test_a_killed_run_leaves_no_packet_behind(plan: FrozenPlan, tmp_path: Path) -> None:
    given = Attachment(PRO, write_evidence(tmp_path / "a.json", map(episode_of, cells_of(plan, PRO))))
    episodes = tmp_path / "a.episodes.jsonl"
    episodes.write_bytes(episodes.read_bytes() + b"{broken\n")
    paths = PacketPaths(tmp_path / "out" / "p.md", tmp_path / "out" / "p.json")
    with pytest.raises(WorldError):
        write_packet(PacketRequest(plan, [given]), paths)
    assert not paths.packet.exists()
    assert not paths.page.exists()
