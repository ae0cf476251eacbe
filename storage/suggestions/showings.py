"""Showings: each time a course was suggested to somebody, why, and what came of it."""

import hmac
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from sqlalchemy import Select, and_, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.enrolments import ACCOUNT
from storage.tables import enrolments, member_accounts, roster, suggestions

Arm = Literal["model", "popular", "none"]
Way = Literal["asked", "pushed", "finished", "welcome", "digest"]
Why = Literal["topic", "easy", "hard", "had", "price", "liked"]
WHYS: Final[tuple[Why, ...]] = ("topic", "easy", "hard", "had", "price")
"""Why somebody does not want a course: not their topic, too easy, too hard, had it elsewhere, its price.

Who was asked for a course they liked had it, too: "liked".
"""
COUNTS: Final = timedelta(days=30)
"""Who enrols within so long after a showing, did so because of it, as far as anybody can tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewShowing:
    """A course that is being suggested to somebody."""

    community_id: int
    course_id: int
    account_id: int
    arm: Arm
    way: Way
    lane: str
    rank: int
    score: float
    because: str
    because_of: str | None
    model: str
    """The version of what chose it; empty where nothing was trained."""
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class Showing:
    """A course that was suggested to a member."""

    id: int
    member_id: int
    course_id: int
    way: Way
    lane: str
    rank: int
    because: str
    because_of: str | None
    shown_at: datetime
    opened_at: datetime | None
    enrolled_at: datetime | None
    dismissed_at: datetime | None
    why: Why | None
    later_until: datetime | None

    @property
    def answered(self) -> bool:
        """Whether the member did anything about it."""
        return any((self.opened_at, self.enrolled_at, self.dismissed_at, self.later_until))


@dataclass(frozen=True, slots=True)
class Answers:
    """What came of showing a course."""

    shown: int
    opened: int
    enrolled: int


@dataclass(frozen=True, slots=True)
class Figure:
    """What came of what one member was shown, in one way and from one lane."""

    member_id: int
    arm: Arm
    way: Way
    lane: str
    shown: int
    opened: int
    enrolled: int
    dismissed: int


class Showings:
    """One row a showing. Every question is about one community. `key` is `Database.key`."""

    __slots__ = ("_key", "connection")

    def __init__(self, connection: AsyncConnection, key: bytes) -> None:
        self.connection = connection
        self._key = key

    def held_out(self, account_ids: Collection[int], share: float) -> bool:
        """Whether a person is among the share of whom popularity decides, to have something to compare with.

        By the oldest of their accounts, so that all of them are treated alike, and for ever alike.
        """
        sign = hmac.digest(self._key, f"held out:{min(account_ids)}".encode(), "sha256")
        return int.from_bytes(sign[:8], "big") < share * 2**64

    async def show(self, rows: Sequence[NewShowing]) -> list[int]:
        """Remember what is shown; the numbers of the showings, in the order of the rows."""
        found = []
        for row in rows:
            made = await self.connection.execute(
                insert(suggestions).values(**asdict(row)).returning(suggestions.c.id)
            )
            found.append(int(made.scalar_one()))
        return found

    async def get(self, community_id: int, member_id: int, id: int) -> Showing | None:
        """One showing of a member's; None: there is none of theirs here."""
        rows = await self.connection.execute(
            _SHOWINGS.where(
                suggestions.c.community_id == community_id,
                member_accounts.c.member_id == member_id,
                suggestions.c.id == id,
            )
        )
        row = rows.first()
        return None if row is None else Showing(*row)

    async def standing(
        self, community_id: int, member_ids: Sequence[int], since: datetime, now: datetime
    ) -> dict[int, list[Showing]]:
        """Member -> what was shown since a moment, and what they refused or put off; the oldest first."""
        rows = await self.connection.execute(
            _SHOWINGS.where(
                suggestions.c.community_id == community_id,
                among(member_accounts.c.member_id, "of_members"),
                or_(
                    suggestions.c.shown_at >= since,
                    suggestions.c.dismissed_at.is_not(None),
                    suggestions.c.later_until > now,
                ),
            ).order_by(suggestions.c.shown_at, suggestions.c.id),
            {"of_members": list(member_ids)},
        )
        found: dict[int, list[Showing]] = defaultdict(list)
        for row in rows:
            found[row.member_id].append(Showing(*row))
        return found

    # What comes of it

    async def opened(self, id: int, now: datetime) -> None:
        """Somebody looked closer; the first time counts."""
        await self._set(id, suggestions.c.opened_at.is_(None), opened_at=now)

    async def put_off(self, id: int, until: datetime) -> None:
        """Not before then."""
        await self._set(id, None, later_until=until)

    async def dismiss(self, id: int, now: datetime, why: Why | None = None) -> None:
        """Not wanted; why, where they say so."""
        await self._set(id, None, dismissed_at=now, why=why)

    async def want_again(self, id: int) -> None:
        """It was pressed by mistake."""
        await self._set(id, None, dismissed_at=None, why=None, later_until=None)

    async def _set(self, id: int, only: Any, **values: Any) -> None:
        which = suggestions.c.id == id
        await self.connection.execute(
            update(suggestions).where(which if only is None else and_(which, only)).values(**values)
        )

    async def note_enrolments(self, community_id: int, now: datetime) -> int:
        """Note who enrolled in what they were shown, in whatever way; says how many. Safe to call twice.

        Of several showings of a course the last one before the enrolment has it.
        """
        mine, theirs = member_accounts.alias("mine"), member_accounts.alias("theirs")
        rows = await self.connection.execute(
            select(
                suggestions.c.id,
                mine.c.member_id,
                suggestions.c.course_id,
                suggestions.c.shown_at,
                suggestions.c.enrolled_at,
                enrolments.c.enrolled_at.label("at"),
            )
            .select_from(
                suggestions.join(
                    mine,
                    and_(
                        mine.c.account_id == suggestions.c.account_id,
                        mine.c.community_id == suggestions.c.community_id,
                    ),
                )
                .join(
                    enrolments,
                    and_(
                        enrolments.c.course_id == suggestions.c.course_id,
                        enrolments.c.community_id == suggestions.c.community_id,
                    ),
                )
                .outerjoin(roster, roster.c.id == enrolments.c.row_id)
                .join(
                    theirs,
                    and_(
                        theirs.c.account_id == ACCOUNT,
                        theirs.c.community_id == enrolments.c.community_id,
                        theirs.c.member_id == mine.c.member_id,
                    ),
                )
            )
            .where(
                suggestions.c.community_id == community_id,
                suggestions.c.shown_at >= now - 3 * COUNTS,
                enrolments.c.enrolled_at >= suggestions.c.shown_at,
            )
            .order_by(suggestions.c.shown_at, suggestions.c.id)
        )
        last: dict[tuple[int, int], Any] = {}
        for row in rows:
            if row.at - row.shown_at <= COUNTS:
                last[row.member_id, row.course_id] = row
        new = [row for row in last.values() if row.enrolled_at is None]
        for row in new:
            await self._set(row.id, None, enrolled_at=row.at)
        return len(new)

    # What is learned from it

    async def answers(self, community_id: int, lane: str) -> dict[int, Answers]:
        """Course -> what came of showing it from a lane."""
        rows = await self.connection.execute(
            select(suggestions.c.course_id, func.count(), *_COUNTED[:2])
            .where(suggestions.c.community_id == community_id, suggestions.c.lane == lane)
            .group_by(suggestions.c.course_id)
        )
        return {course: Answers(shown, opened, enrolled) for course, shown, opened, enrolled in rows}

    async def figures(self, community_id: int, since: datetime) -> list[Figure]:
        """What came of what each member was shown since a moment."""
        by = (
            member_accounts.c.member_id,
            suggestions.c.arm,
            suggestions.c.way,
            suggestions.c.lane,
        )
        rows = await self.connection.execute(
            select(*by, func.count(), *_COUNTED)
            .select_from(_WHOSE)
            .where(suggestions.c.community_id == community_id, suggestions.c.shown_at >= since)
            .group_by(*by)
        )
        return [Figure(*row) for row in rows]


_COUNTED = (
    func.sum(
        case((or_(suggestions.c.opened_at.is_not(None), suggestions.c.enrolled_at.is_not(None)), 1), else_=0)
    ),
    func.count(suggestions.c.enrolled_at),
    func.count(suggestions.c.dismissed_at),
)
_WHOSE = suggestions.join(
    member_accounts,
    and_(
        member_accounts.c.account_id == suggestions.c.account_id,
        member_accounts.c.community_id == suggestions.c.community_id,
    ),
)
_SHOWINGS: Select[Any] = select(
    suggestions.c.id,
    member_accounts.c.member_id,
    suggestions.c.course_id,
    suggestions.c.way,
    suggestions.c.lane,
    suggestions.c.rank,
    suggestions.c.because,
    suggestions.c.because_of,
    suggestions.c.shown_at,
    suggestions.c.opened_at,
    suggestions.c.enrolled_at,
    suggestions.c.dismissed_at,
    suggestions.c.why,
    suggestions.c.later_until,
).select_from(_WHOSE)
