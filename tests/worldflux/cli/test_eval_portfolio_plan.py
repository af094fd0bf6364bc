"""`eval-portfolio plan`, `render-plan`, `amend` and `commit-seed`."""

from __future__ import annotations

import json
import shlex
import stat
from pathlib import Path

import pytest

from tests.command import Outcome, inside, worldflux
from tests.worldflux.portfolio.planning_cases import contract_of
from tests.worldflux.portfolio.probing import profile_of
from worldbase import document
from worldflux.documents.plan import Plan


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1790000000")
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path / "home"))
    (tmp_path / "profile.json").write_bytes(document.dump(profile_of()))
    (tmp_path / "contract.json").write_bytes(document.dump(contract_of()))


def run(tmp_path: Path, line: str) -> Outcome:
    with inside(tmp_path):
        return worldflux(f"eval-portfolio {line}")


def plan_at(path: Path) -> Plan:
    return document.load(path, Plan).document


PLAN = (
    "plan --profile profile.json --seed 1234 --seed-source operator_supplied "
    "--custom-eval-contract contract.json --output plan.json"
)


def test_the_flow(tmp_path: Path) -> None:
    made = run(tmp_path, PLAN)
    assert (made.code, made.err) == (0, "")
    assert "862 episodes for a_policy" in made.out
    assert "LOCAL_PRIVATE" in made.out
    assert "operator supplied: the operator could have chosen it" in made.out
    rendered = run(tmp_path, "render-plan --plan plan.json --output plan.md")
    assert rendered.code == 0
    assert plan_at(tmp_path / "plan.json").digest in (tmp_path / "plan.md").read_text()


def test_the_same_command_gives_the_same_plan(tmp_path: Path) -> None:
    run(tmp_path, PLAN)
    first = (tmp_path / "plan.json").read_bytes()
    assert run(tmp_path, f"{PLAN} --overwrite --quiet").out == ""
    assert (tmp_path / "plan.json").read_bytes() == first


def test_a_second_plan_does_not_replace_the_first(tmp_path: Path) -> None:
    run(tmp_path, PLAN)
    again = run(tmp_path, PLAN)
    assert again.code == 2
    assert "output.exists" in again.err


def test_json(tmp_path: Path) -> None:
    report = json.loads(run(tmp_path, f"{PLAN} --format json").out)
    plan = plan_at(tmp_path / "plan.json")
    assert report["digest"] == plan.digest
    assert report["probes"] == {probe.id: probe.cells for probe in plan.probes}
    assert (report["visibility"], report["amends"]) == ("LOCAL_PRIVATE", None)


def test_options_of_size_and_rate(tmp_path: Path) -> None:
    line = "plan --profile profile.json --seed 1 --output p.json --probe libero --episodes 3 --tasks-per-axis 2"
    run(tmp_path, f"{line} --value 0.9 --margin 0.1 --alpha 0.01 --infra-error failure")
    plan = plan_at(tmp_path / "p.json")
    assert {probe.id for probe in plan.probes} == {"libero", "libero-pro", "libero-plus"}
    assert [probe.cells for probe in plan.probes if probe.id == "libero-pro"] == [5 * 2 * 3]
    rate = plan.planned_rate
    assert (rate.value, rate.margin, rate.alpha) == (0.9, 0.1, 0.01)
    assert plan.denominator_policy.infra_error == "failure"


def test_an_edited_plan_says_how_to_amend(tmp_path: Path) -> None:
    run(tmp_path, PLAN)
    path = tmp_path / "plan.json"
    path.write_text(path.read_text().replace('"lost"', '"failure"'))
    refused = run(tmp_path, "render-plan --plan plan.json --output plan.md")
    assert refused.code == 3
    assert "plan.altered" in refused.err
    assert "eval-portfolio amend" in refused.err
    assert not (tmp_path / "plan.md").exists()


def test_an_amendment(tmp_path: Path) -> None:
    run(tmp_path, PLAN)
    made = run(tmp_path, "amend --plan plan.json --reason 'more episodes' --episodes 12 --output plan2.json")
    assert made.code == 0
    before, after = plan_at(tmp_path / "plan.json"), plan_at(tmp_path / "plan2.json")
    assert before.digest in made.out
    assert after.amendment
    assert (after.amendment.amends, after.amendment.reason) == (before.digest, "more episodes")
    assert len(after.probes) == len(before.probes) == 3


