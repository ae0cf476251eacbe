"""Tables: a CSV with a head, or a JSON list of objects, as cells under names that we know."""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from bot.importers.errors import ImportProblem, Unfit, unfit
from bot.importers.neutral import LONGEST_LINE, Reading
from bot.importers.objects import Cut, events_of, head_of, items_of

Cells = Mapping[str, str]
Names = Mapping[str, tuple[str, ...]]
"""What of a row we know -> the titles under which it comes, in small letters without blanks and signs."""

LONGEST_CELL = 10_000


def read_table(file: BinaryIO, name: str, reading: Reading, names: Names) -> tuple[set[str], Iterator[Any]]:
    """What the columns hold, and the rows: (number, cells). Bad rows go to `reading`. Raises ImportProblem.

    What the rows of a list hold is not known before they are read: then all names are given.
    """
    start = head_of(file)
    if not start.strip():
        raise ImportProblem("{file} is empty.", file=name)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in start[:200]:
        raise ImportProblem("{file} is UTF-16. Save it as CSV in UTF-8, and give it again.", file=name)
    if start.lstrip()[:1] == b"[":
        return set(names), _objects(file, reading, names)
    lines = _Lines(file, reading)
    try:
        head = next(lines)
    except StopIteration:
        raise ImportProblem("{file} is empty.", file=name) from None
    delimiter = max(",;\t", key=head.count)
    try:
        columns = columns_of(next(csv.reader([head], delimiter=delimiter), ()), names)
    except csv.Error as error:
        raise ImportProblem("{file} is no CSV: {reason}.", file=name, reason=str(error)) from error
    return set(columns), _rows(lines, reading, columns, delimiter)


def columns_of(head: Iterable[str], names: Names) -> dict[str, int]:
    """Where each thing that we know stands."""
    found: dict[str, int] = {}
    for at, title in enumerate(head):
        word = _bare(title)
        for what, titles in names.items():
            if word in titles:
                found.setdefault(what, at)
    return found


def _bare(title: str) -> str:
    return re.sub(r"[\W\d_]+", "", title.casefold())


def _rows(
    lines: "_Lines", reading: Reading, columns: Mapping[str, int], delimiter: str
) -> Iterator[tuple[int, Cells]]:
    for line in lines:
        if not line.strip(f" \r\n{delimiter}"):
            continue
        reading.rows += 1
        number = lines.number
        try:
            # Line by line: a quote that is never closed spoils one line, and not all that follow.
            cells = next(csv.reader([line], delimiter=delimiter, strict=True))
            if any("\ud800" <= sign <= "\udfff" for each in cells for sign in each):
                raise Unfit("the line is not UTF-8; save the file as CSV in UTF-8")
        except csv.Error as error:
            reading.refuse(number, Unfit("the line is no CSV: {reason}", reason=str(error)))
            continue
        except ValueError as error:
            reading.refuse(number, unfit(error))
            continue
        # A spreadsheet writes '123 for a number that is to stay text.
        yield (
            number,
            {what: cells[at].strip().removeprefix("'") for what, at in columns.items() if at < len(cells)},
        )


def _objects(file: BinaryIO, reading: Reading, names: Names) -> Iterator[tuple[int, Cells]]:
    events = events_of(file)
    number = 0
    try:
        next(events)  # the list begins
        for value in items_of(events):
            number += 1
            reading.rows += 1
            if not isinstance(value, dict):
                reading.refuse(number, Unfit("it is no object"))
                continue
            try:
                columns = columns_of(value, names)
                told = list(value.values())
                yield number, {what: _cell(told[at]) for what, at in columns.items()}
            except ValueError as error:
                reading.refuse(number, unfit(error))
    except Cut as error:
        if not number:
            raise ImportProblem("This is no JSON: {reason}.", reason=error.reason) from error
        reading.refuse(number + 1, Unfit("the file ends or breaks off here ({reason})", reason=error.reason))


def _cell(value: object) -> str:
    """A value of JSON as a cell has it; a list is put together as a spreadsheet would."""
    match value:
        case None:
            return ""
        case bool():
            raise Unfit("yes or no is no value here")
        case str():
            text = value
        case int() | float():
            text = json.dumps(value)
        case list() if all(isinstance(each, str) for each in value):
            text = ";".join(value)
        case _:
            raise Unfit("a text or a number is expected")
    if len(text) > LONGEST_CELL:
        raise Unfit("a text is longer than {n} characters", n=LONGEST_CELL)
    return text.encode("utf-8", "replace").decode().replace("\x00", "").strip()


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
                self._reading.refuse(self.number, Unfit("the line is longer than {n} bytes", n=LONGEST_LINE))
                continue
            if self.number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            return line.decode("utf-8", "surrogateescape").replace("\x00", "")
        raise StopIteration
