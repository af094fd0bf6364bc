"""What a workflow requires of providers, and which providers can give it.

Nothing is guessed: a provider counts for the capabilities that it advertises, and only where it can be called.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from worldforge.capabilities.names import BENCHMARKABLE, Capability
from worldforge.errors import CapabilityError

Availability: TypeAlias = Literal["ready", "not_configured", "unhealthy", "broken", "not_shipped", "left_out"]
Reason: TypeAlias = Literal[
    "capability_missing", "unknown", "not_configured", "unhealthy", "broken", "not_shipped", "left_out"
]
Combination: TypeAlias = tuple[tuple[Capability, str], ...]
"""One provider for each capability, in the order in which the workflow names them."""

MOST_COMBINATIONS: Final = 20


@dataclass(frozen=True, slots=True)
class Requirements:
    """Capabilities that a workflow needs.

    Attributes:
        all_of: Each of them, from one provider or from several.
        any_of: At least one of them; empty where there is no such choice.

    Example:
        >>> Requirements(all_of=("policy", "predict")).describe()
        'policy and predict'
    """

    all_of: tuple[Capability, ...] = ()
    any_of: tuple[Capability, ...] = ()

    def met_by(self, capabilities: Iterable[Capability]) -> bool:
        """Whether these capabilities are enough."""
        given = set(capabilities)
        return given.issuperset(self.all_of) and (not self.any_of or not given.isdisjoint(self.any_of))

    def describe(self) -> str:
        """The requirements as words."""
        choice = " or ".join(self.any_of)
        if self.all_of and len(self.any_of) > 1:
            choice = f"({choice})"
        return " and ".join([*self.all_of, *([choice] if choice else [])])


@dataclass(frozen=True, slots=True)
class Workflow:
    """Something that can be done with providers: its name, one sentence, and what it requires."""

    name: str
    summary: str
    requirements: Requirements


WORKFLOWS: Final = (
    Workflow("benchmark", "Measure what calls take.", Requirements(any_of=BENCHMARKABLE)),
    Workflow("physics", "Check predictions against physics.", Requirements(all_of=("predict",))),
    Workflow("planning", "Search for actions by their scores.", Requirements(all_of=("score",))),
    Workflow("retrieval", "Compare texts by their embeddings.", Requirements(all_of=("embed",))),
    Workflow(
        "closed-loop",
        "Let a policy act in the world that a model predicts.",
        Requirements(all_of=("policy", "predict")),
    ),
    Workflow("reranking", "Let a policy propose actions and a cost choose.", Requirements(all_of=("policy", "score"))),
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A provider as a workflow sees it.

    Attributes:
        provider: Its name.
        availability: `ready` where it can be called.
        capabilities: What it advertises; empty where it could not be loaded.
        detail: Why it cannot be called, such as the variables that are missing.
    """

    provider: str
    availability: Availability = "ready"
    capabilities: tuple[Capability, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A provider that a workflow cannot use by itself, and why."""

    provider: str
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Negotiation:
    """Who can carry a workflow.

    Attributes:
        workflow: The workflow.
        alone: Providers that are enough by themselves.
        choices: For each capability that the workflow can use, the providers that have it.
        combinations: One provider per capability; the first `MOST_COMBINATIONS`.
        combination_count: How many there are.
        rejections: Everybody who is not in `alone`, and why.
    """

    workflow: Workflow
    alone: tuple[str, ...]
    choices: tuple[tuple[Capability, tuple[str, ...]], ...]
    combinations: tuple[Combination, ...]
    combination_count: int
    rejections: tuple[Rejection, ...]

    @property
    def satisfied(self) -> bool:
        """Whether the workflow can be carried at all."""
        return self.combination_count > 0


def workflow(name: str) -> Workflow:
    """Return the workflow of a name.

    Raises:
        CapabilityError: `workflow.unknown`, with the nearest name.
    """
    names = [known.name for known in WORKFLOWS]
    if name in names:
        return WORKFLOWS[names.index(name)]
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    advice = f"Did you mean {nearest[0]!r}? " if nearest else ""
    raise CapabilityError(
        f"no workflow is called {name!r:.60}",
        code="workflow.unknown",
        hint=f"{advice}Known: {', '.join(names)}.",
    )


def negotiate(wanted: Workflow, offers: Sequence[Offer], *, asked: Sequence[str] = ()) -> Negotiation:
    """Find the providers that satisfy a workflow.

    Args:
        wanted: The workflow.
        offers: The providers that are known.
        asked: Names to consider; all that are known where none is given. A name that is not known is rejected.
    """
    considered = [offer for offer in offers if not asked or offer.provider in asked]
    usable = [offer for offer in considered if offer.availability == "ready"]
    needs = wanted.requirements
    alone = tuple(offer.provider for offer in usable if needs.met_by(offer.capabilities))
    known = {offer.provider for offer in offers}
    unknown = [
        Rejection(name, "unknown", "no provider has this name") for name in dict.fromkeys(asked) if name not in known
    ]
    rejections = [_rejection(offer, needs) for offer in considered if offer.provider not in alone]
    return Negotiation(
        workflow=wanted,
        alone=alone,
        choices=_choices(needs, usable),
        combinations=tuple(itertools.islice(_combinations(needs, usable), MOST_COMBINATIONS)),
        combination_count=_count(needs, usable),
        rejections=(*rejections, *unknown),
    )


def _choices(needs: Requirements, usable: Sequence[Offer]) -> tuple[tuple[Capability, tuple[str, ...]], ...]:
    return tuple(
        (capability, _having(capability, usable)) for capability in dict.fromkeys((*needs.all_of, *needs.any_of))
    )


def _having(capability: Capability, usable: Sequence[Offer]) -> tuple[str, ...]:
    return tuple(offer.provider for offer in usable if capability in offer.capabilities)


def _combinations(needs: Requirements, usable: Sequence[Offer]) -> Iterator[Combination]:
    for chosen in needs.any_of or (None,):
        wanted = [*needs.all_of, *([chosen] if chosen else [])]
        for providers in itertools.product(*(_having(capability, usable) for capability in wanted)):
            yield tuple(zip(wanted, providers, strict=True))


def _count(needs: Requirements, usable: Sequence[Offer]) -> int:
    count = 1
    for capability in needs.all_of:
        count *= len(_having(capability, usable))
    return count * sum(len(_having(capability, usable)) for capability in needs.any_of) if needs.any_of else count


def _rejection(offer: Offer, needs: Requirements) -> Rejection:
    if offer.availability != "ready":
        return Rejection(offer.provider, offer.availability, offer.detail)
    missing = [capability for capability in needs.all_of if capability not in offer.capabilities]
    detail = f"it lacks {' and '.join(missing)}" if missing else f"it has none of {', '.join(needs.any_of)}"
    return Rejection(offer.provider, "capability_missing", detail)
