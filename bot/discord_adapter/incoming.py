"""Incoming: what the gateway and the history bring, as events. Nothing is decided here.

Works on the raw payloads, because most of what happens concerns messages and members that no cache
holds. The library's cache of guilds, channels and roles only lends names.

What no feature wants becomes `Ignored` with its kind; what is not as documented raises `Malformed`.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import discord

from bot.clock import Clock
from bot.discord_adapter.markdown import length
from bot.discord_adapter.reading import (
    Body,
    Malformed,
    flag,
    ids,
    maybe_part,
    maybe_snowflake,
    moment,
    number,
    part,
    parts,
    snowflake,
    snowflake_at,
    text,
    time_of,
)
from handlers.base import (
    ADMIN_ROLE,
    MUTED_ROLE,
    OWNER_ROLE,
    Author,
    Content,
    Deleted,
    Edited,
    Event,
    Ignored,
    Person,
    Place,
    Posted,
    Reacted,
    ReactionsCleared,
    RepliedTo,
)

DISCORD = "discord"
DEFAULT, REPLY, SLASH_ANSWER, MENU_ANSWER = 0, 19, 20, 23
WRITTEN = {DEFAULT, REPLY, SLASH_ANSWER, MENU_ANSWER}
FORWARD = 1
VOICE_MESSAGE = 1 << 13
THREADS = {10, 11, 12}
RUNS_IT = 1 << 3 | 1 << 5
"""Administrator, or may manage the guild."""

_MENTION = re.compile(r"<(@!?|@&|#)(\d{1,19})>|<a?:(\w{1,32}):\d{1,19}>")


class Reader:
    """Turns payloads into people, places and messages; knows who we are and what things are called."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self.client = client
        self.clock = clock
        self._order = 0

    @property
    def me(self) -> str:
        """The bot's own account; empty before the first READY."""
        user = self.client.user
        return str(user.id) if user else ""

    def next_order(self) -> int:
        """Grows with time, on the scale of ids, and never goes back."""
        # The highest id of this millisecond: after any message of it.
        self._order = max(self._order + 1, snowflake_at(self.clock()) | 0x3FFFFF)
        return self._order

    # -- people and places ------------------------------------------------------------------------

    def person(self, user: Body, member: Body | None = None, guild: str | None = None) -> Person:
        """An account, by the name it has in the guild if that is told; with its roles, if the guild is."""
        shown = (
            (text(member, "nick") if member else "") or text(user, "global_name") or text(user, "username")
        )
        return Person(
            id=snowflake(user, "id"),
            name=shown,
            handle=text(user, "username") or None,
            is_bot=flag(user, "bot"),
            roles=self.roles(user, member, guild) if guild and member and "roles" in member else None,
        )

    def roles(self, user: Body, member: Body, guild: str) -> tuple[str, ...]:
        """The ids of a member's roles, and ours for who owns or runs the guild, or is timed out there."""
        held = list(ids(member, "roles"))
        silent_until = moment(member, "communication_disabled_until")
        if silent_until is not None and silent_until > self.clock():
            held.append(MUTED_ROLE)
        known = self.client.get_guild(int(guild))
        if known is None:
            return tuple(held)
        if str(known.owner_id) == snowflake(user, "id"):
            return (*held, ADMIN_ROLE, OWNER_ROLE)
        roles = [known.get_role(int(each)) for each in (guild, *held) if each != MUTED_ROLE]
        runs_it = any(role is not None and role.permissions.value & RUNS_IT for role in roles)
        return (*held, ADMIN_ROLE) if runs_it else tuple(held)

    def place(self, body: Body, channel_key: str = "channel_id") -> Place:
        """Where a payload with guild_id and channel_id happened."""
        guild, channel = maybe_snowflake(body, "guild_id"), snowflake(body, channel_key)
        if guild is None:
            return Place(DISCORD, channel, private=True)
        return self.room(guild, channel)

    def room(self, guild: str, channel: str | None) -> Place:
        """A guild or one of its channels, with the names the cache knows."""
        known = self.client.get_guild(int(guild))
        # The library's cache holds whatever a frame said; one bad frame must not spoil the good ones after.
        title = str(known.name or "") if known else ""
        if channel is None:
            return Place(DISCORD, guild, space_title=title)
        found = known.get_channel_or_thread(int(channel)) if known else None
        parent = str(found.parent_id) if isinstance(found, discord.Thread) else None
        return Place(
            DISCORD,
            guild,
            channel=channel,
            space_title=title,
            channel_title=str(found.name or "") if found else "",
            parent=parent,
        )

    # -- messages ---------------------------------------------------------------------------------

    def author_kind(self, body: Body) -> Author:
        """Webhooks and crossposts are channels; a bot's answer to an interaction is the bot's."""
        answers = body.get("interaction_metadata") is not None or body.get("interaction") is not None
        if maybe_snowflake(body, "webhook_id") and not answers:
            return Author.CHANNEL
        return Author.BOT if flag(part(body, "author"), "bot") else Author.PERSON

    def message(self, body: Body, place: Place) -> Posted | Ignored:
        """A message of the gateway or of the history."""
        id = snowflake(body, "id")
        key, at, order = f"m{id}", time_of(id), int(id)
        author = part(body, "author")
        kind = number(body, "type")
        if kind not in WRITTEN:
            return Ignored(key=key, at=at, place=place, order=order, kind=f"message_type_{kind}")
        person = self.person(author, maybe_part(body, "member"), maybe_snowflake(body, "guild_id"))
        if person.id == self.me:
            return Ignored(key=key, at=at, place=place, order=order, kind="own_message")
        reference = maybe_part(body, "message_reference")
        forwarded = reference is not None and number(reference, "type") == FORWARD
        return Posted(
            key=key,
            at=at,
            place=place,
            order=order,
            message=id,
            person=person,
            author=self.author_kind(body),
            content=content_of(body),
            text=self.words(_forwarded(body) if forwarded else body, place),
            reply_to=self.replied_to(body, reference)
            if kind == REPLY and reference and not forwarded
            else None,
            forwarded=forwarded,
            mentions=self.mentions(body),
        )

    def replied_to(self, body: Body, reference: Body) -> RepliedTo | None:
        """The message answered, with what is known: nothing but its id if it is deleted or was not loaded."""
        id = maybe_snowflake(reference, "message_id")
        if id is None:
            return None
        answered = maybe_part(body, "referenced_message")
        return self.told(answered) if answered is not None else RepliedTo(message=id, at=time_of(id))

    def told(self, body: Body) -> RepliedTo:
        """A message that came inside another payload."""
        id = snowflake(body, "id")
        return RepliedTo(
            message=id,
            person=self.person(part(body, "author"), maybe_part(body, "member")),
            author=self.author_kind(body),
            text=self.words(body, None),
            at=time_of(id),
        )

    def mentions(self, body: Body) -> tuple[Person, ...]:
        """People named in the text; the author answered is mentioned too, but not named."""
        named = {match.group(2) for match in _MENTION.finditer(text(body, "content"))}
        people = (self.person(user, maybe_part(user, "member")) for user in parts(body, "mentions"))
        return tuple(person for person in people if person.id in named)

    def words(self, body: Body, place: Place | None) -> str:
        """The text as a reader sees it: names in place of ids."""
        content = text(body, "content")
        if "<" not in content:
            return content
        users = {
            p.id: p.name for p in (self.person(u, maybe_part(u, "member")) for u in parts(body, "mentions"))
        }
        guild = self.client.get_guild(int(place.space)) if place and not place.private else None

        def name(match: re.Match[str]) -> str:
            mark, id, emoji = match.groups()
            if emoji:
                return f":{emoji}:"
            if mark == "@&":
                role = guild.get_role(int(id)) if guild else None
                return f"@{role.name}" if role else match.group()
            if mark == "#":
                channel = guild.get_channel_or_thread(int(id)) if guild else None
                return f"#{channel.name}" if channel else match.group()
            return f"@{users[id]}" if users.get(id) else match.group()

        return _MENTION.sub(name, content)

    def edited(self, body: Body, delivery: str) -> Edited | Ignored:
        """A change of a message; link previews and pins come in the same way and are none of ours."""
        place, id = self.place(body), snowflake(body, "id")
        at = moment(body, "edited_timestamp")
        author = maybe_part(body, "author")
        common: dict[str, Any] = {
            "place": place,
            "order": self.next_order() if at is None else snowflake_at(at),
        }
        if at is None or author is None or number(body, "type") not in WRITTEN:
            return Ignored(key=f"u{delivery}", at=self.clock(), kind="message_update", **common)
        person = self.person(author, maybe_part(body, "member"), maybe_snowflake(body, "guild_id"))
        key = f"e{id}:{int(at.timestamp() * 1000)}"
        if person.id == self.me:
            return Ignored(key=key, at=at, kind="own_message", **common)
        return Edited(
            key=key,
            at=at,
            message=id,
            person=person,
            author=self.author_kind(body),
            text=self.words(body, place),
            **common,
        )


