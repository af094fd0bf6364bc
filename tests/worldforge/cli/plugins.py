"""Plugins for tests: a folder with modules and the metadata that an installer would write beside them."""

from __future__ import annotations

import importlib
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


def lay_out(site: Path, distribution: str, entries: Mapping[str, str]) -> None:
    """Write the metadata of a distribution with these entry points of the group `worldforge.providers`."""
    info = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n", encoding="utf-8")
    lines = ["[worldforge.providers]", *(f"{name} = {place}" for name, place in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


def lay_out_project(project: Path) -> Path:
    """Do to a project what an installer does, and return the folder that has to be on the path."""
    named = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lay_out(project / "src", named["name"], named["entry-points"]["worldforge.providers"])
    return project / "src"


@contextmanager
def installed(site: Path) -> Iterator[None]:
    """Have the plugins of a folder in this process for the length of the block."""
    modules = set(sys.modules)
    sys.path.insert(0, str(site))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(site))
        importlib.invalidate_caches()
        for name in set(sys.modules) - modules:
            if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(site):
                del sys.modules[name]
