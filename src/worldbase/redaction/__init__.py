"""The rules behind `worldbase.redact`: what a secret, a path, a machine and a person look like in a text."""
