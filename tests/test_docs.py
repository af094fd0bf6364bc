"""README and documentation tell the truth: commands run, outputs are real, documents are valid, links lead somewhere.

Each page is followed from top to bottom in an empty folder, the way a reader would; `tests/pages.py` has the marks.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest
from jsonschema import Draft202012Validator

from tests.command import inside, worldflux
from tests.page_reader import Reader, as_before, by_kind, is_shown
from tests.pages import DOCS, PAGES, Block, blocks, links, name, prose_lines
from tests.support import FIXTURES, REPO
from tests.worldflux.portfolio.packeting import cells_of, episode_of, plan_in, write_evidence
from tests.worldflux.results import layout_b, write
from worldbase import strictjson
from worldflux.documents import published
from worldforge.workflows import published as worldforge_published

LIBERO: Final = (48, 47, 46, 45, 44, 43, 42, 41, 40, 44)  # successes of 50, task by task: 440 of 500


def _libero(folder: Path, successes: tuple[int, ...] = LIBERO, first_task: int = 0) -> None:
    tasks = {
        ("libero_spatial", first_task + task): [index < count for index in range(50)]
        for task, count in enumerate(successes)
    }
    write(folder / "eval_info.json", layout_b(tasks, predicted=True))


def _three_runs(*folders: Path) -> None:
    for fewer, folder in enumerate(folders):
        _libero(folder, tuple(count - fewer for count in LIBERO))


def _readme(folder: Path) -> None:
    """A result file, a profile, and an audit input with its episodes."""
    _libero(folder)
    imported = FIXTURES / "sources" / "audit-input"
    shutil.copy(REPO / "examples" / "eval-profile.json", folder / "profile.json")
    shutil.copy(imported / "audit_input.json", folder / "audit_libero.json")
    shutil.copy(imported / "audit_input.episodes.jsonl", folder)


def _quickstart(folder: Path) -> None:
    _three_runs(*(folder / f"lerobot_run_00{number}" for number in (1, 2, 3)))


def _several_runs(folder: Path) -> None:
    _three_runs(*(folder / f"s{start_seed}" for start_seed in (1000, 2000, 3000)))
    _libero(folder / "s1000_tasks_0-4", LIBERO[:5])
    _libero(folder / "s1000_tasks_5-9", LIBERO[5:], first_task=5)
    for part, successes in (("a", 20), ("b", 19)):
        outcomes = [index < successes for index in range(25)]
        write(folder / f"pusht_{part}" / "eval_info.json", layout_b({("pusht", 0): outcomes}))


def _evidence(folder: Path) -> None:
    """A small plan, and audit inputs for its probes."""
    plan = plan_in(folder)
    for probe, file in (("libero-pro", "audit_libero.json"), ("libero-plus", "audit_libero_plus.json")):
        write_evidence(folder / file, map(episode_of, cells_of(plan, probe)))


def _budget_in_force(folder: Path) -> None:
    shutil.copy(REPO / "examples" / "benchmark-budget.json", folder / "budget-in-force.json")


def _reach(folder: Path) -> None:
    shutil.copytree(REPO / "examples" / "reach", folder / "examples" / "reach")


PREPARED: Final[dict[str, Callable[[Path], None]]] = {
    "README.md": _readme,
    "docs/tutorials/audit-quickstart.md": _quickstart,
    "docs/guides/several-runs-and-seeds.md": _several_runs,
    "docs/guides/use-in-ci.md": _libero,
    "docs/guides/read-a-packet.md": _evidence,
    "docs/guides/benchmark-a-provider.md": _budget_in_force,
    "docs/tutorials/plan-eval-audit.md": _reach,
}
"""What a page's reader brings along."""


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the reader of a page a home of his own, so that no page touches a real key."""
    monkeypatch.setenv("WORLDFLUX_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_page_can_be_followed_from_top_to_bottom(page: Path, tmp_path: Path) -> None:
    if prepare := PREPARED.get(name(page)):
        prepare(tmp_path)
    with inside(tmp_path), as_before():
        _follow(page, tmp_path)


def _follow(page: Path, folder: Path) -> None:
    reader = Reader(folder)
    for block in blocks(page):
        reader.follow(block)
        if block.language == "text" and page.name == "README.md":
            reader.compare(block, whole=False)  # the README has no marks: it is read as a text, too


def test_every_prepared_page_exists() -> None:
    assert set(PREPARED) <= set(map(name, PAGES))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_json_block_is_json_and_every_document_valid(page: Path) -> None:
    for block in blocks(page):
        if block.language == "json":
            value = strictjson.parse(block.text.encode(), file=block.place)
            if "schema_version" in value:
                name = value["schema_version"]
                home = worldforge_published if name in worldforge_published.PUBLISHED else published
                Draft202012Validator(home.schema(name)).validate(value)


@pytest.mark.parametrize("page", sorted({*PAGES, *REPO.glob("*.md")}), ids=name)
def test_every_relative_link_leads_to_a_file(page: Path) -> None:
    relative = [target for target in links(page) if not re.match(r"[a-z]+:|#", target)]
    broken = [target for target in relative if not (page.parent / target.partition("#")[0]).exists()]
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_test_that_a_page_names_exists(page: Path) -> None:
    named = re.findall(r"`(tests/[\w/]+\.py)`", "\n".join(prose_lines(page)))
    assert [path for path in named if not (REPO / path).is_file()] == []


def test_the_site_builds_without_a_warning_and_fetches_nothing(tmp_path: Path) -> None:
    # With --quiet, --strict would not see a warning.
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    pages = [path.read_text(encoding="utf-8") for path in (tmp_path / "site").rglob("*.html")]
    assert len(pages) >= len(PAGES) - 1
    elsewhere = re.compile(r"""<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?//""")
    assert [text for text in pages if elsewhere.search(text)] == []