@pytest.mark.parametrize(
    ("line", "code", "exit_code"),
    [
        ("amend --plan plan.json --reason x --output p.json", "plan.nothing_amended", 3),
        ("amend --plan plan.json --reason ' ' --episodes 3 --output p.json", "plan.reason", 2),
        ("amend --plan plan.json --reason x --episodes 3 --output plan.json", "output.exists", 2),
        ("plan --profile profile.json --output p.json", "plan.seed_missing", 3),
        ("plan --profile profile.json --seed abc --output p.json", "plan.seed", 3),
        ("plan --profile profile.json --seed 1 --probe libera --output p.json", "plan.unknown_probe", 3),
        ("plan --profile profile.json --seed 1 --probe calvin --output p.json", "plan.unfit_probe", 3),
        ("plan --profile profile.json --seed 1 --margin 0.9 --output p.json", "stats.argument", 2),
        ("plan --profile profile.json --seed 1 --value 80 --output p.json", "stats.argument", 2),
        ("plan --profile profile.json --seed 1 --margin nan --output p.json", "stats.argument", 2),
        ("plan --profile profile.json --seed 1 --margin 0 --alpha 2 --output p.json", "stats.argument", 2),
        ("plan --profile nowhere.json --seed 1 --output p.json", "file.missing", 3),
        ("plan --profile contract.json --seed 1 --output p.json", "document.kind", 3),
        ("plan --profile profile.json --seed-source commit_reveal --seed 1 --output p.json", "file.missing", 3),
        ("commit-seed --output c.json --beacon drand-default", "plan.commit_options", 2),
        ("commit-seed --output c.json --custom-eval-contract contract.json", "plan.commit_options", 2),
        ("commit-seed --output c.json --beacon drand-default --round 1", "plan.round_past", 3),
    ],
)
def test_what_is_refused(tmp_path: Path, line: str, code: str, exit_code: int) -> None:
    run(tmp_path, PLAN)
    before = {path.name for path in tmp_path.iterdir()}
    refused = run(tmp_path, line)
    assert f"[{code}]" in refused.err
    assert refused.code == exit_code
    assert "next:" in refused.err
    assert {path.name for path in tmp_path.iterdir()} == before


def test_a_seed_that_nobody_could_choose_alone(tmp_path: Path) -> None:
    committed = run(tmp_path, "commit-seed --profile profile.json --output sc.json")
    assert committed.code == 0
    salt = (tmp_path / "sc.salt").read_text().strip()
    assert salt not in committed.out + committed.err
    assert stat.S_IMODE((tmp_path / "sc.salt").stat().st_mode) == 0o600
    (tmp_path / "r.salt").write_text("the reviewer's own words\n")
    line = "plan --profile profile.json --seed-source commit_reveal --commitment sc.json"
    alone = run(tmp_path, f"{line} --output alone.json")
    mixed = run(tmp_path, f"{line} --reviewer-salt-file r.salt --output mixed.json")
    assert (alone.code, mixed.code) == (0, 0)
    assert plan_at(tmp_path / "alone.json").seed.grade == "chosen_by_operator"
    assert plan_at(tmp_path / "mixed.json").seed.grade == "mixed_with_reviewer"
    given = run(tmp_path, f"{line} --reviewer-salt-file r.salt --seed {shlex.quote(salt)} --output given.json")
    assert given.code == 0
    assert plan_at(tmp_path / "given.json").cells == plan_at(tmp_path / "mixed.json").cells


def test_a_commitment_to_the_salt_alone_says_so(tmp_path: Path) -> None:
    assert "will count as chosen by its operator" in run(tmp_path, "commit-seed --output sc.json").out
    report = json.loads(run(tmp_path, "commit-seed --profile profile.json --output d.json --format json").out)
    assert (report["names_profile"], report["visibility"]) == (True, "LOCAL_PRIVATE")


@pytest.mark.parametrize("command", ["plan", "amend", "commit-seed", "render-plan"])
def test_help_shows_an_example(tmp_path: Path, command: str) -> None:
    shown = run(tmp_path, f"{command} --help")
    assert shown.code == 0
    assert f"worldflux eval-portfolio {command} " in shown.out
