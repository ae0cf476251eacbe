"""World: what the sandbox's platform knows: rooms, people, and every message as it stands now.

A platform keeps its messages while the bot is away, and so does this one: every change is a line of a
file, which the next start reads. It is no table of the bot's database, because it is not the bot's: what
the bot remembers of a message and what people see of it are two things, here as on every platform.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from bot.sandbox.life import PLATFORM, SPACE
from bot.wire import plain_values, reply_from_json, reply_to_json
from handlers.base import Field, Form, Person, Place, Reply

BOT = "homeroom"
"""The bot's own id among people."""
KEPT = 3_000
"""Messages that are kept; older ones are forgotten by the page, and not by the bot."""
RESERVED = 1_000
"""Ids that are written down as used at a time."""
PRIVATE = "private:"

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Room:
    """A room of the community, or somebody's private chat with the bot."""

    id: str
    title: str
    about: str = ""
    parent: str | None = None

    @property
    def private(self) -> bool:
        """Whether it is a private chat."""
        return self.id.startswith(PRIVATE)


@dataclass(slots=True)
class Message:
    """A message as it stands now."""

    id: str
    room: str
    author: str
    at: datetime
    text: str = ""
    reply: Reply | None = None
    """What the bot said, with its buttons."""
    form: Form | None = None
    """What the bot asks to be filled in."""
    reply_to: str | None = None
    only_for: str | None = None
    """The one person who sees it; None is everybody in the room."""
    answers: str | None = None
    """The key of the command or the press that it answers."""
    media: str = ""
    """What it carries beside its text: a picture."""
    edited: bool = False
    deleted: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)
    """Emoji -> who reacted with it."""

    def seen_by(self, person: str) -> bool:
        """Whether the person sees it."""
        return not self.deleted and self.only_for in (None, person)


Watcher = Callable[[Message, bool], None]
"""(the message as it stands now, whether it is new)."""


class World:
    """Rooms, people and messages; they end with the process, unless `open` keeps them in a file."""

    def __init__(self) -> None:
        self.title = ""
        self.rooms: dict[str, Room] = {}
        self.main = ""
        """The room where the community meets; the first, where none is named."""
        self.people: dict[str, Person] = {}
        self.here: set[str] = set()
        """Who is in the community now."""
        self.messages: dict[str, Message] = {}
        self.notes: dict[str, Any] = {}
        """Small things to be remembered: how far the clock is ahead, how far life was told."""
        self.watchers: set[Watcher] = set()
        self._next = self._reserved = 0
        self._file: TextIO | None = None

    # -- people and rooms -------------------------------------------------------------------------

    def add_room(self, room: Room) -> Room:
        """Add a room, or name it anew."""
        self.main = self.main or room.id
        self.rooms[room.id] = room
        return room

    def add_person(self, person: Person, *, here: bool = True) -> Person:
        """Add somebody, or know them anew."""
        self.people[person.id] = person
        if here:
            self.here.add(person.id)
        return person

    def place_of(self, room: str) -> Place:
        """A room as events and deliveries name it."""
        found = self.rooms.get(room)
        if room.startswith(PRIVATE):
            return Place(PLATFORM, room, private=True)
        title, parent = (found.title, found.parent) if found else ("", None)
        return Place(PLATFORM, SPACE, room, space_title=self.title, channel_title=title, parent=parent)

    def room_of(self, place: Place) -> str:
        """The room of a place."""
        return place.space if place.private else place.channel or self.main

    # -- messages ---------------------------------------------------------------------------------

    def new_id(self) -> str:
        """An id that nothing had before, after a restart neither; they grow."""
        self._next += 1
        if self._next >= self._reserved:
            self._reserved = self._next + RESERVED
            self.note("next", self._reserved)
        return str(self._next)

    def post(self, message: Message) -> Message:
        """A new message, or one that changed: kept, and told to everybody who looks."""
        new = message.id not in self.messages
        self.messages[message.id] = message
        while len(self.messages) > KEPT:
            self.messages.pop(next(iter(self.messages)))
        self._write({"message": message_to_json(message)})
        for watcher in list(self.watchers):
            watcher(message, new)
        return message

    def react(self, message: Message, person: str, emoji: str, *, on: bool) -> bool:
        """Add or take back a reaction; whether that changed anything."""
        holders = message.reactions.setdefault(emoji, [])
        if (person in holders) is on:
            return False
        (holders.append if on else holders.remove)(person)
        if not holders:
            del message.reactions[emoji]
        self.post(message)
        return True

    def in_room(self, room: str, person: str) -> list[Message]:
        """What the person sees there, oldest first."""
        found = [m for m in self.messages.values() if m.room == room and m.seen_by(person)]
        return sorted(found, key=lambda message: message.at)

    def note(self, name: str, value: Any) -> None:
        """Remember a small thing over restarts."""
        if self.notes.get(name) != value:
            self.notes[name] = value
            self._write({"note": {name: value}})

    # -- the file ---------------------------------------------------------------------------------

    def open(self, path: Path) -> None:
        """Go on from a file, and keep everything in it from now on."""
        if path.exists():
            for line in path.read_text(encoding="utf-8").splitlines():
                self._read(line)
        self._next = self._reserved = int(self.notes.get("next", 0))
        fresh = path.with_suffix(".new")
        with fresh.open("w", encoding="utf-8") as file:
            for kept in ({"note": self.notes}, *({"message": message_to_json(m)} for m in self._latest())):
                file.write(_line(kept))
        fresh.replace(path)
        self._file = path.open("a", encoding="utf-8")

    def _read(self, line: str) -> None:
        try:
            kept = json.loads(line)
        except ValueError:  # the last line of a crash
            return
        self.notes |= kept.get("note", {})
        if "message" in kept:
            message = message_from_json(kept["message"])
            self.messages[message.id] = message

    def _latest(self) -> Iterable[Message]:
        return list(self.messages.values())[-KEPT:]

    def _write(self, kept: Mapping[str, Any]) -> None:
        if self._file is not None:
            self._file.write(_line(kept))
            self._file.flush()

    def close(self) -> None:
        """Nothing more is kept."""
        if self._file is not None:
            self._file.close()
            self._file = None


def _line(kept: Mapping[str, Any]) -> str:
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) + "\n"


def message_to_json(message: Message) -> Json:
    """A message as plain JSON values."""
    plain = {
        name: value
        for name, value in asdict(replace(message, reply=None, form=None)).items()
        if value not in (None, "", False, {})
    }
    plain["at"] = message.at.isoformat()
    if message.reply is not None:
        plain["reply"] = reply_to_json(message.reply)
        if message.reply.picture is not None:
            plain["picture"] = b64encode(message.reply.picture).decode()
    if message.form is not None:
        plain["form"] = plain_values(message.form)
    return plain


def message_from_json(plain: Json) -> Message:
    """The message again."""
    more: Json = {"at": datetime.fromisoformat(plain["at"])}
    if "reply" in plain:
        more["reply"] = reply_from_json(plain["reply"], b64decode(plain.get("picture", "")) or None)
    if "form" in plain:
        form = plain["form"]
        fields = tuple(Field(**each) for each in form["fields"])
        more["form"] = Form(form["title"], form["press"], fields, tuple(form["args"]))
    return Message(**{k: v for k, v in plain.items() if k not in ("reply", "form", "at", "picture")} | more)


def ahead_of(world: World) -> timedelta:
    """How far the sandbox's clock is ahead of the machine's."""
    return timedelta(seconds=float(world.notes.get("ahead", 0.0)))
