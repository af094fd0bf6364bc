"""The `worldforge` source: reports of WorldForge's evaluation suites.

Most suites check adapters and no robot. Every score of such a suite is a contract score: its scenarios become episodes
without an outcome, so that nothing in it can become a success rate. Where a suite declares that the trials of a
scenario are episodes of a task in a simulator, each trial is one, with its own outcome.
"""

from worldflux.sources.builtin.worldforge.report_file import WorldforgeReport
from worldflux.sources.builtin.worldforge.source import SOURCE

__all__ = ["SOURCE", "WorldforgeReport"]
