"""Every registered provider keeps the contract: those of this package, and those of a package outside it."""

from __future__ import annotations

import json
from importlib.util import find_spec
from typing import Any, Final

import pytest

from tests.contracts.test_outside_plugin import Installation, lay_out
from worldforge.providers.registry import BUILTINS, make_builtin
from worldforge.testing.provider_contract import LAWS, ContractReport, check_provider

OUTSIDE: Final = """
import json
from worldforge import WorldForge
from worldforge.errors import ProviderError
from worldforge.testing.provider_contract import check_provider

forge = WorldForge()
checked = {}
for name in ("tally-distance", "tally-policy"):
    capability = forge.capabilities_of(name)[0]
    checked[name] = check_provider(forge.implementation(name, capability), name=name).to_dict()

def asked(name):
    try:
        forge.capabilities_of(name)
    except ProviderError as error:
        return [error.code, error.exit_code, error.message]

print(json.dumps({
    "names": forge.providers(),
    "checked": checked,
    "asked": {name: asked(name) for name in ("tally-broken", "tally-misnamed", "tally-distanse")},
    "skipped": sorted(entry.name for entry in forge.doctor().skipped),
}))
"""


@pytest.fixture(scope="module")
def reports() -> dict[str, ContractReport]:
    return {name: check_provider(make_builtin(name), name=name) for name in BUILTINS if is_here(name)}


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    site = tmp_path_factory.mktemp("site")
    lay_out(site)
    done = Installation(site).python("-c", OUTSIDE)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def is_here(name: str) -> bool:
    return name != "mujoco" or find_spec("mujoco") is not None


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", BUILTINS)
def test_a_provider_of_this_package_keeps_the_law(reports: dict[str, ContractReport], name: str, law: str) -> None:
    if not is_here(name):
        pytest.skip(f"the library of {name} is not installed")
    (check,) = (check for check in reports[name].checks if check.name == law)
    assert check.passed, check.detail


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("name", ["tally-distance", "tally-policy"])
def test_a_provider_of_another_package_keeps_the_law(outside: dict[str, Any], name: str, law: str) -> None:
    (check,) = (check for check in outside["checked"][name]["checks"] if check["name"] == law)
    assert check["passed"], check["detail"]


def test_providers_of_another_package_are_registered_beside_ours(outside: dict[str, Any]) -> None:
    assert outside["names"][0] == "mock"
    assert outside["names"][-2:] == ["tally-distance", "tally-policy"]


@pytest.mark.parametrize(
    ("name", "code", "exit_code", "told"),
    [
        ("tally-broken", "provider.broken", 4, "outside-tally needs a library that nobody has"),
        ("tally-misnamed", "provider.broken", 4, "its provider calls itself 'tally-distance'"),
        ("tally-distanse", "provider.unknown", 2, "no provider is called 'tally-distanse'"),
    ],
)
def test_what_cannot_be_used_is_an_error_where_it_is_asked_for(
    outside: dict[str, Any], name: str, code: str, exit_code: int, told: str
) -> None:
    assert outside["asked"][name][:2] == [code, exit_code]
    assert told in outside["asked"][name][2]


def test_what_cannot_be_used_is_named_and_hides_no_other(outside: dict[str, Any]) -> None:
    assert outside["skipped"] == ["tally-broken", "tally-misnamed"]
