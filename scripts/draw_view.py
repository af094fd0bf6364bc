"""Write ``docs/assets/view-*.svg``: what `worldforge view` shows of a workspace that never changes.

Run as ``uv run --extra dev python -m scripts.draw_view``. The program exports the pictures itself; the same workspace
gives the same bytes, and the test suite checks that they are current.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.command import inside
from tests.worldforge.view.piloting import picture
from tests.worldforge.view.workspaces import BASELINE, CANDIDATE, EVALUATION, sample_workspace

ASSETS = Path(__file__).resolve().parent.parent / "docs" / "assets"

_SHOWN: Final = {
    "runs": ((), None, (112, 16)),
    "benchmark": ((), CANDIDATE, (112, 34)),
    "failure": (("2",), EVALUATION, (112, 28)),
    "comparison": (("slash", *BASELINE[-8:], "enter", "c", "escape", "g", "c"), None, (112, 24)),
}
_WORKSPACE: Final = Path(".worldforge")
_FROM_ELSEWHERE: Final = re.compile(r"\s*@font-face \{.*?\}|<!--.*?-->", re.DOTALL)
_FONTS: Final = "ui-monospace, 'Cascadia Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def main() -> None:
    """Write the pictures."""
    ASSETS.mkdir(exist_ok=True)
    for name, drawn in pictures():
        (ASSETS / name).write_text(drawn, encoding="utf-8")


def pictures() -> Iterator[tuple[str, str]]:
    """Names of the files and what is in them."""
    with tempfile.TemporaryDirectory() as folder, inside(Path(folder)):
        sample_workspace(_WORKSPACE)
        for name, (keys, run, size) in _SHOWN.items():
            drawn = picture(_WORKSPACE, keys, run=run, size=size)
            yield f"view-{name}.svg", tidy(drawn, f"view-{name}")


def tidy(drawn: str, name: str) -> str:
    """A picture that loads no font from elsewhere, and whose ids tell nothing but its name."""
    plain = _FROM_ELSEWHERE.sub("", drawn)
    plain = plain.replace("Fira Code, monospace", _FONTS)
    plain = re.sub(r"terminal-\d+", name, plain)
    return "".join(line.rstrip() + "\n" for line in plain.splitlines() if line.strip())


if __name__ == "__main__":
    with contextlib.chdir(ASSETS.parent.parent):
        main()
