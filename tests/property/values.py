"""JSON values for the laws."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

SAFE = 2**53 - 1


def scalars() -> st.SearchStrategy[Any]:
    """What a strict document may hold that is neither list nor object."""
    return (
        st.none()
        | st.booleans()
        | st.integers(-SAFE, SAFE)
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=20)
    )


def json_values(leaves: st.SearchStrategy[Any] | None = None) -> st.SearchStrategy[Any]:
    """Any strict JSON value, a few levels deep."""
    return st.recursive(
        scalars() if leaves is None else leaves,
        lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=6), children, max_size=4),
        max_leaves=12,
    )
