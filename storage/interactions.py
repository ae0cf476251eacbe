"""Interactions: what members did with courses, as the rows that suggestions are learned from."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.enrolments import ACCOUNT
from storage.tables import asked, courses, enrolments, member_accounts, members, roster, suggestions

InteractionKind = Literal[
    "finished", "rated_high", "progress", "enrolled", "opened", "asked", "rated_low", "dismissed", "refunded"
]
HIGH: Final = 4
"""So many stars, or more, speak for a course."""
LOW: Final = 2
"""So many stars, or fewer, speak against it."""
AT_ONCE: Final = 5_000
_REFUSED: Final[dict[str | None, InteractionKind]] = {"had": "enrolled", "liked": "rated_high"}
"""Who does not want a course because they had it elsewhere, or liked it there, says nothing against it."""


@dataclass(frozen=True, slots=True)
class Interaction:
    """One thing that one member did with one course."""

    member_id: int
    """Of somebody who bought and has not come yet: the number of their row of the roster, below nought."""
    course_id: int
    kind: InteractionKind
    at: datetime
    suggested: bool = False
    """They enrolled because it was suggested to them."""


@dataclass(frozen=True, slots=True)
class Traces:
    """What there is to learn from, in few signs: they differ as soon as there is something else."""

    done: str
    """Of what members did."""
    catalogue: str
    """Of which courses there are."""


class InteractionRepository:
    """What may be learned from. Who opted out of suggestions, or of everything, is not in it."""

    __slots__ = ("connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self.connection = connection

    async def of(self, community_id: int, member_id: int | None = None) -> list[Interaction]:
        """What members, or one of them, did, the oldest first; what came at once, in the order in which it
        happens."""
        found = [one async for one in self._each(community_id, member_id, waiting=False)]
        return sorted(found, key=lambda one: one.at)

    async def each(self, community_id: int) -> AsyncIterator[Interaction]:
        """What everybody did, those included who bought and have not come yet; one at a time, for they may
        be many. What one member did with one course at one time comes in the order in which it happens."""
        async for one in self._each(community_id, None, waiting=True):
            yield one

    async def _each(
        self, community_id: int, member_id: int | None, *, waiting: bool
    ) -> AsyncIterator[Interaction]:
        whose = and_(members.c.profiled, members.c.recorded)
        if member_id is not None:
            whose = and_(whose, members.c.id == member_id)
        bought = and_(roster.c.id.is_not(None), roster.c.account_id.is_(None))
        taken = _TAKEN.where(
            enrolments.c.community_id == community_id, or_(whose, bought) if waiting else whose
        )
        led_to = _LED_TO.where(suggestions.c.community_id == community_id, whose)
        led = {(row.member_id, row.course_id) async for row in self._rows(led_to)}
        async for row in self._rows(taken):
            for kind, at in _of_enrolment(row):
                yield Interaction(row.who, row.course_id, kind, at, (row.who, row.course_id) in led)
        async for row in self._rows(_SHOWN.where(suggestions.c.community_id == community_id, whose)):
            if row.opened_at is not None:
                yield Interaction(row.member_id, row.course_id, "opened", row.opened_at)
            if row.dismissed_at is not None:
                kind = _REFUSED.get(row.why, "dismissed")
                yield Interaction(row.member_id, row.course_id, kind, row.dismissed_at)
        async for row in self._rows(_ASKED.where(asked.c.community_id == community_id, whose)):
            yield Interaction(row.member_id, row.course_id, "asked", row.at)

    async def _rows(self, statement: Select[Any]) -> AsyncIterator[Any]:
        stream = await self.connection.stream(statement, execution_options={"yield_per": AT_ONCE})
        async for row in stream:
            yield row

    async def traces(self, community_id: int) -> Traces:
        """Whether anything changed since somebody looked: compare what this said then."""
        signs: list[str] = []
        for statement in (
            select(
                func.count(),
                func.max(enrolments.c.id),
                func.max(enrolments.c.moved_at),
                func.count(enrolments.c.started_at),
                func.count(enrolments.c.finished_at),
                func.sum(enrolments.c.stars),
                func.max(enrolments.c.rated_at),
            ).where(enrolments.c.community_id == community_id),
            select(
                func.count(suggestions.c.opened_at),
                func.count(suggestions.c.dismissed_at),
                func.max(suggestions.c.dismissed_at),
            ).where(suggestions.c.community_id == community_id),
            select(func.count(asked.c.course_id), func.max(asked.c.id)).where(
                asked.c.community_id == community_id
            ),
            select(func.count(), func.sum(members.c.id)).where(
                members.c.community_id == community_id, or_(~members.c.profiled, ~members.c.recorded)
            ),
        ):
            signs += _signs((await self.connection.execute(statement)).one())
        there = select(func.count(), func.sum(courses.c.id), func.max(courses.c.changed_at)).where(
            courses.c.community_id == community_id, courses.c.state == "published"
        )
        catalogue = _signs((await self.connection.execute(there)).one())
        return Traces(" ".join(signs), " ".join(catalogue))


def _of_enrolment(row: Any) -> Iterator[tuple[InteractionKind, datetime]]:
    """What an enrolment tells, in the order in which it happens."""
    yield "enrolled", row.enrolled_at
    if row.started_at is not None:
        yield "progress", row.started_at
    if row.finished_at is not None:
        yield "finished", row.finished_at
    if row.rated_at is not None and row.stars is not None:
        if row.stars >= HIGH:
            yield "rated_high", row.rated_at
        if row.stars <= LOW:
            yield "rated_low", row.rated_at
    if row.state == "refunded":
        yield "refunded", row.state_at


def _signs(row: Any) -> list[str]:
    return [value.isoformat() if isinstance(value, datetime) else str(value or 0) for value in row]


_HERS = and_(
    member_accounts.c.account_id == ACCOUNT, member_accounts.c.community_id == enrolments.c.community_id
)

_TAKEN = (
    select(
        func.coalesce(members.c.id, -roster.c.id).label("who"),
        enrolments.c.course_id,
        enrolments.c.state,
        enrolments.c.enrolled_at,
        enrolments.c.started_at,
        enrolments.c.finished_at,
        func.coalesce(enrolments.c.state_at, enrolments.c.moved_at).label("state_at"),
        enrolments.c.stars,
        enrolments.c.rated_at,
    )
    .select_from(
        enrolments.outerjoin(roster, roster.c.id == enrolments.c.row_id)
        .outerjoin(member_accounts, _HERS)
        .outerjoin(members, members.c.id == member_accounts.c.member_id)
    )
    .order_by(enrolments.c.id)
)

_SUGGESTED = (
    select(
        members.c.id.label("member_id"),
        suggestions.c.course_id,
        suggestions.c.opened_at,
        suggestions.c.dismissed_at,
        suggestions.c.why,
    )
    .join(
        member_accounts,
        and_(
            member_accounts.c.account_id == suggestions.c.account_id,
            member_accounts.c.community_id == suggestions.c.community_id,
        ),
    )
    .join(members, members.c.id == member_accounts.c.member_id)
    .order_by(suggestions.c.id)
)

_SHOWN = _SUGGESTED.where(or_(suggestions.c.opened_at.is_not(None), suggestions.c.dismissed_at.is_not(None)))

_LED_TO = _SUGGESTED.where(suggestions.c.enrolled_at.is_not(None))

_ASKED = (
    select(members.c.id.label("member_id"), asked.c.course_id, asked.c.at)
    .join(
        member_accounts,
        and_(
            member_accounts.c.account_id == asked.c.account_id,
            member_accounts.c.community_id == asked.c.community_id,
        ),
    )
    .join(members, members.c.id == member_accounts.c.member_id)
    .where(asked.c.course_id.is_not(None))
    .order_by(asked.c.id)
)
