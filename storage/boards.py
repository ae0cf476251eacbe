"""Boards: who is where in a period. The list and one's own place come from one set of rows.

A board is everybody of a community who is listed and has points in the period: most points first, and of
those who tie the older member. Those who tie share a rank, and the ranks after them are skipped (1, 2, 2, 4).
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from sqlalchemy import and_, bindparam, delete, func, insert, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.tables import board_steps, communities, members, totals
from storage.values import BoardRow, Standing

STEPS = 100
"""About as many steps has a large board."""

LEAST_SPAN = 1000
"""So few members are counted faster than steps are kept."""


class BoardRepository:
    """Reads boards. Every question costs about the same, wherever on the board it falls.

    Nothing is counted twice: `board_steps` knows how many members have so many points or more, and what
    is left to count lies between two steps.
    """

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def board(self, community_id: int, period: str, *, rows: int, page: int) -> list[BoardRow]:
        """One page of a board, the first being 1; empty beyond the last."""
        steps = await self._steps(community_id, period)
        before = (page - 1) * rows
        if page < 1 or before >= steps.members:
            return []
        found = await self._rows_at(steps, before, min(rows, steps.members - before))
        if not found:
            return []
        return _with_ranks(found, 1 + await self._above(steps, found[0].points), before + 1)

    async def standing(self, community_id: int, member_id: int, period: str) -> Standing:
        """A member's own place, and the next place above."""
        steps = await self._steps(community_id, period)
        mine = await self._mine(steps, member_id)
        if mine is None or not mine.listed or mine.points <= 0:
            return Standing(None, mine.points if mine else 0, steps.members)
        rank = 1 + await self._above(steps, mine.points)
        if rank == 1:
            return Standing(rank, mine.points, steps.members)
        found = await self.connection.execute(_NEXT_UP, steps.here | {"points": mine.points})
        next_up = found.one()
        return Standing(rank, mine.points, steps.members, next_up.name, next_up.points)

    async def around(
        self, community_id: int, member_id: int, period: str, *, each_side: int
    ) -> list[BoardRow]:
        """The rows before and after a member's, theirs among them; empty when they are not on the board."""
        steps = await self._steps(community_id, period)
        mine = await self._mine(steps, member_id)
        if mine is None or not mine.listed or mine.points <= 0:
            return []
        at = steps.here | {"points": mine.points, "of_member": member_id, "rows": each_side}
        before = (await self.connection.execute(_BEFORE, at)).all()
        after = (await self.connection.execute(_AFTER, at)).all()
        rows = [*reversed(before), mine, *after]
        rank = 1 + await self._above(steps, rows[0].points)
        ties = await self.connection.execute(
            _TIES_BEFORE, steps.here | {"points": rows[0].points, "of_member": rows[0].member_id}
        )
        return _with_ranks(rows, rank, rank + int(ties.scalar_one()))

    async def members_on(self, community_id: int, period: str) -> int:
        """How many members are on the board."""
        here = {"of_community": community_id, "of_period": period}
        return int((await self.connection.execute(_MEMBERS, here)).scalar_one_or_none() or 0)

    async def tend_boards(self) -> int:
        """Put steps into large boards, about a hundred each; says into how many. For a job, now and then.

        Boards are right without it, and only slower where many members came since.
        """
        found = await self.connection.execute(_CROWDED)
        crowded: dict[tuple[int, str], list[int]] = {}
        for community_id, period, members_above in found.all():
            crowded.setdefault((community_id, period), []).append(members_above)
        tended = 0
        for (community_id, period), counts in crowded.items():
            counts = [0, *sorted(counts)]
            widest = max(high - low for low, high in pairwise(counts))
            if widest > 2 * _span(counts[-1]):
                tended += await self.set_steps(community_id, period)
        if tended and self.connection.dialect.name == "postgresql":
            # Until its planner knows that a table has grown, it reads all of it for ten rows.
            await self.connection.execute(text("ANALYZE totals, board_steps"))
        return tended

    async def set_steps(self, community_id: int, period: str, *, span: int | None = None) -> bool:
        """Put a step after every `span` members of one board; False when they are there already."""
        # Nobody else may move a total while they are counted (SQLite has one writer anyway).
        await self.connection.execute(
            select(communities.c.id).where(communities.c.id == community_id).with_for_update()
        )
        here: dict[str, Any] = {"of_community": community_id, "of_period": period}
        groups = (await self.connection.execute(_GROUPS, here)).all()
        if span is None:
            span = _span(sum(count for _, count in groups))
        wanted: dict[int, int] = {}
        above = since_step = 0
        for points, count in groups:
            above += count
            since_step += count
            if since_step >= span:
                wanted[int(points)] = above
                since_step = 0
        wanted[1] = above
        known = {step.floor: step.members for step in (await self._steps(community_id, period)).steps}
        if wanted == known:
            return False
        await self.connection.execute(
            delete(board_steps).where(
                board_steps.c.community_id == community_id, board_steps.c.period == period
            )
        )
        await self.connection.execute(
            insert(board_steps),
            [
                {"community_id": community_id, "period": period, "floor": floor, "members": count}
                for floor, count in wanted.items()
            ],
        )
        return True

    async def _steps(self, community_id: int, period: str) -> "_Steps":
        here: dict[str, Any] = {"of_community": community_id, "of_period": period}
        found = await self.connection.execute(_STEPS, here)
        return _Steps(here, [_Step(int(floor), int(count)) for floor, count in found.all()])

    async def _mine(self, steps: "_Steps", member_id: int) -> Any:
        return (await self.connection.execute(_MINE, steps.here | {"of_member": member_id})).first()

    async def _above(self, steps: "_Steps", points: int) -> int:
        """How many members have more points."""
        next_step = steps.above(points)
        found = await self.connection.execute(
            _COUNT_BETWEEN, steps.here | {"points": points, "below": next_step.floor}
        )
        return next_step.members + int(found.scalar_one())

    async def _rows_at(self, steps: "_Steps", before: int, count: int) -> list[Any]:
        """The rows after so many others, read from the nearer of the two steps around them."""
        high, low = steps.around(before)
        down, up = before - high.members, low.members - before - count
        if up < 0 or down <= up:
            found = await self.connection.execute(
                _DOWN, steps.here | {"below": high.floor, "skip": down, "rows": count}
            )
            return list(found.all())
        found = await self.connection.execute(
            _UP, steps.here | {"over": low.floor - 1, "skip": up, "rows": count}
        )
        return list(reversed(found.all()))


