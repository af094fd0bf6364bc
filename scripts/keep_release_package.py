"""Write tests/fixtures/releases/<version>/: signed packages of this version, which every later version has to verify.

A few packages that between them have every member and both kinds of keys. They are signed with keys that everybody can
derive (`tests/tampering.py`), so nobody may trust those. What was kept for a release is never written again; only for
a version that is still being developed, `--replace` does so.

Run as ``python -m scripts.keep_release_package`` from the repository when a version is released.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from tests.support import FIXTURES
from tests.tampering import AUTHOR_KEY, P256_KEY, REVIEWER_KEY, TestKey, trust_file, write_json
from tests.worldflux import results
from tests.worldflux.signed_packages import quiet, signed, signer, verified
from worldbase import __version__
from worldflux.audit.run import AuditRequest, audit
from worldflux.claims.drafting import draft
from worldflux.demo.walkthrough import write_demo
from worldflux.package.archive import pack
from worldflux.package.statements import Review
from worldflux.verify.review import counter_sign, verified_for_review
from worldflux.verify.trusted import Trustees

RELEASES: Final = FIXTURES / "releases"
SAMPLES: Final = FIXTURES / "sources"
ABOUT: Final = """# Packages of worldflux {version}

Written by `python -m scripts.keep_release_package` with this version. `tests/test_releases.py` verifies them with
every later version, so nothing here is ever edited. The keys are test keys whose private halves everybody can derive:
trust none of them.

| package | what it is made from | signed with |
| --- | --- | --- |
| `lerobot` | the runs that `worldflux demo` brings along: a scripted expert on Meta-World | Ed25519 |
| `openpi` | `openpi_libero_run.log` of `tests/fixtures/sources/openpi/`; counter-signed | ECDSA on P-256 |
| `scores` | `governance_sheet.csv` of `tests/fixtures/sources/embodied-gov-bench/`: no success, scores | Ed25519 |
| `everything` | two runs of LeRobot's layout A, drawn at random, with `stopping.json` and `ppi.json` | Ed25519 |

`packages.json` states the digest of each manifest and its verdict.
"""


def lerobot(folder: Path) -> Path:
    """The demo's supported claim."""
    for _ in write_demo(folder / "demo", quiet):
        pass
    return folder / "demo" / "metaworld" / "evidence_pkg"


def openpi(folder: Path) -> Path:
    """A log with one line an episode."""
    tasks = [f"libero_spatial/{number}" for number in range(3)]
    log = SAMPLES / "openpi" / "openpi_libero_run.log"
    return _audited("openpi", [log], folder, tasks=tasks, episodes=4)


def scores(folder: Path) -> Path:
    """A trial sheet of scores, which decide no claim about success."""
    tasks = ["unauthorized_capability_invocation/forbidden drawer", "recovery_success/dropped object"]
    sheet = SAMPLES / "embodied-gov-bench" / "governance_sheet.csv"
    return _audited("embodied-gov-bench", [sheet], folder, tasks=tasks, episodes=3)


def everything(folder: Path) -> Path:
    """Every member that a package can have, and a promised score beside a promised rate."""
    drawn = random.Random(5)  # noqa: S311 - sample data, not a secret
    runs = [[drawn.random() < 0.8 for _ in range(40)] for _ in range(2)]
    inputs = [
        results.write(folder / f"run-{number}" / "eval_info.json", results.layout_a(run, start_seed=1000 * number))
        for number, run in enumerate(runs)
    ]
    real = [*runs[0], *runs[1]]
    pairs = folder / "pairs.json"
    simulated = {"paired_simulation": real[::-1], "simulation": [drawn.random() < 0.8 for _ in range(200)]}
    write_json(pairs, {"schema_version": "worldflux.ppi_input.v0_draft", "real": real, **simulated})
    metrics = [
        {"name": "success_rate", "operator": ">=", "value": 0.6, "unit": "ratio"},
        {"name": "avg_max_reward", "operator": ">=", "value": 0.5, "unit": "reward"},
    ]
    settings = [f"claim.expected_metrics={json.dumps(metrics)}", "protocol.execution.seeds=[0, 1]"]
    return _audited("lerobot", inputs, folder, tasks=["pusht"], episodes=40, settings=settings, ppi=pairs)


def _audited(
    source: str,
    inputs: Sequence[Path],
    folder: Path,
    *,
    tasks: list[str],
    episodes: int,
    settings: Sequence[str] = (),
    ppi: Path | None = None,
) -> Path:
    drafted = draft(
        "generic",
        [
            f"protocol.benchmark.task_list={json.dumps(tasks)}",
            f"protocol.execution.episodes_per_task={episodes}",
            *settings,
        ],
    )
    claim, protocol = folder / "claim.json", folder / "protocol.json"
    claim.write_bytes(drafted.claim)
    protocol.write_bytes(drafted.protocol)
    package = folder / "evidence_pkg"
    audit(AuditRequest(source, inputs, claim, protocol, package, savi=ppi is not None, ppi=ppi), quiet)
    return package


PACKAGES: Final = {
    "lerobot": (lerobot, AUTHOR_KEY),
    "openpi": (openpi, P256_KEY),
    "scores": (scores, AUTHOR_KEY),
    "everything": (everything, AUTHOR_KEY),
}
REVIEWED: Final = "openpi"


def keep(folder: Path) -> None:
    """Write the packages, the trust file that knows their signers, and what is true of them."""
    folder.mkdir(parents=True)
    (folder / "trusted.json").write_bytes(
        trust_file(AUTHOR_KEY.trusted(), P256_KEY.trusted(), REVIEWER_KEY.trusted(roles=["reviewer"]))
    )
    with tempfile.TemporaryDirectory() as place:
        index = {name: _kept(name, Path(place) / name, folder) for name in PACKAGES}
    write_json(folder / "packages.json", index)
    (folder / "README.md").write_text(ABOUT.format(version=__version__), encoding="utf-8")


def _kept(name: str, work: Path, folder: Path) -> dict[str, Any]:
    work.mkdir()
    make, key = PACKAGES[name]
    package = make(work)
    _sign(package, key, reviewed=name == REVIEWED)
    archive = folder / f"{name}.tar.gz"
    pack(package, archive, quiet)
    report = verified(archive, trusted=folder / "trusted.json")
    if not report.ok or not report.package:
        raise SystemExit(f"{name}: {report.conclusion}")
    return {"manifest": report.package.manifest, "verdict": report.package.verdict}


def _sign(package: Path, key: TestKey, *, reviewed: bool) -> None:
    signed(package, key)
    if reviewed:
        review = Review("accept_with_limits", "Counted again.", "A reviewer", ("these three tasks",))
        counter_sign(verified_for_review(package, review, Trustees()), signer(REVIEWER_KEY))


def main(arguments: Sequence[str]) -> None:
    """Keep the packages of this version, unless it has some."""
    folder = RELEASES / __version__
    if folder.exists():
        if arguments != ["--replace"] or ".dev" not in __version__:
            raise SystemExit(f"{folder.name} has its packages; a release keeps them for ever (--replace: .dev only)")
        shutil.rmtree(folder)
    keep(folder)
    print(
        f"kept {', '.join(PACKAGES)} of {__version__}: {sum(path.stat().st_size for path in folder.iterdir()):,} bytes"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