def content_of(body: Body) -> Content:
    """What a message mainly is."""
    if number(body, "flags") & VOICE_MESSAGE:
        return Content.VOICE
    if body.get("poll") is not None:
        return Content.POLL
    inner = _forwarded(body) if body.get("message_snapshots") else body
    if parts(inner, "attachments"):
        return Content.MEDIA
    words = text(inner, "content")
    if parts(inner, "sticker_items") and not words:
        return Content.STICKER
    if not words and (parts(inner, "embeds") or parts(inner, "components")):
        return Content.OTHER
    return Content.TEXT


def looks_censored(body: Body) -> bool:
    """Whether a person's message came without anything in it, as it does without the content intent."""
    held = ("attachments", "sticker_items", "embeds", "components", "message_snapshots")
    return (
        number(body, "type") in (DEFAULT, REPLY)
        and not text(body, "content")
        and not any(body.get(key) for key in held)
        and body.get("poll") is None
        and body.get("guild_id") is not None
        and not flag(part(body, "author"), "bot")
    )


def _forwarded(body: Body) -> Body:
    snapshots = parts(body, "message_snapshots")
    return (maybe_part(snapshots[0], "message") if snapshots else None) or {}


def emoji_key(emoji: Body) -> str:
    """The emoji itself, or name:id of a guild's own; a deleted one has no name left."""
    id, name = maybe_snowflake(emoji, "id"), text(emoji, "name")
    if id is not None:
        return f"{name or '_'}:{id}"
    if not name or length(name) > 64:
        raise Malformed("emoji has neither id nor name")
    return name


