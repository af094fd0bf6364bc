"""The public view: an allow list, whatever the evidence says, whatever a later version adds."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import REPO
from tests.worldflux.signed_packages import quiet, small_package
from worldbase import document
from worldflux.documents.audit_input import Finding
from worldflux.documents.evidence import Evidence, MetricEvidence
from worldflux.documents.manifests import ArtifactManifest
from worldflux.documents.public_view import PublicView, ShownMetric
from worldflux.package import layout
from worldflux.package.public_view import public_view_digest, public_view_of
from worldflux.package.statements import Statable
from worldflux.verify.contents import check

DIGEST: Final = "sha256:" + "ab" * 32
PLANTED: Final = "planted-7c1e"
SHOWN: Final = {
    "": {
        "schema_version",
        "display_id",
        "manifest",
        "claim",
        "protocol",
        "result",
        "scope",
        "recommendation",
        "deployment_summary",
        "findings",
        "missing_evidence",
        "unsupported_claims",
        "next_falsification_axes",
        "claim_boundary",
        "artifacts",
    },
    "claim": {"text", "hash"},
    "protocol": {"hash", "binding", "precedence"},
    "result": {"verdict", "headline", "reasons", "metrics", "denominator"},
    "findings": {"code", "severity", "count"},
    "artifacts": {"name", "kind", "size", "state"},
}
"""What a share may ever show, stated here a second time: another field has to be added in two places."""
NEVER: Final = ("sensitivity", "slices", "by_task", "source", "created_at", "interval_descriptive", "baseline")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Statable:
    return check(small_package(tmp_path_factory.mktemp("package"))[1], quiet).statable


def shown(evidence: Evidence, manifest: ArtifactManifest) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(msgspec.json.encode(public_view_of(evidence, manifest, DIGEST)))
    return value


def view_of(package: Statable, **changes: Any) -> dict[str, Any]:
    evidence = msgspec.structs.replace(package.evidence.document, **changes)
    return shown(evidence, package.manifest.document)


def test_only_what_stands_in_the_list(package: Statable) -> None:
    view = view_of(package)
    assert set(view) == SHOWN[""]
    for name, fields in SHOWN.items():
        for part in [view[name]] if isinstance(view.get(name), dict) else view.get(name, []) if name else []:
            assert set(part) == fields, name
    assert not {name for name in NEVER if f'"{name}"' in json.dumps(view)}


def test_the_schema_allows_no_other_field(package: Statable) -> None:
    schema = json.loads((REPO / "schemas" / "worldflux.public_view.v0_draft.schema.json").read_bytes())
    validator = jsonschema.Draft202012Validator(schema)
    view = view_of(package)
    validator.validate(view)
    for place in (view, view["claim"], view["result"], view["result"]["metrics"][0], view["artifacts"][0]):
        place["more"] = PLANTED
        assert not validator.is_valid(view)
        del place["more"]
    assert validator.is_valid(view)


def test_numbers_are_those_of_the_evidence(package: Statable) -> None:
    evidence = json.loads(package.evidence.data)
    view = view_of(package)
    assert view["result"]["denominator"] == evidence["denominator"]
    for metric, full in zip(view["result"]["metrics"], evidence["metrics"], strict=True):
        assert metric == {name: full[name] for name in metric}
    assert set(ShownMetric.__struct_fields__) < set(MetricEvidence.__struct_fields__)
    assert view["scope"] == evidence["scope"]


def test_members_are_shown_by_what_they_are_and_never_by_their_bytes(package: Statable) -> None:
    artifacts = view_of(package)["artifacts"]
    assert [artifact["name"] for artifact in artifacts] == sorted(layout.MEMBERS)
    for artifact in artifacts:
        member = layout.MEMBERS[artifact["name"]]
        assert artifact["kind"] == member.role
        assert artifact["state"] == {"hosted": "hosted", "local": "withheld"}[member.share_class]
    assert "sha256" not in json.dumps(artifacts)


@pytest.mark.parametrize(
    ("size", "bucket"),
    [
        (0, "under 1 KB"),
        (999, "under 1 KB"),
        (1_000, "1 KB to 100 KB"),
        (99_999, "1 KB to 100 KB"),
        (100_000, "100 KB to 10 MB"),
        (10_000_000, "10 MB to 1 GB"),
        (999_999_999, "10 MB to 1 GB"),
        (1_000_000_000, "over 1 GB"),
    ],
)
def test_a_size_is_shown_as_a_range(package: Statable, size: int, bucket: str) -> None:
    files = [msgspec.structs.replace(package.manifest.document.files[0], size=size)]
    manifest = msgspec.structs.replace(package.manifest.document, files=files)
    assert shown(package.evidence.document, manifest)["artifacts"][0]["size"] == bucket


def test_the_display_id_is_short_and_of_the_manifest(package: Statable) -> None:
    view = view_of(package)
    assert (view["display_id"], view["manifest"]) == ("wf-abababababab", DIGEST)


def test_what_a_finding_says_stays_in_the_package(package: Statable) -> None:
    findings = [
        Finding(code="x.y", severity="warning", message=f"the log says {PLANTED}"),
        Finding(code="x.y", severity="warning", message=f"{PLANTED} again"),
        Finding(code="x.z", severity="info", message=PLANTED),
    ]
    view = view_of(package, findings=findings)
    assert view["findings"] == [
        {"code": "x.y", "severity": "warning", "count": 2},
        {"code": "x.z", "severity": "info", "count": 1},
    ]
    assert PLANTED not in json.dumps(view)


FREE_TEXT_SHOWN: Final = {
    "/claim/text",
    "/headline",
    "/reasons",
    "/missing_evidence",
    "/unsupported_claims",
    "/next_falsification_axes",
    "/claim_boundary",
    "/scope",
    "/metrics/0/name",
    "/metrics/0/unit",
    "/metrics/0/method",
    "/metrics/0/flags",
    "/metrics/0/interval/method",
    "/metrics/0/p_value/method",
    "/metrics/0/power/method",
    "/metrics/0/task",
    "/claim/hash",
    "/protocol/hash",
}


def _texts(value: Any, place: str = "") -> list[str]:
    """Pointer of every text of a JSON value."""
    if isinstance(value, str):
        return [place]
    if isinstance(value, dict):
        return [found for key, child in value.items() for found in _texts(child, f"{place}/{key}")]
    if isinstance(value, list):
        return [found for index, child in enumerate(value) for found in _texts(child, f"{place}/{index}")]
    return []


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_text_anywhere_else_in_the_evidence_does_not_come_through(package: Statable, data: st.DataObject) -> None:
    value = json.loads(package.evidence.data)
    place = data.draw(st.sampled_from(_texts(value)))
    *parents, last = place.split("/")[1:]
    target: Any = value
    for parent in parents:
        target = target[int(parent)] if isinstance(target, list) else target[parent]
    target[int(last) if isinstance(target, list) else last] = PLANTED
    try:
        evidence = msgspec.convert(value, Evidence, strict=True)
    except msgspec.ValidationError:
        return  # a text with a form of its own holds nothing else
    came_through = PLANTED in json.dumps(shown(evidence, package.manifest.document))
    allowed = any(place == shown_place or place.startswith(f"{shown_place}/") for shown_place in FREE_TEXT_SHOWN)
    assert came_through == (allowed or (place.startswith("/findings/") and last == "code")), place


def test_a_view_can_be_read_again_and_its_digest_is_stable(package: Statable) -> None:
    view = public_view_of(package.evidence.document, package.manifest.document, DIGEST)
    again = document.parse(msgspec.json.encode(view), PublicView).document
    assert again == view
    assert public_view_digest(again) == public_view_digest(view)


def test_findings_are_counted_once_a_code(package: Statable) -> None:
    view = view_of(package)
    counted = Counter(finding.code for finding in package.evidence.document.findings)
    assert {finding["code"]: finding["count"] for finding in view["findings"]} == dict(counted)


def test_a_package_with_every_member_shows_every_member(tmp_path: Path, package: Statable) -> None:
    files = [
        msgspec.structs.replace(package.manifest.document.files[0], path=name, role=member.role)
        for name, member in sorted(layout.KNOWN.items())
    ]
    manifest = msgspec.structs.replace(package.manifest.document, files=files)
    assert len(shown(package.evidence.document, manifest)["artifacts"]) == 12
