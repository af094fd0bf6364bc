"""The numbers of the JavaScript verifier, asked in Node: the parts that compute, without the rest of the verifier."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.worldflux.audit.runs import EVIDENCE_ID, Pair
from tests.worldflux.verify.elsewhere.node import node
from worldbase import document
from worldflux.audit.rules import v1
from worldflux.documents.audit_input import AuditInput
from worldflux.package import layout
from worldflux.verify import elsewhere

PARTS: Final = Path(elsewhere.__file__).resolve().parent / "parts"
_SECONDS: Final = 300
_ROUNDING_OF_ONE: Final = 1e-13  # what is left of 0 where numbers near 1 cancel

Case = dict[str, Any]
Row = dict[str, Any]

_AGAIN: Final = """
    const answers = [];
    for (const each of given) {
      const auditInput = JSON.parse(each.auditInputText);
      const documents = { ...each, auditInput };
      const again = (each.lawful ? WorldfluxNumbers.recompute : recomputeEvidence)(documents);
      const options = { episodes: each.episodes !== null };
      const rows = WorldfluxNumbers.compare(each.evidence, again, options);
      const asked = WorldfluxNumbers.askedFor(documents);
      for (const name of Object.keys(asked)) {
        if ((asked[name] === null) !== (each.asked[name] === null)) rows.push({ pointer: name, status: "mismatch" });
        else if (asked[name] !== null) {
          const more = WorldfluxNumbers.compare(each.asked[name], asked[name], options);
          rows.push(...more.map((row) => ({ ...row, pointer: name + row.pointer })));
        }
      }
      if (each.episodes !== null) {
        const lines = each.episodes.split("\\n").filter((line) => line).map((line) => JSON.parse(line));
        const counted = WorldfluxNumbers.cellsOf(lines, auditInput, each.protocol);
        const differences = WorldfluxNumbers.compareCells(auditInput, counted);
        const at = (pointer) => ({ pointer: "audit_input.json" + pointer, status: "mismatch" });
        rows.push(...differences.map((each) => ({ ...each, ...at(each.pointer) })));
      }
      answers.push(rows);
    }
    return answers;
"""


def compute(body: str, given: Any) -> Any:
    """Run the body of a JavaScript function that sees all parts of the numbers, and a JSON value as `given`."""
    parts = [PARTS / "00-interface.js", *sorted(PARTS.glob("5*.js"))]
    program = "\n".join(['"use strict";', *(part.read_text(encoding="utf-8") for part in parts)])
    program += f"""
        const given = {json.dumps(given)};
        process.stdout.write(JSON.stringify((() => {{ {body} }})()));
    """
    done = subprocess.run([node(), "-"], input=program.encode(), capture_output=True, timeout=_SECONDS, check=False)
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


def rows_of(cases: Sequence[Case]) -> list[list[Row]]:
    """For each case every number and verdict side by side, and every other difference; all in one process."""
    answers: list[list[Row]] = compute(_AGAIN, cases)
    return answers


def mismatches(rows: Sequence[Row]) -> list[Row]:
    """Rows that differ."""
    return [row for row in rows if row["status"] == "mismatch"]


def decided_case(documents: Pair, given: AuditInput, *, binding: str = "bound") -> Case:
    """What Python makes of an audit input; it need not be one that an audit can give."""
    claim, protocol = documents
    evidence = v1.decide(
        claim,
        protocol,
        given,
        binding=binding,
        identifier=EVIDENCE_ID,
        created_at="2026-11-21T00:00:00Z",
        render="v1",
    )
    facts = v1.given_of(claim, protocol, given)
    asked = {layout.STOPPING: v1.stopping_of(facts, EVIDENCE_ID), layout.PPI: v1.readings_of(facts, EVIDENCE_ID)}
    return {
        "claim": msgspec.to_builtins(claim.document),
        "protocol": msgspec.to_builtins(protocol.document),
        "auditInputText": document.dump(given).decode(),
        "evidence": msgspec.to_builtins(evidence),
        "asked": msgspec.to_builtins(asked),
        "binding": binding,
        "episodes": None,
        "lawful": False,
    }


def package_case(files: Mapping[str, bytes]) -> Case:
    """A package as it was written."""

    def value(name: str) -> Any:
        return json.loads(files[name]) if name in files else None

    evidence = value(layout.EVIDENCE)
    return {
        "claim": value(layout.CLAIM),
        "protocol": value(layout.PROTOCOL),
        "auditInputText": files[layout.AUDIT_INPUT].decode(),
        "evidence": evidence,
        "asked": {layout.STOPPING: value(layout.STOPPING), layout.PPI: value(layout.PPI)},
        "binding": evidence["protocol"]["binding"],
        "episodes": files[layout.EPISODES].decode(),
        "lawful": True,
    }


@dataclass(frozen=True)
class Reach:
    """How far two implementations went together.

    Attributes:
        rows: Numbers and verdicts that were compared.
        largest: The largest relative difference among those that count as the same.
        at: Its place.
    """

    rows: int
    largest: float
    at: str


def reach_of(answers: Sequence[Sequence[Row]]) -> Reach:
    """Of several cases together."""
    rows = [row for answer in answers for row in answer]
    largest = max(rows, key=_difference)
    return Reach(len(rows), _difference(largest), largest["pointer"])


def _difference(row: Row) -> float:
    one, other = row.get("stored"), row.get("recomputed")
    if not isinstance(one, (int, float)) or not isinstance(other, (int, float)) or one == other:
        return 0.0
    if abs(one - other) <= _ROUNDING_OF_ONE:
        return 0.0
    return float(abs(one - other) / max(abs(one), abs(other)))
