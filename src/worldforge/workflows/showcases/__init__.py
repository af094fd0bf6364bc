"""Showcases: short plays that leave real runs to look at, with the provider `mock` and no network.

`catalogue` names them, `playing` plays one; each is a file of its own that is given a `Stage` and says how it ended.
"""
