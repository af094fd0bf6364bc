"""The quickstart's claim decided on a published evaluation: does it read right to a statistician?

The evaluation is somebody else's and is not committed; without WORLDFLUX_SHARED_DATA these tests are skipped.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from scipy.stats import binom

from tests.command import worldflux
from tests.support import FIXTURES, shared_data
from tests.worldflux.audit.runs import codes, readings, the_metric
from worldbase import document
from worldflux.documents.evidence import Evidence
from worldflux.documents.stopping import Stopping
from worldflux.package import layout
from worldflux.stats.clusters import design_effect_interval
from worldflux.stats.intervals import interval
from worldflux.stats.sequential import e_process

RESULT = "third-party/lerobot-public/rafiqul713_smolvla-libero-onnx/results/fp16_trt/libero_spatial/eval_info.json"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of that evaluation under the quickstart's claim and protocol, as they are printed."""
    output = tmp_path_factory.mktemp("smolvla") / "evidence_pkg"
    left = worldflux(
        "audit run lerobot --savi --from",
        shared_data(RESULT),
        *("--claim", FIXTURES / "seeds" / "claim.json", "--protocol", FIXTURES / "seeds" / "protocol.json"),
        *("--output", output),
    )
    assert left.code == 0, left.err
    return output


@pytest.fixture
def evidence(package: Path) -> Evidence:
    return document.load(package / layout.EVIDENCE, Evidence).document


@pytest.fixture
def outcomes() -> list[list[bool]]:
    """Outcomes by task, as the evaluator wrote them."""
    found: Any = json.loads(shared_data(RESULT).read_bytes())["per_task"]
    return [task["metrics"]["successes"] for task in found]


def test_the_claim_is_refuted_short_of_its_plan(evidence: Evidence) -> None:
    assert evidence.verdict == "refuted"
    assert evidence.headline == (
        "On these 10 tasks, this checkpoint: above 0.75 (0.80 minus margin 0.05): refuted; 0.80 itself: contradicted. "
        "41 of 100, with 1,400 of 1,500 planned episodes not run. The plan is not shown to precede the run. "
        "The protocol names only a placeholder for the claim's hash."
    )
    assert codes(evidence) == [
        "short_of_plan",
        "stopping.unplanned",
        "decision.e_value_refuted",
        "binding.placeholder",
    ]
    assert {"short_of_plan", "starts_unverified", "not_robust"} <= set(the_metric(evidence).flags)
    assert (evidence.denominator.not_run, evidence.denominator.lost) == (1400, 0)
    assert evidence.recommendation == "do_not_cite"


def test_it_was_decided_by_blocks(evidence: Evidence, outcomes: list[list[bool]]) -> None:
    metric = the_metric(evidence)
    blocks = [sum(block) for block in zip(*outcomes, strict=True)]
    against = e_process(blocks, tasks=10, value=0.75, direction="below")
    assert metric.sequential
    assert metric.sequential.log_e_refute == pytest.approx(max(against.log_e), rel=1e-9)
    assert metric.sequential.decided_at == against.decided_at
    assert metric.sequential.log_e_needed == pytest.approx(math.log(20))
    assert (metric.method, metric.decision_trials, metric.sequential.blocks) == ("e_process", 100, 10)


def test_the_plan_would_have_been_large_enough(evidence: Evidence) -> None:
    power = the_metric(evidence).power
    assert power
    assert (power.n, power.n_for_80, round(power.at_claim, 4)) == (1500, 463, 0.9987)
    fewest = next(k for k in range(1501) if binom.sf(k - 1, 1500, 0.75) <= 0.05)
    assert power.at_claim == pytest.approx(binom.sf(fewest - 1, 1500, 0.8), rel=1e-9)


def test_every_other_reading_says_the_same(evidence: Evidence, outcomes: list[list[bool]]) -> None:
    found = readings(the_metric(evidence))
    assert set(found) == {"as_if_planned", "one_start_per_task", "task_population"}
    assert {reading.verdict for reading in found.values()} == {"refuted"}
    planned = found["as_if_planned"].interval
    assert (planned.lower, planned.upper) == pytest.approx(interval(41, 100, confidence=0.9), rel=1e-9)
    clusters = design_effect_interval([sum(task) for task in outcomes], [10] * 10, confidence=0.9)
    for name in ("one_start_per_task", "task_population"):
        assert (found[name].interval.lower, found[name].interval.upper) == pytest.approx(
            (clusters.lower, clusters.upper), rel=1e-9
        )


def test_what_is_missing_is_named(evidence: Evidence) -> None:
    expected = {"evaluator_version", "batch_size", "n_action_steps", "max_steps", "plan_precedence"}
    assert expected | {"checkpoint_selection", "environment_seeds"} <= set(evidence.missing_evidence)


def test_the_report_tells_it(package: Path) -> None:
    report = (package / layout.REPORT).read_text(encoding="utf-8")
    for text in (
        "# Evidence: refuted",
        "The episodes refute the claim by its own rule.",
        "41 of 100 (41.0%)",
        "31.9% to 50.8%",
        "75.0% (the claimed value with its margin)",
        "0.999 at a true rate of 80.0% (n = 1,500; exact test); 0.8 takes 463 episodes",
        "The protocol does not say what the rate is a rate of",
        "`task_population`",
        "`plan_precedence`",
    ):
        assert text in report


def test_a_run_task_by_task_could_not_have_been_stopped(package: Path) -> None:
    found = document.load(package / layout.STOPPING, Stopping).document
    assert (found.status, found.planned, found.stopped_early) == ("savi_not_applicable", False, True)
    assert (found.blocks, found.episodes, found.metrics[0].decision) == (10, 100, "refuted")
