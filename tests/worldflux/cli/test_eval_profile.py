"""`worldflux eval-profile`: flags, files, an editor; show and check."""

from __future__ import annotations

import json
import os
import pty
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.command import worldflux
from tests.conftest import Golden
from tests.support import REPO
from tests.worldflux.portfolio.profile_flags import SPECIFIED, VALUE, flags_of, write_profile
from worldflux.portfolio.profile_fields import FIELDS

EXAMPLE = REPO / "examples" / "eval-profile.json"


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1778025600")  # 2026-05-06


@pytest.mark.parametrize("command", ["", "create", "show", "check"])
def test_help_texts(command: str, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = worldflux(f"eval-profile {command} --help")
    assert shown.code == 0
    golden(f"help/worldflux-eval-profile{'-' if command else ''}{command}.txt", shown.out)


def test_the_help_of_the_template(golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    golden("help/worldflux-eval-portfolio-contract-template.txt", worldflux("eval-portfolio contract-template -h").out)


class TestCreate:
    def test_the_specified_command_runs_to_the_letter(self) -> None:
        outcome = worldflux(SPECIFIED)
        assert (outcome.code, outcome.err) == (0, "")
        assert json.loads(Path("profile.json").read_text()) == VALUE
        assert Path("profile.json").read_bytes() == EXAMPLE.read_bytes()
        assert "It is LOCAL_PRIVATE.\nIt leaves 5 points open" in outcome.out

    def test_every_flag_of_the_specification_is_one_of_a_field(self) -> None:
        known = {row.flag for row in FIELDS}
        specified = [flag for flag, _ in flags_of() if flag != "--output"]
        assert set(specified) | {"--checkpoint-uri"} == known
        assert len(specified) > len(set(specified)), "some repeat"

    @pytest.mark.parametrize("left_out", sorted({row.flag for row in FIELDS if row.needed} - {"--language-input"}))
    def test_a_flag_that_is_needed_is_named_where_it_is_missing(self, left_out: str) -> None:
        kept = [(flag, value) for flag, value in flags_of() if flag != left_out]
        outcome = worldflux("eval-profile create", *(word for pair in kept for word in pair if word is not None))
        assert outcome.code == 3
        assert f"in: {left_out}" in outcome.err
        assert "[profile.needed]" in outcome.err
        assert not Path("profile.json").exists()

    def test_everything_that_is_wrong_is_told_at_once(self) -> None:
        wrong = "--camera-topology statc --degrees-of-freedom six --simulator-family libreo --use-case /home/anna/x"
        outcome = worldflux(f"eval-profile create --from {EXAMPLE} {wrong} --output x.json")
        assert outcome.code == 3
        assert "the profile has 4 problems" in outcome.err
        for said in (
            "- --camera-topology: 'statc' is not one of static, wrist,",
            "did you mean 'static'? [profile.value]",
            "- --degrees-of-freedom: 'six' is not a whole number from 1 to 256 [profile.value]",
            "- --simulator-family: nobody knows 'libreo'; did you mean 'libero'? [profile.unknown_name]",
            "- --use-case: this text would be shown to others as '[path]' [profile.private_content]",
        ):
            assert said in outcome.err
        assert not Path("x.json").exists()

    def test_flags_go_before_a_file(self) -> None:
        line = f"eval-profile create --from {EXAMPLE} --policy-id v4 --no-language-input --action-space joints"
        assert worldflux(line, "--output", "v4.json").code == 0
        made = json.loads(Path("v4.json").read_text())
        assert made == {**VALUE, "policy_id": "v4", "language_input": False, "action_spaces": ["joints"]}

    def test_a_part_of_a_profile_can_be_toml(self) -> None:
        Path("lab.toml").write_text('robot_model = "ur5e"\n[training_exposure]\ncaveats = ["no manifest"]\n')
        kept = [(flag, value) for flag, value in flags_of() if flag not in ("--robot-model", "--output")]
        words = [word for pair in kept for word in pair if word is not None and "training" not in (pair[0] or "")]
        assert worldflux("eval-profile create --from lab.toml --output p.json", *words).code == 0
        made = json.loads(Path("p.json").read_text())
        assert made["robot_model"] == "ur5e"
        assert made["training_exposure"] == {"possible_benchmark_families": [], "caveats": ["no manifest"]}

    def test_what_stands_there_is_replaced_only_when_asked(self) -> None:
        assert worldflux(SPECIFIED).code == 0
        before = Path("profile.json").read_bytes()
        refused = worldflux(f"{SPECIFIED} --policy-id other")
        assert (refused.code, "[output.exists]" in refused.err) == (2, True)
        assert Path("profile.json").read_bytes() == before
        assert worldflux(f"{SPECIFIED} --policy-id other --overwrite --quiet").out == ""
        assert json.loads(Path("profile.json").read_text())["policy_id"] == "other"

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("[]", "profile.not_an_object"),
            ("{", "json.syntax"),
            ('{"robot_modle": "x"}', "profile.invalid"),
            ('{"schema_version": "worldflux.claim.v0_draft"}', "document.kind"),
        ],
    )
    def test_a_file_that_is_no_beginning(self, text: str, code: str) -> None:
        Path("part.json").write_text(text)
        outcome = worldflux("eval-profile create --from part.json --output p.json")
        assert (outcome.code, f"[{code}]" in outcome.err) == (3, True)

    def test_a_character_that_nobody_can_write_is_refused(self) -> None:
        outcome = worldflux("eval-profile create --output p.json --from", EXAMPLE, "--use-case", "\udcff")
        assert outcome.code == 3
        assert not Path("p.json").exists()


