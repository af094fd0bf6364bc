"""Packages that are audited and signed by the project itself, with keys that tests know."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any, Final

from tests.tampering import AUTHOR_KEY, TestKey, trust_file
from tests.worldflux.auditing import Bench, bench
from tests.worldflux.results import layout_b, write
from worldbase.console import Progress
from worldflux.documents.verification import VerificationReport
from worldflux.signing.builtin.self_sign import SelfSigner
from worldflux.signing.keys import PrivateKey
from worldflux.signing.trust_reading import load_policy
from worldflux.verify.contents import ShowProgress, check
from worldflux.verify.rollback import Expectations, expectations_of
from worldflux.verify.run import VerifyRequest, verify
from worldflux.verify.sign import Signed, sign, statements_of
from worldflux.verify.trusted import Trustees

TASKS: Final = ("kitchen/0", "kitchen/1")
"""Tasks of the small packages: two of one group."""


def quiet(label: str, total: int, size: int) -> contextlib.nullcontext[Progress]:
    """No progress."""
    return contextlib.nullcontext(Progress())


_QUIET: ShowProgress = quiet


def signer(key: TestKey) -> SelfSigner:
    """The project's signer with a test key."""
    return SelfSigner(PrivateKey.of(key.private))


def signed(folder: Path, key: TestKey = AUTHOR_KEY) -> Signed:
    """Check and sign a package as `worldflux audit sign` does."""
    checked = check(folder, _QUIET)
    return sign(checked, signer(key), statements=statements_of(checked), stamp=None)


def verified(
    path: Path, *, trusted: Path | None = None, profile: str = "local", expect: tuple[str, ...] = ()
) -> VerificationReport:
    """Verify as `worldflux audit verify --no-state` does for somebody who has no keys of their own."""
    policy = load_policy(trusted, None, state=False) if trusted else None
    expectations = expectations_of(expect) if expect else Expectations()
    request = VerifyRequest(
        path,
        Trustees(policy, explicit=policy is not None),
        profile="share" if profile == "share" else "local",
        expectations=expectations,
    )
    return verify(request, _QUIET).report


def small_package(folder: Path, **settings: Any) -> tuple[Bench, Path]:
    """A plan of two tasks with twenty episodes each, audited: 38 of 40 succeed."""
    place = bench(folder, tasks=TASKS, episodes=20, **settings)
    place.audit(run_of(folder, 20, 18))
    return place, place.output


def run_of(folder: Path, first: int, second: int, *, episodes: int = 20) -> Path:
    """What LeRobot wrote of the two tasks: so many successes of each, and then failures."""
    outcomes = {
        ("kitchen", task): [index < successes for index in range(episodes)]
        for task, successes in ((0, first), (1, second))
    }
    return write(folder / "eval_info.json", layout_b(outcomes))


def trust_author(folder: Path, *keys: TestKey) -> Path:
    """A trust file that names these keys."""
    path = folder / "trusted.json"
    path.write_bytes(trust_file(*(key.trusted() for key in keys or (AUTHOR_KEY,))))
    return path
