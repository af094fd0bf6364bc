"""Episodes are paired by initial state where that is known, and nowhere else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.worldflux.audit.comparisons import first, message, pattern, pusht, tasks
from worldflux.audit.comparing.compare import compare
from worldflux.audit.comparing.pairing import pair
from worldflux.audit.comparing.sides import Side, read_side
from worldflux.documents.audit_input import Pairing, StartKey
from worldflux.stats.comparison import PairCounts

LEFT = "1101110111" * 4
RIGHT = "1011010110" * 4


def _counts(left: str, right: str) -> PairCounts:
    kinds = [a + b for a, b in zip(left, right, strict=True)]
    return PairCounts(kinds.count("11"), kinds.count("10"), kinds.count("01"), kinds.count("00"))


def test_episodes_with_the_same_environment_seed_are_pairs(tmp_path: Path) -> None:
    left = read_side(pusht(tmp_path / "left", pattern(LEFT)))
    right = read_side(pusht(tmp_path / "right", pattern(RIGHT)))
    found = pair(left, right)
    assert found.tables == {"pusht/0": _counts(LEFT, RIGHT)}
    assert (found.pairing.paired, found.pairing.ground, found.pairing.key) == (True, "recorded", "environment_seed")
    difference = compare(left, right)
    assert difference.effect is not None
    assert difference.effect.aggregation == "pairs"
    assert difference.effect.method.startswith("mcnemar")


def test_seeds_are_matched_not_places_and_what_has_no_partner_is_counted(tmp_path: Path) -> None:
    left = read_side(pusht(tmp_path / "left", pattern(LEFT)))
    right = read_side(pusht(tmp_path / "right", pattern(RIGHT), starts=[1003]))
    found = pair(left, right)
    assert found.tables == {"pusht/0": _counts(LEFT[3:], RIGHT[:-3])}
    assert (found.pairing.left_unmatched, found.pairing.right_unmatched) == (3, 3)
    assert "3 trials on the left and 3 on the right" in message(compare(left, right), "comparison.unmatched")


def test_the_runs_order_does_not_matter(tmp_path: Path) -> None:
    halves = pattern(LEFT[:20]), pattern(LEFT[20:])
    left = read_side(pusht(tmp_path / "left", *halves, starts=[1000, 2000]))
    right = read_side(pusht(tmp_path / "right", pattern(RIGHT[20:]), pattern(RIGHT[:20]), starts=[2000, 1000]))
    assert pair(left, right).tables == {"pusht/0": _counts(LEFT, RIGHT)}


def test_episodes_outside_the_plan_are_in_no_pair(tmp_path: Path) -> None:
    left = read_side(pusht(tmp_path / "left", pattern(LEFT), episodes=30))
    right = read_side(pusht(tmp_path / "right", pattern(RIGHT[:30])))
    assert pair(left, right).tables == {"pusht/0": _counts(LEFT[:30], RIGHT[:30])}


def test_too_few_partners_are_a_selection(tmp_path: Path) -> None:
    left = read_side(pusht(tmp_path / "left", pattern(LEFT)))
    right = read_side(pusht(tmp_path / "right", pattern(RIGHT), starts=[1005]))
    found = pair(left, right)
    assert (found.pairing.paired, found.tables) == (False, {})
    assert found.pairing.why == (
        "35 trials have a partner with the same environment seed, of 40 on the left and 40 on the right; "
        "so few are a selection."
    )
    difference = compare(left, right)
    assert difference.effect is not None
    assert difference.effect.aggregation == "pooled"
    assert found.pairing.why in message(difference, "comparison.unpaired")


def test_two_episodes_of_one_state_have_no_single_partner(tmp_path: Path) -> None:
    twice = pattern(LEFT[:20]), pattern(LEFT[20:])
    left = read_side(pusht(tmp_path / "left", *twice, starts=[1000, 1010]))
    right = read_side(pusht(tmp_path / "right", pattern(RIGHT), starts=[1000]))
    assert "several episodes of pusht/0" in pair(left, right).pairing.why


def test_unknown_states_are_not_paired_and_it_is_said_why(tmp_path: Path) -> None:
    left = read_side(pusht(tmp_path / "left", pattern(LEFT), starts=[None]))
    right = read_side(pusht(tmp_path / "right", pattern(RIGHT)))
    assert "Unknown: environment_seeds." in message(compare(left, right), "comparison.unpaired")
    assert "the left side" in pair(left, right).pairing.why
    assert "the right side" in pair(right, left).pairing.why


def test_an_evidence_alone_has_no_episodes_to_pair(tmp_path: Path) -> None:
    left, right = pusht(tmp_path / "left", pattern(LEFT)), pusht(tmp_path / "right", pattern(RIGHT))
    alone = tmp_path / "evidence.json"
    shutil.copyfile(left / "evidence.json", alone)
    assert "lie there whole" in pair(read_side(alone), read_side(right)).pairing.why
    assert pair(read_side(left / "evidence.json"), read_side(right)).pairing.paired


def _known_by(side: Side, key: StartKey, ground: Pairing) -> Side:
    counted = side.audit_input
    assert counted is not None
    benchmark = msgspec.structs.replace(counted.run.benchmark, start_key=key, pairing=ground)
    run = msgspec.structs.replace(counted.run, benchmark=benchmark)
    return replace(side, audit_input=msgspec.structs.replace(counted, run=run))


def test_stored_states_that_are_dealt_out_in_order_are_known_by_the_index(tmp_path: Path) -> None:
    sides = [
        _known_by(read_side(tasks(tmp_path / name, {"a": pattern(own)})), "episode_index", "declared")
        for name, own in (("left", LEFT), ("right", RIGHT))
    ]
    found = pair(*sides)
    assert found.tables == {"a/0": _counts(LEFT, RIGHT)}
    assert (found.pairing.ground, found.pairing.key) == ("declared", "episode_index")


@pytest.mark.parametrize("key", ["unknown", "index_modulo_batch"])
def test_states_that_repeat_or_are_unknown_have_no_partner(key: StartKey, tmp_path: Path) -> None:
    left, right = (read_side(pusht(tmp_path / name, first(30, 40))) for name in ("left", "right"))
    assert not pair(_known_by(left, key, "declared"), right).pairing.paired


def test_states_known_by_different_keys_are_not_paired(tmp_path: Path) -> None:
    left, right = (read_side(pusht(tmp_path / name, first(30, 40))) for name in ("left", "right"))
    why = pair(_known_by(left, "episode_index", "declared"), right).pairing.why
    assert why == (
        "the initial states are known by run seed and episode index on the left and by environment seed on the right."
    )
