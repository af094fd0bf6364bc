"""`worldforge provider info`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from worldbase.console import echo_report, foreign_output, format_option
from worldbase.tables import visible

if TYPE_CHECKING:
    from worldforge.providers.manifests import RuntimeManifest


@click.command(
    epilog="""\b
Example:
  worldforge provider info mujoco"""
)
@click.argument("name")
@format_option
def info(name: str, output_format: str) -> None:
    """Say what provider NAME is and what it needs.

    Nothing is loaded and nothing is asked of its runtime. Of variables it says whether they are set, never to what.
    """
    found = _described(name)
    echo_report(output_format, found, text=lambda: _text(found))


@foreign_output()
def _described(name: str) -> dict[str, Any]:
    from worldbase.redact import redact_value
    from worldforge.forge.facade import WorldForge
    from worldforge.providers.manifests import runtime_manifest
    from worldforge.providers.registry import BUILTINS

    forge, manifest = WorldForge(), runtime_manifest(name)
    if manifest is not None and name not in BUILTINS and name not in forge.providers():
        return _of_manifest(manifest)
    described = forge.provider_info(name).to_dict()
    return {**described, "profile": redact_value(described["profile"])}


def _of_manifest(manifest: RuntimeManifest) -> dict[str, Any]:
    """A runtime that is known although no adapter of it is installed."""
    import os

    import msgspec

    variables = [*manifest.required_env_vars, *manifest.required_any_env_vars]
    return {
        "name": manifest.provider,
        "origin": "manifest",
        "capabilities": manifest.capabilities,
        "profile": None,
        "configured": False,
        "config": {variable: bool(os.environ.get(variable, "").strip()) for variable in variables},
        "runtime_manifest": msgspec.to_builtins(manifest),
    }


def _text(found: dict[str, Any]) -> str:
    profile, manifest = found["profile"] or {}, found["runtime_manifest"] or {}
    lines = [click.style(visible(found["name"]), bold=True)]
    lines += [f"  {visible(profile['description'])}"] if profile.get("description") else []
    lines.append("")
    lines += [f"  {label:13} {visible(text)}" for label, text in _facts(found, profile, manifest) if text]
    if found["config"]:
        lines += ["", "  variables"]
        lines += [f"    {visible(name)}: {'set' if is_set else 'not set'}" for name, is_set in found["config"].items()]
    if not found["configured"] and manifest.get("setup_hint"):
        lines += ["", f"  {click.style('next', bold=True)}: {visible(manifest['setup_hint'])}"]
    return "\n".join(lines) + "\n"


def _facts(found: dict[str, Any], profile: dict[str, Any], manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "can", ", ".join(found["capabilities"]) or "nothing"
    yield "configured", "yes" if found["configured"] else "no"
    yield "adapter", _adapter(found["origin"], profile.get("implementation_status", ""))
    yield "package", profile.get("package") or ", ".join(manifest.get("optional_dependencies", ()))
    if profile:
        yield "deterministic", "yes" if profile["deterministic"] else "no"
        yield "runs", "on this machine" if profile["is_local"] else "elsewhere"
    yield "devices", ", ".join(manifest.get("device_support", ()))
    yield "calls", manifest.get("runtime_api", "")
    yield "a score is", manifest.get("score_contract") or ""
    yield "you bring", ", ".join(manifest.get("host_owned_artifacts", ()))
    yield "try", manifest.get("minimum_smoke_command", "")
    yield "notes", " ".join(profile.get("notes", ()))


def _adapter(origin: str, status: str) -> str:
    where = {
        "builtin": "comes with worldforge",
        "entry_point": "comes with another package",
        "program": "registered by this program",
        "manifest": "does not come with this version; its runtime is known",
    }[origin]
    return f"{where}, {status}" if status else where
