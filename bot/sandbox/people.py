"""People: the members of the sample community, with their roles, their habits and how long they stay."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count

from bot.sandbox.school import Course, School
from handlers.base import ADMIN_ROLE, OWNER_ROLE, Person

EXPERT_ROLE = "expert"
"""The sample community's own role for people who know the subject."""
ARRIVALS = timedelta(days=60)
"""Within so many days everybody has come."""
FIRST_DAYS = timedelta(days=4)
FOUNDERS = 0.5
"""So many come in the first days, when the school opens its community."""
COHORTS = timedelta(days=28)
"""New courses begin, and bring people, so often."""


class Role(StrEnum):
    """What somebody is in the sample community."""

    MEMBER = "member"
    EXPERT = "expert"
    ADMIN = "admin"


class Temperament(StrEnum):
    """How somebody takes part."""

    LURKER = "lurker"
    """Reads, reacts, hardly ever writes."""
    QUIET = "quiet"
    REGULAR = "regular"
    CHATTY = "chatty"
    HELPER = "helper"
    """Answers more than they ask."""
    TEACHER = "teacher"
    """Is there for work: experts and admins."""
    SPAMMER = "spammer"


SHARES = {
    Temperament.LURKER: 0.44,
    Temperament.QUIET: 0.27,
    Temperament.REGULAR: 0.17,
    Temperament.CHATTY: 0.05,
    Temperament.HELPER: 0.05,
    Temperament.SPAMMER: 0.02,
}
BEGINS = {
    Temperament.LURKER: 0.015,
    Temperament.QUIET: 0.07,
    Temperament.REGULAR: 0.2,
    Temperament.CHATTY: 0.5,
    Temperament.HELPER: 0.2,
    Temperament.TEACHER: 0.12,
    Temperament.SPAMMER: 0.0,
}
"""Conversations begun on an ordinary day, while somebody is at their liveliest."""
JOINS_IN = {
    Temperament.LURKER: 0.1,
    Temperament.QUIET: 0.5,
    Temperament.REGULAR: 1.5,
    Temperament.CHATTY: 3.5,
    Temperament.HELPER: 5.0,
    Temperament.TEACHER: 2.0,
    Temperament.SPAMMER: 0.0,
}
"""How likely somebody is to be the one who answers, beside the others."""


@dataclass(frozen=True, slots=True, eq=False)
class Character:
    """One sample member."""

    person: Person
    role: Role
    temperament: Temperament
    joins: datetime
    course: Course
    """The course they take, or teach."""
    energy: float
    """1 is the temperament's ordinary liveliness."""
    half_life: timedelta | None
    """After each such time they are half as lively; None: they stay as they are."""
    stops: datetime | None
    """When they are last seen; None: they stay."""
    leaves: datetime | None
    """When they leave the space, some time after they stopped. Most just fall silent."""
    late: float
    """Hours by which their day is later than others'."""

    @property
    def id(self) -> str:
        """The account's id."""
        return self.person.id

    @property
    def name(self) -> str:
        """The name that is shown."""
        return self.person.name

    @property
    def staff(self) -> bool:
        """Whether they work here."""
        return self.role is not Role.MEMBER

    def is_here(self, moment: datetime) -> bool:
        """Whether they have come, and still come."""
        return self.joins <= moment and (self.stops is None or moment < self.stops)

    def liveliness(self, moment: datetime) -> float:
        """What is left of their energy; 0 while they are not here."""
        if not self.is_here(moment):
            return 0.0
        if self.half_life is None:
            return self.energy
        return self.energy * float(0.5 ** ((moment - self.joins) / self.half_life))


def people_of(school: School, seed: int, members: int, start: datetime) -> Sequence[Character]:
    """So many members, staff first, the same for the same seed."""
    chance = random.Random(f"people {seed} {members}")  # noqa: S311 - made-up people
    names = names_of(school, chance)
    admins = 1 if members < 80 else 2
    experts = min(max(members // 40, 1), max(members - admins, 0))
    roles = [Role.ADMIN] * admins + [Role.EXPERT] * experts
    roles += [Role.MEMBER] * (members - len(roles))
    return tuple(
        _character(number, role, next(names), school, chance, start)
        for number, role in enumerate(roles[:members], 1)
    )


def _character(
    number: int, role: Role, name: str, school: School, chance: random.Random, start: datetime
) -> Character:
    joins = start if role is not Role.MEMBER else _arrival(chance, start)
    temperament = (
        Temperament.TEACHER
        if role is not Role.MEMBER
        else chance.choices(list(SHARES), weights=list(SHARES.values()))[0]
    )
    half_life, stops, leaves = _stay(chance, temperament, joins)
    roles = {Role.ADMIN: (ADMIN_ROLE, OWNER_ROLE), Role.EXPERT: (EXPERT_ROLE,), Role.MEMBER: ()}[role]
    courses = list(school.courses)
    return Character(
        person=Person(
            id=f"sample-{number}", name=name, handle=handle_of(name), language=school.language, roles=roles
        ),
        role=role,
        temperament=temperament,
        joins=joins,
        course=courses[number % len(courses)] if role is not Role.MEMBER else chance.choice(courses),
        energy=min(math.exp(chance.gauss(0, 0.5)), 3.0),
        half_life=half_life,
        stops=stops,
        leaves=leaves,
        late=chance.gauss(0, 1.5),
    )


def _arrival(chance: random.Random, start: datetime) -> datetime:
    """Many when the community opens, then more in the week in which a course begins."""
    if chance.random() < FOUNDERS:
        return start + FIRST_DAYS * chance.random() ** 2
    if chance.random() < 0.5:
        return start + FIRST_DAYS + (ARRIVALS - FIRST_DAYS) * chance.random()
    return start + COHORTS * chance.choice((1, 2)) + timedelta(days=4) * (chance.random() - 0.5)


def _stay(
    chance: random.Random, temperament: Temperament, joins: datetime
) -> tuple[timedelta | None, datetime | None, datetime | None]:
    """How one's liveliness halves, when one is last seen, and when one leaves."""
    if temperament is Temperament.TEACHER:
        return None, None, None
    if temperament is Temperament.SPAMMER:
        gone = joins + timedelta(hours=chance.uniform(1, 30))
        return None, gone, gone
    fate = chance.random()
    newcomer = 0.1 if temperament in (Temperament.HELPER, Temperament.CHATTY) else 0.3
    if fate < newcomer:  # a look around, and never again
        stops = joins + timedelta(days=chance.uniform(0.5, 9))
        return None, stops, _perhaps_leaves(chance, stops)
    if fate < newcomer + 0.3:  # fades away
        half_life = timedelta(days=chance.uniform(8, 35))
        stops = joins + half_life * chance.uniform(2, 4)
        return half_life, stops, _perhaps_leaves(chance, stops)
    return None, None, None


def _perhaps_leaves(chance: random.Random, stops: datetime) -> datetime | None:
    return stops + timedelta(days=chance.uniform(1, 20)) if chance.random() < 0.3 else None


def names_of(school: School, chance: random.Random) -> Iterator[str]:
    """Names that no two of them share, without end; first names come again as late as can be."""
    firsts, lasts = list(school.names.first), list(school.names.last)
    chance.shuffle(firsts)
    chance.shuffle(lasts)
    for turn in count():
        more = f" {turn // len(lasts) + 1}" if turn >= len(lasts) else ""
        for number, first in enumerate(firsts):
            yield school.names.form.format(first=first, last=lasts[(number + turn) % len(lasts)]) + more


def handle_of(name: str) -> str:
    """What is typed after an @ to mean somebody."""
    return "".join(letter for letter in name if letter.isalnum())
