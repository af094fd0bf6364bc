"""Every registered source keeps the laws; the table of cases says by which files, and what is true of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contracts.source_cases import CASES, FURTHER
from worldflux.sources.registry import SOURCES
from worldflux.testing.source_contract import LAWS, SourceCase, SourceContract


def test_every_source_stands_in_the_table() -> None:
    assert sorted(CASES) == sorted(SOURCES.names())


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("source", [*CASES, *FURTHER])
def test_the_source_keeps_the_law(source: str, law: str, tmp_path: Path) -> None:
    made = CASES.get(source) or FURTHER[source]
    (tmp_path / "case").mkdir()
    (tmp_path / "contract").mkdir()
    case = made if isinstance(made, SourceCase) else made(tmp_path / "case")
    SourceContract(case, tmp_path / "contract").check(law)
