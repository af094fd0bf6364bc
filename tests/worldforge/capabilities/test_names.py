"""The five capabilities, and the protocols behind them."""

from __future__ import annotations

import pytest

from worldforge.capabilities import BENCHMARKABLE, CAPABILITIES, METHODS, require_capability
from worldforge.errors import CapabilityError
from worldforge.providers.contract import BaseProvider, ProviderCapabilities
from worldforge.providers.implementations import PROTOCOLS, RESULTS


def test_every_capability_has_a_flag_a_method_a_protocol_and_a_result() -> None:
    assert ProviderCapabilities(**dict.fromkeys(CAPABILITIES, True)).names() == CAPABILITIES
    assert set(METHODS) == set(PROTOCOLS) == set(RESULTS) == set(CAPABILITIES)
    for capability, method in METHODS.items():
        assert callable(getattr(BaseProvider, method))
        assert callable(getattr(PROTOCOLS[capability], method))


def test_a_plan_is_not_measured_by_itself() -> None:
    assert set(CAPABILITIES) - set(BENCHMARKABLE) == {"plan"}


def test_an_unknown_capability_is_told_the_nearest() -> None:
    with pytest.raises(CapabilityError) as caught:
        require_capability("predicts")
    assert (caught.value.code, caught.value.exit_code) == ("capability.unknown", 2)
    assert caught.value.hint == "Did you mean 'predict'? Known: predict, embed, score, policy, plan."


def test_flags_are_asked_by_name() -> None:
    flags = ProviderCapabilities(embed=True)
    assert flags.supports("embed")
    assert not flags.supports("plan")
    with pytest.raises(CapabilityError):
        flags.supports("generate")
