"""The laws of providers. Each looks at one, and says what it saw or raises `BrokenLaw`."""

from __future__ import annotations

import math
import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from worldbase.errors import WorldError
from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.benchmark.measuring.operations import Operation, prepare
from worldforge.capabilities import BENCHMARKABLE, CAPABILITIES
from worldforge.capabilities.names import Capability
from worldforge.errors import CapabilityError
from worldforge.providers.contract import BaseProvider, ProviderHealth
from worldforge.providers.implementations import RESULTS
from worldforge.providers.observed import observing, told
from worldforge.providers.scene import copied
from worldforge.values import Action, ProviderEvent

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_THREADS: Final = 4
_CALLS_PER_THREAD: Final = 3
_THREAD_LIMIT: Final = 50.0
_SHORTEST_SECRET: Final = 4


class BrokenLaw(Exception):  # noqa: N818 - it never leaves the kit, and reads as what it is
    """A law is broken; the message says how."""


class Case:
    """A provider and what it is asked.

    Args:
        provider: The provider.
        inputs: One input for each capability.
        name: Name that it is registered under; None for its own.
    """

    def __init__(self, provider: BaseProvider, inputs: BenchmarkInputs, name: str | None) -> None:
        self.provider = provider
        self.inputs = inputs
        self.name = provider.name if name is None else name
        self.advertised = provider.capabilities.names()

    def operation(self, capability: Capability) -> Operation:
        """A call of a capability, with fresh copies of the inputs."""
        if capability in BENCHMARKABLE:
            return prepare(self.provider, capability, self.inputs)
        observation, goal = copied(self.inputs.policy_info), copied(self.inputs.score_info)
        call = partial(self.provider.plan, observation=observation, goal=goal)
        return Operation(self.provider.name, "plan", call, _plan_fault, lambda: [observation, goal])

    def operations(self) -> Iterator[Operation]:
        """One for each advertised capability."""
        return map(self.operation, self.advertised)

    def results(self) -> dict[Capability, Any]:
        """Ask for every advertised capability once; results in their JSON form."""
        return {operation.name: json_form(operation.call()) for operation in self.operations()}


def _plain_name(case: Case) -> str:
    name: Any = case.provider.name
    if not isinstance(name, str) or not _NAME.match(name):
        _break(
            f"its name is {name!r:.80}; a name has at most 64 lower-case letters, digits, dots, hyphens, underscores"
        )
    if name != case.name:
        _break(f"it calls itself {name!r} and is registered as {case.name!r:.80}")
    return name


def _advertised_answers(case: Case) -> str:
    if not case.advertised:
        _break("it advertises no capability")
    for operation in case.operations():
        try:
            operation.call()
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            _break(f"{operation.name} is advertised and fails: {told(error)}")
    return f"answers: {', '.join(case.advertised)}"


def _unadvertised_refuses(case: Case) -> str:
    others = [capability for capability in CAPABILITIES if capability not in case.advertised]
    for capability in others:
        try:
            case.operation(capability).call()
        except CapabilityError:
            continue
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            _break(f"{capability} is not advertised and raises {told(error)}; a CapabilityError was due")
        _break(f"{capability} answers and is not advertised")
    return f"refused: {', '.join(others) or 'nothing to refuse'}"


def _results_are_whole(case: Case) -> str:
    for operation in case.operations():
        result = operation.call()
        if fault := operation.fault_of(result):
            _break(f"{operation.name}: {fault}")
        with_frames = getattr(result, "frames", ())
        if not isinstance(with_frames, tuple):
            _break(f"{operation.name}: frames are a {type(with_frames).__name__}, not a tuple")
    return f"types: {', '.join(RESULTS[capability].__name__ for capability in case.advertised)}"


