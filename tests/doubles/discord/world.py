"""What a Discord holds: users, roles, channels and messages, each able to say itself in the API's words."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.doubles.discord.guilds import Guild

Wire = dict[str, Any]

DISCORD_EPOCH_MS = 1_420_070_400_000
ALL_PERMISSIONS = (1 << 50) - 1
PERMISSIONS = {
    "administrator": 1 << 3,
    "manage_channels": 1 << 4,
    "manage_guild": 1 << 5,
    "add_reactions": 1 << 6,
    "view_channel": 1 << 10,
    "send_messages": 1 << 11,
    "manage_messages": 1 << 13,
    "embed_links": 1 << 14,
    "attach_files": 1 << 15,
    "read_message_history": 1 << 16,
    "mention_everyone": 1 << 17,
    "manage_roles": 1 << 28,
    "manage_webhooks": 1 << 29,
    "create_public_threads": 1 << 35,
    "send_messages_in_threads": 1 << 38,
    "moderate_members": 1 << 40,
}
EVERYONE = sum(
    PERMISSIONS[name]
    for name in (
        "add_reactions",
        "view_channel",
        "send_messages",
        "embed_links",
        "attach_files",
        "read_message_history",
        "create_public_threads",
        "send_messages_in_threads",
    )
)

DM, TEXT, VOICE, CATEGORY, NEWS, PUBLIC_THREAD, FORUM = 1, 0, 2, 4, 5, 11, 15


class ApiError(Exception):
    """A refusal in Discord's shape: HTTP status, Discord's code, a sentence and, for forms, the fields."""

    def __init__(self, status: int, code: int, message: str, errors: Wire | None = None) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message, self.errors = status, code, message, errors

    def wire(self) -> Wire:
        body: Wire = {"message": self.message, "code": self.code}
        return body | ({"errors": self.errors} if self.errors else {})


def invalid_form(**fields: str) -> ApiError:
    """50035 naming each field (dots nest, as in `embeds.0.title`) with what is wrong with it."""
    errors: Wire = {}
    for path, sentence in fields.items():
        spot = errors
        for part in path.split("."):
            spot = spot.setdefault(part, {})
        spot["_errors"] = [{"code": "INVALID", "message": sentence}]
    return ApiError(400, 50035, "Invalid Form Body", errors)


class Snowflakes:
    """Ids that carry their moment, grow with it, and never repeat."""

    def __init__(self) -> None:
        self._serial = itertools.count(1)

    def next(self, at: datetime) -> int:
        """An id for that moment; of two at the same millisecond the later call has the greater id."""
        millis = int(at.timestamp() * 1000) - DISCORD_EPOCH_MS
        return (millis << 22) | (next(self._serial) & 0x3FFFFF)


def when(snowflake: int) -> datetime:
    """The moment an id carries."""
    return datetime.fromtimestamp(((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000, UTC)


def permission_bits(names: Iterable[str] | int) -> int:
    """The bits of these permissions, by discord.py's names; KeyError for a name not modelled here."""
    return names if isinstance(names, int) else sum(PERMISSIONS[name] for name in names)


@dataclass(eq=False)
class User:
    """A platform account: a person, another bot, a webhook or the bot under test."""

    id: int
    name: str
    display: str | None = None
    bot: bool = False
    dms_open: bool = True

    def wire(self) -> Wire:
        return {
            "id": str(self.id),
            "username": self.name,
            "global_name": self.display,
            "discriminator": "0000" if self.bot else "0",
            "avatar": None,
            "bot": self.bot,
            "public_flags": 0,
            "flags": 0,
            "primary_guild": None,
            "avatar_decoration_data": None,
        }


@dataclass(eq=False)
class Role:
    """A guild's role."""

    id: int
    name: str
    permissions: int = 0
    position: int = 1
    managed: bool = False
    mentionable: bool = False

    def wire(self) -> Wire:
        return {
            "id": str(self.id),
            "name": self.name,
            "permissions": str(self.permissions),
            "position": self.position,
            "color": 0,
            "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
            "hoist": False,
            "managed": self.managed,
            "mentionable": self.mentionable,
            "icon": None,
            "unicode_emoji": None,
            "flags": 0,
            "tags": {},
        }


