"""Members: balances to start from, so that people keep what they earned with another bot.

A CSV with a head, or the backups of LevelUp and KarmaBot. A balance is one entry of the ledger, given once
for an account in a community; its day is long before, so that this week's board begins even for all.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.importers.errors import ImportProblem, Unfit, reason_of
from bot.importers.files import opened
from bot.importers.karmabot import read_karmabot
from bot.importers.levelup import read_levelup
from bot.importers.neutral import LONGEST_LINE, Reading, id_of, words
from bot.importers.objects import head_of

COLUMNS = {
    "id": ("externalid", "id", "userid", "accountid", "memberid", "user", "tgid", "telegramid", "discordid"),
    "name": ("name", "username", "nickname", "displayname", "membername"),
    "points": ("points", "xp", "exp", "experience", "karma", "score", "balance"),
    "level": ("level", "lvl"),
    "platform": ("platform",),
}
NUMBER = re.compile(r"[+-]?\d{1,12}(?:\.\d{1,6})?")
ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
MOST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Balance:
    """What one person has to start with: points, or a level where the file has no points."""

    external_id: str
    name: str = ""
    points: int | None = None
    level: int | None = None
    platform: str | None = None
    row: int = 0


def read_members(path: Path, reading: Reading, *, server: str | None = None) -> Iterator[Balance]:
    """The balances of a file. Bad rows go to `reading`. Raises ImportProblem.

    `server` is the one to take of a LevelUp backup of several servers.
    """
    with opened(path, reading) as file:
        start = head_of(file)
        if not start.strip():
            raise ImportProblem(f"{path.name} is empty.")
        if start.lstrip()[:1] == b"{":
            yield from _noted(read_levelup(file, reading, server), reading)
        elif start.lstrip()[:1] == b"[":
            yield from _noted(read_karmabot(file, reading), reading)
        else:
            yield from _csv(file, path.name, start, reading)


def _noted(
    rows: Iterable[tuple[int, str, str, float | None, float | None]], reading: Reading
) -> Iterator[Balance]:
    for row, id, name, points, level in rows:
        reading.rows += 1
        try:
            balance = Balance(id_of(id, "the id"), words(name), _whole(points), _whole(level), row=row)
            _bounds(balance)
        except ValueError as error:
            reading.refuse(row, reason_of(error))
            continue
        reading.records += 1
        yield balance


def _whole(number: float | None) -> int | None:
    return None if number is None else round(number)


def _csv(file: BinaryIO, name: str, start: bytes, reading: Reading) -> Iterator[Balance]:
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start[:200]:
        raise ImportProblem(f"{name} is UTF-16. Save it as CSV in UTF-8, and give it again.")
    counted = _Lines(file, reading)
    try:
        head = next(counted)
    except StopIteration:
        raise ImportProblem(f"{name} is empty.") from None
    delimiter = max(",;\t", key=head.count)
    try:
        columns = _columns(next(csv.reader([head], delimiter=delimiter), ()))
    except csv.Error as error:
        raise ImportProblem(f"{name} is no CSV: {error}.") from error
    if "id" not in columns or not ("points" in columns or "level" in columns):
        raise ImportProblem(
            f"The first line of {name} must name the columns: external id, name, points, level."
            " The id and one of points and level are needed."
        )
    for line in counted:
        if not line.strip(f" \r\n{delimiter}"):
            continue
        reading.rows += 1
        try:
            # Line by line: a quote that is never closed spoils one line, and not all that follow.
            cells = next(csv.reader([line], delimiter=delimiter, strict=True))
            balance = _balance(cells, columns, counted.number)
        except (ValueError, csv.Error) as error:
            reading.refuse(counted.number, str(error) if isinstance(error, csv.Error) else reason_of(error))
            continue
        reading.records += 1
        yield balance


class _Lines:
    """The lines of a CSV as text; one that is too long is refused and passed over."""

    def __init__(self, file: BinaryIO, reading: Reading) -> None:
        self._file = file
        self._reading = reading
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while line := self._file.readline(LONGEST_LINE + 1):
            self.number += 1
            if len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                while line and not line.endswith(b"\n"):
                    line = self._file.readline(LONGEST_LINE)
                self._reading.rows += 1
                self._reading.refuse(self.number, f"the line is longer than {LONGEST_LINE:,} bytes")
                continue
            if self.number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            return line.decode("utf-8", "surrogateescape").replace("\x00", "")
        raise StopIteration


def _columns(head: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for at, title in enumerate(head):
        word = re.sub(r"[^a-z]", "", title.casefold())
        for what, names in COLUMNS.items():
            if word in names:
                found.setdefault(what, at)
    return found


def _balance(cells: list[str], columns: dict[str, int], row: int) -> Balance:
    def cell(what: str) -> str:
        at = columns.get(what)
        # A spreadsheet writes '123 for a number that is to stay text.
        return cells[at].strip().removeprefix("'") if at is not None and at < len(cells) else ""

    if any("\ud800" <= sign <= "\udfff" for each in cells for sign in each):
        raise Unfit("the line is not UTF-8; save the file as CSV in UTF-8")
    id = cell("id")
    if ROUNDED.fullmatch(id):
        raise Unfit("the spreadsheet has rounded the id; make the column text, and copy the ids again")
    if id[:1] in ("=", "+", "-", "@") and not re.fullmatch(r"-\d+", id):
        raise Unfit("the id is a formula or a handle; the account's number is needed")
    points, level = _number(cell("points"), "points"), _number(cell("level"), "level")
    if points is None and level is None:
        raise Unfit("points are missing")
    platform = cell("platform").casefold() or None
    balance = Balance(id_of(id or None, "the id"), words(cell("name"))[:500], points, level, platform, row)
    _bounds(balance)
    return balance


def _number(text: str, what: str) -> int | None:
    if not text:
        return None
    if not NUMBER.fullmatch(text):
        raise Unfit(f"{what} is no whole number")
    return round(float(text))


def _bounds(balance: Balance) -> None:
    for what, number in (("points", balance.points), ("level", balance.level)):
        if number is not None and not 0 <= number <= (MOST if what == "points" else 1_000):
            raise Unfit(f"{what} must be between 0 and {MOST if what == 'points' else 1_000:,}")
