"""Suggesting: which courses a member could take next, and how a feature asks for them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from handlers.base.replies import Reply
from handlers.base.texts import Texts
from storage.suggestions import Arm, Way
from storage.values import Account, Community, Member

if TYPE_CHECKING:
    from storage.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How a community wants it done."""

    held_out: float = 0.1
    """The share of members of whom popularity decides, to have something to compare with."""
    again_days: int = 30
    """What was shown is not shown again unasked for so long."""
    sure_from: float = 1.0
    """From so many deviations on a suggestion is worth a message that nobody asked for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for."""

    way: Way
    count: int = 3
    topic: str = ""
    """Only what is about this."""
    like: int | None = None
    """Only what is close to this course."""

    @property
    def asked(self) -> bool:
        """Whether the member asked now: then what was shown lately may be shown again."""
        return self.way in ("asked", "finished", "welcome")


@dataclass(frozen=True, slots=True)
class Pick:
    """A course for a member. `because` and `because_of` are put in words by handlers/words/reasons.py."""

    course_id: int
    rank: int
    lane: str
    score: float
    because: str
    because_of: str | None = None


@dataclass(frozen=True, slots=True)
class Picked:
    """What is suggested to a member."""

    picks: tuple[Pick, ...] = ()
    arm: Arm = "none"
    model: str = ""
    """The version of what was trained; empty where nothing was."""
    stranger: bool = False
    """Nothing is known that anything could be chosen by."""
    sure: bool = False
    """The best one is good enough for a message that nobody asked for now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unasked:
    """A member who is about to be written to."""

    store: "Store"
    """Of the transaction that remembers it."""
    community: Community
    member: Member
    account: Account
    """Where it goes."""
    picked: Picked
    t: Texts
    now: datetime


Letter = Callable[[Unasked], Awaitable[Reply | None]]
"""What to write to a member unasked; None: nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushing:
    """When members may be written to unasked."""

    everybody: bool = False
    """Also who never asked for a suggestion."""
    after_days: int = 7
    """Not before somebody is a member for so long."""
    evening: int = 19
    """The hour for those of whom no usual one is known."""
    quiet_from: int = 21
    quiet_until: int = 9


@dataclass(frozen=True, slots=True)
class Serving:
    """What serves a community now."""

    version: str
    """Of the model; empty: nothing was trained."""
    since: datetime
    courses: int
    trouble: str = ""
    """What keeps the newest model from serving, in English, for the log; empty: nothing."""


class Suggesting(Protocol):
    """What can be suggested. Nothing here takes long: what does was done before, or is done beside."""

    async def ready(self, community_id: int, member_id: int) -> None:
        """Bring up to date what suggests to a member, outside of any transaction."""

    async def pick(
        self,
        store: "Store",
        community: Community,
        member: Member,
        wanted: Wanted,
        terms: Terms,
        now: datetime,
    ) -> Picked:
        """What a member could take next, the best first."""

    def push(self, community_id: int, terms: Terms, pushing: Pushing, letter: Letter) -> None:
        """Write to those whose hour it is, beside; nobody gets it twice."""

    def serving(self, community_id: int) -> Serving | None:
        """What serves; None: nothing was asked for since the start."""
