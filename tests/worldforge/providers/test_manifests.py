"""The manifests of runtimes: whole, and true of the providers that come with this package."""

from __future__ import annotations

import pytest

from tests.support import REPO
from worldforge.providers.manifests import manifest_names, runtime_manifest
from worldforge.providers.registry import BUILTINS, make_builtin


@pytest.mark.parametrize("name", manifest_names())
def test_a_manifest_says_all_of_it(name: str) -> None:
    manifest = runtime_manifest(name)
    assert manifest is not None
    assert (manifest.provider, manifest.reference) == (name, f"{name}:schema-1")
    assert manifest.capabilities
    assert f"--provider {name}" in manifest.minimum_smoke_command
    assert bool(manifest.score_contract) == ("score" in manifest.capabilities)
    assert all((manifest.setup_hint, manifest.runtime_api, manifest.expected_success_signal, manifest.device_support))


@pytest.mark.parametrize("name", BUILTINS)
def test_a_provider_that_comes_along_is_what_its_manifest_says(name: str) -> None:
    provider, manifest = make_builtin(name), runtime_manifest(name)
    assert manifest is not None
    assert provider.name == name
    assert provider.capabilities.names() == tuple(manifest.capabilities)
    assert provider.runtime_manifest == manifest.reference
    assert provider.profile_spec.implementation_status == manifest.implementation_status
    assert provider.profile_spec.default_model == manifest.default_model


@pytest.mark.parametrize("name", sorted(set(manifest_names()) - set(BUILTINS)))
def test_a_runtime_without_an_adapter_says_so(name: str) -> None:
    manifest = runtime_manifest(name)
    assert manifest is not None
    assert manifest.implementation_status == "scaffold"
    assert "does not come with this version" in manifest.setup_hint


@pytest.mark.parametrize("name", ["", "nobody", "../manifests", "mock.json"])
def test_there_is_no_manifest_of_anything_else(name: str) -> None:
    assert runtime_manifest(name) is None


@pytest.mark.parametrize("name", manifest_names())
def test_the_page_that_a_manifest_names_is_there(name: str) -> None:
    manifest = runtime_manifest(name)
    assert manifest is not None
    assert (REPO / manifest.docs_path).is_file()
