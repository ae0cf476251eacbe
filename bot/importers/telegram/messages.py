"""Messages: what one message of an export says, by itself."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.importers.errors import Unfit
from bot.importers.neutral import Reaction, words
from bot.importers.telegram.chats import BEYOND
from handlers.base import Author, Content, Person

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


def person_of(name: object, id: object) -> tuple[Author, Person] | None:
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


def packing_of(message: Mapping[str, Any]) -> str:
    """What it can be an album with: pictures and films, or documents, or music."""
    kind = message.get("media_type")
    if message.get("photo") is not None or kind == "video_file":
        return "pictures"
    if kind == "audio_file":
        return "music"
    return "documents" if kind is None and message.get("file") is not None else ""


def reactions_of(message: Mapping[str, Any], at: datetime, offset: timedelta) -> Iterator[Reaction]:
    """The reactions whose people are named: the last few, as far as the export tells."""
    reactions = message.get("reactions")
    for reaction in reactions if isinstance(reactions, list) else ():
        recent = reaction.get("recent") if isinstance(reaction, dict) else None
        for each in recent if isinstance(recent, list) else ():
            who = person_of(each.get("from"), each.get("from_id"))
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