class Incoming:
    """Gateway payloads to events: one method a kind."""

    def __init__(self, reader: Reader, more: dict[str, Callable[[Body, str], Iterator[Event]]]) -> None:
        self._read = reader
        self._kinds: dict[str, Callable[[Body, str], Iterator[Event]]] = {
            "MESSAGE_CREATE": self._posted,
            "MESSAGE_UPDATE": self._edited,
            "MESSAGE_DELETE": self._deleted,
            "MESSAGE_DELETE_BULK": self._deleted,
            "MESSAGE_REACTION_ADD": self._reaction,
            "MESSAGE_REACTION_REMOVE": self._reaction_gone,
            "MESSAGE_REACTION_REMOVE_ALL": self._cleared,
            "MESSAGE_REACTION_REMOVE_EMOJI": self._cleared,
            **more,
        }

    def events(self, kind: str, body: Any, delivery: str) -> list[Event]:
        """What one payload says. `delivery` names it. Raises Malformed."""
        if not isinstance(body, dict):
            raise Malformed("the payload is not an object")
        reads = self._kinds.get(kind)
        if reads is not None:
            return list(reads(body, delivery))
        guild = maybe_snowflake(body, "guild_id")
        place = Place(DISCORD, guild or "")
        return [Ignored(key=f"x{delivery}", at=self._read.clock(), place=place, kind=kind.lower())]

    def _posted(self, body: Body, delivery: str) -> Iterator[Event]:
        yield self._read.message(body, self._read.place(body))

    def _edited(self, body: Body, delivery: str) -> Iterator[Event]:
        yield self._read.edited(body, delivery)

    def _deleted(self, body: Body, delivery: str) -> Iterator[Event]:
        gone = ids(body, "ids") or (snowflake(body, "id"),)
        key = f"d{gone[0]}" if len(gone) == 1 else f"d{gone[0]}+{len(gone)}"
        place = self._read.place(body)
        yield Deleted(
            key=key, at=self._read.clock(), place=place, order=self._read.next_order(), messages=gone
        )

    def _reaction(self, body: Body, delivery: str) -> Iterator[Event]:
        member, author = maybe_part(body, "member"), maybe_snowflake(body, "message_author_id")
        user = maybe_part(member, "user") if member else None
        person = self._read.person(user, member) if user else Person(snowflake(body, "user_id"))
        to = Person(author) if author else None
        yield self._reacted(body, delivery, person, to, added=(emoji_key(part(body, "emoji")),))

    def _reaction_gone(self, body: Body, delivery: str) -> Iterator[Event]:
        person = Person(snowflake(body, "user_id"))
        yield self._reacted(body, delivery, person, None, removed=(emoji_key(part(body, "emoji")),))

    def _reacted(
        self,
        body: Body,
        delivery: str,
        person: Person,
        to: Person | None,
        added: tuple[str, ...] = (),
        removed: tuple[str, ...] = (),
    ) -> Event:
        key, at, place = f"r{delivery}", self._read.clock(), self._read.place(body)
        order, message = self._read.next_order(), snowflake(body, "message_id")
        if person.id == self._read.me:
            return Ignored(key=key, at=at, place=place, order=order, kind="own_reaction")
        return Reacted(
            key=key,
            at=at,
            place=place,
            order=order,
            message=message,
            person=person,
            added=added,
            removed=removed,
            to=to,
        )

    def _cleared(self, body: Body, delivery: str) -> Iterator[Event]:
        emoji = maybe_part(body, "emoji")
        yield ReactionsCleared(
            key=f"c{delivery}",
            at=self._read.clock(),
            place=self._read.place(body),
            order=self._read.next_order(),
            message=snowflake(body, "message_id"),
            emoji=emoji_key(emoji) if emoji else None,
        )
