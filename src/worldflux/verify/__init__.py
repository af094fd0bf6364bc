"""Verifying a package: ordered gates, each with its own exit code, and the types that only passing them makes."""
