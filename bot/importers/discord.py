"""Discord: the JSON of DiscordChatExporter, a channel or thread a file, in parts or whole."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, BinaryIO

from bot.importers.errors import ImportProblem, Unfit, unfit
from bot.importers.neutral import Kind, Reaction, Reading, Record, words
from bot.importers.objects import Cut, begun, events_of, items_of, keys_of, skip, value_of
from handlers.base import Author, Content, Person, Place

PLATFORM = "discord"
WRITTEN = {"Default", "Reply", "20", "23"}
"""As the gateway's kinds that are posts: 20 and 23 are answers to slash commands and menus."""
THREADS = {"GuildNewsThread", "GuildPublicThread", "GuildPrivateThread"}
EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


def read_discord(file: BinaryIO, reading: Reading) -> Iterator[Record]:
    """The records of a channel, oldest first. Bad messages go to `reading`. Raises ImportProblem."""
    events = events_of(file)
    begun(events)
    try:
        yield from _root(events, reading)
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


def _root(events: Any, reading: Reading) -> Iterator[Record]:
    about: dict[str, Any] = {}
    known = False
    for key, first in keys_of(events):
        if key == "messages" and first[0] == "start_array":
            known = True
            place = place_of(about)
            for message in items_of(events):
                reading.rows += 1
                try:
                    record = record_of(message, place, reading)
                except (ValueError, TypeError, AttributeError, KeyError, OverflowError) as error:
                    reading.refuse(reading.rows, _refused(message, error))
                    continue
                if record is not None:
                    reading.records += 1
                    yield record
        elif key in ("guild", "channel"):
            about[key] = value_of(first, events)
        else:
            skip(first, events)
    if not known:
        raise ImportProblem("There are no messages in this file. Export it again with DiscordChatExporter.")


def _refused(message: Any, error: Exception) -> Unfit:
    reason = unfit(error)
    id = message.get("id") if isinstance(message, dict) else None
    return Unfit("message {id}: {reason}", id=str(id), reason=reason) if id else reason


def place_of(about: Mapping[str, Any]) -> Place:
    """The channel that the file is of. Raises ImportProblem."""
    try:
        guild, channel = about["guild"], about["channel"]
        server, room = snowflake(guild.get("id")), snowflake(channel.get("id"))
        parent = snowflake(channel.get("categoryId")) if channel.get("type") in THREADS else None
        names = words(guild.get("name")), words(channel.get("name"))
    except (KeyError, AttributeError, ValueError) as error:
        raise ImportProblem(
            "The file does not say which server and channel it is of. Export it again."
        ) from error
    if server == "0":
        raise ImportProblem("These are direct messages. Only a server's channels can be brought in.")
    return Place(PLATFORM, server, channel=room, space_title=names[0], channel_title=names[1], parent=parent)


def snowflake(value: object) -> str:
    """An id as Discord makes them. Raises Unfit."""
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and len(text) < 20):
        raise Unfit("it has no id") if value is None else Unfit("an id is no number")
    return text


def record_of(message: Any, place: Place, reading: Reading) -> Record | None:
    """A message; None for what is no part of a history. Raises Unfit and its kin."""
    if not isinstance(message, dict):
        raise Unfit("a message is no object")
    id, kind = snowflake(message.get("id")), message.get("type")
    if not isinstance(kind, str):
        raise Unfit("it has no type")
    at = _moment(message.get("timestamp"), id, reading)
    author = message.get("author")
    if not isinstance(author, dict):
        raise Unfit("it has no author")
    person = person_of(author)
    if kind == "GuildMemberJoin":
        server = Place(PLATFORM, place.space, space_title=place.space_title)
        return Record(at=at, place=server, person=person, kind=Kind.JOIN, row=reading.rows)
    if kind not in WRITTEN:
        reading.left_out["messages of Discord itself"] += 1
        return None
    reference, inner = message.get("reference"), message.get("forwardedMessage")
    forwarded = inner is not None or (isinstance(reference, dict) and reference.get("type") == "Forward")
    body = inner if isinstance(inner, dict) else message
    answered = (
        reference.get("messageId")
        if kind == "Reply" and isinstance(reference, dict) and not forwarded
        else None
    )
    text = words(body.get("content"))
    return Record(
        at=at,
        place=place,
        person=person,
        message=id,
        author=Author.BOT if person.is_bot else Author.PERSON,
        content=_content(body, text),
        text=text,
        reply_to=None if answered is None else snowflake(answered),
        forwarded=forwarded,
        mentions=_mentions(message, text),
        reactions=tuple(_reactions(message)),
        row=reading.rows,
    )


def _moment(value: object, id: str, reading: Reading) -> datetime:
    if not isinstance(value, str):
        return reading.checked(EPOCH + timedelta(milliseconds=int(id) >> 22))
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise Unfit("its timestamp is none") from None
    return reading.checked(at if at.tzinfo is not None else at.replace(tzinfo=UTC))


def person_of(author: Mapping[str, Any]) -> Person:
    """An account, by the name it has in the server. Roles are those of the day of the export."""
    roles = author.get("roles")
    held = tuple(snowflake(role["id"]) for role in roles) if isinstance(roles, list) and roles else None
    name = words(author.get("name"))
    return Person(
        id=snowflake(author.get("id")),
        name=words(author.get("nickname")) or name,
        handle=name or None,
        is_bot=author.get("isBot") is True,
        roles=held,
    )


def _content(body: Mapping[str, Any], text: str) -> Content:
    attachments = body.get("attachments")
    if isinstance(attachments, list) and attachments:
        names = [words(each.get("fileName")) for each in attachments]
        return Content.VOICE if names == ["voice-message.ogg"] and not text else Content.MEDIA
    if text:
        return Content.TEXT
    return Content.STICKER if body.get("stickers") else Content.OTHER


def _mentions(message: Mapping[str, Any], text: str) -> tuple[Person, ...]:
    """People named in the text; the author answered is mentioned too, but not named."""
    mentioned = message.get("mentions")
    if not isinstance(mentioned, list) or not text:
        return ()
    people = (person_of(each) for each in mentioned)
    return tuple(person for person in people if _is_named(person, text))


def _is_named(person: Person, text: str) -> bool:
    raw = (f"<@{person.id}>", f"<@!{person.id}>", f"@{person.name}", f"@{person.handle}")
    return any(each in text for each in raw)


def _reactions(message: Mapping[str, Any]) -> Iterator[Reaction]:
    reactions = message.get("reactions")
    for reaction in reactions if isinstance(reactions, list) else ():
        emoji = reaction.get("emoji") or {}
        id, name = words(emoji.get("id")), words(emoji.get("name"))
        shown = f"{name or '_'}:{id}" if id else name
        for user in reaction.get("users") or ():
            person = person_of(user)
            if shown and not person.is_bot:
                yield Reaction(shown[:64], person)
