"""Cohorts: made, joined, opened day by day, and ended; each of it undone by one press."""

from dataclasses import replace

from handlers.base import Post
from handlers.learning.cohorts import open_lessons
from tests.handlers.room import Room, button
from tests.storage.making import School, a_course, a_lesson


async def a_git(room: Room, lessons: int = 3, **more) -> int:
    course = await a_course(room.store, School(room.community, room.space), "git", **more)
    for number in range(1, lessons + 1):
        await a_lesson(
            room.store, course, f"l{number}", position=number, title=f"Part {number}", minutes=10 * number
        )
    return course


async def opens(room: Room, hour: int = 9) -> list[str]:
    """What the channel hears at that hour of the present day in Berlin."""
    ctx = await room.context(None)
    posts = await open_lessons(replace(ctx, now=room.now.replace(hour=hour - 1)))
    assert all(isinstance(each, Post) and each.place.space == "-100" for each in posts)
    return [each.reply.plain for each in posts]


async def test_a_cohort_is_made_and_unmade(room: Room):
    await a_git(room)

    made = await room.say("/cohort_new friday 2 git")

    assert made.plain.splitlines() == [
        "A cohort is made. Who enrols in “Git” from now on is in it.",
        "",
        "“Git” from Fri 27 Nov",
        "It begins on Fri 27 Nov.",
        "A lesson opens every 2 days.",
        "0 members are in it.",
        "What opens is told in Data School.",
    ]
    days = await room.press(button(made, "Its days"))
    assert days.plain.splitlines() == [
        "“Git” from Fri 27 Nov",
        "1. “Part 1” · article · 10 min · Fri 27 Nov",
        "2. “Part 2” · article · 20 min · Sun 29 Nov",
        "3. “Part 3” · article · 30 min · Tue 1 Dec",
        "A day begins at midnight in Europe/Berlin.",
    ]
    assert "made the cohort “Git” from Fri 27 Nov" in (await room.say("/audit")).plain
    undone = await room.press(button(made, "Undo"))
    assert undone.plain == "Undone: the cohort is gone."
    assert (await room.say("/cohorts")).plain.startswith("No course is taken together now.")


async def test_the_channel_hears_of_each_lesson_once(room: Room):
    await a_git(room)
    await room.say("/cohort_new today 2 git")
    heard = []
    for _ in range(7):
        heard.append([*await opens(room, 8), *await opens(room), *await opens(room, 11)])
        room.later(days=1)

    assert [[text.splitlines()[0] for text in day] for day in heard] == [
        ["📖 Lesson 1 is open: “Part 1” · article · 10 min"],
        [],
        ["📖 Lesson 2 is open: “Part 2” · article · 20 min"],
        [],
        ["📖 Lesson 3 is open: “Part 3” · article · 30 min"],
        [],
        [],
    ]


async def test_a_member_joins_and_leaves(room: Room):
    await a_git(room)
    await room.say("/cohort_new today 2 git", by="Teacher")
    card = await room.say("/cohorts", by="Ann")

    joined = await room.press(button(card, "Join the cohort"), by="Ann")

    assert joined.plain.splitlines() == [
        "You are in “Git” from Wed 25 Nov.",
        "1 of 3 lessons are open; the next, “Part 2”, opens on Fri 27 Nov.",
    ]
    assert "1 member is in it." in (await room.say("/cohorts", by="Ann")).plain
    await room.press(button(joined, "Leave the cohort"), by="Ann")
    assert "0 members are in it." in (await room.say("/cohorts", by="Ann")).plain
