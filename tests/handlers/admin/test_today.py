"""/today: the worst first, at most five, each gone on the press that settles it; put off, and sent on request."""

from dataclasses import replace
from typing import Any

import pytest

from bot.effects import parcel_of
from handlers.admin import today
from handlers.base import ADMIN, DirectMessage, Place, Post, Reply, UserError
from storage.condition import NewFinding
from storage.values import NewDeadEvent
from tests.handlers.room import Room, button, labels


async def lost(room: Room, name: str, *, account: str | None = None) -> None:
    """A message whose answer was lost."""
    reply = Reply(f"{name} is what everybody waits for")
    message: Any = (
        DirectMessage(key=name, platform="telegram", account=account, reply=reply)
        if account
        else Post(key=name, place=Place("telegram", room.space.external_id), reply=reply)
    )
    [id] = await room.store.outbox.add([parcel_of(message, room.community.id, room.now)])
    await room.store.outbox.uncertain(id, "the answer was lost", room.now)


async def found(room: Room, *kinds: str) -> None:
    rows = [
        NewFinding(key=f"{kind}:{n}", kind=kind, space_id=room.space.id, words={"space": "School"})
        for n, kind in enumerate(kinds)
    ]
    await room.store.condition.keep_findings(room.community.id, rows, [], room.now)


async def test_nothing_to_do_says_so(room):
    assert (await room.say("/today")).plain == "Nothing needs you today."


async def test_the_worst_comes_first_and_five_at_most_are_shown(room):
    await lost(room, "The digest")
    await found(room, *["telegram_no_admin"] * 5, "telegram_no_delete")  # the last is no task

    card = await room.say("/today")

    assert card.plain.splitlines()[0] == "6 things need you"
    assert card.plain.splitlines()[1].startswith("1. I see no reactions")
    assert card.plain.splitlines()[-1] == "1 more comes after these."
    assert labels(card) == [[f"{n} · Check again", "Later"] for n in range(1, 6)]


async def test_a_settled_task_vanishes_and_the_next_comes_up(room):
    await lost(room, "The digest")
    await lost(room, "The board")
    card = await room.say("/today")
    assert "2 messages may not have arrived" in card.plain
    assert labels(card) == [["1 · Send again", "Leave it", "Later"]]

    after = await room.press(card.buttons[0][0])

    assert after.edit
    assert after.plain == "2 messages are sent again.\n\nNothing needs you today."
    assert (await room.store.outbox.counts()) == {"pending": 2}
    again = await room.press(card.buttons[0][0])
    assert again.plain == "This has changed meanwhile. It stands like this now:\n\nNothing needs you today."


async def test_what_is_left_is_not_asked_again_and_nothing_unseen_is_decided(room):
    await lost(room, "The digest")
    card = await room.say("/today")
    await lost(room, "The board")

    changed = await room.press(button(card, "Leave it"))
    after = await room.press(button(changed, "Leave it"))

    assert "This has changed meanwhile." in changed.plain
    assert "2 messages may not have arrived, the last of them: “The board is what" in changed.plain
    assert after.plain == "2 messages are left as they are.\n\nNothing needs you today."
    assert await room.store.outbox.counts() == {"failed": 2}


async def test_what_was_written_to_one_person_is_not_shown(room):
    await room.account("Ann")
    await lost(room, "Your secret", account=room.people["Ann"].external_id)

    card = await room.say("/today")

    assert "a private message to a member" in card.plain
    assert "secret" not in card.plain


async def test_put_off_for_a_day_then_for_a_week_by_one_admin_alone(room):
    await lost(room, "The digest")
    card = await room.say("/today")

    tomorrow = await room.press(button(card, "Later"))
    assert tomorrow.plain.startswith(
        "Put off until tomorrow.\n\nNothing needs you today.\nYou put off 1 thing."
    )
    assert "may not have arrived" in (await room.say("/today", by="Ann")).plain
    week = await room.press(button(tomorrow, "Rather in a week"))
    assert week.plain.startswith("Put off for a week.")

    room.later(days=6)
    assert (await room.say("/today")).plain.startswith("Nothing")
    room.later(days=1)
    await lost(room, "Another")  # the week is over, and the older one is still undecided
    assert "2 messages may not have arrived" in (await room.say("/today")).plain


