"""Write ``docs/reference/error-rates.md``: simulate the verdict rule and tabulate how often it errs.

Run as ``just simulate``; it takes some minutes. The test suite runs the same scenarios with a smaller budget and other
random numbers, and compares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from tests.simulation.rows import ON_THE_PAGE, STANDARD_ERRORS, Rate, Row, Scenario
from tests.simulation.scenarios import SCENARIOS
from worldbase.tables import markdown_table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "error-rates.md"

HEADER = ("how the episodes arise", "quantity", "nominal", "rate", "standard error", "replications", "")

HEAD = f"""\
---
hide:
  - toc
---

<!-- Written by scripts/generate_simulation_page.py. Do not edit; run `just simulate`. -->

# Error rates

How often the verdict rule itself is wrong: not a formula in it, but the whole way from counts to `supported` or
`refuted`. Unless stated otherwise the claim is "at least 0.80" with margin 0.05 and alpha 0.05, decided by Wilson's
method, and the true rate is 0.75, the boundary, where either decision is just wrong and errors are most frequent.

- **false supported**, **false refuted**: share of replications with that verdict. Nominal: at most 0.05 each.
- **coverage**: share of replications in which `metrics[].interval`, whose ends are the two one-sided bounds, contains
  the true rate. Nominal: at least 0.90.
- **holds**: nothing shows that the rate is worse than nominal: it is not, or by less than {STANDARD_ERRORS}
  Monte-Carlo standard errors. **exceeds by**, **falls short by**: it is worse by so much. The limit is the figure that
  the method is known to have, and the test suite holds it to; where it comes from is said below the table.
- **contrast**: another reading of the same episodes, which is not the rule. **gap**: something that the rule does
  not guard against.

A rate without a standard error is not simulated: all outcomes are enumerated with their chances. The others come from
numpy's Philox generator with the key ({ON_THE_PAGE.stream}, 1000 × section + part). The test suite simulates every
section anew with other random numbers, holds each rate to its limit, and compares it with the one printed here.
"""


def main() -> None:
    """Simulate everything and write the page."""
    sections = [section(scenario, printed(scenario.rows(ON_THE_PAGE))) for scenario in SCENARIOS]
    PAGE.write_text("\n".join([HEAD, *sections]), encoding="utf-8")


def printed(rows: Sequence[Row]) -> list[Row]:
    """Rows with their rates as exact as the page prints them."""
    return [replace(row, rate=Rate(round(row.rate.value, 4), row.rate.replications)) for row in rows]


def section(scenario: Scenario, rows: Sequence[Row]) -> str:
    """One scenario as Markdown: what it is, the table, and why a rate is worse than nominal."""
    table = markdown_table(HEADER, [_cells(row) for row in rows], right=(2, 3, 4, 5))
    whys = dict.fromkeys(row.why for row in rows if row.accepted is not None)
    notes = [f"- Known to be worse than nominal: {why}.\n" for why in whys]
    return "\n".join([f"## {heading(scenario)}\n", f"{scenario.text}\n", table, *(["".join(notes)] if notes else [])])


def heading(scenario: Scenario) -> str:
    """Heading of a scenario's section."""
    return f"{scenario.number}. {scenario.title}"


def _cells(row: Row) -> list[str]:
    rate = row.rate
    return [
        row.setting,
        row.quantity,
        f"{row.nominal:.2f}",
        f"{rate.value:.4f}",
        f"{rate.standard_error():.4f}" if rate.replications else "",
        f"{rate.replications:,}" if rate.replications else "",
        row.verdict,
    ]


if __name__ == "__main__":
    main()
