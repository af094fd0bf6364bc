"""WorldForge runs and measures: providers by capability, benchmarks, evaluation suites, run workspaces."""

from worldbase import __version__

__all__ = ["__version__"]
