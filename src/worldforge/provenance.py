"""The provenance envelope (schema version 2): one block that carries everything a cited number needs.

One digest rule: a value's digest is that of its RFC 8785 form, a file's digest that of its bytes, both written
`sha256:<hex>`. Results and timings have digests of their own, so that a benchmark's outcomes can be reproduced although
its timings cannot.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

SCHEMA_VERSION: Final = 2


class BudgetFile(msgspec.Struct, frozen=True, kw_only=True):
    """The budgets that a gate applied.

    Attributes:
        path: Name of the file, without its folders.
        sha256: `sha256:` digest of its bytes.
        metadata: What the file says of itself.
    """

    path: str
    sha256: str
    metadata: dict[str, Any] = {}


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where something was measured; nothing in it names the machine or its owner.

    Attributes:
        machine_class: Slug of what has to be equal for timings to be comparable.
        system: Operating system and release.
        architecture: Such as `x86_64`.
        cpu_model: As the kernel names it; None where it does not.
        logical_cpus: Processors of the machine.
        usable_cpus: Processors that this process may use.
        governor: Frequency governor of the first processor; None where there is none to read.
        load_average: Of one minute, when the measurement began; None where the system has none.
        python: Implementation and version.
        versions: Distribution -> version, of what was measured.
    """

    machine_class: str
    system: str
    architecture: str
    cpu_model: str | None
    logical_cpus: int
    usable_cpus: int
    governor: str | None
    load_average: float | None
    python: str
    versions: dict[str, str] = {}


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of a report.

    Attributes:
        schema_version: 2.
        kind: What the report is.
        suite_id: `benchmark`, or the evaluation suite.
        suite_version: Version of its contract, such as `benchmark:1`.
        worldforge_version: Version of this package.
        created_at: UTC.
        command: The whole argv where a command made the report, with secrets and host paths replaced; else empty.
        providers: Who was asked.
        capabilities: For what.
        runtime_manifests: Provider -> reference, where one is known.
        input_digest: Of the inputs.
        result_digest: Of the results without their timings.
        timing_digest: Of the timings.
        budget_file: Where a gate ran.
        event_count: Events that the providers and their observer emitted.
        claim_boundary: What the report does not show.
        metric_semantics: What its numbers mean.
        dataset_manifests: Compact references, for evaluations.
        machine: Where it was measured.
        notes: Free text.
    """

    kind: Literal["benchmark", "evaluation"]
    suite_id: str
    suite_version: str
    worldforge_version: str
    created_at: str
    command: list[str] = []
    providers: list[str]
    capabilities: list[str]
    runtime_manifests: dict[str, str] = {}
    input_digest: str | None = None
    result_digest: str | None = None
    timing_digest: str | UnsetType | None = UNSET
    budget_file: BudgetFile | None = None
    dataset_manifests: list[dict[str, Any]] = []
    event_count: int = 0
    claim_boundary: str = ""
    metric_semantics: str = ""
    machine: Machine | UnsetType = UNSET
    notes: str | None = None
    schema_version: int = SCHEMA_VERSION
