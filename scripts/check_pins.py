"""Compare what is installed with the committed pins, before any test speaks for them.

A test run under other versions than those committed says nothing about what a user installs. This walks from
``worldflux[dev]`` through everything that it requires here, and names each package that is missing, unpinned
or of another version. Packages outside that walk (left over, or of another extra) are nobody's business.

Run as ``just pins-check``. Exit status 1 when anything differs.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
DISTRIBUTION = "worldflux"
EXTRAS = frozenset({"dev"})


def main() -> int:
    """Print every difference and how to settle it."""
    pins = committed_pins((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    installed = installed_versions(DISTRIBUTION, EXTRAS)
    found = differences(pins, installed)
    if not found:
        print(f"pins: {len(installed)} installed packages, all at their pinned version")
        return 0
    print(f"pins: {len(found)} differ from pyproject.toml", file=sys.stderr)
    for line in found:
        print(f"  {line}", file=sys.stderr)
    print(
        "If a dependency was added or moved on purpose: `just pin`. If not: `uv sync --extra dev`.",
        file=sys.stderr,
    )
    return 1


def committed_pins(pyproject: str) -> dict[str, str]:
    r"""Return the pins that hold for this Python and platform, version by normalised name.

    >>> committed_pins('[tool.uv]\nconstraint-dependencies = ["Some_Thing==1.2"]')
    {'some-thing': '1.2'}
    """
    lines = tomllib.loads(pyproject)["tool"]["uv"]["constraint-dependencies"]
    requirements = [Requirement(line) for line in lines]
    return {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
        for requirement in requirements
        if requirement.marker is None or requirement.marker.evaluate()
    }


def installed_versions(distribution: str, extras: frozenset[str]) -> dict[str, str | None]:
    """Return the version of all that a distribution requires here, directly or not (``None``: missing)."""
    versions: dict[str, str | None] = {}
    visited: set[tuple[str, frozenset[str]]] = set()
    waiting = [(canonicalize_name(distribution), extras)]
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in visited:
            continue
        visited.add((name, wanted))
        try:
            found = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
            continue
        versions[name] = found.version
        waiting.extend(
            (canonicalize_name(requirement.name), frozenset(requirement.extras))
            for requirement in map(Requirement, found.requires or [])
            if _applies(requirement, wanted)
        )
    versions.pop(canonicalize_name(distribution))
    return versions


def differences(pins: Mapping[str, str], installed: Mapping[str, str | None]) -> list[str]:
    """Return one line for each package whose installed version is not the pinned one.

    >>> differences({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"})
    ['b: installed 3, pinned 2', 'c: installed 4, not pinned']
    """
    return [
        f"{name}: {_words('installed', version)}, {_words('pinned', pins.get(name))}"
        for name, version in sorted(installed.items())
        if version is None or version != pins.get(name)
    ]


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    """Tell whether a requirement holds here; one without an extra holds under every extra."""
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""})


def _words(state: str, version: str | None) -> str:
    return f"{state} {version}" if version is not None else f"not {state}"


if __name__ == "__main__":
    sys.exit(main())
