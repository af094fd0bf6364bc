"""`worldforge benchmark`."""

from worldforge.cli.benchmark.command import benchmark

__all__ = ["benchmark"]
