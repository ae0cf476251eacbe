"""Room: one chat as it is read. Earlier messages tell of later ones: topics by replies, bots by buttons."""

import re
from array import array
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.importers.errors import Unfit
from bot.importers.neutral import Kind, Reading, Record, words
from bot.importers.telegram.chats import Chat, Options
from bot.importers.telegram.messages import (
    content_of,
    mentions_of,
    packing_of,
    person_of,
    reactions_of,
    text_of,
)
from handlers.base import Author, Person, Place

PLATFORM = "telegram"
SERVICE_ACCOUNTS = frozenset({"777000", "1087968824", "136817688"})
CAME = {"join_group_by_link", "join_group_by_request"}


@dataclass(slots=True)
class Topics:
    """Which messages are in a topic: two columns in the order of ids, found by halving."""

    titles: dict[int, str] = field(default_factory=dict)
    _ids: "array[int]" = field(default_factory=lambda: array("q"))
    _topics: "array[int]" = field(default_factory=lambda: array("q"))

    def of(self, message: int) -> int | None:
        """The topic of a message; None in the main room."""
        at = bisect_left(self._ids, message)
        found = at < len(self._ids) and self._ids[at] == message
        return self._topics[at] if found else None

    def put(self, message: int, topic: int) -> None:
        """A message is in a topic. Those of an export come in the order of their ids."""
        if not self._ids or message > self._ids[-1]:
            self._ids.append(message)
            self._topics.append(topic)


@dataclass(slots=True)
class Room:
    """One chat as it is read: what earlier messages tell of later ones."""

    chat: Chat
    place: Place
    reading: Reading
    options: Options
    packed: tuple[str, str] = ("", "")
    """What may be an album with its neighbour: of the message before, and of this one."""
    in_album: int = 1
    _topics: Topics = field(default_factory=Topics)
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
        actor = person_of(message.get("actor"), message.get("actor_id"))
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
        self.packed = (self.packed[1], packing_of(message))
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
            reactions=tuple(reactions_of(message, at, offset)),
            row=self.reading.rows,
        )

    def _in_topic(self, topic: int) -> Place:
        return replace(self.place, channel=str(topic), channel_title=self._topics.titles[topic])

    def _author(self, message: Mapping[str, Any]) -> tuple[Author, Person]:
        found = person_of(message.get("from"), message.get("from_id"))
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