@dataclass(frozen=True)
class Terminal:
    """What a person saw, and how it ended."""

    code: int
    seen: str


def at_a_terminal(line: list[str], editor: str, answers: str = "") -> Terminal:
    """Run the command with a terminal whose `$EDITOR` is this Python program; the file is its argument `path`."""
    program = Path("editor.py")
    program.write_text(f"import pathlib, sys\npath = pathlib.Path(sys.argv[1])\n{editor}\n", encoding="utf-8")
    environment = {**os.environ, "EDITOR": f"{sys.executable} {program}", "VISUAL": "", "TERM": "dumb"}
    command = [sys.executable, "-m", "worldflux", "eval-profile", "create", "--edit", *line]
    ours, theirs = pty.openpty()
    try:
        os.write(ours, answers.encode())
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as running:
            os.close(theirs)
            seen = b""
            while piece := _read(ours):
                seen += piece
        return Terminal(running.returncode, seen.decode().replace("\r\n", "\n"))
    finally:
        os.close(ours)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side has gone
        return b""


REPLACE = 'text = path.read_text(); path.write_text(text.replace("{old}", "{new}"))'


class TestEdit:
    def test_a_person_completes_a_profile(self) -> None:
        write_profile(Path("part.json"), robot_model=None)
        editor = REPLACE.format(old='robot_model = \\"\\"', new='robot_model = \\"ur5e\\"')
        done = at_a_terminal(["--from", "part.json", "--output", "p.json"], editor)
        assert done.code == 0, done.seen
        assert json.loads(Path("p.json").read_text()) == {**VALUE, "robot_model": "ur5e"}

    def test_the_editor_comes_back_with_what_is_wrong(self) -> None:
        editor = (
            "text = path.read_text()\n"
            'first = not text.startswith("#! Not yet a profile:")\n'
            'path.write_text(text.replace("franka-panda", "") if first else '
            "text.replace('robot_model = \"\"', 'robot_model = \"second try\"'))"
        )
        done = at_a_terminal(["--from", str(EXAMPLE), "--output", "p.json"], editor, answers="y\n")
        assert done.code == 0, done.seen
        assert "[profile.needed]" in done.seen
        assert json.loads(Path("p.json").read_text())["robot_model"] == "second try"

    def test_what_was_typed_is_kept_when_a_person_gives_up(self) -> None:
        editor = REPLACE.format(old='policy_id = \\"\\"', new='policy_id = \\"typed\\"')
        done = at_a_terminal(["--output", "p.json"], editor, answers="n\n")
        assert done.code == 2
        assert "[profile.not_finished]" in done.seen
        draft = Path("p.json.draft.toml")
        assert stat.S_IMODE(draft.stat().st_mode) == 0o600
        assert not Path("p.json").exists()
        assert 'policy_id = "typed"' in draft.read_text()
        again = worldflux(f"eval-profile create --from {draft} --output p.json")
        assert (again.code, "--policy-id:" in again.err, "--robot-model:" in again.err) == (3, False, True)

    def test_an_editor_left_without_saving_writes_nothing(self) -> None:
        done = at_a_terminal(["--from", str(EXAMPLE), "--output", "p.json"], "")
        assert (done.code, "[profile.not_saved]" in done.seen) == (2, True)
        assert not Path("p.json").exists()

    def test_bytes_that_are_no_text_end_in_a_clear_error(self) -> None:
        done = at_a_terminal(["--output", "p.json"], r"path.write_bytes(b'\xff\xfe')", answers="n\n")
        assert (done.code, "Traceback" in done.seen, "[profile.toml]" in done.seen) == (2, False, True)

    def test_an_unknown_field_is_not_lost_on_the_way_to_the_editor(self) -> None:
        Path("part.json").write_text(json.dumps({**VALUE, "robot_modle": "x"}))
        done = at_a_terminal(["--from", "part.json", "--output", "p.json"], "raise SystemExit('was opened')")
        assert (done.code, "[profile.unknown_field]" in done.seen, "was opened" in done.seen) == (3, True, False)

    def test_without_a_terminal_it_says_so(self) -> None:
        outcome = worldflux("eval-profile create --edit --output p.json")
        assert (outcome.code, "[profile.no_terminal]" in outcome.err) == (2, True)


