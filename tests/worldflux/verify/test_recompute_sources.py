"""What every source writes is what its episodes give: whatever the plan, the seeds and the questions."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.contracts.source_cases import CASES
from tests.worldflux.verify.recomputing import files_of, members_of, recomputed, shared
from worldbase.console import Progress
from worldflux.audit.run import AuditRequest, audit
from worldflux.claims.drafting import draft
from worldflux.testing.source_contract import SourceCase
from worldflux.verify import episode_lines

UNKNOWN_PLAN: Final[list[str]] = []
"""The template's own plan: no task of the source is in it, so that everything is outside."""
SEEDED: Final = ["cosmos-predict", "embodied-gov-bench", "lbm_eval", "lerobot"]
"""Sources whose samples tell the environment seed of each episode, with a start seed declared where they need one."""


def case_of(source: str, folder: Path) -> SourceCase:
    made = CASES[source]
    (folder / "case").mkdir()
    return made if isinstance(made, SourceCase) else made(folder / "case")


def audited(case: SourceCase, folder: Path, settings: Sequence[str], *, savi: bool = False, run_info: str = "") -> Path:
    drafted = draft("generic", [*case.settings, *settings])
    claim, protocol = folder / "claim.json", folder / "protocol.json"
    claim.write_bytes(drafted.claim)
    protocol.write_bytes(drafted.protocol)
    facts = [*case.run_info, *([run_info] if run_info else ())]
    request = AuditRequest(case.source, case.inputs, claim, protocol, folder / "package", facts, savi=savi)
    audit(request, lambda label, total, size: contextlib.nullcontext(Progress()))
    return folder / "package"


def plan_of(case: SourceCase, episodes: int, semantics: str = "replicate") -> list[str]:
    """A plan that has the tasks of the source."""
    return [
        f"protocol.benchmark.task_list={json.dumps(list(case.expected))}",
        f"protocol.execution.episodes_per_task={episodes}",
        f'protocol.execution.seed_semantics="{semantics}"',
    ]


def require_clean(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It verifies, with its episodes and without, and no line needs a second look."""

    def unusual(line: bytes, number: int) -> None:
        pytest.fail(f"line {number} is not in the form in which audits write them: {line!r}")

    monkeypatch.setattr(episode_lines, "_strict", unusual)
    members = members_of(files_of(package))
    whole = recomputed(members)
    withheld = recomputed(shared(members_of(files_of(package))))
    stated = members.audit_input.document
    assert (whole.level, whole.episodes, whole.cells) == ("episodes", stated.episodes.count, len(stated.cells))
    assert (withheld.level, withheld.episodes) == ("cells", 0)
    assert whole.numbers == withheld.numbers > 30
    assert sum(entry.episodes for entry in stated.run.inputs) == stated.episodes.count


@pytest.mark.parametrize("semantics", ["replicate", "start_seed"])
@pytest.mark.parametrize("episodes", [2, 50], ids=["short plan", "long plan"])
@pytest.mark.parametrize("source", CASES)
def test_what_a_source_writes_is_what_follows(
    source: str, episodes: int, semantics: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(source, tmp_path)
    package = audited(case, tmp_path, plan_of(case, episodes, semantics), savi=episodes == 2)
    require_clean(package, monkeypatch)


@pytest.mark.parametrize("source", CASES)
def test_episodes_outside_the_plan_are_never_refused(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    require_clean(audited(case_of(source, tmp_path), tmp_path, UNKNOWN_PLAN), monkeypatch)


@pytest.mark.parametrize("source", SEEDED)
def test_where_seeds_of_episodes_are_those_of_the_plan(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(source, tmp_path)
    package = audited(case, tmp_path, plan_of(case, 2, "episode_seed"), run_info="start_seed=0")
    require_clean(package, monkeypatch)


@pytest.mark.parametrize("source", [name for name, made in CASES.items() if isinstance(made, SourceCase) and made.grow])
def test_many_episodes_of_a_source(source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = case_of(source, tmp_path)
    assert case.grow is not None
    grown = SourceCase(source, [case.grow(tmp_path, 600)], {}, run_info=case.run_info)
    require_clean(audited(grown, tmp_path, UNKNOWN_PLAN), monkeypatch)
