"""One operation to measure: arguments that are prepared once, the bare call, and a check of what comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from worldbase import digest
from worldbase.errors import WorldError
from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.capabilities.names import Capability
from worldforge.providers.contract import BaseProvider
from worldforge.providers.scene import copied
from worldforge.values import (
    Action,
    ActionPolicyResult,
    ActionScoreResult,
    EmbeddingResult,
    PredictionPayload,
)

Check = Callable[[Any], str | None]
"""Says what is wrong with a result, or None."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A capability of one provider, ready to be called.

    Attributes:
        provider: Name of the provider.
        name: The capability.
        call: Makes one call; nothing else happens in it.
        fault_of: Says what is wrong with a result, or None.
        arguments: What the call is given; the provider must leave it as it is.
    """

    provider: str
    name: Capability
    call: Callable[[], Any]
    fault_of: Check
    arguments: Callable[[], Any]

    def fingerprint(self) -> str:
        """Digest of the arguments as they are now: another one than before says that the provider changed them."""
        try:
            return digest.of_value(self.arguments())
        except (WorldError, RecursionError, TypeError, ValueError):
            return "not JSON any more"


def prepare(provider: BaseProvider, operation: Capability, inputs: BenchmarkInputs) -> Operation:
    """Make an operation ready. Its arguments are copies: what a provider does to them reaches no other operation."""
    return _PREPARED[operation](provider, inputs)


def _predict(provider: BaseProvider, inputs: BenchmarkInputs) -> Operation:
    state = copied(inputs.prediction_state)
    action = Action(inputs.prediction_action.kind, copied(inputs.prediction_action.parameters))
    return Operation(
        provider.name,
        "predict",
        partial(provider.predict, state, action, inputs.prediction_steps),
        partial(_kind_fault, PredictionPayload),
        lambda: [state, action.to_dict()],
    )


def _embed(provider: BaseProvider, inputs: BenchmarkInputs) -> Operation:
    text = inputs.embedding_text
    check = _SameLength(provider.name)
    return Operation(provider.name, "embed", partial(provider.embed, text=text), check, lambda: text)


def _score(provider: BaseProvider, inputs: BenchmarkInputs) -> Operation:
    info, candidates = copied(inputs.score_info), copied(inputs.score_action_candidates)
    return Operation(
        provider.name,
        "score",
        partial(provider.score_actions, info=info, action_candidates=candidates),
        partial(_score_fault, provider.name, possible_counts(candidates)),
        lambda: [info, candidates],
    )


def _policy(provider: BaseProvider, inputs: BenchmarkInputs) -> Operation:
    info = copied(inputs.policy_info)
    return Operation(
        provider.name,
        "policy",
        partial(provider.select_actions, info=info),
        partial(_named_fault, ActionPolicyResult, provider.name),
        lambda: info,
    )


_PREPARED: Final[dict[str, Callable[[BaseProvider, BenchmarkInputs], Operation]]] = {
    "predict": _predict,
    "embed": _embed,
    "score": _score,
    "policy": _policy,
}


def possible_counts(candidates: list[Any]) -> frozenset[int]:
    """How many scores there may be for candidates.

    A list of actions, or of lists of actions, has one score for each entry. In an array, the first axis may count
    candidates, or batch entries of as many candidates each as the second axis counts: the provider's own contract says
    which, so both are right.
    """
    first = candidates[0]
    is_array = isinstance(first, list) and first and isinstance(first[0], list)
    lengths = {len(entry) for entry in candidates if isinstance(entry, list)}
    if not is_array or len(lengths) != 1:
        return frozenset({len(candidates)})
    return frozenset({len(candidates), len(candidates) * len(first)})


def _kind_fault(kind: type, result: Any) -> str | None:
    # `isinstance` would believe what a stand-in, such as a mock, says of its class.
    if issubclass(type(result), kind):
        return None
    return f"the result is a {type(result).__name__}, not a {kind.__name__}"


def _named_fault(kind: type, provider: str, result: Any) -> str | None:
    if fault := _kind_fault(kind, result):
        return fault
    named = getattr(result, "provider", None)
    return None if named == provider else f"the result names the provider {named!r:.60}, not {provider!r}"


def _score_fault(provider: str, counts: frozenset[int], result: Any) -> str | None:
    if fault := _named_fault(ActionScoreResult, provider, result):
        return fault
    if len(result.scores) in counts:
        return None
    wanted = " or ".join(map(str, sorted(counts)))
    return f"there are {len(result.scores)} scores for candidates that have {wanted}"


class _SameLength:
    """Checks that every vector is as long as the first."""

    def __init__(self, provider: str) -> None:
        self._provider = provider
        self._length: int | None = None

    def __call__(self, result: Any) -> str | None:
        if fault := _named_fault(EmbeddingResult, self._provider, result):
            return fault
        length = len(result.vector)
        if self._length is None:
            self._length = length
        return None if length == self._length else f"the vector has {length} numbers, and the first had {self._length}"
