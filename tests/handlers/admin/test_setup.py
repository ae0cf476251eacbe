"""Setup: in one line, or in five presses that can be left, resumed, gone back in, and changed later."""

from typing import Any

import pytest

from handlers.admin.setup import offer
from handlers.admin.setup.draft import KEY
from handlers.base import ADMIN, Reply
from handlers.taking_part import points
from storage.values import Community
from tests.handlers.room import Room, button, labels


async def community(room: Room) -> Community:
    found = await room.store.communities.get(room.community.id)
    assert found is not None
    return found


async def draft(room: Room) -> Any:
    rows = await room.store.settings.of(room.community.id)
    return next((row.value for row in rows if row.key == KEY), None)


# The quick way


async def test_one_line_switches_everything_on(silent_room: Room):
    reply = await silent_room.say("/setup en Europe/Berlin", role=ADMIN)

    assert reply.plain.startswith(
        "All set.\nI speak English; days go by Europe/Berlin, and weeks begin on Monday.\n"
        "Without being asked I may write everywhere.\nThe rules are “Standard”.\n"
    )
    assert "\nWhat is on: points for posts, replies, reactions, thanks, " in reply.plain
    assert "\nMy rights are for this: " in reply.plain
    assert all(command in reply.plain for command in ("/top", "/rank", "/why", "/settings"))
    now = await community(silent_room)
    assert now.set_up_at == silent_room.now
    assert (now.language, now.calendar.zone) == ("en", "Europe/Berlin")


async def test_setup_answers_in_the_language_chosen(silent_room: Room):
    reply = await silent_room.say("/setup 中文 上海", role=ADMIN)

    assert reply.plain.startswith("设置好了。\n我说简体中文；日期按 Asia/Shanghai 计算，每周从周一开始。")


async def test_a_zone_alone_is_enough(silent_room: Room):
    assert "Europe/Berlin" in (await silent_room.say("/setup Berlin", role=ADMIN)).plain


# The wizard


async def walk(room: Room, *choices: str, reply: Reply | None = None) -> Reply:
    reply = reply or await room.say("/setup", role=ADMIN)
    for choice in choices:
        reply = await room.press(button(reply, choice))
        assert reply.edit
    return reply


async def test_five_presses_set_everything_up(silent_room: Room):
    first = await silent_room.say("/setup", role=ADMIN)
    assert labels(first) == [["English", "简体中文"]]
    assert "Step 1 of 5." in first.plain

    zones = await walk(silent_room, "English", reply=first)
    assert zones.plain.startswith(
        "Which time zone do your days go by?\nI think it is UTC, where it is 12:00 now."
    )
    week = await walk(silent_room, "Yes, UTC", reply=zones)
    assert labels(week) == [["Monday", "Saturday", "Sunday"], ["Back"]]
    speech = await walk(silent_room, "Sunday", reply=week)
    rules = await walk(silent_room, "Nowhere, only answers", reply=speech)
    assert "Lively · For a group that likes to compete" in rules.plain
    assert "A thoughtful post earns 10, a thank-you 5, an answer 3, a reaction 2" in rules.plain
    assert (await community(silent_room)).set_up_at is None
    done = await walk(silent_room, "Quiet", reply=rules)

    assert done.plain.startswith(
        "All set.\nI speak English; days go by UTC, and weeks begin on Sunday.\n"
        "I only answer, and write nothing without being asked.\nThe rules are “Quiet”.\n"
    )
    assert (await community(silent_room)).set_up_at == silent_room.now
    assert (await silent_room.context("Me")).settings(points.Settings).base == 3
    assert await draft(silent_room) is None


async def test_nothing_holds_before_the_last_step_and_nothing_is_logged(silent_room: Room):
    before = await community(silent_room)
    await walk(silent_room, "简体中文", "是的，Asia/Shanghai", "周日", "所有地方")

    now = await community(silent_room)
    assert (now.language, now.calendar, now.set_up_at) == (before.language, before.calendar, None)
    assert await silent_room.store.audit.last(now.id, 5) == []


