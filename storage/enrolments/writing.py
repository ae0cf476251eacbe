"""Writing: what a member, a teacher or a lesson's outcome says of one enrolment."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, update

from storage.cohorts import doors_of
from storage.enrolments.reading import Reading
from storage.enrolments.rows import Enrolment, Source
from storage.insert import insert_into, insert_new
from storage.tables import enrolments, lessons_done, member_accounts


class Writing(Reading):
    """Each is safe to call twice, and says whether it changed anything."""

    __slots__ = ()

    async def enrol(
        self, community_id: int, course_id: int, account_id: int, *, source: Source, now: datetime
    ) -> bool:
        """Enrol somebody, also again; False: they, by whatever account of theirs, are in it already.

        Where a cohort of the course is running they are in it.
        """
        member = await self.connection.scalar(
            select(member_accounts.c.member_id).where(
                member_accounts.c.community_id == community_id, member_accounts.c.account_id == account_id
            )
        )
        known = None if member is None else await self.one(community_id, member, course_id)
        if known is not None and known.takes:
            return False
        doors = await doors_of(self.connection, community_id, [course_id])
        cohort = doors.entered(course_id, now)
        if known is not None:
            again = {"state": "enrolled", "state_at": now, "moved_at": now}
            stays = any(each.id == known.cohort_id for each in doors.cohorts)
            await self._set(known.all, **again, cohort_id=known.cohort_id if stays else cohort)
            return True
        row = {
            "community_id": community_id,
            "course_id": course_id,
            "account_id": account_id,
            "cohort_id": cohort,
            "source": source,
            "state": "enrolled",
            "state_at": now,
            "enrolled_at": now,
            "moved_at": now,
        }
        return bool(await insert_new(self.connection, enrolments, [row], returning=[enrolments.c.id]))

    async def start(self, taken: Enrolment, *, now: datetime) -> bool:
        """They opened a lesson, or began in another way."""
        if taken.started_at is not None:
            return False
        await self._set([taken.id], started_at=now, moved_at=now)
        return True

    async def do(
        self, taken: Enrolment, lesson_id: int, *, source: Source, now: datetime, mark: float | None = None
    ) -> bool:
        """A lesson is done. False: it was before; a better mark is taken all the same."""
        before = (await self.done([taken]))[taken.id].get(lesson_id)
        insertion = insert_into(self.connection, lessons_done)
        best = func.coalesce(lessons_done.c.mark, -1.0) < func.coalesce(insertion.excluded.mark, -1.0)
        await self.connection.execute(
            insertion.values(
                enrolment_id=taken.id, lesson_id=lesson_id, done_at=now, mark=mark, source=source
            ).on_conflict_do_update(
                index_elements=[lessons_done.c.enrolment_id, lessons_done.c.lesson_id],
                set_={"mark": insertion.excluded.mark},
                where=best,
            )
        )
        if before is None:
            await self._set([taken.id], moved_at=now)
            await self.start(taken, now=now)
        return before is None

    async def undo(self, taken: Enrolment, lesson_id: int, *, now: datetime) -> bool:
        """A lesson is not done after all."""
        gone = await self.connection.execute(
            delete(lessons_done).where(
                lessons_done.c.enrolment_id.in_(taken.all), lessons_done.c.lesson_id == lesson_id
            )
        )
        if gone.rowcount:
            await self._set([taken.id], moved_at=now)
        return gone.rowcount > 0

    async def finish(self, taken: Enrolment, *, now: datetime) -> bool:
        """They finished the course."""
        if taken.finished_at is not None:
            return False
        await self._set([taken.id], finished_at=now, moved_at=now, remind_at=None)
        await self.start(taken, now=now)
        return True

    async def unfinish(self, taken: Enrolment, *, now: datetime) -> bool:
        """They have not finished it after all."""
        if taken.finished_at is None:
            return False
        await self._set(taken.all, finished_at=None, moved_at=now)
        return True

    async def rate(self, taken: Enrolment, stars: int, *, words: str | None = None, now: datetime) -> None:
        """What they say of the course. Without words those said before stay."""
        told: dict[str, Any] = {"stars": stars, "rated_at": now, "words": words or taken.words}
        await self._set(taken.all, **told)

    async def remind(self, taken: Enrolment, at: datetime | None) -> None:
        """They want to hear of it then; None: not, or not any more."""
        await self._set(taken.all, remind_at=None)
        if at is not None:
            await self._set([taken.id], remind_at=at)

    async def leave(self, taken: Enrolment, *, now: datetime) -> bool:
        """They take it no more. What they did stays, for when they come again."""
        if taken.state == "left":
            return False
        await self._set(taken.all, state="left", state_at=now, moved_at=now, remind_at=None)
        return True

    async def refund(self, taken: Enrolment, *, now: datetime) -> bool:
        """They got their money back."""
        if taken.state == "refunded":
            return False
        await self._set(taken.all, state="refunded", state_at=now, moved_at=now, remind_at=None)
        return True

    async def into_cohort(self, taken: Enrolment, cohort_id: int | None) -> None:
        """They take the course with this cohort from now on; None: by themselves."""
        await self._set(taken.all, cohort_id=cohort_id)

    async def nudged(self, taken: Enrolment, *, now: datetime) -> None:
        """They were nudged. What they do next moves `moved_at` past it."""
        await self._set(taken.all, nudged_at=now)

    async def _set(self, rows: Iterable[int], **values: Any) -> None:
        await self.connection.execute(
            update(enrolments).where(enrolments.c.id.in_(list(rows))).values(**values)
        )
