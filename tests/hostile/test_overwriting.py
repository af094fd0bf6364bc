"""`--overwrite` pointed at a folder of somebody's: what the command did not make, it does not replace."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import inside, worldflux, worldforge
from tests.support import REPO
from worldbase.errors import UsageError
from worldbase.files import StagedFolder

RUN = "benchmark --provider mock --operation embed --iterations 3 --quiet --run-workspace w"


def _thesis(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "thesis.txt").write_text("three years")
    return folder / "thesis.txt"


def _run(folder: Path) -> str:
    assert worldforge(RUN).code == 0
    (run,) = (folder / "w" / "runs").iterdir()
    return run.name


def test_a_folder_without_the_file_that_its_kind_holds_is_not_replaced(tmp_path: Path) -> None:
    thesis = _thesis(tmp_path / "precious")
    with (
        pytest.raises(UsageError) as refused,
        StagedFolder(tmp_path / "precious", overwrite=True, holds="manifest.json"),
    ):
        pytest.fail("it was staged")
    assert refused.value.code == "output.of_another"
    assert thesis.read_text() == "three years"
    (tmp_path / "precious" / "manifest.json").write_text("{}")
    with StagedFolder(tmp_path / "precious", overwrite=True, holds="manifest.json") as staged:
        staged.commit()
    assert not thesis.exists()


@pytest.mark.parametrize("output", ["precious", "w/runs", "w", "."])
def test_a_bundle_replaces_bundles_alone(tmp_path: Path, output: str) -> None:
    thesis = _thesis(tmp_path / "precious")
    with inside(tmp_path):
        run = _run(tmp_path)
        told = worldforge(f"runs bundle {run} --workspace-dir w --overwrite --output {output}")
        assert (told.code, "output.of_another" in told.err) == (2, True), told.err
        assert (tmp_path / "w" / "runs" / run / "run_manifest.json").is_file()
        assert thesis.is_file()
        for _ in range(2):
            assert worldforge(f"runs bundle {run} --workspace-dir w --overwrite --output bundle").code == 0


@pytest.mark.parametrize(
    "line",
    [
        "scripts/generate_evidence_bundle.py --workspace-dir w --overwrite --output precious",
        "scripts/calibrate_benchmark_budgets.py --report w/reports/REPORT --overwrite --output precious",
    ],
    ids=["evidence bundle", "calibration"],
)
def test_scripts_replace_what_they_made_alone(tmp_path: Path, line: str) -> None:
    thesis = _thesis(tmp_path / "precious")
    with inside(tmp_path):
        _run(tmp_path)
        (report,) = (tmp_path / "w" / "reports").iterdir()
        script, *arguments = line.replace("REPORT", report.name).split()
        done = subprocess.run([sys.executable, REPO / script, *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, "output.of_another" in done.stderr) == (2, True), done.stderr
    assert thesis.is_file()


def test_a_claim_replaces_claims_alone(tmp_path: Path) -> None:
    thesis = _thesis(tmp_path / "precious")
    with inside(tmp_path):
        told = worldflux("claim create --template lerobot-libero --overwrite --output precious")
    assert (told.code, "output.of_another" in told.err) == (2, True)
    assert thesis.is_file()
