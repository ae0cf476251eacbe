"""`homeroom import members|enrolments`: buyers, what they bought, and balances to start from."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.importing import SHOWN, DryRun, File, Refusals, Report, house_of, reading_of
from bot.cli.options import (
    Advance,
    AsJson,
    ConfigFile,
    DatabaseUrl,
    advance,
    configured,
    give_up,
    opened,
    report,
    tell,
)
from bot.config import Config

if TYPE_CHECKING:
    from bot.importers import Reading
    from bot.importers.bringing import Brought
    from bot.importers.members import Line

CommunityName = Annotated[
    str | None, typer.Option("--community", help="Its number or name; needed where there are several.")
]
Platform = Annotated[
    str | None, typer.Option("--platform", help="Whose ids these are; needed where there are several.")
]
LinksTo = Annotated[
    Path | None,
    typer.Option("--links", help="Then write each buyer's own join link and code into this CSV file."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of either command."""

    file: Path
    community: str | None
    platform: str | None
    dry_run: bool
    refused_to: Path | None
    links_to: Path | None
    config: Path | None
    database: str | None
    as_json: bool
    server: str | None = None
    on: date | None = None
    enrolments: bool = False


def members(
    file: File,
    community: CommunityName = None,
    platform: Platform = None,
    server: Annotated[
        str | None, typer.Option("--server", help="Of a LevelUp backup of several servers: the one to take.")
    ] = None,
    on: Annotated[
        datetime | None,
        typer.Option(
            "--on",
            formats=["%Y-%m-%d"],
            help="The day that balances count for. Default: about two months ago.",
        ),
    ] = None,
    dry_run: DryRun = False,
    refused_to: Report = None,
    links_to: LinksTo = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Buyers (CSV: email, name, courses, paid until), balances (external id, name, points, level), or both.

    LevelUp's and KarmaBot's backups are read as they are.
    """
    day = None if on is None else on.date()
    _bring(
        Asked(
            file, community, platform, dry_run, refused_to, links_to, config, database, as_json, server, day
        )
    )


def enrolments(
    file: File,
    community: CommunityName = None,
    platform: Platform = None,
    dry_run: DryRun = False,
    refused_to: Report = None,
    links_to: LinksTo = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Who bought what, and how far they came (CSV or JSON: email, course, enrolled at, paid until, state;
    lesson, done at, mark, finished at, stars)."""
    _bring(
        Asked(
            file, community, platform, dry_run, refused_to, links_to, config, database, as_json,
            enrolments=True,
        )
    )  # fmt: skip


def _bring(asked: Asked) -> None:
    from bot.importers import ImportProblem
    from bot.importers.members import read_people
    from bot.platforms import Refused
    from storage.errors import StorageError

    settings = configured(asked.config, asked.database)
    with Refusals(asked.refused_to) as refusals:
        reading = reading_of(asked.file, refusals)
        lines = read_people(asked.file, reading, server=asked.server, enrolments=asked.enrolments)
        try:
            with advance() as so_far:
                brought, links = asyncio.run(_brought(settings, lines, reading, asked, so_far))
        except (ImportProblem, StorageError) as error:
            refusals.tell()
            give_up(error.sentence)
        except Refused as error:
            refusals.tell()
            give_up(f"All is brought in, but no links are made: {error}")
        except OSError as error:
            refusals.tell()
            give_up(f"All is brought in, but {error.filename} cannot be written: {error.strerror}.")
        except KeyboardInterrupt:
            tell("Stopped. What was brought in stays: give the same command again, and the rest comes.")
            raise typer.Exit(130) from None
        refusals.tell()
    _say(brought, reading, links, asked)


async def _brought(
    config: Config, lines: "Iterator[Line]", reading: "Reading", asked: Asked, so_far: Advance
) -> "tuple[Brought, dict[str, Any]]":
    from bot.cli.roster import write_links
    from bot.importers.bringing import bring_people
    from bot.importers.giving import community_named

    house = house_of(config)
    async with opened(config, with_key=True) as database:
        community = await community_named(database, asked.community)
        brought = await bring_people(
            database,
            house,
            community,
            lines,
            reading=reading,
            platform=asked.platform,
            on=asked.on,
            dry_run=asked.dry_run,
            progress=_progress(reading, so_far),
        )
        links: dict[str, Any] = {}
        if asked.links_to is not None and not asked.dry_run:
            links = await write_links(config, database, community, asked.links_to, so_far)
    return brought, links


def _progress(reading: "Reading", so_far: Advance) -> Callable[[int, float], None]:
    def told(done: int, seconds: float) -> None:
        share = reading.share()
        so_far(share, f"{done:,} lines, {done / seconds:,.0f} a second, {share:.0%} of the file")

    return told


def _say(brought: "Brought", reading: "Reading", links: dict[str, Any], asked: Asked) -> None:
    given = brought.given
    found: dict[str, Any] = {
        "community": given.community,
        "read": reading.rows,
        "added": brought.added + given.given,
        "known": brought.known + given.known,
        "refused": reading.refused,
    }
    if brought.buyers or asked.enrolments or asked.as_json:
        found |= {
            "buyers": brought.buyers,
            "new_buyers": brought.added,
            "changed": brought.changed,
            "purchases": brought.purchases,
            "on_the_roster": brought.roster.rows,
            "not_come_yet": brought.roster.pending,
            "enrolments": brought.enrolled,
        }
    if asked.enrolments or asked.as_json:
        found |= {"progress": brought.progress, "points_for_it": brought.points}
    if given.people or asked.as_json or not brought.buyers:
        found |= {
            "people": given.people,
            "new_balances": given.given,
            "points": given.points,
            "given_before": given.known,
            "day": None if given.day is None else str(given.day),
        }
    if links:
        found |= {"new_links": links["new_links"], "links_in": links["file"]}
    found["seconds"] = round(brought.seconds, 2)
    if asked.as_json:
        more = {"differ": given.differ, "left_out": dict(reading.left_out), "dry_run": asked.dry_run}
        report(found | more, as_json=True)
        return
    for what, count in reading.left_out.items():
        found[f"left out: {what}"] = count
    report(found, as_json=False)
    if given.differ:
        rows = ", ".join(map(str, given.differ[:SHOWN]))
        tell(f"{len(given.differ)} people have another balance from before, which stays. Their rows: {rows}")
    if asked.dry_run:
        tell("Nothing was stored. Without --dry-run it is.")
    elif brought.roster.pending and not links:
        tell("Each buyer's own join link and code: homeroom roster links --out FILE.csv")
