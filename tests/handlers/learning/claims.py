"""Claims: whether what a suggestion says of itself is so, asked of the tables anew, past the code that says it."""

import re
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from recsys.suggestions.content import Text, words
from storage.courses import Course
from storage.store import Store
from storage.suggestions import Showing

HERS = "SELECT account_id FROM member_accounts WHERE member_id = :member"
NUMBERS = re.compile(r"[0-9][0-9,]*")


class Claims:
    """One community, and what is in it."""

    def __init__(self, store: Store, community_id: int) -> None:
        self.store, self.community_id = store, community_id

    async def count(self, sql: str, **values: Any) -> int:
        return int((await self.store.connection.execute(text(sql), values)).scalar_one() or 0)

    async def is_true(self, showing: Showing, course: Course, reason: str) -> bool:
        """Whether the reason that was told for a course is so."""
        member, of = showing.member_id, showing.because_of or ""
        if await self._has(member, course.id):
            return False
        match showing.because:
            case "finished" | "takes" | "took" if showing.lane == "new":
                other = await self.store.courses.get(self.community_id, int(of))
                alike = other is not None and bool(_terms(other) & _terms(course))
                return alike and await self._relation(showing.because, member, int(of))
            case "finished" | "takes" | "took":
                return await self._relation(showing.because, member, int(of)) and await self._numbers(
                    int(of), course.id, reason
                )
            case "asked":
                sql = f"SELECT count(*) FROM asked WHERE course_id = :course AND account_id IN ({HERS})"
                return await self.count(sql, course=int(of), member=member) > 0
            case "opened" | "had" | "liked":
                which = (
                    "opened_at IS NOT NULL" if showing.because == "opened" else f"why = '{showing.because}'"
                )
                sql = f"SELECT count(*) FROM suggestions WHERE course_id = :course AND {which}"
                sql += f" AND account_id IN ({HERS})"
                return await self.count(sql, course=int(of), member=member) > 0
            case "said":
                sql = f"SELECT count(*) FROM posts WHERE lower(text) LIKE :word AND account_id IN ({HERS})"
                there = await self.count(sql, word=f"%{of.casefold()}%", member=member) > 0
                return there and of in f"{course.title} {' '.join(course.tags)}"
            case "told":
                sql = f"SELECT count(*) FROM interests WHERE topic = :topic AND wanted AND account_id IN ({HERS})"
                return await self.count(sql, topic=of, member=member) > 0 and self._about(course, of)
            case "topic":
                return self._about(course, of)
            case "like":
                other = await self.store.courses.get(self.community_id, int(of))
                return other is not None and bool(_terms(other) & _terms(course))
            case "lately" | "ever":
                return await self._takers(course.id, showing) == int(of)
            case "pinned":
                return course.pinned_until is not None and course.pinned_until > showing.shown_at
            case "path":
                return await self._place(member, course) == of
            case "there":
                return await self._takers(course.id, showing) < 2
        return False

    async def _has(self, member: int, course: int) -> bool:
        sql = f"SELECT count(*) FROM enrolments WHERE course_id = :course AND account_id IN ({HERS})"
        return await self.count(sql, course=course, member=member) > 0

    async def _relation(self, because: str, member: int, course: int) -> bool:
        state = {
            "finished": "finished_at IS NOT NULL",
            "takes": "finished_at IS NULL AND state = 'enrolled'",
            "took": "finished_at IS NULL AND state <> 'enrolled'",
        }[because]
        sql = f"SELECT count(*) FROM enrolments WHERE course_id = :course AND {state} AND account_id IN ({HERS})"
        return await self.count(sql, course=course, member=member) > 0

    async def _numbers(self, first: int, then: int, reason: str) -> bool:
        """The counts in the reason, where there are any, one way or the other round."""
        told = NUMBERS.findall(re.sub(r"[“《].*?[”》]", "", reason))
        if not told:
            return True
        join = """FROM enrolments a JOIN member_accounts m ON m.account_id = a.account_id
            WHERE a.course_id = :first AND a.state <> 'refunded'"""
        took = await self.count(f"SELECT count(DISTINCT m.member_id) {join}", first=first)
        later = f"""SELECT count(DISTINCT m.member_id) {join} AND EXISTS (
            SELECT 1 FROM enrolments b JOIN member_accounts n ON n.account_id = b.account_id
            WHERE b.course_id = :then AND b.enrolled_at > a.enrolled_at AND b.state <> 'refunded'
            AND n.member_id = m.member_id)"""
        after = await self.count(later, first=first, then=then)
        return sorted(told) == sorted((f"{took:,}", f"{after:,}"))

    async def _takers(self, course: int, showing: Showing) -> int:
        since = showing.shown_at - timedelta(days=90 if showing.because == "lately" else 36_500)
        sql = """SELECT count(DISTINCT m.member_id) FROM enrolments e
            JOIN member_accounts m ON m.account_id = e.account_id
            WHERE e.course_id = :course AND e.state <> 'refunded' AND e.enrolled_at >= :since"""
        moment = int((since.timestamp()) * 1_000_000)
        return await self.count(sql, course=course, since=moment)

    async def _place(self, member: int, course: Course) -> str:
        sql = f"""SELECT count(*), coalesce(max(c.position), 0) FROM enrolments e
            JOIN courses c ON c.id = e.course_id WHERE e.account_id IN ({HERS})"""
        [row] = await self.store.connection.execute(text(sql), {"member": member})
        if not row[0]:
            return "start"
        return "after" if course.position > row[1] else "before"

    def _about(self, course: Course, topic: str) -> bool:
        mine = set(words(Text(topic)))
        return bool(mine & _terms(course)) or topic.casefold() in map(str.casefold, course.tags)


def _terms(course: Course) -> set[str]:
    own = set(words(Text(course.title, course.text)))
    return own | {word for tag in course.tags for word in (*words(Text(tag)), f"tag:{tag.casefold()}")}
