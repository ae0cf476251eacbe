"""`homeroom import`: history from Telegram, Discord or any chat, and balances to start from."""

import asyncio
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from bot.cli.db import make_folder
from bot.cli.options import AsJson, ConfigFile, DatabaseUrl, configured, give_up, opened, report, tell
from bot.clock import utc_now
from bot.config import Config, load_secret

if TYPE_CHECKING:
    from bot.batch import House
    from bot.importers import Reading, Record, Refused
    from bot.importers.files import Format
    from bot.importers.giving import Given
    from bot.importers.members import Balance
    from bot.importers.telegram import Options

app = typer.Typer(
    help="Bring history in: from Telegram, Discord or any chat; or balances to start from.",
    no_args_is_help=True,
)

File = Annotated[Path, typer.Argument(help="The file.", show_default=False)]
Files = Annotated[list[Path], typer.Argument(help="The files.", show_default=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Read and report; store nothing.")]
NoPoints = Annotated[bool, typer.Option("--no-points", help="Keep the posts, and award no points for them.")]
Zone = Annotated[str, typer.Option("--zone", help="The time zone of the days, where the space is new.")]
SetUp = Annotated[
    bool, typer.Option("--set-up", help="Set up a community that is not yet, with the defaults.")
]
Report = Annotated[
    Path | None, typer.Option("--report", help="Where rows that were refused are listed, each with its line.")
]
StoryTo = Annotated[
    Path | None,
    typer.Option("--story", help="Store nothing; write a page here that tells what is in the history."),
]
SHOWN = 10
"""Refused rows that are shown; the report has all of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of every import."""

    files: Sequence[Path]
    dry_run: bool
    no_points: bool
    zone: str
    set_up: bool
    refused_to: Path | None
    config: Path | None
    database: str | None
    as_json: bool
    story: Path | None = None


@app.command()
def telegram(
    file: File,
    chat: Annotated[
        list[str] | None,
        typer.Option("--chat", help="Of a whole account: the group's id; again for more. 'all' takes all."),
    ] = None,
    space: Annotated[
        str | None,
        typer.Option("--space", help="The id under which the bot knows the one group, if it is another."),
    ] = None,
    bot: Annotated[
        list[str] | None,
        typer.Option(
            "--bot", help="The id of an account that is a bot: exports do not tell. Again for more."
        ),
    ] = None,
    exported_in: Annotated[
        str, typer.Option("--exported-in", help="The exporting machine's zone, for exports before June 2022.")
    ] = "UTC",
    dry_run: DryRun = False,
    no_points: NoPoints = False,
    zone: Zone = "UTC",
    set_up: SetUp = False,
    refused_to: Report = None,
    story: StoryTo = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Telegram Desktop's export in JSON: result.json, of one group or the whole account."""
    from bot.importers.files import Format
    from bot.importers.telegram import Options

    chosen = frozenset(chat or ())
    options = Options(
        chats=None if "all" in chosen or not chosen else chosen,
        space=space,
        zone=_zone(exported_in),
        bots=frozenset(bot or ()),
    )
    if not chosen and (groups := _groups(file, options)) and len(groups) > 1:
        named = ", ".join(f"{title or 'a group without a name'} ({id})" for id, title in groups.items())
        give_up(f"There are {len(groups)} groups in this file: {named}. Name those you want with --chat ID.")
    asked = Asked([file], dry_run, no_points, zone, set_up, refused_to, config, database, as_json, story)
    _run(Format.TELEGRAM, asked, options)


@app.command()
def discord(
    files: Files,
    dry_run: DryRun = False,
    no_points: NoPoints = False,
    zone: Zone = "UTC",
    set_up: SetUp = False,
    refused_to: Report = None,
    story: StoryTo = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """DiscordChatExporter's JSON: any number of channels, threads and parts, read in the order of time."""
    from bot.importers.files import Format

    asked = Asked(files, dry_run, no_points, zone, set_up, refused_to, config, database, as_json, story)
    _run(Format.DISCORD, asked)


@app.command()
def posts(
    files: Files,
    dry_run: DryRun = False,
    no_points: NoPoints = False,
    zone: Zone = "UTC",
    set_up: SetUp = False,
    refused_to: Report = None,
    story: StoryTo = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Our own format, one JSON object a line, which any forum or chat can be turned into: docs/import.md."""
    from bot.importers.files import Format

    asked = Asked(files, dry_run, no_points, zone, set_up, refused_to, config, database, as_json, story)
    _run(Format.NEUTRAL, asked)


@app.command()
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
    story: StoryTo = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Balances to start from: a CSV (external id, name, points, level), LevelUp's or KarmaBot's backup."""
    from bot.importers import ImportProblem
    from bot.importers.members import read_members
    from storage.errors import StorageError

    settings = configured(config, database)
    with _Refusals(refused_to) as refusals:
        reading = _reading(file, refusals)
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

    house = _house(config)
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


def _house(config: Config) -> "House":
    """The features with their settings; what goes wrong inside is logged, what a person did is said."""
    from bot.batch import House
    from bot.logs import set_up_logs
    from bot.settings_book import SettingsBook, installation_settings
    from bot.texts import load_texts
    from handlers import FEATURES

    set_up_logs("error", config.logs.format, config.secrets())
    book = SettingsBook(FEATURES, installation_settings(FEATURES, config.features))
    return House(FEATURES, book, load_texts(), config.language)


def _zone(name: str) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        give_up(f"I know no zone {name}. For example: --zone Asia/Shanghai")


def _groups(file: Path, options: "Options") -> dict[str, str]:
    """The groups of an export. What is wrong with the file is said later, when it is read."""
    from bot.importers import ImportProblem
    from bot.importers.telegram import groups_in

    with suppress(ImportProblem):
        return groups_in(file)
    return {}


def _run(wanted: "Format", asked: Asked, options: "Options | None" = None) -> None:
    from bot.cli.story import told
    from bot.importers import ImportProblem
    from bot.story import Source
    from storage.errors import StorageError

    settings = configured(asked.config, asked.database)
    _zone(asked.zone)
    with _Refusals(asked.refused_to) as refusals:
        reading = [_reading(file, refusals) for file in asked.files]
        records = _records(asked.files, reading, wanted, options)
        try:
            if asked.story is not None:
                source = Source(records, reading, [file.name for file in asked.files])
                found = told(settings, asked.story, source, asked.zone, _progress(reading))
            elif asked.dry_run:
                found = _looked(records, reading)
            else:
                resume = _fingerprint(asked.files, wanted, options)
                found = asyncio.run(_imported(settings, asked, records, reading, resume))
        except (ImportProblem, StorageError) as error:
            refusals.tell()
            give_up(error.sentence)
        except KeyboardInterrupt:
            tell("Stopped. What was read is kept: give the same command again, and it goes on from there.")
            raise typer.Exit(130) from None
        refusals.tell()
    if asked.story is not None:
        report(found, asked.as_json)
        return
    _say(found, asked.dry_run, asked.as_json)


def _reading(file: Path, refusals: "_Refusals") -> "Reading":
    from bot.importers import Reading
    from bot.importers.neutral import in_the_past

    return Reading(file.name, refusals.take, latest=in_the_past(utc_now()))


def _records(
    files: Sequence[Path], reading: Sequence["Reading"], wanted: "Format", options: "Options | None"
) -> "Iterator[Record]":
    from bot.importers import open_export
    from bot.importers.opening import in_order

    return in_order(
        [
            open_export(file, wanted=wanted, reading=each, telegram=options)
            for file, each in zip(files, reading, strict=True)
        ]
    )


def _fingerprint(files: Sequence[Path], wanted: "Format", options: "Options | None") -> str:
    from bot.importers import ImportProblem
    from bot.importers.run import fingerprint

    try:
        return fingerprint(files, wanted.value, _plain(options))
    except OSError as error:
        raise ImportProblem(f"{error.filename} cannot be read: {error.strerror}.") from error


def _plain(options: "Options | None") -> object:
    if options is None:
        return None
    chats = sorted(options.chats) if isinstance(options.chats, frozenset) else None
    return chats, options.space, str(options.zone), sorted(options.bots)


async def _imported(
    config: Config,
    asked: Asked,
    records: "Iterator[Record]",
    reading: Sequence["Reading"],
    resume: str,
) -> dict[str, Any]:
    from bot.app import open_database
    from bot.importers import ImportProblem
    from bot.importers.run import NewCommunity, report_of, run_import

    house = _house(config)
    await asyncio.to_thread(make_folder, config)
    try:
        key = load_secret(config.secret_file)
    except OSError as error:
        reason = f"The secret {config.secret_file} cannot be read or made: {error.strerror}."
        raise ImportProblem(reason) from error
    database = await open_database(config, key)
    try:
        outcome = await run_import(
            database,
            house,
            records,
            points=not asked.no_points,
            new=NewCommunity(config.language, asked.zone, finish=asked.set_up),
            resume=resume,
            progress=_progress(reading),
        )
    finally:
        await database.close()
    if outcome.skipped:
        tell(f"Went on after {outcome.skipped:,} messages that an earlier run had done.")
    return report_of(outcome, reading)


def _looked(records: "Iterator[Record]", reading: Sequence["Reading"]) -> dict[str, Any]:
    from bot.importers.run import count_only, report_of

    return report_of(count_only(records, _progress(reading)), reading)


def _progress(reading: Sequence["Reading"]) -> Callable[[int, float], None]:
    def told(done: int, seconds: float) -> None:
        share = sum(each.share() for each in reading) / len(reading)
        tell(f"{done:,} messages, {done / seconds:,.0f} a second, {share:.0%} of the file")

    return told


def _say(found: Mapping[str, Any], dry_run: bool, as_json: bool) -> None:
    if as_json:
        report({**found, "dry_run": dry_run}, as_json)
        return
    shown = {
        "posts in the file"
        if dry_run
        else "new posts": f"{found['posts_in_file' if dry_run else 'new_posts']:,}",
        "people in the file" if dry_run else "new members": f"{found['new_members']:,}",
        "point entries": f"{found['new_entries']:,}",
        "refused rows": f"{found['refused']:,}",
        "set aside": f"{found['set_aside']:,}",
        "from": found["from"] or "-",
        "to": found["to"] or "-",
        "seconds": found["seconds"],
    }
    if dry_run or not found["set_aside"]:
        del shown["set aside"]
    if dry_run:
        del shown["point entries"]
    for place, title in found["spaces"].items():
        shown[f"space {place}"] = title or "-"
    for what, count in found["left_out"].items():
        shown[f"left out: {what}"] = f"{count:,}"
    report(shown, as_json)
    if dry_run:
        tell("\nNothing was stored. Without --dry-run it is.")


class _Refusals:
    """Rows that were refused: the first are shown, all go to the report."""

    def __init__(self, to: Path | None) -> None:
        self._to = to
        self._file: Any = None
        self._count = 0
        self._first: list[str] = []

    def __enter__(self) -> "_Refusals":
        if self._to is not None:
            try:
                self._file = self._to.open("w", encoding="utf-8")
            except OSError as error:
                give_up(f"{self._to} cannot be written: {error.strerror}.")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def take(self, refused: "Refused") -> None:
        """One more."""
        self._count += 1
        if self._count <= SHOWN:
            self._first.append(str(refused))
        if self._file is not None:
            line = {"file": refused.file, "row": refused.row, "reason": refused.reason}
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def tell(self) -> None:
        """The first of them, and where the others are."""
        if not self._count:
            return
        tell(f"Refused: {self._count:,}")
        for line in self._first:
            sys.stderr.write(f"  {line}\n")
        if self._count > SHOWN:
            where = f"All are in {self._to}." if self._to else "With --report FILE all of them are listed."
            tell(f"  … {where}")
