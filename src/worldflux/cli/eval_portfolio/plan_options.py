"""Options that `plan` and `amend` share: seed, contracts, size and planned rate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast, get_args

import click

from worldbase.errors import UsageError
from worldflux.documents.plan import PlanChoices, PlannedRate, SeedSource
from worldflux.documents.protocol import InfraErrorPolicy

if TYPE_CHECKING:
    from worldflux.documents.eval_contract import CustomEvalContract
    from worldflux.documents.profile import EvalProfile
    from worldflux.portfolio.seed_files import SeedFiles

F = TypeVar("F", bound=Callable[..., Any])
_FILE: Final = click.Path(path_type=Path)
_MOST: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the options said; None or empty: nothing."""

    seed: str | None
    seed_source: str | None
    commitment: Path | None
    reviewer_salt_file: Path | None
    beacon_file: Path | None
    trusted_signer_config: Path | None
    custom_eval_contract: tuple[Path, ...]
    probe: tuple[str, ...]
    episodes: int | None
    tasks_per_axis: int | None
    value: float | None
    margin: float | None
    alpha: float | None
    infra_error: str | None

    @property
    def names_a_seed(self) -> bool:
        """Whether any option is about the seed."""
        return any((self.seed, self.seed_source, self.commitment, self.reviewer_salt_file, self.beacon_file))

    def seed_files(self) -> SeedFiles:
        """What the options say about the seed."""
        from worldflux.portfolio.seed_files import SeedFiles

        return SeedFiles(
            source=cast(SeedSource, self.seed_source or "operator_supplied"),
            value=self.seed,
            commitment=self.commitment,
            reviewer_salt=self.reviewer_salt_file,
            beacon=self.beacon_file,
            tsa_roots=tsa_roots(self.trusted_signer_config) if self.commitment else (),
        )

    def contracts(self) -> tuple[CustomEvalContract, ...]:
        """The contracts that were named."""
        from worldflux.portfolio import contracts

        return tuple(contracts.load(path).document for path in self.custom_eval_contract)

    def choices(self, before: PlanChoices | None = None) -> PlanChoices:
        """Size and probes; what no option names is as it was before."""
        from worldflux.portfolio.planning import DEFAULT_CHOICES

        kept = before or DEFAULT_CHOICES
        return PlanChoices(
            episodes_per_task=kept.episodes_per_task if self.episodes is None else self.episodes,
            tasks_per_axis=kept.tasks_per_axis if self.tasks_per_axis is None else self.tasks_per_axis,
            probes=list(dict.fromkeys(self.probe)) or kept.probes,
        )

    def rate(self, before: PlannedRate) -> PlannedRate:
        """The planned rate; what no option names is as it was before.

        Raises:
            UsageError: What the statistics refuse.
        """
        rate = PlannedRate(
            value=before.value if self.value is None else self.value,
            margin=before.margin if self.margin is None else self.margin,
            alpha=before.alpha if self.alpha is None else self.alpha,
        )
        _require_testable(rate)
        return rate

    def policy(self) -> InfraErrorPolicy | None:
        """What becomes of a spoilt episode, where an option says so."""
        return cast(InfraErrorPolicy, self.infra_error) if self.infra_error else None


def plan_options(function: F) -> F:
    """Add the options; the command gets them as keyword arguments, which `PlanOptions(**...)` takes."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


_OPTIONS: Final = (
    click.option("--seed", metavar="NUMBER|SALT|FILE", help="A number of yours; or the revealed salt, or its file."),
    click.option(
        "--seed-source",
        type=click.Choice(get_args(SeedSource)),
        help="Where the seed comes from.  [default: operator_supplied]",
    ),
    click.option("--commitment", type=_FILE, help="seed_commitment.json; the salt beside it is revealed."),
    click.option("--reviewer-salt-file", type=_FILE, help="One line that a reviewer added after the commitment."),
    click.option("--beacon-file", type=_FILE, help="What the beacon published of the round that was named."),
    click.option(
        "--trusted-signer-config",
        type=_FILE,
        help="Whose time stamps count; your own trust file where not given.",
    ),
    click.option(
        "--custom-eval-contract", type=_FILE, multiple=True, help="Add a probe of your own. Repeat for several."
    ),
    click.option("--probe", metavar="ID", multiple=True, help="Also take this probe of the registry. Repeatable."),
    click.option(
        "--episodes",
        type=click.IntRange(1, _MOST),
        help="Episodes per task, for probes of the registry whose tasks are no variants.",
    ),
    click.option("--tasks-per-axis", type=click.IntRange(1, _MOST), help="Tasks drawn for each axis of a probe."),
    click.option("--value", type=float, help="Success rate that is hoped for, as a ratio.  [default: 0.8]"),
    click.option("--margin", type=float, help="How far below it the tested rate lies.  [default: 0.05]"),
    click.option("--alpha", type=float, help="Accepted chance to show what is just not true.  [default: 0.05]"),
    click.option(
        "--infra-error",
        type=click.Choice(get_args(InfraErrorPolicy)),
        help="What an episode counts as that the infrastructure spoilt.  [default: lost]",
    ),
)


def load_profile(path: Path) -> EvalProfile:
    """Read a profile."""
    from worldflux.portfolio import profile_drafting

    return profile_drafting.load(path).document


def tsa_roots(config: Path | None) -> tuple[str, ...]:
    """Root certificates of the time-stamping authorities that a trust file, or the user's own, names."""
    from worldflux.signing.trust_reading import default_policy, load_policy

    policy = load_policy(config, None) if config else default_policy()
    return policy.tsa_roots if policy else ()


def _require_testable(rate: PlannedRate) -> None:
    from worldflux.errors import StatisticsError
    from worldflux.stats.power_analysis import design_of

    try:
        if rate.margin:
            design_of(rate.value, rate.margin, alpha=rate.alpha)
        else:
            design_of(rate.value, 0.0, alpha=rate.alpha, at=rate.value)
    except StatisticsError as error:
        raise UsageError(error.message, code=error.code, hint=error.hint) from None