async def test_every_step_has_a_way_back_that_keeps_the_answers(silent_room: Room):
    rules = await walk(silent_room, "English", "Yes, UTC", "Sunday", "Everywhere")
    back = await walk(silent_room, "Back", "Back", "Back", "Back", reply=rules)
    assert back.plain.startswith("Which language shall I speak here?")
    assert "Back" not in [label for row in labels(back) for label in row]
    assert (await draft(silent_room))["week_start"] == 6


async def test_whoever_asks_next_goes_on_where_it_was_left(silent_room: Room):
    await walk(silent_room, "English", "Yes, UTC")

    again = await silent_room.say("/setup", by="Other", role=ADMIN)

    assert again.plain.startswith("On which day does your week begin?")
    done = await walk(silent_room, "Monday", "Everywhere", "Standard", reply=again)
    assert done.plain.startswith("All set.")


async def test_the_first_line_may_begin_the_wizard(silent_room: Room):
    reply = await silent_room.say("/setup en", role=ADMIN)

    assert reply.plain.startswith("Which time zone do your days go by?")


async def test_a_zone_is_chosen_from_the_list_or_written(silent_room: Room):
    zones = await walk(silent_room, "English")
    assert zones.select is not None
    assert ("Europe/Berlin", "Europe/Berlin, 13:00") in zones.select.choices
    week = await silent_room.press(zones.select.data, choice="Europe/Berlin")
    assert week.plain.startswith("On which day")

    zones = await walk(silent_room, "Back", reply=week)
    assert button(zones, "Yes, Europe/Berlin")
    form = await silent_room.open(button(zones, "Write another"))
    with pytest.raises(Exception, match="I do not know the time zone “Atlantis”"):
        await silent_room.fill(form, zone="Atlantis")
    assert (await silent_room.fill(form, zone="tokyo")).plain.startswith("On which day")
    assert (await draft(silent_room))["zone"] == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("locale", "guess", "day"),
    [("de", "Europe/Berlin", "Monday"), ("en-US", "America/New_York", "Sunday"), ("pt-br", "America/Sao_Paulo", "Sunday"),
     ("en", "UTC", "Monday"), (None, "UTC", "Monday"), ("xx-??", "UTC", "Monday")],
)  # fmt: skip
async def test_zone_and_week_are_guessed(silent_room: Room, locale: str | None, guess: str, day: str):
    silent_room.locale = locale
    zones = await walk(silent_room, "English")
    week = await walk(silent_room, f"Yes, {guess}", reply=zones)
    assert labels(week)[0][0] == day


async def test_a_channel_is_chosen_among_those_of_the_space(silent_room: Room):
    await silent_room.in_channel("-100/3", "questions")
    speech = await walk(silent_room, "English", "Yes, UTC", "Monday")
    assert speech.select is not None
    [(number, name)] = speech.select.choices
    assert name == "questions"
    for forged in ("999", "x", "", "-1", "９"):
        with pytest.raises(Exception, match="I do not find this channel any more"):
            await silent_room.press(f"setup_speech||{forged}")

    rules = await silent_room.press(speech.select.data, choice=number)
    done = await walk(silent_room, "Standard", reply=rules)
    assert "Without being asked I write only in questions." in done.plain


async def test_an_old_message_cannot_finish_what_was_never_answered(silent_room: Room):
    reply = await silent_room.press("setup_rules||quiet")
    assert reply.plain.startswith("Which time zone")
    assert (await community(silent_room)).set_up_at is None


async def test_a_question_is_not_taken_away_where_it_could_not_be_private(silent_room: Room):
    assert (await silent_room.say("/setup", role=ADMIN)).stays


# Later


