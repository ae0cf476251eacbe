"""Names are shown as what they are, and nothing they hide is."""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from handlers.base.names import MAX_CHARACTERS, MAX_GRAPHEMES, clean_name

ODD = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            " a学é\u0301\u0338\u200b\u200d\u200c\u2060\ufeff\u202e\u2066\u2069\u061c\u3164\u2800\x00\n\ud800\ufe0f\u20e3"
            "👩👧❤🏴🇨🇳🏽\U000e0067\U000e007f\u094d\u0937ᄀ"
        ),
        st.characters(),
    ),
    max_size=300,
)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ann Li", "Ann Li"),
        ("  王小明\n ", "王小明"),
        ("👩‍👩‍👧‍👦 Mama", "👩‍👩‍👧‍👦 Mama"),
        ("❤️ 1️⃣ 🇨🇳 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿", "❤️ 1️⃣ 🇨🇳 👍🏽 🏴󠁧󠁢󠁥󠁮󠁧󠁿"),
        ("مريم \u202eevil", "مريم evil"),
        ("A\u200bd\u2060m\ufeffin", "Admin"),
        ("a\u200db", "ab"),
        ("क्‍ष", "क्‍ष"),
        ("nul\x00l\ud800", "null"),
        ("a   b\u2028c", "a b c"),
        ("é", "é"),
        ("<b>x & @everyone", "<b>x & @everyone"),
    ],
)
def test_names_are_shown_clean(name, shown):
    assert clean_name(name) == shown


@pytest.mark.parametrize(
    "name", ["", " ", "\u3164", "\u200b\u200e", "\u2800\u2800", "\u0301\u0301", "\ufe0f", "\x00", "\u202e"]
)
def test_what_shows_nothing_is_no_name(name):
    assert clean_name(name) == ""


def test_stacked_marks_are_cut_to_three():
    assert clean_name("Z" + "\u0335\u0322" * 40 + "o") == "Z" + "\u0335\u0322\u0335" + "o"


def test_long_names_are_cut_between_graphemes():
    assert clean_name("学" * 99) == "学" * 32
    assert clean_name("👩‍👩‍👧‍👦" * 99).endswith("👦")


@given(ODD)
def test_a_clean_name_is_safe_short_and_stays_as_it_is(name):
    shown = clean_name(name)

    assert clean_name(shown) == shown
    assert len(shown) <= MAX_CHARACTERS
    assert len(regex.findall(r"\X", shown)) <= MAX_GRAPHEMES
    assert not regex.search(r"[\u061c\u202a-\u202e\u2066-\u2069\u200b\p{Cc}\p{Cs}]|\s\s", shown)
    assert shown == "" or regex.search(r"[^\p{M}\p{Z}\s]", shown)
