"""Where the user's keys, trust files and memory of what was seen lie."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """Folder of the user's keys and trust files: `$WORLDFLUX_HOME`, or where the system keeps configuration."""
    if chosen := os.environ.get("WORLDFLUX_HOME"):
        return Path(chosen).absolute()
    import platformdirs

    return platformdirs.user_config_path("worldflux")


def state_home() -> Path:
    """Folder of what was seen before: `$WORLDFLUX_HOME/state`, or where the system keeps a program's state."""
    if chosen := os.environ.get("WORLDFLUX_HOME"):
        return Path(chosen).absolute() / "state"
    import platformdirs

    return platformdirs.user_state_path("worldflux")
