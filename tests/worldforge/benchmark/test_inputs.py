"""What providers are asked is strict, JSON-native and the same every time."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from tests.support import REPO
from worldbase.errors import WorldError
from worldforge import Action, BenchmarkInputs, WorldForgeError
from worldforge.benchmark.inputs import load_inputs, parse_inputs

EXAMPLE = REPO / "examples" / "benchmark-inputs.json"


def refused(value: Any) -> WorldError:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    with pytest.raises(WorldError) as refusal:
        parse_inputs(data, name="inputs.json")
    assert refusal.value.exit_code == 3
    return refusal.value


def test_defaults_are_those_of_the_format() -> None:
    inputs = BenchmarkInputs()
    assert inputs.prediction_action == Action.move_to(0.25, 0.5, 0.0)
    assert (inputs.prediction_steps, inputs.embedding_text) == (2, "benchmark cube state")
    assert set(inputs.score_info) == {"pixels", "goal", "action", "metadata"}
    assert inputs.policy_info["observation"]["language"]
    assert len(inputs.score_action_candidates[0][0][0]) == 3
    assert inputs.digest() == BenchmarkInputs().digest()


def test_the_example_file_loads_with_its_metadata_and_the_digest_of_its_bytes() -> None:
    loaded = load_inputs(EXAMPLE)
    assert loaded.metadata == {"run": "release-smoke"}
    assert loaded.name == "benchmark-inputs.json"
    assert loaded.data == EXAMPLE.read_bytes()
    assert len(loaded.sha256) == 64
    assert loaded.inputs.score_action_candidates == [[[[0.0, 0.5, 0.0]], [[0.3, 0.5, 0.0]]]]
    assert loaded.inputs.prediction_state == BenchmarkInputs().prediction_state


def test_flat_and_wrapped_fields_are_the_same_inputs() -> None:
    fields = json.loads(EXAMPLE.read_bytes())["inputs"]
    flat = parse_inputs(json.dumps(fields).encode(), name="flat.json")
    assert flat.inputs == load_inputs(EXAMPLE).inputs == BenchmarkInputs.from_dict(fields)
    assert flat.metadata == {}


def test_inputs_survive_their_own_json() -> None:
    inputs = BenchmarkInputs(embedding_text="red", prediction_steps=7, policy_info={"mode": "chunk"})
    again = BenchmarkInputs.from_dict(json.loads(json.dumps(inputs.to_dict())))
    assert again == inputs
    assert again.digest() == inputs.digest() != BenchmarkInputs().digest()


def test_all_problems_are_named_with_their_places() -> None:
    error = refused(
        {
            "inputs": {"prediction_steps": True, "embedding_text": " ", "embeding_text": "x", "score_info": {}},
            "extra": 1,
        }
    )
    assert error.code == "document.invalid"
    pointers = [problem.where.pointer for problem in error.problems]
    assert sorted(map(str, pointers)) == [
        "/extra",
        "/inputs/embedding_text",
        "/inputs/embeding_text",
        "/inputs/prediction_steps",
        "/inputs/score_info",
    ]
    assert any("did you mean 'embedding_text'" in problem.message for problem in error.problems)


@pytest.mark.parametrize(
    ("value", "pointer"),
    [({}, ""), ({"inputs": {}}, "/inputs"), ({"inputs": {}, "metadata": {"a": 1}}, "/inputs")],
    ids=["flat", "wrapped", "with-metadata"],
)
def test_a_file_without_an_input_is_refused(value: Any, pointer: str) -> None:
    (problem,) = refused(value).problems
    assert (problem.code, problem.where.pointer) == ("benchmark.inputs.empty", pointer)


@pytest.mark.parametrize(
    "value",
    [
        [],
        3,
        {"inputs": []},
        {"metadata": {"a": 1}},
        {"prediction_steps": 0},
        {"prediction_steps": 2.0},
        {"prediction_steps": "2"},
        {"score_action_candidates": None},
        {"score_action_candidates": []},
        {"prediction_action": {"type": " "}},
        {"prediction_action": {"kind": "move_to"}},
        {"policy_info": []},
        {"prediction_state": {}},
    ],
    ids=repr,
)
def test_a_wrong_value_is_refused_as_a_document(value: Any) -> None:
    assert refused(value).code == "document.invalid"


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
def test_numbers_that_are_not_finite_are_refused_wherever_they_stand(number: bytes) -> None:
    error = refused(b'{"score_info": {"pixels": [[0.0, ' + number + b"]]}}")
    assert error.code in {"json.not_finite", "json.overflow"}
    assert error.where is not None
    assert error.where.pointer == "/score_info/pixels/0/1"


@pytest.mark.parametrize("wrapped", [False, True])
def test_inputs_of_capabilities_that_are_gone_are_refused_by_name(wrapped: bool) -> None:
    fields = {"transfer_clip": {"path": "clip.bin"}, "generation_prompt": "a cube", "embedding_text": "x"}
    error = refused({"inputs": fields} if wrapped else fields)
    assert error.code == "benchmark.inputs.unsupported"
    places = {problem.where.pointer for problem in error.problems}
    prefix = "/inputs" if wrapped else ""
    assert places == {f"{prefix}/transfer_clip", f"{prefix}/generation_prompt"}


class Tensor:
    shape = (1, 2)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("prediction_steps", True),
        ("prediction_steps", 0),
        ("embedding_text", " "),
        ("embedding_text", 3),
        ("score_info", {}),
        ("score_info", {"goal": math.nan}),
        ("score_info", {"goal": (1.0, 2.0)}),
        ("score_info", {1: 2}),
        ("score_action_candidates", None),
        ("score_action_candidates", []),
        ("score_action_candidates", Tensor()),
        ("score_action_candidates", [Tensor()]),
        ("policy_info", "observe"),
        ("prediction_action", {"type": "noop"}),
        ("prediction_state", []),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_wrong_value_is_refused_in_process(field: str, value: Any) -> None:
    with pytest.raises(WorldForgeError):
        BenchmarkInputs(**{field: value})


def test_what_the_caller_does_to_his_values_afterwards_changes_nothing() -> None:
    info: dict[str, Any] = {"goal": [0.0]}
    inputs = BenchmarkInputs(score_info=info)
    info["goal"].append(math.nan)
    assert inputs.score_info == {"goal": [0.0]}


def test_a_file_that_is_not_there_is_one_error(tmp_path: Path) -> None:
    with pytest.raises(WorldError) as refusal:
        load_inputs(tmp_path / "none.json")
    assert refusal.value.exit_code in {3, 5}
