"""The gates of a verification, in order, and the ledger of what became of each.

A gate is a function that returns a sentence about what it checked, or raises `GateError`. The first failing gate, in
this order, decides the exit code. Where a failure leaves later gates nothing to look at, they are skipped with that
reason; where they still have something to say, they run, so that one report tells everything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, get_args

from msgspec import UNSET

from worldbase.errors import WorldError
from worldflux.documents.verification import GateId, GateReport
from worldflux.errors import EXIT_CODES, GateError

NAMES: Final[dict[GateId, str]] = {
    "tree": "safe tree",
    "json": "strict JSON",
    "schema": "schemas",
    "manifest": "manifest equals tree",
    "signed": "signature present",
    "signature": "signature good",
    "subject": "signature is about these bytes",
    "binding": "members belong together",
    "recomputation": "numbers follow from episodes",
    "policy": "signer trusted",
    "rollback": "not an older package",
}
GATES: Final[tuple[GateId, ...]] = get_args(GateId)
UNKNOWN_SIGNER: Final = 21


class GateLedger:
    """What became of each gate."""

    def __init__(self) -> None:
        self._reports: dict[GateId, GateReport] = {}
        self._errors: dict[GateId, GateError] = {}

    def run(self, gate: GateId, check: Callable[[], str]) -> bool:
        """Run one gate and note what it says; returns whether it passed.

        A check may find that another gate should have refused what it looks at, and raise in that one's name: strict
        JSON is only known to be valid once it is read.
        """
        try:
            detail = check()
        except GateError as error:
            self.fail(error)
            self.skip(gate, f"the gate {error.gate!r} refused what it looks at")
            return False
        self.passed(gate, detail)
        return True

    def passed(self, gate: GateId, detail: str) -> None:
        """Note that a gate has passed, unless it failed before: a failure is never taken back."""
        before = self._reports.get(gate)
        if before is None or before.status != "fail":
            self._note(gate, "pass", detail)

    def fail(self, error: GateError) -> None:
        """Note a failure, unless the gate failed before: the first reason stands."""
        gate: GateId = error.gate  # type: ignore[assignment]
        before = self._reports.get(gate)
        if before is not None and before.status == "fail":
            return
        self._errors[gate] = error
        where = str(error.where) if error.where else ""
        listed = error.problems if len(error.problems) > 1 else ()
        details = [error.message, *(str(problem) for problem in listed)]
        self._reports[gate] = GateReport(
            id=gate,
            name=NAMES[gate],
            exit_code=EXIT_CODES[gate],
            status="fail",
            detail="\n".join(dict.fromkeys(details)),
            code=error.code,
            where=where or UNSET,
            next=error.hint or UNSET,
        )

    def skip(self, gate: GateId, reason: str) -> None:
        """Note that a gate was not run, unless something is known of it already."""
        if gate not in self._reports:
            self._note(gate, "skipped", reason)

    def skip_rest(self, reason: str) -> None:
        """Note that all gates that nothing is known of were not run."""
        for gate in GATES:
            self.skip(gate, reason)

    def has_passed(self, gate: GateId) -> bool:
        """Whether a gate was run and has passed."""
        return gate in self._reports and self._reports[gate].status == "pass"

    def reports(self) -> list[GateReport]:
        """One report a gate, in order."""
        return [self._reports[gate] for gate in GATES if gate in self._reports]

    def first_failure(self) -> GateReport | None:
        """The first gate that failed, in the order of the gates and not of the checks."""
        return next((report for report in self.reports() if report.status == "fail"), None)

    def raise_first_failure(self) -> None:
        """Raise what the first failing gate says, where there is one.

        Raises:
            GateError: A gate failed.
        """
        failed = self.first_failure()
        if failed is not None:
            raise self._errors[failed.id]

    def _note(self, gate: GateId, status: str, detail: str) -> None:
        self._reports[gate] = GateReport(
            id=gate,
            name=NAMES[gate],
            exit_code=EXIT_CODES[gate],
            status="pass" if status == "pass" else "skipped",
            detail=detail,
        )


def as_gate_error(gate: GateId, error: WorldError) -> GateError:
    """The same failure, in the name of a gate."""
    return GateError(
        error.message, gate=gate, code=error.code, where=error.where, hint=error.hint, problems=error.problems
    )
