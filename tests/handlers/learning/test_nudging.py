"""Nudging: never two in a row unanswered, at most one a day, and only to who has stopped."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from handlers.learning.nudging import Stand, to_nudge

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
PATIENCE = timedelta(days=3)


def days(n: float) -> datetime:
    return MONDAY + timedelta(days=n)


def nudged(stands: list[Stand], at: float) -> int | None:
    now = days(at)
    return to_nudge(stands, now, PATIENCE, now.replace(hour=0))


def test_who_has_stopped_for_long_enough_is_nudged():
    stand = Stand(days(0), None, days(-5))

    assert nudged([stand], 2.9) is None
    assert nudged([stand], 3) == 0


def test_a_lesson_that_opened_later_is_waited_for_from_then_on():
    stand = Stand(days(0), None, days(2))

    assert nudged([stand], 4.9) is None
    assert nudged([stand], 5) == 0


def test_of_several_courses_the_one_that_moved_last_is_named():
    assert nudged([Stand(days(0), None, days(0)), Stand(days(1), None, days(0))], 9) == 1
    assert nudged([Stand(days(0), None, days(0)), Stand(days(1), None, None)], 9) == 0


def test_a_step_in_one_course_does_not_repeat_what_was_said_of_the_other():
    silent, moved = Stand(days(0), days(4), days(0)), Stand(days(5), None, days(0))

    assert nudged([silent, moved], 8) == 1
    assert nudged([silent, replace(moved, waits_since=None)], 8) is None


@given(
    st.lists(
        st.tuples(
            st.floats(0, 2), st.sampled_from(["step", "open", "answer", "look", "look"]), st.integers(0, 2)
        ),
        max_size=60,
    )
)
def test_never_two_in_a_row_unanswered(story: list[tuple[float, str, int]]):
    """Whatever happens in three courses: between two nudges something did, and a day passed."""
    stands = [Stand(days(0), None, days(0)) for _ in range(3)]
    at, last, answered = 0.0, None, True
    answered_in = [True, True, True]
    for wait, what, which in story:
        at += wait
        now = days(at)
        match what:
            case "step":
                stands[which] = replace(stands[which], moved_at=now, nudged_at=None)
                answered, answered_in[which] = True, True
            case "answer":
                stands[which] = replace(stands[which], moved_at=now)
                answered, answered_in[which] = True, True
            case "open":
                stands[which] = replace(stands[which], waits_since=now)
            case _:
                chosen = nudged(stands, at)
                if chosen is None:
                    continue
                assert answered
                assert answered_in[chosen]
                assert stands[chosen].moved_at + PATIENCE <= now
                if last is not None and any(each.nudged_at == last for each in stands):
                    assert last.date() < now.date()
                stands[chosen] = replace(stands[chosen], nudged_at=now)
                last, answered, answered_in[chosen] = now, False, False
