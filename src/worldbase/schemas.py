"""Published schemas by name: what `schema list` and `schema show` of both programs look up."""

from __future__ import annotations

from collections.abc import Mapping

from worldbase.errors import UsageError


def abouts(published: Mapping[str, type]) -> list[tuple[str, str]]:
    """Name of each schema, with the first line of what its document says of itself."""
    return [(name, (kind.__doc__ or "").split("\n")[0]) for name, kind in published.items()]


def full_name(name: str, published: Mapping[str, type], program: str) -> str:
    """The full name of a schema that is named in full or by its noun, such as `claim`.

    Args:
        name: As somebody typed it.
        published: The schemas that there are.
        program: Whose `schema list` shows them.

    Raises:
        UsageError: `schema.unknown`, with the nearest name.
    """
    full = next((known for known in published if name in (known, known.split(".")[1])), None)
    if full is not None:
        return full
    import difflib

    short = [known.split(".")[1] for known in published]
    nearest = difflib.get_close_matches(name, [*short, *published], n=1, cutoff=0.5)
    raise UsageError(
        f"no schema is called {name!r}",
        code="schema.unknown",
        hint=f"Did you mean {nearest[0]!r}?" if nearest else f"See `{program} schema list`.",
    )
