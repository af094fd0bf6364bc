"""All documents whose schemas are published. `python -m worldforge.workflows.published FOLDER` writes them.

A name is `worldforge.<noun>.v<version>`. What people write (inputs, budgets, presets) refuses unknown fields; what this
program writes may gain fields, and readers leave out what they do not know.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from worldbase.document import schema_of
from worldforge.benchmark.budgets import BudgetsDocument
from worldforge.benchmark.calibration.document import Calibration
from worldforge.benchmark.inputs import InputsFile
from worldforge.benchmark.report import BenchmarkReport, GateReport
from worldforge.benchmark_presets.document import PresetDocument
from worldforge.evaluation.dataset_manifest import DatasetManifest
from worldforge.evaluation.documents import FailureGallery, ReportDocument
from worldforge.provenance import Provenance
from worldforge.providers.manifests import RuntimeManifest
from worldforge.runs.bundling.evidence_manifest import EvidenceManifest
from worldforge.runs.comparison.documents import Comparison, Regression
from worldforge.runs.index import RunIndex
from worldforge.runs.manifest import RunManifest
from worldforge.runs.verify import RunVerification
from worldforge.workflows.core_performance import CoreBudgets, CorePerformance

PUBLISHED: Final[dict[str, type[msgspec.Struct]]] = {
    "worldforge.benchmark_inputs.v1": InputsFile,
    "worldforge.budgets.v1": BudgetsDocument,
    "worldforge.benchmark_preset.v1": PresetDocument,
    "worldforge.benchmark_report.v2": BenchmarkReport,
    "worldforge.evaluation_report.v2": ReportDocument,
    "worldforge.failure_gallery.v1": FailureGallery,
    "worldforge.dataset_manifest.v1": DatasetManifest,
    "worldforge.provenance.v2": Provenance,
    "worldforge.gate.v1": GateReport,
    "worldforge.run_manifest.v1": RunManifest,
    "worldforge.run_index.v1": RunIndex,
    "worldforge.run_verification.v1": RunVerification,
    "worldforge.comparison.v2": Comparison,
    "worldforge.regression.v1": Regression,
    "worldforge.budget_calibration.v1": Calibration,
    "worldforge.core_performance.v1": CorePerformance,
    "worldforge.core_budgets.v1": CoreBudgets,
    "worldforge.evidence_manifest.v1": EvidenceManifest,
    "worldforge.runtime_manifest.v1": RuntimeManifest,
}
"""Every document by schema name."""

_SHORTER: Final[dict[str, dict[str, Any]]] = {
    "worldforge.benchmark_inputs.v1": {"$ref": "#/$defs/InputFields"},
    "worldforge.budgets.v1": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Budget"}},
}
"""The same document without the object around it that says something of itself."""


def schema(name: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a published document."""
    whole = schema_of(PUBLISHED[name], name)
    shorter = _SHORTER.get(name)
    if shorter is None:
        return whole
    head = {key: whole.pop(key) for key in ("$schema", "$id", "title", "description")}
    parts = whole.pop("$defs")
    return {**head, "anyOf": [whole, shorter], "$defs": parts}


def write(folder: Path) -> None:
    """Write one file per schema."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in PUBLISHED:
        (folder / f"{name}.schema.json").write_text(json.dumps(schema(name), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
