"""`worldflux explain`: one code, all codes, no such code."""

from __future__ import annotations

import json

import click
from click.shell_completion import ShellComplete

from tests.command import worldflux
from worldflux.cli import cli
from worldflux.explanations.catalogue import codes


def test_a_code_is_explained_with_formula_and_source() -> None:
    shown = worldflux("explain farrington_manning")
    assert shown.code == 0
    assert shown.out == (
        "farrington_manning  (statistical method)\n"
        "  Non-inferiority against a measured baseline: the baseline's own uncertainty counts.\n"
        "  formula  z = (p1 - p2 + margin) / sqrt(p1~ q1~/n1 + p2~ q2~/n2), rates restricted to\n"
        "           p1~ - p2~ = -margin\n"
        "  source   Farrington and Manning 1990, Statistics in Medicine 9, 1447-1454\n"
    )


def test_every_meaning_of_a_code_is_shown() -> None:
    shown = worldflux("explain short_of_plan").out
    assert "short_of_plan  (reason of a verdict)" in shown
    assert "short_of_plan  (flag of a metric)" in shown


def test_a_code_may_be_copied_with_its_brackets() -> None:
    shown = worldflux("explain [source.unknown]")
    assert shown.out.startswith("source.unknown  (error, exit code 2)\n")


def test_json_says_only_what_there_is_to_say() -> None:
    (told,) = json.loads(worldflux("explain seed.overlap --format json").out)
    assert told["kind"] == "finding"
    assert told["severity"] == "error"
    assert told["see"] == ["seed_overlap"]
    assert "formula" not in told
    assert "exit" not in told


def test_markdown() -> None:
    shown = worldflux("explain wilson --format markdown").out
    assert shown.startswith("## `wilson` (statistical method)\n\n")
    assert "- formula: `(k + z^2/2 ± z sqrt(k (n - k)/n + z^2/4)) / (n + z^2)`\n" in shown


def test_no_line_is_wider_than_a_terminal() -> None:
    for code in codes():
        assert max(map(len, worldflux("explain", code).out.splitlines())) <= 88, code


def test_without_a_code_all_are_listed() -> None:
    text = worldflux("explain").out.splitlines()
    listed = json.loads(worldflux("explain --format json").out)
    markdown = worldflux("explain --format markdown").out
    assert {entry["code"] for entry in listed} <= set(codes())
    assert {"finding", "statistic"} <= {entry["kind"] for entry in listed}
    assert {entry["group"] for entry in listed} >= {"", "Forensics on counts"}
    for entry in listed:
        assert any(line.startswith(entry["code"] + " ") for line in text)
        assert f"| `{entry['code']}` |" in markdown


def test_an_unknown_code_is_answered_with_the_nearest() -> None:
    shown = worldflux("explain forensics.granularty")
    assert shown.code == 2
    assert shown.out == ""
    assert "[explain.unknown]" in shown.err
    assert "Did you mean 'forensics.granularity'" in shown.err


def test_nonsense_is_sent_to_the_list() -> None:
    shown = worldflux("explain qqqqqqqqqq")
    assert shown.code == 2
    assert "`worldflux explain` lists all codes" in shown.err


def test_the_shell_completes_codes() -> None:
    completed = ShellComplete(cli, {}, "worldflux", "_WORLDFLUX_COMPLETE").get_completions(["explain"], "forensics.a")
    assert [item.value for item in completed] == ["forensics.average"]
    assert isinstance(cli, click.Group)
