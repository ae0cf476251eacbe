"""Rehearsal: what a changed rule would have done to the last days, and how a feature has it tried out.

It takes long, so it is done beside: every call returns at once, and what came of it is told privately.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

from handlers.base.history import Asker
from handlers.base.replies import Reply
from storage.values import Missing

DAYS = 30
"""So far a rehearsal looks back."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A value tried out for a setting, in the community, one of its spaces or a channel of it."""

    key: str
    value: Any | Missing
    """As it is stored; MISSING: what the wider scope has."""
    space_id: int | None = None
    channel_id: int | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A member whose points of these days would be others."""

    member_id: int
    name: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class OtherPlace:
    """A place on a board as it would be; `rank_before` None: they were not on it."""

    rank: int
    member_id: int
    name: str
    points: int
    rank_before: int | None
    points_before: int


@dataclass(frozen=True, slots=True)
class OtherBoard:
    """The first places of a board as it would be."""

    period: str
    places: tuple[OtherPlace, ...]

    @property
    def differs(self) -> bool:
        """Whether anybody among the first would stand elsewhere."""
        return any(place.rank != place.rank_before for place in self.places)


@dataclass(frozen=True, slots=True)
class Left:
    """What cannot be judged again, and therefore stays as it is."""

    edited: int = 0
    """Posts that were changed since: their first texts are not kept."""
    without_text: int = 0
    """Posts whose texts are no longer kept."""
    unpaid: int = 0
    """Posts that were brought in without points."""
    other: Mapping[str, int] = field(default_factory=dict)
    """Rule -> payments that no stored post or reaction tells of: voice, thanks given by a command."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What would have been. Points are those of these days."""

    since: date
    """The first of the days, the community's local date."""
    days: int
    """How many, today not counted: fewer than DAYS where very much was written."""
    posts: int
    """How many were judged again."""
    points_before: int
    points_after: int
    more: int
    """Members who would have more."""
    fewer: int
    gainers: tuple[Moved, ...] = ()
    losers: tuple[Moved, ...] = ()
    boards: tuple[OtherBoard, ...] = ()
    paid_anew: int = 0
    """Posts that earned nothing and would earn."""
    refused_anew: Mapping[str, int] = field(default_factory=dict)
    """Reason -> posts that earned and would not."""
    corrections: int = 0
    """Payments that would be another, or none, or new."""
    left: Left = field(default_factory=Left)

    @property
    def moves(self) -> int:
        """How many members would have other points."""
        return self.more + self.fewer


Say = Callable[[Rehearsed, str], Reply | None]
"""What to tell the asker, who may come back to it by the ticket; None: nothing."""


class Rehearsal(Protocol):
    """What can be tried out, and written down."""

    def look(self, overlay: Sequence[Overlay], asker: Asker, space: int | None, say: Say) -> bool:
        """Try it out; False: something is being tried out for the community already."""

    def proposed(self, ticket: str, asker: Asker) -> Sequence[Overlay] | None:
        """What was tried out; None: it is not known any more."""

    def found(self, ticket: str, asker: Asker) -> Rehearsed | None:
        """What came of it; None: it is not known any more."""

    def drop(self, ticket: str, asker: Asker) -> None:
        """It is settled: no press comes back to it."""

    def go_on(self, action: int) -> None:
        """Write, or take back, the entries of an action that is begun in the transaction at hand."""
