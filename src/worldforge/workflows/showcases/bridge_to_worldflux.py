"""From a kept run to an evidence package. worldforge knows nothing of worldflux but its command."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from worldbase.redact import redact_text
from worldforge.forge.facade import WorldForge
from worldforge.workflows.showcases.shelf import BOUNDARY, shelf_suite
from worldforge.workflows.showcases.stage import Ending, Stage

_PROGRAM: Final = "worldflux"
_SECONDS: Final = 120


def play(stage: Stage) -> Ending:
    """Keep an evaluation, and hand it on to `worldflux` where that is installed."""
    suite = shelf_suite()
    _, folder = stage.evaluate_and_keep(suite, ["mock"], WorldForge())
    stage.step(
        "Keep a run",
        f"runs/{folder.name} holds what an auditor needs: the report with every trial, and the manifest with digests.",
    )
    output = f"evidence-{stage.run.run_id}"
    commands = _commands(
        f"runs/{folder.name}", [f"{suite.suite_id}/{scenario.name}" for scenario in suite.scenarios], output
    )
    for command in commands:
        stage.then(shlex.join(command))
    program = _program()
    if program is None:
        stage.step("Audit it", f"{_PROGRAM} is not installed here: type the commands below where it is.")
        return _ended(verdict=None)
    said = [_asked(program, command, stage.folder) for command in commands]
    failed = next((outcome for outcome in said if outcome.returncode), None)
    verdict = said[-1].stdout.partition("  ")[0] if failed is None else None
    stage.step("Audit it", _told(verdict, failed))
    stage.keep("worldflux", "logs/worldflux.txt", "".join(redact_text(outcome.stdout) for outcome in said))
    return _ended(verdict)


def _commands(run: str, tasks: Sequence[str], output: str) -> list[list[str]]:
    claim = f"claim-{output.removeprefix('evidence-')}"
    listed = ", ".join(f'"{task}"' for task in tasks)
    settings = (
        f"protocol.benchmark.task_list=[{listed}]",
        "protocol.execution.episodes_per_task=1",
        "protocol.evaluator.name=worldforge",
    )
    return [
        [
            *(_PROGRAM, "claim", "create", "--template", "generic", "--output", claim, "--quiet"),
            *(part for setting in settings for part in ("--set", setting)),
        ],
        [
            *(_PROGRAM, "audit", "run", "worldforge", "--from", run),
            *("--claim", f"{claim}/claim.json", "--protocol", f"{claim}/protocol.json", "--output", output),
        ],
    ]


def _program() -> str | None:
    """The command of this environment, or else that of the shell."""
    beside = Path(sys.executable).with_name(_PROGRAM)
    return str(beside) if beside.is_file() else shutil.which(_PROGRAM)


def _asked(program: str, command: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - our own command, with our own arguments
            [program, *command[1:]], cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(list(command), 1, "", f"{type(error).__name__}")


def _told(verdict: str | None, failed: subprocess.CompletedProcess[str] | None) -> str:
    if failed is not None:
        return f"{_PROGRAM} left with {failed.returncode}: {redact_text(failed.stderr.strip())[:300]}"
    return (
        f"The verdict is {verdict}. Contract scores are no successes, whatever the claim says: a claim about a success "
        "rate cannot be tested by them. Trials that a suite declares to be episodes of a simulated task can be; see "
        "examples/reach/suite.py."
    )


def _ended(verdict: str | None) -> Ending:
    told = "was not asked" if verdict is None else f"says: {verdict}"
    return Ending(summary=f"A run was kept; {_PROGRAM} {told}.", claim_boundary=BOUNDARY, signals={"verdict": verdict})
