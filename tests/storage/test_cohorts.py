"""Cohorts: which lesson opens when, who is in which, and a board of their own."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from storage.calendar import Calendar
from storage.cohorts import Cohort, Doors, default_of, is_open, opened, opens_on
from tests.storage.making import NOW, a_course, a_lesson, a_member, a_school, earn

TODAY = NOW.date()
days = st.dates(date(2020, 1, 1), date(2090, 12, 31))


def a_cohort(starts_on: date = TODAY, every_days: int = 2, **more) -> Cohort:
    plain = Cohort(1, 1, 1, "", starts_on, every_days, None, None, starts_on, NOW, None)
    return replace(plain, **more)


# The rule


def test_a_lesson_opens_every_so_many_days():
    cohort = a_cohort(date(2027, 3, 27), 1)  # in Berlin the clocks change on its second day

    assert [opens_on(cohort, at).isoformat() for at in range(3)] == ["2027-03-27", "2027-03-28", "2027-03-29"]
    assert opens_on(replace(cohort, every_days=0), 9) == cohort.starts_on


@given(days, st.integers(0, 90), st.integers(0, 10**6), st.integers(0, 40))
def test_lessons_open_in_their_order_and_each_on_one_day(first: date, every: int, far: int, lessons: int):
    cohort = a_cohort(first, every)

    opening = [opens_on(cohort, at) for at in range(lessons)]
    assert opening == sorted(opening)
    assert opens_on(cohort, far) >= first  # and never falls off the calendar
    for at, day in enumerate(opening):
        assert is_open(cohort, at, day)
        assert not is_open(cohort, at, day - timedelta(days=1))


@given(days, st.integers(0, 30), st.integers(0, 20), st.lists(st.integers(0, 9), max_size=30))
def test_looked_at_on_any_days_each_lesson_is_told_once_and_not_too_soon(
    first: date, every: int, lessons: int, steps: list[int]
):
    cohort = a_cohort(first, every)
    since, told = first - timedelta(days=1), []
    for step in [*steps, lessons * every + 1]:
        until = since + timedelta(days=step)
        found = opened(cohort, lessons, since, until)
        assert all(opens_on(cohort, at) <= until for at in found)
        told, since = [*told, *found], until

    assert told == list(range(lessons))


@given(
    st.integers(0, 2**31).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Pacific/Apia", "UTC"]),
    st.integers(1, 14),
)
def test_a_day_of_opening_begins_at_midnight_where_the_community_is(now: datetime, zone: str, every: int):
    """Whatever the clocks do there: from that midnight on the lesson is open, and before it is not."""
    calendar = Calendar(zone)
    cohort = a_cohort(calendar.day(now), every)
    midnight = calendar.start_of(opens_on(cohort, 3))

    assert is_open(cohort, 3, calendar.day(midnight))
    assert not is_open(cohort, 3, calendar.day(midnight - timedelta(seconds=1)))


def test_without_a_cohort_and_after_its_end_all_is_open():
    assert is_open(None, 99, TODAY)
    assert is_open(a_cohort(ended_at=NOW), 99, TODAY - timedelta(days=99))


def test_who_enrols_is_in_the_next_to_begin_else_in_the_last_that_began():
    past, last = a_cohort(TODAY - timedelta(days=30), id=1), a_cohort(TODAY - timedelta(days=9), id=2)
    following, later = a_cohort(TODAY + timedelta(days=3), id=3), a_cohort(TODAY + timedelta(days=90), id=4)

    assert default_of([past, last, later, following], TODAY) == following
    assert default_of([past, last], TODAY) == last
    assert default_of([replace(last, ended_at=NOW)], TODAY) is None
    doors = Doors((last,), Calendar())
    assert doors.entered(1, NOW) == 2
    assert doors.entered(1, last.made_at - timedelta(days=1)) is None
    assert doors.entered(7, NOW) is None


# Kept


async def made(store, school, course, **more) -> Cohort:
    told = {"starts_on": TODAY, "every_days": 1, "space_id": school.space.id, "channel_id": None}
    return await store.cohorts.make(school.community.id, course, "", today=TODAY, now=NOW, **told | more)


async def test_by_whatever_way_they_come_they_are_in_it(store):
    school = await a_school(store)
    course = await a_course(store, school)
    early, ann = await a_member(store, school, "Early"), await a_member(store, school, "Ann")
    at = NOW - timedelta(days=1)
    for member, when in ((early, at), (ann, NOW)):
        if member is ann:
            cohort = await made(store, school, course)
        [account] = await store.people.accounts_of(member.id)
        await store.enrolments.enrol(school.community.id, course, account.id, source="chat", now=when)

    [hers] = await store.enrolments.of(school.community.id, ann.id)
    [before] = await store.enrolments.of(school.community.id, early.id)
    assert (hers.cohort_id, before.cohort_id) == (cohort.id, None)
    await store.cohorts.remove(cohort)
    [hers] = await store.enrolments.of(school.community.id, ann.id)
    assert (hers.cohort_id, hers.takes) == (None, True)


async def test_its_board_counts_its_days_and_hides_who_hides(store):
    school = await a_school(store)
    ids = {}
    for name, points in (("Ann", 5), ("Bob", 8), ("Eve", 99)):
        member = await a_member(store, school, name)
        ids[name] = member.id
        await earn(store, member, points)
        await earn(store, member, 1000, at=NOW - timedelta(days=1))
        await earn(store, member, 50, at=NOW + timedelta(days=8))
    await store.people.set_hidden(ids["Eve"], True)

    rows = await store.cohorts.board(
        school.community.id, list(ids.values()), TODAY, TODAY + timedelta(days=7)
    )

    assert [(row.name, row.points) for row in rows] == [("Bob", 8), ("Ann", 5)]


async def test_it_moves_with_its_course_when_communities_connect(store):
    host, guest = await a_school(store), await a_school(store)
    course = await a_course(store, guest)
    await a_lesson(store, course)
    cohort = await made(store, guest, course)

    joined = await store.joining.connect(host.community.id, guest.community.id, by=None, now=NOW)

    assert [each.id for each in await store.cohorts.all(host.community.id)] == [cohort.id]
    assert await store.cohorts.get(guest.community.id, cohort.id) is None
    await store.joining.disconnect(joined.id, now=NOW)
    assert await store.cohorts.get(host.community.id, cohort.id) is None
    assert await store.cohorts.get(guest.community.id, cohort.id) == cohort
