"""Fixtures for handlers: a community in a real database, set up or still silent, and who commands there."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest

from handlers.base import Command, Context
from storage.database import Database
from tests.handlers.room import NOW, Room


@pytest.fixture
async def silent_room(sqlite_database: Database) -> AsyncIterator[Room]:
    """A group whose admins have not finished /setup."""
    async with sqlite_database.write() as store:
        space, community = await store.communities.add_space(
            "telegram", "-100", "Data School", language="en", now=NOW
        )
        room = Room(store, community, space)
        await room.account("Me")
        yield room


@pytest.fixture
async def room(silent_room: Room) -> Room:
    """A group that is set up, in Berlin and in English."""
    community = await silent_room.store.communities.finish_setup(
        silent_room.community.id, language="en", zone="Europe/Berlin", week_start=0, now=NOW
    )
    return replace(silent_room, community=community)


@pytest.fixture
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
