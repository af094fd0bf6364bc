"""A scripted policy: it solves the arm's geometry for the goal that it sees, and goes there in small steps."""

import math

from reach_arm import LINK

from worldforge import Action, ActionPolicyResult, BaseProvider, ProviderCapabilities, ProviderProfileSpec
from worldforge.errors import ProviderError

CHUNK = 10
"""Control steps that one answer covers."""
_FASTEST = 0.08
"""Radians of one joint in one control step."""
_EDGE = 1e-3


class ReachPolicy(BaseProvider):
    """Goes to the goal as it was seen. It is as good as the camera, and no better."""

    name = "reach-ik"
    capabilities = ProviderCapabilities(policy=True)
    profile_spec = ProviderProfileSpec(
        description="Scripted inverse kinematics for a planar arm with two joints.",
        deterministic=True,
        supported_modalities=("state",),
        notes=("It believes the camera: a wrong goal is reached as well as a right one.",),
    )

    def select_actions(self, *, info):
        """Joint targets of the next control steps, in radians."""
        try:
            angles, (x, y) = info["observation"]["joint_angles"], info["observation"]["goal_seen"]
            wanted = _angles_at(x, y, bend=math.copysign(1.0, angles[1]))
            targets = [_towards(now, then) for now, then in zip(angles, wanted, strict=True)]
        except (KeyError, TypeError, ValueError) as error:
            raise ProviderError(
                f"the observation is not that of the arm: {error}",
                code="provider.bad_input",
                hint="Give joint_angles (2 radians) and goal_seen (x and y in metres).",
            ) from None
        actions = tuple(
            Action("joint_targets", {"shoulder": shoulder, "elbow": elbow})
            for shoulder, elbow in zip(*targets, strict=True)
        )
        return ActionPolicyResult(self.name, actions, action_horizon=CHUNK, embodiment_tag="planar-2-link")


def _angles_at(x, y, *, bend):
    """Joint angles that put the tip at a place, or as near to it as the arm reaches (law of cosines)."""
    reach = min(max(math.hypot(x, y), _EDGE), 2 * LINK - _EDGE)
    elbow = bend * 2 * math.acos(reach / (2 * LINK))
    return math.atan2(y, x) - elbow / 2, elbow


def _towards(now, then):
    """Angles on the way, the shorter way round."""
    left = math.remainder(then - now, math.tau)
    return [now + math.copysign(min(abs(left), _FASTEST * (step + 1)), left) for step in range(CHUNK)]
