"""Results to be tampered with: samples, changed and written, and audits of what came of it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support import FIXTURES
from tests.worldflux.auditing import Package, bench
from worldflux.errors import SourceError
from worldflux.sources.run_folder import Candidate, candidates, scan

SAMPLES: Final = FIXTURES / "sources"
LBM: Final = json.loads((SAMPLES / "lbm_eval" / "results-interrupted.json").read_bytes())
CALVIN: Final = json.loads((SAMPLES / "calvin" / "results.json").read_bytes())
FIRST_AGGREGATE: Final = next((SAMPLES / "vla-eval" / "v0.1.0").glob("*.json"))
LAST_AGGREGATE: Final = next((SAMPLES / "vla-eval" / "v0.8.0").glob("*.json"))
RECORDING: Final = next((SAMPLES / "vla-eval" / "v0.8.0").glob("*.sqlite"))
REPORT: Final = SAMPLES / "worldforge" / "20261121T030355Z-fd5ae738" / "reports" / "report.json"
ROBOTWIN: Final = (SAMPLES / "robotwin" / "_result.txt").read_text()


def write(folder: Path, name: str, content: object, **layout: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content, **layout), newline="")
    return path


def audited(folder: Path, source: str, *files: Path, run_info: tuple[str, ...] = (), **plan: Any) -> Package:
    planned = bench(folder / "plan", seeds=(0, 1), benchmark="Custom", **plan)
    return planned.audit(*files, source=source, run_info=run_info)


def refused(folder: Path, source: str, *files: Path, run_info: tuple[str, ...] = ()) -> str:
    with pytest.raises(SourceError) as caught:
        audited(folder, source, *files, run_info=run_info)
    return caught.value.code


def changed(document: Any, change: Callable[[Any], object]) -> Any:
    document = copy.deepcopy(document)
    change(document)
    return document


def looked_at(folder: Path) -> list[Candidate]:
    return candidates(scan(folder))


def loaded(path: Path) -> Any:
    return json.loads(path.read_bytes())
