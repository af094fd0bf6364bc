"""Write ``docs/reference/sigstore-conformance.md``: run the cases of sigstore-conformance and tabulate the outcomes.

Run as ``python -m scripts.generate_conformance_page``, where the cases are at hand. The test suite runs the same cases
and compares.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.support import SHARED_DATA
from worldbase.errors import WorldError
from worldbase.tables import markdown_table
from worldflux.signing.builtin.sigstore import verify_bundle

PAGE: Final = Path(__file__).resolve().parent.parent / "docs" / "reference" / "sigstore-conformance.md"
CASES: Final = "third-party/sigstore-conformance/bundle-verify"
PUBLIC_ROOT: Final = "third-party/sigstore-python-assets/production_trusted_root.json"
SOURCE: Final = "sigstore/sigstore-conformance at a73de497, test/assets/bundle-verify"
_IDENTITY: Final = (
    "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/"
    "extremely-dangerous-oidc-beacon.yml@refs/heads/main"
)
_ISSUER: Final = "https://token.actions.githubusercontent.com"
_MUST_FAIL: Final = "_fail"
_LONGEST_REASON: Final = 110

_NO_KEYS: Final = "bundles of a bare key are not read; keys of one's own sign DSSE envelopes here"
_NO_INTOTO: Final = "entries of the older kind `intoto` are not read"
DEVIATIONS: Final = {
    "intoto-with-custom-trust-root": _NO_INTOTO,
    "trust-root-tsa-validity-end-inclusive": "the library takes the end of an authority's validity for excluded",
    "managed-key-and-trusted-root": _NO_KEYS,
}
"""Bundles that are good and refused all the same, and why."""

EARLIER: Final = {
    "bundle-with-root-cert_fail": "the entry also lacks a signed head of the log",
    "intoto-expired-certificate_fail": _NO_INTOTO,
    "intoto-log-entry-mismatch_fail": _NO_INTOTO,
    "intoto-set-outside-signing-cert-validity_fail": _NO_INTOTO,
    "intoto-tsa-timestamp-outside-cert-validity_fail": _NO_INTOTO,
    "invalid-inclusion-proof_fail": "the proof also lacks a signed head of the log",
    "managed-key-wrong-key_fail": _NO_KEYS,
    "rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail": "the reply cannot be parsed, so nobody asks whose it is",
    "rekor2-timestamp-with-incorrect-time_fail": "the base64 of its time stamp has line breaks",
}
"""Bundles that are bad and refused for something else than what the case is about."""

HEAD: Final = """\
---
hide:
  - toc
---

<!-- Written by `python -m scripts.generate_conformance_page`. Do not edit. -->

# Sigstore conformance

How `worldflux` verifies the bundles that Sigstore clients are tested with. This page is the record of one run, without
a network, with sigstore {sigstore}, cryptography {cryptography} and rfc3161-client {rfc3161}; the test suite repeats it
wherever the cases are at hand. Each case comes with its trusted root, or is read under that of the public service.

- Cases: a selection of {source}; {count} of them. A name that ends in `_fail` has to be refused, any other accepted.
- {bad} bad bundles: {refused} refused.
- {good} good bundles: {accepted} accepted. The others are refused, which is the safe side, and named below the table.
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a case; `reason` is empty where the bundle was accepted."""

    name: str
    reason: str

    @property
    def is_bad(self) -> bool:
        """Whether the bundle has to be refused."""
        return self.name.endswith(_MUST_FAIL)

    @property
    def is_as_it_must_be(self) -> bool:
        """Whether a bad bundle was refused, or a good one accepted."""
        return self.is_bad == bool(self.reason)


def main() -> None:
    """Run all cases and write the page."""
    PAGE.write_text(page(outcomes(SHARED_DATA)), encoding="utf-8")


def cases(data: Path) -> list[Path]:
    """Folders of the cases, by name."""
    return sorted(folder for folder in (data / CASES).iterdir() if folder.is_dir())


def outcomes(data: Path) -> list[Outcome]:
    """Run all cases."""
    return [outcome(folder, data) for folder in cases(data)]


def outcome(case: Path, data: Path) -> Outcome:
    """Verify the bundle of one case, in the layout that sigstore-conformance describes."""
    artifact = case / "artifact" if (case / "artifact").exists() else case.parent / "a.txt"
    root = case / "trusted_root.json" if (case / "trusted_root.json").exists() else data / PUBLIC_ROOT
    try:
        verify_bundle(
            (case / "bundle.sigstore.json").read_bytes(),
            trusted_root=root.read_bytes(),
            identity=_said(case / "identity", _IDENTITY),
            issuer=_said(case / "issuer", _ISSUER),
            sha256=hashlib.sha256(artifact.read_bytes()).digest(),
        )
    except WorldError as error:
        return Outcome(case.name, error.message.removeprefix("the Sigstore bundle is not good: "))
    return Outcome(case.name, "")


def page(results: Sequence[Outcome]) -> str:
    """The page."""
    bad = [result for result in results if result.is_bad]
    good = [result for result in results if not result.is_bad]
    head = HEAD.format(
        source=SOURCE,
        count=len(results),
        sigstore=version("sigstore"),
        cryptography=version("cryptography"),
        rfc3161=version("rfc3161-client"),
        bad=len(bad),
        refused=sum(result.is_as_it_must_be for result in bad),
        good=len(good),
        accepted=sum(result.is_as_it_must_be for result in good),
    )
    table = markdown_table(("case", "has to be", "is", "reason given"), [_cells(result) for result in results])
    return "\n".join(
        [
            head,
            table,
            _section("Good bundles that are refused", DEVIATIONS),
            _section("Bad bundles that are refused before the check that they are about", EARLIER),
            _TESTED_ELSEWHERE,
        ]
    )


_TESTED_ELSEWHERE: Final = """\
But for root certificates in a chain and bundles of a bare key, what these are about is tested with bundles of our own
making, each with exactly that part wrong, in `tests/hostile/test_sigstore.py`.
"""


def _section(title: str, cases: dict[str, str]) -> str:
    return "\n".join([f"## {title}\n", *(f"- `{name}`: {why}." for name, why in cases.items()), ""])


def _cells(result: Outcome) -> list[str]:
    reason = result.reason
    shown = reason if len(reason) <= _LONGEST_REASON else f"{reason[:_LONGEST_REASON].rstrip()}…"
    return [
        result.name,
        "refused" if result.is_bad else "accepted",
        "refused" if reason else "accepted",
        shown,
    ]


def _said(path: Path, default: str) -> str:
    return path.read_text(encoding="utf-8").strip() if path.exists() else default


if __name__ == "__main__":
    main()
