"""All scenarios, in the order of the page."""

from __future__ import annotations

from typing import Final

from tests.simulation.fixed_tasks import FIXED_TASKS
from tests.simulation.missing import LOST, SPOILT
from tests.simulation.populations import POPULATIONS
from tests.simulation.predicted import PREDICTED
from tests.simulation.rows import Scenario
from tests.simulation.scores import SCORES
from tests.simulation.several import BASELINE, EQUALITY, SELECTION, SEVERAL_METRICS
from tests.simulation.shared_starts import SHARED_STARTS
from tests.simulation.stopping import PEEKING, PLANNED

SCENARIOS: Final[tuple[Scenario, ...]] = (
    FIXED_TASKS,
    POPULATIONS,
    LOST,
    PEEKING,
    PLANNED,
    SHARED_STARTS,
    SPOILT,
    SEVERAL_METRICS,
    EQUALITY,
    BASELINE,
    PREDICTED,
    SELECTION,
    SCORES,
)
