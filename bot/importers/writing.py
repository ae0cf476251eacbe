"""Writing: a record as a line of our own format, for whoever turns another chat into it."""

from typing import Any

import orjson

from bot.importers.neutral import Kind, Reaction, Record
from handlers.base import Author, Content, Person


def line_of(record: Record) -> bytes:
    """A record as a line of the neutral format, without its end."""
    place, person = record.place, record.person
    value: dict[str, Any] = {"platform": place.platform, "space": place.space}
    cut = len(place.space) + 1 if place.platform != "discord" else 0
    if record.kind is Kind.POST:
        value["id"] = record.message[cut:]
    else:
        value["kind"] = record.kind.value
    value["at"] = record.at.isoformat().replace("+00:00", "Z")
    value["user"] = person.id
    more: dict[str, Any] = {
        "name": person.name,
        "handle": person.handle,
        "bot": person.is_bot,
        "roles": list(person.roles) if person.roles is not None else None,
        "space_title": place.space_title,
        "channel": place.channel,
        "channel_title": place.channel_title,
        "parent": place.parent,
    }
    if record.kind is Kind.POST:
        more |= {
            "author": record.author.value if record.author is not Author.PERSON else None,
            "content": record.content.value if record.content is not Content.TEXT else None,
            "text": record.text,
            "reply_to": record.reply_to[cut:] if record.reply_to else None,
            "album": record.album[cut:] if record.album else None,
            "forwarded": record.forwarded,
            "via_bot": record.via_bot,
            "mentions": [_mention_out(each) for each in record.mentions],
            "reactions": [_reaction_out(each) for each in record.reactions],
        }
    return orjson.dumps(
        value | {key: each for key, each in more.items() if each or (key == "roles" and each == [])}
    )


def _mention_out(person: Person) -> dict[str, str]:
    told = {"id": person.id, "handle": person.handle or "", "name": person.name}
    return {key: value for key, value in told.items() if value}


def _reaction_out(reaction: Reaction) -> dict[str, str]:
    told = {"emoji": reaction.emoji, "user": reaction.person.id, "name": reaction.person.name}
    if reaction.at is not None:
        told["at"] = reaction.at.isoformat().replace("+00:00", "Z")
    return {key: value for key, value in told.items() if value}
