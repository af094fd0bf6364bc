"""Pictures made of characters, as wide as the terminal allows."""
