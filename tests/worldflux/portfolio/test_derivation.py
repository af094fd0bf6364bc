"""Random choices: by the vectors, by a second implementation, without bias."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections import Counter
from itertools import islice
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from tests.support import REPO
from tests.worldflux.portfolio import second_derivation as second
from worldflux.portfolio import derivation
from worldflux.portfolio.derivation import START_SEEDS, Stream, expanded

PROFILE: Final = "sha256:" + "11" * 32
REGISTRY: Final = "sha256:" + "22" * 32
CASES: Final = json.loads((REPO / "tests" / "vectors_plan" / "derivation.json").read_bytes())["cases"]
BY_CHANCE: Final = 0.001


def stream_of(case: dict[str, Any]) -> Stream:
    return Stream(bytes.fromhex(case["material"]), case["profile_digest"], case["registry_digest"])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_vectors(case: dict[str, Any]) -> None:
    stream = stream_of(case)
    for drawn in case["integers"]:
        assert list(islice(stream.integers(drawn["purpose"], drawn["below"]), 5)) == drawn["first"]
    for sample in case["samples"]:
        found = stream.sample(sample["purpose"], sample["n"], sample["k"])
        if "drawn" in sample:
            assert found == sample["drawn"]
        else:
            assert sum(index * value for index, value in enumerate(found)) == sample["sum_of_index_times_value"]
    for start in case["start_seeds"]:
        assert stream.start_seed(start["probe"]) == start["start_seed"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_octets_of_the_vectors(case: dict[str, Any]) -> None:
    prk = second.key(bytes.fromhex(case["material"]), case["profile_digest"], case["registry_digest"])
    purpose = case["stream"]["purpose"]
    assert prk.hex() == case["prk"]
    octets = second.octets(prk, purpose, 2)
    assert octets[:64].hex() == case["stream"]["first_64_octets"]
    assert octets[8144:8176].hex() == case["stream"]["octets_8144_to_8176"]


# RFC 5869, appendix A.1 and A.2: expansion of the PRK.
@pytest.mark.parametrize(
    ("prk", "info", "okm"),
    [
        (
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
            "f0f1f2f3f4f5f6f7f8f9",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
    ],
)
def test_the_expansion_of_the_rfc(prk: str, info: str, okm: str) -> None:
    assert b"".join(expanded(bytes.fromhex(prk), bytes.fromhex(info), 2))[: len(okm) // 2].hex() == okm


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=40), st.integers(1, 255))
def test_the_expansion_agrees_with_the_library(key: bytes, info: bytes, steps: int) -> None:
    assert b"".join(expanded(key, info, steps)) == HKDFExpand(SHA256(), 32 * steps, info).derive(key)


@given(st.binary(max_size=64), st.integers(1, 60), st.integers(0, 70))
def test_a_second_implementation_draws_the_same(material: bytes, n: int, k: int) -> None:
    prk = second.key(material, PROFILE, REGISTRY)
    stream = Stream(material, PROFILE, REGISTRY)
    assert stream.sample("tasks/x/y", n, k) == second.sample(prk, "tasks/x/y", n, k)
    assert list(islice(stream.integers("other", n), 5)) == second.integers(prk, "other", n, 5)


@given(st.binary(max_size=16), st.integers(0, 200), st.integers(0, 250))
def test_a_sample_holds_nothing_twice(material: bytes, n: int, k: int) -> None:
    drawn = Stream(material, PROFILE, REGISTRY).sample("p", n, k)
    assert len(drawn) == min(n, k) == len(set(drawn))
    assert all(0 <= one < n for one in drawn)


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_smaller_sample_is_the_start_of_a_larger_one(a: int, b: int) -> None:
    stream = Stream(b"1", PROFILE, REGISTRY)
    few, many = sorted((a, b))
    assert stream.sample("p", 300, many)[:few] == stream.sample("p", 300, few)


@pytest.mark.parametrize("bound", [3, 5, 6, 7, 2**63 + 1])
def test_words_that_would_favour_small_integers_are_passed_over(bound: int, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = 2**64 - 2**64 % bound
    monkeypatch.setattr(derivation, "_words", lambda *_: iter([limit - 1, limit, 2**64 - 1, 0]))
    assert list(islice(Stream(b"1", PROFILE, REGISTRY).integers("p", bound), 2)) == [bound - 1, 0]


def test_rejection_is_exact_on_a_small_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """With words of four bits, all sixteen of them: each integer below 5 comes up three times and one word is lost."""
    monkeypatch.setattr(derivation, "_SPAN", 16)
    monkeypatch.setattr(derivation, "_words", lambda *_: iter(range(16)))
    drawn = list(islice(Stream(b"1", PROFILE, REGISTRY).integers("p", 5), 15))
    assert Counter(drawn) == dict.fromkeys(range(5), 3)


def test_samples_are_uniform() -> None:
    """Chi-square over 4,000 fixed seeds: how often each of 12 items is among the 3 that are drawn."""
    counts = Counter(
        item
        for seed in range(4000)
        for item in Stream(str(seed).encode(), PROFILE, REGISTRY).sample("tasks/libero-pro/position", 12, 3)
    )
    expected = 4000 * 3 / 12
    # Items of one sample exclude one another, which shrinks the variance by (1 - k/n) n/(n-1).
    statistic = sum((counts[item] - expected) ** 2 / expected for item in range(12)) / (1 - 3 / 12) * 11 / 12
    assert chi2.sf(statistic, 11) > BY_CHANCE


def test_orders_are_uniform() -> None:
    """All 24 orders of 4 items, over 4,800 fixed seeds."""
    counts = Counter(
        tuple(Stream(str(seed).encode(), PROFILE, REGISTRY).sample("order/0", 4, 4)) for seed in range(4800)
    )
    assert len(counts) == 24
    assert chi2.sf(sum((count - 200) ** 2 / 200 for count in counts.values()), 23) > BY_CHANCE


@pytest.mark.parametrize("other", [("2", PROFILE, REGISTRY), ("1", REGISTRY, REGISTRY), ("1", PROFILE, PROFILE)])
def test_everything_that_goes_in_changes_what_comes_out(other: tuple[str, str, str]) -> None:
    one, another = Stream(b"1", PROFILE, REGISTRY), Stream(other[0].encode(), *other[1:])
    assert one.sample("p", 1000, 20) != another.sample("p", 1000, 20)
    assert one.start_seed("libero-pro") != another.start_seed("libero-pro")


def test_purposes_do_not_share_their_draws() -> None:
    stream = Stream(b"1", PROFILE, REGISTRY)
    assert stream.sample("order/1", 1000, 20) != stream.sample("order/11", 1000, 20)


def test_start_seeds_leave_room_for_a_million_episodes() -> None:
    seeds = [Stream(str(number).encode(), PROFILE, REGISTRY).start_seed("p") for number in range(500)]
    assert all(0 <= seed < START_SEEDS for seed in seeds)
    assert START_SEEDS + 1_000_000 < 2**31
    assert max(seeds) > START_SEEDS // 2


def test_the_salt_is_the_digest_of_both_texts() -> None:
    prk = second.key(b"1", PROFILE, REGISTRY)
    salt = hashlib.sha256((PROFILE + REGISTRY).encode()).digest()
    assert prk == hmac.digest(salt, b"1", "sha256")
