"""The command line: helps, exit codes, formats, and errors that say what to do."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.command import Outcome, inside, worldflux
from tests.conftest import Golden
from worldflux.cli import cli
from worldforge.cli import cli as worldforge_cli

NEVER_AT_START = [
    "asyncio",
    "cryptography",
    "jsonschema",
    "litestar",
    "msgspec",
    "numpy",
    "pandas",
    "ray",
    "rich",
    "scipy",
    "sigstore",
    "sqlalchemy",
    "ssl",
    "statistics",
    "torch",
]
COMMANDS = [
    "",
    "demo",
    "claim",
    "claim create",
    "claim from-paper-url",
    "claim templates",
    "claim check",
    "claim bind",
    "audit",
    "audit run",
    "audit quick",
    "audit scan",
    "audit import",
    "audit import run-folder",
    "audit sign",
    "audit verify",
    "audit review",
    "audit review sign",
    "audit pack",
    "audit unpack",
    "audit verifier",
    "source",
    "source list",
    "source show",
    "source template",
    "benchmarks",
    "benchmarks list",
    "benchmarks show",
    "bridge",
    "bridge cosmos-predict",
    "record",
    "evidence",
    "evidence inspect",
    "evidence diff",
    "key",
    "key generate",
    "key list",
    "key export",
    "key trust",
    "key revoke",
    "trust",
    "trust init",
    "trust add",
    "trust revoke",
    "trust check",
    "trust show",
    "eval-profile",
    "eval-profile create",
    "eval-profile show",
    "eval-profile check",
    "eval-portfolio",
    "eval-portfolio probes",
    "eval-portfolio contract-template",
    "eval-portfolio commit-seed",
    "eval-portfolio plan",
    "eval-portfolio render-plan",
    "eval-portfolio freeze",
    "eval-portfolio amend",
    "eval-portfolio render-run-sheet",
    "eval-portfolio packet",
    "eval-portfolio reviewer-brief",
    "plan-log",
    "plan-log append",
    "plan-log list",
    "plan-log prove",
    "plan-log verify",
    "power",
    "compare",
    "explain",
    "stats",
    "stats vectors",
    "schema",
    "schema list",
    "schema show",
    "doctor",
    "completion",
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command or "worldflux")
def test_help_texts(command: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = worldflux(f"{command} --help")
    assert shown.code == 0
    golden(f"help/worldflux{'-' if command else ''}{command.replace(' ', '-')}.txt", shown.out)


def test_worldforge_has_a_help_and_a_version() -> None:
    assert "worldflux --help" in worldflux("--help", command=worldforge_cli).out
    assert worldflux("--version", command=worldforge_cli).code == 0


def _every_command(group: click.Command, name: str = "") -> list[str]:
    if not isinstance(group, click.Group):
        return [name]
    context = click.Context(group)
    children = [(child, group.get_command(context, child)) for child in group.list_commands(context)]
    return [name] + [
        found for child, command in children if command for found in _every_command(command, f"{name} {child}".strip())
    ]


def test_every_command_has_its_help_pinned_here() -> None:
    assert _every_command(cli) == COMMANDS


@pytest.mark.parametrize(
    ("program", "forbidden"),
    [
        ("import worldflux", NEVER_AT_START),
        ("import worldforge", NEVER_AT_START),
        ("import worldflux.cli", NEVER_AT_START),
        ("import worldforge.cli", NEVER_AT_START),
        *(
            (f"import worldflux.cli.{command}", [name for name in NEVER_AT_START if name != "msgspec"])
            for command in (
                "evidence.inspect",
                "audit.sign",
                "audit.verify",
                "audit.review",
                "key.list",
                "trust.add",
                "eval_profile.create",
                "eval_portfolio.plan",
                "eval_portfolio.packet",
                "eval_portfolio.freeze",
                "plan_log.append",
            )
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_start_up_loads_none_of_the_heavy_libraries(program: str, forbidden: list[str]) -> None:
    code = f"import sys; before = set(sys.modules); {program}; print(*sorted(set(sys.modules) - before))"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & set(forbidden)


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("frobnicate", 2, "No such command 'frobnicate'"),
        ("evidnce", 2, "Did you mean 'evidence'?"),
        ("claim chek x", 2, "Did you mean 'check'?"),
        ("audit run", 2, "Missing argument"),
        ("audit run lerobot --from x", 2, "Missing option '--claim'"),
        ("claim create --template nothing --output out", 2, "template.unknown"),
        ("claim check missing.json", 3, "file.missing"),
        ("evidence inspect missing", 3, "package.missing"),
        ("evidence inspect .", 3, "package.incomplete"),
        ("schema show nothing", 2, "schema.unknown"),
    ],
)
def test_what_a_user_gets_wrong_ends_in_one_clear_block(line: str, code: int, said: str, tmp_path: Path) -> None:
    with inside(tmp_path):
        outcome = worldflux(line)
    assert outcome.code == code
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.out == ""
    assert list(tmp_path.iterdir()) == []


def test_an_error_names_the_place_and_the_next_thing_to_do(tmp_path: Path) -> None:
    (tmp_path / "claim.json").write_text('{"schema_version": "worldflux.claim.v0_draft", "value": NaN}')
    outcome = worldflux("claim check", tmp_path / "claim.json")
    assert outcome.code == 3
    assert "claim.json at /value" in outcome.err
    assert "next:" in outcome.err


def test_an_unknown_source_lists_the_known_ones(package: Demo) -> None:
    outcome = worldflux("audit run lerobott --from x --output out", *package.claim_and_protocol)
    assert outcome.code == 2
    assert "Did you mean 'lerobot'?" in outcome.err


class Demo:
    """The demo's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def claim_and_protocol(self) -> list[object]:
        """Options that name the claim and protocol of the supported example."""
        pair = self.folder / "metaworld" / "claim_pkg"
        return ["--claim", pair / "claim.json", "--protocol", pair / "protocol.json"]

    @property
    def runs(self) -> list[object]:
        """Options that name its runs."""
        return ["--from", self.folder / "metaworld" / "runs"]

    def audit(self, output: Path, *options: object) -> Outcome:
        """Audit the supported example again."""
        return worldflux("audit run lerobot --output", output, *self.runs, *self.claim_and_protocol, *options)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    folder = tmp_path_factory.mktemp("demo") / "worldflux-demo"
    assert worldflux("demo --quiet --output", folder).code == 0
    return Demo(folder)


