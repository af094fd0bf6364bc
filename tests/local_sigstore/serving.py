"""The interfaces of the local Sigstore on 127.0.0.1, as `sigstore` of Python speaks to them."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from tests.local_sigstore.certificates import Holder
from tests.local_sigstore.fulcio import Wanted
from tests.local_sigstore.rekor import entry_of_version_1, entry_of_version_2
from tests.local_sigstore.service import LocalSigstore

Answer = tuple[str, bytes]
_JSON: Final = "application/json"


class Interfaces(ThreadingHTTPServer):
    """The server.

    Attributes:
        bodies: What was sent to each path.
        broken: Answers that stand in for the right ones: status, media type and content, by path.
    """

    daemon_threads = True

    def __init__(self, sigstore: LocalSigstore) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.sigstore = sigstore
        self.bodies: dict[str, bytes] = {}
        self.broken: dict[str, tuple[int, str, bytes]] = {}
        self.paths: Final[dict[str, Callable[[bytes, str], Answer]]] = {
            "/api/v2/signingCert": self._certificate,
            "/api/v1/log/entries": self._entry_of_version_1,
            "/api/v2/log/entries": self._entry_of_version_2,
            "/timestamp": lambda body, _: ("application/timestamp-reply", sigstore.tsa.reply(body)),
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def trust_config(self) -> bytes:
        return self.sigstore.trust_config(self.url)

    def _certificate(self, body: bytes, token: str) -> Answer:
        request = x509.load_pem_x509_csr(base64.b64decode(json.loads(body)["certificateSigningRequest"]))
        claims = jwt.decode(token.removeprefix("Bearer "), options={"verify_signature": False})
        key = request.public_key()
        assert request.is_signature_valid
        assert isinstance(key, ec.EllipticCurvePublicKey)
        fulcio = self.sigstore.fulcio
        leaf = Holder(fulcio.intermediate.key, fulcio.issue(key, Wanted(claims["sub"], claims["iss"])))
        chain = {"certificates": [holder.pem for holder in (leaf, fulcio.intermediate, fulcio.root)]}
        return _JSON, json.dumps({"signedCertificateEmbeddedSct": {"chain": chain}}).encode()

    def _entry_of_version_1(self, body: bytes, _: str) -> Answer:
        proposed = json.loads(body)["spec"]["proposedContent"]
        entry = self.sigstore.rekor.entry(entry_of_version_1(proposed["envelope"], proposed["verifiers"]))
        return _JSON, json.dumps({"0" * 64: _as_version_1_says_it(entry)}).encode()

    def _entry_of_version_2(self, body: bytes, _: str) -> Answer:
        request = json.loads(body)["hashedRekordRequestV002"]
        entry = self.sigstore.rekor.entry(entry_of_version_2(request["digest"], request["signature"]))
        return _JSON, json.dumps(entry).encode()


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Interfaces)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path = self.path.rstrip("/")
        self.server.bodies[path] = body
        if path in self.server.broken:
            self._answer(*self.server.broken[path])
        elif path in self.server.paths:
            self._answer(201, *self.server.paths[path](body, self.headers.get("Authorization", "")))
        else:
            self._answer(404, _JSON, b"{}")

    def _answer(self, status: int, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _as_version_1_says_it(entry: dict[str, Any]) -> dict[str, Any]:
    """The same entry with numbers for texts and hexadecimal for base64."""
    proof = entry["inclusionProof"]
    return {
        "body": entry["canonicalizedBody"],
        "integratedTime": int(entry["integratedTime"]),
        "logID": _hex(entry["logId"]["keyId"]),
        "logIndex": int(entry["logIndex"]),
        "verification": {
            "signedEntryTimestamp": entry["inclusionPromise"]["signedEntryTimestamp"],
            "inclusionProof": {
                "logIndex": int(proof["logIndex"]),
                "treeSize": int(proof["treeSize"]),
                "rootHash": _hex(proof["rootHash"]),
                "hashes": [_hex(sibling) for sibling in proof["hashes"]],
                "checkpoint": proof["checkpoint"]["envelope"],
            },
        },
    }


def _hex(text: str) -> str:
    return base64.b64decode(text, validate=True).hex()


@contextmanager
def serving(sigstore: LocalSigstore) -> Iterator[Interfaces]:
    """Answer on 127.0.0.1; a test that uses it carries `tests.loopback.local_server`."""
    server = Interfaces(sigstore)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
