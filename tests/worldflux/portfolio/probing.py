"""A profile to try probes with."""

from __future__ import annotations

from typing import Any

import msgspec

from worldflux.documents.profile import EvalProfile
from worldflux.portfolio.probes.model import Probe
from worldflux.portfolio.probes.registry import find_probe

_TABLETOP: dict[str, Any] = {
    "schema_version": "worldflux.eval_profile.v0_draft",
    "visibility": "LOCAL_PRIVATE",
    "id": "tabletop",
    "created_at": "2026-11-21T00:00:00Z",
    "policy_id": "a_policy",
    "use_case": "pick and place",
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
    "control_frequency_hz": 20.0,
    "reset_policy": "episode_reset",
    "metric_contract": "boolean_success_per_episode",
    "environment_version": "libero-local",
    "adapter_version": "bridge-1",
    "training_exposure": {"possible_benchmark_families": [], "caveats": []},
    "claim_intent": "evidence",
    "reviewer_next_actions": [],
}


def profile_of(**changes: Any) -> EvalProfile:
    """A tabletop profile in LIBERO with some fields changed."""
    return msgspec.convert({**_TABLETOP, **changes}, EvalProfile, strict=True)


def probe_of(name: str) -> Probe:
    """A probe that has to be there."""
    found = find_probe(name)
    assert found is not None, name
    return found
