"""Run workspaces: what a run leaves on disk, and what can be done with it afterwards."""
