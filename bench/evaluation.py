"""What an evaluation costs beside the provider: per trial, and from the command to the report.

Trials are counted in one process, against what the provider itself measured of its calls; the command is timed from
outside, against `worldforge --help` and what its own report says of the solver.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.measure import interleaved, median_of, run, verdict
from worldforge.evaluation import EvaluationContext, EvaluationScenario, EvaluationSuite
from worldforge.forge.facade import WorldForge
from worldforge.providers.contract import BaseProvider, ProviderCapabilities
from worldforge.values import ActionScoreResult

REPEATS: Final = 15
TRIALS: Final = 10_000
CALL_MS: Final = 1.0
TARGET_OUTSIDE: Final = 0.05
TARGET_FACTOR: Final = 2.0
# What `worldforge --help` may take: three bare interpreters and this much more; see `bench startup`.
HELP_FACTOR: Final = 3.0
HELP_EXTRA: Final = 0.060

WORLDFORGE: Final = str(Path(sys.executable).with_name("worldforge"))
BARE: Final = "python -c pass"
HELP: Final = "worldforge --help"
PLANNING: Final = "worldforge eval --suite planning"
_IN_FOLDER: Final = 'cd "$0" && exec "$1" eval --suite planning --provider mock 2>/dev/null'


class Busy(BaseProvider):
    """Takes a millisecond of CPU time for an answer, and adds up what it took."""

    name = "busy"
    capabilities = ProviderCapabilities(score=True)

    def __init__(self) -> None:
        super().__init__()
        self.took_ns = 0

    def score_actions(self, *, info: dict[str, Any], action_candidates: Any) -> ActionScoreResult:
        begun = time.perf_counter_ns()
        while time.perf_counter_ns() - begun < CALL_MS * 1e6:
            pass
        answer = ActionScoreResult(self.name, (0.5,), 0)
        self.took_ns += time.perf_counter_ns() - begun
        return answer


def one_call(context: EvaluationContext) -> Any:
    answer = context.score_actions(info={"goal": 1}, action_candidates=[[0.0]])
    metrics = {"best_score": answer.scores[0], "candidate_count": 1, "cost_reduction": 0.25}
    return context.outcome(score=answer.scores[0], passed=True, metrics=metrics)


def beside_the_provider(trials: int, timeout: float | None) -> float:
    """Share of an evaluation's time that is not the provider's."""
    provider, forge = Busy(), WorldForge(discover_entry_points=False)
    forge.register_provider(provider)
    scenario = EvaluationScenario.from_callable(name="one-call", description="One call.", evaluator=one_call)
    suite = EvaluationSuite.custom(suite_id="bench", name="Bench", scenarios=[scenario])
    suite.run_report("busy", forge)
    provider.took_ns = 0
    begun = time.perf_counter_ns()
    suite.run_report("busy", forge, trials=trials, timeout=timeout)
    took = time.perf_counter_ns() - begun
    return (took - provider.took_ns) / took


def solver_seconds(folder: Path) -> float:
    """What the solver says that it took."""
    done = subprocess.run(
        [WORLDFORGE, "eval", "--suite", "planning", "--provider", "mock", "--format", "json"],
        capture_output=True,
        check=True,
        cwd=folder,
    )
    timings = json.loads(done.stdout)["timings"]
    return math.fsum(timing["parts_ms"]["solver"] for timing in timings) / 1000


def compare(folder: Path, repeats: int, trials: int) -> str:
    """Measure and return the lines to print."""
    bytecode = folder / "bytecode"
    commands: dict[str, list[str | Path]] = {
        BARE: [sys.executable, "-c", "pass"],
        HELP: [WORLDFORGE, "--help"],
        # The report is kept where the command is called.
        PLANNING: ["sh", "-c", _IN_FOLDER, folder, WORLDFORGE],
    }
    taken = interleaved({name: partial(run, command, bytecode) for name, command in commands.items()}, repeats)
    bare, help_, planning = (median_of(taken[name]).wall for name in (BARE, HELP, PLANNING))
    solver = statistics.median(solver_seconds(folder) for _ in range(repeats))
    allowed = HELP_FACTOR * bare + HELP_EXTRA
    rest = planning - solver
    met = f"{verdict(rest <= TARGET_FACTOR * allowed)}   ({rest / help_:.2f}x --help)"
    lines = [
        f"evaluations; processes: median of {repeats}",
        f"  worldforge --help      {help_ * 1000:.0f} ms, allowed {allowed * 1000:.0f} ms",
        f"  eval --suite planning  {planning * 1000:.0f} ms, of which the solver {solver * 1000:.0f} ms",
        f"  without the solver     {rest * 1000:.0f} ms, allowed {TARGET_FACTOR * allowed * 1000:.0f} ms: {met}",
    ]
    for title, timeout in (("no limit", None), ("a limit of 300 s", 300.0)):
        share = beside_the_provider(trials, timeout)
        lines.append(
            f"  {trials:,} trials of {CALL_MS:g} ms, {title}: {share:.1%} outside of the provider   "
            f"target {TARGET_OUTSIDE:.0%}: {verdict(share < TARGET_OUTSIDE)}"
        )
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> None:
    """Measure evaluations."""
    parser = argparse.ArgumentParser(prog="python -m bench evaluation", description=main.__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--trials", type=int, default=TRIALS)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="worldforge-bench-") as name:
        print(compare(Path(name), options.repeats, options.trials))
