"""Write ``docs/reference/cli.md`` and ``docs/reference/worldforge-cli.md`` from the commands themselves.

Names, arguments, options, defaults and help texts are taken from click, so no page can promise an option that does
not exist. Run as ``just docs-generate``; the test suite checks that the pages are current.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from worldbase.tables import markdown_table
from worldflux.cli import cli
from worldforge.cli import cli as worldforge_cli

_FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
PAGE = _FOLDER / "cli.md"
WORLDFORGE_PAGE = _FOLDER / "worldforge-cli.md"

_HEAD = """\
<!-- Written by scripts/generate_cli_reference.py from the commands. Do not edit; run `just docs-generate`. -->

# Commands

Every command of `worldflux`, with its arguments and options. Each one also answers `--help`. In a checkout, put
`uv run` in front. What a command returns to the shell is listed under [exit codes](exit-codes.md).

Reports go to standard output; errors and progress go to standard error. Colours appear only in a terminal, and never
where `NO_COLOR` is set.

`worldforge`, the second command of this distribution, has [a page of its own](worldforge-cli.md).
"""

_WORLDFORGE_HEAD = """\
<!-- Written by scripts/generate_cli_reference.py from the commands. Do not edit; run `just docs-generate`. -->

# Commands of worldforge

Every command of `worldforge`, with its arguments and options. Each one also answers `--help`. In a checkout, put
`uv run` in front.

Reports go to standard output; errors and progress go to standard error. Colours appear only in a terminal, and never
where `NO_COLOR` is set.

| exit code | meaning |
| --- | --- |
| 0 | done, also where a preset was skipped because nothing that it needs is configured |
| 1 | the answer is no: a budget was exceeded, a law of the contract is broken, `--fail-on` was met |
| 2 | the command line asks for something that does not make sense |
| 3 | a document or an input file is not what it must be |
| 4 | something is missing or not configured, or a provider failed |
| 5 | the disk refused |
| 130 | interrupted |
"""


def main() -> None:
    """Write the pages."""
    PAGE.write_text(cli_reference(), encoding="utf-8")
    WORLDFORGE_PAGE.write_text(worldforge_reference(), encoding="utf-8")


def cli_reference() -> str:
    """Return the page of `worldflux`: one section per command, in the order in which `--help` lists them."""
    return _page(_HEAD, cli, "worldflux")


def worldforge_reference() -> str:
    """Return the page of `worldforge`, of the same form."""
    return _page(_WORLDFORGE_HEAD, worldforge_cli, "worldforge")


def _page(head: str, command: click.Group, name: str) -> str:
    root = click.Context(command, info_name=name, **command.context_settings)
    return "\n".join([head, *map(_section, _contexts(root))])


def _contexts(context: click.Context) -> Iterator[click.Context]:
    yield context
    group = context.command
    if isinstance(group, click.Group):
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            if command is not None:
                yield from _contexts(click.Context(command, parent=context, info_name=name))


def _section(context: click.Context) -> str:
    command = context.command
    parts = [
        f"## {context.command_path}\n",
        inspect.cleandoc(command.help or "") + "\n",
        f"```text\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```\n",
    ]
    if isinstance(command, click.Group):
        parts.append(_subcommands(context, command))
    options = [param for param in command.get_params(context) if isinstance(param, click.Option)]
    parts.append(_options(context, options))
    if command.epilog:
        parts.append(_epilog(command.epilog))
    return "\n".join(parts)


def _subcommands(context: click.Context, group: click.Group) -> str:
    rows = []
    for name in group.list_commands(context):
        path = f"{context.command_path} {name}"
        command = group.get_command(context, name)
        about = command.get_short_help_str(limit=200) if command else ""
        rows.append([f"[`{path}`](#{path.replace(' ', '-')})", about])
    return markdown_table(["command", "what it does"], rows)


def _options(context: click.Context, options: list[click.Option]) -> str:
    rows = [
        [
            ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts)),
            _value(context, option),
            _about(context, option),
        ]
        for option in options
    ]
    return markdown_table(["option", "value", "meaning"], rows)


def _value(context: click.Context, option: click.Option) -> str:
    if option.is_flag or option.count:
        return ""
    if isinstance(option.type, click.Choice):
        return ", ".join(f"`{choice}`" for choice in option.type.choices)
    metavar = option.make_metavar(context)
    return " or ".join(f"`{part}`" for part in metavar.split("|"))


def _about(context: click.Context, option: click.Option) -> str:
    extra = option.get_help_extra(context)
    notes = ["Required."] if "required" in extra else []
    notes += [f"Default: `{extra['default']}`."] if "default" in extra else []
    notes += ["May be repeated."] if option.multiple else []
    return " ".join([option.help or "", *notes])


def _epilog(epilog: str) -> str:
    r"""An epilog that keeps its line breaks (`\b`) is an example; any other is a sentence."""
    if not epilog.startswith("\b"):
        return f"{inspect.cleandoc(epilog)}\n"
    return f"```text\n{epilog.removeprefix(chr(8)).strip()}\n```\n"


if __name__ == "__main__":
    main()
