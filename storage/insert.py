"""Insert: "unless it is there" and "add to what is there", in the dialect in use, in bulk."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncConnection


Insert = postgresql.Insert | sqlite.Insert


def insert_into(connection: AsyncConnection, table: Table) -> Insert:
    """An INSERT that knows ON CONFLICT, for the database at hand."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def insert_new(
    connection: AsyncConnection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    returning: Sequence[Column[Any]] = (),
) -> list[Row[*tuple[Any, ...]]]:
    """Insert the rows that are not there yet; `returning` tells, for those alone, what was stored.

    Safe to call twice. All rows have the same keys. The answer is in no particular order.
    """
    if not rows:
        return []
    statement = insert_into(connection, table).on_conflict_do_nothing()
    if not returning:
        await connection.execute(statement, rows)
        return []
    return list((await connection.execute(statement.returning(*returning), rows)).all())


async def upsert_add(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add `points` to totals: (member_id, period, community_id, points, listed).

    A total that is not there yet begins with them. One row a (member, period): sum before calling.
    """
    if not rows:
        return
    insert = insert_into(connection, table)
    statement = insert.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={"points": table.c.points + insert.excluded.points},
    )
    # Always in the same order, so that two processes cannot wait for each other in a circle.
    ordered = sorted(rows, key=lambda row: (row["member_id"], row["period"]))
    await connection.execute(statement, ordered)
