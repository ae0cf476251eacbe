"""`homeroom import courses`: a catalogue, as it lies there, and again whenever it changes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bot.cli.import_members import CommunityName
from bot.cli.importing import DryRun, File, Refusals, Report, house_of, reading_of
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
    from bot.importers.courses import Brought

ArchiveMissing = Annotated[
    bool,
    typer.Option(
        "--archive-missing", help="Archive courses that the file does not have, and publish those it has."
    ),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked."""

    file: Path
    community: str | None
    archive_missing: bool
    dry_run: bool
    as_json: bool


def courses(
    file: File,
    community: CommunityName = None,
    archive_missing: ArchiveMissing = False,
    dry_run: DryRun = False,
    refused_to: Report = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """A catalogue (CSV, JSON or one JSON object a line): id, title, text, level, price, link, lessons ...

    Only what is new or told otherwise is written; what the file does not have stays.
    """
    from bot.importers import ImportProblem
    from storage.errors import StorageError

    settings = configured(config, database)
    asked = Asked(file, community, archive_missing, dry_run, as_json)
    with Refusals(refused_to) as refusals:
        reading = reading_of(file, refusals)
        try:
            with advance() as so_far:
                brought = asyncio.run(_brought(settings, asked, reading, so_far))
        except (ImportProblem, StorageError) as error:
            refusals.tell()
            give_up(error.sentence)
        except KeyboardInterrupt:
            tell("Stopped. What was brought in stays: give the same command again, and the rest comes.")
            raise typer.Exit(130) from None
        refusals.tell()
    _say(brought, reading, asked)


async def _brought(config: Config, asked: Asked, reading: "Reading", so_far: Advance) -> "Brought":
    from bot.importers.courses import bring_courses, read_courses
    from bot.importers.giving import community_named

    house_of(config)
    async with opened(config, with_key=True) as database:
        community = await community_named(database, asked.community)
        return await bring_courses(
            database,
            community,
            read_courses(asked.file, reading, zone=community.calendar.zone),
            reading=reading,
            archive_missing=asked.archive_missing,
            dry_run=asked.dry_run,
            progress=_progress(reading, so_far),
        )


def _progress(reading: "Reading", so_far: Advance) -> Callable[[int, float], None]:
    def told(done: int, seconds: float) -> None:
        share = reading.share()
        so_far(share, f"{done:,} rows, {done / seconds:,.0f} a second, {share:.0%} of the file")

    return told


def _say(brought: "Brought", reading: "Reading", asked: Asked) -> None:
    found: dict[str, Any] = {
        "community": brought.community,
        "read": reading.rows,
        **{str(what): count for what, count in brought.courses.items()},
        "lessons_added": brought.lessons["added"],
        "lessons_changed": brought.lessons["changed"],
        "lessons_known": brought.lessons["known"],
        "needs_changed": brought.needs,
        "enrolments": brought.enrolled,
        "refused": reading.refused,
        "facts_left_out": reading.spoilt,
    }
    if asked.archive_missing or asked.as_json:
        found |= {"archived": brought.archived, "lessons_removed": brought.removed}
    found["seconds"] = round(brought.seconds, 2)
    report(found | {"dry_run": asked.dry_run} if asked.as_json else found, asked.as_json)
    if asked.as_json:
        return
    if brought.kept_back:
        tell("Nothing was archived, for rows were refused: they may be the courses that are missing.")
    if asked.dry_run:
        tell("Nothing was stored. Without --dry-run it is.")
