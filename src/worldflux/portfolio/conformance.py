"""Evidence held against a plan, episode by episode: every planned cell ends as matched or as missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from msgspec import UNSET

from worldbase.errors import UsageError
from worldflux.documents.episode import DetailedEpisode
from worldflux.documents.eval_contract import CustomEvalContract
from worldflux.documents.packet import StrayReason
from worldflux.documents.plan import Plan, PlannedProbe
from worldflux.episodes.first_episode import FirstEpisode
from worldflux.episodes.window import EpisodeWindow
from worldflux.portfolio.attached import Attached
from worldflux.portfolio.cell_book import BIT, CellBook, CellKey
from worldflux.portfolio.cells import Assignment
from worldflux.portfolio.placing import Placer, placer
from worldflux.portfolio.run_comparison import Comparison, Difference, compared
from worldflux.portfolio.strays import Strays

NOT_RUN: Final = ("pending", "skipped")
"""Outcomes of a row that nobody filled in, or that was left out: its cell stays missing."""

_MOST_VALUES: Final = 3
_SEED: Final = BIT["seed"]


@dataclass(slots=True)
class Account:
    """What became of the planned cells of one policy.

    Attributes:
        duplicates: Episodes beyond the first of their cell, by probe.
        differing: What was planned and what was found, by probe and field.
        unstated: Episodes whose evidence does not say a fact, by probe and fact.
        not_run: Lines of the evidence that are no episode, since nobody ran or ended it, by probe.
        first_episode: When the first episode of a planned cell began.
    """

    book: CellBook
    duplicates: Counter[str] = field(default_factory=Counter)
    strays: Strays = field(default_factory=Strays)
    differing: dict[tuple[str, str], tuple[str, list[str]]] = field(default_factory=dict)
    unstated: Counter[tuple[str, str]] = field(default_factory=Counter)
    not_run: Counter[str] = field(default_factory=Counter)
    first_episode: FirstEpisode = field(default_factory=FirstEpisode)

    def note(self, probe: str, difference: Difference) -> None:
        """Keep the first few values that were found in place of a planned one."""
        _, found = self.differing.setdefault((probe, difference.field), (difference.planned, []))
        if difference.found not in found and len(found) < _MOST_VALUES:
            found.append(difference.found)


class _Owner:
    """One input file of an audit input, compared with the plan for one policy."""

    def __init__(self, attached: Attached, facts: Mapping[str, Any], comparison: Comparison) -> None:
        self.mask = comparison.mask
        self.comparison = comparison
        self.axis = _text(facts.get("perturbation"))
        self.started_at = _text(facts.get("started_at")) or UNSET
        self.first_index = facts.get("first_episode_index") or 0
        self.start_seeds = attached.start_seeds


class Conformer:
    """Takes in audit inputs; then `accounts` say where every planned cell went.

    Args:
        plan: The plan.
        assignments: Tasks of each probe, from `rederivation.assignments_of`.
        contracts: Contracts that came with the evidence, by probe.
        arms: Policy by label, where two policies were compared under labels.
    """

    def __init__(
        self,
        plan: Plan,
        assignments: Mapping[str, Assignment],
        *,
        contracts: Mapping[str, CustomEvalContract] | None = None,
        arms: Mapping[str, str] | None = None,
    ) -> None:
        self._plan = plan
        self._contracts = contracts or {}
        self._arms = arms or {}
        policies = dict.fromkeys([plan.profile.document.policy_id, *self._arms.values()])
        self.accounts = {policy: Account(CellBook(plan.probes, assignments)) for policy in policies}
        self._probes = {probe.id: probe for probe in plan.probes}
        self._placers = {probe.id: placer(probe.id, self.account.book.pairs(probe.id)) for probe in plan.probes}

    @property
    def account(self) -> Account:
        """The account of the policy that the plan is about."""
        return self.accounts[self._plan.profile.document.policy_id]

    @property
    def first_episode(self) -> FirstEpisode:
        """When the first episode of a planned cell began, whichever of the policies it was of."""
        first = FirstEpisode()
        for account in self.accounts.values():
            first.join(account.first_episode)
        return first

    def take(self, attached: Attached) -> int:
        """Take in an audit input, and return its number of episodes.

        Raises:
            SourceError: What `Attached.windows` raises.
            UsageError: `packet.arms_sealed` where episodes bear labels and nobody opened them.
        """
        owners: dict[tuple[str, str], _Owner] = {}
        taken = 0
        for window in attached.windows():
            taken += len(window.records)
            if not attached.planned:
                self._take_unplanned(attached.probe, window)
                continue
            for policy, records in self._by_policy(attached, window).items():
                if (window.input, policy) not in owners:
                    owners[window.input, policy] = self._owner(attached, window.input, policy)
                self._take_records(policy, owners[window.input, policy], attached.probe, records)
        return taken

    def _owner(self, attached: Attached, name: str, policy: str) -> _Owner:
        facts, probe = attached.facts_of(name), self._probes[attached.probe]
        others = policy != self._plan.profile.document.policy_id
        contract = self._contracts.get(probe.id)
        return _Owner(attached, facts, compared(self._plan, probe, facts, contract, other_policy=others))

    def _take_unplanned(self, probe: str, window: EpisodeWindow) -> None:
        for record in window.records:
            self.account.strays.add(probe, "probe_not_planned", None, None, record.episode_index)

    def _by_policy(self, attached: Attached, window: EpisodeWindow) -> dict[str, list[DetailedEpisode]]:
        """The episodes of a window that were run, by policy; those of which nobody knows it are out of protocol."""
        stated = _text(attached.facts_of(window.input).get("policy_id")) or ""
        found: dict[str, list[DetailedEpisode]] = {}
        for record in cast(Sequence[DetailedEpisode], window.records):
            policy = self._policy_of(record, stated)
            if record.outcome in NOT_RUN:
                self.accounts.get(policy, self.account).not_run[attached.probe] += 1
            elif policy in self.accounts:
                found.setdefault(policy, []).append(record)
            else:
                axis = None if record.perturbation is UNSET else record.perturbation
                strays = self.account.strays
                strays.add(attached.probe, "arm_not_told", record.task, axis, record.episode_index)
        return found

    def _policy_of(self, record: DetailedEpisode, stated: str) -> str:
        """The policy behind an episode's label, or the one that the run states; empty where neither says it."""
        label = "" if record.extra is UNSET else _text(record.extra.get("arm"))
        if self._arms:
            return self._arms.get(label, "") if label else stated
        if label:
            raise UsageError(
                "the episodes bear labels of arms, and nothing says which policy is behind which",
                code="packet.arms_sealed",
                hint="Pass the key that was kept apart from the run sheet: --arm-key arm_key.json.",
            )
        return self._plan.profile.document.policy_id

    def _take_records(self, policy: str, owner: _Owner, name: str, records: Sequence[DetailedEpisode]) -> None:
        account, probe, place = self.accounts[policy], self._probes[name], self._placers[name]
        for record in records:
            axis = owner.axis if record.perturbation is UNSET else record.perturbation
            first = _placed(place, record, axis)
            if not isinstance(first, str):
                key = account.book.key(name, first, record.episode_index)
                if key is not None:
                    _enter(account, probe, owner, record, key)
                    continue
                first = "index_not_planned"
            account.strays.add(name, first, record.task, axis, record.episode_index)


