"""`columns.json`: which columns of a table mean what."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldbase.errors import Problem, Where
from worldflux.documents.claim import ShortText
from worldflux.documents.episode import OUTCOMES, Criterion, ScoreKind
from worldflux.documents.protocol import Count, Seed

ColumnName = Annotated[str, Meta(min_length=1, max_length=400)]
ExtraColumns = Annotated[
    dict[Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,199}(?!\n)$")], ColumnName], Meta(max_length=32)
]
Values = Annotated[list[Annotated[str, Meta(max_length=400)]], Meta(max_length=100)]


class Columns(Part, frozen=True, kw_only=True):
    """Names of columns, by what they hold; a column that is not named is not read.

    Attributes:
        run: Which of several evaluations in the table a row belongs to, such as the policy; `--run-info select=NAME`
            picks one.
        run_seed: Which replicate of the whole run; a table may hold several.
        task: Name of the task.
        episode_index: 0-based number of the episode, per task and replicate.
        success: Whether the episode succeeded.
        outcome: What became of it: `success`, `failure`, `infra_error`, `pending`, `skipped` or `unknown`.
        infra_error: Whether it was cut off by a crash; stands over `success`.
        seed: Environment seed of the episode.
        init_state: Number of the stored initial state.
        score: A number that is not success; `score_kind` says what it measures.
        sum_reward: Return of the episode.
        steps: Environment steps taken.
        max_steps: Limit of steps.
        wall_time_s: Seconds on the clock.
        instruction: What the policy was told.
        failure_reason: A short class.
        failure_detail: What was written about the failure.
        recorded_at: When the episode ended.
        operator: Who ran or judged it.
        perturbation: What was changed against the plain task.
        perturbation_level: How much.
        variant: Name of the changed task.
    """

    run: ColumnName | UnsetType = UNSET
    run_seed: ColumnName | UnsetType = UNSET
    task: ColumnName | UnsetType = UNSET
    episode_index: ColumnName | UnsetType = UNSET
    success: ColumnName | UnsetType = UNSET
    outcome: ColumnName | UnsetType = UNSET
    infra_error: ColumnName | UnsetType = UNSET
    seed: ColumnName | UnsetType = UNSET
    init_state: ColumnName | UnsetType = UNSET
    score: ColumnName | UnsetType = UNSET
    sum_reward: ColumnName | UnsetType = UNSET
    steps: ColumnName | UnsetType = UNSET
    max_steps: ColumnName | UnsetType = UNSET
    wall_time_s: ColumnName | UnsetType = UNSET
    instruction: ColumnName | UnsetType = UNSET
    failure_reason: ColumnName | UnsetType = UNSET
    failure_detail: ColumnName | UnsetType = UNSET
    recorded_at: ColumnName | UnsetType = UNSET
    operator: ColumnName | UnsetType = UNSET
    perturbation: ColumnName | UnsetType = UNSET
    perturbation_level: ColumnName | UnsetType = UNSET
    variant: ColumnName | UnsetType = UNSET

    def named(self) -> dict[str, str]:
        """Column by field, where one is named."""
        fields = ((name, getattr(self, name)) for name in self.__struct_fields__)
        return {name: column for name, column in fields if column is not UNSET}


class Constants(Part, frozen=True, kw_only=True):
    """What holds for every row and stands in no column.

    Attributes:
        task: Name of the only task.
        run_seed: Which replicate of the whole run the table is.
        max_steps: Limit of steps.
        instruction: What the policy was told.
        perturbation: What was changed against the plain task.
        variant: Name of the changed task.
        criterion: What decided success.
    """

    task: ShortText | UnsetType = UNSET
    run_seed: Seed | UnsetType = UNSET
    max_steps: Count | UnsetType = UNSET
    instruction: ShortText | UnsetType = UNSET
    perturbation: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    variant: ShortText | UnsetType = UNSET
    criterion: Criterion | UnsetType = UNSET


class ColumnMapping(Document, frozen=True, kw_only=True):
    """What the columns of a CSV or Parquet table with one row per episode mean.

    Attributes:
        success_values: Texts that mean success, exactly as they stand in the column `success` or `outcome`; where any
            list of values is given, nothing else is understood.
        failure_values: Texts that mean failure.
        infra_error_values: Texts that mean a crash.
        pending_values: Texts that mean that the episode never ended; an empty text is an empty cell.
        skipped_values: Texts that mean that it was skipped.
        unknown_values: Texts that mean that nobody knows.
        extra: Columns that are kept with each episode as short texts, by the name that they get there.
        score_kind: What the scores measure.
        score_scale: Highest possible score.
        delimiter: What separates the columns of a CSV table, where its header does not tell.
    """

    schema_name: ClassVar[str] = "worldflux.column_mapping.v0_draft"

    schema_version: Literal["worldflux.column_mapping.v0_draft"]
    columns: Columns
    constants: Constants = Constants()
    extra: ExtraColumns = msgspec.field(default_factory=dict)
    success_values: Values = msgspec.field(default_factory=list)
    failure_values: Values = msgspec.field(default_factory=list)
    infra_error_values: Values = msgspec.field(default_factory=list)
    pending_values: Values = msgspec.field(default_factory=list)
    skipped_values: Values = msgspec.field(default_factory=list)
    unknown_values: Values = msgspec.field(default_factory=list)
    score_kind: ScoreKind | UnsetType = UNSET
    score_scale: Annotated[float, Meta(gt=0)] | UnsetType = UNSET
    delimiter: Literal[",", ";", "\t", "|"] | UnsetType = UNSET

    def problems(self, file: str) -> Iterator[Problem]:
        """Columns that are used twice, values that mean two things, a score of no kind."""
        columns = list(self.named().values())
        for column in dict.fromkeys(columns):
            if columns.count(column) > 1:
                where = Where(file, "/columns")
                yield Problem("column_mapping.column_twice", f"the column {column!r} is named twice", where)
        for value in {value for value in self.meanings() if self._meant(value) > 1}:
            yield Problem("column_mapping.value_twice", f"the value {value!r} has two meanings", Where(file))
        if self.columns.score is not UNSET and self.score_kind is UNSET:
            yield Problem("column_mapping.score_kind", "a score needs a score_kind", Where(file, "/score_kind"))
        if self.columns.success is UNSET and self.columns.outcome is UNSET:
            yield Problem("column_mapping.no_outcome", "neither success nor outcome is named", Where(file, "/columns"))

    def named(self) -> dict[str, str]:
        """Column by field; those that are kept as they are come as `extra.<name>`."""
        return {**self.columns.named(), **{f"extra.{name}": column for name, column in self.extra.items()}}

    def meanings(self) -> dict[str, str]:
        """Outcome by value, as the lists say."""
        return {value: outcome for outcome in OUTCOMES for value in self._values(outcome)}

    def _values(self, outcome: str) -> list[str]:
        values: list[str] = getattr(self, f"{outcome}_values")
        return values

    def _meant(self, value: str) -> int:
        return sum(value in self._values(outcome) for outcome in OUTCOMES)
