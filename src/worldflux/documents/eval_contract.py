"""`contract.json`: a probe of the customer's own, as far as a plan has to pin it."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.profile import Name, Visibility, Words
from worldflux.documents.protocol import DigestText

Count = Annotated[int, Meta(ge=1, le=1_000_000)]


class DigestedRef(Part, frozen=True, kw_only=True):
    """A file that stays with its owner: a name for it, and its digest."""

    ref: Words
    digest: DigestText


class ContractTask(Part, frozen=True, kw_only=True):
    """A task of the customer's own."""

    task: Name
    instruction: Words | UnsetType = UNSET
    axis: Name = "custom"


class ConsentMarker(Part, frozen=True, kw_only=True):
    """What the customer is said to have agreed to. It is recorded, never verified."""

    declared: Literal["declared_by_customer", "declared_by_operator", "not_declared"]
    statement: Words
    reference: Words | UnsetType = UNSET


class CustomEvalContract(Document, frozen=True, kw_only=True):
    """Everything that a reviewer has to know of a probe that no registry describes.

    Attributes:
        task_manifest: The list of tasks, and its digest.
        metric_schema: What an episode is scored by.
        inclusion_rules: Which episodes count.
        exclusion_rules: Which do not, decided before any is run.
        replay_keys: Metadata by which an episode can be found or tried again.
        task_source: Where the tasks come from; it belongs to the reviewer.
        tasks: The tasks that cells are made of.
        episodes_per_task: Episodes of each.
    """

    schema_name: ClassVar[str] = "worldflux.custom_eval_contract.v0_draft"

    schema_version: Literal["worldflux.custom_eval_contract.v0_draft"]
    visibility: Visibility
    probe_id: Name
    task_manifest: DigestedRef
    metric_schema: DigestedRef
    inclusion_rules: Annotated[list[Words], Meta(min_length=1, max_length=64)]
    exclusion_rules: Annotated[list[Words], Meta(min_length=1, max_length=64)]
    replay_keys: Annotated[list[Name], Meta(min_length=1, max_length=64)]
    task_source: Words
    consent: ConsentMarker
    use_case: Words
    acceptance_question: Words
    workflow_claim: Words
    task_owner: Words
    tasks: Annotated[list[ContractTask], Meta(min_length=1, max_length=10_000)]
    episodes_per_task: Count = 10
