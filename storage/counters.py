"""Counters: how many posts were flagged, confirmed and dismissed, and what another line would have done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.cases.rows import BAD, GOOD, in_community
from storage.tables import cases, scores, spaces

FLAGGED: Final = ("judge", "flood")
"""Origins of cases that we flagged; members' reports and posts that the judge is unsure of are no flags."""


@dataclass(frozen=True, slots=True)
class Flags:
    """Of one kind: how many posts we flagged, and how many of these experts found bad, or fine."""

    flagged: int = 0
    confirmed: int = 0
    dismissed: int = 0

    @property
    def decided(self) -> int:
        """Those that experts have looked at."""
        return self.confirmed + self.dismissed


@dataclass(frozen=True, slots=True)
class Over:
    """What a line would have flagged, of so many posts that were read, and what experts said of those."""

    read: int
    over: int
    confirmed: int
    dismissed: int


class CounterRepository:
    """Every question is about one community; how posts were read is known as long as texts are kept."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def flags(self, community_id: int, since: datetime, until: datetime) -> dict[str, Flags]:
        """Kind -> what became of what was flagged in a time."""
        bad = func.sum(case((and_(cases.c.state == "decided", cases.c.outcome.in_(BAD)), 1), else_=0))
        good = func.sum(case((and_(cases.c.state == "decided", cases.c.outcome.in_(GOOD)), 1), else_=0))
        rows = await self.connection.execute(
            select(cases.c.kind, func.count(), bad, good)
            .where(
                in_community(community_id),
                cases.c.origin.in_(FLAGGED),
                cases.c.opened_at >= since,
                cases.c.opened_at < until,
            )
            .group_by(cases.c.kind)
        )
        return {kind: Flags(int(all_), int(bad), int(good)) for kind, all_, bad, good in rows}

    async def over(
        self, community_id: int, kind: str, lines: Sequence[float], since: datetime
    ) -> dict[float, Over]:
        """What each line would have flagged since then, as posts were read. `kind`: a column of scores."""
        score = scores.c[kind]
        decided = cases.c.state == "decided"
        sums: list[ColumnElement[Any]] = [func.count()]
        for line in lines:
            sums += [
                func.sum(case((score >= line, 1), else_=0)),
                func.sum(case((and_(score >= line, decided, cases.c.outcome.in_(BAD)), 1), else_=0)),
                func.sum(case((and_(score >= line, decided, cases.c.outcome.in_(GOOD)), 1), else_=0)),
            ]
        found = await self.connection.execute(
            select(*sums)
            .select_from(
                scores.outerjoin(
                    cases, and_(cases.c.space_id == scores.c.space_id, cases.c.message == scores.c.message)
                )
            )
            .where(
                scores.c.space_id.in_(select(spaces.c.id).where(spaces.c.community_id == community_id)),
                scores.c.at >= since,
            )
        )
        all_, *rest = [int(each or 0) for each in found.one()]
        return {line: Over(all_, *rest[3 * place : 3 * place + 3]) for place, line in enumerate(lines)}
