"""The manners of the command lines: lazy commands, one block per error, the right exit code."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from worldbase import console
from worldbase.console import LazyGroup
from worldbase.errors import (
    AnswerIsNoError,
    EnvironmentMissingError,
    InputError,
    Problem,
    StorageError,
    UsageError,
    Where,
    WorldError,
)

Leave = Callable[..., int | str | None]


@pytest.fixture
def group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LazyGroup:
    """Two commands: one that works, one that cannot be imported."""
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "console_working.py").write_text(
        "import click\n\n@click.command()\ndef command():\n    click.echo('worked')\n", encoding="utf-8"
    )
    monkeypatch.delitem(sys.modules, "console_working", raising=False)
    return LazyGroup(
        "tool",
        table={
            "work": ("Do the work.", "console_working:command"),
            "audit": ("Cannot be imported.", "console_that_nobody_has:command"),
        },
    )


@pytest.fixture
def leave(monkeypatch: pytest.MonkeyPatch) -> Leave:
    """Run a command and return the exit code."""

    def run(command: click.Command, *arguments: str) -> int | str | None:
        monkeypatch.setattr("sys.argv", ["tool", *arguments])
        with pytest.raises(SystemExit) as left:
            console.run(command, "tool")
        return left.value.code

    return run


def raising(error: BaseException) -> click.Command:
    @click.command()
    def command() -> None:
        raise error

    return command


class TestLazyGroup:
    def test_help_lists_the_table_in_its_order_and_imports_nothing(
        self, group: LazyGroup, leave: Leave, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leave(group, "--help") == 0
        listed = capsys.readouterr().out
        assert listed.index("work   Do the work.") < listed.index("audit  Cannot be imported.")
        assert "console_working" not in sys.modules

    def test_a_command_is_imported_when_it_is_called(
        self, group: LazyGroup, leave: Leave, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leave(group, "work") == 0
        assert capsys.readouterr().out == "worked\n"

    def test_an_unknown_command_is_answered_with_the_nearest(
        self, group: LazyGroup, leave: Leave, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leave(group, "wrok") == 2
        assert "No such command 'wrok'. Did you mean 'work'?" in capsys.readouterr().err

    def test_a_command_like_no_other_gets_no_suggestion(
        self, group: LazyGroup, leave: Leave, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leave(group, "zzz") == 2
        assert "Did you mean" not in capsys.readouterr().err

    def test_an_unknown_option_is_a_usage_error(
        self, group: LazyGroup, leave: Leave, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leave(group, "--zzz") == 2
        assert "No such option" in capsys.readouterr().err


class TestLeaving:
    @pytest.mark.parametrize(
        ("kind", "code"),
        [
            (AnswerIsNoError, 1),
            (UsageError, 2),
            (InputError, 3),
            (EnvironmentMissingError, 4),
            (StorageError, 5),
        ],
    )
    def test_an_error_leaves_with_its_code_and_no_traceback(
        self, kind: type[WorldError], code: int, leave: Leave, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leave(raising(kind("it went wrong", code="x.y", hint="Try again."))) == code
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err == "error: it went wrong  [x.y]\n  next: Try again.\n"

    def test_an_error_can_carry_its_own_code(self, leave: Leave) -> None:
        error = AnswerIsNoError("a gate failed", code="verify.gate")
        error.exit_code = 14
        assert leave(raising(error)) == 14

    @pytest.mark.parametrize(("returned", "code"), [(None, 0), ("text", 0), (3, 3)])
    def test_a_command_may_return_its_code(self, returned: Any, code: int, leave: Leave) -> None:
        assert leave(click.Command("c", callback=lambda: returned)) == code

    def test_a_command_may_leave_by_itself(self, leave: Leave) -> None:
        assert leave(raising(SystemExit(4))) == 4

    def test_what_click_refuses_is_a_usage_error(self, leave: Leave) -> None:
        assert leave(raising(click.FileError("a.json", "no such file"))) == 2

    @pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort()], ids=["Ctrl-C", "abort"])
    def test_an_interruption_leaves_with_130(
        self, error: BaseException, leave: Leave, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert leave(raising(error)) == 130
        assert "Interrupted" in capsys.readouterr().err

    @pytest.mark.parametrize("lines", [1, 100_000], ids=["short report", "long report"])
    @pytest.mark.parametrize("printed", ["by click", "by print"])
    def test_a_reader_that_goes_away_is_no_failure(self, lines: int, printed: str) -> None:
        script = (
            "import click, sys\nfrom worldbase.console import run\n"
            "@click.command()\ndef command():\n"
            "    sys.stdin.read()\n"
            f"    {'click.echo' if printed == 'by click' else 'print'}('line\\n' * {lines})\n"
            "run(command, 'tool')\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            process.stdout.close()
            process.stdin.close()
            assert process.stderr.read() == b""
            assert process.wait() == 0


class TestReportingAnError:
    def told(self, error: WorldError, capsys: pytest.CaptureFixture[str]) -> list[str]:
        console.report_error(error)
        return capsys.readouterr().err.splitlines()

    def test_the_block_says_what_where_each_problem_and_what_to_do(self, capsys: pytest.CaptureFixture[str]) -> None:
        error = InputError(
            "not a valid claim: 2 problems",
            code="document.invalid",
            where=Where("claim.json"),
            hint="See the fields.\nThen try again.",
            problems=[
                Problem("document.value", "too large", Where("claim.json", "/a")),
                Problem("document.missing_field", "missing", Where("claim.json", "/b")),
            ],
        )
        assert self.told(error, capsys) == [
            "error: not a valid claim: 2 problems  [document.invalid]",
            "  in: claim.json",
            "  - claim.json at /a: too large [document.value]",
            "  - claim.json at /b: missing [document.missing_field]",
            "  next: See the fields.",
            "Then try again.",
        ]

    def test_a_single_problem_is_not_said_twice(self, capsys: pytest.CaptureFixture[str]) -> None:
        error = InputError("too large", code="x.y", problems=[Problem("x.y", "too large")])
        assert self.told(error, capsys) == ["error: too large  [x.y]"]

    def test_nothing_in_it_moves_the_cursor(self, capsys: pytest.CaptureFixture[str]) -> None:
        hostile = "a\x1b[2J\r\u202eb\ud800"
        error = InputError(
            hostile,
            code="x.y",
            where=Where(hostile, hostile),
            hint=hostile,
            problems=[Problem("x.y", hostile, Where(hostile, hostile))] * 2,
        )
        lines = self.told(error, capsys)
        assert len(lines) == 5
        assert all(line.isprintable() for line in lines)


class TestReports:
    @staticmethod
    def printed(capsys: pytest.CaptureFixture[str], output_format: str, value: Any = None, **forms: Any) -> str:
        console.echo_report(output_format, value, **{"text": lambda: "text\n", **forms})
        captured = capsys.readouterr()
        assert captured.err == ""
        return captured.out

    def test_text_is_printed_as_it_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.printed(capsys, "text") == "text\n"

    def test_markdown_is_printed_as_it_is(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.printed(capsys, "markdown", markdown=lambda: "# head\n") == "# head\n"

    def test_without_a_markdown_form_the_text_stands_in_a_code_block_without_colours(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        coloured = click.style("text", fg="red") + "\n"
        assert self.printed(capsys, "markdown", text=lambda: coloured) == "```\ntext\n```\n"

    def test_the_text_cannot_end_its_code_block(self, capsys: pytest.CaptureFixture[str]) -> None:
        shown = self.printed(capsys, "markdown", text=lambda: "````\n# free\n")
        assert shown == "`````\n````\n# free\n`````\n"

    def test_json_is_indented_and_ends_its_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert self.printed(capsys, "json", {"a": [1, "é"]}) == '{\n  "a": [\n    1,\n    "é"\n  ]\n}\n'

    @pytest.mark.parametrize("text", ["\x7f", "\x9b31m", "\u202e", "\ufeff", "\U000e0041", "a\u2028b", "\n\t"])
    def test_json_says_the_same_without_anything_that_moves_a_cursor(
        self, text: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        shown = self.printed(capsys, "json", {text: text})
        assert json.loads(shown) == {text: text}
        assert all(line.isprintable() for line in shown.split("\n"))

    def test_json_of_what_utf8_cannot_carry_is_refused(self) -> None:
        with pytest.raises(InputError):
            console.echo_report("json", "\udcff", text=str)


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class TestProgress:
    @pytest.mark.parametrize(
        ("stream", "worth_showing"),
        [(io.StringIO, True), (Terminal, False)],
        ids=["not a terminal", "short work"],
    )
    def test_where_nobody_watches_or_waits_nothing_is_drawn(
        self, stream: type[io.StringIO], worth_showing: bool
    ) -> None:
        target = stream()
        with console.progress("counting", 10, worth_showing=worth_showing, stream=target) as progress:
            progress.advance(10)
        assert target.getvalue() == ""

    def test_short_work_does_not_load_the_library_that_draws(self) -> None:
        script = (
            "import sys\nfrom worldbase.console import progress\n"
            "with progress('x', 1, worth_showing=False) as bar: bar.advance(1)\n"
            "sys.exit('rich' in sys.modules)\n"
        )
        assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0

    def test_on_a_terminal_long_work_shows_a_bar(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setenv("COLUMNS", "80")
        target = Terminal()
        with console.progress("counting", 4, worth_showing=True, stream=target) as progress:
            progress.advance(1)
            progress.advance(3)
        assert "counting" in target.getvalue()
        assert "100%" in target.getvalue()


def test_the_shared_options_say_what_they_take(leave: Leave, capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    @console.format_option
    @console.quiet_option
    def command(output_format: str, quiet: bool) -> None:
        click.echo(f"{output_format} {quiet}")

    assert leave(command) == 0
    assert leave(command, "--format", "json", "-q") == 0
    assert capsys.readouterr().out == "text False\njson True\n"
    assert leave(command, "--format", "xml") == 2
    told = capsys.readouterr().err
    assert all(name in told for name in console.FORMATS)


def test_a_directory_that_is_gone_is_no_traceback(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f"cd {gone} && rmdir {gone} && {sys.executable} -m worldflux audit verify package"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 4
    assert "[environment.no_directory]" in done.stderr
    assert "Traceback" not in done.stderr
