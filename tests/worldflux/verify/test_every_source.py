"""Every source, from its files to a verified package: whatever an audit writes can be signed, and holds.

What follows from the episodes alone is `test_recompute_sources.py`; this is about all gates together, binding first.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.contracts.source_cases import CASES, RUNS
from tests.tampering import write_json
from tests.worldflux.signed_packages import quiet, signed, trust_author, verified
from worldflux.audit.run import AuditRequest, audit
from worldflux.claims.drafting import draft
from worldflux.documents.verification import VerificationReport
from worldflux.package import layout
from worldflux.testing.source_contract import SourceCase

SEVERAL: Final = ["pusht_pushtmpc24_s1000", "pusht_pushtmpc24_s2000"]
"""Real runs of one policy with two start seeds."""


def case_of(source: str, folder: Path) -> SourceCase:
    made = CASES[source]
    (folder / "case").mkdir()
    return made if isinstance(made, SourceCase) else made(folder / "case")


def audited(
    folder: Path,
    source: str,
    inputs: Sequence[Path],
    settings: Sequence[str],
    *,
    run_info: Sequence[str] = (),
    savi: bool = False,
    ppi: Path | None = None,
) -> Path:
    """Audit as the command does."""
    drafted = draft("generic", list(settings))
    claim, protocol = folder / "claim.json", folder / "protocol.json"
    claim.write_bytes(drafted.claim)
    protocol.write_bytes(drafted.protocol)
    audit(AuditRequest(source, inputs, claim, protocol, folder / "package", run_info, savi=savi, ppi=ppi), quiet)
    return folder / "package"


def plan_of(tasks: Sequence[str], *settings: str) -> list[str]:
    return [f"protocol.benchmark.task_list={json.dumps(list(tasks))}", *settings]


def require_verified(package: Path) -> VerificationReport:
    """Check, sign, verify: as it is and as a share."""
    signed(package)
    trusted = trust_author(package.parent)
    report = verified(package, trusted=trusted)
    assert report.exit_code == 0, report.conclusion
    assert {gate.id: gate.status for gate in report.gates if gate.status != "pass"} == {"rollback": "skipped"}
    share = shutil.copytree(package, package.parent / "share")
    for name, member in layout.KNOWN.items():
        if member.share_class == "local":
            (share / name).unlink(missing_ok=True)
    withheld = verified(share, trusted=trusted, profile="share")
    assert withheld.exit_code == 0, withheld.conclusion
    return report


@pytest.mark.parametrize("planned", [True, False], ids=["planned", "outside the plan"])
@pytest.mark.parametrize("source", CASES)
def test_audit_sign_verify(source: str, planned: bool, tmp_path: Path) -> None:
    case = case_of(source, tmp_path)
    settings = plan_of(list(case.expected)) if planned else []
    package = audited(tmp_path, source, case.inputs, [*case.settings, *settings], run_info=case.run_info, savi=planned)
    require_verified(package)


@pytest.mark.parametrize("savi", [True, False], ids=["savi", "plain"])
def test_several_inputs_with_facts_of_each(tmp_path: Path, savi: bool) -> None:
    inputs = [RUNS / name / "eval_info.json" for name in SEVERAL]
    facts = ["1:start_seed=1000", "2:start_seed=2000", "evaluator_version=0.4.4"]
    settings = plan_of(
        ["pusht"], "protocol.execution.seeds=[1000, 2000]", 'protocol.execution.seed_semantics="start_seed"'
    )
    require_verified(audited(tmp_path, "lerobot", inputs, settings, run_info=facts, savi=savi))


def test_folders_with_run_info_files_and_videos(tmp_path: Path) -> None:
    for number, name in enumerate(SEVERAL):
        folder = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        shutil.copy(RUNS / name / "eval_info.json", folder)
        write_json(folder / "run_info.json", {"run_seed": number, "start_seed": 1000 * (number + 1)})
        (folder / "videos" / "pusht_0").mkdir(parents=True)
        (folder / "videos" / "pusht_0" / "eval_episode_0.mp4").write_bytes(b"film %d" % number)
    settings = plan_of(["pusht"], "protocol.execution.seeds=[0, 1]")
    package = audited(tmp_path, "lerobot", [tmp_path / "runs"], settings)
    kinds = {entry["kind"] for entry in json.loads((package / layout.RAW_EVIDENCE).read_bytes())["entries"]}
    assert {"evaluator_output", "run_info"} <= kinds
    require_verified(package)


def test_simulation_beside_real_episodes(tmp_path: Path) -> None:
    info = json.loads((RUNS / SEVERAL[0] / "eval_info.json").read_bytes())
    outcomes = (
        info["per_task"][0]["metrics"]["successes"]
        if "per_task" in info
        else [episode["success"] for episode in info["per_episode"]]
    )
    pairs = {"real": outcomes, "paired_simulation": outcomes[::-1], "simulation": outcomes * 4}
    write_json(tmp_path / "pairs.json", {"schema_version": "worldflux.ppi_input.v0_draft", **pairs})
    inputs = [RUNS / SEVERAL[0] / "eval_info.json"]
    package = audited(tmp_path, "lerobot", inputs, plan_of(["pusht"]), savi=True, ppi=tmp_path / "pairs.json")
    assert (package / layout.PPI).is_file()
    assert (package / layout.STOPPING).is_file()
    require_verified(package)


def test_a_protocol_with_a_placeholder(tmp_path: Path) -> None:
    drafted = draft("generic", plan_of(["pusht"]))
    (tmp_path / "claim.json").write_bytes(drafted.claim)
    protocol = json.loads(drafted.protocol)
    write_json(tmp_path / "protocol.json", {**protocol, "claim_hash": "sha256:" + "0" * 64})
    inputs = [RUNS / SEVERAL[0] / "eval_info.json"]
    request = AuditRequest("lerobot", inputs, tmp_path / "claim.json", tmp_path / "protocol.json", tmp_path / "package")
    audit(request, quiet)
    report = require_verified(tmp_path / "package")
    assert report.package
    assert report.package.binding == "placeholder"
