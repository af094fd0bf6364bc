"""A planar arm with two joints in MuJoCo, and a goal that its tip is to reach.

The arm lies on a table and sees the goal through a camera that is a little wrong: the goal that it is told is the true
one plus a normal error in x and in y, drawn once for each episode. Everything is drawn from the episode's seed.
"""

import math
import random
from dataclasses import dataclass

import mujoco

ENVIRONMENT = "mujoco-reach-v1"
CONTROL_STEPS = 100
CONTROL_HZ = 50
TOLERANCE = 0.05
"""Metres between tip and goal, after the last control step, that still are a success."""
LINK = 0.25
"""Length of each of the two links, in metres."""

_TIME_STEP = 0.005
_SUBSTEPS = round(1 / (CONTROL_HZ * _TIME_STEP))
_MODEL = mujoco.MjModel.from_xml_string(f"""
<mujoco>
  <option timestep="{_TIME_STEP}" gravity="0 0 0" integrator="implicitfast"/>
  <default>
    <geom type="capsule" size="0.02" density="600" contype="0" conaffinity="0"/>
    <joint type="hinge" axis="0 0 1" damping="0.05"/>
    <position kp="6" dampratio="1" ctrlrange="-6.3 6.3"/>
  </default>
  <worldbody>
    <body name="upper">
      <joint name="shoulder"/>
      <geom fromto="0 0 0 {LINK} 0 0"/>
      <body name="lower" pos="{LINK} 0 0">
        <joint name="elbow"/>
        <geom fromto="0 0 0 {LINK} 0 0"/>
        <site name="tip" pos="{LINK} 0 0"/>
      </body>
    </body>
  </worldbody>
  <actuator>
    <position joint="shoulder"/>
    <position joint="elbow"/>
  </actuator>
</mujoco>
""")


@dataclass(frozen=True)
class Task:
    """Where goals are, and how wrong the camera is about them.

    Attributes:
        nearest: Metres from the shoulder.
        farthest: Metres from the shoulder.
        camera_error: Standard deviation in x and in y, in metres.
    """

    nearest: float
    farthest: float
    camera_error: float


class ReachArm:
    """One episode: the arm folded by 90 degrees, and a goal."""

    def __init__(self, task: Task, seed: int) -> None:
        draw = random.Random(seed)
        distance = draw.uniform(task.nearest, task.farthest)
        bearing = draw.uniform(-math.pi, math.pi)
        self.goal = (distance * math.cos(bearing), distance * math.sin(bearing))
        self.seen = tuple(place + draw.gauss(0.0, task.camera_error) for place in self.goal)
        self._data = mujoco.MjData(_MODEL)
        self._data.qpos[:] = (0.0, math.pi / 2)
        mujoco.mj_forward(_MODEL, self._data)

    def observation(self) -> dict[str, list[float]]:
        """Joint angles in radians, and the goal as the camera sees it, in metres."""
        return {"joint_angles": self._data.qpos.tolist(), "goal_seen": list(self.seen)}

    def step(self, shoulder: float, elbow: float) -> None:
        """One control step towards joint angles in radians."""
        self._data.ctrl[:] = (shoulder, elbow)
        mujoco.mj_step(_MODEL, self._data, _SUBSTEPS)

    def distance(self) -> float:
        """Metres from the tip to the goal, the true one."""
        mujoco.mj_forward(_MODEL, self._data)
        tip = self._data.site("tip").xpos
        return math.hypot(tip[0] - self.goal[0], tip[1] - self.goal[1])
