"""Laws of Merkle trees: every true proof holds, and nothing else does."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from worldflux.portfolio.log import merkle

MOST = 70


def leaves_of(size: int) -> list[bytes]:
    return [merkle.leaf_hash(bytes([number])) for number in range(size)]


def plain_root(leaves: list[bytes]) -> bytes:
    """MTH as section 2.1 of RFC 6962 defines it."""
    if not leaves:
        return merkle.EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return merkle.node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


def changed(proof: list[bytes], data: st.DataObject) -> list[bytes]:
    """The proof with one hash changed, dropped, doubled or added, or with two of them swapped."""
    copy = list(proof)
    at = data.draw(st.integers(0, max(len(copy) - 1, 0)))
    kinds: list[Callable[[], None]] = [lambda: copy.insert(at, bytes(32)), lambda: copy.append(merkle.EMPTY)]
    if copy:
        flipped = bytes([copy[at][0] ^ 1]) + copy[at][1:]
        kinds += [
            lambda: copy.__setitem__(at, flipped),
            lambda: copy.__delitem__(at),
            lambda: copy.insert(at, copy[at]),
        ]
    if len(copy) > 1:
        kinds.append(lambda: copy.__setitem__(slice(0, 2), [copy[1], copy[0]]))
    data.draw(st.sampled_from(kinds))()
    return copy


@given(st.integers(0, MOST))
def test_roots_are_those_of_the_definition(size: int) -> None:
    leaves = leaves_of(size)
    assert merkle.root(leaves) == plain_root(leaves)
    assert list(merkle.roots(leaves)) == [plain_root(leaves[:count]) for count in range(1, size + 1)]


@given(st.integers(1, MOST), st.data())
def test_an_inclusion_proof_holds_and_no_change_of_it(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    index = data.draw(st.integers(0, size - 1))
    path, root = merkle.inclusion(leaves, index), merkle.root(leaves)
    assert merkle.includes(leaves[index], index, size, path, root)
    assert not merkle.includes(leaves[index], index, size, changed(path, data), root)
    other = data.draw(st.integers(-1, size + 1).filter(lambda number: number != index))
    assert not merkle.includes(leaves[index], other, size, path, root)
    assert not merkle.includes(merkle.leaf_hash(b"another"), index, size, path, root)


@given(st.integers(1, MOST), st.data())
def test_a_consistency_proof_holds_and_no_change_of_it(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size))
    proof, ends = merkle.consistency(leaves, old), (merkle.root(leaves[:old]), merkle.root(leaves))
    assert merkle.grew((old, size), ends, proof)
    assert not merkle.grew((old, size), ends, changed(proof, data))
    assert not merkle.grew((old, size), (merkle.EMPTY, ends[1]), proof)
    assert not merkle.grew((old, size), (ends[0], merkle.EMPTY), proof)
    assert not merkle.grew((0, size), ends, proof)
    assert not merkle.grew((size + 1, size), ends, proof)


@given(st.integers(2, MOST), st.data())
def test_another_history_has_no_proof(size: int, data: st.DataObject) -> None:
    """The proof of a tree whose early leaves differ does not lead from the old root."""
    leaves = leaves_of(size)
    old = data.draw(st.integers(1, size - 1))
    forked = list(leaves)
    forked[data.draw(st.integers(0, old - 1))] = merkle.leaf_hash(b"another")
    ends = (merkle.root(leaves[:old]), merkle.root(forked))
    assert not merkle.grew((old, size), ends, merkle.consistency(forked, old))
    assert not merkle.grew((old, size), ends, merkle.consistency(leaves, old))
