"""What a provider can do: one protocol for each capability, and what a workflow requires of providers."""

from worldforge.capabilities.embed import Embedder
from worldforge.capabilities.names import BENCHMARKABLE, CAPABILITIES, METHODS, require_capability
from worldforge.capabilities.plan import Planner
from worldforge.capabilities.policy import Policy
from worldforge.capabilities.predict import Predictor
from worldforge.capabilities.score import Cost

__all__ = [
    "BENCHMARKABLE",
    "CAPABILITIES",
    "METHODS",
    "Cost",
    "Embedder",
    "Planner",
    "Policy",
    "Predictor",
    "require_capability",
]
