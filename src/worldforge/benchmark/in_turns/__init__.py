"""Two sides measured in turns, in pairs of processes."""
