"""The hot path: episodes as windows, as lines, as cells."""
