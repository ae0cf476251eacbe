"""The report of a course: shares, where people stop, stars and words, and nobody's name."""

import csv
from datetime import timedelta

import pytest

from handlers.base import UserError
from handlers.learning.figures import figures_of
from tests.handlers.room import NOW, button
from tests.storage.making import School, a_course, a_lesson

NAMES = ("Ann", "Bob", "Cleo", "Dana", "Emil", "Fay")


async def a_full_course(room, people):
    """Each of the people did so many lessons, the last of them on the tenth day."""
    school, here = School(room.community, room.space), room.community.id
    course = await a_course(room.store, school, title="Git for teams")
    lessons = [
        await a_lesson(room.store, course, f"l{at}", title=title, position=at, kind="video")
        for at, title in enumerate(("Start", "=Branches()", "Merging"), 1)
    ]
    for name, count in people.items():
        account, member = await room.account(name), await room.member(name)
        await room.store.enrolments.enrol(here, course, account.id, source="chat", now=NOW)
        for day, lesson in zip((0, 5, 10), lessons[:count], strict=False):
            taken = await room.store.enrolments.one(here, member.id, course)
            await room.store.enrolments.do(taken, lesson, source="chat", now=NOW + timedelta(days=day))
        taken = await room.store.enrolments.one(here, member.id, course)
        await room.store.enrolments.settle([taken])
        if count:
            await room.store.enrolments.rate(taken, 2 + count % 3, words=f"Words of {count}", now=NOW)
    return course, lessons


async def test_the_report_says_where_people_stop_and_names_nobody(room):
    course, lessons = await a_full_course(room, dict(zip(NAMES, (3, 1, 1, 1, 2, 0), strict=True)))
    await room.store.asked.add(
        room.community.id, room.people["Ann"].id, "How do I merge?", course_id=course, lesson_id=lessons[2], now=NOW
    )  # fmt: skip

    reply = await room.say("/course_report git")
    kept = await room.press(button(reply, "As a file"))

    assert reply.plain.splitlines() == [
        "Git for teams",
        "6 are or were in it.",
        "Started: 5 (83 %)",
        "Finished: 1 (17 %)",
        "",
        "How many got that far",
        "▰▰▰▰▰▰▰▰▱▱ 5 · 1. Start",
        "▰▰▰▱▱▱▱▱▱▱ 2 · 2. =Branches()",
        "▰▰▱▱▱▱▱▱▱▱ 1 · 3. Merging",
        "Most stop after “Start”: 3 did nothing more.",
        "",
        "5 rated it: 3.0 of 5 stars",
        "• 2 ★ Words of 3",
        "• 3 ★ Words of 1",
        "• 3 ★ Words of 1",
        "• 3 ★ Words of 1",
        "• 4 ★ Words of 2",
        "",
        "1 question led to it",
        "• How do I merge?",
    ]
    rows = list(csv.reader(kept.document.content.decode("utf-8-sig").splitlines()))
    assert [row[:2] + row[4:] for row in rows[1:]] == [
        ["1", "Start", "5", "5", "3", "0.833", "", "0"],
        ["2", "'=Branches()", "2", "2", "1", "0.333", "", "0"],
        ["3", "Merging", "1", "1", "0", "0.167", "", "1"],
    ]
    assert not any(name in reply.plain + kept.document.content.decode() for name in NAMES)


async def test_of_few_nothing_is_said_but_how_many(room):
    course, _ = await a_full_course(room, {"Ann": 3, "Bob": 1})

    reply = await room.say("/course_report git")

    assert reply.plain.splitlines()[:3] == [
        "Git for teams",
        "2 are or were in it.",
        "Too few to say more: 2 of at least 5.",
    ]
    assert reply.buttons == ()
    with pytest.raises(UserError, match="Too few"):
        await room.press(f"course_report_file||{course}")


async def test_nobody_took_it_yet(room):
    await a_course(room.store, School(room.community, room.space), title="Zen")

    assert (await room.say("/course_report zen")).lines[0].text == "Nobody has taken “Zen” yet."


def test_figures_of_nothing_are_none():
    found = figures_of([], {}, [])

    assert (found.enrolled, found.days, found.stars, found.worst) == (0, None, None, None)
