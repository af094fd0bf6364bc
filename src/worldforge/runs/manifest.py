"""`run_manifest.json`: what a run was, and the digest of every file that it left."""

from __future__ import annotations

import os
import re
from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from worldbase import clock

MANIFEST: Final = "run_manifest.json"
SCHEMA_VERSION: Final = 1
RUN_ID: Final = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}\Z", re.ASCII)
FOLDERS: Final = ("artifacts", "inputs", "logs", "reports", "results")

Status = Literal["running", "completed", "failed", "passed", "skipped", "cancelled"]


class FileEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One file of a run: its digest (`sha256:<hex>`) and size in bytes."""

    sha256: str
    size_bytes: int


def _layout() -> dict[str, str]:
    return {folder: f"{folder}/" for folder in FOLDERS}


class RunManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a run was, and the digest of every file that it left.

    Attributes:
        schema_version: 1.
        run_id: `YYYYMMDDTHHMMSSZ-` and 8 lower-case hex digits.
        created_at: UTC, from the id.
        kind: What was run: `benchmark`, `eval`, `demo_showcase`, `flow` or another tool's word.
        command: The command line, shell-quoted, with secrets and host paths replaced.
        argv: The same as a list.
        status: `running` until the run ends; a run that was killed stays so.
        provider: Providers, joined by commas.
        operation: Operations or suite, joined by commas.
        input_summary: JSON object.
        result_summary: JSON object; of a benchmark: result_count, error_count, retry_count, budget_passed.
        artifact_paths: Label -> path relative to the run's folder.
        event_count: Events that were emitted.
        layout: Folders of the run.
        files: Relative path -> digest, of every file but this one. Not in runs of other harnesses, nor before the end.
        input_digest: `sha256:` digest of the inputs, as in the report's envelope.
        replay_of: Run that this one repeats.
        config_profile: Name of a profile of settings, where one was used.
    """

    run_id: str
    created_at: str
    kind: str
    command: str
    status: Status
    provider: str = ""
    operation: str = ""
    input_summary: dict[str, Any] = {}
    result_summary: dict[str, Any] = {}
    artifact_paths: dict[str, str] = {}
    event_count: int = 0
    layout: dict[str, str] = msgspec.field(default_factory=_layout)
    argv: list[str] | UnsetType = UNSET
    files: dict[str, FileEntry] | UnsetType = UNSET
    input_digest: str | UnsetType | None = UNSET
    replay_of: str | UnsetType = UNSET
    config_profile: str | UnsetType | None = UNSET
    schema_version: int = SCHEMA_VERSION


def new_run_id() -> str:
    """Make an id of this second; its last eight digits are random."""
    moment = clock.timestamp().replace("-", "").replace(":", "")
    return f"{moment}-{os.urandom(4).hex()}"


def created_at(run_id: str) -> str:
    """The moment that an id tells, as documents write it."""
    date, time = run_id[:8], run_id[9:15]
    return f"{date[:4]}-{date[4:6]}-{date[6:]}T{time[:2]}:{time[2:4]}:{time[4:]}Z"
