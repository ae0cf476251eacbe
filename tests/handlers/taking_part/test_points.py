"""Points: what one post earns, and every reason why one does not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.base import Content, shape_of
from handlers.taking_part.points import (
    Earns,
    PostFacts,
    Quality,
    Reason,
    RecentActivity,
    Refusal,
    Settings,
    nearest_similarity,
    points_for,
    quality_of,
    refusals,
    weight_of_roles,
)

RULES = Settings()
POST = PostFacts(Content.TEXT, 30)
QUIET = RecentActivity()


def test_a_post_earns_the_base_amount():
    assert points_for(POST, QUIET, RULES) == Earns(5)


@pytest.mark.parametrize(
    ("post", "recent", "reason"),
    [
        ({"forwarded": True}, {}, Reason.FORWARDED),
        ({"via_bot": True}, {}, Reason.VIA_BOT),
        ({"content": Content.STICKER}, {}, Reason.NOT_TEXT),
        ({"content": Content.VOICE}, {}, Reason.NOT_TEXT),
        ({"content": Content.POLL}, {}, Reason.NOT_TEXT),
        ({"content": Content.OTHER}, {}, Reason.NOT_TEXT),
        ({"graphemes": 3}, {}, Reason.TOO_SHORT),
        ({}, {"since_last": timedelta(seconds=59)}, Reason.TOO_SOON),
        ({}, {"points_today": 100}, Reason.DAILY_CAP),
        ({}, {"nearest_similarity": 0.86}, Reason.REPEATS_ITSELF),
        ({}, {"said_before": True}, Reason.SAID_BEFORE),
    ],
)
def test_each_reason_refuses_alone(post: dict[str, Any], recent: dict[str, Any], reason: Reason):
    refusal = points_for(replace(POST, **post), replace(QUIET, **recent), RULES)
    assert isinstance(refusal, Refusal)
    assert refusal.reason is reason


@pytest.mark.parametrize(
    ("post", "recent"),
    [
        ({"content": Content.MEDIA}, {}),
        ({"graphemes": 4}, {}),
        ({}, {"since_last": timedelta(minutes=1)}),
        ({}, {"points_today": 95}),
        ({}, {"nearest_similarity": 0.85}),
    ],
)
def test_what_just_reaches_a_limit_counts(post: dict[str, Any], recent: dict[str, Any]):
    assert points_for(replace(POST, **post), replace(QUIET, **recent), RULES) == Earns(5)


def test_a_refusal_carries_what_was_measured_and_the_limit():
    soon = points_for(POST, RecentActivity(since_last=timedelta(seconds=22)), RULES)
    assert soon == Refusal(Reason.TOO_SOON, 22, 60)
    assert points_for(replace(POST, graphemes=2), QUIET, RULES) == Refusal(Reason.TOO_SHORT, 2, 4)


def test_where_nothing_can_be_earned_that_is_the_reason_given():
    off = Settings(earning=False)
    assert points_for(replace(POST, forwarded=True, graphemes=0), QUIET, off) == Refusal(Reason.OFF)
    every = [each.reason for each in refusals(replace(POST, forwarded=True, graphemes=0), QUIET, off)]
    assert every == [Reason.OFF, Reason.FORWARDED, Reason.TOO_SHORT]


def test_the_last_post_of_a_day_earns_what_is_left_of_the_cap():
    assert points_for(POST, RecentActivity(points_today=98), RULES) == Earns(2)


def test_weights_multiply_and_the_largest_role_counts():
    rules = Settings(base=10, weight=1.5, role_weights={"teacher": 0.5, "vip": 2})
    assert weight_of_roles(("teacher", "vip", "other"), rules.role_weights) == 2
    assert weight_of_roles(("other",), rules.role_weights) == 1
    assert points_for(replace(POST, weight=0.5), QUIET, rules) == Earns(8)


@given(
    st.integers(0, 1_000),
    st.floats(0, 10),
    st.floats(0, 10),
    st.integers(0, 100_000),
    st.integers(0, 100_000),
)
def test_no_post_ever_earns_less_than_nothing_or_more_than_the_day_allows(base, weight, role, cap, today):
    rules = Settings(base=base, weight=weight, daily_cap=cap)
    verdict = points_for(replace(POST, weight=role), RecentActivity(points_today=today), rules)
    if isinstance(verdict, Earns):
        assert 0 <= verdict.points <= cap - today


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("How do I split data by time?", "how do i SPLIT data by  time?", True),
        ("How do I split data by time?", "How do I split data by time??", True),
        ("How do I split data by time?", "Sort by date and cut there", False),
        ("怎样按时间划分数据集？请大家帮忙看看", "怎样按时间划分数据集？请大家帮忙看看！", True),
        ("怎样按时间划分数据集？", "我觉得先排序再切开就行", False),
        ("😀😀😀😀😀😀", "😀😀😀😀😀😀", True),
        ("😀😀😀😀😀😀", "🎉🎉🎉🎉🎉🎉", False),
        ("ｆｕｌｌ ｗｉｄｔｈ ｌｅｔｔｅｒｓ", "full width letters", True),
        ("hid\u200bden let\u200bters in here", "hidden letters in here", True),
    ],
)
def test_repetition_is_seen_in_every_script(one: str, other: str, alike: bool):
    found = nearest_similarity(shape_of(one), [shape_of(other).normal], RULES.max_similarity)
    assert (found > RULES.max_similarity) is alike


@pytest.mark.parametrize(
    ("text", "length"),
    [("👨‍👩‍👧‍👦👍🏽", 2), ("é" + "e\u0301", 2), ("谢谢", 2), ("\u200b\u200b\u200b\u200b", 0), ("Z" + "\u0301" * 200, 1), ("   ok  ", 2)],
)  # fmt: skip
def test_length_is_what_people_would_count(text: str, length: int):
    assert shape_of(text).graphemes == length


def test_a_text_of_ten_megabytes_in_one_word_is_looked_at_only_so_far():
    shape = shape_of("a" * 10_000_000)
    assert len(shape.normal) == 4_000


@pytest.mark.parametrize(
    ("helpful", "low_effort", "points"),
    [(0.9, 0.0, 8), (0.0, 0.9, 2), (0.6, 0.6, 5), (0.0, 0.0, 5), (0.8, 0.8, 8)],
)
def test_what_the_judge_is_sure_of_weighs(helpful: float, low_effort: float, points: int):
    post = replace(POST, quality=quality_of(helpful, low_effort))
    assert points_for(post, QUIET, RULES) == Earns(points)


def test_an_admin_may_pay_nothing_for_low_effort_and_it_is_said_why():
    post = replace(POST, quality=Quality.LOW_EFFORT)
    refusal = points_for(post, QUIET, Settings(low_effort_weight=0))
    assert refusal == Refusal(Reason.LOW_EFFORT)
