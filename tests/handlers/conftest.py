"""Fixtures for handlers: a community in a real database, set up or still silent, and who commands there.

A room is one transaction, taken back at its end: so all rooms share a database, whose statements are compiled
once.
"""

import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from handlers.base import Command, Context
from storage.database import Database
from tests.conftest import KEY, taken_back
from tests.handlers.room import NOW, Room


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def rooms(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> AsyncIterator[Database]:
    """The database of all rooms."""
    path = tmp_path_factory.mktemp("rooms") / "homeroom.db"
    shutil.copyfile(sqlite_template, path)
    database = await Database.open(f"sqlite:///{path}", key=KEY)
    yield database
    await database.close()


@pytest_asyncio.fixture(loop_scope="session")
async def silent_room(rooms: Database) -> AsyncIterator[Room]:
    """A group whose admins have not finished /setup."""
    async with taken_back(rooms) as store:
        space, community = await store.communities.add_space(
            "telegram", "-100", "Data School", language="en", now=NOW
        )
        room = Room(store, community, space)
        await room.account("Me")
        yield room


@pytest_asyncio.fixture(loop_scope="session")
async def room(silent_room: Room) -> Room:
    """A group that is set up, in Berlin and in English."""
    community = await silent_room.store.communities.finish_setup(
        silent_room.community.id, language="en", zone="Europe/Berlin", week_start=0, now=NOW
    )
    return replace(silent_room, community=community)


@pytest_asyncio.fixture(loop_scope="session")
async def ctx(room: Room) -> Context:
    """What a member called Me may know and use."""
    return await room.context("Me")


@pytest.fixture
def command(room: Room) -> Callable[..., Command]:
    """Make a command of Me: `command("top month")`."""

    def make(line: str, by: str = "Me", **values: Any) -> Command:
        return room.command(line, by, **values)

    return make


@pytest.fixture
def earn(room: Room) -> Callable[..., Any]:
    """Let somebody earn points: `await earn("Ann", 5)`."""
    return room.earn
