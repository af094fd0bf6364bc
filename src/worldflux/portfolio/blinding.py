"""Two policies under labels that tell nothing, until the key is opened.

Which label stands for which policy is drawn from the machine's randomness, not from the plan's seed: everybody who has
the plan could draw that again. The key stays with somebody who runs no episode. The run sheet carries a commitment to
it, so that it cannot be another one afterwards. Which arm goes first in each pair does come from the plan's seed: that
is no secret, and nobody may choose it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from worldbase import digest, document
from worldbase.errors import UsageError, Where
from worldbase.files import write_atomic
from worldflux.documents.plan import Plan
from worldflux.documents.profile import Name
from worldflux.documents.run_sheet import ArmKey, SealedArms
from worldflux.errors import PlanError
from worldflux.portfolio.derivation import Stream

LABELS: Final = ("A", "B")
ORDER: Final = "arms/order"
"""Purpose under which the plan's seed says which arm of each pair goes first."""

_SALT_BYTES: Final = 32
_ONLY_THE_OWNER: Final = 0o600


def new_key(plan: Plan, second_policy: str) -> ArmKey:
    """Draw which of the two policies is called A.

    Raises:
        UsageError: `run_sheet.same_policy`; `run_sheet.policy_name` where the name cannot be one.
    """
    policies = [_first_policy(plan), second_policy]
    _check_second(second_policy, policies[0])
    if secrets.randbelow(2):
        policies.reverse()
    return ArmKey(
        schema_version="worldflux.arm_key.v0_draft",
        plan=plan.digest,
        salt=secrets.token_hex(_SALT_BYTES),
        arms=dict(zip(LABELS, policies, strict=True)),
    )


def key_for(plan: Plan, second_policy: str, path: Path) -> ArmKey:
    """The key at `path`; where nothing stands there, a new one that is written there, for its owner alone.

    A key that stands is never replaced: the sheets that were printed are sealed with it.

    Raises:
        UsageError: What `new_key` raises.
        InputError: What stands there is no key.
        PlanError: `run_sheet.key_differs` where it is one for another plan or other policies.
        StorageError: `file.unwritable`.
    """
    made = new_key(plan, second_policy)
    if not path.exists():
        write_atomic(path, document.dump(made), mode=_ONLY_THE_OWNER)
        return made
    key = read_key(path)
    if key.plan != made.plan or sorted(key.arms.items()) not in _ways(made):
        raise PlanError(
            f"{path.name} is the key of another plan, or of other policies",
            code="run_sheet.key_differs",
            where=Where(path.name),
            hint="Choose another --arm-key; a key is never replaced, or no sheet that it seals could be opened.",
        )
    return key


def read_key(path: Path) -> ArmKey:
    """Read a key.

    Raises:
        InputError: What `document.load` raises.
    """
    return document.load(path, ArmKey, file=path.name).document


def sealed(key: ArmKey) -> SealedArms:
    """What the run sheet may say of a key."""
    return SealedArms(labels=sorted(key.arms), policies=sorted(key.arms.values()), commitment=commitment_of(key))


def commitment_of(key: ArmKey) -> str:
    """SHA-256 of the RFC 8785 form of a key; its salt keeps anybody from trying both ways."""
    return digest.of_value(msgspec.to_builtins(key))


def opened(arms: SealedArms | None, key: ArmKey, *, plan_digest: str) -> dict[str, str]:
    """Policy by label, once the key is shown to be the one that the sheet was sealed with; no sheet without arms was.

    Raises:
        PlanError: `run_sheet.key_differs`.
    """
    if arms is None or key.plan != plan_digest or commitment_of(key) != arms.commitment:
        raise PlanError(
            "the key is not the one that the run sheet was sealed with",
            code="run_sheet.key_differs",
            hint="Ask whoever keeps the key for the file as it was written with this run sheet.",
        )
    return dict(key.arms)


def orders(stream: Stream, labels: Sequence[str] = LABELS) -> Iterator[tuple[str, ...]]:
    """The labels of each pair in turn, in the order in which they run, without end."""
    ways = (tuple(labels), tuple(reversed(labels)))
    return (ways[way] for way in stream.integers(ORDER, 2))


def _first_policy(plan: Plan) -> str:
    return plan.profile.document.policy_id


def _check_second(second: str, first: str) -> None:
    if second == first:
        raise UsageError(
            f"both policies are {first}",
            code="run_sheet.same_policy",
            hint="Name the other policy with --second-policy; the first is the profile's.",
        )
    try:
        msgspec.convert(second, Name)
    except msgspec.ValidationError:
        raise UsageError(
            f"{second[:80]!r} is no id of a policy",
            code="run_sheet.policy_name",
            hint="Use letters, digits, dots, dashes and underscores, as in the profile's policy_id.",
        ) from None


def _ways(key: ArmKey) -> list[list[tuple[str, str]]]:
    first, second = key.arms.values()
    return [list(zip(LABELS, pair, strict=True)) for pair in ((first, second), (second, first))]
