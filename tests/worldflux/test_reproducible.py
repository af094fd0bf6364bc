"""The same inputs give the same bytes, and no byte says where they were made."""

from __future__ import annotations

import getpass
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.command import inside
from tests.support import FIXTURES, REPO
from tests.worldflux import results
from tests.worldflux.auditing import Bench, Package, bench
from worldflux.package import layout

RUNS: Final = ["pusht_pushtmpc24_s1000", "pusht_pushtmpc24_s2000"]
EPOCH: Final = "1700000000"


@pytest.fixture
def place(tmp_path: Path) -> Bench:
    """Two real runs copied below a folder whose name must not be seen, with run facts beside them."""
    place = bench(tmp_path / "very-private-folder", tasks=["pusht"], seeds=[0, 1], episodes=50)
    for number, name in enumerate(RUNS):
        run = place.folder / name
        run.mkdir()
        (run / "eval_info.json").write_bytes((FIXTURES / "lerobot-runs" / name / "eval_info.json").read_bytes())
        (run / "run_info.json").write_text(json.dumps({"run_seed": number, "start_seed": 1000 * (number + 1)}))
        (run / "videos" / "pusht_0").mkdir(parents=True)
        (run / "videos" / "pusht_0" / "eval_episode_0.mp4").write_bytes(b"film")
    return place


def inputs(place: Bench) -> list[Path]:
    return [place.folder / name for name in RUNS]


def members(package: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in package.iterdir()}


def differing(left: Path, right: Path) -> list[str]:
    first, second = members(left), members(right)
    assert first.keys() == second.keys() == {*layout.MEMBERS, layout.MANIFEST}
    return sorted(name for name in first if first[name] != second[name])


def audited(place: Bench, output: str) -> Package:
    return place.audit(*inputs(place), output=place.folder / output)


class TestFixedClock:
    @pytest.fixture(autouse=True)
    def fixed_clock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)

    def test_two_audits_give_the_same_bytes_in_every_member(self, place: Bench) -> None:
        first, second = audited(place, "one"), audited(place, "a longer name/two")
        assert differing(first.folder, second.folder) == []
        assert first.evidence.created_at == "2023-11-14T22:13:20Z"
        assert json.loads(members(first.folder)[layout.PROVENANCE])["reproducible_clock"] is True

    def test_where_one_stands_does_not_matter(self, place: Bench) -> None:
        first = audited(place, "one")
        with inside(place.folder / RUNS[0]):
            near = Bench(Path("..")).audit(Path(), Path("..") / RUNS[1], output=Path("../two"))
        assert differing(first.folder, place.folder / near.folder.name) == []

    def test_nor_does_another_process_its_hash_seed_or_its_language(self, place: Bench) -> None:
        first = audited(place, "one")
        environment = {**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C", "TZ": "Asia/Tokyo", "COLUMNS": "20"}
        command = [sys.executable, "-m", "worldflux", *place.arguments(*inputs(place), output=place.folder / "two")]
        subprocess.run(command, env=environment, cwd=place.folder, check=True, capture_output=True)
        assert differing(first.folder, place.folder / "two") == []

    def test_another_input_has_another_id(self, place: Bench) -> None:
        first = audited(place, "one")
        path = place.folder / RUNS[0] / "eval_info.json"
        path.write_bytes(path.read_bytes() + b"\n")
        assert audited(place, "two").evidence.id != first.evidence.id

    def test_only_what_is_declared_differently_differs(self, place: Bench) -> None:
        first = audited(place, "one")
        second = place.audit(*inputs(place), output=place.folder / "two", run_info=["batch_size=10"])
        assert layout.EPISODES not in differing(first.folder, second.folder)
        assert first.evidence.id != second.evidence.id


def test_without_a_fixed_clock_every_audit_has_its_own_id(place: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first, second = audited(place, "one"), audited(place, "two")
    assert first.evidence.id != second.evidence.id
    assert layout.EPISODES not in differing(first.folder, second.folder)
    assert json.loads(members(first.folder)[layout.PROVENANCE])["reproducible_clock"] is False


def test_the_order_in_which_a_folder_lists_its_files_does_not_matter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", EPOCH)
    place = bench(tmp_path, tasks=["libero_goal"], benchmark="LIBERO", episodes=2)
    names = [f"{number}_eval_info.json" for number in range(5)]
    for folder, order in (("there", names), ("back", names[::-1])):
        for name in order:
            task = ("libero_goal", int(name[0]))
            results.write(tmp_path / folder / name, results.layout_b({task: [True, False]}))
    packages = [place.audit(tmp_path / folder, output=tmp_path / f"{folder}_pkg") for folder in ("there", "back")]
    assert differing(packages[0].folder, packages[1].folder) == []


class TestNothingOfThisMachine:
    def test_no_member_names_a_folder_a_user_or_a_host(self, place: Bench) -> None:
        package = audited(place, "very-private-output")
        folders = {place.folder, package.folder, REPO, Path.home(), Path.cwd(), *inputs(place)}
        secrets = {str(folder) for folder in folders if len(folder.parts) > 2}
        secrets |= {"very-private", *RUNS}
        secrets |= {word for word in (getpass.getuser(), socket.gethostname()) if len(word) > 4}
        for name, data in members(package.folder).items():
            text = data.decode()
            assert not [secret for secret in secrets if secret in text], name
            assert "/home/" not in text, name
            assert "/tmp/" not in text, name

    def test_the_words_of_the_videos_are_what_is_left(self, place: Bench) -> None:
        raw = audited(place, "one").json(layout.RAW_EVIDENCE)["entries"]
        assert [entry["name"] for entry in raw if entry["kind"] == "run_info"] == ["run_info.json"] * 2
        videos = [entry for entry in raw if entry["kind"] == "video"]
        assert {entry["name"] for entry in videos} == {
            f"videos/pusht_0/eval_episode_{index}.mp4" for index in range(10)
        }
        assert [entry["present"] for entry in videos[:2]] == [True, False]
