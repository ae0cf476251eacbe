"""Submissions: exercises that members handed in, and what the teachers said."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, and_, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import accounts, courses, lessons, member_accounts, submissions

SubmissionState = Literal["draft", "waiting", "passed", "again"]


@dataclass(frozen=True, slots=True)
class Submission:
    """One exercise of one member."""

    id: int
    course_id: int
    lesson_id: int
    lesson: str
    course: str
    member_id: int | None
    account_id: int
    platform: str
    external_id: str
    """The account's, on its platform."""
    text: str
    link: str | None
    file: Mapping[str, str] | None
    """Where the platform has it: what is needed to show it there. It is never fetched."""
    handed_in_at: datetime
    state: SubmissionState
    words: str | None
    """What the teacher said."""
    marked_by: int | None
    marked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody hands in."""

    text: str
    link: str | None = None
    file: Mapping[str, str] | None = None


class SubmissionRepository:
    """Of a lesson, a member has at most one that waits."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def hand_in(
        self,
        community_id: int,
        course_id: int,
        lesson_id: int,
        account_id: int,
        work: Work,
        *,
        replaces: int | None,
        now: datetime,
        draft: bool = False,
    ) -> int:
        """Keep a member's work, and return its number. What it replaces keeps its place in the queue.

        A draft is not in the queue: which exercise it is for is not said yet.
        """
        values = {
            "text": work.text,
            "link": work.link,
            "file": None if work.file is None else dict(work.file),
        }
        if replaces is not None:
            changed = await self.connection.execute(
                update(submissions)
                .where(
                    submissions.c.community_id == community_id,
                    submissions.c.id == replaces,
                    submissions.c.state == "waiting",
                )
                .values(**values)
            )
            if changed.rowcount:
                return replaces
        made = await self.connection.execute(
            insert(submissions)
            .values(
                community_id=community_id,
                course_id=course_id,
                lesson_id=lesson_id,
                account_id=account_id,
                handed_in_at=now,
                state="draft" if draft else "waiting",
                **values,
            )
            .returning(submissions.c.id)
        )
        return int(made.scalar_one())

    async def get(self, community_id: int, id: int) -> Submission | None:
        """One of them; None: there is none here."""
        found = await self._read(_SUBMISSIONS.where(_here(community_id), submissions.c.id == id))
        return found[0] if found else None

    async def waiting(self, community_id: int, limit: int = 100) -> list[Submission]:
        """What is to be marked, the oldest first."""
        return await self._read(
            _SUBMISSIONS.where(_here(community_id), submissions.c.state == "waiting").limit(limit)
        )

    async def of(self, community_id: int, member_id: int) -> list[Submission]:
        """What a member handed in, the oldest first; without drafts."""
        return await self._read(
            _SUBMISSIONS.where(
                _here(community_id),
                member_accounts.c.member_id == member_id,
                submissions.c.state != "draft",
            )
        )

    async def drop(self, community_id: int, id: int) -> bool:
        """What is a draft, or waits, was never handed in; False: it is neither any more."""
        gone = await self.connection.execute(
            delete(submissions).where(
                _here(community_id), submissions.c.id == id, submissions.c.state.in_(["draft", "waiting"])
            )
        )
        return bool(gone.rowcount)

    async def drop_drafts(self, community_id: int, account_id: int) -> None:
        """An account has no draft any more."""
        await self.connection.execute(
            delete(submissions).where(
                _here(community_id), submissions.c.account_id == account_id, submissions.c.state == "draft"
            )
        )

    async def count_waiting(self, community_id: int, before: datetime | None = None) -> int:
        """How many are to be marked; those handed in before then alone, if it is given."""
        statement = select(func.count()).where(_here(community_id), submissions.c.state == "waiting")
        if before is not None:
            statement = statement.where(submissions.c.handed_in_at < before)
        return int((await self.connection.execute(statement)).scalar_one())

    async def mark(
        self,
        community_id: int,
        id: int,
        state: Literal["passed", "again"],
        words: str,
        *,
        by: int | None,
        now: datetime,
    ) -> bool:
        """Say what came of it; False: somebody did already."""
        changed = await self.connection.execute(
            update(submissions)
            .where(_here(community_id), submissions.c.id == id, submissions.c.state == "waiting")
            .values(state=state, words=words or None, marked_by=by, marked_at=now)
        )
        return bool(changed.rowcount)

    async def unmark(self, community_id: int, id: int) -> None:
        """It waits again, as if nobody had said anything."""
        await self.connection.execute(
            update(submissions)
            .where(_here(community_id), submissions.c.id == id)
            .values(state="waiting", words=None, marked_by=None, marked_at=None)
        )

    async def _read(self, statement: Select[Any]) -> list[Submission]:
        ordered = statement.order_by(submissions.c.handed_in_at, submissions.c.id)
        return [Submission(*row) for row in await self.connection.execute(ordered)]


def _here(community_id: int) -> Any:
    return submissions.c.community_id == community_id


_SUBMISSIONS = select(
    submissions.c.id,
    submissions.c.course_id,
    submissions.c.lesson_id,
    lessons.c.title,
    courses.c.title,
    member_accounts.c.member_id,
    submissions.c.account_id,
    accounts.c.platform,
    accounts.c.external_id,
    submissions.c.text,
    submissions.c.link,
    submissions.c.file,
    submissions.c.handed_in_at,
    submissions.c.state,
    submissions.c.words,
    submissions.c.marked_by,
    submissions.c.marked_at,
).select_from(
    submissions.join(lessons, lessons.c.id == submissions.c.lesson_id)
    .join(courses, courses.c.id == submissions.c.course_id)
    .join(accounts, accounts.c.id == submissions.c.account_id)
    .outerjoin(
        member_accounts,
        and_(
            member_accounts.c.account_id == submissions.c.account_id,
            member_accounts.c.community_id == submissions.c.community_id,
        ),
    )
)
