"""Laws of conformance: whatever the evidence is, every planned cell ends in one state."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worldflux.portfolio.packeting import FACTS, cells_of, episode_of, packet_from, plan_in, write_evidence
from worldbase import document
from worldflux.documents.episode import OUTCOMES, DetailedEpisode
from worldflux.documents.packet import Conformance, Packet
from worldflux.documents.plan import PlannedCell
from worldflux.portfolio.attached import Attachment
from worldflux.portfolio.plan_files import FrozenPlan

PRO = "libero-pro"


@lru_cache(maxsize=1)
def the_plan() -> FrozenPlan:
    return plan_in(Path(tempfile.mkdtemp()))


@lru_cache(maxsize=1)
def the_cells() -> tuple[PlannedCell, ...]:
    return tuple(cells_of(the_plan(), PRO))


entries = st.lists(
    st.tuples(
        st.integers(0, 29),
        st.sampled_from(OUTCOMES),
        st.sampled_from(["as planned", "other seed", "no seed", "other index", "other task"]),
    ),
    max_size=60,
)


def episodes_of(found: list[tuple[int, str, str]]) -> list[DetailedEpisode]:
    """Episodes with a run of their own each, since an audit input holds an episode of a run once."""
    changes: dict[str, dict[str, object]] = {
        "as planned": {},
        "other seed": {"seed": 1},
        "no seed": {"seed": None},
        "other index": {"episode_index": 17},
        "other task": {"task": "elsewhere/0"},
    }
    return [
        episode_of(the_cells()[place], outcome, run_seed=number, **changes[change])  # type: ignore[arg-type]
        for number, (place, outcome, change) in enumerate(found)
    ]


def packet_of_episodes(episodes: list[DetailedEpisode], **facts: str) -> Packet:
    with tempfile.TemporaryDirectory() as folder:
        path = write_evidence(Path(folder) / "a.json", episodes, facts={**FACTS, **facts})
        return packet_from(the_plan(), [Attachment(PRO, path)])


@settings(max_examples=60, deadline=None)
@given(entries, st.sampled_from(["franka-panda", "ur5e"]))
def test_every_planned_cell_ends_in_one_state_and_every_episode_is_accounted_for(
    found: list[tuple[int, str, str]], robot: str
) -> None:
    packet = packet_of_episodes(episodes_of(found), robot_model=robot)
    own = packet.by_probe[PRO]
    assert own.matched + own.missing == own.planned == 30
    not_run = sum(outcome in ("pending", "skipped") for _, outcome, _ in found)
    assert own.matched + own.duplicate + own.out_of_protocol + not_run == len(found)
    for mismatch in (own.digest_mismatch, own.metadata_mismatch, own.infrastructure_failure):
        assert mismatch <= own.matched
    assert packet.cells
    assert len({(cell.probe, cell.task, cell.axis, cell.episode_index) for cell in packet.cells}) == len(packet.cells)
    assert sum(cell.state == "matched" for cell in packet.cells) == packet.conformance.matched
    assert sum(group.cells for group in packet.missing) == packet.conformance.missing
    assert sum(stray.episodes for stray in packet.strays) == packet.conformance.out_of_protocol
    signal = packet.signals[0]
    assert 0 <= signal.worst <= signal.best <= 1
    assert signal.trials + signal.mismatched_trials <= own.matched
    if robot == "ur5e":
        assert own.metadata_mismatch == own.matched
    document.convert(msgspec.to_builtins(packet), Packet)


@settings(max_examples=30, deadline=None)
@given(entries, st.randoms(use_true_random=False))
def test_the_order_of_episodes_changes_nothing(found: list[tuple[int, str, str]], random: object) -> None:
    episodes = episodes_of(found)
    shuffled = list(episodes)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = packet_of_episodes(episodes), packet_of_episodes(shuffled)
    assert (one.cells, one.conformance, one.signals) == (other.cells, other.conformance, other.signals)


@settings(max_examples=30, deadline=None)
@given(entries)
def test_more_evidence_never_unmatches_a_cell(found: list[tuple[int, str, str]]) -> None:
    episodes = episodes_of(found)
    fewer, all_of_them = packet_of_episodes(episodes[: len(episodes) // 2]), packet_of_episodes(episodes)
    for name in ("matched", "duplicate", "out_of_protocol", "metadata_mismatch", "infrastructure_failure"):
        assert getattr(fewer.conformance, name) <= getattr(all_of_them.conformance, name)
    assert isinstance(all_of_them.conformance, Conformance)
