"""Audit inputs that are held against a plan: read with their episodes, bound by digest, and counted again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import UNSET

from worldbase import digest
from worldbase.errors import UsageError
from worldbase.redact import redact_text
from worldflux.benchmarks.planned_grid import unplanned_grid
from worldflux.benchmarks.registry import normalised
from worldflux.documents.audit_input import AuditInput
from worldflux.documents.plan import Plan
from worldflux.documents.profile import Name
from worldflux.documents.run_info import RunInfo
from worldflux.episodes.window import EpisodeWindow
from worldflux.portfolio.probes.registry import find_probe
from worldflux.sources.builtin.audit_input.episodes import batches_of
from worldflux.sources.builtin.audit_input.opened import ReadInput, read, refuse_same_episodes
from worldflux.sources.contract import SourceInput

_NO_FACTS: Final[dict[str, Any]] = {}


@dataclass(frozen=True, slots=True)
class Attachment:
    """One `--audit-input PROBE=FILE`."""

    probe: str
    path: Path


@dataclass(frozen=True, slots=True)
class Attached:
    """An audit input that was opened for a probe; its episodes are not yet counted.

    Attributes:
        probe: Id of the probe, as the plan or the registry spells it.
        planned: Whether the plan has that probe.
        sha256: Digest of the document's bytes.
        facts: What is known of the run, by input file.
        start_seeds: Start seed of each run, where it is known.
    """

    probe: str
    planned: bool
    entry: ReadInput
    sha256: str
    facts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    start_seeds: Mapping[int, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the file, as it may be shown."""
        return redact_text(self.entry.given.path.name)

    @property
    def document(self) -> AuditInput:
        """The audit input itself."""
        return self.entry.document

    def windows(self) -> Iterator[EpisodeWindow]:
        """Yield the episodes, and refuse the audit input where its counts are not theirs.

        Raises:
            SourceError: `source.audit_input.episode_line`, `source.audit_input.cells_differ`.
        """
        return batches_of(self.entry)

    def facts_of(self, owner: str) -> Mapping[str, Any]:
        """What is known of the run that wrote this input file."""
        return self.facts.get(owner, _NO_FACTS)


def attachment(text: str) -> Attachment:
    """Read the value of one `--audit-input`.

    Raises:
        UsageError: `packet.audit_input`.
    """
    probe, equals, path = text.partition("=")
    if not equals or not path or not _is_name(probe):
        raise UsageError(
            f"--audit-input {text[:200]!r} does not name a probe and a file",
            code="packet.audit_input",
            hint="Write --audit-input libero-pro=audit_libero.json, with the probe's id as the plan has it.",
        )
    return Attachment(probe, Path(path))


def attach(attachments: Sequence[Attachment], plan: Plan) -> list[Attached]:
    """Open audit inputs; the same episodes may not come twice for one probe.

    Raises:
        InputError: A document cannot be read.
        UsageError: `packet.audit_input` for what is no file.
        SourceError: It is no audit input, its episodes are not there or not its own, or it was given twice.
    """
    opened = [_opened(number, given, plan) for number, given in enumerate(attachments, start=1)]
    for probe in dict.fromkeys(one.probe for one in opened):
        refuse_same_episodes([one.entry for one in opened if one.probe == probe])
    return opened


def _opened(number: int, given: Attachment, plan: Plan) -> Attached:
    if given.path.exists() and not given.path.is_file():
        raise UsageError(
            f"--audit-input {given.probe} does not name a file: {redact_text(given.path.name)}",
            code="packet.audit_input",
            hint="Name the audit_input.json that an import wrote; its episodes lie beside it.",
        )
    entry = read(number, SourceInput(given.path, number, RunInfo()), unplanned_grid())
    run = entry.document.run
    entry.seeds.update({each.run_seed: each.run_seed for each in run.runs})
    probe, planned = _probe_id(given.probe, plan)
    return Attached(
        probe=probe,
        planned=planned,
        entry=entry,
        sha256=digest.of_bytes(entry.loaded.data),
        facts={redact_text(file.id): {**file.declared, **run.evaluator} for file in run.inputs},
        start_seeds={each.run_seed: each.start_seed for each in run.runs if each.start_seed is not UNSET},
    )


def _probe_id(name: str, plan: Plan) -> tuple[str, bool]:
    """Id of a probe, however it is spelt, and whether it is planned."""
    own = next((probe.id for probe in plan.probes if normalised(probe.id) == normalised(name)), None)
    if own is not None:
        return own, True
    known = find_probe(name)
    return (known.id if known else name), False


def _is_name(text: str) -> bool:
    try:
        msgspec.convert(text, Name)
    except msgspec.ValidationError:
        return False
    return True
