"""Protocols that count by the seeds of single episodes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.worldflux import results
from tests.worldflux.auditing import Bench, bench
from worldflux.errors import SourceError

BY_EPISODE = "protocol.execution.seed_semantics=episode_seed"


@pytest.fixture
def place(tmp_path: Path) -> Bench:
    return bench(tmp_path, BY_EPISODE, tasks=["pusht"], seeds=[1000, 1001, 1002], episodes=2)


def test_each_episode_counts_for_its_own_seed(place: Bench) -> None:
    result = results.layout_a([True, False, True, True])
    package = place.audit(results.write(place.folder / "eval_info.json", result))
    assert package.counts == {
        ("pusht/0", 1000): (1, 1),
        ("pusht/0", 1001): (0, 1),
        ("pusht/0", 1002): (1, 1),
        ("pusht/0", 1003): (1, 1),
    }
    assert package.evidence.denominator.out_of_protocol == 1
    assert package.evidence.denominator.missing == 3


def test_a_seed_that_is_run_again_is_its_next_episode(place: Bench) -> None:
    paths = [
        results.write(place.folder / name / "eval_info.json", results.layout_a(outcomes))
        for name, outcomes in (("first", [True, False, True]), ("second", [False, False, True]))
    ]
    package = place.audit(*paths)
    assert package.counts == {("pusht/0", 1000): (1, 2), ("pusht/0", 1001): (0, 2), ("pusht/0", 1002): (2, 2)}
    assert [line["episode_index"] for line in package.episodes] == [0, 0, 0, 1, 1, 1]
    assert package.evidence.denominator.missing == 0


def test_which_run_a_file_belongs_to_does_not_matter_then(place: Bench) -> None:
    package = place.audit(results.write(place.folder / "eval_info.json", results.layout_a([True] * 3, videos=1)))
    assert "seed.unrecorded" not in package.findings
    assert "run_seed" not in package.audit_input.missing_evidence
    (video,) = (entry for entry in package.json("raw_evidence_manifest.json")["entries"] if entry["kind"] == "video")
    assert "episode" not in video
    assert [line.get("video") for line in package.episodes] == [video["id"], None, None]


def test_an_episode_without_a_seed_is_refused(place: Bench) -> None:
    path = results.write(place.folder / "eval_info.json", results.layout_b({("pusht", 0): [True]}))
    with pytest.raises(SourceError, match="has none") as caught:
        place.audit(path)
    assert caught.value.code == "source.seed_needed"
    assert str(caught.value.where) == "eval_info.json (--from 1) at /per_task/0/metrics"
    assert not place.output.exists()
    assert place.audit(path, run_info=["start_seed=1000"]).counts == {("pusht/0", 1000): (1, 1)}
