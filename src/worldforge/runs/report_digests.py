"""The digests of a report's envelope, computed again from the report."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from worldbase import digest, strictjson
from worldbase.errors import InputError
from worldforge.benchmark.envelope import result_digest, timing_digest
from worldforge.benchmark.report import BenchmarkReport
from worldforge.evaluation import envelope as of_evaluation
from worldforge.evaluation.documents import ReportDocument
from worldforge.runs import folder


class DigestCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One digest of the envelope.

    Attributes:
        name: `input_digest`, `result_digest` or `timing_digest`; `report` where it cannot be read at all.
        outcome: `equal`, `differs`, or `unknown` where the report alone does not give it.
        recorded: What the envelope says.
        computed: What the report gives.
    """

    name: str
    outcome: Literal["equal", "differs", "unknown"]
    recorded: str
    computed: str | None = None


def check_digests(run: Path, relative: str) -> list[DigestCheck]:
    """Compute the digests of a run's report again; none where it has no report or no envelope.

    Args:
        run: Folder of the run.
        relative: Its report. One that cannot be read is not the one that was left.
    """
    try:
        data = folder.read(run, relative)
        if data is None:
            return []
        value = strictjson.parse(data, file=relative)
    except InputError as error:
        return [DigestCheck(name="report", outcome="differs", recorded=error.message)]
    origin = value.get("provenance") if isinstance(value, dict) else None
    if not isinstance(origin, dict):
        return []
    return list(_checks(value, origin))


def _checks(report: dict[str, Any], origin: dict[str, Any]) -> Iterator[DigestCheck]:
    computed = _of_this_harness(report) if "timing_digest" in origin else _of_older_ones(report)
    for name in ("input_digest", "result_digest", "timing_digest"):
        recorded = origin.get(name)
        if isinstance(recorded, str):
            yield _check(name, recorded, computed.get(name))


def _check(name: str, recorded: str, computed: str | None) -> DigestCheck:
    outcome: Literal["equal", "differs", "unknown"] = "unknown"
    if computed is not None:
        outcome = "equal" if computed == recorded else "differs"
    return DigestCheck(name=name, outcome=outcome, recorded=recorded[:100], computed=computed)


def _of_this_harness(report: dict[str, Any]) -> dict[str, str]:
    return _of_benchmark(report) or _of_evaluation(report)


def _of_evaluation(report: dict[str, Any]) -> dict[str, str]:
    """Without that of the inputs: they are the suite's, and a report does not hold its contracts."""
    try:
        typed = msgspec.convert(report, ReportDocument)
    except msgspec.ValidationError:
        return {}
    timings = [] if isinstance(typed.timings, msgspec.UnsetType) else typed.timings
    return {
        "result_digest": of_evaluation.result_digest(typed.results),
        "timing_digest": of_evaluation.timing_digest(timings),
    }


def _of_benchmark(report: dict[str, Any]) -> dict[str, str]:
    try:
        typed = msgspec.convert(report, BenchmarkReport)
    except msgspec.ValidationError:
        return {}
    return {
        "input_digest": digest.of_value(typed.run_metadata.inputs),
        "result_digest": result_digest(typed.results),
        "timing_digest": timing_digest(typed.results),
    }


def _of_older_ones(report: dict[str, Any]) -> dict[str, str]:
    """The rule of schema version 2 elsewhere: Python's compact JSON with sorted keys, all of the results in one."""
    text = json.dumps(report.get("results"), sort_keys=True, separators=(",", ":"))
    return {"result_digest": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"}
