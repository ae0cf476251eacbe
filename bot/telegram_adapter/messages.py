"""What a message says: a post, a command, an answer to a form, or what Telegram itself has to tell."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace

from telegram import Message, MessageEntity
from telegram.helpers import effective_message_type

from bot.telegram_adapter import forms
from bot.telegram_adapter.reading import (
    Unreadable,
    author_of,
    mentioned,
    message_id,
    moment,
    number,
    person_of,
    place_of,
    units_between,
    words,
)
from handlers.base import (
    Author,
    ChannelSeen,
    Command,
    Content,
    Edited,
    Event,
    File,
    Ignored,
    Joined,
    Left,
    Migrated,
    Person,
    Posted,
    Pressed,
    ReachChanged,
    RepliedTo,
)

CONTENTS = (
    ("photo", Content.MEDIA),
    ("video", Content.MEDIA),
    ("document", Content.MEDIA),
    ("animation", Content.MEDIA),
    ("audio", Content.MEDIA),
    ("paid_media", Content.MEDIA),
    ("live_photo", Content.MEDIA),
    ("sticker", Content.STICKER),
    ("voice", Content.VOICE),
    ("video_note", Content.VOICE),
    ("poll", Content.POLL),
    ("dice", Content.OTHER),
    ("contact", Content.OTHER),
    ("location", Content.OTHER),
    ("venue", Content.OTHER),
    ("game", Content.OTHER),
    ("story", Content.OTHER),
    ("invoice", Content.OTHER),
    ("checklist", Content.OTHER),
    ("giveaway", Content.OTHER),
)
PHOTO = "photo.jpg"
"""Photos have no names of their own."""
TOPIC_NEWS = ("forum_topic_created", "forum_topic_edited", "forum_topic_closed", "forum_topic_reopened")
_COMMAND = re.compile(r"[/!]([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{3,32}))?(?=\s|\Z)")


@dataclass(frozen=True, slots=True)
class Us:
    """Who the bot is and what it can be told."""

    id: int
    username: str
    commands: Container[str] | None = None
    """Command names there are; None takes every one."""


@dataclass(frozen=True, slots=True)
class Said:
    """A typed command, read."""

    name: str
    text: str
    people: tuple[Person, ...]


def events_of_message(message: Message, us: Us, order: int) -> Iterator[Event]:
    """A new message, with keys still to be made unique by the caller."""
    content = content_of(message)
    if content is None:
        yield from service_events(message, us, order)
        return

    author, person = author_of(message)
    text, entities = text_of(message)
    key, at, place = str(order), moment(message.date), place_of(message.chat, message)
    this, answered = message_id(message.chat, message.message_id), replied_to(message)
    forwarded = message.forward_origin is not None
    may_speak = author in (Author.PERSON, Author.ANONYMOUS_ADMIN) and not forwarded and not message.via_bot

    if may_speak and (filled := forms.filled(message, us.id, us.username)):
        data, values = filled
        token = f"{forms.TYPED}{message.message_id}"
        yield Pressed(
            key=key, at=at, place=place, order=order, data=data, values=values, person=person,
            message=answered.message if answered else None, answer_token=token,
        )  # fmt: skip
        return
    if text[:1] in ("/", "!") and content in (Content.TEXT, Content.MEDIA):
        said = command_said(words_of(message), entities, us, private=place.private) if may_speak else None
        if said is not None:
            if said.name == "start" and place.private:
                yield ReachChanged(key=key, at=at, place=place, order=order, person=person, reachable=True)
            people = said.people
            if answered is not None and answered.person is not None:
                people = (*people, answered.person)
            yield Command(
                key=key, at=at, place=place, order=order, name=said.name, text=said.text, people=people,
                person=person, author=author, reply_to=answered, message=this, file=file_of(message),
            )  # fmt: skip
            return
        if text.startswith("/"):
            content = Content.OTHER  # meant for another bot, or for nobody: no post of a member

    album = message.media_group_id
    yield Posted(
        key=key, at=at, place=place, order=order, message=this, person=person, author=author, content=content,
        text=text, reply_to=answered, album=f"{message.chat.id}/{words(album)}" if album else None,
        forwarded=forwarded, via_bot=message.via_bot is not None,
        mentions=mentioned(words_of(message), entities),
    )  # fmt: skip


def file_of(message: Message) -> File | None:
    """The document or photo that a message carries, or else the one it answers."""
    for each in (message, message.reply_to_message):
        if each is not None and (document := each.document) is not None:
            return File(words(document.file_id), words(document.file_name), _size(document.file_size))
        if each is not None and each.photo:
            photo = each.photo[-1]  # Telegram offers it in several sizes, the largest last
            return File(words(photo.file_id), PHOTO, _size(photo.file_size))
    return None


def _size(told: object) -> int:
    return told if type(told) is int else 0


def events_of_edit(message: Message, order: int) -> Iterator[Event]:
    """An edited message. A live location moves by edits: those are no edits of ours."""
    key, place = str(order), place_of(message.chat, message)
    at = moment(message.edit_date or message.date)
    if message.location is not None or content_of(message) is None:
        yield Ignored(key=key, at=at, place=place, order=order, kind="edited_message")
        return
    author, person = author_of(message)
    yield Edited(
        key=key, at=at, place=place, order=order, message=message_id(message.chat, message.message_id),
        person=person, author=author, text=text_of(message)[0],
    )  # fmt: skip


def words_of(message: Message) -> str:
    """Text or caption as it came: entity offsets are counted in it."""
    raw = message.text if message.text is not None else message.caption
    if raw is not None and not isinstance(raw, str):
        raise Unreadable("the text is no text")
    return raw or ""


def text_of(message: Message) -> tuple[str, Sequence[MessageEntity]]:
    """What a member wrote: text, caption or a poll's question, and its entities."""
    if message.poll is not None:
        return words(message.poll.question), ()
    return words(words_of(message)), (
        message.entities if message.text is not None else message.caption_entities
    )


