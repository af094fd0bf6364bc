"""What every provider has to keep, as a kit that its author runs.

    from worldforge.testing.provider_contract import assert_provider_contract


    def test_my_provider_keeps_its_contract() -> None:
        assert_provider_contract(MyProvider())

`check_provider` gives the same as a report. The provider is really called, a few dozen times, with the inputs of a
benchmark or with others.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

from worldforge.benchmark.inputs import BenchmarkInputs
from worldforge.providers.contract import BaseProvider
from worldforge.providers.implementations import provider_of
from worldforge.providers.observed import told
from worldforge.testing.provider_laws import LAWS_BY_NAME, BrokenLaw, Case

LAWS: Final = tuple(LAWS_BY_NAME)
"""Names of the laws, in the order in which their failures are easiest to understand."""
TIME_LIMIT: Final = 60.0
"""Seconds that the checks of one law may take."""


@dataclass(frozen=True, slots=True)
class ContractCheck:
    """One law, and whether it is kept.

    Attributes:
        name: Of the law.
        passed: Whether it is kept.
        detail: What was seen, or what is wrong.
    """

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class ContractReport:
    """Which laws a provider keeps.

    Attributes:
        provider: Its name.
        capabilities: What it advertises.
        checks: One for each law, in the order of `LAWS`.
    """

    provider: str
    capabilities: tuple[str, ...]
    checks: tuple[ContractCheck, ...]

    @property
    def passed(self) -> bool:
        """Whether all laws are kept."""
        return all(check.passed for check in self.checks)

    def to_dict(self) -> dict[str, Any]:
        """The report as a JSON object."""
        return {
            "schema_version": 1,
            "provider": self.provider,
            "capabilities": list(self.capabilities),
            "passed": self.passed,
            "checks": [asdict(check) for check in self.checks],
        }


def check_provider(
    provider: BaseProvider | Any,
    *,
    inputs: BenchmarkInputs | None = None,
    name: str | None = None,
    time_limit: float = TIME_LIMIT,
) -> ContractReport:
    """Check every law of a provider.

    Args:
        provider: A provider, or a bare implementation of a capability. It is called; its environment and its lifecycle
            are left as they are.
        inputs: What it is asked; None for the defaults of a benchmark.
        name: Name that it is registered under; None for its own.
        time_limit: Seconds that one law may take. A law that takes longer is broken, and those after it are not
            checked; the thread that hangs is left to itself.

    Raises:
        WorldForgeError: `provider.not_an_implementation`.
    """
    case = Case(provider_of(provider), inputs or BenchmarkInputs(), name)
    checks: list[ContractCheck] = []
    hung: str | None = None
    for law, check in LAWS_BY_NAME.items():
        if hung is not None:
            checks.append(ContractCheck(law, False, f"not checked, since {hung} did not come to an end"))
            continue
        found = _checked(law, lambda check=check: check(case), time_limit)  # type: ignore[misc]
        checks.append(found or ContractCheck(law, False, f"it did not come to an end within {time_limit:g} s"))
        hung = law if found is None else None
    return ContractReport(case.provider.name, case.provider.capabilities.names(), tuple(checks))


def assert_provider_contract(
    provider: BaseProvider | Any, *, inputs: BenchmarkInputs | None = None, name: str | None = None
) -> None:
    """Fail a test with every law that a provider breaks.

    Raises:
        AssertionError: One line for each broken law.
    """
    report = check_provider(provider, inputs=inputs, name=name)
    broken = [f"{check.name}: {check.detail}" for check in report.checks if not check.passed]
    if broken:
        raise AssertionError("\n".join([f"the provider {report.provider!r} breaks its contract", *broken]))


def _checked(law: str, check: Callable[[], str], time_limit: float) -> ContractCheck | None:
    """What a law says, or None where it did not come to an end. It runs in a thread, which can be left behind."""
    said: list[ContractCheck] = []
    context = contextvars.copy_context()
    thread = threading.Thread(target=lambda: said.append(context.run(_said, law, check)), daemon=True)
    thread.start()
    thread.join(time_limit)
    return said[0] if said else None


def _said(law: str, check: Callable[[], str]) -> ContractCheck:
    try:
        return ContractCheck(law, True, check())
    except BrokenLaw as broken:
        return ContractCheck(law, False, str(broken))
    except BaseException as error:  # noqa: BLE001 - foreign code may raise anything, in any law
        return ContractCheck(law, False, told(error))
