"""Reading the reports of a calibration, and writing its three files. The budgets in force are never written to."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from worldbase import digest, strictjson
from worldbase.document import dump, pointer_of
from worldbase.errors import UsageError, Where
from worldbase.files import StagedFolder, write_atomic
from worldbase.redact import redact_value
from worldforge.benchmark.budgets import parse_budgets
from worldforge.benchmark.calibration.document import Calibration
from worldforge.benchmark.calibration.draft import SourceReport
from worldforge.benchmark.calibration.render import calibration_markdown
from worldforge.benchmark.report import BenchmarkReport
from worldforge.errors import WorldForgeError

CALIBRATION_JSON: Final = "budget-calibration.json"
CALIBRATION_MARKDOWN: Final = "budget-calibration.md"
CANDIDATE_BUDGETS: Final = "candidate-budgets.json"


class _Printed(msgspec.Struct):
    """What `worldforge benchmark --format json` prints where a gate ran: the report stands under `benchmark`."""

    benchmark: msgspec.Raw | UnsetType = UNSET


def read_report(path: Path) -> SourceReport:
    """Read a report that was kept, or the JSON that a command printed.

    Raises:
        InputError: `file.missing`, `file.unreadable`, `json.size`.
        WorldForgeError: `calibration.not_a_benchmark`.
    """
    data = strictjson.read_bytes(path, file=path.name)
    where = Where(path.name)
    printed = _decoded(data, _Printed, where).benchmark
    report = _decoded(data if printed is UNSET else bytes(printed), BenchmarkReport, where)
    if not report.results:
        raise _refused("the report holds no result", where)
    return SourceReport(path.name, digest.of_bytes(data), report)


def refuse_output(output: Path, files: Iterable[Path]) -> None:
    """Refuse a folder whose replacement would take one of these files with it.

    Raises:
        UsageError: `calibration.current_budget`.
    """
    place = output.resolve()
    for file in files:
        if place == file.resolve() or place in file.resolve().parents:
            raise UsageError(
                f"writing to {output.name} would replace {file.name}",
                code="calibration.current_budget",
                where=Where(output.name),
                hint="Give another --output.",
            )


def write_calibration(calibration: Calibration, output: Path, *, overwrite: bool = False) -> Calibration:
    """Write the three files; the folder appears whole.

    Returns:
        The calibration as it was written, without secrets and host paths.

    Raises:
        UsageError: `output.exists`, `output.not_a_folder`.
        StorageError: `file.unwritable`.
    """
    shown = msgspec.convert(redact_value(msgspec.to_builtins(calibration)), Calibration)
    budgets = dump({"budgets": shown.candidate_budgets, "metadata": _metadata(shown)})
    parse_budgets(budgets, name=CANDIDATE_BUDGETS)  # what is written here is what `--budget-file` reads
    with StagedFolder(output, overwrite=overwrite, holds=CALIBRATION_JSON) as staged:
        write_atomic(staged.path / CALIBRATION_JSON, dump(shown))
        write_atomic(staged.path / CANDIDATE_BUDGETS, budgets)
        write_atomic(staged.path / CALIBRATION_MARKDOWN, calibration_markdown(shown).encode())
        staged.commit()
    return shown


def _metadata(calibration: Calibration) -> dict[str, Any]:
    context = calibration.baseline_context
    return {
        "generated_at": calibration.generated_at,
        "source_reports": [source.sha256 for source in calibration.source_reports],
        "machine_class": context.machine_class,
        "declared_machine_class": context.declared_machine_class,
        "headroom_ratio": calibration.headroom_ratio,
        "rationale": calibration.rationale,
    }


def _decoded(data: bytes, kind: Any, where: Where) -> Any:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(str(error)[:300], where._replace(pointer=pointer_of(str(error)))) from None


def _refused(reason: str, where: Where) -> WorldForgeError:
    return WorldForgeError(
        f"not a report of a benchmark: {reason}",
        code="calibration.not_a_benchmark",
        where=where,
        hint="Give a JSON report, such as .worldforge/reports/benchmark-<run-id>.json.",
    )
