"""Worlds on disk: one JSON file for each, written whole or not at all, and one lock for each.

Two writers never lose what the other wrote: `update` reads, changes and writes under the lock, and `save` refuses a
world that is older than the one that is kept.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from worldbase import identifier, safepath, strictjson
from worldbase.document import dump
from worldbase.errors import InputError, StorageError, Where
from worldbase.files import write_atomic
from worldforge.errors import WorldStateError
from worldforge.forge.world import World

_SUFFIX: Final = ".json"


class WorldStore:
    """Worlds in a folder, which is made when the first one is saved.

    Args:
        folder: Where they are kept.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def ids(self) -> list[str]:
        """Ids of all worlds, in order."""
        return sorted(path.name.removesuffix(_SUFFIX) for path in self._folder.glob(f"[!.]*{_SUFFIX}"))

    def create(self, name: str, *, provider: str, description: str) -> World:
        """Make an empty world with a fresh id, and keep it.

        Raises:
            WorldForgeError: `value.not_text`.
            StorageError: `file.unwritable`.
        """
        fresh = identifier.new("wld").lower().replace("_", "-")
        return self.save(World(id=fresh, name=name, provider=provider, description=description))

    def load(self, world_id: str) -> World:
        """Read a world.

        Raises:
            WorldStateError: `world.unsafe_id`, `world.missing`, `world.unreadable` or `world.invalid`.
        """
        path = self._require(world_id)
        try:
            value = strictjson.load(path, file=path.name)
        except InputError as error:
            raise WorldStateError(
                f"the world {world_id!r} cannot be read: {error.message}",
                code="world.unreadable",
                where=error.where,
                hint="Restore the file from a copy, or delete the world and make it again.",
                problems=error.problems,
            ) from None
        world = World.from_dict(value, file=path.name)
        if world.id != world_id:
            raise WorldStateError(
                f"the file of the world {world_id!r} holds the world {world.id!r:.80}",
                code="world.invalid",
                where=Where(path.name, "/id"),
                hint="Rename the file, or correct its id.",
            )
        return world

    def save(self, world: World) -> World:
        """Keep a world, and return it with its new revision.

        Raises:
            WorldStateError: `world.unsafe_id`; `world.conflict` where a newer one is kept.
            StorageError: `file.unwritable`.
        """
        with self._locked(world.id):
            self._refuse_older(world)
            return self._write(world)

    def update(self, world_id: str, change: Callable[[World], World]) -> World:
        """Read a world, change it and keep it, while nobody else can.

        Args:
            world_id: Which one.
            change: Gives the changed world; it may be called in any thread or process, and must not save.

        Raises:
            WorldStateError: What `load` raises.
            StorageError: `file.unwritable`.
        """
        self._require(world_id)
        with self._locked(world_id):
            before = self.load(world_id)
            return self._write(replace(change(before), id=world_id, revision=before.revision))

    def delete(self, world_id: str) -> None:
        """Remove a world.

        Raises:
            WorldStateError: `world.unsafe_id` or `world.missing`.
            StorageError: `file.unwritable`.
        """
        self._require(world_id)
        with self._locked(world_id):
            path = self._require(world_id)
            try:
                path.unlink()
            except OSError as error:
                raise _unwritable(path, error) from None

    def _write(self, world: World) -> World:
        saved = replace(world, revision=world.revision + 1)
        write_atomic(self._path(world.id), dump(saved.to_dict()))
        return saved

    def _refuse_older(self, world: World) -> None:
        if not safepath.is_regular(self._path(world.id)):
            return
        kept = self.load(world.id).revision
        if kept != world.revision:
            raise WorldStateError(
                f"the world {world.id!r} was saved by somebody else: revision {kept} is kept, this is {world.revision}",
                code="world.conflict",
                hint="Load it again and repeat the change, or make changes through update_world.",
            )

    def _require(self, world_id: str) -> Path:
        path = self._path(world_id)
        if not safepath.is_regular(path):
            raise WorldStateError(
                f"no world has the id {world_id!r}",
                code="world.missing",
                where=Where(path.name),
                hint=f"There are: {', '.join(self.ids()[:20]) or 'none'}.",
            )
        return path

    @contextmanager
    def _locked(self, world_id: str) -> Iterator[None]:
        path = self._path(world_id)
        lock = path.with_name(f".{path.name}.lock")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
        except OSError as error:
            raise _unwritable(path, error) from None
        try:
            # Each call opens the file anew, so that threads of one process keep each other out as well.
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _path(self, world_id: str) -> Path:
        fault = safepath.fault_of(world_id) or ("it is a path" if "/" in world_id else None)
        if fault or world_id.startswith("."):
            raise WorldStateError(
                f"the id {world_id[:80]!r} is not allowed: {fault or 'it is hidden'}",
                code="world.unsafe_id",
                hint="Use letters, digits, hyphens and underscores.",
            )
        return self._folder / f"{world_id}{_SUFFIX}"


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path.name} cannot be written: {error.strerror or error}",
        code="file.unwritable",
        where=Where(path.name),
        hint="Check the folder's permissions and the free space.",
    )
