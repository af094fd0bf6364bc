"""The shape of a text: the text with its numbers, digests, run ids and times made alike.

No rule minds which number, digest or time it meets, as long as that stands by itself. So two texts of one shape are
both clean or both not.

Law:
    What takes the place of something is at least as suspicious as it was: no shorter than any rule asks for, no longer
    than what it replaces (a rule that looks a bounded way ahead sees as much as before), and of as many different
    characters as a thing of its kind can have. `redact_text(shape_of(x)) == shape_of(x)` implies the same of `x`.
"""

from __future__ import annotations

import re
from typing import Final

_EDGE: Final = r"\s\"'`<>,"
_BEHIND: Final = rf"(?![^{_EDGE}])"

_FRACTION: Final = re.compile(rf"[0-9](?<![^{_EDGE}-][0-9])(?<![^{_EDGE}]-[0-9])[0-9]*+\.[0-9]++" + _BEHIND)
_FRACTION_IN_DOCUMENT: Final = re.compile(r"\":[0-9]++\.[0-9]++(?=[,}\]])")
_ONE_FRACTION: Final = "0.5"
_ONE_POINT: Final = "0.5,0.5"
_TWO_POINTS: Final = f"{_ONE_POINT} {_ONE_POINT}"

# Four digits may be a PIN, two a name in quotes.
_WHOLE: Final = re.compile(rf"[0-9](?<![^{_EDGE}][0-9])[0-9]*+" + _BEHIND)
_WHOLES: Final = ("", "1", "11", "111", "1111")

_DIGEST: Final = re.compile(rf"sha256:(?<![^{_EDGE}]sha256:)[0-9a-f]{{64}}" + _BEHIND)
_ONE_DIGEST: Final = "sha256:4f9a6c21d8e07b35" + "9c4e1f70a2b8d653" * 3
_RUN_ID: Final = re.compile(rf"2[0-9]{{7}}T(?<![^{_EDGE}/][0-9]{{8}}T)[0-9]{{6}}Z-[0-9a-f]{{8}}(?![^{_EDGE}/])")
_ONE_RUN_ID: Final = "20134567T890123Z-9f4c1e7a"
_TIME: Final = re.compile(
    rf"2[0-9]{{3}}-(?<![^{_EDGE}][0-9]{{4}}-)[0-9]{{2}}-[0-9]{{2}}T(?:[0-9]{{2}}:){{2}}[0-9]{{2}}(?:Z|\+00:00)"
    + _BEHIND
)
_ONE_TIME: Final = "2026-01-02T03:04:05Z"


def shape_of(text: str) -> str:
    """The shape of a text. Of the points of a line in a picture, one is left."""
    if "." in text:
        text = _FRACTION.sub(_ONE_FRACTION, text)
        if '":' in text:
            text = _FRACTION_IN_DOCUMENT.sub(f'":{_ONE_FRACTION}', text)
        while _TWO_POINTS in text:
            text = text.replace(_TWO_POINTS, _ONE_POINT)
    text = _WHOLE.sub(_whole, text)
    if "sha256:" in text:
        text = _DIGEST.sub(_ONE_DIGEST, text)
    if "T" in text:
        text = _TIME.sub(_ONE_TIME, _RUN_ID.sub(_ONE_RUN_ID, text))
    return text


def _whole(match: re.Match[str]) -> str:
    return _WHOLES[min(len(match[0]), 4)]
