"""Attendance: live lessons, and who was at them for how long."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.courses import Lesson
from storage.courses.rows import LESSONS
from storage.enrolments import ACCOUNT
from storage.insert import insert_into
from storage.tables import (
    attendance,
    courses,
    enrolments,
    lessons,
    member_accounts,
    members,
    roster,
    spaces,
    voice_presence,
)

Way = Literal["voice", "button"]
_VOICE_LINK = re.compile(r"https?://(?:\w+\.)?discord(?:app)?\.com/channels/[0-9]+/([0-9]+)/?(?:[?#].*)?\Z")


@dataclass(frozen=True, slots=True)
class Stay:
    """An account was in a voice channel, from a moment to another."""

    account_id: int
    channel: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Attended:
    """How long one member was at a live lesson."""

    lesson_id: int
    member_id: int
    name: str
    seconds: int
    """The most of any account of theirs."""
    ways: tuple[Way, ...]
    counted: bool
    """It was decided whether it was long enough."""


def voice_channel(lesson: Lesson) -> str | None:
    """The voice channel that a lesson takes place in, where its link names one."""
    found = _VOICE_LINK.match(lesson.link or "")
    return found[1] if found else None


def takes_place_in(lesson: Lesson, channel: str) -> bool:
    """Whether time in a voice channel is time at the lesson: in the one that its link names.

    Without a link it is any; with a link to elsewhere it is none.
    """
    return lesson.link is None or voice_channel(lesson) == channel


class AttendanceRepository:
    """Every question is about one community."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    # Live lessons

    async def starting(self, community_id: int, since: datetime, until: datetime) -> list[Lesson]:
        """Live lessons of published courses that start in that time, in order."""
        return await self._lessons(community_id, lessons.c.starts_at >= since, lessons.c.starts_at <= until)

    async def going_on(self, community_id: int, since: datetime, until: datetime) -> list[Lesson]:
        """Those that go on at some moment between these."""
        return await self._lessons(community_id, lessons.c.starts_at < until, lessons.c.ends_at > since)

    async def latest(self, community_id: int, now: datetime, limit: int) -> list[Lesson]:
        """Those that have begun, the latest first."""
        found = await self._lessons(community_id, lessons.c.starts_at <= now)
        return found[::-1][:limit]

    async def _lessons(self, community_id: int, *which: Any) -> list[Lesson]:
        rows = await self.connection.execute(
            LESSONS.join(courses, courses.c.id == lessons.c.course_id)
            .where(
                courses.c.community_id == community_id,
                courses.c.state == "published",
                lessons.c.kind == "live",
                *which,
            )
            .order_by(lessons.c.starts_at, lessons.c.id)
        )
        return [Lesson(*row) for row in rows]

    # Who was there

    async def attend(self, community_id: int, stays: Sequence[Stay]) -> None:
        """Count time in voice for the lessons that went on then, for those who take the course.

        Safe to call twice: no moment of an account counts twice for a lesson.
        """
        if not stays:
            return
        first, last = min(stay.since for stay in stays), max(stay.until for stay in stays)
        for lesson in await self.going_on(community_id, first, last):
            assert lesson.starts_at is not None
            assert lesson.ends_at is not None
            here = [stay for stay in stays if takes_place_in(lesson, stay.channel)]
            taking = await self._taking(community_id, lesson, [stay.account_id for stay in here])
            for stay in here:
                since, until = max(stay.since, lesson.starts_at), min(stay.until, lesson.ends_at)
                if stay.account_id in taking and since < until:
                    await self._credit(community_id, lesson, stay.account_id, since, until, "voice")

    async def be_here(self, community_id: int, lesson: Lesson, account_id: int, now: datetime) -> None:
        """Somebody says that they are there: from now, or the start, to the end."""
        assert lesson.starts_at is not None
        assert lesson.ends_at is not None
        since = max(now, lesson.starts_at)
        if since < lesson.ends_at:
            await self._credit(community_id, lesson, account_id, since, lesson.ends_at, "button")

    async def look_into_voice(self, community_id: int, now: datetime) -> None:
        """Count the time of those who are in voice now, while a lesson goes on or has just ended."""
        rows = await self.connection.execute(
            select(voice_presence.c.account_id, voice_presence.c.channel, voice_presence.c.since)
            .join(spaces, spaces.c.id == voice_presence.c.space_id)
            .where(
                spaces.c.community_id == community_id, voice_presence.c.counts, voice_presence.c.since < now
            )
            .order_by(voice_presence.c.since)
        )
        await self.attend(community_id, [Stay(row.account_id, row.channel, row.since, now) for row in rows])

    async def _taking(self, community_id: int, lesson: Lesson, account_ids: Sequence[int]) -> set[int]:
        """Those of these accounts whose members take the lesson's course, by whatever account."""
        theirs, taking = member_accounts.alias("theirs"), member_accounts.alias("taking")
        rows = await self.connection.execute(
            select(theirs.c.account_id)
            .distinct()
            .select_from(enrolments)
            .outerjoin(roster, roster.c.id == enrolments.c.row_id)
            .join(taking, and_(taking.c.account_id == ACCOUNT, taking.c.community_id == community_id))
            .join(theirs, theirs.c.member_id == taking.c.member_id)
            .where(
                enrolments.c.community_id == community_id,
                enrolments.c.course_id == lesson.course_id,
                enrolments.c.state == "enrolled",
                among(theirs.c.account_id, "accounts"),
            ),
            {"accounts": list(account_ids)},
        )
        return set(rows.scalars())

    async def _credit(
        self, community_id: int, lesson: Lesson, account_id: int, since: datetime, until: datetime, way: Way
    ) -> None:
        """Add what lies after the moment up to which it was counted."""
        known = (
            await self.connection.execute(
                select(attendance.c.seconds, attendance.c.at).where(
                    attendance.c.lesson_id == lesson.id, attendance.c.account_id == account_id
                )
            )
        ).first()
        since = since if known is None else max(since, known.at)
        if since >= until:
            return
        seconds = round((until - since).total_seconds()) + (known.seconds if known else 0)
        insert = insert_into(self.connection, attendance).values(
            lesson_id=lesson.id,
            account_id=account_id,
            community_id=community_id,
            course_id=lesson.course_id,
            seconds=seconds,
            at=until,
            source=way,
        )
        await self.connection.execute(
            insert.on_conflict_do_update(
                index_elements=[attendance.c.lesson_id, attendance.c.account_id],
                set_={"seconds": seconds, "at": until},
            )
        )

    # What comes of it

    async def of(self, community_id: int, lesson_ids: Sequence[int]) -> dict[int, list[Attended]]:
        """Lesson -> who was there, the longest first."""
        rows = await self.connection.execute(
            select(
                attendance.c.lesson_id,
                members.c.id,
                members.c.name,
                attendance.c.seconds,
                attendance.c.source,
                attendance.c.counted_at,
            )
            .join(
                member_accounts,
                and_(
                    member_accounts.c.account_id == attendance.c.account_id,
                    member_accounts.c.community_id == attendance.c.community_id,
                ),
            )
            .join(members, members.c.id == member_accounts.c.member_id)
            .where(attendance.c.community_id == community_id, among(attendance.c.lesson_id, "lessons"))
            .order_by(attendance.c.seconds.desc(), members.c.id),
            {"lessons": list(lesson_ids)},
        )
        found: dict[tuple[int, int], Attended] = {}
        for row in rows:
            known = found.get((row.lesson_id, row.id))
            found[row.lesson_id, row.id] = Attended(
                row.lesson_id,
                row.id,
                row.name,
                known.seconds if known else row.seconds,
                (*(known.ways if known else ()), row.source),
                row.counted_at is not None and (known is None or known.counted),
            )
        of_lesson: dict[int, list[Attended]] = defaultdict(list)
        for each in found.values():
            of_lesson[each.lesson_id].append(each)
        return of_lesson

    async def to_decide(self, community_id: int, now: datetime) -> list[Lesson]:
        """Lessons that are over, and of which it is not decided for everybody whether it was long enough."""
        open_ones = (
            select(attendance.c.lesson_id)
            .where(attendance.c.community_id == community_id, attendance.c.counted_at.is_(None))
            .scalar_subquery()
        )
        return await self._lessons(community_id, lessons.c.ends_at <= now, lessons.c.id.in_(open_ones))

    async def decided(self, community_id: int, lesson_id: int, now: datetime) -> None:
        """It is decided for everybody who was at the lesson."""
        await self.connection.execute(
            update(attendance)
            .where(
                attendance.c.community_id == community_id,
                attendance.c.lesson_id == lesson_id,
                attendance.c.counted_at.is_(None),
            )
            .values(counted_at=now)
        )

    async def counts(self, community_id: int, lesson_ids: Sequence[int]) -> dict[int, int]:
        """Lesson -> how many members were there, however long."""
        rows = await self.connection.execute(
            select(attendance.c.lesson_id, func.count(member_accounts.c.member_id.distinct()))
            .join(
                member_accounts,
                and_(
                    member_accounts.c.account_id == attendance.c.account_id,
                    member_accounts.c.community_id == attendance.c.community_id,
                ),
            )
            .where(attendance.c.community_id == community_id, among(attendance.c.lesson_id, "lessons"))
            .group_by(attendance.c.lesson_id),
            {"lessons": list(lesson_ids)},
        )
        return {lesson: int(n) for lesson, n in rows}