@dataclass(eq=False)
class Message:
    """One message, kept as it is now."""

    id: int
    channel: Channel
    author: User
    content: str = ""
    type: int = 0
    edited: datetime | None = None
    embeds: list[Wire] = field(default_factory=list)
    components: list[Wire] = field(default_factory=list)
    attachments: list[Wire] = field(default_factory=list)
    mentions: list[User] = field(default_factory=list)
    mention_roles: list[int] = field(default_factory=list)
    mention_everyone: bool = False
    reply_to: Message | None = None
    forwards: Message | None = None
    webhook_id: int | None = None
    nonce: str | None = None
    flags: int = 0
    interaction: Wire | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict)
    allowed_mentions: Wire | None = None
    deleted: bool = False
    extra: Wire = field(default_factory=dict)

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & 64)

    def wire(self, *, nested: bool = False, viewer: int | None = None) -> Wire:
        body: Wire = {
            "id": str(self.id),
            "channel_id": str(self.channel.id),
            "type": self.type,
            "author": self.author.wire(),
            "content": self.content,
            "timestamp": when(self.id).isoformat(),
            "edited_timestamp": self.edited.isoformat() if self.edited else None,
            "tts": False,
            "pinned": False,
            "mention_everyone": self.mention_everyone,
            "mentions": [user.wire() for user in self.mentions],
            "mention_roles": [str(role) for role in self.mention_roles],
            "attachments": self.attachments,
            "embeds": self.embeds,
            "components": self.components,
            "flags": self.flags,
        }
        if self.reactions:
            body["reactions"] = [
                self._reaction(emoji, users, viewer) for emoji, users in self.reactions.items()
            ]
        if self.webhook_id is not None:
            body["webhook_id"] = str(self.webhook_id)
        if self.nonce is not None:
            body["nonce"] = self.nonce
        if self.interaction is not None:
            body["interaction_metadata"] = self.interaction
        if self.channel.guild is not None and self.webhook_id is None:
            author = self.channel.guild.members.get(self.author.id)
            if author is not None:
                body["member"] = author.wire(user=False)
        if self.reply_to is not None:
            body["message_reference"] = self._reference(self.reply_to, 0)
            if not nested:
                gone = self.reply_to.deleted
                body["referenced_message"] = None if gone else self.reply_to.wire(nested=True)
        if self.forwards is not None:
            body["message_reference"] = self._reference(self.forwards, 1)
            body["message_snapshots"] = [{"message": self.forwards.wire(nested=True)}]
        return body | self.extra

    @staticmethod
    def _reaction(emoji: str, users: list[int], viewer: int | None) -> Wire:
        return {
            "emoji": emoji_wire(emoji),
            "count": len(users),
            "count_details": {"normal": len(users), "burst": 0},
            "me": viewer in users,
            "me_burst": False,
            "burst_colors": [],
        }

    @staticmethod
    def _reference(other: Message, kind: int) -> Wire:
        body: Wire = {"type": kind, "message_id": str(other.id), "channel_id": str(other.channel.id)}
        return body | ({"guild_id": str(other.channel.guild.id)} if other.channel.guild else {})


def emoji_wire(emoji: str) -> Wire:
    """Discord's emoji object for "👍" or for "name:id" of a guild's own emoji."""
    name, _, number = emoji.partition(":")
    return {"name": name, "id": number or None} | ({"animated": False} if number else {})


@dataclass(eq=False)
class Channel:
    """A text or voice channel, category, forum, thread or private chat, with its messages in order."""

    id: int
    kind: int
    name: str
    guild: Guild | None = None
    parent: Channel | None = None
    position: int = 0
    owner: User | None = None
    recipient: User | None = None
    archived: bool = False
    locked: bool = False
    archived_at: datetime | None = None
    overwrites: dict[int, tuple[int, int]] = field(default_factory=dict)
    tags: list[tuple[int, str]] = field(default_factory=list)
    applied_tags: list[int] = field(default_factory=list)
    messages: dict[int, Message] = field(default_factory=dict)
    _order: list[int] = field(default_factory=list)

    @property
    def is_thread(self) -> bool:
        return self.kind == PUBLIC_THREAD

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"

    def add(self, message: Message) -> None:
        self.messages[message.id] = message
        bisect.insort(self._order, message.id)

    def remove(self, message: Message) -> None:
        message.deleted = True
        self.messages.pop(message.id, None)
        spot = bisect.bisect_left(self._order, message.id)
        if spot < len(self._order) and self._order[spot] == message.id:
            del self._order[spot]

    def history(self) -> Iterator[Message]:
        """Oldest first."""
        return (self.messages[number] for number in self._order)

    def page(self, *, after: int | None, before: int | None, around: int | None, limit: int) -> list[Message]:
        """One page as Discord answers it: newest first; `after` takes those nearest to it."""
        order = self._order
        if around is not None:
            middle = bisect.bisect_left(order, around)
            low = max(0, middle - limit // 2)
            chosen = order[low : low + limit]
        elif after is not None:
            start = bisect.bisect_right(order, after)
            chosen = order[start : start + limit]
        else:
            end = len(order) if before is None else bisect.bisect_left(order, before)
            chosen = order[max(0, end - limit) : end]
        return [self.messages[number] for number in reversed(chosen)]

    def wire(self) -> Wire:
        body: Wire = {
            "id": str(self.id),
            "type": self.kind,
            "flags": 0,
            "last_message_id": str(self._order[-1]) if self._order else None,
        }
        if self.recipient is not None:
            return body | {"recipients": [self.recipient.wire()]}
        body |= {"name": self.name, "parent_id": str(self.parent.id) if self.parent else None, "nsfw": False}
        body["rate_limit_per_user"] = 0
        if self.guild is not None:
            body["guild_id"] = str(self.guild.id)
        if self.is_thread:
            return body | self._thread()
        body |= {"position": self.position, "topic": None, "permission_overwrites": self._overwrites()}
        if self.kind == VOICE:
            body |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
        if self.kind == FORUM:
            tags = [
                {"id": str(i), "name": n, "moderated": False, "emoji_id": None, "emoji_name": None}
                for i, n in self.tags
            ]
            body |= {"available_tags": tags, "default_reaction_emoji": None, "default_forum_layout": 0}
        return body

    def _overwrites(self) -> list[Wire]:
        return [
            {"id": str(target), "type": 0, "allow": str(allow), "deny": str(deny)}
            for target, (allow, deny) in self.overwrites.items()
        ]

    def _thread(self) -> Wire:
        stamp = (self.archived_at or when(self.id)).isoformat()
        count = len(self._order)
        return {
            "owner_id": str(self.owner.id) if self.owner else None,
            "message_count": count,
            "total_message_sent": count,
            "member_count": 1,
            "applied_tags": [str(tag) for tag in self.applied_tags],
            "thread_metadata": {
                "archived": self.archived,
                "locked": self.locked,
                "auto_archive_duration": 1440,
                "archive_timestamp": stamp,
                "create_timestamp": when(self.id).isoformat(),
            },
        }
