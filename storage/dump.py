"""Dump: every table as lines of JSON, in one compressed file, for databases that are not one file.

    {"homeroom": 1, "revision": "0001", "made_at": "2026-11-25T04:00:00+00:00"}
    {"table": "communities", "columns": ["id", "name", ...]}
    [1, "Anna's school", ...]
    ...
    {"end": {"communities": 1, ...}}

The last line says how many rows each table had, so that a file that was cut short is known as one.
"""

import asyncio
import base64
import gzip
import json
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import (
    Column,
    Date,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    Table,
    bindparam,
    insert,
    inspect,
    select,
    text,
    update,
)
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import StorageError

FORMAT = 1
PAGE = 2000
MADE_BY_TRIGGERS = {"board_steps"}
NOT_OURS = {"alembic_version"}

BROKEN = "The backup {path} is damaged or was cut short. Use another one."


async def write_dump(connection: AsyncConnection, path: Path, revision: str, now: datetime) -> None:
    """Write all rows, as they are at one moment: the connection's transaction has to give that."""
    tables = await connection.run_sync(_tables)
    counts: dict[str, int] = {}
    with await asyncio.to_thread(gzip.open, path, "wt", 3, "utf-8") as file:
        await _write(file, [{"homeroom": FORMAT, "revision": revision, "made_at": now.isoformat()}])
        for table in tables:
            await _write(file, [{"table": table.name, "columns": [column.name for column in table.columns]}])
            counts[table.name] = 0
            stream = await connection.stream(select(table).order_by(*table.primary_key))
            async for rows in stream.partitions(PAGE):
                counts[table.name] += len(rows)
                await _write(file, [[_out(value) for value in row] for row in rows])
        await _write(file, [{"end": counts}])


async def _write(file: TextIO, lines: list[Any]) -> None:
    def write() -> None:
        file.writelines(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)

    await asyncio.to_thread(write)


def _out(value: Any) -> Any:
    match value:
        case date():
            return value.isoformat()
        case bytes():
            return base64.b64encode(value).decode()
    return value


def check_dump(path: Path) -> tuple[str, dict[str, int]]:
    """Read all of it; the revision, and how many rows each table has. Raises StorageError."""
    revision = current = ""
    counts: dict[str, int] = {}
    end: dict[str, int] | None = None
    for line in _lines(path):
        match line:
            case {"homeroom": version, "revision": str(named)}:
                if version != FORMAT:
                    raise StorageError(
                        f"The backup {path} was made by a newer Homeroom. Install that version."
                    )
                revision = named
            case {"table": str(table)}:
                counts[table] = 0
                current = table
            case {"end": dict(told)}:
                end = told
            case list() if current and end is None:
                counts[current] += 1
            case _:
                raise StorageError(BROKEN.format(path=path))
    if not revision or counts != end:
        raise StorageError(BROKEN.format(path=path))
    return revision, counts


async def read_dump(connection: AsyncConnection, path: Path) -> None:
    """Put all rows into the tables, which are empty and of the dump's revision."""
    tables = {table.name: table for table in await connection.run_sync(_tables)}
    later: list[tuple[Table, Column[Any], list[dict[str, Any]]]] = []
    table: Table | None = None
    columns: list[Column[Any]] = []
    rows: list[dict[str, Any]] = []
    for line in _lines(path):
        if isinstance(line, list) and table is not None:
            rows.append(
                {column.name: _in(column, value) for column, value in zip(columns, line, strict=True)}
            )
            if len(rows) < PAGE:
                continue
        if rows and table is not None:
            later += _set_aside(table, rows)
            await connection.execute(insert(table), rows)
            rows = []
        if isinstance(line, dict) and "table" in line:
            table = tables[line["table"]]
            columns = [table.c[name] for name in line["columns"]]
    for table, column, references in later:
        (key,) = table.primary_key
        await connection.execute(
            update(table).where(key == bindparam("of_row")).values({column: bindparam("refers_to")}),
            references,
        )
    await _count_on(connection, list(tables.values()))


def _set_aside(
    table: Table, rows: list[dict[str, Any]]
) -> Iterator[tuple[Table, Column[Any], list[dict[str, Any]]]]:
    """References within a table wait until all its rows are there."""
    for column in table.columns:
        if not any(key.column.table is table for key in column.foreign_keys):
            continue
        (key,) = table.primary_key
        references = [
            {"of_row": row[key.name], "refers_to": row[column.name]}
            for row in rows
            if row[column.name] is not None
        ]
        for row in rows:
            row[column.name] = None
        if references:
            yield table, column, references


async def _count_on(connection: AsyncConnection, tables: list[Table]) -> None:
    """PostgreSQL numbers new rows by a sequence, which does not know those that came with their numbers."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        sequence = text("SELECT pg_get_serial_sequence(:table, 'id')")
        if "id" in table.c and (await connection.execute(sequence, {"table": table.name})).scalar_one():
            await connection.execute(
                text(
                    f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'),"  # noqa: S608 - a name of ours
                    f" (SELECT coalesce(max(id), 0) + 1 FROM {table.name}), false)"
                )
            )


def _in(column: Column[Any], value: Any) -> Any:
    if value is not None and isinstance(column.type, Date):
        return date.fromisoformat(value)
    if value is not None and isinstance(column.type, LargeBinary):
        return base64.b64decode(value)
    return value


def _tables(connection: Connection) -> list[Table]:
    """The tables as they are in this database, which may be older than this version of Homeroom."""
    inspector = inspect(connection)
    found = MetaData()
    for name in inspector.get_table_names():
        if name in MADE_BY_TRIGGERS | NOT_OURS:
            continue
        key = inspector.get_pk_constraint(name)["constrained_columns"]
        Table(
            name,
            found,
            *(
                Column(c["name"], c["type"], primary_key=c["name"] in key)
                for c in inspector.get_columns(name)
            ),
            *(
                ForeignKeyConstraint(
                    k["constrained_columns"], [f"{k['referred_table']}.{c}" for c in k["referred_columns"]]
                )
                for k in inspector.get_foreign_keys(name)
            ),
        )
    return found.sorted_tables


def _lines(path: Path) -> Iterator[Any]:
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
    except (EOFError, OSError, ValueError, zlib.error) as error:
        raise StorageError(BROKEN.format(path=path)) from error
