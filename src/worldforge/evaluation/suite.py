"""Suites: defined, found by name, run over one or many providers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from worldbase.errors import WorldError
from worldforge.errors import WorldForgeError
from worldforge.evaluation import registry, suite_files
from worldforge.evaluation.definition import SuiteDefinition
from worldforge.evaluation.documents import CLAIM_BOUNDARY, METRIC_SEMANTICS, SUITE_VERSION
from worldforge.evaluation.envelope import ReportContext
from worldforge.evaluation.report import EvaluationReport
from worldforge.evaluation.running import Settings, distinct, require_capabilities, run
from worldforge.evaluation.scenario import EvaluationScenario
from worldforge.evaluation.wording import told
from worldforge.values import EventHandler
from worldforge.values.json_values import require_count, require_number

if TYPE_CHECKING:
    from worldforge.forge.facade import WorldForge

SuiteFactory: TypeAlias = Callable[[], "EvaluationSuite"]


class EvaluationSuite(SuiteDefinition):
    """A suite that can be run.

    Example:
        >>> from worldforge import WorldForge
        >>> report = EvaluationSuite.from_builtin("planning").run_report(["mock"], forge=WorldForge())
        >>> report.results[0].passed
        True
    """

    __slots__ = ()

    @classmethod
    def custom(
        cls,
        *,
        suite_id: str,
        name: str,
        scenarios: Sequence[EvaluationScenario],
        suite_version: str = SUITE_VERSION,
        claim_boundary: str = CLAIM_BOUNDARY,
        metric_semantics: str = METRIC_SEMANTICS,
        providers: Sequence[Any] = (),
    ) -> Self:
        """Make a suite of one's own.

        Raises:
            WorldForgeError: `suite.scenarios`, or `value.not_text` for a text that is blank.
        """
        return cls(suite_id, name, tuple(scenarios), suite_version, claim_boundary, metric_semantics, tuple(providers))

    @classmethod
    def builtin_names(cls) -> tuple[str, ...]:
        """Suites that come with the package."""
        return tuple(registry.BUILTINS)

    @classmethod
    def from_builtin(cls, name: str) -> EvaluationSuite:
        """A suite that comes with the package.

        Raises:
            UnknownSuiteError: `suite.unknown`.
        """
        return _suite(registry.builtin(name), name)

    @classmethod
    def register(cls, name: str, factory: SuiteFactory, *, replace: bool = False) -> None:
        """Make a suite known by a name in this process.

        Raises:
            WorldForgeError: `suite.name_taken`, always for the name of a suite that comes with the package;
                `suite.factory`.
        """
        registry.register(name, factory, replace=replace)

    @classmethod
    def unregister(cls, name: str) -> None:
        """Forget a registered suite; one that is not registered is forgotten already."""
        registry.unregister(name)

    @classmethod
    def registered_names(cls) -> tuple[str, ...]:
        """Suites registered in this process, in the order of their names."""
        return registry.registered_names()

    @classmethod
    def from_registered(cls, name: str) -> EvaluationSuite:
        """A suite that was registered, or an entry point of another package in the group `worldforge.suites`.

        Raises:
            UnknownSuiteError: `suite.unknown`, or `suite.not_a_suite`.
            EnvironmentMissingError: `suite.broken`.
        """
        return _suite(registry.registered(name), name)

    @classmethod
    def named(cls, name: str) -> EvaluationSuite:
        """A suite by what a command line calls it: a name of any kind, or a file; see `suite_files`.

        Raises:
            UnknownSuiteError: `suite.unknown`, `suite.not_a_suite` or `suite.file`.
            EnvironmentMissingError: `suite.broken`.
        """
        if file := suite_files.suite_file(name):
            return _suite(suite_files.load(file), f"{file.path.name}:{file.attribute}")
        if name in registry.BUILTINS:
            return cls.from_builtin(name)
        if name in registry.registered_names():
            return cls.from_registered(name)
        known = registry.known_names()
        if name not in known:
            raise registry.unknown(name, known)
        return cls.from_registered(name)

    def require(self, providers: str | Sequence[str], forge: WorldForge) -> None:
        """See that providers have what the suite needs, without running anything.

        Raises:
            WorldForgeError: `suite.no_provider`.
            CapabilityError: `suite.capability`.
            UnknownProviderError: `provider.unknown`.
        """
        require_capabilities(self, distinct(_names(providers)), forge)

    def run_report(
        self,
        providers: str | Sequence[str],
        forge: WorldForge,
        *,
        trials: int = 1,
        seed: int = 0,
        timeout: float | None = None,
        on_trial: Callable[[], None] | None = None,
        on_event: EventHandler | None = None,
        context: ReportContext | None = None,
    ) -> EvaluationReport:
        """Run every scenario with every provider, one after the other.

        Args:
            providers: Names; each of them once.
            forge: Where they are registered.
            trials: Trials of each scenario, at least 1.
            seed: Of the first trial; trial `i` has the seed `seed + i`, for every provider and scenario alike.
            timeout: Seconds that a trial may take; None for as long as it takes.
            on_trial: Called after each trial.
            on_event: Called with each event of a provider, from whatever thread it comes.
            context: What the report says of how it came about.

        Raises:
            CapabilityError: `suite.capability`: a provider lacks what the suite needs; nothing has run then.
            UnknownProviderError: `provider.unknown`; nothing has run then.
            OutcomeError: `outcome.invalid` or `outcome.of_another`: a scenario returned what is no outcome.
            WorldForgeError: An argument cannot be used.
        """
        settings = Settings(
            trials=require_count(trials, "trials", low=1),
            seed=require_count(seed, "seed"),
            timeout=None if timeout is None else require_number(timeout, "timeout", low=1e-3, high=1e6),
            on_trial=on_trial,
            on_event=on_event,
            context=context or ReportContext(),
        )
        return run(self, _names(providers), forge, settings)


def _names(providers: str | Sequence[str]) -> Sequence[str]:
    return [providers] if isinstance(providers, str) else providers


def _suite(found: Any, name: str) -> EvaluationSuite:
    """Return a suite, or what a function without arguments makes."""
    made = _made(found, name) if callable(found) else found
    if not isinstance(made, EvaluationSuite):
        raise WorldForgeError(
            f"{name!r:.80} is a {type(made).__name__}, not an EvaluationSuite",
            code="suite.not_a_suite",
            hint="Let it be an EvaluationSuite, or a function without arguments that returns one.",
        )
    return made


def _made(factory: Callable[[], Any], name: str) -> Any:
    try:
        return factory()
    except (WorldError, KeyboardInterrupt):
        raise
    except BaseException as error:  # SystemExit included: leaving with 0 would look like a pass
        raise WorldForgeError(
            f"{name!r:.80} cannot be made: {type(error).__name__}: {told(error)}",
            code="suite.factory_failed",
            hint="Call the function that makes the suite by itself to see the traceback.",
        ) from error
