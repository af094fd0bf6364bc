"""The presets: what comes with the package, users' own, and when one is skipped."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import REPO
from worldbase.errors import InputError, UsageError
from worldforge.benchmark_presets import (
    _BENCHMARK_PRESETS,
    BenchmarkPreset,
    find_preset,
    load_preset,
    load_preset_file,
    own_presets,
    preset,
    presets,
)
from worldforge.benchmark_presets.eligibility import eligible, skip_reason
from worldforge.benchmark_presets.loaded import LoadedPreset, UnreadablePreset
from worldforge.capabilities import BENCHMARKABLE

DATA = REPO / "src" / "worldforge" / "benchmark_presets" / "_data"
VARIABLES = ("LEWORLDMODEL_POLICY", "LEWM_POLICY", "LEROBOT_POLICY_PATH", "LEROBOT_POLICY", "GROOT_POLICY_HOST")
OWN: dict[str, Any] = {
    "schema_version": "worldforge.benchmark_preset.v1",
    "name": "mine",
    "providers": ["mock"],
    "operations": ["embed"],
}


@pytest.fixture(autouse=True)
def bare_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host where no runtime is configured."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def write(folder: Path, name: str = "mine", **changes: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    path.write_text(json.dumps({**OWN, "name": name, **changes}), encoding="utf-8")
    return path


def refused(path: Path) -> InputError:
    with pytest.raises(InputError) as caught:
        load_preset_file(path)
    return caught.value


def test_the_four_presets_are_those_of_the_documentation() -> None:
    rows = [
        (each.name, each.category, each.providers, each.operations, each.iterations, each.failure_tolerance)
        for each in presets()
    ]
    fail, skip = "fail-on-violation", "skip-when-env-missing"
    assert rows == [
        ("mock-smoke", "checkout-safe", ("mock",), ("predict", "embed"), 5, fail),
        ("parser-overhead", "checkout-safe", ("mock",), ("predict", "embed"), 20, fail),
        ("prepared-host", "prepared-host", ("leworldmodel", "lerobot", "gr00t"), ("score", "policy"), 3, skip),
        ("release-evidence", "release", ("mock",), ("predict", "embed"), 10, fail),
    ]
    assert presets() is _BENCHMARK_PRESETS


def test_a_preset_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        preset("mock-smoke").iterations = 1  # type: ignore[misc]


@pytest.mark.parametrize("each", _BENCHMARK_PRESETS, ids=lambda each: each.name)
def test_inputs_and_budgets_of_a_preset_load_and_fit_it(each: BenchmarkPreset) -> None:
    loaded = load_preset(each)
    assert loaded.inputs is not None
    assert set(each.operations) <= set(BENCHMARKABLE)
    assert (loaded.budgets is None) == (each.budget_file is None)
    for budget in loaded.budgets.budgets if loaded.budgets else ():
        assert budget.provider in each.providers


def test_no_file_of_data_is_left_over() -> None:
    named = {name for each in presets() for name in (each.inputs_file, each.budget_file) if name}
    assert {path.name for path in DATA.iterdir()} == named


def test_the_thresholds_of_the_release_are_those_that_it_was_agreed_on() -> None:
    loaded = find_preset("release-evidence").budgets
    assert loaded is not None
    (budget,) = loaded.budgets
    latencies = (budget.max_average_latency_ms, budget.max_p95_latency_ms, budget.min_throughput_per_second)
    assert (budget.min_success_rate, budget.max_error_count, budget.max_retry_count) == (1.0, 0, 0)
    assert latencies == (100.0, 400.0, 5.0)


def test_an_unknown_preset_is_told_the_nearest_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"preset\.unknown") as caught:
        preset("mock-smok")
    assert "Did you mean 'mock-smoke'?" in (caught.value.hint or "")
    with pytest.raises(UsageError, match=r"preset\.unknown"):
        preset("remote-media-dryrun")
    write(tmp_path, "night-run")
    with pytest.raises(UsageError) as caught:
        find_preset("nigth-run", own=tmp_path)
    assert "'night-run'" in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["../mine", "/etc/passwd", "Mine", "", "a/b", "mine\n"])
def test_a_name_is_no_path(name: str, tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path / "presets")
    write(tmp_path / "presets" / "a", "b")
    with pytest.raises(UsageError, match=r"preset\.unknown"):
        find_preset(name, own=tmp_path / "presets")


def test_a_preset_that_needs_nothing_is_never_skipped() -> None:
    assert [each.name for each in presets() if skip_reason(each)] == ["prepared-host"]
    assert eligible(preset("mock-smoke"), []).providers == ("mock",)


def test_a_prepared_host_preset_is_skipped_with_what_is_missing() -> None:
    found = eligible(preset("prepared-host"), ["mock"])
    assert found.providers == ()
    for name in ("leworldmodel", "lerobot", "gr00t", "GROOT_POLICY_HOST", "LEROBOT_POLICY_PATH or LEROBOT_POLICY"):
        assert name in (found.skip_reason or "")


def test_a_configured_runtime_without_an_adapter_is_skipped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEROBOT_POLICY_PATH", "policy")
    assert skip_reason(preset("prepared-host")) is None
    reason = eligible(preset("prepared-host"), ["mock"]).skip_reason or ""
    assert "'lerobot' is configured, but no provider of this name is registered" in reason


def test_the_runtimes_that_are_there_are_measured_and_the_others_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEROBOT_POLICY_PATH", "policy")
    monkeypatch.setenv("LEWM_POLICY", "pusht/lewm")
    found = eligible(preset("prepared-host"), ["mock", "lerobot", "leworldmodel"])
    assert found.providers == ("leworldmodel", "lerobot")
    assert list(found.left_out) == ["gr00t"]
    assert found.skip_reason is None


def test_every_profile_that_a_preset_requires_has_to_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    gated = dataclasses.replace(
        preset("prepared-host"), requires_provider_profiles=("lerobot", "gr00t"), requires_provider_choice=()
    )
    monkeypatch.setenv("LEROBOT_POLICY_PATH", "policy")
    assert "gr00t" in (skip_reason(gated) or "")
    assert "lerobot" not in (skip_reason(gated) or "")
    monkeypatch.setenv("GROOT_POLICY_HOST", "localhost")
    assert skip_reason(gated) is None


def test_the_example_of_a_users_own_preset_loads() -> None:
    loaded = load_preset_file(REPO / "examples" / "benchmark-preset.json")
    assert loaded.preset.category == "own"
    assert loaded.inputs is not None
    assert loaded.budgets is not None


def test_a_preset_of_four_fields_runs_with_the_defaults(tmp_path: Path) -> None:
    loaded = load_preset_file(write(tmp_path))
    assert (loaded.inputs, loaded.budgets) == (None, None)
    assert (loaded.preset.title, loaded.preset.iterations, loaded.preset.concurrency) == ("mine", 5, 1)


def test_inputs_and_budgets_may_stand_in_the_preset(tmp_path: Path) -> None:
    path = write(tmp_path, inputs={"embedding_text": "red cube"}, budgets=[{"max_error_count": 0}])
    loaded = load_preset_file(path)
    assert loaded.inputs is not None
    assert loaded.budgets is not None
    assert (loaded.inputs.inputs.embedding_text, loaded.inputs.name) == ("red cube", "mine.inputs.json")
    assert (loaded.budgets.budgets[0].max_error_count, loaded.budgets.name) == (0, "mine.budgets.json")


def test_inputs_and_budgets_may_lie_beside_the_preset(tmp_path: Path) -> None:
    path = write(tmp_path, inputs_file="data/in.json", budget_file="budget.json")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in.json").write_text('{"embedding_text": "red cube"}', encoding="utf-8")
    (tmp_path / "budget.json").write_text('[{"max_error_count": 0}]', encoding="utf-8")
    loaded = load_preset_file(path)
    assert loaded.inputs is not None
    assert loaded.budgets is not None
    assert (loaded.inputs.inputs.embedding_text, loaded.inputs.name) == ("red cube", "in.json")


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"provider": "mock"}, "document.unknown_field", "/provider"),
        ({"providers": []}, "document.value", "/providers"),
        ({"operations": ["plan"]}, "document.value", "/operations/0"),
        ({"iterations": 0}, "document.value", "/iterations"),
        ({"concurrency": 1025}, "document.value", "/concurrency"),
        ({"name": "Mine!"}, "document.value", "/name"),
        ({"failure_tolerance": "ignore"}, "document.value", "/failure_tolerance"),
        ({"inputs": {"embeding_text": "x"}}, "document.unknown_field", "/inputs/embeding_text"),
        ({"budgets": [{"max_latency": 1}]}, "document.unknown_field", "/budgets/0/max_latency"),
        ({"budgets": [{"provider": "mock"}]}, "budget.no_threshold", "/budgets/0"),
        ({"inputs": {"prediction_steps": 1}, "inputs_file": "in.json"}, "preset.given_twice", "/inputs_file"),
        ({"budgets": [{"max_error_count": 0}], "budget_file": "b.json"}, "preset.given_twice", "/budget_file"),
    ],
)
def test_what_a_preset_may_not_say(changes: dict[str, Any], code: str, pointer: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps({**OWN, **changes}), encoding="utf-8")
    error = refused(path)
    assert error.exit_code == 3
    assert (code, pointer) in [(problem.code, problem.where.pointer) for problem in error.problems]


@pytest.mark.parametrize("name", ["../in.json", "/etc/passwd", "a\\b.json", "~/in.json"])
def test_a_preset_names_no_file_elsewhere(name: str, tmp_path: Path) -> None:
    assert refused(write(tmp_path, inputs_file=name)).code == "path.unsafe"


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.json").write_text('{"embedding_text": "x"}', encoding="utf-8")
    path = write(tmp_path / "presets", inputs_file="in.json")
    (tmp_path / "presets" / "in.json").symlink_to(tmp_path / "elsewhere.json")
    assert refused(path).code == "preset.file_elsewhere"


def test_own_presets_are_found_by_name_and_listed_in_order(tmp_path: Path) -> None:
    write(tmp_path, "b-run")
    write(tmp_path, "a-run")
    assert find_preset("b-run", own=tmp_path).preset.name == "b-run"
    listed = list(own_presets(tmp_path))
    assert [each.preset.name for each in listed if isinstance(each, LoadedPreset)] == ["a-run", "b-run"]


def test_one_that_cannot_be_read_hides_no_other(tmp_path: Path) -> None:
    write(tmp_path, "a-run")
    (tmp_path / "torn.json").write_text("{", encoding="utf-8")
    write(tmp_path, "mock-smoke")
    write(tmp_path, "other").rename(tmp_path / "renamed.json")
    found = {each.name: each.reason for each in own_presets(tmp_path) if isinstance(each, UnreadablePreset)}
    assert sorted(found) == ["mock-smoke", "renamed", "torn"]
    assert "json.syntax" in found["torn"]
    assert "preset.other_name" in found["renamed"]
    assert "preset.other_name" in found["mock-smoke"]


def test_a_users_preset_never_takes_the_place_of_one_that_comes_with_the_package(tmp_path: Path) -> None:
    write(tmp_path, "mock-smoke", iterations=1)
    assert find_preset("mock-smoke", own=tmp_path).preset.iterations == 5
