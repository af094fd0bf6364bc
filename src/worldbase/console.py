"""The shared manners of both command lines.

Commands are listed in a static table and loaded when called, so `--help` imports none of them. A `WorldError` becomes
one block on stderr and its exit code. Reports go to stdout, everything else to stderr.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from typing import IO, TYPE_CHECKING, Any, Final, NoReturn, TypeVar

import click

from worldbase.errors import EnvironmentMissingError, StorageError, WorldError

if TYPE_CHECKING:
    from rich.progress import TaskID

F = TypeVar("F", bound=Callable[..., Any])

FORMATS: Final = ("text", "json", "markdown")

_FULL: Final = frozenset([errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO])


class LazyGroup(click.Group):
    """A group that knows its commands' names and one-line helps, and imports a command only to run it.

    Args:
        table: Command name -> (one-line help, `module:attribute`).
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the table: the order in which a newcomer meets them."""
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of this name."""
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name][1].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command where there is none of that name."""
        name = args[0] if args else ""
        if name and not name.startswith("-") and name not in self._table:
            import difflib

            nearest = difflib.get_close_matches(name, self._table, n=1, cutoff=0.5)
            advice = f" Did you mean {nearest[0]!r}?" if nearest else ""
            ctx.fail(f"No such command {name!r}.{advice}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table alone."""
        rows = [(name, help_text) for name, (help_text, _) in self._table.items()]
        if rows:
            with formatter.section("Commands"):
                formatter.write_dl(rows)


def run(command: click.Command, name: str) -> NoReturn:
    """Run a command line and leave the process with the right code."""
    _open_closed_streams()
    stdout = sys.stdout
    try:
        _require_directory()
        code = command.main(prog_name=name, standalone_mode=False, color=_colour())
        sys.stdout.flush()
        sys.exit(code if isinstance(code, int) else 0)
    except WorldError as error:
        report_error(error)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted; nothing was left half done.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        _leave_quietly(stdout)
    except OSError as error:
        if error.errno not in _FULL:
            raise
        _leave_unprinted(stdout, error)
    except SystemExit:
        # click answers a closed pipe by wrapping stdout and leaving with 1, which here would mean "the answer is no".
        if sys.stdout is stdout:
            raise
        _leave_quietly(stdout)


def _require_directory() -> None:
    """A shell can stand in a folder that was removed; every relative path would end in a traceback there."""
    try:
        os.getcwd()  # noqa: PTH109 - the same as Path.cwd, without making a Path
    except OSError:
        raise EnvironmentMissingError(
            "the current directory is gone",
            code="environment.no_directory",
            hint="Change to a folder that exists.",
        ) from None


def _colour() -> bool | None:
    """Never where `NO_COLOR` is set (https://no-color.org); otherwise as the terminal allows."""
    return False if os.environ.get("NO_COLOR") else None


