"""What there is to probe a policy with, as data."""
