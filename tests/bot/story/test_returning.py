from datetime import date, timedelta

from bot.story.returning import newcomers_of

FIRST = date(2026, 1, 1)


def days(*offsets):
    return {(FIRST + timedelta(days=offset)).toordinal() for offset in offsets}


def test_who_was_there_in_the_first_weeks_is_no_newcomer():
    found = newcomers_of([days(0), days(27), days(28)], FIRST, FIRST + timedelta(days=200))

    assert (found.people, found.before) == (1, 2)


def test_a_week_begins_on_the_weekday_of_the_first_post():
    last = FIRST + timedelta(days=200)

    found = newcomers_of([days(30, 36), days(30, 37), days(30, 43), days(30, 44)], FIRST, last)

    assert found.weeks[1] == (2, 4)
    assert found.weeks[2] == (1, 4)
    assert found.one_day_only == (0, 4)


def test_only_those_are_asked_for_whom_the_week_is_over():
    found = newcomers_of([days(28, 35), days(42, 49)], FIRST, FIRST + timedelta(days=49))

    assert found.weeks == {1: (1, 1), 2: (0, 1)}
    assert found.one_day_only == (0, 0)


def test_a_cohort_is_the_newcomers_of_a_month_unless_it_is_too_small():
    found = newcomers_of([days(35, 42)] * 5 + [days(65)] * 4, FIRST, FIRST + timedelta(days=200))

    assert [(each.month, each.people, each.weeks[1]) for each in found.cohorts] == [("2026-02", 5, (5, 5))]
