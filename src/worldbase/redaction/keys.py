"""What the name of a key says about its value.

Keys are judged by their words, never by substrings, so that `tokenizer`, `keyboard` and `significance` say nothing.
As in English, the last word is the thing itself: a `client_secret` is a secret, a `secret_drawer` is a drawer.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from functools import lru_cache

from worldbase.redaction.rule import word_set


class KeyKind(Enum):
    """What the value under a key is."""

    PLAIN = auto()
    SECRET = auto()  # removed whatever it looks like
    PASSWORD = auto()  # the same, and removed where it is a number too
    CREDENTIALS = auto()  # an Authorization header: a scheme and credentials
    COOKIE = auto()
    MAYBE_SECRET = auto()  # removed unless it looks like a name
    HOST = auto()
    MAYBE_HOST = auto()  # removed where it looks like a host name
    USER = auto()
    DIGEST = auto()  # hexadecimal stays


SECRET_KINDS = frozenset({KeyKind.SECRET, KeyKind.PASSWORD, KeyKind.CREDENTIALS, KeyKind.COOKIE})

# Alone these words say little; the word before them does: `API key`, `image key`, `node name`.
SAYS_LITTLE = frozenset({"key", "keys", "token", "name", "names", "list", "hash", "id"})

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_FILE_NAME = re.compile(
    r"(?P<stem>[^\s:=]+)\.(?:jsonl?|ya?ml|csv|parquet|mp4|txt|log|safetensors|pt|whl|tar|gz|zip|md|html|png|np[yz]|dat)"
)

_PASSWORD_WORDS = word_set(
    "password passwords passwd passphrase passcode pwd pw psk otp totp mnemonic pgpassword mysqlpwd userpassword"
    " dbpassword rootpassword"
)
_SECRET_WORDS = word_set(
    "secret secrets credential credentials cred creds jwt hmac bearer auth auths oauth apikey apikeys apitoken authkey"
    " authtoken accesskey accesstoken secretkey privatekey privkey accountkey clientsecret sessiontoken refreshtoken"
    " idtoken xsrftoken csrftoken sastoken hdnts hdnea hdntl signingkey encryptionkey masterkey sshkey pgpass"
)
# Suspicious beside other words, and by themselves over a value that looks like a credential.
_MAYBE_WORDS = word_set(
    "pass session sessionid sid phpsessid jsessionid signature signatures sig sigs csrf xsrf sas pat pats nonce ticket"
    " license licence webhook dsn tokens cookies"
)
_SUSPECT_ANYWHERE = word_set("password passwd passphrase secret token credential credentials")

_TOKEN_OF_A_MODEL = word_set(
    "pad eos bos unk mask sep cls image video action state text word special num max min per new n begin end stop start"
    " prompt completion context vision audio speech language control query next last first prev previous latent"
    " register class time step chat tool input output sub"
)
_KEY_TO_A_SECRET = word_set(
    "api access secret private auth account signing encryption decryption master storage shared client subscription"
    " service deploy ssh admin consumer session app application license ingest write hmac jwt aes rsa gpg pgp ssl tls"
    " cert webhook bot wandb hf huggingface openai anthropic google gemini gcp azure aws github gitlab stripe slack"
    " comet neptune"
)
_KEY_OF_DATA = word_set(
    "image images obs observation observations action actions state states video videos camera cameras primary foreign"
    " sort cache hot public config metric metrics group partition dict task tasks success reward episode episodes"
    " dataset data column index join lookup feature features policy step info row map json yaml any each press enter"
    " arrow shift ctrl alt escape esc tab return space down up left right the a this that his her car house door piano"
    " wrench hex allen brass golden red green blue yellow black white small large old new extra missing unknown"
    " unexpected required duplicate invalid no first last next"
)
_ACCOUNT_OF_A_PASS = word_set(
    "user db database smtp imap mail email ssh root admin mysql pg postgres redis basic login http proxy ftp vnc wifi"
    " sudo rabbitmq mqtt my"
)
# Words after the thing itself that do not change it: `client_secret_value`, `TOKEN_2`.
_QUALIFIERS = word_set(
    "value val str string raw plain plaintext b base enc encoded encrypted hex env header param arg current default"
    " primary secondary prod production dev staging id ro rw"
)

_HOST_WORDS = word_set(
    "hostname hostnames host nodename nodenames nodelist fqdn computername hostip hostaddr nodeaddr userdomain"
    " userdnsdomain logonserver"
)
_HOST_PHRASES = frozenset(
    {"node name", "node names", "host name", "machine name", "server name", "computer name", "node list", "host list"}
    | {"master addr", "master address"}
)
_MAYBE_HOST_WORDS = word_set(
    "node nodes hosts machine server servers worker workers peer endpoint addr address ip workstation cluster"
)
_DIGEST_WORDS = word_set(
    "sha md blake commit commits hash hashes digest digests revision rev checksum checksums fingerprint etag oid cid"
    " snapshot tree parent blob uuid guid id eid uid ids version ref"
)

_COOKIES = frozenset({"cookie", "set cookie"})
_CREDENTIALS = frozenset({"authorization", "proxy authorization"})
_USERS = frozenset({"user", "username", "user name", "logname", "login", "sudo user", "remote user", "login user"})
# The id and the public half of a signing key are there to be compared.
_PUBLIC_KEYS = frozenset({"key id", "public key", "public key id", "signing key id", "verification key"})
_WHOLE_NAMES = {
    **dict.fromkeys(_COOKIES, KeyKind.COOKIE),
    **dict.fromkeys(_CREDENTIALS, KeyKind.CREDENTIALS),
    **dict.fromkeys(_USERS, KeyKind.USER),
    **dict.fromkeys(_PUBLIC_KEYS, KeyKind.DIGEST),
}


@lru_cache(maxsize=2048)
def judge_key(key: str) -> KeyKind:
    """Say what the value under a key is.

    Args:
        key: The name as written: `HF_TOKEN`, `clientSecret`, `--policy.api-key`, `X-Api-Key`, `API key`.
    """
    if file := _FILE_NAME.fullmatch(key):  # in a manifest: the name of a file and its digest
        kind = judge_key(file["stem"])
        return KeyKind.DIGEST if kind is KeyKind.PLAIN else kind
    words = [word.lower() for word in _WORD.findall(key)]
    if whole := _WHOLE_NAMES.get(" ".join(words)):
        return whole
    kind = _judge_secret(words, is_constant=key.isupper())
    return _judge_place(words) if kind is KeyKind.PLAIN else kind


def _judge_secret(words: list[str], *, is_constant: bool) -> KeyKind:
    words = _without_qualifiers(words)
    if not words:
        return KeyKind.PLAIN
    last, before = words[-1], words[-2] if len(words) > 1 else ""
    if last in _PASSWORD_WORDS or (last == "pass" and before in _ACCOUNT_OF_A_PASS):
        return KeyKind.PASSWORD
    if last == "token":
        return KeyKind.PLAIN if before in _TOKEN_OF_A_MODEL else KeyKind.SECRET
    if last in _SECRET_WORDS:
        return KeyKind.SECRET
    if last in {"key", "keys"}:
        return _judge_key_word(before, is_constant=is_constant)
    if last in _MAYBE_WORDS:
        is_variable = is_constant and before != "" and last in {"pass", "pat", "session"}
        return KeyKind.SECRET if is_variable else KeyKind.MAYBE_SECRET
    return KeyKind.PLAIN if _SUSPECT_ANYWHERE.isdisjoint(words) else KeyKind.MAYBE_SECRET


def _judge_key_word(before: str, *, is_constant: bool) -> KeyKind:
    """Judge a name that ends in `key`: the word before says whether it opens something or names a column."""
    if before in _KEY_TO_A_SECRET:
        return KeyKind.SECRET
    if before in _KEY_OF_DATA:
        return KeyKind.PLAIN
    return KeyKind.SECRET if is_constant and before else KeyKind.MAYBE_SECRET


def _judge_place(words: list[str]) -> KeyKind:
    names = [word for word in words if not word.isdigit()]
    if not names:
        return KeyKind.PLAIN
    if names[-1] in _HOST_WORDS or " ".join(names[-2:]) in _HOST_PHRASES:
        return KeyKind.HOST
    if names[-1] in _MAYBE_HOST_WORDS:
        return KeyKind.MAYBE_HOST
    return KeyKind.PLAIN if _DIGEST_WORDS.isdisjoint(names) else KeyKind.DIGEST


def _without_qualifiers(words: list[str]) -> list[str]:
    end = len(words)
    while end > 1 and (words[end - 1] in _QUALIFIERS or words[end - 1].isdigit()):
        end -= 1
    return words[:end]
