"""`worldforge eval`."""

from worldforge.cli.eval.command import evaluate

__all__ = ["evaluate"]
