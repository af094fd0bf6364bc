"""A provider whose work can be made slower from outside: what `bench/regression.py` measures.

`embed` spends about 0.1 ms of processor time, times `BENCH_BURNER_FACTOR`. It is registered by an entry point that the
benchmark writes into a folder of its own, as an installed package would have it.
"""

from __future__ import annotations

import os
from typing import Any, Final

from worldforge.providers.contract import BaseProvider, ProviderCapabilities, ProviderProfileSpec
from worldforge.values import EmbeddingResult

FACTOR: Final = "BENCH_BURNER_FACTOR"
_STEPS: Final = 1000


class BurnerProvider(BaseProvider):
    """Counts words in a table, over and over."""

    name = "burner"
    capabilities = ProviderCapabilities(embed=True)
    profile_spec = ProviderProfileSpec(description="Burns time.", deterministic=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._steps = round(_STEPS * float(os.environ.get(FACTOR, "1")))

    def embed(self, *, text: str) -> EmbeddingResult:
        """Return how often each of eight words came up."""
        words = [0.0] * 8
        for step in range(self._steps):
            words[len(f"{text}{step}") % 8] += 1.0
        return EmbeddingResult(self.name, "burner-1", tuple(words))
