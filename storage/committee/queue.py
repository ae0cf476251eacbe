"""Queue: which cases somebody could look at, how much waits, and who is close to whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.rows import CASES, Case, case_of, in_community
from storage.committee.rows import Backlog, Waiting
from storage.tables import cases, entries, posts, reports, verdicts

LOOKED_THROUGH: Final = 200
"""So many of the oldest cases are chosen from."""
SPREAD: Final = 7919
"""Spreads the cases that are judged twice evenly: a prime."""
THANKED: Final = "thanks"


async def waiting(
    connection: AsyncConnection, community_id: int, mine: Sequence[int], now: datetime
) -> list[Waiting]:
    """Open cases that somebody with these accounts could look at: not their own, nothing said of them yet,
    and nobody else looks. Appeals first, then the oldest."""
    rows = await connection.execute(
        select(*_WAITING)
        .where(
            in_community(community_id),
            cases.c.state == "open",
            cases.c.account_id.not_in(mine),
            _free(mine, now),
            cases.c.id.not_in(_said_by(mine)),
        )
        .order_by(cases.c.appealed_at.is_(None), cases.c.opened_at, cases.c.id)
        .limit(LOOKED_THROUGH)
    )
    return [Waiting(*row) for row in rows]


async def second_looks(
    connection: AsyncConnection,
    community_id: int,
    mine: Sequence[int],
    now: datetime,
    *,
    percent: int,
    since: datetime,
) -> list[Waiting]:
    """Decided cases, of the sample that is judged twice, that another decided and nobody judged again."""
    judged_again = select(verdicts.c.case_id).where(verdicts.c.again, verdicts.c.void_at.is_(None))
    rows = await connection.execute(
        select(*_WAITING)
        .outerjoin(posts, and_(posts.c.space_id == cases.c.space_id, posts.c.message == cases.c.message))
        .where(
            in_community(community_id),
            cases.c.state == "decided",
            cases.c.appealed_at.is_(None),
            cases.c.decided_at >= since,
            in_sample(percent),
            cases.c.account_id.not_in(mine),
            or_(posts.c.text != "", cases.c.kept.is_not(None)),
            _free(mine, now),
            cases.c.id.not_in(_said_by(mine)),
            cases.c.id.not_in(judged_again),
        )
        .order_by(cases.c.decided_at, cases.c.id)
        .limit(LOOKED_THROUGH)
    )
    return [Waiting(*row) for row in rows]


def in_sample(percent: int) -> ColumnElement[bool]:
    """Whether a case is of those that are judged twice: as if drawn, and always the same."""
    return (cases.c.id * SPREAD) % 100 < percent


async def backlog(connection: AsyncConnection, community_id: int) -> Backlog:
    """What waits for anybody. What was only picked to learn from is nothing that waits."""
    row = (
        await connection.execute(
            select(
                func.count().label("cases"),
                func.count(cases.c.appealed_at).label("appeals"),
                func.min(func.coalesce(cases.c.appealed_at, cases.c.opened_at)).label("since"),
            ).where(
                in_community(community_id),
                cases.c.state == "open",
                or_(cases.c.origin != "sample", cases.c.appealed_at.is_not(None)),
            )
        )
    ).one()
    return Backlog(int(row.cases), int(row.appeals), row.since)


async def excellent(
    connection: AsyncConnection, community_id: int, since: datetime, limit: int
) -> list[Case]:
    """What experts found excellent since a moment, and stands; the latest first."""
    rows = await connection.execute(
        CASES.where(
            in_community(community_id),
            cases.c.state == "decided",
            cases.c.outcome == "excellent",
            cases.c.decided_at >= since,
            posts.c.deleted_at.is_(None),
        )
        .order_by(cases.c.decided_at.desc(), cases.c.id.desc())
        .limit(limit)
    )
    return [case_of(row) for row in rows]


async def contacts(
    connection: AsyncConnection,
    member_id: int,
    mine: Sequence[int],
    author_member: int,
    theirs: Sequence[int],
    since: datetime,
    most: int,
) -> int:
    """How often two people answered or thanked each other since a moment, counted up to `most`."""
    found = 0
    pairs = ((mine, theirs, author_member), (theirs, mine, member_id))
    for writers, answered, receiver in pairs:
        found += await _replies(connection, writers, answered, since, most)
        found += await _thanks(connection, receiver, writers, since, most)
        if found >= most:
            return most
    return found


async def _replies(
    connection: AsyncConnection, writers: Sequence[int], answered: Sequence[int], since: datetime, most: int
) -> int:
    answer, first = posts.alias("answer"), posts.alias("first")
    some = (
        select(answer.c.id)
        .join(first, and_(first.c.space_id == answer.c.space_id, first.c.message == answer.c.reply_to))
        .where(
            answer.c.account_id.in_(writers), answer.c.posted_at >= since, first.c.account_id.in_(answered)
        )
        .limit(most)
        .subquery()
    )
    return int((await connection.execute(select(func.count()).select_from(some))).scalar_one())


async def _thanks(
    connection: AsyncConnection, receiver: int, givers: Sequence[int], since: datetime, most: int
) -> int:
    some = (
        select(entries.c.id)
        .where(
            entries.c.member_id == receiver,
            entries.c.day >= since.date(),
            entries.c.rule == THANKED,
            entries.c.actor_account_id.in_(givers),
            entries.c.voids.is_(None),
        )
        .limit(most)
        .subquery()
    )
    return int((await connection.execute(select(func.count()).select_from(some))).scalar_one())


def _free(mine: Sequence[int], now: datetime) -> ColumnElement[bool]:
    """Nobody else looks at it."""
    return or_(cases.c.claimed_until.is_(None), cases.c.claimed_until <= now, cases.c.claimed_by.in_(mine))


def _said_by(mine: Sequence[int]) -> Any:
    """The cases of which they have said something that holds, be it that somebody else should look."""
    return select(verdicts.c.case_id).where(verdicts.c.account_id.in_(mine), verdicts.c.void_at.is_(None))


_REPORTS = select(func.count()).where(reports.c.case_id == cases.c.id).correlate(cases).scalar_subquery()
_WAITING: Sequence[Any] = (
    cases.c.id,
    cases.c.account_id,
    cases.c.kind,
    cases.c.score,
    cases.c.origin,
    cases.c.action,
    cases.c.opened_at,
    cases.c.appealed_at,
    _REPORTS,
)
