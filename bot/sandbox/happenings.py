"""Happenings: what the sample community says on one day as events, with the reactions it gets."""

import math
import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from bot.sandbox.day import Day, Told
from bot.sandbox.people import JOINS_IN, Character, Role
from bot.sandbox.school import Kind
from bot.sandbox.talk import Said, awake
from handlers.base import (
    Content,
    Deleted,
    Edited,
    Event,
    Place,
    Posted,
    Reacted,
    RepliedTo,
    VoiceChanged,
)

PLATFORM = "sandbox"
SPACE = "school"
"""The one space of the sample community."""
LIKED: dict[Kind, tuple[float, float]] = {
    "hello": (1.6, 0.3),
    "question": (0.3, 0.9),
    "show": (3.5, 0.4),
    "chat": (0.8, 0.7),
    "tip": (3.0, 0.3),
    "story": (4.5, 0.5),
    "notice": (3.0, 0.3),
    "lone": (0.2, 0.2),
    "spam": (0.3, 0.3),
}
"""How many reactions a first line gets, and each line after it, among 200 members."""
TAKEN_BACK = 0.04
"""So many reactions are taken back."""
REGRETTED = 0.004
"""So many posts are deleted by those who wrote them."""
LESSON_DAY, LESSON_HOUR, LESSON_MINUTES = 3, 19.5, 75
"""The live lesson: its weekday, from Monday = 0, when it begins, and how long it is."""
LESSON_ROOM = "live"


def space(title: str) -> Place:
    """Where the sample community is."""
    return Place(platform=PLATFORM, space=SPACE, space_title=title)


def happenings(day: Day) -> Iterator[Event]:
    """Everything that happens because of a day, in no order."""
    readers = Readers(day.present, day.chance)
    for told in day.lines():
        yield from _written(day, told)
        if told.said.changes is None:
            yield from _reactions(day, told, readers)
    yield from _lesson(day, readers)


class Readers:
    """Those who are about on a day: the lively read most, and the silent read too."""

    def __init__(self, present: Sequence[Character], chance: random.Random) -> None:
        self._present = present
        self._chance = chance
        self._shares = list(accumulate(JOINS_IN[each.temperament] ** 0.5 * each.energy for each in present))
        self.reach = min(len(present) / 200, 3.0) ** 0.7

    def some(self, mean: float) -> list[Character]:
        """So many of them on average, nobody twice."""
        many = math.floor(self._chance.expovariate(1 / mean) + 0.5) if mean else 0
        if not many or not self._present or not self._shares[-1]:
            return []
        return list(dict.fromkeys(self._chance.choices(self._present, cum_weights=self._shares, k=many)))


def _written(day: Day, told: Told) -> Iterator[Event]:
    """The line itself; and its end, for spam and for what its author regrets."""
    said = told.said
    common = _common(day, told, said.at)
    person = said.who.person
    if said.changes is not None:
        yield Edited(**common, message=_message(told, said.changes), person=person, text=said.text)
        return
    message = _message(told, said)
    answered = said.answers
    yield Posted(
        **common,
        message=message,
        person=person,
        content=Content.MEDIA if said.picture else Content.TEXT,
        text=said.text,
        reply_to=None
        if answered is None
        else RepliedTo(
            message=_message(told, answered), person=answered.who.person, text=answered.text, at=answered.at
        ),
        mentions=tuple(named.person for named in said.mentions),
    )
    if told.script.kind == "spam":
        yield from _removed(day, told, message)
    elif day.chance.random() < REGRETTED:
        at = said.at + timedelta(minutes=day.chance.uniform(1, 30))
        yield Deleted(**_common(day, told, at, "-gone"), messages=(message,))


def _removed(day: Day, told: Told, message: str) -> Iterator[Event]:
    """An admin finds most spam, sooner or later."""
    if day.chance.random() < 0.8:
        at = awake(told.said.at + timedelta(minutes=day.chance.uniform(4, 300)), day.zone, day.chance)
        yield Deleted(**_common(day, told, at, "-removed"), messages=(message,))


def _reactions(day: Day, told: Told, readers: Readers) -> Iterator[Event]:
    said, chance = told.said, day.chance
    liked = LIKED[told.script.kind][0 if said.number == 0 else 1] * readers.reach
    for who in readers.some(liked):
        minutes = min(25 * math.exp(chance.gauss(0, 1.4)), 60 * 36)
        at = awake(said.at + timedelta(minutes=minutes), day.zone, chance)
        if who is said.who or not who.is_here(at):
            continue
        emoji = chance.choice(day.school.emoji[told.script.kind])
        person, message, to = who.person, _message(told, said), said.who.person
        yield Reacted(
            **_common(day, told, at, f"-{who.id}"), message=message, person=person, added=(emoji,), to=to
        )
        if chance.random() < TAKEN_BACK:
            later = _common(day, told, at + timedelta(minutes=chance.uniform(0.2, 20)), f"-{who.id}-back")
            yield Reacted(**later, message=message, person=person, removed=(emoji,), to=to)


def _lesson(day: Day, readers: Readers) -> Iterator[Event]:
    """Once a week there is a live lesson in a voice room: people come, and go at its end or before."""
    begins = day.begins + timedelta(hours=LESSON_HOUR)
    if begins.astimezone(day.zone).weekday() != LESSON_DAY:
        return
    ends = begins + timedelta(minutes=LESSON_MINUTES)
    teachers = [each for each in day.present if each.role is Role.EXPERT][:1]
    outside = space(day.school.name)
    room = Place(
        platform=PLATFORM,
        space=SPACE,
        space_title=day.school.name,
        channel=LESSON_ROOM,
        channel_title=day.school.lesson,
    )
    for who in dict.fromkeys([*teachers, *readers.some(18 * readers.reach)]):
        comes = begins + timedelta(minutes=day.chance.gauss(2, 5))
        goes = ends + timedelta(minutes=day.chance.gauss(-4, 9))
        if who.is_here(comes) and comes < goes:
            key = f"life-{day.number}-voice-{who.id}"
            yield VoiceChanged(
                key=f"{key}-comes", at=comes, order=order(comes), place=room, person=who.person
            )
            yield VoiceChanged(
                key=f"{key}-goes", at=goes, order=order(goes), place=outside, person=who.person
            )


def _message(told: Told, said: Said) -> str:
    return f"life-{told.talk}-{said.number}"


def _common(day: Day, told: Told, at: datetime, more: str = "") -> dict[str, Any]:
    """What all events have: a key of its own, its moment to the millisecond, and its room."""
    at = at.astimezone(UTC)
    changed = "-edited" if told.said.changes is not None else ""
    return {
        "key": f"life-{told.talk}-{told.said.number}{changed}{more}",
        "at": at,
        "order": order(at),
        "place": Place(
            platform=PLATFORM,
            space=SPACE,
            space_title=day.school.name,
            channel=told.room,
            channel_title=day.school.title_of(told.room),
        ),
    }


def order(at: datetime) -> int:
    """Grows with time, so that it can stand beside what others do in the sandbox."""
    return int(at.timestamp() * 1_000)
