"""Direct: a batch's statements, compiled once and handed to SQLite's driver in one step.

A statement that goes through SQLAlchemy visits aiosqlite's thread four times (make a cursor, execute, fetch,
close), and each visit wakes two threads; a batch of thirty statements spent a third of its time on that.
Here a statement is one visit, in the same transaction on the same connection. What SQLAlchemy knows is kept:
it writes the SQL, and its column types convert what goes in and what comes out. On PostgreSQL there is no
thread to visit, and SQLAlchemy executes as always.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import aiosqlite
from sqlalchemy import Dialect, Select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any]


class _Question(NamedTuple):
    sql: str
    parameters: Sequence[tuple[str, Any, Convert | None]]
    """In their order: the name that a caller knows, the value where none is given, what it becomes."""
    row: Callable[..., Any]
    converters: Sequence[tuple[int, Convert]]
    """Columns whose values come as something else."""


async def ask(
    connection: AsyncConnection, statement: Select[Any], values: Mapping[str, Any]
) -> Sequence[Any]:
    """The rows of a SELECT, with a column's name for each value."""
    if connection.dialect.name != "sqlite":
        found: Sequence[Any] = (await connection.execute(statement, dict(values))).all()
        return found
    question = _question(connection.dialect, statement)
    given = [
        convert(values.get(name, default)) if convert else values.get(name, default)
        for name, default, convert in question.parameters
    ]
    rows: Any = await (await _driver(connection)).execute_fetchall(question.sql, given)
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
    if not columns:
        return []
    for at, convert in question.converters:
        columns[at] = [convert(value) for value in columns[at]]
    return list(map(question.row, *columns))


async def put(connection: AsyncConnection, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Execute a statement for every row, of values as the driver takes them."""
    if connection.dialect.name != "sqlite":
        await connection.exec_driver_sql(sql, list(rows))
        return
    await (await _driver(connection)).executemany(sql, rows)


async def _driver(connection: AsyncConnection) -> aiosqlite.Connection:
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, aiosqlite.Connection)
    return driver


@lru_cache(maxsize=256)
def _question(dialect: Dialect, statement: Select[Any]) -> _Question:
    compiled = statement.compile(dialect=dialect)
    parameters = []
    for name in compiled.positiontup or ():
        bound = compiled.binds[name]
        parameters.append((bound.key, bound.effective_value, incoming(bound.type, dialect)))
    columns = list(statement.selected_columns)
    row = namedtuple("row", [c.key or f"_{n}" for n, c in enumerate(columns)], rename=True)  # type: ignore[misc]
    converters = [
        (at, convert)
        for at, column in enumerate(columns)
        if (convert := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
    ]
    return _Question(str(compiled), parameters, row, converters)


def incoming(kind: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    """What a column type does to a value on its way in; None where it stays as it is."""
    return kind.dialect_impl(dialect).bind_processor(dialect)
