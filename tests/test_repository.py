"""The house keeps its own rules: directions, pins, what the tracked files may say, and the two commands."""

import functools
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scripts import check_pins, ensure_test_tools, pin

ROOT = Path(__file__).resolve().parent.parent
TEST_COMMAND = "uv run --extra dev just test"

# Written in two halves, so that this file does not name them itself.
REGISTRY_HOSTS = tuple(
    "".join(halves).encode()
    for halves in (
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("py", "pi.python.org"),
        ("npm", "js.org"),
        ("npm", "js.com"),
        ("yarn", "pkg.com"),
        ("crates", ".io"),
        ("proxy.go", "lang.org"),
        ("ana", "conda.org"),
        ("deb.", "debian.org"),
        ("archive.", "ubuntu.com"),
        ("download.", "pytorch.org"),
    )
)


@functools.cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@functools.cache
def git(*arguments: str) -> list[str]:
    """Return git's NUL-separated answer; skip visibly where this is no checkout."""
    if not (ROOT / ".git").exists():
        pytest.skip("no git metadata: these rules are about tracked files")
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in done.stdout.split("\0") if name]


def house_files() -> list[Path]:
    """Return what is tracked or would be with the next `git add`."""
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [path for name in names if (path := ROOT / name).is_file() and not path.is_symlink()]


def direct_requirements() -> list[Requirement]:
    """Return what the project asks for, with and without extras."""
    project = pyproject()["project"]
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    return [Requirement(line) for group in groups for line in group]


def is_shell_script(path: Path) -> bool:
    with path.open("rb") as file:
        first = file.readline()
    return path.suffix == ".sh" or re.match(rb"#!.*\b(?:ba|da|z)?sh\b", first) is not None


def test_rooms_import_only_in_the_drawn_directions() -> None:
    lint_imports = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint_imports], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_names_a_registry() -> None:
    found = [
        f"{path.relative_to(ROOT)}: {host.decode()}"
        for path in house_files()
        for content in [path.read_bytes().lower()]
        for host in REGISTRY_HOSTS
        if host in content
    ]
    assert found == []


def test_lock_file_is_not_tracked() -> None:
    assert git("ls-files", "-z", "uv.lock") == []


def test_every_shell_script_stops_at_the_first_failure() -> None:
    scripts = [path for path in house_files() if is_shell_script(path)]
    assert ROOT / ".ci" / "run" in scripts
    lenient = [path.name for path in scripts if "\nset -euo pipefail\n" not in path.read_text(encoding="utf-8")]
    assert lenient == []


