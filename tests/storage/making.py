"""What tests of the store begin with: a community, a space, people in it, and points."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import insert

from storage.courses import sought_in
from storage.database import Database
from storage.store import Store
from storage.tables import courses, lessons
from storage.values import Account, Community, Entry, Member, NewEntry, Space

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
numbers = count(1)


@dataclass(frozen=True)
class School:
    community: Community
    space: Space


async def a_school(store: Store, *, zone: str = "UTC", platform: str = "telegram") -> School:
    """A community that is set up, with one space."""
    space, community = await store.communities.add_space(
        platform, f"-1001{next(numbers):06}", "School", language="en", now=NOW
    )
    community = await store.communities.finish_setup(
        community.id, language="en", zone=zone, week_start=0, now=NOW
    )
    return School(community, space)


async def a_member(store: Store, school: School, name: str, *, handle: str | None = None) -> Member:
    """Somebody who is in the school's space."""
    account = await an_account(store, name, handle=handle, platform=school.space.platform)
    await store.people.join(account.id, school.space.id, NOW)
    return await store.people.ensure_member(school.community.id, account.id, now=NOW)


async def an_account(
    store: Store, name: str, *, handle: str | None = None, platform: str = "telegram"
) -> Account:
    return await store.people.see(platform, str(next(numbers)), name, handle, now=NOW)


async def earn(
    store: Store,
    member: Member,
    points: int,
    *,
    at: datetime = NOW,
    rule: str = "post",
    source: str | None = None,
    message: str | None = None,
    space: Space | None = None,
) -> list[Entry]:
    (account, *_) = await store.people.accounts_of(member.id)
    return await store.points.record(
        [
            NewEntry(
                community_id=member.community_id,
                member_id=member.id,
                account_id=account.id,
                space_id=space.id if space else None,
                rule=rule,
                source=source or f"test:{next(numbers)}",
                points=points,
                message=message,
                happened_at=at,
                recorded_at=NOW,
            )
        ]
    )


class Undone(Exception):
    """Ends a transaction that is not to be kept."""


@asynccontextmanager
async def undone(database: Database) -> AsyncIterator[Store]:
    """A write transaction that is rolled back at the end, so that one database serves many examples."""
    try:
        async with database.write() as store:
            yield store
            raise Undone
    except Undone:
        pass


async def a_course(store: Store, school: School, key: str = "git", **more: Any) -> int:
    """A published course; returns its number."""
    row = {
        "community_id": school.community.id,
        "origin_id": school.community.id,
        "key": key,
        "title": key.title(),
        "text": "",
        "language": "en",
        "teacher": "",
        "tags": [],
        "position": next(numbers),
        "state": "published",
        "boost": 0.0,
        "made_at": NOW,
        "changed_at": NOW,
    }
    row |= more
    row["sought"] = sought_in(row["title"], row["teacher"], row["tags"], key)
    made = await store.connection.execute(insert(courses).values(**row).returning(courses.c.id))
    return int(made.scalar_one())


async def a_lesson(store: Store, course: int, key: str = "one", **more: Any) -> int:
    """A lesson of a course; returns its number."""
    row = {
        "course_id": course,
        "key": key,
        "position": next(numbers),
        "title": "Lesson",
        "kind": "article",
        "text": "",
    }
    made = await store.connection.execute(insert(lessons).values(**row | more).returning(lessons.c.id))
    return int(made.scalar_one())
