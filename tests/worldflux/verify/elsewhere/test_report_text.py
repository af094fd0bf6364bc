"""evidence.md rendered by two programs: the same bytes, whatever the texts and numbers are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.worldflux.auditing import bench
from tests.worldflux.signed_packages import TASKS, run_of
from tests.worldflux.verify.elsewhere.node import ask
from worldbase import document
from worldflux.documents.evidence import Evidence
from worldflux.package import layout
from worldflux.package.render.v1 import markdown

RENDER: Final = "const texts = []; for (const one of given) texts.push(await V.renderEvidence(one)); return texts;"

TRICKY: Final = (
    "",
    "(empty)",
    " edge ",
    "two  blanks   three",
    "| cell | `code` *b* _i_ snake_case __x__ _a",
    "# head",
    "1. list",
    "٣) list",
    "+ item",
    ">quote",
    "www.example.org https://example.org a.b",
    "<script>&amp;$x$~~s~~[l](u)\\",
    "\\u{202e}",
    "\u202eevil\u200b\u00ad\ufeff",
    "a\nb\tc\r",
    "e\u0301 \u0301lead",
    "\u1100\u1161\u11a8",
    "\ufb01 \u212b \u0344",
    "ªº²½ⅷ_x _ⅷ",
    "\U0001d518\U0001f600_\U000e0100",
    "\u3000ideographic\u00a0",
    "x" * 200,
    "ab…[200 characters, 0123abcd]",
    "\u0378 unassigned \ue000 private",
)
TEXTS: Final = st.one_of(
    st.sampled_from(TRICKY),
    st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=30),
    st.text("ab_ *|`.:/w1)\u0301\u0345\u0334é\u200b", max_size=30),
)
RATES: Final = st.one_of(st.floats(0, 1), st.sampled_from([0.0005, 0.00025, 0.125, 0.0625, 0.2225, 1e-9, 0.99995]))


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A stored evidence with every kind of row: two metrics, sensitivity, findings."""
    folder: Path = tmp_path_factory.mktemp("report")
    place = bench(folder, tasks=TASKS, episodes=10)
    place.audit(run_of(folder, 9, 8))
    value: dict[str, Any] = json.loads((place.output / layout.EVIDENCE).read_bytes())
    return value


def changed(value: dict[str, Any], data: st.DataObject) -> dict[str, Any]:
    """The same evidence with other texts and numbers in all places that come from outside."""
    copy: dict[str, Any] = json.loads(json.dumps(value))
    copy["headline"], copy["claim"]["text"] = data.draw(TEXTS), data.draw(TEXTS)
    copy["claim_boundary"], copy["source"]["name"] = data.draw(TEXTS), data.draw(TEXTS)
    copy["unsupported_claims"] = data.draw(st.lists(TEXTS, max_size=3))
    copy["missing_evidence"] = data.draw(st.lists(st.sampled_from(["operator", "what_nobody_knows"]), max_size=2))
    copy["slices"]["by_task"][0]["key"] = data.draw(TEXTS)
    copy["findings"] = [
        {"code": "a.b", "severity": "info", "message": data.draw(TEXTS), "where": data.draw(st.none() | TEXTS)}
    ]
    (metric,) = copy["metrics"]
    metric["name"], metric["unit"] = data.draw(TEXTS), data.draw(TEXTS)
    metric["value"] = data.draw(st.floats(-1e9, 1e9))
    metric["estimate"], metric["attained_size"] = data.draw(RATES), data.draw(RATES)
    metric["interval"]["lower"], metric["interval"]["upper"] = data.draw(RATES), data.draw(RATES)
    metric["successes"] = data.draw(st.none() | st.integers(0, 2**40))
    metric["design_effect"] = data.draw(st.floats(0.01, 1000) | st.just(1))
    metric["p_value"]["value"] = data.draw(RATES)
    metric["sequential"] = {
        "blocks": data.draw(st.integers(0, 10**7)),
        "log_e_support": data.draw(st.floats(-50, 50)),
        "log_e_refute": data.draw(st.floats(-50, 50)),
        "log_e_needed": 2.99573227355,
        "decided_at": data.draw(st.none() | st.integers(0, 10**7)),
    }
    return copy


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_both_render_the_same_bytes(evidence: dict[str, Any], data: st.DataObject) -> None:
    values = [changed(evidence, data) for _ in range(15)]
    expected = [markdown(document.convert(value, Evidence)) for value in values]
    assert ask(RENDER, values) == expected


def test_stored_report(evidence: dict[str, Any]) -> None:
    assert ask(RENDER, [evidence]) == [markdown(document.convert(evidence, Evidence))]


@pytest.mark.parametrize("text", TRICKY)
def test_tricky_texts(evidence: dict[str, Any], text: str) -> None:
    value = json.loads(json.dumps(evidence)) | {"headline": text}
    value["slices"]["by_task"][0]["key"] = text
    assert ask(RENDER, [value]) == [markdown(document.convert(value, Evidence))]
