"""The reviewer brief."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.worldflux.portfolio.packeting import cells_of, episode_of, plan_in, write_evidence
from worldbase import digest, document, strictjson
from worldbase.errors import InputError
from worldflux.documents.brief import ReviewerBrief
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.portfolio import contracts
from worldflux.portfolio.attached import Attachment
from worldflux.portfolio.brief import brief_of
from worldflux.portfolio.packet import PacketRequest
from worldflux.portfolio.packet_files import PacketPaths, load_packet, write_packet
from worldflux.portfolio.render.brief import markdown

PRO = "libero-pro"


def brief_in(folder: Path, *, own: tuple[CustomEvalContract, ...] = (), **profile: Any) -> ReviewerBrief:
    """The brief of a packet with missing cells, a duplicate and a stray."""
    plan = plan_in(folder, contracts=own, **profile)
    cells = cells_of(plan, PRO)
    episodes = [*map(episode_of, cells[2:]), episode_of(cells[2], run_seed=1), episode_of(cells[3], task="stray/0")]
    path = write_evidence(folder / "a.json", episodes)
    paths = PacketPaths(folder / "packet.md", folder / "packet.json")
    write_packet(PacketRequest(plan, [Attachment(PRO, path)]), paths)
    return brief_of(load_packet(paths.packet, paths.page), "packet.md")


def test_a_brief_is_bound_to_packet_and_page_and_is_never_ready_to_share(tmp_path: Path) -> None:
    brief = brief_in(tmp_path)
    assert brief.public_share_ready is False
    assert brief.visibility == "LOCAL_PRIVATE"
    assert brief.packet_sha256 == digest.of_file(tmp_path / "packet.json")
    assert brief.packet_markdown_sha256 == digest.of_file(tmp_path / "packet.md")
    value = {**strictjson.parse(document.dump(brief)), "public_share_ready": True}
    with pytest.raises(InputError):
        document.convert(value, ReviewerBrief)


def test_gaps_and_questions_stay_in_sight(tmp_path: Path) -> None:
    brief = brief_in(tmp_path)
    asked = "\n".join(brief.reviewer_questions)
    for words in ("2 missing cells", "run again", "nobody planned", "before the first episode", "How many times"):
        assert words in asked, words
    assert brief.missing_evidence
    assert brief.unsupported_claims
    page = markdown(brief)
    for text in (*brief.missing_evidence, *brief.reviewer_questions):
        assert text.split("`")[0][:40] in page.replace("\\", ""), text
    assert page.startswith("**LOCAL_PRIVATE**\n")
    assert page.endswith("**LOCAL_PRIVATE**\n")
    assert "Not ready for public sharing." in page
    assert not re.search(r"\b(pass|passes|passed|certified|deployable|approved)\b", page, re.IGNORECASE)


def test_consent_is_told_and_never_vouched_for(tmp_path: Path) -> None:
    contract = contracts.example()
    warnings = "\n".join(brief_in(tmp_path, own=(contract,)).consent_warnings)
    assert "Nobody verified" in warnings
    assert contract.consent.statement in warnings


def test_private_texts_are_pointed_out_and_not_repeated(tmp_path: Path) -> None:
    brief = brief_in(tmp_path, use_case="trials in /home/somebody/lab with gpu-7.corp.example.com")
    warned = [warning for warning in brief.redaction_warnings if warning.startswith("/use_case")]
    assert warned
    assert not any("/home/somebody" in warning for warning in brief.redaction_warnings)
