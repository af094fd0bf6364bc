"""Whole walk-throughs that join many rooms."""
