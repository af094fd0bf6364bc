"""`worldforge view`: the runs of a workspace in a terminal, for reading. Nothing in here writes anything."""