def content_of(message: Message) -> Content | None:
    """What it mainly is; None for what Telegram wrote itself, and for what is not known."""
    if message.text is not None:
        return Content.TEXT
    return next((content for name, content in CONTENTS if getattr(message, name)), None)


def command_said(text: str, entities: Sequence[MessageEntity], us: Us, *, private: bool) -> Said | None:
    """The command a text gives, if it gives one to us."""
    match = _COMMAND.match(text)
    if match is None:
        return None
    name, bot = match[1].lower(), match[2]
    if bot is not None and bot.lower() != us.username.lower():
        return None
    known = us.commands is not None and name in us.commands
    if text.startswith("!"):
        if not known:
            return None
    elif not (known or us.commands is None or bot or private) or not any(
        e.type == "bot_command" and e.offset == 0 for e in entities
    ):
        return None
    return Said(name, rest_of(text, match.end(), entities), mentioned(text, entities))


def rest_of(text: str, start: int, entities: Sequence[MessageEntity]) -> str:
    """What follows a command; people who have no username stand in it by their id."""
    named = sorted((e for e in entities if e.type == "text_mention" and e.user), key=lambda e: e.offset)
    if not named:
        return words(text[start:]).strip()
    units = text.encode("utf-16-le", "surrogatepass")
    parts, here = [], start  # a command is ASCII: characters before it are units
    for entity in named:
        if entity.offset < here or entity.user is None:
            continue
        parts += [units_between(units, here, entity.offset), str(number(entity.user.id))]
        here = entity.offset + entity.length
    return "".join([*parts, units_between(units, here)]).strip()


def replied_to(message: Message) -> RepliedTo | None:
    """The message it answers. In a topic, what answers nothing "answers" the message that made the topic."""
    origin = message.reply_to_message
    if origin is None or origin.forum_topic_created is not None:
        return None
    at = origin.date
    this = message_id(origin.chat, origin.message_id)
    try:
        author, person = author_of(origin)
    except Unreadable:
        return RepliedTo(message=this, at=at)
    return RepliedTo(message=this, person=person, author=author, text=text_of(origin)[0], at=at)


def service_events(message: Message, us: Us, order: int) -> Iterator[Event]:
    """What Telegram itself tells in a chat."""
    key, at, place = str(order), moment(message.date), place_of(message.chat, message)
    if message.new_chat_members:
        came = [user for user in message.new_chat_members if user.id != us.id]
        for user in came:
            yield Joined(key=key, at=at, place=place, order=order, person=person_of(user))
        if came:
            return
    elif message.left_chat_member is not None and message.left_chat_member.id != us.id:
        yield Left(key=key, at=at, place=place, order=order, person=person_of(message.left_chat_member))
        return
    elif message.migrate_to_chat_id:
        moved = replace(place, space=str(number(message.migrate_to_chat_id)))
        yield Migrated(key=key, at=at, place=moved, order=order, old_space=place.space)
        return
    elif message.migrate_from_chat_id:
        old = str(number(message.migrate_from_chat_id))
        yield Migrated(key=key, at=at, place=place, order=order, old_space=old)
        return
    elif place.channel is not None and any(getattr(message, name) is not None for name in TOPIC_NEWS):
        news = message.forum_topic_created or message.forum_topic_edited
        titled = replace(place, channel_title=words(news.name) if news else "")
        yield ChannelSeen(key=key, at=at, place=titled, order=order, kind="topic")
        return
    kind = effective_message_type(message)
    if kind is None and not message.api_kwargs:
        raise Unreadable("a message with nothing in it")
    yield Ignored(key=key, at=at, place=place, order=order, kind=str(kind or "message"))