def test_the_demo_shows_one_claim_that_holds_and_one_that_falls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV", raising=False)
    with inside(tmp_path):
        first, again = worldflux("demo"), worldflux("demo")
        assert "SUPPORTED  metaworld" in first.out
        assert "REFUTED  pusht" in first.out
        assert again.code == 0
        assert first.out.count("\n  worldflux ") == 4
        for line in first.out.splitlines():
            if line.startswith("  worldflux evidence"):
                assert worldflux(line.removeprefix("  worldflux ")).code == 0


def test_the_demo_replaces_nothing_but_a_demo(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    outcome = worldflux("demo --output", tmp_path)
    assert (outcome.code, "output.exists" in outcome.err) == (2, True)
    assert (tmp_path / "mine.txt").read_text() == "keep"


@pytest.mark.parametrize(("required", "code"), [("supported", 0), ("refuted", 1)])
def test_a_required_verdict_decides_the_exit_code_and_the_package_stands(
    package: Demo, tmp_path: Path, required: str, code: int
) -> None:
    outcome = package.audit(tmp_path / "out", "--require", required)
    assert outcome.code == code
    assert (tmp_path / "out" / "evidence.md").exists()
    assert ("verdict.not_met" in outcome.err) == bool(code)


def test_a_package_is_replaced_only_on_request(package: Demo, tmp_path: Path) -> None:
    assert package.audit(tmp_path / "out").code == 0
    kept = (tmp_path / "out" / "evidence.json").read_bytes()
    refused = package.audit(tmp_path / "out")
    assert (refused.code, (tmp_path / "out" / "evidence.json").read_bytes()) == (2, kept)
    assert "--overwrite" in refused.err
    assert package.audit(tmp_path / "out", "--overwrite").code == 0
    assert (tmp_path / "out" / "evidence.json").read_bytes() != kept
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_quiet_prints_nothing(package: Demo, tmp_path: Path) -> None:
    outcome = package.audit(tmp_path / "out", "--quiet")
    assert (outcome.out, outcome.err) == ("", "")


def test_every_report_has_a_json_and_a_markdown_form(package: Demo, tmp_path: Path) -> None:
    folder = package.folder / "metaworld"
    reports = [
        f"evidence inspect {folder}/evidence_pkg",
        f"evidence diff {folder}/evidence_pkg {package.folder}/pusht/evidence_pkg/evidence.json",
        f"claim check {folder}/claim_pkg/claim.json {folder}/claim_pkg/protocol.json",
        f"claim check {folder}/claim_pkg/claim.json",
        "claim templates",
        "schema list",
        "doctor",
    ]
    for report in reports:
        assert json.loads(worldflux(f"{report} --format json").out)
        assert worldflux(f"{report} --format markdown").out.strip()
        assert worldflux(report).out.strip()


def test_inspecting_a_package_as_markdown_shows_its_report(package: Demo) -> None:
    folder = package.folder / "pusht" / "evidence_pkg"
    assert worldflux("evidence inspect --format markdown", folder).out == (folder / "evidence.md").read_text()


def test_colour_is_left_out_where_it_is_not_wanted(package: Demo, tmp_path: Path) -> None:
    assert "\x1b[" not in package.audit(tmp_path / "out").out


def test_claim_check_does_the_plans_arithmetic_and_warns_of_overlapping_seeds(tmp_path: Path) -> None:
    worldflux("claim create --quiet --template openpi-libero --output", tmp_path / "pkg")
    outcome = worldflux("claim check", tmp_path / "pkg" / "claim.json", tmp_path / "pkg" / "protocol.json")
    assert "10 tasks x 3 seeds x 50 episodes = 1,500 planned episodes" in outcome.out
    assert "52 distinct environment seeds" in outcome.out


def test_claim_bind_after_an_edit(tmp_path: Path) -> None:
    worldflux("claim create --quiet --template generic --output", tmp_path / "pkg")
    claim, protocol = tmp_path / "pkg" / "claim.json", tmp_path / "pkg" / "protocol.json"
    claim.write_text(claim.read_text().replace('"margin": 0.05', '"margin": 0.1'))
    refused = worldflux("claim check", claim, protocol)
    assert (refused.code, "worldflux claim bind" in refused.err) == (3, True)
    assert worldflux("claim bind", claim, protocol).code == 0
    assert worldflux("claim check", claim, protocol).code == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    assert "worldflux" in worldflux(f"completion {shell}").out


def test_doctor_finds_everything_that_this_environment_has() -> None:
    report = json.loads(worldflux("doctor --format json").out)
    assert all(entry["ok"] for entry in report)
    assert {"check": "source lerobot", "ok": True, "detail": "adapter version 1"} in report
