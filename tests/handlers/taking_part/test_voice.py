"""Voice: whole blocks of minutes in company, up to the day's cap."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.base import Facts
from handlers.taking_part.voice import Settings, points_in_voice
from storage.values import Tally
from tests.handlers.room import NOW

RULES = Settings(points=2, minutes=10, daily_cap=12)
SPACE, ANN, BOB = 1, 10, 20


@pytest.mark.parametrize(
    ("seconds", "paid", "points"),
    [(0, 0, 0), (599, 0, 0), (600, 0, 2), (1_799, 0, 4), (36_000, 0, 12), (600, 11, 1), (600, 12, 0), (600, 99, 0)],
)  # fmt: skip
def test_whole_blocks_are_paid_up_to_what_is_left_of_the_day(seconds: int, paid: int, points: int):
    assert points_in_voice(seconds, Tally(1, paid, None), RULES) == points


@given(st.integers(0, 10**7), st.integers(0, 10**5))
def test_voice_never_takes_points_and_never_pays_more_than_the_cap(seconds: int, paid: int):
    assert 0 <= points_in_voice(seconds, Tally(1, paid, None), RULES) <= max(0, RULES.daily_cap - paid)


def seconds_of(facts: Facts, who: int) -> int:
    return facts.voice[SPACE, who].seconds


def test_a_minute_counts_in_company_only():
    facts, at = Facts(), NOW
    facts.move_voice(SPACE, ANN, "lounge", True, at)
    facts.move_voice(SPACE, BOB, "lounge", True, at + timedelta(minutes=5))  # Ann was alone till then
    assert seconds_of(facts, ANN) == 0
    facts.move_voice(SPACE, BOB, "lounge", False, at + timedelta(minutes=15))  # Bob is deafened now
    assert (seconds_of(facts, ANN), seconds_of(facts, BOB)) == (600, 600)
    facts.move_voice(SPACE, ANN, None, True, at + timedelta(minutes=45))
    assert (seconds_of(facts, ANN), seconds_of(facts, BOB)) == (600, 600)


def test_who_moves_on_leaves_the_company():
    facts, at = Facts(), NOW
    for who in (ANN, BOB):
        facts.move_voice(SPACE, who, "lounge", True, at)
    facts.move_voice(SPACE, ANN, "library", True, at + timedelta(minutes=10))
    facts.move_voice(SPACE, BOB, None, True, at + timedelta(minutes=20))
    assert (seconds_of(facts, ANN), seconds_of(facts, BOB)) == (600, 600)


def test_news_from_before_the_last_change_changes_nothing():
    facts, at = Facts(), NOW
    for who in (ANN, BOB):
        facts.move_voice(SPACE, who, "lounge", True, at)
    facts.move_voice(SPACE, ANN, None, True, at - timedelta(hours=1))
    assert facts.company(SPACE) == []
    assert facts.voice[SPACE, ANN].channel == "lounge"
