"""`profile.json`: the robot and policy that are to be evaluated, as their operator describes them before any score."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.claim import ShortText, UtcTime

Visibility = Literal["LOCAL_PRIVATE"]
VISIBILITY: Final[Visibility] = "LOCAL_PRIVATE"

Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Name = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(?!\n)$")]

EmbodimentClass = Literal[
    "single_arm_tabletop",
    "bimanual_tabletop",
    "mobile_manipulator",
    "humanoid",
    "quadruped",
    "dexterous_hand",
    "simulated_point",
    "other",
]
ActionControlMode = Literal[
    "delta_pose", "absolute_pose", "joint_position", "joint_delta", "joint_velocity", "joint_torque", "other"
]
CoordinateFrame = Literal["end_effector", "robot_base", "world", "camera", "joint_space", "other"]
GripperControl = Literal["binary", "continuous", "dexterous", "none"]
CameraTopology = Literal["static", "wrist", "static_and_wrist", "multi_static", "mobile", "none"]
ResetPolicy = Literal["episode_reset", "seeded", "manual_reset", "continuous", "none"]
MetricContract = Literal[
    "boolean_success_per_episode", "partial_credit_per_episode", "subtask_count_per_episode", "score_per_episode"
]


class TrainingExposure(Part, frozen=True, kw_only=True):
    """What the policy may have seen while it was trained.

    Attributes:
        possible_benchmark_families: Families whose data may have been in the training set.
        caveats: What is not known about it.
    """

    possible_benchmark_families: list[Name]
    caveats: list[Words]


class EvalProfile(Document, frozen=True, kw_only=True):
    """What is to be evaluated. It freezes with a plan, and evidence is compared with it.

    Attributes:
        action_spaces: What the policy puts out, one entry per part.
        observation_spaces: What it sees.
        real_to_sim_calibration: Name of the calibration; absent where there is none.
        checkpoint_uri: The checkpoint that the plan is for; absent where it is not fixed yet.
    """

    schema_name: ClassVar[str] = "worldflux.eval_profile.v0_draft"

    schema_version: Literal["worldflux.eval_profile.v0_draft"]
    visibility: Visibility
    id: Name
    created_at: UtcTime
    policy_id: Name
    use_case: Words
    embodiment_class: EmbodimentClass
    robot_model: ShortText
    simulator_family: Name
    action_spaces: Annotated[list[ShortText], Meta(min_length=1, max_length=32)]
    action_control_mode: ActionControlMode
    coordinate_frame: CoordinateFrame
    degrees_of_freedom: Annotated[int, Meta(ge=1, le=256)]
    gripper_control: GripperControl
    observation_spaces: Annotated[list[ShortText], Meta(min_length=1, max_length=32)]
    camera_topology: CameraTopology
    camera_config_id: ShortText
    language_input: bool
    control_frequency_hz: Annotated[float, Meta(gt=0, le=100_000)]
    reset_policy: ResetPolicy
    metric_contract: MetricContract
    environment_version: ShortText
    adapter_version: ShortText
    training_exposure: TrainingExposure
    claim_intent: Words
    reviewer_next_actions: list[Words]
    real_to_sim_calibration: ShortText | UnsetType = UNSET
    checkpoint_uri: ShortText | UnsetType = UNSET
