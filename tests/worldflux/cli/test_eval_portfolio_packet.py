"""`worldflux eval-portfolio packet` and `reviewer-brief`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Outcome, inside, worldflux
from tests.worldflux.portfolio.packeting import (
    FACTS,
    SMALL_RATE,
    cells_of,
    episode_of,
    plan_in,
    whole_evidence,
    write_evidence,
)
from worldbase import document
from worldflux.audit.importing import import_audit_input
from worldflux.documents.plan import PlanChoices
from worldflux.documents.run_sheet import ArmKey
from worldflux.portfolio.plan_files import FrozenPlan
from worldflux.sources.inputs import collect
from worldflux.sources.registry import SOURCES

PACKET = "eval-portfolio packet --plan plan.json --output packet.md --packet-json packet.json"
BRIEF = (
    "eval-portfolio reviewer-brief --packet packet.json --packet-markdown-ref packet.md "
    "--output reviewer_brief.md --brief-json reviewer_brief.json"
)
INPUTS = ("--audit-input", "libero-pro=audit_libero-pro.json", "--audit-input", "libero-plus=audit_libero-plus.json")


@pytest.fixture
def plan(tmp_path: Path) -> FrozenPlan:
    plan = plan_in(tmp_path)
    whole_evidence(plan, tmp_path)
    return plan


def run(folder: Path, line: str, *more: object) -> Outcome:
    with inside(folder):
        return worldflux(line, *more)


def test_packet_and_brief_one_after_the_other(plan: FrozenPlan, tmp_path: Path) -> None:
    made = run(tmp_path, PACKET, *INPUTS)
    assert (made.code, made.err) == (0, "")
    assert "51 planned episodes" in made.out
    packet = json.loads((tmp_path / "packet.json").read_bytes())
    assert packet["visibility"] == "LOCAL_PRIVATE"
    assert packet["conformance"]["matched"] == 51
    assert packet["plan"]["precedence"] == "not_shown"
    assert packet["plan"]["digest"] == plan.plan.digest
    brief = run(tmp_path, BRIEF)
    assert (brief.code, brief.err) == (0, "")
    value = json.loads((tmp_path / "reviewer_brief.json").read_bytes())
    assert value["public_share_ready"] is False
    assert value["packet_id"] == packet["id"]
    assert "LOCAL_PRIVATE" in (tmp_path / "reviewer_brief.md").read_text()


def test_the_answer_as_data(plan: FrozenPlan, tmp_path: Path) -> None:
    value = json.loads(run(tmp_path, PACKET, *INPUTS[:2], "--format", "json").out)
    assert value["by_probe"]["libero-plus"]["missing"] == 21
    assert value["visibility"] == "LOCAL_PRIVATE"
    brief = json.loads(run(tmp_path, BRIEF, "--format", "json").out)
    assert brief["public_share_ready"] is False
    assert run(tmp_path, PACKET, *INPUTS, "--overwrite", "--quiet") == Outcome(0, "", "")
    assert run(tmp_path, BRIEF, "--overwrite", "--quiet") == Outcome(0, "", "")


def test_strict_exits_with_one_and_writes_no_packet(plan: FrozenPlan, tmp_path: Path) -> None:
    refused = run(tmp_path, PACKET, *INPUTS[:2], "--strict-missing-evidence")
    assert refused.code == 1
    assert "packet.missing_evidence" in refused.err
    assert "libero-plus" in refused.err
    assert not (tmp_path / "packet.json").exists()
    assert not (tmp_path / "packet.md").exists()
    assert run(tmp_path, PACKET, *INPUTS, "--strict-missing-evidence").code == 0


def test_strict_leaves_no_stream_of_cells_either(tmp_path: Path) -> None:
    choices = PlanChoices(probes=[], episodes_per_task=700, tasks_per_axis=3)
    plan = plan_in(tmp_path, choices=choices, rate=SMALL_RATE)
    write_evidence(tmp_path / "a.json", map(episode_of, cells_of(plan, "libero-pro")[:10]))
    refused = run(tmp_path, PACKET, "--audit-input", "libero-pro=a.json", "--strict-missing-evidence")
    assert refused.code == 1
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"plan.json", "plan.cells.jsonl", "a.json", "a.episodes.jsonl"}


def test_a_packet_that_stands_is_not_replaced_by_chance(plan: FrozenPlan, tmp_path: Path) -> None:
    assert run(tmp_path, PACKET, *INPUTS).code == 0
    again = run(tmp_path, PACKET, *INPUTS)
    assert again.code == 2
    assert "output.exists" in again.err


def test_a_brief_of_an_edited_page_is_refused(plan: FrozenPlan, tmp_path: Path) -> None:
    assert run(tmp_path, PACKET, *INPUTS).code == 0
    page = tmp_path / "packet.md"
    page.write_text(page.read_text().replace("51", "52"))
    refused = run(tmp_path, BRIEF)
    assert refused.code == 3
    assert "packet.page_differs" in refused.err
    assert not (tmp_path / "reviewer_brief.json").exists()


def test_the_key_of_the_arms_belongs_to_the_plan(plan: FrozenPlan, tmp_path: Path) -> None:
    key = ArmKey(
        schema_version="worldflux.arm_key.v0_draft",
        plan=f"sha256:{'0' * 63}1",
        salt="0" * 64,
        arms={"A": "a_policy", "B": "other"},
    )
    (tmp_path / "arm_key.json").write_bytes(document.dump(key))
    refused = run(tmp_path, PACKET, *INPUTS, "--arm-key", "arm_key.json")
    assert refused.code == 2
    assert "packet.arm_key" in refused.err


def test_facts_declared_at_the_import_reach_the_packet(plan: FrozenPlan, tmp_path: Path) -> None:
    """From a table through an import to a packet: what is declared there is what is compared here."""
    cells = [cell for cell in cells_of(plan, "libero-pro") if cell.axis == "object"]
    rows = [f"{cell.task},{cell.episode_index},{cell.seed},true" for cell in cells]
    (tmp_path / "trials.csv").write_text("\n".join(["task,episode_index,seed,success", *rows]) + "\n")
    declared = [f"{name}={value}" for name, value in {**FACTS, "perturbation": "object"}.items()]
    given = collect(SOURCES.get("csv"), [tmp_path / "trials.csv"], declared)
    import_audit_input("csv", given, tmp_path / "a.json")
    made = run(tmp_path, PACKET, "--audit-input", "libero-pro=a.json")
    assert made.code == 0
    packet = json.loads((tmp_path / "packet.json").read_bytes())
    assert packet["by_probe"]["libero-pro"]["matched"] == len(cells)
    assert packet["mismatches"] == []
    assert not any("does not say" in gap for gap in packet["missing_evidence"])
