"""Two sides in turns: the order of the rounds, the verdict, and workers that always end."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.worldforge.benchmark.fakes import MS, FakeClock, Scripted, raises, returns, takes
from worldbase.errors import EnvironmentMissingError
from worldforge.benchmark.in_turns import interleaved, worker
from worldforge.benchmark.in_turns.interleaved import Round, measure_in_turns, verdict
from worldforge.benchmark.in_turns.worker_process import Side, Worker
from worldforge.benchmark.in_turns.worker_protocol import Batch
from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.benchmark.measuring.operations import prepare
from worldforge.benchmark.verdicts import AgainstOperation

INPUTS = BenchmarkInputs().to_dict()


def side(provider: str = "mock", **changes: Any) -> Side:
    return Side(**{"label": "this side", "provider": provider, "inputs": INPUTS, **changes})


def decided(rounds: list[Round], **changes: Any) -> AgainstOperation:
    return verdict(rounds, **{"operation": "embed", "provider": "b", "baseline_provider": "a", **changes})


def rounds_of(ratio: float, *, pairs: int = 12, noise: float = 0.0, seed: int = 1) -> list[Round]:
    draws = random.Random(seed)
    return [
        Round(pair, Batch(median_ns=1000.0, calls=50), Batch(median_ns=1000 * ratio * level, calls=50))
        for pair in range(pairs)
        for level in [draws.lognormvariate(0, noise)]
        for _ in range(8)
    ]


def test_a_tenth_slower_is_found_over_what_processes_differ_by() -> None:
    found = decided(rounds_of(1.1, noise=0.02))
    assert (found.status, found.reason, found.rounds, found.process_pairs) == ("regressed", None, 96, 12)
    assert found.ratio_p50 == pytest.approx(1.1, rel=0.02)


def test_equal_sides_are_never_called_changed() -> None:
    statuses = [decided(rounds_of(1.0, noise=0.05, seed=seed)).status for seed in range(200)]
    assert sum(status in ("regressed", "improved") for status in statuses) <= 2


def test_rounds_of_one_pair_count_as_one() -> None:
    # One pair of processes was unlucky for all of its life; its many rounds make it no surer.
    rounds = rounds_of(1.0) + [Round(12, Batch(median_ns=1.0, calls=1), Batch(median_ns=2.0, calls=1))] * 1000
    assert decided(rounds).status == "unchanged"


def test_disturbed_rounds_do_not_move_a_pair() -> None:
    rounds = rounds_of(1.0)
    for index in range(0, len(rounds), 4):
        rounds[index] = Round(rounds[index].pair, rounds[index].baseline, Batch(median_ns=9000.0, calls=5))
    assert decided(rounds).status == "unchanged"


def test_too_few_pairs_decide_nothing() -> None:
    found = decided(rounds_of(2.0, pairs=4))
    assert (found.status, found.interval) == ("cannot_decide", None)
    assert found.reason == "4 process pairs are too few: give --rounds 5 or more"


def test_calls_that_fail_are_no_latencies() -> None:
    def failing(before: int, after: int) -> AgainstOperation:
        sides = [Batch(median_ns=None if count == 5 else 1000.0, calls=5, failures=count) for count in (before, after)]
        return decided([Round(pair, *sides) for pair in range(12)])

    assert failing(0, 5).status == "regressed"
    assert failing(0, 5).ratio_p50 is None
    assert failing(5, 5).status == "cannot_decide"
    assert failing(5, 0).status == "cannot_decide"
    assert failing(5, 5).reason == "calls failed: 60 of 60 before, 60 of 60 now"


class FakeWorker:
    """Notes who was asked for what, and in which order."""

    asked: list[tuple[str, str]]
    made = 0

    def __init__(self, told: Side, *, timeout: float) -> None:
        self._label = told.label
        FakeWorker.made += 1

    def __enter__(self) -> FakeWorker:
        return self

    def __exit__(self, *_: object) -> None:
        FakeWorker.asked.append((self._label, "end"))

    def prepare(self, operations: list[str]) -> None:
        FakeWorker.asked.append((self._label, "prepare"))

    def await_ready(self) -> None:
        FakeWorker.asked.append((self._label, "ready"))

    def measure(self, operation: str, nanoseconds: int) -> Batch:
        FakeWorker.asked.append((self._label, operation))
        return Batch(median_ns=2000.0 if self._label == "candidate" else 1000.0, calls=1)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[FakeWorker]]:
    FakeWorker.asked, FakeWorker.made = [], 0
    monkeypatch.setattr(interleaved, "Worker", FakeWorker)
    return iter([FakeWorker]).__next__()  # type: ignore[return-value]


def test_who_goes_first_changes_from_round_to_round(fake: type[FakeWorker]) -> None:
    sides = side(label="baseline"), side(label="candidate")
    measured = measure_in_turns(*sides, ["embed"], rounds=48, timeout=1)
    assert fake.made == 24
    order = [label for label, what in fake.asked if what == "embed"]
    per_pair = [order[start : start + 10] for start in range(0, len(order), 10)]
    warm_up, (first, second) = ["baseline", "candidate"], (["baseline", "candidate"], ["candidate", "baseline"])
    assert per_pair == [warm_up + (first + second) * 2, warm_up + (second + first) * 2] * 6
    assert {taken.ratio for taken in measured["embed"]} == {2.0}
    assert [taken.pair for taken in measured["embed"]] == [pair for pair in range(12) for _ in range(4)]


@pytest.mark.parametrize(("rounds", "pairs"), [(1, 1), (5, 5), (12, 12), (100, 12)])
def test_rounds_are_spread_over_pairs(fake: type[FakeWorker], rounds: int, pairs: int) -> None:
    seen: list[None] = []
    measured = measure_in_turns(
        side(label="a"),
        side(label="b"),
        ["embed", "predict"],
        rounds=rounds,
        timeout=1,
        on_round=lambda: seen.append(None),
    )
    assert fake.made == 2 * pairs
    assert [len(taken) for taken in measured.values()] == [rounds, rounds]
    assert len(seen) == 2 * rounds


def test_both_workers_load_at_once_and_both_end(fake: type[FakeWorker]) -> None:
    measure_in_turns(side(label="a"), side(label="b"), ["embed"], rounds=1, timeout=1)
    assert fake.asked[:4] == [("a", "prepare"), ("b", "prepare"), ("a", "ready"), ("b", "ready")]
    assert fake.asked[-2:] == [("b", "end"), ("a", "end")]


def test_a_batch_lasts_as_long_as_it_was_told_and_says_its_median() -> None:
    clock = FakeClock()
    provider = Scripted([takes(1), takes(5), takes(2), takes(4), takes(3)], clock)
    batch = worker.measure(prepare(provider, "embed", BenchmarkInputs()), 11 * MS, clock=clock)
    assert batch == Batch(median_ns=3.0 * MS, calls=4, failures=0)


def test_a_batch_makes_at_least_one_call_and_ends_by_a_clock_that_stands() -> None:
    clock = FakeClock()
    operation = prepare(Scripted([takes(0)] * 3, clock), "embed", BenchmarkInputs())
    assert worker.measure(operation, 0, clock=clock).calls == 1
    assert worker.measure(operation, 2, clock=clock).calls == 2


@pytest.mark.parametrize(
    "step",
    [raises(ValueError("x"), 1), raises(SystemExit(), 1), returns(None)],
    ids=["raises", "exits", "returns nothing"],
)
def test_whatever_a_provider_does_is_the_outcome_of_the_call(step: Any) -> None:
    clock = FakeClock()
    operation = prepare(Scripted([step, takes(1)], clock), "embed", BenchmarkInputs())
    batch = worker.measure(operation, MS + 1, clock=clock)
    assert (batch.failures, batch.calls - batch.failures) in ((1, 1), (1, 0))


@pytest.mark.slow
def test_real_workers_measure_a_real_provider() -> None:
    measured = measure_in_turns(side(), side(), ["embed", "predict"], rounds=2, timeout=60)
    for taken in (taken for rounds in measured.values() for taken in rounds):
        assert taken.baseline.calls > 1
        assert taken.baseline.failures == taken.candidate.failures == 0
        assert taken.ratio is not None
        assert 0.01 < taken.ratio < 100


def asked(told: Side, operations: list[str] | None = None, *, timeout: float = 60) -> str:
    """The message of what goes wrong with a worker."""
    try:
        with Worker(told, timeout=timeout) as started:
            started.prepare(operations or ["embed"])
            started.await_ready()
    except EnvironmentMissingError as error:
        return f"{error.code}: {error.message}"
    return "it worked"


def test_an_interpreter_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    expected = "against.worker_failed: the worker of this side cannot be started: No such file or directory"
    assert asked(side(python=str(tmp_path / "none"))) == expected
    assert "cannot be started" in asked(side(python="/dev/null"))


def test_a_worker_that_ends_says_its_last_words(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\necho 'ModuleNotFoundError: No module named worldforge' >&2\nexit 3\n")
    broken.chmod(0o755)
    said = asked(side(python=str(broken)))
    assert "worker_failed" in said
    assert "ended with exit code 3; the last that it wrote: ModuleNotFoundError: No module named worldforge" in said


def test_a_worker_that_says_nothing_is_given_up(tmp_path: Path) -> None:
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\ncat >/dev/null\n")
    silent.chmod(0o755)
    assert asked(side(python=str(silent)), timeout=0.2).startswith("against.worker_silent: ")


def test_a_worker_that_never_reads_is_given_up_however_large_the_inputs_are(tmp_path: Path) -> None:
    deaf = tmp_path / "python"
    deaf.write_text("#!/bin/sh\nexec tail -f /dev/null\n")
    deaf.chmod(0o755)
    large = {**INPUTS, "embedding_text": "x" * 1_000_000}
    assert asked(side(python=str(deaf), inputs=large), timeout=0.2).startswith("against.worker_silent: ")


def test_secrets_in_last_words_are_removed(tmp_path: Path) -> None:
    talking = tmp_path / "python"
    talking.write_text(
        "#!/bin/sh\necho 'no access with hf_AbCdEfGhIjKlMnOpQrStUvWxYz012345 in /home/alice' >&2\nexit 1\n"
    )
    talking.chmod(0o755)
    said = asked(side(python=str(talking)))
    assert "no access with " in said
    assert "hf_" not in said
    assert "alice" not in said


def test_an_answer_that_is_none_is_one_clear_error(tmp_path: Path) -> None:
    chatty = tmp_path / "python"
    chatty.write_text("#!/bin/sh\nread line\necho 'hello'\ncat >/dev/null\n")
    chatty.chmod(0o755)
    assert "answered something that is no answer" in asked(side(python=str(chatty)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("told", "operations", "expected"),
    [
        (side("nobody"), ["embed"], "nobody"),
        (side(), ["policy"], "policy"),
        (side(inputs={"unknown": 1}), ["embed"], "not a valid worldforge.benchmark_inputs.v1 document"),
    ],
    ids=["provider", "operation", "inputs"],
)
def test_what_a_worker_cannot_measure_it_says(told: Side, operations: list[str], expected: str) -> None:
    said = asked(told, operations)
    assert said.startswith("against.worker_failed: the worker of this side said: ")
    assert expected in said


@pytest.mark.slow
def test_the_environment_of_a_side_reaches_its_worker(tmp_path: Path) -> None:
    shown = tmp_path / "python"
    shown.write_text(f'#!/bin/sh\necho "$SIDE" >&2\nexec {sys.executable} -c "raise SystemExit(7)"\n')
    shown.chmod(0o755)
    assert "it wrote: left" in asked(side(python=str(shown), environment={"SIDE": "left"}))
    assert "SIDE" not in os.environ
