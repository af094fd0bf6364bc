"""The probe registry: real counts, lazy pairs, names of evidence, commands, and a digest that shows every change."""

from __future__ import annotations

import itertools
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worldflux.portfolio.probing import probe_of
from worldbase import digest
from worldflux.benchmarks.planned_grid import unplanned_grid
from worldflux.benchmarks.registry import find_benchmark
from worldflux.portfolio.probes import registry
from worldflux.portfolio.probes.commands import filled
from worldflux.portfolio.probes.evidence_names import located
from worldflux.portfolio.probes.joined import Entry, joined
from worldflux.portfolio.probes.model import Probe
from worldflux.portfolio.probes.registry import (
    REGISTRY_VERSION,
    TaskAxis,
    find_probe,
    harnesses,
    probes,
    registry_digest,
    simulator_families,
    task_keys,
)
from worldflux.sources.registry import SOURCES

DATA = Path(registry.__file__).parent / "data"
RUNS = [(probe, run) for probe in probes() for run in probe.runs]
KNOWN_PLACEHOLDERS = {"suite", "task", "axis", "axis_id", "episodes", "start_seed"}


def _id(value: Any) -> str:
    return getattr(value, "id", "") or getattr(value, "harness", "")


# -- the data


def test_the_probes_that_a_plan_may_choose_from() -> None:
    assert [probe.id for probe in probes()] == [
        "libero-pro",
        "libero-plus",
        "libero",
        "simpler-env",
        "robocasa",
        "calvin",
        "robotwin",
        "meta-world",
        "maniskill",
        "lbm-eval",
        "custom",
    ]


@pytest.mark.parametrize("probe", [probe for probe in probes() if probe.family], ids=_id)
def test_counts_are_those_of_the_benchmark_registry(probe: Probe) -> None:
    benchmark = find_benchmark(probe.family)
    assert benchmark is not None
    known = {suite.id: suite for suite in benchmark.suites}
    for suite in probe.suites:
        if suite.id in known:
            assert (suite.tasks, suite.max_steps) == (known[suite.id].tasks, known[suite.id].max_steps)
            assert [suite.task_key(index) for index in range(suite.tasks)] == known[suite.id].task_keys()
        else:
            assert suite.tasks == len(suite.task_names)


def test_libero_plus_has_ten_thousand_variants_in_seven_categories() -> None:
    probe = probe_of("libero-plus")
    pairs = task_keys(probe)
    benchmark = find_benchmark("LIBERO-Plus")
    assert benchmark is not None
    assert len(pairs) == probe.tasks == sum(suite.tasks for suite in benchmark.suites) == 10_030
    counted: Counter[str] = Counter()
    for suite in benchmark.suites:
        counted.update(suite.category_counts)
    by_axis = {axis.id: len(pairs.of_axis(axis.id)) for axis in probe.axes}
    assert by_axis == {axis.id: count for name, count in counted.items() if (axis := benchmark.axis(name))}
    assert len(set(pairs)) == len({pair.task for pair in pairs}) == 10_030


def test_libero_plus_indexes_are_those_of_its_own_list() -> None:
    """Where `language_task_ids.json` of LIBERO-Plus puts the variants of language (ids from 1)."""
    probe = probe_of("libero-plus")
    blocks = {suite.id: {block.axis: block for block in suite.blocks} for suite in probe.suites}
    language = {
        name: (of["language"].first + 1, of["language"].first + of["language"].tasks) for name, of in blocks.items()
    }
    assert language == {
        "libero_plus_spatial": (985, 1374),
        "libero_plus_object": (1043, 1396),
        "libero_plus_goal": (1099, 1508),
        "libero_plus_10": (1102, 1484),
    }
    spatial = blocks["libero_plus_spatial"]
    assert (spatial["robot"].first, spatial["camera"].first) == (258, 608)


def test_libero_pro_tries_forty_tasks_along_five_axes() -> None:
    probe = probe_of("libero-pro")
    assert [axis.id for axis in probe.axes] == ["object", "position", "semantic", "task", "environment"]
    assert len(task_keys(probe)) == 200
    assert len(task_keys(probe).of_axis("position")) == 40


