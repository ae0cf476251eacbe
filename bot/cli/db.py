"""`homeroom db`: bring the database up to date, copy it, put a copy back, and prove its totals."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.options import AsJson, ConfigFile, DatabaseUrl, configured, opened, report, tell, until_done
from bot.clock import utc_now
from bot.config import Config

if TYPE_CHECKING:
    from storage.values import Difference

app = typer.Typer(help="The database: upgrade, backup, restore, verify.", no_args_is_help=True)


@app.command()
def upgrade(config: ConfigFile = None, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Bring the tables to what this version needs, after a backup. Safe to run twice."""
    report(until_done(_upgrade(configured(config, database))), as_json)


async def _upgrade(config: Config) -> dict[str, Any]:
    from storage.database import Database
    from storage.migrations import current, head
    from storage.migrations import upgrade as run_migrations

    await asyncio.to_thread(make_folder, config)
    database = await Database.open(config.database.url)
    try:
        before = await current(database)
        made = await run_migrations(database, config.backup.folder, now=utc_now())
    finally:
        await database.close()
    return {"before": before or "empty", "now": head(), "backup": None if made is None else str(made)}


@app.command()
def backup(
    to: Annotated[Path | None, typer.Option("--to", help="The folder. Default: the configured one.")] = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Copy the database as it is now, beside a running bot, and check the copy."""
    settings = configured(config, database)
    report(until_done(_backup(settings, to or settings.backup.folder)), as_json)


async def _backup(config: Config, folder: Path) -> dict[str, Any]:
    from storage.backup import backup as copy
    from storage.backup import verify as check

    async with opened(config) as database:
        path = await copy(database, folder, utc_now(), config.backup.keep)
    found = await check(path)
    return {"backup": str(path), "revision": found.revision, "rows": sum(found.rows.values())}


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a database; it is kept beside.")] = False,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the database's place, after checking it. Stop the bot first."""
    report(until_done(_restore(file, configured(config, database), force)), as_json)


async def _restore(file: Path, config: Config, force: bool) -> dict[str, Any]:
    from storage.backup import restore as put_back

    kept = await put_back(file, config.database.url, now=utc_now(), force=force)
    return {"restored": str(file), "replaced": None if kept is None else str(kept)}


@app.command()
def verify(config: ConfigFile = None, database: DatabaseUrl = None, as_json: AsJson = False) -> None:
    """Recompute every total from the ledger and compare. Exit code 1 when they differ."""
    figures, wrong = until_done(_verify(configured(config, database)))
    report(figures, as_json)
    for one in wrong[:20]:
        tell(f"member {one.member_id}, {one.period}: stored {one.total}, the ledger says {one.ledger}")
    if wrong:
        raise typer.Exit(1)


async def _verify(config: Config) -> "tuple[dict[str, Any], Sequence[Difference]]":
    async with opened(config) as database, database.read() as store:
        wrong = await store.points.differences()
        figures = {
            "posts": await store.posts.count(),
            "members": await store.people.count(),
            "entries": await store.points.count(),
            "dead_events": await store.troubles.dead_count(),
            "differences": len(wrong),
        }
    return figures, wrong


def make_folder(config: Config) -> None:
    """The folder of a SQLite file, for this user alone. Raises StorageError."""
    from storage.database import database_url, is_sqlite, sqlite_path
    from storage.errors import StorageError

    address = database_url(config.database.url)
    if not is_sqlite(address):
        return
    folder = sqlite_path(address).parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise StorageError(f"The folder {folder} cannot be made: {error.strerror}.") from error
