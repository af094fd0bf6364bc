"""A Sigstore on this machine, for tests without a network.

`LocalSigstore` holds what the public service holds: a certificate authority with its certificate-transparency log, a
transparency log that writes entries of version 1 or 2, a time-stamping authority, and a trusted root that names all of
them. `serving` puts its interfaces on 127.0.0.1, for what signs; `forging` makes bundles without any interface, good
ones and, part by part, bad ones.

Only tests may use it: it believes every identity token.
"""

from tests.local_sigstore.service import LocalSigstore
from tests.local_sigstore.serving import serving

__all__ = ["LocalSigstore", "serving"]
