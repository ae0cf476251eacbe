"""Boards: who is where in a period. The list and one's own place come from one set of rows.

A board is everybody of a community who is listed and has points in the period: most points first, and of
those who tie the older member. Those who tie share a rank, and the ranks after them are skipped (1, 2, 2, 4).
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import members, totals
from storage.values import BoardRow, Standing


class BoardRepository:
    """Reads boards. Every question costs about the same, wherever on the board it falls."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def board(self, community_id: int, period: str, *, rows: int, page: int) -> list[BoardRow]:
        """One page of a board, the first being 1; empty beyond the last."""
        on_board = await self.members_on(community_id, period)
        before = (page - 1) * rows
        if page < 1 or before >= on_board:
            return []
        here: dict[str, Any] = {"of_community": community_id, "of_period": period}
        count = min(rows, on_board - before)
        if before <= on_board // 2:
            found = await self.connection.execute(_FROM_TOP, here | {"skip": before, "rows": count})
            page_rows = list(found.all())
        else:  # nearer to the end: read from there
            skip = on_board - before - count
            found = await self.connection.execute(_FROM_END, here | {"skip": skip, "rows": count})
            page_rows = list(found.all())[::-1]
        return await self._ranked(here, page_rows, before + 1)

    async def standing(self, community_id: int, member_id: int, period: str) -> Standing:
        """A member's own place, and the next place above."""
        here: dict[str, Any] = {"of_community": community_id, "of_period": period}
        on_board = await self.members_on(community_id, period)
        mine = (await self.connection.execute(_MINE, here | {"of_member": member_id})).first()
        if mine is None or not mine.listed or mine.points <= 0:
            return Standing(None, int(mine.points) if mine else 0, on_board)
        above = await self._above(here, mine.points)
        next_up = (await self.connection.execute(_NEXT_UP, here | {"points": mine.points})).first()
        if next_up is None:
            return Standing(above + 1, mine.points, on_board)
        return Standing(above + 1, mine.points, on_board, next_up.name, next_up.points)

    async def around(
        self, community_id: int, member_id: int, period: str, *, each_side: int
    ) -> list[BoardRow]:
        """The rows before and after a member's, theirs in the middle; empty when they are not on the board."""
        here: dict[str, Any] = {"of_community": community_id, "of_period": period}
        mine = (await self.connection.execute(_MINE, here | {"of_member": member_id})).first()
        if mine is None or not mine.listed or mine.points <= 0:
            return []
        at = here | {"points": mine.points, "of_member": member_id, "rows": each_side}
        before = (await self.connection.execute(_BEFORE, at)).all()
        after = (await self.connection.execute(_AFTER, at)).all()
        rows = [*list(before)[::-1], mine, *after]
        first = rows[0]
        above = await self._above(here, first.points)
        ties = await self.connection.execute(
            _TIES_BEFORE, here | {"points": first.points, "of_member": first.member_id}
        )
        return _with_ranks(rows, above + 1, above + 1 + int(ties.scalar_one()))

    async def members_on(self, community_id: int, period: str) -> int:
        """How many members are on the board."""
        found = await self.connection.execute(_COUNT, {"of_community": community_id, "of_period": period})
        return int(found.scalar_one())

    async def _above(self, here: dict[str, Any], points: int) -> int:
        found = await self.connection.execute(_COUNT_ABOVE, here | {"points": points})
        return int(found.scalar_one())

    async def _ranked(self, here: dict[str, Any], rows: list[Any], position: int) -> list[BoardRow]:
        if not rows:
            return []
        above = await self._above(here, rows[0].points)
        return _with_ranks(rows, above + 1, position)


def _with_ranks(rows: Iterable[Any], rank: int, position: int) -> list[BoardRow]:
    """Number rows that follow each other; the first has that rank and position."""
    ranked: list[BoardRow] = []
    for position, row in enumerate(rows, position):
        if ranked and row.points < ranked[-1].points:
            rank = position
        ranked.append(BoardRow(rank, row.member_id, row.name, row.points))
    return ranked


ON_BOARD = (
    totals.c.community_id == bindparam("of_community"),
    totals.c.period == bindparam("of_period"),
    totals.c.listed,
    totals.c.points > 0,
)
"""Who is on a board: the one condition of every question here."""

_BEST_FIRST = (totals.c.points.desc(), totals.c.member_id)
_WORST_FIRST = (totals.c.points, totals.c.member_id.desc())
_ROW = select(totals.c.member_id, totals.c.points).where(*ON_BOARD)
_POINTS: Any = bindparam("points")
_MEMBER: Any = bindparam("of_member")


def _named(rows: Any, *order: str) -> Any:
    """The rows with their members' names."""
    some = rows.subquery("some")
    by = {"best": (some.c.points.desc(), some.c.member_id), "worst": (some.c.points, some.c.member_id.desc())}
    return (
        select(some.c.member_id, some.c.points, members.c.name)
        .join(members, members.c.id == some.c.member_id)
        .order_by(*by[order[0]])
    )


_COUNT = select(func.count()).select_from(totals).where(*ON_BOARD)
_COUNT_ABOVE = _COUNT.where(totals.c.points > _POINTS)
_TIES_BEFORE = _COUNT.where(totals.c.points == _POINTS, totals.c.member_id < _MEMBER)

_FROM_TOP = _named(_ROW.order_by(*_BEST_FIRST).limit(bindparam("rows")).offset(bindparam("skip")), "best")
_FROM_END = _named(_ROW.order_by(*_WORST_FIRST).limit(bindparam("rows")).offset(bindparam("skip")), "worst")

_MINE = (
    select(totals.c.member_id, totals.c.points, totals.c.listed, members.c.name)
    .join(members, members.c.id == totals.c.member_id)
    .where(
        totals.c.community_id == bindparam("of_community"),
        totals.c.period == bindparam("of_period"),
        totals.c.member_id == _MEMBER,
    )
)

_NEXT_UP = _named(_ROW.where(totals.c.points > _POINTS).order_by(*_WORST_FIRST).limit(1), "worst")

# Those who tie come first, then the others: two short ranges of the index instead of one long OR.
_BEFORE = _named(
    union_all(
        *(
            select(part.c.member_id, part.c.points)
            for part in (
                _ROW.where(totals.c.points == _POINTS, totals.c.member_id < _MEMBER)
                .order_by(totals.c.member_id.desc())
                .limit(bindparam("rows"))
                .subquery("ties"),
                _ROW.where(totals.c.points > _POINTS)
                .order_by(*_WORST_FIRST)
                .limit(bindparam("rows"))
                .subquery("others"),
            )
        )
    ),
    "worst",
).limit(bindparam("rows"))
_AFTER = _named(
    union_all(
        *(
            select(part.c.member_id, part.c.points)
            for part in (
                _ROW.where(totals.c.points == _POINTS, totals.c.member_id > _MEMBER)
                .order_by(totals.c.member_id)
                .limit(bindparam("rows"))
                .subquery("ties"),
                _ROW.where(totals.c.points < _POINTS)
                .order_by(*_BEST_FIRST)
                .limit(bindparam("rows"))
                .subquery("others"),
            )
        )
    ),
    "best",
).limit(bindparam("rows"))
