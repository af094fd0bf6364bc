"""What to say to somebody who asked for a name that nobody has."""

from __future__ import annotations

from collections.abc import Iterable

from worldforge.errors import UnknownProviderError


def unknown_provider(name: str, known: Iterable[str]) -> UnknownProviderError:
    """The error for an unknown provider, with the nearest name or with what else is known about it."""
    return UnknownProviderError(
        f"no provider is called {name!r:.80}", code="provider.unknown", hint=_advice(name, sorted(set(known)))
    )


def _advice(name: str, known: list[str]) -> str:
    # Not at the top: few processes ask for a name that nobody has.
    import difflib

    from worldforge.providers.manifests import runtime_manifest

    manifest = runtime_manifest(name)
    if manifest is not None and manifest.implementation_status == "scaffold":
        return (
            f"Its adapter does not come with this version; register one of your own: {', '.join(manifest.capabilities)}"
            " (see `worldforge provider scaffold`)."
        )
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"{f'Did you mean {nearest[0]!r}? ' if nearest else ''}Known: {', '.join(known)}."
