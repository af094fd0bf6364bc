"""Budgets drafted from reports."""
