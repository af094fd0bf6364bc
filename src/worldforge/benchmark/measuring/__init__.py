"""Calls, timed and counted: from one call to one result."""
