"""What the signature that freezes a plan says: an in-toto Statement about the bytes and the digest of `plan.json`."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final, Literal

from msgspec import UNSET, Meta, UnsetType

from worldbase.document import Document, Part
from worldflux.documents.claim import UtcTime
from worldflux.documents.episode import Natural
from worldflux.documents.protocol import DigestText
from worldflux.documents.signature import STATEMENT_TYPE, StatedTool, Subject

FREEZE_PREDICATE: Final = "urn:worldflux:predicate:frozen-plan:v0.1"
PLAN_FILE: Final = "plan.json"
PLAN_CONTENT: Final = "plan"


class FrozenPlanPredicate(Part, frozen=True, kw_only=True):
    """What is frozen, as digests and counts: with Sigstore it may become public, so it names nobody.

    Attributes:
        plan: Digest of the plan, the one that stands in it.
        profile: Digest of the profile that the plan is for.
        registry: Digest of the probes that there were to choose from.
        cells: How many episodes are planned.
        protocols: Digests of the protocols that are frozen with the plan: what `audit run --plan-proof` asks for.
        signed_at_claimed: The signer's own clock. Nothing is decided by it.
    """

    plan: DigestText
    profile: DigestText
    registry: DigestText
    cells: Natural
    protocols: Annotated[list[DigestText], Meta(min_length=1, max_length=1000)] | UnsetType = UNSET
    tool: StatedTool
    signed_at_claimed: UtcTime
    boundary: str


class PlanFreezeStatement(
    Document, frozen=True, kw_only=True, rename={"type_": "_type", "predicate_type": "predicateType"}
):
    """The statement that freezes a plan: subject is `plan.json` by its bytes, then `plan` by the plan's own digest."""

    schema_name: ClassVar[str] = "worldflux.plan_freeze_statement.v0_draft"

    type_: Literal["https://in-toto.io/Statement/v1"] = STATEMENT_TYPE
    subject: Annotated[list[Subject], Meta(min_length=2, max_length=2)]
    predicate_type: Literal["urn:worldflux:predicate:frozen-plan:v0.1"] = FREEZE_PREDICATE
    predicate: FrozenPlanPredicate