def test_a_default_plan_of_everything_stays_inline() -> None:
    for probe in probes():
        pairs = task_keys(probe)
        drawn = sum(min(probe.sampled_tasks, len(pairs.of_axis(axis.id))) for axis in probe.axes)
        assert drawn * probe.episodes_per_task <= 1000
        assert all(probe.sampled_tasks <= len(pairs.of_axis(axis.id)) for axis in probe.axes)


def test_libero_plus_says_that_it_has_no_licence() -> None:
    assert "no licence file" in probe_of("libero-plus").licence


@pytest.mark.parametrize("probe", probes(), ids=_id)
def test_every_probe_says_what_it_shows_and_what_not(probe: Probe) -> None:
    assert probe.can_show
    assert probe.cannot_show
    assert probe.licence
    assert probe.source
    assert probe.template or (probe.suites and probe.embodiments and probe.simulators and probe.traps)
    text = json.dumps(msgspec.to_builtins(probe)).lower()
    assert not re.search(r"\b(pass|passed|certified|deployable|approved)\b", text)


def test_no_word_means_two_axes_of_a_probe() -> None:
    for probe in probes():
        words = [{axis.id, *axis.aliases, axis.harness_name} - {""} for axis in probe.axes]
        for first, second in itertools.combinations(words, 2):
            assert not first & second, probe.id


def test_a_template_has_no_tasks() -> None:
    assert [probe.id for probe in probes() if probe.template] == ["custom"]
    assert len(task_keys(probe_of("custom"))) == 0


def test_probes_are_found_however_they_are_spelt() -> None:
    assert find_probe("LIBERO_Plus") is find_probe("libero-plus") is find_probe("libero plus") is not None
    assert find_probe("libro") is None


def test_each_probe_runs_in_a_named_simulator() -> None:
    assert simulator_families()[0] == "libero"
    assert set(simulator_families()) == {probe.simulators[0] for probe in probes() if not probe.template}


# -- pairs


@pytest.mark.parametrize("probe", probes(), ids=_id)
def test_pairs_by_index_are_pairs_by_turn(probe: Probe) -> None:
    pairs = task_keys(probe)
    listed = list(pairs)
    assert [pairs[index] for index in range(len(pairs))] == listed == pairs[:]
    assert [*pairs[-3:]] == listed[-3:]
    assert len(set(listed)) == len(listed)
    assert all(pair in pairs for pair in listed[::97])
    assert sum(len(pairs.of_axis(axis.id)) for axis in probe.axes) == len(listed)


def test_what_is_no_pair_is_not_contained() -> None:
    pairs = task_keys(probe_of("libero-plus"))
    assert ("libero_plus_spatial/0", "background") in pairs
    for pair in (
        ("libero_plus_spatial/0", "camera"),
        ("libero_plus_spatial/2402", "light"),
        ("libero_plus_spatial/00", "background"),
        ("libero_plus_spatial/٣", "background"),
        ("libero_spatial/0", "background"),
        "libero_plus_spatial/0",
        (0, "background"),
    ):
        assert pair not in pairs
    with pytest.raises(IndexError):
        pairs[len(pairs)]


def test_pairs_take_no_room() -> None:
    held = task_keys(probe_of("libero-plus"))
    assert sum(map(sys.getsizeof, vars(held).values())) < 2000


# -- names of evidence


@pytest.mark.parametrize("suite", ["libero_spatial", "libero_object", "libero_goal", "libero_10"])
def test_an_audit_of_libero_plus_gives_the_planned_key(suite: str) -> None:
    """vla-eval and LeRobot write suite and index; an audit under LIBERO-Plus makes this key of them."""
    pairs = set(task_keys(probe_of("libero-plus")).of_axis("camera"))
    of_suite = [pair.task for pair in pairs if pair.task.startswith(f"{suite.replace('libero', 'libero_plus')}/")]
    index = of_suite[0].rpartition("/")[2]
    assert unplanned_grid("LIBERO-Plus").task_key(suite, int(index)) == of_suite[0]


