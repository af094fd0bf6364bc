"""When the first of some episodes began, as far as it was recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from msgspec import UNSET, UnsetType


@dataclass(slots=True)
class FirstEpisode:
    """Finds out when the first of some episodes began, as far as it was recorded.

    Attributes:
        earliest: The earliest time that was recorded.
        untimed: Episodes whose time nobody recorded, or in no form that can be read.
    """

    earliest: datetime | None = None
    untimed: int = 0

    def add(
        self,
        recorded_at: str | UnsetType,
        *,
        lasted_s: float | UnsetType = UNSET,
        run_started_at: str | UnsetType = UNSET,
    ) -> None:
        """Take in one episode.

        Args:
            recorded_at: When it ended; a time without its zone is no time.
            lasted_s: How long it took, in seconds.
            run_started_at: When its run began, which is earlier still.
        """
        times = [*_moments(recorded_at, lasted_s), *_moments(run_started_at, UNSET)]
        if not times:
            self.untimed += 1
        elif self.earliest is None or min(times) < self.earliest:
            self.earliest = min(times)

    def join(self, other: FirstEpisode) -> None:
        """Take in the episodes that another one took in."""
        self.untimed += other.untimed
        if other.earliest is not None and (self.earliest is None or other.earliest < self.earliest):
            self.earliest = other.earliest

    @property
    def at(self) -> datetime | None:
        """When the first one began; None where one of them has no time, for that one could have been the first."""
        return None if self.untimed else self.earliest

    def of_run(self, started_at: str | UnsetType) -> datetime | None:
        """The same for the episodes of one run; none of them began before a beginning that was recorded.

        Args:
            started_at: When the run began.
        """
        started = _moments(started_at, UNSET)
        if not started:
            return self.at
        return min([*started, *([] if self.earliest is None else [self.earliest])])


def shown(moment: datetime) -> str:
    """A time as documents write it, cut to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moments(text: str | UnsetType, lasted_s: float | UnsetType) -> list[datetime]:
    """The time that a text states, less what went before it; nothing where it states none."""
    if text is UNSET:
        return []
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return []
        return [moment.astimezone(UTC) - timedelta(seconds=0.0 if lasted_s is UNSET else max(lasted_s, 0.0))]
    except (ValueError, OverflowError):
        return []
