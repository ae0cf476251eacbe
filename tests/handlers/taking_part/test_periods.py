"""Periods: as they are named, stored and said."""

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.base import UserError
from handlers.taking_part.periods import kind_of, read_period, stored, title
from storage.calendar import Calendar
from tests.handlers.room import NOW, TEXTS

EN, ZH = TEXTS("en"), TEXTS("zh_CN")
BERLIN = Calendar("Europe/Berlin")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("day", "2026-11-25"), ("Today", "2026-11-25"), ("今天", "2026-11-25"), ("天", "2026-11-25"), ("日", "2026-11-25"),
        ("week", "2026-W48"), ("周", "2026-W48"), ("本周", "2026-W48"), ("MONTH", "2026-11"), ("月", "2026-11"),
        ("all", "all"), ("全部", "all"), ("2026-11-24", "2026-11-24"), ("2026-w46", "2026-W46"), ("2026-10", "2026-10"),
    ],
)  # fmt: skip
def test_words_of_both_languages_name_periods(word: str, name: str):
    for t in (EN, ZH):
        assert stored(read_period(word, t), BERLIN, NOW, t) == name


@pytest.mark.parametrize("word", ["yesterday", "2026-13", "2026-W54", "2026-02-30", "0000-01", "9999-W53", "2026-W00", "w", "２０２６-10"])  # fmt: skip
def test_what_is_no_period_is_answered_with_examples(word: str):
    if word == "w":
        assert read_period(word, EN) == "week"
        return
    with pytest.raises(UserError, match="2026-11-24"):
        stored(read_period(word, EN), BERLIN, NOW, EN)


def test_what_has_not_begun_is_no_board():
    for word in ("2026-11-26", "2026-W49", "2026-12", "2099-01"):
        with pytest.raises(UserError, match="not begun"):
            stored(word, BERLIN, NOW, EN)


def test_yesterday_in_the_example_is_the_communitys():
    late = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)  # the 26th in Berlin

    with pytest.raises(UserError, match="2026-11-25"):
        stored("YESTERDAY", BERLIN, late, EN)
    with pytest.raises(UserError, match="2026-11-24"):
        stored("YESTERDAY", Calendar("UTC"), late, EN)


@pytest.mark.parametrize(
    ("period", "english", "chinese"),
    [
        ("2026-11-25", "Today (Wed 25 Nov)", "今天（11月25日周三）"),
        ("2026-11-24", "Yesterday (Tue 24 Nov)", "昨天（11月24日周二）"),
        ("2026-11-02", "Mon 2 Nov", "11月2日周一"),
        ("2025-11-02", "Sun 2 Nov 2025", "2025年11月2日周日"),
        ("2026-W48", "This week (Mon 23 to Sun 29 Nov)", "本周（11月23日至29日）"),
        ("2026-W47", "Last week (Mon 16 to Sun 22 Nov)", "上周（11月16日至22日）"),
        ("2026-W40", "Week 40 (Mon 28 Sep to Sun 4 Oct)", "第 40 周（9月28日至10月4日）"),
        ("2025-W46", "Week 46 (Mon 10 to Sun 16 Nov 2025)", "第 46 周（2025年11月10日至16日）"),
        (
            "2026-W01",
            "Week 1 (Mon 29 Dec 2025 to Sun 4 Jan 2026)",
            "第 1 周（2025年12月29日周一至2026年1月4日周日）",
        ),
        ("2026-11", "This month (November)", "本月（11月）"),
        ("2026-10", "Last month (October)", "上月（10月）"),
        ("2025-10", "October 2025", "2025年10月"),
        ("all", "All time", "总榜"),
    ],
)
def test_titles(period: str, english: str, chinese: str):
    assert "".join(title(EN, period, BERLIN, NOW)) == english
    assert "".join(title(ZH, period, BERLIN, NOW)) == chinese


def test_last_month_is_said_across_the_year():
    january = datetime(2027, 1, 31, 12, tzinfo=UTC)

    assert "".join(title(EN, "2026-12", BERLIN, january)) == "Last month (December 2026)"


def test_a_week_that_begins_on_sunday_is_named_with_its_own_days():
    sunday = Calendar("UTC", 6)

    assert (
        "".join(title(EN, sunday.periods(date(2026, 11, 25))[1], sunday, NOW))
        == "This week (Sun 22 to Sat 28 Nov)"
    )


@given(
    st.dates(date(1971, 1, 1), date(2200, 1, 1)),
    st.integers(0, 6),
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Shanghai", "Pacific/Apia"]),
)
def test_every_stored_name_is_read_back_and_can_be_said(day: date, week_start: int, zone: str):
    calendar = Calendar(zone, week_start)
    now = datetime(day.year, day.month, day.day, 12, tzinfo=UTC) + timedelta(days=3)
    for period, kind in zip(calendar.periods(day), ("day", "week", "month", "all"), strict=True):
        assert stored(read_period(period, EN), calendar, now, EN) == period
        assert kind_of(period) == kind
        assert all(title(t, period, calendar, now)[0] for t in (EN, ZH))


@given(st.text(max_size=30))
def test_any_word_is_a_period_or_a_mistake_with_words(word: str):
    with suppress(UserError):
        assert stored(read_period(word, EN), BERLIN, NOW, EN)
