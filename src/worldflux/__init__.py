"""WorldFlux judges evaluation output that already exists: claim, protocol and episodes in, an evidence package out."""

from worldbase import __version__

__all__ = ["__version__"]
