"""One measurement held against a budget that it keeps, and against one that nothing could keep."""

from __future__ import annotations

import json
from typing import Any, Final

from worldforge.benchmark.budgets import parse_budgets
from worldforge.benchmark.render import gate_markdown
from worldforge.forge.facade import WorldForge
from worldforge.workflows.showcases.stage import Ending, Stage

BOUNDARY: Final = (
    "Latencies of this process on this machine, of a provider that computes nothing worth waiting for. They say "
    "nothing about a model, and a budget is a promise that its authors made to themselves."
)
_GENEROUS: Final = {"provider": "mock", "min_success_rate": 1.0, "max_error_count": 0, "max_p95_latency_ms": 60_000.0}
_IMPOSSIBLE: Final = {"provider": "mock", "operation": "embed", "max_p95_latency_ms": 0.0}
_ITERATIONS: Final = 20


def play(stage: Stage) -> Ending:
    """Benchmark `mock` twice, once for each budget."""
    forge, passed = WorldForge(), dict[str, bool]()
    for name, budget in (("generous", _GENEROUS), ("impossible", _IMPOSSIBLE)):
        loaded = parse_budgets(_file_of(budget), name=f"budget-{name}.json")
        gate, folder = stage.gate_and_keep("mock", ["predict", "embed"], forge, loaded, iterations=_ITERATIONS)
        passed[name] = gate.passed
        stage.keep(f"gate_{name}", f"reports/gate-{name}.md", gate_markdown(gate))
        told = "nothing is violated" if gate.passed else "the report of the gate names metric, value and threshold"
        stage.step(f"The {name} budget", f"Results that it applies to: {gate.checked_result_count}; {told}.")
        stage.then(f"worldforge runs show runs/{folder.name}")
    stage.step(
        "In a pipeline",
        "worldforge benchmark --budget-file FILE leaves with 0 where the gate passed and with 1 where it failed.",
    )
    told = ", ".join(f"the {name} budget {'passed' if held else 'failed'}" for name, held in passed.items())
    return Ending(summary=f"{told[0].upper()}{told[1:]}.", claim_boundary=BOUNDARY, signals={"gate_passed": passed})


def _file_of(budget: dict[str, Any]) -> bytes:
    return json.dumps([budget], indent=2).encode() + b"\n"
