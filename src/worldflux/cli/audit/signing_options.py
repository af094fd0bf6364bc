"""Options of every command that signs: which key or identity, and what may become public."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from worldbase.errors import UsageError
from worldflux.cli.passwords import ask_password, new_password, password_options

if TYPE_CHECKING:
    from worldflux.signing.contract import Signer
    from worldflux.signing.keys import PrivateKey

F = TypeVar("F", bound=Callable[..., Any])

BACKENDS: Final = ("self-sign", "sigstore")
_PUBLISHES: Final = {
    "sigstore": "who signs (an address, or the repository and workflow of a CI run) and who vouches for it, when, and "
    "the digests of what is signed"
}


@dataclass(frozen=True, slots=True)
class SigningChoice:
    """What the options of a signing command said."""

    backend: str
    key: str | None
    password_env: str | None
    password_file: Path | None
    password_prompt: bool
    identity_token_env: str | None
    sigstore_trust_config: Path | None
    confirm_public_log: bool


def signing_options(function: F) -> F:
    """Add the options; the command gets them as keyword arguments, which `SigningChoice(**...)` takes."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


_OPTIONS: Final = (
    click.option(
        "--backend",
        type=click.Choice(BACKENDS),
        default="self-sign",
        show_default=True,
        help="A key of your own, or an identity by Sigstore (extra: sigstore).",
    ),
    click.option("--key", metavar="NAME", help="Label or key id of your key; your default key where not given."),
    password_options,
    click.option(
        "--identity-token-env",
        metavar="VARIABLE",
        help="Sigstore: environment variable that holds the identity token; that of the CI run where not given.",
    ),
    click.option(
        "--sigstore-trust-config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Sigstore: client trust configuration of the instance to use; the public one where not given.",
    ),
    click.option(
        "--confirm-public-log",
        is_flag=True,
        help="Sigstore: you know what becomes public for ever, and want that.",
    ),
)


tsa_option: Final = click.option(
    "--tsa-url",
    metavar="URL",
    help="Have a time-stamping authority (RFC 3161) confirm when it was signed; it sees a digest, nothing else.",
)


def stamp_of(url: str | None) -> Callable[[bytes], bytes] | None:
    """What asks the authority at this address about some bytes."""
    if url is None:
        return None

    def stamp(data: bytes) -> bytes:
        from worldflux.signing.timestamps import request

        return request(data, url)

    return stamp


def signer_of(choice: SigningChoice) -> Signer:
    """Make ready to sign; a key is made where the user has none yet.

    Without `--confirm-public-log` nobody is asked anything: even the request for a token tells a service who signs.

    Raises:
        UsageError: `sign.public_log`.
        WorldError: The key, the token or the service cannot be used.
    """
    if choice.backend in _PUBLISHES and not choice.confirm_public_log:
        raise UsageError(
            f"signing by {choice.backend} publishes, for ever: {_PUBLISHES[choice.backend]}",
            code="sign.public_log",
            hint="If you want that, pass --confirm-public-log; a key of your own publishes nothing.",
        )
    from worldflux.signing.contract import SignerSettings
    from worldflux.signing.registry import SIGNERS

    settings = SignerSettings(
        load_key=lambda: own_key(choice),
        identity_token_env=choice.identity_token_env,
        trust_config=choice.sigstore_trust_config,
    )
    return SIGNERS.get(choice.backend).signer(settings)


def tell_publication(signer: Signer, *statements: bytes) -> None:
    """Say on stderr what is about to become public, in the words of who publishes it."""
    texts = [signer.publishes(statement) for statement in statements]
    lines = list(dict.fromkeys(line for text in texts for line in text.splitlines()))
    if lines:
        click.echo("\n".join(["becomes public, for ever:", *lines]), err=True)


def own_key(choice: SigningChoice) -> PrivateKey:
    """Open the key that was named, or the default one; it is made where the user has none yet.

    Raises:
        WorldError: The key cannot be opened.
    """
    from worldflux.signing.keystore import Keystore

    store = Keystore.of_user()
    given = (choice.password_env, choice.password_file)
    if choice.key is None and not store.public_keys():
        password = new_password(*given, prompt=choice.password_prompt)
        made = store.default(create=True, password=password)
        protection = "encrypted with your password" if password else "not encrypted; see worldflux key generate --help"
        click.echo(f"made your key {made.keyid} ({protection}): {made.private_file}", err=True)
    name = store.default(create=False).keyid if choice.key is None else choice.key
    return store.load(name, ask_password(*given, prompt=choice.password_prompt))
