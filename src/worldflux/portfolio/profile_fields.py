"""What a profile consists of, one row a field: its flag, what it says, and what it may hold.

Flags, error messages, the commented template for an editor and the rendered page are all made of these rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, get_args, get_type_hints

from worldflux.documents import profile as documents

Kind = Literal["text", "word", "list", "integer", "number", "switch"]
EXPOSURE: Final = "training_exposure"


@dataclass(frozen=True, slots=True)
class ProfileField:
    """One field of a profile.

    Attributes:
        path: Its place in the document; a dot stands before what is in `training_exposure`.
        flag: Its flag on the command line; a `list` is given entry by entry.
        about: What it says, as the end of a sentence that begins with "It says".
        words: The only values that it may have; none: any text.
        needed: Whether a profile is not one without it.
    """

    path: str
    flag: str
    kind: Kind
    group: str
    about: str
    example: str
    words: tuple[str, ...] = ()
    needed: bool = True

    @property
    def option(self) -> str:
        """The flag as the name of an argument."""
        return self.flag.lstrip("-").replace("-", "_")

    @property
    def pointer(self) -> str:
        """JSON pointer of the field."""
        return "/" + self.path.replace(".", "/")

    @property
    def annotation(self) -> Any:
        """Type of the field in the document."""
        owner = documents.TrainingExposure if self.path.startswith(f"{EXPOSURE}.") else documents.EvalProfile
        return get_type_hints(owner, include_extras=True)[self.path.rpartition(".")[2]]


_WHAT: Final = "What is evaluated"
_ACTS: Final = "How it acts"
_SEES: Final = "What it sees"
_RUNS: Final = "How it is run and scored"
_DATA: Final = "What it may have seen in training"
_ASKED: Final = "What the evidence is for"

FIELDS: Final = (
    ProfileField("id", "--profile-id", "text", _WHAT, "what this profile is called", "customer-vla-v3-tabletop"),
    ProfileField("policy_id", "--policy-id", "text", _WHAT, "which policy is evaluated", "customer_vla_v3"),
    ProfileField(
        "checkpoint_uri", "--checkpoint-uri", "text", _WHAT,
        "which checkpoint the plan is for, with a revision or a digest", "hf://our-lab/policy@3f1c0a9", needed=False,
    ),
    ProfileField(
        "use_case", "--use-case", "text", _WHAT, "what the policy is to be used for", "tabletop pick-and-place demo"
    ),
    ProfileField(
        "embodiment_class", "--embodiment-class", "word", _WHAT, "what kind of robot it is", "single_arm_tabletop",
        get_args(documents.EmbodimentClass),
    ),
    ProfileField("robot_model", "--robot-model", "text", _WHAT, "which robot it is", "franka-panda"),
    ProfileField(
        "simulator_family", "--simulator-family", "text", _WHAT, "which simulator the episodes run in", "libero"
    ),
    ProfileField(
        "action_spaces", "--action-space", "list", _ACTS, "what the policy puts out, part by part",
        "end_effector_delta_pose",
    ),
    ProfileField(
        "action_control_mode", "--action-control-mode", "word", _ACTS, "what a number of an action means", "delta_pose",
        get_args(documents.ActionControlMode),
    ),
    ProfileField(
        "coordinate_frame", "--coordinate-frame", "word", _ACTS, "in which frame actions are given", "end_effector",
        get_args(documents.CoordinateFrame),
    ),
    ProfileField(
        "degrees_of_freedom", "--degrees-of-freedom", "integer", _ACTS,
        "how many degrees of freedom it controls, without the gripper", "6",
    ),
    ProfileField(
        "gripper_control", "--gripper-control", "word", _ACTS, "how the gripper is controlled", "binary",
        get_args(documents.GripperControl),
    ),
    ProfileField(
        "control_frequency_hz", "--control-frequency-hz", "number", _ACTS, "how many actions a second are carried out",
        "20",
    ),
    ProfileField(
        "observation_spaces", "--observation-space", "list", _SEES, "what the policy is given, part by part",
        "rgb_static_camera",
    ),
    ProfileField(
        "camera_topology", "--camera-topology", "word", _SEES, "which cameras there are", "static",
        get_args(documents.CameraTopology),
    ),
    ProfileField(
        "camera_config_id", "--camera-config-id", "text", _SEES, "what the placement of the cameras is called",
        "static-front-v1",
    ),
    ProfileField(
        "language_input", "--language-input", "switch", _SEES, "whether the policy is given an instruction", "true"
    ),
    ProfileField(
        "reset_policy", "--reset-policy", "word", _RUNS, "how a scene is put back before an episode", "episode_reset",
        get_args(documents.ResetPolicy),
    ),
    ProfileField(
        "metric_contract", "--metric-contract", "word", _RUNS, "what an episode is scored by",
        "boolean_success_per_episode", get_args(documents.MetricContract),
    ),
    ProfileField(
        "real_to_sim_calibration", "--real-to-sim-calibration", "text", _RUNS,
        "which calibration ties the simulator to the real robot", "calibration-v1", needed=False,
    ),
    ProfileField(
        "environment_version", "--environment-version", "text", _RUNS, "which version of the environment runs",
        "libero-0.1.1",
    ),
    ProfileField(
        "adapter_version", "--adapter-version", "text", _RUNS, "which version of the code joins policy and simulator",
        "worldflux-libero-bridge-0.2",
    ),
    ProfileField(
        "training_exposure.possible_benchmark_families", "--training-exposure-possible-benchmark-family", "list", _DATA,
        "benchmarks whose data may have been in the training set", "libero", needed=False,
    ),
    ProfileField(
        "training_exposure.caveats", "--training-exposure-caveat", "list", _DATA,
        "what is not known about the training data", "no full manifest of the training data", needed=False,
    ),
    ProfileField(
        "claim_intent", "--claim-intent", "text", _ASKED, "what the evidence is meant to support",
        "constrained tabletop manipulation evidence",
    ),
    ProfileField(
        "reviewer_next_actions", "--reviewer-next-action", "list", _ASKED, "what the reviewer is asked to do",
        "review missing cells and unsupported claims", needed=False,
    ),
)  # fmt: skip

BY_PATH: Final = {field.path: field for field in FIELDS}


def value_at(profile: dict[str, Any], path: str) -> Any:
    """Value of a field in the JSON of a profile; None where it is absent."""
    first, _, rest = path.partition(".")
    value = profile.get(first)
    return value_at(value, rest) if rest and isinstance(value, dict) else None if rest else value
