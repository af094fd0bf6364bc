"""Whether a runtime is configured here, and the words in which that is said."""

from __future__ import annotations

import pytest

from worldforge.errors import UnknownProviderError
from worldforge.providers.manifests import manifest_names, runtime_manifest
from worldforge.testing.runtime_profiles import provider_profile_skip_reason, skip_reason_for_any


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in manifest_names():
        manifest = runtime_manifest(name)
        assert manifest is not None
        for variable in (*manifest.required_env_vars, *manifest.required_any_env_vars):
            monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    ("name", "missing"),
    [
        ("leworldmodel", "LEWORLDMODEL_POLICY or LEWM_POLICY"),
        ("lerobot", "LEROBOT_POLICY_PATH or LEROBOT_POLICY"),
        ("gr00t", "GROOT_POLICY_HOST"),
    ],
)
def test_what_is_missing_is_named(name: str, missing: str) -> None:
    reason = f"provider profile {name!r} is not configured: missing {missing}"
    assert provider_profile_skip_reason(name) == reason


@pytest.mark.parametrize("variable", ["LEWORLDMODEL_POLICY", "LEWM_POLICY"])
def test_any_of_the_names_will_do_and_blank_is_none(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "  ")
    assert provider_profile_skip_reason("leworldmodel") is not None
    monkeypatch.setenv(variable, "pusht/lewm")
    assert provider_profile_skip_reason("leworldmodel") is None


def test_a_provider_that_needs_nothing_is_always_there() -> None:
    assert provider_profile_skip_reason("mock") is None


def test_a_library_may_be_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("worldforge.providers.builtin.mujoco.provider._is_installed", lambda: False)
    reason = provider_profile_skip_reason("mujoco")
    assert reason == "provider profile 'mujoco' is not configured: the library mujoco is not installed (extra mujoco)"


def test_one_of_several_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("leworldmodel", "gr00t")
    assert skip_reason_for_any(names) == (
        "no eligible provider profile is configured: "
        "provider profile 'leworldmodel' is not configured: missing LEWORLDMODEL_POLICY or LEWM_POLICY; "
        "provider profile 'gr00t' is not configured: missing GROOT_POLICY_HOST"
    )
    monkeypatch.setenv("GROOT_POLICY_HOST", "robot")
    assert skip_reason_for_any(names) is None


def test_a_name_without_a_profile_is_a_usage_error() -> None:
    with pytest.raises(UnknownProviderError) as caught:
        provider_profile_skip_reason("nobody")
    assert (caught.value.code, caught.value.exit_code) == ("provider.no_profile", 2)
