"""One way to speak to the internet, made so that an address can never reach into the reader's own network.

A fetch follows these rules at its first address and again after every redirect; what is posted follows them too, and
is never sent on to where a redirect points:

    the scheme is https, the port is its own, and the address carries no user name;
    the host is one of those that the caller allows;
    every address that the host's name resolves to is public, and the connection goes to one of these very
    addresses, so that the name cannot mean another machine between the check and the connection;
    the certificate is that of the name.

Bytes, time and redirects are bounded, compressed content is inflated within the same bound, the kind of content must
be one that was asked for, and proxies, credentials and certificates that environment variables name are not used.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, NamedTuple

import httpx

from worldbase.errors import StorageError
from worldbase.inflate import TooLargeError, inflate

_READ_TIMEOUT: Final = 15.0
_CONNECT_TIMEOUT: Final = 10.0
_REDIRECTS: Final = frozenset([301, 302, 303, 307, 308])
_BUSY: Final = frozenset([429, 503])
_READ: Final = frozenset([200])
_CREATED: Final = frozenset([200, 201])
_MOST_ADDRESSES: Final = 8
_COMPRESSED: Final = frozenset(["gzip", "x-gzip", "deflate"])
_CREDENTIALS: Final = re.compile(r"//[^/]*@")
# The well-known prefix under which an IPv6-only network reaches IPv4 hosts (RFC 6052).
_TRANSLATED: Final = ipaddress.IPv6Network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def addresses_of(host: str, port: int) -> list[str]:
    """Ask the system for the numeric addresses of a host, in the order in which to try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class Rules:
    """What a fetch may do.

    Attributes:
        hosts: The names that may be asked, in lower case; nothing else is, subdomains included.
        agent: How the program introduces itself.
        max_bytes: Most bytes of an answer, as sent and as inflated.
        max_seconds: Longest time for one fetch with all its redirects.
        max_redirects: Most redirects of one fetch.
        allows_loopback: For tests: a listed host may be this machine, by plain http and at any port.
        resolve: How names become addresses.
    """

    hosts: frozenset[str]
    agent: str = "worldbase"
    max_bytes: int = 64 * 1024 * 1024
    max_seconds: float = 90.0
    max_redirects: int = 5
    allows_loopback: bool = False
    resolve: Callable[[str, int], Sequence[str]] = addresses_of


class Reply(NamedTuple):
    """The answer to a fetch: where it came from after redirects, its media type, its content."""

    url: str
    content_type: str
    body: bytes