class TestShow:
    def test_the_page(self, golden: Golden) -> None:
        golden("eval_profile.txt", worldflux("eval-profile show", EXAMPLE).out)

    def test_the_page_as_markdown(self, golden: Golden) -> None:
        golden("eval_profile.md", worldflux("eval-profile show --format markdown", EXAMPLE).out)

    def test_each_page_says_at_both_ends_that_it_is_private(self) -> None:
        for form in ("text", "markdown"):
            lines = worldflux(f"eval-profile show --format {form}", EXAMPLE).out.splitlines()
            assert (lines[0], lines[-1]) == ("LOCAL_PRIVATE", "LOCAL_PRIVATE")

    def test_json_holds_the_document_and_its_digest(self) -> None:
        shown = json.loads(worldflux("eval-profile show --format json", EXAMPLE).out)
        checked = json.loads(worldflux("eval-profile check --format json", EXAMPLE).out)
        assert shown["profile"] == VALUE
        assert shown["digest"] == checked["profile"]["digest"]

    def test_hostile_texts_stay_in_their_cells(self) -> None:
        hostile = "a | b\n| `id` | planted |\x1b[31m <script>"
        path = write_profile(Path("p.json"), use_case=hostile, action_spaces=["x", hostile])
        for form in ("text", "markdown"):
            page = worldflux(f"eval-profile show --format {form}", path).out
            assert "\x1b" not in page
            assert sum(line.startswith(("| `id` |", "  id ")) for line in page.splitlines()) == 1
            assert form == "text" or "<script>" not in page.replace("\\<script>", "")

    @pytest.mark.parametrize("command", ["show", "check"])
    def test_a_file_that_is_none(self, command: str) -> None:
        outcome = worldflux(f"eval-profile {command} missing.json")
        assert (outcome.code, "[file.missing]" in outcome.err) == (3, True)


class TestCheck:
    def test_what_is_left_open_is_told_and_is_no_error(self) -> None:
        outcome = worldflux("eval-profile check", EXAMPLE)
        assert outcome.code == 0
        assert outcome.out.startswith("valid  customer-vla-v3-tabletop  sha256:")
        assert outcome.out.count("left open: ") == 5
        assert "left open: no checkpoint is named: nothing will show that all episodes were run" in outcome.out

    def test_a_script_gets_the_same(self) -> None:
        report: dict[str, Any] = json.loads(worldflux("eval-profile check --format json", EXAMPLE).out)
        assert report["ok"] is True
        assert [entry["field"] for entry in report["left_open"]][:2] == ["checkpoint_uri", "training_exposure"]
        assert all(entry["says"] and entry["mend"] for entry in report["left_open"])

    def test_a_profile_with_problems_exits_with_3_and_tells_all(self) -> None:
        path = write_profile(Path("p.json"), camera_topology="statc", robot_model=None)
        outcome = worldflux("eval-profile check", path)
        assert outcome.code == 3
        assert "p.json at /camera_topology: 'statc' is not one of" in outcome.err
        assert "p.json at /robot_model: needed, and not given: which robot it is" in outcome.err

    def test_nothing_left_open_is_said_in_so_many_words(self) -> None:
        exposure = {"possible_benchmark_families": ["open-x"], "caveats": []}
        versions = {"environment_version": "libero-0.1.1", "adapter_version": "bridge-2"}
        whole = write_profile(
            Path("p.json"), checkpoint_uri="hf://our-lab/p@3f1c0a9", training_exposure=exposure, **versions
        )
        assert "Nothing is left open" in worldflux("eval-profile check", whole).out


class TestContractTemplate:
    def test_it_writes_the_published_example(self) -> None:
        outcome = worldflux("eval-portfolio contract-template --output contract.json")
        assert (outcome.code, outcome.err) == (0, "")
        assert "LOCAL_PRIVATE" in outcome.out
        assert "declared the customer's consent; it was not verified" in outcome.out
        assert Path("contract.json").read_bytes() == (REPO / "examples" / "custom-eval-contract.json").read_bytes()

    def test_the_probe_gets_the_name_that_is_asked_for(self) -> None:
        assert worldflux("eval-portfolio contract-template --output c.json --probe-id our-cell --quiet").out == ""
        assert json.loads(Path("c.json").read_text())["probe_id"] == "our-cell"

    @pytest.mark.parametrize(
        ("name", "code"),
        [("libero-pro", "contract.probe_known"), ("a b", "contract.probe_id"), ("", "contract.probe_id")],
    )
    def test_a_name_that_cannot_be(self, name: str, code: str) -> None:
        outcome = worldflux("eval-portfolio contract-template --output c.json --probe-id", name)
        assert (outcome.code, f"[{code}]" in outcome.err) == (3, True)
        assert not Path("c.json").exists()

    def test_what_stands_there_is_replaced_only_when_asked(self) -> None:
        Path("c.json").write_text("mine")
        refused = worldflux("eval-portfolio contract-template --output c.json")
        assert (refused.code, Path("c.json").read_text()) == (2, "mine")
        assert worldflux("eval-portfolio contract-template --output c.json --overwrite").code == 0
