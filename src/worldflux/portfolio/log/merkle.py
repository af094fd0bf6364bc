"""Merkle trees as in RFC 6962, section 2.1: roots, proofs that a leaf is in a tree, proofs that a tree only grew.

    MTH({})   = SHA-256()
    MTH({d})  = SHA-256(0x00 || d)
    MTH(D[n]) = SHA-256(0x01 || MTH(D[0:k]) || MTH(D[k:n]))     k: the largest power of two below n

Everything here works on hashes of leaves (32 bytes each), see `leaf_hash`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

HASH_BYTES: Final = 32
EMPTY: Final = hashlib.sha256().digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """Root of a tree."""
    complete: list[bytes] = []
    for count, leaf in enumerate(leaves, start=1):
        _add(complete, leaf, count)
    return _joined(complete) if complete else EMPTY


def roots(leaves: Iterable[bytes]) -> Iterator[bytes]:
    """Roots of the trees of the first leaf, of the first two, and so on. One leaf more costs some hashes, not all."""
    complete: list[bytes] = []
    for count, leaf in enumerate(leaves, start=1):
        _add(complete, leaf, count)
        yield _joined(complete)


def inclusion(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, leaves): the hashes that lead from a leaf up to the root (section 2.1.1).

    Args:
        leaves: Hashes of all leaves.
        index: Of the leaf, below their number.
    """
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion(leaves[:split], index), root(leaves[split:])]
    return [*inclusion(leaves[split:], index - split), root(leaves[:split])]


def includes(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected: bytes) -> bool:
    """Whether a path leads from a leaf to the root of a tree of so many leaves (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    node, last, found = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(sibling, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        node, last = node >> 1, last >> 1
    return last == 0 and found == expected


def consistency(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """PROOF(old_size, leaves): that the tree of the first leaves became this one by leaves added (section 2.1.2).

    Args:
        leaves: Hashes of all leaves.
        old_size: From 1 to their number.
    """
    return _subproof(leaves, old_size, is_whole=True)


def grew(sizes: tuple[int, int], ends: tuple[bytes, bytes], proof: Sequence[bytes]) -> bool:
    """Whether a proof shows that the first tree became the second by leaves added (RFC 9162, section 2.1.4.2).

    Args:
        sizes: Leaves of the older and of the newer tree, the older of at least one.
        ends: Roots of the two.
        proof: What `consistency` gave.
    """
    (old_size, new_size), (old_root, new_root) = sizes, ends
    if not 0 < old_size <= new_size:
        return False
    if old_size == new_size:
        return not proof and old_root == new_root
    hashes = [old_root, *proof] if _is_power_of_two(old_size) else list(proof)
    return bool(hashes) and _climbed(old_size - 1, new_size - 1, hashes) == (old_root, new_root)


def _climbed(node: int, last: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """The two roots that a proof of consistency leads to, or None where it has too many hashes or too few."""
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if node & 1 or node == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        node, last = node >> 1, last >> 1
    return (old, new) if last == 0 else None


def _subproof(leaves: Sequence[bytes], old_size: int, *, is_whole: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if is_whole else [root(leaves)]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_subproof(leaves[:split], old_size, is_whole=is_whole), root(leaves[split:])]
    return [*_subproof(leaves[split:], old_size - split, is_whole=False), root(leaves[:split])]


def _add(complete: list[bytes], leaf: bytes, count: int) -> None:
    """Add the `count`-th leaf to the perfect subtrees of those before it.

    They stand from left to right, each smaller than the one before: the binary digits of the count.
    """
    node = leaf
    for _ in range((count & -count).bit_length() - 1):
        node = node_hash(complete.pop(), node)
    complete.append(node)


def _joined(complete: Sequence[bytes]) -> bytes:
    *others, found = complete
    for left in reversed(others):
        found = node_hash(left, found)
    return found


def _split(size: int) -> int:
    """The largest power of two below `size`, which is at least two."""
    return 1 << ((size - 1).bit_length() - 1)


def _is_power_of_two(number: int) -> bool:
    return number & (number - 1) == 0