@pytest.mark.parametrize(
    ("probe", "task", "perturbation", "pair"),
    [
        ("libero-plus", "libero_plus_goal/700", None, ("libero_plus_goal/700", "camera")),
        ("libero-plus", "libero_plus_goal/700", "Camera Viewpoints", ("libero_plus_goal/700", "camera")),
        ("libero-plus", "libero_goal/700", None, ("libero_plus_goal/700", "camera")),
        ("libero-plus", "libero_plus_goal/2591", None, None),
        ("libero-pro", "libero_pro_goal/3", "swap", ("libero_pro_goal/3", "position")),
        ("libero-pro", "libero_goal_swap/3", None, ("libero_pro_goal/3", "position")),
        ("libero-pro", "libero_10_lan/9", None, ("libero_pro_10/9", "semantic")),
        ("libero-pro", "libero_pro_goal/3", None, None),
        ("libero-pro", "libero_pro_goal/3", "camera", None),
        ("libero-pro", "libero_goal/10", "swap", None),
        ("libero", "libero_spatial/3", None, ("libero_spatial/3", "none")),
        ("libero", "libero_90/3", None, None),
        ("robotwin", "grab_roller", "hard", ("grab_roller", "randomized")),
        ("robotwin", "grab_roller", None, None),
        (
            "simpler-env",
            "widowx_stack_cube",
            None,
            ("StackGreenCubeOnYellowCubeBakedTexInScene-v0", "visual_matching"),
        ),
        ("maniskill", "PickCube-v0", None, ("PickCube-v0", "none")),
        ("maniskill", "PickCube-v1", None, None),
        ("custom", "anything/0", None, None),
    ],
)
def test_evidence_is_located_by_any_name(
    probe: str, task: str, perturbation: str | None, pair: tuple[str, str] | None
) -> None:
    assert located(probe_of(probe), task, perturbation) == pair


def test_a_variant_under_another_axis_is_not_the_planned_cell() -> None:
    probe = probe_of("libero-plus")
    found = located(probe, "libero_plus_goal/700", "Sensor Noise")
    assert found == ("libero_plus_goal/700", "noise")
    assert found not in task_keys(probe)


@pytest.mark.parametrize("probe", probes(), ids=_id)
def test_every_planned_pair_is_located_by_its_own_name(probe: Probe) -> None:
    pairs = task_keys(probe)
    for index in range(0, len(pairs), 37):
        assert located(probe, *pairs[index]) == pairs[index]


# -- commands


@pytest.mark.parametrize(("probe", "run"), RUNS, ids=_id)
def test_a_command_has_nothing_left_to_fill_in(probe: Probe, run: Any) -> None:
    cell = task_keys(probe)[-1]
    found = filled(probe, run, cell, episodes=7, start_seed=4242)
    text = found.command + found.config + found.config_file
    assert not re.search(r"[{}]", text)
    placeholders = set(re.findall(r"\{(\w+)\}", run.command + run.config + run.config_file))
    assert placeholders <= KNOWN_PLACEHOLDERS
    assert "episodes" in placeholders
    assert ("start_seed" in placeholders) or "seed" in run.note
    assert bool(run.config) == bool(run.config_file)


@pytest.mark.parametrize(("probe", "run"), RUNS, ids=_id)
def test_a_run_is_told_what_it_covers(probe: Probe, run: Any) -> None:
    text = run.command + run.config
    assert ("{task}" in text) == (run.covers == "task")
    if run.covers != "task" and probe.tasks > 1:
        assert "{suite}" in text
    if run.covers == "axis":
        assert "{axis}" in text


def test_commands_speak_the_words_of_their_harness() -> None:
    plus = probe_of("libero-plus")
    run = plus.run("lerobot")
    assert run is not None
    command = filled(plus, run, TaskAxis("libero_plus_goal/700", "camera"), episodes=1, start_seed=5).command
    assert "--env.task=libero_goal --env.task_ids='[700]'" in command
    assert command.endswith("--seed=5")
    pro = probe_of("libero-pro")
    run = pro.run("vla-eval")
    assert run is not None
    config = filled(pro, run, TaskAxis("libero_pro_goal/7", "position"), episodes=10, start_seed=5).config
    assert "suite: libero_goal\n      perturbation: swap\n      seed: 5" in config
    plain = probe_of("libero")
    run = plain.run("gr00t-n1.7")
    assert run is not None
    command = filled(plain, run, TaskAxis("libero_10/0", "none"), episodes=3, start_seed=5).command
    assert "--env-name libero_sim/LIVING_ROOM_SCENE2_" in command
    simpler = probe_of("simpler-env")
    run = simpler.run("vla-eval")
    assert run is not None
    cell = TaskAxis("PutCarrotOnPlateInScene-v0", "visual_matching")
    assert filled(simpler, run, cell, episodes=24, start_seed=5).config_file == "widowx_carrot_on_plate.yaml"


