"""Adapters for the output of evaluators."""
