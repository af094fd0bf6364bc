"""Runs made to mislead whoever looks at them in a terminal: markup, escapes, names without end, files that are none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from textual.pilot import Pilot

from tests.command import inside
from tests.worldforge.benchmark.reports import sample_report, sample_result
from tests.worldforge.view.piloting import WIDE, drive, view
from tests.worldforge.view.workspaces import (
    BASELINE,
    CANDIDATE,
    EVALUATION,
    NOW,
    sample_evaluation,
    sample_gate,
    sample_workspace,
    write_run,
)
from worldbase.document import dump
from worldforge.evaluation.documents import TrialError
from worldforge.runs import folder
from worldforge.runs.manifest import MANIFEST
from worldforge.view.app import Viewer

RUN = "20260506T120000Z-0badf00d"
SECRET = "hf_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789"
NAMES = {
    "markup": "[bold red]x[/]",
    "closing": "[/][/bold]]",
    "action": "[@click=app.quit]press[/]",
    "colour": "\x1b[31mred\x1b[0m",
    "clear": "\x1b[2J\x1b[H\x1bc",
    "title": "\x1b]0;owned\x07",
    "lines": "a\r\nb\tc\x00d",
    "reversed": "a\u202eb\u2066c",
    "invisible": "a\u200bb\u00adc\ufe0f",
    "wide": "日本語のプロバイダー" * 20,
    "long": "x" * 5000,
    "marks": "e\u0301\u0301\u0301 z\u0334",
    "blank": "   ",
    "surrogate": "a\ud800b",
}


def hostile_benchmark(root: Path, name: str) -> Path:
    """A benchmark in which every text is hostile."""
    report = sample_report(
        results=[
            sample_result(provider=name, operation=name, flags=[name], errors=[name], error_count=1, success_count=199)
        ],
        claim_boundary=name,
        metric_semantics=name,
    )
    violation = structs.replace(sample_gate().violations[0], provider=name, operation=name, budget_selector=name)
    files = {
        "reports/report.json": report.to_json().encode(errors="replace"),
        "reports/gate.json": dump(structs.replace(sample_gate(), violations=[violation])),
    }
    said: dict[str, Any] = {"provider": name, "operation": name, "command": name, "kind": "benchmark"}
    return write_run(root, RUN, files, **said, input_summary={name: name}, result_summary={"budget_passed": False})


def hostile_evaluation(root: Path, name: str) -> Path:
    """An evaluation in which every text is hostile."""
    report = sample_evaluation(suite=name, claim_boundary=name)
    error = TrialError(kind=name, message=name)
    results = [
        structs.replace(
            result,
            scenario=name,
            provider=name,
            metrics={name: name, "nested": {name: [name]}},
            trials=[
                structs.replace(trial, error=error)
                for trial in (result.trials if isinstance(result.trials, list) else [])
            ],
        )
        for result in report.results
    ]
    summaries = [structs.replace(summary, provider=name) for summary in report.provider_summaries]
    gallery = report.gallery()
    cases = [
        structs.replace(
            case,
            scenario=name,
            provider=name,
            expected_contract_notes=name,
            observed_result=name,
            triage_steps=[name],
            metrics_preview={name: name},
            error=error,
        )
        for case in gallery.cases
    ]
    hostile = structs.replace(
        report,
        results=results,
        provider_summaries=summaries,
        failure_gallery=structs.replace(gallery, cases=cases),
    )
    return write_run(root, RUN, {"reports/report.json": hostile.to_json().encode()}, kind="eval", provider=name)


@pytest.mark.parametrize("make", [hostile_benchmark, hostile_evaluation], ids=["benchmark", "evaluation"])
@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_drawn_and_do_nothing(tmp_path: Path, name: str, make: Callable[[Path, str], Path]) -> None:
    text = NAMES[name].encode("utf-8", "replace").decode()
    make(tmp_path, text)
    screens: list[str] = []

    async def through_all_tabs(pilot: Pilot[list[str]]) -> None:
        for _ in range(5):
            screens.append("".join(strip.text + "\n" for strip in _strips(pilot)))
            await pilot.press("right")

    for run in (None, RUN):
        drive(Viewer(tmp_path, run, clock=lambda: NOW), through_all_tabs, size=WIDE)
    shown = "".join(screens)
    assert all(line.isprintable() for line in shown.splitlines())
    assert set(map(len, shown.splitlines())) <= set(range(WIDE[0] + 1))
    if name in ("markup", "closing", "action"):
        assert shown.count(text) > 5


def _strips(pilot: Pilot[list[str]]) -> Any:
    return pilot.app.screen._compositor.render_strips(pilot.app.size)


def test_markup_in_a_name_has_no_colour_of_its_own(tmp_path: Path) -> None:
    hostile_benchmark(tmp_path, NAMES["markup"])
    drawn: list[Any] = []

    async def look(pilot: Pilot[list[str]]) -> None:
        drawn.extend(segment for strip in _strips(pilot) for segment in strip if NAMES["markup"] in segment.text)

    drive(Viewer(tmp_path, RUN, clock=lambda: NOW), look, size=WIDE)
    colours = {segment.style.color.name for segment in drawn}
    assert drawn
    assert colours == {"#d8dee6", "#e5b450"}, "those of a name and of a flag"
    assert all(not segment.style.meta for segment in drawn if segment.style)


def test_secrets_are_on_no_screen(tmp_path: Path) -> None:
    said = f"HF_TOKEN={SECRET} /home/somebody/checkpoints"
    for make in (hostile_benchmark, hostile_evaluation):
        make(tmp_path, said)
        for keys in ([], ["2"], ["3"], ["4"], ["5"]):
            shown = view(tmp_path, keys, run=RUN, size=(200, 70)).text.replace("\n", "").replace(" ", "")
            assert SECRET not in shown
            assert "somebody" not in shown
    assert SECRET not in view(tmp_path, size=(200, 70)).text


def test_a_file_with_a_hostile_name(tmp_path: Path) -> None:
    hostile_benchmark(tmp_path, "mock")
    (tmp_path / "runs" / RUN / "a\x1b]0;x\x07[red].json").write_text("{}")
    shown = view(tmp_path, ["4"], run=RUN, size=WIDE).text
    assert "a\\u{1b}]0;x\\u{7}[red].json" in shown


def _pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _link(path: Path) -> None:
    path.unlink()
    path.symlink_to("/etc/hostname")


def _huge(path: Path) -> None:
    with path.open("r+b") as stream:
        stream.truncate(10 * folder.MAX_REPORT_BYTES)


def _bytes(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


SHAPES = {
    "pipe": _pipe,
    "folder": _folder,
    "link": _link,
    "huge": _huge,
    "empty": _bytes(b""),
    "not-json": _bytes(b"{"),
    "not-utf8": _bytes(b'{"a": "\xff"}'),
    "other": _bytes(b'{"a": 1}'),
    "list": _bytes(b"[1, 2]"),
    "deep": _bytes(b'{"a":' * 50_000),
}


@pytest.mark.parametrize("run", [CANDIDATE, EVALUATION], ids=["benchmark", "evaluation"])
@pytest.mark.parametrize("name", [MANIFEST, "reports/report.json"])
@pytest.mark.parametrize("shape", SHAPES)
def test_a_file_that_is_none_is_a_page_that_says_so(tmp_path: Path, run: str, name: str, shape: str) -> None:
    sample_workspace(tmp_path)
    SHAPES[shape](tmp_path / "runs" / run / name)
    seen = view(tmp_path, run=run)
    assert "cannot be read" in seen.text or "left no report" in seen.text
    assert "[Problem]" in seen.text or "[Report]" in seen.text
    if name == MANIFEST:
        assert "✗ unreadable" in view(tmp_path).text


@pytest.mark.parametrize("shape", ["pipe", "not-json", "deep", "link"])
def test_a_broken_run_cannot_be_compared_and_says_why(tmp_path: Path, shape: str) -> None:
    sample_workspace(tmp_path)
    SHAPES[shape](tmp_path / "runs" / CANDIDATE / "reports" / "report.json")
    assert "cannot be compared" in view(tmp_path, ["j", "j", "j", "c", "g", "c"]).text


def test_a_run_that_is_a_link_is_listed_as_unreadable(tmp_path: Path) -> None:
    outside = sample_workspace(tmp_path / "outside") / "runs" / CANDIDATE
    workspace = tmp_path / "workspace"
    (workspace / "runs").mkdir(parents=True)
    (workspace / "runs" / CANDIDATE).symlink_to(outside)
    assert "✗ unreadable" in view(workspace).text


def test_a_summary_without_end_is_cut(tmp_path: Path) -> None:
    value: Any = "x" * 100_000
    for _ in range(200):
        value = {"a": value, "b": list(range(50))}
    files = {"results/summary.json": json.dumps(value).encode()}
    write_run(tmp_path, RUN, files, kind="demo_showcase")
    assert "[Summary]" in view(tmp_path, ["G"], run=RUN).text


def test_a_workspace_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no workspace")
    assert "There are no runs" in view(tmp_path / "file").text


@pytest.mark.parametrize("typed", ["[", "(", "*", "\\", "left_square_bracket"])
def test_a_filter_is_words_and_no_pattern(tmp_path: Path, typed: str) -> None:
    sample_workspace(tmp_path)
    assert "0 of 7 runs" in view(tmp_path, ["slash", typed]).text


def test_looking_changes_nothing(tmp_path: Path) -> None:
    with inside(tmp_path):
        workspace = sample_workspace(Path(".worldforge"))
        before = _state(tmp_path)
        for run in (CANDIDATE, EVALUATION):
            view(workspace, ["2", "3", "4", "5", "escape", "G", "enter", "escape", "r", "slash", "m", "enter"], run=run)
        view(workspace, ["j", "j", "j", "c", "g", "c", "2", "3", "o"])
        assert _state(tmp_path) == before
        assert BASELINE in str(before)


def _state(root: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything below a folder: times, modes, contents."""
    return {
        str(path.relative_to(root)): (
            path.stat().st_mtime_ns,
            path.stat().st_mode,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(root.rglob("*"))
    }
