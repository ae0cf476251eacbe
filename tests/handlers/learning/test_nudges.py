"""Nudges: one letter that names the lesson and the minutes left, and what the member says to it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from handlers.base import DirectMessage, PlatformCondition
from handlers.learning.nudges import nudge
from storage.submissions import Work
from tests.handlers.room import Room, button, labels
from tests.storage.making import School, a_course, a_lesson


class Platforms:
    """An installation with Telegram alone, as far as a letter asks."""

    def __init__(self, must_start: bool) -> None:
        self.must_start = must_start

    def platforms(self) -> list[PlatformCondition]:
        return [
            PlatformCondition(
                platform="telegram", connected=True, silent_seconds=0, must_start=self.must_start
            )
        ]


async def ann_in_git(room: Room, cohort: bool = True) -> None:
    course = await a_course(room.store, School(room.community, room.space), "git")
    for number in (1, 2, 3):
        await a_lesson(
            room.store, course, f"l{number}", position=number, title=f"Part {number}", minutes=10 * number
        )
    if cohort:
        await room.say("/cohort_new today 1 git", by="Teacher")
    account = await room.account("Ann")
    await room.store.enrolments.enrol(room.community.id, course, account.id, source="chat", now=room.now)


async def letters(room: Room, hour: int = 11) -> list[DirectMessage]:
    """What is sent at that hour of the present day in Berlin."""
    return list(await nudge(replace(await room.context(None), now=room.now.replace(hour=hour - 1))))


async def do_next(room: Room) -> None:
    [taken] = await room.store.enrolments.of(room.community.id, (await room.member("Ann")).id)
    done = (await room.store.enrolments.done([taken]))[taken.id]
    following = next(
        each for each in await room.store.courses.lessons(taken.course_id) if each.id not in done
    )
    await room.store.enrolments.do(taken, following.id, source="chat", now=room.now)


async def test_who_has_stopped_hears_once_until_they_go_on(room: Room):
    await ann_in_git(room)
    heard = []
    for day in range(20):
        heard.append([each.reply.plain for each in await letters(room)])
        if day == 12:
            await do_next(room)
        room.later(days=1)

    assert [day for day, letter in enumerate(heard) if letter] == [6, 18]
    [[first], [second]] = heard[6], heard[18]
    assert first.splitlines() == [
        "Next in “Git”: “Part 1”, 10 min",
        "0 of 3 lessons are done. All that is left takes 1 h.",
    ]
    assert second.splitlines()[0] == "Next in “Git”: “Part 2”, 20 min"


async def test_nobody_is_written_to_at_night_nor_who_opted_out(room: Room):
    await ann_in_git(room)
    room.later(days=6)

    assert await letters(room, 8) == []
    assert await letters(room, 20) == []
    await room.say("/optout profiling", by="Ann")
    assert await letters(room) == []
    await room.say("/optin profiling", by="Ann")
    [sent] = await letters(room)
    assert (sent.account, labels(sent.reply)[-1]) == (
        room.people["Ann"].external_id,
        ["Not now", "Stop these"],
    )


async def test_not_now_is_an_answer_and_quiet_for_two_weeks(room: Room):
    await ann_in_git(room)
    room.later(days=6)
    [sent] = await letters(room)

    said = await room.press(button(sent.reply, "Not now"), by="Ann")

    assert said.plain == "I write nothing of your lessons until Tue 15 Dec."
    room.later(days=13)
    assert await letters(room) == []
    room.later(days=2)
    [again] = await letters(room)
    assert again.reply.plain.startswith("Next in “Git”: “Part 1”")
    await room.press(button(again.reply, "Stop these"), by="Ann")
    await room.press(button(again.reply, "Not now"), by="Ann")
    room.later(days=100)
    await do_next(room)
    room.later(days=10)
    assert await letters(room) == []
    await room.say("/nudges on", by="Ann")
    assert len(await letters(room)) == 1


async def test_only_the_members_of_cohorts_unless_everybody_is_wanted(room: Room):
    await ann_in_git(room, cohort=False)
    room.later(days=6)

    assert await letters(room) == []
    await room.say("/set nudges.everybody on", by="Boss")
    assert len(await letters(room)) == 1


async def test_what_is_not_open_yet_is_not_asked_for(room: Room):
    await ann_in_git(room, cohort=False)
    await room.say("/cohort_new today 30 git", by="Teacher")
    await room.press(button(await room.say("/cohorts", by="Ann"), "Join the cohort"), by="Ann")
    await do_next(room)

    room.later(days=29)
    assert await letters(room) == []
    room.later(days=6)
    assert len(await letters(room)) == 1


@pytest.mark.parametrize(
    ("must_start", "started", "sent"), [(True, False, 0), (True, True, 1), (False, False, 1)]
)
async def test_only_who_can_be_written_to_is_and_nobody_else_is_taken_for_told(
    room: Room, must_start: bool, started: bool, sent: int
):
    await ann_in_git(room)
    if started:
        await room.store.people.set_reachable(room.people["Ann"].id, room.now)
    room.later(days=6)
    condition: Any = Platforms(must_start)
    ctx = replace(await room.context(None), condition=condition)

    assert len(await nudge(ctx)) == sent
    [taken] = await room.store.enrolments.of(room.community.id, (await room.member("Ann")).id)
    assert (taken.nudged_at is not None) is bool(sent)


async def test_neither_a_talk_to_come_nor_what_waits_for_a_mark_makes_a_straggler(room: Room):
    await ann_in_git(room)
    [taken] = await room.store.enrolments.of(room.community.id, (await room.member("Ann")).id)
    first, second, third = await room.store.courses.lessons(taken.course_id)
    room.later(days=8)
    talk = {
        "kind": "live",
        "starts_at": room.now + timedelta(days=1),
        "ends_at": room.now + timedelta(days=2),
    }
    for lesson in (first, third):
        await room.store.courses.change_lesson(lesson.id, talk)
    account = room.people["Ann"]
    work = Work(text="Here it is")
    await room.store.submissions.hand_in(
        room.community.id,
        taken.course_id,
        second.id,
        account.id,
        work,
        replaces=None,
        now=room.now - timedelta(days=7),
    )

    assert await letters(room) == []
