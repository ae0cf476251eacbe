"""Running migrations: all or nothing, one process at a time, and after a backup."""

from datetime import datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage.backup import backup
from storage.database import Database, sqlite_engine
from storage.errors import StorageError, said_plainly

LOCK = 7_405_633_211
"""What PostgreSQL's advisory lock is called: any number, always the same."""

KEEP = 3
"""As many copies from before migrations are kept."""


def alembic_config(connection: Connection | None = None) -> Config:
    """What Alembic's own commands need: where the migrations are, and a connection in a transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision that this version of Homeroom needs."""
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    return newest or ""


async def current(database: Database) -> str | None:
    """The revision of a database; None: it is empty."""
    with said_plainly():
        async with database.engine.connect() as connection:
            return await connection.run_sync(_current)


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


async def upgrade(
    database: Database, backup_folder: Path | None, *, now: datetime, target: str | None = None
) -> Path | None:
    """Bring the tables to what this version needs; returns the backup that was made before, if any.

    Everything happens in one transaction: killed midway, the next start finds the old tables and does it
    again. Another process waits meanwhile. Raises StorageError when a newer Homeroom wrote the database.
    """
    wanted = target or head()
    if await current(database) == wanted:
        return None
    engine = _engine(database)
    made: Path | None = None
    try:
        with said_plainly():
            async with engine.begin() as connection:
                if database.dialect == "postgresql":
                    await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
                before = await connection.run_sync(_current)
                if before == wanted:
                    return None
                if before is not None:
                    _refuse_newer(before)
                    if backup_folder is not None:
                        made = await backup(database, backup_folder, now, KEEP, label=f"before-{wanted}")
                await connection.run_sync(_upgrade, wanted)
                if database.dialect == "sqlite":
                    broken = (await connection.exec_driver_sql("PRAGMA foreign_key_check")).first()
                    if broken is not None:
                        raise RuntimeError(f"the migration to {wanted} broke a reference: {tuple(broken)}")
    finally:
        await engine.dispose()
    return made


def _engine(database: Database) -> AsyncEngine:
    if database.dialect == "sqlite":
        # Rebuilding a table drops it for a moment, which must not empty those that refer to it.
        return sqlite_engine(database.url, begin="BEGIN IMMEDIATE", connections=1, foreign_keys=False)
    return create_async_engine(database.url, poolclass=NullPool)


def _upgrade(connection: Connection, wanted: str) -> None:
    command.upgrade(alembic_config(connection), wanted)


def _refuse_newer(revision: str) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()}
    if revision not in known:
        raise StorageError(
            f"The database was written by a newer Homeroom (revision {revision})."
            " Install that version or a later one, or restore a backup made before it."
        )
