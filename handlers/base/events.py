"""Events: what happened on a platform, said without the platform.

Adapters make them, the dispatcher carries them, features listen to them. Every id is an opaque
string: a message id is unique within its platform (Telegram's adapter writes "chat/number").
All times are aware and in UTC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Author(StrEnum):
    """Who stands behind a post."""

    PERSON = "person"
    BOT = "bot"
    CHANNEL = "channel"
    """A channel identity, an automatic forward, a webhook: never earns, never commands."""
    ANONYMOUS_ADMIN = "anonymous_admin"
    """An admin who writes as the group: may command, never earns."""


class Content(StrEnum):
    """What a post mainly is."""

    TEXT = "text"
    MEDIA = "media"
    STICKER = "sticker"
    VOICE = "voice"
    POLL = "poll"
    OTHER = "other"
    SERVICE = "service"
    """Written by the platform itself (joined, pinned, boosted): kept out of everything."""


@dataclass(frozen=True, slots=True)
class Person:
    """What a platform tells of an account in passing; empty fields are unknown, not cleared."""

    id: str
    name: str = ""
    handle: str | None = None
    is_bot: bool = False
    language: str | None = None
    roles: tuple[str, ...] | None = None
    """Platform role ids held in the place of the event; None when the platform did not say."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened: a space, one of its channels, or a private chat."""

    platform: str
    space: str
    """The space's id; in a private chat the id of that chat."""
    channel: str | None = None
    """A forum topic, a channel or a thread; None is the space's main room."""
    private: bool = False
    space_title: str = ""
    channel_title: str = ""
    parent: str | None = None
    """The channel a thread belongs to."""


@dataclass(frozen=True, slots=True)
class RepliedTo:
    """The message a post answers, as far as the platform tells."""

    message: str
    person: Person | None = None
    author: Author = Author.PERSON
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened.

    `key` names the delivery (an update id, an interaction id) and is the same when it is delivered
    again. `order` grows with time on one platform: it decides between two states of the same second.
    """

    key: str
    at: datetime
    place: Place
    order: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted(Event):
    """A message was written."""

    message: str
    person: Person
    author: Author = Author.PERSON
    content: Content = Content.TEXT
    text: str = ""
    reply_to: RepliedTo | None = None
    album: str | None = None
    """Names the album the message is part of: all its messages are one post."""
    forwarded: bool = False
    via_bot: bool = False
    mentions: tuple[Person, ...] = ()
    """People named in the text; one known by handle only has an empty id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(Event):
    """The author changed the text of a message; `at` is when."""

    message: str
    person: Person
    author: Author = Author.PERSON
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(Event):
    """Messages are gone."""

    messages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reacted(Event):
    """One person's reactions to a message changed: the difference, not the event, counts."""

    message: str
    person: Person
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    to: Person | None = None
    """The author of the message, where the platform tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionsCleared(Event):
    """All reactions to a message, or all of one emoji, were removed at once."""

    message: str
    emoji: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReactionsSeen(Event):
    """The whole present state of a message's reactions, read again after a time away."""

    message: str
    holders: tuple[tuple[Person, tuple[str, ...]], ...]
    to: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Event):
    """A person came into a space."""

    person: Person
    invite: str | None = None
    """The invite link they used, where the platform tells."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Event):
    """A person left a space, was removed or banned."""

    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesChanged(Event):
    """A person's roles in a space, as they are now (in `person.roles`)."""

    person: Person


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinAsked(Event):
    """A person asks to be let in."""

    person: Person
    invite: str | None = None


class Standing(StrEnum):
    """What the bot is in a space."""

    ADMIN = "admin"
    MEMBER = "member"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BotStanding(Event):
    """The bot was added to a space, given or refused rights there, or removed."""

    standing: Standing
    by: Person | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsChanged(Event):
    """What the bot may do in a space changed, as far as a platform tells so beside `BotStanding`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migrated(Event):
    """A space got a new id (a Telegram group became a supergroup). `place.space` is the new one."""

    old_space: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelSeen(Event):
    """A channel, thread or topic was made, renamed, closed or deleted (`gone`)."""

    kind: str = "channel"
    gone: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachChanged(Event):
    """A person opened (pressed Start) or closed (blocked) the private chat with the bot."""

    person: Person
    reachable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceChanged(Event):
    """A person's voice state, as it is now. `place.channel` None: in no voice channel.

    `counts` is False while they cannot take part: deafened, or in the space's AFK channel.
    """

    person: Person
    counts: bool = True


class Way(StrEnum):
    """How a command was given; it decides how its answer may be kept private."""

    TEXT = "text"
    """Typed as a message (Telegram)."""
    INTERACTION = "interaction"
    """A slash command, a context menu: acknowledged before it is answered."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a command, or with the message that the command answers."""

    id: str
    """Under which the platform gives it out."""
    name: str
    size: int
    """Bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command(Event):
    """A command was given. Its values come as `text` (typed) or as `options` (native), as strings."""

    name: str
    person: Person
    author: Author = Author.PERSON
    text: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    people: tuple[Person, ...] = ()
    """People named in text or options, so that "@bob" can be found."""
    reply_to: RepliedTo | None = None
    """The message the command answers, or the one a context menu was opened on."""
    message: str | None = None
    """The message that carried it, where there is one."""
    way: Way = Way.TEXT
    answer_token: str | None = None
    """What the adapter needs to answer an interaction."""
    file: File | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Event):
    """A button was pressed, a choice made, or a form sent. `data` came from a client: untrusted."""

    data: str
    person: Person
    values: Mapping[str, str] = field(default_factory=dict)
    """What was filled into a form; or {"choice": ...} of a select."""
    message: str | None = None
    """The message that carries the button; None when the platform no longer tells."""
    answer_token: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earned(Event):
    """Told by the dispatcher itself, after an event's awards: a member's total of all time moved."""

    member: int
    account: int
    before: int
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored(Event):
    """Well-formed, and wanted by no feature: counted by its kind."""

    kind: str
