"""Showing: every row that is a person's, as `decisions` says, and of others' rows their own part alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, and_, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.forgetting.decisions import DECISIONS
from storage.forgetting.erasing import hanging, named
from storage.forgetting.letting_go import belonging
from storage.forgetting.person import Person
from storage.tables import accounts, communities, entries, member_accounts, metadata, outbox, posts, spaces

Row = dict[str, Any]
SECRET = ("digest", "label", "picture")
"""Columns that nobody is told, or that are no text."""
LETTERS = ("platform", "created_at", "finished_at", "state")
"""Of what was written to somebody in private: when, and whether it arrived. The words can name others."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What is kept of a person, in a few numbers."""

    accounts: tuple[str, ...]
    """Their platforms, one for each account."""
    posts: int
    first: datetime | None
    last: datetime | None
    texts: int
    """Posts whose text is kept."""
    points: int
    payments: int


def told_columns(table: Table) -> list[str]:
    """The columns that an export holds of a person's own rows."""
    decision = DECISIONS[table.name]
    own = [name for name in decision.names if name not in decision.acted]
    if table is outbox:
        return list(LETTERS)
    return [c.name for c in table.c if c.name not in decision.untold] if own or decision.through else []


async def everything_of(connection: AsyncConnection, person: Person) -> Mapping[str, Sequence[Row]]:
    """Table -> rows, as JSON has them; tables without any are left out."""
    found: dict[str, list[Row]] = {}
    for table in metadata.sorted_tables:
        rows = await _rows(connection, table, person)
        if rows:
            found[table.name] = rows
    return found


async def _rows(connection: AsyncConnection, table: Table, person: Person) -> list[Row]:
    decision = DECISIONS[table.name]
    if table is outbox:
        return await _letters(connection, person)
    conditions = [named(table.c[name], person) for name in decision.names if name not in decision.acted]
    if decision.through:
        conditions.append(hanging(table, decision, person))
    rows: list[Row] = []
    own = or_(*conditions) if conditions else None
    if own is not None:
        rows += await _read(connection, table, told_columns(table), own)
    for name, columns in decision.acted.items():
        theirs = named(table.c[name], person)
        rows += await _read(connection, table, columns, theirs if own is None else and_(theirs, not_(own)))
    return rows


async def _letters(connection: AsyncConnection, person: Person) -> list[Row]:
    theirs = [
        and_(outbox.c.platform == account.platform, outbox.c.target == account.external_id)
        for account in person.accounts
    ]
    which = and_(outbox.c.kind == "direct", or_(*theirs), person.where(outbox))
    return await _read(connection, outbox, LETTERS, which)


async def _read(connection: AsyncConnection, table: Table, columns: Sequence[str], which: Any) -> list[Row]:
    statement = select(*(table.c[name] for name in columns)).where(which).order_by(*table.primary_key)
    rows = await connection.execute(statement)
    return [{name: _plain(value) for name, value in row._mapping.items()} for row in rows]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


async def community_rows(connection: AsyncConnection, community_id: int) -> Mapping[str, Sequence[Row]]:
    """Table -> every row that is a community's; tables without any are left out. For who runs it."""
    found: dict[str, list[Row]] = {}
    its_spaces = select(spaces.c.id).where(spaces.c.community_id == community_id)
    for table in metadata.sorted_tables:
        which = belonging(table, community_id, its_spaces)
        if table is communities:
            which = communities.c.id == community_id
        if table is accounts:
            its = select(member_accounts.c.account_id).where(member_accounts.c.community_id == community_id)
            which = accounts.c.id.in_(its)
        if which is not None:
            rows = await _read(connection, table, [c.name for c in table.c if c.name not in SECRET], which)
            if rows:
                found[table.name] = rows
    return found


async def summary_of(connection: AsyncConnection, person: Person) -> Summary:
    """The same in a few numbers."""
    written = (
        await connection.execute(
            select(
                func.count(),
                func.min(posts.c.posted_at),
                func.max(posts.c.posted_at),
                func.count(posts.c.text),
            ).where(named(posts.c.account_id, person), ~posts.c.stub)
        )
    ).one()
    paid = (
        await connection.execute(
            select(func.coalesce(func.sum(entries.c.points), 0), func.count()).where(
                named(entries.c.member_id, person)
            )
        )
    ).one()
    return Summary(
        tuple(account.platform for account in person.accounts),
        int(written[0]),
        written[1],
        written[2],
        int(written[3]),
        int(paid[0]),
        int(paid[1]),
    )
