"""A provider to start from: a small package that can be installed and that keeps the contract before it is edited."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Final

from worldbase.errors import UsageError, Where
from worldbase.files import StagedFolder, write_atomic
from worldforge.capabilities import CAPABILITIES
from worldforge.capabilities.names import Capability

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_MOST_CHARACTERS: Final = 40
_ALWAYS: Final = ("BaseProvider", "ProviderCapabilities", "ProviderProfileSpec")
_VALUES: Final[dict[Capability, tuple[str, ...]]] = {
    "predict": ("Action", "PredictionPayload"),
    "embed": ("EmbeddingResult",),
    "score": ("ActionScoreResult",),
    "policy": ("Action", "ActionPolicyResult"),
    "plan": ("Action", "ActionPolicyResult"),
}
"""What the methods of a capability use of worldforge."""


@dataclass(frozen=True, slots=True)
class Scaffold:
    """A provider that is to be written.

    Attributes:
        name: Name of the provider: lower-case words joined by hyphens.
        capabilities: What it is to advertise, in the order of `CAPABILITIES`.
    """

    name: str
    capabilities: tuple[Capability, ...]

    @property
    def distribution(self) -> str:
        """Name of the package for installers."""
        return f"worldforge-{self.name}"

    @property
    def module(self) -> str:
        """Name of the package for Python; the prefix keeps it from hiding the runtime that it adapts."""
        return self.distribution.replace("-", "_")

    @property
    def class_name(self) -> str:
        """Name of the provider's class."""
        return "".join(word.capitalize() for word in self.name.split("-")) + "Provider"


def scaffold(name: str, capabilities: Sequence[Capability], *, taken: Sequence[str] = ()) -> Scaffold:
    """Say what is to be written.

    Args:
        name: Name of the provider.
        capabilities: At least one capability.
        taken: Names that others have.

    Raises:
        UsageError: `scaffold.name`, `scaffold.name_taken` or `scaffold.no_capability`.
    """
    if not _NAME.fullmatch(name) or len(name) > _MOST_CHARACTERS:
        raise UsageError(
            f"{name!r:.60} cannot be the name of a provider",
            code="scaffold.name",
            hint=f"Use lower-case words joined by hyphens, {_MOST_CHARACTERS} characters at most, such as my-model.",
        )
    if name in taken:
        raise UsageError(
            f"worldforge has a provider {name!r} of its own",
            code="scaffold.name_taken",
            hint=f"Choose another name, such as my-{name}.",
        )
    chosen = tuple(capability for capability in CAPABILITIES if capability in capabilities)
    if not chosen:
        raise UsageError(
            "a provider needs a capability",
            code="scaffold.no_capability",
            hint=f"Name at least one: {', '.join(f'--capability {known}' for known in CAPABILITIES)}.",
        )
    return Scaffold(name, chosen)


def files_of(wanted: Scaffold) -> dict[str, str]:
    """The package's files: relative path -> text."""
    package = f"src/{wanted.module}"
    return {
        "pyproject.toml": _filled("pyproject.toml", wanted),
        "README.md": _filled("README.md", wanted),
        f"{package}/__init__.py": _filled("init.py", wanted),
        f"{package}/provider.py": _provider(wanted),
        f"{package}/py.typed": "",
        "tests/test_contract.py": _filled("test_contract.py", wanted),
    }


def write(wanted: Scaffold, target: Path, *, overwrite: bool = False) -> tuple[str, ...]:
    """Write the package, and return the paths of its files.

    A new folder appears whole or not at all. In a folder that holds something, `overwrite` replaces the files of the
    scaffold and leaves every other one; without it, nothing is written.

    Raises:
        UsageError: `output.exists` or `output.not_a_folder`.
        StorageError: `file.unwritable`.
    """
    texts = files_of(wanted)
    if not target.is_dir():
        with StagedFolder(target) as staged:
            _write_into(staged.path, texts)
            staged.commit()
    elif overwrite or not any(target.iterdir()):
        # It may be where somebody stands, so it is filled and not replaced.
        _write_into(target, texts)
    else:
        name = target.absolute().name
        raise UsageError(
            f"{name} is not empty",
            code="scaffold.exists",
            where=Where(name),
            hint="Choose another --output, or pass --overwrite to replace the scaffold's files in it and no other.",
        )
    return tuple(texts)


def _write_into(folder: Path, texts: dict[str, str]) -> None:
    for path, text in texts.items():
        write_atomic(folder / path, text.encode())


def _provider(wanted: Scaffold) -> str:
    methods = "\n".join(_template(f"{capability}.py") for capability in wanted.capabilities).rstrip("\n")
    return _filled("provider.py", wanted, methods=methods, imports=_imports(methods, wanted)) + (
        _template("made_up.py") if "_made_up(" in methods else ""
    )


def _imports(methods: str, wanted: Scaffold) -> str:
    modules = [
        f"import {name}"
        for name, is_used in (
            ("copy", "copy." in methods),
            ("hashlib", "_made_up(" in methods),
            ("json", "_made_up(" in methods),
        )
        if is_used
    ]
    names = sorted({*_ALWAYS, *(name for capability in wanted.capabilities for name in _VALUES[capability])})
    ours = ["from worldforge import (", *(f"    {name}," for name in names), ")"]
    return "\n".join([*modules, "from typing import Any", "", *ours, "from worldforge.providers import requests"])


def _filled(name: str, wanted: Scaffold, **more: str) -> str:
    return Template(_template(name)).substitute(
        name=wanted.name,
        distribution=wanted.distribution,
        module=wanted.module,
        class_name=wanted.class_name,
        variable=wanted.module.upper(),
        flags=_flags(wanted.capabilities),
        capabilities=_counted(wanted.capabilities),
        **more,
    )


def _flags(capabilities: Sequence[str]) -> str:
    flags = ", ".join(f"{capability}=True" for capability in capabilities)
    return f"ProviderCapabilities(\n        {flags}\n    )" if len(flags) > 45 else f"ProviderCapabilities({flags})"


def _counted(capabilities: Sequence[str]) -> str:
    names = [f"`{name}`" for name in capabilities]
    return f"capability {names[0]}" if len(names) == 1 else f"capabilities {', '.join(names[:-1])} and {names[-1]}"


def _template(name: str) -> str:
    return files("worldforge.workflows").joinpath("_scaffold", f"{name}.template").read_text(encoding="utf-8")
