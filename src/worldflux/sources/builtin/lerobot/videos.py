"""Videos that `eval_info.json` names: whose episode they show, and whether they are still there.

LeRobot renders at most ten videos per task; the k-th shows episode k. Where the last batch was larger than needed,
it renders videos of episodes that were thrown away: those belong to no episode.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

import msgspec
from msgspec import UnsetType

from worldbase import digest, safepath
from worldbase.redact import redact_text
from worldflux.documents.episode import EpisodeRecord
from worldflux.documents.manifests import EpisodeRef, RawEvidence

_FOLDER: Final = "videos"


def video_id(input_id: str, position: int, episode_index: int) -> str:
    """Id of a video in the raw evidence manifest."""
    return f"{input_id}/video/{position}/{episode_index}"


def attached(records: list[EpisodeRecord], input_id: str, position: int, count: int) -> list[EpisodeRecord]:
    """Return the records with the ids of their videos; only the first `count` of them have one."""
    if count <= 0:
        return records
    filmed = [
        msgspec.structs.replace(record, video=video_id(input_id, position, record.episode_index))
        for record in records[:count]
    ]
    return filmed + records[count:]


def raw_evidence(identifier: str, text: str, result_file: Path, episode: EpisodeRef | UnsetType) -> RawEvidence:
    """Refer to a video: by its path below `videos/`, and by its digest where it still lies beside the result."""
    name = _safe_name(text)
    path = result_file.parent / name
    present = safepath.fault_of(name) is None and safepath.is_regular(path) and _lies_within(path, result_file.parent)
    video = RawEvidence(id=identifier, kind="video", name=redact_text(name), present=present, episode=episode)
    try:
        if present:
            return msgspec.structs.replace(video, sha256=digest.of_file(path), size=path.stat().st_size)
    except OSError:
        pass  # it is there and may not be read; nothing of the evidence depends on it
    return video


def _lies_within(path: Path, folder: Path) -> bool:
    """Whether no link on the way leads out of the folder."""
    return path.resolve().is_relative_to(folder.resolve())


def _safe_name(text: str) -> str:
    """`videos/pusht_0/eval_episode_0.mp4`, whatever folder the run wrote into."""
    parts = PurePosixPath(text.replace("\\", "/")).parts
    if _FOLDER in parts:
        return "/".join(parts[parts.index(_FOLDER) :])
    return parts[-1] if parts else ""
