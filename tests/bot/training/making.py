"""A school in which members go along tracks of courses, written at once."""

from datetime import datetime, timedelta

import numpy as np
from sqlalchemy import insert

from storage.database import Database
from storage.tables import accounts, courses, enrolments, member_accounts, members
from tests.storage.making import NOW, School, a_school

TRACKS, LONG = 3, 5


async def a_learning_school(database: Database, number: int, *, seed: int = 1) -> School:
    """So many members, each along one of three tracks of five courses, over a hundred days until now."""
    rng = np.random.default_rng(seed)
    async with database.write() as store:
        school = await a_school(store)
        here = school.community.id
        await store.connection.execute(
            insert(courses), [_course(here, place) for place in range(TRACKS * LONG)]
        )
        rows = {"platform": "telegram", "is_bot": False, "created_at": NOW}
        people = [
            rows | {"id": here * 100_000 + k, "external_id": f"{here}-{k}", "name": f"M{k}"}
            for k in range(number)
        ]
        await store.connection.execute(insert(accounts), people)
        made = {"community_id": here, "hidden": False, "staff": False, "listed": True, "created_at": NOW}
        await store.connection.execute(
            insert(members), [made | {"id": one["id"], "name": one["name"]} for one in people]
        )
        await store.connection.execute(
            insert(member_accounts),
            [{"community_id": here, "account_id": one["id"], "member_id": one["id"]} for one in people],
        )
        await store.connection.execute(
            insert(enrolments), [row for one in people for row in _taken(here, one["id"], rng)]
        )
    return school


async def enrol(database: Database, school: School, member: int, course: int, at: datetime = NOW) -> None:
    """One more enrolment."""
    here = school.community.id
    async with database.write() as store:
        [wanted] = [one for one in await store.courses.all(here) if one.key == f"c{course}"]
        await store.enrolments.enrol(here, wanted.id, here * 100_000 + member, source="chat", now=at)


def _course(community: int, place: int) -> dict:
    return {
        "id": community * 1_000 + place,
        "community_id": community,
        "origin_id": community,
        "key": f"c{place}",
        "title": f"Track {place // LONG}, part {place % LONG}",
        "text": "",
        "language": "en",
        "teacher": "",
        "tags": [f"track {place // LONG}"],
        "sought": "",
        "position": place,
        "state": "published",
        "boost": 0.0,
        "made_at": NOW,
        "changed_at": NOW,
    }


def _taken(community: int, account: int, rng: np.random.Generator) -> list[dict]:
    track, at = int(rng.integers(TRACKS)), NOW - timedelta(days=float(rng.random() * 100))
    found = []
    for step in range(int(rng.integers(2, LONG + 1))):
        found.append(
            {
                "community_id": community,
                "course_id": community * 1_000 + track * LONG + step,
                "account_id": account,
                "source": "chat",
                "state": "enrolled",
                "enrolled_at": min(at, NOW),
                "moved_at": min(at, NOW),
            }
        )
        at += timedelta(days=float(rng.exponential(15)))
    return found