def _inputs_stay(case: Case) -> str:
    for operation in case.operations():
        before = operation.fingerprint()
        arguments = operation.arguments()  # kept: an id is only good for as long as its object lives
        given = {id(part) for part in _containers(arguments)}
        result = operation.call()
        if operation.fingerprint() != before:
            _break(f"{operation.name} changes its input")
        if any(id(part) in given for part in _containers(_parts(result))):
            _break(f"the result of {operation.name} shares an object or a list with its input; give a copy")
    return "inputs are as they were"


def _is_deterministic(case: Case) -> str:
    if not case.provider.profile_spec.deterministic:
        return "not claimed by the profile"
    first, second = case.results(), case.results()
    for capability, result in first.items():
        if second[capability] != result:
            _break(f"{capability} gives two results for one input, and the profile says deterministic")
    return "equal results for equal inputs"


def _events_are_its_own(case: Case) -> str:
    seen: list[ProviderEvent] = []
    with observing(seen.append):
        case.results()
    for event in seen:
        if event.phase in {"success", "failure"}:
            _break(f"it says {event.phase!r} of {event.operation} itself; whoever observes the call does that")
        if event.provider != case.provider.name:
            _break(f"it emits events of {event.provider!r:.80}")
    return f"{len(seen)} events"


def _health_changes_nothing(case: Case) -> str:
    before = _surroundings(case.provider)
    found: Any = case.provider.health()
    case.provider.configured()
    case.provider.config_summary()
    if not isinstance(found, ProviderHealth) or not isinstance(found.healthy, bool):
        _break(f"health() returned {found!r:.80}, not a ProviderHealth")
    for what, was in before.items():
        if _surroundings(case.provider)[what] != was:
            _break(f"asking for its health changes {what}")
    return f"{'healthy' if found.healthy else 'not healthy'}: {found.detail}"


def _configuration_is_private(case: Case) -> str:
    summary: Any = case.provider.config_summary()
    if not isinstance(summary, dict) or not all(isinstance(value, bool) for value in summary.values()):
        _break("config_summary() holds something else than whether variables are set")
    health: Any = case.provider.health()
    told_of_itself = f"{sorted(summary)} {health} {case.provider.profile_spec.to_dict()}"
    names = [name for requirement in case.provider.requirements for name in requirement.any_of]
    for name in sorted({*names, *summary}):
        value = os.environ.get(name, "").strip()
        if len(value) >= _SHORTEST_SECRET and value in told_of_itself:
            _break(f"the value of {name} stands in its profile, its health or its config_summary()")
    return f"{len(summary)} variables, no values"


