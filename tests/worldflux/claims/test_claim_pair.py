"""A claim and its protocol belong together, or the audit does not begin."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support import FIXTURES
from worldbase import digest, document
from worldbase.errors import InputError
from worldflux.claims import claim_pair
from worldflux.documents.protocol import Protocol
from worldflux.errors import ClaimError


class Pair:
    """The quickstart's two files in a folder, open to change."""

    def __init__(self, folder: Path) -> None:
        self.claim_path = folder / "claim.json"
        self.protocol_path = folder / "protocol.json"
        self.claim: dict[str, Any] = json.loads((FIXTURES / "seeds" / "claim.json").read_bytes())
        self.protocol: dict[str, Any] = json.loads((FIXTURES / "seeds" / "protocol.json").read_bytes())

    def load(self) -> claim_pair.ClaimPair:
        self.claim_path.write_text(json.dumps(self.claim, indent=2))
        self.protocol_path.write_text(json.dumps(self.protocol, indent=2))
        return claim_pair.load(self.claim_path, self.protocol_path)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def test_the_quickstarts_placeholder_is_a_binding_of_its_own(pair: Pair) -> None:
    assert pair.load().binding == "placeholder"


def test_a_real_hash_binds(pair: Pair) -> None:
    pair.protocol["claim_hash"] = digest.of_value(pair.claim)
    assert pair.load().binding == "bound"


def test_the_hash_is_of_the_parsed_file_whatever_its_layout(pair: Pair) -> None:
    pair.protocol["claim_hash"] = digest.of_value(pair.claim)
    pair.claim = dict(reversed(pair.claim.items()))
    assert pair.load().binding == "bound"


def test_a_hash_of_another_claim_is_refused(pair: Pair) -> None:
    pair.protocol["claim_hash"] = digest.of_value({**pair.claim, "slug": "another"})
    with pytest.raises(ClaimError, match="hash") as refused:
        pair.load()
    assert (refused.value.code, refused.value.exit_code) == ("claim.hash_mismatch", 3)


def test_the_protocol_of_another_claim_is_refused(pair: Pair) -> None:
    pair.protocol["claim_id"] = "clm_01HXY7K8ABCDEFGHJKMNPQRST0"
    with pytest.raises(ClaimError) as refused:
        pair.load()
    assert refused.value.code == "claim.mismatch"


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("checkpoint_uri", "/home/jdoe42/outputs/checkpoints/last"),
        ("checkpoint_uri", "file:///mnt/nas7/ckpt"),
        ("id", "policy served at http://10.12.0.7:8000/act"),
    ],
)
def test_what_would_leak_into_the_package_is_refused_with_its_place(pair: Pair, field: str, text: str) -> None:
    pair.claim["subject"][field] = text
    with pytest.raises(ClaimError) as refused:
        pair.load()
    assert refused.value.code == "claim.private_content"
    assert refused.value.where is not None
    assert refused.value.where.pointer == f"/subject/{field}"


def test_a_curator_may_sign_with_an_address(pair: Pair) -> None:
    pair.claim["curator"]["agent"] = "Jane Doe <jane@example.com>"
    assert pair.load().claim.document.curator.agent.endswith("<jane@example.com>")


def test_all_problems_come_at_once(pair: Pair) -> None:
    pair.protocol["claim_id"] = "clm_01HXY7K8ABCDEFGHJKMNPQRST0"
    pair.protocol["claim_hash"] = f"sha256:{'ab' * 32}"
    pair.claim["subject"]["checkpoint_uri"] = "/home/jdoe42/x"
    with pytest.raises(ClaimError) as refused:
        pair.load()
    assert [problem.code for problem in refused.value.problems] == [
        "claim.mismatch",
        "claim.hash_mismatch",
        "claim.private_content",
    ]


def test_a_plan_too_big_to_audit_is_refused(pair: Pair) -> None:
    pair.protocol["execution"]["episodes_per_task"] = 10_000_000
    with pytest.raises(ClaimError) as refused:
        pair.load()
    assert refused.value.code == "claim.plan_size"


def test_an_unknown_field_names_the_nearest_known_one(pair: Pair) -> None:
    pair.protocol["execution"]["episodes_per_tasks"] = 50
    with pytest.raises(InputError) as refused:
        pair.load()
    assert "did you mean 'episodes_per_task'?" in str(refused.value.problems[0])


def test_another_kind_of_document_is_named_for_what_it_is(pair: Pair) -> None:
    pair.claim = dict(pair.protocol)
    with pytest.raises(InputError, match=r"this is a worldflux\.protocol\.v0_draft") as refused:
        pair.load()
    assert refused.value.code == "document.kind"


@pytest.mark.parametrize(
    ("seeds", "semantics", "distinct"),
    [
        ([0, 1, 2], "replicate", "52 distinct"),
        ([0, 1, 2], "start_seed", "52 distinct"),
        ([0, 50, 70], "start_seed", "120"),
    ],
)
def test_start_seeds_too_close_to_each_other_are_warned_of(
    pair: Pair, seeds: list[int], semantics: str, distinct: str
) -> None:
    pair.protocol["execution"].update(seeds=seeds, seed_semantics=semantics)
    warning = claim_pair.overlapping_seeds(pair.load().protocol.document)
    assert warning is not None
    assert distinct in warning


@pytest.mark.parametrize(
    ("seeds", "semantics"),
    [([1000, 2000, 3000], "start_seed"), ([0, 50, 100], "replicate"), ([0, 1, 2], "episode_seed")],
)
def test_seeds_far_enough_apart_are_not(pair: Pair, seeds: list[int], semantics: str) -> None:
    pair.protocol["execution"].update(seeds=seeds, seed_semantics=semantics)
    assert claim_pair.overlapping_seeds(pair.load().protocol.document) is None


def test_binding_changes_the_hash_and_no_other_byte(pair: Pair) -> None:
    before = pair.load()
    bound = claim_pair.bind(pair.claim_path, pair.protocol_path)
    assert bound.replace(before.claim.digest.encode(), b"sha256:" + b"a" * 64) == before.protocol.data
    assert document.parse(bound, Protocol).document.claim_hash == before.claim.digest
