"""Whether something became slower, from one report to another."""
