"""Courses in words: exact, in both languages, and found by whatever somebody writes."""

import pytest

from handlers.base import UserError, plain_lines
from handlers.words.courses import (
    facts_of,
    find_course,
    language_in_words,
    length_in_words,
    offer_courses,
    one_line,
    price_in_words,
    progress_bar,
    title_of,
)
from tests.handlers.room import TEXTS
from tests.storage.making import School, a_course

EN, ZH = TEXTS("en"), TEXTS("zh_CN")


@pytest.mark.parametrize(
    ("price", "currency", "said"),
    [
        (4900, "EUR", "€49"), (4950, "EUR", "€49.50"), (19900, "CNY", "CN¥199"), (1200, "JPY", "¥1,200"),
        (0, None, "free"), (None, "EUR", ""), (129_900, "USD", "$1,299"),
    ],
)  # fmt: skip
def test_prices(price, currency, said):
    assert price_in_words(EN, price, currency) == said


def test_the_rest_of_a_card():
    assert price_in_words(ZH, 19900, "CNY") == "¥199"
    assert [length_in_words(EN, n) for n in (None, 45, 180, 150, 1234)] == [
        "",
        "45 min",
        "3 h",
        "2 h 30 min",
        "21 h",
    ]
    assert [progress_bar(EN, n, 300) for n in (0, 1, 299, 300)] == [
        "▱▱▱▱▱▱▱▱▱▱ 0 of 300", "▰▱▱▱▱▱▱▱▱▱ 1 of 300", "▰▰▰▰▰▰▰▰▰▱ 299 of 300", "▰▰▰▰▰▰▰▰▰▰ 300 of 300",
    ]  # fmt: skip
    assert (language_in_words(EN, "zh"), language_in_words(ZH, "en")) == ("Chinese", "英语")
    assert one_line("<b>Git</b>\n\u202e for\tteams") == "<b>Git</b> for teams"
    assert len(one_line("x" * 20 + " y" * 1_000)) <= 120


async def test_a_course_is_found_by_key_number_or_a_part_of_its_title(room, ctx):
    school = School(room.community, room.space)
    git = await a_course(room.store, school, "git-1", title="Git for teams", level=1, price=0)
    await a_course(room.store, school, "git-2", title="Git inside", teacher="Ann")
    sharp = await a_course(room.store, school, "cs", title="C# 入门", tags=["编程"])
    await a_course(room.store, school, "old", title="Git of old", state="archived")

    for words, number in (
        ("GIT-1", git),
        (f"#{git}", git),
        ("teams git", git),
        ("c#", sharp),
        ("编程", sharp),
    ):
        assert (await find_course(ctx, words)).id == number
    found = await room.store.courses.get(room.community.id, git)
    assert (title_of(ZH, found), facts_of(EN, found, 6)) == (
        "《Git for teams》",
        "beginner · 6 lessons · free",
    )
    assert await offer_courses(ctx, "inside") == [(str(git + 1), "Git inside")]
    for words, said in (
        ("git", "may be one of several courses"),
        ("Gti for taems", "Git for teams"),
        ("old", "no course"),
        ("", "Which course"),
    ):
        with pytest.raises(UserError) as caught:
            await find_course(ctx, words)
        assert said in plain_lines(caught.value.lines)
