"""Small readings that every kind of update needs: ids, texts, people, places. Strict: poison comes this way.

Exception
└── ValueError
    └── Unreadable    an update that cannot be understood; the intake sets it aside
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from telegram import Chat, Message, MessageEntity, User

from handlers.base import Author, Person, Place

PLATFORM = "telegram"
# Telegram's own accounts: channel forwards, anonymous admins, posts as a channel. Nobody stands behind them.
SERVICE_ACCOUNTS = frozenset({777000, 1087968824, 136817688})
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Unreadable(ValueError):
    """An update that cannot be understood, with the reason."""


def number(value: object) -> int:
    """A whole number that a database can keep."""
    if type(value) is not int or not -(2**63) <= value < 2**63:
        raise Unreadable(f"not an id: {type(value).__name__}")
    return value


def words(value: object) -> str:
    """A text, or "" for none; without NULs and lone surrogates, which no store and no encoder takes."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unreadable(f"not a text: {type(value).__name__}")
    return _UNSTORABLE.sub("", value)


def moment(value: object) -> datetime:
    """An aware time."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Unreadable("no date")
    return value


def message_id(chat: Chat, number_: object) -> str:
    """Unique on all of Telegram: message numbers are unique in their chat only."""
    return f"{number(chat.id)}/{number(number_)}"


def person_of(user: User, roles: tuple[str, ...] | None = None) -> Person:
    """A user, under the name they gave themselves."""
    first, last = words(user.first_name), words(user.last_name)
    return Person(
        id=str(number(user.id)),
        name=f"{first} {last}" if last else first,
        handle=words(user.username) or None,
        is_bot=user.is_bot is True,
        language=words(user.language_code) or None,
        roles=roles,
    )


def chat_as_person(chat: Chat) -> Person:
    """A group or channel that speaks for itself."""
    return Person(id=str(number(chat.id)), name=words(chat.title), handle=words(chat.username) or None)


def author_of(message: Message) -> tuple[Author, Person]:
    """Who stands behind a message. `sender_chat` decides, never the stand-in user beside it."""
    if message.sender_chat is not None:
        speaker = chat_as_person(message.sender_chat)
        anonymous = message.sender_chat.id == message.chat.id and not message.is_automatic_forward
        return (Author.ANONYMOUS_ADMIN if anonymous else Author.CHANNEL), speaker
    if message.from_user is None:
        raise Unreadable("a message from nobody")
    person = person_of(message.from_user)
    if message.from_user.id in SERVICE_ACCOUNTS or message.is_automatic_forward:
        return Author.CHANNEL, person
    return (Author.BOT if person.is_bot else Author.PERSON), person


def place_of(chat: Chat, message: Message | None = None, *, topic_title: str = "") -> Place:
    """Where it happened. A thread id counts only in a topic: elsewhere it marks a chain of replies."""
    topic = message.message_thread_id if message is not None and message.is_topic_message else None
    return Place(
        platform=PLATFORM,
        space=str(number(chat.id)),
        channel=None if topic is None else str(number(topic)),
        private=chat.type == "private",
        space_title=words(chat.title),
        channel_title=topic_title,
    )


def spans_of(text: str, entities: Sequence[MessageEntity]) -> Iterator[tuple[MessageEntity, str]]:
    """Entities with the text they cover; Telegram counts in UTF-16 units."""
    if not entities:
        return
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in entities:
        yield entity, units_between(units, entity.offset, entity.offset + entity.length)


def units_between(units: bytes, start: int, end: int | None = None) -> str:
    """A part of a text in UTF-16-LE, by units; halves of a pair at the edges are dropped."""
    if start < 0:
        raise Unreadable("an entity before the text")
    return words(units[2 * start : None if end is None else 2 * end].decode("utf-16-le", "surrogatepass"))


def mentioned(text: str, entities: Sequence[MessageEntity]) -> tuple[Person, ...]:
    """People named in a text, each once: with their id where they have no username, else by handle."""
    people: dict[str, Person] = {}
    for entity, covered in spans_of(text, entities):
        if entity.type == "text_mention" and entity.user is not None:
            person = person_of(entity.user)
            people.setdefault(person.id, person)
        elif entity.type == "mention" and len(covered) > 1:
            handle = covered.removeprefix("@")
            people.setdefault(f"@{handle.casefold()}", Person(id="", handle=handle))
    return tuple(people.values())


def chat_and_number(message: str) -> tuple[str, str]:
    """The two parts of a message id of ours."""
    chat, _, number_ = message.rpartition("/")
    return chat, number_
