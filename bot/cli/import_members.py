"""`homeroom import members`: balances to start from."""

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli.importing import SHOWN, DryRun, File, Refusals, Report, house_of, reading_of
from bot.cli.options import AsJson, ConfigFile, DatabaseUrl, configured, give_up, opened, report, tell
from bot.config import Config

if TYPE_CHECKING:
    from bot.importers import Reading
    from bot.importers.giving import Given
    from bot.importers.members import Balance


def members(
    file: File,
    community: Annotated[
        str | None, typer.Option("--community", help="Its number or name; needed where there are several.")
    ] = None,
    platform: Annotated[
        str | None, typer.Option("--platform", help="Whose ids these are; needed where there are several.")
    ] = None,
    server: Annotated[
        str | None, typer.Option("--server", help="Of a LevelUp backup of several servers: the one to take.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on", formats=["%Y-%m-%d"], help="The day it counts for. Default: about two months ago."
        ),
    ] = None,
    dry_run: DryRun = False,
    refused_to: Report = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Balances to start from: a CSV (external id, name, points, level), LevelUp's or KarmaBot's backup."""
    from bot.importers import ImportProblem
    from bot.importers.members import read_members
    from storage.errors import StorageError

    settings = configured(config, database)
    with Refusals(refused_to) as refusals:
        reading = reading_of(file, refusals)
        balances = read_members(file, reading, server=server)
        day = None if on is None else on.date()
        try:
            given = asyncio.run(_given(settings, balances, reading, community, platform, day, dry_run))
        except (ImportProblem, StorageError) as error:
            refusals.tell()
            give_up(error.sentence)
        except KeyboardInterrupt:
            tell("Stopped. What was given stays: give the same command again, and the rest is given.")
            raise typer.Exit(130) from None
        refusals.tell()
    found = {
        "community": given.community,
        "people": given.people,
        "new_balances": given.given,
        "points": given.points,
        "given_before": given.known,
        "refused": reading.refused,
        "day": str(given.day),
        "seconds": round(given.seconds, 2),
    }
    report(found | {"differ": given.differ, "dry_run": dry_run} if as_json else found, as_json)
    if given.differ:
        rows = ", ".join(map(str, given.differ[:SHOWN]))
        tell(f"{len(given.differ)} people have another balance from before, which stays. Their rows: {rows}")
    if dry_run:
        tell("Nothing was stored. Without --dry-run it is.")


async def _given(
    config: Config,
    balances: "Iterator[Balance]",
    reading: "Reading",
    community: str | None,
    platform: str | None,
    on: date | None,
    dry_run: bool,
) -> "Given":
    from bot.importers.giving import community_named, give_balances

    house = house_of(config)
    async with opened(config) as database:
        return await give_balances(
            database,
            house,
            await community_named(database, community),
            balances,
            reading=reading,
            platform=platform,
            on=on,
            dry_run=dry_run,
        )
