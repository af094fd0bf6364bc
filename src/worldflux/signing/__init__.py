"""Signatures: bytes, keys and trust. Nothing here knows what an evidence package is."""
