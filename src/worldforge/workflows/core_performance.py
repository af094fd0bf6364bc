"""The paths that have to stay cheap in a clean checkout, timed against budgets.

Each is run once to warm it up and then several times; the median counts, so that one interruption by another process
decides nothing. What a path leaves behind can be kept, for looking at when it became slow.
"""

from __future__ import annotations

import dataclasses
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, ClassVar, Final, NamedTuple

import msgspec

from worldbase.document import Document, dump, load
from worldbase.files import StagedFolder, write_atomic
from worldforge.benchmark.harness import ProviderBenchmarkHarness
from worldforge.benchmark.inputs import BenchmarkInputs, load_inputs
from worldforge.benchmark.machine import machine
from worldforge.benchmark.report import BenchmarkReport
from worldforge.forge.diagnosis import Doctor
from worldforge.forge.facade import WorldForge
from worldforge.provenance import Machine
from worldforge.runs.bundling.build import bundle_issue
from worldforge.runs.bundling.evidence_manifest import EVIDENCE_MANIFEST
from worldforge.runs.workspace import RunWorkspace

SCHEMA_VERSION: Final = 1
FOLDER: Final = "core-paths"
SAMPLES: Final = 7
CLAIM_BOUNDARY: Final = (
    "Guards against regressions of local paths in a clean checkout. They are no ranking, no claim about other machines "
    "and no benchmark of an optional runtime."
)
_OBJECTS: Final = 20
_ITERATIONS: Final = 20

Milliseconds = Annotated[float, msgspec.Meta(ge=0)]
Clock = Callable[[], int]


class CoreBudgets(Document, frozen=True, kw_only=True):
    """Milliseconds that each path may take; one that is left out is measured and guarded by nothing.

    The built-in budgets are some six to ten times what two busy cores took (12, 0.24, 0.09, 32 and 1.3 ms), so that a
    path has to become slower by a multiple, and not only a disk or a neighbour, before this says so.
    """

    schema_name: ClassVar[str] = "worldforge.core_budgets.v1"
    shown_by: ClassVar[str] = "worldforge"

    world_persistence: Milliseconds | None = None
    benchmark_fixture_loading: Milliseconds | None = None
    provider_catalog_diagnostics: Milliseconds | None = None
    evidence_bundle_creation: Milliseconds | None = None
    report_rendering: Milliseconds | None = None


DEFAULT_BUDGETS: Final = CoreBudgets(
    world_persistence=100.0,
    benchmark_fixture_loading=2.0,
    provider_catalog_diagnostics=1.0,
    evidence_bundle_creation=200.0,
    report_rendering=10.0,
)


class CoreResult(msgspec.Struct, frozen=True, kw_only=True):
    """One path.

    Attributes:
        name: Which.
        duration_ms: Median of the samples.
        budget_ms: What it may take; null where nothing guards it.
        passed: Whether it took no longer.
        artifact_path: What it left behind, relative to the workspace; null where that was not kept.
        samples_ms: All samples, in order.
    """

    name: str
    duration_ms: float
    budget_ms: float | None
    passed: bool
    artifact_path: str | None
    samples_ms: list[float]


class CorePerformance(msgspec.Struct, frozen=True, kw_only=True):
    """The report of the guard.

    Attributes:
        schema_version: 1.
        passed: Whether every path kept its budget.
        preserved_workspace: Name of the folder that was kept; null where none was.
        results: One for each path.
        machine: Where it was measured.
        claim_boundary: What it does not show.
    """

    schema_version: int = SCHEMA_VERSION
    passed: bool
    preserved_workspace: str | None
    results: list[CoreResult]
    machine: Machine
    claim_boundary: str = CLAIM_BOUNDARY

    def to_json(self) -> str:
        """The report as JSON, indented by two."""
        return dump(self).decode()


class Timed(NamedTuple):
    """What is timed.

    Attributes:
        run: Does it once.
        finish: Keeps what it left and returns where, relative to the workspace; run after each sample, untimed.
    """

    run: Callable[[], object]
    finish: Callable[[], str]


def load_core_budgets(path: Path) -> CoreBudgets:
    """Read budgets from a JSON object of names and milliseconds.

    Raises:
        InputError: `document.invalid`, `file.missing`, or what `strictjson.parse` raises.
    """
    return load(path, CoreBudgets, file=path.name).document


def measure_core_paths(
    *,
    budgets: CoreBudgets = DEFAULT_BUDGETS,
    workspace: Path | None = None,
    samples: int = SAMPLES,
    clock: Clock = time.perf_counter_ns,
) -> CorePerformance:
    """Time every path against its budget.

    Args:
        budgets: Milliseconds for each.
        workspace: Where `core-paths/` keeps what the paths leave behind, in place of what an earlier run left there;
            a temporary folder where none is given.
        samples: How often each is timed, after one run that is not.
        clock: Nanoseconds.

    Raises:
        StorageError: The workspace cannot be written.
    """
    with _folder(workspace) as folder:
        results = [
            _measured(name, prepare(folder), getattr(budgets, name), samples, clock) for name, prepare in _PATHS.items()
        ]
    kept = f"{FOLDER}/" if workspace else None
    return CorePerformance(
        passed=all(result.passed for result in results),
        preserved_workspace=None if workspace is None else workspace.resolve().name,
        results=[_placed(result, kept) for result in results],
        machine=machine(distributions=["worldflux"]),
    )


