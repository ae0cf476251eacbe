"""Bulk: many new rows at once, handed to the driver as it wants them.

SQLAlchemy prepares every row of an INSERT anew, which costs as much as SQLite's own work. Here the text of
the statement and the column types' converters are worked out once for a table and its columns.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Dialect, Table, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.batches.direct import incoming, put
from storage.insert import insert_into, upsert_add

Convert = Callable[[Any], Any]


class _Plan(NamedTuple):
    statement: str
    names: tuple[str, ...]
    """The statement's parameters, in their order."""
    converters: tuple[tuple[str, Convert], ...]
    """What has to be said otherwise to this database: moments, texts, dates, lists."""


@lru_cache(maxsize=64)
def _plan(
    dialect: Dialect,
    table: Table,
    names: tuple[str, ...],
    adding: str | None = None,
    replacing: tuple[str, ...] = (),
) -> _Plan:
    insert = sqlite.insert(table).inline().values({name: bindparam(name) for name in names})
    changes: dict[str, ColumnElement[Any]] = {name: insert.excluded[name] for name in replacing}
    if adding is not None:
        changes[adding] = table.c[adding] + insert.excluded[adding]
    if changes:
        insert = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=changes)
    compiled = insert.compile(dialect=dialect)
    converters = ((name, incoming(table.c[name].type, dialect)) for name in names)
    return _Plan(str(compiled), tuple(compiled.positiontup or ()), tuple((n, c) for n, c in converters if c))


async def add_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that are not there. All have the same keys."""
    if rows:
        await _execute(connection, _plan(connection.dialect, table, tuple(rows[0])), rows)


async def add_points(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """As `upsert_add`: add `points` to a table of sums. No two rows have the same primary key."""
    if connection.dialect.name == "postgresql":
        await upsert_add(connection, table, rows)
    elif rows:
        await _execute(connection, _plan(connection.dialect, table, tuple(rows[0]), "points"), rows)


async def replace_rows(
    connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], names: tuple[str, ...]
) -> None:
    """Insert rows, or set these columns of those that are there. No two rows have the same primary key."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        insert = insert_into(connection, table)
        again = {name: insert.excluded[name] for name in names}
        statement = insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=again)
        await connection.execute(statement, list(rows))
    else:
        plan = _plan(connection.dialect, table, tuple(rows[0]), replacing=names)
        await _execute(connection, plan, rows)


async def _execute(connection: AsyncConnection, plan: _Plan, rows: Sequence[Mapping[str, Any]]) -> None:
    columns = {name: [row[name] for row in rows] for name in plan.names}
    for name, convert in plan.converters:
        columns[name] = [convert(value) for value in columns[name]]
    await put(connection, plan.statement, list(zip(*columns.values(), strict=True)))


async def next_ids(connection: AsyncConnection, table: Table, count: int) -> Sequence[int]:
    """Numbers for so many new rows: those that the table would have given, had they come one by one."""
    if connection.dialect.name == "postgresql":
        number = func.nextval(func.pg_get_serial_sequence(table.name, "id"))
        rows = await connection.execute(select(number).select_from(func.generate_series(1, count)))
        return [int(number) for (number,) in rows]
    highest = await connection.execute(select(func.max(table.c.id)))
    first = int(highest.scalar_one() or 0) + 1
    return range(first, first + count)