def test_the_quickstart_prints_the_specifications_documents_to_the_letter() -> None:
    printed = {block.mark: block.text for block in blocks(DOCS / "tutorials" / "audit-quickstart.md")}
    for document in ("claim.json", "protocol.json"):
        assert printed[f"file: {document}"] == (FIXTURES / "seeds" / document).read_text(encoding="utf-8")


def test_the_worked_source_is_the_one_that_is_tested_as_a_package() -> None:
    file = "src/outside_tally/source.py"
    shown = {block.mark: block.text for block in blocks(DOCS / "guides" / "add-a-source.md")}
    tested = REPO / "tests" / "contracts" / "outside_package" / file
    assert shown[f"file: outside-tally/{file}"] == tested.read_text(encoding="utf-8"), "copy it into the page"


def test_the_recount_by_hand_notices_a_changed_outcome_and_a_changed_byte(tmp_path: Path) -> None:
    page = DOCS / "tutorials" / "read-an-evidence-package.md"
    (recount,) = [block for block in blocks(page) if block.language == "python"]
    reader = Reader(tmp_path)
    package = tmp_path / "worldflux-demo" / "metaworld" / "evidence_pkg"
    with inside(tmp_path):
        assert worldflux("demo --quiet").code == 0
        reader.execute(recount)
        for member, old, new in (
            ("episode_results.jsonl", b'"outcome":"failure"', b'"outcome":"success"'),
            ("evidence.md", b"supported", b"Supported"),
        ):
            before = (package / member).read_bytes()
            (package / member).write_bytes(before.replace(old, new, 1))
            with pytest.raises(AssertionError):
                reader.execute(recount)
            (package / member).write_bytes(before)


@pytest.mark.parametrize(
    ("lie", "told"),
    [
        ("```console\nworldflux schema list\n```\n<!-- output -->\n```text\nno schemas\n```\n", "something else"),
        ("```console\nworldflux schema show nothing\n```\n", "left with 2, not 0"),
        ("<!-- exit 3 -->\n```sh\nworldflux schema list\n```\n", "left with 0, not 3"),
        ("```bash\nuv run worldflux evidence verify x\n```\n", "left with 2, not 0"),
        ("```console\ncurl example\n```\n", "nobody knows how to run 'curl example'"),
        ("<!-- outputs -->\n```text\nx\n```\n", "nobody knows the mark 'outputs'"),
        ("```python\nassert 1 + 1 == 3, 'no such sum'\n```\n", "no such sum"),
        ("```text\nx\n", "has no end"),
    ],
)
def test_a_page_that_lies_is_caught(lie: str, told: str, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(lie, encoding="utf-8")
    with inside(tmp_path), pytest.raises(AssertionError, match=re.escape(told)):
        _follow(page, tmp_path)


@pytest.mark.parametrize(
    ("shown", "said", "same"),
    [
        (["a", "b"], ["a", "b"], True),
        (["a"], ["a", "b"], False),
        (["a", "..."], ["a", "b"], True),
        (["...", "b", "..."], ["a", "b"], True),
        (["a", "...", "c"], ["a", "b", "b", "c"], True),
        (["a", "...", "d"], ["a", "b", "c"], False),
        (["..."], [], True),
    ],
)
def test_outputs_are_compared_line_by_line(shown: list[str], said: list[str], same: bool) -> None:
    assert is_shown(shown, said, whole=True) is same


def test_where_numbers_are_measured_only_their_being_there_counts() -> None:
    one = "| mock | embed | 200/200 | 0.01305 | 59,524 | 1e-05 |  20261121T205503Z-3d6a4512"
    other = "| mock | embed | 150/200 | 12 | 7 | 0.5 |  20261122T000000Z-00000000"
    assert by_kind(one, measured=True) == by_kind(other, measured=True)
    assert by_kind(one) != by_kind(other)
    assert by_kind(one, measured=True) != by_kind(one.replace("59,524", "null"), measured=True)
    assert by_kind("p50_ms of v2", measured=True) != by_kind("p95_ms of v2", measured=True)


def test_run_ids_of_an_output_stand_for_the_readers_own(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    shown, real = "20261121T205503Z-3d6a4512", "20270101T000000Z-ffffffff"
    (tmp_path / real).write_text("the reader's own run")
    reader.said = f"run {real}\n"
    reader.follow(Block("page:1", "text", f"run {shown}\n", "output"))
    with inside(tmp_path):
        reader.follow(Block("page:2", "console", f"cat {shown}\n", ""))
    assert reader.said == "the reader's own run"


def test_ids_digests_keys_and_times_are_compared_by_their_kind() -> None:
    one = f"clm_01HXY7K8ABCDEFGHJKMNPQRSTV  sha256:{'a' * 64}  2026-05-06T00:00:00Z  {'a' * 64}  {'1' * 16}.key.pem"
    other = f"clm_01HXY7K9ABCDEFGHJKMNPQRSTV    sha256:{'b' * 64}  2026-05-07T00:00:00Z  {'b' * 64}  {'2' * 16}.key.pem"
    assert by_kind(one) == by_kind(other)
    assert by_kind(one) != by_kind(other.replace("clm_", "prt_"))
    assert by_kind(one) != by_kind(other.replace("b" * 64, "b" * 63))
    assert by_kind("0.1234567890123456") != by_kind("0.1234567890123457")
