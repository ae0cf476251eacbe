"""A batch: it asks the database as often for many posts as for few, and judges each by what it knows of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.batch import BatchResult, House, run_batch
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from handlers import FEATURES
from handlers.base import Deleted, Edited, Event, Person, Place, Posted, Reacted, RepliedTo
from storage.batches import direct
from storage.database import Database
from tests.conftest import NOW

PLACE = Place(platform="telegram", space="-1001", space_title="Data School")
Run = Callable[[list[Event]], Any]


@pytest.fixture
async def run(database: Database) -> Run:
    """Runs batches, in a group that is set up."""
    house = House(FEATURES, SettingsBook(FEATURES, {}), load_texts(), "en")
    async with database.write() as store:
        _, community = await store.communities.add_space(
            "telegram", "-1001", "Data School", language="en", now=NOW
        )
        await store.communities.finish_setup(community.id, language="en", zone="UTC", week_start=0, now=NOW)

    async def go(events: list[Event]) -> BatchResult:
        async with database.write() as store:
            return await run_batch(house, store, events, NOW)

    return go


@contextmanager
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Every statement that a driver is handed, whichever way it goes; many rows at once are one."""
    seen: list[object] = []

    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    for name in ("ask", "put"):
        original = getattr(direct, name)

        async def counted(connection: Any, statement: Any, *rest: Any, original: Any = original) -> Any:
            if (
                connection.dialect.name == "sqlite"
            ):  # elsewhere it goes through the engine, and is heard there
                seen.append(statement)
            return await original(connection, statement, *rest)

        for user in ("storage.batches.rows", "storage.batches.bulk"):
            monkeypatch.setattr(f"{user}.{name}", counted, raising=False)
    event.listen(Engine, "before_cursor_execute", executed)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", executed)


def person(number: int) -> Person:
    return Person(id=str(100 + number), name=f"Member {number}", handle=f"member{number}", language="en")


def post(number: int, author: int, text: str, *, to: int | None = None, to_author: int = 0) -> Posted:
    return Posted(
        key=f"p{number}",
        order=number,
        at=NOW + timedelta(minutes=2 * number),
        place=PLACE,
        message=f"-1001/{number}",
        person=person(author),
        text=text,
        reply_to=None if to is None else RepliedTo(message=f"-1001/{to}", person=person(to_author)),
    )


def lively(first: int, count: int) -> list[Event]:
    """Posts, answers, thanks, reactions, edits and a deletion, by as many people as there are posts."""
    events: list[Event] = []
    for n in range(first, first + count):
        if n % 3 == 1 and n > first:
            events.append(post(n, n, f"thanks, number {n} makes it clear at last", to=n - 1, to_author=n - 1))
        else:
            events.append(post(n, n, f"how do I split the data of week {n} by time?"))
        moment = NOW + timedelta(minutes=2 * n + 1)
        common: dict[str, Any] = {"order": n, "at": moment, "place": PLACE}
        events.append(
            Reacted(
                key=f"r{n}", message=f"-1001/{n}", person=person(n + 1), added=("👍",), to=person(n), **common
            )
        )
        events.append(
            Edited(
                key=f"e{n}",
                message=f"-1001/{n}",
                person=person(n),
                text=f"a better question than number {n}",
                **common,
            )
        )
    events.append(
        Deleted(
            key=f"d{first}",
            order=first,
            at=NOW + timedelta(days=1),
            place=PLACE,
            messages=(f"-1001/{first}", f"-1001/{first + 1}"),
        )
    )
    return events


async def test_statements_do_not_grow_with_the_batch(run, monkeypatch):
    await run(lively(0, 10))
    with statements(monkeypatch) as few:
        await run(lively(100, 20))
    with statements(monkeypatch) as many:
        await run(lively(1_000, 200))

    assert len(few) > 20
    assert len(many) == len(few)


async def test_a_post_that_is_edited_in_the_same_batch_is_judged_as_it_was_written(run, database):
    short = post(1, 1, "ok")
    grown = Edited(
        key="e1",
        order=1,
        at=short.at + timedelta(seconds=5),
        place=PLACE,
        message=short.message,
        person=person(1),
        text="ok, and here is everything I know about splitting data by time",
    )
    await run([short, grown])

    async with database.read() as store:
        member = await store.people.find_member(1, "telegram", external_id="101", handle="")
        assert member is not None
        assert await store.points.total(member.id, "all") == 0


async def test_a_post_made_through_a_bot_is_kept_as_forwarded(run, database):
    through = post(1, 1, "This was written by an inline bot, not by Member 1")
    await run([replace(through, via_bot=True)])

    async with database.read() as store:
        stored = await store.posts.by_message(1, "-1001/1")
        assert stored is not None
        assert stored.forwarded
