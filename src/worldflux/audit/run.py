"""The audit, end to end: evaluator output in, evidence package out."""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import msgspec
from msgspec import UNSET

from worldbase import __version__, clock, digest, document, identifier
from worldbase.console import Progress
from worldbase.files import StagedFolder
from worldflux.audit.clean_names import CleanNames
from worldflux.audit.episode_times import EpisodeTimes
from worldflux.audit.failures import failure_lines
from worldflux.audit.normalise import audit_input_of
from worldflux.audit.observed_starts import observed_start_findings
from worldflux.audit.requested import requested_of
from worldflux.audit.rules import v1 as rules
from worldflux.audit.succession import refuse_signed_output, succession_of
from worldflux.claims import claim_pair
from worldflux.claims.claim_pair import ClaimPair
from worldflux.documents.audit_input import AuditInput, Finding, PlanAge, Requested
from worldflux.documents.evidence import Evidence
from worldflux.documents.manifests import RawEvidence, RawEvidenceManifest, RedactedExport
from worldflux.documents.provenance import AuditProvenance, Material, Tool
from worldflux.episodes.cells import CellCounter
from worldflux.episodes.relabel import by_episode_seed
from worldflux.episodes.stream import LinesWriter, WrittenLines
from worldflux.episodes.window import EpisodeWindow
from worldflux.package import layout
from worldflux.package.render import v1 as render
from worldflux.package.write import write_manifest, write_members
from worldflux.sources.contract import SourceRun
from worldflux.sources.inputs import collect
from worldflux.sources.kept_inputs import refuse_output_over
from worldflux.sources.registry import SOURCES

# Libraries that a number in the package can depend on.
_NUMERIC_LIBRARIES: Final = ("msgspec", "numpy", "rfc8785", "scipy")
_RAW_POLICY: Final = (
    "Raw evidence is referred to by digest and never copied. The redacted export of an evaluator's output is the "
    "episode stream of this package; paths are cut to what lies below the run's own folder."
)

ShowProgress = Callable[[str, int, int], AbstractContextManager[Progress]]


@dataclass(frozen=True, slots=True)
class AuditRequest:
    """What `worldflux audit run` was asked to do."""

    source: str
    inputs: Sequence[Path]
    claim: Path
    protocol: Path
    output: Path
    run_info: Sequence[str] = ()
    overwrite: bool = False
    savi: bool = False
    ppi: Path | None = None
    supersedes: Path | None = None
    overwrite_signed: bool = False
    plan_age: PlanAge | None = None


def audit(request: AuditRequest, show_progress: ShowProgress) -> Evidence:
    """Audit evaluator output against a claim and write the evidence package.

    Args:
        request: Source, inputs, claim, protocol and output.
        show_progress: Opens a progress display for a label, an expected number of episodes and a size in bytes.

    Returns:
        The evidence as it was written.

    Raises:
        InputError: Claim, protocol or evaluator output cannot be used.
        UsageError: The output exists, or the source is unknown.
        StorageError: The package cannot be written; nothing is left behind.
    """
    pair = claim_pair.load(request.claim, request.protocol)
    requested = requested_of(savi=request.savi, ppi=request.ppi, plan_age=request.plan_age)
    source = SOURCES.get(request.source)
    refuse_output_over(request.inputs, request.output)
    refuse_signed_output(request.output, overwrite=request.overwrite, overwrite_signed=request.overwrite_signed)
    succession = succession_of(request.supersedes, pair)
    with StagedFolder(request.output, overwrite=request.overwrite, holds=layout.MANIFEST) as staged:
        inputs = collect(source, request.inputs, request.run_info)
        run = source.open(inputs, pair.grid)
        noted = list(observed_start_findings(inputs))
        audit_input, streams = _counted(pair, run, requested, noted, staged.path, show_progress)
        evidence = _decide(pair, audit_input)
        write_members(staged.path, _members(pair, audit_input, evidence, run.raw_evidence(), streams))
        write_manifest(staged.path, evidence, streams, succession.sequence, succession.supersedes)
        staged.commit()
    return evidence


def _counted(
    pair: ClaimPair,
    run: SourceRun,
    requested: Requested,
    noted: list[Finding],
    folder: Path,
    show_progress: ShowProgress,
) -> tuple[AuditInput, dict[str, WrittenLines]]:
    """Stream and count all episodes; what was kept of each is let go on return."""
    counter, times = CellCounter(), EpisodeTimes()
    with show_progress("counting episodes", run.expected_episodes, run.total_bytes) as progress:
        windows = run.windows()
        if pair.protocol.document.execution.seed_semantics == "episode_seed":
            windows = by_episode_seed(windows)
        if requested.plan_age is not UNSET:
            windows = times.watched(windows)
        streams = write_streams(folder, windows, counter, progress)
    asked = times.known(requested, run.facts().inputs)
    return audit_input_of(pair, run, counter, streams[layout.EPISODES], asked, noted), streams


