"""An append-only log of plans and of what became of them, in a folder."""
