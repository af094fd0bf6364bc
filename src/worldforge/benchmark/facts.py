"""What a reader has to know beside the numbers: who asked for what, where it ran, and which digests to cite.

Pairs of a name and a plain text; whoever shows them escapes them. What a user wrote is redacted here, since a report
may come from elsewhere. What an older report does not say is left out.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from typing import Any, Final

from msgspec import UNSET

from worldbase.redact import redact_text, redact_value
from worldforge.benchmark import figures
from worldforge.benchmark.report import BenchmarkReport, Clock, InputFile, RunMetadata
from worldforge.provenance import Machine, Provenance

Fact = tuple[str, str]

_LONGEST: Final = 400


def facts(report: BenchmarkReport) -> list[Fact]:
    """Name and text of everything that the report says of its origin."""
    found = [*_of_request(report), *_of_origin(report.provenance)]
    return [(name, _short(text)) for name, text in found if text]


def file_name(path: str) -> str:
    """The name of a file without its folders, redacted."""
    name = path.replace("\\", "/").rpartition("/")[2].encode("utf-8", "backslashreplace").decode()
    # Without the ending most names are so plain that no rule has to be loaded.
    return redact_text(name.removesuffix(".json")) + (".json" if name.endswith(".json") else "")


def _of_request(report: BenchmarkReport) -> Iterator[Fact]:
    asked = report.run_metadata
    yield "Measured", "; ".join(f"{name}: {', '.join(operations)}" for name, operations in _selected(asked))
    if asked.skipped_operations is not UNSET and asked.skipped_operations:
        skipped = asked.skipped_operations.items()
        yield "Left out", "; ".join(f"{name} has no {', '.join(operations)}" for name, operations in skipped)
    yield "Calls", ", ".join(_calls(report))
    if asked.preset is not UNSET:
        yield "Preset", redact_text(asked.preset)
    yield "Inputs", _file(asked.input_file) if asked.input_file is not UNSET else "the defaults"
    if asked.budget_file is not UNSET:
        yield "Budgets", _file(asked.budget_file)
    if asked.clock is not UNSET:
        yield "Clock", _clock(asked.clock)


def _selected(asked: RunMetadata) -> list[tuple[str, list[str]]]:
    return [(name, asked.selected_operations.get(name, [])) for name in asked.providers]


def _calls(report: BenchmarkReport) -> Iterator[str]:
    asked = report.run_metadata
    yield f"{figures.count(asked.iterations, 'iteration')} of each operation"
    if asked.warmup is not UNSET:
        yield f"after {figures.count(asked.warmup, 'warm-up call')} that {_is_or_are(asked.warmup)} not counted"
    yield f"{figures.count(asked.concurrency, 'worker')}"
    if isinstance(asked.rate_per_second, float | int):
        yield f"due at {figures.stated(asked.rate_per_second)} per second (open loop: latency counts from when due)"
    elif asked.rate_per_second is None:
        yield "each worker calls again when its call has returned (closed loop)"
    if isinstance(asked.timeout_seconds, float | int):
        yield f"at most {asked.timeout_seconds:g} s a call"


def _is_or_are(number: int) -> str:
    return "is" if number == 1 else "are"


def _file(file: InputFile) -> str:
    return f"{file_name(file.path)} (SHA-256 {file.sha256}){_metadata(file.metadata)}"


def _metadata(metadata: dict[str, Any]) -> str:
    return f" {json.dumps(redact_value(metadata), ensure_ascii=False)}" if metadata else ""


def _clock(clock: Clock) -> str:
    return (
        f"{clock.name}, smallest step {clock.resolution_ns:,} ns; "
        f"a reading costs {figures.stated(clock.overhead_ns)} ns, which is contained in every latency"
    )


def _of_origin(origin: Provenance | Any) -> Iterator[Fact]:
    if origin is UNSET:
        return
    yield "Made", f"{origin.created_at} by worldforge {origin.worldforge_version} ({origin.suite_version})"
    yield "Command", redact_text(shlex.join(origin.command))
    if origin.machine is not UNSET:
        yield "Machine", _machine(origin.machine)
    yield "Runtimes", ", ".join(f"{name}: {manifest}" for name, manifest in origin.runtime_manifests.items())
    yield "Events", f"{origin.event_count:,}"
    yield "Input digest", origin.input_digest or ""
    yield "Result digest", origin.result_digest or ""
    yield "Timing digest", origin.timing_digest if isinstance(origin.timing_digest, str) else ""
    yield "Notes", redact_text(origin.notes or "")


def _machine(machine: Machine) -> str:
    known = [
        machine.cpu_model or machine.architecture,
        f"{machine.usable_cpus} of {figures.count(machine.logical_cpus, 'processor')} usable",
        machine.system,
        machine.python,
        f"governor {machine.governor}" if machine.governor else "",
        "" if machine.load_average is None else f"load average {machine.load_average:.2f}",
        ", ".join(f"{name} {version}" for name, version in machine.versions.items()),
    ]
    return f"{', '.join(text for text in known if text)} (class {machine.machine_class})"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ... ({len(text) - _LONGEST:,} more characters)"
