"""Profiles: every line with its source, corrected by a press, and an admin's look that leaves a trace."""

from datetime import timedelta

import pytest

from handlers.base import ADMIN, DirectMessage, UserError
from storage.roster import NewRow, Purchase
from tests.handlers.room import Room, button, labels
from tests.storage.making import School, a_course, a_lesson


async def a_life(room: Room, name: str = "Ann") -> None:
    """What there is to know of somebody: topics, posts, a course that is done and one that is not."""
    school, here = School(room.community, room.space), room.community.id
    account = await room.account(name)
    git = await a_course(room.store, school, "git", title="Git", tags=["Git", "Teamwork"])
    await a_course(room.store, school, "sql", title="SQL", tags=["SQL", "Statistics"])
    python = await a_course(room.store, school, "py", title="Python", tags=["Python"])
    for number in range(4):
        await a_lesson(room.store, python, f"l{number}")
    await room.store.enrolments.enrol(here, git, account.id, source="chat", now=room.now)
    await room.store.enrolments.enrol(here, python, account.id, source="import", now=room.now)
    member = await room.member(name)
    taken = await room.store.enrolments.one(here, member.id, git)
    await room.store.enrolments.finish(taken, now=room.now)
    await room.store.interests.say(here, account.id, ["statistics"], wanted=True, now=room.now)
    for day in range(6):
        text = "My SQL query is slow" if day % 2 else "Good morning"
        at = room.now - timedelta(days=7 * day, hours=-6)
        await room.post(name, f"-100/{day}", text, posted_at=at)


async def buys(room: Room, name: str = "Ann") -> int:
    here = room.community.id
    row = NewRow(email="ann@example.com", name="Ann Li", purchases=(Purchase("SQL from zero"),))
    await room.store.roster.take_in(here, [row], now=room.now)
    found = await room.store.roster.by_email(here, "ann@example.com")
    account = await room.account(name)
    await room.store.roster.claim(here, found.id, account.id, how="match", now=room.now, sure=True)
    return found.id


async def test_a_member_sees_each_thing_with_its_source(room: Room):
    await a_life(room)
    await buys(room)
    await room.store.asked.add(
        room.community.id, (await room.account("Ann")).id, "What is HEAD?",
        course_id=None, lesson_id=None, now=room.now,
    )  # fmt: skip

    seen = await room.say("/profile", by="Ann")

    assert seen.plain.splitlines() == [
        "What I know of you in Data School",
        "",
        "Interests",
        "• statistics · you told me",
        "• git · from Git, which you finished",
        "• teamwork · from Git, which you finished",
        "",
        "Rhythm",
        "• mostly Wed, 19:00 to 22:00 · from 6 posts in the last 90 days",
        "",
        "Courses",
        "• Git · finished · you enrolled here",
        "• Python · ▱▱▱▱▱▱▱▱▱▱ 0 of 4 · from the school's file",
        "",
        "Purchases, from the shop's list",
        "• SQL from zero",
        "",
        "1 question asked with /ask",
        "The last, on Wed 25 Nov: What is HEAD?",
        "",
        "Is something wrong? Press it away, or tell me: /interests",
    ]


async def test_what_was_taken_for_an_interest_is_pressed_away_for_good(room: Room):
    await a_life(room)
    seen = await room.say("/profile", by="Ann")

    once = await room.press(button(seen, "✕ git"), by="Ann")
    both = await room.press(button(once, "✕ statistics"), by="Ann")

    assert "• git ·" not in both.plain
    assert "• statistics ·" not in both.plain
    said = await room.store.interests.of(room.community.id, (await room.member("Ann")).id)
    assert [(each.topic, each.wanted) for each in said] == [("git", False)]


async def test_posts_are_read_for_who_allowed_it_and_shown_to_no_admin(room: Room):
    await a_life(room)
    account = await room.account("Ann")
    before = (await room.say("/profile", by="Ann")).plain
    await room.store.suggestions.wish(room.community.id, account.id, reads=True, now=room.now)

    after = (await room.say("/profile", by="Ann")).plain
    admins = (await room.say("/profile @ann", by="Root", role=ADMIN)).plain

    assert "• sql ·" not in before
    assert "• sql · from 3 of your posts in the last 90 days" in after
    assert "• sql ·" not in admins
    assert "• statistics · told me by themselves" in admins


async def test_an_admins_look_leaves_a_trace_and_others_may_not(room: Room):
    await a_life(room)

    seen = await room.say("/profile @ann", by="Root", role=ADMIN)

    assert seen.plain.splitlines()[0] == "Ann"
    assert "Root looked at the profile of Ann." in (await room.say("/audit")).plain
    assert "for admins to see" in await room.mistake("/profile @ann", by="Bob")
    assert (await room.say("/profile @ann", by="Ann")).plain.startswith("What I know of you")


async def test_of_who_opted_out_only_what_serves_them_is_seen(room: Room):
    await a_life(room)
    member = await room.member("Ann")
    await room.store.privacy.choose(member.id, profiled=False)

    mine = (await room.say("/profile", by="Ann")).plain
    admins = (await room.say("/profile @ann", by="Root", role=ADMIN)).plain

    for each in (mine, admins):
        assert "Interests" not in each
        assert "Rhythm" not in each
        assert "• Git · finished" in each
    assert "They opted out of profiling" in admins


async def test_a_purchase_that_is_not_theirs_goes_to_an_admin_who_takes_it_back(room: Room):
    number = await buys(room)
    await room.store.people.set_roles((await room.account("Root")).id, room.space.id, ("admin",), room.now)
    seen = await room.say("/profile", by="Ann")

    asked = await room.press(button(seen, "That is not mine"), by="Ann")
    [[label]] = labels(asked)
    told = await room.press(button(asked, label), by="Ann")
    [letter] = [each for each in room.effects if isinstance(each, DirectMessage)]
    await room.press(button(letter.reply, "That is not them"), by="Root", role=ADMIN)

    assert told.plain == "An admin knows, and looks at it."
    assert letter.reply.plain == "Ann says that the purchases of Ann Li (a•••@example.com) are not theirs."
    assert (await room.store.roster.row(room.community.id, number)).account_id is None
    with pytest.raises(UserError, match="under your name any more"):
        await room.press(button(asked, label), by="Ann")


async def test_of_a_newcomer_little_is_known(room: Room):
    seen = await room.say("/profile", by="New")

    assert seen.plain.splitlines()[2:4] == ["Interests", "I know none yet."]