def _open_closed_streams() -> None:
    """Whoever closed stdout or stderr (`>&-`) wants nothing from it; a file opened later must not get its number."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w" if number else "r"))  # noqa: PTH123, SIM115 - until the end


def _leave_quietly(stdout: IO[str], code: int = 0) -> NoReturn:
    # The reader (`| head`) has gone: point stdout at nothing, or Python complains again while exiting.
    os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())
    sys.exit(code)


def _leave_unprinted(stdout: IO[str], error: OSError) -> NoReturn:
    full = StorageError(
        f"what this prints cannot be written: {error.strerror or error}",
        code="file.unwritable",
        hint="Check the free space where stdout leads.",
    )
    report_error(full)
    _leave_quietly(stdout, full.exit_code)


@contextmanager
def foreign_output() -> Iterator[None]:
    """Send what foreign code prints to stderr: stdout is for the report, and a program may be reading it.

    Python's `print`, a library that writes to the file descriptor, and processes that it starts: all of them.
    """
    stdout = sys.stdout
    stdout.flush()
    try:
        number, other = stdout.fileno(), sys.stderr.fileno()
    except (OSError, ValueError):  # a stream of a test or of a notebook has none
        with redirect_stdout(sys.stderr):
            yield
        return
    kept = os.dup(number)
    os.dup2(other, number)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        stdout.flush()
        os.dup2(kept, number)
        os.close(kept)


def report_error(error: WorldError) -> None:
    """Print an error as one block: what, where, each problem, what to do."""
    from worldbase.tables import visible

    place = f"\n  in: {visible(str(error.where))}" if error.where and str(error.where) else ""
    lines = [click.style("error", fg="red", bold=True) + f": {_visible_lines(error.message)}  [{error.code}]{place}"]
    if len(error.problems) > 1 or (error.problems and str(error.problems[0].message) != error.message):
        lines += [f"  - {visible(str(problem))}" for problem in error.problems]
    if error.hint:
        lines.append(f"  {click.style('next', bold=True)}: {_visible_lines(error.hint)}")
    click.echo("\n".join(lines), err=True, color=_colour())


def _visible_lines(text: str) -> str:
    from worldbase.tables import visible

    return "\n".join(visible(line) if line else "" for line in text.split("\n"))


def format_option(function: F) -> F:
    """Add `--format text|json|markdown` to a reporting command."""
    return click.option(
        "--format",
        "output_format",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="How to print the report.",
    )(function)


def echo_completion(context: click.Context, shell: str) -> None:
    """Print the script that teaches a shell to complete the program that this context belongs to."""
    from click.shell_completion import get_completion_class

    root = context.find_root()
    name = str(root.info_name)
    kind = get_completion_class(shell)
    if kind is None:  # the caller's choices are shells that click knows
        raise click.UsageError(f"no completion for {shell}")
    click.echo(kind(root.command, {}, name, f"_{name.upper()}_COMPLETE").source())


def quiet_option(function: F) -> F:
    """Add `--quiet`: no progress and no summary, only errors."""
    return click.option("--quiet", "-q", is_flag=True, help="Print nothing but errors.")(function)


class Progress:
    """Where long work reports how far it is. This one shows nothing."""

    def advance(self, amount: int) -> None:
        """Say that `amount` more units are done."""


class _BarProgress(Progress):
    def __init__(self, advance: Callable[[int], None]) -> None:
        self._advance = advance

    def advance(self, amount: int) -> None:
        self._advance(amount)


@contextmanager
def progress(
    label: str, total: int, *, worth_showing: bool, stream: IO[str] | None = None, in_background: bool = True
) -> Iterator[Progress]:
    """Show a progress bar on stderr while the block runs.

    Args:
        label: What is being done.
        total: Units of the whole work.
        worth_showing: Whether the work is likely to take more than a second; short work shows no bar and does
            not load the library that draws it.
        stream: Where to draw; stderr where not given.
        in_background: Whether a thread redraws the bar; else it is drawn by whoever says that work is done.
    """
    stream = stream or sys.stderr
    if not worth_showing or not stream.isatty():
        yield Progress()
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    console = Console(file=stream)
    with RichProgress(*columns, console=console, transient=True, auto_refresh=in_background) as bar:
        task: TaskID = bar.add_task(label, total=total)
        yield _BarProgress(lambda amount: bar.update(task, advance=amount, refresh=not in_background))


def echo_report(
    output_format: str, value: Any, *, text: Callable[[], str], markdown: Callable[[], str] | None = None
) -> None:
    """Print a report to stdout in the format that was asked for.

    Args:
        output_format: One of `FORMATS`.
        value: What `--format json` prints: a Struct or a JSON value.
        text: Makes the text form, which may hold colours.
        markdown: Makes the Markdown form; the text form in a code block where not given.
    """
    if output_format == "json":
        from worldbase.document import dump

        click.echo(_printable_json(dump(value).decode()), nl=False)
    elif output_format == "markdown":
        click.echo(markdown() if markdown else _fenced(click.unstyle(text())), nl=markdown is None)
    else:
        click.echo(text(), nl=False)


def _fenced(text: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}\n{text}{fence}"


def _printable_json(text: str) -> str:
    r"""Write whatever is invisible in JSON as `\uXXXX`: the same value, and nothing that moves a cursor."""
    if text.isascii() and "\x7f" not in text:
        return text
    from worldbase.tables import is_invisible

    return "".join(
        re.sub("....", r"\\u\g<0>", character.encode("utf-16-be").hex())
        if character != "\n" and is_invisible(character)
        else character
        for character in text
    )
