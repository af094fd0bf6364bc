"""Reading from the internet, and never from anywhere else."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Callable, Iterator, Sequence

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.loopback import Site, local, local_server, served
from worldbase import http
from worldbase.errors import StorageError

PUBLIC = "93.184.216.34"
HTML = frozenset(["text/html"])


@pytest.fixture
def site() -> Iterator[Site]:
    with served() as site:
        yield site


def refusal(fetch: Callable[[], object]) -> StorageError:
    with pytest.raises(StorageError) as caught:
        fetch()
    assert caught.value.exit_code == 5
    return caught.value


@local_server
def test_a_page_is_read(site: Site) -> None:
    site.pages["/a"] = (200, {"Content-Type": "text/html; charset=utf-8"}, b"hello")
    reply = local().get(site.url("/a"), content_types=HTML)
    assert reply == http.Reply(site.url("/a"), "text/html", b"hello")


@local_server
def test_the_connection_goes_to_the_address_that_was_checked(site: Site) -> None:
    """The name exists nowhere: had the library resolved it again, it would have found nothing."""
    site.pages["/a"] = (200, {"Content-Type": "text/html"}, b"hello")
    local(hosts=["paper.test"]).get(site.url("/a", "paper.test"), content_types=HTML)
    assert site.asked == [(f"paper.test:{site.server_port}", "/a")]


@local_server
def test_redirects_are_followed_by_the_same_rules(site: Site) -> None:
    site.pages["/a"] = (302, {"Location": "/b"}, b"")
    site.pages["/b"] = (200, {"Content-Type": "text/html"}, b"there")
    site.pages["/away"] = (302, {"Location": "https://other.test/x"}, b"")
    site.pages["/file"] = (302, {"Location": "file:///etc/hostname"}, b"")
    assert local().get(site.url("/a"), content_types=HTML).url == site.url("/b")
    assert refusal(lambda: local().get(site.url("/away"), content_types=HTML)).code == "http.host"
    assert refusal(lambda: local().get(site.url("/file"), content_types=HTML)).code == "http.url"


@local_server
def test_a_circle_of_redirects_ends(site: Site) -> None:
    site.pages["/a"] = (301, {"Location": "/a"}, b"")
    assert refusal(lambda: local().get(site.url("/a"), content_types=HTML)).code == "http.redirects"
    assert len(site.asked) == 6


@local_server
@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        ({"Content-Type": "text/html"}, bytes(1001), "http.size"),
        (
            {"Content-Type": "text/html", "Content-Encoding": "gzip"},
            gzip.compress(bytes(100_000), mtime=0),
            "http.size",
        ),
        (
            {"Content-Type": "text/html", "Content-Encoding": "gzip"},
            gzip.compress(b"abc", mtime=0)[:-4],
            "http.encoding",
        ),
        ({"Content-Type": "text/html", "Content-Encoding": "br"}, b"abc", "http.encoding"),
        ({"Content-Type": "image/png"}, b"abc", "http.content_type"),
        ({}, b"abc", "http.content_type"),
        ({"Content-Type": "text/html", "Content-Length": "10"}, b"abc", "http.unreachable"),
    ],
)
def test_an_answer_that_is_not_what_was_asked_for(site: Site, headers: dict[str, str], body: bytes, code: str) -> None:
    site.pages["/a"] = (200, headers, body)
    assert refusal(lambda: local().get(site.url("/a"), content_types=HTML)).code == code


@local_server
def test_compressed_content_is_inflated(site: Site) -> None:
    site.pages["/a"] = (200, {"Content-Type": "text/html", "Content-Encoding": "x-gzip"}, gzip.compress(b"x" * 1000))
    assert local().get(site.url("/a"), content_types=HTML).body == b"x" * 1000


@local_server
def test_other_answers_than_200(site: Site) -> None:
    site.pages["/busy"] = (429, {"Content-Type": "text/html"}, b"")
    missing = refusal(lambda: local().get(site.url("/none"), content_types=HTML))
    busy = refusal(lambda: local().get(site.url("/busy"), content_types=HTML))
    assert (missing.code, busy.code) == ("http.status", "http.status")
    assert "404" in missing.message
    assert "Wait" in (busy.hint or "")


@local_server
def test_a_server_that_does_not_answer_is_left(site: Site) -> None:
    site.slow = 0.5
    assert refusal(lambda: local(max_seconds=0.1).get(site.url("/a"), content_types=HTML)).code == "http.timeout"


@local_server
def test_something_is_posted(site: Site) -> None:
    site.pages["/a"] = (201, {"Content-Type": "text/html"}, b"thanks")
    reply = local().post(site.url("/a"), http.Posted("text/plain", b"hello"), content_types=HTML)
    assert reply.body == b"thanks"
    assert site.posted == [("text/plain", b"hello")]
    assert site.asked == []


@local_server
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((307, {"Location": "/b"}, b""), "http.redirects"),
        ((303, {"Location": "/b"}, b""), "http.redirects"),
        ((400, {"Content-Type": "text/html"}, b"no"), "http.status"),
        ((200, {"Content-Type": "text/css"}, b"no"), "http.content_type"),
        ((200, {"Content-Type": "text/html"}, b"x" * 1001), "http.size"),
    ],
)
def test_what_is_posted_is_sent_once(site: Site, answer: tuple[int, dict[str, str], bytes], code: str) -> None:
    site.pages["/a"] = answer
    posted = http.Posted("text/plain", b"hello")
    assert refusal(lambda: local().post(site.url("/a"), posted, content_types=HTML)).code == code
    assert site.posted == [("text/plain", b"hello")]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://paper.test/a", "http.url"),
        ("https://other.test/a", "http.host"),
        ("https://me:secret@paper.test/a", "http.url"),
        ("https://paper.test/a", "http.address"),
    ],
)
def test_nothing_is_posted_where_nothing_may_be_read(url: str, code: str) -> None:
    fetcher = http.Fetcher(http.Rules(frozenset(["paper.test"]), resolve=lambda host, port: ["10.0.0.1"]))
    error = refusal(lambda: fetcher.post(url, http.Posted("text/plain", b"hello"), content_types=HTML))
    assert error.code == code
    assert "secret" not in str(error)


@local_server
def test_nobody_at_the_address() -> None:
    with served() as site:
        url = site.url("/a")
    assert refusal(lambda: local().get(url, content_types=HTML)).code == "http.unreachable"


def asked_of(addresses: Sequence[str], url: str, monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """What a fetch from the public internet would send, where the name resolves to some addresses."""
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        if request.url.host == "93.184.216.35":
            raise httpx.ConnectError("nobody", request=request)
        return httpx.Response(200, headers={"Content-Type": "text/html"}, stream=httpx.ByteStream(b"x"))

    monkeypatch.setattr(http, "_client", lambda rules: httpx.Client(transport=httpx.MockTransport(answer)))
    rules = http.Rules(frozenset(["paper.test"]), resolve=lambda host, port: addresses)
    http.Fetcher(rules).get(url, content_types=HTML)
    return sent


def test_the_certificate_must_be_that_of_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    (request,) = asked_of([PUBLIC], "https://paper.test/a", monkeypatch)
    assert request.url.host == PUBLIC
    assert request.headers["Host"] == "paper.test"
    assert request.extensions["sni_hostname"] == "paper.test"


def test_certificates_are_checked_and_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    client = http._client(http.Rules(frozenset()))
    pool = client._transport._pool  # type: ignore[attr-defined]
    context: ssl.SSLContext = pool._ssl_context
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert not client.trust_env
    assert not client.follow_redirects
    assert client._mounts == {}
    client.close()


def test_the_next_address_is_tried_where_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = asked_of(["93.184.216.35", PUBLIC], "https://paper.test/a", monkeypatch)
    assert [request.url.host for request in sent] == ["93.184.216.35", PUBLIC]


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://paper.test/a", "http.url"),
        ("file:///etc/passwd", "http.url"),
        ("https://user:secret@paper.test/a", "http.url"),
        ("https://paper.test:8443/a", "http.url"),
        ("https://paper.test.evil.test/a", "http.host"),
        ("https://sub.paper.test/a", "http.host"),
        ("https://paper.test./a", "http.host"),
        ("https://127.0.0.1/a", "http.host"),
        ("https://[::1]/a", "http.host"),
        ("https://2130706433/a", "http.host"),
        ("https:///a", "http.host"),
        ("https://paper.test\n/a", "http.url"),
        ("https://[", "http.host"),
        ("nonsense", "http.url"),
        ("", "http.url"),
    ],
)
def test_addresses_that_are_never_asked(url: str, code: str) -> None:
    rules = http.Rules(frozenset(["paper.test"]), resolve=lambda host, port: pytest.fail("it was resolved"))
    error = refusal(lambda: http.Fetcher(rules).get(url, content_types=HTML))
    assert error.code == code
    assert "secret" not in str(error)


PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2001::1",
    "not an address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_one_address_inside_the_network_is_enough_to_refuse(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "_client", lambda rules: _Never())
    rules = http.Rules(frozenset(["paper.test"]), resolve=lambda host, port: [PUBLIC, address])
    assert refusal(lambda: http.Fetcher(rules).get("https://paper.test/", content_types=HTML)).code == "http.address"


class _Never:
    """A client that nothing may be sent with."""

    def __enter__(self) -> _Never:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_public_addresses(address: str) -> None:
    assert http.is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_as_public_as_the_one_it_stands_for(address: object) -> None:
    assert http.is_public(f"::ffff:{address}") <= http.is_public(str(address))
    assert http.is_public(f"64:ff9b::{address}") == http.is_public(str(address))


@given(st.text(max_size=60))
def test_no_text_is_fetched_but_an_allowed_address(text: str) -> None:
    rules = http.Rules(frozenset(["paper.test"]), resolve=lambda host, port: [])
    assert refusal(lambda: http.Fetcher(rules).get(text, content_types=HTML)).code.startswith("http.")


def test_a_name_that_does_not_resolve() -> None:
    def resolve(host: str, port: int) -> list[str]:
        raise OSError(-2, "Name or service not known")

    rules = http.Rules(frozenset(["paper.test"]), resolve=resolve)
    error = refusal(lambda: http.Fetcher(rules).get("https://paper.test/", content_types=HTML))
    assert error.code == "http.unreachable"
    assert "cannot be found" in error.message
