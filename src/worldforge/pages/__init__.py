"""Pages for people: the pieces that every HTML report is made of."""
