"""What is known about benchmarks: suites, aliases, task counts, and the arithmetic of a plan."""
