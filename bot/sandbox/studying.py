"""Studying: the sample's catalogue and what its members do with it reach the store.

The catalogue comes as from a file; what was before somebody joined as from the school's books; the rest as by
the members' own presses.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.batch import House
from bot.effects import write_effects
from bot.sandbox.happenings import LESSON_DAY, LESSON_HOUR, PLATFORM, SPACE
from bot.sandbox.learning import Learnt
from bot.sandbox.school import School
from bot.sandbox.taught import as_told, cover_of
from handlers.learning.progress import Settings, unpaid
from storage.enrolments import Enrolment, Source
from storage.store import Store
from storage.values import Community


async def bring_catalogue(store: Store, community_id: int, school: School, *, now: datetime) -> None:
    """The school's courses. Live lessons are held in the weekly hour, one a week from now on."""
    told = [as_told(course, school.language) for course in school.taught]
    await store.courses.take_in(community_id, told, now=now)
    keys = await store.courses.keys(community_id)
    await store.courses.take_needs(
        {keys[course.id]: [keys[need] for need in course.needs] for course in school.taught}
    )
    hour = _next_live(now, school.zone)
    for course in school.taught:
        await store.courses.set_cover(keys[course.id], cover_of(course))
        for lesson in await store.courses.lessons(keys[course.id]):
            if lesson.kind == "live":
                ends = hour + timedelta(minutes=lesson.minutes or 60)
                await store.courses.change_lesson(lesson.id, {"starts_at": hour, "ends_at": ends})
                hour += timedelta(days=7)


def _next_live(now: datetime, zone: str) -> datetime:
    """The first hour of live lessons after that moment."""
    local = now.astimezone(ZoneInfo(zone))
    hour = local.replace(hour=int(LESSON_HOUR), minute=int(LESSON_HOUR % 1 * 60), second=0, microsecond=0)
    hour += timedelta(days=(LESSON_DAY - hour.weekday()) % 7)
    return hour if hour > local else hour + timedelta(days=7)


class Studying:
    """Takes in what the sample's members did with its courses, and pays them for it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._community = 0
        self._courses: dict[str, int] = {}
        self._lessons: dict[str, list[int]] = {}
        self._people: dict[str, tuple[int, int]] = {}

    async def take(self, store: Store, learnings: Sequence[Learnt], *, now: datetime) -> None:
        """Write what they did. Safe to call twice; who is not here is left out."""
        where = await store.communities.space(PLATFORM, SPACE)
        if where is None:
            return
        _, community = where
        self._community = community.id
        self._courses = self._courses or await store.courses.keys(community.id)
        moved: dict[int, Enrolment] = {}
        for learnt in learnings:
            course, person = self._courses.get(learnt.course.id), await self._person(store, learnt.who.id)
            if course is None or person is None:
                continue
            account, member = person
            if learnt.what == "enrol":
                source: Source = "import" if learnt.before else "chat"
                await store.enrolments.enrol(self._community, course, account, source=source, now=learnt.at)
                continue
            taken = await store.enrolments.one(self._community, member, course)
            if taken is not None and taken.takes:
                await self._go_on(store, taken, learnt)
                moved[taken.id] = taken
        if moved:
            await self._pay(store, community, list(moved.values()), now)

    async def _pay(
        self, store: Store, community: Community, moved: Sequence[Enrolment], now: datetime
    ) -> None:
        rows = await store.settings.of(community.id)
        rules = self._house.book.at(community, rows, None, [])(Settings)
        assert isinstance(rules, Settings)
        people = {each.member_id for each in moved}
        taken = [
            each for id in people if id is not None for each in await store.enrolments.of(community.id, id)
        ]
        await write_effects(store, await unpaid(store, community, rules, taken), community, now)

    async def _person(self, store: Store, id: str) -> tuple[int, int] | None:
        """The account and the member that somebody is."""
        if id not in self._people:
            account = await store.people.account(PLATFORM, id)
            member = account and await store.people.member(self._community, account.id)
            if account is None or member is None:
                return None
            self._people[id] = account.id, member.id
        return self._people[id]

    async def _go_on(self, store: Store, taken: Enrolment, learnt: Learnt) -> None:
        match learnt.what:
            case "do":
                lesson = await self._lesson(store, taken.course_id, learnt)
                await store.enrolments.do(taken, lesson, source="chat", now=learnt.at, mark=learnt.mark)
            case "finish":
                if learnt.before:  # the books know when somebody bought, not when they began
                    await store.enrolments.start(taken, now=taken.enrolled_at)
                    taken = replace(taken, started_at=taken.enrolled_at)
                await store.enrolments.finish(taken, now=learnt.at)
            case "rate":
                await store.enrolments.rate(taken, learnt.stars, words=learnt.words or None, now=learnt.at)

    async def _lesson(self, store: Store, course_id: int, learnt: Learnt) -> int:
        known = self._lessons.get(learnt.course.id)
        if known is None:
            known = [lesson.id for lesson in await store.courses.lessons(course_id)]
            self._lessons[learnt.course.id] = known
        return known[learnt.lesson - 1]
