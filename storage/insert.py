"""Insert: "unless it is there" and "add to what is there", in the dialect in use, in bulk."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ARRAY, Column, Table, bindparam, func, select
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
    """Add `points` to a table of sums; what is not there yet begins with them.

    All rows have the same keys, and no two the same primary key: sum before calling.
    """
    if not rows:
        return
    # Always in the same order, so that two processes cannot wait for each other in a circle.
    key = [column.name for column in table.primary_key]
    ordered = sorted(rows, key=lambda row: [row[name] for name in key])
    insert = insert_into(connection, table)
    values: Any = ordered
    if connection.dialect.name == "postgresql":
        # One statement instead of one a row: quicker, and triggers on statements run once.
        names = tuple(rows[0])
        types = {name: ARRAY(table.c[name].type) for name in names}
        lists = [func.unnest(bindparam(name, type_=types[name])).label(name) for name in names]
        insert = insert.from_select(names, select(*lists))
        values = {name: [row[name] for row in ordered] for name in names}
    statement = insert.on_conflict_do_update(
        index_elements=list(table.primary_key), set_={"points": table.c.points + insert.excluded.points}
    )
    await connection.execute(statement, values)
