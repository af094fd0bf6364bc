"""Benchmarks: how long a provider takes, with numbers that mean something."""
