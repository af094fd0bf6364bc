"""`evidence_manifest.json`: what a bundle holds, what it leaves out and why, and whether it is safe to attach."""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

EVIDENCE_MANIFEST: Final = "evidence_manifest.json"
SUMMARY_MARKDOWN: Final = "summary.md"
SUMMARY_HTML: Final = "summary.html"
ISSUE_MARKDOWN: Final = "issue.md"
ISSUE_HTML: Final = "issue.html"
SCHEMA_VERSION: Final = 1

FileKind = Literal["run_manifest", "report", "gate", "result", "input", "budget", "log", "artifact"]


class RunEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the bundle, told from the copies alone.

    Attributes:
        run_id: Its id.
        kind: `benchmark`, `eval` or another.
        status: As the manifest says; `interrupted` where it says `running` and its process is gone; `unreadable`.
        command: The command line, without secrets and host paths.
        provider: Providers, joined by commas.
        operation: Operations or suite, joined by commas.
        expected_signal: What a good run would have shown.
        observed_failure: What this one showed instead; null where it went well.
        skip_reason: Why nothing was run, where nothing was.
        validation_errors: What could not be read.
        source_path: The run's folder, relative to the workspace.
    """

    run_id: str
    kind: str
    status: str
    command: str = ""
    provider: str = ""
    operation: str = ""
    expected_signal: str = ""
    observed_failure: str | None = None
    skip_reason: str | None = None
    validation_errors: list[str] = []
    source_path: str


class BundledFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a run, copied or left out.

    Attributes:
        path: Where the copy is in the bundle; null where there is none.
        source: Where it came from, relative to the workspace; the same as `path` where its name may not be shown.
        kind: What it is.
        included: Whether the bundle holds a copy.
        safe_to_attach: Whether the copy's bytes, as they were written, hold nothing that has to go.
        local_only: Whether it stays on the machine.
        reason: Why it was left out, or that it was rewritten.
        sha256: Digest of the copy.
        size_bytes: Of the copy; of the source where there is none.
        rewritten: Whether the copy differs from the source because something had to go.
        source_sha256: Digest of the source; null where it could not be read.
    """

    path: str | None
    source: str
    kind: FileKind
    included: bool
    safe_to_attach: bool
    local_only: bool
    reason: str | None = None
    sha256: str | None = None
    size_bytes: int | None = None
    rewritten: bool = False
    source_sha256: str | None = None


class EvidenceManifest(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle.

    Attributes:
        schema_version: 1.
        generated_at: UTC.
        source_workspace: Name of the workspace's folder.
        run_count: Runs in it.
        runs: Each of them, oldest first.
        files: Every file of these runs.
        fixture_digests: `sha256:` digests of the inputs that they were run with, sorted.
        included_count: Files of which there is a copy.
        excluded_count: Files of which there is none.
        rewritten_count: Copies from which something had to go.
        safe_to_attach: True when every file in the bundle was clean as it was written, these pages included, and
            the bundle holds the manifest and the report of every run. A file that was left out for another reason
            makes a bundle poorer and not unsafe.
        bundle_kind: `issue-run` for the bundle of an issue.
        issue_template: The text of `issue.md`.
        first_triage_step: Where to look first.
    """

    schema_version: int = SCHEMA_VERSION
    generated_at: str
    source_workspace: str
    run_count: int
    runs: list[RunEntry]
    files: list[BundledFile]
    fixture_digests: list[str]
    included_count: int
    excluded_count: int
    rewritten_count: int
    safe_to_attach: bool
    bundle_kind: Literal["issue-run"] | UnsetType = UNSET
    issue_template: str | UnsetType = UNSET
    first_triage_step: str | UnsetType = UNSET

    def to_dict(self) -> dict[str, Any]:
        """The manifest as JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value
