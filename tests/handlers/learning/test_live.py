"""Live lessons: told of twice, attended by a press, done once for who was there long enough."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.effects import write_effects
from handlers.base import Award, Post, UserError, plain_lines
from handlers.learning.live import live, task
from tests.handlers.room import Room, button, labels
from tests.storage.making import School, a_course, a_lesson

STARTS = datetime(2026, 11, 26, 18, 0, tzinfo=UTC)
"""Thursday, 19:00 in Berlin."""
HOUR = timedelta(hours=1)


async def a_talk(room: Room, **more) -> int:
    course = await a_course(room.store, School(room.community, room.space), "git")
    told = {"kind": "live", "title": "Q&A", "starts_at": STARTS, "ends_at": STARTS + HOUR, "minutes": 60}
    lesson = await a_lesson(room.store, course, "talk", position=1, **told | more)
    await a_lesson(room.store, course, "two", position=2, title="Part 2")
    for name in ("Ann", "Bob"):
        account = await room.account(name)
        await room.store.enrolments.enrol(room.community.id, course, account.id, source="chat", now=room.now)
    return lesson


async def refused(room: Room, data: str, by: str) -> str:
    with pytest.raises(UserError) as caught:
        await room.press(data, by=by)
    return plain_lines(caught.value.lines)


async def happens(room: Room, at: datetime) -> tuple[list[Post], list[Award]]:
    """What the job says and pays at a moment; both are written as the schedule does it."""
    room.now = at
    ctx = await room.context(None)
    effects = list(await live(ctx))
    before = {each.id for each in await room.store.outbox.list("pending", 99)}
    await write_effects(room.store, effects, ctx.community, at)
    new = [each.key for each in await room.store.outbox.list("pending", 99) if each.id not in before]
    posts = [each for each in effects if isinstance(each, Post) and each.key in new]
    return posts, [each for each in effects if isinstance(each, Award)]


async def test_it_is_told_of_a_day_and_ten_minutes_before(room: Room):
    await a_talk(room, link="https://meet.example/qa")
    heard = []
    for minutes in (1500, 1440, 1380, 30, 10, 5, 0, -5):
        posts, _ = await happens(room, STARTS - timedelta(minutes=minutes))
        heard += [(minutes, each.reply) for each in posts]

    assert [(minutes, reply.plain.splitlines(), labels(reply)) for minutes, reply in heard] == [
        (
            1440,
            ["🔴 Live tomorrow: “Q&A”", "Thu 26 Nov, 19:00 to 20:00 (Europe/Berlin)", "“Git” · 1 h"],
            [["Go there"]],
        ),
        (
            10,
            ["🔴 “Q&A” begins in 10 minutes", "Thu 26 Nov, 19:00 to 20:00 (Europe/Berlin)", "“Git” · 1 h"],
            [["Go there", "I am here"]],
        ),
    ]


async def test_a_press_counts_from_then_to_the_end_and_pays_once(room: Room):
    await a_talk(room)
    [soon], _ = await happens(room, STARTS - timedelta(minutes=10))
    here = button(soon.reply, "I am here")

    first = await room.press(here, by="Ann")
    room.now = STARTS + timedelta(minutes=40)
    late = await room.press(here, by="Bob")
    again = await room.press(here, by="Ann")

    assert first.plain.splitlines() == [
        "Noted: you are here.",
        "Stay until 20:00, and the lesson is done and earns you 10 points.",
    ]
    assert late.plain.splitlines()[1] == (
        "For it to be done one has to be there for 36 minutes; you came later."
    )
    assert again.plain.startswith("You are noted already.")
    paid = [await happens(room, STARTS + HOUR + timedelta(minutes=each)) for each in (-1, 0, 5)]
    assert [[(award.member, award.points) for award in awards] for _, awards in paid] == [
        [],
        [((await room.member("Ann")).id, 10)],
        [],
    ]
    assert (
        "“Q&A” · Thu 26 Nov, 19:00 to 20:00 (Europe/Berlin) · 2 members"
        in (await room.say("/attendance", by="Teacher")).plain
    )
    assert (await room.say("/attendance q&a", by="Teacher")).plain.splitlines() == [
        "1 of 2 who take “Git” were at “Q&A” long enough",
        "Thu 26 Nov, 19:00 to 20:00 (Europe/Berlin)",
        "✔ Ann · 60 minutes",
        "– Bob · 20 minutes",
        "36 minutes are enough.",
    ]


async def test_a_press_before_its_time_or_by_others_says_what_to_do(room: Room):
    lesson = await a_talk(room)
    data = f"live_here||{lesson}"

    early = await refused(room, data, by="Ann")
    room.now = STARTS
    stranger = await refused(room, data, by="Eve")
    room.now = STARTS + HOUR
    over = await refused(room, data, by="Ann")

    assert early.startswith("It has not begun: Thu 26 Nov, 19:00")
    assert stranger.startswith("It is a lesson of “Git”, which you do not take.")
    assert over == "It is over."


async def test_an_admin_is_asked_for_the_link_that_is_missing(room: Room):
    await a_talk(room)
    [missing] = await task(replace(await room.context("Boss"), now=STARTS - HOUR))
    assert missing.words == ("“Q&A” is live on Thu 26 Nov, 19:00 to 20:00 (Europe/Berlin) and has no link.")

    form = await room.open(button(await room.press(missing.action), "Write the link"))
    done = await room.fill(form, address="https://meet.example/qa")

    assert done.plain == "“Q&A” takes place there. I announce it with the link."
    assert await task(replace(await room.context("Boss"), now=STARTS - HOUR)) == []
    await room.press(button(done, "Undo"))
    assert len(await task(replace(await room.context("Boss"), now=STARTS - HOUR))) == 1
