"""A school to suggest in: its courses, what its members took, and what suggests, over a room's transaction."""

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sqlalchemy import insert

from bot.batch import House
from bot.settings_book import SettingsBook
from bot.suggesting import SuggestingDesk
from handlers import FEATURES
from recsys.suggestions.interactions import Log
from recsys.suggestions.model import Model
from recsys.suggestions.order import OrderSettings, fit_order
from recsys.suggestions.popular import fit_popular
from recsys.suggestions.saved import save
from storage.models import NewModel
from storage.store import Store
from storage.suggestions import Showing
from storage.tables import enrolments, member_accounts, members
from storage.values import NewAccount
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


def suggest_in(room: Room, folder: Path, **more: Any) -> SuggestingDesk:
    """What suggests, from this room on. Nobody has to open the chat with the bot first."""
    house = House(FEATURES, SettingsBook(FEATURES, {}), TEXTS, "en")
    adapters: Any = {"telegram": SimpleNamespace(health=SimpleNamespace(must_start=False))}
    database: Any = OneTransaction(room.store)
    desk = SuggestingDesk(database, house, adapters, folder, clock=lambda: room.now, seed=1, **more)
    room.suggesting = desk
    return desk


async def course(room: Room, title: str, *tags: str, **more: Any) -> int:
    """A published course."""
    school = School(room.community, room.space)
    given = {"title": title, "tags": list(tags), "made_at": room.now, "changed_at": room.now}
    return await a_course(room.store, school, title.casefold(), **given | more)


async def took(room: Room, name: str, *courses: int, days_ago: int = 10, finished: bool = True) -> None:
    """A member took courses, one after the other, and finished them."""
    account = await room.account(name)
    rows = rows_of(room, account.id, courses, days_ago, finished)
    await room.store.connection.execute(insert(enrolments), rows)


def rows_of(
    room: Room, account: int, courses: Sequence[int], days_ago: int = 10, finished: bool = True
) -> list[dict[str, Any]]:
    """Enrolments, an hour apart."""
    rows = []
    for place, number in enumerate(courses):
        at = room.now - timedelta(days=days_ago) + timedelta(hours=place)
        rows.append(
            {
                "community_id": room.community.id,
                "course_id": number,
                "account_id": account,
                "source": "chat",
                "state": "enrolled",
                "enrolled_at": at,
                "moved_at": at,
                "finished_at": at + timedelta(minutes=30) if finished else None,
            }
        )
    return rows


async def two_tracks(room: Room) -> dict[str, int]:
    """Eight courses, of data and of the web, that twenty-four members took in their order, up to somewhere."""
    made = {}
    for track, tag in (("Data", "statistics"), ("Web", "html")):
        for step in range(1, 5):
            made[f"{track} {step}"] = await course(room, f"{track} {step}", tag)
    rows = []
    for number, account in enumerate(await _pupils(room, 24)):
        track, steps = ("Data", "Web")[number % 2], 2 + number % 3
        rows += rows_of(room, account, [made[f"{track} {step}"] for step in range(1, steps + 1)])
    await room.store.connection.execute(insert(enrolments), rows)
    return made


async def _pupils(room: Room, number: int) -> list[int]:
    """So many members, all at once; the numbers of their accounts."""
    names = [f"P{place}" for place in range(number)]
    seen = await room.store.people.see_many(
        [NewAccount(platform="telegram", external_id=name, name=name) for name in names], now=room.now
    )
    ids = [seen["telegram", name].id for name in names]
    new = {"community_id": room.community.id, "hidden": False, "staff": False, "listed": False}
    made = await room.store.connection.execute(
        insert(members).returning(members.c.id),
        [new | {"name": name, "created_at": room.now} for name in names],
    )
    links = [
        {"community_id": room.community.id, "account_id": account, "member_id": row.id}
        for account, row in zip(ids, made.all(), strict=True)
    ]
    await room.store.connection.execute(insert(member_accounts), links)
    return ids


async def learned(
    room: Room,
    folder: Path,
    courses: Sequence[int],
    version: str = "one",
    spoil: Callable[[Path], object] = lambda file: None,
) -> Path:
    """A model of what members did, as a training would leave it: saved, and serving. `spoil` writes to it
    before it is known by its sum."""
    rows = await room.store.interactions.of(room.community.id)
    log = Log.of(
        [str(each.member_id) for each in rows],
        [str(each.course_id) for each in rows],
        [each.at.timestamp() for each in rows],
        [each.kind for each in rows],
        catalogue=[str(each) for each in courses],
    )
    parts = {"order": fit_order(log, OrderSettings(smooth=1.0)), "popular": fit_popular(log)}
    file = folder / "models" / str(room.community.id) / f"{version}.npz"
    file.parent.mkdir(parents=True, exist_ok=True)
    save(Model(log.items.names, parts, {"order": 1.0, "popular": 0.2}), file, version)
    spoil(file)
    new = NewModel(
        version=version,
        data_from=None,
        data_until=None,
        events=len(rows),
        members=len(log.users),
        courses=len(log.items),
        parameters={},
        figures={},
        skipped=(),
        file=file.name,
        sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
    )
    await room.store.models.add(room.community.id, new, "kept", now=room.now)
    await room.store.models.serve(room.community.id, version, now=room.now)
    return file


async def shown_to(room: Room, name: str) -> list[Showing]:
    """Everything that was shown to a member, the oldest first."""
    member = await room.member(name)
    since = room.now - timedelta(days=999)
    found = await room.store.suggestions.standing(room.community.id, [member.id], since, room.now)
    return found.get(member.id, [])