def _threads_agree(case: Case) -> str:
    alone = case.results()
    failures: list[str] = []
    start = threading.Barrier(_THREADS)

    def work() -> None:
        try:
            start.wait(_THREAD_LIMIT)
            for _ in range(_CALLS_PER_THREAD):
                together = case.results()
                if case.provider.profile_spec.deterministic and together != alone:
                    failures.append("results differ from those of one thread alone")
        except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
            failures.append(told(error))

    threads = [threading.Thread(target=work, daemon=True) for _ in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(_THREAD_LIMIT)
    if failures or any(thread.is_alive() for thread in threads):
        _break(f"from {_THREADS} threads at once: {failures[0] if failures else 'a call does not return'}")
    return f"{_THREADS} threads, {_CALLS_PER_THREAD} calls each"


def _results_travel(case: Case) -> str:
    for capability, form in case.results().items():
        try:
            read = msgspec.json.decode(msgspec.json.encode(form))
        except (TypeError, ValueError, OverflowError) as error:
            _break(f"{capability}: the result cannot be written to JSON: {told(error)}")
        if read != form:
            _break(f"{capability}: the result is another one after it was written to JSON and read again")
    return "results are the same after JSON"


def _bad_input_is_refused(case: Case) -> str:
    count = 0
    for capability in case.advertised:
        for what, call in _bad_calls(case, capability):
            count += 1
            if fault := _not_refused(call):
                _break(f"{capability} with {what} {fault}")
    return f"{count} bad inputs refused"


def _not_refused(call: Callable[[], Any]) -> str | None:
    """What a call does instead of being refused with an error of ours."""
    try:
        call()
    except WorldError:
        return None
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything
        return f"raises {told(error)}; an error of worldforge was due"
    return "is answered; call the check of worldforge.providers.requests first"


def _bad_calls(case: Case, capability: Capability) -> Iterator[tuple[str, Callable[[], Any]]]:
    provider, inputs = case.provider, case.inputs
    state, action = copied(inputs.prediction_state), inputs.prediction_action
    candidates, nan = copied(inputs.score_action_candidates), {"observation": math.nan}
    match capability:
        case "predict":
            not_an_action: Any = {"type": "noop"}
            yield "NaN in the state", lambda: provider.predict({**state, "level": math.nan}, action, 1)
            yield "0 steps", lambda: provider.predict(state, action, 0)
            yield "a dict for the action", lambda: provider.predict(state, not_an_action, 1)
        case "embed":
            yield "a blank text", lambda: provider.embed(text=" ")
        case "score":
            info = copied(inputs.score_info)
            yield "NaN in info", lambda: provider.score_actions(info={**info, **nan}, action_candidates=candidates)
            yield "no candidates", lambda: provider.score_actions(info=info, action_candidates=[])
            yield "NaN in candidates", lambda: provider.score_actions(info=info, action_candidates=[math.nan])
        case "policy":
            yield "NaN in info", lambda: provider.select_actions(info=nan)
            yield "an empty info", lambda: provider.select_actions(info={})
        case _:
            yield "NaN in the observation", lambda: provider.plan(observation=nan, goal=copied(inputs.score_info))
            yield "an empty goal", lambda: provider.plan(observation=copied(inputs.policy_info), goal={})


LAWS_BY_NAME: Final[dict[str, Callable[[Case], str]]] = {
    "name": _plain_name,
    "advertised": _advertised_answers,
    "unadvertised": _unadvertised_refuses,
    "results": _results_are_whole,
    "json": _results_travel,
    "bad_input": _bad_input_is_refused,
    "inputs_unchanged": _inputs_stay,
    "determinism": _is_deterministic,
    "events": _events_are_its_own,
    "health": _health_changes_nothing,
    "config_private": _configuration_is_private,
    "concurrency": _threads_agree,
}


def json_form(result: Any) -> Any:
    """A result as JSON values: bytes as hex, actions in their own form, tuples as lists."""
    if isinstance(result, Action):
        return result.to_dict()
    if is_dataclass(result) and not isinstance(result, type):
        return {entry.name: json_form(getattr(result, entry.name)) for entry in fields(result)}
    if isinstance(result, tuple):
        return [json_form(item) for item in result]
    return result.hex() if isinstance(result, bytes) else result


def _parts(result: Any) -> list[Any]:
    """The fields of a result, and the parameters of the actions in it."""
    actions = (
        *getattr(result, "actions", ()),
        *(each for way in getattr(result, "action_candidates", ()) for each in way),
    )
    own = [getattr(result, entry.name) for entry in fields(result)]
    return [*own, *(action.parameters for action in actions)]


def _containers(value: Any) -> Iterator[Any]:
    """Every list and object in a JSON value that could be changed; empty ones too."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _containers(item)
    elif isinstance(value, list):
        yield value
        for item in value:
            yield from _containers(item)


def _surroundings(provider: BaseProvider) -> dict[str, Any]:
    """What asking a provider how it is must leave alone."""
    return {
        "the environment": dict(os.environ),
        "the working folder": Path.cwd(),
        "its own attributes": {name: id(value) for name, value in getattr(provider, "__dict__", {}).items()},
    }


def _plan_fault(result: Any) -> str | None:
    wanted = RESULTS["plan"]
    return None if isinstance(result, wanted) else f"the result is a {type(result).__name__}, not a {wanted.__name__}"


def _break(reason: str) -> NoReturn:
    raise BrokenLaw(reason)
