"""WorldForge runs and measures: providers by capability, benchmarks, evaluation suites, run workspaces.

Names are loaded when they are first asked for, so that importing the package costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from worldbase import __version__

if TYPE_CHECKING:
    from worldforge.benchmark.harness import ProviderBenchmarkHarness
    from worldforge.benchmark.inputs import BenchmarkInputs
    from worldforge.benchmark.report import BenchmarkReport, BenchmarkResult
    from worldforge.errors import (
        CapabilityError,
        ProviderBudgetExceededError,
        ProviderError,
        WorldForgeError,
        WorldStateError,
    )
    from worldforge.evaluation.context import EvaluationContext
    from worldforge.evaluation.report import EvaluationReport
    from worldforge.evaluation.scenario import EvaluationScenario
    from worldforge.evaluation.suite import EvaluationSuite
    from worldforge.forge.facade import WorldForge
    from worldforge.forge.planning import LatentMPCController, PlannerConfig
    from worldforge.forge.world import World
    from worldforge.integrations.rerun import RerunArtifactLogger
    from worldforge.providers.contract import BaseProvider, ProviderCapabilities, ProviderProfileSpec
    from worldforge.values import (
        Action,
        ActionPolicyResult,
        ActionScoreResult,
        EmbeddingResult,
        PredictionPayload,
        ProviderEvent,
    )

_HOMES: Final = {
    "worldforge.benchmark.harness": ("ProviderBenchmarkHarness",),
    "worldforge.benchmark.inputs": ("BenchmarkInputs",),
    "worldforge.benchmark.report": ("BenchmarkReport", "BenchmarkResult"),
    "worldforge.errors": (
        "CapabilityError",
        "ProviderBudgetExceededError",
        "ProviderError",
        "WorldForgeError",
        "WorldStateError",
    ),
    "worldforge.evaluation.context": ("EvaluationContext",),
    "worldforge.evaluation.report": ("EvaluationReport",),
    "worldforge.evaluation.scenario": ("EvaluationScenario",),
    "worldforge.evaluation.suite": ("EvaluationSuite",),
    "worldforge.forge.facade": ("WorldForge",),
    "worldforge.forge.planning": ("LatentMPCController", "PlannerConfig"),
    "worldforge.forge.world": ("World",),
    "worldforge.integrations.rerun": ("RerunArtifactLogger",),
    "worldforge.providers.contract": ("BaseProvider", "ProviderCapabilities", "ProviderProfileSpec"),
    "worldforge.values": (
        "Action",
        "ActionPolicyResult",
        "ActionScoreResult",
        "EmbeddingResult",
        "PredictionPayload",
        "ProviderEvent",
    ),
}
_HOME: Final = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Action",
    "ActionPolicyResult",
    "ActionScoreResult",
    "BaseProvider",
    "BenchmarkInputs",
    "BenchmarkReport",
    "BenchmarkResult",
    "CapabilityError",
    "EmbeddingResult",
    "EvaluationContext",
    "EvaluationReport",
    "EvaluationScenario",
    "EvaluationSuite",
    "LatentMPCController",
    "PlannerConfig",
    "PredictionPayload",
    "ProviderBenchmarkHarness",
    "ProviderBudgetExceededError",
    "ProviderCapabilities",
    "ProviderError",
    "ProviderEvent",
    "ProviderProfileSpec",
    "RerunArtifactLogger",
    "World",
    "WorldForge",
    "WorldForgeError",
    "WorldStateError",
    "__version__",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)
