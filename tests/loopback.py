"""A server on this machine for tests of what reads from the internet."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from worldbase import http

local_server = pytest.mark.allow_hosts(["127.0.0.1"])


class Site(ThreadingHTTPServer):
    """A server on this machine that answers with what a test puts into `pages`, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str]] = []
        self.posted: list[tuple[str, bytes]] = []
        self.slow = 0.0

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.server_port}{path}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert isinstance(self.server, Site)
        self.server.asked.append((self.headers["Host"], self.path))
        self._answer(self.server)

    def do_POST(self) -> None:
        assert isinstance(self.server, Site)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append((self.headers["Content-Type"], body))
        self._answer(self.server)

    def _answer(self, server: Site) -> None:
        status, headers, body = server.pages.get(self.path, (404, {"Content-Type": "text/html"}, b""))
        time.sleep(server.slow)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served() -> Iterator[Site]:
    site = Site()
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.shutdown()
        thread.join()
        site.server_close()


def local(*, max_bytes: int = 1000, max_seconds: float = 5, hosts: Sequence[str] = ("127.0.0.1",)) -> http.Fetcher:
    return http.Fetcher(
        http.Rules(
            frozenset(hosts),
            max_bytes=max_bytes,
            max_seconds=max_seconds,
            allows_loopback=True,
            resolve=lambda host, port: ["127.0.0.1"],
        )
    )
