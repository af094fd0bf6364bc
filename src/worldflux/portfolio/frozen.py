"""Digests of documents that a plan takes in whole."""

from __future__ import annotations

import msgspec

from worldbase import digest
from worldbase.document import Document


def digest_of(document: Document) -> str:
    """Digest of the RFC 8785 form of a document, with every default written out: what a plan holds can be compared."""
    return digest.of_value(msgspec.to_builtins(document))
