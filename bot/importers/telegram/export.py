"""Export: walks through the file, chat by chat, and finds albums: what one person sent in one second."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from bot.importers.errors import ImportProblem, Unfit, unfit
from bot.importers.files import opened
from bot.importers.neutral import Reading, Record, words
from bot.importers.objects import Cut, begun, events_of, items_of, keys_of, skip, value_of
from bot.importers.telegram.chats import GROUPS, Chat, Options
from bot.importers.telegram.room import PLATFORM, Room
from handlers.base import Place

ALBUM = 10
"""As many parts has an album at most."""


def read_telegram(file: BinaryIO, reading: Reading, options: Options | None = None) -> Iterator[Record]:
    """The records of an export, chat by chat. Bad messages go to `reading`. Raises ImportProblem."""
    events = events_of(file)
    begun(events)
    try:
        yield from _root(events, reading, options or Options())
    except Cut as error:
        reading.refuse(
            reading.rows + 1,
            Unfit(
                "the file ends or breaks off here ({reason}); what stood before was read. Export it again",
                reason=error.reason,
            ),
        )
        if not reading.rows:
            raise ImportProblem(
                "The file breaks off before the first message: {reason}.", reason=error.reason
            ) from error
    except (StopIteration, RuntimeError) as error:
        raise ImportProblem("The file breaks off in the middle. Export it again.") from error


def groups_in(path: Path) -> dict[str, str]:
    """The groups of a whole account's export: id -> name. Empty for one chat's. Raises ImportProblem."""
    found: dict[str, str] = {}
    with opened(path) as file:
        events = events_of(file)
        begun(events)
        try:
            for key, first in keys_of(events):
                if key == "messages":
                    return {}
                if key not in ("chats", "left_chats") or first[0] != "start_map":
                    skip(first, events)
                    continue
                for inner, value in keys_of(events):
                    if inner != "list":
                        skip(value, events)
                        continue
                    for about in _abouts(events):
                        if about.get("type") in GROUPS and type(about.get("id")) is int:
                            chat = Chat(about["id"], about["type"], words(about.get("name")))
                            found[chat.space] = chat.name
        except (Cut, RuntimeError, StopIteration, ValueError):
            pass  # what is wrong with the file is said when it is read
    return found


def _abouts(events: Any) -> Iterator[dict[str, Any]]:
    for kind, _ in events:
        if kind == "end_array":
            return
        about: dict[str, Any] = {}
        for key, first in keys_of(events):
            if key in ("name", "type", "id"):
                about[key] = value_of(first, events)
            else:
                skip(first, events)
        yield about


def _root(events: Any, reading: Reading, options: Options) -> Iterator[Record]:
    about: dict[str, Any] = {}
    known = False
    for key, first in keys_of(events):
        if key == "messages" and first[0] == "start_array":
            known = True
            yield from _chat(events, about, reading, options)
        elif key in ("chats", "left_chats") and first[0] == "start_map":
            known = True
            for inner, value in keys_of(events):
                if inner == "list" and value[0] == "start_array":
                    yield from _list(events, reading, options)
                else:
                    skip(value, events)
        elif key in ("name", "type", "id"):
            about[key] = value_of(first, events)
        else:
            skip(first, events)
    if not known:
        raise ImportProblem("There are no messages in this file. In Telegram Desktop choose the format JSON.")


def _list(events: Any, reading: Reading, options: Options) -> Iterator[Record]:
    for kind, _ in events:
        if kind == "end_array":
            return
        about: dict[str, Any] = {}
        for key, first in keys_of(events):
            if key == "messages" and first[0] == "start_array":
                yield from _chat(events, about, reading, options)
            elif key in ("name", "type", "id"):
                about[key] = value_of(first, events)
            else:
                skip(first, events)


def _chat(events: Any, about: Mapping[str, Any], reading: Reading, options: Options) -> Iterator[Record]:
    kind, id = about.get("type"), about.get("id")
    if type(id) is not int or not isinstance(kind, str):
        raise ImportProblem("A chat in this file has no type and id. Export it again with Telegram Desktop.")
    chat = Chat(id, kind, words(about.get("name")))
    space = options.space or chat.space
    named = options.chats is None or space in options.chats or str(id) in options.chats
    if kind not in GROUPS or not named:
        what = "groups that were not asked for" if kind in GROUPS else f"chats of the type {kind}"
        reading.left_out[what] += 1
        skip(("start_array", None), events)
        return
    room = Room(chat, Place(PLATFORM, space, space_title=chat.name), reading, options)
    held: Record | None = None
    try:
        for message in items_of(events):
            reading.rows += 1
            record = _read(room, message, reading)
            if record is None:
                continue
            if held is not None:
                held, record = _albums(held, record, room)
                yield held
            held = record
    except Cut:
        if held is not None:
            yield held
        raise
    if held is not None:
        yield held


def _read(room: Room, message: Any, reading: Reading) -> Record | None:
    try:
        record = room.record(message)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        id = message.get("id") if isinstance(message, dict) else None
        reason = unfit(error)
        if type(id) is int:
            reason = Unfit("message {id}: {reason}", id=str(id), reason=reason)
        reading.refuse(reading.rows, reason)
        return None
    reading.records += record is not None
    return record


def _albums(held: Record, record: Record, room: Room) -> tuple[Record, Record]:
    """Give two records in a row the name of their album, if they are parts of one."""
    before, after = room.packed
    fit = held.message and record.message and before and before == after and room.in_album < ALBUM
    if fit and _of_one(held, record):
        name = held.album or f"{held.place.space}/album-{_number(held)}"
        room.in_album += 1
        return replace(held, album=name), replace(record, album=name)
    room.in_album = 1
    return held, record


def _of_one(held: Record, record: Record) -> bool:
    return (
        held.person.id == record.person.id
        and held.place == record.place
        and _number(record) == _number(held) + 1
        and abs(record.at - held.at) <= timedelta(seconds=1)
    )


def _number(record: Record) -> int:
    return int(record.message.rpartition("/")[2])
