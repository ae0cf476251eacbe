"""Platforms: what an adapter must be able to do, and what it may call. Nothing here knows one of them.

Exception
├── DeliveryError            a platform did not take a delivery
│   permanent                trying again cannot help: no right, blocked, gone
│   unknown                  the answer was lost: it may have arrived
│   retry_after              seconds to wait before anything more to this target
└── Refused                  a platform does not let us in; its sentence says what to change
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

from bot.sentences import Sentence
from handlers.base import (
    Answer,
    Command,
    Delivery,
    Event,
    Feature,
    File,
    Finding,
    Person,
    Place,
    Pressed,
    Texts,
)
from storage.values import Gap, NewDeadEvent


class DeliveryError(Exception):
    """A platform did not take a delivery; says whether trying again can help."""

    def __init__(
        self,
        reason: str,
        *,
        permanent: bool = False,
        unknown: bool = False,
        retry_after: float | None = None,
        unreachable: bool = False,
        moved_to: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.permanent = permanent
        self.unknown = unknown
        self.retry_after = retry_after
        self.unreachable = unreachable
        """The space or the person cannot be written to any more."""
        self.moved_to = moved_to
        """The space's new id (a Telegram group that became a supergroup)."""


class Refused(Sentence, Exception):
    """A platform does not let us in (token, switches); says in a sentence what to change."""


class Intake(Protocol):
    """Where adapters bring what happened."""

    async def take(self, events: Sequence[Event]) -> None:
        """Return when the effects of all events are committed (commands: when they are in the inbox).

        A full queue makes this wait; nothing is dropped. Events of one call keep their order.
        """

    async def set_aside(self, dead: Sequence[NewDeadEvent]) -> None:
        """Keep what could not be understood, with its reason; all of a page at once."""

    async def suggest(self, command: Command, option: str, typed: str) -> list[tuple[str, str]]:
        """(value, label) pairs to offer while an option is typed; at most 25. Reads only."""

    async def cursor(self, platform: str, name: str) -> str | None:
        """A stored cursor."""

    async def move_cursor(self, platform: str, name: str, value: str) -> None:
        """Store a cursor. Call it after `take` returned for everything before it."""

    async def gaps(self, platform: str) -> list[Gap]:
        """Stretches of history still to be read, oldest first."""

    async def add_gap(self, platform: str, space: str, channel: str, after: str, before: str | None) -> int:
        """Remember a stretch to be read (both ends excluded) and return its number. Safe to call twice."""

    async def narrow_gap(self, gap: int, after: str) -> None:
        """Everything in the gap up to and including `after` has been taken."""

    async def close_gap(self, gap: int) -> None:
        """Everything in the gap has been taken."""

    async def known(self, platform: str, channel: str, after: str, before: str) -> list[str]:
        """Ids of the posts held of this stretch of a channel (ends excluded), without the deleted."""


@dataclass(frozen=True, slots=True)
class Answered:
    """How an answer was given: `public_message` names a message that everybody there can see."""

    public_message: str | None = None


@dataclass(slots=True)
class Health:
    """How an adapter is: for the watchdog, /status and /doctor."""

    connected: bool = False
    last_contact: float = 0.0
    """Monotonic seconds of the last proof of life (a completed poll, a gateway heartbeat)."""
    problems: list[Finding] = field(default_factory=list)
    """What the whole installation lacks there (an intent, a switch)."""
    skew: float | None = None
    """Seconds by which our clock is ahead of the platform's, as of the last message that was sent."""
    must_start: bool = False
    """People must open their private chat with the bot before it may write there."""


@dataclass(frozen=True, slots=True)
class Examined:
    """How the bot stands in a space."""

    findings: tuple[Finding, ...] = ()
    admins: tuple[Person, ...] | None = None
    """Everybody who runs the space; None where the platform tells that by itself."""


@runtime_checkable
class Examines(Protocol):
    """An adapter that can say what the bot lacks."""

    async def examine(self, place: Place, heard: Collection[str]) -> Examined:
        """Ask now. `heard` are the channels in which something was said lately. Raises DeliveryError."""

    async def examine_all(self) -> list[Finding]:
        """What the whole installation lacks on the platform. Raises DeliveryError."""


@runtime_checkable
class FetchesFiles(Protocol):
    """An adapter whose platform gives out files that people send."""

    async def fetch(self, file: File, to: Path) -> None:
        """Write what was sent into a file. Raises DeliveryError."""


@runtime_checkable
class Invites(Protocol):
    """An adapter whose platform tells by which link a person came."""

    @property
    def bot_name(self) -> str:
        """The bot's handle there, for links that open its private chat; "" while it is unknown."""

    async def invite(self, space: str, name: str, *, asks: bool) -> str:
        """A link for one person. `name` is shown to admins; with `asks` whoever opens it asks to be let in.

        Raises DeliveryError.
        """


@runtime_checkable
class ReadsHistory(Protocol):
    """An adapter whose platform gives out what was said before."""

    async def read_history(self, intake: Intake, space: str, since: datetime) -> None:
        """Bring what was said in a space since then, a channel at a time. Raises DeliveryError."""


class Adapter(Protocol):
    """One platform: what came in becomes events, actions go out."""

    platform: str
    health: Health

    async def start(self, intake: Intake, features: Sequence[Feature]) -> None:
        """Connect, make the menus, and begin to bring events. Returns once running; retries by itself."""

    async def wait(self) -> None:
        """Runs as long as the adapter does; raises what ended it."""

    async def stop_intake(self) -> None:
        """Bring nothing new; answers and deliveries still go out."""

    async def stop(self) -> None:
        """Disconnect and leave nothing open."""

    async def answer(
        self, event: Command | Pressed, answer: Answer, *, private: bool, reachable: bool, texts: Texts
    ) -> Answered:
        """Answer a command or a press directly. Raises DeliveryError."""

    async def deliver(self, delivery: Delivery, *, nonce: str) -> str | None:
        """Carry out one delivery and return the id of the message made, if any. Raises DeliveryError."""

    async def standing_of(self, place: Place, person: Person) -> frozenset[str]:
        """Ask the platform, now, which of its roles the person holds in the space. Raises DeliveryError.

        Among them are `OWNER_ROLE`, `ADMIN_ROLE` and `MUTED_ROLE`; an answer may be a minute old.
        """