def write_streams(
    folder: Path, windows: Iterable[EpisodeWindow], counter: CellCounter, progress: Progress
) -> dict[str, WrittenLines]:
    """Stream all episodes once: count them, and write the episode lines and the two lines of each failure."""
    names = (layout.EPISODES, layout.FAILURES, layout.REPLAYS)
    with (
        LinesWriter(folder / names[0]) as episodes,
        LinesWriter(folder / names[1]) as failures,
        LinesWriter(folder / names[2]) as replays,
    ):
        line, clean_names = 1, CleanNames()
        for window in windows:
            clean_names.require(window)
            outcomes = counter.add(window)
            episodes.write(window.records)
            index, hints = failure_lines(window, outcomes, line)
            failures.write(index)
            replays.write(hints)
            line += len(window.records)
            progress.advance(len(window.records))
    return dict(zip(names, (episodes.written, failures.written, replays.written), strict=True))


def _decide(pair: ClaimPair, audit_input: AuditInput) -> Evidence:
    content = (pair.claim.digest, pair.protocol.digest, digest.of_bytes(msgspec.json.encode(audit_input)))
    return rules.decide(
        pair.claim,
        pair.protocol,
        audit_input,
        binding=pair.binding,
        identifier=identifier.new("evd", content=content),
        created_at=clock.timestamp(),
        render=render.RENDER,
    )


def _members(
    pair: ClaimPair,
    audit_input: AuditInput,
    evidence: Evidence,
    raw: list[RawEvidence],
    streams: dict[str, WrittenLines],
) -> dict[str, bytes]:
    return {
        **_asked_for(pair, audit_input, evidence.id),
        layout.CLAIM: pair.claim.data,
        layout.PROTOCOL: pair.protocol.data,
        layout.EVIDENCE: document.dump(evidence),
        layout.REPORT: render.markdown(evidence).encode(),
        layout.AUDIT_INPUT: document.dump(audit_input),
        layout.PROVENANCE: document.dump(_provenance(pair, raw, audit_input.requested, evidence)),
        layout.RAW_EVIDENCE: document.dump(_raw_manifest(raw, streams[layout.EPISODES])),
    }


def _asked_for(pair: ClaimPair, audit_input: AuditInput, evidence_id: str) -> dict[str, bytes]:
    """The members that only a stopping rule or an option of the command asks for."""
    given = rules.given_of(pair.claim, pair.protocol, audit_input)
    members = {
        layout.STOPPING: rules.stopping_of(given, evidence_id),
        layout.PPI: rules.readings_of(given, evidence_id),
    }
    return {name: document.dump(member) for name, member in members.items() if member}


def _raw_manifest(raw: list[RawEvidence], episodes: WrittenLines) -> RawEvidenceManifest:
    export = RedactedExport(path=layout.EPISODES, sha256=episodes.sha256)
    return RawEvidenceManifest(
        schema_version="worldflux.raw_evidence_manifest.v0_draft",
        policy=_RAW_POLICY,
        entries=[
            msgspec.structs.replace(entry, redacted_export=export) if entry.kind == "evaluator_output" else entry
            for entry in raw
        ],
    )


def _provenance(pair: ClaimPair, raw: list[RawEvidence], requested: Requested, evidence: Evidence) -> AuditProvenance:
    return AuditProvenance(
        schema_version="worldflux.audit_provenance.v0_draft",
        evidence_id=evidence.id,
        created_at=evidence.created_at,
        reproducible_clock=clock.fixed_epoch() is not None,
        tool=Tool(
            name="worldflux",
            version=__version__,
            rules=evidence.rules,
            render=evidence.render,
            python=platform.python_version(),
            libraries={name: version(name) for name in _NUMERIC_LIBRARIES},
        ),
        materials=[
            Material(role="claim", name=layout.CLAIM, sha256=digest.of_bytes(pair.claim.data)),
            Material(role="protocol", name=layout.PROTOCOL, sha256=digest.of_bytes(pair.protocol.data)),
            *(
                Material(role=entry.kind, name=entry.id, sha256=entry.sha256)
                for entry in raw
                if entry.kind != "video" and entry.sha256 is not UNSET
            ),
            *_asked_for_materials(requested),
        ],
        sanitiser=f"worldbase.redact {__version__}",
    )


def _asked_for_materials(requested: Requested) -> Iterator[Material]:
    if requested.ppi is not UNSET:
        yield Material(role="simulation_pairs", name="--ppi", sha256=requested.ppi.sha256)
    if requested.plan_age is not UNSET:
        yield Material(role="plan_freeze", name="--plan-proof", sha256=requested.plan_age.freeze)
