"""Suggesting unasked: once, at the member's own hour, only when it fits, and never to who does not want it."""

from datetime import timedelta

import pytest

from handlers.learning.suggest_push import push
from tests.handlers.learning.suggesting import learned, shown_to, suggest_in, took, two_tracks
from tests.handlers.room import Room, button, labels


@pytest.fixture
async def school(room: Room, tmp_path):
    """Me asked once, a month ago, and has begun the track of data since. In Berlin it is 13:00."""
    suggest_in(room, tmp_path)
    made = await two_tracks(room)
    await learned(room, tmp_path, list(made.values()))
    await took(room, "Me", made["Data 1"])
    await room.say("/suggest")
    await room.account("Bob")
    room.later(days=40)
    return room


async def round_of(room: Room) -> list[str]:
    """What is written to people in this hour."""
    before = {each.id for each in await room.store.outbox.due(room.now, 100, "telegram")}
    await push(await room.context(by=None))
    await room.suggesting.idle()
    found = await room.store.outbox.due(room.now, 100, "telegram")
    return [str(each.payload) for each in found if each.id not in before]


async def evening(room: Room) -> None:
    """19:05 in Berlin."""
    room.now = room.now.replace(hour=18, minute=5)


async def test_one_message_in_the_evening_and_the_next_a_week_later(school):
    assert await round_of(school) == []
    await evening(school)

    [message] = await round_of(school)

    assert "Next for you: “Data 2”" in message
    assert "suggest_often" in message
    assert (await shown_to(school, "Me"))[-1].way == "pushed"
    assert await round_of(school) == []
    school.later(days=6)
    assert await round_of(school) == []
    school.later(days=1)
    assert "Data 2" not in "".join(await round_of(school)).split("Because")[0]


async def test_at_the_hour_in_which_somebody_writes(school):
    for number in range(6):
        await school.post("Me", f"m{number}", posted_at=school.now - timedelta(days=number, minutes=20))
    await evening(school)
    assert await round_of(school) == []
    school.now = school.now.replace(hour=11)
    assert len(await round_of(school)) == 1


async def test_never_in_quiet_hours(school):
    for number in range(6):
        at = (school.now - timedelta(days=number)).replace(hour=22)
        await school.post("Me", f"m{number}", posted_at=at)
    for hour in (22, 2, 6):
        school.now = school.now.replace(hour=hour, minute=5)
        assert await round_of(school) == []
    await evening(school)
    assert len(await round_of(school)) == 1


async def test_never_to_who_said_never_or_opted_out_and_by_default_not_to_who_never_asked(school):
    await took(school, "Bob", *[each.course_id for each in await shown_to(school, "Me")][:1], days_ago=20)
    chosen = await school.say("/suggest_often never")
    assert chosen.plain == "From now on I suggest something only when you ask: /suggest"
    await evening(school)
    assert await round_of(school) == []

    await school.say("/suggest_often weekly")
    await school.say("/optout profiling")
    assert await round_of(school) == []

    await school.say("/optin profiling")
    await school.store.settings.set(
        school.community.id, "suggest_push.everybody", True, by=None, now=school.now
    )
    assert len(await round_of(school)) == 2


async def test_not_to_newcomers_unless_they_chose_how_often(school):
    await school.account("New")
    await took(school, "New", (await shown_to(school, "Me"))[0].course_id, days_ago=0)
    await evening(school)
    await school.say("/suggest_often never")
    assert await round_of(school) == []
    await school.say("/suggest_often weekly", by="New")
    assert len(await round_of(school)) == 1


async def test_who_heeds_none_hears_less(school):
    await evening(school)
    for _ in range(3):
        assert len(await round_of(school)) == 1
        school.later(days=7)
        await school.store.settings.set(school.community.id, "suggest.again_days", 0, by=None, now=school.now)
    assert await round_of(school) == []
    school.later(days=21)
    assert len(await round_of(school)) == 1


async def test_nothing_where_nothing_is_good_enough(school):
    await school.store.settings.set(school.community.id, "suggest.sure_from", 5.0, by=None, now=school.now)
    await evening(school)
    assert await round_of(school) == []


async def test_how_often_is_asked_and_said(school):
    asked = await school.say("/suggest_often")
    assert labels(asked) == [["never", "once a month", "once a week"], ["twice a week"]]
    said = await school.press(button(asked, "once a month"))
    assert said.plain == "From now on I write to you at most once a month, when something fits you well."
    assert "I write at most once a month." in (await school.say("/suggest_often")).plain
    assert (await school.mistake("/suggest_often hourly")).splitlines() == [
        "Write never, monthly, weekly or twice.",
        "For example: /suggest_often monthly",
    ]
