"""Objects: JSON that is one large object, read value by value, so that its size does not matter."""

from collections.abc import Iterator
from io import BufferedReader
from typing import Any, BinaryIO

import ijson

from bot.importers.errors import ImportProblem
from bot.importers.files import HEAD, Mended
from bot.sentences import Sentence

Event = tuple[str, Any]
DEEPEST = 60


def head_of(file: BinaryIO) -> bytes:
    """The beginning of a file, which is left in it."""
    assert isinstance(file, BufferedReader)
    return file.peek(HEAD)[:HEAD].removeprefix(b"\xef\xbb\xbf")


class Cut(Exception):
    """The file ends, or stops being JSON, in the middle; what stood before it was read."""

    def __init__(self, reason: str | Sentence) -> None:
        super().__init__(reason)
        self.reason = reason
        """In our words, or in the parser's."""


def events_of(file: BinaryIO) -> Iterator[Event]:
    """The file as (event, value) of ijson. Raises Cut."""
    try:
        yield from ijson.basic_parse(Mended(file), use_float=True, buf_size=HEAD)
    except (ijson.JSONError, UnicodeDecodeError) as error:
        raise Cut(str(error).split("\n", 1)[0]) from error


def value_of(first: Event, events: Iterator[Event], depth: int = 0) -> Any:
    """The whole value that begins with an event. Raises Cut."""
    kind, value = first
    if kind == "start_map":
        if depth > DEEPEST:
            raise Cut(Sentence("it is nested too deeply"))
        made: dict[str, Any] = {}
        for each in events:
            if each[0] == "end_map":
                return made
            inner = next(events)
            made[each[1]] = inner[1] if inner[0][:6] != "start_" else value_of(inner, events, depth + 1)
    elif kind == "start_array":
        if depth > DEEPEST:
            raise Cut(Sentence("it is nested too deeply"))
        listed: list[Any] = []
        for each in events:
            if each[0] == "end_array":
                return listed
            listed.append(each[1] if each[0][:6] != "start_" else value_of(each, events, depth + 1))
    return value


def skip(first: Event, events: Iterator[Event]) -> None:
    """Pass over a value, keeping nothing of it."""
    depth = 0
    kind = first[0]
    while True:
        if kind[:6] == "start_":
            depth += 1
        elif kind[:4] == "end_":
            depth -= 1
        if depth <= 0:
            return
        kind = next(events)[0]


def keys_of(events: Iterator[Event]) -> Iterator[tuple[str, Event]]:
    """The keys of an object that has begun, each with the first event of its value, to be read or skipped."""
    for kind, value in events:
        if kind == "end_map":
            return
        yield value, next(events)


def items_of(events: Iterator[Event]) -> Iterator[Any]:
    """The values of an array that has begun."""
    for each in events:
        if each[0] == "end_array":
            return
        yield value_of(each, events)


def begun(events: Iterator[Event]) -> None:
    """The root is an object. Raises ImportProblem."""
    try:
        first = next(events, None)
    except Cut as error:
        raise ImportProblem("This is no JSON: {reason}.", reason=error.reason) from error
    if first is None or first[0] != "start_map":
        raise ImportProblem("This is JSON, but no object, as an export is.")