@contextmanager
def _folder(workspace: Path | None) -> Iterator[Path]:
    """An empty folder, and no other: the workspace may hold runs and worlds of somebody."""
    if workspace is None:
        with TemporaryDirectory(prefix="worldforge-core-") as temporary:
            yield Path(temporary)
        return
    with StagedFolder(workspace / FOLDER, overwrite=True) as staged:
        yield staged.path
        staged.commit()


def _measured(name: str, timed: Timed, budget: float | None, samples: int, clock: Clock) -> CoreResult:
    durations: list[float] = []
    artifact = ""
    for _ in range(1 + samples):
        started = clock()
        timed.run()
        durations.append((clock() - started) / 1e6)
        artifact = timed.finish()
    median = statistics.median(durations[1:])
    return CoreResult(
        name=name,
        duration_ms=median,
        budget_ms=budget,
        passed=budget is None or median <= budget,
        artifact_path=artifact,
        samples_ms=durations[1:],
    )


def _placed(result: CoreResult, folder: str | None) -> CoreResult:
    return msgspec.structs.replace(result, artifact_path=folder and f"{folder}{result.artifact_path}")


def _world_persistence(folder: Path) -> Timed:
    """Make a world, fill it, save it and read it back; it is on the disk after each of these."""
    forge = WorldForge(folder / "worlds", discover_entry_points=False)
    state = {"step": 0, "scene": {"objects": _objects()}, "metadata": {}}

    def run() -> None:
        world = forge.create_world("core performance")
        forge.update_world(world.id, lambda kept: dataclasses.replace(kept, state=state))
        forge.load_world(world.id)

    def finish() -> str:
        newest, *older = reversed(forge.list_worlds())
        for world_id in older:
            forge.delete_world(world_id)
        return f"worlds/{newest}.json"

    return Timed(run, finish)


def _objects() -> dict[str, object]:
    pose = {"position": {"x": 0.0, "y": 0.5, "z": 0.0}, "rotation": {"w": 1.0, "x": 0.0, "y": 0.0, "z": 0.0}}
    return {f"object-{number}": {"pose": pose} for number in range(_OBJECTS)}


def _benchmark_fixture_loading(folder: Path) -> Timed:
    path = folder / "inputs" / "benchmark-inputs.json"
    write_atomic(path, dump({"inputs": BenchmarkInputs().to_dict(), "metadata": {"run": "core-performance"}}))
    return Timed(lambda: load_inputs(path), lambda: "inputs/benchmark-inputs.json")


def _provider_catalog_diagnostics(folder: Path) -> Timed:
    """Examine the built-in providers; those of other packages would make this a measurement of them."""
    shown = "provider-diagnostics.json"

    def examine() -> Doctor:
        return WorldForge(folder / "worlds", discover_entry_points=False).doctor()

    def finish() -> str:
        write_atomic(folder / shown, dump(examine().to_dict()))
        return shown

    return Timed(examine, finish)


def _evidence_bundle_creation(folder: Path) -> Timed:
    workspace = folder / "workspace"
    run_id = _kept_run(workspace, _small_report())
    fresh, kept = folder / "fresh-bundle", folder / "evidence-bundle"

    def finish() -> str:
        shutil.rmtree(kept, ignore_errors=True)
        fresh.rename(kept)
        return f"{kept.name}/{EVIDENCE_MANIFEST}"

    return Timed(lambda: bundle_issue(run_id, workspace, output=fresh), finish)


def _report_rendering(folder: Path) -> Timed:
    report = _small_report()

    def finish() -> str:
        write_atomic(folder / "report.html", report.to_html().encode())
        return "report.html"

    return Timed(report.artifacts, finish)


def _small_report() -> BenchmarkReport:
    harness = ProviderBenchmarkHarness(forge=WorldForge(discover_entry_points=False))
    return harness.run("mock", ["predict", "embed"], iterations=_ITERATIONS)


def _kept_run(workspace: Path, report: BenchmarkReport) -> str:
    with RunWorkspace.create(
        workspace,
        kind="benchmark",
        argv=["worldforge", "benchmark", "--provider", "mock"],
        provider="mock",
        operation="predict,embed",
        input_summary={"iterations": _ITERATIONS},
    ) as run:
        for form, text in report.artifacts().items():
            run.write(form, f"reports/report.{'md' if form == 'markdown' else form}", text)
        run.finish("completed", result_summary={"result_count": 2, "error_count": 0, "retry_count": 0})
    return run.run_id


_PATHS: Final[dict[str, Callable[[Path], Timed]]] = {
    "world_persistence": _world_persistence,
    "benchmark_fixture_loading": _benchmark_fixture_loading,
    "provider_catalog_diagnostics": _provider_catalog_diagnostics,
    "evidence_bundle_creation": _evidence_bundle_creation,
    "report_rendering": _report_rendering,
}
