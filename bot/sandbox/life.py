"""Life: the sample community's days: who comes, writes, answers, thanks, reacts, fades away.

The same seed gives the same life, however its time is cut: days are made one after the other, each from
its own chance, and `until` only takes from what is made.
"""

import heapq
import random
from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.sandbox.day import Day
from bot.sandbox.happenings import PLATFORM, SPACE, happenings, order, space
from bot.sandbox.learning import Learnt, learnings
from bot.sandbox.people import Character, people_of
from bot.sandbox.school import Room, School, school_in
from bot.sandbox.talk import Memory
from handlers.base import Event, Joined, Left

__all__ = ["PLATFORM", "SPACE", "Life"]


class Life:
    """What happens in the sample community from `start` on.

    The events are those an adapter would make: `Joined`, `Left`, `Posted` (answers and thanks are posts
    with a `reply_to`), `Edited`, `Deleted`, `Reacted`, `VoiceChanged`. Keys and message ids begin with
    "life-", accounts with "sample-".
    """

    school: School
    people: Sequence[Character]
    rooms: Sequence[Room]

    def __init__(self, seed: int, members: int, language: str, start: datetime) -> None:
        self.school = school_in(language)
        self.people = people_of(self.school, seed, members, start)
        self.rooms = self.school.rooms
        self._seed = seed
        self._start = start
        self._zone = ZoneInfo(self.school.zone)
        self._days = 0
        self._memory = Memory()
        self._made: list[tuple[datetime, int, Event]] = []
        self._count = 0
        self._learnings = learnings(self.school, self.people, seed, start)
        self._next = next(self._learnings, None)
        for one in self.people:
            self._comes_and_goes(one)

    def until(self, moment: datetime) -> list[Event]:
        """What happened since the last call, up to and with that moment, in order of time."""
        while self._midnight(self._days) <= moment:
            self._make_day()
        happened: list[Event] = []
        while self._made and self._made[0][0] <= moment:
            happened.append(heapq.heappop(self._made)[2])
        return happened

    def learnt(self, moment: datetime) -> list[Learnt]:
        """What people did with the courses since the last call, as it was heard of by that moment."""
        heard: list[Learnt] = []
        while self._next is not None and self._next.heard <= moment:
            heard.append(self._next)
            self._next = next(self._learnings, None)
        return heard

    def _midnight(self, day: int) -> datetime:
        """When a day of this life begins, by the school's zone."""
        date = self._start.astimezone(self._zone).date() + timedelta(days=day)
        return datetime.combine(date, time(), self._zone).astimezone(UTC)

    def _comes_and_goes(self, one: Character) -> None:
        place, key = space(self.school.name), f"life-{one.id}"
        self._add(
            Joined(key=f"{key}-joins", at=one.joins, order=order(one.joins), place=place, person=one.person)
        )
        if (at := one.leaves) is not None:
            self._add(Left(key=f"{key}-leaves", at=at, order=order(at), place=place, person=one.person))

    def _make_day(self) -> None:
        chance = random.Random(f"day {self._days} of {self._seed}")  # noqa: S311 - made-up people
        midnight = self._midnight(self._days)
        day = Day(self.school, self.people, self._zone, self._days, midnight, chance, self._memory)
        for event in happenings(day):
            self._add(event)
        self._days += 1

    def _add(self, event: Event) -> None:
        self._count += 1
        heapq.heappush(self._made, (event.at, self._count, event))
