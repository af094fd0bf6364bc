"""Who a signing certificate names, and who vouched for them.

Object identifiers: those of Fulcio, under 1.3.6.1.4.1.57264.1. An identity without its issuer says nothing, so both
are read or neither.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, GeneralName

_ARC: Final = "1.3.6.1.4.1.57264.1"
_OTHER_NAME: Final = f"{_ARC}.7"
_ISSUER_AS_BYTES: Final = 1
_ISSUER: Final = 8
_REPOSITORY_AS_BYTES: Final = 5
_REF_AS_BYTES: Final = 6
_SOURCE_REPOSITORY: Final = 12
_SOURCE_REF: Final = 14
_BUILD_CONFIG: Final = 18
_GITHUB_ISSUER: Final = "https://token.actions.githubusercontent.com"
_GITHUB: Final = "https://github.com/"


@dataclass(frozen=True, slots=True)
class Named:
    """What a certificate says of who signed.

    Attributes:
        identity: An e-mail address, the URI of a workflow, or a name that the service gives.
        issuer: URL of the identity provider.
        github: Of a GitHub Actions run: `repository` (`owner/name`), `workflow_ref` (`owner/name/PATH@REF`) and `ref`.
    """

    identity: str
    issuer: str
    github: Mapping[str, str] | None


def named(certificate: Certificate) -> Named:
    """Read a certificate.

    Raises:
        ValueError: It does not name exactly one identity and one issuer.
    """
    claims = dict(_claims(certificate))
    issuer = _issuer(claims)
    return Named(_identity(certificate), issuer, _github(issuer, claims))


def _identity(certificate: Certificate) -> str:
    from cryptography.x509 import ExtensionNotFound, SubjectAlternativeName

    try:
        names = list(certificate.extensions.get_extension_for_class(SubjectAlternativeName).value)
    except ExtensionNotFound:
        names = []
    if len(names) != 1:
        raise ValueError(f"the certificate names {len(names)} identities instead of one")
    identity = _text_of(names[0])
    if not identity or not identity.isprintable():
        raise ValueError("the certificate names an identity that is no e-mail address, URI or user name")
    return identity


def _text_of(name: GeneralName) -> str:
    from cryptography.hazmat import asn1
    from cryptography.x509 import OtherName, RFC822Name, UniformResourceIdentifier

    if isinstance(name, RFC822Name | UniformResourceIdentifier):
        return name.value
    if isinstance(name, OtherName) and name.type_id.dotted_string == _OTHER_NAME:
        return asn1.decode_der(str, name.value)
    return ""


def _issuer(claims: Mapping[int, bytes]) -> str:
    said = set()
    if _ISSUER_AS_BYTES in claims:
        said.add(claims[_ISSUER_AS_BYTES].decode("utf-8"))
    if _ISSUER in claims:
        said.add(_utf8(claims[_ISSUER]))
    if len(said) != 1:
        raise ValueError(f"the certificate names {len(said)} issuers instead of one")
    (issuer,) = said
    if not issuer or not issuer.isprintable():
        raise ValueError("the certificate names an issuer that is no URL")
    return issuer


def _github(issuer: str, claims: Mapping[int, bytes]) -> Mapping[str, str] | None:
    """What the certificate of a workflow run says besides; older ones say some of it in another form."""
    if issuer != _GITHUB_ISSUER:
        return None
    said = {
        "repository": _either(claims, _SOURCE_REPOSITORY, _REPOSITORY_AS_BYTES),
        "workflow_ref": _utf8(claims[_BUILD_CONFIG]) if _BUILD_CONFIG in claims else "",
        "ref": _either(claims, _SOURCE_REF, _REF_AS_BYTES),
    }
    return {name: text.removeprefix(_GITHUB) for name, text in said.items() if text}


def _either(claims: Mapping[int, bytes], number: int, older: int) -> str:
    if number in claims:
        return _utf8(claims[number])
    return claims.get(older, b"").decode("utf-8")


def _utf8(value: bytes) -> str:
    from cryptography.hazmat import asn1

    return asn1.decode_der(str, value)


def _claims(certificate: Certificate) -> Iterator[tuple[int, bytes]]:
    """Extensions under Fulcio's arc, by their last number."""
    from cryptography.x509 import UnrecognizedExtension

    for extension in certificate.extensions:
        arc, _, number = extension.oid.dotted_string.rpartition(".")
        if arc == _ARC and isinstance(extension.value, UnrecognizedExtension):
            yield int(number), extension.value.value
