"""Resolve every dependency once and write the exact versions where a clean clone finds them.

Two files hold the result, and neither names a host, an index or a folder:

- ``pyproject.toml``: ``[tool.uv] constraint-dependencies`` between two marker comments. uv applies it when it
  resolves, so a clean clone gets these versions without a lock file (which would name the registry).
- ``requirements/dev.txt``: the same versions with hashes, for an installation without uv.

Present pins are kept where they still fit, so that adding one library moves one library. ``--upgrade`` lets
all of them move.

Run as ``just pin`` or ``just pin --upgrade``.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = ROOT / "pyproject.toml"
REQUIREMENTS = ROOT / "requirements" / "dev.txt"

BEGIN = "# pins: begin"
END = "# pins: end"
HEADER = (
    "# Every version that any extra of worldflux can bring in, with hashes. Written by `just pin`.\n"
    "# Without uv: pip install --require-hashes -r requirements/dev.txt\n"
)

# Public versions only: no `+cpu` or other local label, no URL, no path.
_PIN = re.compile(r"[a-z0-9][a-z0-9._-]*==[0-9][0-9a-z.!]*(?: ; [^\"/\\]+)?")
# A folder of locally built wheels must not decide what everybody installs.
_LOCAL_SOURCES = ("UV_FIND_LINKS", "PIP_FIND_LINKS")


class PinError(Exception):
    """The dependencies cannot be pinned as they stand; the message says why."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Pin, and say what changed."""
    options = _parser().parse_args(arguments)
    try:
        changed = pin(upgrade=options.upgrade)
    except PinError as error:
        print(f"pin: {error}", file=sys.stderr)
        return 1
    print("pin: " + (f"wrote {', '.join(changed)}" if changed else "nothing to change"))
    return 0


def pin(*, upgrade: bool) -> list[str]:
    """Resolve and write both files.

    Args:
        upgrade: Let every version move, not only those that must.

    Returns:
        The names of the files whose bytes changed.

    Raises:
        PinError: uv found no solution, or a resolved line is not a plain public version.
    """
    before = PYPROJECT.read_text(encoding="utf-8")
    bare = with_pins(before, [])
    previous = REQUIREMENTS.read_text(encoding="utf-8") if REQUIREMENTS.is_file() and not upgrade else ""
    hashed = resolve(bare, previous)
    written = (
        (REQUIREMENTS, HEADER + hashed),
        (PYPROJECT, with_pins(before, pinned_lines(hashed))),
    )
    return [path.relative_to(ROOT).as_posix() for path, text in written if _replace(path, text)]


def resolve(pyproject: str, previous: str) -> str:
    """Return hashed requirements for all extras and all supported Pythons.

    The project file is resolved in a folder of its own, so that the constraints of this checkout cannot hold
    the result at what it already is.

    Args:
        pyproject: Text of a ``pyproject.toml`` whose pins are empty.
        previous: Requirements whose versions are preferred; empty for none.

    Raises:
        PinError: uv found no solution.
    """
    with tempfile.TemporaryDirectory(prefix="worldflux-pin-") as folder:
        source = Path(folder, "pyproject.toml")
        output = Path(folder, "requirements.txt")
        source.write_text(pyproject, encoding="utf-8")
        output.write_text(previous, encoding="utf-8")
        command = [
            os.environ.get("UV", "uv"),
            *("pip", "compile", source.name, "--all-extras", "--universal"),
            *("--python-version", lowest_python(pyproject)),
            *("--generate-hashes", "--no-header", "--no-annotate"),
            *("--no-emit-index-url", "--no-emit-find-links"),
            *("--quiet", "--output-file", output.name),
        ]
        environment = {name: value for name, value in os.environ.items() if name not in _LOCAL_SOURCES}
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PinError(f"no set of versions satisfies pyproject.toml\n{done.stderr.strip()}")
        return output.read_text(encoding="utf-8")


def lowest_python(pyproject: str) -> str:
    r"""Return the oldest supported Python, for example ``3.11``.

    >>> lowest_python('[project]\nrequires-python = ">=3.11"')
    '3.11'

    Raises:
        PinError: ``requires-python`` has no lower bound.
    """
    declared = tomllib.loads(pyproject)["project"]["requires-python"]
    found = re.search(r">=\s*([0-9]+\.[0-9]+)", declared)
    if found is None:
        raise PinError(f"requires-python has no lower bound: {declared}")
    return found[1]


def pinned_lines(requirements: str) -> list[str]:
    r"""Return the requirements without their hashes, one ``name==version ; marker`` each.

    >>> pinned_lines("click==8.5.1 \\\n    --hash=sha256:00\n")
    ['click==8.5.1']

    Raises:
        PinError: A line is anything but a plain public version.
    """
    lines = [
        line.removesuffix("\\").rstrip()
        for line in requirements.splitlines()
        if line.strip() and not line.startswith((" ", "#"))
    ]
    refused = [line for line in lines if not _PIN.fullmatch(line)]
    if refused:
        raise PinError("not a plain public version: " + ", ".join(refused))
    return lines


def with_pins(pyproject: str, pins: Iterable[str]) -> str:
    """Return the project file with its block of pins replaced and every other byte kept.

    Raises:
        PinError: The marker comments are missing, doubled or in the wrong order.
    """
    if pyproject.count(BEGIN) != 1 or pyproject.count(END) != 1:
        raise PinError(f"pyproject.toml needs `{BEGIN}` and `{END}` once each under [tool.uv]")
    head, rest = pyproject.split(BEGIN)
    if END not in rest:
        raise PinError(f"`{END}` stands before `{BEGIN}` in pyproject.toml")
    tail = rest.split(END)[1]
    body = "".join(f'  "{line}",\n' for line in pins)
    entries = f"[\n{body}]" if body else "[]"
    return f"{head}{BEGIN}\nconstraint-dependencies = {entries}\n{END}{tail}"


def _replace(path: Path, text: str) -> bool:
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="just pin", description="Pin every dependency to an exact version.")
    parser.add_argument("--upgrade", action="store_true", help="let every version move to the newest")
    return parser


if __name__ == "__main__":
    sys.exit(main())
