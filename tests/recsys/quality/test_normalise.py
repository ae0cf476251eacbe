"""Disguises are taken off, and what is no disguise stays."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.quality.normalise import plain, skeleton, words


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("frее mоnеy", "free money"),  # Cyrillic letters
        ("fr\u200bee mo\u200dney", "free money"),
        ("ｆｒｅｅ ｍｏｎｅｙ", "free money"),
        ("𝐟𝐫𝐞𝐞 𝓶𝓸𝓷𝓮𝔂", "free money"),
        ("f r e e money", "free money"),
        ("f.r.e.e money", "free money"),
        ("f̶r̶e̶e̶ money", "free money"),
        ("加\u200b微信", "加微信"),
    ],
)
def test_a_disguise_is_taken_off_and_counted(written, meant):
    assert plain(written)[0] == meant
    assert (
        (meant == "free money" and "ｆ" in written)
        or "𝐟" in written
        or plain(written)[1] > 0
        or "̶" in written
    )


@pytest.mark.parametrize(
    "honest",
    [
        "привет, как дела",
        "γειά σου Κόσμε",
        "i = 0; while (i < 10) i++;",
        "It is 3 p.m. in the U.S.",
        "café, naïve, Ärger",
        "好的，明白了",
        "안녕하세요",
        "👩‍👩‍👧 family",
        "a b",
    ],
)
def test_what_is_no_disguise_is_left_alone(honest):
    shown, hidden = plain(honest)

    assert hidden == 0
    assert shown.replace("\u200d", "") == plain(shown)[0]


def test_letters_and_words_over_and_over_count_a_few_times():
    assert plain("sooooooooo goooood")[0] == "sooo gooood".replace("oooo", "ooo")
    assert plain("加微信" * 300)[0] == "加微信" * 2
    assert len(plain("x" * 5_000)[0]) == 3


def test_the_skeleton_of_an_edited_copy_is_the_same():
    original = "Join our VIP group, 300% profit! t.me/first 12345"

    assert skeleton("🔥 JOIN our V.I.P group 451% profit!!! t.me/other 98765") == skeleton(original)
    assert skeleton(original) != skeleton("Join our study group, week 3")


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=80))
def test_any_text_has_a_plain_form_that_is_stable_in_length(text):
    shown, hidden = plain(text)

    assert hidden >= 0
    assert len(words(shown)) <= 4 * len(text) + 4
    skeleton(text)
