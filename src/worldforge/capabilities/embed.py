"""The capability `embed`: a text as a vector."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from worldforge.values import EmbeddingResult


@runtime_checkable
class Embedder(Protocol):
    """Turns a text into a vector of one fixed length."""

    name: str

    def embed(self, *, text: str) -> EmbeddingResult:
        """Embed a text that is not blank.

        Raises:
            ProviderError: The model could not be asked.
        """
        ...
