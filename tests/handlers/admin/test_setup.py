"""Setup: in one step, or in two presses."""

import pytest

from handlers.admin.setup import offer
from handlers.base import ADMIN
from tests.handlers.room import Room, button, labels


async def test_one_line_switches_everything_on(silent_room: Room):
    reply = await silent_room.say("/setup en Europe/Berlin", role=ADMIN)

    assert reply.plain.startswith(
        "All set.\nI speak English; days go by Europe/Berlin, and weeks begin on Monday.\n"
        "What is on: points for posts, replies, reactions, thanks, "
    )
    assert all(command in reply.plain for command in ("/top", "/rank", "/why", "/settings"))
    community = await silent_room.store.communities.get(silent_room.community.id)
    assert community is not None
    assert community.set_up_at == silent_room.now
    assert (community.language, community.calendar.zone) == ("en", "Europe/Berlin")


async def test_setup_answers_in_the_language_chosen(silent_room: Room):
    reply = await silent_room.say("/setup 中文 上海", role=ADMIN)

    assert reply.plain.startswith("设置好了。\n我说简体中文；日期按 Asia/Shanghai 计算，每周从周一开始。")


async def test_two_presses_do_the_same(silent_room: Room):
    first = await silent_room.say("/setup", role=ADMIN)
    assert labels(first) == [["English", "简体中文"]]

    second = await silent_room.press(button(first, "简体中文"))
    assert second.plain.startswith("你们的日期按哪个时区算？")
    assert second.select is not None
    assert second.select.choices[0] == ("Asia/Shanghai", "Asia/Shanghai")

    done = await silent_room.press(second.select.data, choice="Asia/Shanghai")
    assert done.plain.startswith("设置好了。")


async def test_a_zone_alone_is_enough(silent_room: Room):
    assert "Europe/Berlin" in (await silent_room.say("/setup Berlin", role=ADMIN)).plain


async def test_setup_again_changes_and_says_so_and_can_be_undone(room: Room):
    reply = await room.say("/setup zh_CN Asia/Shanghai", role=ADMIN)
    assert reply.plain == "已更改。我说简体中文；日期按 Asia/Shanghai 计算，每周从周一开始。"

    await room.press(button(reply, "撤销"))

    community = await room.store.communities.get(room.community.id)
    assert community is not None
    assert (community.language, community.calendar.zone) == ("en", "Europe/Berlin")


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
    assert "cannot be undone" in await silent_room.mistake(f"/undo A{row.id}", role=ADMIN)


@pytest.mark.parametrize(
    "zone", ["../../etc/passwd", "Mars/Olympus", "localtime", "posixrules", "UTC+25", ""]
)
async def test_a_zone_that_is_none_is_refused_with_one_that_is(silent_room: Room, zone: str):
    if not zone:
        assert (await silent_room.say("/setup en", role=ADMIN)).select is not None
        return
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
