"""The presets that come with the package, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from worldbase.errors import UsageError

Category = Literal["checkout-safe", "prepared-host", "release", "own"]
FailureTolerance = Literal["fail-on-violation", "skip-when-env-missing"]

FAIL: Final = "fail-on-violation"
SKIP: Final = "skip-when-env-missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkPreset:
    """A benchmark with a name.

    Attributes:
        name: Lower-case words joined by hyphens.
        title: For headings.
        summary: What it is for, in a sentence.
        category: `checkout-safe` runs anywhere, `prepared-host` needs runtimes, `release` is for releases, `own` is a
            user's.
        providers: Who is measured.
        operations: What is measured; each provider with those that it has.
        iterations: Calls of each operation.
        concurrency: Workers.
        inputs_file: Name of its inputs, beside it; none: the defaults.
        budget_file: Name of its budgets, beside it; none: no gate.
        failure_tolerance: `fail-on-violation` always runs and fails with its gate; `skip-when-env-missing` is skipped
            on a host where what it needs is not configured.
        requires_provider_profiles: Runtime profiles that all have to be configured.
        requires_provider_choice: Runtime profiles of which one has to be configured.
        notes: What to know when reading its numbers.
        tags: Words to find it by.
    """

    name: str
    title: str
    summary: str
    category: Category
    providers: tuple[str, ...]
    operations: tuple[str, ...]
    iterations: int
    concurrency: int = 1
    inputs_file: str | None = None
    budget_file: str | None = None
    failure_tolerance: FailureTolerance = FAIL
    requires_provider_profiles: tuple[str, ...] = ()
    requires_provider_choice: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


_BENCHMARK_PRESETS: Final[tuple[BenchmarkPreset, ...]] = (
    BenchmarkPreset(
        name="mock-smoke",
        title="Mock smoke test",
        summary="A few calls of the deterministic provider: does the harness work here?",
        category="checkout-safe",
        providers=("mock",),
        operations=("predict", "embed"),
        iterations=5,
        inputs_file="inputs-mock.json",
        budget_file="budget-mock-smoke.json",
        notes=("Five calls are too few to say how fast anything is.",),
        tags=("smoke", "offline"),
    ),
    BenchmarkPreset(
        name="parser-overhead",
        title="Overhead of the framework",
        summary="What inputs, checks and results cost around a provider that does next to nothing.",
        category="checkout-safe",
        providers=("mock",),
        operations=("predict", "embed"),
        iterations=20,
        inputs_file="inputs-mock.json",
        budget_file="budget-parser-overhead.json",
        notes=("The budgets are wide guards against a blunder, not statements about any machine.",),
        tags=("overhead", "offline"),
    ),
    BenchmarkPreset(
        name="prepared-host",
        title="Runtimes of a prepared host",
        summary="Policies and cost models whose runtimes are configured on this host, each with what it can do.",
        category="prepared-host",
        providers=("leworldmodel", "lerobot", "gr00t"),
        operations=("score", "policy"),
        iterations=3,
        inputs_file="inputs-prepared-host.json",
        failure_tolerance=SKIP,
        requires_provider_choice=("leworldmodel", "lerobot", "gr00t"),
        notes=(
            "Whatever is not configured here is left out and named in the report.",
            "The inputs are tiny: they show that a runtime answers, not how fast it is at its real work.",
        ),
        tags=("runtime", "host-owned"),
    ),
    BenchmarkPreset(
        name="release-evidence",
        title="Evidence for a release",
        summary="The run whose report and gate go with a release.",
        category="release",
        providers=("mock",),
        operations=("predict", "embed"),
        iterations=10,
        concurrency=2,
        inputs_file="inputs-mock.json",
        budget_file="budget-release-evidence.json",
        notes=("Run it with --run-workspace .worldforge and cite its envelope.",),
        tags=("release", "offline"),
    ),
)


def presets() -> tuple[BenchmarkPreset, ...]:
    """The presets that come with the package, in order."""
    return _BENCHMARK_PRESETS


def preset(name: str) -> BenchmarkPreset:
    """The preset of this name that comes with the package.

    Raises:
        UsageError: `preset.unknown`, with the nearest name.
    """
    for known in _BENCHMARK_PRESETS:
        if known.name == name:
            return known
    raise unknown_preset(name, [known.name for known in _BENCHMARK_PRESETS])


def unknown_preset(name: str, known: Iterable[str]) -> UsageError:
    """The error for a name that no preset has, with the nearest one."""
    names = list(known)
    import difflib

    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    advice = f"Did you mean {nearest[0]!r}? " if nearest else ""
    return UsageError(
        f"no preset is called {name!r:.80}", code="preset.unknown", hint=f"{advice}Known: {', '.join(names)}."
    )
