"""Values: the frozen things that leave storage."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, Final

from storage.calendar import Calendar


@dataclass(frozen=True, slots=True)
class Community:
    """What an admin runs. `set_up_at` None: it keeps silent, and only ids and times are stored."""

    id: int
    name: str
    language: str
    calendar: Calendar
    set_up_at: datetime | None
    version: int
    """Grows with each change of its settings."""


@dataclass(frozen=True, slots=True)
class Space:
    """One group or server; `external_id` is its present id on the platform."""

    id: int
    community_id: int
    platform: str
    external_id: str
    title: str
    standing: str = "member"
    """What the bot is there: admin, member or removed."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A topic, channel or thread of a space."""

    id: int
    space_id: int
    external_id: str
    parent_id: int | None
    title: str


@dataclass(frozen=True, slots=True)
class Account:
    """One platform identity."""

    id: int
    platform: str
    external_id: str
    name: str
    handle: str | None
    is_bot: bool
    language: str | None
    reachable: bool


@dataclass(frozen=True, slots=True)
class Member:
    """One person in one community."""

    id: int
    community_id: int
    name: str
    language: str | None
    listed: bool
    """Shown on boards: present, not hidden, not staff where staff is left out."""
    recorded: bool = True
    """Texts are kept and points given; False for who opted out of everything."""


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post as far as it is kept; a stub is one we never saw, known from a reply or reaction."""

    id: int
    space_id: int
    channel_id: int | None
    account_id: int | None
    message: str
    posted_at: datetime
    text: str | None
    content: str
    author: str
    deleted: bool
    stub: bool
    forwarded: bool = False
    """Forwarded, or made through a bot."""


LAST_TURN = 1_000_001
"""The turn of an entry by which an admin takes a payment back: no award of its rule and source follows."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What one rule paid one account, by its platform and its id there."""

    platform: str
    external_id: str
    rule: str
    count: int
    points: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the ledger."""

    id: int
    community_id: int
    member_id: int
    account_id: int
    space_id: int | None
    channel_id: int | None
    rule: str
    source: str
    turn: int
    points: int
    actor_account_id: int | None
    message: str | None
    happened_at: datetime
    recorded_at: datetime
    voids: int | None
    note: str


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A place on a board: ties share a rank."""

    rank: int
    member_id: int
    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One member's own place; `next_*` is the nearest place above with more points."""

    rank: int | None
    """None: not on the board (hidden, away, or no points yet)."""
    points: int
    members: int
    next_name: str | None = None
    next_points: int | None = None


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One overridden setting; `space_id` and `channel_id` None mean the wider scope."""

    key: str
    value: Any
    space_id: int | None
    channel_id: int | None
    changed_by: int | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Tally:
    """How often and how much a rule paid a member on one day."""

    count: int = 0
    points: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One admin action; `before` and `after` are what /undo needs."""

    id: int
    community_id: int
    account_id: int | None
    action: str
    target: str
    before: Any
    after: Any
    at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Grant:
    """A role that a member was given; `until` None: to this day."""

    id: int
    community_id: int
    member_id: int
    account_id: int
    """Whom it was given to."""
    role: str
    granted_by: int | None
    at: datetime
    until: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether it held at a moment."""
        return self.at <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command or press in the inbox."""

    id: int
    key: str
    payload: dict[str, Any]
    received_at: datetime
    platform: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """A delivery in the outbox."""

    id: int
    key: str
    kind: str
    platform: str
    target: str
    """What its pace is counted by: a chat, a channel, a person."""
    payload: dict[str, Any]
    state: str
    tries: int
    due_at: datetime
    priority: int
    community_id: int | None = None
    picture: bytes | None = None
    error: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a channel's history not read yet: after one message, before another."""

    id: int
    platform: str
    space: str
    channel: str
    after: str
    before: str | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """An error under its reference: what happened, where, and the traceback."""

    ref: str
    at: datetime
    where: str
    event: dict[str, Any] = field(default_factory=dict)
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class DeadEvent:
    """Something that could not be understood, with its reason."""

    id: int
    platform: str
    key: str
    reason: str
    payload: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """A total that is not the sum of its entries."""

    community_id: int
    member_id: int
    period: str
    total: int
    ledger: int


class Missing(Enum):
    """There was no value, which is not the same as an empty one."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


# What comes in, to be stored.


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What a platform told of an account; empty fields are unknown, not cleared."""

    platform: str
    external_id: str
    name: str = ""
    handle: str | None = None
    is_bot: bool = False
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChannel:
    """What a platform told of a channel; an empty title is unknown, not cleared."""

    space_id: int
    external_id: str
    title: str = ""
    kind: str = "channel"
    parent: str | None = None
    """The external id of the channel that a thread belongs to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """Points to be given once for (rule, source, turn)."""

    community_id: int
    member_id: int
    account_id: int
    rule: str
    source: str
    points: int
    happened_at: datetime
    recorded_at: datetime
    space_id: int | None = None
    channel_id: int | None = None
    turn: int = 0
    actor_account_id: int | None = None
    message: str | None = None
    day: date | None = None
    """The community's local date of `happened_at`; None: it is worked out."""
    voids: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewWaiting:
    """A command or press on its way into the inbox."""

    platform: str
    key: str
    payload: dict[str, Any]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class NewDeadEvent:
    """What could not be understood, on its way to be kept."""

    platform: str
    key: str
    reason: str
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewParcel:
    """A delivery on its way into the outbox; `key` names it for ever."""

    key: str
    kind: str
    platform: str
    target: str
    payload: dict[str, Any]
    due_at: datetime
    created_at: datetime
    priority: int = 5
    community_id: int | None = None
    picture: bytes | None = None
