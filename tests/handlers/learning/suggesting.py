"""A school to suggest in: its courses, what its members took, and what suggests, over a room's transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from bot.batch import House
from bot.settings_book import SettingsBook
from bot.suggesting import SuggestingDesk
from handlers import FEATURES
from storage.store import Store
from storage.tables import enrolments
from tests.handlers.room import TEXTS, Room
from tests.storage.making import School, a_course


class OneTransaction:
    """A database whose only transaction is the room's."""

    def __init__(self, store: Store) -> None:
        self.store = store

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Store]:
        yield self.store

    write = read


def suggest_in(
    room: Room, folder: Path, *, platforms: tuple[str, ...] = ("telegram",), **more: Any
) -> SuggestingDesk:
    """What suggests, from this room on."""
    house = House(FEATURES, SettingsBook(FEATURES, {}), TEXTS, "en")
    adapters: Any = {name: Adapter() for name in platforms}
    database: Any = OneTransaction(room.store)
    room.suggesting = SuggestingDesk(
        database, house, adapters, folder, clock=lambda: room.now, seed=1, **more
    )
    return room.suggesting


class Adapter:
    """A platform where nobody has to open the chat first."""

    class health:
        must_start = False


async def course(room: Room, title: str, *tags: str, **more: Any) -> int:
    """A published course."""
    school = School(room.community, room.space)
    given = {"title": title, "tags": list(tags)}
    return await a_course(room.store, school, title.casefold(), **given | more)


async def took(room: Room, name: str, *courses: int, days_ago: int = 10, finished: bool = True) -> None:
    """A member took courses, one after the other, and finished them."""
    account = await room.account(name)
    for place, number in enumerate(courses):
        at = room.now - timedelta(days=days_ago) + timedelta(hours=place)
        row = {
            "community_id": room.community.id,
            "course_id": number,
            "account_id": account.id,
            "source": "chat",
            "state": "enrolled",
            "enrolled_at": at,
            "moved_at": at,
            "finished_at": at + timedelta(minutes=30) if finished else None,
        }
        await room.store.connection.execute(insert(enrolments).values(**row))
