"""A source that cannot be imported."""

raise ImportError("outside-tally needs a library that nobody has")
