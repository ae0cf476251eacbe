"""Opening: any file we know, as records in the order of time."""

import heapq
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from bot.importers.discord import read_discord
from bot.importers.errors import ImportProblem
from bot.importers.files import Format, opened, recognise
from bot.importers.neutral import Reading, Record, Refused, read_lines
from bot.importers.objects import head_of
from bot.importers.telegram import Options, read_telegram
from bot.sentences import Sentence

IS = {
    Format.TELEGRAM: Sentence("an export of Telegram Desktop"),
    Format.DISCORD: Sentence("an export of DiscordChatExporter"),
    Format.NEUTRAL: Sentence("a file in Homeroom's own format"),
}


def open_export(
    path: Path,
    on_refused: Callable[[Refused], None] = lambda _: None,
    *,
    wanted: Format | None = None,
    reading: Reading | None = None,
    telegram: Options | None = None,
    latest: datetime | None = None,
    name: str = "",
) -> Iterator[Record]:
    """The records of a Telegram or Discord export, or of our own format, read as a stream.

    Rows that cannot be used are told to `on_refused`, and the others go on. Raises ImportProblem, at the
    first record or later: it is a sentence for the person who gave the file. `name` is what the file is
    called where its path does not say it.
    """
    name = name or path.name
    noted = Reading(name, on_refused, latest=latest) if reading is None else reading
    with opened(path, noted, name) as file:
        found = recognise(file, name)
        if wanted is not None and found is not wanted:
            raise ImportProblem(
                "{file} is {what}. Use: {command}",
                file=name,
                what=IS[found],
                command=f"homeroom import {found.value}",
            )
        match found:
            case Format.TELEGRAM:
                records = read_telegram(file, noted, telegram)
            case Format.DISCORD:
                records = read_discord(file, noted)
            case _:
                records = read_lines(file, noted)
        yield from records


def in_order(streams: Sequence[Iterator[Record]]) -> Iterator[Record]:
    """Several files as one, in the order of time; each is in its own order already."""
    return streams[0] if len(streams) == 1 else heapq.merge(*streams, key=_when)


def _when(record: Record) -> datetime:
    return record.at


def is_history(path: Path, name: str) -> bool:
    """Whether a file is one of messages; balances are told by what they are not. Raises ImportProblem."""
    if name.casefold().endswith(".csv"):
        return False
    with opened(path, name=name) as file:
        try:
            recognise(file, name)
        except ImportProblem:
            start = head_of(file).lstrip()
            if start[:1] == b"[" or (start[:1] == b"{" and (b'"users"' in start or b'"configs"' in start)):
                return False
            raise
    return True
