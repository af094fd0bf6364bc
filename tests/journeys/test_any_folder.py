"""What somebody does with a folder that others left behind: look, choose, import, audit; and one command per sample."""

from __future__ import annotations

import json
import shlex
import shutil
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.command import inside, worldflux
from tests.support import FIXTURES
from worldbase import digest

SOURCES = FIXTURES / "sources"
MIXED = SOURCES / "mixed-folder"


class Sample(NamedTuple):
    """A sample, what its README says is true of it, and what has to be declared."""

    source: str
    path: str
    outcomes: dict[str, int]
    declared: str = ""


SAMPLES = [
    Sample("openpi", "openpi/openpi_libero_run.log", {"success": 9, "failure": 2, "infra_error": 1}),
    Sample("openpi", "openpi/droid_results", {"success": 1, "failure": 2, "unknown": 1}, "--run-info task=fold"),
    Sample("openvla", "openvla", {"success": 7, "failure": 4, "infra_error": 1}),
    Sample("gr00t-n1.7", "gr00t/groot_stdout.log", {"success": 9, "failure": 5}),
    Sample("gr00t-n1.7", "gr00t/libero_eval_libero_spatial.log", {"success": 1, "infra_error": 1}),
    Sample("vla-eval", "vla-eval/v0.1.0", {"success": 9, "failure": 2, "infra_error": 1}),
    Sample("vla-eval", "vla-eval/v0.8.0", {"success": 9, "failure": 2, "infra_error": 1}),
    Sample("lbm_eval", "lbm_eval", {"success": 4, "failure": 2, "infra_error": 1, "pending": 13}),
    Sample("calvin", "calvin", {"success": 306, "failure": 694}, "--run-info select=7"),
    Sample("robotwin", "robotwin", {"success": 62, "failure": 38}, "--run-info episodes=100"),
    Sample("pi-0.7", "pi-0.7", {"success": 5, "failure": 3, "infra_error": 1, "skipped": 1}),
    Sample("embodied-gov-bench", "embodied-gov-bench", {}),
    Sample("cosmos-predict", "cosmos-predict/bestofn", {"unknown": 1}),
    Sample("worldforge", "worldforge/20261121T030355Z-fd5ae738", {"unknown": 4}),
]


def plan(folder: Path) -> None:
    """A claim and a protocol that plan something else: what was observed counts, in plan or not."""
    assert worldflux("claim create --template openpi-libero --quiet --output", folder / "claim_pkg").code == 0


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.path)
def test_a_sample_goes_from_file_to_package_in_one_command(sample: Sample, tmp_path: Path) -> None:
    plan(tmp_path)
    with inside(tmp_path):
        told = worldflux(
            f"audit run {sample.source} {sample.declared} --claim claim_pkg/claim.json "
            "--protocol claim_pkg/protocol.json --output evidence_pkg --from",
            SOURCES / sample.path,
        )
    assert told.code == 0, told.err
    package = tmp_path / "evidence_pkg"
    lines = (package / "episode_results.jsonl").read_bytes().splitlines()
    recounted = Counter(json.loads(line)["outcome"] for line in lines)
    assert not sample.outcomes or dict(recounted) == sample.outcomes
    audit_input = read(package / "audit_input.json")
    counted: Counter[str] = Counter()
    for cell in audit_input["cells"]:
        counted.update({outcome: count for outcome, count in cell["counts"].items() if count})
    assert counted == recounted
    assert audit_input["episodes"] == {
        "path": "episode_results.jsonl",
        "sha256": digest.of_file(package / "episode_results.jsonl"),
        "count": len(lines),
    }
    for member in package.iterdir():
        assert str(FIXTURES) not in member.read_text(encoding="utf-8")


def read(path: Path) -> Any:
    return json.loads(path.read_bytes())


def totals(package: Path) -> list[tuple[str, dict[str, int]]]:
    cells = read(package / "audit_input.json")["cells"]
    return sorted((cell["task"], cell["counts"]) for cell in cells)


def test_a_mixed_folder_is_sorted_out_and_every_run_in_it_audited(tmp_path: Path) -> None:
    plan(tmp_path)
    with inside(tmp_path):
        looked = worldflux(
            "audit import run-folder --dry-run --report import_report.json "
            "--customer-report import_report_public.md --from",
            MIXED,
        )
        assert looked.code == 0, looked.err
        ready = [entry for entry in read(Path("import_report.json"))["candidates"] if entry["status"] == "ready"]
        assert {entry["source"] for entry in ready} == {"openpi", "vla-eval", "lbm_eval"}
        for number, entry in enumerate(ready):
            imported = worldflux(
                f"audit import run-folder --select-run {entry['candidate_id']} --output audit_{number}.json "
                f"--report report_{number}.json --customer-report public_{number}.md --from",
                MIXED,
            )
            assert imported.code == 0, imported.err
            again = worldflux(
                f"audit run audit-input --from audit_{number}.json --claim claim_pkg/claim.json "
                f"--protocol claim_pkg/protocol.json --output imported_{number}"
            )
            assert again.code == 0, again.err
            direct = shlex.split(entry["audit_command"])
            assert direct[:4] == ["worldflux", "audit", "run", entry["source"]]
            direct[direct.index("--output") + 1] = f"direct_{number}"
            told = worldflux(shlex.join(direct[1:]))
            assert told.code == 0, told.err
            assert totals(Path(f"imported_{number}")) == totals(Path(f"direct_{number}"))


def test_a_candidate_keeps_its_id_wherever_the_folder_stands(tmp_path: Path) -> None:
    shutil.copytree(MIXED, tmp_path / "elsewhere" / "under another name")
    told = [worldflux("audit scan --format json", folder) for folder in (MIXED, tmp_path / "elsewhere")]
    ids = [[entry["candidate_id"] for entry in json.loads(one.out)["candidates"]] for one in told]
    assert ids[0] == ids[1]
    assert len(ids[0]) >= 3


def test_a_quick_look_needs_no_claim(tmp_path: Path) -> None:
    with inside(tmp_path):
        told = worldflux(
            "audit quick --claim success_rate>=0.8 --output look", SOURCES / "openpi/openpi_libero_run.log"
        )
        assert told.code == 0, told.err
        assert "--run-info max_steps=..." in told.out
        assert read(Path("look/claim.json"))["status"] == "post_hoc"
        evidence = read(Path("look/evidence_pkg/evidence.json"))
    assert evidence["denominator"]["planned"] == 12
    assert "not shown to precede" in evidence["headline"]
