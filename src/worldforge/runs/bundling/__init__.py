"""Bundles: copies of runs that are safe to attach to an issue, a release note or a review."""