def test_every_changelog_fragment_has_a_known_type() -> None:
    known = {kind["directory"] for kind in pyproject()["tool"]["towncrier"]["type"]}
    fragments = [path for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md"]
    named = re.compile(r"(?:\+[a-z0-9-]+|[0-9]+)\.(?P<type>[a-z]+)(?:\.[0-9]+)?\.md")
    unknown = [
        path.name for path in fragments if (found := named.fullmatch(path.name)) is None or found["type"] not in known
    ]
    assert unknown == []


def test_continuous_integration_runs_exactly_the_test_command() -> None:
    script = ROOT / ".ci" / "run"
    lines = script.read_text(encoding="utf-8").splitlines()
    assert lines[-1] == TEST_COMMAND
    assert script.stat().st_mode & 0o111, ".ci/run is not executable"


def test_readme_prints_the_test_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    if not readme.strip():
        pytest.skip("the README is not written yet")
    fenced = re.findall(r"^```[a-z]*\n(.*?)^```", readme, flags=re.DOTALL | re.MULTILINE)
    commands = [line.removeprefix("$ ").strip() for block in fenced for line in block.splitlines()]
    assert [line for line in commands if "just test" in line] == [TEST_COMMAND]


class TestPins:
    def test_both_files_name_the_same_versions(self) -> None:
        constraints = pyproject()["tool"]["uv"]["constraint-dependencies"]
        hashed = pin.REQUIREMENTS.read_text(encoding="utf-8")
        assert pin.pinned_lines(hashed) == constraints

    def test_hashed_file_holds_pins_and_hashes_and_nothing_else(self) -> None:
        text = pin.REQUIREMENTS.read_text(encoding="utf-8")
        assert text.startswith(pin.HEADER)
        entry = r"[a-z0-9._-]+==[^\n\\]+ \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+"
        assert re.fullmatch(rf"(?:{entry})+", text.removeprefix(pin.HEADER))

    def test_project_file_says_nothing_about_where_packages_come_from(self) -> None:
        uv = pyproject()["tool"]["uv"]
        assert uv.keys().isdisjoint({"index", "index-url", "extra-index-url", "find-links", "sources"})
        assert [str(requirement) for requirement in direct_requirements() if requirement.url] == []

    def test_every_direct_requirement_is_pinned(self) -> None:
        pinned = {Requirement(line).name for line in pyproject()["tool"]["uv"]["constraint-dependencies"]}
        named = {canonicalize_name(requirement.name) for requirement in direct_requirements()}
        assert named - pinned - {canonicalize_name("worldflux")} == set()

    @pytest.mark.parametrize(
        "line",
        [
            "torch==2.13.0+cpu",
            "thing @ file:///somewhere/thing.whl",
            "./vendored",
            "thing>=1",
            "-e .",
            "--find-links somewhere",
        ],
    )
    def test_only_plain_public_versions_can_be_pinned(self, line: str) -> None:
        with pytest.raises(pin.PinError, match="not a plain public version"):
            pin.pinned_lines(f"click==8.5.1\n{line}\n")

    def test_pinning_keeps_every_other_byte(self) -> None:
        before = f"# top\n[tool.uv]\n{pin.BEGIN}\nconstraint-dependencies = []\n{pin.END}\n[tool.other] # end\n"
        after = pin.with_pins(before, ["a==1", "b==2 ; python_full_version < '3.12'"])
        assert tomllib.loads(after)["tool"]["uv"]["constraint-dependencies"] == [
            "a==1",
            "b==2 ; python_full_version < '3.12'",
        ]
        assert pin.with_pins(after, []) == before

    @pytest.mark.parametrize("text", ["", pin.BEGIN, f"{pin.END}\n{pin.BEGIN}", f"{pin.BEGIN}\n" * 2 + pin.END])
    def test_pinning_refuses_damaged_markers(self, text: str) -> None:
        with pytest.raises(pin.PinError):
            pin.with_pins(text, [])

    def test_a_difference_is_named(self) -> None:
        found = check_pins.differences(
            {"same": "1", "moved": "2", "gone": "3", "unasked": "4"},
            {"same": "1", "moved": "2.1", "gone": None, "new": "5"},
        )
        assert found == [
            "gone: not installed, pinned 3",
            "moved: installed 2.1, pinned 2",
            "new: installed 5, not pinned",
        ]

    def test_pins_of_another_python_do_not_count(self) -> None:
        text = """[tool.uv]\nconstraint-dependencies = [
            "numpy==1 ; python_full_version < '3.0'",
            "numpy==2 ; python_full_version >= '3.0'",
        ]"""
        assert check_pins.committed_pins(text) == {"numpy": "2"}


class TestTools:
    def test_what_is_missing_is_named_and_exits_with_environment_missing(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        gone = ensure_test_tools.Need("a tool", "its-package", "some tests need it", lambda: False)
        monkeypatch.setattr(ensure_test_tools, "NEEDS", (gone,))
        monkeypatch.setattr(ensure_test_tools, "can_install", lambda: False)
        assert ensure_test_tools.main() == 4
        told = capsys.readouterr().err
        assert "a tool (some tests need it)" in told
        assert "apt-get install its-package" in told

    def test_where_it_may_the_missing_one_is_installed_and_asked_for_again(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here: list[str] = []
        late = ensure_test_tools.Need("a tool", "its-package", "why", lambda: bool(here))
        monkeypatch.setattr(ensure_test_tools, "NEEDS", (late,))
        monkeypatch.setattr(ensure_test_tools, "can_install", lambda: True)
        monkeypatch.setattr(ensure_test_tools, "install", lambda needs: here.extend(need.package for need in needs))
        assert ensure_test_tools.main() == 0
        assert here == ["its-package"]
