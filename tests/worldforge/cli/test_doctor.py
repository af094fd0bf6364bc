"""`worldforge doctor`: a stable report, exit 4 where something needed is missing, and nothing changed by looking."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from tests.command import inside, worldforge
from tests.worldforge.benchmark.reports import sample_machine
from tests.worldforge.cli.plugins import installed, lay_out
from worldforge.benchmark.report import Clock
from worldforge.workflows import checkup


def report(words: str = "") -> tuple[int, dict[str, Any]]:
    outcome = worldforge(f"doctor {words} --format json")
    return outcome.code, json.loads(outcome.out)


def checks(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {each["check"]: (each["status"], each["detail"]) for each in found["checks"]}


def test_a_sound_installation(tmp_path: Path) -> None:
    with inside(tmp_path):
        code, found = report()
    assert (code, found["ok"], found["schema_version"]) == (0, True, 1)
    assert {"python", "msgspec", "workspace", "clock", "machine class", "governor"} <= set(checks(found))
    assert found["clock"]["overhead_ns"] > 0
    assert found["machine"]["usable_cpus"] >= 1
    assert found["providers"][0]["name"] == "mock"
    assert list(tmp_path.iterdir()) == []


def test_the_keys_of_the_report_are_fixed() -> None:
    _, found = report()
    assert list(found) == ["worldforge_version", "ok", "checks", "providers", "clock", "machine", "schema_version"]
    assert {tuple(each) for each in found["checks"]} == {("check", "status", "detail")}
    assert {tuple(each) for each in found["providers"]} == {("name", "status", "capabilities", "origin", "detail")}
    assert {each["status"] for each in found["checks"]} <= {"ok", "note", "missing"}


def test_providers_can_be_narrowed() -> None:
    _, found = report("--registered-only --capability embed")
    assert [each["name"] for each in found["providers"]] == ["mock"]
    assert "mock" in worldforge("doctor --registered-only --capability embed").out


def test_a_missing_library_exits_with_4(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "msgspec":
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(checkup, "version", version)
    code, found = report()
    assert (code, found["ok"]) == (4, False)
    assert checks(found)["msgspec"] == ("missing", "install it, or install worldflux again")
    assert "MISSING  msgspec" in worldforge("doctor").out


def test_a_missing_extra_is_worth_a_note_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name in {"mujoco", "rerun-sdk"}:
            raise PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(checkup, "version", version)
    code, found = report()
    assert code == 0
    status, detail = checks(found)["extra rerun"]
    assert status == "note"
    assert detail.endswith("worldflux[rerun]")


@pytest.mark.parametrize(
    ("source", "told"),
    [("raise ImportError('no /home/alice/torn.so')", "broken: ImportError"), ("", "broken: AttributeError")],
    ids=["import", "attribute"],
)
def test_a_broken_plugin_exits_with_4_and_is_named(tmp_path: Path, source: str, told: str) -> None:
    lay_out(tmp_path, "outside-torn", {"torn": "outside_torn:Torn"})
    (tmp_path / "outside_torn.py").write_text(source, encoding="utf-8")
    with installed(tmp_path):
        code, found = report()
    assert code == 4
    status, detail = checks(found)["provider torn"]
    assert status == "missing"
    assert detail.startswith(told)
    assert "alice" not in json.dumps(found)


def test_a_workspace_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with inside(tmp_path):
        code, found = report("--workspace-dir file")
    assert code == 4
    status, detail = checks(found)["workspace"]
    assert status == "missing"
    assert detail.startswith("file cannot be written: ")
    assert str(tmp_path) not in json.dumps(found)


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Usage:
        free = 1_000

    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage)
    code, found = report(f"--workspace-dir {tmp_path / 'runs'}")
    assert code == 4
    assert checks(found)["workspace"] == ("missing", "runs can be written, 0.0 GB free")


@pytest.mark.parametrize(
    ("machine", "check", "expected"),
    [
        ({"governor": "performance"}, "governor", ("ok", "performance")),
        ({"governor": None}, "governor", ("ok", "none to be read here, as in most virtual machines")),
        (
            {"governor": "powersave"},
            "governor",
            ("note", "powersave: latencies depend on what ran before; `performance` is steadier"),
        ),
        ({"load_average": 0.5, "usable_cpus": 2}, "load", ("ok", "0.50 on 2 processors")),
        (
            {"load_average": 1.5, "usable_cpus": 2},
            "load",
            ("note", "1.50 on 2 processors: other work will show in latencies"),
        ),
    ],
    ids=["steady", "unreadable", "powersave", "quiet", "busy"],
)
def test_what_disturbs_measurements_is_noted(
    monkeypatch: pytest.MonkeyPatch, machine: dict[str, Any], check: str, expected: tuple[str, str]
) -> None:
    monkeypatch.setattr(checkup, "machine", lambda: sample_machine(**machine))
    code, found = report()
    assert code == 0
    assert checks(found)[check] == expected


def test_a_load_that_is_not_known_is_not_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "machine", lambda: sample_machine(load_average=None))
    assert "load" not in checks(report()[1])


@pytest.mark.parametrize(("resolution", "status"), [(41, "ok"), (15_600_000, "note")], ids=["fine", "coarse"])
def test_a_coarse_clock_is_noted(monkeypatch: pytest.MonkeyPatch, resolution: int, status: str) -> None:
    clock = Clock(name="perf_counter_ns", resolution_ns=resolution, overhead_ns=52.0)
    monkeypatch.setattr(checkup, "measure_clock", lambda: clock)
    found = checks(report()[1])["clock"]
    assert found == (status, f"perf_counter_ns: reading it takes 52 ns, its smallest step is {resolution} ns")
