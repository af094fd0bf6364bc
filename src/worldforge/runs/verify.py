"""Whether a run is still as it was left: every file against its digest, and the digests of the report's envelope.

This finds what was cut off, edited or lost. It does not find who rewrites a file *and* the manifest; the manifest's own
digest, quoted elsewhere, does.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

from worldbase import digest
from worldbase.redact import redact_text
from worldbase.tables import text_table
from worldforge.runs import folder
from worldforge.runs.manifest import MANIFEST, FileEntry, RunManifest
from worldforge.runs.preserved import INTERRUPTED, REPORT, read_manifest, state_of
from worldforge.runs.report_digests import DigestCheck, check_digests

_UNFINISHED: Final = frozenset(["running", INTERRUPTED])

Conclusion = Literal["intact", "differs", "not_verifiable", "unfinished"]


class FileDifference(msgspec.Struct, frozen=True, kw_only=True):
    """A file that is not as the manifest says.

    Attributes:
        path: Relative to the run.
        problem: `changed`, `missing`, `extra` (the manifest does not know it), or `not_plain` (a link or special file).
        recorded: Digest in the manifest.
        found: Digest of what lies there.
    """

    path: str
    problem: Literal["changed", "missing", "extra", "not_plain"]
    recorded: str | None = None
    found: str | None = None


class RunVerification(msgspec.Struct, frozen=True, kw_only=True):
    """What verification found.

    Attributes:
        schema_version: 1.
        run_id: The run.
        conclusion: `intact`; `differs`; `not_verifiable` where the manifest holds no digests; `unfinished` where the
            run has not ended or was interrupted, so that its manifest holds none yet.
        state: The manifest's status, or `interrupted`.
        manifest_sha256: Digest of the manifest's bytes: to be quoted where it matters that nobody rewrote it.
        file_count: Files that the manifest knows.
        differences: Files that are not as it says.
        digests: Digests of the report's envelope, computed again.
    """

    run_id: str
    conclusion: Conclusion
    state: str
    manifest_sha256: str
    file_count: int
    differences: list[FileDifference]
    digests: list[DigestCheck]
    schema_version: int = 1


def verify_run(run: Path) -> RunVerification:
    """Verify a run.

    Args:
        run: Its folder.

    Raises:
        WorldForgeError: Of `read_manifest` and `folder.walk`; a report that cannot be read is a difference.
    """
    manifest = read_manifest(run)
    data = folder.read(run, MANIFEST, max_bytes=folder.MAX_MANIFEST_BYTES) or b""
    differences = list(_differences(run, manifest))
    digests = check_digests(run, manifest.artifact_paths.get("json", REPORT))
    return RunVerification(
        run_id=manifest.run_id,
        conclusion=_conclusion(run, manifest, differences, digests),
        state=state_of(run, manifest),
        manifest_sha256=digest.of_bytes(data),
        file_count=len(_recorded(manifest.files)),
        differences=differences,
        digests=digests,
    )


def verification_text(found: RunVerification) -> str:
    """The verification for people."""
    rows = [[difference.problem, difference.path] for difference in found.differences]
    rows += [[check.outcome, check.name] for check in found.digests]
    return (
        f"{found.run_id}: {_SAID[found.conclusion]}\n"
        + (f"\n{text_table(('', 'what'), rows)}" if rows else "")
        + f"\n{found.file_count} file(s) with a digest; run_manifest.json is {found.manifest_sha256}\n"
    )


_SAID: Final[dict[str, str]] = {
    "intact": "every file is as it was left",
    "differs": "NOT as it was left",
    "not_verifiable": "the manifest holds no digests, so nothing says how the files were left",
    "unfinished": "the run has no end, so it holds no digests",
}


def _conclusion(
    run: Path, manifest: RunManifest, differences: list[FileDifference], digests: list[DigestCheck]
) -> Conclusion:
    if any(check.outcome == "differs" for check in digests):
        return "differs"
    if manifest.files is UNSET:
        return "unfinished" if state_of(run, manifest) in _UNFINISHED else "not_verifiable"
    return "differs" if differences else "intact"


def _recorded(files: dict[str, FileEntry] | UnsetType) -> dict[str, FileEntry]:
    return {} if files is UNSET else files


def _differences(run: Path, manifest: RunManifest) -> Iterator[FileDifference]:
    if manifest.files is UNSET:
        return
    found = {file.path: file for file in folder.walk(run) if file.path != MANIFEST}
    for path in sorted({*manifest.files, *found}):
        recorded, lying = manifest.files.get(path), found.get(path)
        if lying is not None and not lying.is_plain:
            yield _difference(path, "not_plain", recorded)
        elif lying is None:
            yield _difference(path, "missing", recorded)
        elif recorded is None:
            yield _difference(path, "extra", None, _digest(run, path))
        elif (now := _digest(run, path)) != recorded.sha256 or lying.size != recorded.size_bytes:
            yield _difference(path, "changed", recorded, now)


def _difference(
    path: str,
    problem: Literal["changed", "missing", "extra", "not_plain"],
    recorded: FileEntry | None,
    found: str | None = None,
) -> FileDifference:
    return FileDifference(
        path=redact_text(path),
        problem=problem,
        recorded=None if recorded is None else redact_text(recorded.sha256[:100]),
        found=found,
    )


def _digest(run: Path, path: str) -> str | None:
    try:
        return digest.of_file(run / path)
    except OSError:
        return None
