"""What the runtimes of providers need, as data: one JSON file for each."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from worldforge.capabilities.names import Capability

SCHEMA_VERSION: Final = 1
_FOLDER: Final = Path(__file__).with_name("_data")


class RuntimeManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one runtime needs and how to see that it works.

    Attributes:
        schema_version: 1.
        provider: Name of the provider.
        capabilities: What it can do.
        implementation_status: `scaffold` where its adapter does not come with this version.
        optional_dependencies: Distributions that have to be installed.
        required_env_vars: Variables that all have to be set.
        required_any_env_vars: Variables of which one has to be set.
        optional_env_vars: Variables that are read where they are set.
        default_model: Model that is used where none is named.
        device_support: Devices that it runs on.
        runtime_api: The call that the adapter makes.
        score_contract: What a score is, for one that scores.
        host_owned_artifacts: What the user of the machine brings: checkpoints, servers.
        minimum_smoke_command: Shortest command that shows that it works.
        expected_success_signal: What that command prints then.
        setup_hint: First thing to do.
        docs_path: Page of the documentation.
    """

    schema_version: Annotated[int, msgspec.Meta(ge=SCHEMA_VERSION, le=SCHEMA_VERSION)]
    provider: str
    capabilities: list[Capability]
    implementation_status: Literal["scaffold", "experimental", "beta", "stable"]
    optional_dependencies: list[str]
    required_env_vars: list[str]
    required_any_env_vars: list[str]
    optional_env_vars: list[str]
    default_model: str | None
    device_support: list[str]
    runtime_api: str
    score_contract: str | None
    host_owned_artifacts: list[str]
    minimum_smoke_command: str
    expected_success_signal: str
    setup_hint: str
    docs_path: str

    @property
    def reference(self) -> str:
        """How a report refers to it, such as `mock:schema-1`."""
        return f"{self.provider}:schema-{self.schema_version}"


def manifest_names() -> tuple[str, ...]:
    """Names of all runtimes that there is a manifest of, in order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


@functools.cache
def runtime_manifest(name: str) -> RuntimeManifest | None:
    """The manifest of a provider's runtime, or None where there is none."""
    if name not in manifest_names():
        return None
    return msgspec.json.decode((_FOLDER / f"{name}.json").read_bytes(), type=RuntimeManifest)
