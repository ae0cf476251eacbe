"""Telegram: the machine-readable JSON export of Telegram Desktop, one chat or the whole account.

The export says neither who is a bot, nor which topic a message is in, nor what makes an album: bots are known
by their buttons, topics by the chain of replies, albums by what was sent in one second.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, BinaryIO

from bot.importers.errors import ImportProblem, Unfit, reason_of
from bot.importers.files import opened
from bot.importers.neutral import Kind, Reaction, Reading, Record, words
from bot.importers.objects import Cut, begun, events_of, items_of, keys_of, skip, value_of
from handlers.base import Author, Content, Person, Place

PLATFORM = "telegram"
BEYOND = 10**12
"""Supergroups and channels are -100… to bots."""
GROUPS = {"private_group", "private_supergroup", "public_supergroup"}
SUPERGROUPS = {"private_supergroup", "public_supergroup"}
SERVICE_ACCOUNTS = frozenset({"777000", "1087968824", "136817688"})
CAME = {"join_group_by_link", "join_group_by_request"}
MEDIA = {
    "sticker": Content.STICKER,
    "voice_message": Content.VOICE,
    "video_message": Content.VOICE,
    "animation": Content.MEDIA,
    "video_file": Content.MEDIA,
    "audio_file": Content.MEDIA,
}
OTHER = (
    "location_information", "contact_information", "place_name", "game_title", "invoice_information",
    "giveaway_information", "giveaway_results", "todo_list", "paid_stars_amount",
)  # fmt: skip
ALBUM = 10


@dataclass(frozen=True, slots=True)
class Chat:
    """A chat of the export."""

    id: int
    type: str
    name: str

    @property
    def space(self) -> str:
        """Its id as bots know it."""
        if self.id < 0:
            return str(self.id)
        return str(-BEYOND - self.id) if self.type in SUPERGROUPS else str(-self.id)


@dataclass(frozen=True, slots=True)
class Options:
    """What the export itself does not say."""

    chats: Container[str] | None = None
    """Ids of the groups that are wanted; None: all."""
    space: str | None = None
    """The id under which bots know the one chat, where that is another."""
    zone: tzinfo = UTC
    """Of the exporting machine; asked only for exports from before June 2022."""
    bots: frozenset[str] = frozenset()


def read_telegram(file: BinaryIO, reading: Reading, options: Options | None = None) -> Iterator[Record]:
    """The records of an export, chat by chat. Bad messages go to `reading`. Raises ImportProblem."""
    events = events_of(file)
    begun(events)
    try:
        yield from _root(events, reading, options or Options())
    except Cut as error:
        reading.refuse(
            reading.rows + 1,
            f"the file ends or breaks off here ({error}); what stood before was read. Export it again",
        )
        if not reading.rows:
            raise ImportProblem(f"The file breaks off before the first message: {error}.") from error
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
    room = _Room(chat, Place(PLATFORM, space, space_title=chat.name), reading, options)
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


def _read(room: "_Room", message: Any, reading: Reading) -> Record | None:
    try:
        record = room.record(message)
    except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
        id = message.get("id") if isinstance(message, dict) else None
        reading.refuse(
            reading.rows, f"message {id}: {reason_of(error)}" if type(id) is int else reason_of(error)
        )
        return None
    reading.records += record is not None
    return record


def _albums(held: Record, record: Record, room: "_Room") -> tuple[Record, Record]:
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


@dataclass(slots=True)
class _Topics:
    """Which messages are in a topic: two columns in the order of ids, found by halving."""

    titles: dict[int, str] = field(default_factory=dict)
    _ids: "array[int]" = field(default_factory=lambda: array("q"))
    _topics: "array[int]" = field(default_factory=lambda: array("q"))

    def of(self, message: int) -> int | None:
        at = bisect_left(self._ids, message)
        found = at < len(self._ids) and self._ids[at] == message
        return self._topics[at] if found else None

    def put(self, message: int, topic: int) -> None:
        if not self._ids or message > self._ids[-1]:
            self._ids.append(message)
            self._topics.append(topic)


@dataclass(slots=True)
class _Room:
    """One chat as it is read: what earlier messages tell of later ones."""

    chat: Chat
    place: Place
    reading: Reading
    options: Options
    packed: tuple[str, str] = ("", "")
    """What may be an album with its neighbour: of the message before, and of this one."""
    in_album: int = 1
    _topics: _Topics = field(default_factory=_Topics)
    _bots: set[str] = field(default_factory=set)

    def record(self, message: Any) -> Record | None:
        """A message; None for what is no part of a history. Raises Unfit and its kin."""
        if not isinstance(message, dict):
            raise Unfit("a message is no object")
        kind = message.get("type")
        if kind == "unsupported":
            self.reading.left_out["messages Telegram Desktop could not export"] += 1
            return None
        if kind not in ("message", "service"):
            raise Unfit("it has no known type")
        id = message.get("id")
        if type(id) is not int or not -(2**63) <= id < 2**63:
            raise Unfit("it has no id")
        at, offset = self._times(message)
        if kind == "service":
            return self._service(message, id, at)
        return self._post(message, id, at, offset)

    def _times(self, message: Mapping[str, Any]) -> tuple[datetime, timedelta]:
        """When it was written, and how far the exporting machine's clock was ahead of UTC then."""
        local = message.get("date")
        if not isinstance(local, str):
            raise Unfit("it has no date")
        try:
            naive = datetime.fromisoformat(local).replace(tzinfo=UTC)
        except ValueError:
            raise Unfit("its date is none") from None
        seconds = message.get("date_unixtime")
        if seconds is None:
            self.reading.checked(naive)
            at = naive.replace(tzinfo=self.options.zone)
            return self.reading.checked(at), naive - at.astimezone(UTC)
        if isinstance(seconds, bool) or not re.fullmatch(r"-?\d{1,12}", str(seconds), re.ASCII):
            raise Unfit("its date_unixtime is no number")
        at = self.reading.checked(datetime.fromtimestamp(int(seconds), UTC))
        return at, naive - at

    def _service(self, message: Mapping[str, Any], id: int, at: datetime) -> Record | None:
        action = message.get("action")
        actor = _person(message.get("actor"), message.get("actor_id"))
        if action == "topic_created":
            self._topics.titles[id] = words(message.get("title"))
            self._topics.put(id, id)
            person = actor[1] if actor else Person("")
            return Record(
                at=at, place=self._in_topic(id), person=person, kind=Kind.CHANNEL, row=self.reading.rows
            )
        if actor is not None and actor[0] is Author.PERSON:
            alone = message.get("members") == [message.get("actor")] and message.get("actor") is not None
            kind = None
            if action in CAME or (action == "invite_members" and alone):
                kind = Kind.JOIN
            elif action == "remove_members" and alone:
                kind = Kind.LEAVE
            if kind is not None:
                return Record(at=at, place=self.place, person=actor[1], kind=kind, row=self.reading.rows)
        self.reading.left_out["service messages"] += 1
        return None

    def _post(self, message: Mapping[str, Any], id: int, at: datetime, offset: timedelta) -> Record:
        author, person = self._author(message)
        content, text = content_of(message), text_of(message)
        answered = message.get("reply_to_message_id")
        if type(answered) is not int or "reply_to_peer_id" in message:
            answered = None
        topic = None
        if answered is not None and self._topics.titles:
            topic = self._topics.of(answered)
            if topic is not None:
                self._topics.put(id, topic)
            if answered in self._topics.titles:
                answered = None  # in a topic, what answers nothing "answers" the message that made it
        self.packed = (self.packed[1], _packing(message))
        space = self.place.space
        return Record(
            at=at,
            place=self.place if topic is None else self._in_topic(topic),
            person=person,
            message=f"{space}/{id}",
            author=author,
            content=content,
            text=text,
            reply_to=None if answered is None else f"{space}/{answered}",
            forwarded="forwarded_from" in message,
            via_bot="via_bot" in message,
            mentions=mentions_of(message),
            reactions=tuple(_reactions(message, at, offset)),
            row=self.reading.rows,
        )

    def _in_topic(self, topic: int) -> Place:
        return replace(self.place, channel=str(topic), channel_title=self._topics.titles[topic])

    def _author(self, message: Mapping[str, Any]) -> tuple[Author, Person]:
        found = _person(message.get("from"), message.get("from_id"))
        if found is None:
            raise Unfit("it has no from_id")
        author, person = found
        if author is Author.CHANNEL and person.id in (self.place.space, self.chat.space):
            return Author.ANONYMOUS_ADMIN, person
        if author is Author.PERSON:
            if person.id in SERVICE_ACCOUNTS:
                return Author.CHANNEL, person
            # Only bots can put buttons below what they say themselves.
            if (
                message.get("inline_bot_buttons")
                and "via_bot" not in message
                and "forwarded_from" not in message
            ):
                self._bots.add(person.id)
            if person.id in self._bots or person.id in self.options.bots:
                return Author.BOT, replace(person, is_bot=True)
        return author, person


