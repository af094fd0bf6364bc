"""Measured comparisons, each against a named reference in the same run. See README.md."""