class _Step(NamedTuple):
    floor: int
    members: int


_TOP = _Step(2**63 - 1, 0)
"""Above everybody: points are kept under this."""


class _Steps(NamedTuple):
    here: dict[str, Any]
    """Names the board in every statement."""
    steps: list[_Step]
    """Highest floor first."""

    @property
    def members(self) -> int:
        return self.steps[-1].members if self.steps else 0

    def above(self, points: int) -> _Step:
        """The nearest step that those with so many points do not reach."""
        return min((step for step in self.steps if step.floor > points), default=_TOP)

    def around(self, before: int) -> tuple[_Step, _Step]:
        """The steps above and below the row that so many rows come before."""
        high = _TOP
        for step in self.steps:
            if step.members > before:
                return high, step
            high = step
        raise IndexError(f"no row after {before} of {self.members}")


def _span(members_on: int) -> int:
    """How many members should lie between two steps."""
    return max(LEAST_SPAN, members_on // STEPS)


def _with_ranks(rows: Iterable[Any], rank: int, first: int) -> list[BoardRow]:
    """Number rows that follow each other; the first has that rank, and is so many-th on the board."""
    ranked: list[BoardRow] = []
    for position, row in enumerate(rows, first):
        if ranked and row.points < ranked[-1].points:
            rank = position
        ranked.append(BoardRow(rank, row.member_id, row.name, row.points))
    return ranked


_POINTS: Any = bindparam("points")
_MEMBER: Any = bindparam("of_member")
_ROWS: Any = bindparam("rows")


def _on_board(over: Any = 0) -> tuple[Any, ...]:
    """Who is on a board with more than so many points (0: everybody): the one condition of every question.

    There is no other lower bound of points beside it: SQLite would seek by the first that it finds, and
    compare the other one row by row.
    """
    return (
        totals.c.community_id == bindparam("of_community"),
        totals.c.period == bindparam("of_period"),
        totals.c.listed,
        totals.c.points > over,
    )


def _rows(*conditions: Any) -> Any:
    return select(totals.c.member_id, totals.c.points).where(*conditions)


_BEST_FIRST = (totals.c.points.desc(), totals.c.member_id)
_WORST_FIRST = (totals.c.points, totals.c.member_id.desc())


def _named(rows: Any, order: Literal["best", "worst"]) -> Any:
    """The rows with their members' names."""
    some = rows.subquery("some")
    by = {"best": (some.c.points.desc(), some.c.member_id), "worst": (some.c.points, some.c.member_id.desc())}
    return (
        select(some.c.member_id, some.c.points, members.c.name)
        .join(members, members.c.id == some.c.member_id)
        .order_by(*by[order])
    )


_COUNT = select(func.count()).select_from(totals)
_COUNT_BETWEEN = _COUNT.where(*_on_board(_POINTS), totals.c.points < bindparam("below"))
_TIES = (*_on_board()[:-1], totals.c.points == _POINTS)
_TIES_BEFORE = _COUNT.where(*_TIES, totals.c.member_id < _MEMBER)
_GROUPS = (
    select(totals.c.points, func.count())
    .where(*_on_board())
    .group_by(totals.c.points)
    .order_by(totals.c.points.desc())
)

_OF_BOARD = (
    board_steps.c.community_id == bindparam("of_community"),
    board_steps.c.period == bindparam("of_period"),
)
_STEPS = (
    select(board_steps.c.floor, board_steps.c.members).where(*_OF_BOARD).order_by(board_steps.c.floor.desc())
)
_MEMBERS = select(board_steps.c.members).where(*_OF_BOARD, board_steps.c.floor == 1)
_whole = board_steps.alias("whole")
_CROWDED = (
    select(board_steps.c.community_id, board_steps.c.period, board_steps.c.members)
    .join(
        _whole,
        and_(
            _whole.c.community_id == board_steps.c.community_id,
            _whole.c.period == board_steps.c.period,
            _whole.c.floor == 1,
        ),
    )
    .where(_whole.c.members > 2 * LEAST_SPAN)
)

_DOWN = _named(
    _rows(*_on_board(), totals.c.points < bindparam("below"))
    .order_by(*_BEST_FIRST)
    .limit(_ROWS)
    .offset(bindparam("skip")),
    "best",
)
_UP = _named(
    _rows(*_on_board(bindparam("over"))).order_by(*_WORST_FIRST).limit(_ROWS).offset(bindparam("skip")),
    "worst",
)

_MINE = (
    select(totals.c.member_id, totals.c.points, totals.c.listed, members.c.name)
    .join(members, members.c.id == totals.c.member_id)
    .where(
        totals.c.community_id == bindparam("of_community"),
        totals.c.period == bindparam("of_period"),
        totals.c.member_id == _MEMBER,
    )
)

_NEXT_UP = _named(_rows(*_on_board(_POINTS)).order_by(*_WORST_FIRST).limit(1), "worst")


def _either(one: Any, other: Any) -> Any:
    """Both lists, as one to choose from: two short ranges of the index instead of one long OR."""
    parts = (one.limit(_ROWS).subquery("ties"), other.limit(_ROWS).subquery("others"))
    return union_all(*(select(part.c.member_id, part.c.points) for part in parts))


_BEFORE = _named(
    _either(
        _rows(*_TIES, totals.c.member_id < _MEMBER).order_by(totals.c.member_id.desc()),
        _rows(*_on_board(_POINTS)).order_by(*_WORST_FIRST),
    ),
    "worst",
).limit(_ROWS)
_AFTER = _named(
    _either(
        _rows(*_TIES, totals.c.member_id > _MEMBER).order_by(totals.c.member_id),
        _rows(*_on_board(), totals.c.points < _POINTS).order_by(*_BEST_FIRST),
    ),
    "best",
).limit(_ROWS)
