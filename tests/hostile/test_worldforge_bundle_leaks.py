"""Secrets, host paths and names are planted wherever a run can hold them; none may be in the bundle."""

from __future__ import annotations

import base64
import functools
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.worldforge.benchmark.reports import sample_metadata, sample_provenance, sample_report, sample_result
from tests.worldforge.runs.kept import edit, kept
from worldbase import digest
from worldbase.redact import is_clean
from worldforge.benchmark.report import InputFile
from worldforge.runs.bundling.build import Bundle, bundle_issue, bundle_workspace
from worldforge.runs.bundling.evidence_manifest import EVIDENCE_MANIFEST

CORPUS = json.loads((Path(__file__).parents[1] / "fixtures" / "redaction" / "planted.json").read_text(encoding="utf-8"))


@functools.cache
def planted() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Id -> text, and what of it may not survive."""
    return {
        entry["id"]: (decoded(entry["text_b64"]), tuple(map(decoded, entry["must_not_survive_b64"])))
        for entry in CORPUS["planted"]
    }


def decoded(text: str) -> str:
    return base64.b64decode(text).decode()


def in_manifest(run: Path, texts: list[str]) -> None:
    command = " ".join(texts)
    edit(run, command=command, argv=["worldforge", *texts], input_summary={"notes": texts}, provider=texts[0])


def in_report(run: Path, texts: list[str]) -> None:
    report = sample_report(
        results=[sample_result(errors=texts, error_count=len(texts), success_count=200 - len(texts))],
        run_metadata=sample_metadata(
            inputs={"embedding_text": texts[0], "score_info": {"notes": texts}},
            budget_file=InputFile(path=texts[-1], sha256="d4" * 32, metadata={"from": texts}),
        ),
        provenance=sample_provenance(command=texts, notes="\n".join(texts)),
    )
    (run / "reports" / "report.json").write_text(report.to_json())
    edit(run, result_summary={"error_count": len(texts)})


def in_page(run: Path, texts: list[str]) -> None:
    (run / "reports" / "report.md").write_text("# Report\n\n" + "\n\n".join(texts) + "\n")
    (run / "reports" / "report.html").write_text("".join(f"<p>{text}</p>\n" for text in texts))


def in_log(run: Path, texts: list[str]) -> None:
    lines = [
        json.dumps({"provider": "mock", "phase": "failure", "message": text, "metadata": {"t": text}}) for text in texts
    ]
    (run / "logs" / "events.jsonl").write_text("\n".join(lines) + "\n")
    (run / "logs" / "run.txt").write_text("\n".join(texts))


def in_inputs(run: Path, texts: list[str]) -> None:
    (run / "inputs" / "inputs.json").write_text(
        json.dumps({"metadata": {"notes": texts}, "inputs": {"embedding_text": "x"}})
    )
    budget = {"budgets": [{"provider": texts[0], "max_error_count": 0}], "metadata": {"notes": texts}}
    (run / "inputs" / "budget.json").write_text(json.dumps(budget, indent=2, ensure_ascii=False))


def in_names(run: Path, texts: list[str]) -> None:
    for text in texts:
        if "/" not in text and len(text.encode()) < 200:
            (run / "artifacts" / f"{text}.txt").write_text("nothing")


PLACES = {place.__name__: place for place in (in_manifest, in_report, in_page, in_log, in_inputs, in_names)}


def leaks(folder: Path, secrets: set[str]) -> Iterator[tuple[str, str]]:
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        text = path.read_text(encoding="utf-8")
        said = f"{path.relative_to(folder)}\n{text}"
        yield from ((path.name, secret) for secret in sorted(secrets) if secret in said)


def told_of(bundle: Bundle) -> Any:
    return json.loads((bundle.path / EVIDENCE_MANIFEST).read_text())


@pytest.mark.parametrize("place", sorted(PLACES))
def test_nothing_that_was_planted_is_in_the_bundle(tmp_path: Path, place: str) -> None:
    run = kept(tmp_path / "w")
    texts = [text for text, _ in planted().values()]
    secrets = {secret for _, gone in planted().values() for secret in gone}
    PLACES[place](run, texts)
    bundle = bundle_issue(run.name, tmp_path / "w")
    assert list(leaks(bundle.path, secrets)) == []
    assert told_of(bundle)["safe_to_attach"] is True
    assert bundle.manifest.rewritten_count > 0 or place == "in_names"


@pytest.mark.parametrize("identifier", sorted(planted()))
def test_each_by_itself_is_not_in_the_bundle_either(tmp_path: Path, identifier: str) -> None:
    text, secrets = planted()[identifier]
    run = kept(tmp_path / "w")
    for place in (in_manifest, in_report, in_page, in_log, in_inputs):
        place(run, [text])
    bundle = bundle_issue(run.name, tmp_path / "w")
    assert list(leaks(bundle.path, set(secrets))) == []


def test_what_one_run_holds_is_found_after_a_thousand_lines_without_it(tmp_path: Path) -> None:
    texts = [text for text, _ in planted().values()]
    secrets = {secret for _, gone in planted().values() for secret in gone}
    runs = [kept(tmp_path / "w") for _ in range(3)]
    for place in (in_report, in_page, in_log, in_inputs):
        place(sorted(runs)[-1], texts)
    bundle = bundle_workspace(tmp_path / "w")
    assert list(leaks(bundle.path, secrets)) == []
    assert bundle.manifest.safe_to_attach


def test_the_flag_and_the_digests_are_those_of_the_bytes_on_the_disk(tmp_path: Path) -> None:
    run = kept(tmp_path / "w")
    for place in PLACES.values():
        place(run, [text for text, _ in planted().values()])
    bundle = bundle_issue(run.name, tmp_path / "w")
    for file in told_of(bundle)["files"]:
        if file["included"]:
            path = bundle.path / file["path"]
            assert file["sha256"] == digest.of_file(path)
            assert is_clean(path.read_text())
    listed = {file["path"] for file in told_of(bundle)["files"] if file["included"]}
    assert listed == {
        str(path.relative_to(bundle.path)) for path in (bundle.path / "runs").rglob("*") if path.is_file()
    }


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7Zq0fake\nc3VwZXJzZWNyZXQ\n-----END RSA PRIVATE KEY-----\n",
        "secrets:\n  wandb: plainlookingword7\n  other: q7Zk2p9X\n",
        "user | token | n\n--- | --- | ---\nfay | plainlookingword7 | 3\n",
        "machine example.org login robot\npassword plainlookingword7\n",
        "name: HF_TOKEN\nvalue: plainlookingword7\n",
        "password: |\n  plainlookingword7\n",
    ],
    ids=["pem", "section", "table", "netrc", "named-value", "block-scalar"],
)
def test_a_secret_that_only_its_neighbours_give_away_goes_after_the_lines_are_known(tmp_path: Path, text: str) -> None:
    plain = kept(tmp_path / "w")
    lines = [line for line in text.splitlines() if "plainlooking" in line or "MII" in line or "c3Vw" in line]
    (plain / "reports" / "report.md").write_text("\n".join(["-", *lines, "-"]))
    hiding = kept(tmp_path / "w")
    (hiding / "reports" / "report.md").write_text(text)
    bundle = bundle_workspace(tmp_path / "w")
    copy = (bundle.path / "runs" / hiding.name / "reports" / "report.md").read_text()
    assert "plainlookingword7" not in copy
    assert "c3VwZXJzZWNyZXQ" not in copy
