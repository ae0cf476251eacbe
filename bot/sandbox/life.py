"""Life: the sample community's days: who comes, writes, answers, thanks, reacts, fades away.

The same seed gives the same life, however its time is cut: days are made one after the other, each from
its own chance, and `until` only takes from what is made.
"""

from collections.abc import Sequence
from datetime import datetime

from bot.sandbox.people import Character, people_of
from bot.sandbox.school import Room, School, school_in
from handlers.base import Event

PLATFORM = "sandbox"
SPACE = "school"
"""The one space of the sample community."""


class Life:
    """What happens in the sample community from `start` on.

    The events are those an adapter would make: `Joined`, `Left`, `Posted` (answers and thanks are posts
    with a `reply_to`), `Edited`, `Deleted`, `Reacted`. Keys and message ids begin with "life-".
    """

    school: School
    people: Sequence[Character]
    rooms: Sequence[Room]

    def __init__(self, seed: int, members: int, language: str, start: datetime) -> None:
        self.school = school_in(language)
        self.people = people_of(self.school, seed, members, start)
        self.rooms = self.school.rooms

    def until(self, moment: datetime) -> list[Event]:
        """What happened since the last call, up to and with that moment, in order of time."""
        return []
