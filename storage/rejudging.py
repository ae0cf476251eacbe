"""Rejudging: rules that were applied to the past, and the entries that did it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.among import among
from storage.insert import insert_new
from storage.tables import audit, entries, rejudged, rejudgings

State = Literal["applying", "applied", "undoing", "undone"]


@dataclass(frozen=True, slots=True)
class Rejudging:
    """An admin's action that applies rules to what happened since a moment."""

    action_id: int
    community_id: int
    account_id: int | None
    """Whose action it was."""
    since: datetime
    state: State


class RejudgingRepository:
    """It takes many transactions, so it is kept how far one is."""

    __slots__ = ("_connection",)

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, action_id: int, since: datetime) -> None:
        """An action of the audit log starts to apply the rules. Safe to call twice."""
        row = {"action_id": action_id, "since": since, "state": "applying"}
        await insert_new(self._connection, rejudgings, [row])

    async def get(self, action_id: int) -> Rejudging | None:
        """One of them."""
        found = await self._connection.execute(_ONE.where(rejudgings.c.action_id == action_id))
        row = found.first()
        return None if row is None else Rejudging(*row)

    async def unfinished(self) -> list[Rejudging]:
        """Those that were broken off, oldest first."""
        rows = await self._connection.execute(
            _ONE.where(rejudgings.c.state.in_(("applying", "undoing"))).order_by(rejudgings.c.action_id)
        )
        return [Rejudging(*row) for row in rows]

    async def move(self, action_id: int, before: State, after: State) -> bool:
        """It is so far; False: it was not where it should have been."""
        done = await self._connection.execute(
            update(rejudgings)
            .where(rejudgings.c.action_id == action_id, rejudgings.c.state == before)
            .values(state=after)
        )
        return done.rowcount == 1

    async def keep(self, action_id: int, entry_ids: Collection[int]) -> None:
        """These entries were written by the action."""
        rows = [{"action_id": action_id, "entry_id": id} for id in entry_ids]
        await insert_new(self._connection, rejudged, rows)

    async def keys(self, action_id: int, after: tuple[str, str], limit: int) -> Sequence[tuple[str, str]]:
        """(source, rule) of the action's entries, in their order, from behind one."""
        rows = await self._connection.execute(
            select(entries.c.source, entries.c.rule)
            .join(rejudged, rejudged.c.entry_id == entries.c.id)
            .where(rejudged.c.action_id == action_id, tuple_(entries.c.source, entries.c.rule) > after)
            .distinct()
            .order_by(entries.c.source, entries.c.rule)
            .limit(limit)
        )
        return [(source, rule) for source, rule in rows]

    async def written(self, action_id: int, entry_ids: Collection[int]) -> set[int]:
        """Those of the entries that the action wrote."""
        rows = await self._connection.execute(
            select(rejudged.c.entry_id).where(
                rejudged.c.action_id == action_id, among(rejudged.c.entry_id, "ids")
            ),
            {"ids": entry_ids},
        )
        return set(rows.scalars().all())


_ONE = select(
    rejudgings.c.action_id, audit.c.community_id, audit.c.account_id, rejudgings.c.since, rejudgings.c.state
).join(audit, audit.c.id == rejudgings.c.action_id)
