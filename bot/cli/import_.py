"""`homeroom import`: history from Telegram, Discord or any chat, balances, buyers, and courses."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from bot.cli import import_courses, import_members
from bot.cli.db import make_folder
from bot.cli.importing import DryRun, File, Refusals, Report, house_of, reading_of
from bot.cli.options import (
    Advance,
    AsJson,
    ConfigFile,
    DatabaseUrl,
    advance,
    configured,
    give_up,
    report,
    tell,
)
from bot.config import Config, load_secret

if TYPE_CHECKING:
    from bot.importers import Reading, Record
    from bot.importers.files import Format
    from bot.importers.telegram import Options

app = typer.Typer(
    help="Bring in history, from Telegram, Discord or any chat; balances; your buyers; your courses.",
    no_args_is_help=True,
)

Files = Annotated[list[Path], typer.Argument(help="The files.", show_default=False)]
NoPoints = Annotated[bool, typer.Option("--no-points", help="Keep the posts, and award no points for them.")]
Zone = Annotated[str, typer.Option("--zone", help="The time zone of the days, where the space is new.")]
CommunityName = Annotated[
    str | None,
    typer.Option(
        "--community",
        help="Whose new groups are: its number or name. Default: the only one, or one called as the group.",
    ),
]
SetUp = Annotated[
    bool, typer.Option("--set-up", help="Set up a community that is not yet, with the defaults.")
]
StoryTo = Annotated[
    Path | None,
    typer.Option("--story", help="Store nothing; write a page here that tells what is in the history."),
]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked of every import."""

    files: Sequence[Path]
    dry_run: bool
    no_points: bool
    zone: str
    set_up: bool
    community: str | None
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
    community: CommunityName = None,
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
    asked = Asked(
        [file], dry_run, no_points, zone, set_up, community, refused_to, config, database, as_json, story
    )
    _run(Format.TELEGRAM, asked, options)


@app.command()
def discord(
    files: Files,
    dry_run: DryRun = False,
    no_points: NoPoints = False,
    zone: Zone = "UTC",
    set_up: SetUp = False,
    community: CommunityName = None,
    refused_to: Report = None,
    story: StoryTo = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """DiscordChatExporter's JSON: any number of channels, threads and parts, read in the order of time."""
    from bot.importers.files import Format

    asked = Asked(
        files, dry_run, no_points, zone, set_up, community, refused_to, config, database, as_json, story
    )
    _run(Format.DISCORD, asked)


@app.command()
def posts(
    files: Files,
    dry_run: DryRun = False,
    no_points: NoPoints = False,
    zone: Zone = "UTC",
    set_up: SetUp = False,
    community: CommunityName = None,
    refused_to: Report = None,
    story: StoryTo = None,
    config: ConfigFile = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Our own format, one JSON object a line, which any forum or chat can be turned into: docs/import.md."""
    from bot.importers.files import Format

    asked = Asked(
        files, dry_run, no_points, zone, set_up, community, refused_to, config, database, as_json, story
    )
    _run(Format.NEUTRAL, asked)


app.command()(import_members.members)
app.command()(import_members.enrolments)
app.command()(import_courses.courses)


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
    from bot.importers.run import count_only, report_of
    from bot.story import Source
    from storage.errors import StorageError

    settings = configured(asked.config, asked.database)
    _zone(asked.zone)
    with Refusals(asked.refused_to) as refusals:
        reading = [reading_of(file, refusals) for file in asked.files]
        records = _records(asked.files, reading, wanted, options)
        try:
            with advance() as so_far:
                progress = _progress(reading, so_far)
                if asked.story is not None:
                    source = Source(records, reading, [file.name for file in asked.files])
                    found = told(settings, asked.story, source, asked.zone, progress)
                elif asked.dry_run:
                    found = report_of(count_only(records, progress), reading)
                else:
                    resume = _fingerprint(asked.files, wanted, options)
                    found = asyncio.run(_imported(settings, asked, records, reading, resume, progress))
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
        raise ImportProblem(
            "{file} cannot be read: {reason}.", file=error.filename, reason=error.strerror
        ) from error


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
    progress: Callable[[int, float], None],
) -> dict[str, Any]:
    from bot.app import open_database
    from bot.importers import ImportProblem
    from bot.importers.run import NewCommunity, report_of, run_import

    house = house_of(config)
    await asyncio.to_thread(make_folder, config)
    try:
        key = load_secret(config.secret_file)
    except OSError as error:
        raise ImportProblem(
            "The secret {file} cannot be read or made: {reason}.",
            file=config.secret_file,
            reason=error.strerror,
        ) from error
    database = await open_database(config, key)
    try:
        outcome = await run_import(
            database,
            house,
            records,
            points=not asked.no_points,
            new=NewCommunity(config.language, asked.zone, finish=asked.set_up, community=asked.community),
            resume=resume,
            progress=progress,
        )
    finally:
        await database.close()
    if outcome.skipped:
        tell(f"Went on after {outcome.skipped:,} messages that an earlier run had done.")
    return report_of(outcome, reading)


def _progress(reading: Sequence["Reading"], advance: Advance) -> Callable[[int, float], None]:
    def told(done: int, seconds: float) -> None:
        share = sum(each.share() for each in reading) / len(reading)
        advance(share, f"{done:,} messages, {done / seconds:,.0f} a second, {share:.0%} of the file")

    return told


def _say(found: Mapping[str, Any], dry_run: bool, as_json: bool) -> None:
    if as_json:
        report({**found, "dry_run": dry_run}, as_json)
        return
    shown = {
        "posts in the file"
        if dry_run
        else "new posts": f"{found['posts_in_file' if dry_run else 'added']:,}",
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
