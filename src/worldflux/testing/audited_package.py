"""An evidence package, read without the code that wrote it, and what must hold of its episodes."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from worldbase import document
from worldflux.documents.audit_input import AuditInput
from worldflux.documents.episode import OUTCOMES
from worldflux.package import layout


class ContractError(AssertionError):
    """A plugin breaks a law; the message says which and how."""


@dataclass(frozen=True)
class AuditedPackage:
    """What an audit wrote, read without the code that wrote it."""

    folder: Path

    def member(self, name: str) -> Any:
        """A JSON member."""
        return json.loads((self.folder / name).read_bytes())

    def members(self) -> dict[str, bytes]:
        """All files, by name."""
        return {path.name: path.read_bytes() for path in self.folder.iterdir() if path.is_file()}

    @cached_property
    def audit_input(self) -> AuditInput:
        """The counts."""
        return document.load(self.folder / layout.AUDIT_INPUT, AuditInput).document

    @cached_property
    def episodes(self) -> list[dict[str, Any]]:
        """The lines of the episode stream."""
        return [json.loads(line) for line in (self.folder / layout.EPISODES).read_bytes().splitlines()]

    def cells(self) -> Iterator[tuple[str, int, dict[str, int]]]:
        """Task, run seed and counts of every cell."""
        for cell in self.audit_input.cells:
            yield cell.task, cell.seed, {name: getattr(cell.counts, name) for name in OUTCOMES}

    def by_task(self) -> dict[str, dict[str, int]]:
        """Episodes of each outcome class, by task, over all runs; classes without an episode are left out."""
        found: dict[str, Counter[str]] = {}
        for task, _, counts in self.cells():
            found.setdefault(task, Counter()).update(counts)
        return {task: known_counts(counts) for task, counts in found.items()}

    def codes(self) -> list[str]:
        """Codes of the findings."""
        return [finding.code for finding in self.audit_input.findings]

    def require_absent(self, *texts: str) -> None:
        """Require that no member holds one of the texts.

        Raises:
            ContractError: One does.
        """
        for name, data in self.members().items():
            for text in texts:
                require(text.encode() not in data, f"{name} holds {text!r}, which must not leave the machine")


def fault_of(line: dict[str, Any], measures: str | None) -> str | None:
    """What contradicts itself in one line of the episodes."""
    outcome, success = line["outcome"], line.get("success")
    if (outcome, success) in (("success", False), ("failure", True)):
        return f"the outcome is {outcome} and success is {success}"
    if measures is not None and outcome in ("success", "failure"):
        return f"a source that measures {measures} gives a {outcome}"
    if line.get("source_counts_as_failure") is True and outcome == "failure":
        return "a failure is a failure without source_counts_as_failure"
    score, scale = line.get("score"), line.get("score_scale")
    if score is not None and "score_kind" not in line:
        return "a score of no kind"
    if score is not None and scale is not None and not 0 <= score <= scale:
        return f"the score {score} is outside 0 to {scale}"
    if "seed" in line and "seed_provenance" not in line:
        return "a seed without seed_provenance"
    return "a null stands for unknown" if None in line.values() else None


def known_counts(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts in the order of the outcome classes, without zeros."""
    return {name: counts[name] for name in OUTCOMES if counts.get(name)}


def pooled(by_task: Mapping[str, Mapping[str, int]]) -> Counter[tuple[str, str]]:
    """The same counts by task and outcome."""
    return Counter({(task, name): n for task, counts in by_task.items() for name, n in counts.items()})


def require(holds: bool, otherwise: str) -> None:
    """Raise what to say otherwise.

    Raises:
        ContractError: It does not hold.
    """
    if not holds:
        raise ContractError(otherwise)
