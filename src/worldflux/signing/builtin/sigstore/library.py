"""The door to the library `sigstore`, which is an extra and takes more than half a second to import."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from worldbase import strictjson
from worldbase.errors import EnvironmentMissingError
from worldflux.errors import TrustError
from worldflux.signing.foreign import called, reason_of

if TYPE_CHECKING:
    from sigstore.models import TrustedRoot


def require() -> None:
    """Make sure that the library can be imported.

    Raises:
        EnvironmentMissingError: `sigstore.not_installed`.
    """
    # It warns of what it then refuses; the refusal says it.
    logging.getLogger("sigstore").setLevel(logging.CRITICAL)
    try:
        import sigstore.verify  # noqa: F401
    except ImportError as error:
        raise EnvironmentMissingError(
            f"Sigstore signatures need the library sigstore: {reason_of(error)}",
            code="sigstore.not_installed",
            hint='pip install "worldflux[sigstore]"',
        ) from None


def trusted_root(data: bytes | None, *, file: str = "the trusted root") -> TrustedRoot:
    """Read a trusted root; that of the public service, as the library brought it along, where there is none.

    Raises:
        EnvironmentMissingError: `sigstore.not_installed`.
        TrustError: `sigstore.trusted_root`.
    """
    require()

    def read() -> TrustedRoot:
        from sigstore.models import TrustedRoot
        from sigstore.verify import Verifier
        from sigstore_models.trustroot.v1 import TrustedRoot as Document

        document = public_trusted_root() if data is None else data
        strictjson.parse(document, file=file)
        root = TrustedRoot(Document.from_json(document))
        # What it lacks shows only when it is used.
        Verifier(trusted_root=root)
        return root

    return called(read, _unusable_root)


def public_trusted_root() -> bytes:
    """The trusted root of the public service, as it was when the installed library was released.

    Raises:
        EnvironmentMissingError: `sigstore.not_installed`.
    """
    require()
    from sigstore._internal.tuf import DEFAULT_TUF_URL
    from sigstore._utils import read_embedded

    return read_embedded("trusted_root.json", DEFAULT_TUF_URL)


def _unusable_root(reason: str) -> TrustError:
    return TrustError(
        f"the Sigstore trusted root cannot be used: {reason}",
        code="sigstore.trusted_root",
        hint="Get trusted_root.json from the operator of the Sigstore service, and put its digest into the policy.",
    )
