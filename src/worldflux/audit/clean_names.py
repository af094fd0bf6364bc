"""The door through which episodes enter a package: no name of a host, a path or a secret comes in."""

from __future__ import annotations

from worldbase.errors import Where
from worldbase.redact import is_clean
from worldflux.episodes.window import EpisodeWindow
from worldflux.errors import SourceError


class CleanNames:
    """Remembers which task names were found clean, so that each is looked at once."""

    def __init__(self) -> None:
        self._known: set[str] = set()

    def require(self, window: EpisodeWindow) -> None:
        """Refuse a window whose task name would leak; a source has to redact what it passes on.

        Raises:
            SourceError: `source.unclean_name`.
        """
        if window.task in self._known:
            return
        if not is_clean(window.task):
            raise SourceError(
                "a task is named by something that must not leave this machine",
                code="source.unclean_name",
                where=Where(window.input, window.first_pointer or None),
                hint="This is a fault of the source: it must pass names through worldbase.redact.",
            )
        self._known.add(window.task)
