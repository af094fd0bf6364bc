"""A profile in the user's editor: again and again until it is one, or until nothing more is saved."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from worldbase import files
from worldbase.console import report_error
from worldbase.errors import InputError, UsageError
from worldflux.documents.profile import EvalProfile
from worldflux.portfolio import profile_drafting, profile_text
from worldflux.portfolio.profile_drafting import Given

_EDITED = "the edited text"


def edited(known: Given, output: Path) -> EvalProfile:
    """The profile that a person makes of what is known so far.

    Raises:
        UsageError: `profile.no_terminal`, `profile.not_saved`; `profile.not_finished` when the person gives up, with
            the text kept beside `output`.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "there is no terminal for an editor",
            code="profile.no_terminal",
            hint="Call it from a terminal, or give the fields by flags or in a file (--from).",
        )
    # The text has a place for every field that a profile has, and for no other.
    profile_drafting.refuse(list(profile_drafting.unknown_fields(known)))
    # A character that UTF-8 cannot carry is shown as its escape, which the reading refuses.
    return _until_it_is_one(profile_text.template(known.value).encode("utf-8", "backslashreplace"), output)


def _until_it_is_one(text: bytes, output: Path) -> EvalProfile:
    while (saved := click.edit(text, extension=".toml")) is not None:
        try:
            return profile_drafting.drafted(profile_text.parse(saved, file=_EDITED))
        except InputError as error:
            text = profile_text.with_problems(saved, error)
            report_error(error)
            if not _goes_on():
                raise _kept(output, text) from None
    if text.startswith(profile_text.TROUBLE):
        raise _kept(output, text)
    raise UsageError(
        "nothing was saved in the editor",
        code="profile.not_saved",
        hint="Save the text before you leave the editor; nothing was written.",
    )


def _goes_on() -> bool:
    try:
        return click.confirm("Open the editor again?", default=True, err=True)
    except click.Abort:
        return False


def _kept(output: Path, text: bytes) -> UsageError:
    """Say that there is no profile yet, with what was typed kept in a file to go on with."""
    draft = output.with_name(f"{output.name}.draft.toml")
    files.write_atomic(draft, text, mode=0o600)
    return UsageError(
        "there is no profile yet",
        code="profile.not_finished",
        hint=f"What you wrote is in {draft}; go on with `--from {draft} --edit`.",
    )
