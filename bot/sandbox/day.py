"""Day: one day of the sample community: who begins which conversation, and when."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from itertools import accumulate

from bot.sandbox.people import BEGINS, JOINS_IN, Character, Role, Temperament
from bot.sandbox.school import Kind, School, Script
from bot.sandbox.talk import Memory, Said, Talk

WEEK = (1.15, 1.1, 1.05, 1.15, 0.85, 0.75, 0.95)
"""How lively the days are, from Monday on."""
HOURS = (2, 0, 0, 0, 0, 0, 1, 3, 5, 5, 5, 5, 7, 6, 5, 5, 6, 7, 9, 12, 14, 13, 9, 5)
"""How lively the hours are, from midnight on."""
KINDS: dict[Temperament, dict[Kind, float]] = {
    Temperament.LURKER: {"question": 4, "chat": 1, "lone": 3},
    Temperament.QUIET: {"question": 5, "show": 2, "chat": 2, "lone": 2},
    Temperament.REGULAR: {"question": 4, "show": 2, "chat": 4, "tip": 0.5, "lone": 2},
    Temperament.CHATTY: {"question": 2, "show": 1.5, "chat": 7, "lone": 3},
    Temperament.HELPER: {"question": 1, "show": 1.5, "chat": 3, "tip": 2, "lone": 1},
    Temperament.TEACHER: {"tip": 4, "show": 1, "chat": 3},
}
GREETS = {
    Temperament.LURKER: 0.06,
    Temperament.QUIET: 0.35,
    Temperament.REGULAR: 0.6,
    Temperament.CHATTY: 0.9,
    Temperament.HELPER: 0.7,
}
"""So many introduce themselves when they come."""
STORY_AFTER = timedelta(days=21)
"""Nobody looks back on a course sooner."""
STORIES = 0.03
"""So many of the conversations of those who could look back do."""
NOTICE_DAYS = {0: 10, 3: 17, 5: 11}
"""Weekdays with a notice of the school, and its hour."""
TRIES = 12


@dataclass(frozen=True, slots=True)
class Told:
    """A line, and where: what the day hands out."""

    talk: str
    """Names the conversation."""
    script: Script
    room: str
    said: Said


@dataclass(slots=True)
class Day:
    """A day while it is made."""

    school: School
    people: Sequence[Character]
    zone: tzinfo
    number: int
    begins: datetime
    chance: random.Random
    memory: Memory
    """Of the days before; this day adds its own."""
    present: list[Character] = field(init=False)
    _staff: list[Character] = field(init=False)
    _shares: list[float] = field(init=False)
    _count: int = 0

    def __post_init__(self) -> None:
        noon = self.begins + timedelta(hours=12)
        self.present = [each for each in self.people if each.joins < noon + timedelta(hours=12)]
        self.present = [each for each in self.present if each.stops is None or each.stops > self.begins]
        self._staff = [each for each in self.present if each.staff]
        shares = [max(each.liveliness(noon), 0.05) * JOINS_IN[each.temperament] for each in self.present]
        self._shares = list(accumulate(shares))

    def lines(self) -> Iterator[Told]:
        """Every line of every conversation that begins on this day."""
        weekday = self.begins.astimezone(self.zone).weekday()
        for character in self.present:
            today = self.begins <= character.joins < self.begins + timedelta(days=1)
            if character.temperament is Temperament.SPAMMER:
                if today:
                    yield from self._spam(character)
                continue
            if today and self.chance.random() < GREETS.get(character.temperament, 0):
                soon = character.joins + timedelta(minutes=5 * math.exp(self.chance.gauss(1, 1.2)))
                yield from self._conversation(character, "hello", soon)
            lively = character.liveliness(self.begins + timedelta(hours=12))
            for _ in range(_poisson(self.chance, BEGINS[character.temperament] * lively * WEEK[weekday])):
                at = self._moment(character)
                yield from self._conversation(character, self._kind(character, at), at)
        if weekday in NOTICE_DAYS:
            at = self.begins + timedelta(hours=NOTICE_DAYS[weekday] + self.chance.random())
            admins = [each for each in self._staff if each.role is Role.ADMIN]
            if admins:
                yield from self._conversation(self.chance.choice(admins), "notice", at)

    def _spam(self, character: Character) -> Iterator[Told]:
        at = character.joins
        for _ in range(self.chance.randint(1, 3)):
            at += timedelta(minutes=self.chance.uniform(1, 40))
            yield from self._conversation(character, "spam", at)

    def _kind(self, character: Character, at: datetime) -> Kind:
        if at - character.joins > STORY_AFTER and not character.staff and self.chance.random() < STORIES:
            return "story"
        kinds = KINDS[character.temperament]
        return self.chance.choices(list(kinds), weights=list(kinds.values()))[0]

    def _moment(self, character: Character) -> datetime:
        hour = self.chance.choices(range(24), weights=HOURS)[0] + self.chance.random() + character.late
        return self.begins + timedelta(hours=min(max(hour, 0.05), 23.9))

    def _conversation(self, author: Character, kind: Kind, at: datetime) -> Iterator[Told]:
        if not author.is_here(at):
            return
        script = self._script(kind, author)
        if script is None:
            return
        room = script.room or self.chance.choice(self.school.places[kind])
        talk = Talk(self.school, script, author, self.chance, self.zone, self._cast, self.memory)
        self._count += 1
        name = f"{self.number}-{self._count}"
        for said in talk.lines(at):
            yield Told(name, script, room, said)

    def _script(self, kind: Kind, author: Character) -> Script | None:
        scripts = self.school.scripts
        fitting = [
            number
            for number, script in enumerate(scripts)
            if script.kind == kind and script.course in (None, author.course.id)
        ]
        return scripts[self.memory.script(fitting, self.chance)] if fitting else None

    def _cast(self, voice: str, at: datetime, script: Script, taken: set[Character]) -> Character | None:
        if voice in ("expert", "admin"):
            able = [each for each in self._staff if fits(voice, each) and each not in taken]
            knowing = [each for each in able if each.course.id == script.course]
            return self.chance.choice(knowing or able) if able else None
        for tried in range(TRIES):
            (found,) = self.chance.choices(self.present, cum_weights=self._shares)
            right = script.course is None or found.course.id == script.course or tried > TRIES // 2
            if found not in taken and fits(voice, found) and right and found.is_here(at):
                return found
        return None


def fits(voice: str, character: Character) -> bool:
    """Whether somebody may speak with a voice."""
    if voice == "expert":
        return character.role is Role.EXPERT
    if voice == "admin":
        return character.role is Role.ADMIN
    return character.role is not Role.ADMIN


def _poisson(chance: random.Random, mean: float) -> int:
    """How often something of that mean happens (Knuth's way; the means here are small)."""
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
