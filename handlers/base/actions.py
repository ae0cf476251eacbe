"""Actions: what a handler wants said or done. Handlers return them; they never send.

Answers, given directly after the commit:  Reply, Form
Effects, written in the event's own transaction:
    on the ledger       Award, TakeBack, TakeBackPost
    on boards           LeaveOut
    on the roster       ClaimRow, KeepRequest
    at live lessons     Attend
    before the experts  OpenCase, DropCase
    into the outbox     Post, DirectMessage, React, Remove, Restore, LetIn
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from handlers.base.events import Place
from handlers.base.replies import Form, Reply
from storage.attendance import Stay
from storage.cases import NewCase
from storage.roster import How


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """Give points once for (rule, source): what is already given is not given again.

    `source` names platform, message and acting account, never a member or a community. After a
    `TakeBack` of the same rule and source the points may be given anew: the state counts.
    """

    rule: str
    source: str
    points: int
    community: int
    member: int
    account: int
    space: int | None
    at: datetime
    channel: int | None = None
    actor: int | None = None
    """The account that caused it, where that is another one."""
    message: str | None = None
    """The message it was given for; its deletion takes the points back."""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Take back what (rule, source) gave, if it stands."""

    rule: str
    source: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackPost:
    """Take back everything that stands for a message."""

    space: int
    message: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaveOut:
    """A member is (or is no longer) left out of boards as staff; their points stay."""

    member: int
    left_out: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A message to a place, that arrives once even if the process dies now. `key` names it for ever."""

    key: str
    place: Place
    reply: Reply
    priority: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectMessage:
    """A private message to an account, under the same promise."""

    key: str
    platform: str
    account: str
    reply: Reply
    priority: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class React:
    """The bot's own reaction to a message: the quietest acknowledgement. Harmless twice."""

    key: str
    place: Place
    message: str
    emoji: str
    priority: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Remove:
    """Delete a message. Harmless twice; `after` waits that many seconds first."""

    key: str
    place: Place
    message: str
    after: float = 0.0
    priority: int = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """Write a post again that was taken away: where the platform lets a bot, under its author's name.

    `reply` says the same in the bot's own words, naming the author, for where it does not. What it becomes
    is the case's post from then on.
    """

    key: str
    place: Place
    case: int
    account: str
    """The author's id on the platform."""
    name: str
    text: str
    reply: Reply
    priority: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """Let in somebody who asked, or turn them away. Harmless twice."""

    key: str
    place: Place
    account: str
    """Their id on the platform."""
    welcome: bool = True
    priority: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRow:
    """A row of the roster is this account's, unless it is somebody's. Safe to give twice."""

    row: int
    account: int
    how: How


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRequest:
    """Somebody asks to be let into a space, and waits for an admin."""

    space: int
    account: int
    invite: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Attend:
    """Somebody was in a voice channel: it counts for the live lessons that went on then. Harmless twice."""

    stay: Stay


Delivery: TypeAlias = Post | DirectMessage | React | Remove | Restore | LetIn


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """Put a post before the experts. Safe to give twice: a post has one case; authors may be exempt."""

    case: NewCase
    then: tuple[TakeBackPost | Delivery, ...] = ()
    """What follows at once, if it is really opened by this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DropCase:
    """A post is gone, or reads well now: what the judge holds against it is over, `reported` ones too."""

    space: int
    message: str
    reported: bool = False


Effect: TypeAlias = (
    Award
    | TakeBack
    | TakeBackPost
    | LeaveOut
    | ClaimRow
    | KeepRequest
    | Attend
    | OpenCase
    | DropCase
    | Delivery
)
Answer: TypeAlias = Reply | Form
Action: TypeAlias = Answer | Effect


@dataclass(slots=True)
class Outcome:
    """What a handler gave back, sorted: one answer, and effects in their order."""

    answer: Answer | None = None
    effects: list[Effect] = field(default_factory=list)

    @classmethod
    def of(cls, result: "Action | Sequence[Action] | None") -> "Outcome":
        """Sort what a handler returned. The first answer is the answer."""
        outcome = cls()
        items: Sequence[Action]
        if result is None:
            items = []
        elif isinstance(result, Sequence):
            items = result
        else:
            items = [result]
        for item in items:
            if isinstance(item, Reply | Form):
                outcome.answer = outcome.answer or item
            else:
                outcome.effects.append(item)
        return outcome
