"""Corrections: points given and taken by hand."""

import pytest

from handlers.base import ADMIN, Person
from tests.handlers.room import NOW, Room, button


async def test_points_are_given_with_a_reason_and_can_be_undone(room: Room):
    await room.earn("Bob", 5)

    reply = await room.say("/points_add @bob 50 great summary of lesson 3", role=ADMIN)
    assert reply.plain == "Bob got 50 points: 55 now.\nReason: great summary of lesson 3"

    undone = await room.press(button(reply, "Undo"))
    assert undone.plain == "Undone. Bob has 5 points now."
    assert await room.store.points.differences() == []


async def test_in_chinese(room: Room):
    await room.account("Bob")

    reply = await room.say("/points_add @bob 50 总结得很好", role=ADMIN, language="zh_CN")

    assert reply.plain == "Bob 得到 50 分，现在有 50 分。\n原因：总结得很好"


async def test_an_answer_names_the_member(room: Room):
    reply = await room.say("/points_add 50 thank you", role=ADMIN, answering=("-100/4", "Bob"))

    assert reply.plain.startswith("Bob got 50 points")


async def test_a_name_without_a_handle_can_be_picked(room: Room):
    await room.account("Ann Li")

    reply = await room.say("/points_add Ann Li 50 well done", role=ADMIN, people=[room.person("Ann Li")])

    assert reply.plain == "Ann Li got 50 points: 50 now.\nReason: well done"


async def test_a_repeated_command_pays_once(room: Room):
    await room.account("Bob")
    for _ in range(2):
        reply = await room.say("/points_add @bob 50", role=ADMIN, key="update-77")

    assert reply.plain == "That was done already. Bob has 50 points."
    assert len(await room.store.audit.last(room.community.id, 9)) == 1


async def test_a_repeated_removal_is_known_although_nothing_is_left(room: Room):
    await room.earn("Bob", 5)
    for _ in range(2):
        reply = await room.say("/points_remove @bob 5", role=ADMIN, key="update-77")

    assert reply.plain == "That was done already. Bob has 0 points."


async def test_nobody_goes_below_zero(room: Room):
    await room.earn("Bob", 41)

    assert (
        await room.mistake("/points_remove @bob 50", role=ADMIN)
        == "Bob has 41 points; I cannot take away 50."
    )
    assert (await room.say("/points_remove @bob 41", role=ADMIN)).plain == "Bob lost 41 points: 0 now."


@pytest.mark.parametrize(
    "points", ["0", "-5", "1000001", "5o", "1e3", "٣", "１２", "1.5", "9" * 30, "inf", "-0"]
)
async def test_only_whole_numbers_within_bounds_are_points(room: Room, points: str):
    await room.account("Bob")

    said = await room.mistake(f"/points_add @bob {points}", role=ADMIN)

    assert said.endswith("For example: /points_add @bob 50 great summary of lesson 3")
    assert await room.store.points.count() == 0


async def test_the_mistake_of_the_house_style(room: Room):
    assert await room.mistake("/points_add @bob 5o", role=ADMIN) == (
        "“5o” is not a whole number.\nFor example: /points_add @bob 50 great summary of lesson 3"
    )


async def test_bots_earn_nothing(room: Room):
    account = await room.store.people.see("telegram", "99", "Helper", "helper_bot", True, now=NOW)
    await room.store.people.ensure_member(room.community.id, account.id, now=NOW)

    assert "bots earn nothing" in await room.mistake("/points_add @helper_bot 5", role=ADMIN)


async def test_who_calls_themselves_like_a_handle_is_not_taken_for_it(room: Room):
    await room.account("Bob")
    thief = Person("666", "bob", "thief")

    reply = await room.say("/points_add @bob 5", role=ADMIN, people=[thief])

    assert reply.plain.startswith("Bob got 5 points")


async def test_the_log_of_a_member_has_the_numbers_that_undo_takes(room: Room):
    entry = await room.earn("Bob", 5)

    said = (await room.say("/points_log @bob", role=ADMIN)).plain

    assert (
        said
        == f"Bob has 5 points.\nP{entry.id} · +5 · a post · 25 Nov, 13:00\nTo take one back: /undo P{entry.id}"
    )


async def test_the_log_of_a_member_is_paged(room: Room):
    for number in range(12):
        await room.earn("Bob", number + 1)

    second = await room.press(button(await room.say("/points_log @bob", role=ADMIN), "Older"))

    assert second.edit
    assert [line.split(" · ")[1] for line in second.plain.splitlines()[1:-1]] == ["+2", "+1"]


async def test_a_member_of_another_community_cannot_be_paged(room: Room):
    _, community = await room.store.communities.add_space("telegram", "-200", "Other", language="en", now=NOW)
    account = await room.account("Bob")
    stranger = await room.store.people.ensure_member(community.id, account.id, now=NOW)

    with pytest.raises(Exception, match="do not know that member"):
        await room.press(f"log_page||{stranger.id}|999")


async def test_who_left_is_known_by_name_and_keeps_the_points(room: Room):
    await room.earn("Ann", 8)
    account = await room.account("Ann")
    await room.store.people.leave(account.id, room.space.id, room.now)
    said = await room.say("/points_log @ann", role=ADMIN)
    assert said.plain.startswith("Ann has 8 points.")
