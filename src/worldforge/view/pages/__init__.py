"""What is on a page: of a benchmark, an evaluation, a comparison. Nothing in here knows a terminal."""
