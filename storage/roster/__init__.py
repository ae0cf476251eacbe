"""The roster: people who were sold something, what they bought, and which account each turned out to be."""

from storage.roster.listing import CourseCount, Listing, RosterCounts, Somebody
from storage.roster.rows import (
    STATES,
    Claim,
    How,
    NewRow,
    Purchase,
    RosterRow,
    State,
    folded_email,
    folded_handle,
)
from storage.roster.taking_in import Taken


class RosterRepository(Listing):
    """A row a person and community; a purchase a row and course."""

    __slots__ = ()


__all__ = [
    "STATES",
    "Claim",
    "CourseCount",
    "How",
    "NewRow",
    "Purchase",
    "RosterCounts",
    "RosterRepository",
    "RosterRow",
    "Somebody",
    "State",
    "Taken",
    "folded_email",
    "folded_handle",
]
