"""The provider `mujoco`: rigid bodies in the MuJoCo simulator, behind `predict` and `score` (extra `mujoco`)."""

from worldforge.providers.builtin.mujoco.provider import MujocoProvider

__all__ = ["MujocoProvider"]
