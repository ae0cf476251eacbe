"""When somebody is here, and what they write about, from a few posts."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.people.rhythm import Rhythm, rhythm_of, topics_in

BERLIN = ZoneInfo("Europe/Berlin")
TUESDAY = datetime(2026, 11, 24, 18, 30, tzinfo=UTC)  # 19:30 in Berlin


def test_the_busiest_hours_and_the_days_that_stand_out_are_theirs():
    evenings = [TUESDAY + timedelta(days=7 * week, minutes=40 * week) for week in range(4)]
    thursdays = [TUESDAY + timedelta(days=2 + 7 * week) for week in range(3)]

    assert rhythm_of([*evenings, *thursdays], BERLIN) == Rhythm((1, 3), 19, 7)


def test_of_few_posts_nothing_is_said_and_who_is_here_always_has_no_days():
    daily = [TUESDAY + timedelta(days=day) for day in range(14)]

    assert rhythm_of(daily[:4], BERLIN) is None
    assert rhythm_of(daily, BERLIN) == Rhythm((), 19, 14)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("How do I undo this in Git?", {"git"}),
        ("A digital legit question", set()),
        ("machine learning, or learning by machine", {"machine learning"}),
        ("我想学机器学习", {"机器学习"}),
        ("", set()),
    ],
)
def test_a_topic_is_named_by_whole_words_or_as_it_stands_in_chinese(text, topics):
    assert set(topics_in([text], ["git", "machine learning", "机器学习", "🎉", ""])) == topics


@settings(max_examples=50)
@given(
    st.lists(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), max_size=40)
)
def test_whenever_they_wrote_the_window_is_within_the_day(moments):
    found = rhythm_of(moments, BERLIN)

    assert (found is None) == (len(moments) < 5)
    if found is not None:
        assert found.posts == len(moments)
        assert 0 <= found.hour < 24
        assert found.days == tuple(sorted(set(found.days)))
