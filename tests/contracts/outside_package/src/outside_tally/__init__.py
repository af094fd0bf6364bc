"""A plugin package for worldflux."""
