"""LeRobot's `eval_info.json`, through its layouts.

* Layout A (2024-03 to 0.3.3): one task, `per_episode` with index and seed, `aggregated`.
* Layout B (0.4.0 to 0.5.1): `per_task` with parallel lists, `per_group`, `overall`; no seed, no index, position counts.
* Layout C (0.6.0 on): B with `predicted_video_paths`.

No layout records LeRobot's version, the policy, the environment, the step limit or the batch size.
"""

from worldflux.sources.builtin.lerobot.source import LeRobotSource

__all__ = ["SOURCE", "LeRobotSource"]

SOURCE = LeRobotSource()
