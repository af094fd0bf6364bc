"""Write the demo folder: inputs, claims and the packages made of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from worldbase.files import StagedFolder
from worldflux.audit.run import AuditRequest, ShowProgress, audit
from worldflux.claims.drafting import draft
from worldflux.documents.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Example:
    """One claim about bundled runs.

    Attributes:
        name: Folder below the demo's folder.
        runs: Folders of the bundled data, one per run.
        template: Template of claim and protocol.
        settings: What the template leaves open.
    """

    name: str
    runs: tuple[str, ...]
    template: str
    settings: tuple[str, ...]


EXAMPLES: Final = (
    Example(
        name="metaworld",
        runs=("metaworld_s1000", "metaworld_s2000"),
        template="lerobot-metaworld",
        settings=(
            "claim.claim_text=A scripted expert with action noise 0.5 succeeds at least 70% of the time on hard tasks.",
            "claim.slug=metaworld-noisy-expert",
            "claim.expected_metrics.0.value=0.7",
            "claim.subject.type=scripted_policy",
            "claim.subject.id=metaworld/noisy-expert-0.5",
            "claim.subject.checkpoint_uri=local:metaworld/noisy-expert-0.5",
            "protocol.model_runtime.checkpoint_uri=local:metaworld/noisy-expert-0.5",
        ),
    ),
    Example(
        name="pusht",
        runs=("pusht_s1000", "pusht_s2000"),
        template="lerobot-pusht",
        settings=(
            "claim.claim_text=A sampling controller with 24 samples succeeds in at least 80% of episodes on PushT.",
            "claim.slug=pusht-sampling-controller",
            "claim.subject.type=controller",
            "claim.subject.id=pusht/sampling-controller-24",
            "claim.subject.checkpoint_uri=local:pusht/sampling-controller-24",
            "protocol.model_runtime.checkpoint_uri=local:pusht/sampling-controller-24",
            "protocol.execution.seeds=[1000, 2000]",
        ),
    ),
)


def holds_only_a_demo(folder: Path) -> bool:
    """Whether a folder can be replaced by a new demo without losing anything of the user's."""
    return folder.is_dir() and {entry.name for entry in folder.iterdir()} <= {example.name for example in EXAMPLES}


def write_demo(output: Path, show_progress: ShowProgress) -> Iterator[tuple[Example, Evidence]]:
    """Write all examples below `output`, and yield each with its evidence once the folder stands.

    Raises:
        UsageError: `output.exists` where the folder holds anything but an earlier demo.
    """
    with StagedFolder(output, overwrite=holds_only_a_demo(output)) as staged:
        results = [
            (example, _write_example(example, staged.path / example.name, show_progress)) for example in EXAMPLES
        ]
        staged.commit()
    yield from results


def _write_example(example: Example, folder: Path, show_progress: ShowProgress) -> Evidence:
    drafted = draft(example.template, list(example.settings))
    claim, protocol = folder / "claim_pkg" / "claim.json", folder / "claim_pkg" / "protocol.json"
    claim.parent.mkdir(parents=True)
    claim.write_bytes(drafted.claim)
    protocol.write_bytes(drafted.protocol)
    data = resources.files("worldflux.demo") / "data"
    runs = [_copy(data / run, folder / "runs" / run) for run in example.runs]
    request = AuditRequest("lerobot", runs, claim, protocol, folder / "evidence_pkg")
    return audit(request, show_progress)


def _copy(source: Traversable, target: Path) -> Path:
    target.mkdir(parents=True)
    for item in source.iterdir():
        (target / item.name).write_bytes(item.read_bytes())
    return target