@pytest.mark.parametrize("cell", [("libero_spatial/10", "none"), ("libero_spatial/0", "camera")])
def test_a_command_for_what_a_probe_does_not_have_is_refused(cell: tuple[str, str]) -> None:
    probe = probe_of("libero")
    with pytest.raises(LookupError):
        filled(probe, probe.runs[0], TaskAxis(*cell), episodes=1, start_seed=1)


def test_a_harness_that_asks_for_names_is_refused_where_nobody_knows_them() -> None:
    probe = probe_of("libero-pro")
    by_name = msgspec.structs.replace(probe.runs[0], task_by="name")
    with pytest.raises(LookupError, match="names"):
        filled(probe, by_name, task_keys(probe)[0], episodes=1, start_seed=1)


def test_every_run_has_a_harness_whose_output_can_be_imported() -> None:
    known = {harness.id: harness for harness in harnesses()}
    assert {run.harness for _, run in RUNS} == set(known)
    assert {harness.source for harness in known.values()} <= set(SOURCES.names())
    assert all(harness.not_recorded for harness in known.values())
    assert probe_of("libero").harnesses["lerobot"].startswith("lerobot-eval ")
    for probe in probes():
        assert len({run.harness for run in probe.runs}) == len(probe.runs)


# -- digest


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in _leaves(item, (*path, key))]
    if isinstance(value, list | tuple):
        return [leaf for index, item in enumerate(value) for leaf in _leaves(item, (*path, index))]
    return [path]


def _changed(value: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value} "
    copied: Any = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = _changed(copied[path[0]], path[1:])
    return copied


_WHOLE = {
    "version": REGISTRY_VERSION,
    "probes": msgspec.to_builtins(probes()),
    "harnesses": msgspec.to_builtins(harnesses()),
}
_LEAVES = _leaves(_WHOLE)


def test_the_digest_is_of_probes_harnesses_and_version() -> None:
    assert registry_digest() == digest.of_value(_WHOLE)
    facts = json.dumps(_WHOLE["probes"])
    assert "2402" in facts
    assert "adjust_bottle" in facts
    assert "Camera Viewpoints" in facts


@given(leaf=st.sampled_from(_LEAVES))
def test_any_change_shows_in_the_digest(leaf: tuple[Any, ...]) -> None:
    assert digest.of_value(_changed(_WHOLE, leaf)) != registry_digest()


def test_a_change_of_a_benchmark_shows_in_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    benchmark = find_benchmark("LIBERO")
    assert benchmark is not None
    longer = msgspec.structs.replace(benchmark.suites[0], tasks=11)
    other = msgspec.structs.replace(benchmark, suites=(longer, *benchmark.suites[1:]))
    entry = msgspec.toml.decode((DATA / "libero.toml").read_bytes(), type=Entry)
    monkeypatch.setattr("worldflux.portfolio.probes.joined.find_benchmark", lambda name: other)
    assert joined(entry) != probe_of("libero")
    assert joined(entry).tasks == probe_of("libero").tasks + 1


# -- data that does not fit its benchmark


def _entry(name: str) -> Entry:
    return msgspec.toml.decode((DATA / f"{name}.toml").read_bytes(), type=Entry)


@pytest.mark.parametrize(
    "change",
    [
        {"benchmark": "LIBERO-Minus"},
        {"benchmark": "LIBERO"},
        {"variant_order": ("background", "robot")},
        {"variant_order": ("background", "background", "camera", "language", "noise", "layout", "light")},
    ],
)
def test_data_that_does_not_fit_its_benchmark_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(LookupError, match="libero-plus"):
        joined(msgspec.structs.replace(_entry("libero_plus"), **change))


def test_a_misspelt_field_is_refused() -> None:
    data = (DATA / "libero.toml").read_text(encoding="utf-8").replace("tasks_note", "task_note")
    with pytest.raises(msgspec.ValidationError):
        msgspec.toml.decode(data, type=Entry)


def test_every_data_file_is_a_probe_of_the_index() -> None:
    files = {path.stem.replace("_", "-") for path in DATA.glob("*.toml")} - {"index"}
    assert files == {probe.id for probe in probes()}
