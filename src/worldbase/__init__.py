"""The ground both commands stand on: bytes, digests, documents, safe paths, redaction, errors, console.

Nothing in this package knows what a benchmark or a claim is, and importing it loads nothing else.
"""

__version__ = "0.1.0.dev0"
