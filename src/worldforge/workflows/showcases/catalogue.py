"""The showcases by name, and what each is about."""

from __future__ import annotations

import difflib
import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from worldbase.errors import UsageError
from worldforge.capabilities.names import Capability

if TYPE_CHECKING:
    from worldforge.workflows.showcases.stage import Play

_HOME: Final = "worldforge.workflows.showcases"


@dataclass(frozen=True, slots=True)
class Showcase:
    """A showcase.

    Attributes:
        name: What it is called on the command line.
        title: What it shows.
        teaser: What it leaves, in a sentence.
        providers: Who plays in it.
        capabilities: What of them is asked.
    """

    name: str
    title: str
    teaser: str
    providers: tuple[str, ...] = ("mock",)
    capabilities: tuple[Capability, ...] = ("predict",)

    def play(self) -> Play:
        """What plays it: the function `play` of the module with its name."""
        module = importlib.import_module(f"{_HOME}.{self.name.replace('-', '_')}")
        return cast("Play", module.play)


SHOWCASES: Final = (
    Showcase(
        "custom-evaluation-suite",
        "A suite of one's own, with a case that fails",
        "Reports in four formats and a failure gallery with one controlled failure.",
    ),
    Showcase(
        "provider-comparison",
        "Two providers under one suite",
        "One report of both, two runs, and a comparison of these.",
        providers=("mock", "drifting-mock"),
    ),
    Showcase(
        "budget-gate",
        "A budget that holds and one that does not",
        "Two benchmark runs with their gates; the second would leave with exit code 1.",
        capabilities=("predict", "embed"),
    ),
    Showcase(
        "regression",
        "A provider that got worse",
        "Runs before and after a change, with the verdict for scenarios and for latencies.",
        capabilities=("predict", "embed"),
    ),
    Showcase(
        "evidence-bundle",
        "Runs that may be attached to an issue",
        "A bundle in which a host path was rewritten, with the digest of every file.",
        capabilities=("predict", "embed"),
    ),
    Showcase(
        "bridge-to-worldflux",
        "From a kept run to an evidence package",
        "A run, and the commands that audit it; they are run where worldflux is installed.",
    ),
)


def showcase(name: str) -> Showcase:
    """A showcase by its name.

    Raises:
        UsageError: `showcase.unknown`.
    """
    by_name = {each.name: each for each in SHOWCASES}
    if name in by_name:
        return by_name[name]
    nearest = difflib.get_close_matches(name, by_name, n=1, cutoff=0.5)
    advice = f"Did you mean {nearest[0]!r}? " if nearest else ""
    raise UsageError(
        f"no showcase is called {name!r:.60}",
        code="showcase.unknown",
        hint=f"{advice}There are: {', '.join(by_name)}.",
    )
