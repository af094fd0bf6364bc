"""A scaffold is a package that can be installed and that keeps the contract before anybody edits it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from itertools import combinations
from pathlib import Path

import pytest

from tests.command import inside, worldforge
from tests.worldforge.cli.plugins import installed, lay_out_project
from worldbase.errors import StorageError, UsageError
from worldforge.capabilities import BENCHMARKABLE, CAPABILITIES
from worldforge.capabilities.names import Capability
from worldforge.forge.facade import WorldForge
from worldforge.testing.provider_contract import check_provider
from worldforge.workflows.scaffold import files_of, scaffold, write

EVERY_CHOICE = [choice for count in (1, 2, 5) for choice in combinations(CAPABILITIES, count)]


@pytest.mark.parametrize("capabilities", EVERY_CHOICE, ids="-".join)
def test_whatever_it_is_to_do_it_keeps_the_contract(capabilities: tuple[Capability, ...], tmp_path: Path) -> None:
    name = f"made-{'-'.join(capabilities)}"
    write(scaffold(name, capabilities), tmp_path / "project")
    with installed(lay_out_project(tmp_path / "project")):
        forge = WorldForge()
        assert name in forge.providers()
        assert forge.capabilities_of(name) == capabilities
        report = check_provider(forge.implementation(name, capabilities[0]), name=name)
    assert [check for check in report.checks if not check.passed] == []


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scaffold as the command writes it, with the metadata of an installation."""
    folder = tmp_path_factory.mktemp("made")
    with inside(folder):
        words = " ".join(f"--capability {capability}" for capability in CAPABILITIES)
        outcome = worldforge(f"provider scaffold my-model {words}")
    assert outcome.code == 0, outcome.err
    assert "worldforge provider contract my-model" in outcome.out
    lay_out_project(folder / "worldforge-my-model")
    return folder / "worldforge-my-model"


def fresh(package: Path, *arguments: object, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run Python in a new process that has the package."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(package / "src")},
        cwd=folder or package,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_fresh_process_finds_it_and_it_passes(package: Path) -> None:
    done = fresh(package, "-m", "worldforge", "provider", "contract", "my-model")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "my-model keeps all " in done.stdout


def test_it_can_be_benchmarked_at_once(package: Path, tmp_path: Path) -> None:
    command = ("-m", "worldforge", "benchmark", "--provider", "my-model", "--iterations", 3, "--format", "json")
    done = fresh(package, *command, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    results = json.loads(done.stdout)["results"]
    assert [each["operation"] for each in results] == list(BENCHMARKABLE)
    assert [(each["provider"], each["success_count"]) for each in results] == [("my-model", 3)] * len(results)


def test_its_own_test_passes(package: Path) -> None:
    done = fresh(package, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_its_code_is_as_clean_as_a_linter_wants_it(package: Path) -> None:
    for words in (["check", "--select", "E,F,I,W,B,UP,RUF,SIM"], ["format", "--check"]):
        done = fresh(package, "-m", "ruff", words[0], "--isolated", "--no-cache", *words[1:], ".")
        assert done.returncode == 0, done.stdout + done.stderr


def test_package_module_and_class_are_named_after_it(package: Path) -> None:
    named = tomllib.loads((package / "pyproject.toml").read_text(encoding="utf-8"))
    assert named["project"]["name"] == "worldforge-my-model"
    entry = named["project"]["entry-points"]["worldforge.providers"]
    assert entry == {"my-model": "worldforge_my_model.provider:MyModelProvider"}
    readme = (package / "README.md").read_text(encoding="utf-8")
    assert "capabilities `predict`, `embed`, `score`, `policy` and `plan`" in readme


@pytest.mark.parametrize("capabilities", EVERY_CHOICE, ids="-".join)
def test_nothing_is_left_to_be_filled_in(capabilities: tuple[Capability, ...]) -> None:
    files = files_of(scaffold("my-model", capabilities))
    assert [path for path, text in files.items() if "$" in text] == []
    imported = files["src/worldforge_my_model/provider.py"].partition("class ")[0]
    assert ("import copy" in imported) == ("predict" in capabilities)
    assert ("import hashlib" in imported) == (capabilities != ("predict",))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "My-Model",
        "my_model",
        "-model",
        "model-",
        "my--model",
        "1model",
        "../model",
        "a/b",
        "möbel",
        "m" * 41,
        "a\nb",
    ],
)
def test_names_that_could_not_be_a_module_are_refused(name: str) -> None:
    with pytest.raises(UsageError) as refused:
        scaffold(name, ("embed",))
    assert refused.value.code == "scaffold.name"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("mock --capability embed", "scaffold.name_taken"),
        ("my-model", "scaffold.no_capability"),
        ("../my-model --capability embed", "scaffold.name"),
    ],
)
def test_the_command_refuses_and_writes_nothing(words: str, code: str, tmp_path: Path) -> None:
    with inside(tmp_path):
        outcome = worldforge(f"provider scaffold {words}")
    assert outcome.code == 2
    assert code in outcome.err
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten_unless_that_is_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "project"
    wanted = scaffold("my-model", ("embed",))
    write(wanted, target)
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    (target / "README.md").write_text("changed", encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        write(wanted, target)
    assert refused.value.code == "scaffold.exists"
    assert (target / "README.md").read_text(encoding="utf-8") == "changed"
    write(wanted, target, overwrite=True)
    assert (target / "README.md").read_text(encoding="utf-8").startswith("# worldforge-my-model")
    assert (target / "notes.txt").read_text(encoding="utf-8") == "mine"


def test_an_empty_folder_may_be_filled_and_a_file_may_not_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with inside(tmp_path / "empty"):
        assert worldforge("provider scaffold my-model --capability embed --output .").code == 0
        assert Path("pyproject.toml").is_file()
        assert "empty is not empty" in worldforge("provider scaffold my-model --capability embed --output .").err
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    for overwrite in (False, True):
        with pytest.raises(UsageError) as refused:
            write(scaffold("my-model", ("embed",)), tmp_path / "file", overwrite=overwrite)
        assert refused.value.code == "output.not_a_folder"
    with pytest.raises(StorageError):
        write(scaffold("my-model", ("embed",)), tmp_path / "file" / "below")


def test_quiet_says_nothing(tmp_path: Path) -> None:
    with inside(tmp_path):
        outcome = worldforge("provider scaffold my-model --capability embed --output here --quiet")
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert (tmp_path / "here" / "pyproject.toml").is_file()
