"""`worldflux evidence diff`: exit codes, formats, and the order in which things are said."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import worldflux
from tests.worldflux.audit.comparisons import first, pusht


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """One result, and a later one that is worse."""
    folder = tmp_path_factory.mktemp("packages")
    return [pusht(folder / "left", first(36, 40)), pusht(folder / "right", first(20, 40), run_info=["max_steps=250"])]


def test_what_differs_comes_first_then_the_verdict_then_the_numbers(packages: list[Path]) -> None:
    said = worldflux("evidence diff", *packages).out
    parts = [
        *(
            "Different claims and protocols.",
            "*  claim ",
            "?  max_steps ",
            "40 per task are on both sides",
            "\nREGRESSED\n",
        ),
        *(
            "36/40 against 20/40 in pairs",
            "20 both, 16 left only, 0 right only",
            "\nFindings\n",
            "*  success ",
            "*  verdict ",
        ),
        "pusht/0  36/40  20/40  -0.400  < 0.0001  < 0.0001",
    ]
    places = [said.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)


def test_markdown_and_json(packages: list[Path]) -> None:
    markdown = worldflux("evidence diff --format markdown", *packages).out
    assert markdown.startswith("# Evidence compared\n")
    assert "## Regressed\n" in markdown
    report = json.loads(worldflux("evidence diff --format json", *packages).out)
    assert report["verdict"] == "regressed"
    assert report["pairing"]["left_only"] == 16
    assert report["effect"]["interval_method"] == "newcombe_paired"
    assert report["inputs"]["shared_seeds"] == 40


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ("", 0, ""),
        ("--require regressed", 0, ""),
        ("--require no_difference_shown", 1, "the verdict is regressed, not no_difference_shown  [verdict.not_met]"),
        ("--replicate --within 60", 0, ""),
        ("--replicate --within 40", 1, "within 40 points: this is not shown  [replicate.not_within]"),
        ("--within 40", 2, "[replicate.within_alone]"),
        ("--replicate --within 0", 2, "--within"),
        ("--require better", 2, "--require"),
    ],
)
def test_exit_codes(options: str, code: int, said: str, packages: list[Path]) -> None:
    outcome = worldflux(f"evidence diff {options}", *packages)
    assert (outcome.code, said in outcome.err) == (code, True)
    assert ("REGRESSED" in outcome.out) == (code != 2)


def test_what_is_not_comparable_is_not_within_anything(packages: list[Path]) -> None:
    outcome = worldflux("evidence diff --replicate --within 99", packages[0], packages[0])
    assert outcome.code == 1
    assert "within 99 points: they are not comparable  [replicate.not_within]" in outcome.err
    assert "NOT COMPARABLE" in outcome.out


def test_a_reproduction_shows_its_gate(packages: list[Path]) -> None:
    said = worldflux("evidence diff --replicate --within 60", *packages).out
    assert "  - max steps: unknown; " in said
    assert "  - within 60 points, by two one-sided tests at 0.05: yes" in said


def test_a_missing_package_is_one_clear_error(packages: list[Path], tmp_path: Path) -> None:
    outcome = worldflux("evidence diff", packages[0], tmp_path / "nothing")
    assert (outcome.code, "[package.missing]" in outcome.err) == (3, True)
