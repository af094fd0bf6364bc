"""`worldflux eval-portfolio probes`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Outcome, worldflux
from tests.worldflux.portfolio.probing import profile_of
from worldbase.document import dump
from worldflux.portfolio.probes.registry import probes, registry_digest


def run(*arguments: object) -> Outcome:
    return worldflux("eval-portfolio probes", *arguments)


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "profile.json"
    path.write_bytes(dump(profile_of(robot_model="ur5e|<b>")))
    return path


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_list_names_every_probe_and_the_digest(form: str) -> None:
    outcome = run("--format", form)
    assert (outcome.code, outcome.err) == (0, "")
    assert all(probe.id in outcome.out for probe in probes())
    assert "10,030" in outcome.out
    assert registry_digest() in outcome.out


def test_the_list_as_data() -> None:
    value = json.loads(run("--format", "json").out)
    assert value["registry"]["digest"] == registry_digest()
    assert value["profile"] is None
    by_id = {entry["id"]: entry for entry in value["probes"]}
    assert by_id["libero-pro"]["task_axis_pairs"] == 200
    assert by_id["custom"]["tasks"] is None
    assert "fit" not in by_id["libero"]


def test_with_a_profile_the_list_says_which_fit_and_why_not(profile: Path) -> None:
    words = " ".join(run("--profile", profile).out.split())
    assert "libero-pro: always taken for this simulator." in words
    assert "libero: fits." in words
    assert "calvin: left out. simulator_family is libero; the probe runs in calvin." in words
    fits = {
        entry["id"]: entry["fit"] for entry in json.loads(run("--profile", profile, "--format", "json").out)["probes"]
    }
    assert [name for name, fit in fits.items() if fit["fits"]] == ["libero-pro", "libero-plus", "libero"]
    assert fits["robotwin"]["reasons"]


@pytest.mark.parametrize("arguments", [(), ("libero",)])
def test_names_from_a_profile_cannot_break_out_of_a_page(profile: Path, arguments: tuple[str, ...]) -> None:
    page = run(*arguments, "--profile", profile, "--format", "markdown").out
    assert "<b>" not in page.replace("\\<b>", "")
    assert "ur5e\\|\\<b>" in page


@pytest.mark.parametrize("probe", probes(), ids=lambda probe: probe.id)
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_one_probe_is_shown_in_full(probe: object, form: str) -> None:
    known = next(entry for entry in probes() if entry is probe)
    outcome = run(known.id, "--format", form)
    assert (outcome.code, outcome.err) == (0, "")
    words = " ".join(outcome.out.split())
    for text in (
        *known.can_show,
        *known.cannot_show,
        *known.traps,
        known.licence,
        known.source,
        *(axis.name for axis in known.axes if known.id == "libero-pro"),
        *(suite.id for suite in known.suites),
        *(run.note for run in known.runs),
        *(run.command for run in known.runs),
    ):
        assert " ".join(text.split()) in words
    if form == "markdown":
        assert all(run.config in outcome.out for run in known.runs)


def test_one_probe_as_data_says_how_it_fits(profile: Path) -> None:
    value = json.loads(run("libero-plus", "--profile", profile, "--format", "json").out)
    assert value["fit"]["always"]
    assert value["fit"]["cautions"] == ["robot_model is ur5e|<b>; the probe simulates franka-panda."]
    assert value["task_axis_pairs"] == 10_030
    assert value["suites"][0]["blocks"][0] == {"axis": "background", "first": 0, "tasks": 258}


def test_lines_of_the_text_fit_a_terminal_but_for_commands() -> None:
    for probe in probes():
        commands = {f"  {run.command}" for run in probe.runs}
        assert max(len(line) for line in run(probe.id).out.splitlines() if line not in commands) <= 120


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    outcome = run("libero-plsu")
    assert outcome.code == 2
    assert "[probe.unknown]" in outcome.err
    assert "Did you mean 'libero-plus'?" in outcome.err
    assert "eval-portfolio probes" in run("zzzzzz").err


def test_a_file_that_is_no_profile_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_text('{"schema_version": "worldflux.claim.v0"}', encoding="utf-8")
    outcome = run("--profile", path)
    assert outcome.code == 3
    assert "Traceback" not in outcome.err
    assert run("--profile", tmp_path / "absent.json").code == 3


def test_the_command_is_found_under_its_group() -> None:
    outcome = worldflux("eval-portfolio probes --format json")
    assert outcome.code == 0
