"""The JavaScript verifier in Node."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from worldflux.verify import elsewhere

SCRIPT: Final = Path(elsewhere.__file__).resolve().parent / elsewhere.SCRIPT
_SECONDS: Final = 120


def node() -> str:
    """The program; the test is skipped, visibly, where it is absent."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def ask(body: str, given: Any) -> Any:
    """Run the body of an async JavaScript function that sees the verifier as `V` and a JSON value as `given`."""
    program = f"""
        const V = require({json.dumps(str(SCRIPT))});
        const given = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));
        (async () => {{ {body} }})().then((answer) => process.stdout.write(JSON.stringify(answer)));
    """
    done = subprocess.run(
        [node(), "-e", program], input=json.dumps(given).encode(), capture_output=True, timeout=_SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Asked:
    """One package to verify, as `verifyPackage` is asked."""

    path: Path
    trusted: Path | None = None
    profile: str = "local"
    expect: dict[str, str] = field(default_factory=dict)


def reports(asked: Sequence[Asked]) -> list[dict[str, Any]]:
    """What the verifier reports of each, all in one process."""
    given = [
        {
            "path": str(one.path),
            "trust": str(one.trusted) if one.trusted else None,
            "profile": one.profile,
            "expect": one.expect,
        }
        for one in asked
    ]
    body = """
        const read = (path) => new Uint8Array(require("node:fs").readFileSync(path));
        const all = [];
        for (const { path, trust, profile, expect } of given) {
          try {
            const files = await V.readPackage(path);
            const parsed = trust ? V.parseTrust(read(trust), trust) : undefined;
            all.push(await V.verifyPackage({ files, profile, expect, trust: parsed }));
          } catch (error) {
            if (!(error instanceof V.GateFailure)) throw error;
            all.push(V.refusedTree(error, profile));
          }
        }
        return all;
    """
    answer: list[dict[str, Any]] = ask(body, given)
    return answer


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the script as a person does: `node worldflux-verify.js ...`."""
    return subprocess.run(
        [node(), SCRIPT, *map(str, arguments)], capture_output=True, text=True, timeout=_SECONDS, check=False
    )
