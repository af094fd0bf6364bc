"""Whether the protocol is known to be older than the run."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET

from worldflux.documents.audit_input import Requested

Precedence = Literal["proven", "declared", "not_shown"]


def precedence_of(requested: Requested, protocol_hash: str) -> Precedence:
    """Say it from what was shown when the audit ran.

    `proven` takes three things: the protocol itself was frozen, somebody else's clock says when, and that was before
    the first episode. A freeze that came later shows nothing; one that lacks a time, or the protocol, is a declaration.

    Args:
        requested: What the audit was given.
        protocol_hash: Of the protocol that was audited.
    """
    age = requested.plan_age
    if age is UNSET:
        return "not_shown"
    if age.frozen_at is UNSET or age.first_episode_at is UNSET:
        return "declared"
    if age.frozen_at >= age.first_episode_at:
        return "not_shown"
    return "proven" if age.witness != "none" and protocol_hash in age.protocols else "declared"
