"""Attacks on packets: evidence that was chosen, edited or moved so that a plan looks kept."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.command import inside, worldflux
from tests.worldflux.portfolio.packeting import (
    cells_of,
    episode_of,
    packet_from,
    plan_in,
    whole_evidence,
    write_evidence,
)
from worldbase import document
from worldbase.errors import InputError, StorageError, WorldError
from worldflux.documents.packet import Packet
from worldflux.documents.plan import BeaconRound, PlanSeed
from worldflux.documents.run_sheet import ArmKey
from worldflux.documents.seed_commitment import NamedRound
from worldflux.portfolio import planning
from worldflux.portfolio.attached import Attachment
from worldflux.portfolio.packet import PacketRequest, digest_of_value
from worldflux.portfolio.packet_files import PacketPaths, load_packet, write_packet
from worldflux.portfolio.plan_files import FrozenPlan, load_plan
from worldflux.portfolio.planning import PlanRequest, plan_of
from worldflux.portfolio.planning import digest_of_value as digest_of_plan
from worldflux.portfolio.precedence import PlanProof
from worldflux.portfolio.rederivation import assignments_of, frame_of
from worldflux.portfolio.render import plan as plan_page
from worldflux.portfolio.render.packet import markdown
from worldflux.portfolio.seed_files import regraded
from worldflux.portfolio.seed_sources import SeedRequest, commit, seed_of
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


def test_a_time_of_the_commitment_that_nobody_stamped_does_not_grade_the_seed(plan: FrozenPlan, tmp_path: Path) -> None:
    """The round was long known when it was named; the plan merely says that it was committed to before."""
    path = tmp_path / "chosen.json"
    path.write_bytes(document.dump(plan_of(PlanRequest(plan.plan.profile.document, _of_a_known_round(plan))).plan))
    chosen = load_plan(path)
    assert chosen.plan.seed.grade == "mixed_with_beacon"
    packet = packet_from(chosen, [])
    assert packet.plan.seed_grade == "chosen_by_operator"
    assert "The operator could have chosen the seed, and with it the tasks." in packet.caveats
    grade = regraded(chosen.plan.seed, frame_of(chosen.plan), ())
    page = plan_page.markdown(chosen.plan, assignments_of(chosen.plan, chosen.cells()), grade)
    assert "2007-01-01T00:00:00Z, as the plan says" in page
    assert "by a time stamp" not in page


def _of_a_known_round(plan: FrozenPlan) -> PlanSeed:
    salt, at = "ab" * 32, "2020-08-01T00:00:00Z"
    named = NamedRound(name="drand-default", round=1000)
    published = BeaconRound(name=named.name, round=named.round, at=at, value="ff" * 32, verified=False)
    commitment = commit(salt, frame_of(plan.plan), named)
    seed = seed_of(SeedRequest("public_beacon", salt, commitment, beacon=published), frame_of(plan.plan))
    assert seed.grade == "chosen_by_operator"
    return msgspec.structs.replace(seed, committed_at="2007-01-01T00:00:00Z", grade="mixed_with_beacon")


def test_tasks_of_a_registry_that_nobody_has(plan: FrozenPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another digest of the registry keeps the tasks from being drawn again; that is said wherever it matters."""
    other = "sha256:" + "0" * 64
    monkeypatch.setattr(planning, "registry_digest", lambda: other)
    path = tmp_path / "other.json"
    path.write_bytes(document.dump(plan_of(PlanRequest(plan.plan.profile.document, plan.plan.seed)).plan))
    strange = load_plan(path)
    said = [caveat for caveat in packet_from(strange, []).caveats if "another list of probes" in caveat]
    assert len(said) == 1
    page = plan_page.markdown(strange.plan, assignments_of(strange.plan, strange.cells()), strange.plan.seed.grade)
    assert "not those at hand" in page
    assert not [caveat for caveat in packet_from(plan, []).caveats if "another list of probes" in caveat]


def key_of(plan: FrozenPlan) -> ArmKey:
    return ArmKey(
        schema_version="worldflux.arm_key.v0_draft",
        plan=plan.plan.digest,
        salt="0" * 64,
        arms={"A": "other_policy", "B": plan.plan.profile.document.policy_id},
    )


