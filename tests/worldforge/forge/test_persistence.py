"""Worlds on disk: whole, found again, and never lost between two writers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from worldbase.errors import StorageError
from worldforge import World, WorldForge, WorldStateError
from worldforge.forge.persistence import WorldStore

ADD = """
import sys
from pathlib import Path
from worldforge.forge.persistence import WorldStore

store, mine, count = WorldStore(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
for number in range(count):
    def add(world, number=number):
        objects = {**world.objects, f"{mine}-{number}": {}}
        return world.with_state({**world.state, "scene": {"objects": objects}})
    store.update("table", add)
"""


@pytest.fixture
def store(tmp_path: Path) -> WorldStore:
    return WorldStore(tmp_path / "worlds")


def add(world: World, name: str) -> World:
    return world.with_state({**world.state, "scene": {"objects": {**world.objects, name: {}}}})


def test_a_world_is_found_again(tmp_path: Path) -> None:
    forge = WorldForge(tmp_path / "worlds", discover_entry_points=False)
    made = forge.create_world("A table", description="For two.")
    assert forge.list_worlds() == [made.id]
    assert forge.load_world(made.id) == made
    assert (made.revision, made.provider) == (1, "mock")
    changed = forge.update_world(made.id, lambda world: add(world, "cube"))
    assert (changed.revision, changed.object_count) == (2, 1)
    assert forge.save_world(add(changed, "mug")).revision == 3
    assert list(forge.load_world(made.id).objects) == ["cube", "mug"]
    forge.delete_world(made.id)
    assert forge.list_worlds() == []


def test_the_file_is_json_that_people_can_read(store: WorldStore, tmp_path: Path) -> None:
    store.save(World(id="table", name="A table"))
    text = (tmp_path / "worlds" / "table.json").read_text(encoding="utf-8")
    assert json.loads(text)["name"] == "A table"
    assert text.startswith('{\n  "step": 0,')


def test_reading_makes_no_folder(store: WorldStore, tmp_path: Path) -> None:
    assert store.ids() == []
    for ask in (store.load, store.delete, lambda world_id: store.update(world_id, lambda world: world)):
        with pytest.raises(WorldStateError) as caught:
            ask("table")
        assert (caught.value.code, caught.value.exit_code) == ("world.missing", 3)
    assert list(tmp_path.iterdir()) == []


def test_only_worlds_are_listed(store: WorldStore, tmp_path: Path) -> None:
    store.save(World(id="b", name="b"))
    store.save(World(id="a", name="a"))
    (tmp_path / "worlds" / "notes.txt").write_text("x", encoding="utf-8")
    (tmp_path / "worlds" / ".hidden.json").write_text("{}", encoding="utf-8")
    assert store.ids() == ["a", "b"]


@pytest.mark.parametrize(
    "world_id", ["../a", "a/b", "/etc/passwd", "", ".", "..", ".hidden", "a\0b", "nul", "a ", "~a", "a\\b", "x" * 300]
)
def test_an_id_stays_within_the_folder(store: WorldStore, tmp_path: Path, world_id: str) -> None:
    for ask in (store.load, store.delete, lambda each: store.update(each, lambda world: world)):
        with pytest.raises(WorldStateError) as caught:
            ask(world_id)
        assert caught.value.code in {"world.unsafe_id"}
    if world_id.strip():
        with pytest.raises(WorldStateError):
            store.save(World(id=world_id, name="x"))
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "world.unreadable"),
        (b'{"id": "table"', "world.unreadable"),
        (b'{"id": "table", "id": "other"}', "world.unreadable"),
        (b'{"id": "table", "level": NaN}', "world.unreadable"),
        (b"\xff\xfe", "world.unreadable"),
        (b"[" * 100_000, "world.unreadable"),
        (b"[]", "world.invalid"),
        (b'{"schema_version": 1}', "world.invalid"),
        (b'{"schema_version": 1, "id": "other", "name": "x"}', "world.invalid"),
    ],
    ids=["empty", "cut", "twice", "nan", "binary", "deep", "list", "bare", "other"],
)
def test_a_damaged_file_says_which_and_is_not_overwritten(
    store: WorldStore, tmp_path: Path, data: bytes, code: str
) -> None:
    world = store.save(World(id="table", name="A table"))
    path = tmp_path / "worlds" / "table.json"
    path.write_bytes(data)
    asks: list[Callable[[], object]] = [
        lambda: store.load("table"),
        lambda: store.save(world),
        lambda: store.update("table", lambda each: each),
    ]
    for ask in asks:
        with pytest.raises(WorldStateError) as caught:
            ask()
        assert (caught.value.code, caught.value.exit_code) == (code, 3)
        assert caught.value.where is not None
        assert caught.value.where.file == "table.json"
    assert path.read_bytes() == data


def test_a_link_is_no_world(store: WorldStore, tmp_path: Path) -> None:
    store.save(World(id="table", name="A table"))
    (tmp_path / "worlds" / "link.json").symlink_to(tmp_path / "worlds" / "table.json")
    with pytest.raises(WorldStateError) as caught:
        store.load("link")
    assert caught.value.code == "world.missing"


def test_who_saves_an_older_world_is_refused(store: WorldStore) -> None:
    mine = yours = store.save(World(id="table", name="A table"))
    store.save(add(mine, "cube"))
    with pytest.raises(WorldStateError) as caught:
        store.save(add(yours, "mug"))
    assert caught.value.code == "world.conflict"
    assert list(store.load("table").objects) == ["cube"]
    with pytest.raises(WorldStateError):
        store.save(World(id="table", name="Another table"))


def test_a_change_that_fails_changes_nothing_and_lets_go(store: WorldStore) -> None:
    before = store.save(World(id="table", name="A table"))

    def fail(world: World) -> World:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        store.update("table", fail)
    assert store.load("table") == before
    assert store.update("table", lambda world: add(world, "cube")).object_count == 1


def test_a_change_cannot_move_a_world_to_another_id(store: WorldStore) -> None:
    store.save(World(id="table", name="A table"))
    store.update("table", lambda world: World(id="other", name="Other"))
    assert store.ids() == ["table"]


def test_no_update_of_any_thread_is_lost(store: WorldStore) -> None:
    store.save(World(id="table", name="A table"))
    start = threading.Barrier(6)

    def work(number: int) -> None:
        start.wait(10)
        for index in range(10):
            store.update("table", lambda world, name=f"{number}-{index}": add(world, name))  # type: ignore[misc]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    world = store.load("table")
    assert (world.object_count, world.revision) == (60, 61)


def test_no_update_of_any_process_is_lost(store: WorldStore, tmp_path: Path) -> None:
    store.save(World(id="table", name="A table"))
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", ADD, str(tmp_path / "worlds"), f"p{number}", "12"], stdin=subprocess.PIPE, text=True
        )
        for number in range(3)
    ]
    for worker in workers:
        worker.communicate("go\n", timeout=60)
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    world = store.load("table")
    assert (world.object_count, world.revision) == (36, 37)


def test_different_worlds_do_not_wait_for_each_other(store: WorldStore) -> None:
    store.save(World(id="a", name="a"))
    store.save(World(id="b", name="b"))

    def meanwhile(world: World) -> World:
        store.update("b", lambda other: add(other, "cube"))
        return world

    store.update("a", meanwhile)
    assert store.load("b").object_count == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written_is_a_storage_error(store: WorldStore, tmp_path: Path) -> None:
    (tmp_path / "worlds").mkdir(mode=0o500)
    with pytest.raises(StorageError) as caught:
        store.save(World(id="table", name="A table"))
    assert (caught.value.code, caught.value.exit_code) == ("file.unwritable", 5)


def test_a_file_in_the_place_of_the_folder_is_a_storage_error(store: WorldStore, tmp_path: Path) -> None:
    (tmp_path / "worlds").write_text("x", encoding="utf-8")
    with pytest.raises(StorageError) as caught:
        store.save(World(id="table", name="A table"))
    assert (caught.value.code, caught.value.exit_code) == ("file.unwritable", 5)
