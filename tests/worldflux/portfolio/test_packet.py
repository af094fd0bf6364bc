"""The packet as a document and as a page."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

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
from worldbase import digest, document
from worldbase.errors import AnswerIsNoError, InputError, UsageError
from worldflux.documents.packet import Packet, PacketCell
from worldflux.documents.plan import PlanChoices, PlannedRate
from worldflux.portfolio.attached import Attachment, attachment
from worldflux.portfolio.packet import PacketRequest
from worldflux.portfolio.packet_files import PacketPaths, load_packet, write_packet
from worldflux.portfolio.plan_files import FrozenPlan
from worldflux.portfolio.precedence import PlanProof
from worldflux.portfolio.render.packet import markdown

PRO = "libero-pro"
FORBIDDEN = re.compile(r"\b(pass|passes|passed|certified|deployable|approved)\b", re.IGNORECASE)


@pytest.fixture
def plan(tmp_path: Path) -> FrozenPlan:
    return plan_in(tmp_path)


def written(plan: FrozenPlan, attachments: list[Attachment], folder: Path, *, strict: bool = False) -> PacketPaths:
    """Write a packet, and say where."""
    paths = PacketPaths(folder / "packet.md", folder / "packet.json")
    write_packet(PacketRequest(plan, attachments, stream_name=paths.stream.name), paths, strict=strict)
    return paths


def test_the_page_begins_with_the_counts_and_the_missing_cells(plan: FrozenPlan, tmp_path: Path) -> None:
    cells = cells_of(plan, PRO)
    path = write_evidence(tmp_path / "a.json", map(episode_of, cells[3:]))
    packet = packet_from(plan, [Attachment(PRO, path)])
    page = markdown(packet)
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    assert headings[0] == "Missing cells"
    section = page.split("## Missing cells")[1].split("\n## ")[0]
    for lost in cells[:3]:
        assert any(lost.axis in row and lost.task in row and str(lost.seed) in row for row in section.splitlines()), (
            lost
        )
    assert page.startswith("**LOCAL_PRIVATE**\n")
    assert page.endswith("**LOCAL_PRIVATE**\n")
    assert "may be used" in page
    assert "libero: it fits the profile and was not planned." in packet.next_falsification_axes
    assert any(axis.startswith("libero-plus: all 21 planned cells") for axis in packet.next_falsification_axes)
    assert not FORBIDDEN.search(page)


def test_texts_from_outside_cannot_break_out_of_the_page(tmp_path: Path) -> None:
    plan = plan_in(tmp_path, use_case="tables | <script>alert(1)</script>\u202e", claim_intent="**bold** [x](y)")
    path = write_evidence(tmp_path / "a.json", [episode_of(cells_of(plan, PRO)[0], task="a|b\n# c")])
    page = markdown(packet_from(plan, [Attachment(PRO, path)]))
    assert not re.search(r"(?<!\\)<script", page)
    assert "\u202e" not in page
    assert "\n# c" not in page
    assert "**bold**" not in page


def test_worst_and_best_count_what_is_missing_or_spoilt(plan: FrozenPlan, tmp_path: Path) -> None:
    cells = cells_of(plan, PRO)
    outcomes = ["success"] * 10 + ["failure"] * 5 + ["infra_error"] * 3
    episodes = [episode_of(cell, outcome) for cell, outcome in zip(cells, outcomes, strict=False)]  # type: ignore[arg-type]
    signal = packet_from(plan, [Attachment(PRO, write_evidence(tmp_path / "a.json", episodes))]).signals[0]
    assert (signal.successes, signal.trials, signal.planned) == (10, 15, 30)
    assert signal.estimate == pytest.approx(10 / 15)
    assert signal.worst == pytest.approx(10 / 30)
    assert signal.best == pytest.approx(25 / 30)
    assert signal.interval.method == "wilson"
    # Wilson (1927) for 10 of 15 at 95%.
    assert signal.interval.lower == pytest.approx(0.4171, abs=5e-5)
    assert signal.interval.upper == pytest.approx(0.8482, abs=5e-5)


def test_underpowered_by_plan_or_by_what_was_left(tmp_path: Path) -> None:
    weak = plan_in(tmp_path / "weak", rate=PlannedRate(value=0.8, margin=0.05, alpha=0.05))
    packet = packet_from(weak, whole_evidence(weak, tmp_path / "weak"))
    assert all(signal.underpowered for signal in packet.signals)
    strong = plan_in(tmp_path / "strong")
    few = write_evidence(tmp_path / "few.json", map(episode_of, cells_of(strong, PRO)[:2]))
    first, second = packet_from(strong, [Attachment(PRO, few)]).signals
    assert (first.underpowered, second.underpowered) == (True, True)
    whole = packet_from(strong, whole_evidence(strong, tmp_path / "strong"))
    assert [signal.underpowered for signal in whole.signals] == [False, False]


def test_strict_refuses_gaps_and_writes_nothing(plan: FrozenPlan, tmp_path: Path) -> None:
    lacking = write_evidence(tmp_path / "lacking.json", map(episode_of, cells_of(plan, PRO)))
    with pytest.raises(AnswerIsNoError) as refused:
        written(plan, [Attachment(PRO, lacking)], tmp_path / "out", strict=True)
    assert (refused.value.code, refused.value.exit_code) == ("packet.missing_evidence", 1)
    assert any("libero-plus" in problem.message for problem in refused.value.problems)
    assert not (tmp_path / "out").exists()
    paths = written(plan, whole_evidence(plan, tmp_path), tmp_path / "out", strict=True)
    assert paths.packet.is_file()


def test_precedence_needs_every_time_and_a_clock_that_is_not_the_operators(plan: FrozenPlan, tmp_path: Path) -> None:
    proof = PlanProof(datetime(2026, 11, 20, tzinfo=UTC), "tsa", "Frozen.", attempts=2, plans=3)
    cells = cells_of(plan, PRO)
    timed = [episode_of(cell, recorded_at="2026-11-21T10:00:00+00:00") for cell in cells]

    def judged(*episodes: object, proof: PlanProof | None = proof) -> str:
        path = write_evidence(tmp_path / "a.json", episodes)  # type: ignore[arg-type]
        return packet_from(plan, [Attachment(PRO, path)], proof=proof).plan.precedence

    assert judged(*timed) == "proven"
    assert judged(*timed, proof=None) == "not_shown"
    assert judged(*timed[1:], episode_of(cells[0])) == "declared"
    early = episode_of(cells[0], recorded_at="2026-11-19T10:00:00+00:00")
    assert judged(*timed[1:], early) == "not_shown"
    packet = packet_from(plan, [Attachment(PRO, write_evidence(tmp_path / "a.json", timed))], proof=proof)
    assert (packet.plan.witness, packet.plan.attempts_in_log, packet.plan.plans_in_log) == ("tsa", 2, 3)
    assert "at least 2 in the log shown" in markdown(packet)


def test_many_cells_stand_in_a_stream_beside_the_packet(tmp_path: Path) -> None:
    plan = plan_in(tmp_path, choices=PlanChoices(probes=[], episodes_per_task=700, tasks_per_axis=3))
    assert plan.plan.planned > 10_000
    kept = [cell for cell in plan.cells() if cell.probe == PRO and cell.episode_index % 7]
    paths = written(plan, [Attachment(PRO, write_evidence(tmp_path / "a.json", map(episode_of, kept)))], tmp_path / "o")
    packet = document.load(paths.packet, Packet).document
    assert packet.cells is msgspec.UNSET
    assert packet.cell_stream
    assert packet.cell_stream.path == "packet.cells.jsonl"
    assert digest.of_file(paths.stream) == packet.cell_stream.sha256
    lines = [msgspec.json.decode(line, type=PacketCell) for line in paths.stream.read_bytes().splitlines()]
    assert len(lines) == packet.cell_stream.count == plan.plan.planned
    assert sum(line.state == "matched" for line in lines) == packet.conformance.matched == len(kept)
    assert [(line.task, line.seed) for line in lines] == [(cell.task, cell.seed) for cell in plan.cells()]


def test_the_packet_does_not_depend_on_the_order_of_its_inputs(plan: FrozenPlan, tmp_path: Path) -> None:
    cells = cells_of(plan, PRO)
    first = write_evidence(tmp_path / "first.json", [episode_of(cell, "failure") for cell in cells[:20]])
    second = write_evidence(tmp_path / "second.json", [episode_of(cell) for cell in cells[10:]])
    one = packet_from(plan, [Attachment(PRO, first), Attachment(PRO, second)])
    other = packet_from(plan, [Attachment(PRO, second), Attachment(PRO, first)])
    assert one.cells == other.cells
    assert (one.conformance, one.signals, one.repeated) == (other.conformance, other.signals, other.repeated)
    assert one.conformance.duplicate == 10
    assert one.signals[0].successes == 10


def test_an_edited_packet_or_page_is_refused(plan: FrozenPlan, tmp_path: Path) -> None:
    paths = written(plan, whole_evidence(plan, tmp_path), tmp_path / "out")
    assert load_packet(paths.packet, paths.page).packet.policy_id == "a_policy"
    page = paths.page.read_bytes()
    paths.page.write_bytes(page.replace(b"0 missing", b"no missing"))
    with pytest.raises(InputError) as edited:
        load_packet(paths.packet, paths.page)
    assert edited.value.code == "packet.page_differs"
    paths.page.write_bytes(page)
    value = json.loads(paths.packet.read_bytes())
    value["use_case"] = "anything at all"
    paths.packet.write_text(json.dumps(value))
    with pytest.raises(InputError) as altered:
        load_packet(paths.packet, paths.page)
    assert altered.value.code == "packet.altered"


def test_counts_that_do_not_add_up_are_no_packet(plan: FrozenPlan, tmp_path: Path) -> None:
    packet = packet_from(plan, whole_evidence(plan, tmp_path))
    value = msgspec.to_builtins(packet)
    value["conformance"]["missing"] = 1
    with pytest.raises(InputError) as refused:
        document.convert(value, Packet)
    assert {problem.code for problem in refused.value.problems} == {"packet.counts"}


@pytest.mark.parametrize("text", ["", "libero-pro", "libero-pro=", "=a.json", "a b=c.json", "\n=c"])
def test_an_audit_input_names_a_probe_and_a_file(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        attachment(text)
    assert refused.value.code == "packet.audit_input"


def test_the_same_episodes_are_not_given_twice(plan: FrozenPlan, tmp_path: Path) -> None:
    path = write_evidence(tmp_path / "a.json", map(episode_of, cells_of(plan, PRO)))
    with pytest.raises(InputError) as refused:
        packet_from(plan, [Attachment(PRO, path), Attachment(PRO, path)])
    assert refused.value.code == "source.duplicate_bytes"


def test_outputs_are_not_inputs_and_not_each_other(plan: FrozenPlan, tmp_path: Path) -> None:
    (given,) = [Attachment(PRO, write_evidence(tmp_path / "a.json", map(episode_of, cells_of(plan, PRO))))]
    for paths, code in (
        (PacketPaths(tmp_path / "x", tmp_path / "x"), "packet.one_file"),
        (PacketPaths(tmp_path / "x.md", given.path), "output.exists"),
        (PacketPaths(tmp_path / "x.md", given.path, overwrite=True), "output.exists"),
        (PacketPaths(plan.path, tmp_path / "x.json", overwrite=True), "output.exists"),
    ):
        with pytest.raises(UsageError) as refused:
            write_packet(PacketRequest(plan, [given]), paths)
        assert refused.value.code == code
