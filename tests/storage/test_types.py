"""Column types: a moment comes back as it went in, and a text without what no database takes."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.types import UtcDateTime, clean, json_text, moment
from tests.storage.making import a_school


@given(st.datetimes(timezones=st.timezones() | st.just(timezone(timedelta(hours=5, minutes=45)))))
def test_a_moment_is_the_same_to_the_microsecond_whatever_zone_it_was_told_in(at):
    kept = UtcDateTime().process_bind_param(at, None)

    try:
        expected = at.astimezone(UTC)
    except OverflowError:  # the first and the last day of all, seen from elsewhere
        return
    assert moment(kept) == expected
    assert moment(kept).tzinfo is UTC


async def test_a_time_without_a_zone_is_refused(store):
    school = await a_school(store)

    with pytest.raises(Exception, match="a naive time"):
        await store.communities.set_standing(school.space.id, "removed", now=datetime(2026, 11, 25))


@given(st.text(st.characters()))
def test_a_cleaned_text_can_be_written_anywhere_and_keeps_everything_else(text):
    cleaned = clean(text)

    assert "\0" not in cleaned
    cleaned.encode("utf-8")
    assert cleaned == clean(cleaned)
    if "\0" not in text and not any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        assert cleaned == text


words = st.text(st.characters(), max_size=5)
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)


@given(trees)
def test_json_never_holds_what_a_database_refuses(tree):
    import json

    text = json_text(tree)

    text.encode("utf-8")
    assert "\0" not in str(json.loads(text))