def _person(name: object, id: object) -> tuple[Author, Person] | None:
    """Who an id with its prefix is; None for nobody. Before April 2021 it was a plain number."""
    shown = words(name)
    if type(id) is int:
        return Author.PERSON, Person(str(id), shown)
    if not isinstance(id, str):
        return None
    for prefix, author in (("user", Author.PERSON), ("channel", Author.CHANNEL), ("chat", Author.CHANNEL)):
        number = id.removeprefix(prefix)
        if number != id and number.isascii() and number.isdigit() and len(number) < 19:
            match prefix:
                case "channel":
                    return author, Person(str(-BEYOND - int(number)), shown)
                case "chat":
                    return author, Person(f"-{number}", shown)
            return author, Person(number, shown)
    raise Unfit("its from_id is none that is known")


def text_of(message: Mapping[str, Any]) -> str:
    """What was written: text, caption or a poll's question."""
    poll = message.get("poll")
    if isinstance(poll, dict):
        return _flat(poll.get("question"))
    entities = message.get("text_entities")
    return _flat(entities if isinstance(entities, list) and entities else message.get("text"))


def _flat(text: object) -> str:
    if isinstance(text, list):
        parts = (
            each if isinstance(each, str) else each.get("text", "")
            for each in text
            if isinstance(each, str | dict)
        )
        return words("".join(part for part in parts if isinstance(part, str)))
    return words(text)


