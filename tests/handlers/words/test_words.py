"""Words: numbers, durations, zones, languages, weekdays and rules, as they are written and said."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.base import UserError
from handlers.words.durations import duration, read_duration
from handlers.words.languages import nearest
from handlers.words.names import shown
from handlers.words.numbers import counted, ordinal, signed
from handlers.words.rules import payments_in_words, rule_in_words
from handlers.words.weekdays import WEEKDAYS, read_weekday
from handlers.words.zones import common_zones, offer_zones, read_zone, zones
from tests.handlers.room import TEXTS

EN, ZH = TEXTS("en"), TEXTS("zh_CN")


def test_places_are_ordinals_in_english_only():
    numbers = [1, 2, 3, 4, 11, 12, 13, 21, 22, 23, 101, 111, 1002]

    assert [ordinal(EN, n) for n in numbers] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "22nd", "23rd", "101st", "111th", "1,002nd",
    ]  # fmt: skip
    assert ordinal(ZH, 1002) == "1,002"


def test_small_numbers_that_begin_a_sentence_are_spelled_in_english():
    assert [counted(EN, n) for n in (1, 10, 11, 1200)] == ["One", "Ten", "11", "1,200"]
    assert counted(ZH, 4) == "4"


def test_changes_carry_a_sign():
    assert [signed(EN, n) for n in (5, 0, -1200)] == ["+5", "+0", "−1,200"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("1 h 30 min", 5400), ("5分钟", 300), ("1小时30分", 5400),
     ("2天", 172_800), ("0", 0), ("off", 0), ("1d2h3m4s", 93_784), ("5 Minutes", 300)],
)  # fmt: skip
def test_durations_are_read_in_both_languages(text: str, seconds: int):
    assert read_duration(text, EN) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "90", "5x", "m5", "-5m", "5m5m", "1.5h", "5m and a bit", "９m", "5 m x", "1e3s"]
)
def test_what_is_no_duration_is_refused(text: str):
    with pytest.raises(UserError, match="1h30m"):
        read_duration(text, EN)


def test_durations_are_said_exactly():
    assert duration(EN, timedelta(minutes=1)) == "1 minute"
    assert duration(EN, timedelta(days=1, seconds=61)) == "1 day 1 minute 1 second"
    assert duration(ZH, timedelta(minutes=90)) == "1 小时 30 分钟"
    assert duration(EN, timedelta(0)) == "0 seconds"


@given(st.integers(0, 999 * 86_400))
def test_a_duration_that_is_said_is_read_back(seconds: int):
    length = timedelta(seconds=seconds)
    for t in (EN, ZH):
        assert read_duration(duration(t, length), t) == length


@given(st.text(max_size=30))
def test_any_text_is_a_duration_or_refused(text: str):
    try:
        assert read_duration(text, EN) >= timedelta(0)
    except UserError:
        return


@pytest.mark.parametrize(
    ("code", "language"),
    [("zh-hans", "zh_CN"), ("zh-CN", "zh_CN"), ("zh", "zh_CN"), ("zh-TW", "zh_CN"), ("en-GB", "en"), ("EN", "en"),
     ("pt-BR", "en"), ("", "en"), (None, "en"), ("zhx", "en"), ("../zh_CN", "en")],
)  # fmt: skip
def test_the_nearest_language_is_spoken(code: str | None, language: str):
    assert nearest(code, EN.languages) == language


def test_zones_are_named_by_city():
    assert read_zone("berlin", EN) == "Europe/Berlin"
    assert read_zone("new york", EN) == "America/New_York"
    assert read_zone("北京", ZH) == "Asia/Shanghai"
    assert read_zone("utc", EN) == "UTC"


def test_zones_fit_a_button_and_a_menu():
    for t in (EN, ZH):
        assert all(len(f"setup_zone||zh_CN|{zone}") <= 64 for zone, _ in offer_zones("", t))
        assert offer_zones("", t)[0][0] == common_zones(t)[0]
    assert max(map(len, zones().values())) + len("setup_zone||zh_CN|") <= 64


def test_weekdays_have_names():
    for number, (name, chinese) in enumerate(zip(WEEKDAYS, "一二三四五六日", strict=True)):
        assert read_weekday(name.lower(), EN) == number
        assert read_weekday(f"星期{chinese}", ZH) == number
    assert read_weekday("周天", ZH) == 6


def test_every_rule_has_words():
    for rule in ("post", "reply", "reaction", "thanks", "voice", "manual", "correction"):
        for t in (EN, ZH):
            assert rule_in_words(t, rule) != rule
            assert payments_in_words(t, rule, 2) != rule
    assert rule_in_words(EN, "quest") == payments_in_words(EN, "quest", 2) == "quest"


def test_a_name_is_one_line_and_never_empty():
    assert shown(EN, "a\nb", 7) == "a b"
    assert shown(EN, "\u202e\u200b", 7) == "user 7"
    assert shown(ZH, "", 7) == "用户 7"
    assert len(shown(EN, "x" * 500, 7)) <= 32
