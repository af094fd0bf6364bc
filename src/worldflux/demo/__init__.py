"""Two claims about real runs that come with the package: one that holds, and one that does not."""