def content_of(message: Mapping[str, Any]) -> Content:
    """What it mainly is."""
    kind = message.get("media_type")
    if isinstance(kind, str):
        return MEDIA.get(kind, Content.MEDIA)
    if message.get("poll") is not None:
        return Content.POLL
    if message.get("photo") is not None or message.get("file") is not None:
        return Content.MEDIA
    if any(message.get(name) is not None for name in OTHER):
        return Content.OTHER
    text = text_of(message)
    # Meant for a bot, or for nobody: no post of a member.
    return Content.OTHER if not text or text.startswith("/") else Content.TEXT


def mentions_of(message: Mapping[str, Any]) -> tuple[Person, ...]:
    """People named in a text, each once: with their id where they have no username, else by handle."""
    entities = message.get("text_entities")
    if not isinstance(entities, list) or not entities:
        entities = message.get("text")
    if not isinstance(entities, list):
        return ()
    people: dict[str, Person] = {}
    for entity in entities:
        if not isinstance(entity, dict):
            continue
        text, id = entity.get("text"), entity.get("user_id")
        if entity.get("type") == "mention_name" and type(id) is int:
            people.setdefault(str(id), Person(str(id), words(text)))
        elif entity.get("type") == "mention" and isinstance(text, str) and len(text) > 1:
            handle = words(text).removeprefix("@")
            people.setdefault(f"@{handle.casefold()}", Person("", handle=handle))
    return tuple(people.values())


def _packing(message: Mapping[str, Any]) -> str:
    """What it can be an album with: pictures and films, or documents, or music."""
    kind = message.get("media_type")
    if message.get("photo") is not None or kind == "video_file":
        return "pictures"
    if kind == "audio_file":
        return "music"
    return "documents" if kind is None and message.get("file") is not None else ""


def _reactions(message: Mapping[str, Any], at: datetime, offset: timedelta) -> Iterator[Reaction]:
    reactions = message.get("reactions")
    for reaction in reactions if isinstance(reactions, list) else ():
        recent = reaction.get("recent") if isinstance(reaction, dict) else None
        for each in recent if isinstance(recent, list) else ():
            who = _person(each.get("from"), each.get("from_id"))
            if who is None or who[0] is not Author.PERSON:
                continue
            yield Reaction(_emoji(reaction), who[1], _reacted_at(each.get("date"), at, offset))


def _emoji(reaction: Mapping[str, Any]) -> str:
    emoji = words(reaction.get("emoji")).replace("\N{VARIATION SELECTOR-16}", "")
    return emoji[:64] or f"custom:{words(reaction.get('document_id'))[-40:]}".replace(" ", "_")


def _reacted_at(local: object, posted: datetime, offset: timedelta) -> datetime:
    """The export has only the machine's own time; what that was is seen from the message itself."""
    try:
        at = datetime.fromisoformat(str(local)).replace(tzinfo=UTC) - offset
    except (ValueError, OverflowError):
        return posted
    return max(at, posted) if at.year < 9000 else posted