def test_episodes_of_the_other_arm_from_before_the_plan(plan: FrozenPlan, tmp_path: Path) -> None:
    """The other policy is tried first, and the plan made once its scores are known."""
    cell, late = cells_of(plan, PRO)[0], "2026-03-01T00:00:00Z"
    ours = episode_of(cell, extra={"arm": "B"}, run_seed=1, recorded_at=late)
    theirs = episode_of(cell, extra={"arm": "A"}, run_seed=2, recorded_at="2026-01-01T00:00:00Z")
    later = episode_of(cell, extra={"arm": "A"}, run_seed=2, recorded_at=late)
    frozen_at = datetime.fromisoformat("2026-02-01T00:00:00Z")
    for name, other, expected in (("a", theirs, "not_shown"), ("b", later, "proven")):
        given = Attachment(PRO, write_evidence(tmp_path / f"{name}.json", [ours, other]))
        proof = PlanProof(frozen_at, "tsa", "Frozen.")
        assert packet_from(plan, [given], proof=proof, arm_key=key_of(plan)).plan.precedence == expected


def test_arms_swapped_in_a_key_that_no_sheet_was_sealed_with(plan: FrozenPlan) -> None:
    def told(packet: Packet) -> bool:
        return any("no run sheet was shown" in caveat for caveat in packet.caveats)

    assert told(packet_from(plan, [], arm_key=key_of(plan)))
    assert not told(packet_from(plan, [], arm_key=key_of(plan), is_key_sealed=True))
    assert not told(packet_from(plan, []))


def test_a_run_sheet_without_arms_seals_no_key(plan: FrozenPlan, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_bytes(document.dump(key_of(plan)))
    with inside(tmp_path):
        sheet = "eval-portfolio render-run-sheet --plan plan.json --output s.md --run-sheet-json s.json"
        assert worldflux(sheet).code == 0
        line = "eval-portfolio packet --plan plan.json --output p.md --packet-json p.json --arm-key key.json"
        refused = worldflux(line, "--run-sheet", "s.json")
    assert (refused.code, "run_sheet.key_differs" in refused.err) == (3, True)
    assert not (tmp_path / "p.json").exists()


def test_a_page_whose_packet_cannot_be_written_does_not_stay(plan: FrozenPlan, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("no folder")
    paths = PacketPaths(tmp_path / "p.md", tmp_path / "taken" / "p.json")
    with pytest.raises(StorageError):
        write_packet(PacketRequest(plan, []), paths)
    assert not paths.page.exists()


@pytest.mark.parametrize("place", ["plan.json", "link.json", "plan.freeze.json", "plan.tsr"])
def test_pages_of_a_plan_do_not_replace_it_nor_its_freeze(plan: FrozenPlan, tmp_path: Path, place: str) -> None:
    (tmp_path / "link.json").symlink_to("plan.json")
    for name in ("plan.freeze.json", "plan.tsr"):
        (tmp_path / name).write_bytes(b"of the only moment when it could be made")
    before = (tmp_path / place).read_bytes()
    with inside(tmp_path):
        page = worldflux("eval-portfolio render-plan --plan plan.json --output", place)
        sheet = worldflux("eval-portfolio render-run-sheet --plan plan.json --run-sheet-json s.json --output", place)
    assert (page.code, "output.exists" in page.err) == (2, True)
    assert (sheet.code, "run_sheet.same_file" in sheet.err) == (2, True)
    assert (tmp_path / place).read_bytes() == before


def test_a_packet_does_not_replace_what_it_is_made_of(plan: FrozenPlan, tmp_path: Path) -> None:
    (tmp_path / "key.json").write_bytes(document.dump(key_of(plan)))
    line = "eval-portfolio packet --plan plan.json --output p.md --packet-json key.json --arm-key key.json --overwrite"
    with inside(tmp_path):
        refused = worldflux(line)
    assert (refused.code, "output.exists" in refused.err) == (2, True)
    assert document.load(tmp_path / "key.json", ArmKey).document == key_of(plan)


def _perfect_scores(value: dict[str, Any]) -> None:
    value["signals"][0].update(successes=500, trials=500)


def _a_score_left_out(value: dict[str, Any]) -> None:
    value["signals"].pop()


def _gaps_taken_out(value: dict[str, Any]) -> None:
    value["missing_evidence"] = []


def _called_proven(value: dict[str, Any]) -> None:
    value["plan"]["precedence"] = "proven"


@pytest.mark.parametrize("edit", [_perfect_scores, _a_score_left_out, _gaps_taken_out, _called_proven])
def test_scores_and_sentences_that_the_counts_do_not_bear_out(plan: FrozenPlan, tmp_path: Path, edit: Any) -> None:
    value = msgspec.to_builtins(packet_from(plan, whole_evidence(plan, tmp_path)[:1]))
    document.convert(value, Packet, file="p.json")
    edit(value)
    value["digest"] = digest_of_value(value)
    with pytest.raises(InputError) as refused:
        document.convert(value, Packet, file="p.json")
    assert {problem.code for problem in refused.value.problems} == {"packet.counts"}
