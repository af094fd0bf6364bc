"""Runs that measured the same, side by side: as rows, or as a verdict on what changed."""
