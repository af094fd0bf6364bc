"""Write ``docs/reference/benchmarks.md`` from the benchmark registry.

Run as ``just docs-generate``; the test suite checks that the page is current.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from worldbase.tables import markdown_table
from worldflux.benchmarks.registry import Benchmark, Suite, benchmarks

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "benchmarks.md"

_HEAD = """\
<!-- Written by scripts/generate_benchmark_reference.py from the registry. Do not edit; run `just docs-generate`. -->

# Benchmarks

What the benchmark registry knows. It is data in `src/worldflux/benchmarks/data/`, one file per benchmark. An audit uses
it for four things: to expand the protocol's `task_list` into tasks, to give a task one key whichever alias an evaluator
uses, to say whether the [start](../glossary.md#start) of each episode is known, and to name what a critic would vary
next.

An entry of `task_list` is a suite (`libero-spatial`) or one task of a suite (`libero-spatial/3`). Upper and lower case,
blanks, hyphens and underscores make no difference. Short aliases such as `hard` work within their own benchmark only.
An entry that is not listed here counts as one task of that name; the audit says so with the finding
`plan.unknown_entry`.

Step limits are those that each harness sets by itself. They are shown for comparison and never enforced.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(benchmark_reference(), encoding="utf-8")


def benchmark_reference() -> str:
    """Return the page as Markdown: one section per benchmark, in the order of the registry."""
    return "\n".join([_HEAD, *map(_section, benchmarks())])


def _section(benchmark: Benchmark) -> str:
    where = "in simulation" if benchmark.simulated else "not in simulation"
    return "\n".join(
        [
            f"## {benchmark.benchmark}\n",
            f"Runs {where}. Also called {_code(benchmark.aliases)}. Source: {benchmark.source}.\n",
            markdown_table(["suite", "aliases", "tasks", "task keys", "steps per episode"], _rows(benchmark.suites)),
            "What identifies a start:\n",
            markdown_table(["harness", "has to be known", "why"], _starts(benchmark)),
            f"What would shake a result: {', '.join(benchmark.perturbation_axes)}.\n",
        ]
    )


def _rows(suites: tuple[Suite, ...]) -> list[list[str]]:
    return [
        [
            f"`{suite.id}`",
            _code(suite.aliases),
            str(suite.tasks),
            _first_to_last(suite.task_keys()),
            ", ".join(f"{harness}: {steps}" for harness, steps in suite.max_steps.items()),
        ]
        for suite in suites
    ]


def _first_to_last(keys: list[str]) -> str:
    return f"`{keys[0]}`" if len(keys) == 1 else f"`{keys[0]}` to `{keys[-1]}`"


def _starts(benchmark: Benchmark) -> list[list[str]]:
    return [
        [f"`{harness}`", _code((*identity.needs, "environment_seeds")), identity.note]
        for harness, identity in benchmark.start_identity.items()
    ]


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    main()
