"""Personal, learning: something of Annabel's in every table of courses and suggestions."""

from datetime import datetime
from typing import Any

from sqlalchemy import insert, select

from storage.store import Store
from storage.tables import enrolments, metadata
from tests.storage.making import School, a_course, a_lesson


async def fill_learning(store: Store, community: int, space: int, ann: int, bob: int, now: datetime) -> None:
    """A course that Annabel takes, asks about, hands in for and reviews; she marked Bertram's work."""
    place, school = await store.communities.space_by_id(space), await store.communities.get(community)
    assert place is not None
    assert school is not None
    where = School(school, place)
    course = await a_course(store, where, position=1)
    lesson = await a_lesson(store, course, position=1)
    await store.enrolments.enrol(community, course, ann, source="chat", now=now)
    mine = select(enrolments.c.id).where(enrolments.c.course_id == course, enrolments.c.account_id == ann)
    row = await store.roster.by_email(community, "annabelmail@example.com")
    assert row is not None
    enrolled = (await store.connection.execute(mine)).scalar_one()
    here = {"community_id": community, "account_id": ann}
    inside = {**here, "course_id": course}
    rows: list[tuple[str, dict[str, Any]]] = [
        ("lessons_done", {"enrolment_id": enrolled, "lesson_id": lesson, "done_at": now, "source": "member"}),
        ("enrolments", {"community_id": community, "course_id": await a_course(store, where, "sql", position=2),
                        "row_id": row.id, "source": "shop", "state": "enrolled", "enrolled_at": now,
                        "moved_at": now}),
        ("interests", {**here, "origin_id": community, "topic": "annabelwords", "wanted": True, "at": now}),
        ("nudge_wishes", {**here, "at": now}),
        ("suggestion_wishes", {**here, "reads": True, "at": now}),
        ("suggestions", {**inside, "arm": "best", "way": "asked", "lane": "blend", "rank": 1, "score": 0.5,
                         "because": "said", "because_of": "annabelwords", "model": "1", "shown_at": now}),
        ("asked", {**here, "origin_id": community, "text": "annabelwords?", "at": now}),
        ("attendance", {**inside, "lesson_id": lesson, "seconds": 60, "at": now, "source": "voice"}),
        ("submissions", {**inside, "lesson_id": lesson, "text": "annabelwords", "handed_in_at": now,
                         "state": "waiting"}),
        ("submissions", {**inside, "account_id": bob, "lesson_id": lesson, "text": "bertramwords",
                         "handed_in_at": now, "state": "passed", "words": "well done", "marked_by": ann,
                         "marked_at": now}),
        ("course_reviews", {"community_id": community, "course_id": course, "done_by": ann, "why": "time",
                            "opened_at": now, "done_at": now, "outcome": "fine", "words": "well done"}),
    ]  # fmt: skip
    for name, values in rows:
        await store.connection.execute(insert(metadata.tables[name]).values(**values))
