"""One case for each registered source: by which files it is tried, and what is true of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.contracts import grown
from tests.support import FIXTURES
from worldflux.audit.importing import import_audit_input
from worldflux.sources.inputs import collect
from worldflux.sources.registry import SOURCES
from worldflux.testing.source_contract import SourceCase

SAMPLES: Final = FIXTURES / "sources"
RUNS: Final = FIXTURES / "lerobot-runs"
TRIALS: Final = SAMPLES / "pi-0.7" / "trial_sheet.csv"
GOVERNANCE: Final = SAMPLES / "embodied-gov-bench" / "governance_sheet.csv"
CRITIC: Final = SAMPLES / "cosmos-predict" / "bestofn" / "robot_pouring_seed12_score060.json"
PARAMS: Final = SAMPLES / "cosmos-predict" / "predict2.5"
OPENPI_LOG: Final = SAMPLES / "openpi" / "openpi_libero_run.log"
KITCHEN: Final = "libero_sim/KITCHEN_SCENE3_turn_on_the_stove_and_put_the_moka_pot_on_it"
TRIAL_COUNTS: Final = {
    "fold the shirt": {"success": 3, "failure": 1, "infra_error": 1},
    "bus the table": {"success": 2, "failure": 2, "skipped": 1},
}


def audit_input_case(folder: Path) -> SourceCase:
    """An audit input made of the trial sheet."""
    written = import_audit_input("pi-0.7", collect(SOURCES.get("pi-0.7"), [TRIALS], []), folder / "audit_input.json")
    return SourceCase("audit-input", [written.path], TRIAL_COUNTS, companions=[written.episodes])


def parquet_case(folder: Path) -> SourceCase:
    """A table of three episodes."""
    import pyarrow  # type: ignore[import-untyped]
    from pyarrow import parquet

    table = pyarrow.table(
        {"task": ["pick", "pick", "place"], "episode_index": [0, 1, 0], "success": [True, False, True]}
    )
    path = folder / "trials.parquet"
    parquet.write_table(table, path)
    return SourceCase("parquet", [path], {"pick": {"success": 1, "failure": 1}, "place": {"success": 1}})


CASES: Final[dict[str, SourceCase | Callable[[Path], SourceCase]]] = {
    "audit-input": audit_input_case,
    "calvin": SourceCase(
        "calvin",
        [SAMPLES / "calvin" / "results.json"],
        {"my-task": {"success": 306, "failure": 694}},
        run_info=["select=7"],
    ),
    "cosmos-predict": SourceCase(
        "cosmos-predict",
        [CRITIC],
        {"robot_pouring": {"unknown": 1}},
        measures="video_quality",
        near_misses=[PARAMS, PARAMS / "params.json"],
        grow=grown.many_videos,
        plant=grown.planted_videos,
    ),
    "csv": SourceCase(
        "csv",
        [SAMPLES / "csv" / "trials.csv"],
        {
            "pick cup": {"success": 3, "failure": 1},
            "open drawer": {"success": 1, "failure": 1, "infra_error": 1, "pending": 1},
        },
        companions=[SAMPLES / "csv" / "trials.csv.columns.json"],
        run_info=["select=baseline"],
        grow=grown.many_table_rows,
        plant=grown.planted_table,
    ),
    "embodied-gov-bench": SourceCase(
        "embodied-gov-bench",
        [GOVERNANCE],
        {
            "unauthorized_capability_invocation/forbidden drawer": {"unknown": 3},
            "runtime_drift_robustness/camera drift": {"unknown": 2},
            "recovery_success/dropped object": {"unknown": 1, "infra_error": 1},
            "human_override_responsiveness/stop button": {"unknown": 1, "skipped": 1},
        },
        measures="governance",
        near_misses=[TRIALS],
        grow=grown.many_scores,
        plant=grown.planted_scores,
    ),
    "gr00t-n1.7": SourceCase(
        "gr00t-n1.7",
        [SAMPLES / "gr00t" / "groot_stdout.log"],
        {
            KITCHEN: {"success": 7, "failure": 4},
            "robocasa_panda_omron/OpenDrawer_PandaOmron_Env": {"success": 2, "failure": 1},
        },
        near_misses=[OPENPI_LOG],
    ),
    "lbm_eval": SourceCase(
        "lbm_eval",
        [SAMPLES / "lbm_eval" / "results-interrupted.json"],
        {
            "pick_and_place_box": {"success": 4, "failure": 2, "infra_error": 1, "pending": 3},
            "push_coaster_to_mug": {"pending": 10},
        },
        near_misses=[SAMPLES / "calvin" / "results.json"],
        grow=grown.many_lbm_scenarios,
        plant=grown.planted_lbm_results,
    ),
    "lerobot": SourceCase(
        "lerobot",
        [RUNS / "pusht_pushtmpc24_s1000" / "eval_info.json"],
        {"pusht/0": {"success": 20, "failure": 30}},
        near_misses=[SAMPLES / "lbm_eval" / "results-interrupted.json"],
        grow=grown.many_lerobot_episodes,
    ),
    "openpi": SourceCase(
        "openpi",
        [OPENPI_LOG],
        {
            "libero_spatial/0": {"success": 3, "infra_error": 1},
            "libero_spatial/1": {"success": 3, "failure": 1},
            "libero_spatial/2": {"success": 3, "failure": 1},
        },
        near_misses=[SAMPLES / "gr00t" / "groot_stdout.log"],
        grow=grown.many_openpi_episodes,
        plant=grown.planted_openpi_log,
    ),
    "openvla": SourceCase(
        "openvla",
        sorted((SAMPLES / "openvla").glob("EVAL-*.txt"))[:1],
        {
            "libero_spatial/0": {"success": 3, "infra_error": 1},
            "libero_spatial/1": {"failure": 4},
            "libero_spatial/2": {"success": 4},
        },
        near_misses=[SAMPLES / "gr00t" / "groot_stdout.log"],
        grow=grown.many_openvla_episodes,
        plant=grown.planted_openvla_log,
    ),
    "parquet": parquet_case,
    "pi-0.7": SourceCase(
        "pi-0.7",
        [TRIALS],
        TRIAL_COUNTS,
        near_misses=[GOVERNANCE],
        grow=grown.many_trials,
        plant=grown.planted_trials,
    ),
    "robotwin": SourceCase(
        "robotwin",
        [SAMPLES / "robotwin" / "_result.txt"],
        {"my-task": {"success": 62, "failure": 38}},
        run_info=["episodes=100"],
    ),
    "simpler-env": SourceCase(
        "simpler-env",
        [SAMPLES / "simpler-env" / "dir_listing.txt"],
        {"PutCarrotOnPlateInScene-v0/bridge_table_1_v1/visual_matching": {"failure": 1}},
        run_info=["select=octo-base"],
    ),
    "vla-eval": SourceCase(
        "vla-eval",
        [SAMPLES / "vla-eval" / "v0.8.0" / "DummyBench_libero_spatial_aggregate.json"],
        {
            "libero_spatial/0": {"success": 2, "failure": 2},
            "libero_spatial/1": {"success": 3, "infra_error": 1},
            "libero_spatial/2": {"success": 4},
        },
        near_misses=[SAMPLES / "lbm_eval" / "results-interrupted.json"],
    ),
    "worldforge": SourceCase(
        "worldforge",
        [SAMPLES / "worldforge" / "20261121T030355Z-fd5ae738"],
        {f"planning/object-{name}": {"unknown": 1} for name in ("relocation", "neighbor-placement", "swap", "spawn")},
        measures="contract",
    ),
}

FURTHER: Final[dict[str, SourceCase]] = {
    "worldforge-episodes": SourceCase(
        "worldforge",
        [SAMPLES / "worldforge" / "20261121T215046Z-de35f1a0"],
        {"reach-near": {"success": 16, "failure": 4}, "reach-far": {"success": 16, "failure": 4}},
        grow=grown.many_worldforge_trials,
        plant=grown.planted_worldforge_trials,
    ),
}
"""Cases of sources that read two kinds of results, which have other laws."""
