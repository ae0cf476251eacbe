"""What people write stays text, and every part of a long reply is one that Telegram takes."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram_adapter.dress import (
    FSI,
    MAX_ENTITIES,
    PDI,
    WORD_JOINER,
    Run,
    plain_of,
    runs_of,
    shortened,
    split,
    to_html,
    units,
)
from handlers.base import Bold, Code, Italic, Link, Mention
from tests.doubles.telegram.entities import parse_html

FAMILY = "👩‍👩‍👧‍👦"
ODD = st.text(
    alphabet=st.one_of(
        st.sampled_from("<>&\"'`*_[]()~|\\\n é学🎉\u202e\u2066\x00\ud800" + FAMILY), st.characters()
    )
)
SPANS = st.one_of(
    ODD,
    st.builds(Bold, ODD),
    st.builds(Italic, ODD),
    st.builds(Code, ODD),
    st.builds(Link, ODD, st.just("https://example.org/?a=1&b=\"2'<>")),
    st.builds(Mention, ODD, st.just("7")),
)
LINES = st.lists(st.one_of(SPANS, st.tuples(SPANS, SPANS)), max_size=6)


def html_of(*lines):
    return to_html(runs_of(lines))


@pytest.mark.parametrize(
    "name", ["<b>x", "</a><script>", "*_[]()~`", "&lt;", '"><img src=x>', "<@&1>", "@here"]
)
def test_hostile_names_are_shown_as_they_are(name):
    text, entities = parse_html(html_of(("1. ", Bold(name))))

    assert text == f"1. {name}"
    assert [e["type"] for e in entities] == ["bold"]


def test_a_mention_shows_a_name_and_never_pings():
    assert html_of(Mention("@alice_demo", "7")) == f"@{WORD_JOINER}alice_demo"


def test_a_name_that_runs_from_right_to_left_is_isolated():
    assert html_of((Mention("مريم", "7"), "  128")) == f"{FSI}مريم{PDI}  128"


def test_direction_controls_do_not_leak_out_of_a_text():
    assert html_of(("a\u202eb", "c")) == f"{FSI}ab{PDI}c"
    assert html_of((Code("a\u202eb"), "c")) == "<code>ab</code>c"


def test_a_link_with_quotes_stays_inside_its_attribute():
    text, (entity,) = parse_html(html_of(Link("here", 'https://x.org/?q="><b>')))

    assert (text, entity["url"]) == ("here", 'https://x.org/?q="><b>')


@given(LINES)
def test_html_reads_back_as_the_plain_text(lines):
    runs = runs_of(lines)

    text, _ = parse_html(to_html(runs))

    assert text == plain_of(runs).strip(" \t\n\r\x0b\x0c")


@given(LINES, st.integers(4, 60))
def test_parts_put_together_are_the_whole_and_each_fits(lines, limit):
    runs = runs_of(lines)

    parts = split(runs, limit)

    assert "".join(map(plain_of, parts)) == plain_of(runs)
    for part in parts:
        assert 0 < units(plain_of(part)) <= limit
        assert sum(run.tag != "" for run in part) <= MAX_ENTITIES
        parse_html(to_html(part))  # raises if a tag is cut


@given(st.lists(st.sampled_from([FAMILY, "é", "学", "🎉", "a", "🇨🇳", "\r\n"]), min_size=1, max_size=80))
def test_no_part_begins_inside_a_grapheme(graphemes):
    parts = split([Run("".join(graphemes))], 30)

    found = [g for part in parts for g in regex.findall(r"\X", plain_of(part))]
    assert found == regex.findall(r"\X", "".join(graphemes))


@pytest.mark.parametrize(("size", "parts"), [(4096, 1), (4097, 2)])
def test_the_limit_is_4096_units(size, parts):
    assert len(split([Run("x" * size)])) == parts
    assert len(split([Run("x" * (size - 2) + "🎉")])) == parts


def test_a_cut_comes_after_a_line_and_dress_goes_on_behind_it():
    parts = split(runs_of(["a" * 20, Bold("b" * 20)]), 30)

    assert [to_html(part) for part in parts] == ["a" * 20 + "\n", f"<b>{'b' * 20}</b>"]
    assert [to_html(part) for part in split([Run("x" * 40, "b")], 30)] == [
        f"<b>{'x' * 30}</b>",
        f"<b>{'x' * 10}</b>",
    ]


def test_a_grapheme_longer_than_a_message_is_cut():
    assert [units(plain_of(part)) for part in split([Run("a" + "\u0301" * 99)], 40)] == [40, 40, 20]


def test_more_than_a_hundred_dressed_runs_take_a_second_message():
    assert [len(part) for part in split([Run("x", "b")] * 150)] == [100, 50]


def test_ten_megabytes_of_one_word_are_split_quickly():
    assert len(split([Run("x" * 10_000_000)])) == 2442


@given(st.text(), st.integers(2, 40))
def test_a_shortened_text_fits(text, limit):
    short = shortened(text, limit)

    assert units(short) <= limit
    assert short == text or short.endswith("…")


def test_a_shortened_text_keeps_emoji_whole():
    assert shortened("ab" + FAMILY * 3, 16) == "ab" + FAMILY + "…"
