"""The specification's own command, and what can be made of it."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any, Final

SPECIFIED: Final = (
    "eval-profile create --profile-id customer-vla-v3-tabletop --policy-id customer_vla_v3 --use-case "
    '"fixed-camera tabletop pick-and-place demo" --embodiment-class single_arm_tabletop --robot-model franka-panda '
    "--simulator-family libero --action-space end_effector_delta_pose --action-space gripper_action "
    "--action-control-mode delta_pose --coordinate-frame end_effector --degrees-of-freedom 6 --gripper-control binary "
    "--observation-space rgb_static_camera --observation-space language_instruction --camera-topology static "
    "--camera-config-id static-front-v1 --language-input --control-frequency-hz 20 --reset-policy episode_reset "
    "--metric-contract boolean_success_per_episode --real-to-sim-calibration calibration-v1 "
    "--environment-version libero-local --adapter-version worldflux-libero-bridge "
    "--training-exposure-possible-benchmark-family libero "
    '--training-exposure-caveat "operator did not provide a full training-data manifest" '
    '--claim-intent "constrained tabletop manipulation evidence" '
    '--reviewer-next-action "review conformance, missing cells, and unsupported claims" --output profile.json'
)
"""As the specification prints it, without the runner in front."""

VALUE: Final[dict[str, Any]] = {
    "schema_version": "worldflux.eval_profile.v0_draft",
    "visibility": "LOCAL_PRIVATE",
    "id": "customer-vla-v3-tabletop",
    "created_at": "2026-05-06T00:00:00Z",
    "policy_id": "customer_vla_v3",
    "use_case": "fixed-camera tabletop pick-and-place demo",
    "embodiment_class": "single_arm_tabletop",
    "robot_model": "franka-panda",
    "simulator_family": "libero",
    "action_spaces": ["end_effector_delta_pose", "gripper_action"],
    "action_control_mode": "delta_pose",
    "coordinate_frame": "end_effector",
    "degrees_of_freedom": 6,
    "gripper_control": "binary",
    "observation_spaces": ["rgb_static_camera", "language_instruction"],
    "camera_topology": "static",
    "camera_config_id": "static-front-v1",
    "language_input": True,
    "control_frequency_hz": 20,
    "reset_policy": "episode_reset",
    "metric_contract": "boolean_success_per_episode",
    "environment_version": "libero-local",
    "adapter_version": "worldflux-libero-bridge",
    "training_exposure": {
        "possible_benchmark_families": ["libero"],
        "caveats": ["operator did not provide a full training-data manifest"],
    },
    "claim_intent": "constrained tabletop manipulation evidence",
    "reviewer_next_actions": ["review conformance, missing cells, and unsupported claims"],
    "real_to_sim_calibration": "calibration-v1",
}
"""What that command writes, but for the time."""


def flags_of(line: str = SPECIFIED) -> list[tuple[str, str | None]]:
    """Flags of a command line with their values, in order; a switch has none."""
    words = shlex.split(line)[2:]
    found: list[tuple[str, str | None]] = []
    while words:
        flag = words.pop(0)
        found.append((flag, words.pop(0) if words and not words[0].startswith("--") else None))
    return found


def write_profile(path: Path, **changes: Any) -> Path:
    """The specified profile with some fields changed; None takes a field out."""
    value = {name: entry for name, entry in {**VALUE, **changes}.items() if entry is not None}
    path.write_text(json.dumps(value), encoding="utf-8")
    return path
