"""Two policies under labels: the sheet is sealed, the key is its keeper's, the order is the plan's."""

from __future__ import annotations

import stat
from collections import Counter
from pathlib import Path

import msgspec
import pytest
from scipy.stats import binomtest

from tests.worldflux.portfolio.planning_cases import contract_of, number, small
from tests.worldflux.portfolio.sheeting import frozen_plan
from worldbase import document
from worldbase.errors import InputError, UsageError
from worldflux.errors import PlanError
from worldflux.portfolio import blinding, run_sheet
from worldflux.portfolio.plan_files import FrozenPlan
from worldflux.portfolio.rederivation import stream_of
from worldflux.portfolio.render.run_sheet import markdown
from worldflux.portfolio.render.run_sheet_html import pieces


@pytest.fixture
def frozen(tmp_path: Path) -> FrozenPlan:
    return frozen_plan(tmp_path)


def test_each_cell_is_run_by_both_arms_one_right_after_the_other(frozen: FrozenPlan) -> None:
    key = blinding.new_key(frozen.plan, "other_policy")
    work = run_sheet.sheet_of(frozen, arms=blinding.sealed(key))
    rows = list(work.rows())
    assert work.sheet.planned == len(rows) == 2 * frozen.plan.planned
    for cell, first, second in zip(frozen.cells(), rows[::2], rows[1::2], strict=True):
        for row in (first, second):
            assert (row.probe, row.task, row.axis, row.episode_index, row.seed) == (
                *(cell.probe, cell.task, cell.axis),
                *(cell.episode_index, cell.seed),
            )
        assert {first.arm, second.arm} == {"A", "B"}


def test_the_order_within_pairs_is_the_plans_and_tells_nothing_of_the_key(tmp_path: Path) -> None:
    frozen = frozen_plan(tmp_path, small(contracts=(contract_of(tasks=20, episodes=50),)))
    seals = [blinding.sealed(blinding.new_key(frozen.plan, "other_policy")) for _ in range(8)]
    orders = {tuple(row.arm for row in run_sheet.sheet_of(frozen, arms=seal).rows()) for seal in seals}
    assert len(orders) == 1
    first = Counter(orders.pop()[::2])
    assert binomtest(first["A"], 1000, 0.5).pvalue > 0.001


def test_another_seed_gives_another_order(tmp_path: Path) -> None:
    found = set()
    for seed in (1, 2):
        (tmp_path / str(seed)).mkdir()
        plan = frozen_plan(tmp_path / str(seed), small(seed=number(seed))).plan
        orders = blinding.orders(stream_of(plan))
        found.add(tuple(next(orders) for _ in range(64)))
    assert len(found) == 2


def test_labels_are_drawn_and_each_key_has_a_seal_of_its_own(frozen: FrozenPlan) -> None:
    keys = [blinding.new_key(frozen.plan, "other_policy") for _ in range(64)]
    assert {key.arms["A"] for key in keys} == {"a_policy", "other_policy"}
    assert len({blinding.commitment_of(key) for key in keys}) == 64


def test_no_page_and_no_sheet_tells_which_is_which(frozen: FrozenPlan) -> None:
    key = blinding.new_key(frozen.plan, "other_policy")
    swapped = msgspec.structs.replace(key, arms={"A": key.arms["B"], "B": key.arms["A"]})
    texts = []
    for one in (key, swapped):
        seal = blinding.sealed(one)
        work = run_sheet.sheet_of(frozen, arms=seal)
        page = markdown(work.sheet, work.rows()) + b"".join(pieces(work.sheet, work.rows())).decode()
        texts.append((document.dump(work.sheet).decode() + page).replace(seal.commitment, "SEAL"))
        assert key.salt not in texts[-1]
        assert "other_policy" in texts[-1]
    assert texts[0] == texts[1]


def test_the_key_is_written_for_its_owner_and_never_again(frozen: FrozenPlan, tmp_path: Path) -> None:
    path = tmp_path / "arm_key.json"
    key = blinding.key_for(frozen.plan, "other_policy", path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for _ in range(8):
        assert blinding.key_for(frozen.plan, "other_policy", path) == key == blinding.read_key(path)


def test_a_key_of_another_plan_or_other_policies_is_not_replaced(frozen: FrozenPlan, tmp_path: Path) -> None:
    path = tmp_path / "arm_key.json"
    blinding.key_for(frozen.plan, "other_policy", path)
    before = path.read_bytes()
    (tmp_path / "other").mkdir()
    other = frozen_plan(tmp_path / "other", small(seed=number(2)))
    for plan, policy in ((other.plan, "other_policy"), (frozen.plan, "third_policy")):
        with pytest.raises(PlanError) as refused:
            blinding.key_for(plan, policy, path)
        assert refused.value.code == "run_sheet.key_differs"
    path.write_text("{}")
    with pytest.raises(InputError):
        blinding.key_for(frozen.plan, "other_policy", path)
    assert path.read_text() == "{}"
    assert before


def test_only_the_key_that_sealed_the_sheet_opens_it(frozen: FrozenPlan) -> None:
    key = blinding.new_key(frozen.plan, "other_policy")
    seal = blinding.sealed(key)
    assert blinding.opened(seal, key, plan_digest=frozen.plan.digest) == key.arms
    swapped = msgspec.structs.replace(key, arms={"A": key.arms["B"], "B": key.arms["A"]})
    salted = msgspec.structs.replace(key, salt="00" * 32)
    for wrong, digest in ((swapped, key.plan), (salted, key.plan), (key, "sha256:" + "0a" * 32)):
        with pytest.raises(PlanError) as refused:
            blinding.opened(seal, wrong, plan_digest=digest)
        assert refused.value.code == "run_sheet.key_differs"


@pytest.mark.parametrize(
    ("policy", "code"),
    [("a_policy", "run_sheet.same_policy"), ("", "run_sheet.policy_name"), ("a b", "run_sheet.policy_name")],
)
def test_the_second_policy_is_another_one_and_has_a_name(policy: str, code: str, frozen: FrozenPlan) -> None:
    with pytest.raises(UsageError) as refused:
        blinding.new_key(frozen.plan, policy)
    assert refused.value.code == code
