"""Plans, and evidence for them that was made up episode by episode."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec

from tests.worldflux.portfolio.probing import profile_of
from worldbase import digest
from worldbase.document import dump
from worldflux.benchmarks.planned_grid import unplanned_grid
from worldflux.documents.audit_input import (
    AuditInput,
    BenchmarkFacts,
    EpisodeStream,
    InputFile,
    Requested,
    RunFacts,
    RunSummary,
    SourceInfo,
)
from worldflux.documents.episode import DetailedEpisode, Outcome
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.packet import Packet
from worldflux.documents.plan import PlanChoices, PlannedCell, PlannedRate
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.window import EpisodeWindow
from worldflux.portfolio import frozen
from worldflux.portfolio.attached import Attachment
from worldflux.portfolio.packet import PacketRequest, packet_of
from worldflux.portfolio.plan_files import FrozenPlan, load_plan, write_plan
from worldflux.portfolio.planning import PlanRequest
from worldflux.portfolio.probes.registry import registry_digest
from worldflux.portfolio.seed_sources import Frame, SeedRequest, seed_of

FACTS: dict[str, Any] = {
    "robot_model": "franka-panda",
    "simulator_family": "libero",
    "environment_version": "libero-local",
    "adapter_version": "bridge-1",
    "reset_policy": "episode_reset",
}
"""What a run has to say so that nothing of the test profile is left unsaid."""

SMALL_RATE = PlannedRate(value=0.9, margin=0.5, alpha=0.1)
"""A rate that a handful of episodes can show."""


def plan_in(
    folder: Path,
    *,
    contracts: tuple[CustomEvalContract, ...] = (),
    choices: PlanChoices | None = None,
    rate: PlannedRate = SMALL_RATE,
    seed: str = "1234",
    **profile: Any,
) -> FrozenPlan:
    """A small plan of libero-pro and libero-plus, written and read back."""
    document = profile_of(**profile)
    frame = Frame(frozen.digest_of(document), registry_digest(), tuple(map(frozen.digest_of, contracts)))
    request = PlanRequest(
        profile=document,
        seed=seed_of(SeedRequest(source="operator_supplied", value=seed), frame),
        contracts=contracts,
        choices=choices or PlanChoices(probes=[], episodes_per_task=2, tasks_per_axis=3),
        rate=rate,
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "plan.json"
    write_plan(request, path, overwrite=True)
    return load_plan(path)


def cells_of(plan: FrozenPlan, probe: str) -> list[PlannedCell]:
    """The planned cells of one probe."""
    return [cell for cell in plan.cells() if cell.probe == probe]


def episode_of(cell: PlannedCell, outcome: Outcome = "success", **more: Any) -> DetailedEpisode:
    """The episode that a planned cell asks for."""
    known: dict[str, Any] = {"seed": cell.seed, "seed_provenance": "recorded", "perturbation": cell.axis}
    fields = {**known, **more}
    index = fields.pop("episode_index", cell.episode_index)
    task = fields.pop("task", cell.task)
    return DetailedEpisode(
        episode_index=index,
        task=task,
        run_seed=fields.pop("run_seed", axis_seed(cell.axis)),
        outcome=outcome,
        **{name: value for name, value in fields.items() if value is not None},
    )


def axis_seed(axis: str) -> int:
    """A run of its own for each axis: the same task and index comes once in a run."""
    return int.from_bytes(axis.encode()[:3])


def write_evidence(
    path: Path, episodes: Iterable[DetailedEpisode], *, facts: dict[str, Any] | None = None, **changes: Any
) -> Path:
    """Write an audit input with its episodes beside it, as an import would."""
    counter, count, seeds = CellCounter(), 0, set[int]()
    stream = path.with_name(f"{path.stem}.episodes.jsonl")
    encoder = msgspec.json.Encoder()
    with stream.open("wb") as lines:
        for window in _windows(episodes):
            counter.add(window)
            seeds.add(window.run_seed)
            count += len(window.records)
            lines.write(encoder.encode_lines(window.records))
    document = AuditInput(
        schema_version="worldflux.audit_input.v0_draft",
        source=SourceInfo(name="csv", format="csv.table", adapter_version="1"),
        run=RunFacts(
            inputs=[_input(count, FACTS if facts is None else facts)],
            runs=[
                RunSummary(run_seed=seed, in_plan=False, bound_by="order", inputs=["csv-1"]) for seed in sorted(seeds)
            ],
            evaluator={"name": "csv"},
            benchmark=BenchmarkFacts(
                simulated=None,
                perturbation_axes=[],
                starts_verified=False,
                start_key="unknown",
                pairing="none",
                starts_note="",
            ),
        ),
        tasks=[],
        cells=counter.cells(unplanned_grid()),
        blocks=[],
        repeated_starts=[],
        requested=Requested(),
        episodes=EpisodeStream(path=stream.name, sha256=digest.of_file(stream), count=count),
        duplicate=0,
        findings=[],
        missing_evidence=[],
    )
    path.write_bytes(dump(msgspec.structs.replace(document, **changes)))
    return path


def _input(count: int, facts: dict[str, Any]) -> InputFile:
    return InputFile(
        id="csv-1",
        name="trials.csv",
        sha256=digest.of_bytes(b"trials"),
        size=1,
        format="csv.table",
        run_seed=0,
        tasks=1,
        episodes=count,
        declared=facts,
        declared_on_command_line=[],
    )


def _windows(episodes: Iterable[DetailedEpisode]) -> Iterator[EpisodeWindow]:
    for (task, seed), records in groupby(episodes, key=lambda record: (record.task, record.run_seed)):
        yield EpisodeWindow(task, seed, "csv-1", list(records))


def whole_evidence(plan: FrozenPlan, folder: Path, **more: Any) -> list[Attachment]:
    """Evidence for every planned cell."""
    return [
        Attachment(
            probe.id,
            write_evidence(
                folder / f"audit_{probe.id}.json", [episode_of(cell, **more) for cell in cells_of(plan, probe.id)]
            ),
        )
        for probe in plan.plan.probes
    ]


def packet_from(plan: FrozenPlan, attachments: list[Attachment], **more: Any) -> Packet:
    """The packet of some evidence."""
    return packet_of(PacketRequest(frozen=plan, attachments=attachments, **more))