async def test_dead_events_are_told_when_they_grow(room):
    for n in range(3):
        await room.store.troubles.add_dead([NewDeadEvent("telegram", str(n), "broken", "{}")], room.now)
    card = await room.say("/today")
    assert "3 events could not be understood" in card.plain
    assert "Nothing needs you" in (await room.press(card.buttons[0][0])).plain

    await room.store.troubles.add_dead([NewDeadEvent("telegram", "4", "broken", "{}")], room.now)
    assert (await room.say("/today")).plain == "Nothing needs you today."
    room.later(days=7)
    assert "1 event could not" in (await room.say("/today")).plain


async def test_somebody_elses_card_cannot_be_pressed_by_its_mark_alone(room):
    await lost(room, "The digest")
    card = await room.say("/today")

    assert {each.owner for row in card.buttons for each in row} == {room.people["Me"].id}
    forged = await room.press(f"today_do|{room.people['Me'].id}|ffffffffff")
    assert forged.plain.startswith("This has changed meanwhile.")


# Sent by itself


async def pushed(room: Room) -> list[DirectMessage]:
    ctx = await room.context(None, role=ADMIN)
    return [each for each in await today.push(ctx) if isinstance(each, DirectMessage)]


async def test_it_is_sent_once_a_day_at_the_hour_to_an_admin_who_asked_if_there_is_anything(room):
    me = await room.account("Me")
    await room.store.people.set_roles(me.id, room.space.id, ("admin",), room.now)
    said = await room.say("/today daily 14")  # it is 13:00 in Berlin
    assert said.plain.startswith("Every day at 14:00")
    await lost(room, "The digest")

    assert await pushed(room) == []
    room.later(hours=1)
    [letter] = await pushed(room)
    assert (letter.account, labels(letter.reply)) == (
        me.external_id,
        [["1 · Send again", "Leave it", "Later"]],
    )
    assert {each.space for row in letter.reply.buttons for each in row} == {room.space.id}
    assert await pushed(room) == []
    room.later(days=1)
    await room.press(letter.reply.buttons[0][0])
    assert await pushed(room) == []  # nothing is left, so nothing is said


async def test_weekly_is_on_the_first_day_and_who_runs_nothing_any_more_gets_nothing(room):
    me = await room.account("Me")
    await room.store.people.set_roles(me.id, room.space.id, ("admin",), room.now)
    assert "Every Monday at 08:00" in (await room.say("/today weekly 8")).plain
    await lost(room, "The digest")
    assert await pushed(room) == []  # a Wednesday

    room.later(days=5)
    assert len(await pushed(room)) == 1
    room.later(days=7)
    await room.store.people.set_roles(me.id, room.space.id, (), room.now)
    assert await pushed(room) == []
    assert "no longer" in (await room.say("/today off")).plain


async def test_who_cannot_be_written_to_is_told_what_to_press(room):
    ctx = await room.context("Me", role=ADMIN)

    with pytest.raises(UserError, match="press Start"):
        await today.subscribe(replace(ctx, condition=Telegram()), "daily", 9)
    assert "Write daily, weekly or off" in await room.mistake("/today hourly")


class Telegram:
    """A process on a platform where people must press Start."""

    started_at: Any = None
    backlog = 0
    backs_up = True

    def platforms(self) -> list[Any]:
        from handlers.base import PlatformCondition

        return [PlatformCondition(platform="telegram", connected=True, silent_seconds=2, must_start=True)]

    def back_up(self) -> None: ...
