"""A registry over entry points: lazy, and no broken plugin hides another."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from worldbase.errors import EnvironmentMissingError, UsageError
from worldbase.plugins import BrokenPlugin, Registry

GROUP = "worldbase.tests.shapes"
Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Lay out a distribution with one module per plugin, as an installer would."""
    monkeypatch.syspath_prepend(tmp_path)

    def lay_out(distribution: str, **modules: str) -> None:
        info = tmp_path / f"{distribution}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
        lines = [f"[{GROUP}]", *(f"{name} = {distribution}_{name}:PLUGIN" for name in modules)]
        (info / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
        for name, source in modules.items():
            (tmp_path / f"{distribution}_{name}.py").write_text(source, encoding="utf-8")

    return lay_out


@pytest.fixture
def shapes() -> Registry[str]:
    return Registry(GROUP, "shape", str)


def test_names_come_sorted_and_nothing_is_imported(install: Install, shapes: Registry[str]) -> None:
    install("lazy", square="PLUGIN = 'square'", circle="raise ImportError('no')")
    assert shapes.names() == ("circle", "square")
    assert not [name for name in sys.modules if name.startswith("lazy_")]


def test_a_plugin_is_loaded_when_it_is_asked_for(install: Install, shapes: Registry[str]) -> None:
    install("asked", square="PLUGIN = 'square'", circle="raise ImportError('no')")
    assert shapes.get("square") == "square"
    assert "asked_circle" not in sys.modules


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("raise ImportError('no torch')", "ImportError: no torch"),
        ("import a_module_that_nobody_has", "ModuleNotFoundError: No module named 'a_module_that_nobody_has'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(0)", "SystemExit: 0"),
        ("this is no Python", "SyntaxError: "),
        ("OTHER = 'square'", "AttributeError: "),
        ("PLUGIN = 7", "is not a str"),
    ],
    ids=["import error", "missing module", "any error", "leaves the process", "syntax", "no such object", "wrong type"],
)
class TestBroken:
    def test_it_is_an_error_where_it_was_asked_for(
        self, install: Install, shapes: Registry[str], source: str, reason: str, request: pytest.FixtureRequest
    ) -> None:
        install(distribution_of(request), broken=source)
        with pytest.raises(EnvironmentMissingError) as caught:
            shapes.get("broken")
        assert (caught.value.code, caught.value.exit_code) == ("shape.broken", 4)
        assert reason in caught.value.message
        assert distribution_of(request) in caught.value.message

    def test_it_is_named_and_hides_no_other(
        self, install: Install, shapes: Registry[str], source: str, reason: str, request: pytest.FixtureRequest
    ) -> None:
        install(distribution_of(request), broken=source, a="PLUGIN = 'a'", z="PLUGIN = 'z'")
        loaded = dict(shapes.all())
        broken = loaded.pop("broken")
        assert isinstance(broken, BrokenPlugin)
        assert (broken.name, broken.origin) == ("broken", distribution_of(request))
        assert reason in broken.reason
        assert loaded == {"a": "a", "z": "z"}


def distribution_of(request: pytest.FixtureRequest) -> str:
    """A name per test: a module once imported stays."""
    return "dist" + "".join(filter(str.isalnum, request.node.name))


def test_an_unknown_name_is_answered_with_the_nearest_and_all(install: Install, shapes: Registry[str]) -> None:
    install("nearest", square="PLUGIN = 'square'", circle="PLUGIN = 'circle'")
    with pytest.raises(UsageError) as caught:
        shapes.get("sqare")
    assert (caught.value.code, caught.value.exit_code) == ("shape.unknown", 2)
    assert caught.value.hint == "Did you mean 'square'? Known: circle, square."


def test_a_name_like_no_other_is_answered_with_all(install: Install, shapes: Registry[str]) -> None:
    install("all", square="PLUGIN = 'square'")
    with pytest.raises(UsageError) as caught:
        shapes.get("zzzzzz")
    assert caught.value.hint == "Known: square."


def test_other_groups_do_not_count(install: Install) -> None:
    install("elsewhere", square="PLUGIN = 'square'")
    assert Registry("worldbase.tests.colours", "colour", str).names() == ()


def test_a_name_that_two_distributions_claim_belongs_to_neither(install: Install, shapes: Registry[str]) -> None:
    install("honest", square="PLUGIN = 'square'", circle="PLUGIN = 'circle'")
    install("rival", square="PLUGIN = 'another square'")
    with pytest.raises(EnvironmentMissingError, match="registers the same name") as refused:
        shapes.get("square")
    assert refused.value.code == "shape.broken"
    assert [type(plugin) for _, plugin in shapes.all()] == [str, BrokenPlugin]
    assert "rival_square" not in sys.modules
