"""Sign as an identity that others vouch for, and verify such signatures without a network.

Sigstore gives the signer of an identity token (OpenID Connect) a certificate for ten minutes and keeps certificate and
signature in public logs. What is left is a bundle, which proves to anybody who has the trusted root: this identity, as
its issuer vouched for it, signed these bytes at this time. The library is `sigstore`, an extra of this distribution.
"""

from worldflux.signing.builtin.sigstore.artifact import verify_bundle
from worldflux.signing.builtin.sigstore.backend import BACKEND
from worldflux.signing.builtin.sigstore.library import public_trusted_root
from worldflux.signing.builtin.sigstore.opening import open_bundle
from worldflux.signing.builtin.sigstore.sealing import SigstoreSigner

__all__ = ["BACKEND", "SigstoreSigner", "open_bundle", "public_trusted_root", "verify_bundle"]
