"""`benchmark_preset`: a user's own preset, with inputs and budgets in it or in files beside it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document
from worldbase.errors import Problem, Where
from worldforge.benchmark.inputs import InputFields
from worldforge.benchmark.report import Budget
from worldforge.benchmark_presets.catalogue import FAIL, BenchmarkPreset, FailureTolerance

NAME: str = r"^[a-z0-9][a-z0-9-]{0,62}(?!\n)$"

Words = Annotated[str, Meta(min_length=1, max_length=2000)]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
FileName = Annotated[str, Meta(min_length=1, max_length=200)]
Operation = Literal["predict", "embed", "score", "policy"]


class PresetDocument(Document, frozen=True, kw_only=True):
    """A preset as its user writes it down.

    Attributes:
        name: Lower-case words joined by hyphens; that of the file, for one that is found by its name.
        title: For headings; the name where it is left out.
        summary: What it is for.
        providers: Who is measured.
        operations: What is measured.
        iterations: Calls of each operation.
        concurrency: Workers.
        inputs: Inputs, where they stand in the preset itself.
        inputs_file: Name of a file of inputs beside the preset.
        budgets: Budgets, where they stand in the preset itself.
        budget_file: Name of a file of budgets beside the preset.
        failure_tolerance: Whether it is skipped on a host where what it needs is not configured.
        requires_provider_profiles: Runtime profiles that all have to be configured.
        requires_provider_choice: Runtime profiles of which one has to be configured.
        notes: What to know when reading its numbers.
        tags: Words to find it by.
    """

    schema_name: ClassVar[str] = "worldforge.benchmark_preset.v1"
    shown_by: ClassVar[str] = "worldforge"

    schema_version: Literal["worldforge.benchmark_preset.v1"]
    name: Annotated[str, Meta(pattern=NAME)]
    providers: Annotated[list[Name], Meta(min_length=1)]
    operations: Annotated[list[Operation], Meta(min_length=1)]
    title: Words | None = None
    summary: str = ""
    iterations: Annotated[int, Meta(ge=1)] = 5
    concurrency: Annotated[int, Meta(ge=1, le=1024)] = 1
    inputs: InputFields | UnsetType = UNSET
    inputs_file: FileName | None = None
    budgets: Annotated[list[Budget], Meta(min_length=1)] | UnsetType = UNSET
    budget_file: FileName | None = None
    failure_tolerance: FailureTolerance = FAIL
    requires_provider_profiles: tuple[Name, ...] = ()
    requires_provider_choice: tuple[Name, ...] = ()
    notes: tuple[Words, ...] = ()
    tags: tuple[Words, ...] = ()

    def problems(self, file: str) -> Iterator[Problem]:
        """Yield what is given twice."""
        for inside, beside in (("inputs", "inputs_file"), ("budgets", "budget_file")):
            if getattr(self, inside) is not UNSET and getattr(self, beside) is not None:
                message = f"{inside!r} and {beside!r} are both given; one has to go"
                yield Problem("preset.given_twice", message, Where(file, f"/{beside}"))

    def preset(self) -> BenchmarkPreset:
        """The preset that it describes."""
        return BenchmarkPreset(
            name=self.name,
            title=self.title or self.name,
            summary=self.summary,
            category="own",
            providers=tuple(dict.fromkeys(self.providers)),
            operations=tuple(dict.fromkeys(self.operations)),
            iterations=self.iterations,
            concurrency=self.concurrency,
            inputs_file=self.inputs_file,
            budget_file=self.budget_file,
            failure_tolerance=self.failure_tolerance,
            requires_provider_profiles=self.requires_provider_profiles,
            requires_provider_choice=self.requires_provider_choice,
            notes=self.notes,
            tags=self.tags,
        )
