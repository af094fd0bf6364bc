"""What fills the terminal: the list of runs, a page, the help."""