async def test_setup_again_shows_what_holds_and_changes_any_step(room: Room):
    shown = await room.say("/setup", role=ADMIN)
    assert shown.plain.startswith(
        "This is how I am set up.\nI speak English; days go by Europe/Berlin, and weeks begin on Monday."
    )
    assert labels(shown) == [["Language", "Time zone", "Start of the week"], ["Where I write", "Rules"]]

    week = await walk(room, "Start of the week", reply=shown)
    changed = await walk(room, "Sunday", reply=week)
    assert "weeks begin on Sunday" in changed.plain
    rules = await walk(room, "Rules", "Lively", reply=changed)
    assert "The rules are “Lively”." in rules.plain
    assert [row.action for row in await room.store.audit.last(room.community.id, 5)] == ["setup", "setup"]

    undone = await room.press(button(rules, "Undo"))
    assert undone.plain == "Undone. I am set up as before."
    assert (await room.context("Me")).settings(points.Settings).base == 5
    assert (await community(room)).calendar.week_start == 6
    await room.press(button(changed, "Undo"))
    assert (await community(room)).calendar.week_start == 0


async def test_where_it_writes_is_changed_and_undone(room: Room):
    await room.in_channel("-100/3", "questions")
    await room.say("/set speech.enabled off here", role=ADMIN)
    rows = await room.store.settings.of(room.community.id)
    answers = await room.press("setup_speech||answers")
    assert "I only answer" in answers.plain
    everywhere = await room.press("setup_speech||everywhere")
    assert "Without being asked I may write everywhere." in everywhere.plain
    assert await room.store.settings.of(room.community.id) == []
    for reply in (everywhere, answers):
        await room.press(button(reply, "Undo"))
    again = await room.store.settings.of(room.community.id)
    assert [(row.key, row.value, row.channel_id) for row in again] == [
        (row.key, row.value, row.channel_id) for row in rows
    ]


async def test_one_line_again_changes_and_says_so_and_can_be_undone(room: Room):
    reply = await room.say("/setup zh_CN Asia/Shanghai", role=ADMIN)
    assert reply.plain.startswith("已更改。\n我说简体中文；日期按 Asia/Shanghai 计算，每周从周一开始。")

    await room.press(button(reply, "撤销"))

    now = await community(room)
    assert (now.language, now.calendar.zone) == ("en", "Europe/Berlin")


async def test_setup_again_with_the_same_says_there_is_nothing_to_change(room: Room):
    assert (await room.say("/setup en Berlin", role=ADMIN)).plain.startswith("Nothing to change: ")
    assert await room.store.audit.last(room.community.id, 5) == []


async def test_setup_again_keeps_the_first_day_of_the_week(room: Room):
    await room.say("/set community.week_start sunday", role=ADMIN)

    reply = await room.say("/setup en UTC", role=ADMIN)

    assert "weeks begin on Sunday" in reply.plain


async def test_the_first_setup_is_in_the_audit_log_and_cannot_be_undone(silent_room: Room):
    await silent_room.say("/setup en UTC", role=ADMIN)

    [row] = await silent_room.store.audit.last(silent_room.community.id, 5)
    assert row.action == "setup"
    said = await silent_room.mistake(f"/undo A{row.id}", role=ADMIN)
    assert said == f"A{row.id} cannot be undone.\nChange any part of it: /setup"


@pytest.mark.parametrize("zone", ["../../etc/passwd", "Mars/Olympus", "localtime", "posixrules", "UTC+25"])
async def test_a_zone_that_is_none_is_refused_with_one_that_is(silent_room: Room, zone: str):
    said = await silent_room.mistake(f"/setup en {zone}", role=ADMIN)

    assert said.startswith(f"I do not know the time zone “{zone}”. Name one by its city, such as ")
    assert said.endswith("For example: /setup en Europe/Berlin")


async def test_a_slip_in_a_zone_is_met_with_the_nearest(silent_room: Room):
    assert "such as Europe/Berlin" in await silent_room.mistake("/setup en Europe/Berln", role=ADMIN)
    assert "such as Asia/Kolkata" in await silent_room.mistake("/setup en Kolkatta", role=ADMIN)


async def test_zones_are_offered_while_they_are_typed(room: Room):
    ctx = await room.context("Me", role=ADMIN)

    assert ("America/New_York", "America/New York") in offer(ctx, "new y")
    assert 0 < len(offer(ctx, "")) <= 25
    assert offer(ctx, "no such zone") == []
