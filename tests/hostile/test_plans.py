"""Plans that somebody made to please, or to harm the reader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.worldflux.portfolio.planning_cases import contract_of, frame_of, number, request_of, small
from tests.worldflux.portfolio.probing import probe_of, profile_of
from worldbase import digest
from worldbase.errors import InputError, WorldError
from worldflux.portfolio.plan_files import load_plan, write_plan
from worldflux.portfolio.planning import plan_of
from worldflux.portfolio.probes.registry import task_keys
from worldflux.portfolio.seed_sources import SeedRequest, commit, seed_of


def sealed_again(path: Path, **changes: Any) -> Path:
    value = json.loads(path.read_bytes())
    value.update(changes)
    del value["digest"]
    value["digest"] = digest.of_value(value)
    path.write_text(json.dumps(value))
    return path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_plan(small(), tmp_path / "plan.json")
    return tmp_path / "plan.json"


def refused(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        load_plan(path)
    assert caught.value.hint
    return caught.value.code


def test_seeds_of_another_plan(path: Path, tmp_path: Path) -> None:
    """Episodes were run with seeds that went well; the plan is made to fit them afterwards."""
    lucky = write_plan(small(seed=number(99)), tmp_path / "lucky.json")
    cells = json.loads((tmp_path / "lucky.json").read_bytes())["cells"]
    assert refused(sealed_again(path, cells=cells)) == "plan.not_derived"
    assert lucky.planned == len(cells)


def test_episodes_that_went_badly_taken_out(path: Path) -> None:
    value = json.loads(path.read_bytes())
    kept = [cell for cell in value["cells"] if cell["episode_index"] != 2]
    assert refused(sealed_again(path, cells=kept, planned=len(kept))) == "plan.not_derived"


def test_episodes_renumbered(path: Path) -> None:
    cells = json.loads(path.read_bytes())["cells"]
    for cell in cells:
        cell["episode_index"] = 3 - cell["episode_index"]
    assert refused(sealed_again(path, cells=cells)) == "plan.not_derived"


def test_a_task_swapped_for_an_easier_one(tmp_path: Path) -> None:
    """All cells and lists are changed together; the registry at hand draws another task from this seed."""
    write_plan(request_of(), tmp_path / "plan.json")
    text = (tmp_path / "plan.json").read_text()
    value = json.loads(text)
    task = value["probes"][0]["tasks"][0]
    tasks = {pair.task for pair in task_keys(probe_of("libero-pro"))}
    easy = min(tasks - set(value["probes"][0]["tasks"]))
    (tmp_path / "plan.json").write_text(text.replace(f'"{task}"', f'"{easy}"'))
    assert refused(sealed_again(tmp_path / "plan.json")) == "plan.not_derived"


def test_profiles_tried_after_the_reviewers_salt_is_known() -> None:
    """With the salts at hand each wording of the profile gives other seeds: such a plan counts as chosen."""
    salt = "0f" * 32
    request = SeedRequest("commit_reveal", salt, commitment=commit(salt, frame_of()), reviewer_salt="r" * 20)
    seeds = set()
    for number_ in range(5):
        profile = profile_of(claim_intent=f"evidence {number_}")
        plan = plan_of(request_of(profile=profile, seed=seed_of(request, frame_of(profile)))).plan
        assert plan.seed.grade == "chosen_by_operator"
        seeds.add(plan.probes[0].start_seed)
    assert len(seeds) == 5


def test_tasks_of_a_contract_put_in_another_order_after_the_commitment() -> None:
    salt, first = "0f" * 32, contract_of(listed=[{"task": "a"}, {"task": "b"}])
    turned = contract_of(listed=[{"task": "b"}, {"task": "a"}])
    request = SeedRequest("commit_reveal", salt, commitment=commit(salt, frame_of(None, first)), reviewer_salt="r" * 20)
    assert seed_of(request, frame_of(None, first)).grade == "mixed_with_reviewer"
    assert seed_of(request, frame_of(None, turned)).grade == "chosen_by_operator"


@pytest.mark.parametrize(
    "changes",
    [
        {"planned": 2**53 - 1},
        {"planned": -1},
        {"planned": 1e400},
        {"cells": []},
        {"cells": None},
        {"cells": [{}]},
        {"cell_stream": {"path": "x", "sha256": "sha256:" + "0" * 64, "count": 1}},
        {"probes": []},
        {"visibility": "PUBLIC"},
        {"boundary": 7},
        {"extra": True},
        {"created_at": "yesterday"},
    ],
    ids=str,
)
def test_what_is_no_plan_at_all(path: Path, changes: dict[str, Any]) -> None:
    value = {**json.loads(path.read_bytes()), **changes}
    path.write_text(json.dumps(value))
    with pytest.raises(WorldError) as caught:
        load_plan(path)
    assert caught.value.exit_code == 3


def test_a_plan_of_endless_episodes_ends(path: Path) -> None:
    """The reader counts the cells that are there, not those that a plan says."""
    value = json.loads(path.read_bytes())
    value["probes"][0].update(episodes_per_task=2**53 - 1, cells=2**53 - 1)
    assert refused(sealed_again(path, probes=value["probes"], planned=len(value["cells"]))) == "plan.not_derived"


def test_a_plan_that_is_a_link_to_nothing_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("nowhere")
    assert refused(tmp_path / "link.json") == "file.missing"
    assert refused(tmp_path) == "file.unreadable"


def test_duplicate_keys_in_a_plan(path: Path) -> None:
    text = path.read_text()
    path.write_text(text.replace('"planned":', '"planned": 1, "planned":', 1))
    assert refused(path) == "json.duplicate_key"
