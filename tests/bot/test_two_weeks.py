"""A cohort's two weeks by a clock that is moved: through a change of the clocks, with restarts in between."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.batch import House
from bot.clock import MovableClock
from bot.config import Config
from bot.schedule import Schedule
from bot.sentences import ENGLISH
from bot.settings_book import SettingsBook
from bot.texts import load_texts
from bot.watch import Owner
from bot.wire import reply_from_json
from handlers.learning import cohorts, live, nudges
from storage.calendar import zone_of
from storage.database import Database
from storage.tables import outbox
from tests.storage.making import School, a_course, a_lesson, a_member

BERLIN = zone_of("Europe/Berlin")
FIRST = date(2027, 3, 22)
"""A Monday; on Sunday the clocks go from two to three."""
SUNDAY = date(2027, 3, 28)
HOURS = (time(9, 50), time(18, 50))


def berlin(day: date, at: time) -> datetime:
    return datetime.combine(day, at, tzinfo=BERLIN).astimezone(UTC)


@dataclass
class Weeks:
    """A school with a cohort of three, and the clock that it goes by."""

    database: Database
    schedule: Callable[[], Schedule]
    clock: MovableClock
    school: School
    course: int
    members: dict[str, int]

    async def steps(self, name: str, now: datetime, most: int) -> None:
        """Do the lessons that are open, up to that many in all."""
        async with self.database.write() as store:
            taken = await store.enrolments.one(self.school.community.id, self.members[name], self.course)
            assert taken is not None
            for lesson in (await store.courses.lessons(self.course))[:most]:
                await store.enrolments.do(taken, lesson.id, source="chat", now=now)

    async def said(self) -> list[tuple[datetime, str, str]]:
        """(Berlin's time, kind, first line) of everything that was to go out, in its order."""
        async with self.database.read() as store:
            rows = (await store.connection.execute(outbox.select().order_by(outbox.c.id))).all()
        return [(row.created_at.astimezone(BERLIN), row.kind, first_line(row.payload)) for row in rows]


def first_line(payload: dict[str, Any]) -> str:
    return reply_from_json(payload["reply"], None).plain.splitlines()[0]


@pytest.fixture
async def weeks(sqlite_database: Database, tmp_path: Path) -> Weeks:
    clock = MovableClock()
    clock.stand(berlin(FIRST - timedelta(days=1), time(20)))
    features = (cohorts.feature, live.feature, nudges.feature)
    house = House(features, SettingsBook(features, {}), load_texts())
    owner = Owner(sqlite_database, {}, {}, ENGLISH, clock=clock)

    def schedule() -> Schedule:
        return Schedule(sqlite_database, house, owner, Config(data_folder=tmp_path), clock=clock)

    async with sqlite_database.write() as store:
        space, community = await store.communities.add_space(
            "telegram", "-100", "School", language="en", now=clock()
        )
        community = await store.communities.finish_setup(
            community.id, language="en", zone="Europe/Berlin", week_start=0, now=clock()
        )
        school = School(community, space)
        course = await a_course(store, school)
        for number in range(1, 11):
            talk = {}
            if number == 7:
                talk = {
                    "kind": "live",
                    "starts_at": berlin(SUNDAY, time(19)),
                    "ends_at": berlin(SUNDAY, time(20)),
                }
            await a_lesson(
                store, course, f"l{number}", position=number, title=f"Part {number}", minutes=15, **talk
            )
        await store.cohorts.make(
            community.id, course, "", starts_on=FIRST, every_days=1, space_id=space.id, channel_id=None,
            today=community.calendar.day(clock()), now=clock(),
        )  # fmt: skip
        members = {}
        for name in ("Ann", "Bob", "Carl"):
            member = await a_member(store, school, name)
            members[name] = member.id
            [account] = await store.people.accounts_of(member.id)
            await store.enrolments.enrol(community.id, course, account.id, source="chat", now=clock())
    return Weeks(sqlite_database, schedule, clock, school, course, members)


@pytest.mark.parametrize(
    "hours", [HOURS, pytest.param([time(hour, 50) for hour in range(24)], marks=pytest.mark.prove)]
)
async def test_two_weeks_of_a_cohort(weeks: Weeks, hours: Sequence[time]):
    schedule = weeks.schedule()
    await schedule.catch_up()
    for number in range(14):
        for hour in hours:
            weeks.clock.stand(berlin(FIRST + timedelta(days=number), hour))
            await schedule.catch_up()
            if hour == hours[number % len(hours)]:
                schedule = weeks.schedule()  # it was stopped, and started again at once
                await schedule.catch_up()
        await weeks.steps("Ann", weeks.clock(), number + 1)
        if number in (0, 11):
            await weeks.steps("Bob", weeks.clock(), 1 + number // 11)

    said = await weeks.said()
    assert [(when.date(), line) for when, kind, line in said if kind == "post"] == [
        *((FIRST + timedelta(days=at), f"📖 Lesson {at + 1} is open: “Part {at + 1}” · article · 15 min") for at in range(6)),
        (SUNDAY - timedelta(days=1), "🔴 Live tomorrow: “Part 7”"),
        (SUNDAY, "🔴 “Part 7” begins in 10 minutes"),
        *((FIRST + timedelta(days=at), f"📖 Lesson {at + 1} is open: “Part {at + 1}” · article · 15 min") for at in range(7, 10)),
    ]  # fmt: skip
    assert all(when.hour == 9 for when, _, line in said if "is open" in line)
    assert [(when.date(), when.hour, line) for when, kind, line in said if kind == "direct"] == [
        (FIRST + timedelta(days=5), 9, "Next in “Git”: “Part 1”, 15 min"),  # Carl, who never began
        (SUNDAY, 9, "Next in “Git”: “Part 2”, 15 min"),  # Bob, who did one lesson
    ]