class Posted(NamedTuple):
    """What is sent to an address: its media type and its content."""

    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Reads addresses under rules, and posts to them."""

    rules: Rules

    def get(self, url: str, *, content_types: Collection[str]) -> Reply:
        """Read an address.

        Args:
            url: Where to read.
            content_types: Media types to accept, such as `text/html`.

        Raises:
            StorageError: `http.url`, `http.host`, `http.address`, `http.unreachable`, `http.timeout`,
                `http.redirects`, `http.status`, `http.content_type`, `http.encoding` or `http.size`.
        """
        return self._answer(url, content_types, None)

    def post(self, url: str, posted: Posted, *, content_types: Collection[str]) -> Reply:
        """Send something to an address and read the answer.

        Args:
            url: Where to send it.
            posted: What is sent.
            content_types: Media types to accept in the answer.

        Raises:
            StorageError: As `get` does; a redirect is `http.redirects`.
        """
        return self._answer(url, content_types, posted)

    def _answer(self, url: str, content_types: Collection[str], posted: Posted | None) -> Reply:
        _check_url(_parsed(url), self.rules)
        deadline = time.monotonic() + self.rules.max_seconds
        worker = ThreadPoolExecutor(1, thread_name_prefix="fetch")
        # Not one call of the libraries below can be given a total time; only who waits for them can keep one.
        with _client(self.rules) as client:
            fetch = _Fetch(self.rules, client, frozenset(content_types), deadline, posted)
            answer = worker.submit(fetch.follow, url)
            try:
                return answer.result(self.rules.max_seconds)
            except TimeoutError:
                raise _timeout(url, self.rules) from None
            finally:
                worker.shutdown(wait=False, cancel_futures=True)


def _client(rules: Rules) -> httpx.Client:
    return httpx.Client(
        trust_env=False,
        follow_redirects=False,
        timeout=httpx.Timeout(min(_READ_TIMEOUT, rules.max_seconds), connect=min(_CONNECT_TIMEOUT, rules.max_seconds)),
        headers={"User-Agent": rules.agent, "Accept-Encoding": "gzip"},
    )


@dataclass(frozen=True, slots=True)
class _Fetch:
    """One fetch: what it may do, and until when."""

    rules: Rules
    client: httpx.Client
    content_types: frozenset[str]
    deadline: float
    posted: Posted | None

    def follow(self, url: str) -> Reply:
        here = _parsed(url)
        for _ in range(self.rules.max_redirects + 1):
            answer = self._ask(here)
            if isinstance(answer, Reply):
                return answer
            if self.posted:
                raise _error("the server wants what was posted sent elsewhere", url, code="http.redirects")
            here = answer
        raise _error(f"more than {self.rules.max_redirects} redirects", url, code="http.redirects")

    def _ask(self, url: httpx.URL) -> Reply | httpx.URL:
        """Ask the first address of the host that can be reached."""
        _check_url(url, self.rules)
        reason = ""
        for address in _checked_addresses(url, self.rules):
            self._check_time(url)
            try:
                return self._ask_at(url, address)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                reason = str(error)
            except httpx.TimeoutException:
                raise _timeout(str(url), self.rules) from None
            except httpx.HTTPError as error:
                raise _error(f"the connection failed: {error}", str(url), _TRY_AGAIN, code="http.unreachable") from None
        raise _error(f"no connection to {url.host}: {reason}", str(url), _TRY_AGAIN, code="http.unreachable")

    def _ask_at(self, url: httpx.URL, address: str) -> Reply | httpx.URL:
        """Ask one checked address, in the name of the host."""
        headers = {"Host": url.netloc.decode(), "Accept": ", ".join(sorted(self.content_types))}
        if self.posted:
            headers["Content-Type"] = self.posted.content_type
        request = self.client.build_request(
            "POST" if self.posted else "GET",
            url.copy_with(host=address, fragment=None),
            headers=headers,
            content=self.posted.body if self.posted else None,
            extensions={"sni_hostname": url.host},
        )
        answer = self.client.send(request, stream=True)
        try:
            if answer.status_code in _REDIRECTS and "location" in answer.headers:
                return _parsed(answer.headers["location"], url)
            return Reply(str(url), self._media_type(answer, url), self._body(answer, url))
        finally:
            answer.close()

    def _media_type(self, answer: httpx.Response, url: httpx.URL) -> str:
        if answer.status_code not in (_CREATED if self.posted else _READ):
            hint = "Wait a few minutes and try again." if answer.status_code in _BUSY else None
            raise _error(f"the server answered {answer.status_code}", str(url), hint, code="http.status")
        media_type: str = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media_type not in self.content_types:
            raise _error(
                f"the server sent {media_type[:60] or 'something unnamed'!r}", str(url), code="http.content_type"
            )
        return media_type

    def _body(self, answer: httpx.Response, url: httpx.URL) -> bytes:
        encoding = answer.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in _COMPRESSED | {"identity", ""}:
            raise _error(f"the answer is compressed as {encoding[:30]!r}", str(url), code="http.encoding")
        body = bytearray()
        for piece in answer.iter_raw():
            body += piece
            self._check_time(url)
            if len(body) > self.rules.max_bytes:
                raise self._too_large(url)
        return self._inflated(bytes(body), url) if encoding in _COMPRESSED else bytes(body)

    def _inflated(self, body: bytes, url: httpx.URL) -> bytes:
        try:
            return inflate(body, limit=self.rules.max_bytes)
        except TooLargeError:
            raise self._too_large(url) from None
        except ValueError as error:
            raise _error(f"the compressed answer is {error}", str(url), _TRY_AGAIN, code="http.encoding") from None

    def _too_large(self, url: httpx.URL) -> StorageError:
        return _error(f"the answer is larger than {self.rules.max_bytes:,} bytes", str(url), code="http.size")

    def _check_time(self, url: httpx.URL) -> None:
        if time.monotonic() > self.deadline:
            raise _timeout(str(url), self.rules)


_TRY_AGAIN: Final = "Check the network and try again."


def _parsed(text: str, base: httpx.URL | None = None) -> httpx.URL:
    try:
        return base.join(text) if base else httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise _error("this is not an address", text, code="http.url") from None


def _check_url(url: httpx.URL, rules: Rules) -> None:
    """Refuse an address that may not be asked, whatever its host resolves to."""
    schemes = {"https", "http"} if rules.allows_loopback else {"https"}
    if url.scheme not in schemes:
        raise _error("only https addresses are read", str(url), code="http.url")
    if url.userinfo:
        raise _error("an address with a user name or password is not read", str(url), code="http.url")
    if url.port is not None and not rules.allows_loopback:
        raise _error(f"port {url.port} is not the port of https", str(url), code="http.url")
    if url.host not in rules.hosts:
        raise _error(
            f"{url.host or 'no host'} is not one of {', '.join(sorted(rules.hosts))}", str(url), code="http.host"
        )


def _checked_addresses(url: httpx.URL, rules: Rules) -> Sequence[str]:
    """Resolve the host once; the caller connects to nothing but what is returned here."""
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        found = list(rules.resolve(url.host, port))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not a host name"
        raise _error(f"{url.host} cannot be found: {reason}", str(url), _TRY_AGAIN, code="http.unreachable") from None
    for text in found:
        if not is_public(text) and not (rules.allows_loopback and _is_loopback(text)):
            raise _error(f"{url.host} is not on the public internet", str(url), _WHY_PRIVATE, code="http.address")
    if not found:
        raise _error(f"{url.host} has no address", str(url), _TRY_AGAIN, code="http.unreachable")
    return found[:_MOST_ADDRESSES]


_WHY_PRIVATE: Final = "An address inside your own network is never asked. Is the name right, and who answers for it?"


def is_public(text: str) -> bool:
    """Whether a numeric address is one of the public internet, and so is every address that it stands for."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return all(_is_global(meant) for meant in (address, *_embedded(address)))


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _is_global(address: Address) -> bool:
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    return address.is_global and not address.is_multicast and not site_local


def _embedded(address: Address) -> Iterator[ipaddress.IPv4Address]:
    """The IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _TRANSLATED:
        yield ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _timeout(url: str, rules: Rules) -> StorageError:
    return _error(f"no answer within {rules.max_seconds:g} seconds", url, _TRY_AGAIN, code="http.timeout")


def _error(message: str, url: str, hint: str | None = None, *, code: str) -> StorageError:
    shown = "".join(letter if letter.isprintable() else "?" for letter in _CREDENTIALS.sub("//", url)[:200])
    return StorageError(f"{message}: {shown}", code=code, hint=hint)
