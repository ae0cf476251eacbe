"""Scores: how posts were read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.batches.bulk import replace_rows
from storage.tables import cases, labels, scores, spaces
from storage.tables import posts as written

ENOUGH_VERDICTS: Final = 50
"""From so many of a community's on the judge is trusted with more than the worst hundredth."""
ILLS: Final = ("advert", "abuse", "low_effort", "off_topic")
READ_AGAIN: Final = (*ILLS, "helpful", "head")


@dataclass(frozen=True, slots=True)
class Score:
    """How one post was read: each a probability."""

    space_id: int
    message: str
    account_id: int
    advert: float
    abuse: float
    low_effort: float
    off_topic: float
    helpful: float
    head: str
    at: datetime


@dataclass(frozen=True, slots=True)
class RemovedPost:
    """A post that experts decided was bad: what a copy of it is known by."""

    case_id: int
    outcome: str
    features: bytes
    """As recsys.quality.looks packed it."""
    text: str | None


class ScoreRepository:
    """A row a post that the judge read, as it read it last."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def put(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """How posts were read, in place of how they were read before; when they were written stays."""
        await replace_rows(self.connection, scores, rows, READ_AGAIN)

    async def of(self, space_id: int, message: str) -> Score | None:
        """How a post was read; None: it was not."""
        found = await self.connection.execute(
            select(scores).where(scores.c.space_id == space_id, scores.c.message == message)
        )
        row = found.first()
        return None if row is None else Score(*row)

    async def recent(self, space_id: int, count: int) -> list[tuple[float, float, float, float]]:
        """What the newest posts of a space scored: advert, abuse, low effort, off topic."""
        rows = await self.connection.execute(
            select(scores.c.advert, scores.c.abuse, scores.c.low_effort, scores.c.off_topic)
            .where(scores.c.space_id == space_id)
            .order_by(scores.c.at.desc())
            .limit(count)
        )
        return [tuple(row) for row in rows]

    async def count_since(self, community_id: int, since: datetime) -> int:
        """How many posts of a community were read since a moment."""
        here = scores.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id))
        found = await self.connection.execute(
            select(func.count()).select_from(scores).where(here, scores.c.at >= since)
        )
        return int(found.scalar_one())

    async def decided(self, community_id: int) -> int:
        """How many posts of a community experts have decided on."""
        here = labels.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id))
        found = await self.connection.execute(
            select(func.count())
            .select_from(labels.join(cases, cases.c.id == labels.c.case_id))
            .where(here, cases.c.state == "decided")
        )
        return int(found.scalar_one())

    async def removed_mark(self, community_id: int) -> str:
        """Changes whenever `removed` does."""
        found = await self.connection.execute(
            select(func.count(), func.max(cases.c.decided_at)).where(*_bad(community_id))
        )
        return str(tuple(found.one()))

    async def removed(self, community_id: int, count: int) -> list[RemovedPost]:
        """The posts that experts decided were bad, the latest last."""
        rows = await self.connection.execute(
            select(cases.c.id, cases.c.outcome, labels.c.features, written.c.text)
            .join(labels, labels.c.case_id == cases.c.id)
            .outerjoin(
                written, (written.c.space_id == cases.c.space_id) & (written.c.message == cases.c.message)
            )
            .where(*_bad(community_id))
            .order_by(cases.c.decided_at.desc())
            .limit(count)
        )
        return [RemovedPost(*row) for row in rows][::-1]

    async def usual_texts(self, space_id: int, count: int, unless: float) -> list[str]:
        """What people wrote in a space lately, nothing that looked bad; newest first."""
        bad = select(scores.c.message).where(
            scores.c.space_id == space_id,
            (scores.c.advert >= unless) | (scores.c.abuse >= unless) | (scores.c.low_effort >= unless),
        )
        rows = await self.connection.execute(
            select(written.c.text)
            .where(
                written.c.space_id == space_id,
                written.c.author == "person",
                written.c.text.is_not(None),
                func.length(written.c.text) > 0,
                written.c.deleted_at.is_(None),
                written.c.message.not_in(bad),
            )
            .order_by(written.c.id.desc())
            .limit(count)
        )
        return list(rows.scalars().all())

    async def drop(self, community_id: int, before: datetime) -> int:
        """Forget how posts from before a moment were read. Says how many."""
        here = scores.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id))
        done = await self.connection.execute(delete(scores).where(here, scores.c.at < before))
        return done.rowcount


def _bad(community_id: int) -> tuple[ColumnElement[bool], ...]:
    here = cases.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id))
    return here, cases.c.state == "decided", cases.c.outcome.in_(ILLS)
