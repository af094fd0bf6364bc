"""Statistics as pure functions: counts in, bounds and decisions out."""
