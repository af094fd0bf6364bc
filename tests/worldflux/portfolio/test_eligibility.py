"""Which probes fit a profile: reasons name the field, and nothing that a profile adds excludes a probe."""

from __future__ import annotations

from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.worldflux.portfolio.probing import probe_of, profile_of
from worldflux.documents.profile import (
    ActionControlMode,
    CameraTopology,
    EmbodimentClass,
    EvalProfile,
    GripperControl,
    MetricContract,
    ResetPolicy,
)
from worldflux.portfolio.eligibility import fit, judged
from worldflux.portfolio.probes.registry import probes, simulator_families

LIBERO_PROBES = {"libero-pro", "libero-plus", "libero"}


def fitting(profile: EvalProfile) -> set[str]:
    return {probe.id for probe in probes() if not fit(probe, profile)}


def test_the_usual_profile_in_libero_fits_the_three_of_it() -> None:
    assert fitting(profile_of()) == LIBERO_PROBES


@pytest.mark.parametrize(
    ("changes", "probe"),
    [
        ({"simulator_family": "simpler_env", "robot_model": "widowx-250"}, "simpler-env"),
        ({"simulator_family": "robocasa", "embodiment_class": "mobile_manipulator"}, "robocasa"),
        ({"simulator_family": "calvin", "metric_contract": "subtask_count_per_episode"}, "calvin"),
        (
            {
                "simulator_family": "RoboTwin",
                "embodiment_class": "bimanual_tabletop",
                "degrees_of_freedom": 14,
                "action_control_mode": "joint_position",
                "language_input": False,
            },
            "robotwin",
        ),
        ({"simulator_family": "metaworld", "degrees_of_freedom": 3, "language_input": False}, "meta-world"),
        ({"simulator_family": "maniskill"}, "maniskill"),
        ({"simulator_family": "drake", "embodiment_class": "bimanual_tabletop", "degrees_of_freedom": 14}, "lbm-eval"),
    ],
)
def test_each_simulator_has_its_probe(changes: dict[str, Any], probe: str) -> None:
    assert fitting(profile_of(**changes)) == {probe}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("simulator_family", "isaac"),
        ("embodiment_class", "quadruped"),
        ("language_input", False),
        ("camera_topology", "none"),
        ("gripper_control", "none"),
        ("degrees_of_freedom", 5),
        ("action_control_mode", "joint_torque"),
        ("metric_contract", "score_per_episode"),
        ("reset_policy", "continuous"),
    ],
)
def test_a_reason_names_the_field_and_its_value(field: str, value: Any) -> None:
    (reason,) = fit(probe_of("libero"), profile_of(**{field: value}))
    assert reason.startswith(f"{field} is {str(value).lower() if isinstance(value, bool) else value}; ")
    assert reason.endswith(".")


def test_every_reason_is_given_not_the_first() -> None:
    reasons = fit(probe_of("libero"), profile_of(simulator_family="calvin", gripper_control="none"))
    assert [reason.split(" ")[0] for reason in reasons] == ["simulator_family", "gripper_control"]


def test_a_contract_takes_the_place_of_the_template() -> None:
    (reason,) = fit(probe_of("custom"), profile_of())
    assert "--custom-eval-contract" in reason


def test_the_perturbed_probes_always_go_with_libero_and_say_what_does_not_agree() -> None:
    profile = profile_of(
        simulator_family="LIBERO", embodiment_class="humanoid", language_input=False, camera_topology="none"
    )
    assert fitting(profile) == {"libero-pro", "libero-plus"}
    plus = judged(probe_of("libero-plus"), profile)
    assert plus.fits
    assert plus.always
    assert [caution.split(" ")[0] for caution in plus.cautions] == [
        "embodiment_class",
        "language_input",
        "camera_topology",
        "language_input",
    ]
    assert "language" not in {axis.id for axis in plus.axes}


def test_without_language_the_axes_that_need_it_are_left_out() -> None:
    pro = judged(probe_of("libero-pro"), profile_of(language_input=False))
    assert [axis.id for axis in pro.axes] == ["object", "position", "environment"]
    assert "left out: semantic, task." in pro.cautions[-1]


@pytest.mark.parametrize(
    ("model", "told"), [("franka-panda", False), ("Franka Emika Panda", False), ("panda", False), ("ur5e", True)]
)
def test_another_robot_is_pointed_out_and_excludes_nothing(model: str, told: bool) -> None:
    found = judged(probe_of("libero"), profile_of(robot_model=model))
    assert found.fits
    assert any("robot_model" in caution for caution in found.cautions) == told


def test_possible_training_on_the_tasks_is_pointed_out() -> None:
    exposure = {"possible_benchmark_families": ["libero", "bridge"], "caveats": []}
    found = judged(probe_of("libero-plus"), profile_of(training_exposure=exposure))
    assert found.fits
    assert found.cautions == ("training_exposure names libero: the policy may have been trained on its tasks.",)


def _profiles() -> st.SearchStrategy[EvalProfile]:
    return st.builds(
        profile_of,
        simulator_family=st.sampled_from([*simulator_families(), "elsewhere"]),
        embodiment_class=st.sampled_from(get_args(EmbodimentClass)),
        action_control_mode=st.sampled_from(get_args(ActionControlMode)),
        metric_contract=st.sampled_from(get_args(MetricContract)),
        reset_policy=st.sampled_from(get_args(ResetPolicy)),
        camera_topology=st.sampled_from(get_args(CameraTopology)),
        gripper_control=st.sampled_from(get_args(GripperControl)),
        language_input=st.booleans(),
        degrees_of_freedom=st.integers(1, 40),
    )


_MORE: list[dict[str, Any]] = [
    {"language_input": True},
    {"gripper_control": "binary"},
    {"camera_topology": "static_and_wrist"},
    {"degrees_of_freedom": 256},
    {"reset_policy": "episode_reset"},
    {"action_spaces": ["end_effector_delta_pose", "gripper_action", "base"]},
    {"observation_spaces": ["rgb_static_camera", "language_instruction", "depth"]},
]


@given(profile=_profiles(), more=st.sampled_from(_MORE))
def test_what_a_profile_adds_never_excludes_a_probe(profile: EvalProfile, more: dict[str, Any]) -> None:
    richer = msgspec.structs.replace(profile, **more)
    assert fitting(profile) <= fitting(richer)
    for probe in probes():
        assert set(judged(probe, profile).axes) <= set(judged(probe, richer).axes)


@given(profile=_profiles())
def test_a_probe_fits_or_says_why_not(profile: EvalProfile) -> None:
    for probe in probes():
        found = judged(probe, profile)
        assert found.fits == (not found.reasons) == (not fit(probe, profile))
        assert all(reason.endswith(".") for reason in (*found.reasons, *found.cautions))
        assert not (found.always and found.reasons)


@given(profile=_profiles())
def test_libero_always_takes_both_perturbed_probes(profile: EvalProfile) -> None:
    assert {"libero-pro", "libero-plus"} <= fitting(msgspec.structs.replace(profile, simulator_family="libero"))
