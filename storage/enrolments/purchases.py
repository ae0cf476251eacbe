"""Purchases: what was bought is an enrolment once its course is in the catalogue, and a refund ends it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from storage.among import among
from storage.calendar import Calendar
from storage.courses import CourseRepository, folded
from storage.enrolments.telling import Telling, Told
from storage.insert import insert_into
from storage.roster import Purchase
from storage.tables import communities, courses, enrolments, purchases, roster

AT_ONCE = 1_000
REFUNDED = "refunded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """That somebody on the roster bought a course, or got their money back, at that moment."""

    row_id: int
    course: str
    """Its title, or what the shop calls it where it is in no catalogue yet."""
    course_id: int | None
    at: datetime
    refunded: bool = False
    bought_on: date | None = None
    paid_until: date | None = None


@dataclass(frozen=True, slots=True)
class _Bought:
    """A purchase as it stands on the roster."""

    row_id: int
    course_key: str
    course: str
    state: str
    bought_on: date | None
    paid_until: date | None
    changed_at: datetime


class Purchases(Telling):
    """Between what was sold and who takes which course."""

    __slots__ = ()

    async def courses_called(self, community_id: int, names: Collection[str]) -> dict[str, int]:
        """Folded name -> the course whose key, or else whose title, it is; those that there are."""
        catalogue = CourseRepository(self.connection)
        wanted = {folded(name) for name in names}
        found = await catalogue.keys(community_id, wanted)
        if missing := wanted - found.keys():
            titled: dict[str, list[int]] = {name: [] for name in missing}
            for title, _, id in await catalogue.titles(community_id):
                if (name := folded(title)) in titled:
                    titled[name].append(id)
            # Of two courses with one title it may be either.
            found |= {title: ids[0] for title, ids in titled.items() if len(ids) == 1}
        return found

    async def take_purchases(self, community_id: int, rows: Collection[int] | None = None) -> int:
        """What these rows (or all) bought and is in the catalogue becomes enrolments; says how many changed.

        Safe to call as often as one likes, also after courses were added.
        """
        one = select(courses.c.id).where(courses.c.community_id == community_id).limit(1)
        if (await self.connection.execute(one)).first() is None:
            return 0
        bought = [each for each in await self._bought(community_id, rows) if each.course]
        named = await self.courses_called(community_id, {each.course for each in bought})
        known = await self._standing(community_id, rows)
        calendar = await self._calendar(community_id)
        bought = await self._under_one_name(community_id, bought, named, calendar)
        told: list[Told] = []
        for each in bought:
            course = named.get(folded(each.course))
            if course is None:
                continue
            at, since = _moment_of(each, calendar), _since(each, calendar)
            wanted = REFUNDED if each.state == REFUNDED else "enrolled"
            state, state_at, enrolled_at = known.get((each.row_id, course), (None, None, None))
            if state_at is not None and state != wanted and state_at < each.changed_at:
                at = each.changed_at
            elif state_at is not None and (enrolled_at is None or enrolled_at <= since):
                continue
            told.append(
                Told(
                    row_id=each.row_id,
                    course_id=course,
                    what="refunded" if wanted == REFUNDED else "enrolled",
                    at=at,
                    since=since,
                )
            )
        for start in range(0, len(told), AT_ONCE):
            await self.take(community_id, told[start : start + AT_ONCE], "roster")
        return len(told)

    async def names_of(self, community_id: int, ids: Collection[int]) -> dict[int, str]:
        """Course -> what it is called on the roster: its title where that is its alone, else its key."""
        there = await CourseRepository(self.connection).named(community_id, list(ids))
        alone = await self.courses_called(community_id, {each.title for each in there.values()})
        return {
            id: each.title if alone.get(folded(each.title)) == id else each.key for id, each in there.items()
        }

    async def named_alike(self, community_id: int, names: Collection[str]) -> dict[str, str]:
        """Folded name -> what the roster calls the course that it means, of those in the catalogue."""
        named = await self.courses_called(community_id, names)
        called = await self.names_of(community_id, set(named.values()))
        return {name: called[id] for name, id in named.items() if id in called}

    async def _under_one_name(
        self, community_id: int, bought: Sequence[_Bought], named: Mapping[str, int], calendar: Calendar
    ) -> list[_Bought]:
        """Purchases of one course under several names become one."""
        called = await self.names_of(community_id, set(named.values()))
        groups: dict[tuple[int, int], list[_Bought]] = defaultdict(list)
        for each in bought:
            course = named.get(folded(each.course))
            if course is not None and course in called:
                groups[each.row_id, course].append(each)
        found: list[_Bought] = []
        gone: list[dict[str, object]] = []
        made: list[_Bought] = []
        for (_, course), some in groups.items():
            one = _one_of(some, called[course], calendar)
            found.append(one)
            if some != [one]:
                gone += [{"of_row": each.row_id, "of_key": each.course_key} for each in some]
                made.append(one)
        if gone:
            which = (purchases.c.row_id == bindparam("of_row"), purchases.c.course_key == bindparam("of_key"))
            await self.connection.execute(delete(purchases).where(*which), gone)
            await self.connection.execute(
                insert(purchases), [{name: getattr(each, name) for name in _COLUMNS} for each in made]
            )
        return found

    async def tell_sold(self, community_id: int, sold: Sequence[Sold]) -> None:
        """Write down on the roster what a shop told of purchases. Safe to call twice, and in any order."""
        standing = await self._bought(community_id, {each.row_id for each in sold})
        named = await self.courses_called(community_id, {each.course for each in standing})
        calendar = await self._calendar(community_id)
        known = {(each.row_id, _sign(each.course, named.get(folded(each.course)))): each for each in standing}
        moved: dict[tuple[int, str], _Bought] = {}
        for each in sold:
            sign = (each.row_id, _sign(each.course, each.course_id))
            before = moved.get(sign) or known.get(sign)
            moved[sign] = _told_of(each, before, calendar)
        if not moved:
            return
        insertion = insert_into(self.connection, purchases)
        changed = ("state", "bought_on", "paid_until", "changed_at")
        await self.connection.execute(
            insertion.on_conflict_do_update(
                index_elements=[purchases.c.row_id, purchases.c.course_key],
                set_={name: insertion.excluded[name] for name in changed},
            ),
            [{name: getattr(each, name) for name in _COLUMNS} for each in moved.values()],
        )

    async def _bought(self, community_id: int, rows: Collection[int] | None) -> list[_Bought]:
        statement = (
            select(*(purchases.c[name] for name in _COLUMNS))
            .join(roster, roster.c.id == purchases.c.row_id)
            .where(roster.c.community_id == community_id)
            .order_by(purchases.c.row_id, purchases.c.course_key)
        )
        return [_Bought(*row) for row in await self._of_those(statement, purchases.c.row_id, rows)]

    async def _standing(
        self, community_id: int, rows: Collection[int] | None
    ) -> dict[tuple[int, int], tuple[str, datetime | None, datetime]]:
        """(row, course) -> the state, when it came to be, and since when they are in it."""
        statement = select(
            enrolments.c.row_id,
            enrolments.c.course_id,
            enrolments.c.state,
            enrolments.c.state_at,
            enrolments.c.enrolled_at,
        ).where(enrolments.c.community_id == community_id, enrolments.c.row_id.is_not(None))
        found = await self._of_those(statement, enrolments.c.row_id, rows)
        return {(row.row_id, row.course_id): (row.state, row.state_at, row.enrolled_at) for row in found}

    async def _of_those(self, statement: Any, column: Any, rows: Collection[int] | None) -> list[Any]:
        if rows is None:
            return list((await self.connection.execute(statement)).all())
        only = statement.where(among(column, "rows"))
        return list((await self.connection.execute(only, {"rows": list(rows)})).all())

    async def _calendar(self, community_id: int) -> Calendar:
        row = (
            await self.connection.execute(
                select(communities.c.zone, communities.c.week_start).where(communities.c.id == community_id)
            )
        ).one()
        return Calendar(row.zone, row.week_start)


_COLUMNS = ("row_id", "course_key", "course", "state", "bought_on", "paid_until", "changed_at")


def _sign(course: str, course_id: int | None) -> str:
    """By which two names are the same course."""
    return f"#{course_id}" if course_id is not None else folded(course)


def _since(each: _Bought, calendar: Calendar) -> datetime:
    """Since when they are in the course, as far as a day tells it."""
    if each.bought_on is None:
        return each.changed_at
    return min(calendar.start_of(each.bought_on), each.changed_at)


def _moment_of(each: _Bought, calendar: Calendar) -> datetime:
    """For which moment a purchase is told: a file that names the day may be read long after it."""
    if each.state == REFUNDED or each.bought_on is None:
        return each.changed_at
    return min(each.changed_at, calendar.start_of(each.bought_on + timedelta(days=1)))


def _one_of(some: Sequence[_Bought], name: str, calendar: Calendar) -> _Bought:
    """What several purchases of one course by one person are together: the word for the latest moment."""
    said = max(some, key=lambda each: (_moment_of(each, calendar), each.state == REFUNDED))
    return replace(
        said,
        course_key=Purchase(name).key,
        course=name,
        bought_on=max(filter(None, (each.bought_on for each in some)), default=None),
        paid_until=max(filter(None, (each.paid_until for each in some)), default=None),
    )


def _told_of(sold: Sold, before: _Bought | None, calendar: Calendar) -> _Bought:
    """The purchase with what is told besides: the word for the latest moment, the latest days."""
    state = REFUNDED if sold.refunded else "active"
    if before is None:
        key = Purchase(sold.course).key
        return _Bought(sold.row_id, key, sold.course, state, sold.bought_on, sold.paid_until, sold.at)
    days = replace(
        before,
        bought_on=max(filter(None, (before.bought_on, sold.bought_on)), default=None),
        paid_until=max(filter(None, (before.paid_until, sold.paid_until)), default=None),
    )
    then = _moment_of(before, calendar)
    if (sold.at, sold.refunded) <= (then, before.state == REFUNDED):
        return days
    return replace(days, state=state, changed_at=sold.at)
