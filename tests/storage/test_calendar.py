"""The calendar: local days, weeks and months, whatever the clocks do."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.calendar import ALL, Calendar

zones = st.sampled_from(sorted(available_timezones()))
week_starts = st.integers(0, 6)
moments = st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
days = st.dates(date(1990, 1, 1), date(2100, 1, 1))


@given(zones, moments)
def test_a_day_begins_at_its_first_moment(zone, at):
    calendar = Calendar(zone)
    day = calendar.day(at)
    start = calendar.start_of(day)

    assert calendar.day(start) == day
    assert calendar.day(start - timedelta(seconds=1)) < day
    assert start <= at


@given(days, week_starts)
def test_every_day_is_within_each_of_its_periods(day, week_start):
    calendar = Calendar(week_start=week_start)

    for period in calendar.periods(day):
        if period == ALL:
            assert calendar.days(period) is None
            continue
        first, last = calendar.days(period)
        assert first <= day <= last


@given(days, week_starts)
def test_a_week_has_seven_days_that_all_name_it_and_begins_where_it_should(day, week_start):
    calendar = Calendar(week_start=week_start)
    week = calendar.periods(day)[1]

    first, last = calendar.days(week)

    assert first.weekday() == week_start
    assert last - first == timedelta(days=6)
    assert {calendar.periods(first + timedelta(days=n))[1] for n in range(7)} == {week}
    assert calendar.periods(first - timedelta(days=1))[1] != week
    assert calendar.periods(last + timedelta(days=1))[1] != week


@given(days)
def test_a_week_from_monday_is_the_iso_week(day):
    year, week, _ = day.isocalendar()

    assert Calendar().periods(day)[1] == f"{year:04}-W{week:02}"


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("UTC", date(2026, 11, 25), datetime(2026, 11, 25, tzinfo=UTC)),
        ("Asia/Shanghai", date(2026, 11, 25), datetime(2026, 11, 24, 16, tzinfo=UTC)),
        # Summer time begins at midnight: the day's first hour does not exist.
        ("America/Santiago", date(2026, 9, 6), datetime(2026, 9, 6, 4, tzinfo=UTC)),
        ("Asia/Beirut", date(2026, 3, 29), datetime(2026, 3, 28, 22, tzinfo=UTC)),
        # Clocks go back over midnight: of the two midnights the first counts.
        ("America/Havana", date(2026, 11, 1), datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_days_begin_when_people_there_say_they_do(zone, day, start):
    assert Calendar(zone).start_of(day) == start


def test_a_day_that_a_country_left_out_begins_with_the_next():
    samoa = Calendar("Pacific/Apia")

    assert samoa.start_of(date(2011, 12, 30)) == samoa.start_of(date(2011, 12, 31))


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2026-11-25", date(2026, 11, 25), date(2026, 11, 25)),
        ("2026-W48", date(2026, 11, 23), date(2026, 11, 29)),
        ("2026-W01", date(2025, 12, 29), date(2026, 1, 4)),
        ("2026-W53", date(2026, 12, 28), date(2027, 1, 3)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-12", date(2026, 12, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_has_a_first_and_a_last_day(period, first, last):
    assert Calendar().days(period) == (first, last)


@given(st.integers(1990, 2100), st.integers(1, 53), week_starts)
def test_a_week_that_a_year_has_is_found_from_its_name_and_any_other_is_refused(year, week, week_start):
    calendar = Calendar(week_start=week_start)
    period = f"{year:04}-W{week:02}"
    try:
        first, _ = calendar.days(period)
    except ValueError:
        assert week == 53
        return
    assert calendar.periods(first)[1] == period


@pytest.mark.parametrize(
    "period",
    [
        "", "today", "2026", "2026-13", "2026-00", "2026-W54", "2026-W00", "2025-W53", "2026-02-30", "2026-1-1",
        "２０２６-11", "2026-11-25\n", " 2026-11", "ALL", "2026-W4", "0000-01", "9999-W53",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused(period):
    with pytest.raises(ValueError):
        Calendar().days(period)


@pytest.mark.parametrize("zone", ["Nowhere/City", "", "../../etc/passwd", "\0"])
def test_a_zone_that_is_none_is_refused(zone):
    with pytest.raises((KeyError, ValueError)):
        Calendar(zone).day(datetime(2026, 11, 25, tzinfo=UTC))
