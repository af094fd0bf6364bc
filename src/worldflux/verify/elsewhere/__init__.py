"""The second verifier: JavaScript for Node and browsers, which shares no line with this program.

Its source lies in `parts/`; `scripts/assemble_verifier.py` joins it to the one file that is given away.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Final

SCRIPT: Final = "worldflux-verify.js"
PAGE: Final = "worldflux-verify.html"

_TEMPLATE: Final = "page.html"
_PLACE: Final = "/* worldflux-verify.js */\n"


def script() -> bytes:
    """The verifier as one classic script: `node worldflux-verify.js PACKAGE`."""
    return files(__name__).joinpath(SCRIPT).read_bytes()


def page() -> bytes:
    """The same as one HTML page that works from a file, without a network."""
    template = files(__name__).joinpath(_TEMPLATE).read_text(encoding="utf-8")
    return template.replace(_PLACE, script().decode("utf-8")).encode("utf-8")
