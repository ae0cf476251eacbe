"""Backup: a copy that can be trusted, and the way back from it.

A SQLite database is copied as it is (`.db`). A PostgreSQL database becomes a dump (`.jsonl.gz`), which can
be restored into either.
"""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import text

from storage.database import Database, database_url, is_sqlite, sqlite_path
from storage.dump import check_dump, read_dump, write_dump
from storage.errors import N_, StorageError, said_plainly

COPY, DUMP = ".db", ".jsonl.gz"


@dataclass(frozen=True, slots=True)
class Verified:
    """What is in a backup that was found to be whole."""

    revision: str
    rows: dict[str, int]
    """How many rows each table has."""


async def backup(database: Database, folder: Path, now: datetime, keep: int, *, label: str = "") -> Path:
    """Copy the database as it is at this moment, beside the writer; keep the newest `keep` of that label.

    The copy is checked, and on the disk, before it gets its name. Raises StorageError.
    """
    suffix = COPY if database.dialect == "sqlite" else DUMP
    path = folder / f"homeroom-{now:%Y%m%dT%H%M%SZ}{'-' * bool(label)}{label}{suffix}"
    partial = path.with_name(f".{path.name}.partial")
    try:
        await asyncio.to_thread(_make_folder, folder, partial)
        if database.path is not None:
            await asyncio.to_thread(_copy, database.path, partial)
        else:
            await _dump(database, partial, now)
        await asyncio.to_thread(_finish, partial, path)
    except OSError as error:
        raise StorageError(
            N_("The backup cannot be written to {folder}: {reason}."), folder=folder, reason=error.strerror
        ) from error
    finally:
        await asyncio.to_thread(_forget, partial)
    await asyncio.to_thread(_keep_newest, folder, label, keep)
    return path


def _forget(partial: Path) -> None:
    with suppress(OSError):  # what stood in the way of writing it is said already
        partial.unlink(missing_ok=True)


def _make_folder(folder: Path, partial: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    partial.unlink(missing_ok=True)
    # Made before there is anything in it, so that nobody else ever reads it.
    partial.touch(mode=0o600)


def _copy(source: Path, partial: Path) -> None:
    """One read transaction of the whole file: what is committed now, and nothing of what comes meanwhile."""
    with said_plainly(), closing(sqlite3.connect(source, timeout=60)) as connection:
        connection.execute("VACUUM INTO ?", (str(partial),))
    _check_copy(partial)


async def _dump(database: Database, partial: Path, now: datetime) -> None:
    async with database.read() as store:
        found = await store.connection.execute(text("SELECT version_num FROM alembic_version"))
        await write_dump(store.connection, partial, str(found.scalar_one()), now)


def _finish(partial: Path, path: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _keep_newest(folder: Path, label: str, keep: int) -> None:
    for old in backups(folder, label)[keep:]:
        old.unlink(missing_ok=True)


def backups(folder: Path, label: str = "") -> list[Path]:
    """The backups of a label in a folder, newest first."""
    found = [
        path
        for suffix in (COPY, DUMP)
        for path in folder.glob(f"homeroom-*{suffix}")
        if path.name.removeprefix("homeroom-").removesuffix(suffix).partition("-")[2] == label
    ]
    return sorted(found, key=lambda path: path.name, reverse=True)


async def verify(path: Path) -> Verified:
    """Read a whole backup and say what is in it. Raises StorageError when it is damaged or no backup."""
    if not await asyncio.to_thread(path.is_file):
        raise StorageError(f"There is no file {path}.")
    if path.name.endswith(DUMP):
        return Verified(*await asyncio.to_thread(check_dump, path))
    return await asyncio.to_thread(_check_copy, path)


def _check_copy(path: Path) -> Verified:
    broken = StorageError(N_("{path} is no whole backup of a Homeroom database. Use another one."), path=path)
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
            if connection.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise broken
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise broken
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            names = [
                name
                for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
                if not name.startswith(("sqlite_", "alembic_"))
            ]
            rows = {
                name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]  # noqa: S608 - see above
                for name in sorted(names)
            }
    except (sqlite3.Error, TypeError) as error:
        raise broken from error
    return Verified(revision, rows)


async def restore(path: Path, url: str, *, now: datetime, force: bool = False) -> Path | None:
    """Put a backup in place of a database; returns where the replaced file was kept, if there was one.

    The backup is verified first, and refused when it is damaged. A database with something in it is only
    replaced with `force`, and never under a running Homeroom. Raises StorageError.
    """
    from storage.migrations import current, upgrade  # here, because they make backups themselves

    verified = await verify(path)
    address = database_url(url)
    if path.name.endswith(COPY):
        if not is_sqlite(address):
            raise StorageError(f"{path} is a copy of a SQLite database: it cannot go into PostgreSQL.")
        return await asyncio.to_thread(_replace, path, sqlite_path(address), now, force)
    kept: Path | None = None
    if is_sqlite(address):
        kept = await asyncio.to_thread(_move_away, sqlite_path(address), now, force)
    database = await Database.open(url)
    try:
        if await current(database) is not None:
            raise StorageError("This database is not empty. Create an empty one and name it in database.url.")
        await upgrade(database, None, now=now, target=verified.revision)
        async with database.write() as store:
            await read_dump(store.connection, path)
        await upgrade(database, None, now=now)
        async with database.write() as store:
            await store.points.tend_boards()
    finally:
        await database.close()
    return kept


def _replace(path: Path, target: Path, now: datetime, force: bool) -> Path | None:
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, partial)
        partial.chmod(0o600)
        kept = _move_away(target, now, force)
        _finish(partial, target)
    except OSError as error:
        raise StorageError(f"The backup cannot be put to {target}: {error.strerror}.") from error
    finally:
        _forget(partial)
    return kept


def _move_away(target: Path, now: datetime, force: bool) -> Path | None:
    """Keep what is there under another name. Raises StorageError when that must not be."""
    if not target.exists():
        return None
    if not force and target.stat().st_size > 0:
        raise StorageError(
            f"There is a database at {target}. To put the backup in its place (it is kept), add --force."
        )
    _close_log(target)
    kept = target.with_name(f"{target.stem}-replaced-{now:%Y%m%dT%H%M%SZ}{target.suffix}")
    for tail in ("", "-wal", "-shm"):
        part = target.with_name(target.name + tail)
        if part.exists():
            part.rename(kept.with_name(kept.name + tail))
    return kept


def _close_log(target: Path) -> None:
    """Take the file for ourselves, for a moment: whoever still has it open would go on writing to it."""
    try:
        with closing(sqlite3.connect(target, timeout=1, isolation_level=None)) as connection:
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
    except sqlite3.DatabaseError as error:
        if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            raise StorageError(
                "The database is in use. Stop Homeroom, then restore the backup again."
            ) from error
        # A damaged file cannot be locked, and is exactly what a backup is restored for.
