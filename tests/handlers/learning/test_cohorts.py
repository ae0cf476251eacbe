"""Cohorts: made, joined, opened day by day, and ended; each of it undone by one press."""

from dataclasses import replace
from datetime import timedelta

from handlers.base import Post
from handlers.learning.cohorts import open_lessons, task
from tests.handlers.room import Room, button, labels
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


async def test_the_card_of_a_course_leads_to_its_cohort(room: Room):
    await a_git(room)
    assert labels(await room.say("/course git", by="Ann")) == [["Enrol"]]
    await room.say("/cohort_new today 2 git", by="Teacher")

    card = await room.say("/course git", by="Ann")
    joined = await room.press(
        button(await room.press(button(card, "Take it together"), by="Ann"), "Join the cohort"), by="Ann"
    )

    assert joined.plain.startswith("You are in “Git” from Wed 25 Nov.")
    assert labels(await room.say("/course git", by="Ann"))[-1] == ["Your cohort"]


async def test_a_teacher_puts_members_in_and_takes_them_out_again(room: Room):
    course = await a_git(room)
    for name in ("Ann", "Bob"):
        account = await room.account(name)
        await room.store.enrolments.enrol(room.community.id, course, account.id, source="chat", now=room.now)
    room.later(minutes=1)
    await room.account("Eve")
    made = await room.say("/cohort_new today 2 git", by="Teacher")

    all_in = await room.press(button(made, "Add all 2 who are enrolled"), by="Teacher")
    one_more = await room.say("/cohort_add @eve", by="Teacher", people=[room.person("Eve")])

    assert all_in.plain.splitlines()[0] == "2 members are in the cohort now."
    assert one_more.plain.splitlines()[0] == "Eve is in the cohort now."
    assert "3 members are in it." in one_more.plain
    await room.press(button(one_more, "Undo"), by="Teacher")
    out = await room.press(button(all_in, "Undo"), by="Teacher")
    assert out.plain == "Undone: 2 members are out of the cohort again."
    assert "0 members are in it." in (await room.say("/cohorts", by="Teacher")).plain
    assert [each.takes for each in await room.store.enrolments.in_course(room.community.id, course)] == [
        True,
        True,
        False,
    ]


async def test_its_board_shows_who_is_shown_and_everybody_their_own_place(room: Room):
    await a_git(room)
    await room.say("/cohort_new today 2 git", by="Teacher")
    [cohort] = await room.store.cohorts.all(room.community.id)
    for name, points in (("Ann", 5), ("Bob", 8), ("Eve", 99)):
        await room.press(f"cohort_join||{cohort.id}", by=name)
        await room.earn(name, points)
    await room.say("/optout board", by="Eve")

    board = await room.say("/cohort_board", by="Ann")

    assert board.plain.splitlines() == [
        "🏆 The board of “Git” from Wed 25 Nov",
        "1. Bob  8 · 0 of 3",
        "2. Ann  5 · 0 of 3",
        "Points since Wed 25 Nov, and lessons done.",
    ]
    own = [
        (await room.press(button(board, "My place"), by=name)).plain.splitlines()[0]
        for name in ("Ann", "Eve")
    ]
    assert own == ["2nd of 2 in the cohort, with 5.", "Boards do not show you."]


async def test_what_is_changed_of_it_is_undone(room: Room):
    await a_git(room)
    made = await room.say("/cohort_new today 2 git", by="Teacher")
    await room.in_channel("77")

    moved = await room.press(button(made, "Announce it here"), by="Teacher")
    named = await room.fill(
        await room.open(button(moved, "Name it"), by="Teacher"), by="Teacher", name="The early birds"
    )
    ended = await room.press(button(named, "End it"), by="Teacher")

    assert "What opens is told in #questions in Data School." in moved.plain
    assert "The early birds" in named.plain
    assert ended.plain.startswith("The early birds has ended.")
    assert (await room.mistake("/cohort_end", by="Teacher")).startswith("Which cohort?")
    for reply in (ended, named, moved):
        await room.press(button(reply, "Undo"), by="Teacher")
    assert (await room.say("/cohorts", by="Teacher")).plain.splitlines()[0] == "“Git” from Wed 25 Nov"


async def test_what_cannot_be_read_says_what_can(room: Room):
    await a_git(room)

    assert (await room.mistake("/cohort_new someday 2 git")).startswith("“someday” is no day.")
    assert (await room.mistake("/cohort_new 2026-02-30 2 git")).startswith(
        "“2026-02-30” is no day of the calendar."
    )
    assert (await room.mistake("/cohort_new today often git")).startswith("“often” is no rhythm.")
    assert (await room.mistake("/cohort_new 2036-01-01 2 git")).startswith("2036-01-01 is too far away.")
    assert (await room.mistake("/cohort_new today 2 cooking")).startswith(
        "There is no course “cooking” here."
    )
    assert (await room.mistake("/cohort_board 99")).startswith("There is no such cohort here.")
    assert (await room.say("/cohort_new 周五 每周 git", language="zh_CN")).plain.startswith("班级已建好。")


async def test_an_admin_is_told_of_a_cohort_without_members_and_of_one_that_may_be_over(room: Room):
    await a_git(room)
    await room.say("/cohort_new 2026-11-27 2 git", by="Teacher")
    ctx = await room.context("Boss")

    [empty] = await task(ctx)
    [over] = await task(replace(ctx, now=room.now + timedelta(days=40)))

    assert empty.words == "Nobody has joined “Git” from Fri 27 Nov yet."
    assert (await room.press(empty.action)).plain.startswith("“Git” from Fri 27 Nov")
    assert over.words == "“Git” from Fri 27 Nov 2026: the last lesson opened on Tue 1 Dec 2026. Is it over?"
    await room.press(over.action)
    assert await task(ctx) == []
