"""The evidence package as a folder: its members, how they are written, read and shown."""