def _placed(place: Placer, record: DetailedEpisode, axis: str | None) -> int | StrayReason:
    """Place an episode; the name of a changed task may tell its axis, where nothing else does."""
    found = place(record.task, axis)
    if found == "axis_not_told" and record.variant is not UNSET:
        return place(record.task, record.variant)
    return found


def _enter(account: Account, probe: PlannedProbe, owner: _Owner, record: DetailedEpisode, key: CellKey) -> None:
    mask = owner.mask
    seed = _seed_of(record, owner)
    if seed is None:
        account.unstated[probe.id, "seed"] += 1
    elif seed != key.seed:
        mask |= _SEED
        shown = f"{seed} in place of {key.seed}, episode {record.episode_index} of {record.task}"
        account.note(probe.id, Difference("seed", f"{probe.start_seed} plus the episode index", shown))
    for difference in owner.comparison.differences:
        account.note(probe.id, difference)
    for name in (*owner.comparison.unstated, *_absent_keys(probe, record)):
        account.unstated[probe.id, name] += 1
    if account.book.enter(key.position, record.outcome, mask):
        account.duplicates[probe.id] += 1
    account.first_episode.add(record.recorded_at, lasted_s=record.wall_time_s, run_started_at=owner.started_at)


def _seed_of(record: DetailedEpisode, owner: _Owner) -> int | None:
    """Environment seed of an episode; where only the run's start seed is known, what follows from it."""
    if record.seed is not UNSET:
        return record.seed
    start = owner.start_seeds.get(record.run_seed)
    return None if start is None else start + record.episode_index - owner.first_index


def _absent_keys(probe: PlannedProbe, record: DetailedEpisode) -> list[str]:
    """Keys by which an episode can be found or tried again, as the contract asks for them, and that it lacks."""
    if probe.contract is UNSET:
        return []
    extra = {} if record.extra is UNSET else record.extra
    return [
        name
        for name in probe.contract.replay_keys
        if name != "seed" and name not in extra and _field(record, name.removesuffix("_id")) is UNSET
    ]


def _field(record: DetailedEpisode, name: str) -> object:
    return getattr(record, name) if name in record.__struct_fields__ else UNSET


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
