"""The `worldflux` command. One file per command; each is imported only when it is called."""

from __future__ import annotations

import os
from typing import NoReturn

import click

from worldbase import __version__
from worldbase.console import LazyGroup, run

_COMMANDS = {
    "demo": ("Audit bundled real runs: one claim holds, one falls.", "worldflux.cli.demo:demo"),
    "claim": ("Write, check and bind claims and their protocols.", "worldflux.cli.claim:claim"),
    "audit": ("Turn evaluation output into an evidence package.", "worldflux.cli.audit:audit"),
    "source": ("List the evaluators whose output can be read; print trial sheets.", "worldflux.cli.source:source"),
    "benchmarks": ("Show what is known about benchmarks.", "worldflux.cli.benchmarks:benchmarks"),
    "bridge": ("Make an audit input of results that are no success.", "worldflux.cli.bridge:bridge"),
    "record": ("Run an evaluation and record what its output will lack.", "worldflux.cli.record:record"),
    "evidence": ("Read and compare evidence packages.", "worldflux.cli.evidence:evidence"),
    "key": ("Make and keep the keys that you sign with.", "worldflux.cli.key:key"),
    "trust": ("Say whose signatures count.", "worldflux.cli.trust:trust"),
    "eval-profile": (
        "Describe what is to be evaluated, before any score.",
        "worldflux.cli.eval_profile:eval_profile",
    ),
    "eval-portfolio": (
        "Plan an evaluation before its scores; account for every episode.",
        "worldflux.cli.eval_portfolio:eval_portfolio",
    ),
    "plan-log": ("Keep plans and attempts in an append-only log.", "worldflux.cli.plan_log:plan_log"),
    "power": ("Say how many episodes a claim needs.", "worldflux.cli.power:power"),
    "compare": ("Compare success rates: 17/20 against 14/20.", "worldflux.cli.compare:compare"),
    "explain": ("Say what a code means and what to do about it.", "worldflux.cli.explain:explain"),
    "stats": ("Check our statistics against reference values.", "worldflux.cli.stats:stats"),
    "schema": ("Show the JSON Schemas of all documents.", "worldflux.cli.schema:schema"),
    "doctor": ("Say what is installed and what is missing.", "worldflux.cli.doctor:doctor"),
    "completion": ("Print the completion script of a shell.", "worldflux.cli.completion:completion"),
}


@click.group(
    cls=LazyGroup,
    table=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with `worldflux demo`, then `worldflux claim create --template lerobot-libero --output claim_pkg/`.",
)
@click.version_option(__version__, prog_name="worldflux")
def cli() -> None:
    """Judge robot-policy evaluations by evidence.

    Takes evaluation output that already exists, a claim and a protocol; recounts the episodes, decides the claim,
    and writes a package that a stranger can read and recount.
    """


def main() -> NoReturn:
    """Entry point of the `worldflux` command."""
    # No command multiplies large matrices; a pool of threads for that only makes numpy slower to load.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    run(cli, "worldflux")
